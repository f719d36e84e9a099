"""Signing in: second factors, sign-ins, subjects, keys of services, and what is counted against misuse."""

import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# A page's connection asks none of these by itself: neither who signs in with what, nor a key's digest.
TABLES = (
    "signin_factor, signin_recoverycode, signin_signin, signin_wrongtry, signin_subject, signin_servicekey, "
    "signin_counted"
)


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("people", "0004_linkage"),
        ("access", "0002_standing_and_wall"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Counted",
            fields=[
                ("what", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("since", models.DateTimeField()),
                ("times", models.IntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="Factor",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=10)),
                ("name", models.CharField(max_length=60)),
                ("secret", models.BinaryField()),
                ("credential", models.CharField(max_length=400, null=True, unique=True)),
                ("counter", models.BigIntegerField(default=0)),
                ("made", models.DateTimeField()),
                ("confirmed", models.DateTimeField(null=True)),
                ("used", models.DateTimeField(null=True)),
                (
                    "practitioner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="factors", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ServiceKey",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=80)),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("system", models.CharField(max_length=120)),
                (
                    "may",
                    django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), size=None),
                ),
                (
                    "feeds",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40), default=list, size=None
                    ),
                ),
                ("made", models.DateTimeField()),
                ("by", models.CharField(max_length=80)),
                ("expires", models.DateTimeField()),
                ("revoked", models.DateTimeField(null=True)),
                ("used", models.DateTimeField(null=True)),
                (
                    "organisation",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="people.organisation"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="WrongTry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80)),
                ("at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["name", "-at"], name="wrong_try_of")],
            },
        ),
        migrations.CreateModel(
            name="RecoveryCode",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.CharField(max_length=64)),
                ("used", models.DateTimeField(null=True)),
                (
                    "practitioner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="recovery_codes",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("practitioner", "digest"), name="one_recovery_code")],
            },
        ),
        migrations.CreateModel(
            name="SignIn",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("how", models.CharField(max_length=20)),
                ("device", models.CharField(blank=True, max_length=200)),
                ("began", models.DateTimeField()),
                ("seen", models.DateTimeField()),
                ("proved", models.DateTimeField()),
                ("ended", models.DateTimeField(null=True)),
                (
                    "practitioner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sign_ins",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["practitioner", "-began"], name="sign_in_of")],
            },
        ),
        migrations.CreateModel(
            name="Subject",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("issuer", models.CharField(max_length=300)),
                ("subject", models.CharField(max_length=255)),
                ("since", models.DateTimeField()),
                ("by", models.CharField(max_length=80)),
                ("ended", models.DateTimeField(null=True)),
                (
                    "practitioner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="subjects",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended__isnull", True)), fields=("issuer", "subject"), name="one_subject"
                    )
                ],
            },
        ),
        migrations.RunSQL(
            f"REVOKE ALL ON {TABLES} FROM nightlight_web",
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON {TABLES} TO nightlight_web",
        ),
    ]

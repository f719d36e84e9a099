import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

TABLES = (
    "source_hubrequest, source_sourcechild, source_sourcerun, source_sourcekey, source_outevent, source_pointed, "
    "source_receivedevent"
)


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("signin", "0001_initial"),
        ("access", "0002_standing_and_wall"),  # the web's role may use the tables that are made after it
    ]

    operations = [
        migrations.CreateModel(
            name="HubRequest",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("request", models.UUIDField(unique=True)),
                ("child", models.UUIDField()),
                ("at", models.DateTimeField()),
                ("said", models.CharField(blank=True, max_length=64)),
                ("gone", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="SourceChild",
            fields=[
                ("child", models.UUIDField(primary_key=True, serialize=False)),
                ("taken", models.IntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="SourceKey",
            fields=[
                (
                    "key",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        serialize=False,
                        to="signin.servicekey",
                    ),
                ),
                ("secret", models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name="SourceRun",
            fields=[
                ("id", models.IntegerField(default=1, primary_key=True, serialize=False)),
                ("at", models.DateTimeField(null=True)),
                ("reached", models.DateTimeField(null=True)),
                ("code", models.CharField(blank=True, max_length=120)),
            ],
        ),
        migrations.CreateModel(
            name="OutEvent",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("number", models.BigIntegerField()),
                ("child", models.UUIDField()),
                ("type", models.CharField(max_length=60)),
                ("about", models.UUIDField()),
                ("data", models.JSONField(default=dict)),
                ("made", models.DateTimeField()),
                ("state", models.CharField(default="waiting", max_length=10)),
                ("sequence", models.IntegerField(null=True)),
                ("tries", models.IntegerField(default=0)),
                ("next_at", models.DateTimeField(null=True)),
                ("code", models.CharField(blank=True, max_length=120)),
                ("sent", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "waiting")), fields=["child", "number"], name="event_waits"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Pointed",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("child", models.UUIDField()),
                ("indicator", models.CharField(max_length=120)),
                ("since", models.DateTimeField()),
                ("said", models.CharField(max_length=64)),
                (
                    "evidence",
                    django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), default=list, size=None),
                ),
                ("withdrawn", models.BooleanField(default=False)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("child", "indicator", "since"), name="pointed_once")],
            },
        ),
        migrations.CreateModel(
            name="ReceivedEvent",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("organisation", models.CharField(max_length=80)),
                ("subject", models.UUIDField()),
                ("sequence", models.IntegerField()),
                ("type", models.CharField(max_length=60)),
                ("digest", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "subject", "sequence"), name="received_in_order")
                ],
            },
        ),
        migrations.RunSQL(
            f"REVOKE ALL ON {TABLES} FROM nightlight_web",
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON {TABLES} TO nightlight_web",
        ),
    ]

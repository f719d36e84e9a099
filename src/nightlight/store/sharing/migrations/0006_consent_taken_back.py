"""Somebody takes back the consent on which something was shared: what ends by it, what is decided anew, who was told."""

from __future__ import annotations

import uuid

import django.db.models.deletion
from django.db import migrations, models

import nightlight.store.keys.fields
from nightlight.store.audit.append_only import guard

TABLES = ("sharing_consenttakenback", "sharing_consentend", "sharing_consentanew", "sharing_consentanswer")
_PROTECT = django.db.models.deletion.PROTECT
_SEALED = nightlight.store.keys.fields.SealedText


class Migration(migrations.Migration):
    dependencies = [("sharing", "0005_consent_said"), ("audit", "0005_not_from_the_web"), ("access", "0010_no_writing")]

    operations = [
        migrations.CreateModel(
            name="ConsentTakenBack",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("key", models.CharField(max_length=80, unique=True)),
                ("child", models.UUIDField()),
                ("at", models.DateTimeField()),
                ("by", models.CharField(max_length=80)),
                ("organisation", models.CharField(max_length=80)),
                ("whose", _SEALED()),
                ("on", models.DateTimeField()),
                ("how", models.CharField(max_length=20)),
                ("said", _SEALED(blank=True, default="")),
            ],
            options={
                "db_table": "sharing_consenttakenback",
                "indexes": [models.Index(fields=["child", "-at"], name="taken_back_child")],
            },
        ),
        migrations.CreateModel(
            name="ConsentEnd",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("child", models.UUIDField()),
                ("holder", models.CharField(max_length=80)),
                ("opened", models.DateTimeField(null=True)),
                (
                    "taken_back",
                    models.ForeignKey(on_delete=_PROTECT, related_name="ends", to="sharing.consenttakenback"),
                ),
                (
                    "decision",
                    models.OneToOneField(
                        null=True, on_delete=_PROTECT, related_name="consent_end", to="sharing.sharingdecision"
                    ),
                ),
                (
                    "request",
                    models.OneToOneField(
                        null=True, on_delete=_PROTECT, related_name="consent_end", to="sharing.sharingrequest"
                    ),
                ),
            ],
            options={
                "db_table": "sharing_consentend",
                "indexes": [models.Index(fields=["child", "holder"], name="consent_end_child")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decision__isnull", False), ("request__isnull", True)),
                            models.Q(("decision__isnull", True), ("request__isnull", False)),
                            _connector="OR",
                        ),
                        name="ends_one_thing",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ConsentAnew",
            fields=[
                (
                    "end",
                    models.OneToOneField(
                        on_delete=_PROTECT, primary_key=True, related_name="anew", serialize=False,
                        to="sharing.consentend",
                    ),
                ),
                ("at", models.DateTimeField()),
                ("by", models.CharField(max_length=80)),
                ("goes_on", models.BooleanField()),
                ("rule", models.CharField(max_length=20)),
                ("rule_version", models.IntegerField()),
                ("proposed", models.CharField(max_length=30)),
                ("reason", _SEALED()),
            ],
            options={"db_table": "sharing_consentanew"},
        ),
        migrations.CreateModel(
            name="ConsentAnswer",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("by", models.CharField(max_length=80)),
                ("does", models.CharField(max_length=20)),
                ("reason", _SEALED(blank=True, default="")),
                ("end", models.ForeignKey(on_delete=_PROTECT, related_name="answers", to="sharing.consentend")),
            ],
            options={"db_table": "sharing_consentanswer"},
        ),
        guard(*TABLES),
        migrations.RunSQL(
            "".join(f"REVOKE ALL ON {table} FROM nightlight_web;" for table in TABLES),
            "".join(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO nightlight_web;" for table in TABLES),
        ),
    ]  # fmt: skip

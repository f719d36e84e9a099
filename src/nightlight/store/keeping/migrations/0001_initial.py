"""What sources asked to be erased, and by which marks an erased record is known when it is sent again."""

from __future__ import annotations

import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import nightlight.store.keys.fields

TABLES = ("keeping_erasureasked", "keeping_suppression", "keeping_suppressedrecord", "keeping_suppressionkey")
_SEALED = nightlight.store.keys.fields.SealedText


class Migration(migrations.Migration):
    initial = True
    dependencies = [("audit", "0005_not_from_the_web"), ("access", "0010_no_writing")]

    operations = [
        migrations.CreateModel(
            name="ErasureAsked",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("organisation", models.CharField(max_length=80)),
                ("subject", models.UUIDField(null=True)),
                ("child", models.UUIDField(null=True)),
                ("at", models.DateTimeField()),
                ("state", models.CharField(max_length=10)),
                ("decided", models.DateTimeField(null=True)),
                ("by", models.CharField(blank=True, max_length=80)),
                ("why", _SEALED(blank=True, default="")),
            ],
            options={"indexes": [models.Index(fields=["state", "at"], name="erasure_asked_state")]},
        ),
        migrations.CreateModel(
            name="Suppression",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("by", models.CharField(max_length=80)),
                ("records", models.IntegerField(default=0)),
                ("lifted", models.DateTimeField(null=True)),
                ("lifted_by", models.CharField(blank=True, max_length=80)),
                ("why", _SEALED(blank=True, default="")),
            ],
        ),
        migrations.CreateModel(
            name="SuppressionKey",
            fields=[
                ("id", models.IntegerField(default=1, primary_key=True, serialize=False)),
                ("secret", _SEALED()),
            ],
        ),
        migrations.CreateModel(
            name="SuppressedRecord",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("mark", models.CharField(max_length=64, unique=True)),
                (
                    "facts",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=64), default=list, size=None
                    ),
                ),
                ("recorded", models.DateTimeField(null=True)),
                (
                    "suppression",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="marks", to="keeping.suppression"
                    ),
                ),
            ],
        ),
        migrations.RunSQL(
            "".join(f"REVOKE ALL ON {table} FROM nightlight_web;" for table in TABLES),
            "".join(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO nightlight_web;" for table in TABLES),
        ),
    ]

"""More time may be taken for a copy, once, with its reason."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models

import nightlight.store.keys.fields
from nightlight.store.audit.append_only import guard

TABLE = "oversight_subjectlonger"


class Migration(migrations.Migration):
    dependencies = [("oversight", "0002_files"), ("audit", "0005_not_from_the_web")]

    operations = [
        migrations.CreateModel(
            name="SubjectLonger",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("first_due", models.DateTimeField()),
                ("due", models.DateTimeField()),
                ("rule", models.CharField(max_length=40)),
                ("rule_version", models.IntegerField()),
                ("why", nightlight.store.keys.fields.SealedText()),
                ("told", models.DateTimeField()),
                ("at", models.DateTimeField()),
                ("by", models.CharField(max_length=80)),
                (
                    "request",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="longer",
                        to="oversight.subjectrequest",
                    ),
                ),
            ],
        ),
        guard(TABLE),
        migrations.RunSQL(
            f"REVOKE ALL ON {TABLE} FROM nightlight_web",
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON {TABLE} TO nightlight_web",
        ),
    ]

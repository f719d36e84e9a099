"""Tables of the guardian's oversight, out of reach of a page's connection; the log can be read by its times."""

from __future__ import annotations

import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

from nightlight.store.audit.append_only import guard

TABLES = (
    "oversight_near, oversight_publicnote, oversight_unusual, oversight_unusualdeed, oversight_subjectrequest, "
    "oversight_subjectchoice, oversight_subjectcopy"
)


class Migration(migrations.Migration):
    initial = True

    # The web's role may use the tables that are made after it, so these are taken from it.
    dependencies = [("audit", "0005_not_from_the_web"), ("access", "0002_standing_and_wall")]

    operations = [
        migrations.CreateModel(
            name="Near",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("person", models.CharField(max_length=80)),
                ("kind", models.CharField(max_length=12)),
                ("value", models.TextField(blank=True)),
                ("child", models.UUIDField(null=True)),
                ("since", models.DateTimeField()),
                ("until", models.DateTimeField(null=True)),
                ("by", models.CharField(max_length=80)),
            ],
        ),
        migrations.CreateModel(
            name="PublicNote",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("child", models.UUIDField()),
                ("since", models.DateTimeField()),
                ("until", models.DateTimeField(null=True)),
                ("by", models.CharField(max_length=80)),
                ("reason", models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name="SubjectRequest",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("child", models.UUIDField()),
                ("asked_by", models.TextField()),
                ("received", models.DateTimeField()),
                ("due", models.DateTimeField()),
                ("rule", models.CharField(max_length=40)),
                ("rule_version", models.IntegerField()),
                ("at", models.DateTimeField()),
                ("by", models.CharField(max_length=80)),
                ("closed", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="SubjectCopy",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("by", models.CharField(max_length=80)),
                ("digest", models.CharField(max_length=64)),
                ("given", models.IntegerField()),
                ("withheld", models.IntegerField()),
                ("content", models.BinaryField()),
                (
                    "request",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="copies",
                        to="oversight.subjectrequest",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Unusual",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("key", models.CharField(max_length=200, unique=True)),
                ("what", models.CharField(max_length=20)),
                ("person", models.CharField(max_length=80)),
                ("child", models.UUIDField(null=True)),
                ("at", models.DateTimeField()),
                ("sentence", models.TextField()),
                ("lines", django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                ("row_version", models.IntegerField()),
                ("found", models.DateTimeField()),
                ("settled", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [models.Index(fields=["-at", "id"], name="unusual_newest")],
            },
        ),
        migrations.CreateModel(
            name="UnusualDeed",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("by", models.CharField(max_length=80)),
                ("did", models.CharField(max_length=12)),
                ("words", models.TextField()),
                (
                    "unusual",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="deeds", to="oversight.unusual"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SubjectChoice",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("field", models.CharField(max_length=160)),
                ("give", models.BooleanField()),
                ("why", models.TextField(blank=True)),
                ("at", models.DateTimeField()),
                ("by", models.CharField(max_length=80)),
                (
                    "request",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="choices",
                        to="oversight.subjectrequest",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["request", "field", "-id"], name="choice_newest")],
            },
        ),
        guard("oversight_unusualdeed", "oversight_subjectchoice", "oversight_subjectcopy"),
        migrations.RunSQL(
            f"REVOKE ALL ON {TABLES} FROM nightlight_web",
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON {TABLES} TO nightlight_web",
        ),
        # What was done of late, whoever did it: a small index, since rows are added in the order of their times.
        migrations.RunSQL("CREATE INDEX audit_by_time ON audit_auditevent USING brin (at)", "DROP INDEX audit_by_time"),
    ]

"""What linkage keeps: records by their keys, trained models, thresholds; and what the model made of a proposal."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models

from nightlight.store.audit.append_only import guard


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0003_may_stand_alone"),
        ("audit", "0002_append_only"),
    ]

    operations = [
        migrations.CreateModel(
            name="MatchModel",
            fields=[
                ("version", models.CharField(max_length=12, primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("by", models.CharField(max_length=80)),
                ("text", models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name="MatchThreshold",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("valid_from", models.DateField()),
                ("same", models.FloatField()),
                ("ask", models.FloatField()),
                ("at", models.DateTimeField()),
                ("by", models.CharField(max_length=80)),
                ("source", models.TextField()),
            ],
        ),
        migrations.AddField(
            model_name="matchproposal",
            name="model",
            field=models.CharField(blank=True, db_default="", max_length=12),
        ),
        migrations.AddField(
            model_name="matchproposal",
            name="probability",
            field=models.FloatField(null=True),
        ),
        migrations.CreateModel(
            name="MatchRecord",
            fields=[
                (
                    "source_person",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        serialize=False,
                        to="people.sourceperson",
                    ),
                ),
                ("form", models.TextField()),
                ("keys", django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
            ],
            options={
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        fastupdate=False, fields=["keys"], name="match_record_keys"
                    )
                ],
            },
        ),
        guard("people_matchmodel", "people_matchthreshold"),
    ]

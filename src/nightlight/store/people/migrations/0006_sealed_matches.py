"""What is put before a compartment's keeper: a record that came with the number of somebody who is sealed."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("people", "0005_address_forms")]

    operations = [
        migrations.CreateModel(
            name="SealedMatch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("compartment", models.UUIDField()),
                ("why", models.CharField(max_length=60)),
                ("at", models.DateTimeField()),
                ("outcome", models.CharField(blank=True, db_default="", max_length=10)),
                ("decided", models.DateTimeField(null=True)),
                ("by", models.CharField(blank=True, db_default="", max_length=80)),
                ("reason", models.TextField(blank=True, db_default="")),
                (
                    "source_person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sealed_matches",
                        to="people.sourceperson",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("source_person", "compartment"), name="one_sealed_match")
                ],
            },
        ),
    ]

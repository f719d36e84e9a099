"""Records that are certainly the same taken by themselves and are not together: found again when another comes."""

import django.db.models.deletion
from django.db import migrations, models

_TO = {"on_delete": django.db.models.deletion.CASCADE, "related_name": "+", "to": "people.sourceperson"}


class Migration(migrations.Migration):
    dependencies = [("people", "0006_sealed_matches")]

    operations = [
        migrations.CreateModel(
            name="OpenLink",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("record", models.ForeignKey(**_TO)),
                ("other", models.ForeignKey(**_TO)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("record", "other"), name="one_open_link")],
            },
        ),
    ]

"""Whom a residence entry has at an address is found by the address, and not by reading every entry."""

from django.db import migrations, models
from django.db.models.fields.json import KeyTextTransform


class Migration(migrations.Migration):
    dependencies = [("chronology", "0002_append_only")]

    operations = [
        migrations.AddIndex(
            model_name="entryrow",
            index=models.Index(
                KeyTextTransform("address", "attributes"),
                condition=models.Q(kind="housing.residence"),
                name="entry_residence",
            ),
        ),
    ]

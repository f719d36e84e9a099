"""Whoever was given an entry hears that it was of another child, once the match is undone."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("sharing", "0003_standing")]

    operations = [
        migrations.AddField(
            model_name="itemchange",
            name="of_another",
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]

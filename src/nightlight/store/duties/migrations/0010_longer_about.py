"""A notice may hold a checkpoint of the audit log, which is longer (pre: no old code writes one)."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("duties", "0009_lapses")]

    operations = [
        migrations.AlterField(model_name="notice", name="about", field=models.CharField(blank=True, max_length=400)),
    ]

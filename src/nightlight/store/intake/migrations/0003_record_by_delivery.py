"""The list of the records that a delivery brought, by which its count opens."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("intake", "0002_append_only")]

    operations = [
        migrations.AddIndex(
            model_name="rawrecord", index=models.Index(fields=["delivery", "id"], name="record_by_delivery")
        )
    ]

"""How many records of a delivery said nothing but what was erased before."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("intake", "0004_out_of_scope")]

    operations = [
        migrations.AddField(model_name="delivery", name="erased", field=models.IntegerField(db_default=0, default=0)),
    ]

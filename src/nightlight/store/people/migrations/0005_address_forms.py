"""An address's normal form, by which it is found however it is written; and the index of UPRNs."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("people", "0004_linkage")]

    operations = [
        migrations.AddField(
            model_name="address", name="form", field=models.CharField(blank=True, db_default="", max_length=300)
        ),
        migrations.AddIndex(
            model_name="address",
            index=models.Index(fields=["form"], name="address_form"),
        ),
        migrations.AddIndex(
            model_name="address",
            index=models.Index(fields=["uprn"], name="address_uprn"),
        ),
    ]

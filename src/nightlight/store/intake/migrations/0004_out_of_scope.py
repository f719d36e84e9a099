from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("intake", "0003_record_by_delivery")]

    operations = [
        migrations.AddField(model_name="delivery", name="outside", field=models.IntegerField(db_default=0, default=0)),
        migrations.CreateModel(
            name="OutOfScope",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("feed", models.CharField(max_length=40)),
                ("reason", models.CharField(max_length=40)),
                ("day", models.DateField()),
                ("records", models.IntegerField(default=0)),
                ("children", models.IntegerField(default=0)),
            ],
            options={
                "db_table": "intake_out_of_scope",
                "constraints": [models.UniqueConstraint(fields=("feed", "reason", "day"), name="counted_by_day")],
            },
        ),
    ]

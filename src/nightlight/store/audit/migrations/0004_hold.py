from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_chain")]

    operations = [
        migrations.CreateModel(
            name="Hold",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("child", models.UUIDField()),
                ("why", models.TextField()),
                ("by", models.CharField(max_length=80)),
                ("since", models.DateTimeField()),
                ("released", models.DateTimeField(null=True)),
                ("released_by", models.CharField(blank=True, max_length=80)),
            ],
            options={
                "indexes": [
                    models.Index(condition=models.Q(("released", None)), fields=["child"], name="hold_child"),
                ],
            },
        ),
    ]

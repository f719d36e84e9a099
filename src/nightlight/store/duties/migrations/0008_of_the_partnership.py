from django.db import migrations, models

# That a post stands empty was kept on the record of the first child whose duty waited for it. It is nobody's record.
NOBODYS = """
UPDATE duties_duty SET child = NULL WHERE question LIKE 'rota:%';
UPDATE duties_dutynow SET child = NULL, evidence = '{}' WHERE question LIKE 'rota:%';
"""


class Migration(migrations.Migration):
    dependencies = [("duties", "0007_events_of_duties")]

    operations = [
        migrations.AlterField(model_name="dutyrow", name="child", field=models.UUIDField(null=True)),
        migrations.AlterField(model_name="dutynow", name="child", field=models.UUIDField(null=True)),
        migrations.RunSQL(NOBODYS, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="dutynow",
            constraint=models.UniqueConstraint(
                condition=models.Q(models.Q(("status", "discharged"), _negated=True), ("child__isnull", True)),
                fields=("question",),
                name="one_open_duty_of_the_partnership",
            ),
        ),
    ]

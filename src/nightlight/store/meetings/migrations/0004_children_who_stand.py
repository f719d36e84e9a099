"""A meeting or plan is found by whom its child is found to be, and names in its events whom it was called about."""

import django.contrib.postgres.fields
from django.db import migrations, models

FILL = """
    UPDATE meetings_meetingchild c SET called = child, records = coalesce((
        SELECT array_agg(s.id ORDER BY s.id) FROM people_sourceperson s
        WHERE s.person_id = c.child AND s.system <> 'nightlight:meetings'), '{}')
"""


class Migration(migrations.Migration):
    dependencies = [("meetings", "0003_plans"), ("people", "0001_initial")]

    operations = [
        migrations.AddField("meetingchild", "called", models.UUIDField(null=True)),
        migrations.AddField(
            "meetingchild",
            "records",
            django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), default=list, size=None),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.AlterField("meetingchild", "called", models.UUIDField()),
        migrations.RemoveConstraint("meetingchild", "one_row_a_child"),
        migrations.AddConstraint(
            "meetingchild",
            models.UniqueConstraint(fields=("called", "meeting", "plan"), name="one_row_a_child", nulls_distinct=False),
        ),
        migrations.AddIndex("meetingchild", models.Index(fields=["child"], name="meetings_of_child")),
    ]

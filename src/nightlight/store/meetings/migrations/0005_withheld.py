"""What a meeting decided and withheld from somebody is not there for them in the chronology either."""

from __future__ import annotations

from django.db import migrations, models

from nightlight.store.meetings.sql_withheld import SEALED_FROM


class Migration(migrations.Migration):
    dependencies = [("meetings", "0004_children_who_stand"), ("access", "0007_signed")]

    operations = [
        migrations.AddIndex("sending", models.Index(fields=["person"], name="sent_to_whom")),
        migrations.RunSQL(SEALED_FROM, migrations.RunSQL.noop),
    ]

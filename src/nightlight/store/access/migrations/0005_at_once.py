"""The wall answers about all entries of a child at once, and keeps its plans (the same answers, sooner)."""

from __future__ import annotations

from django.db import migrations

from nightlight.store.access import sql_at_once as sql


class Migration(migrations.Migration):
    # After sharing's step, which put the function back into a language whose plans are made anew for each question.
    dependencies = [("access", "0004_planned_once"), ("sharing", "0003_standing")]

    operations = [
        migrations.RunSQL(sql.STANDING + sql.ENTRIES, migrations.RunSQL.noop),
        migrations.RunSQL(sql.KEEP_PLANS, sql.DROP_PLANS),
    ]

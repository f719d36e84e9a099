"""The wall lets through what happened in a home where the child was seen, to whoever may read it of this child."""

from __future__ import annotations

from django.db import migrations

from nightlight.store.access import sql_at_once, sql_stays


class Migration(migrations.Migration):
    dependencies = [("access", "0007_signed"), ("chronology", "0003_residence_address")]

    operations = [
        migrations.RunSQL(
            sql_stays.ENTRIES + sql_stays.SEALED + sql_at_once.KEEP_PLANS,
            sql_at_once.ENTRIES + sql_at_once.KEEP_PLANS,
        ),
    ]

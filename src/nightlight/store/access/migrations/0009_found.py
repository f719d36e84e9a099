"""How long a child who was found stays open is a limit, in dated rows."""

from __future__ import annotations

from django.db import migrations

from nightlight.store.access import sql_at_once
from nightlight.store.access import sql_found as sql


class Migration(migrations.Migration):
    dependencies = [("access", "0008_login"), ("sharing", "0004_of_another")]

    operations = [
        migrations.RunSQL(sql.TABLE, sql.DROP_TABLE),
        migrations.RunSQL(sql.STANDING + sql.KEEP_PLAN, sql_at_once.STANDING + sql.KEEP_PLAN),
    ]

"""Deeds are done by a login that owns nothing; with the wall lifted, by a word that the program signs."""

from __future__ import annotations

from django.db import migrations

from nightlight.store.access import sql_deeds as sql


class Migration(migrations.Migration):
    dependencies = [("access", "0010_no_writing")]

    operations = [
        migrations.RunSQL(sql.MAKE_ROLE, migrations.RunSQL.noop),
        migrations.RunSQL(sql.LIFTING, sql.DROP_LIFTING),
        migrations.RunSQL(sql.NOTHING_BY_DEFAULT, sql.READING_BY_DEFAULT),
    ]

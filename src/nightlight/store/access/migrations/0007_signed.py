"""A page's connection says who it stands for in a signed way, and more tables stand behind the wall."""

from __future__ import annotations

from django.db import migrations

from nightlight.store.access import sql_signed as sql


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0005_at_once"),
        ("audit", "0005_not_from_the_web"),
        ("chronology", "0002_append_only"),
        ("duties", "0009_lapses"),
        ("intake", "0003_record_by_delivery"),
        ("meetings", "0004_children_who_stand"),
        ("people", "0006_sealed_matches"),
        ("sharing", "0003_standing"),
        ("sessions", "0001_initial"),
    ]

    operations = [
        migrations.RunSQL(sql.KEYS + sql.ASKED, migrations.RunSQL.noop),
        migrations.RunSQL(sql.KEEP_PLANS, migrations.RunSQL.noop),
        migrations.RunSQL(sql.POLICIES, sql.DROP_POLICIES),
        migrations.RunSQL(sql.SESSIONS, sql.GRANT_SESSIONS),
    ]

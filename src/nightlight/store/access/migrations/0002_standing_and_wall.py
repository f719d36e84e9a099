"""The role of web requests, the functions that say how somebody stands to a child, and the second wall."""

from __future__ import annotations

from django.db import migrations

from nightlight.store.access import sql
from nightlight.store.audit.append_only import guard


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0001_initial"),
        ("audit", "0002_append_only"),
        ("people", "0003_may_stand_alone"),
        ("chronology", "0002_append_only"),
        ("intake", "0003_record_by_delivery"),
        ("duties", "0006_fewer_indexes"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("sessions", "0001_initial"),
    ]

    operations = [
        migrations.RunSQL(sql.MAKE_ROLE, migrations.RunSQL.noop),
        migrations.RunSQL(sql.MAKE_TABLES, sql.DROP_TABLES),
        migrations.RunSQL(sql.STANDING, sql.DROP_STANDING),
        migrations.RunSQL(sql.WALL, sql.DROP_WALL),
        guard("access_glassreview", "access_seal", "access_policysignature"),
    ]

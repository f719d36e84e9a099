"""The pages' role may be a login of its own: it makes nothing, and counts nothing by sequences."""

from __future__ import annotations

from django.db import migrations

from nightlight.store.access import sql_login as sql


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0006_stays"),
        ("access", "0007_signed"),
        ("source", "0001_initial"),
        ("oversight", "0001_initial"),
        ("signin", "0001_initial"),
    ]

    operations = [
        migrations.RunSQL(sql.NO_SEQUENCES, sql.SEQUENCES),
        migrations.RunSQL(sql.NOTHING_OF_ITS_OWN, migrations.RunSQL.noop),
    ]

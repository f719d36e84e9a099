"""Who anybody is, and what opens a record, is written by deeds alone, and a page's log in its reader's own name."""

from __future__ import annotations

from django.db import migrations

from nightlight.store.access import sql_login as sql


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0009_found"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("chronology", "0003_residence_address"),
        ("duties", "0010_longer_about"),
        ("intake", "0004_out_of_scope"),
        ("meetings", "0005_withheld"),
        ("oversight", "0003_longer"),
        ("people", "0007_open_links"),
        ("sharing", "0004_of_another"),
    ]

    operations = [
        migrations.RunSQL(sql.NO_WRITING, sql.WRITING),
        migrations.RunSQL(sql.IN_ONES_OWN_NAME, sql.IN_ANY_NAME),
    ]

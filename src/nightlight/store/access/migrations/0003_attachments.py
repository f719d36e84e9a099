"""A file is given to whoever wrote its draft; to others by the deed that asks whether they may see the concern."""

from __future__ import annotations

from django.db import migrations

from nightlight.store.access import sql


class Migration(migrations.Migration):
    dependencies = [("access", "0002_standing_and_wall")]

    operations = [migrations.RunSQL(sql.ATTACHMENTS, sql.DROP_ATTACHMENTS)]

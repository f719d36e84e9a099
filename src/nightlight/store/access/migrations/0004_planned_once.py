"""The functions that every page asks keep their plans for the session (pre: the same answers, sooner)."""

from __future__ import annotations

from django.db import migrations

from nightlight.store.access import sql


class Migration(migrations.Migration):
    dependencies = [("access", "0003_attachments")]

    operations = [
        migrations.RunSQL(sql.PLANNED_ONCE, migrations.RunSQL.noop),
        # Whether somebody found this child with a reason: a child who is looked at often has a long audit.
        migrations.RunSQL(
            "CREATE INDEX access_found ON audit_auditevent (child, by, at) WHERE act = 'person.found'",
            "DROP INDEX access_found",
        ),
    ]

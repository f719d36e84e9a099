"""What is sealed from somebody, once more: whichever of the two steps that say it came last here, this one counts.

0005 and the access app's 0006 did not say which comes first, and the other one knows nothing of what is withheld.
"""

from __future__ import annotations

from django.db import migrations

from nightlight.store.meetings.sql_withheld import SEALED_FROM


class Migration(migrations.Migration):
    dependencies = [("meetings", "0005_withheld"), ("access", "0010_no_writing")]

    operations = [migrations.RunSQL(SEALED_FROM, migrations.RunSQL.noop)]

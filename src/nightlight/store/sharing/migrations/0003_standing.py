"""A request for information opens the record to nobody: whoever answers it does so where it was asked."""

from __future__ import annotations

from django.db import migrations

from nightlight.store.access import sql

_OWNED = "AND (d.owner = mine.username OR d.pending_to = mine.username)"
_OTHERS = "d.question NOT LIKE 'glass:%'"


def _without_sharing(statement: str) -> str:
    """The function that says how somebody stands to a child, with duties of sharing left out of every relationship."""
    made = statement[statement.index("CREATE FUNCTION access_standing") :]
    made = made.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION", 1)
    if _OWNED not in made or _OTHERS not in made:
        raise AssertionError("the function that this step changes does not read as it did")
    made = made.replace(_OWNED, f"{_OWNED} AND d.question NOT LIKE 'sharing:%'")
    return made.replace(_OTHERS, f"{_OTHERS} AND d.question NOT LIKE 'sharing:%'")


class Migration(migrations.Migration):
    dependencies = [("sharing", "0002_append_only"), ("access", "0002_standing_and_wall")]

    operations = [migrations.RunSQL(_without_sharing(sql.STANDING), migrations.RunSQL.noop)]

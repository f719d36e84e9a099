"""How often something may be asked in a span of time. Counted in the database, so that every process counts as one.

What is counted is a digest: neither an address nor a name is kept.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from django.db import connection

from nightlight.store.access import wall

_COUNT = """
INSERT INTO signin_counted (what, since, times) VALUES (%(what)s, %(now)s, 1)
ON CONFLICT (what) DO UPDATE SET
    times = CASE WHEN signin_counted.since <= %(old)s THEN 1 ELSE signin_counted.times + 1 END,
    since = CASE WHEN signin_counted.since <= %(old)s THEN %(now)s ELSE signin_counted.since END
RETURNING since, times
"""


@wall.lifted("counting who asks how often says nothing of what they ask")
def wait(*, what: str, who: str, most: int, span: timedelta, now: datetime) -> int:
    """Count one more; 0 if it may be, else for how many seconds it may not."""
    name = hashlib.sha256(f"{what}\n{who}".encode()).hexdigest()
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, {"what": name, "now": now, "old": now - span})
        since, times = cursor.fetchone()
    return 0 if times <= most else max(1, int((since + span - now).total_seconds()) + 1)

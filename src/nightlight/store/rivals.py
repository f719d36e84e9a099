"""What the database says when two did the same at the same moment and it let one of them through.

It tells that apart from a fault of ours, for the page of whoever was second; it mends nothing.
"""

from __future__ import annotations

import psycopg


def waited_for_each_other(error: BaseException) -> bool:
    """Whether it was given up because we and somebody else waited for each other: done again, it goes through."""
    return isinstance(error.__cause__, psycopg.errors.DeadlockDetected)


def was_second(error: BaseException) -> bool:
    """Whether an error of the database says that somebody else was first: a row that may be there once, or two who
    waited for each other. Nothing of the deed was kept."""
    seen: set[int] = set()
    found: BaseException | None = error
    while found is not None and id(found) not in seen:
        if isinstance(found, psycopg.errors.UniqueViolation | psycopg.errors.DeadlockDetected):
            return True
        seen.add(id(found))
        found = found.__cause__ or found.__context__
    return False

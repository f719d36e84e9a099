"""Wrong passwords and codes, counted for each user name, so that none can be tried at speed.

Whether a name is somebody's or nobody's makes no difference to what is counted, asked or said.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import connection, transaction

from nightlight.domain.clocks import due, rules_in_use
from nightlight.domain.limits import limit
from nightlight.store.access import wall
from nightlight.store.signin.models import WrongTry
from nightlight.timeline.calendar import WorkingCalendar

WAIT = "SIGN-IN-WAIT"
TRIES = "SIGN-IN-TRIES"
_ENGLAND = WorkingCalendar.england()


class SignInRefused(Exception):
    """Nobody is signed in, or nothing is proved; the message says what to do next."""


def how_long(rule: str, now: datetime) -> timedelta:
    """How long a row of the rules of signing in says, on that day."""
    return due(rules_in_use().in_force(rule, now), now, _ENGLAND) - now


@wall.lifted("who may not try again is asked before anybody has signed in")
def right(*, name: str, now: datetime, check: Callable[[], bool]) -> bool:
    """Whether the check says so; a wrong one is counted. Raises `SignInRefused`, and checks nothing, after too many.

    The tries of one name wait for each other: a hundred at once are as many as a hundred in a row.
    """
    with transaction.atomic():
        _one_at_a_time(name)
        if WrongTry.objects.filter(name=name, at__gt=now - how_long(WAIT, now)).count() >= limit(TRIES, now):
            refused = True
        else:
            refused, found = False, check()
            if not found:
                WrongTry.objects.create(name=name, at=now)
    if refused:
        raise _too_many(now)
    return found


@wall.lifted("signing in whole ends the count")
def forget(name: str) -> None:
    """Whoever has signed in, with all that is asked of them, starts again; so does whom an administrator lets in."""
    WrongTry.objects.filter(name=name).delete()


def nobody(username: str) -> str:
    """Stands for a user name that nobody has: people type passwords and children's names into that field."""
    return "unknown:" + hashlib.sha256(username.encode()).hexdigest()[:16]


def _too_many(now: datetime) -> SignInRefused:
    wait = rules_in_use().in_force(WAIT, now).within()
    return SignInRefused(
        f"There have been {_many(limit(TRIES, now))} wrong tries for this user name. Wait {wait} and try again, sign "
        "in another way, or ask your administrator. If a child is in danger now, telephone; do not wait."
    )


def _many(number: int) -> str:
    """A number as a sentence has it.

    >>> _many(10), _many(12)
    ('ten', '12')
    """
    said = ("three", "four", "five", "six", "seven", "eight", "nine", "ten")
    return said[number - 3] if 3 <= number <= 10 else str(number)


def _one_at_a_time(name: str) -> None:
    key = int.from_bytes(hashlib.sha256(b"try:" + name.encode()).digest()[:8], signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [key])

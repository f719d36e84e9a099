"""The moments at which a meeting or a plan asks for something by itself: claimed by one worker at a time."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import connection

CHANNEL = "nightlight_meeting_edge"
"""Whoever sleeps until the next edge is woken here when one is stored."""
_MEETINGS = """
    SELECT m.id, m.organisation FROM meetings_meeting m JOIN meetings_meetingnow n ON n.meeting_id = m.id
    WHERE n.next_edge <= %s ORDER BY n.next_edge LIMIT %s FOR UPDATE OF m SKIP LOCKED
"""
_PLANS = """
    SELECT p.id, p.organisation FROM meetings_plan p JOIN meetings_plannow n ON n.plan_id = p.id
    WHERE n.next_edge <= %s ORDER BY n.next_edge LIMIT %s FOR UPDATE OF p SKIP LOCKED
"""


def meetings_passed(now: datetime, limit: int) -> list[tuple[UUID, str]]:
    """Meetings whose edge has come, locked, each with the organisation that called it. One that somebody acts on just
    now is passed by: that act draws it anew."""
    return _claimed(_MEETINGS, now, limit)


def plans_passed(now: datetime, limit: int) -> list[tuple[UUID, str]]:
    """Plans whose edge has come, locked, each with the organisation whose plan it is."""
    return _claimed(_PLANS, now, limit)


def _claimed(query: str, now: datetime, limit: int) -> list[tuple[UUID, str]]:
    with connection.cursor() as cursor:
        cursor.execute(query, (now, limit))
        return list(cursor.fetchall())


def earliest_meeting() -> datetime | None:
    """The next edge of any meeting; None while none is to come."""
    return _earliest("SELECT min(next_edge) FROM meetings_meetingnow WHERE next_edge IS NOT NULL")


def earliest_plan() -> datetime | None:
    """The next edge of any plan; None while none is to come."""
    return _earliest("SELECT min(next_edge) FROM meetings_plannow WHERE next_edge IS NOT NULL")


def _earliest(query: str) -> datetime | None:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchone()[0]

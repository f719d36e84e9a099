"""Meetings and plans when it is decided who a source's person is: each goes with the child whom it was called about.

Its events keep the id they were written with; who that is found to be is beside them, so that a decision which is
undone takes the meeting back. It moves with the last of the records that made the child when it was called: where only
some of them are found to be another's, it stays.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import connection

from nightlight.actions.meetings.follow import prefix
from nightlight.actions.seeing import relationships
from nightlight.actions.trail import audit
from nightlight.domain.access.vocabulary import Relationship
from nightlight.domain.duty_events import PLAN_QUESTION
from nightlight.store.meetings import mapping
from nightlight.store.meetings.models import MeetingChild
from nightlight.store.people.models import IdentityDecision, SourcePerson

_NOW = """
    UPDATE {table} SET children = (
        SELECT array_agg(child ORDER BY first) FROM (
            SELECT child, min(id) AS first FROM meetings_meetingchild WHERE {of} = %(log)s GROUP BY child) found)
    WHERE {of} = %(log)s
"""


def leaving(record: UUID, before: UUID) -> list[MeetingChild]:
    """The meetings and plans that leave a child with this record: no other that the child was made of is left."""
    rows = list(MeetingChild.objects.filter(child=before, records__contains=[record]))
    left = set(SourcePerson.objects.filter(person=before).values_list("id", flat=True))
    return [row for row in rows if not left.intersection(row.records)]


def own_records(rows: Iterable[MeetingChild]) -> list[UUID]:
    """The records that these meetings and plans wrote about the child."""
    called = {str(row.called) for row in rows}
    return list(SourcePerson.objects.filter(system=mapping.SYSTEM, source_id__in=called).values_list("id", flat=True))


def question_starts(rows: Iterable[MeetingChild]) -> tuple[str, ...]:
    """How the questions of their duties begin."""
    meetings = [row.meeting_id for row in rows if row.meeting_id]
    plans = [row.plan_id for row in rows if row.plan_id]
    return (*map(prefix, meetings), *(f"{PLAN_QUESTION}{plan.hex}:" for plan in plans))


def bring(rows: list[MeetingChild], before: UUID, after: UUID, *, by: str, now: datetime) -> None:
    """Bring them to the child who stands, with what they wrote and with those who may see the child because of them."""
    for id_ in own_records(rows):
        SourcePerson.objects.filter(id=id_).update(person=after, updated=now)
        IdentityDecision.objects.create(
            source_person=id_, person=after, outcome="same", at=now, by=by,
            reason="follows the record that the meeting was called about",
        )  # fmt: skip
    for row in rows:
        row.child = after
        row.save(update_fields=["child"])
        log = row.meeting_id or row.plan_id
        table, of = ("meetings_meetingnow", "meeting_id") if row.meeting_id else ("meetings_plannow", "plan_id")
        with connection.cursor() as cursor:
            cursor.execute(_NOW.format(table=table, of=of), {"log": log})
        if row.meeting_id:
            relationships.move(
                kind=Relationship.MEETING, about=str(row.meeting_id), before=before, after=after, now=now, by=by
            )
        audit.record(at=now, by=by, act="meeting.followed_match", child=after, about=str(log))

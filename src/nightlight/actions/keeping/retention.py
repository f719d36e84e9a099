"""What is due for review, holds on it, and erasing a child's record. A person decides each; a machine never does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from nightlight.actions.keeping import describing, suppression
from nightlight.actions.keeping.keys import open_passage
from nightlight.actions.trail import audit, turns
from nightlight.domain.keeping import KeepingRow, due_on, rows_for
from nightlight.domain.pointers import ERASED as GONE
from nightlight.store.audit.models import Hold
from nightlight.store.meetings.models import MeetingChild, MeetingEvent, PlanEvent
from nightlight.store.people.models import Person
from nightlight.store.source import outgoing
from nightlight.store.source.models import OutEvent, SourceChild
from nightlight.timeline.london import local_date

ERASED = "record.erased"


class NotErased(Exception):
    """A record can't be erased now; the message says why and what to do. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class Due:
    """A child's record that is due for review: since when, by which row, and whether it is held."""

    child: UUID
    since: date
    row: KeepingRow
    held: bool


_RECORDS = """
    SELECT p.id, p.born_from, max(e.recorded), array_agg(DISTINCT e.kind), max(p.created)
    FROM people_person p JOIN people_sourceperson s ON s.person_id = p.id
    LEFT JOIN chronology_entrysubject j ON j.source_person = s.id LEFT JOIN chronology_entry e ON e.id = j.entry_id
    WHERE p.is_child AND p.born_from < %s GROUP BY p.id ORDER BY p.id
"""


def due(*, by: str, now: datetime) -> list[Due]:
    """The children's records whose keeping has run out, the longest due first. A birth date not known is never due."""
    today = local_date(now)
    held = set(Hold.objects.filter(released=None).values_list("child", flat=True))
    found = []
    for child, born, last, kinds, made in _rows(_RECORDS, [now]):
        for row in rows_for(filter(None, kinds), today)[-1:]:
            since = due_on(row, local_date(born), local_date(last or made))
            if since <= today:
                found.append(Due(child, since, row, child in held))
    with transaction.atomic():
        audit.record(at=now, by=by, act="retention.listed", detail={"shown": len(found)})
    return sorted(found, key=lambda each: (each.since, each.child))


def hold(*, child: UUID, why: str, by: str, now: datetime) -> None:
    """Let nobody erase this record until the hold is released."""
    if not why.strip():
        raise NotErased("a hold needs its reason: which inquiry, court or claim, and its reference.")
    with transaction.atomic():
        turns.take()  # whoever erases it just now is first, and then there is nothing to hold
        if not Person.objects.filter(id=child).exists():
            raise NotErased("there is no record of this id to hold. `nightlight retention list` names those due.")
        Hold.objects.create(child=child, why=why.strip(), by=by, since=now)
        audit.record(at=now, by=by, act="hold.placed", child=child, reason=why.strip())


def release(*, child: UUID, why: str, by: str, now: datetime) -> int:
    """End every hold on this record; how many."""
    with transaction.atomic():
        ended = Hold.objects.filter(child=child, released=None).update(released=now, released_by=by)
        audit.record(at=now, by=by, act="hold.released", child=child, reason=why, detail={"holds": ended})
    return ended


def erase(*, child: UUID, why: str, by: str, now: datetime, before: bool = False) -> dict[str, int]:
    """Delete a child's record; how many rows of each table. The audit log stays, and says that this was done.

    before: it was erased already, and came back with an older backup: what was open in that backup was closed since.
    What is another's record too stays without this child: an entry about siblings, a link to a parent's other child.
    """
    if not why.strip():
        raise NotErased("erasing needs its reason, in words that the person it was about could be given.")
    with transaction.atomic():
        turns.take()
        if not before:
            _may_be_erased(child)
        row = audit.row(at=now, by=by, act=ERASED, child=child, reason=why.strip())
        row.save(force_insert=True)
        open_passage(row)
        wanted = _what_is_theirs(child)
        known = suppression.known(wanted)
        gone = dict(_erased(wanted))
        suppression.keep(child=child, known=known, wanted=wanted, by=by, now=now)
        _leave_to_siblings(child)
        _tell_hub(child, now)
        audit.record(at=now, by=by, act="record.erased_rows", child=child, detail=gone)
    return gone


def _may_be_erased(child: UUID) -> None:
    if not _rows("SELECT 1 FROM people_person WHERE id = %s AND is_child", [child]):
        raise NotErased("there is no child of this id. `nightlight retention list` names those whose records are due.")
    if Hold.objects.filter(child=child, released=None).exists():
        raise NotErased("this record is held. Whoever placed the hold must release it: nightlight retention release")
    if _rows("SELECT 1 FROM duties_dutynow WHERE child = %s AND status <> 'discharged'", [child]):
        raise NotErased("somebody still owns an open duty about this child. It must be discharged first.")
    if _rows(_OPEN, {"child": child}):
        raise NotErased("a meeting about this child is not closed, or a plan runs. It must be ended first.")


_OPEN = """
    SELECT FROM meetings_meetingchild c
    LEFT JOIN meetings_meetingnow m ON m.meeting_id = c.meeting_id
    LEFT JOIN meetings_plannow p ON p.plan_id = c.plan_id
    WHERE c.child = %(child)s AND (m.status NOT IN ('closed', 'stood_down') OR p.status = 'running')
"""
_OF_THEM_ALONE = """
    SELECT {of} FROM meetings_meetingchild WHERE {of} IS NOT NULL
    GROUP BY {of} HAVING bool_and(child = %s)
"""
_ALONE = """
    SELECT entry_id FROM chronology_entrysubject GROUP BY entry_id
    HAVING bool_and(source_person = ANY(%(who)s) OR source_person IS NULL) AND bool_or(source_person = ANY(%(who)s))
"""
_GIVEN = "disclosure_id IN (SELECT id FROM sharing_disclosure WHERE child = %(child)s)"
_COPIED = "request_id IN (SELECT id FROM oversight_subjectrequest WHERE child = %(child)s)"
_STEPS: Sequence[tuple[str, str]] = (
    ("duties_noticetry", "notice IN (SELECT id FROM duties_notice WHERE about = ANY(%(abouts)s))"),
    ("duties_notice", "about = ANY(%(abouts)s)"),
    ("meetings_acknowledgement", "meeting_id = ANY(%(meetings)s)"),
    ("meetings_sending", "meeting_id = ANY(%(meetings)s)"),
    ("meetings_meetingdraft", "meeting_id = ANY(%(meetings)s)"),
    ("meetings_meetingplace", "meeting_id = ANY(%(meetings)s)"),
    ("meetings_planplace", "plan_id = ANY(%(plans)s)"),
    ("meetings_meetingnow", "meeting_id = ANY(%(meetings)s)"),
    ("meetings_plannow", "plan_id = ANY(%(plans)s)"),
    ("meetings_meetingevent", "meeting_id = ANY(%(meetings)s) OR id = ANY(%(said)s)"),
    ("meetings_planevent", "plan_id = ANY(%(plans)s) OR id = ANY(%(planned)s)"),
    ("meetings_meetingchild", "child = %(child)s"),
    ("meetings_meeting", "id = ANY(%(meetings)s)"),
    ("meetings_plan", "id = ANY(%(plans)s)"),
    ("sharing_consentanswer", "end_id IN (SELECT id FROM sharing_consentend WHERE child = %(child)s)"),
    ("sharing_consentanew", "end_id IN (SELECT id FROM sharing_consentend WHERE child = %(child)s)"),
    ("sharing_consentend", "child = %(child)s"),
    ("sharing_consenttakenback", "child = %(child)s"),
    ("sharing_itemchange", f"item_id IN (SELECT id FROM sharing_item WHERE {_GIVEN})"),  # noqa: S608 the line above
    ("sharing_item", _GIVEN),
    ("sharing_receipt", _GIVEN),
    ("sharing_disclosure", "child = %(child)s"),
    ("oversight_subjectcopy", _COPIED),
    ("oversight_subjectchoice", _COPIED),
    ("oversight_subjectrequest", "child = %(child)s"),
    ("sharing_review", "decision_id IN (SELECT id FROM sharing_decision WHERE child = %(child)s)"),
    ("sharing_decision", "child = %(child)s"),
    ("sharing_request", "child = %(child)s"),
    ("duties_noticetry", "notice IN (SELECT id FROM duties_notice WHERE duty = ANY(%(duties)s))"),
    ("duties_notice", "duty = ANY(%(duties)s)"),
    ("duties_dutyevent", "duty_id = ANY(%(duties)s)"),
    ("duties_dutynow", "duty_id = ANY(%(duties)s)"),
    ("duties_duty", "id = ANY(%(duties)s)"),
    ("duties_clockrow", "child = %(child)s"),
    ("chronology_firing", "child = %(child)s"),
    ("chronology_evaluated", "child = %(child)s"),
    ("chronology_known", "entry_id = ANY(%(entries)s)"),
    ("chronology_entrysubject", "entry_id = ANY(%(entries)s) OR source_person = ANY(%(who)s)"),
    ("chronology_entry", "id = ANY(%(entries)s)"),
    ("chronology_link", "source_person = ANY(%(who)s) OR other_person = ANY(%(who)s)"),
    (
        "intake_rawrecord",
        "(system, record_id) IN (SELECT * FROM unnest(%(systems)s::text[], %(records)s::text[])) AND NOT EXISTS ("
        "SELECT FROM chronology_entry e WHERE (e.system, e.record_id) = (intake_rawrecord.system, "
        "intake_rawrecord.record_id)) AND NOT EXISTS (SELECT FROM chronology_link l WHERE (l.system, l.record_id) = "
        "(intake_rawrecord.system, intake_rawrecord.record_id))",
    ),
    ("intake_raisedconcern", "draft_id = ANY(%(drafts)s)"),
    ("intake_attachment", "draft_id = ANY(%(drafts)s)"),
    ("intake_draft", "id = ANY(%(drafts)s)"),
    ("source_outevent", "child = %(child)s"),
    ("source_pointed", "child = %(child)s"),
    ("source_hubrequest", "child = %(child)s"),
    (
        "source_receivedevent",
        "(organisation, subject::text) IN (SELECT substr(system, 8), source_id FROM people_sourceperson "
        "WHERE id = ANY(%(who)s) AND system LIKE 'source:%%')",
    ),
    ("people_matchproposal", "person_id = %(child)s OR source_person_id = ANY(%(who)s)"),
    ("people_matchrecord", "source_person_id = ANY(%(who)s)"),
    ("people_identitydecision", "person = %(child)s OR source_person = ANY(%(who)s)"),
    ("people_sourceperson", "id = ANY(%(who)s)"),
    ("people_person", "id = %(child)s"),
)


def _erased(wanted: dict[str, Any]) -> Iterator[tuple[str, int]]:
    """Delete step by step, what points before what is pointed at; how many rows of each table that lost any."""
    with connection.cursor() as cursor:
        for table, where in _STEPS:
            cursor.execute(f"DELETE FROM {table} WHERE {where}", wanted)  # noqa: S608 the steps above
            if cursor.rowcount:
                yield table, cursor.rowcount


def _what_is_theirs(child: UUID) -> dict[str, Any]:
    who = _ids("SELECT id FROM people_sourceperson WHERE person_id = %s", [child])
    entries = _ids(_ALONE, {"who": who})
    records = _rows(
        "SELECT DISTINCT system, record_id FROM chronology_entry WHERE id IN "
        "(SELECT entry_id FROM chronology_entrysubject WHERE source_person = ANY(%(who)s)) UNION "
        "SELECT DISTINCT system, record_id FROM chronology_link "
        "WHERE source_person = ANY(%(who)s) OR other_person = ANY(%(who)s)",
        {"who": who},
    )
    records += describing.of(who)
    return {
        "child": child,
        "who": who,
        "entries": entries,
        "systems": [system for system, _ in records],
        "records": [record for _, record in records],
        **_meetings_of(child),
        "duties": _ids("SELECT id FROM duties_duty WHERE child = %s", [child]),
        "drafts": _ids(
            "SELECT draft_id FROM intake_raisedconcern WHERE child = %s OR source_person = ANY(%s)", [child, who]
        ),
    }


def _meetings_of(child: UUID) -> dict[str, Any]:
    """The meetings and plans about this child alone; and of those about brothers and sisters too, what was said of this
    child by itself. What was said of all of them is the others' record, and stays with that."""
    meetings = _ids(_OF_THEM_ALONE.format(of="meeting_id"), [child])
    plans = _ids(_OF_THEM_ALONE.format(of="plan_id"), [child])
    alone = {*meetings, *plans}
    rows = MeetingChild.objects.filter(child=child).order_by("id")
    shared = [row for row in rows if (row.meeting_id or row.plan_id) not in alone]
    return {
        "meetings": meetings,
        "plans": plans,
        "abouts": [f"meeting:{id_}" for id_ in meetings],
        "said": [id_ for row in shared if row.meeting_id for id_ in _said_of(MeetingEvent, row)],
        "planned": [id_ for row in shared if row.plan_id for id_ in _said_of(PlanEvent, row)],
    }


def _said_of(model: Any, row: MeetingChild) -> list[int]:
    """The events of a meeting or plan that are about this child of several, and whatever followed on the same item."""
    of = {"meeting": row.meeting_id} if row.meeting_id else {"plan": row.plan_id}
    events = list(model.objects.filter(**of))
    named = [each for each in events if each.detail.get("child") == str(row.called)]
    items = {each.item for each in named} - {""}
    theirs = [each for each in named if each.kind != "HasResponsibility"]
    return [each.id for each in {*theirs, *(each for each in events if each.item in items)}]


def _leave_to_siblings(child: UUID) -> None:
    """A meeting or plan about brothers and sisters goes on being theirs, without this child."""
    with connection.cursor() as cursor:
        for table in ("meetings_meetingnow", "meetings_plannow"):
            cursor.execute(
                f"UPDATE {table} SET children = array_remove(children, %s) WHERE %s = ANY(children)",  # noqa: S608
                [child, child],
            )


def _tell_hub(child: UUID, now: datetime) -> None:
    """What a hub was told or given of them is withdrawn there. A source's number of the child stays: it orders that."""
    if SourceChild.objects.filter(child=child).exists():
        outgoing.add([OutEvent(child=child, type=GONE, about=child, made=now)])


def _ids(query: str, values: Any) -> list[UUID]:
    return [row[0] for row in _rows(query, values)]


def _rows(query: str, values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return list(cursor.fetchall())

"""A source erased a child's record: what it told and gave is erased here, too, or waits for the guardian, and why.

It is withdrawn at once whatever becomes of it (`pointers.withdraw_all`), so that nothing rests on it from then on. No
page and no key erases anything: what is agreed to is erased by the worker, by the login that owns the tables. The log
keeps that something was erased, and not what.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import connection, transaction

from nightlight.actions.keeping import erasures, suppression
from nightlight.actions.keeping.keys import open_passage
from nightlight.actions.owned import raising
from nightlight.actions.seeing.access import not_there, require
from nightlight.actions.source import answers
from nightlight.actions.source.pointers import system_of
from nightlight.actions.trail import audit, turns
from nightlight.actions.watching.evaluation import Touched, evaluate_touched
from nightlight.domain.duty_events import ERASURE_QUESTION
from nightlight.domain.erasing import FIRM, WORDS, Rests, Stop, stops
from nightlight.domain.keeping import due_on, rows_for
from nightlight.domain.raising import Arrangements, raise_under
from nightlight.domain.roles import Permission
from nightlight.store.access import wall
from nightlight.store.audit.models import Hold
from nightlight.store.duties import mapping
from nightlight.store.keeping.models import ErasureAsked
from nightlight.store.people.models import Person, Practitioner, SourcePerson
from nightlight.store.sharing.models import SharingDecision, SharingRequest
from nightlight.store.source.models import ReceivedEvent
from nightlight.timeline.london import local_date

RULE = "ERASURE-ASKED"
WAITING, AGREED, DONE, KEPT = "waiting", "agreed", "done", "kept"
AT_SOURCE = "Its source erased the record."


class NotDecided(ValueError):
    """What a source erased can't be dealt with as asked; `field` says where, the message why and what to do."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def take(*, organisation: str, subject: UUID, event: UUID, by: str, now: datetime) -> None:
    """Agree that what this source told and gave of a child is erased, or leave it to the guardian, and say what stops
    it. In the transaction of its event."""
    theirs = SourcePerson.objects.filter(system=system_of(organisation), source_id=str(subject)).first()
    if theirs is None:
        return
    row = ErasureAsked.objects.create(
        id=event, organisation=organisation, subject=subject, child=theirs.person_id, at=now, state=AGREED, by=by[:80],
        why=AT_SOURCE,
    )  # fmt: skip
    found = stops(_rests(row, now))
    if found:
        _stop(row, found, by, now)


def _stop(row: ErasureAsked, found: Sequence[Stop], by: str, now: datetime) -> None:
    row.state, row.by, row.why = WAITING, "", ""
    row.save(update_fields=["state", "by", "why"])
    _ask_guardian(row, now)
    detail = {"stops": [each.value for each in found]}
    audit.record(at=now, by=by, act="erasure.stopped", child=row.child, about=str(row.id), detail=detail)


def turn(*, now: datetime) -> int:
    """Erase what was agreed to, for the worker: how many. What came between stops it, and is the guardian's to see."""
    done = 0
    for id_ in list(ErasureAsked.objects.filter(state=AGREED).order_by("at", "id").values_list("id", flat=True)):
        with transaction.atomic():
            turns.take()
            row = ErasureAsked.objects.filter(id=id_, state=AGREED).first()
            if row is None:  # another worker did it just now
                continue
            found = stops(_rests(row, now))
            if [each for each in found if each in FIRM or row.decided is None]:
                _stop(row, found, audit.SYSTEM, now)
                continue
            _erase(row, why=row.why, by=row.by, now=now)
            done += 1
    return done


def _ask_guardian(row: ErasureAsked, now: datetime) -> None:
    under = Arrangements(rota=mapping.rota())
    rule = under.rules.in_force(RULE, now)
    asked = raising.Asked("", f"{ERASURE_QUESTION}{row.id}", rule.duty_level or "concern", now, ())
    event = raise_under(rule, asked, duty_id=str(uuid4()), at=now, organisation="", under=under)
    raising.open_duty(event, raising.home_of(event.duty.owner))


# -- what stands in the way

_OPEN_DUTY = "SELECT 1 FROM duties_dutynow WHERE child = %(child)s AND status <> 'discharged'"
_DUTY = "SELECT 1 FROM duties_dutynow WHERE evidence && %(entries)s::uuid[]"
_MET = "SELECT 1 FROM meetings_meetingchild WHERE child = %(child)s"
_OPEN_MEETING = """
    SELECT 1 FROM meetings_meetingchild c
    LEFT JOIN meetings_meetingnow m ON m.meeting_id = c.meeting_id LEFT JOIN meetings_plannow p ON p.plan_id = c.plan_id
    WHERE c.child = %(child)s AND (m.status NOT IN ('closed', 'stood_down') OR p.status = 'running')
"""
_GIVEN = """
    SELECT 1 FROM sharing_item i WHERE i.entry = ANY(%(entries)s) UNION ALL
    SELECT 1 FROM sharing_disclosure d WHERE d.child = %(child)s AND d.organisation = %(organisation)s
"""
_KINDS = """
    SELECT DISTINCT e.kind, max(e.recorded) FROM people_sourceperson s JOIN chronology_entrysubject j
    ON j.source_person = s.id JOIN chronology_entry e ON e.id = j.entry_id WHERE s.person_id = %(child)s GROUP BY e.kind
"""


def _child(row: ErasureAsked) -> UUID:
    """Whose record it is, for as long as anything waits; afterwards the row names nobody."""
    if row.child is None:
        raise ValueError(f"the erasure {row.pk} is done and names nobody any more; only one that waits is looked at.")
    return row.child


def _rests(row: ErasureAsked, now: datetime) -> Rests:
    said = {**_wanted(row), "organisation": row.organisation}
    return Rests(
        held=Hold.objects.filter(child=_child(row), released=None).exists(),
        open_duty=_any(_OPEN_DUTY, said),
        open_meeting=_any(_OPEN_MEETING, said),
        rested_on=_any(_DUTY, said),
        given=_any(_GIVEN, said),
        met=_any(_MET, said),
        longer=_kept_longer(row, said, now),
    )


def _kept_longer(row: ErasureAsked, said: Mapping[str, Any], now: datetime) -> bool:
    """Whether a row of keeping that is for some children alone (a plan, looked after) is for this one, and has not run
    out. The row for every child is no ground to keep what its source has erased."""
    found = _rows(_KINDS, said)
    person = Person.objects.filter(id=_child(row)).first()
    rows = [each for each in rows_for([kind for kind, _ in found], local_date(now)) if each.kinds]
    if not rows or person is None or person.born_from is None:
        return bool(rows)
    last = max(at for _, at in found)
    return any(due_on(each, local_date(person.born_from), local_date(last)) > local_date(now) for each in rows)


def _wanted(row: ErasureAsked) -> dict[str, Any]:
    """What this source told and gave of the child, by ids. An entry that names somebody else too is theirs as well."""
    system = system_of(row.organisation)
    who = [row_ for (row_,) in _rows(_WHO, {"system": system, "subject": str(row.subject)})]
    entries = [id_ for (id_,) in _rows(_ALONE, {"who": who})]
    records = _rows(_RECORDS, {"who": who, "system": system})
    return {
        "child": row.child, "who": who, "entries": entries, "system": system,
        "systems": [system] * len(records), "records": [record for (record,) in records],
    }  # fmt: skip


_WHO = "SELECT id FROM people_sourceperson WHERE system = %(system)s AND source_id = %(subject)s"
_ALONE = """
    SELECT entry_id FROM chronology_entrysubject GROUP BY entry_id
    HAVING bool_and(source_person = ANY(%(who)s) OR source_person IS NULL) AND bool_or(source_person = ANY(%(who)s))
"""
_RECORDS = """
    SELECT DISTINCT e.record_id FROM chronology_entry e JOIN chronology_entrysubject s ON s.entry_id = e.id
    WHERE s.source_person = ANY(%(who)s) AND e.system = %(system)s UNION
    SELECT DISTINCT record_id FROM chronology_link
    WHERE (source_person = ANY(%(who)s) OR other_person = ANY(%(who)s)) AND system = %(system)s
"""

# -- erasing

_OF_SOURCE = "SELECT id FROM sharing_disclosure WHERE child = %(child)s AND organisation = %(organisation)s"
_DECIDED = f"SELECT decision_id FROM ({_OF_SOURCE.replace('SELECT id', 'SELECT decision_id')}) d"  # noqa: S608 the line above
_ENDS = f"SELECT id FROM sharing_consentend WHERE decision_id IN ({_DECIDED})"  # noqa: S608 the line above
_STEPS: Sequence[tuple[str, str]] = (
    ("sharing_consentanswer", f"end_id IN ({_ENDS})"),
    ("sharing_consentanew", f"end_id IN ({_ENDS})"),
    ("sharing_consentend", f"decision_id IN ({_DECIDED})"),
    ("sharing_itemchange", f"item_id IN (SELECT id FROM sharing_item WHERE disclosure_id IN ({_OF_SOURCE}))"),  # noqa: S608
    ("sharing_item", f"disclosure_id IN ({_OF_SOURCE})"),
    ("sharing_receipt", f"disclosure_id IN ({_OF_SOURCE})"),
    ("sharing_disclosure", "child = %(child)s AND organisation = %(organisation)s"),
    ("sharing_decision", "id = ANY(%(decisions)s)"),
    ("chronology_known", "entry_id = ANY(%(entries)s)"),
    ("chronology_entrysubject", "entry_id = ANY(%(entries)s)"),
    ("chronology_entry", "id = ANY(%(entries)s)"),
    (
        "chronology_link",
        "system = %(system)s AND (source_person = ANY(%(who)s) OR other_person = ANY(%(who)s))",
    ),
    (
        "intake_rawrecord",
        "system = %(system)s AND record_id = ANY(%(records)s) AND NOT EXISTS (SELECT FROM chronology_entry e "
        "WHERE (e.system, e.record_id) = (intake_rawrecord.system, intake_rawrecord.record_id))",
    ),
)
_NOTHING_OF_OURS = """
    SELECT NOT EXISTS (SELECT FROM people_sourceperson WHERE person_id = %(child)s AND id <> ALL(%(who)s))
    AND NOT EXISTS (SELECT FROM duties_duty WHERE child = %(child)s)
    AND NOT EXISTS (SELECT FROM meetings_meetingchild WHERE child = %(child)s)
    AND NOT EXISTS (SELECT FROM sharing_request WHERE child = %(child)s)
    AND NOT EXISTS (SELECT FROM sharing_decision WHERE child = %(child)s)
    AND NOT EXISTS (SELECT FROM intake_raisedconcern WHERE child = %(child)s)
"""


def _erase(row: ErasureAsked, *, why: str, by: str, now: datetime) -> None:
    """All of a child's record, where there is nothing but what this source told; else what it told and gave."""
    child, wanted = row.child, {**_wanted(row), "organisation": row.organisation}
    assert child is not None  # noqa: S101 one that waits names the child
    if _rows(_NOTHING_OF_OURS, wanted)[0][0]:
        told = list(ReceivedEvent.objects.filter(id=row.id))
        erasures.erase(child=child, why=why, by=by, now=now)
        ReceivedEvent.objects.bulk_create(told)  # sent once more, it is taken for what it is
    else:
        _erase_part(row, wanted, why=why, by=by, now=now)
    row.state, row.decided, row.why = DONE, now, ""
    row.child = row.subject = None
    row.save(update_fields=["state", "decided", "why", "child", "subject"])


def _erase_part(row: ErasureAsked, wanted: dict[str, Any], *, why: str, by: str, now: datetime) -> None:
    assert row.child is not None  # noqa: S101 see above
    # It names no child: `erasures` would erase all of the record of one that it names, once a backup was restored.
    act = audit.row(at=now, by=by, act="record.erased", about=str(row.id), reason=why)
    act.save(force_insert=True)
    open_passage(act)
    known = suppression.known(wanted)
    requests = _answered_by(row)
    wanted["decisions"] = list(
        SharingDecision.objects.filter(child=row.child, key__in=requests).values_list("id", flat=True)
    )
    gone = dict(_deleted(wanted))
    suppression.keep(child=row.child, known=known, wanted=wanted, by=by, now=now)
    for request in SharingRequest.objects.filter(id__in=list(requests.values())):
        answers.nothing_of(request, organisation=row.organisation, now=now)
    evaluate_touched(Touched(people=frozenset(wanted["who"]), everything=True), now=now)
    audit.record(at=now, by=by, act="record.part_erased", child=row.child, about=str(row.id), reason=why, detail=gone)


def _answered_by(row: ErasureAsked) -> dict[str, UUID]:
    """The keys of the answers that this source gave about the child, each with its request."""
    of = SharingRequest.objects.filter(child=_child(row), holder=row.organisation)
    return {answers.key_of(request): request.id for request in of}


def _deleted(wanted: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    with connection.cursor() as cursor:
        for table, where in _STEPS:
            cursor.execute(f"DELETE FROM {table} WHERE {where}", wanted)  # noqa: S608 the steps above
            if cursor.rowcount:
                yield table, cursor.rowcount


def _any(query: str, values: Mapping[str, Any]) -> bool:
    return bool(_rows(f"{query} LIMIT 1", values))


def _rows(query: str, values: Mapping[str, Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return list(cursor.fetchall())


# -- the guardian's


@dataclass(frozen=True, slots=True)
class Asked:
    """What a source asked for, and what stands in the way now; of one that is dealt with, nothing does."""

    row: ErasureAsked
    stops: tuple[Stop, ...]
    holds: tuple[str, ...]

    @property
    def firm(self) -> bool:
        """Whether something stands in the way that nobody may set aside."""
        return not FIRM.isdisjoint(self.stops)


@wall.lifted("the guardian's own list: which organisation, when, and what stops it; never whose record")
def asked(*, by: Practitioner, now: datetime) -> list[Asked]:
    """What sources erased, what waits first, then the newest; with what stops each."""
    require(by, Permission.AUDIT_VIEW)
    with transaction.atomic():
        audit.record(at=now, by=by, act="erasure.listed")
        rows = ErasureAsked.objects.order_by("-at", "id")
        waiting, rest = rows.filter(state=WAITING), rows.exclude(state=WAITING)
        return [_stopped(row, now) for row in (*waiting[:200], *rest[:100])]


def _stopped(row: ErasureAsked, now: datetime) -> Asked:
    if row.state != WAITING:
        return Asked(row, (), ())
    held = Hold.objects.filter(child=_child(row), released=None).order_by("id").values_list("why", flat=True)
    return Asked(row, stops(_rests(row, now)), tuple(held))


@wall.lifted("the guardian decides about content whose source has erased it")
def decide(*, by: Practitioner, event: UUID, erase: bool, why: str, now: datetime) -> ErasureAsked:
    """Erase what a source told and gave, or keep it on a ground of our own. What is firm nobody sets aside."""
    require(by, Permission.AUDIT_VIEW)
    if not why.strip():
        raise NotDecided("why", "Say why, in words that the person it is about could be given")
    with transaction.atomic():
        turns.take()
        row = ErasureAsked.objects.filter(id=event).first()
        if row is None:
            raise not_there()
        if row.state != WAITING:
            return row
        if erase:
            _agree(row, by, why.strip(), now)
        else:
            _keep(row, by, why.strip(), now)
        raising.end_reviewed(f"{ERASURE_QUESTION}{row.id}", by=by.username, reason=why.strip(), now=now)
    return row


def _agree(row: ErasureAsked, by: Practitioner, why: str, now: datetime) -> None:
    firm = next((each for each in stops(_rests(row, now)) if each in FIRM), None)
    if firm is not None:
        raise NotDecided("why", WORDS[firm])
    row.state, row.decided, row.by, row.why = AGREED, now, by.username, why
    row.save(update_fields=["state", "decided", "by", "why"])
    audit.record(at=now, by=by, act="erasure.agreed", child=row.child, about=str(row.id), reason=why)


def _keep(row: ErasureAsked, by: Practitioner, why: str, now: datetime) -> None:
    audit.record(at=now, by=by, act="erasure.kept", child=row.child, about=str(row.id), reason=why)
    row.state, row.decided, row.by, row.why = KEPT, now, by.username, why
    row.save(update_fields=["state", "decided", "by", "why"])

"""Unusual looks at records, for the Caldicott guardian: found in the audit log, shown, asked about, and settled.

Finding one is written into the log with the lines that it counts, so that nobody takes it away unseen. No finding names
a child, and none of a child who is sealed from its reader leads to the record.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Max

from nightlight.actions.owned import raising
from nightlight.actions.seeing.access import Refused, not_there, require
from nightlight.actions.trail import audit, turns
from nightlight.domain.access.vocabulary import WORDS
from nightlight.domain.duty_events import UNUSUAL_QUESTION
from nightlight.domain.people import normal_name, normal_postcode
from nightlight.domain.raising import Arrangements, raise_under
from nightlight.domain.roles import Permission
from nightlight.domain.unusual import FOUND, LOOKS, OPENED, Access, Facts, Finding, Looked, Looker, unusual
from nightlight.domain.unusual_rows import UnusualRows, rows_in_use
from nightlight.store.access import wall
from nightlight.store.access.facts import sealed_from
from nightlight.store.audit.models import AuditEvent
from nightlight.store.duties import mapping
from nightlight.store.duties.models import DutyNow
from nightlight.store.oversight.models import Near, PublicNote, Unusual, UnusualDeed
from nightlight.store.people.models import Person, Practitioner, SourcePerson
from nightlight.timeline.london import local_date, start_of_day

REVIEW = "UNUSUAL-REVIEW"
DEEDS = {
    "asked": "I asked them, and wait for an answer",
    "explained": "It is explained",
    "referred": "I referred it: to their manager, or as a breach",
}
"""What the guardian may record; the first leaves it open."""
KINDS_NEAR = {"postcode": "My own postcode", "family": "Another family name that is mine or my family's"}
PAGE = 50
_LOOKS = "findings among the looks at records"
"""What one has at a time: whether a day's last finding is settled must not change while its duty is ended."""
_LOOK_BACK = timedelta(days=2)
"""Looks older than this, and than the longest wait of a row, were judged by an earlier round."""
_GROUNDS = {words: str(relationship) for relationship, words in WORDS.items()}


@dataclass(frozen=True, slots=True)
class Shown:
    """A finding as the guardian sees it; who: the person's name. child: to be opened, where they may."""

    row: Unusual
    name: str
    role: str
    organisation: str
    child: UUID | None
    deeds: tuple[UnusualDeed, ...]

    @property
    def count(self) -> int:
        return len(self.row.lines)


# -- finding


@wall.lifted("the log of everybody's looks is read, whoever causes the round")
def turn(*, now: datetime) -> int:
    """Look through the log of the last days; how many findings are new. The worker calls this every hour."""
    rows = rows_in_use()
    found = unusual(*_asked(rows, now), rows, now)
    with transaction.atomic():
        turns.take_for(_LOOKS)  # each worker looks once an hour
        new = [made for each in found if (made := _kept(each, now))]
        if any(each.what != "glass" for each in new):
            _is_owed(now)
    return len(new)


def _asked(rows: UnusualRows, now: datetime) -> tuple[list[Access], Facts]:
    nothing = rows.in_force("nothing", now)
    since = now - _LOOK_BACK - timedelta(hours=nothing.values["hours"] if nothing else 0)
    events = AuditEvent.objects.filter(at__gte=since, at__lte=now, child__isnull=False, act__in=LOOKS)
    columns = events.order_by("id").values_list("id", "at", "by", "act", "child", "about")
    accesses = [
        Access(id=id_, at=at, by=by, act=act, child=str(child), ground=_GROUNDS.get(about, ""))
        for id_, at, by, act, child, about in columns
    ]
    return accesses, _facts(accesses, rows, now)


def _facts(accesses: Sequence[Access], rows: UnusualRows, now: datetime) -> Facts:
    under = Arrangements(rota=mapping.rota())
    lookers, children = _lookers(), _children({each.child for each in accesses})
    return Facts(
        lookers=lookers,
        children=children,
        hours=under.rules.office_hours,
        bearers=_bearers(lookers, children, {each.by for each in accesses}),
        usual=_usual(accesses, rows, now),
        done=_done(accesses),
        night_roles=frozenset(row.out_of_hours for row in under.rules.rows if row.out_of_hours),
        rota=under.rota,
        calendar=under.calendar,
    )


def _lookers() -> dict[str, Looker]:
    """Everybody who signs in, with what is on record of who is near to them."""
    near: dict[str, dict[str, set[str]]] = {}
    for row in Near.objects.filter(until=None):
        near.setdefault(row.person, {}).setdefault(row.kind, set()).add(str(row.child) if row.child else row.value)
    return {
        username: Looker(
            role=role,
            organisation=organisation,
            families=frozenset({name.rpartition(" ")[2], *near.get(username, {}).get("family", ())}),
            postcodes=frozenset(near.get(username, {}).get("postcode", ())),
            near=frozenset(near.get(username, {}).get("child", ())),
        )
        for username, name, role, organisation in Practitioner.objects.values_list(
            "username", "name", "role", "organisation_id"
        )
    }


def _children(ids: Iterable[str]) -> dict[str, Looked]:
    wanted = [UUID(id_) for id_ in ids]
    public = set(PublicNote.objects.filter(until=None, child__in=wanted).values_list("child", flat=True))
    said: dict[UUID, tuple[set[str], set[str]]] = {id_: (set(), set()) for id_ in wanted}
    for person, family, postcode in SourcePerson.objects.filter(person__in=wanted).values_list(
        "person", "family", "postcode"
    ):
        said[person][0].add(family)
        said[person][1].add(postcode)
    return {
        str(id_): Looked(families=frozenset(names), postcodes=frozenset(postcodes), public=id_ in public)
        for id_, (names, postcodes) in said.items()
    }


def _bearers(lookers: Mapping[str, Looker], children: Mapping[str, Looked], here: set[str]) -> dict[str, int]:
    """How many people bear each family name that somebody who looked shares with a child who was looked at."""
    theirs = {name for by in here & lookers.keys() for name in lookers[by].families}
    normal = {normal_name(name) for name in theirs}
    shared = {name for child in children.values() for name in child.families if normal_name(name) in normal} - {""}
    counts: dict[str, int] = {}
    for name in shared:
        key = normal_name(name)
        counts[key] = counts.get(key, 0) + Person.objects.filter(family=name).count()
    return counts


def _usual(accesses: Sequence[Access], rows: UnusualRows, now: datetime) -> dict[str, list[int]]:
    """How many records each opened on their days before; read only where somebody opened many."""
    row = rows.in_force("volume", now)
    opened = sorted((each.by, local_date(each.at), each.child) for each in accesses if each.act == OPENED)
    days = [set(child for _, _, child in group) for _, group in groupby(opened, key=lambda each: each[:2])]
    if row is None or not any(len(children) >= row.values["at_least"] for children in days):
        return {}
    first = start_of_day(local_date(min(each.at for each in accesses)))
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, [OPENED, first - timedelta(days=row.values["days"]), first])
        usual: dict[str, list[int]] = {}
        for by, count in cursor.fetchall():
            usual.setdefault(by, []).append(count)
    return usual


_COUNTS = """
    SELECT by, count(DISTINCT child) FROM audit_auditevent
    WHERE act = %s AND at >= %s AND at < %s GROUP BY by, (at AT TIME ZONE 'Europe/London')::date
"""


def _done(accesses: Sequence[Access]) -> dict[tuple[str, str], datetime]:
    """When each who found a child by searching last did something about that child other than looking."""
    finders = {(each.by, each.child) for each in accesses if each.ground == "found"}
    if not finders:
        return {}
    deeds = AuditEvent.objects.filter(by__in={by for by, _ in finders}, child__in={UUID(c) for _, c in finders})
    newest = deeds.exclude(act__in=LOOKS).values_list("by", "child").annotate(Max("at"))
    return {(by, str(child)): at for by, child, at in newest if (by, str(child)) in finders}


def _kept(found: Finding, now: datetime) -> Unusual | None:
    """Keep a finding; the row where it is new. One that was found before grows by the lines of its day."""
    defaults = {
        "what": found.what, "person": found.by, "child": UUID(found.child) if found.child else None, "at": found.at,
        "sentence": found.sentence, "lines": list(found.lines), "row_version": found.row_version, "found": now,
    }  # fmt: skip
    row, new = Unusual.objects.get_or_create(key=found.key, defaults=defaults)
    if not new:
        if set(found.lines) <= set(row.lines):
            return None
        row.lines, row.at, row.sentence = sorted({*row.lines, *found.lines}), found.at, found.sentence
        row.save(update_fields=["lines", "at", "sentence"])
    detail = {"what": row.what, "person": row.person, "lines": row.lines, "version": row.row_version}
    audit.record(at=now, by=audit.SYSTEM, act="unusual.found", about=str(row.id), detail=detail)
    return row if new else None


def _question(now: datetime) -> str:
    return f"{UNUSUAL_QUESTION}{local_date(now).isoformat()}"


def _is_owed(now: datetime) -> None:
    """The guardian's duty to ask about what was found on a day: one for the day, of no child."""
    question = _question(now)
    if DutyNow.objects.filter(question=question).exclude(status="discharged").exists():
        return
    under = Arrangements(rota=mapping.rota())
    row = under.rules.in_force(REVIEW, now)
    asked = raising.Asked("", question, row.duty_level or "concern", now, ())
    event = raise_under(row, asked, duty_id=str(uuid.uuid4()), at=now, organisation="", under=under)
    raising.open_duty(event, raising.home_of(event.duty.owner))


# -- for the guardian


@wall.lifted("the guardian reads who looked at what; it says nothing of what a record holds")
def findings(*, by: Practitioner, now: datetime, page: int = 1, everything: bool = False) -> tuple[list[Shown], int]:
    """A page of findings, the newest first, and how many there are; those that nobody has settled, or all."""
    require(by, Permission.AUDIT_VIEW)
    audit.record(at=now, by=by, act="unusual.listed")
    rows = Unusual.objects.order_by("-at", "id") if everything else Unusual.objects.filter(settled=None)
    shown = rows.order_by("-at", "id").prefetch_related("deeds")[(page - 1) * PAGE : page * PAGE]
    return _shown(list(shown), by, now), rows.count()


@wall.lifted("the guardian reads who looked at what; it says nothing of what a record holds")
def one(*, by: Practitioner, finding: UUID, now: datetime) -> tuple[Shown, list[AuditEvent]]:
    """A finding and the audit lines that it counts."""
    require(by, Permission.AUDIT_VIEW)
    row = Unusual.objects.filter(id=finding).prefetch_related("deeds").first()
    if row is None:
        raise not_there()
    audit.record(at=now, by=by, act="unusual.viewed", about=str(row.id))
    lines = list(AuditEvent.objects.filter(id__in=row.lines).order_by("-id"))
    return _shown([row], by, now)[0], lines


def _shown(rows: Sequence[Unusual], by: Practitioner, now: datetime) -> list[Shown]:
    sealed = sealed_from(by.username, now).children
    people = Practitioner.objects.select_related("organisation").in_bulk(
        {r.person for r in rows}, field_name="username"
    )
    found = []
    for row in rows:
        who = people.get(row.person)
        found.append(
            Shown(
                row=row,
                name=who.name if who else row.person,
                role=who.role if who else "",
                organisation=who.organisation.name if who else "",
                child=row.child if row.child and str(row.child) not in sealed else None,
                deeds=tuple(sorted(row.deeds.all(), key=lambda deed: deed.id)),
            )
        )
    return found


@wall.lifted("what the guardian did is kept, and ends the duty of it")
def did(*, by: Practitioner, finding: UUID, deed: str, words: str, now: datetime) -> UnusualDeed:
    """Record what was done about a finding. Nobody settles what they did themselves."""
    require(by, Permission.AUDIT_VIEW)
    row = Unusual.objects.filter(id=finding).first()
    if row is None:
        raise not_there()
    if row.person == by.username:
        raise Refused("Somebody else asks about what you did yourself: another guardian, or a safeguarding partner.")
    if deed not in DEEDS or not words.strip():
        raise ValueError("Choose what you did, and say it in a few words")
    with transaction.atomic():
        turns.take_for(_LOOKS)  # another guardian may settle it just now, or the last other one of its day
        row.refresh_from_db()
        made = UnusualDeed.objects.create(unusual=row, at=now, by=by.username, did=deed, words=words.strip())
        audit.record(
            at=now, by=by, act="unusual.answered", about=str(row.id), reason=words.strip(), detail={"did": deed}
        )
        if deed != "asked" and row.settled is None:
            Unusual.objects.filter(id=row.id).update(settled=now)
            _answered(row, by, words.strip(), now)
    return made


def _answered(row: Unusual, by: Practitioner, words: str, now: datetime) -> None:
    """The duty of the day on which it was found ends with the last finding of that day."""
    day = start_of_day(local_date(row.found))
    same_day = Unusual.objects.filter(settled=None, found__gte=day, found__lt=day + timedelta(hours=26))
    if any(local_date(each.found) == local_date(row.found) for each in same_day.exclude(what="glass")):
        return
    raising.end_reviewed(_question(row.found), by=by.username, reason=words, now=now)


# -- what is on record of who is near, and of whom the public knows


@wall.lifted("what somebody says of themselves is kept for the guardian's rules, out of reach of every page")
def say_near(*, by: Practitioner, kind: str, value: str, now: datetime) -> Near:
    """Somebody puts their own postcode, or another family name, on record; both are used for nothing else."""
    value = value.strip()[:80]
    if kind not in KINDS_NEAR or not value or (kind == "postcode" and not normal_postcode(value)):
        raise ValueError("Enter a postcode, like AB1 2CD" if kind == "postcode" else "Enter a name")
    with transaction.atomic():
        row = Near.objects.create(person=by.username, kind=kind, value=value, since=now, by=by.username)
        audit.record(at=now, by=by, act="near.said", about=str(row.id), detail={"kind": kind})
    return row


@wall.lifted("somebody's own")
def near_to(by: Practitioner) -> list[Near]:
    """What is on record of who is near to somebody by their own saying."""
    return list(Near.objects.filter(person=by.username, until=None, child=None).order_by("since", "id"))


@wall.lifted("somebody's own")
def end_near(*, by: Practitioner, near: UUID, now: datetime) -> None:
    """It holds no longer: they moved, or it was wrong. That it was on record stays."""
    row = Near.objects.filter(id=near, person=by.username, until=None, child=None).first()
    if row is None:
        raise not_there()
    with transaction.atomic():
        Near.objects.filter(id=row.id).update(until=now)
        audit.record(at=now, by=by, act="near.ended", about=str(row.id))


@wall.lifted("the guardian names somebody's relation to a child, which the rules then watch")
def name_near(*, by: Practitioner, person: str, child: UUID, now: datetime) -> Near:
    """The guardian puts on record that a child is near to a practitioner: their own, a relation, a friend's."""
    require(by, Permission.AUDIT_VIEW)
    if not Practitioner.objects.filter(username=person).exists():
        raise ValueError("Enter the user name of somebody who signs in here")
    _is_a_child(child, by, now)
    with transaction.atomic():
        row = Near.objects.create(person=person, kind="child", child=child, since=now, by=by.username)
        # Without the child in its column: whoever looks at the record would read whose relation the child is.
        audit.record(at=now, by=by, act="near.named", about=f"{row.id} {person}", detail={"child": str(child)})
    return row


@wall.lifted("the guardian names a child of public note, which the rules then watch")
def note_public(*, by: Practitioner, child: UUID, reason: str, now: datetime) -> PublicNote:
    """The guardian names a child of whom the public has heard: every look without need is shown from then on."""
    require(by, Permission.AUDIT_VIEW)
    if not reason.strip():
        raise ValueError("Say why, in a few words")
    _is_a_child(child, by, now)
    with transaction.atomic():
        row = PublicNote.objects.create(child=child, since=now, by=by.username, reason=reason.strip())
        audit.record(at=now, by=by, act="public.noted", child=child, about=str(row.id), reason=reason.strip())
    return row


@wall.lifted("the guardian's own list")
def public_notes(*, by: Practitioner, now: datetime) -> list[PublicNote]:
    """The children named as of public note, but for those sealed from the reader."""
    require(by, Permission.AUDIT_VIEW)
    sealed = sealed_from(by.username, now).children
    return [row for row in PublicNote.objects.filter(until=None).order_by("since") if str(row.child) not in sealed]


@wall.lifted("the guardian's own list")
def end_public(*, by: Practitioner, note: UUID, now: datetime) -> None:
    """A child is of public note no longer."""
    require(by, Permission.AUDIT_VIEW)
    row = PublicNote.objects.filter(id=note, until=None).first()
    if row is None:
        raise not_there()
    with transaction.atomic():
        PublicNote.objects.filter(id=row.id).update(until=now)
        audit.record(at=now, by=by, act="public.ended", child=row.child, about=str(row.id))


def _is_a_child(child: UUID, by: Practitioner, now: datetime) -> None:
    there = Person.objects.filter(id=child, is_child=True).exists()
    if not there or str(child) in sealed_from(by.username, now).children:
        raise ValueError("Enter the id of a child, as the address of their record has it")


__all__ = [
    "DEEDS", "FOUND", "KINDS_NEAR", "Shown", "did", "end_near", "end_public", "findings", "name_near", "near_to",
    "note_public", "one", "public_notes", "say_near", "turn",
]  # fmt: skip

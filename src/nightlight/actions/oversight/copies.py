"""A copy of all that is held on somebody, for them: asked for, decided field by field, previewed, made and kept.

What whoever decides may not read themselves (a sealed compartment of which they are no member) is not in it, and the
page says so of every copy alike. Each step is in the log; the copy is kept exactly as it was given.
"""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from nightlight.actions.owned import raising
from nightlight.actions.seeing.access import access_child, not_there, require, who_is
from nightlight.actions.trail import audit
from nightlight.domain.access.engine import policy
from nightlight.domain.access.vocabulary import Purpose, Sort, matter_of, sensitivity_of
from nightlight.domain.duties import Discharged, state_of
from nightlight.domain.duty_events import REVIEWED, SUBJECT_QUESTION
from nightlight.domain.meetings.items import Item
from nightlight.domain.meetings.seen import seen_in
from nightlight.domain.raising import Arrangements, raise_under
from nightlight.domain.roles import Permission
from nightlight.domain.subject_access import (
    Choice,
    Field,
    Held,
    Mark,
    Part,
    as_data,
    counts,
    entry_part,
    redacted,
    speaks_of_violence,
    undecided,
)
from nightlight.paper.blocks import Document, Facts, Text, sections
from nightlight.store.access import wall
from nightlight.store.access.facts import Sealed, sealed_from
from nightlight.store.chronology.models import EntryRow, EntrySubject, LinkRow
from nightlight.store.duties import mapping
from nightlight.store.duties.models import DutyEvent, DutyNow
from nightlight.store.meetings import mapping as meetings
from nightlight.store.meetings.models import MeetingChild
from nightlight.store.oversight.models import SubjectChoice, SubjectCopy, SubjectRequest
from nightlight.store.people.models import Organisation, Person, Practitioner, SourcePerson
from nightlight.store.sharing.models import Disclosure
from nightlight.timeline.london import local_date

RULE = "SUBJECT-COPY"
_TO_KNOW = (
    "Something is left out where it is about somebody else, where giving it could cause serious harm, or where the "
    "organisation that wrote it may not give it. Where something is left out, the place says so. You may ask for this "
    "to be looked at again, and you may complain to the Information Commissioner."
)


class NotMade(ValueError):
    """The copy can't be made, or the request not taken, as asked; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A request, whom it is about, and how it stands."""

    row: SubjectRequest
    name: str
    is_child: bool
    copies: tuple[SubjectCopy, ...]


@dataclass(frozen=True, slots=True)
class Working:
    """A request with all that is held: its parts, what was decided so far, and how much is not."""

    shown: Shown
    parts: tuple[Part, ...]
    choices: Mapping[str, Choice]
    open: tuple[Field, ...]


# -- asking


@wall.lifted("a request is kept for the guardian, with its clock; of whom is asked of the policy before")
def ask(*, by: Practitioner, subject: UUID, asked_by: str, received: datetime, now: datetime) -> SubjectRequest:
    """Put on record that somebody asked for a copy of what is held on a person; its clock runs from its receipt."""
    require(by, Permission.AUDIT_VIEW)
    _may_be_shown(by, subject, now)
    if not asked_by.strip():
        raise NotMade("Say who asked, and how you know that they may: the person, or a parent and why")
    if received > now:
        raise NotMade("Enter the day on which it was received: not one that is still to come")
    with transaction.atomic():
        under = Arrangements(rota=mapping.rota())
        rule = under.rules.in_force(RULE, received)
        id_ = uuid.uuid4()
        asked = raising.Asked("", f"{SUBJECT_QUESTION}{id_}", rule.duty_level or "concern", received, ())
        event = raise_under(
            rule, asked, duty_id=str(uuid.uuid4()), at=now, organisation="", under=under, began=received
        )
        row = SubjectRequest.objects.create(
            id=id_, child=subject, asked_by=asked_by.strip(), received=received, due=event.duty.due, rule=rule.id,
            rule_version=rule.version, at=now, by=by.username,
        )  # fmt: skip
        raising.open_duty(event, raising.home_of(event.duty.owner))
        audit.record(at=now, by=by, act="subject.asked", child=subject, about=str(row.id))
    return row


@wall.lifted("the guardian's own list")
def requests(*, by: Practitioner, now: datetime) -> list[Shown]:
    """Every request, the open ones and the soonest due first; none about somebody sealed from the reader."""
    require(by, Permission.AUDIT_VIEW)
    audit.record(at=now, by=by, act="subject.listed")
    sealed = sealed_from(by.username, now).children
    rows = [row for row in SubjectRequest.objects.prefetch_related("copies") if str(row.child) not in sealed]
    rows.sort(key=lambda row: (row.closed is not None, row.due))
    people = Person.objects.in_bulk({row.child for row in rows})
    return [_shown(row, people.get(row.child)) for row in rows]


def _shown(row: SubjectRequest, person: Person | None) -> Shown:
    name = f"{person.given} {person.family}".strip() if person else ""
    copies = tuple(sorted(row.copies.all(), key=lambda copy: copy.at))
    return Shown(row, name or "Name not known", bool(person and person.is_child), copies)


def _may_be_shown(by: Practitioner, subject: UUID, now: datetime) -> Person:
    """The person, where the guardian may see that they are there. A child's record is opened as any other is."""
    person = Person.objects.filter(id=subject).first()
    if person is None or person.is_child:
        access_child(by=by, child=subject, now=now, purpose=Purpose.OVERSEE)
    if person is None:
        raise not_there()
    return person


# -- deciding


@wall.lifted("all that is held on somebody is laid out for whoever decides what they are given")
def working(*, by: Practitioner, request: UUID, now: datetime) -> Working:
    """A request with every field that is held, marked, and what was decided."""
    require(by, Permission.AUDIT_VIEW)
    row = _request(request)
    person = _may_be_shown(by, row.child, now)
    audit.record(at=now, by=by, act="subject.viewed", child=row.child, about=str(row.id))
    return _working(by, row, person, now)


def _working(by: Practitioner, row: SubjectRequest, person: Person, now: datetime) -> Working:
    parts = tuple(_held(by, person, now))
    choices = {
        each.field: Choice(give=each.give, why=each.why)
        for each in SubjectChoice.objects.filter(request=row).order_by("id")
    }
    return Working(_shown(row, person), parts, choices, undecided(parts, choices))


def _request(id_: UUID) -> SubjectRequest:
    row = SubjectRequest.objects.filter(id=id_).prefetch_related("copies").first()
    if row is None:
        raise not_there()
    return row


@wall.lifted("what was decided is kept, out of reach of every page")
def decide(*, by: Practitioner, request: UUID, choices: Mapping[str, Choice], now: datetime) -> int:
    """Keep what was decided about these fields, where it is new; how many. A field that is not held is refused."""
    work = working(by=by, request=request, now=now)
    if work.shown.row.closed:
        raise NotMade("This request is answered. A new one is decided anew")
    fields = {field.id: field for part in work.parts for field in part.fields}
    if unknown := choices.keys() - fields.keys():
        raise NotMade(f"The record has changed since you opened this page ({len(unknown)} fields): look at it again")
    new = {id_: choice for id_, choice in choices.items() if work.choices.get(id_) != choice}
    with transaction.atomic():
        SubjectChoice.objects.bulk_create(
            SubjectChoice(request_id=request, field=id_, give=c.give, why=c.why.strip(), at=now, by=by.username)
            for id_, c in new.items()
        )
        if new:
            detail = {
                "given": sorted(i for i, c in new.items() if c.give),
                "left": sorted(i for i, c in new.items() if not c.give),
            }
            audit.record(
                at=now, by=by, act="subject.decided", child=work.shown.row.child, about=str(request), detail=detail
            )
    return len(new)


# -- making


@wall.lifted("exactly what was previewed is made and kept, out of reach of every page")
def make(*, by: Practitioner, request: UUID, digest: str, now: datetime) -> SubjectCopy:
    """Make the copy, as the preview of this digest showed it. Ends the request and its duty."""
    work = working(by=by, request=request, now=now)
    if work.shown.row.closed:
        raise NotMade("This copy is made already")
    if work.open:
        raise NotMade(f"Decide about every field that is not plainly theirs: {len(work.open)} are left")
    content = content_of(work, now)
    if digest_of(content) != digest:
        raise NotMade("The record or a decision has changed since this preview. Look at it as it is now")
    given, withheld = counts(work.parts, work.choices)
    with transaction.atomic():
        copy = SubjectCopy.objects.create(
            request_id=request, at=now, by=by.username, digest=digest, given=given, withheld=withheld, content=content
        )
        _close(work.shown.row, by, "The copy was made.", now)
        detail = {"given": given, "left": withheld, "digest": digest, "copy": str(copy.id)}
        audit.record(at=now, by=by, act="subject.made", child=work.shown.row.child, about=str(request), detail=detail)
    return copy


@wall.lifted("a request that is not pursued is closed with its reason")
def close(*, by: Practitioner, request: UUID, reason: str, now: datetime) -> None:
    """Close a request of which no copy is made, and say why: it was withdrawn, or whoever asked may not have it."""
    require(by, Permission.AUDIT_VIEW)
    row = _request(request)
    _may_be_shown(by, row.child, now)
    if row.closed or not reason.strip():
        raise NotMade(
            "Say why no copy is made, as you told whoever asked" if not row.closed else "It is answered already"
        )
    with transaction.atomic():
        _close(row, by, reason.strip(), now)
        audit.record(at=now, by=by, act="subject.closed", child=row.child, about=str(row.id), reason=reason.strip())


def _close(row: SubjectRequest, by: Practitioner, reason: str, now: datetime) -> None:
    SubjectRequest.objects.filter(id=row.id).update(closed=now)
    open_ = DutyNow.objects.filter(question=f"{SUBJECT_QUESTION}{row.id}").exclude(status="discharged").first()
    if open_ is not None:
        state = state_of(mapping.events_of([open_.duty_id])[open_.duty_id])
        event = Discharged(at=max(now, state.last), by=by.username, outcome=REVIEWED, reason=reason)
        raising.apply(open_.duty_id, state, event)


def content_of(work: Working, now: datetime) -> bytes:
    """The copy as it would be given today."""
    made = as_data(work.shown.name, local_date(now), redacted(work.parts, work.choices))
    return json.dumps(made, ensure_ascii=False, sort_keys=True).encode()


def digest_of(content: bytes) -> str:
    """By which a preview and the copy are told to be the same."""
    return hashlib.sha256(content).hexdigest()


@wall.lifted("a copy is read again by who may make one")
def copy_of(*, by: Practitioner, copy: UUID, now: datetime) -> bytes:
    """A copy that was made, exactly; that it was taken out is on record."""
    require(by, Permission.AUDIT_VIEW)
    row = SubjectCopy.objects.select_related("request").filter(id=copy).first()
    if row is None:
        raise not_there()
    _may_be_shown(by, row.request.child, now)
    return _taken(row, by, now)


def copy_by_command(*, by: str, request: UUID, now: datetime) -> bytes:
    """The newest copy of a request, for whoever runs a command on the hub's own machine."""
    row = SubjectCopy.objects.select_related("request").filter(request=request).order_by("-at").first()
    if row is None:
        raise NotMade(
            "no copy was made of this request. The Caldicott guardian makes it on the page: Copies for people"
        )
    return _taken(row, by, now)


def open_requests() -> list[tuple[SubjectRequest, int]]:
    """Every request with how many copies were made, the soonest due first; for a command, which names nobody."""
    rows = SubjectRequest.objects.prefetch_related("copies").order_by("due", "id")
    return [(row, len(row.copies.all())) for row in rows]


def _taken(row: SubjectCopy, by: Practitioner | str, now: datetime) -> bytes:
    audit.record(
        at=now, by=by, act="subject.exported", child=row.request.child, about=str(row.request_id),
        detail={"copy": str(row.id), "digest": row.digest},
    )  # fmt: skip
    return bytes(row.content)


def document(content: bytes) -> Document:
    """A copy to be read: as a page or a PDF."""
    copy = json.loads(content)
    under: dict[str, list[Any]] = {}
    for part in copy["parts"]:
        rows = tuple((label, value) for label, value in part["fields"])
        under.setdefault(part["under"], []).extend([Text(part["title"], strong=True), Facts(rows)] if rows else [])
    return Document(
        title="What is held on you",
        subtitle=copy["copy_of_what_is_held_on"],
        facts=Facts((("Made on", copy["made"]),)),
        sections=sections(("What this is", (Text(_TO_KNOW),)), *under.items()),
        footer=f"Made on {copy['made']}",
    )


# -- what is held


def _held(by: Practitioner, person: Person, now: datetime) -> Iterator[Part]:
    sealed = sealed_from(by.username, now)
    sources = [s for s in SourcePerson.objects.filter(person=person).order_by("system", "source_id")
               if str(s.id) not in sealed.source_people]  # fmt: skip
    names = dict(Organisation.objects.values_list("code", "name"))
    ids = [source.id for source in sources]
    rows = list(_entries(by, ids, sealed))
    violence = speaks_of_violence(row.kind for row in rows)
    yield from (_described(source, names, violence, sealed) for source in sources)
    others = _others(ids, sealed)
    known = sorted({name for other in others.values() for name in (other.given, other.family) if name} - _own(sources))
    for row in rows:
        yield _entry(row, ids, others, names, person.is_child, known, violence)
    yield from _links(ids, others)
    if person.is_child:
        yield from _duties(person.id, {str(row.id) for row in rows}, sealed)
        yield from _agreed(person.id)
    yield from _given_to(person.id, names)


def _own(sources: Iterable[SourcePerson]) -> set[str]:
    return {name for source in sources for name in (source.given, source.family)}


def _entries(by: Practitioner, ids: Sequence[UUID], sealed: Sealed) -> Iterator[EntryRow]:
    """The entries about them that whoever decides may read, the oldest first."""
    wanted = EntrySubject.objects.filter(source_person__in=ids).values("entry")
    who = who_is(by)
    for row in EntryRow.objects.filter(id__in=wanted).prefetch_related("subjects").order_by("occurred_from", "id"):
        sort = Sort(
            sensitivity=sensitivity_of(row.sensitivity),
            matter=matter_of(row.kind),
            sealed=str(row.id) in sealed.entries,
        )
        if policy().read(who, frozenset(), sort).allowed:
            yield row


def _described(source: SourcePerson, names: Mapping[str, str], violence: bool, sealed: Sealed) -> Part:
    said = {
        "given name": source.given, "family name": source.family, "born": source.born, "sex": source.sex,
        "NHS number": source.nhs_number, "UPN": source.upn, "postcode": source.postcode,
    }  # fmt: skip
    if str(source.address_id) in sealed.addresses:
        said["postcode"] = ""
    fields = tuple(
        Field(
            id=f"source:{source.id}:{label}", label=label, value=value,
            mark=Mark.HARM if violence and label == "postcode" else Mark.THEIRS,
            why="a place, in a record that speaks of violence at home" if violence and label == "postcode" else "",
        )
        for label, value in said.items() if value
    )  # fmt: skip
    where = names.get(source.organisation, source.organisation or source.system)
    return Part(under="How you are described", title=f"In the records of {where}", fields=fields)


def _others(ids: Sequence[UUID], sealed: Sealed) -> dict[UUID, SourcePerson]:
    """The other people in the same entries and links, by source person."""
    entries = EntrySubject.objects.filter(source_person__in=ids).values("entry")
    wanted = set(EntrySubject.objects.filter(entry__in=entries).values_list("source_person", flat=True))
    wanted |= set(LinkRow.objects.filter(source_person__in=ids).values_list("other_person", flat=True))
    wanted |= set(LinkRow.objects.filter(other_person__in=ids).values_list("source_person", flat=True))
    wanted -= {None, *ids, *(UUID(id_) for id_ in sealed.source_people)}
    return SourcePerson.objects.in_bulk(list(wanted))


def _name(source: SourcePerson) -> str:
    return f"{source.given} {source.family}".strip() or "somebody whose name is not known"


def _entry(
    row: EntryRow, ids: Sequence[UUID], others: Mapping[UUID, SourcePerson], names: Mapping[str, str], is_child: bool,
    known: Sequence[str], violence: bool,
) -> Part:  # fmt: skip
    also = tuple(
        f"{_name(others[s.source_person])} ({s.part})"
        for s in row.subjects.all()
        if s.source_person and s.source_person in others
    )
    held = Held(
        id=str(row.id), kind=row.kind, title=row.kind.partition(".")[2].replace("_", " ").capitalize(),
        when=_day(row.occurred), organisation=names.get(row.organisation, row.organisation or row.agency),
        sensitivity=row.sensitivity, attributes=row.attributes, words=row.words, text=row.text, others=also,
    )  # fmt: skip
    return entry_part(held, is_child=is_child, names=known, violence=violence)


def _day(text: str) -> str:
    """The day of a moment as people write it; a date that is not exact stays as it is.

    >>> _day("2026-11-21T23:30:00Z"), _day("2026-03"), _day("")
    ('21 November 2026', '2026-03', 'no date')
    """
    if not text:
        return "no date"
    try:
        on = local_date(datetime.fromisoformat(text)) if "T" in text else date.fromisoformat(text)
    except ValueError:
        return text
    return f"{on.day} {on:%B %Y}"


def _links(ids: Sequence[UUID], others: Mapping[UUID, SourcePerson]) -> Iterator[Part]:
    fields = []
    mine = LinkRow.objects.filter(source_person__in=ids).order_by("id")
    theirs = LinkRow.objects.filter(other_person__in=ids).order_by("id")
    for link in (*mine, *theirs):
        away = link.other_person if link.source_person in ids else link.source_person
        if away and (other := others.get(away)):
            fields.append(
                Field(id=f"link:{link.id}:other", label=link.kind.replace("_", " "), value=_name(other),
                      mark=Mark.THIRD_PARTY, why="another person's name and relation")
            )  # fmt: skip
    if fields:
        yield Part(under="Who is linked to you", title="As the records have it", fields=tuple(fields))


def _duties(child: UUID, readable: set[str], sealed: Sealed) -> Iterator[Part]:
    """What somebody had to do: what was asked, how it ended and why. None whose evidence is sealed."""
    for duty in DutyNow.objects.filter(child=child).order_by("due", "duty_id"):
        if {str(id_) for id_ in duty.evidence} & sealed.entries:
            continue
        fields = [Field(id=f"duty:{duty.duty_id}:status", label="how it stands", value=duty.status)]
        for event in DutyEvent.objects.filter(duty=duty.duty_id).order_by("number"):
            for name in ("outcome", "reason"):
                if value := str(event.detail.get(name) or ""):
                    fields.append(
                        Field(id=f"duty:{duty.duty_id}:{event.number}:{name}", label=f"{event.kind.lower()}: {name}",
                              value=value, mark=Mark.HARM if name == "reason" else Mark.THEIRS,
                              why="a professional's own words on what to do" if name == "reason" else "")
                    )  # fmt: skip
        yield Part(
            under="What had to be done", title=duty.question.partition(":")[0].replace("_", " "), fields=tuple(fields)
        )


def _agreed(child: UUID) -> Iterator[Part]:
    """What was said and agreed in meetings and plans about them, but not in a closed part; never plainly theirs."""
    for row in MeetingChild.objects.filter(child=child).order_by("id"):
        what, id_ = ("meeting", row.meeting_id) if row.meeting_id else ("plan", row.plan_id)
        if id_ is None:
            continue
        kept = meetings.meeting_of(id_) if row.meeting_id else meetings.plan_of(id_)
        if kept is None:
            continue
        items = seen_in(kept[0], ()).items.values()
        fields = tuple(_said(item, f"{what}:{id_}") for item in items if _about(item, row.called))
        yield Part(under="Meetings and plans", title=f"A {what}", fields=fields)


def _about(item: Item, child: UUID) -> bool:
    return item.fields.get("child") in (None, "", str(child))


def _said(item: Item, where: str) -> Field:
    words = [str(value) for value in item.fields.values() if isinstance(value, str) and value]
    return Field(
        id=f"{where}:{item.id}",
        label=re.sub(r"(?<=[a-z])(?=[A-Z])", " ", item.kind.__name__).capitalize(),
        value="; ".join(words),
        mark=Mark.THIRD_PARTY,
        why="said in a meeting, which is often about several people",
    )


def _given_to(subject: UUID, names: Mapping[str, str]) -> Iterator[Part]:
    rows = Disclosure.objects.filter(child=subject).order_by("at")
    fields = tuple(
        Field(id=f"given:{row.id}:to", label=f"on {local_date(row.at).isoformat()}",
              value=names.get(row.to_organisation, row.to_organisation))
        for row in rows
    )  # fmt: skip
    if fields:
        yield Part(under="Who was given information", title="Organisations, and when", fields=fields)

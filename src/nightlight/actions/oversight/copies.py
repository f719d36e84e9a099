"""A copy of all that is held on somebody, for them: asked for, decided field by field, previewed, made and kept.

What whoever decides may not read themselves (a sealed compartment of which they are no member) is not in it, and the
page says so of every copy alike. Each step is in the log; the copy is kept exactly as it was given.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from nightlight.actions.oversight import held_beside
from nightlight.actions.oversight.held import held_on
from nightlight.actions.owned import raising
from nightlight.actions.seeing.access import access_child, not_there, require
from nightlight.actions.trail import audit
from nightlight.domain.access.vocabulary import Purpose
from nightlight.domain.duty_events import SUBJECT_QUESTION
from nightlight.domain.raising import Arrangements, raise_under
from nightlight.domain.roles import Permission
from nightlight.domain.subject_access import (
    Choice,
    Field,
    Part,
    as_data,
    counts,
    given_files,
    redacted,
    undecided,
)
from nightlight.paper.blocks import Document, Facts, Text, sections
from nightlight.paper.html import page as as_html
from nightlight.paper.pdf import pdf as as_pdf
from nightlight.store.access import wall
from nightlight.store.access.facts import sealed_from
from nightlight.store.duties import mapping
from nightlight.store.intake.models import Attachment
from nightlight.store.oversight.models import SubjectChoice, SubjectCopy, SubjectRequest
from nightlight.store.people.models import Person, Practitioner
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
    files: tuple[Attachment, ...] = ()


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


@wall.lifted("a request is the guardian's; of whom is asked of the policy")
def may_work_on(*, by: Practitioner, request: UUID, now: datetime) -> SubjectRequest:
    """A request, for the guardian who may see whom it is about; refused as one that is not there."""
    require(by, Permission.AUDIT_VIEW)
    row = _request(request)
    _may_be_shown(by, row.child, now)
    return row


def _working(by: Practitioner, row: SubjectRequest, person: Person, now: datetime) -> Working:
    held = held_on(person, by=by, now=now)
    choices = _choices(row)
    return Working(_shown(row, person), held.parts, choices, undecided(held.parts, choices), held.files)


def _choices(row: SubjectRequest) -> dict[str, Choice]:
    """What was decided about each field, as was last said of it."""
    rows = SubjectChoice.objects.filter(request=row).order_by("id")
    return {each.field: Choice(give=each.give, why=each.why) for each in rows}


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
    new = {id_: choice for id_, choice in choices.items() if not _as_before(work.choices.get(id_), choice)}
    if any(not each.give and not each.why.strip() for each in new.values()):
        raise NotMade(
            "Say on what ground what is not given is left out: the person may ask for it to be looked at again"
        )
    with transaction.atomic():
        lock(work.shown.row)
        if work.shown.row.closed:
            raise NotMade("This request is answered. A new one is decided anew")
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


def _as_before(held: Choice | None, choice: Choice) -> bool:
    """Whether nothing new is said: a ground that is on record need not be typed again."""
    return held is not None and held.give == choice.give and choice.why.strip() in ("", held.why)


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
        lock(work.shown.row)
        if work.shown.row.closed:
            raise NotMade("This copy is made already")
        if _choices(work.shown.row) != work.choices:
            raise NotMade("The record or a decision has changed since this preview. Look at it as it is now")
        copy = SubjectCopy.objects.create(
            request_id=request, at=now, by=by.username, digest=digest, given=given, withheld=withheld, content=content,
            files=held_beside.packed(work.files, given_files(work.parts, work.choices)),
        )  # fmt: skip
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
        lock(row)
        if row.closed:
            raise NotMade("It is answered already")
        _close(row, by, reason.strip(), now)
        audit.record(at=now, by=by, act="subject.closed", child=row.child, about=str(row.id), reason=reason.strip())


def lock(row: SubjectRequest) -> None:
    """Hold a request until the transaction ends, as whoever was before us left it."""
    now_ = SubjectRequest.objects.select_for_update().get(id=row.id)
    row.due, row.closed = now_.due, now_.closed


def _close(row: SubjectRequest, by: Practitioner, reason: str, now: datetime) -> None:
    SubjectRequest.objects.filter(id=row.id).update(closed=now)
    raising.end_reviewed(f"{SUBJECT_QUESTION}{row.id}", by=by.username, reason=reason, now=now)


def content_of(work: Working, now: datetime) -> bytes:
    """The copy as it would be given today."""
    files = held_beside.listed(work.files, given_files(work.parts, work.choices))
    made = as_data(work.shown.name, local_date(now), redacted(work.parts, work.choices), files)
    return json.dumps(made, ensure_ascii=False, sort_keys=True).encode()


def digest_of(content: bytes) -> str:
    """By which a preview and the copy are told to be the same."""
    return hashlib.sha256(content).hexdigest()


@wall.lifted("a file is looked at by whoever decides whether it is given")
def file_of(*, by: Practitioner, request: UUID, file: UUID, now: datetime) -> Attachment:
    """A file that is held on somebody who asked, to be looked at before it is decided about; each look is on record."""
    require(by, Permission.AUDIT_VIEW)
    row = _request(request)
    person = _may_be_shown(by, row.child, now)
    if file not in {each.id for each in held_on(person, by=by, now=now).files}:
        raise not_there()
    found = Attachment.objects.get(id=file)
    audit.record(at=now, by=by, act="attachment.viewed", child=row.child, about=str(found.id))
    return found


@wall.lifted("a copy is read again by who may make one")
def copy_of(*, by: Practitioner, copy: UUID, now: datetime) -> SubjectCopy:
    """A copy that was made, exactly; that it was taken out is on record."""
    require(by, Permission.AUDIT_VIEW)
    row = SubjectCopy.objects.select_related("request").filter(id=copy).first()
    if row is None:
        raise not_there()
    _may_be_shown(by, row.request.child, now)
    return _taken(row, by, now)


def copy_by_command(*, by: str, request: UUID, now: datetime) -> SubjectCopy:
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


def _taken(row: SubjectCopy, by: Practitioner | str, now: datetime) -> SubjectCopy:
    audit.record(
        at=now, by=by, act="subject.exported", child=row.request.child, about=str(row.request_id),
        detail={"copy": str(row.id), "digest": row.digest},
    )  # fmt: skip
    return row


def bundle(copy: SubjectCopy, now: datetime) -> bytes:
    """A copy with everything that goes with it, as one ZIP file: to be read, as data, and the files."""
    read = document(bytes(copy.content))
    documents = {
        "what-is-held.pdf": as_pdf(read, at=now),
        "what-is-held.html": as_html(read).encode(),
        "what-is-held.json": bytes(copy.content),
    }
    return held_beside.bundle(documents, bytes(copy.files))


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

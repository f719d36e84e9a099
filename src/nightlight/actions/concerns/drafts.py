"""Concerns as they are being written: every pause of the writer is kept, and nothing is silently overwritten.

A draft is its author's own until it is raised; it is no part of any child's record, so that its saves are not audited
one by one (what starts, ends or splits one is). A *ticket* lets a page go on saving after its writer was signed out: it
opens one draft for writing, for a day, and lets nobody read anything.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from django.core import signing
from django.db import transaction

from nightlight.actions.concerns import attachments
from nightlight.actions.concerns.source_record import system_of
from nightlight.actions.seeing.access import require
from nightlight.actions.trail import audit
from nightlight.domain.concern_content import Problem, clean, said_when, words_kept
from nightlight.domain.limits import limit
from nightlight.domain.roles import Permission
from nightlight.store.access import wall
from nightlight.store.intake.models import Draft, RawRecord
from nightlight.store.people.models import Practitioner

_SALT = "nightlight.concern-draft"
TICKET = "DRAFT-HOURS"
MOST_DRAFTS = 200


class DraftGone(Exception):
    """There is no such draft, or it is somebody else's, or it was raised: `raised_as` says as what."""

    def __init__(self, raised_as: UUID | None = None) -> None:
        super().__init__("This draft is not here any more. Look under My concerns.")
        self.raised_as = raised_as


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of a save. forked: it is a draft of its own now, because the one meant was changed elsewhere."""

    draft: Draft
    forked: bool = False
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was chosen: its name and its bytes."""

    name: str
    content: bytes


def start(*, by: Practitioner, danger: str, now: datetime) -> Draft:
    """Begin a concern with the answer to the first question."""
    require(by, Permission.CONCERN_RAISE)
    with transaction.atomic():
        draft = Draft.objects.create(author=by, content=clean({"danger": danger}), started=now, saved=now)
        audit.record(at=now, by=by, act="draft.started", about=str(draft.id))
    return draft


def ticket(draft: Draft) -> str:
    """What a page of this draft carries so that it can save after its writer was signed out."""
    return signing.TimestampSigner(salt=_SALT).sign(f"{draft.id}:{draft.author_id}")


def holder(*, ticket: str, draft: UUID, now: datetime) -> Practitioner | None:
    """Whose ticket this is, if it is one for that draft and still good."""
    try:
        said = signing.TimestampSigner(salt=_SALT).unsign(ticket, max_age=timedelta(hours=limit(TICKET, now)))
    except signing.BadSignature:
        return None
    id_, _, author = said.partition(":")
    if id_ != str(draft):
        return None
    return Practitioner.objects.filter(id=author, is_active=True).select_related("organisation").first()


def mine(*, by: Practitioner) -> list[Draft]:
    """My unfinished concerns, the newest first."""
    require(by, Permission.CONCERN_RAISE)
    return list(Draft.objects.filter(author=by, raised_as=None).order_by("-saved", "id")[:MOST_DRAFTS])


def open_draft(*, by: Practitioner, draft: UUID) -> Draft:
    """One of my drafts, to go on with."""
    require(by, Permission.CONCERN_RAISE)
    found = Draft.objects.filter(id=draft, author=by).first()
    if found is None or found.raised_as:
        raise DraftGone(found.raised_as if found else None)
    return found


@wall.lifted("a ticket stands in for its writer, who may have been signed out meanwhile; nothing is shown for it")
def save(
    *,
    by: Practitioner,
    draft: UUID,
    version: int,
    content: Mapping[str, Any],
    files: Iterable[Upload] = (),
    remove: UUID | None = None,
    now: datetime,
) -> Saved:
    """Keep what the page holds. `version` is the one that the page was drawn from: where another window has saved a
    different text since, this one becomes a draft of its own, and both stand.
    """
    said = clean(content)
    with transaction.atomic():
        row = Draft.objects.select_for_update().filter(id=draft, author=by).first()
        if row is None:
            raise DraftGone
        said = said_when(said, row.content)
        if row.raised_as:
            return _after_raising(row, said, by, now)
        if version != row.version and _differs(said, row.content):
            row, forked = _fork(row, said, by, now), True
        else:
            forked = False
            if _differs(said, row.content):
                row.content, row.version = {**said, **_kept_aside(row)}, row.version + 1
            row.saved = now
            row.save(update_fields=["content", "version", "saved"])
        problems = _files(row, files, remove, now)
    return Saved(row, forked, tuple(problems))


def _files(row: Draft, files: Iterable[Upload], remove: UUID | None, now: datetime) -> list[Problem]:
    if remove:
        attachments.remove(row, attachment=remove)
    tried = (attachments.attach(row, name=file.name, content=file.content, now=now) for file in files)
    return [problem for problem in tried if problem]


@wall.lifted("the writer is asked what they raised themselves")
def _after_raising(row: Draft, said: dict[str, Any], by: Practitioner, now: datetime) -> Saved:
    """A window left open on a concern that is raised: words that were not in what was raised become a draft."""
    raw = RawRecord.objects.filter(
        record_id=str(row.raised_as), version=1, system=system_of(by.organisation_id)
    ).first()
    raised = orjson.loads(bytes(raw.raw))["content"] if raw else {}
    if not _differs(said, raised) or not words_kept(said):
        raise DraftGone(row.raised_as)
    made = Draft.objects.create(author=by, content=said, started=now, saved=now)
    audit.record(at=now, by=by, act="draft.forked", about=str(made.id), detail={"from": str(row.id)})
    return Saved(made, forked=True)


def _differs(said: Mapping[str, Any], held: Mapping[str, Any]) -> bool:
    return dict(said) != {name: value for name, value in held.items() if name != "beside"}


def _kept_aside(row: Draft) -> dict[str, Any]:
    return {"beside": row.content["beside"]} if "beside" in row.content else {}


def _fork(row: Draft, said: Mapping[str, Any], by: Practitioner, now: datetime) -> Draft:
    """A second draft with what this window holds, that names the first; files are with both."""
    made = Draft.objects.create(
        id=uuid.uuid4(), author=by, content={**said, "beside": str(row.id)}, version=0, started=row.started, saved=now
    )
    for file in row.attachments.all():
        attachments.attach(made, name=file.name, content=bytes(file.content), now=now)
    audit.record(at=now, by=by, act="draft.forked", about=str(made.id), detail={"from": str(row.id)})
    return made


def beside(draft: Draft) -> Draft | None:
    """The other draft of the same concern that another window kept, while it is there."""
    other = draft.content.get("beside")
    if not other:
        return None
    return Draft.objects.filter(id=other, author=draft.author_id, raised_as=None).first()


def delete(*, by: Practitioner, draft: UUID, now: datetime) -> None:
    """Throw a draft away, because its author says so."""
    with transaction.atomic():
        _lock(by, draft)  # whoever raises it just now, in another window, is first: then it is not thrown away
        row = open_draft(by=by, draft=draft)
        row.attachments.all().delete()
        row.delete()
        audit.record(at=now, by=by, act="draft.deleted", about=str(draft))


@wall.lifted("a row is locked by its id; behind the wall it would be given to be read, and not to be locked")
def _lock(by: Practitioner, draft: UUID) -> None:
    Draft.objects.select_for_update().filter(id=draft, author=by).first()


@wall.lifted("it is its writer's own line of the log, whoever is signed in at that browser by now")
def kept_after_sign_out(*, by: Practitioner, draft: UUID, now: datetime) -> None:
    """Put on record that a page saved after its writer was signed out."""
    audit.record(at=now, by=by, act="draft.saved_signed_out", about=str(draft))

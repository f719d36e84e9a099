"""Raising a concern, adding to it, correcting it, and seeing what became of it.

A concern is kept as a record of the organisation's own system (`nightlight:ORG`), so that a correction supersedes as
any source's does. It always has a duty of its own, whatever the indicators say: nothing that somebody voiced waits for
a second fact. Whoever raised it always sees what became of it.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from django.db import transaction

from nightlight.actions.concerns.drafts import DraftGone
from nightlight.actions.concerns.source_record import Attached, Concern, record, system_of
from nightlight.actions.meetings import in_force
from nightlight.actions.owned import raising
from nightlight.actions.people import describing, identity
from nightlight.actions.seeing.access import access_child, not_there, require
from nightlight.actions.seeing.sight import sight_of
from nightlight.actions.sharing import corrections as sharing_corrections
from nightlight.actions.trail import audit, turns
from nightlight.actions.watching.evaluation import Touched, evaluate_touched
from nightlight.domain.concern_content import SEVERITY, Content, NotReady, clean, problems_with
from nightlight.domain.duties import Joins, Opens, opens_or_joins
from nightlight.domain.raising import Arrangements, add_evidence, raise_duty
from nightlight.domain.roles import Permission, may
from nightlight.feeds.records import PersonRecord, Record
from nightlight.store.access import wall
from nightlight.store.access.facts import sealed_from
from nightlight.store.chronology.models import EntryRow
from nightlight.store.duties import mapping
from nightlight.store.duties.models import DutyNow
from nightlight.store.intake import writer
from nightlight.store.intake.models import Attachment, Draft, RaisedConcern, RawRecord
from nightlight.store.people.models import IdentityDecision, Organisation, Person, Practitioner, SourcePerson
from nightlight.timeline import Partial

NAMESPACE = uuid.UUID("7b1f6f0c-3a52-5a4e-9d8b-636f6e636572")


@dataclass(frozen=True, slots=True)
class AsksAbout:
    """What a concern's own duty asks, in the form in which firings are asked about."""

    child: str
    question: str
    level: str
    since: datetime
    evidence: tuple[str, ...]


def question_of(concern: UUID) -> str:
    """The question of a concern's own duty."""
    return f"concern:{concern}"


@wall.lifted(
    "whoever writes chooses among the children of whom their own organisation has a record, and opens none of them"
)
def children_known(*, by: Practitioner, name: str, now: datetime, most: int = 10) -> tuple[list[Person], int]:
    """Children whom my organisation has a record of, by name or nearly so: the likeliest, and how many more there are.

    A member of staff may choose a child here without being able to open the child's record.
    """
    require(by, Permission.CONCERN_RAISE)
    asked = describing.search_name("", name)
    if not asked:
        return [], 0
    mine = SourcePerson.objects.filter(organisation=by.organisation_id, person__isnull=False).values("person")
    sealed = [UUID(id_) for id_ in sealed_from(by.username, now).children]
    people = Person.objects.filter(id__in=mine, is_child=True).exclude(id__in=sealed)
    found = list(_named_like(people, asked)[: most + 50])
    audit.record(at=now, by=by, act="concern.children_searched", detail={"shown": min(len(found), most)})
    return found[:most], max(0, len(found) - most)


def _named_like(people: Any, asked: str) -> Any:
    from django.contrib.postgres.search import TrigramWordSimilarity

    return (
        people.annotate(alike=TrigramWordSimilarity(asked, "search_name"))
        .filter(alike__gt=0.45)
        .order_by("-alike", "search_name", "id")
    )


@wall.lifted(
    "whoever writes chooses among the children of whom their own organisation has a record, and opens none of them"
)
def child_chosen(*, by: Practitioner, child: str) -> Person | None:
    """A child chosen from `children_known`; None for anybody whom my organisation has no record of."""
    try:
        id_ = UUID(child)
    except ValueError:
        return None
    known = SourcePerson.objects.filter(organisation=by.organisation_id, person=id_, person__is_child=True)
    return Person.objects.get(id=id_) if known.exists() else None


@wall.lifted("a concern is kept, and what follows from it, whoever may see the child")
def raise_concern(*, by: Practitioner, draft: UUID, now: datetime) -> RaisedConcern:
    """Raise what the draft holds: entries, who it is about, indicators, the duty and the audit row, or none of them.

    Raising the same draft again gives the concern that it was raised as. Raises `NotReady` with what is to be mended.
    """
    require(by, Permission.CONCERN_RAISE)
    with transaction.atomic():
        turns.take()
        row = Draft.objects.select_for_update().filter(id=draft, author=by).first()
        if row is None:
            raise DraftGone
        if row.raised_as:
            return RaisedConcern.objects.get(id=row.raised_as)
        return _raise(by, row, now)


def _raise(by: Practitioner, row: Draft, now: datetime) -> RaisedConcern:
    content = {name: value for name, value in row.content.items() if name != "beside"}
    _check(by, content, now, row.attachments.count())
    concern = Concern(
        id=uuid.uuid5(NAMESPACE, str(row.id)),
        content=content,
        agency=by.agency,
        now=now,
        attachments=_attached(row),
    )
    kept = _keep(by, concern, record(concern), version=1)
    raised = RaisedConcern.objects.create(
        id=concern.id, draft=row, author=by, at=now, child=kept.child, source_person=kept.source_person,
        danger_now=content["danger"] == "yes", entries=[str(id_) for id_ in kept.entries],
    )  # fmt: skip
    _answer_for(raised, by, SEVERITY[content["danger"]], kept.entries, now)
    _cover(raised, by, content, now)
    row.content, row.raised_as, row.saved = {}, concern.id, now
    row.save(update_fields=["content", "raised_as", "saved"])
    audit.record(at=now, by=by, act="concern.raised", child=kept.child, about=str(concern.id))
    return raised


def _check(by: Practitioner, content: Content, now: datetime, attachments: int) -> None:
    problems = problems_with(content, agency=by.agency, now=now, attachments=attachments)
    child = content.get("child", "")
    if not problems and child != "described" and child_chosen(by=by, child=child) is None:
        problems = problems_with({**content, "child": ""}, agency=by.agency, now=now, attachments=attachments)
    if problems:
        raise NotReady(problems)


def _attached(row: Draft) -> tuple[Attached, ...]:
    rows = row.attachments.order_by("added", "id").defer("content")
    return tuple(Attached(id=a.id, name=a.name, media_type=a.media_type, digest=a.digest) for a in rows)


@dataclass(frozen=True, slots=True)
class _Kept:
    child: UUID
    source_person: UUID
    entries: tuple[UUID, ...]


@wall.lifted("a record is kept whole")
def _keep(by: Practitioner, concern: Concern, stated: Record, *, version: int) -> _Kept:
    """Keep the record, decide who its people are, and evaluate whom it touches."""
    system, now = system_of(by.organisation_id), concern.now
    source = writer.From(
        delivery=concern.id, system=system, agency=by.agency, organisation=by.organisation_id, received=now,
        written_by=by.username,
    )  # fmt: skip
    child = _child(by, concern, system)
    resolved = identity.resolve(
        _people(stated), system=system, agency=by.agency, organisation=by.organisation_id, now=now
    )
    about = SourcePerson.objects.select_related("person").get(id=child)
    person = about.person or identity.stand_alone(about, now)
    _is_a_child(person)
    named, _ = writer.source_ids([stated])
    people = {id_: identity.source_person_id(system, id_) for id_ in named | {p.source_id for p in stated.people}}
    item = writer.Versioned(stated, version, stated.digest)
    kept = writer.keep([item], source, people, {})
    if version > 1:
        sharing_corrections.tell(system=system, records=[stated.record_id], now=now)
    touched = Touched(
        people=frozenset(kept.people | resolved.touched | {child}), kinds=frozenset(kept.kinds), everything=True
    )
    evaluate_touched(touched, now=now)
    made = tuple(writer.row_id("entry", source, item, part) for part in range(len(stated.entries)))
    return _Kept(person.id, child, made)


def _people(stated: Record) -> dict[str, PersonRecord]:
    return {person.source_id: person for person in stated.people}


def _child(by: Practitioner, concern: Concern, system: str) -> UUID:
    """The source person of the child; one chosen by name is that person at once, by this decision of the chooser's."""
    id_ = identity.source_person_id(system, concern.child)
    if concern.content.get("child") == "described" or SourcePerson.objects.filter(id=id_).exists():
        return id_
    person = Person.objects.get(id=UUID(concern.child))
    SourcePerson.objects.create(
        id=id_, system=system, source_id=concern.child, agency=by.agency, organisation=by.organisation_id,
        person=person, role="child", updated=concern.now,
    )  # fmt: skip
    IdentityDecision.objects.create(
        source_person=id_, person=person.id, outcome="same", at=concern.now, by=by.username,
        reason="chosen by name when a concern was raised",
    )  # fmt: skip
    return id_


def _is_a_child(person: Person) -> None:
    """A concern is about a child: indicators are evaluated for whom the record says is one."""
    if not person.is_child and person.details.get("role") != "adult":
        person.is_child = True
        person.save(update_fields=["is_child"])


# -- the duty


@wall.lifted("a duty is kept, and told of, whoever caused it")
def _answer_for(raised: RaisedConcern, by: Practitioner, level: str, evidence: tuple[UUID, ...], now: datetime) -> None:
    """Open the concern's own duty, or add to it; what was discharged before opens again on what is new."""
    child: UUID = SourcePerson.objects.values_list("person", flat=True).get(id=raised.source_person)
    asked = AsksAbout(str(child), question_of(raised.id), level, now, tuple(str(id_) for id_ in evidence))
    states = {state.duty.id: state for state in mapping.states_of([child]).get(child, [])}
    decided = opens_or_joins(asked, states.values())
    under = Arrangements(rota=mapping.rota())
    if isinstance(decided, Opens):
        event = raise_duty(asked, duty_id=str(uuid.uuid4()), at=now, organisation=by.organisation_id, under=under)
        if event is None:
            raise ValueError(f"no rule answers the level {level!r}: add a row to domain/rules/response.yaml.")
        raising.open_duty(event, by.organisation_id)
        raised.duty = UUID(event.duty.id)
    elif isinstance(decided, Joins):
        state = states[decided.duty]
        at = max(now, state.last)
        added = add_evidence(asked, decided, at=at, organisation=by.organisation_id, under=under)
        raising.apply(UUID(decided.duty), state, added)
    raised.save(update_fields=["duty", "entries"])


def _cover(raised: RaisedConcern, by: Practitioner, content: Content, now: datetime) -> None:
    """A danger with a time is held against what is in force for the child now, as in any meeting."""
    child: UUID = SourcePerson.objects.values_list("person", flat=True).get(id=raised.source_person)
    in_force.answer(
        concern=raised.id, child=child, content=content, organisation=by.organisation_id, evidence=raised.entries,
        now=now,
    )  # fmt: skip


# -- afterwards


def held_content(raised: RaisedConcern) -> dict[str, Any]:
    """What the concern says now, as it was typed."""
    raw = _newest(raised)
    return dict(orjson.loads(bytes(raw.raw))["content"])


@wall.lifted("called for the author, or after access to the child")
def _newest(raised: RaisedConcern) -> RawRecord:
    found = RawRecord.objects.filter(system=_system(raised), record_id=str(raised.id)).order_by("-version").first()
    if found is None:
        raise LookupError("the record of a raised concern is gone: restore the store from its backup.")
    return found


@wall.lifted("called for the author, or after access to the child")
def _system(raised: RaisedConcern) -> str:
    return SourcePerson.objects.get(id=raised.source_person).system


@wall.lifted("a concern is kept, and what follows from it, whoever may see the child")
def add_to_concern(
    *, by: Practitioner, concern: UUID, posted: Mapping[str, Any], key: str, now: datetime
) -> RaisedConcern:
    """Say more about a concern that I raised: a record beside it, and evidence on its duty. `key` makes it once."""
    with transaction.atomic():
        turns.take()
        raised = _mine(by, concern)
        before = held_content(raised)
        said = clean(posted)
        about = {name: before[name] for name in before if name.startswith("child") or name == "people"}
        content = {"danger": "no", **about, **said}
        record_id = f"{raised.id}/more/{uuid.uuid5(raised.id, key)}"
        if _more_is_kept(raised, record_id):
            return raised
        _check_more(by, content, said, now)
        more = Concern(id=raised.id, content=content, agency=by.agency, now=now, record_id=record_id)
        kept = _keep(by, more, record(more), version=1)
        raised.entries = [*raised.entries, *(str(id_) for id_ in kept.entries)]
        _answer_for(raised, by, SEVERITY[content["danger"]], kept.entries, now)
        _cover(raised, by, content, now)
        audit.record(at=now, by=by, act="concern.added_to", child=kept.child, about=str(raised.id))
        return raised


@wall.lifted("whether the same was sent before")
def _more_is_kept(raised: RaisedConcern, record_id: str) -> bool:
    return RawRecord.objects.filter(system=_system(raised), record_id=record_id).exists()


def _check_more(by: Practitioner, content: Content, said: Content, now: datetime) -> None:
    alone = {name: value for name, value in content.items() if name not in {"what", "words", "harm", "body"}}
    problems = [p for p in problems_with({**alone, **said}, agency=by.agency, now=now) if p.field != "child_search"]
    if problems:
        raise NotReady(problems)


@wall.lifted("a concern is kept, and what follows from it, whoever may see the child")
def correct_concern(
    *, by: Practitioner, concern: UUID, posted: Mapping[str, Any], reason: str, now: datetime
) -> RaisedConcern:
    """Put right what I wrote: a new version that supersedes. What was believed until now stays on record as such."""
    with transaction.atomic():
        turns.take()
        raised = _mine(by, concern)
        newest = _newest(raised)
        held = orjson.loads(bytes(newest.raw))
        content = _corrected(held["content"], clean(posted))
        files = tuple(
            Attached(id=UUID(a["id"]), name="", media_type=a["media_type"], digest=a["digest"])
            for a in held["attachments"]
        )
        if problems := problems_with(content, agency=by.agency, now=now, attachments=len(files)):
            raise NotReady(problems)
        if content == held["content"]:
            return raised
        right = Concern(
            id=raised.id, content=content, agency=by.agency, now=now, attachments=files, extra={"correction": reason}
        )
        kept = _keep(by, right, record(right), version=newest.version + 1)
        raised.entries = [*raised.entries, *(str(id_) for id_ in kept.entries)]
        _answer_for(raised, by, SEVERITY[content["danger"]], kept.entries, now)
        _cover(raised, by, content, now)
        audit.record(at=now, by=by, act="concern.corrected", child=kept.child, about=str(raised.id), reason=reason)
        return raised


CORRECTABLE = (
    "what", "words", "words_setting", "when", "when_date", "when_time", "when_month", "when_year", "between_from",
    "between_to", "category",
)  # fmt: skip


def _corrected(held: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in held.items() if name not in CORRECTABLE}
    return {**kept, **{name: value for name, value in said.items() if name in CORRECTABLE}}


def _mine(by: Practitioner, concern: UUID) -> RaisedConcern:
    require(by, Permission.CONCERN_RAISE)
    found = RaisedConcern.objects.select_for_update().filter(id=concern, author=by).first()
    if found is None:
        raise not_there()
    return found


@dataclass(frozen=True, slots=True)
class Told:
    """A concern as it is shown: what it says, its duty's story, its files, and whether I raised it. uncovered: the duty
    that nothing in force covers the danger in it."""

    raised: RaisedConcern
    content: Mapping[str, Any]
    child: Person | None
    more: tuple[EntryRow, ...]
    versions: int
    attachments: tuple[Attachment, ...]
    duty: DutyNow | None
    events: tuple[Any, ...]
    mine: bool
    waits: bool
    uncovered: DutyNow | None = None


def concern_page(*, by: Practitioner, concern: UUID, now: datetime) -> Told:
    """A concern, to whoever raised it and to whoever may see the child."""
    with wall.lifted("whose concern it is must be known before anybody can be asked whether they may see it"):
        raised = RaisedConcern.objects.select_related("author", "author__organisation").filter(id=concern).first()
        of = raised.source_person if raised else concern
        about = SourcePerson.objects.filter(id=of).select_related("person").first()
    if raised is not None and about is not None and raised.author_id == by.id:
        audit.record(at=now, by=by, act="concern.viewed", child=about.person_id, about=str(raised.id))
        return _told(raised, about, True)
    child = about.person_id if about is not None and about.person_id else concern
    if not may(by.role, Permission.CHILD_VIEW):
        audit.record(at=now, by=by, act="child.refused", child=child)
        raise not_there()
    access = access_child(by=by, child=child, now=now)
    if raised is None or about is None:
        raise not_there()
    if not sight_of(by=by, access=access, now=now).sees_duty(raised.entries):
        raise not_there()
    return _told(raised, about, False)


@wall.lifted("called for the author, or after access to the child")
def _told(raised: RaisedConcern, about: SourcePerson, mine: bool) -> Told:
    added = EntryRow.objects.filter(system=about.system, record_id__startswith=f"{raised.id}/more/", retracts=False)
    duty = DutyNow.objects.filter(duty_id=raised.duty).select_related("duty").first() if raised.duty else None
    return Told(
        raised=raised,
        content=held_content(raised),
        child=about.person,
        more=tuple(added.order_by("received", "part")),
        versions=_newest(raised).version,
        attachments=tuple(raised.draft.attachments.order_by("added", "id").defer("content")),
        duty=duty,
        events=tuple(mapping.events_of([duty.duty_id])[duty.duty_id]) if duty else (),
        mine=mine,
        waits=about.waiting_since is not None,
        uncovered=in_force.duty_of(raised.id),
    )


def my_concerns(
    *, by: Practitioner, first: int = 0, most: int = 50
) -> tuple[list[tuple[RaisedConcern, DutyNow | None]], int]:
    """The concerns I raised, the newest first, each with where its duty stands; and how many there are."""
    require(by, Permission.CONCERN_RAISE)
    mine = RaisedConcern.objects.filter(author=by).order_by("-at", "id")
    rows = list(mine[first : first + most])
    with wall.lifted("whoever raised a concern sees what became of it"):
        duties = DutyNow.objects.in_bulk([row.duty for row in rows if row.duty])
    return [(row, duties.get(row.duty)) for row in rows], mine.count()


def attachment(*, by: Practitioner, attachment: UUID, now: datetime) -> Attachment:
    """A file, to the author of its draft or to whoever may see the concern that it came with."""
    with wall.lifted("whose file it is must be known before anybody can be asked whether they may see it"):
        found = Attachment.objects.select_related("draft").filter(id=attachment).first()
    if found is None or found.draft.author_id != by.id:
        raised = found.draft.raised_as if found else None
        concern_page(by=by, concern=raised or attachment, now=now)
    if found is None:
        raise not_there()
    audit.record(at=now, by=by, act="attachment.viewed", about=str(found.id))
    return found


@wall.lifted("called with a concern that was already shown")
def occurred_words(told: Told) -> str:
    """When it happened, in words: as precisely as it was said."""
    row = EntryRow.objects.filter(record_id=str(told.raised.id), kind="concern.raised").order_by("-version").first()
    return Partial.parse(row.occurred).describe() if row else "date not known"


def telephones() -> list[tuple[str, str]]:
    """Whom to telephone now: the partnership's social care, as its organisations are listed."""
    rows = Organisation.objects.filter(agency="social_care").exclude(telephone="").order_by("name")
    return list(rows.values_list("name", "telephone"))

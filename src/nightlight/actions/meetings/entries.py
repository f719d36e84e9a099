"""What a meeting says, as entries of the children's chronologies: from the moment it is agreed, not from the minutes.

Everything that a meeting states is worked out from where it stands; what differs from what is kept becomes a new
version of its record, and what no longer stands is withdrawn. A danger is an entry from when the meeting closes or is
broken off: until then it is being met, and a duty of its own watches over it (`meeting_follow`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from nightlight.actions.people import identity
from nightlight.actions.seeing import compartments
from nightlight.actions.watching.evaluation import Touched, evaluate_touched
from nightlight.domain.meetings import events as ev
from nightlight.domain.meetings import scores
from nightlight.domain.meetings.items import Item
from nightlight.domain.meetings.record import Record as Kept
from nightlight.domain.meetings.state import Meeting, Status
from nightlight.domain.people import Part
from nightlight.domain.records import EntryRecord, Record, SubjectRecord
from nightlight.store.chronology.models import Known
from nightlight.store.intake import writer
from nightlight.store.meetings import mapping
from nightlight.store.people.models import IdentityDecision, Organisation, Practitioner, SourcePerson
from nightlight.timeline.instants import BEGINNING, END
from nightlight.timeline.partial import Partial

SYSTEM = mapping.SYSTEM
_STATES = (
    ev.ProtectionChanged, ev.ProtectionAccepted, ev.ProtectionDeclined, ev.ActionAgreed, ev.ActionChanged,
    ev.DecisionMade, ev.DecisionChanged, ev.DissentRecorded, ev.DissentChanged, ev.ViewGiven, ev.ViewChanged,
    ev.ItemWithdrawn, ev.ScoreGiven, ev.ScoresShown, ev.Adjourned, ev.Closed,
)  # fmt: skip
"""The events after which a meeting may state something else than before."""


@dataclass(frozen=True, slots=True)
class Stated:
    """One thing that a meeting states: which agency said it, the entry, and the closed part that it was said in."""

    said_by: str
    entry: EntryRecord
    closed_part: str = ""


def states_something(event: type[ev.Event]) -> bool:
    """Whether an event of this kind may change what a meeting states."""
    return issubclass(event, _STATES)


def write(
    *, by: Practitioner, meeting: UUID, before: Meeting | None, after: Meeting, event: ev.Event, now: datetime
) -> None:
    """Bring the chronologies to what the meeting states now, and evaluate the children. In the caller's turn."""
    if states_something(type(event)):
        here = {each.agency for each in after.participants.values() if each.is_here} - {"", "family"}
        keep(
            by=by,
            log=meeting,
            stated=dict(_stated(after)),
            children=after.called.children,
            learn=frozenset(here),
            now=now,
        )


def keep(
    *,
    by: Practitioner,
    log: UUID,
    stated: Mapping[str, Stated],
    children: tuple[str, ...],
    learn: frozenset[str],
    now: datetime,
) -> None:
    """Keep what differs from what is held of a meeting or plan; what it states no more is withdrawn.

    learn: the agencies whose people are in the room, and so learn of it now.
    """
    meeting = log
    back = mapping.called_as(meeting=log) or mapping.called_as(plan=log)
    children = tuple(back.get(child, child) for child in children)
    records = {f"{meeting}/{_named(name, back)}": _as_called(each, back) for name, each in stated.items()}
    known = _held_of(meeting)
    changed = [(id_, _record(id_, each)) for id_, each in records.items()]
    changed = [(id_, record) for id_, record in changed if known.get(id_, (0, ""))[1] != record.digest]
    gone = [(id_, _withdrawn(id_)) for id_ in known if id_ not in records and known[id_][1] != _withdrawn(id_).digest]
    if not (changed or gone):
        return
    people = _source_people(children, by, now)
    touched = []
    for id_, record in (*changed, *gone):
        agency, organisation = _agency_of(records[id_].said_by if id_ in records else "", by)
        source = writer.From(
            delivery=meeting, system=SYSTEM, agency=agency, organisation=organisation, received=now,
            written_by=by.username,
        )  # fmt: skip
        item = writer.Versioned(record, known.get(id_, (0, ""))[0] + 1, record.digest)
        kept = writer.keep([item], source, people, {})
        touched.append(Touched(people=frozenset(kept.people), kinds=frozenset(kept.kinds)))
        part = records[id_].closed_part if id_ in records else ""
        entries = [writer.row_id("entry", source, item, number) for number in range(len(record.entries))]
        if part:
            compartments.seal_entries(part, entries, by=by, now=now)
        _learned(source, entries, learn if not part else _agencies_in(part), now)
    evaluate_touched(Touched.together(touched), now=now)


def _named(name: str, back: mapping.Children) -> str:
    """The name of what is stated, with the child in it as the meeting called them."""
    head, _, last = name.rpartition("/")
    return f"{head}/{back.get(last, last)}"


def _as_called(stated: Stated, back: mapping.Children) -> Stated:
    """Whom an entry is about is the person as called: who that is found to be now, a match says and may unsay."""
    subjects = tuple(
        replace(each, source_id=back.get(each.source_id, each.source_id)) for each in stated.entry.subjects
    )
    return replace(stated, entry=replace(stated.entry, subjects=subjects)) if back else stated


def _held_of(meeting: UUID) -> dict[str, tuple[int, str]]:
    from nightlight.store.intake.models import RawRecord

    rows = RawRecord.objects.filter(delivery=meeting, system=SYSTEM).order_by("version")
    return {row[0]: (row[1], row[2]) for row in rows.values_list("record_id", "version", "digest")}


def _record(id_: str, stated: Stated) -> Record:
    entry = stated.entry
    raw = {
        "kind": entry.kind, "about": [each.source_id for each in entry.subjects],
        "occurred": entry.occurred.isoformat(),
        "until": entry.until.isoformat() if entry.until else "", "attributes": dict(entry.attributes),
        "words": entry.words, "text": entry.text, "said_by": stated.said_by,
    }  # fmt: skip
    return Record(
        position="meeting", record_id=id_, raw=orjson.dumps(raw, option=orjson.OPT_SORT_KEYS), entries=(entry,)
    )


def _withdrawn(id_: str) -> Record:
    return Record(position="meeting", record_id=id_, raw=b"withdrawn", withdrawn=True)


def _source_people(children: tuple[str, ...], by: Practitioner, now: datetime) -> dict[str, UUID]:
    """The children, as this system knows them: by the ids of the persons that were named when it was called."""
    found = {}
    for child in children:
        id_ = found[child] = identity.source_person_id(SYSTEM, child)
        _, made = SourcePerson.objects.get_or_create(
            id=id_,
            defaults={
                "system": SYSTEM, "source_id": child, "agency": by.agency, "organisation": by.organisation_id,
                "person_id": UUID(child), "role": "child", "updated": now,
            },
        )  # fmt: skip
        if made:
            IdentityDecision.objects.create(
                source_person=id_, person=UUID(child), outcome="same", at=now, by=by.username,
                reason="named when a meeting was called",
            )  # fmt: skip
    return found


def _agency_of(person: str, by: Practitioner) -> tuple[str, str]:
    """Whose record it is: the organisation of whoever said it; for the family's words, of whoever wrote them down."""
    said = Practitioner.objects.filter(username=person).values_list("organisation_id", flat=True).first()
    organisation = Organisation.objects.get(code=said or by.organisation_id)
    return organisation.agency, organisation.code


def _agencies_in(part: str) -> frozenset[str]:
    """The agencies of whoever is in a closed part: they alone learn what is said there."""
    people = Practitioner.objects.filter(username__in=compartments.members_of(part)).select_related("organisation")
    return frozenset(person.agency for person in people)


def _learned(source: writer.From, entries: Sequence[UUID], learn: frozenset[str], now: datetime) -> None:
    """Whoever is in the room has learned of it: their agencies know it from now, and not by being members of a hub."""
    here = learn - {source.agency}
    Known.objects.bulk_create(
        [
            Known(entry_id=entry, agency=agency, since=now, how="meeting")
            for entry in entries
            for agency in sorted(here)
        ],
        ignore_conflicts=True,
    )


# -- what a meeting states


def _stated(state: Meeting) -> Iterator[tuple[str, Stated]]:
    """Everything, each under a name that stays its own through every change."""
    yield from agreed_in(state, state.called.children)
    for item in state.decisions:
        yield (
            f"decision/{item.id}",
            _said(state.called.children, item, "meeting.decision", {"action": item.text("what")}, item.text("reasons")),
        )
    for item in state.dissents:
        yield (
            f"dissent/{item.id}",
            _said(state.called.children, item, "meeting.dissent", {"reason": item.text("reasons")}),
        )
    for item in state.views:
        if item.text("words"):
            how = {"setting": item.text("how")} if item.text("how") else {}
            when = item["when"] if isinstance(item["when"], Partial) else None
            yield (
                f"view/{item.id}",
                _said(state.called.children, item, "voice.words", how, words=item.text("words"), when=when),
            )
    yield from _scores(state)
    if state.status in (Status.CLOSED, Status.ADJOURNED):
        yield from _dangers(state)
    if state.status is Status.CLOSED:
        yield from _held(state)


def agreed_in(state: Kept, children: tuple[str, ...]) -> Iterator[tuple[str, Stated]]:
    """The protections that were accepted and the actions that were agreed, in a meeting or a plan."""
    yield from _protections(state, children)
    yield from _actions(state, children)


def _subjects(children: tuple[str, ...], child: str = "") -> tuple[SubjectRecord, ...]:
    return tuple(SubjectRecord(each) for each in ((child,) if child else children))


def _said(
    children: tuple[str, ...], item: Item, kind: str, attributes: dict[str, Any], text: str = "", *, words: str = "",
    when: Partial | None = None, at: datetime | None = None,
) -> Stated:  # fmt: skip
    child = str(item.fields.get("child") or "")
    moment = at or item.changed_at
    entry = EntryRecord(
        kind=kind,
        subjects=_subjects(children, child),
        occurred=when or Partial.instant(moment),
        recorded=moment,
        attributes={name: value for name, value in attributes.items() if value not in ("", None)},
        words=words,
        text=text,
    )
    return Stated(item.author, entry, item.text("closed_part"))


def _protections(state: Kept, children: tuple[str, ...]) -> Iterator[tuple[str, Stated]]:
    """A protection counts from when its owner accepted it."""
    for item in state.protections:
        agreement = state.agreements.get(item.id)
        if agreement is None or agreement.accepted is None:
            continue
        about = {"action": item.text("what"), "owner": _owner(item)}
        if isinstance(item["in_force_from"], Partial):
            about["in_force_from"] = _when(item["in_force_from"])
        yield f"protection/{item.id}", _said(children, item, "meeting.decision", about, at=agreement.accepted.at)


def _actions(state: Kept, children: tuple[str, ...]) -> Iterator[tuple[str, Stated]]:
    for item in state.actions:
        yield (
            f"action/{item.id}",
            _said(children, item, "meeting.decision", {"action": item.text("what"), "owner": _owner(item)}),
        )


def _owner(item: Item) -> str:
    owner, name = item.text("owner"), item.text("owner_name")
    known = Practitioner.objects.filter(username=owner).values_list("name", flat=True).first() if owner else None
    return name or known or owner


def _when(moment: Partial) -> str:
    """As an attribute holds it: as it was said where that is a date or a moment; else the latest that it may be."""
    text = moment.isoformat()
    return text if ".." not in text and len(text) <= 40 else moment.latest.isoformat(timespec="minutes")


def _scores(state: Meeting) -> Iterator[tuple[str, Stated]]:
    """Once all are shown; before that nobody but their author sees one, and no record holds one."""
    for (person, child), score in state.scores.items():
        if not scores.are_shown(state, child):
            continue
        entry = EntryRecord(
            kind="meeting.safety_score",
            subjects=_subjects(state.called.children, child),
            occurred=Partial.instant(score.at),
            recorded=score.at,
            attributes={"score": score.score},
            text=score.reason,
        )
        yield f"score/{person}/{child}", Stated(person, entry)


def _dangers(state: Meeting) -> Iterator[tuple[str, Stated]]:
    for item in state.dangers:
        about: dict[str, Any] = {"severity": "immediate", "harm": item.text("what")}
        if isinstance(item["starts"], Partial) and item["starts"].earliest not in (BEGINNING, END):
            about["from_when"] = _when(Partial.instant(item["starts"].earliest))
        yield f"danger/{item.id}", _said(state.called.children, item, "concern.raised", about, at=item.at)


_OUTCOMES: Mapping[str, tuple[str, dict[str, Any]]] = {
    "strategy_discussion": ("social_care.strategy_discussion", {}),
    "initial_conference": ("social_care.conference", {"type": "initial"}),
    "review_conference": ("social_care.conference", {"type": "review"}),
    "core_group": ("social_care.core_group", {}),
    "child_in_need_review": ("social_care.plan_review", {}),
    "family_help_review": ("social_care.plan_review", {}),
}


def _held(state: Meeting) -> Iterator[tuple[str, Stated]]:
    """That it was held, with what it decided: what ends the clock that it answered and starts the next. Each child its
    own, for a conference may decide differently for brothers and sisters."""
    kind, always = _OUTCOMES[state.kind]
    at = state.held_at or state.closed_at or state.last
    for child in state.called.children:
        attributes = {**always, **_decided(state, kind, child)}
        entry = EntryRecord(
            kind=kind,
            subjects=(SubjectRecord(child, Part.SUBJECT),),
            occurred=Partial.instant(at),
            recorded=state.closed_at or at,
            attributes=attributes,
        )
        yield f"held/{child}", Stated(state.chair or state.called.by, entry)


def outcome_for(state: Meeting, child: str) -> Item | None:
    """The decision that is the meeting's own outcome for a child: its newest."""
    mine = [each for each in state.decisions if each.text("outcome") and each.text("child") in ("", child)]
    return max(mine, key=lambda each: each.changed_at, default=None)


def _decided(state: Meeting, kind: str, child: str) -> dict[str, Any]:
    from nightlight.domain.kinds import KINDS

    found: dict[str, Any] = {}
    item = outcome_for(state, child)
    takes = KINDS[kind].attributes
    if item is not None and "outcome" in takes and item.text("outcome") in takes["outcome"].values:
        found["outcome"] = item.text("outcome")
    if "agencies" in takes:
        came = sorted({each.agency for each in state.participants.values() if each.came and each.agency})
        found |= {"agencies": ", ".join(came)} if came else {}
    mine = [score.score for (_, of), score in state.scores.items() if of in ("", child)]
    if "safety" in takes and mine:
        found["safety"] = min(mine)
    return found

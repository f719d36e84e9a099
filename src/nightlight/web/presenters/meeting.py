"""A meeting as its page shows it: each danger with what covers it, each protection with why it does not count yet, the
scores side by side, who is still to come, and who writes what. It decides nothing and reads nothing.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from markupsafe import Markup

from nightlight.actions.meetings.deeds import reading
from nightlight.actions.meetings.view import MeetingPage
from nightlight.domain.agencies import AGENCIES
from nightlight.domain.coverage import Coverage
from nightlight.domain.meetings import events as ev
from nightlight.domain.meetings.items import Item
from nightlight.domain.meetings.phrases import Ask
from nightlight.domain.meetings.record import Agreement, Record
from nightlight.domain.meetings.rows import rows_in_use
from nightlight.domain.meetings.state import Meeting, Participant
from nightlight.domain.protection import Protection, Uncovered, at_words, hours
from nightlight.domain.raising import Arrangements
from nightlight.domain.school_holidays import holidays_in_use
from nightlight.timeline import BEGINNING, Partial
from nightlight.web.presenters.meeting_picture import picture, window

FRESH = timedelta(minutes=5)
"""How long what somebody was typing is shown after their last key."""


@dataclass(frozen=True, slots=True)
class Covered:
    """A danger with what covers it. hours: of uncovered time from now on; None: no end. 0: none."""

    item: Item
    words: str
    uncovered: bool
    in_hand: bool
    hours: float | None
    picture: Markup
    counted: tuple[Protection, ...]
    not_counted: tuple[tuple[Protection, str], ...]
    ask: str
    late: tuple[Protection, ...] = ()
    """Of those that count: what comes only after the danger has begun, or after now."""
    over: bool = False
    was: str = ""
    """Whether the danger is past; and the hours in which nothing covered it, of those that have passed."""

    @property
    def hours_words(self) -> str:
        if not self.uncovered:
            return "covered"
        return "no end" if self.hours is None else f"{self.hours:g} hour{'' if self.hours == 1 else 's'}"


def dangers(record: Record, coverage: Coverage, in_hand: tuple[str, ...], ask: Mapping[str, str]) -> list[Covered]:
    """Every danger that stands, in the order in which they were voiced."""
    still = {each.danger.id: each for each in coverage.still_open()}
    over = window(coverage)
    found = []
    for each in coverage.dangers:
        id_ = each.danger.id
        left = still.get(id_)
        found.append(
            Covered(
                item=record.items[id_],
                words=each.words(),
                uncovered=left is not None,
                in_hand=id_ in in_hand,
                hours=hours(left.possible) if left else 0.0,
                picture=picture(coverage, each, over),
                counted=coverage.against(each.danger),
                not_counted=tuple((n.protection, n.why) for n in coverage.not_counted_against(each.danger)),
                ask=ask.get(id_, ""),
                late=_late(coverage, each),
                over=each.danger.may_be[1] <= coverage.at,
                was=_was(coverage, each),
            )
        )
    return found


def _was(coverage: Coverage, of: Uncovered) -> str:
    """The hours that went by with nothing in force; empty for none."""
    passed = hours(of.possible.clip(BEGINNING, coverage.at))
    return f"{passed:g} hour{'' if passed == 1 else 's'}" if passed else ""


def _late(coverage: Coverage, of: Uncovered) -> tuple[Protection, ...]:
    begins = max(of.danger.may_be[0], coverage.at)
    return tuple(each for each in coverage.against(of.danger) if each.surely[0] > begins)


@dataclass(frozen=True, slots=True)
class Protecting:
    """A protection with where it stands, and who may do what about it. counts: empty, or why it does not count."""

    item: Item
    owner: str
    times: str
    why_not: str
    agreement: Agreement
    answers: tuple[str, ...]
    mine: bool
    for_owner: bool
    starts: str = ""
    """From when it is in force, where that is still to come."""
    school: str = ""
    """What to ask, where a school is to give it while schools are shut."""


def protections(record: Record, coverage: Coverage, names: Mapping[str, str], me: str, runs: bool) -> list[Protecting]:
    """Every protection that stands, and whether it counts."""
    why = {each.protection.id: each.why for each in coverage.not_counted}
    counted = {each.id for each in coverage.counted}
    found = []
    for item in record.protections:
        owner = item.text("owner")
        of = tuple(record.items[each].text("what") for each in item["answers"] or () if each in record.items)  # type: ignore[union-attr]
        found.append(
            Protecting(
                item=item,
                owner=names.get(owner) or item.text("owner_name") or owner,
                times=times(item["in_force_from"], item["until"]),  # type: ignore[arg-type]
                why_not="" if item.id in counted else why.get(item.id, "what it was against was taken back"),
                agreement=record.agreements.get(item.id, Agreement()),
                answers=of,
                mine=bool(owner) and owner == me,
                starts=_to_come(item["in_force_from"], coverage.at),  # type: ignore[arg-type]
                school=_school(item, coverage.at),
                for_owner=runs and bool(owner) and owner != me and may_type_for(record, owner, names),
            )
        )
    return found


def _school(item: Item, at: datetime) -> str:
    """What to ask of a protection that somebody of a school is to give while schools are shut."""
    starts, until = item["in_force_from"], item["until"]
    if item.text("agency") != "education" or not isinstance(starts, Partial):
        return ""
    ends = until.latest if isinstance(until, Partial) else None
    begins = max(starts.earliest, at)
    if ends and ends <= begins:
        return ""
    return holidays_in_use().warning(begins, ends, Arrangements().calendar)


def _to_come(starts: Partial | None, at: datetime) -> str:
    return partial_words(starts, is_start=True) if starts and starts.latest > at else ""


def may_type_for(record: Record, owner: str, names: Mapping[str, str]) -> bool:
    """Whether whoever runs a meeting may type for somebody: who is in the room, or does not sign in."""
    if not isinstance(record, Meeting):
        return False
    known = record.participants.get(owner)
    return known.is_here if known and known.agency != "family" else True


def times(starts: Partial | None, ends: Partial | None) -> str:
    """From when until when, as it was understood."""
    if starts is None:
        return ""
    begins = partial_words(starts, is_start=True)
    return f"from {begins} to {partial_words(ends)}" if ends else f"from {begins} on, with no end said"


def partial_words(when: Partial, *, is_start: bool = False) -> str:
    """A moment with its clock, or a date as exactly as it is known."""
    if when.earliest == when.latest:
        return at_words(when.earliest, is_start=is_start)
    return when.describe()


def asks_from_when(record: Record) -> dict[str, str]:
    """By danger: what to ask where its words for a time could not be read."""
    return {item.id: f"{_ask(item)} {_UNTIL_THEN}" for item in record.dangers if item["starts"] is None}


_UNTIL_THEN = "Until then it counts from when it was voiced, without end."


def _ask(item: Item) -> str:
    """What was asked about the words when they were said: which weekend, which half term."""
    read = reading(item.text("said_when"), item.at) if item.text("said_when") else None
    return read.question if isinstance(read, Ask) else "From when? Give a day and a time."


@dataclass(frozen=True, slots=True)
class Writing:
    """What somebody else is typing now: where, and its fields."""

    name: str
    what: str
    item: str
    text: str


def writing(page: MeetingPage, names: Mapping[str, str], at: datetime) -> list[Writing]:
    """What the others type now, where it is not yet what already stands."""
    found = []
    for draft in page.typing:
        what, _, item = draft.place.partition(":")
        text = next((value for name, value in draft.content.items() if value and name in _SHOWN), "")
        held = page.state.items.get(item)
        if draft.saved < at - FRESH or not text or (held and held.changed_at > draft.saved - timedelta(seconds=2)):
            continue
        found.append(Writing(names.get(draft.person, draft.person), what, item, text))
    return found


_SHOWN = ("what", "reasons", "words", "text", "if_", "said_when", "how_confirmed", "how")


def drafts_of(page: MeetingPage) -> dict[str, tuple[str, dict[str, str]]]:
    """By kind of item: the id and the fields of what I was typing and have not added."""
    found = {}
    for place, draft in page.drafts.items():
        what, _, item = place.partition(":")
        if item and item not in page.state.items and _is_id(item):
            found[what] = (item, dict(draft.content))
    return found


def _is_id(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False


# -- people


@dataclass(frozen=True, slots=True)
class Present:
    """Somebody who was asked, and how far it came."""

    known: Participant
    name: str
    part: str
    agency: str
    state: str


def people(page: MeetingPage) -> list[Present]:
    """Everybody who was asked or came, those who are here first."""
    found = [
        Present(
            known,
            page.name(known.person) or known.name,
            rows_in_use().part(known.part).title,
            AGENCIES.get(known.agency, "Family" if known.agency == "family" else known.agency),
            _state(known),
        )
        for known in page.state.participants.values()
    ]
    return sorted(found, key=lambda each: (not each.known.is_here, each.part, each.name))


def _state(known: Participant) -> str:
    if known.is_here:
        return f"Here{', ' + known.how if known.how else ''}"
    if known.came:
        return "Left"
    if known.apologies:
        return f"Apologies{': ' + known.apologies_reason if known.apologies_reason else ''}"
    return "Not here yet"


def not_asked(page: MeetingPage) -> list[str]:
    """The parts that this kind of meeting asks for and that nobody was asked as."""
    rows = rows_in_use()
    asked: set[str] = set()
    for known in page.state.participants.values():
        asked |= rows.parts_of(known.part, known.agency)
    return [rows.part(code).title for code in page.row.asks if code not in asked]


def typed_for(page: MeetingPage, me: str) -> list[tuple[str, str]]:
    """For whom whoever runs the meeting may type: everybody who is here, and whoever does not sign in."""
    found = []
    for each in people(page):
        is_family = each.known.agency == "family"
        if each.known.person != me and (each.known.is_here or is_family):
            found.append((each.known.person, each.name))
    return found


def owners(page: MeetingPage) -> dict[str, tuple[str, str]]:
    """Who may be given something: everybody who was asked; name and agency by id."""
    found = {each.known.person: (each.name, each.known.agency) for each in people(page)}
    for item in page.state.items.values():
        owner = str(item.fields.get("owner") or "")
        if owner and owner not in found:
            found[owner] = (page.name(owner), str(item.fields.get("agency") or ""))
    return found


# -- edits that crossed


@dataclass(frozen=True, slots=True)
class Crossed:
    """One field of an edit that came too late: what stands, and what its author wrote."""

    name: str
    label: str
    stands: str
    wanted: str


def crossed(item: Item, edit: object, labels: Mapping[str, str]) -> Iterator[Crossed]:
    """Both texts of each field that an edit wanted to change."""
    for name, wanted in edit.wanted.items():  # type: ignore[attr-defined]
        if name in ("read_as", "owner_name", "agency"):
            continue
        label = "Taken back, because" if name == "withdrawn" else labels.get(name, name)
        yield Crossed(name, label, said(item.fields.get(name)), said(wanted))


def said(value: object) -> str:
    """Any value of a field, for reading."""
    if value is None or value == "":
        return "Nothing"
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, Partial):
        return partial_words(value)
    if isinstance(value, datetime):
        return at_words(value)
    if isinstance(value, tuple):
        return f"{len(value)} named" if value else "All"
    return str(value)


HAPPENS = {
    ev.DangerVoiced: "danger", ev.ProtectionProposed: "protection", ev.ActionAgreed: "action",
    ev.DecisionMade: "decision", ev.DissentRecorded: "dissent", ev.ViewGiven: "view", ev.NoteWritten: "note",
}  # fmt: skip
"""What an item is called in a form, by the event that added it."""

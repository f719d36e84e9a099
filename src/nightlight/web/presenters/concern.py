"""A concern's form and its story: the choices as the form's macros take them, and what became of it in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from nightlight.actions.concerns.concerns import Told
from nightlight.domain.concern_content import (
    CATEGORIES,
    CHILD_PARTS,
    DANGER,
    FROM_WHEN,
    PARTS,
    RELATIONS,
    ROLES,
    WHEN,
    Content,
    categories,
)
from nightlight.domain.duty_events import OUTCOMES, Acknowledged, Discharged, HandedOver
from nightlight.domain.roles import role_title
from nightlight.store.duties.models import DutyNow
from nightlight.store.people.models import Person
from nightlight.timeline import Partial, local_date
from nightlight.web.presenters import words

Item = dict[str, Any]
MONTHS = tuple("January February March April May June July August September October November December".split())
FIELD_NAMES = {
    "danger": "Is anyone in danger", "from": "From when", "harm": "What could happen", "what": "What happened",
    "words": "The child's own words", "words_setting": "Where they said it", "when": "When", "when_date": "Date",
    "when_time": "Time", "child": "Which child", "child_given": "The child's first name",
    "child_family": "The child's family name", "child_about": "Who the child is", "category": "Category",
    "people": "Other people", "body": "Body map", "body_note": "About the marks",
}  # fmt: skip


def items(choices: Mapping[str, str], chosen: str) -> list[Item]:
    """Choices as radios or a select take them."""
    return [{"value": v, "text": t, "checked": v == chosen, "selected": v == chosen} for v, t in choices.items()]


def select(choices: Mapping[str, str], chosen: str, none: str) -> list[Item]:
    """Choices of a select, with one that stands for none."""
    return [{"value": "", "text": none, "selected": not chosen}, *items(choices, chosen)]


def form(content: Content, *, agency: str, today: str, blank: int) -> dict[str, Any]:
    """Everything that the form draws its choices from. blank: how many empty lines for other people."""
    when = content.get("when", "")
    if when == "day" and content.get("when_date") == today:
        when = "today"
    people = list(content.get("people", ()))
    return {
        "danger_items": items(DANGER, content.get("danger", "")),
        "from_items": items(FROM_WHEN, content.get("from", "")),
        "when_items": items(WHEN, when),
        "months": select({str(n): name for n, name in enumerate(MONTHS, 1)}, content.get("when_month", ""), "Month"),
        "child_parts": items(CHILD_PARTS, content.get("child_part") or "subject"),
        "people": [_line(at, person) for at, person in enumerate([*people, *({} for _ in range(blank))])],
        "category_items": category_items(agency, content.get("category", "")),
        "dangerous": content.get("danger") in {"yes", "soon"},
    }


def category_items(agency: str, chosen: str) -> list[Item]:
    """The categories of an agency's concerns; empty where it has none."""
    known = {code: CATEGORIES.get(code, words.kind(code)) for code in categories(agency)}
    return select(known, chosen, "Leave it for later") if known else []


def _line(at: int, person: Mapping[str, str]) -> dict[str, Any]:
    return {
        "at": at,
        "name": person.get("name", ""),
        "parts": select(PARTS, person.get("part", ""), "Choose their part"),
        "relations": select(RELATIONS, person.get("relation", ""), "Not known"),
        "roles": select(ROLES, person.get("role", ""), "Not known"),
    }


def known_child(person: Person, at: datetime) -> str:
    """A child to choose by: name and age."""
    name = f"{person.given} {person.family}".strip() or "Name not known"
    if not person.born:
        return name
    return f"{name}, {words.age(local_date(Partial.parse(person.born).earliest), local_date(at))}"


def child_as_named(told: Told) -> str:
    """The child as whoever raised the concern named them: who they were found to be is for those who may see them."""
    content = told.content
    if content.get("child") == "described":
        name = f"{content.get('child_given', '')} {content.get('child_family', '')}".strip()
        return name or content.get("child_about", "")
    return f"{told.child.given} {told.child.family}".strip() if told.child else "Name not known"


def differences(mine: Content, other: Content) -> list[tuple[str, str]]:
    """The fields in which another window's draft differs, with what it says there."""
    return [
        (FIELD_NAMES.get(name, name.replace("_", " ").capitalize()), _shown(other.get(name)))
        for name in dict.fromkeys([*other, *mine])
        if name not in {"beside", "said_on", "child_search"} and mine.get(name) != other.get(name)
    ]


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return "; ".join(str(v.get("name", "")) if isinstance(v, dict) else str(v) for v in value) or "Nothing"
    return str(value) if value else "Nothing"


def title(content: Content) -> str:
    """A draft in a list: its first words."""
    text = content.get("what") or content.get("words") or content.get("harm") or ""
    first = " ".join(text.split())
    return (first[:80].rsplit(" ", 1)[0] + "…" if len(first) > 80 else first) or "Nothing written yet"


@dataclass(frozen=True, slots=True)
class Became:
    """Where a concern stands: one sentence, and whether it is over."""

    words: str
    over: bool
    outcome: str = ""
    reason: str = ""


def became(duty: DutyNow | None, events: Iterable[Any], name: Callable[[str], str]) -> Became:
    """What became of a concern, from its duty and what happened to it."""
    if duty is None:
        return Became("Nobody has been asked to answer this yet. Tell your safeguarding lead.", False)
    happened = list(events)
    if duty.status == "discharged":
        return _ended(happened, name)
    owner = f"{name(duty.owner)}, {role_title(duty.role).lower()}," if duty.owner else ""
    if not owner:
        return Became(
            f"Nobody is on the rota as {role_title(duty.role).lower()}. Telephone them, or your line manager.", False
        )
    if duty.pending_to:
        return Became(f"{owner} is handing it over to {name(duty.pending_to)}, who has not accepted yet.", False)
    taken = [e for e in happened if isinstance(e, Acknowledged)]
    if duty.status == "acknowledged":
        when = f" on {words.moment(taken[-1].at)}" if taken else ""
        return Became(f"{owner} owns it and acknowledged it{when}.", False)
    return Became(f"{owner} owns it and has not acknowledged it yet.", False)


def _ended(happened: list[Any], name: Callable[[str], str]) -> Became:
    last = next(e for e in reversed(happened) if isinstance(e, Discharged))
    outcome = OUTCOMES.get(last.outcome, last.outcome)
    who = name(last.by) if last.by != "system" else "Nightlight"
    return Became(f"{who} ended it on {words.moment(last.at)}: {outcome}.", True, outcome, last.reason)


def short_status(duty: DutyNow | None, name: Callable[[str], str]) -> str:
    """What became of it, for a line of a list."""
    if duty is None:
        return "Nobody has been asked to answer it yet"
    if duty.status == "discharged":
        return "Ended. Open it to read the outcome and the reason"
    if not duty.owner:
        return "Owned by nobody: telephone"
    said = {"acknowledged": "acknowledged", "handover_pending": "being handed over"}.get(
        duty.status, "not acknowledged yet"
    )
    return f"Owned by {name(duty.owner)}, {said}"


def people_who_acted(told: Told) -> set[str]:
    """The user names that the story of a concern names."""
    found = {e.by for e in told.events} | {e.to for e in told.events if isinstance(e, HandedOver)}
    if told.duty:
        found |= {told.duty.owner, told.duty.pending_to}
    return found - {"", "system"}

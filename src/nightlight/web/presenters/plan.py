"""A plan as its page shows it: its actions by agency, who may own something, and the choices that only it has."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from nightlight.actions.plans.deeds import PlanPage
from nightlight.domain.agencies import AGENCIES
from nightlight.domain.meetings import events as ev
from nightlight.domain.meetings.items import Item
from nightlight.domain.plans import events as pe
from nightlight.indicators.catalogue import CATALOGUE

HAPPENS = {
    ev.DangerVoiced: "danger", ev.ProtectionProposed: "protection", ev.ActionAgreed: "action", ev.ViewGiven: "view",
    ev.NoteWritten: "note", pe.OutcomeAgreed: "outcome", pe.VisitsAgreed: "visits",
    pe.ContingencyAgreed: "contingency",
}  # fmt: skip
"""What an item is called in a form, by the event that added it."""


def names(page: PlanPage) -> dict[str, str]:
    """The name of everybody in a plan, those who do not sign in too."""
    found = {}
    for item in page.state.items.values():
        owner, name = str(item.fields.get("owner") or ""), str(item.fields.get("owner_name") or "")
        if owner and name:
            found[owner] = name
    return {**found, **page.names}


def authors(page: PlanPage) -> set[str]:
    """Everybody who wrote something in a plan, its core group too."""
    seen = {each.said_by for progress in page.state.progress.values() for each in progress}
    return seen | {item.author for item in page.state.items.values()} | set(page.state.members)


def owners(page: PlanPage) -> dict[str, tuple[str, str]]:
    """Who may be given something: everybody with a part in the plan."""
    known = names(page)
    people = dict.fromkeys([page.state.lead, *page.state.members, *known])
    agencies = {item.text("owner"): item.text("agency") for item in page.state.actions}
    return {person: (known.get(person, person), agencies.get(person, "")) for person in people if person}


def options(page: PlanPage) -> dict[str, dict[str, str]]:
    """The choices that only this plan has."""
    dangers = {item.id: item.text("what")[:80] for item in page.state.dangers}
    watched = {code: rule.title for code, rule in CATALOGUE.items()}
    return {"danger": {"": "None", **dangers}, "indicator": {"": "None: somebody must notice it", **watched}}


@dataclass(frozen=True, slots=True)
class Owed:
    """An action of a plan, with where it stands."""

    item: Item
    owner: str
    state: str
    overdue: bool


def actions(page: PlanPage, at: datetime) -> list[tuple[str, list[Owed]]]:
    """The actions by the agency of whoever owns them: what each owes, before what the others do."""
    known = names(page)
    found = []
    for agency, items in page.state.actions_by_agency().items():
        lines = [_owed(page, item, known, at) for item in items]
        found.append((AGENCIES.get(agency, agency or "The family, and others"), lines))
    return sorted(found)


def _owed(page: PlanPage, item: Item, known: dict[str, str], at: datetime) -> Owed:
    owner = item.text("owner")
    done = page.state.actions_done.get(item.id)
    due = item["due"]
    overdue = done is None and isinstance(due, datetime) and due < at
    state = f"Done: {done.how}" if done else "Overdue" if overdue else "Open"
    return Owed(item, known.get(owner, item.text("owner_name") or owner), state, overdue)

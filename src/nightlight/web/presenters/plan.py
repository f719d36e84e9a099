"""A plan as its page shows it: its actions by agency, who may own something, and the choices that only it has."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from nightlight.actions.plans.deeds import PlanPage
from nightlight.domain.agencies import AGENCIES
from nightlight.domain.meetings import events as ev
from nightlight.domain.meetings.items import Item
from nightlight.domain.plans import events as pe
from nightlight.indicators.catalogue import CATALOGUE
from nightlight.web.presenters import meeting as shows
from nightlight.web.presenters import words as said
from nightlight.web.presenters.meeting import Protecting

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


def protections(page: PlanPage, me: str) -> list[Protecting]:
    """Every protection that stands, whether it counts, and who may say that its owner accepted it."""
    found = shows.protections(page.state, page.coverage, names(page), me, False)
    return [replace(each, for_owner=for_owner(page, each.item.text("owner"))) for each in found]


def for_owner(page: PlanPage, owner: str) -> bool:
    """Whether whoever reads writes down what this owner says: they lead the plan, and the owner does not sign in."""
    return page.opened.leads and bool(owner) and owner not in page.names


@dataclass(frozen=True, slots=True)
class Taking:
    """Who is asked to take the plan over, and what they said. mine: whoever reads is; for_them: they write it down."""

    name: str
    asked: datetime
    words: str
    answered: bool
    accepted: bool
    mine: bool
    for_them: bool
    person: str


def taking(page: PlanPage, me: str, name_of: dict[str, str]) -> Taking | None:
    """Where the taking over stands."""
    held = page.state.taking
    if held is None:
        return None
    stands = "Waits for their word; until then it is with whoever leads the plan"
    if held.accepted:
        stands = f"Accepted {said_how(held.accepted, name_of)}"
    elif held.declined:
        stands = f"Declined: {held.declined.reason}"
    person = held.asked.person
    return Taking(
        name=held.asked.name, asked=held.asked.at, words=stands.rstrip("."), person=person,
        answered=bool(held.accepted or held.declined), accepted=bool(held.accepted), mine=person == me,
        for_them=for_owner(page, person),
    )  # fmt: skip


def said_how(given: ev.ProtectionAccepted | ev.ActionAccepted | pe.TakeOverAccepted, names: dict[str, str]) -> str:
    """When an acceptance was given; and how, and who wrote it down, where that was somebody else."""
    when = said.moment(given.at)
    if given.by == given.said_by:
        return when
    how = f", {given.how.rstrip('. ')}" if given.how else ""
    return f"{when}{how}; written down by {names.get(given.by, given.by)}"


@dataclass(frozen=True, slots=True)
class Owed:
    """An action of a plan, with where it stands. accepted: when and how its owner took it; empty for not yet."""

    item: Item
    owner: str
    state: str
    overdue: bool
    accepted: str
    mine: bool
    for_owner: bool


def actions(page: PlanPage, me: str, at: datetime) -> list[tuple[str, list[Owed]]]:
    """The actions by the agency of whoever owns them: what each owes, before what the others do."""
    known = names(page)
    found = []
    for agency, items in page.state.actions_by_agency().items():
        lines = [_owed(page, item, known, me, at) for item in items]
        found.append((AGENCIES.get(agency, agency or "The family, and others"), lines))
    return sorted(found)


def _owed(page: PlanPage, item: Item, known: dict[str, str], me: str, at: datetime) -> Owed:
    owner = item.text("owner")
    done = page.state.actions_done.get(item.id)
    due = item["due"]
    overdue = done is None and isinstance(due, datetime) and due < at
    state = f"Done: {done.how}" if done else "Overdue" if overdue else "Open"
    accepted = page.state.actions_accepted.get(item.id)
    return Owed(
        item=item, owner=known.get(owner, item.text("owner_name") or owner), state=state, overdue=overdue,
        accepted=said_how(accepted, known) if accepted else "", mine=bool(owner) and owner == me,
        for_owner=for_owner(page, owner),
    )  # fmt: skip

"""The paper for a child and the family, one for each child: what concerns that child, and whom it goes to.

What is said of the whole family is in each; what is of a brother or sister alone is not, nor anything that was said in
a closed part, whoever prints it. Which of the people with parental responsibility are told nothing, and why, is for
those who give the paper out and stands on none.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from nightlight.actions.meetings import log as meeting_log
from nightlight.actions.meetings.log import Opened
from nightlight.actions.meetings.words import children_of, names_in
from nightlight.domain.meetings.events import MeetingError
from nightlight.domain.meetings.state import Meeting, Responsible
from nightlight.paper.blocks import Block, Text
from nightlight.store.people.models import Person

SAY_WHICH = "say for which child: each has a paper of their own."
_WITHHELD = "what was decided is withheld from them"


@dataclass(frozen=True, slots=True)
class ForChild:
    """The paper of one child. to: who has it, the child first. not_to: who does not, each with the reason.

    known: whether anybody is on record as having parental responsibility for this child.
    """

    child: str
    given: str
    to: tuple[str, ...]
    not_to: tuple[tuple[str, str], ...] = ()
    known: bool = True


def papers_of(opened: Opened) -> tuple[ForChild, ...]:
    """The paper of each child of a meeting, and whom it goes to."""
    people = children_of(opened.state)
    return tuple(_of(child, person.given, opened.id, opened.state) for child, person in people.items())


def papers_of_plan(people: Iterable[Person], meeting: UUID | None, state: Meeting | None) -> tuple[ForChild, ...]:
    """The paper of each child of a plan: to those whom the meeting that decided it knows, where one did."""
    return tuple(_of(str(each.id), each.given, meeting, state) for each in people)


def which(child: str, children: Iterable[str]) -> str:
    """The child whose paper is asked for; of one alone nothing need be said."""
    known = tuple(children)
    if not child and len(known) == 1:
        return known[0]
    if child not in known:
        raise MeetingError(SAY_WHICH)
    return child


def for_whom(paper: ForChild) -> list[Block]:
    """Whom the paper is for, as it says itself."""
    return [Text(f"{', '.join(paper.to)}.")] if paper.to else []


def _of(child: str, given: str, meeting: UUID | None, state: Meeting | None) -> ForChild:
    name = given or "The child"
    if state is None or meeting is None:
        return ForChild(child, given, (name,), known=False)
    names, withheld = names_in(state), meeting_log.withheld_from(meeting)
    theirs = [each for each in state.responsible.values() if child in each.children]
    why = {each.person: _why_not(each, withheld) for each in theirs}
    to = tuple(names.get(each.person, each.name) for each in theirs if not why[each.person])
    not_to = tuple((names.get(each.person, each.name), why[each.person]) for each in theirs if why[each.person])
    return ForChild(child, given, (name, *to), not_to, bool(theirs))


def _why_not(known: Responsible, withheld: frozenset[str]) -> str:
    """Why somebody is not given it; empty where they are. Who was told since is told."""
    if known.person in withheld:
        return _WITHHELD
    if "decisions" in known.told:
        return ""
    if said := known.not_told.get("decisions"):
        return said.why
    return known.not_told["meeting"].why if "meeting" in known.not_told and "meeting" not in known.told else ""

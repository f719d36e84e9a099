"""Who may see what: the few functions through which every protected read passes. Default deny.

The policy is a text (`domain/access/policy`); here it is asked, about somebody and a child as the rows say they stand
to each other. A role permits, and a relationship makes it need-to-know.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from nightlight.actions.trail import audit
from nightlight.domain.access.engine import policy
from nightlight.domain.access.vocabulary import WORDS, Purpose, Who, purpose_of
from nightlight.domain.roles import Permission
from nightlight.store.access import wall
from nightlight.store.access.facts import Standing, standings
from nightlight.store.people.models import Practitioner

NOT_THERE = (
    "There is nothing here that you may see. If you need a child's record, find the person and give your reason; it is "
    "logged and the record's owner can see it."
)
"""One text for what is not there and what is not for you: a refusal must not tell the one from the other."""

_NOBODY = Standing()


class Refused(Exception):
    """Not permitted. The message says why only as far as the person may know that there is something to refuse."""


@dataclass(frozen=True, slots=True)
class Access:
    """That somebody may see a child: on what ground, in which relationships, and by which rules of the policy."""

    child: UUID
    ground: str
    relationships: frozenset[str] = frozenset()
    rules: tuple[str, ...] = ()


def not_there() -> Refused:
    """The refusal for whatever is not there, or not for whoever asks."""
    return Refused(NOT_THERE)


def who_is(by: Practitioner) -> Who:
    """Somebody as the policy knows them."""
    return Who(role=by.role, agency=by.agency)


def require(by: Practitioner, permission: Permission) -> None:
    """Refuse unless the role of this person may do this at all."""
    if not by.is_active or not policy().may(by.role, permission):
        raise Refused("Your role does not include this. Ask your safeguarding lead who can do it for you.")


def access_child(
    *, by: Practitioner, child: UUID, now: datetime, reason: str = "", purpose: Purpose | None = None
) -> Access:
    """Whether this person may see this child now, and why; writes the view down. Raises `Refused`.

    A child who does not exist and a child one may not see are refused alike, and both tries are on record.
    """
    require(by, Permission.CHILD_VIEW)
    purpose = purpose or purpose_of(by.role)
    access = _opens(by, child, standings(by.username, [child], now, purpose).get(child, _NOBODY), purpose)
    if access is None:
        audit.record(at=now, by=by, act="child.refused", child=child)
        raise not_there()
    audit.record(at=now, by=by, act="child.viewed", child=child, about=access.ground, reason=reason)
    wall.opened(child, now, purpose)
    return access


def may_see(by: Practitioner, child: UUID, now: datetime) -> bool:
    """Whether `access_child` would allow it; writes nothing, for lists that only show names to be opened."""
    return child in visible_children(by=by, children=[child], now=now)


def visible_children(*, by: Practitioner, children: Iterable[UUID], now: datetime) -> set[UUID]:
    """Those of these children whom this person may open; writes nothing. For lists, counts and searches."""
    if not by.is_active or not policy().may(by.role, Permission.CHILD_VIEW):
        return set()
    purpose = purpose_of(by.role)
    found = standings(by.username, set(children), now, purpose)
    return {child for child, standing in found.items() if _opens(by, child, standing, purpose)}


def _opens(by: Practitioner, child: UUID, standing: Standing, purpose: Purpose) -> Access | None:
    who = who_is(by)
    answer = policy().open(who, standing.relationships, purpose=purpose, sealed=standing.sealed)
    # Of a child who is not there, there is no standing: not even somebody who may open any record opens that one.
    if not answer or standing is _NOBODY:
        return None
    return Access(child, _ground(who, standing, purpose, answer.rules), standing.relationships, answer.rules)


def _ground(who: Who, standing: Standing, purpose: Purpose, rules: tuple[str, ...]) -> str:
    """The first relationship that counts, in words; for those whose role alone opens a record, what the rule says."""
    for relationship, words in WORDS.items():
        if relationship in standing.relationships and policy().open(who, frozenset({relationship}), purpose=purpose):
            return words
    return policy().rules[rules[0]].says

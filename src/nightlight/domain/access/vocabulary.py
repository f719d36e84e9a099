"""The words in which the access policy asks: who, in what relationship, to what sort of entry. Nothing is decided here.

Every question is made of these few words, so that there are finitely many, and each can be asked of the policy
beforehand, laid in a table, and tested.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from nightlight.domain.kinds import KINDS


class Relationship(StrEnum):
    """A person's relationship to a child, or nothing of the kind. The policy says which opens what."""

    OWN_RECORD = "own_record"
    ALLOCATED = "allocated"
    TEAM = "team"
    PARTNERSHIP = "partnership"
    MEETING = "meeting"
    GIVEN = "given"
    FOUND = "found"
    BROKEN_GLASS = "broken_glass"
    RAISED = "raised"


WORDS = {
    Relationship.OWN_RECORD: "your organisation holds a record of this child",
    Relationship.ALLOCATED: "a duty about this child is yours or offered to you",
    Relationship.TEAM: "a duty about this child is your organisation's",
    Relationship.PARTNERSHIP: "your role answers for the whole partnership and this child is open to it",
    Relationship.MEETING: "you are asked to a meeting about this child",
    Relationship.GIVEN: "you asked for this child's information and were given it",
    Relationship.FOUND: "you found this child and gave a reason",
    Relationship.BROKEN_GLASS: "you broke the glass for this child and gave a reason",
    Relationship.RAISED: "you raised a concern about this child",
}

OF_ANOTHER = {
    Relationship.OWN_RECORD: "their organisation holds a record of this child",
    Relationship.ALLOCATED: "a duty about this child was theirs or offered to them",
    Relationship.TEAM: "a duty about this child was their organisation's",
    Relationship.PARTNERSHIP: "their role answers for the whole partnership and this child was open to it",
    Relationship.MEETING: "they were asked to a meeting about this child",
    Relationship.GIVEN: "they asked for this child's information and were given it",
    Relationship.FOUND: "they found this child and gave a reason",
    Relationship.BROKEN_GLASS: "they broke the glass for this child and gave a reason",
    Relationship.RAISED: "they raised a concern about this child",
}
"""The same of somebody else, in a list of who looked."""


class Purpose(StrEnum):
    """What a child's record is opened for."""

    PROTECT = "protect"
    MEND = "mend"
    OVERSEE = "oversee"


def purpose_of(role: str) -> Purpose:
    """What a role opens records for, where a page says nothing else.

    >>> purpose_of("data_steward").value, purpose_of("social_worker").value
    ('mend', 'protect')
    """
    return {"data_steward": Purpose.MEND, "caldicott_guardian": Purpose.OVERSEE}.get(role, Purpose.PROTECT)


SENSITIVITIES = ("ordinary", "restricted", "other")
"""What a source may mark an entry as; `other` is every mark that the policy does not know, and no rule permits it."""
MATTERS = ("ordinary", "adult_health")
WRITTEN_BY = ("organisation", "other")

_ADULT_HEALTH = frozenset(
    {"adult.substance_misuse", "adult.treatment", "adult.treatment_missed", "adult.mental_health_crisis"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """Somebody as the policy knows them: role and agency; who they are by name decides nothing."""

    role: str
    agency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sort:
    """The sort of an entry, as somebody stands to it: entries of one sort are permitted or refused alike.

    given: whether their agency was in fact given it. sealed: it is in a compartment of which they are no member.
    """

    sensitivity: str = "ordinary"
    matter: str = "ordinary"
    written_by: str = "other"
    given: bool = False
    sealed: bool = False


def sensitivity_of(mark: str) -> str:
    """The word of the policy for a source's mark; an unknown mark is never taken for an ordinary one.

    >>> sensitivity_of("restricted"), sensitivity_of("x5")
    ('restricted', 'other')
    """
    return mark if mark in SENSITIVITIES else "other"


def matter_of(kind: str, through: str = "child") -> str:
    """What an entry is about, as far as the policy minds: an adult's own health and treatment, or anything else.

    >>> matter_of("adult.treatment"), matter_of("health.condition", "adult"), matter_of("health.condition")
    ('adult_health', 'adult_health', 'ordinary')
    """
    if kind in _ADULT_HEALTH or (through == "adult" and kind.startswith("health.")):
        return "adult_health"
    return "ordinary"


ADULT_HEALTH_KINDS = tuple(sorted(_ADULT_HEALTH))
if not _ADULT_HEALTH <= KINDS.keys():
    raise AssertionError("a kind of entry that the access policy names is not among the kinds")

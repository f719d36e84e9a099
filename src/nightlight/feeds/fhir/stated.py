"""What one resource states, as it is being read, and what this delivery has said so far that it may refer to.

A bundle's resources refer to each other in any order, and a bundle may hold 100,000 of them: so what is remembered
between resources is bounded, and is names and codes only.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from nightlight.domain.kinds import KINDS
from nightlight.domain.people import normal_nhs_number
from nightlight.feeds.fhir.moments import Refused
from nightlight.feeds.fhir.resources import Concept, Identifier, Meta, Resource
from nightlight.feeds.records import EntryRecord, FeedContext, LinkRecord, PersonRecord, SubjectRecord
from nightlight.timeline.partial import Partial

REMEMBERED = 50_000
"""Names remembered of one delivery. Past that, a reference back may go unresolved, which states less, never wrongly."""
_RESTRICTED = frozenset({"R", "V"})


@dataclass(slots=True)
class Delivery:
    """One file: its context, and the medicines, plans and people that its resources have named."""

    context: FeedContext
    medicines: dict[str, Concept] = field(default_factory=dict)
    plans: set[str] = field(default_factory=set)
    people: set[str] = field(default_factory=set)

    def remember_medicine(self, name: str, code: Concept) -> None:
        if len(self.medicines) < REMEMBERED:
            self.medicines[name] = code

    def remember(self, names: set[str], name: str) -> None:
        if len(names) < REMEMBERED:
            names.add(name)


@dataclass(slots=True)
class Stated:
    """What one resource states. `beside`: fields left out of it, each with its reason, told as rejections."""

    record_id: str
    delivery: Delivery
    resource: Resource
    names: tuple[str, ...] = ()
    people: list[PersonRecord] = field(default_factory=list)
    links: list[LinkRecord] = field(default_factory=list)
    entries: list[EntryRecord] = field(default_factory=list)
    beside: list[Refused] = field(default_factory=list)
    withdrawn: bool = False

    @property
    def now(self) -> datetime:
        return self.delivery.context.now

    def entry(
        self,
        kind: str,
        who: str,
        occurred: Partial,
        recorded: datetime,
        *,
        until: Partial | None = None,
        text: str = "",
        **attributes: Any,
    ) -> None:
        """One entry about a person. An attribute that is None is one that the resource does not state."""
        stated = {name: value for name, value in attributes.items() if value not in (None, "")}
        for problem in KINDS[kind].problems(stated):
            self.beside.append(Refused(problem.field, problem.code, problem.expected))
            stated.pop(problem.field.removeprefix("attributes."))
        self.entries.append(
            EntryRecord(
                kind=kind, subjects=(SubjectRecord(who),), occurred=occurred, recorded=recorded, until=until,
                attributes=stated, text=text, sensitivity=_sensitivity(self.resource.meta),
            )
        )  # fmt: skip

    def nhs_number(self, identifier: Identifier, field_name: str) -> str | None:
        """A valid NHS number, or None and a rejection beside: a wrong number must not match anybody."""
        number = normal_nhs_number(identifier.value or "")
        if number is None and identifier.value:
            expected = "an NHS number: ten digits with the right check digit; the person is kept without it"
            self.beside.append(Refused(field_name, "bad_nhs_number", expected))
        return number


def _sensitivity(meta: Meta | None) -> str:
    """Restricted where the source marks the record so (HL7 confidentiality R or V)."""
    codes = {label.code for label in (meta.security if meta else None) or ()}
    return "restricted" if codes & _RESTRICTED else "ordinary"

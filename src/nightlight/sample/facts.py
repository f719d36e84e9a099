"""An invented family's happenings as entries of the chronology, child by child, without a feed between: no dirt, and
every source has the right child. For populations too large for files; what the feeds make of a family is writers/.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import zip_longest
from random import Random

from nightlight.domain.chronology import Chronology, Entry, Link, Source, Subject
from nightlight.domain.people import LinkKind, Part
from nightlight.sample.happenings import Happening, at
from nightlight.sample.harm import serious_harm
from nightlight.sample.organisations import LOCAL_AUTHORITY, POLICE, hospital_of, practice_of, school_of
from nightlight.sample.population import TOWNS, Family, Person
from nightlight.timeline.instants import END
from nightlight.timeline.partial import Partial

SYSTEM = "sample"
DISABLED = 0.11
"""The share of children with a disability: our assumption, drawn for each child alone, whatever their family."""

_PARENTS = ("mother", "father")
_STARTS = {
    "social_care.section_47": "section_47",
    "social_care.child_protection_plan": "plan",
    "health.admission": "admission",
}
_ADMITTED_FOR = frozenset({"asthma", "injury", "self_harm", "ingestion"})


@dataclass(frozen=True, slots=True)
class Grouping:
    """What a child is counted under, and where those who answer for them work. Never an input of an indicator."""

    child: str
    born: date
    area: str
    ethnicity: str
    disability: str
    organisations: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One thing to look back from, for one child."""

    child: str
    kind: str
    at: datetime


def chronologies(family: Family, happenings: Iterable[Happening]) -> Iterator[Chronology]:
    """What is on record of each child of a family."""
    people = {person.true_id: person for person in family.people()}
    entries: dict[str, list[Entry]] = {child.true_id: [] for child in family.children}
    for number, happening in enumerate(happenings):
        entry = _entry(f"{family.number:06d}-{number}", happening, people)
        for concerned in _concerned(family, happening):
            entries[concerned].append(entry)
    for child in family.children:
        yield Chronology(
            child=child.true_id,
            born=Partial.day(child.born),
            entries=tuple(entries[child.true_id]),
            links=tuple(_links(family, child)),
        )


def _concerned(family: Family, happening: Happening) -> Iterable[str]:
    """The children whom an entry may concern: those it is about, and all of the family's where it is about an adult."""
    about = [who for who in happening.about if who.startswith("C")]
    if about and len(about) == len(happening.about):
        return about
    return [child.true_id for child in family.children]


def _entry(id_: str, happening: Happening, people: dict[str, Person]) -> Entry:
    until = happening.until
    return Entry(
        id=id_,
        kind=happening.kind,
        subjects=tuple(_subjects(happening, people)),
        occurred=_occurred(happening),
        recorded=_instant(happening.written),
        until=None if until is None else Partial.day(until),
        attributes=happening.attributes,
        source=_source(happening.agency),
    )


@lru_cache(maxsize=64)
def _source(agency: str) -> Source:
    return Source(agency=agency, system=SYSTEM)


def _occurred(happening: Happening) -> Partial:
    """A week's register is of the week, which is over when it is written; all else is as it was said."""
    if happening.kind == "education.register":
        return Partial.day(happening.day + timedelta(days=4))
    return _instant(happening.when) if isinstance(happening.when, datetime) else Partial.day(happening.when)


@lru_cache(maxsize=16_384)
def _instant(when: datetime) -> Partial:
    return Partial.instant(when)


def _subjects(happening: Happening, people: dict[str, Person]) -> Iterator[Subject]:
    """Who took which part in it, and where it was: as the police feed has it (writers/police.py)."""
    if happening.kind != "police.incident":
        yield from (Subject(who) for who in happening.about)
        if happening.kind == "housing.condition" and happening.place is not None:
            yield Subject(happening.place.key)
        return
    hurt = happening.attributes["category"] == "domestic_abuse"
    present = happening.attributes["child_present"] == "present"
    for who in happening.about:
        if people[who].is_child:
            yield Subject(who, Part.SUBJECT if present else Part.MENTIONED)
        else:
            yield Subject(who, Part.HARMED if hurt else Part.ALLEGED_HARMER)
            hurt = False
    if happening.place is not None:
        yield Subject(happening.place.key)


def _links(family: Family, child: Person) -> Iterator[Link]:
    """The adults of the family, and where the child has lived."""
    for adult in family.adults:
        kind = LinkKind.PARENT if adult.role in _PARENTS else LinkKind.CARER
        yield Link(kind=kind, person=adult.true_id, other=child.true_id)
    for home, following in zip_longest(family.homes, family.homes[1:]):
        until = at(following.since, 0) if following else END
        yield Link(
            kind=LinkKind.RESIDENCE, person=child.true_id, other=home.address.key, since=at(home.since, 0), until=until
        )


# -- beside the facts


def grouping(family: Family, child: Person, *, seed: int, until: date) -> Grouping:
    """What a child is counted under: area (a town), ethnicity (the census code) and disability; and who answers."""
    rng = Random(f"{seed}/disability/{child.true_id}")  # noqa: S311 - play, not secrets
    answering = {
        "education": school_of(family, child, until) or "",
        "health.gp": practice_of(family),
        "health.hospital": hospital_of(family),
        "police": POLICE,
        "social_care": LOCAL_AUTHORITY,
    }
    return Grouping(
        child=child.true_id,
        born=child.born,
        area=TOWNS[family.locality % len(TOWNS)],
        ethnicity=child.ethnicity,
        disability="yes" if rng.random() < DISABLED else "no",
        organisations=tuple((agency, name) for agency, name in answering.items() if name),
    )


def outcomes(
    family: Family, happenings: Iterable[Happening], *, seed: int, until: date, years: int
) -> Iterator[Outcome]:
    """What to look back from: enquiries, plans and admissions as recorded, and serious harm, which no record tells.

    Each is at its first possible moment, so that nothing recorded of the day itself counts as seen before it.
    """
    for happening in happenings:
        kind = _STARTS.get(happening.kind)
        if kind is None or (kind == "admission" and happening.attributes.get("reason") not in _ADMITTED_FOR):
            continue
        for child in happening.about:
            yield Outcome(child, kind, _earliest(happening))
    rng = Random(f"{seed}/harm/{family.number}")  # noqa: S311
    for harm in serious_harm(family, rng, start=until - timedelta(days=365 * years), until=until):
        yield Outcome(harm.child, "serious_harm", harm.at)


def _earliest(happening: Happening) -> datetime:
    return happening.instant if isinstance(happening.when, datetime) else at(happening.when, 0)

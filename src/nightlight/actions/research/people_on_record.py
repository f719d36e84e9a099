"""Invented people as agencies have them on record, with the truth beside: what the linkage model is measured on.

People and mistakes are the sample's own (`sample`): spellings, old postcodes, former names, swaps, no number. Two
things differ. Those whom the sample makes almost eighteen on one of four days are spread over the years, since no
register has a day on which three children in a hundred were born. And a number is the child's own id: the practice has
the NHS number, the school and social care the UPN, the police neither.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import repeat
from random import Random

from nightlight.matcher.prepared import Prepared, prepare, rekeyed
from nightlight.sample import dirt, population

UNTIL = date(2025, 11, 23)
SOURCES = (("practice", "nhs_number", 1.0), ("school", "upn", 1.0), ("social care", "upn", 0.35), ("police", "", 0.3))


@dataclass(frozen=True, slots=True)
class Known:
    """A source's record of somebody, and who it truly is. moved: whether the family has had other homes."""

    record: Prepared
    truth: str
    family: int
    ethnicity: str
    born: date
    moved: bool
    child: bool


def known(children: int, *, seed: int = 1, jobs: int = 2) -> list[Known]:
    """Every record that four agencies have of so many children and their parents."""
    return [each for made in known_by_block(children, seed=seed, jobs=jobs) for each in made]


def known_by_block(children: int, *, seed: int = 1, jobs: int = 2) -> Iterator[list[Known]]:
    """The same, some thousands of families at a time: a million people need not be in memory at once."""
    blocks = list(population.blocks(children=children, seed=seed, size=5000))
    if jobs == 1 or len(blocks) == 1:
        yield from (_block(block, seed) for block in blocks)
        return
    with ProcessPoolExecutor(jobs) as pool:
        for first in range(0, len(blocks), 2 * jobs):  # no more made ahead than are asked for
            yield from pool.map(_block, blocks[first : first + 2 * jobs], repeat(seed))


def without_numbers(people: Iterable[Known]) -> list[Known]:
    """The same records with no NHS number and no UPN in them."""
    return [replace(each, record=_numberless(each.record)) for each in people]


def _numberless(record: Prepared) -> Prepared:
    return rekeyed(replace(record, nhs_number=None, upn=None))


def _block(block: population.Block, seed: int) -> list[Known]:
    counted = dirt.Dirt()
    return [
        each
        for family in population.families_of(block, seed=seed, until=UNTIL, years=3)
        for each in _family(replace(family, children=_spread(family.children, seed)), seed, counted)
    ]


def _family(family: population.Family, seed: int, counted: dirt.Dirt) -> Iterator[Known]:
    for person in family.people():
        yield from _records(person, family, seed, counted)


def _spread(children: tuple[population.Person, ...], seed: int) -> tuple[population.Person, ...]:
    """Children of almost eighteen, twins together, born on any day of their year or the years after."""
    edge = UNTIL - timedelta(days=365 * 18 - 40 - 28)
    new: dict[date, date] = {}
    for child in children:
        if child.born <= edge:
            chance = Random(f"{seed}/{child.true_id}/{child.born}")  # noqa: S311 - play, not secrets
            new.setdefault(child.born, child.born + timedelta(days=chance.randrange(365 * 9)))
    return tuple(replace(child, born=new.get(child.born, child.born)) for child in children)


def _records(person: population.Person, family: population.Family, seed: int, counted: dirt.Dirt) -> Iterator[Known]:
    chance = Random(f"{seed}/who knows/{person.true_id}")  # noqa: S311 - play, not secrets
    for system, number, share in SOURCES if person.is_child else SOURCES[2:]:
        if chance.random() >= share:
            continue
        held = dirt.as_written(
            person, family, system=system, feed=system, seed=seed, day=UNTIL, dirt=counted,
            identified=number if person.is_child else "",
        )  # fmt: skip
        sound = bool(number) and person.is_child and getattr(held, number) == getattr(person, number) != ""
        record = prepare(
            f"{system}:{person.true_id}", system=system, role="child" if person.is_child else "adult",
            given=held.given, family=held.family, born=held.born.isoformat(), sex=held.sex, postcode=held.postcode,
            nhs_number=_number(number, person, family) if sound and number == "nhs_number" else None,
            upn=_number(number, person, family) if sound and number == "upn" else None,
        )  # fmt: skip
        moved = len(family.homes) > 1
        yield Known(record, person.true_id, family.number, person.ethnicity, person.born, moved, person.is_child)


def _number(number: str, person: population.Person, family: population.Family) -> str:
    """A number of the child's own; but one practice in so many has the eldest under a neighbour's child's."""
    if number == "nhs_number" and family.number % 400 == 7 and person.true_id == family.children[0].true_id:
        return f"C{family.number - 1:06d}-1"
    return person.true_id

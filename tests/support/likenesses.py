"""Invented records that are hard to tell apart: spellings, swaps, twins, siblings, the nameless and the numberless."""

from __future__ import annotations

from random import Random

from nightlight.matcher.prepared import Prepared, prepare

GIVEN = (
    "Jon",
    "Jonathan",
    "Jonathon",
    "Muhammad",
    "Mohammed",
    "Aisha",
    "Ayesha",
    "Ella",
    "Elle",
    "Baby",
    "",
    "Kamila",
    "Nowak",
    "Khan",
    "J",
)
FAMILY = (
    "Nowak",
    "Novak",
    "Kowalska",
    "Kowalski",
    "Lewis-Grant",
    "Grant",
    "Jon",
    "Khan",
    "O'Brien",
    "OBrien",
    "Nowack",
    "",
)
BORN = (
    "2015-03-09",
    "2015-09-03",
    "2015-03-19",
    "2016-03-09",
    "2015",
    "2015-03",
    "",
    "2011-11-30",
    "2015-02-28",
    "2015-03-21",
)
POSTCODES = ("ZX1 0AA", "ZX1 0AB", "ZX10 0AA", "ZX1 0BC", "ZX9 9ZZ", None)
PLACES = ((), ("1 Mill Road",), ("1 Mill Rd",), ("14 Harbour Close",))
NUMBERS = (None, None, None, "9990000018", "9990000026", "9990000019")
ROLES = ("child", "child", "", "adult")


def record(chance: Random, ident: str) -> Prepared:
    """One record, drawn from values that clash with one another."""
    return prepare(
        ident, system=chance.choice("stuv"), role=chance.choice(ROLES), given=chance.choice(GIVEN),
        family=chance.choice(FAMILY), born=chance.choice(BORN), sex=chance.choice(("F", "M", "", "U")),
        postcode=chance.choice(POSTCODES), lines=chance.choice(PLACES), nhs_number=chance.choice(NUMBERS),
        upn=chance.choice(NUMBERS), number=chance.choice(NUMBERS), compartment=chance.choice(("", "", "", "sealed")),
    )  # fmt: skip


def records(seed: int, count: int) -> list[Prepared]:
    """So many records of one seed."""
    chance = Random(seed)
    return [record(chance, f"r{n:03d}") for n in range(count)]

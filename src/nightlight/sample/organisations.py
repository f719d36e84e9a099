"""The invented partnership's organisations: schools, practices, hospitals, one force, one local authority.

Which school or practice a family belongs to follows from its locality alone, so that it stays the same whatever the
size of the population.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from nightlight.sample.population import LOCALITIES_TO_A_PRACTICE, LOCALITIES_TO_A_SECONDARY, Family, Person
from nightlight.sample.terms import year_group

LOCAL_AUTHORITY = "Calderwick Council"
LOCAL_AUTHORITY_CODE = "local-authority"
POLICE = "Calder Valley Constabulary"
_FIRST = (
    "Fernbank", "Larkrise", "Millbrook", "Stonegate", "Ashdown Lane", "Beacon Hill", "Copperfield", "Dovecote",
    "Elmbridge", "Foxglove", "Greenway", "Hollybush", "Ivybridge Road", "Juniper Park", "Kingsmead", "Lantern Hill",
)  # fmt: skip
_HOSPITALS = ("Royal Calderwick Hospital", "Saltmarsh General Hospital")


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One file or folder that one organisation sends, as `nightlight ingest` is told of it."""

    feed: str
    path: str
    agency: str
    organisation: str
    organisation_name: str
    system: str
    mapping: str | None = None
    about: Mapping[str, Any] = field(default_factory=dict)


def _named(number: int) -> str:
    """Sixteen names, then the same with a number: `Fernbank 2`."""
    again = number // len(_FIRST)
    return _FIRST[number % len(_FIRST)] + (f" {again + 1}" if again else "")


def slug(name: str) -> str:
    """
    >>> slug("Ashdown Lane 2 Primary School")
    'ashdown-lane-2-primary-school'
    """
    return "-".join("".join(c if c.isalnum() else " " for c in name.lower()).split())


def school_name(locality: int, *, secondary: bool) -> str:
    if secondary:
        return f"{_named(locality // LOCALITIES_TO_A_SECONDARY)} Academy"
    return f"{_named(locality)} Primary School"


def school_of(family: Family, child: Person, day: date) -> str | None:
    """The name of the school that a child goes to on a day, or None before reception."""
    group = year_group(child.born, day)
    if group < 0 or group > 13:
        return None
    return school_name(family.locality, secondary=group >= 7)


def keeps_wide_registers(school: str) -> bool:
    """Whether a school prints its register wide, one row a pupil, as two in three do; the rest print one row a mark."""
    return sum(school.encode()) % 3 != _LONG_REMAINDER


_LONG_REMAINDER = sum(b"Fernbank Primary School") % 3
"""The first school's register is long, so that both are there however few the children."""


def practice_of(family: Family) -> str:
    return f"{_named(family.locality // LOCALITIES_TO_A_PRACTICE)} Surgery"


def hospital_of(family: Family) -> str:
    return _HOSPITALS[family.locality % 2]

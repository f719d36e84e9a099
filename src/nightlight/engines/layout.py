"""How a fact lies in columns: the number of its kind, agency, part and path, and where its attributes stand.

Each kind's attributes have their own places among a few value columns. A number is kept in millionths, a word as a code
of 63 bits, a moment as its code, its earliest and its latest instant. What does not fit exactly is refused
(`BeyondError`), never rounded.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import blake2b
from types import MappingProxyType
from typing import Any

from nightlight.domain.agencies import AGENCIES
from nightlight.domain.kinds import KINDS, WHEN, Kind
from nightlight.domain.people import Part
from nightlight.engines.errors import BeyondError
from nightlight.indicators.checks import is_numeric
from nightlight.indicators.nodes import PATHS
from nightlight.timeline.instants import BEGINNING, END, DateTextError
from nightlight.timeline.partial import Partial
from nightlight.timeline.steps import exact

MISSING = -(2**63)
"""In a value column: not written down."""
MILLION = 1_000_000
LARGEST = 2**52
"""The largest number that a column holds, in millionths: a thousand of them can still be added and compared."""

WHAT, AT, ENDS, KNOWN, GONE, VALUES = range(6)
"""The rows of a fact's columns: what it is, when it happened and was over, when it was known; then its values."""

KIND_IDS: Mapping[str, int] = MappingProxyType({name: number for number, name in enumerate(KINDS)})
AGENCY_IDS: Mapping[str, int] = MappingProxyType({name: number for number, name in enumerate(AGENCIES)})
PART_IDS: Mapping[Part, int] = MappingProxyType({part: number for number, part in enumerate(Part)})
PATH_IDS: Mapping[str, int] = MappingProxyType({path: number for number, path in enumerate(PATHS)})

AGENCY_AT, PART_AT, PATH_AT = 10, 20, 24
"""Bits at which the numbers of the agency, the part and the path start in a fact's `what`; the kind's is at 0."""
KIND_MASK, AGENCY_MASK, PART_MASK, PATH_MASK = 0x3FF, 0x3FF, 0xF, 0x3
PART_BIT, PATH_BIT = 40, 56
"""Where parts and paths start in a filter's set of bits; agencies are at 0."""


def _places(kind: Kind) -> dict[str, int]:
    places: dict[str, int] = {}
    place = 0
    for name, attribute in kind.attributes.items():
        places[name] = place
        place += 3 if attribute is WHEN else 1
    return places


PLACES: Mapping[str, Mapping[str, int]] = MappingProxyType({name: _places(kind) for name, kind in KINDS.items()})
"""For each kind, the value column of each attribute; of a moment the first of its three."""
WIDTH = max(sum(3 if a is WHEN else 1 for a in kind.attributes.values()) for kind in KINDS.values())
"""How many value columns there are."""

_NUMERIC = frozenset((k.name, n) for k in KINDS.values() for n, a in k.attributes.items() if is_numeric(a))
_MOMENTS = frozenset((k.name, n) for k in KINDS.values() for n, a in k.attributes.items() if a is WHEN)
_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
_MICROSECOND = timedelta(microseconds=1)


def micros(moment: datetime) -> int:
    """Microseconds since 1970 began in UTC; the unbounded ends are the first and last that there are.

    >>> micros(_EPOCH + timedelta(seconds=2))
    2000000
    """
    since = moment - _EPOCH
    return (since.days * 86_400 + since.seconds) * MILLION + since.microseconds


def instant(at: int) -> datetime:
    """The moment of a number of microseconds.

    >>> instant(2000000).isoformat()
    '1970-01-01T00:00:02+00:00'
    """
    return _EPOCH + timedelta(microseconds=at)


FIRST, LAST = micros(BEGINNING), micros(END)


def is_moment(kind: str, attribute: str) -> bool:
    """Whether the attribute holds a date or an instant."""
    return (kind, attribute) in _MOMENTS


def tag(kind: str, agency: str, part: Part, through: str) -> int:
    """What sort of fact it is, in one number."""
    if agency not in AGENCY_IDS:
        raise BeyondError(f"An entry of {kind} is from an agency that is not in domain/agencies.py.")
    return KIND_IDS[kind] | AGENCY_IDS[agency] << AGENCY_AT | PART_IDS[part] << PART_AT | PATH_IDS[through] << PATH_AT


@lru_cache(maxsize=65_536)
def word(text: str) -> int:
    """The code of a word: 63 bits of its digest, so that every file and every machine gives it the same one.

    Two of a million different words have the same code with a chance of one in ten million.

    >>> word("asthma") == word("asthma") != word("diabetes")
    True
    """
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big") >> 1


@lru_cache(maxsize=65_536, typed=True)
def millionths(number: int | float) -> int:
    """The number in millionths, exactly.

    >>> millionths(0.1), millionths(3)
    (100000, 3000000)
    """
    scaled: Any = exact(number) * MILLION
    if scaled.denominator != 1 or abs(scaled) > LARGEST:
        raise BeyondError("A number has more than six decimals, or is too large to be added up in millionths.")
    return int(scaled)


def values(kind: str, attributes: Mapping[str, Any]) -> list[tuple[int, int]]:
    """The value columns that a fact's attributes fill: (column, value)."""
    found: list[tuple[int, int]] = []
    places = PLACES[kind]
    for name, value in attributes.items():
        place = places.get(name)
        if place is None or value is None:
            continue
        if (kind, name) in _NUMERIC:
            found.append((place, _number(kind, name, value)))
        elif isinstance(value, str):
            found.append((place, word(value)))
            if (kind, name) in _MOMENTS:
                found += ((place + 1 + k, at) for k, at in enumerate(_moment(value)))
        else:
            found.append((place, int(value)))
    return found


def _number(kind: str, name: str, value: int | float) -> int:
    try:
        return millionths(value)
    except BeyondError:
        raise BeyondError(
            f"{name} of an entry of {kind} has more than six decimals, or is too large to be added up in millionths. "
            "Correct it at its source; live, the reference evaluates that child."
        ) from None


@lru_cache(maxsize=65_536)
def _moment(text: str) -> tuple[int, ...]:
    try:
        said = Partial.parse(text)
    except DateTextError:
        return ()
    return micros(said.earliest), micros(said.latest)

"""One source's record of a person, made ready to be compared: folded, spelt one way, and with the keys it is found by.

What is here is worked out once, stored, and read by Splink and by the scorer alike. Two records are compared only
when they share a key; a key depends on its own record alone, so that the order in which records come changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from hashlib import blake2b
from typing import NamedTuple

from nightlight.matcher import names

_SEPARATOR = "\x1f"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A record as it is compared. What is not known is None, or empty where there may be several.

    born: `yyyymmdd` where the day is known. born_year: also where only the year is. born_turned: `born` with day and
    month exchanged, where that is a date. compartment: of a sealed or adopted child's record; records of different
    compartments are never one person. number: one that is compared and not decided by (in benchmarks).
    """

    id: str
    system: str = ""
    role: str = ""
    given: str | None = None
    given_spelling: str | None = None
    given_sound: str | None = None
    given_roots: tuple[str, ...] = ()
    family: str | None = None
    family_spelling: str | None = None
    family_sound: str | None = None
    family_parts: tuple[str, ...] = ()
    born: str | None = None
    born_year: str | None = None
    born_turned: str | None = None
    sex: str | None = None
    postcode: str | None = None
    place: str | None = None
    nhs_number: str | None = None
    upn: str | None = None
    number: str | None = None
    compartment: str = ""
    keys: tuple[int, ...] = ()

    @property
    def whole(self) -> str | None:
        """The two names as one, where both are known."""
        return f"{self.given} {self.family}" if self.given and self.family else None


FIELDS = tuple(each.name for each in fields(Prepared))
LISTS = ("given_roots", "family_parts", "keys")
_PACKED = FIELDS[:-1]


class _Row(NamedTuple):
    """The fields of a record in their order, as text; nothing known is the empty text."""

    id: str
    system: str
    role: str
    given: str
    given_spelling: str
    given_sound: str
    roots: str
    family: str
    family_spelling: str
    family_sound: str
    parts: str
    born: str
    born_year: str
    born_turned: str
    sex: str
    postcode: str
    place: str
    nhs_number: str
    upn: str
    number: str
    compartment: str


class Packed(_Row):
    """A stored record, read no further than is asked for: most that are found by a key are soon seen to be others'."""

    __slots__ = ()

    @property
    def given_roots(self) -> tuple[str, ...]:
        """What the given name may be."""
        return tuple(self.roots.split(" ")) if self.roots else ()

    @property
    def family_parts(self) -> tuple[str, ...]:
        """The parts of the family name."""
        return tuple(self.parts.split(" ")) if self.parts else ()

    @property
    def whole(self) -> str | None:
        """The two names as one, where both are known."""
        return f"{self.given} {self.family}" if self.given and self.family else None


Comparable = Prepared | Packed
"""What comparisons read."""


def prepare(
    id: str,  # noqa: A002 - the record's own
    *,
    system: str = "",
    role: str = "",
    given: str = "",
    family: str = "",
    born: str = "",
    sex: str = "",
    postcode: str | None = None,
    lines: tuple[str, ...] = (),
    nhs_number: str | None = None,
    upn: str | None = None,
    number: str | None = None,
    compartment: str = "",
) -> Prepared:
    """A record made ready. `born` is `2015-03-01`, `2015-03` or `2015`; numbers and postcode are normal already.

    >>> one = prepare("a", given="Mohammed", family="El-Masri", born="2015-03-01")
    >>> one.given_spelling, one.family_spelling, one.born_turned
    ('muhammad', 'almasri', '20150103')
    """
    first, last = names.given_of(given), names.joined(family)
    day = born.replace("-", "") if len(born) == 10 else None
    spelt, last_spelt = names.spelling(first), names.family_spelling(last)
    first_sound, last_sound = names.sound(spelt), names.sound(last_spelt)
    sexed = sex.upper() if sex.upper() in ("F", "M") else None
    post, place = postcode.replace(" ", "") if postcode else None, names.joined(lines[0]) or None if lines else None
    keys = _keys(first_sound, last_sound, day, born[:4], post, place, nhs_number, upn, number)
    return Prepared(
        id=id, system=system, role=role,
        given=first or None, given_spelling=spelt or None, given_sound=first_sound or None,
        given_roots=names.roots(first) if first else (),
        family=last or None, family_spelling=last_spelt or None, family_sound=last_sound or None,
        family_parts=_parts(family),
        born=day, born_year=born[:4] or None, born_turned=_turned(day), sex=sexed,
        postcode=post, place=place, nhs_number=nhs_number or None, upn=upn or None, number=number or None,
        compartment=compartment, keys=_digests(keys),
    )  # fmt: skip


def rekeyed(record: Prepared) -> Prepared:
    """A record with the keys that follow from what it holds now."""
    return replace(record, keys=_digests(keys_of(record)))


def keys_of(record: Comparable) -> Iterator[str]:
    """What a record is found by, in full: what is kept of it is a digest of each."""
    return _keys(
        record.given_sound or "", record.family_sound or "", record.born or None, record.born_year or "",
        record.postcode or None, record.place or None, record.nhs_number, record.upn, record.number,
    )  # fmt: skip


def _parts(family: str) -> tuple[str, ...]:
    """The parts of a double-barrelled name, each in its one spelling."""
    return tuple(sorted({names.family_spelling(part) for part in names.fold(family).split() if len(part) > 2}))


def _turned(day: str | None) -> str | None:
    if day is None or int(day[6:]) > 12 or day[4:6] == day[6:]:
        return None
    return day[:4] + day[6:] + day[4:6]


def _keys(
    first: str, last: str, day: str | None, year: str, postcode: str | None, place: str | None,
    nhs_number: str | None, upn: str | None, number: str | None,
) -> Iterator[str]:  # fmt: skip
    """What a record is found by. Names are in the order of the alphabet, days and months of size: a swap finds them."""
    for kind, value in (("nhs", nhs_number), ("upn", upn), ("number", number)):
        if value:
            yield f"{kind} {value}"
    pair = " ".join(sorted((first, last))) if first and last else ""
    if day:
        month_day = " ".join(sorted((day[4:6], day[6:])))
        if first:
            yield f"bg {year} {month_day} {first[:2]}"
        if last:
            yield f"bf {year} {month_day} {last[:2]}"
        if pair:
            yield f"nd {month_day} {pair}"
        if postcode:
            yield f"pd {postcode} {year} {day[4:6]}"
    if pair and year:
        yield from (f"{key} {pair}" for key in _in_a_year(year, day))
    if postcode and first:
        yield f"pg {postcode} {first[:2]}"
    if postcode and pair:
        yield f"pn {postcode[:-2]} {pair}"
    if place and postcode and year:
        yield f"pp {place} {postcode} {year}"


def _in_a_year(year: str, day: str | None) -> Iterator[str]:
    """By what a birth date is found that is near this one in its year: its month, its day, or its figures exchanged.

    A whole year by itself finds a dozen of one name for one that is near. One whose day is not known may be any.
    """
    if not day:
        yield from (f"nm {year} {month:02d}" for month in range(1, 13))
        return
    yield f"nm {year} {day[4:6]}"
    yield f"ny {year} {day[6:]}"
    across = day[4] + day[6] + day[5] + day[7]
    if across != day[4:] and "01" <= across[:2] <= "12" and "01" <= across[2:] <= "31":
        yield f"nx {year} {min(across, day[4:])}"


def _digests(keys: Iterator[str]) -> tuple[int, ...]:
    return tuple(sorted({_digest(key) for key in keys}))


def _digest(key: str) -> int:
    return int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), "big", signed=True)


def pack(record: Prepared) -> str:
    """A record as one line of text, as the store keeps it beside its keys."""
    values = (getattr(record, name) for name in _PACKED)
    return _SEPARATOR.join(" ".join(v) if isinstance(v, tuple) else v or "" for v in values)


def opened(text: str) -> Packed:
    """The record that `pack` wrote, but for its keys.

    >>> one = opened(pack(prepare("a", given="Ama", born="2015")))
    >>> one.given, one.given_roots, one.born
    ('ama', ('ama',), '')
    """
    return Packed._make(text.split(_SEPARATOR))

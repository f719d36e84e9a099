"""Realistic dirt, each piece drawn by seed and counted: how a source has a person wrong, and which records come broken.

A source keeps the same mistake for as long as it keeps the person. What is dirt is written down in the manifest with
what a reader is meant to do about it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from hashlib import blake2b
from random import Random
from types import MappingProxyType

from nightlight.sample import names
from nightlight.sample.population import Address, Family, Person

FATES: Mapping[str, str] = MappingProxyType(
    {
        "missing_identifier": "accepted; matched by name, birth date and postcode, or waiting",
        "misspelt_name": "accepted; matched by identifier, or waiting",
        "swapped_names": "accepted; waiting for a person to decide",
        "former_name": "accepted; matched by identifier, or waiting",
        "old_postcode": "accepted; matched by identifier, or waiting",
        "day_and_month_swapped": "accepted; matched by identifier, or waiting",
        "shared_nhs_number": "accepted; waiting: two children are recorded under one number",
        "bad_check_digit": "the number refused, the person kept without it",
        "slashed_dates": "accepted: dates as dd/mm/yyyy",
        "repeated_record": "accepted once",
        "late_record": "accepted; counts from when it was written down",
        "truncated_last_line": "refused; the rest of the file is kept",
        "unknown_code": "refused",
        "wrong_encoding": "refused",
        "broken_json": "accepted: the column's outcome is salvaged",
        "truncated_json": "the record kept as far as it can be read, the rest of the column refused",
    }
)
"""Each kind of dirt and what is meant to become of it."""


@dataclass(slots=True)
class Dirt:
    """Counts of the dirt that was made: in all, and by feed."""

    made: Counter[str] = field(default_factory=Counter)
    by_feed: Counter[tuple[str, str]] = field(default_factory=Counter)

    def note(self, code: str, feed: str, times: int = 1) -> None:
        if code not in FATES:
            raise KeyError(f"dirt {code!r} has no fate: add it to FATES")
        self.made[code] += times
        self.by_feed[feed, code] += times

    def as_counts(self) -> dict[str, dict[str, int]]:
        """Feed to code to count, for the manifest."""
        counts: dict[str, dict[str, int]] = {}
        for (feed, code), number in sorted(self.by_feed.items()):
            counts.setdefault(feed, {})[code] = number
        return counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A person as one source has them. `source_id` is the source's own and says nothing of any other source's."""

    source_id: str
    person: Person
    given: str
    family: str
    born: date
    sex: str
    nhs_number: str
    upn: str
    address: Address
    postcode: str


def source_id(system: str, true_id: str) -> str:
    """A source's own id of a person: eleven digits with no meaning.

    >>> source_id("sims:a", "C000001-1") == source_id("emis:b", "C000001-1")
    False
    """
    digest = blake2b(f"{system}/{true_id}".encode(), digest_size=8).digest()
    return f"{int.from_bytes(digest, 'big') % 10**11:011d}"


def as_written(
    person: Person, family: Family, *, system: str, feed: str, seed: int, day: date, dirt: Dirt, identified: str = ""
) -> Written:
    """A person as a source has them on a day. `identified`: the number this source would hold ("nhs_number" or "upn").

    The two case families are written as they are: a demonstration must find them.
    """
    clean = Written(
        source_id=source_id(system, person.true_id), person=person, given=person.given, family=person.family,
        born=person.born, sex=person.sex, nhs_number=person.nhs_number, upn=person.upn, address=family.home_on(day),
        postcode=family.home_on(day).postcode,
    )  # fmt: skip
    if family.number < 0:
        return clean
    rng = Random(f"{seed}/{system}/{person.true_id}")  # noqa: S311 - play, not secrets
    return _numbers(_names(_moved(clean, family, rng, feed, dirt), rng, feed, dirt), rng, feed, dirt, identified)


def _moved(written: Written, family: Family, rng: Random, feed: str, dirt: Dirt) -> Written:
    person, earlier = written.person, [h.address for h in family.homes if h.address is not written.address]
    if person.former_family and rng.random() < 0.4:
        dirt.note("former_name", feed)
        written = replace(written, family=person.former_family)
    if earlier and rng.random() < 0.12:
        dirt.note("old_postcode", feed)
        written = replace(written, address=earlier[-1], postcode=earlier[-1].postcode)
    if rng.random() < 0.004 and person.born.day <= 12 and person.born.day != person.born.month:
        dirt.note("day_and_month_swapped", feed)
        written = replace(written, born=person.born.replace(day=person.born.month, month=person.born.day))
    return written


def _names(written: Written, rng: Random, feed: str, dirt: Dirt) -> Written:
    roll = rng.random()
    if roll < 0.006:
        dirt.note("swapped_names", feed)
        return replace(written, given=written.family, family=written.given)
    if roll < 0.05:
        dirt.note("misspelt_name", feed)
        if rng.random() < 0.6:
            return replace(written, given=misspelt(written.given, rng))
        return replace(written, family=misspelt(written.family, rng))
    return written


def _numbers(written: Written, rng: Random, feed: str, dirt: Dirt, identified: str) -> Written:
    number = getattr(written, identified) if identified else ""
    if not number:
        return written
    roll = rng.random()
    if roll < 0.15:
        dirt.note("missing_identifier", feed)
        return _with_number(written, identified, "")
    if roll < 0.16:
        dirt.note("bad_check_digit", feed)
        return _with_number(written, identified, wrong_check(number))
    return written


def _with_number(written: Written, identified: str, number: str) -> Written:
    return replace(written, nhs_number=number) if identified == "nhs_number" else replace(written, upn=number)


def wrong_check(number: str) -> str:
    """The number with one digit wrong, so that its check no longer holds.

    >>> wrong_check("9990000018")
    '9990000019'
    """
    return number[:-1] + ("0" if number[-1] == "9" else str(int(number[-1]) + 1))


def misspelt(name: str, rng: Random) -> str:
    """Another spelling of a name: one that it is met in, or a slip of the keys."""
    if name in names.SPELLINGS:
        return rng.choice(names.SPELLINGS[name])
    if len(name) < 4:
        return name + name[-1]
    at = rng.randrange(1, len(name) - 1)
    slip = rng.randrange(3)
    if slip == 0:
        return name[:at] + name[at + 1] + name[at] + name[at + 2 :]
    return name[:at] + name[at + 1 :] if slip == 1 else name[:at] + name[at] + name[at:]

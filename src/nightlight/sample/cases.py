"""The two invented case families, moved in time and written through the same feeds as everybody else.

Family R's conference is on the last Friday before the sample's last day, so that a child is found in danger; Family
Q is as busy and nothing is wrong. Their names and numbers are fixed and recorded in the manifest. What no feed has a
place for (housing, adult services, meetings, the harm itself) is left out and listed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from importlib.resources import files
from typing import Any

import yaml

from nightlight.sample import numbers
from nightlight.sample.happenings import LONDON, Happening
from nightlight.sample.population import Address, Family, Home, Person, postcode

_CONFERENCE = date(2025, 11, 21)
"""The Friday of Family R's conference in its case file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A case family: its people, what happened, and its facts by id for the list of what was left out."""

    name: str
    family: Family
    happenings: tuple[Happening, ...]


_NAMES = {
    "family-r": ("Robin", "Example-Rook", "M", "Morgan", "Felix"),
    "family-q": ("Quinn", "Example-Quill", "F", "Marian", "Jasper"),
}
_NHS_NINE = {"family-r": "999999901", "family-q": "999999902"}


def nhs_number(case: str) -> str:
    """The case child's fixed NHS number: the first valid one from its own tens of the never-issued range."""
    nine = int(_NHS_NINE[case])
    while (digit := numbers.nhs_check_digit(str(nine))) is None:
        nine += 10
    return f"{nine}{digit}"


def last_friday_before(day: date) -> date:
    """
    >>> last_friday_before(date(2026, 11, 23)), last_friday_before(date(2026, 11, 20))
    (datetime.date(2026, 11, 20), datetime.date(2026, 11, 13))
    """
    return day - timedelta(days=(day.weekday() - 5) % 7 + 1)


def shift_for(until: date) -> timedelta:
    """How far the cases move: whole weeks, so that a Friday stays a Friday."""
    return last_friday_before(until) - _CONFERENCE


def cases(until: date) -> Iterator[Case]:
    """The case families as they stand on the last day."""
    for number, name in enumerate(_NAMES, start=1):
        text = (files("nightlight.sample") / f"{name}.yaml").read_text(encoding="utf-8")
        document = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - safe loaders
        yield _case(name, number, document, shift_for(until), until)


def _case(name: str, number: int, document: Mapping[str, Any], shift: timedelta, until: date) -> Case:
    people = _people(name, number, document, shift)
    places = {key: _address(name, number, i, key) for i, key in enumerate(document["addresses"])}
    family = Family(
        number=-number, name=people["child"].family, locality=0, children=(people["child"],),
        adults=tuple(p for key, p in people.items() if key != "child"),
        homes=tuple(_homes(document, places, shift)),
    )  # fmt: skip
    end = datetime.combine(until, time(), LONDON).astimezone(UTC)
    facts = [_happening(entry, people, places, shift) for entry in document["entries"]]
    return Case(name=name, family=family, happenings=tuple(f for f in facts if f.written < end))


def _people(name: str, number: int, document: Mapping[str, Any], shift: timedelta) -> dict[str, Person]:
    given, family, sex, mother, father = _NAMES[name]
    born = document["people"]["child"]["born"] + shift
    people = {
        "child": Person(
            true_id=f"case-{name}-child", role="child", given=given, family=family, born=born, sex=sex,
            ethnicity="NOBT", nhs_number=nhs_number(name), upn=numbers.upn(number, born.year + 4),
        ),
    }  # fmt: skip
    for role, first, years in (("mother", mother, 27), ("father", father, 30)):
        people[role] = Person(
            true_id=f"case-{name}-{role}", role=role, given=first, family=family, sex="F" if role == "mother" else "M",
            born=born - timedelta(days=365 * years), ethnicity="NOBT",
        )  # fmt: skip
    return people


def _address(name: str, number: int, index: int, key: str) -> Address:
    serial = 99_990_000 + number * 10 + index
    return Address(
        f"case-{name}-{key}",
        str(index + 1),
        "Example Row",
        "Aldmoor",
        postcode(0, 29 - 3 * number - index),
        numbers.uprn(serial),
    )


def _homes(document: Mapping[str, Any], places: Mapping[str, Address], shift: timedelta) -> Iterator[Home]:
    """Where the tenancy says; a friend's address that no agency knew of is nobody's record of where they live."""
    for entry in document["entries"]:
        if entry["kind"] == "housing.residence" and entry["attributes"]["basis"] == "tenancy":
            yield Home(entry["when"] + shift, places[entry["attributes"]["address"]])


def _happening(
    entry: Mapping[str, Any], people: Mapping[str, Person], places: Mapping[str, Address], shift: timedelta
) -> Happening:
    about = tuple(people[key].true_id for key in entry["about"] if key in people)
    place = next((places[key] for key in entry["about"] if key in places), None)
    recorded = entry.get("recorded")
    return Happening(
        kind=entry["kind"], agency=entry["agency"], when=_moved(entry["when"], shift), about=about, place=place,
        until=_moved(entry["until"], shift) if "until" in entry else None,
        attributes=entry.get("attributes", {}), words=entry.get("words", ""), text=entry.get("text", ""),
        recorded=_instant(recorded, shift) if recorded is not None else None, mark=entry["id"],
    )  # fmt: skip


def _moved(when: Any, shift: timedelta) -> Any:
    """Days move by whole days; a moment keeps its time on a clock in England."""
    if isinstance(when, datetime):
        return (when.astimezone(LONDON).replace(tzinfo=None) + shift).replace(tzinfo=LONDON).astimezone(UTC)
    return when + shift


def _instant(when: Any, shift: timedelta) -> datetime:
    moved = _moved(when, shift)
    return moved if isinstance(moved, datetime) else datetime.combine(moved, time(12), LONDON).astimezone(UTC)

"""Two descriptions of a person side by side, with what differs marked in words."""

from __future__ import annotations

from dataclasses import dataclass

from nightlight.domain.people import normal_name
from nightlight.store.people.models import Person, SourcePerson
from nightlight.timeline import Partial

_SEXES = {"M": "Male", "F": "Female"}


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that both may say: what it is, what each says, and how they compare (same, differs, unknown)."""

    name: str
    theirs: str
    ours: str
    state: str
    words: str


def lines(row: SourcePerson, person: Person) -> tuple[Line, ...]:
    """The source's record and one person, line by line."""
    return tuple(
        _line(name, theirs, ours, same)
        for name, theirs, ours, same in (
            ("First name", row.given, person.given, normal_name(row.given) == normal_name(person.given)),
            ("Family name", row.family, person.family, normal_name(row.family) == normal_name(person.family)),
            ("Born", born(row.born), born(person.born), row.born == person.born),
            ("Sex", sex(row.sex), sex(person.sex), row.sex == person.sex),
            ("NHS number", number(row.nhs_number), number(person.nhs_number), row.nhs_number == person.nhs_number),
            ("UPN", row.upn, person.upn, row.upn == person.upn),
            ("Postcode", row.postcode, person.postcode, row.postcode == person.postcode),
        )
    )


def _line(name: str, theirs: str, ours: str, same: bool) -> Line:
    if not theirs or not ours:
        words = "neither says" if not (theirs or ours) else "only one says"
        return Line(name, theirs, ours, "unknown", words)
    return Line(name, theirs, ours, "same" if same else "differs", "the same" if same else "different")


def born(text: str) -> str:
    return Partial.parse(text).describe() if text else ""


def sex(code: str) -> str:
    return _SEXES.get(code, code)


def number(nhs: str) -> str:
    """An NHS number as it is printed: 999 000 0018."""
    return f"{nhs[:3]} {nhs[3:6]} {nhs[6:]}" if len(nhs) == 10 else nhs


def said(row: SourcePerson) -> list[tuple[str, str]]:
    """What a source says of somebody, line by line; what it does not say is left out."""
    details = [(name.replace("_", " ").capitalize(), str(value)) for name, value in row.details.items() if value]
    plain = [
        ("Name", f"{row.given} {row.family}".strip()),
        ("Born", born(row.born)),
        ("Sex", sex(row.sex)),
        ("NHS number", number(row.nhs_number)),
        ("UPN", row.upn),
        ("Postcode", row.postcode),
    ]
    return [(name, value) for name, value in (*plain, *details) if value]


def called(row: SourcePerson | Person) -> str:
    """What to call somebody in a list."""
    return f"{row.given} {row.family}".strip() or "Name not given"

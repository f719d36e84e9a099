"""Two descriptions of a person side by side, with what differs marked in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from nightlight.actions.matching.deciding import Proposed
from nightlight.domain.people import normal_name
from nightlight.matcher.explaining import Ground
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
            ("Sex", sex(row.sex), sex(person.sex), sex(row.sex) == sex(person.sex)),
            ("NHS number", number(row.nhs_number), number(person.nhs_number), row.nhs_number == person.nhs_number),
            ("UPN", row.upn, person.upn, row.upn == person.upn),
            ("Postcode", row.postcode, person.postcode, row.postcode == person.postcode),
        )
    )


@dataclass(frozen=True, slots=True)
class Weighed:
    """What the model makes of two records: in words, as a picture, and field by field."""

    words: str
    picture: Markup
    grounds: tuple[Ground, ...]


def weighed(proposed: Proposed) -> Weighed | None:
    """The grounds for and against, where the model has any."""
    if proposed.likely is None:
        return None
    verdict, grounds = proposed.likely.verdict, proposed.likely.grounds
    words = f"Of 100 pairs that compare like this, about {_of_a_hundred(verdict.probability)} are one person. "
    words += "What decides is yours to say: the figure counts fields, and knows nothing of the family."
    return Weighed(words, chart(grounds), grounds)


def _of_a_hundred(probability: float) -> str:
    if probability > 0.99:
        return "99 or more"
    return "fewer than 1" if probability < 0.01 else str(round(100 * probability))


_ROW, _MIDDLE, _WIDEST, _WIDTH = 26, 390, 170, 600
_MOST_BITS = 20.0
_OPEN = (
    '<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {} {}" width="100%" font-size="14" '
    'font-family="Arial, Helvetica, sans-serif"><title>What speaks for and against one person: {}</title>'
    '<text x="{}" y="14" text-anchor="end" fill="#505a5f">two people</text>'
    '<text x="{}" y="14" fill="#505a5f">one person</text>'
)
_BAR = '<text x="0" y="{}" fill="#0b0c0c">{}</text><rect x="{:.1f}" y="{}" width="{:.1f}" height="16" fill="{}"/>'
_CLOSE = '<line x1="{0}" x2="{0}" y1="0" y2="{1}" stroke="#0b0c0c"/></svg>'


def chart(grounds: Sequence[Ground]) -> Markup:
    """The weights as bars from a middle line: for to the right, against to the left; the same in words beside."""
    height = _ROW * len(grounds) + 24
    said = "; ".join(f"{ground.title}: {ground.times}" for ground in grounds)
    opening = Markup(_OPEN).format(_WIDTH, height, said, _MIDDLE - 8, _MIDDLE + 8)  # noqa: S704 - our own constant
    bars = [_bar(at, ground) for at, ground in enumerate(grounds)]
    return Markup("").join([opening, *bars, Markup(_CLOSE).format(_MIDDLE, height)])  # noqa: S704


def _bar(at: int, ground: Ground) -> Markup:
    top = 24 + at * _ROW
    wide = min(abs(ground.weight), _MOST_BITS) / _MOST_BITS * _WIDEST
    left = _MIDDLE if ground.weight > 0 else _MIDDLE - wide
    colour = "#1d70b8" if ground.weight > 0 else "#d4351c"
    return Markup(_BAR).format(top + 14, ground.title, left, top + 2, wide, colour)  # noqa: S704


def _line(name: str, theirs: str, ours: str, same: bool) -> Line:
    if not theirs or not ours:
        words = "neither says" if not (theirs or ours) else "only one says"
        return Line(name, theirs, ours, "unknown", words)
    return Line(name, theirs, ours, "same" if same else "differs", "the same" if same else "different")


def born(text: str) -> str:
    return Partial.parse(text).describe() if text else ""


def sex(code: str) -> str:
    return _SEXES.get(code.upper(), code)


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

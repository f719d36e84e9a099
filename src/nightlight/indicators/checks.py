"""What an expression may be made of: each check refuses by name, and says what to write instead.

Checked when an expression is written, against `domain/kinds.py`. No check looks at a child's facts.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from nightlight.domain.kinds import WHEN, Attribute, Kind

_SUGGESTED = 3
_DECIMALS = 15
OF_AGENCY = "agency"
"""What every entry has, whatever its kind: entries may be told apart by it."""


class IndicatorError(ValueError):
    """Something wrong with an indicator, not with a child's facts."""


class NodeError(IndicatorError):
    """An expression that cannot mean anything: what was wrong, and what to write instead."""

    def __init__(self, problem: str, instead: str) -> None:
        super().__init__(f"{problem}. {instead}")
        self.problem = problem
        self.instead = instead


def instead_of(wrong: object, allowed: tuple[str, ...], page: str = "docs/reference/kinds.md") -> str:
    """What to write instead of something that is not allowed: what is close to it, else all of it, or its page."""
    close = difflib.get_close_matches(str(wrong), allowed, n=_SUGGESTED, cutoff=0.55)
    if close:
        return "Did you mean " + ", ".join(close) + "?"
    return "Use one of " + ", ".join(allowed) + "." if len(allowed) <= 20 else f"{page} lists them."


def attribute_of(kind: Kind, name: str) -> Attribute:
    """The attribute of a kind by its name, or a refusal."""
    if name not in kind.attributes:
        instead = instead_of(name, tuple(kind.attributes)) if kind.attributes else "It takes no attributes."
        raise NodeError(f"{kind.name} has no attribute {name!r}", instead)
    return kind.attributes[name]


def is_numeric(attribute: Attribute) -> bool:
    """Whether the attribute holds numbers."""
    # Every numeric attribute of kinds.py accepts 0 or 1; a true-or-false one accepts neither number.
    return attribute.accepts(0) or attribute.accepts(1)


def check_value(kind: Kind, name: str, value: object, *, numeric: bool) -> None:
    """Refuse a value that this attribute of the kind can never have."""
    known = attribute_of(kind, name)
    if numeric:
        check_number(value)
    if not known.accepts(value):
        instead = instead_of(value, known.values) if known.values else f"It holds {known.expected}."
        raise NodeError(f"{kind.name} never has {name} {value!r}", instead)


def check_numeric(kinds: Iterable[Kind], name: str) -> None:
    """Refuse to add up what is not a number in all of these kinds."""
    for kind in kinds:
        if not is_numeric(attribute_of(kind, name)):
            numeric = tuple(key for key, value in kind.attributes.items() if is_numeric(value))
            raise NodeError(
                f"{name} of {kind.name} is not a number",
                "Use one of " + ", ".join(numeric) + "." if numeric else "Count the entries instead.",
            )


def check_moment(kinds: Iterable[Kind], name: str) -> None:
    """Refuse to ask from when of an attribute that holds no date in one of these kinds."""
    for kind in kinds:
        if attribute_of(kind, name) is not WHEN:
            dated = tuple(key for key, value in kind.attributes.items() if value is WHEN)
            raise NodeError(
                f"{name} of {kind.name} holds no date",
                "Use one of " + ", ".join(dated) + "." if dated else "Name kinds that have an attribute with a date.",
            )


def check_number(value: object) -> None:
    """Refuse what nothing can be compared with; true and false among them."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value or abs(value) >= 1e9:
        raise NodeError(f"{value!r} is not a number to compare with", "Give a whole number or a decimal.")
    if round(value, _DECIMALS) != value:
        raise NodeError(f"{value!r} has more than {_DECIMALS} decimals", "Write it with fewer.")


def check_in(what: str, given: tuple[str, ...], allowed: tuple[str, ...]) -> None:
    """Refuse a word that is not in a closed list."""
    for value in given:
        if value not in allowed:
            raise NodeError(f"There is no {what} {value!r}", instead_of(value, allowed))


def check_episodes(kinds: Iterable[Kind], instead: str) -> None:
    """Refuse to ask of a moment what only makes sense of what lasts."""
    for kind in kinds:
        if not kind.episode:
            raise NodeError(f"{kind.name} happens at a moment and does not last", f"Write {instead} for it.")


def check_group(kinds: Iterable[Kind], of: str) -> None:
    """Refuse to tell entries apart by what they do not have."""
    if of != OF_AGENCY:
        for kind in kinds:
            attribute_of(kind, of)


def check_few(what: str, number: object) -> None:
    """Refuse a number of entries in a row that is no row."""
    if isinstance(number, bool) or not isinstance(number, int) or not 2 <= number <= 20:
        raise NodeError(
            f"{what} is a whole number, 2 to 20", "For one entry write in_last(window) >= 1 or latest(...)."
        )

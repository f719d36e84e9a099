"""Words for numbers, dates and periods in an explanation, as people in England write them.

A date is shown as precisely as its source gave it, and no more.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from fractions import Fraction

from nightlight.domain.chronology import Fact
from nightlight.timeline.partial import Partial, Precision

# How an attribute is spoken of: added up, or told apart.
_ATTRIBUTES = {
    "possible": "possible sessions",
    "attended": "attended sessions",
    "unauthorised": "unauthorised absence",
    "days_supply": "days' supply",
    "observer": "observers",
    "from": "referrers",
    "agency": "agencies",
    "address": "addresses",
    "service": "services",
}
_DATED = (Precision.instant, Precision.day)


def number_words(number: int | float | Fraction) -> str:
    """A number as people write it.

    >>> number_words(1500), number_words(Fraction(5, 2))
    ('1,500', '2.5')
    """
    return f"{number:,}" if isinstance(number, int) else f"{float(number):,.4g}"


def attribute_words(name: str) -> str:
    """What an attribute's values are called, several of them.

    >>> attribute_words("observer"), attribute_words("centile_spaces_fallen")
    ('observers', 'centile spaces fallen')
    """
    return _ATTRIBUTES.get(name, name.replace("_", " "))


def plural(number: int, one: str, many: str) -> str:
    """The word that goes with a number.

    >>> plural(2, "entry", "entries")
    'entries'
    """
    return one if number == 1 else many


def moment_words(moment: datetime) -> str:
    """A moment as a clock in London shows it.

    >>> from datetime import UTC
    >>> moment_words(datetime(2025, 11, 21, 17, tzinfo=UTC))
    '21 November 2025, 17:00'
    """
    return Partial.instant(moment).describe()


def date_words(occurred: Partial) -> str:
    """When something happened, to the day at most.

    >>> date_words(Partial.parse("2017-11-24")), date_words(Partial.parse("2017-11"))
    ('24 November 2017', 'November 2017')
    """
    return occurred.describe().partition(",")[0] if occurred.precision in _DATED else occurred.describe()


def on(fact: Fact) -> str:
    """When a fact happened, as part of a sentence: on a day, in a month, between two dates."""
    occurred = fact.entry.occurred
    words = date_words(occurred)
    if occurred.precision in _DATED:
        return f"on {words}"
    return f"in {words}" if occurred.precision in (Precision.month, Precision.year) else words


def since(occurred: Partial) -> str:
    """From when something has gone on, as part of a sentence: as exactly as its source gave it, and no more.

    >>> since(Partial.parse("2025-07")), since(Partial.parse("2025-07-01..2025-07-05"))
    ('since July 2025', 'since a day between 1 and 5 July 2025')
    >>> since(Partial.parse("..2025-07-05")), since(Partial.parse("2025-07-01.."))
    ('since 5 July 2025 or before', 'since 1 July 2025 or later')
    """
    words = date_words(occurred)
    if words.startswith("between "):
        return f"since a day {words}"
    return f"since {words[3:]} or before" if words.startswith("by ") else f"since {words}"


def period(facts: Iterable[Fact]) -> str:
    """From the first to the last of some facts, with a space before it; nothing of none."""
    ordered = sorted(facts, key=lambda fact: (fact.at, fact.entry.id))
    if not ordered:
        return ""
    first, last = ordered[0], ordered[-1]
    if date_words(first.entry.occurred) == date_words(last.entry.occurred):
        return f" {on(first)}"
    if first.entry.occurred.precision in _DATED and last.entry.occurred.precision in _DATED:
        return f" between {_without_year(first, last)} and {date_words(last.entry.occurred)}"
    return f", the first {on(first)}, the last {on(last)}"


def _without_year(first: Fact, last: Fact) -> str:
    """The first date, without its year if the last has the same."""
    words, end = date_words(first.entry.occurred), date_words(last.entry.occurred)
    return words.rpartition(" ")[0] if words.rpartition(" ")[2] == end.rpartition(" ")[2] else words

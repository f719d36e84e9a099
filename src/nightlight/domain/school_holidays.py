"""When schools are shut: half terms and holidays from a partnership's own file, and the days on which nobody works.

Each partnership gives its own dates (`school_holidays:` in the folder that `NIGHTLIGHT_RULES` names): none come with
the package, for schools differ. It warns, and counts nothing: a protection that rests on a school is still what was
agreed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import MappingProxyType

from nightlight.domain import dated_rows
from nightlight.domain.documents import Document, Item
from nightlight.domain.rule_rows import date_at
from nightlight.domain.rule_types import OfficeHours
from nightlight.timeline.calendar import WorkingCalendar
from nightlight.timeline.london import LONDON, local_date
from nightlight.timeline.partial import Partial
from nightlight.timeline.spans import Span

LOOKED_AHEAD = timedelta(days=42)
"""How far a protection without an end is looked at: to the next half term, wherever one stands."""
LONGEST = timedelta(days=60)
_ONE = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Holiday:
    """Days on which schools are shut, both ends included. name: as people say it (half term, Christmas holidays)."""

    name: str
    first: date
    last: date
    source: str

    def includes(self, day: date) -> bool:
        return self.first <= day <= self.last


@dataclass(frozen=True, slots=True)
class SchoolHolidays:
    """The holidays that a partnership has given, in their order."""

    rows: tuple[Holiday, ...] = ()

    def on(self, day: date) -> Holiday | None:
        """The holiday that is on that day."""
        return next((row for row in self.rows if row.includes(day)), None)

    def known(self, now: datetime, hours: OfficeHours, calendar: WorkingCalendar) -> Mapping[str, Span]:
        """By the words for it, the next (or present) holiday of that name: from when offices shut before it until they
        open after it, as a weekend is read."""
        today = local_date(now)
        found: dict[str, Span] = {}
        for row in self.rows:
            if row.last >= today and row.name not in found:
                before, after = calendar.nth_working_day(row.first, -1), calendar.next_working_day(row.last)
                span = Span(_at(before, hours, end=True), _at(after, hours))
                found[row.name] = span
                for words in (f"the {row.name}", f"over {row.name}", f"during {row.name}", f"in {row.name}"):
                    found.setdefault(words, span)
        return MappingProxyType(found)

    def shut(self, starts: date, ends: date, calendar: WorkingCalendar) -> tuple[tuple[date, date], ...]:
        """The stretches of days in that time, both ends included, on which no school is open."""
        found: list[tuple[date, date]] = []
        day = starts
        while day <= ends:
            if not calendar.is_working_day(day) or self.on(day):
                first = found.pop()[0] if found and found[-1][1] == day - _ONE else day
                found.append((first, day))
            day += _ONE
        return tuple(found)

    def warning(self, starts: datetime, ends: datetime | None, calendar: WorkingCalendar) -> str:
        """What to ask where somebody of a school is to see a child over that time; empty where schools are open.

        >>> from datetime import UTC
        >>> friday, monday = datetime(2026, 11, 20, 17, tzinfo=UTC), datetime(2026, 11, 23, 9, tzinfo=UTC)
        >>> SchoolHolidays().warning(friday, monday, WorkingCalendar.england())  # doctest: +NORMALIZE_WHITESPACE
        'A school is to do this, and schools are shut from Saturday 21 November 2026 to Sunday 22 November 2026:
        say who sees the child then.'
        """
        last = ends if ends else starts + LOOKED_AHEAD
        stretches = self.shut(local_date(starts), min(local_date(last), local_date(starts + LONGEST)), calendar)
        told = [each for each in stretches if self._within(*each)] or stretches[:1]
        if not told:
            return ""
        words = " and ".join(_words(*each, self._within(*each)) for each in told)
        return f"A school is to do this, and schools are shut {words}: say who sees the child then."

    def _within(self, first: date, last: date) -> Holiday | None:
        return next((row for row in self.rows if row.first <= last and first <= row.last), None)


def _at(day: date, hours: OfficeHours, *, end: bool = False) -> datetime:
    return datetime.combine(day, hours.end if end else hours.start, LONDON).astimezone(UTC)


def _words(first: date, last: date, holiday: Holiday | None) -> str:
    named = f" ({holiday.name})" if holiday else ""
    if first == last:
        return f"on {first:%A} {Partial.day(first).describe()}{named}"
    return f"from {first:%A} {Partial.day(first).describe()} to {last:%A} {Partial.day(last).describe()}{named}"


# -- reading

_KEYS = dict.fromkeys(("name", "first", "last", "source"), True)


def holidays_with(source: Path | str) -> SchoolHolidays:
    """A partnership's own: every `.yaml` of a folder, a file, or YAML text. Raises `RulesError` with every mistake.

    >>> own = '''
    ... school_holidays:
    ...   - {name: half term, first: 2027-02-15, last: 2027-02-19, source: The council's term dates 2026-27}
    ... '''
    >>> holidays_with(own).on(date(2027, 2, 17)).name
    'half term'
    """
    documents = dated_rows.documents_of(source, "school_holidays")
    found: list[Holiday] = []
    for document, item in dated_rows.section(documents, "school_holidays"):
        row = _row(document, item)
        if any(row.first <= other.last and other.first <= row.last for other in found):
            document.refuse((item.mapping or {}).get("first", item), "days that are in no other holiday here")
        found.append(row)
    dated_rows.checked(documents)
    return SchoolHolidays(tuple(sorted(found, key=lambda row: row.first)))


def _row(document: Document, item: Item) -> Holiday:
    document.only(item, _KEYS)
    first, last = (date_at(document, item, name) or date.min for name in ("first", "last"))
    if last < first:
        document.refuse((item.mapping or {}).get("last", item), "a date on or after first")
    elif last - first > LONGEST:
        document.refuse((item.mapping or {}).get("last", item), f"at most {LONGEST.days} days after first")
    name = document.words(item, "name").casefold().strip()
    return Holiday(name=name, first=first, last=last, source=document.words(item, "source"))


_IN_USE: list[SchoolHolidays] = []


def use_holidays(source: Path | str) -> SchoolHolidays:
    """From now on a partnership's own holidays are in use. Called once, as the program starts, by `config`."""
    _IN_USE[:] = [holidays_with(source)]
    return _IN_USE[0]


def holidays_in_use() -> SchoolHolidays:
    """The partnership's holidays; none where it has given none."""
    return _IN_USE[0] if _IN_USE else SchoolHolidays()

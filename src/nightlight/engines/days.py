"""Days for the kernel: when each date starts in London, and where the working days are, as one table of numbers.

The rules are those of `timeline.calendar` and `indicators.history.until`, which stay the definition; tests compare
every day. Dates outside it follow from it: London's clock repeats every 400 years, and before 1800 was its sun's.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from nightlight.engines.compiled import compiled
from nightlight.engines.layout import FIRST, LAST, micros
from nightlight.timeline.calendar import LONDON, WorkingCalendar, start_of_day

Ints = npt.NDArray[np.int64]
DAY = 86_400_000_000
_EPOCH_DAY = date(1970, 1, 1).toordinal()
TABLE_FROM, TABLE_TO = date(1800, 1, 1).toordinal(), date(2400, 12, 31).toordinal()
_CYCLE = 146_097
"""Days in 400 years, a whole number of weeks."""
_SUN = 75_000_000
"""London's own time was 75 seconds behind Greenwich's."""
_WORKING_FROM, _WORKING_TO = date(1900, 1, 1).toordinal(), date(2099, 12, 31).toordinal()
_AT_1900 = _WORKING_FROM - TABLE_FROM
_WORKING_DAYS = _WORKING_TO - _WORKING_FROM + 1


_STARTS = TABLE_TO - TABLE_FROM + 1


@lru_cache(maxsize=8)
def table(calendar: WorkingCalendar) -> Ints:
    """The table of one calendar; a tenth of a second, once.

    First when each date from 1800 to 2400 starts; then, for each from 1900 to 2099, how many working days have come by
    its end; then when each of those working days is over.
    """
    starts = _starts()
    days = range(_WORKING_FROM, _WORKING_TO + 1)
    is_working = np.array([calendar.is_working_day(date.fromordinal(day)) for day in days])
    ends = starts[_AT_1900 + 1 :][: len(is_working)][is_working]
    return np.concatenate((starts, np.cumsum(is_working, dtype=np.int64), ends))


@lru_cache(maxsize=1)
def _starts() -> Ints:
    """Exact where the offset changes within a week; between, it is the same all week."""
    days = np.arange(TABLE_FROM, TABLE_TO + 1, dtype=np.int64)
    starts = (days - _EPOCH_DAY) * DAY
    offsets = [_offset(TABLE_FROM + k) for k in range(0, len(days), 7)]
    for week, offset in enumerate(offsets):
        starts[week * 7 : week * 7 + 7] -= offset
        if week + 1 == len(offsets) or offsets[week + 1] != offset:
            for k in range(week * 7, min(week * 7 + 7, len(days))):
                starts[k] = micros(start_of_day(date.fromordinal(TABLE_FROM + k)))
    return starts


def _offset(day: int) -> int:
    midnight = datetime.combine(date.fromordinal(day), time.min, LONDON)
    return (midnight.replace(tzinfo=UTC) - midnight.astimezone(UTC)) // timedelta(microseconds=1)


# -- read by the kernel


@compiled
def moved(at: int, by: int) -> int:
    """As `timeline.instants.moved`."""
    if at in (FIRST, LAST):
        return at
    return min(max(at + by, FIRST), LAST)


@compiled
def until(at: int, window: int, days: Ints) -> int:
    """As `History.until`. window: microseconds; working days if negative; 0 for ever."""
    if window == 0 or at == LAST:
        return LAST
    if at == FIRST:
        return FIRST
    return moved(at, window) if window > 0 else working(at, -window, days)


@compiled
def working(at: int, number: int, days: Ints) -> int:
    """When so many working days from a moment are over."""
    before = at - 1
    if days[_AT_1900] <= before < days[_AT_1900 + _WORKING_DAYS]:
        day = min((before - days[_AT_1900]) // DAY, _WORKING_DAYS - 1)
        while days[_AT_1900 + day] > before:
            day -= 1
        while days[_AT_1900 + day + 1] <= before:
            day += 1
        place = _STARTS + _WORKING_DAYS + days[_STARTS + day] + number - 1
        if place < days.size:
            return days[place]  # type: ignore[no-any-return]
    return moved(at, (number + number // 5 * 2 + 2) * DAY)


@compiled
def birthday(born: int, months: int, days: Ints) -> int:
    """When a child born on that date (its number) reaches an age, as `reference._birthday`."""
    year, month, day = _civil(born)
    count = year * 12 + month - 1 + months
    year, month = count // 12, count % 12 + 1
    first = _ordinal(year, month)
    length = _ordinal(count // 12 + (month == 12), month % 12 + 1) - first
    return start_of(first + min(day - 1, length), days)


@compiled
def start_of(day: int, days: Ints) -> int:
    """When a date (its number) starts in London."""
    if day < TABLE_FROM:
        return (day - _EPOCH_DAY) * DAY + _SUN
    cycles = max(0, (day - TABLE_TO + _CYCLE - 1) // _CYCLE)
    return days[day - cycles * _CYCLE - TABLE_FROM] + cycles * _CYCLE * DAY  # type: ignore[no-any-return]


@compiled
def _civil(day: int) -> tuple[int, int, int]:
    """Year, month and day of a date's number (1 is 1 January of the year 1)."""
    z = day + 305  # from 1 March of the year 0
    era, of_era = z // _CYCLE, z % _CYCLE
    year = (of_era - of_era // 1460 + of_era // 36524 - of_era // 146096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    m = (5 * of_year + 2) // 153
    month = m + 3 if m < 10 else m - 9
    return year + era * 400 + (month <= 2), month, of_year - (153 * m + 2) // 5 + 1


@compiled
def _ordinal(year: int, month: int) -> int:
    """The number of the first day of a month."""
    y = year - (month <= 2)
    of_year = (153 * (month - 3 if month > 2 else month + 9) + 2) // 5
    return y * 365 + y // 4 - y // 100 + y // 400 + of_year - 305

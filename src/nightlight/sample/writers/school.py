"""School registers as management systems print them: one row a mark in some schools, one row a pupil in others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from functools import lru_cache
from random import Random

from nightlight.sample import outsiders
from nightlight.sample.dirt import Written
from nightlight.sample.happenings import Happening
from nightlight.sample.organisations import Delivery, keeps_wide_registers, school_of, slug
from nightlight.sample.population import Family, Person
from nightlight.sample.terms import school_weeks
from nightlight.sample.writers.base import Setting, person_of

LONG = "Student ID,UPN,Surname,Forename,DOB,Date,Session,Mark,Comment,Minutes Late,Postcode"
WIDE = "Student ID,UPN,Surname,Forename,DOB,Postcode"
_FEED = "school-register"


class SchoolWriter:
    """Registers, one file a school."""

    feed = _FEED

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._schools: dict[str, bool] = {}
        since = setting.until - timedelta(days=int(365 * setting.register_years))
        self._weeks = list(school_weeks(since, setting.until))

    def carries(self, happening: Happening) -> bool:
        return happening.kind == "education.register"

    def family(self, family: Family, happenings: Sequence[Happening]) -> None:
        weeks: dict[tuple[str, str], list[Happening]] = defaultdict(list)
        for happening in happenings:
            child = person_of(family, happening.about[0])
            if school := school_of(family, child, happening.day):
                weeks[school, child.true_id].append(happening)
        for (school, child_id), mine in weeks.items():
            self._pupil(school, family, person_of(family, child_id), mine)

    def _pupil(self, school: str, family: Family, child: Person, weeks: list[Happening]) -> None:
        setting = self._setting
        system = f"sims:{slug(school)}"
        pupil = setting.written(child, family, system=system, feed=_FEED, identified="upn")
        rng = setting.rng("register", system, child.true_id)
        path, wide = f"school-register/{slug(school)}.csv", keeps_wide_registers(school)
        if school not in self._schools:
            self._schools[school] = wide
            setting.files.append(path, (self._wide_header() if wide else LONG).encode() + b"\r\n")
            self._outsiders(school)
        marks = {h.day: week_of_marks(h, rng) for h in weeks}
        setting.count(_FEED, len(weeks))
        rows = self._wide_row(pupil, marks) if wide else self._long_rows(pupil, marks, rng, family)
        setting.files.append(path, rows)

    def _outsiders(self, school: str) -> None:
        """Pupils whom nobody else knows: a register is of the whole school, and a hub's scope is not."""
        first = (len(self._schools) - 1) * outsiders.A_SCHOOL
        for number in range(first, first + outsiders.A_SCHOOL):
            family, child = outsiders.pupil(number, school, self._setting.seed, self._setting.until)
            weeks = outsiders.weeks(child, self._weeks)
            self._setting.outside[_FEED] = self._setting.outside.get(_FEED, 0) + len(weeks)
            self._pupil(school, family, child, weeks)

    def _wide_header(self) -> str:
        return ",".join([WIDE, *(f"{day:%a %d/%m/%Y} {half}" for day in self._days() for half in ("AM", "PM"))])

    def _days(self) -> list[date]:
        return [monday + timedelta(days=i) for monday in self._weeks for i in range(5)]

    def _wide_row(self, pupil: Written, marks: dict[date, list[str]]) -> bytes:
        printed = [mark for monday in self._weeks for mark in marks.get(monday, ["-"] * 10)]
        about = [*_pupil_cells(pupil, "%d/%m/%Y"), pupil.postcode]
        return (",".join([*about, *printed]) + "\r\n").encode()

    def _long_rows(self, pupil: Written, marks: dict[date, list[str]], rng: Random, family: Family) -> bytes:
        iso = rng.random() < 0.3 and family.number >= 0
        style = "%Y-%m-%d" if iso else "%d/%m/%Y"
        if not iso:
            self._setting.dirt.note("slashed_dates", _FEED)
        start, end = ",".join(_pupil_cells(pupil, style)), f",{pupil.postcode}\r\n"
        rows = [
            f"{start},{sessions[i]},{mark},"
            f"{'unwell' if mark == 'I' and i == 0 else ''},{5 + i if mark == 'L' else ''}{end}"
            for monday, week in marks.items()
            for sessions in [_sessions(monday, style)]
            for i, mark in enumerate(week)
        ]
        return "".join(self._dirtied(rows, rng, family)).encode()

    def _dirtied(self, rows: list[str], rng: Random, family: Family) -> list[str]:
        """A row sent twice in some files, and a mark that no register has in a few."""
        if family.number < 0 or not rows:
            return rows
        if rng.random() < 0.05:
            self._setting.dirt.note("repeated_record", _FEED)
            rows = [*rows, rows[-1]]
        if rng.random() < 0.02:
            at = rng.randrange(len(rows))
            cells = rows[at].split(",")
            cells[7] = "8"
            rows[at] = ",".join(cells)
            self._setting.dirt.note("unknown_code", _FEED)
            self._setting.refuse(_FEED)
        return rows

    def finish(self) -> list[Delivery]:
        long = [school for school, wide in self._schools.items() if not wide]
        if long:
            self._setting.files.cut_last_line(f"school-register/{slug(long[-1])}.csv")
            self._setting.dirt.note("truncated_last_line", _FEED)
            self._setting.refuse(_FEED)
        return [
            Delivery(
                feed=_FEED, path=f"school-register/{slug(school)}.csv", agency="education",
                organisation=slug(school), organisation_name=school, system=f"sims:{slug(school)}",
            )
            for school in self._schools
        ]  # fmt: skip


@lru_cache(4096)
def _sessions(monday: date, style: str) -> tuple[str, ...]:
    """The cells of day and session of a week's ten sessions, which are the same in every pupil's rows."""
    days = [(monday + timedelta(days=n)).strftime(style) for n in range(5)]
    return tuple(f"{day},{session}" for day in days for session in ("AM", "PM"))


def _pupil_cells(pupil: Written, style: str) -> list[str]:
    return [pupil.source_id, pupil.upn, pupil.family, pupil.given, pupil.born.strftime(style)]


def week_of_marks(week: Happening, rng: Random) -> list[str]:
    """Ten marks, Monday morning to Friday afternoon, that add up to a week's counts; absence is of whole days first."""
    counts = week.attributes
    absent = (
        ["I"] * counts.get("authorised", 0)
        + ["O"] * counts.get("unauthorised", 0)
        + ["N"] * counts.get("unexplained", 0)
    )
    days = [0, 1, 2, 3, 4]
    rng.shuffle(days)
    order = [session for day in days for session in (2 * day, 2 * day + 1)]
    marks = ["\\" if i % 2 else "/" for i in range(10)]
    for session, mark in zip(order, absent, strict=False):
        marks[session] = mark
    mornings = [i for i in range(10) if marks[i] == "/"]
    for session in mornings[: counts.get("late", 0)]:
        marks[session] = "L"
    for session in order[counts.get("possible", 10) :]:
        marks[session] = "#"
    return marks

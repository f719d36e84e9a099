"""Schools' concern logs as CSV: primaries in the manner of one well-known product, secondaries of another.

The child's own words stand in their own column beside the concern of the same day; words
without one have a row of their own.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from nightlight.sample.dirt import Written
from nightlight.sample.happenings import LONDON, Happening
from nightlight.sample.organisations import Delivery, school_of, slug
from nightlight.sample.population import Family, Person
from nightlight.sample.writers.base import Setting, person_of

_FEED = "concern-log"
_ALONE = "The child's own words, as recorded."


@dataclass(frozen=True, slots=True)
class _Layout:
    """A product's export: the mapping that is shipped for it, its header, and how it prints who and what."""

    mapping: str
    columns: tuple[str, ...]
    categories: dict[str, str]
    student: Callable[[Written], list[str]]


_CPOMS = _Layout(
    "cpoms",
    (
        "Incident ID", "Student ID", "UPN", "Student", "DOB", "Incident Date", "Incident Time", "Date Added",
        "Category", "Incident", "Student's Words", "Added By", "Location",
    ),
    {
        "hunger": "Hungry", "hygiene": "Personal hygiene", "clothing": "Inappropriate clothing", "tired": "Tiredness",
        "untreated_illness": "Medical needs not met", "injury": "Mark or bruise", "behaviour": "Change in behaviour",
        "not_collected": "Late collection", "parent_presentation": "Parent presentation",
        "attainment_drop": "Drop in attainment", "other": "Cause for concern",
    },
    lambda w: [f"{w.family}, {w.given}"],
)  # fmt: skip
_MYCONCERN = _Layout(
    "myconcern",
    (
        "Concern ID", "Pupil ID", "UPN", "Pupil Surname", "Pupil Forename", "Date of Birth", "Date of Concern",
        "Time of Concern", "Date Reported", "Concern Categories", "Details of Concern", "Pupil Voice", "Reported By",
        "Location",
    ),
    {
        "hunger": "Hunger", "hygiene": "Poor hygiene", "clothing": "Inadequate clothing", "tired": "Lack of sleep",
        "untreated_illness": "Health needs not met", "injury": "Unexplained injury", "behaviour": "Behaviour change",
        "not_collected": "Late collection", "parent_presentation": "Parental presentation",
        "attainment_drop": "Attainment", "other": "Other",
    },
    lambda w: [w.family, w.given],
)  # fmt: skip


class ConcernWriter:
    """One log a school."""

    feed = _FEED

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._schools: dict[str, _Layout] = {}

    def carries(self, happening: Happening) -> bool:
        return happening.kind in ("education.concern", "voice.words") and happening.agency == "education"

    def family(self, family: Family, happenings: Sequence[Happening]) -> None:
        for number, (happening, words) in enumerate(_with_words(happenings)):
            child = person_of(family, happening.about[0])
            if school := school_of(family, child, happening.day):
                self._entry(school, family, child, number, happening, words)

    def _entry(self, school: str, family: Family, child: Person, number: int, happening: Happening, words: str) -> None:
        setting, path = self._setting, f"concern-log/{slug(school)}.csv"
        if school not in self._schools:
            self._schools[school] = _MYCONCERN if school.endswith("Academy") else _CPOMS
            setting.files.append(path, _line(self._schools[school].columns))
        system = f"concerns:{slug(school)}"
        pupil = setting.written(child, family, system=system, feed=_FEED, identified="upn")
        row = _row(self._schools[school], pupil, f"{pupil.source_id}-{number}", happening, words)
        setting.count(_FEED)
        setting.files.append(path, self._dirtied(_line(row), family, pupil.source_id, number))

    def _dirtied(self, row: bytes, family: Family, source_id: str, number: int) -> bytes:
        if family.number < 0:
            return row
        roll = self._setting.rng("concern", source_id, number).random()
        if roll < 0.01:
            self._setting.dirt.note("repeated_record", _FEED)
            return row + row
        if roll < 0.016:
            self._setting.dirt.note("wrong_encoding", _FEED)
            self._setting.refuse(_FEED)
            return row.replace(b"\r\n", b" caf\xe9\r\n")
        return row

    def finish(self) -> list[Delivery]:
        return [
            Delivery(
                feed=_FEED, path=f"concern-log/{slug(school)}.csv", agency="education", organisation=slug(school),
                organisation_name=school, system=f"concerns:{slug(school)}", mapping=layout.mapping,
            )
            for school, layout in self._schools.items()
        ]  # fmt: skip


def _with_words(happenings: Sequence[Happening]) -> Iterator[tuple[Happening, str]]:
    """Each concern with the words that the child said that day; words of a day without one alone."""
    spoken = {(h.about[0], h.day): h for h in happenings if h.kind == "voice.words"}
    for happening in happenings:
        if happening.kind == "education.concern":
            said = spoken.pop((happening.about[0], happening.day), None)
            yield happening, said.words if said else ""
    for said in spoken.values():
        yield said, said.words


def _row(layout: _Layout, pupil: Written, serial: str, happening: Happening, words: str) -> list[str]:
    attributes = happening.attributes
    spoken = happening.kind == "voice.words"
    when = happening.instant.astimezone(LONDON)
    exact = isinstance(happening.when, datetime)
    written = happening.written.astimezone(LONDON)
    return [
        serial, pupil.source_id, pupil.upn, *layout.student(pupil), _slashed(pupil.born), _slashed(happening.day),
        f"{when:%H:%M}" if exact else "", f"{written:%d/%m/%Y %H:%M}" if exact or happening.recorded else "",
        layout.categories["other" if spoken else attributes["category"]],
        _ALONE if spoken else happening.text or attributes["category"], words,
        attributes.get("observer", "class teacher"), attributes.get("setting", "school"),
    ]  # fmt: skip


def _slashed(day: date) -> str:
    return day.strftime("%d/%m/%Y")


def _line(cells: Sequence[str]) -> bytes:
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow(cells)
    return line.getvalue().encode()

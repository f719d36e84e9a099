"""Rows of the table: details in words, late records and corrections said, parts never confused."""

from __future__ import annotations

from typing import Any

import pytest

from nightlight.domain.chronology import Chronology, Entry, Fact, Source, Subject
from nightlight.domain.people import Part
from nightlight.domain.views import Pooled
from nightlight.timeline import Partial
from nightlight.web.presenters import entries


def fact(kind: str = "education.concern", part: Part = Part.SUBJECT, recorded: str = "2026-05-01", **more: Any) -> Fact:
    entry = Entry(
        id="e1", kind=kind, subjects=(Subject("c", part),), occurred=Partial.parse("2026-05-01"),
        recorded=Partial.parse(recorded), source=Source(agency="education", organisation="s"), **more,
    )  # fmt: skip
    return Chronology(child="c", entries=(entry,)).facts(Pooled())[0]


def row(of: Fact) -> entries.Row:
    return entries.rows([of], {"s": "Fictional School"}, {}, "c")[0]


def test_row_says_who_wrote_it_and_when_it_happened() -> None:
    found = row(fact())
    assert (found.when, found.agency, found.organisation) == ("1 May 2026", "Education", "Fictional School")
    assert found.notes == ()


@pytest.mark.parametrize(
    ("kind", "attributes", "said"),
    [
        ("health.appointment", {"result": "not_brought"}, "Result: not brought"),
        ("social_care.visit", {"child_seen": False}, "Child seen: no"),
        ("police.notification", {"to": "health.gp"}, "To: General practice"),
        ("police.notification", {"scheme": "encompass"}, "Scheme: Operation Encompass"),
        ("police.incident", {"dash": 4, "child_present": "present"}, "DASH score: 4; Child present: yes"),
        ("police.incident", {"child_present": "absent"}, "Child present: no"),
        (
            "education.register",
            {"possible": 10, "attended": 7, "late": 0, "unauthorised": 3},
            "7 of 10 sessions attended; 3 unauthorised",
        ),
    ],
)
def test_detail_is_in_words(kind: str, attributes: dict[str, Any], said: str) -> None:
    assert entries.detail(kind, attributes) == said


def test_written_down_late_is_said_and_within_a_week_is_not() -> None:
    assert row(fact(recorded="2026-05-20")).notes == ("Written down 20 May 2026",)
    assert row(fact(recorded="2026-05-06")).notes == ()


@pytest.mark.parametrize("part", [Part.HARMED, Part.ALLEGED_HARMER, Part.WITNESS])
def test_the_childs_part_is_said(part: Part) -> None:
    assert row(fact(part=part)).notes == (f"The child's part: {part.replace('_', ' ')}",)


def test_correction_and_handling_are_said() -> None:
    notes = row(fact(supersedes="e0", sensitivity="police_only")).notes
    assert notes == ("Corrects an earlier record", "Handling: police only")


def test_episode_says_until_when_or_that_it_is_open() -> None:
    assert row(fact("education.enrolment")).until == "still open"
    assert row(fact("education.enrolment", until=Partial.parse("2026-06"))).until == "until June 2026"
    assert row(fact()).until == ""

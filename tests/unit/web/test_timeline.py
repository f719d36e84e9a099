"""The timeline picture: well formed, each entry reachable, nothing drawn where it is not known, text escaped."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree

from nightlight.domain.chronology import Chronology, Entry, Fact, Source, Subject
from nightlight.domain.views import Pooled
from nightlight.timeline import END, Partial
from nightlight.web.presenters import timeline
from nightlight.web.presenters.timeline import Band, picture

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
SVG = "{http://www.w3.org/2000/svg}"


def fact(number: int, kind: str, when: str, agency: str = "education", **more: Any) -> Fact:
    entry = Entry(
        id=f"e{number}",
        kind=kind,
        subjects=(Subject("c"),),
        occurred=Partial.parse(when),
        recorded=Partial.parse(when),
        source=Source(agency=agency),
        **more,
    )
    return Chronology(child="c", entries=(entry,)).facts(Pooled())[0]


def drawn(facts: list[Fact], bands: list[Band] | None = None) -> ElementTree.Element:
    text = picture(facts, bands or [], until=NOW, href=lambda each: f"?a=1&b=2#{each.entry.id}", name="A & B")
    return ElementTree.fromstring(text)


def links(svg: ElementTree.Element) -> list[str]:
    return [a.attrib["href"] for a in svg.iter(f"{SVG}a")]


def test_picture_of_nothing_is_empty() -> None:
    assert picture([], [], until=NOW, href=str, name="") == ""


def test_picture_has_a_name_a_description_and_a_name_for_each_link() -> None:
    svg = drawn([fact(1, "education.concern", "2026-05-01"), fact(2, "police.incident", "2026-09-01", "police")])
    assert svg.attrib["role"] == "group"
    assert svg.findtext(f"{SVG}title") == "A & B"
    assert "Education 1 entry, Police 1 entry" in (svg.findtext(f"{SVG}desc") or "")
    assert all(a.attrib["aria-label"] for a in svg.iter(f"{SVG}a"))


def test_picture_links_each_entry_that_stands_apart() -> None:
    svg = drawn([fact(n, "education.concern", f"2026-{n:02}-01") for n in range(1, 10)])
    assert links(svg) == [f"?a=1&b=2#e{n}" for n in range(1, 10)]


def test_picture_counts_entries_that_lie_too_close_and_names_the_most_telling() -> None:
    svg = drawn([
        fact(1, "education.concern", "2020-05-01"),
        fact(2, "education.concern", "2026-05-01"),
        fact(3, "voice.words", "2026-05-01"),
    ])  # fmt: skip
    assert links(svg) == ["?a=1&b=2#e1", "?a=1&b=2#e3"]
    assert "2 entries from 1 May 2026" in [a.attrib["aria-label"][:25] for a in svg.iter(f"{SVG}a")]


def test_picture_of_thousands_stays_small() -> None:
    start = datetime(2022, 1, 1, tzinfo=UTC)
    days = [(start + timedelta(days=n % 1700)).date().isoformat() for n in range(3000)]
    text = picture(
        [fact(n, "social_care.visit", day, "social_care") for n, day in enumerate(days)],
        [], until=NOW, href=lambda each: f"#{each.entry.id}", name="n",
    )  # fmt: skip
    assert len(text) < 60_000


def test_picture_draws_a_lanes_registers_as_one_path() -> None:
    sessions = {"possible": 10, "attended": 5}
    svg = drawn([fact(n, "education.register", f"2026-{n:02}-01", attributes=sessions) for n in range(1, 10)])
    assert links(svg) == []
    ticks = [p.attrib["d"] for p in svg.iter(f"{SVG}path") if p.attrib["d"].count("M") == 9]
    assert len(ticks) == 1
    assert ticks[0].count("v-8.0") == 9


def test_picture_draws_an_imprecise_date_over_all_that_it_may_be() -> None:
    svg = drawn([fact(1, "education.concern", "2025"), fact(2, "education.concern", "2026-01-01")])
    assert len([p for p in svg.iter(f"{SVG}path") if "stroke-dasharray" in p.attrib]) == 1


def test_picture_bears_a_date_without_a_beginning_and_an_open_episode() -> None:
    svg = drawn([fact(1, "education.enrolment", "..2024-03"), fact(2, "education.enrolment", "2025-01-01")])
    bars = [r for r in svg.iter(f"{SVG}rect")]
    assert all(float(bar.attrib["x"]) + float(bar.attrib["width"]) <= timeline.WIDTH for bar in bars)


def test_picture_says_a_bands_level_in_words_and_escapes_its_title() -> None:
    band = Band("Less < more", "threshold", "Threshold", "/i", ((NOW - timedelta(days=30), END),))
    svg = drawn([fact(1, "education.concern", "2026-05-01")], [band])
    texts = [t.text for t in svg.iter(f"{SVG}text")]
    assert "Threshold" in texts
    assert "Less < more" in texts
    assert "Less < more (threshold)" in [a.attrib["aria-label"] for a in svg.iter(f"{SVG}a")]


def test_missed_care_is_a_worry_whatever_its_kind() -> None:
    missed = fact(1, "health.appointment", "2026-01-01", attributes={"result": "not_brought"})
    kept = fact(2, "health.appointment", "2026-01-01", attributes={"result": "attended"})
    assert timeline.sort_of(missed) is timeline.WORRY
    assert timeline.sort_of(kept) is timeline.CONTACT

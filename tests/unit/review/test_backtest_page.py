"""The published page: accessible, self-contained, without small numbers; and the text and JSON beside it."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from itertools import pairwise

import pytest
from support.backtesting import LOGGED, SEEN, a_backtest, a_comparison
from support.page_outline import Outline

from nightlight.review.backtest import DAY, Backtest
from nightlight.review.backtest_page import as_page
from nightlight.review.backtest_report import as_json, as_text
from nightlight.review.backtest_sections import SYNTHETIC, About, day_iso, day_of, of_any, sections
from nightlight.review.suppression import NONE, NOT_SHOWN

INVENTED = About(name="a <small> town", synthetic=True, says="Made for a test.", kinds={"education.concern": 40})
REAL = About(name="a town", synthetic=False)


def _page(about: About = INVENTED) -> str:
    comparison = a_comparison()
    return as_page(comparison.second, about, comparison)


@pytest.fixture(scope="module")
def outline() -> Outline:
    return Outline.of(_page())


def test_page_needs_nothing_else_and_runs_nothing(outline: Outline) -> None:
    assert outline.named("script", "link", "img", "iframe", "object", "form") == []
    for name, attributes in outline.tags:
        assert not any(key.startswith("on") or key in {"style", "src"} for key in attributes), name
    assert all(link["href"].startswith("#") for link in outline.named("a"))
    assert "url(" not in _page()
    assert "@import" not in _page()


def test_page_has_a_language_a_title_and_headings_in_order(outline: Outline) -> None:
    assert outline.named("html")[0]["lang"] == "en-GB"
    assert len(outline.words_in("title")) >= 1
    levels = [int(name[1]) for name, _ in outline.tags if re.fullmatch(r"h[1-6]", name)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_every_id_is_given_once_and_every_reference_is_to_one(outline: Outline) -> None:
    ids = [attributes["id"] for _, attributes in outline.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    named = [each for _, a in outline.tags for each in (a.get("aria-labelledby") or "").split()]
    assert set(named) <= set(ids)
    assert {link["href"][1:] for link in outline.named("a")} <= set(ids)


def test_plots_have_words_and_a_table_of_the_same(outline: Outline) -> None:
    drawings = outline.named("svg")
    assert drawings
    for drawing in drawings:
        assert drawing["role"] == "img"
        title, desc = drawing["aria-labelledby"].split()
        assert title.endswith("-title")
        assert desc.endswith("-desc")
    assert len(outline.words_in("desc")) == len(drawings)


def test_tables_have_captions_and_heads_and_scroll_by_keyboard(outline: Outline) -> None:
    tables = outline.named("table")
    assert len(tables) == len(outline.named("caption"))
    assert all(head["scope"] in {"col", "row"} for head in outline.named("th"))
    boxes = [a for a in outline.named("div") if a.get("class") == "wide"]
    assert len(boxes) == len(tables) + len(outline.named("svg"))
    assert all(box["tabindex"] == "0" and box["role"] == "region" for box in boxes)


def test_page_says_synthetic_when_it_is_and_not_when_it_is_not() -> None:
    assert SYNTHETIC in "".join(Outline.of(_page()).text)
    assert "(synthetic)" in _page()
    assert "SYNTHETIC" not in _page(REAL)
    assert "(synthetic)" not in _page(REAL)


def test_page_escapes_what_a_population_calls_itself() -> None:
    assert "<small>" not in _page()
    assert "a &lt;small&gt; town" in _page()


def test_no_child_is_on_the_page_or_in_the_text() -> None:
    comparison = a_comparison()
    what = (comparison.second, INVENTED, comparison)
    for shown in (as_page(*what), as_text(*what), json.dumps(as_json(*what))):
        assert "SECRET" not in shown


def _cells(counted: Backtest, published: bool, id_: str, row: str, column: str) -> str:
    [section] = [each for each in sections(counted, INVENTED, published=published) if each.id == id_]
    [cells] = [each for each in section.rows if row in each[:2]]
    return cells[section.columns.index(column)]


def test_small_numbers_are_left_out_of_what_is_published_only() -> None:
    counted = a_comparison().second
    assert _cells(counted, False, "cost", SEEN.code, "First firings") == "3"
    assert _cells(counted, True, "cost", SEEN.code, "First firings") == "fewer than 5"
    assert _cells(counted, True, "cost", SEEN.code, "First firings rate") == "not shown"
    assert _cells(counted, True, "cost", LOGGED.code, "First firings") == "24"
    assert _cells(counted, True, "outcome-plan", SEEN.title, "Within 12 months, followed") == "not shown"
    assert "fewer than 5" not in as_text(counted, INVENTED)


def test_plots_leave_out_what_the_tables_leave_out() -> None:
    drawn = {
        plot.id: [row.label for row in plot.rows]
        for section in sections(a_comparison().second, INVENTED, published=True)
        for plot in section.plots
    }
    assert LOGGED.title in drawn["plot-cost"]
    assert SEEN.title not in drawn["plot-cost"]
    assert SEEN.title not in drawn["plot-followed-plan"]


def test_indicator_without_entries_of_its_kinds_is_said_to_have_none() -> None:
    counted = a_comparison().first
    assert "no entries of its kinds" not in _cells(counted, False, "cost", LOGGED.code, "Indicator")
    [row] = [each for each in as_json(a_backtest(SEEN), INVENTED)["indicators"]]
    assert row["has_entries"] is False


def test_json_has_exact_counts_and_what_follows_from_them() -> None:
    comparison = a_comparison()
    document = as_json(comparison.second, INVENTED, comparison)
    assert document["synthetic"] is True
    assert document["children"] == 40
    logged = next(each for each in document["indicators"] if each["code"] == LOGGED.code)
    assert logged["first_firings"] == 24
    assert logged["outcomes"]["plan"]["followed"]["12"]["part"] == 8  # 0 3 6 ... 21, of those below 24
    assert logged["outcomes"]["plan"]["preceded"] == {
        "part": 8, "of": 14, "share": 0.571429, "wilson_95": [0.325906, 0.786192],
    }  # fmt: skip
    assert logged["outcomes"]["plan"]["lead_days"] == {"lower": 33, "median": 39, "upper": 45, "of": 8}
    against = {each["code"]: each for each in document["against"]["indicators"]}
    assert against[SEEN.code]["change"] == "added"
    assert against[SEEN.code]["found"] == {"both": 0, "these_only": 3, "those_only": 0}
    assert against[LOGGED.code]["same_moment"] == 24


def test_text_is_columns_that_a_person_can_read() -> None:
    comparison = a_comparison()
    text = as_text(comparison.second, INVENTED, comparison)
    assert text.startswith(SYNTHETIC)
    assert "40 children, 110 child-years, 1 January 1970 to 27 September 1972" in text
    assert _lines(text, LOGGED.code)


def _lines(text: str, word: str) -> Sequence[str]:
    return [line for line in text.splitlines() if line.startswith(word)]


def test_days_of_moments_are_dates() -> None:
    assert (day_of(0), day_iso(20_000 * DAY)) == ("1 January 1970", "2024-10-04")


def test_sentence_about_any_moment_is_left_out_where_there_is_no_number_to_show() -> None:
    assert "Of any moment, " in _page()
    assert [of_any(share) for share in (NONE, NOT_SHOWN)] == ["", ""]
    assert of_any("6.1% (3 of 49)") == "Of any moment, 6.1% (3 of 49) were followed within 12 months. "


def test_command_is_marked_as_one_and_one_rule_is_one_indicator() -> None:
    about = About(name="a town", synthetic=True, says="Made by `nightlight sample`.")
    page = as_page(a_backtest(LOGGED), about)
    assert "Made by <code>nightlight sample</code>." in page
    assert "Backtest of 1 indicator: a town" in page

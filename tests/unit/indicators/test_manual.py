"""The manual is what the code says today."""

from __future__ import annotations

import inspect
from pathlib import Path

from nightlight.indicators import language, lengths, manual
from nightlight.indicators.catalogue import CATALOGUE, PROTECTIVE

REFERENCE = Path(__file__).parents[3] / "docs" / "reference"
HOW = "run: python -m nightlight.indicators.manual docs/reference"


def test_indicators_page_is_current():
    assert (REFERENCE / "indicators.md").read_text(encoding="utf-8") == manual.indicators_page(), HOW


def test_language_page_is_current():
    assert (REFERENCE / "language.md").read_text(encoding="utf-8") == manual.language_page(), HOW


def test_every_rule_is_in_the_manual():
    page = manual.indicators_page()
    assert all(f" {code}\n" in page for code in [*CATALOGUE, *PROTECTIVE])


def test_every_word_of_the_language_is_in_the_manual():
    page = manual.language_page()
    words = [name for name in language.__all__ if inspect.isfunction(getattr(language, name))]
    ours = (thing for thing in vars(lengths).values() if getattr(thing, "__module__", "") == lengths.__name__)
    words += [
        thing.__name__ for thing in ours if inspect.isfunction(thing) and thing not in (lengths.build, lengths.a_window)
    ]
    assert [word for word in words if f"### `{word}(" not in page] == []


def test_write_makes_both_pages(tmp_path):
    manual.write(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["indicators.md", "language.md"]

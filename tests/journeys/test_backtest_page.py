"""The published page of a backtest in a browser: accessible, at a desk and on a phone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support import axe
from support.backtesting import a_comparison

from nightlight.review.backtest_page import as_page
from nightlight.review.backtest_sections import About


@pytest.mark.parametrize("width", [1300, 360])
def test_page_is_accessible_and_fits_its_window(page: Any, tmp_path: Path, width: int) -> None:
    comparison = a_comparison()
    report = tmp_path / "report.html"
    report.write_text(as_page(comparison.second, About(name="a town", synthetic=True), comparison), encoding="utf-8")
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(report.as_uri())
    axe.check(page)
    assert page.locator("svg").count() > 3

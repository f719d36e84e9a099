"""The accessibility checker, run in the browser on the page as it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

_SOURCE = Path(__file__).resolve().parent.parent / "journeys" / "axe.min.js"
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def check(page: Any) -> None:
    """Fail with each violation's rule, and the markup that breaks it; and where a page is wider than its window."""
    page.evaluate(_SOURCE.read_text())
    found = page.evaluate("rules => axe.run({runOnly: rules})", _RULES)["violations"]
    said = [f"{each['id']}: {node['html'][:200]}" for each in found for node in each["nodes"][:3]]
    assert not said, "\n".join([page.url, *said])
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{page.url} is {wide} pixels wider than its window"

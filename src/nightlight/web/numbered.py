"""Lists in numbered pages: which page was asked for, and the links to the others. It reads no rows."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest

NEAR = 2
"""Pages each side of the one that is open that have a link, besides the first and the last."""


def number(request: HttpRequest) -> int:
    """The page asked for, from 1; the first where none, or none that can be, was asked for."""
    asked = request.GET.get("page", "1")
    return int(asked) if asked.isascii() and asked.isdigit() and 0 < int(asked) < 10_000 else 1


def count(total: int, size: int) -> int:
    """How many pages so many rows fill; one where there is none."""
    return max(1, -(-total // size))


def links(request: HttpRequest, total: int, size: int, **query: Any) -> dict[str, Any]:
    """What the `pagination` macro draws: page, pages, and links by number, which keep what else was asked."""
    pages = count(total, size)
    page = min(number(request), pages)
    near = (n for n in range(1, pages + 1) if n in (1, pages) or abs(n - page) <= NEAR)
    kept = {key: value for key, value in query.items() if value}
    return {"page": page, "pages": pages, "links": {n: "?" + urlencode({**kept, "page": n}) for n in near}}

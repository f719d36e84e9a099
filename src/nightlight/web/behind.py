"""Every request stands behind the second wall, in the name of whoever signed in; a page that does not say what it reads
is not served. What a page may show is decided by the actions and, once more, by the database.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from nightlight.store.access import wall
from nightlight.web.page import denied
from nightlight.web.reads import declared


class BehindTheWall:
    """Middleware; it comes after the one that says who is signed in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user  # who it is, is read before the wall stands
        name = user.get_username() if user.is_authenticated else ""
        with wall.standing(name):
            return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: object, kwargs: object
    ) -> HttpResponse | None:
        return None if declared(view) else denied(request)

"""A browser's person signs in, as everybody does: a name, a password, Enter."""

from __future__ import annotations

from typing import Any

from nightlight.actions.demo.staff import PASSWORD


def sign_in(page: Any, server: Any, username: str, then: str = "/sign-in") -> None:
    """Sign in on the way to `then`; back when the page that was asked for is there."""
    page.goto(f"{server.url}{then}")
    give_name_and_password(page, username)


def give_name_and_password(page: Any, username: str) -> None:
    """On the sign-in page that is open."""
    page.fill("#username", username)
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/sign-in" not in url)

"""The page of limits and keeping: what is in force, from which source, and a partnership's own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from support.pages import STAFF, client_of, partnership

from nightlight.domain import keeping, limits

pytestmark = pytest.mark.django_db
OWN = """
limits:
  - {code: SIGN-IN-TRIES, version: 2, valid_from: 2026-01-02, what: Tries here., amount: 4,
     source: Our security officer, grade: hub, force: local}
keeping:
  - {code: child_record, version: 2, valid_from: 2026-01-02, what: Thirty years., from_birth: 30, after_last: 7,
     source: Our schedule, grade: P, force: local}
"""


@pytest.fixture(autouse=True)
def _people(settings: Any) -> Iterator[None]:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    partnership()
    yield
    limits._IN_USE.clear()
    keeping._IN_USE.clear()


def _page() -> str:
    return " ".join(client_of(STAFF).get("/access/limits").content.decode().split())


def test_page_shows_what_is_in_force_its_bounds_source_and_how_sure() -> None:
    page = _page()
    assert "3 to 20" in page
    assert "NCSC password guidance" in page
    assert "30 minutes" in page
    assert "25 years after birth, and 6 years after the last entry" in page
    assert "not verified: check it before you rely on it" in page


def test_page_shows_a_partnerships_own_in_place_of_the_packages() -> None:
    limits.use_limits(OWN)
    keeping.use_keeping(OWN)
    page = _page()
    assert "Tries here." in page
    assert "Our security officer" in page
    assert "30 years after birth, and 7 years after the last entry" in page
    assert "25 years after birth, and 6" not in page

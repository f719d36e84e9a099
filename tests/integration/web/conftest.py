from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from support.deliveries import NOW

from nightlight.web.views import audit, board, child, duties, explain, session


@pytest.fixture(autouse=True)
def _at_that_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pages' clock stands an hour after the deliveries."""
    for module in (audit, board, child, duties, explain, session):
        monkeypatch.setattr(module, "now", lambda: NOW + timedelta(hours=1))


@pytest.fixture(autouse=True)
def _quick_passwords(settings: Any) -> None:
    """Argon2 is slow on purpose; making the partnership's people for each test would take most of the run."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

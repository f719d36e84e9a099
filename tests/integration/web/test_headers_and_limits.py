"""What every answer tells a browser, and that nobody asks at speed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from support.pages import LEAD, client_of, partnership

from nightlight.actions.demo.staff import PASSWORD
from nightlight.web import moment, too_often

pytestmark = pytest.mark.django_db
TEMPLATES = Path(too_often.__file__).parent / "templates"
AT = datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def people(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moment, "now", lambda: AT)
    partnership()


@pytest.mark.parametrize("path", ["/sign-in", "/duties", "/no-such-page", "/health", "/api/v1/openapi.json"])
def test_every_answer_has_the_headers(path: str) -> None:
    answer = client_of(LEAD).get(path)
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in answer["Permissions-Policy"]
    policy = answer["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy


def test_no_template_holds_a_script_or_style_of_its_own() -> None:
    for file in TEMPLATES.rglob("*.html"):
        text = file.read_text("utf-8")
        assert not re.search(r"<script(?![^>]*\bsrc=)", text), file
        assert not re.search(r"\sstyle=|<style|\son\w+=|javascript:", text), file


def test_over_https_cookies_and_the_years_promise_are_for_https_only() -> None:
    """Settings are read once a process, so another one reads them."""
    code = (
        "import django; django.setup(); from django.conf import settings as s; "
        "print(s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.SECURE_HSTS_SECONDS, s.SECOND_FACTOR)"
    )
    environ = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "nightlight.config.settings",
        "NIGHTLIGHT_SECURE": "1",
        "NIGHTLIGHT_SECOND_FACTOR": "",
        "NIGHTLIGHT_SECRET_KEY": "x",
    }
    done = subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "True", "31536000", "True"]


def test_cookies_are_not_for_scripts_or_other_sites() -> None:
    client = Client()
    assert client.post("/sign-in", {"username": LEAD, "password": PASSWORD}).status_code == 302
    cookie = client.cookies["sessionid"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_an_address_that_tries_to_sign_in_at_speed_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(too_often, "limit", lambda code, at: {"SIGN-IN-A-MINUTE": 3}[code])

    def guess(n: int, address: str = "192.0.2.1") -> Any:
        return Client(REMOTE_ADDR=address).post("/sign-in", {"username": f"u{n}", "password": "p"})

    assert [guess(n).status_code for n in range(4)] == [422, 422, 422, 429]
    waiting = guess(5)
    assert "Wait 61 seconds" in waiting.content.decode()
    assert waiting["Retry-After"] == "61"
    assert guess(6, "192.0.2.2").status_code == 422
    assert Client(REMOTE_ADDR="192.0.2.1").get("/sign-in").status_code == 200
    monkeypatch.setattr(moment, "now", lambda: AT + timedelta(seconds=61))
    assert guess(7).status_code == 422


def test_a_person_who_searches_at_speed_waits_and_others_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(too_often, "limit", lambda code, at: {"SEARCHES-A-MINUTE": 2}[code])
    client = client_of(LEAD)
    assert [client.get("/people").status_code for _ in range(3)] == [200, 200, 429]
    assert client_of("front-door-team-manager").get("/people").status_code == 200

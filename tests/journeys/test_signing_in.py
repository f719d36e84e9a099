"""Somebody sets up an app without scripts, adds a passkey, and signs in with it alone; every page by axe."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pyotp
import pytest
from support import axe
from support.pages import LEAD, partnership

from nightlight.actions.demo.staff import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def given_people_who_need_a_second_factor(settings: Any) -> None:
    settings.PASSWORD_HASHERS = [
        f"django.contrib.auth.hashers.{name}PasswordHasher" for name in ("MD5", "Argon2")
    ]  # fmt: skip
    settings.SECOND_FACTOR = True
    partnership()


def test_an_app_then_a_passkey_then_that_alone(page: Any, live_server: Any) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    devices.send(
        "WebAuthn.addVirtualAuthenticator",
        {"options": {**options, "isUserVerified": True, "automaticPresenceSimulation": True}},
    )
    page.goto(f"{live_server.url}/sign-in")
    page.fill("#username", LEAD)
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/sign-in/set-up")
    axe.check(page)
    key = re.sub(r"\s", "", page.inner_text(".nl-secret"))
    page.fill("#code", pyotp.TOTP(key).at(datetime.now(UTC)))
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Your codes on paper")
    axe.check(page)
    page.goto(f"{live_server.url}/my-sign-in/passkey")
    axe.check(page)
    page.fill("#name", "work laptop")
    page.click("button:has-text('Add a passkey')")
    page.wait_for_url("**/my-sign-in")
    assert "work laptop" in page.inner_text("main")
    axe.check(page)
    page.click("text=Sign out")
    page.wait_for_url("**/sign-in")
    axe.check(page)
    page.click("text=Sign in with a passkey")
    page.wait_for_selector("button:has-text('Use your passkey')")
    axe.check(page)
    page.click("button:has-text('Use your passkey')")
    page.wait_for_url("**/duties")

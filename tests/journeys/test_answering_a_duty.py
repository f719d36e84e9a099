"""A safeguarding lead answers a duty: by keyboard, on a telephone's width, and with no JavaScript at all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from support import axe
from support.browsing import sign_in
from support.deliveries import NOW
from support.pages import FRONT_DOOR, GUARDIAN, LEAD, SAID, more_of_the_story, partnership, school_log

from nightlight.actions.demo.staff import PASSWORD
from nightlight.store.duties.models import DutyNow
from nightlight.store.people.models import Person
from nightlight.web.views import audit, board, child, duties, explain, session

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def given_a_child_whom_a_school_worries_about(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Person:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    for module in (audit, board, child, duties, explain, session):
        monkeypatch.setattr(module, "now", lambda: NOW + timedelta(hours=1))
    partnership()
    found = school_log()
    more_of_the_story()
    return found


@pytest.fixture(params=[1280, 320], ids=["desk", "telephone"])
def narrow_or_wide(request: pytest.FixtureRequest, page: Any) -> Any:
    page.set_viewport_size({"width": request.param, "height": 900})
    return page


@pytest.fixture
def plain(browser: Any) -> Iterator[Any]:
    """A page in a browser that runs no scripts."""
    context = browser.new_context(java_script_enabled=False, locale="en-GB")
    yield context.new_page()
    context.close()


def test_every_page_is_accessible_at_both_widths(narrow_or_wide: Any, live_server: Any) -> None:
    page = narrow_or_wide
    page.goto(f"{live_server.url}/sign-in")
    axe.check(page)
    page.click("text=Sign in >> nth=-1")
    axe.check(page)
    sign_in(page, live_server, LEAD)
    one, duty = Person.objects.get(is_child=True).id, DutyNow.objects.get().duty_id
    paths = [
        "/duties", "/duties?show=overdue", "/duties/team", "/duties/team?by=day", "/duties/team/list",
        f"/duties/{duty}", f"/duties/{duty}/discharge", f"/duties/{duty}/hand-over",
        f"/children/{one}", f"/children/{one}?on=2026-11-13&to=police",
        f"/children/{one}?on=never", f"/children/{one}/indicators/school.neglect_log", f"/children/{one}/looked",
        "/indicators", "/indicators/asthma.reliever_overuse", "/no-such-page",
    ]  # fmt: skip
    for path in paths:
        page.goto(live_server.url + path)
        axe.check(page)


def test_lead_acknowledges_and_discharges_with_no_javascript(plain: Any, live_server: Any) -> None:
    sign_in(plain, live_server, LEAD)
    plain.click("text=Signs of neglect")
    plain.click("text=Acknowledge: this is mine")
    plain.click("text=Discharge, with an outcome")
    plain.click("button:has-text('Discharge')")
    assert "There is a problem" in plain.inner_text("main")
    plain.click("a:has-text('Choose what was done')")
    plain.check("text=The need was met by the agency itself")
    plain.fill("#reason", "Breakfast club from today; mother agrees.")
    plain.click("button:has-text('Discharge')")
    assert "Breakfast club from today" in plain.inner_text("main")
    assert DutyNow.objects.get().status == "discharged"


def test_front_door_accepts_what_the_lead_hands_over(page: Any, live_server: Any) -> None:
    sign_in(page, live_server, LEAD)
    duty = DutyNow.objects.get().duty_id
    page.goto(f"{live_server.url}/duties/{duty}/hand-over")
    page.select_option("#to", FRONT_DOOR)
    page.click("text=Offer it to them")
    assert "who has not accepted yet" in page.inner_text("main")
    page.click("text=Sign out")
    sign_in(page, live_server, FRONT_DOOR)
    page.click("text=Offered to me")
    page.click("text=Signs of neglect")
    page.click("text=Accept this duty")
    assert DutyNow.objects.get().owner == FRONT_DOOR


def test_picture_leads_by_keyboard_to_an_entrys_row(page: Any, live_server: Any) -> None:
    sign_in(page, live_server, LEAD)
    page.click("text=Robin Fictional")
    mark = page.locator(".nl-picture a[aria-label*='words']").first
    mark.focus()
    page.keyboard.press("Enter")
    row = page.locator("tr:target")
    assert SAID in row.inner_text()


def test_guardian_sees_that_the_lead_looked(page: Any, live_server: Any) -> None:
    sign_in(page, live_server, LEAD)
    page.click("text=Robin Fictional")
    page.click("text=Sign out")
    page.goto(f"{live_server.url}/sign-in")
    page.fill("#username", GUARDIAN)
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/duties**")
    page.goto(f"{live_server.url}/children/{Person.objects.get(is_child=True).id}")
    page.click("text=Who has looked at this record")
    assert "Designated safeguarding lead" in page.inner_text("main")

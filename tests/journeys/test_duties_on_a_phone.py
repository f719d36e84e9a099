"""Duties in the hand: a link opened on a telephone, one button, done; boards and lapses at both widths, by keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from support import axe
from support.browsing import sign_in
from support.deliveries import NOW
from support.pages import LEAD, MANAGER, partnership, school_log

from nightlight.actions.watching.clockwork import turn_duties
from nightlight.store.duties.models import DutyNow, RotaRow
from nightlight.web import clocks
from nightlight.web.views import board, duties, lapses, rota, rota_edit, session

pytestmark = pytest.mark.django_db(transaction=True)
TELEPHONE = {"width": 320, "height": 640}


@pytest.fixture(autouse=True)
def given_a_duty_and_its_people(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    monkeypatch.setattr(clocks, "KEPT_FOR", timedelta(0))
    _now(monkeypatch, NOW + timedelta(hours=1))
    partnership()
    school_log()


def _now(monkeypatch: pytest.MonkeyPatch, at: Any) -> None:
    for module in (board, duties, lapses, rota, rota_edit, session):
        monkeypatch.setattr(module, "now", lambda: at)


@pytest.fixture(params=[True, False], ids=["scripts", "no-scripts"])
def telephone(request: pytest.FixtureRequest, browser: Any) -> Iterator[Any]:
    context = browser.new_context(
        viewport=TELEPHONE, has_touch=True, is_mobile=True, java_script_enabled=request.param, locale="en-GB"
    )
    yield context.new_page()
    context.close()


@pytest.fixture(params=[1280, 320], ids=["desk", "telephone"])
def narrow_or_wide(request: pytest.FixtureRequest, page: Any) -> Any:
    page.set_viewport_size({"width": request.param, "height": 900})
    return page


def test_a_link_and_one_button_acknowledge_a_duty(telephone: Any, live_server: Any) -> None:
    sign_in(telephone, live_server, LEAD)
    telephone.goto(f"{live_server.url}/duties/{DutyNow.objects.get().duty_id}")  # the first tap: the message's link
    button = telephone.locator("button:has-text('Acknowledge: this is mine')")
    box = button.bounding_box()
    assert box["height"] >= 44
    assert box["width"] >= 200
    button.tap()  # the second
    telephone.wait_for_selector("text=acknowledged it: it is theirs")
    assert DutyNow.objects.get().status == "acknowledged"


def test_the_button_is_there_without_scrolling(page: Any, live_server: Any) -> None:
    page.set_viewport_size(TELEPHONE)
    sign_in(page, live_server, LEAD)
    page.goto(f"{live_server.url}/duties/{DutyNow.objects.get().duty_id}")
    box = page.locator("button:has-text('Acknowledge: this is mine')").bounding_box()
    assert box["y"] + box["height"] <= TELEPHONE["height"]


def test_a_link_opened_before_signing_in_still_leads_to_the_duty(page: Any, live_server: Any) -> None:
    page.set_viewport_size(TELEPHONE)
    path = f"/duties/{DutyNow.objects.get().duty_id}"
    sign_in(page, live_server, LEAD, then=path)
    assert page.locator("button:has-text('Acknowledge: this is mine')").is_visible()


def test_a_duty_is_acknowledged_straight_from_the_list(telephone: Any, live_server: Any) -> None:
    sign_in(telephone, live_server, LEAD)
    button = telephone.locator("button:has-text('Acknowledge')")
    assert button.bounding_box()["height"] >= 44
    button.tap()
    telephone.wait_for_selector("text=Decide, and record the outcome")
    assert telephone.url.endswith(f"#d-{DutyNow.objects.get().duty_id}")


def test_the_ladder_ahead_opens_by_keyboard(page: Any, live_server: Any) -> None:
    sign_in(page, live_server, LEAD)
    assert not page.locator("text=Then to the service manager").is_visible()
    page.locator(".nl-ahead summary").focus()
    page.keyboard.press("Enter")
    assert page.locator("text=Then to the service manager").is_visible()


def test_boards_and_lapses_are_accessible_at_both_widths(
    narrow_or_wide: Any, live_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    RotaRow.objects.filter(role="service_manager").delete()
    turn_duties(now=NOW + timedelta(days=10))
    _now(monkeypatch, NOW + timedelta(days=11))
    page = narrow_or_wide
    sign_in(page, live_server, MANAGER)
    duty = DutyNow.objects.get().duty_id
    shift = RotaRow.objects.get(practitioner__username=LEAD).id
    for path in (
        "/duties", "/duties/team", "/duties/team?by=day", "/duties/team/list?owner=-", f"/duties/{duty}", "/lapses",
        "/lapses/list", "/rota", "/rota?on=2026-12-25&time=23:30", "/rota?on=never", "/rota/shift", "/rota/absence",
        "/rota/leave", "/rota/hours", "/rota/team", "/notices", f"/duties/{duty}/disagree",
        f"/rota/shift/{shift}/end",
    ):  # fmt: skip
        page.goto(live_server.url + path)
        axe.check(page)


def test_a_manager_goes_from_a_number_to_the_story_by_keyboard(
    page: Any, live_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    turn_duties(now=NOW + timedelta(days=10))
    _now(monkeypatch, NOW + timedelta(days=11))
    sign_in(page, live_server, MANAGER, then="/lapses")
    page.locator("#by-stood ~ .nl-scroll td a").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/lapses/list**")
    page.locator("td a").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/duties/**")
    assert "Its time ran out and nobody had discharged it" in page.inner_text("main")


def test_a_manager_puts_somebody_on_call_with_no_scripts(browser: Any, live_server: Any) -> None:
    context = browser.new_context(java_script_enabled=False, locale="en-GB")
    page = context.new_page()
    sign_in(page, live_server, MANAGER, then="/rota")
    page.click("text=Put somebody on the rota")
    page.click("button:has-text('Put them on the rota')")
    assert "There is a problem" in page.inner_text("main")
    page.select_option("#role", "safeguarding_lead")
    page.select_option("#person", "school-nurse.school-1")
    page.check("text=Monday")
    page.fill("#starts", "17:00")
    page.fill("#ends", "09:00")
    page.click("button:has-text('Put them on the rota')")
    assert "Monday, 5pm to 9am the next day" in page.inner_text("main")
    context.close()


def test_ending_the_only_shift_warns_and_stays_usable_by_keyboard(page: Any, live_server: Any) -> None:
    sign_in(page, live_server, MANAGER, then="/rota")
    page.locator("a:has-text('End the shift'):has-text('designated safeguarding lead')").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/end")
    page.locator("button:has-text('End it')").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("text=There is a problem")
    axe.check(page)
    page.locator("#sure").focus()
    page.keyboard.press("Space")
    page.locator("button:has-text('End it')").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("text=The shift ends then.")
    axe.check(page)
    assert "Nobody answers for 1 role now" in page.inner_text("main")

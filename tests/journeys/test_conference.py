"""The Friday conference, played in a browser: four people on their own devices, and one chair who types for all without
scripts. It cannot be closed until Friday night is covered.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from support import axe, browsing
from support.meetings import FRIDAY, WEEKEND, Conference, conference

from nightlight.actions.demo.staff import PASSWORD
from nightlight.actions.meetings import deeds as meeting_deeds
from nightlight.actions.meetings import page as meeting_live
from nightlight.actions.plans import deeds as plans
from nightlight.actions.plans import page as plan_live
from nightlight.domain.meetings.rows import rows_in_use
from nightlight.store.meetings import mapping
from nightlight.store.people.models import Practitioner
from nightlight.web.views import (
    child,
    duties,
    meeting,
    meeting_do,
    meeting_item,
    plan,
    plan_do,
    session,
)

pytestmark = pytest.mark.django_db(transaction=True)
FOUR = ("chair", "worker", "lead", "officer")
WAIT = 90_000


@pytest.fixture(autouse=True)
def _no_stream_is_left() -> Iterator[None]:
    """A stream that is left, and what it reads with, would hold the test database."""
    yield
    for hub in (meeting_live.HUB, plan_live.HUB):
        hub.stop()
        hub._reader.submit(connections.close_all).result(WAIT / 1000)


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Conference:
    """Everybody in the room, at three on a Friday; nothing is said yet."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    for module in (child, duties, meeting, meeting_do, meeting_item, plan, plan_do, session):
        monkeypatch.setattr(module, "now", lambda: FRIDAY)
    made = conference(arrive=False)
    for who in (*FOUR, "nurse"):
        person = Practitioner.objects.get(username=who)
        person.set_password(PASSWORD)
        person.save()
    return made


def sign_in(page: Any, server: Any, who: str, then: str) -> Any:
    page.set_default_timeout(WAIT)
    browsing.sign_in(page, server, who, then)
    return page


@pytest.fixture
def devices(browser: Any, live_server: Any, held: Conference) -> Iterator[dict[str, Any]]:
    """A browser of their own for each of four people, on the meeting's page and hearing of the others."""
    contexts, errors, pages = [], [], {}
    for who in FOUR:
        context = browser.new_context(locale="en-GB", timezone_id="Europe/London")
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        pages[who] = sign_in(page, live_server, who, f"/meetings/{held.meeting}")
        page.wait_for_selector("text=Connected: you see what others do")
    yield pages
    for context in contexts:
        context.close()
    assert not errors


def fill(page: Any, kind: str, /, **said: str) -> None:
    """Open the form that adds something, fill it and send it."""
    form = f"#form-{kind}"
    if page.get_attribute(f"{form}-open", "open") is None:
        page.click(f"{form}-open > summary")
    for name, value in said.items():
        field = page.locator(f"{form} [name={name}]").first
        if field.evaluate("each => each.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)


def send(page: Any, what: str) -> None:
    page.click(f"#form-{what} button[type=submit]")


def says(page: Any, text: str) -> None:
    page.locator(f"main :text({text!r})").first.wait_for()


def score(page: Any, number: int, reason: str) -> None:
    if page.get_attribute("#form-score-open", "open") is None:
        page.click("#form-score-open > summary")
    page.check(f"#form-score [name=score][value='{number}']")
    page.fill("#form-score-reason", reason)
    send(page, "score")


def nothing_but_the_weekend(held: Conference) -> None:
    """The rest of what the record must hold, so that only the danger stands in the way."""
    child_id = str(held.child)
    held.do(meeting_deeds.has_responsibility, "chair", person="mother", child=child_id, name="The mother")
    held.do(meeting_deeds.told, "chair", person="mother", how="visit")
    row = rows_in_use().in_force("initial_conference", FRIDAY)
    for content in row.contents:
        if content.closes and content.code not in {"told", "views", "decision", "scores", "dangers"}:
            held.add("chair", "note", content.code, block=content.code, text="As the report says.")


def test_four_people_hold_the_friday_conference_and_it_stays_open_until_the_night_is_covered(
    devices: dict[str, Any], held: Conference, live_server: Any
) -> None:
    chair, worker, lead, officer = (devices[who] for who in FOUR)
    for page in devices.values():  # each says that they are here, and the others see it
        page.click("#form-here button")
        page.wait_for_selector("#form-here", state="detached")
    says(chair, "Officer Fiction (police)")
    nothing_but_the_weekend(held)

    # the child's words stand apart from everybody else's
    fill(lead, "view", words="I want to sleep at my aunt's.", how="talked at school", when_on="2026-11-19")
    lead.check("#form-view-seen_alone")
    send(lead, "view")
    officer.locator(".nl-words:has-text('sleep at my aunt')").wait_for()

    # scores: hidden until all are in, then side by side, the lowest first
    held.do(meeting_deeds.apologise, "chair", person="nurse", reason="On leave")
    held.do(meeting_deeds.apologise, "chair", person="mother", reason="Not today")
    score(worker, 6, "She attends.")
    score(officer, 5, "No calls.")
    says(lead, "Still to come: Lead Fiction")
    assert "She attends." not in lead.inner_text("main")
    score(lead, 0, "Nobody gives her the inhaler.")
    for page in devices.values():
        says(page, "The lowest is 0: Nobody gives her the inhaler. The scores go from 0 to 6")
    assert "average" not in chair.inner_text("main").replace("They are not averaged.", "")

    # a danger is read and drawn while it is typed, and the others see it typed
    fill(lead, "danger", what="An attack, with nobody who gives the inhaler.", said_when="this weekend")
    lead.locator("#form-danger .nl-preview:has-text('64 hours')").first.wait_for()
    says(officer, "Lead Fiction is writing:")
    send(lead, "danger")
    for page in devices.values():
        says(page, "Nothing in force: 64 hours")

    # what is proposed is for Monday
    fill(
        chair, "protection", what="Speaks to the mother.", owner="worker", said_when="from Monday 9am",
        how_confirmed="a note of the visit",
    )  # fmt: skip
    chair.click("#form-protection-exact > summary")
    chair.fill("#form-protection [name=review_on]", "2026-11-30")
    send(chair, "protection")
    worker.locator("button:has-text('Accept: I do this')").click()
    says(chair, "Agreed, and in force only from Monday 23 November 2026 at 09:00")
    fill(chair, "decision", what="A plan for neglect.", reasons="Harm is likely.", outcome="child_protection_plan")
    send(chair, "decision")
    says(lead, "a child protection plan")
    fill(lead, "dissent", reasons="Monday is too late for this child.")
    send(lead, "dissent")
    says(chair, "Lead Fiction disagrees")

    # so it does not close
    chair.goto(f"{live_server.url}/meetings/{held.meeting}/closing")
    chair.click("#form-close button")
    says(chair, "The meeting stays open")
    says(chair, "No protection is in force for 64 hours, from Friday 20 November 2026 at 17:00")
    axe.check(chair)
    assert mapping.meeting_of(held.meeting)[0].status == "held"

    # brought forward: still not, until its owner accepts what it says now
    chair.click("a:has-text('Bring it forward')")
    assert chair.input_value("#correct [name=in_force_from_on]") == "2026-11-20"
    axe.check(chair)
    chair.click("#correct button[type=submit]")
    says(worker, "Does not count yet: its owner has not accepted it.")
    worker.locator("button:has-text('Accept: I do this')").click()
    for page in (worker, lead, officer):
        page.locator(".nl-state--covered:has-text('Covered')").wait_for()
        assert page.locator(".nl-uncovered").count() == 0
        axe.check(page)
    chair.goto(f"{live_server.url}/meetings/{held.meeting}/closing")
    says(chair, "It can be closed")
    chair.click("#form-close button")
    says(chair, "What was decided, and who has it")
    axe.check(chair)

    # afterwards: each reads what was decided
    officer.goto(f"{live_server.url}/meetings/{held.meeting}/closing")
    officer.click("button:has-text('I have read what was decided')")
    says(officer, "You read it")


def test_one_chair_types_for_all_without_scripts(browser: Any, live_server: Any, held: Conference) -> None:
    for who in ("chair", "worker", "lead", "officer"):
        held.do(meeting_deeds.arrive, who, how="in the room")
    nothing_but_the_weekend(held)
    context = browser.new_context(java_script_enabled=False, locale="en-GB", viewport={"width": 320, "height": 640})
    page = sign_in(context.new_page(), live_server, "chair", f"/meetings/{held.meeting}")
    for person, number in (("worker", 6), ("lead", 0), ("officer", 5)):
        if page.get_attribute("#form-score-open", "open") is None:
            page.click("#form-score-open > summary")
        page.select_option("#form-score-author", person)
        page.check(f"#form-score [name=score][value='{number}']")
        page.fill("#form-score-reason", f"Said by the {person}.")
        send(page, "score")
    page.click("button:has-text('Show the scores without those')")
    assert "The lowest is 0: Said by the lead." in page.inner_text("main")
    fill(page, "view", not_heard="Away from school, and seen on Monday")
    send(page, "view")
    fill(page, "danger", what="He comes round.", said_when="this weekend", author="lead")
    send(page, "danger")
    assert "from Friday 20 November 2026 at 17:00 to Monday 23 November 2026 at 09:00" in page.inner_text("main")
    assert "Nothing in force: 64 hours" in page.inner_text("main")
    fill(
        page, "protection", what="Stays with her aunt.", owner="worker", said_when="from now until Monday 9am",
        how_confirmed="a call at six",
    )  # fmt: skip
    send(page, "protection")
    page.click("summary:has-text('Worker Fiction accepts it')")
    assert page.input_value("[id^=accept-][name=how]") == "in the room"
    page.click("button:has-text('Record that they accept')")
    assert "in the room; written down by Chair Fiction" in page.inner_text("main")
    assert "In force now" in page.inner_text("main")
    fill(page, "decision", what="A plan.", reasons="Harm is likely.", outcome="child_protection_plan")
    send(page, "decision")
    page.click("text=Close the meeting, or see what it still needs")
    assert "It can be closed" in page.inner_text("main")
    page.click("button:has-text('Close the meeting')")
    assert "What was decided, and who has it" in page.inner_text("main")
    context.close()
    assert mapping.meeting_of(held.meeting)[0].dangers[0].author == "lead"


def test_two_who_correct_one_danger_lose_nothing(devices: dict[str, Any], held: Conference, live_server: Any) -> None:
    held.weekend_danger()
    lead, officer = devices["lead"], devices["officer"]
    address = f"{live_server.url}/meetings/{held.meeting}/items/{held.items['danger']}"
    for page in (lead, officer):
        page.goto(address)
        page.wait_for_selector("#correct-what")
    officer.fill("#correct-what", "What the officer wrote.")
    lead.fill("#correct-what", "What the lead wrote.")
    lead.click("#correct button[type=submit]")
    says(lead, "What the lead wrote.")
    officer.locator("[data-changed-note]:has-text('Lead Fiction has changed this')").wait_for()
    assert officer.input_value("#correct-what") == "What the officer wrote."
    officer.click("#correct button[type=submit]")
    officer.wait_for_selector("text=Two people wrote at once")
    axe.check(officer)
    both = officer.inner_text(".nl-two")
    assert "What the lead wrote." in both
    assert "What the officer wrote." in both
    officer.check("#settle-1-kept-2")
    officer.click("text=Settle it")
    says(officer, "What the officer wrote.")


def test_a_connection_that_breaks_loses_nothing_typed(devices: dict[str, Any], held: Conference) -> None:
    lead = devices["lead"]
    fill(lead, "danger", what="He comes ro")
    lead.locator("#form-danger [data-saved]:text-is('Kept')").wait_for()
    lead.context.set_offline(True)
    lead.fill("#form-danger-what", "He comes round tonight.")
    lead.locator("#form-danger [data-saved]:has-text('Not kept yet')").wait_for()
    lead.context.set_offline(False)
    lead.locator("#form-danger [data-saved]:text-is('Kept')").wait_for()
    lead.reload()
    assert lead.input_value("#form-danger-what") == "He comes round tonight."


@pytest.fixture(params=[1280, 320], ids=["desk", "telephone"])
def screen(request: pytest.FixtureRequest, page: Any) -> Any:
    page.set_viewport_size({"width": request.param, "height": 900})
    return page


def test_every_page_is_accessible_at_both_widths(screen: Any, live_server: Any, held: Conference) -> None:
    for who in ("chair", "worker", "lead", "officer"):
        held.do(meeting_deeds.arrive, who, how="in the room")
    nothing_but_the_weekend(held)
    held.weekend_danger()
    held.protection(starts=WEEKEND[1].earliest, until=None, review=FRIDAY + timedelta(days=9))
    held.add("lead", "danger", "second", what="He comes round.", said_when="when he drinks")
    held.add("lead", "dissent", "dissent", reasons="Monday is too late.")
    running = plans.begin(
        by=held.people["worker"], kind="child_protection", children=[held.child], why="Harm is likely.", key="plan",
        meeting=held.meeting, now=FRIDAY,
    )  # fmt: skip
    sign_in(screen, live_server, "chair", "/meetings")
    at = f"/meetings/{held.meeting}"
    for path in (
        "/meetings", at, f"{at}/people?who=fiction", f"{at}/record", f"{at}/closing",
        f"{at}/items/{held.items['protection']}", f"{at}/papers/record", f"/children/{held.child}",
        f"/children/{held.child}/meetings/new", f"/children/{held.child}/plans/new",
    ):  # fmt: skip
        screen.goto(live_server.url + path)
        screen.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
        axe.check(screen)
    screen.context.clear_cookies()
    sign_in(screen, live_server, "worker", f"/plans/{running}")
    screen.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
    axe.check(screen)

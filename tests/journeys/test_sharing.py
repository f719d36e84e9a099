"""A GP shares what points to significant harm in three steps; a school is asked and refuses; a guardian reviews."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from support import axe
from support.browsing import sign_in
from support.deliveries import NOW, entry, person, record, take_in
from support.pages import CHILD, FRONT_DOOR, GUARDIAN, LEAD, partnership

from nightlight.actions.demo.staff import make_agreements, make_people
from nightlight.store.audit.models import AuditEvent
from nightlight.store.chronology.models import FiringRow
from nightlight.store.people.models import Person
from nightlight.store.sharing.models import Disclosure, SharingDecision, SharingRequest
from nightlight.timeline.partial import Partial
from nightlight.web.views import child, duties, explain, session, sharing, sharing_ask, sharing_give

pytestmark = pytest.mark.django_db(transaction=True)
GP = "safeguarding-lead.practice-1"


@pytest.fixture(autouse=True)
def given_a_baby_whose_bruise_a_practice_recorded(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Person:
    hashers = "django.contrib.auth.hashers"  # one hash serves every test: it may have been made by either
    settings.PASSWORD_HASHERS = [f"{hashers}.MD5PasswordHasher", f"{hashers}.Argon2PasswordHasher"]
    for module in (child, duties, explain, session, sharing, sharing_ask, sharing_give):
        monkeypatch.setattr(module, "now", lambda: NOW + timedelta(hours=1))
    partnership()
    make_people([("practice-1", "Fictional Practice", "health.gp")], now=NOW)
    baby = person("b1", given="Sam", family="Fictional", born=Partial.day(date(2026, 9, 1)), nhs_number="9990000026")
    bruise = entry(
        "health.injury", 1, "b1", attributes={"injury": "bruise", "mobile": False, "explanation": "none"},
        text="Bruise behind the ear. Mother says she does not know.",
    )  # fmt: skip
    take_in(record("visit-1", bruise, people=[baby]), agency="health.gp", organisation="practice-1")
    return Person.objects.get(given="Sam")


@pytest.fixture(params=[1280, 320], ids=["desk", "telephone"])
def plain(request: pytest.FixtureRequest, browser: Any) -> Iterator[Any]:
    """A page in a browser that runs no scripts, at both widths."""
    context = browser.new_context(
        java_script_enabled=False, locale="en-GB", viewport={"width": request.param, "height": 900}
    )
    yield context.new_page()
    context.close()


def test_gp_is_told_and_shares_in_three_steps(plain: Any, live_server: Any) -> None:
    baby = Person.objects.get(given="Sam").id
    assert FiringRow.objects.filter(child=baby, level__in=["threshold", "immediate"]).exists()
    sign_in(plain, live_server, GP)
    plain.goto(f"{live_server.url}/children/{baby}")
    assert "You can share this now" in plain.inner_text("main")
    plain.click("text=Share it, in three steps >> nth=0")
    assert "Consent is not needed" in plain.inner_text("main")
    plain.fill("#note", "A baby of eleven weeks cannot bruise herself.")
    plain.click("button:has-text('See it as they will')")
    promised = plain.inner_text(".nl-as-seen")
    assert "Bruise behind the ear" in promised
    assert not Disclosure.objects.exists()
    plain.click("button:has-text('Send it')")
    given = Disclosure.objects.get()
    assert given.by == GP
    plain.click("text=Sign out")
    sign_in(plain, live_server, given.to_person)
    plain.goto(f"{live_server.url}/notices")
    plain.click("text=Somebody shared information with you")
    assert plain.inner_text(".nl-as-seen") == promised


def test_lead_is_asked_refuses_and_the_guardian_overturns_it(plain: Any, live_server: Any) -> None:
    note = entry("education.concern", 2, "c1", attributes={"category": "hunger"}, text="Hungry again.")
    take_in(record("log-0", note, people=[CHILD]), agency="education", organisation="school-1")
    one = Person.objects.get(given="Robin").id
    AuditEvent.objects.create(at=NOW, by=FRONT_DOOR, act="person.found", child=one, reason="a telephone call")
    sign_in(plain, live_server, FRONT_DOOR)
    plain.goto(f"{live_server.url}/children/{one}")
    plain.click("text=Ask an organisation for what it holds")
    plain.click("button:has-text('Ask')")
    assert "There is a problem" in plain.inner_text("main")
    plain.select_option("#holder", "school-1")
    plain.check("text=Significant harm is suspected")
    plain.fill("#what", "What was noticed about food")
    plain.fill("#why", "To decide on a strategy discussion")
    plain.click("button:has-text('Ask')")
    assert "Due" in plain.inner_text("main")
    plain.click("text=Sign out")
    sign_in(plain, live_server, LEAD)
    plain.click("text=Somebody asks for information >> nth=0")
    plain.click("text=Do not share it, and say why")
    for field in ("detriment", "comparison", "alternatives", "told"):
        plain.fill(f"#{field}", f"The {field}.")
    plain.check(f"input[value='{GUARDIAN}']")
    plain.fill("#review_on", "2026-11-25")
    plain.fill("#review_at", "12:00")
    plain.click("button:has-text('Do not share')")
    refused = SharingDecision.objects.get()
    plain.click("text=Sign out")
    sign_in(plain, live_server, GUARDIAN)
    plain.click("text=Review a refusal to share >> nth=0")
    assert "The detriment." in plain.inner_text("main")
    plain.check("text=No: it is to be answered again")
    plain.fill("#reason", "It would not harm the child.")
    plain.click("button:has-text('Record the review')")
    assert "does not stand" in plain.inner_text("main")
    assert refused.reviews.get().stands is False


@pytest.mark.parametrize("width", [1280, 320], ids=["desk", "telephone"])
def test_every_page_of_sharing_is_accessible(width: int, page: Any, live_server: Any) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    baby = Person.objects.get(given="Sam").id
    indicator = FiringRow.objects.filter(child=baby, level__in=["threshold", "immediate"])[0].indicator
    make_agreements([("fhir", "practice-1")], now=NOW)
    page.goto(f"{live_server.url}/what-is-shared")
    axe.check(page)
    sign_in(page, live_server, GP)
    for path in (f"/children/{baby}", f"/children/{baby}/ask", f"/children/{baby}/sharing", "/sharing",
                 f"/children/{baby}/indicators/{indicator}"):  # fmt: skip
        page.goto(live_server.url + path)
        axe.check(page)
    page.goto(f"{live_server.url}/children/{baby}/share?indicator={indicator}")
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    axe.check(page)
    page.click("button:has-text('See it as they will')")
    axe.check(page)
    page.click("button:has-text('Send it')")
    axe.check(page)
    _asked(live_server, page, baby)


def _asked(server: Any, page: Any, baby: Any) -> None:
    page.goto(f"{server.url}/children/{baby}/ask")
    page.select_option("#holder", "school-1")
    page.check("text=Immediate danger")
    page.fill("#what", "Whether she was seen")
    page.fill("#why", "To find her")
    page.click("button:has-text('Ask')")
    axe.check(page)
    request = SharingRequest.objects.get()
    page.click("text=Sign out")
    sign_in(page, server, LEAD)
    for path in (f"/sharing/requests/{request.id}", f"/sharing/requests/{request.id}/refuse"):
        page.goto(server.url + path)
        axe.check(page)

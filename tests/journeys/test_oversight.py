"""A guardian asks about a look at one's own family, and gives a young person what is held on them; anybody changes
their password and reads what their own access looked like. Without scripts, at a desk and on a telephone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from support import axe
from support.browsing import sign_in
from support.deliveries import NOW
from support.pages import GUARDIAN, LEAD, more_of_the_story, partnership, school_log

from nightlight.actions.demo.staff import PASSWORD
from nightlight.actions.oversight import copies as subject_access
from nightlight.actions.oversight import unusual
from nightlight.actions.trail import audit
from nightlight.store.access.models import Granted
from nightlight.store.keeping.models import ErasureAsked, Suppression
from nightlight.store.oversight.models import SubjectCopy, Unusual
from nightlight.store.people.models import Person, Practitioner
from nightlight.web import moment, proving
from nightlight.web.views import (
    access,
    child,
    duties,
    erasures,
    my_sign_in,
    oversight,
    session,
    sharing_consent,
    subject,
)
from nightlight.web.views import audit as audit_view

pytestmark = pytest.mark.django_db(transaction=True)
AT = NOW + timedelta(hours=2)


@pytest.fixture(autouse=True)
def given_a_lead_who_looked_at_a_child_of_their_own_name(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Person:
    hashers = "django.contrib.auth.hashers"  # one hash serves every test: it may have been made by either
    settings.PASSWORD_HASHERS = [f"{hashers}.MD5PasswordHasher", f"{hashers}.Argon2PasswordHasher"]
    for module in (
        access, audit_view, child, duties, erasures, moment, my_sign_in, oversight, proving, session, sharing_consent,
        subject,
    ):  # fmt: skip
        monkeypatch.setattr(module, "now", lambda: AT)
    partnership()
    robin = school_log()
    more_of_the_story()
    Practitioner.objects.filter(username=LEAD).update(name="Ada Fictional")
    lead = Practitioner.objects.get(username=LEAD)
    audit.record(at=NOW, by=lead, act="child.viewed", child=robin.id)
    unusual.turn(now=AT)
    return robin


@pytest.fixture(params=[1280, 320], ids=["desk", "telephone"])
def page(request: pytest.FixtureRequest, browser: Any) -> Iterator[Any]:
    context = browser.new_context(
        java_script_enabled=False, locale="en-GB", viewport={"width": request.param, "height": 900}
    )
    yield context.new_page()
    context.close()


def test_the_guardian_asks_and_records_what_was_said(page: Any, live_server: Any) -> None:
    sign_in(page, live_server, GUARDIAN)
    page.click("nav >> text=Unusual access")
    assert "Ada Fictional" in page.inner_text("main")
    page.click("main >> text=Ada Fictional")
    page.click("button:has-text('Record it')")
    assert "Choose what you did" in page.inner_text(".govuk-error-summary")
    page.check("text=It is explained")
    page.fill("#words", "Not related; the child is in her school.")
    page.click("button:has-text('Record it')")
    assert "Not related" in page.inner_text("main")
    assert Unusual.objects.get().settled


def test_the_guardian_decides_previews_and_gives_a_copy(page: Any, live_server: Any) -> None:
    robin = Person.objects.get(is_child=True)
    sign_in(page, live_server, GUARDIAN)
    page.click("nav >> text=Copies for people")
    page.fill("#subject", str(robin.id))
    page.fill("#asked_by", "Robin, seen in person")
    page.fill("#received_on", "2026-11-20")
    page.click("button:has-text('Put it on record')")
    page.fill("#why", "About other people, or the child's own words to staff.")
    page.click("button:has-text('Keep what is decided')")
    page.click("text=See it as they will")
    assert "[left out]" in page.inner_text(".nl-as-seen")
    page.click("button:has-text('Make the copy')")
    assert SubjectCopy.objects.count() == 1


def test_anybody_reads_their_own_access_and_changes_their_password(page: Any, live_server: Any) -> None:
    sign_in(page, live_server, LEAD)
    page.goto(f"{live_server.url}/my-sign-in")
    page.click("text=What your access looked like")
    assert "Opened the record" in page.inner_text("main")
    page.fill("#value", "AB1 2CD")
    page.click("button:has-text('Put it on record')")
    assert "AB1 2CD" in page.inner_text("main")
    page.goto(f"{live_server.url}/my-sign-in/password")
    page.fill("#old", PASSWORD)
    page.fill("#new", "short")
    page.fill("#again", "short")
    page.click("button:has-text('Change it')")
    assert "at least 12 characters" in page.inner_text(".govuk-error-summary")
    page.fill("#old", PASSWORD)
    page.fill("#new", "orbit candle thistle")
    page.fill("#again", "orbit candle thistle")
    page.click("button:has-text('Change it')")
    page.wait_for_url("**/my-sign-in")


@pytest.mark.parametrize("width", [1280, 320])
def test_axe_finds_nothing(width: int, browser: Any, live_server: Any) -> None:
    guardian = Practitioner.objects.get(username=GUARDIAN)
    robin = Person.objects.get(is_child=True)
    row = subject_access.ask(by=guardian, subject=robin.id, asked_by="Robin", received=NOW, now=AT)
    _twice_at_one_moment(robin)
    context = browser.new_context(locale="en-GB", viewport={"width": width, "height": 900})
    page = context.new_page()
    sign_in(page, live_server, GUARDIAN)
    finding = Unusual.objects.get().id
    for path in (
        "/access/unusual", f"/access/unusual/{finding}", "/my-access", "/access/copies", f"/access/copies/{row.id}",
        f"/access/copies/{row.id}/preview", f"/access/copies/{row.id}/longer", "/my-sign-in/password",
        f"/children/{robin.id}/looked", "/access/glass", "/access/erased", f"/children/{robin.id}/consent",
    ):  # fmt: skip
        page.goto(f"{live_server.url}{path}")
        axe.check(page)
    context.close()


def _twice_at_one_moment(child: Person) -> None:
    """Glass that one person broke twice, and what one source erased twice: nothing but their ids tells them apart."""
    for _ in range(2):
        Granted.objects.create(
            kind="broken_glass", child=child.id, person=LEAD, about="", since=AT, until=AT + timedelta(hours=4),
            by=LEAD, reason="A telephone call from the flat.",
        )  # fmt: skip
        ErasureAsked.objects.create(
            id=uuid4(), organisation="school-1", subject=uuid4(), child=child.id, at=AT, state="waiting"
        )
        Suppression.objects.create(at=AT, by=GUARDIAN, records=12)

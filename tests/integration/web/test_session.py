"""Signing in: who may, what is said to who may not, and what is never written down."""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from support.deliveries import NOW
from support.pages import LEAD, STAFF, client_of, partnership

from nightlight.actions.demo.staff import PASSWORD
from nightlight.store.audit.models import AuditEvent
from nightlight.store.people.models import Practitioner
from nightlight.web.views import session

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def people() -> None:
    partnership()


def sign_in(client: Client, username: str, password: str, **more: str) -> Any:
    return client.post("/sign-in", {"username": username, "password": password, **more})


def test_sign_in_with_the_right_password_leads_to_ones_duties() -> None:
    client = Client()
    response = sign_in(client, LEAD, PASSWORD)
    assert response.status_code == 302
    assert client.get("/", follow=True).redirect_chain == [("/duties", 302)]
    assert AuditEvent.objects.filter(by=LEAD, act="session.started").count() == 1


def test_somebody_else_signs_in_at_the_same_browser() -> None:
    client = client_of(LEAD)
    assert sign_in(client, STAFF, "not it").status_code == 422
    assert sign_in(client, STAFF, PASSWORD).status_code == 302
    assert set(AuditEvent.objects.filter(by=STAFF).values_list("act", flat=True)) == {
        "session.refused",
        "session.started",
    }


def test_sign_in_returns_to_the_page_that_asked_for_it() -> None:
    client = Client()
    asked = client.get("/indicators")
    assert asked["Location"] == "/sign-in?next=/indicators"
    assert sign_in(client, LEAD, PASSWORD, next="/indicators")["Location"] == "/indicators"


def test_sign_in_never_leads_to_another_site() -> None:
    assert sign_in(Client(), LEAD, PASSWORD, next="//elsewhere.example/")["Location"] == "/"


def test_sign_in_with_nothing_says_what_to_enter() -> None:
    response = sign_in(Client(), "", "")
    assert response.status_code == 422
    page = response.content.decode()
    assert "There is a problem" in page
    assert 'href="#username">Enter your user name' in page
    assert 'href="#password">Enter your password' in page


def test_sign_in_with_a_wrong_password_says_no_more_than_for_nobody() -> None:
    wrong = sign_in(Client(), LEAD, "not it").content.decode()
    nobody = sign_in(Client(), "no-such-person", "not it").content.decode()
    said = "The user name or the password is not right"
    assert said in wrong
    assert said in nobody


def test_sign_in_keeps_no_user_name_that_nobody_has() -> None:
    sign_in(Client(), "a child's name", "secret")
    row = AuditEvent.objects.get(act="session.refused")
    assert "child" not in row.by
    assert row.by.startswith("unknown:")


def test_sign_in_is_refused_after_ten_wrong_tries_even_with_the_right_password() -> None:
    for _ in range(10):
        sign_in(Client(), LEAD, "guess")
    response = sign_in(Client(), LEAD, PASSWORD)
    assert response.status_code == 422
    assert "Wait 15 minutes" in response.content.decode()


def test_sign_in_works_again_after_the_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(10):
        sign_in(Client(), LEAD, "guess")
    monkeypatch.setattr(session, "now", lambda: NOW + timedelta(hours=2))
    assert sign_in(Client(), LEAD, PASSWORD).status_code == 302


def test_ready_made_users_are_there_only_in_a_demonstration(settings: Any) -> None:
    settings.DEMO = False
    assert "Or be somebody" not in Client().get("/sign-in").content.decode()
    assert Client().post("/sign-in/as", {"username": LEAD}).status_code == 404
    settings.DEMO = True
    page = Client().get("/sign-in").content.decode()
    assert "Or be somebody" in page
    assert "Fictional records" in page
    assert Client().post("/sign-in/as", {"username": LEAD}).status_code == 302


def test_ready_made_users_are_of_every_role_and_at_most_two_of_each(settings: Any) -> None:
    settings.DEMO = True
    page = Client().get("/sign-in").content.decode()
    usernames = re.findall(r'name="username" value="([^"]+)"', page)
    roles = Counter(Practitioner.objects.get(username=username).role for username in usernames)
    assert set(roles) == set(Practitioner.objects.values_list("role", flat=True))
    assert max(roles.values()) == 2


def test_sign_out_ends_the_session_and_is_written_down() -> None:
    client = client_of(LEAD)
    assert client.get("/sign-out").status_code == 405
    assert client.post("/sign-out")["Location"] == "/sign-in"
    assert client.get("/duties").status_code == 302
    assert AuditEvent.objects.filter(by=LEAD, act="session.ended").exists()


def test_home_leads_each_role_to_a_page_it_may_open() -> None:
    assert client_of(STAFF).get("/", follow=True).status_code == 200


def test_a_form_without_its_token_is_refused_in_words() -> None:
    response = Client(enforce_csrf_checks=True).post("/sign-in", {"username": LEAD, "password": PASSWORD})
    assert response.status_code == 403
    assert "This form could not be sent" in response.content.decode()


def test_a_page_that_is_not_there_says_so() -> None:
    response = client_of(LEAD).get("/no-such-page")
    assert response.status_code == 404
    assert "Page not found" in response.content.decode()


def test_pages_are_not_kept_and_allow_no_inline_code() -> None:
    response = client_of(LEAD).get("/duties")
    assert response["Cache-Control"] == "no-store, private"
    assert "unsafe-inline" not in response["Content-Security-Policy"]
    page = response.content.decode()
    assert " style=" not in page
    assert "<style" not in page

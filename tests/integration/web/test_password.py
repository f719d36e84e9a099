"""Changing one's own password: proof, the old one, the lock-out, every other sign-in ended, a new session key."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from support.deliveries import NOW
from support.pages import LEAD, partnership

from nightlight.actions.demo.staff import PASSWORD
from nightlight.store.audit.models import AuditEvent
from nightlight.store.people.models import Practitioner
from nightlight.store.signin.models import SignIn, WrongTry
from nightlight.web import moment, proving
from nightlight.web.views import my_sign_in, session

pytestmark = pytest.mark.django_db
NEW = "orbit candle thistle"
AT = NOW + timedelta(hours=1)


@pytest.fixture(autouse=True)
def _then(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (moment, proving, session, my_sign_in):
        monkeypatch.setattr(module, "now", lambda: AT)
    partnership()


def signed_in(password: str = PASSWORD) -> Client:
    client = Client()
    answer = client.post("/sign-in", {"username": LEAD, "password": password})
    assert answer.status_code == 302, answer.content
    return client


def change(client: Client, **more: str) -> Any:
    return client.post("/my-sign-in/password", {"old": PASSWORD, "new": NEW, "again": NEW, **more})


def test_a_changed_password_ends_the_old_one_and_every_other_sign_in() -> None:
    other, client = signed_in(), signed_in()
    before = client.cookies["sessionid"].value
    assert client.get("/my-sign-in/password").status_code == 200
    assert change(client)["Location"] == "/my-sign-in"
    assert client.cookies["sessionid"].value != before
    assert client.get("/my-sign-in").status_code == 200
    assert other.get("/my-sign-in").status_code == 302
    assert SignIn.objects.filter(ended=None).count() == 1
    assert Client().post("/sign-in", {"username": LEAD, "password": PASSWORD}).status_code == 422
    signed_in(NEW)
    row = AuditEvent.objects.get(act="password.changed")
    assert (row.by, row.detail) == (LEAD, {"ended": 1})
    assert NEW not in str(AuditEvent.objects.values_list("detail", "reason", "about"))


def test_the_key_that_the_browser_had_before_is_nobodys() -> None:
    client = signed_in()
    copied = Client()
    copied.cookies["sessionid"] = client.cookies["sessionid"].value
    change(client)
    assert copied.get("/my-sign-in").status_code == 302


def test_a_proof_that_is_stale_is_asked_for_and_no_password_is_carried_in_a_page() -> None:
    client = signed_in()
    SignIn.objects.update(proved=AT - timedelta(hours=1))
    answer = change(client)
    assert (answer.status_code, answer["Location"]) == (302, "/my-sign-in/password")
    page = client.get("/my-sign-in/password")
    assert page.status_code == 403
    assert PASSWORD not in page.content.decode()
    assert client.post("/my-sign-in/password", {"proof_secret": "not it"}).status_code == 403
    assert client.post("/my-sign-in/password", {"proof_secret": PASSWORD}).status_code == 200
    assert change(client).status_code == 302
    assert AuditEvent.objects.filter(act="password.changed").exists()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"old": ""}, "as it is now"),
        ({"old": "not it at all"}, "That is not your password now"),
        ({"new": "short", "again": "short"}, "At least 12 characters"),
        ({"new": "x" * 201, "again": "x" * 201}, "at most 200"),
        ({"new": PASSWORD, "again": PASSWORD}, ""),
        ({"new": "aaaaaaaaaaaaaa", "again": "aaaaaaaaaaaaaa"}, "harder to guess"),
        ({"new": f"{LEAD} and more", "again": f"{LEAD} and more"}, "harder to guess"),
        ({"again": "another thing yet"}, "The two are not the same"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_changed(wrong: dict[str, str], said: str) -> None:
    client = signed_in()
    answer = change(client, **wrong)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert said in page
    assert not any(secret in page for secret in (NEW, "another thing yet"))
    assert Practitioner.objects.get(username=LEAD).check_password(PASSWORD)


def test_guesses_at_an_open_screen_are_counted_and_end_in_the_lock_out() -> None:
    client = signed_in()
    for _ in range(10):
        assert change(client, old="a wrong guess").status_code == 422
    assert WrongTry.objects.filter(name=LEAD).count() == 10
    answer = change(client)
    assert "ten wrong tries" in answer.content.decode()
    assert Practitioner.objects.get(username=LEAD).check_password(PASSWORD)


def test_whoever_signs_in_with_their_organisation_has_none_to_change() -> None:
    client = signed_in()
    person = Practitioner.objects.get(username=LEAD)
    person.set_unusable_password()
    person.save()
    client.force_login(person)
    assert "Change your password" not in client.get("/my-sign-in").content.decode()
    assert "changed there" in change(client).content.decode()

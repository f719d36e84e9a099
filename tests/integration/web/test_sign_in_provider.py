"""Signing in with an identity provider that runs here: who may, who may not, and what a forged answer gets."""

from __future__ import annotations

import base64
import hashlib
import io
import threading
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
import requests
from django.test import Client
from support.pages import LEAD, STAFF, partnership

from nightlight.actions.signin import accounts, provider
from nightlight.store.audit.models import AuditEvent
from nightlight.store.people.models import Practitioner
from nightlight.store.signin.models import SignIn, Subject
from nightlight.web.views import session

pytestmark = [
    pytest.mark.django_db,
    # The provider runs in this process, on parts of its libraries that are going to be replaced.
    pytest.mark.filterwarnings("ignore"),
]


class Strict:
    """Holds the provider to PKCE: a code is given out only to whoever knows what its challenge was made from."""

    def __init__(self, app: Any) -> None:
        self.app, self.challenges, self.tampered = app, {}, False

    def __call__(self, environ: dict[str, Any], start: Any) -> Any:
        query = parse_qs(environ.get("QUERY_STRING", ""))
        body = b""
        if environ["REQUEST_METHOD"] == "POST":
            body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            environ["wsgi.input"] = io.BytesIO(body)
        said = parse_qs(body.decode())
        if "code_verifier" in said or said.get("grant_type") == ["authorization_code"]:
            digest = hashlib.sha256(said.get("code_verifier", [""])[0].encode()).digest()
            if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() not in self.challenges:
                start("400 Bad Request", [("Content-Type", "application/json")])
                return [b'{"error": "invalid_grant"}']
        if query.get("code_challenge_method") == ["S256"]:
            self.challenges[query["code_challenge"][0]] = True
        return self.app(environ, start)


class Quiet(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[str, Strict]]:
    """The provider's address, and what holds it to PKCE."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import oidc_provider_mock

        strict = Strict(oidc_provider_mock.app(require_nonce=True))
    server = make_server("127.0.0.1", 0, strict, handler_class=Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", strict
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def issuer(running: tuple[str, Strict], settings: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(session, "now", lambda: datetime.now(UTC))  # the provider's clock is the machine's
    monkeypatch.setattr(provider, "_SECONDS", 60)  # a machine under load is no provider that is away
    partnership()
    settings.OIDC = {"issuer": running[0], "client": "nightlight", "secret": "a secret"}
    provider._told.cache_clear()
    accounts.link(username=LEAD, issuer=running[0], subject="lead-1", by="test", now=datetime.now(UTC))
    return running[0]


def begin(client: Client) -> str:
    sent = client.get("/sign-in/provider?next=/indicators")
    assert sent.status_code == 302
    return str(sent["Location"])


def at_provider(address: str, subject: str) -> str:
    """Somebody proves to the provider who they are; the address that it sends the browser back to."""
    back = requests.post(address, data={"sub": subject}, allow_redirects=False, timeout=60)
    assert back.status_code in (302, 303), back.text
    found = urlsplit(back.headers["Location"])
    return f"{found.path}?{found.query}"


def signed_in(client: Client) -> bool:
    return bool(client.get("/duties").status_code == 200)


def test_who_is_known_is_signed_in_and_led_on() -> None:
    client = Client(SERVER_NAME="127.0.0.1")
    assert client.get(at_provider(begin(client), "lead-1"))["Location"] == "/indicators"
    assert signed_in(client)
    assert SignIn.objects.get().how == "provider"
    assert AuditEvent.objects.get(by=LEAD, act="session.started").detail == {"how": "provider"}


def test_what_the_browser_is_sent_with_is_all_there() -> None:
    asked = parse_qs(urlsplit(begin(Client(SERVER_NAME="127.0.0.1"))).query)
    assert asked["response_type"] == ["code"]
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["scope"] == ["openid"]
    assert len(asked["state"][0]) >= 40
    assert len(asked["nonce"][0]) >= 40
    assert "max_age" in asked


@pytest.mark.parametrize("who", ["stranger", "deactivated", "unlinked"])
def test_who_is_unknown_deactivated_or_unlinked_is_refused_alike(who: str) -> None:
    if who == "deactivated":
        Practitioner.objects.filter(username=LEAD).update(is_active=False)
    if who == "unlinked":
        accounts.unlink(username=LEAD, by="test", now=datetime.now(UTC))
    client = Client(SERVER_NAME="127.0.0.1")
    answer = client.get(at_provider(begin(client), "nobody-1" if who == "stranger" else "lead-1"))
    assert answer.status_code == 422
    assert "Ask your administrator to link your account" in answer.content.decode()
    assert not signed_in(client)
    assert AuditEvent.objects.filter(act="session.refused", by__startswith="unknown:").exists()


def test_an_answer_of_anothers_beginning_is_refused() -> None:
    """Somebody is made to follow the attacker's own answer: its state is not theirs."""
    attacker, victim = Client(SERVER_NAME="127.0.0.1"), Client(SERVER_NAME="127.0.0.1")
    answer = at_provider(begin(attacker), "lead-1")
    begin(victim)
    assert victim.get(answer).status_code == 422
    assert not signed_in(victim)


def test_an_answer_is_taken_once() -> None:
    client = Client(SERVER_NAME="127.0.0.1")
    answer = at_provider(begin(client), "lead-1")
    client.get(answer)
    client.post("/sign-out")
    assert client.get(answer).status_code == 422


@pytest.mark.parametrize("name", ["nonce", "verifier"])
def test_a_code_that_was_meant_for_another_beginning_is_refused(name: str) -> None:
    client = Client(SERVER_NAME="127.0.0.1")
    answer = at_provider(begin(client), "lead-1")
    kept = client.session
    kept["provider"] = {**kept["provider"], name: "x" * 64}
    kept.save()
    assert client.get(answer).status_code == 422
    assert not signed_in(client)


def test_a_token_for_another_client_or_issuer_or_past_its_time_is_refused() -> None:
    us = provider.Provider("https://login.example", "nightlight", "s", "https://hub.example/back")
    now = datetime(2026, 11, 23, 9, tzinfo=UTC)
    right = {
        "iss": us.issuer, "aud": us.client, "nonce": "n", "sub": "1",
        "exp": int(now.timestamp()) + 60, "iat": int(now.timestamp()),
    }  # fmt: skip
    provider._check(right, us, "n", now)
    wrong = [
        {"iss": "https://other.example"}, {"aud": "another"}, {"aud": ["nightlight", "x"]}, {"nonce": "m"},
        {"exp": int(now.timestamp()) - 120},
    ]  # fmt: skip
    for each in wrong:
        with pytest.raises((ValueError, provider.JoseError)):
            provider._check({**right, **each}, us, "n", now)


def test_a_provider_that_is_away_is_said_in_words(settings: Any) -> None:
    settings.OIDC = {"issuer": "http://127.0.0.1:9", "client": "n", "secret": "s"}
    answer = Client(SERVER_NAME="127.0.0.1").get("/sign-in/provider")
    assert answer.status_code == 422
    assert "does not answer" in answer.content.decode()


def test_without_a_provider_there_is_no_such_page(settings: Any) -> None:
    settings.OIDC = {}
    assert Client().get("/sign-in/provider").status_code == 404
    assert "your organisation" not in Client().get("/sign-in").content.decode()


def test_a_subject_is_one_person_at_a_time_and_who_it_was_stays_on_record(issuer: str) -> None:
    accounts.link(username=STAFF, issuer=issuer, subject="lead-1", by="test", now=datetime.now(UTC))
    client = Client(SERVER_NAME="127.0.0.1")
    client.get(at_provider(begin(client), "lead-1"))
    assert SignIn.objects.get().practitioner.username == STAFF
    assert Subject.objects.filter(subject="lead-1").count() == 2

"""The API: whose key it is, what it may do, what became of a delivery, and problems that give nothing away."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from support.pages import partnership

from nightlight.actions.signin import service_keys
from nightlight.api import service
from nightlight.domain.access.engine import Policy, policy
from nightlight.domain.access.texts import PolicyTexts
from nightlight.store.audit.models import AuditEvent
from nightlight.store.intake.models import Delivery, Refusal
from nightlight.store.signin.models import ServiceKey

pytestmark = pytest.mark.django_db
NOTHING = "00000000-0000-4000-8000-000000000000"
BAD = b"not,a,police,file\n1,2,3,4\n"


@pytest.fixture(autouse=True)
def people(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    partnership()


def key(organisation: str = "force-1", feeds: tuple[str, ...] = ("police",), days: int = 10, **more: Any) -> str:
    may = [service_keys.DELIVER] * bool(feeds) + [service_keys.RECEIPTS]
    return service_keys.create(
        name="a system", organisation=organisation, feeds=feeds, may=more.pop("may", may), days=days, by="test",
        now=datetime.now(UTC), **more,
    )[1]  # fmt: skip


def send(secret: str, feed: str = "police", body: bytes = BAD) -> Any:
    return Client().post(
        f"/api/v1/feeds/{feed}/deliveries?name=x.csv", body, content_type="application/octet-stream",
        headers={"Authorization": f"Bearer {secret}"},
    )  # fmt: skip


def ask(secret: str, path: str) -> Any:
    return Client().get(f"/api/v1/{path}", headers={"Authorization": f"Bearer {secret}"})


def problem(answer: Any, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    said: dict[str, Any] = json.loads(answer.content)
    assert said["status"] == status
    return said


def test_what_is_delivered_is_the_keys_own_organisations() -> None:
    secret = key()
    answer = send(secret)
    assert answer.status_code == 201, answer.content
    row = Delivery.objects.get()
    assert (row.organisation, row.agency, row.feed) == ("force-1", "police", "police")
    assert row.by == f"key:{ServiceKey.objects.get().id}"
    assert answer.json()["finished"]
    assert ask(secret, f"deliveries/{row.id}").json() == answer.json()


def test_the_faults_of_a_delivery_say_where_and_what_and_never_what_was_in_it() -> None:
    secret = key()
    send(secret)
    row = Delivery.objects.get()
    Refusal.objects.create(
        delivery=row, system=row.system, position="row 2", field="nhs_number", code="wrong", expected="ten digits",
        raw=b"Robin Fictional", mark="m", received=row.received,
    )  # fmt: skip
    answer = ask(secret, f"deliveries/{row.id}/faults")
    assert answer.json()["faults"][-1] == {
        "position": "row 2", "field": "nhs_number", "code": "wrong", "expected": "ten digits"
    }  # fmt: skip
    assert b"Robin" not in answer.content


def test_a_feed_that_the_key_does_not_name_is_refused_and_nothing_is_kept() -> None:
    assert problem(send(key(), "school-register"), 403) == problem(send(key(), "no-such-feed"), 403)
    assert not Delivery.objects.exists()
    assert AuditEvent.objects.filter(act="key.refused").count() == 2


def test_anothers_delivery_is_answered_as_one_that_is_not_there() -> None:
    send(key())
    theirs = Delivery.objects.get().id
    ours = key("school-1", ())
    assert problem(ask(ours, f"deliveries/{theirs}"), 404) == problem(ask(ours, f"deliveries/{NOTHING}"), 404)
    assert problem(ask(ours, f"deliveries/{theirs}/faults"), 404)


@pytest.mark.parametrize("path", ["deliveries/{}", "deliveries/{}/faults"])
def test_a_refusal_does_the_same_whatever_is_there(path: str) -> None:
    """Of another's delivery, of none, and for a key that reads no receipts: the same status, words and questions asked,
    so that neither an answer nor how long it took says that there is something."""
    send(key())
    theirs = Delivery.objects.get().id
    ours, blind = key("school-1", ()), key(may=[service_keys.DELIVER])
    ask(ours, path.format(NOTHING)), ask(blind, path.format(NOTHING))  # as often as is asked below

    def answer(secret: str, delivery: object) -> tuple[object, list[str]]:
        with CaptureQueriesContext(connection) as asked:
            said = problem(ask(secret, path.format(delivery)), 404)
        return said, [re.sub(r"'[^']*'|[0-9a-f-]{36}|\\d+", "?", each["sql"])[:60] for each in asked]

    nothing = answer(ours, NOTHING)
    assert answer(ours, theirs) == nothing
    assert answer(blind, theirs) == nothing
    refused = AuditEvent.objects.filter(act="key.refused", about__in=[str(theirs), NOTHING])
    assert set(refused.values_list("about", flat=True)) == {str(theirs), NOTHING}


def test_what_a_key_may_is_what_the_policy_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """The text decides: with no rule for systems, a key that names the feed delivers nothing and is told why."""
    texts = PolicyTexts(tuple(each for each in policy().texts.files if not each[0].startswith("5_")))
    secret = key()
    monkeypatch.setattr("nightlight.actions.intake.receipts.policy", lambda: Policy(texts))
    said = problem(send(secret), 403)
    assert said["detail"] == "This key may not deliver this feed. No rule of the access policy permits it."
    assert not Delivery.objects.exists()


def test_a_key_that_may_not_read_receipts_reads_none() -> None:
    secret = key(may=[service_keys.DELIVER])
    made = send(secret).json()["id"]
    assert problem(ask(secret, f"deliveries/{made}"), 404)


@pytest.mark.parametrize("what", ["none", "wrong", "ended", "revoked"])
def test_without_a_key_that_works_nothing_is_answered(what: str) -> None:
    secret = key()
    if what == "ended":
        ServiceKey.objects.update(expires=datetime.now(UTC) - timedelta(seconds=1))
    if what == "revoked":
        service_keys.revoke(key=ServiceKey.objects.get().id, by="test", now=datetime.now(UTC))
    sent = {"none": "", "wrong": secret + "x"}.get(what, secret)
    said = problem(send(sent), 401)
    assert secret not in json.dumps(said)
    assert not Delivery.objects.exists()


def test_a_persons_session_is_no_key() -> None:
    from support.pages import LEAD, client_of

    assert client_of(LEAD).get(f"/api/v1/deliveries/{NOTHING}").status_code == 401


def test_a_key_is_kept_as_a_digest_and_written_down_without_it() -> None:
    secret = key()
    with connection.cursor() as cursor:
        cursor.execute("SELECT s::text FROM signin_servicekey s")
        assert secret not in cursor.fetchone()[0]
    assert secret not in str(list(AuditEvent.objects.values_list("detail", "about", "reason")))


@pytest.mark.parametrize(
    "more",
    [
        {"feeds": ("nothing",)}, {"organisation": "nowhere"}, {"days": 0}, {"days": 367}, {"may": []},
        {"may": ["everything"]}, {"may": ["receipts"]},
    ],
)  # fmt: skip
def test_a_key_without_bounds_is_not_made(more: dict[str, Any]) -> None:
    with pytest.raises(service_keys.KeyRefused):
        key(**more)
    assert not ServiceKey.objects.exists()


def test_a_key_that_asks_too_often_waits_and_another_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    _limited(monkeypatch, {"API-A-MINUTE": 3})
    at = datetime(2026, 11, 23, tzinfo=UTC) + timedelta(days=1)
    monkeypatch.setattr(service, "now", lambda: at)
    one, two = key(), key()
    for _ in range(3):
        problem(ask(one, f"deliveries/{NOTHING}"), 404)
    answer = ask(one, f"deliveries/{NOTHING}")
    problem(answer, 429)
    assert 1 <= int(answer["Retry-After"]) <= 61
    problem(ask(two, f"deliveries/{NOTHING}"), 404)
    monkeypatch.setattr(service, "now", lambda: at + timedelta(seconds=61))
    problem(ask(one, f"deliveries/{NOTHING}"), 404)


def _limited(monkeypatch: pytest.MonkeyPatch, amounts: dict[str, int]) -> None:
    monkeypatch.setattr(service, "limit", lambda code, at: amounts[code])


def test_a_sources_first_load_goes_beyond_the_minutes_limit_and_not_beyond_the_days(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _limited(monkeypatch, {"API-A-MINUTE": 2, "API-FIRST-LOAD": 3})
    at = datetime(2026, 11, 23, tzinfo=UTC) + timedelta(days=1)
    monkeypatch.setattr(service, "now", lambda: at)
    loads, other = key(feeds=(), may=("point",)), key()
    asked = [ask(loads, f"deliveries/{NOTHING}").status_code for _ in range(6)]
    assert asked == [404] * 5 + [429]
    assert [ask(other, f"deliveries/{NOTHING}").status_code for _ in range(3)] == [404, 404, 429]
    monkeypatch.setattr(service, "now", lambda: at + timedelta(seconds=61))
    assert [ask(loads, f"deliveries/{NOTHING}").status_code for _ in range(3)] == [404, 404, 429]
    monkeypatch.setattr(service, "now", lambda: at + timedelta(days=1, seconds=1))
    assert [ask(loads, f"deliveries/{NOTHING}").status_code for _ in range(5)] == [404] * 5


def test_what_is_too_large_is_refused_unread() -> None:
    answer = Client().post(
        "/api/v1/feeds/police/deliveries", b"", content_type="application/octet-stream",
        headers={"Authorization": f"Bearer {key()}"}, CONTENT_LENGTH=str(25 * service.MB + 1),
    )  # fmt: skip
    problem(answer, 413)


def test_an_error_of_ours_is_a_problem_without_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(**_: Any) -> None:
        raise RuntimeError("Robin Fictional")

    monkeypatch.setattr(service.receipts, "deliver", broken)
    assert b"Robin" not in json.dumps(problem(send(key()), 500)).encode()

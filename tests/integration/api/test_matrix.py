"""Every operation of the API, as it describes itself, by every set of rights and whose it is: what the policy says.

An operation that is not in OPERATIONS fails: it has no question that is put to the access policy.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain, combinations
from typing import Any, NamedTuple

import pytest
from django.test import Client
from support.pages import GUARDIAN, client_of, partnership

from nightlight.actions.intake import receipts
from nightlight.actions.signin import service_keys
from nightlight.actions.signin.service_keys import DELIVER, POINT, RECEIPTS
from nightlight.api.service import api, now
from nightlight.domain.access.engine import Policy, policy
from nightlight.domain.access.texts import PolicyTexts
from nightlight.store.audit.models import AuditEvent
from nightlight.store.intake.models import Delivery
from nightlight.store.signin.models import ServiceKey

pytestmark = pytest.mark.django_db
RIGHTS = (DELIVER, RECEIPTS, POINT)
SETS = [*chain.from_iterable(combinations(RIGHTS, many) for many in range(len(RIGHTS) + 1))]
FORCE, SCHOOL = "force-1", "school-1"


class Operation(NamedTuple):
    """What the policy is asked of an operation, how it is sent, and whose delivery it is of, where it is of one."""

    action: str
    send: Callable[[Client, str], Any]
    of_one: bool = False


def _get(path: str) -> Callable[[Client, str], Any]:
    return lambda client, delivery: client.get(f"/api/v1/{path.format(delivery)}")


def _post(path: str) -> Callable[[Client, str], Any]:
    kind = "application/octet-stream"
    return lambda client, _: client.post(f"/api/v1/{path}", b"not,a,file\n", content_type=kind)


OPERATIONS = {
    "deliver": Operation("deliver", _post("feeds/police/deliveries")),
    "receipt": Operation("receipt", _get("deliveries/{}"), of_one=True),
    "faults": Operation("receipt", _get("deliveries/{}/faults"), of_one=True),
    "source_event": Operation("point", _post("source/events")),
    "source_requests": Operation("point", _get("source/requests")),
}


@pytest.fixture(autouse=True)
def _people(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    partnership()


def client(organisation: str, may: tuple[str, ...], feeds: tuple[str, ...] = ("police",)) -> Client:
    """With a key that has just these rights, whatever a key is made with."""
    row, secret = service_keys.create(
        name="s", organisation=organisation, feeds=("police",), may=RIGHTS, days=1, by="test", now=now()
    )
    ServiceKey.objects.filter(id=row.id).update(may=list(may), feeds=list(feeds))
    return Client(headers={"Authorization": f"Bearer {secret}"})


def delivery_of(organisation: str) -> str:
    OPERATIONS["deliver"].send(client(organisation, (DELIVER,)), "")
    return str(Delivery.objects.get(organisation=organisation).id)


def refused(answer: Any) -> bool:
    return answer.status_code in (403, 404)


def test_every_operation_has_a_question_for_the_policy() -> None:
    paths = api.get_openapi_schema()["paths"].values()
    described = {operation["operationId"] for methods in paths for operation in methods.values()}
    assert set(OPERATIONS) == described


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_does_what_the_policy_permits_the_key(name: str) -> None:
    operation = OPERATIONS[name]
    theirs, ours = delivery_of(SCHOOL), delivery_of(FORCE)
    for may in SETS:
        for own in (True, False) if operation.of_one else (True,):
            for feeds in (("police",), ("concern-log",)) if name == "deliver" else (("police",),):
                permitted = policy().serve(
                    operation.action, rights=frozenset(may), names_feed="police" in feeds, own=own
                )
                before = AuditEvent.objects.filter(act="key.refused").count()
                answer = operation.send(client(FORCE, may, feeds), ours if own else theirs)
                assert refused(answer) != permitted.allowed, (may, own, feeds, answer.content)
                added = AuditEvent.objects.filter(act="key.refused").count() - before
                assert added == (not permitted.allowed), "a refusal is on record"


@pytest.mark.parametrize("name", OPERATIONS)
def test_without_rules_for_systems_an_operation_does_nothing(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = delivery_of(FORCE)
    texts = PolicyTexts(tuple(each for each in policy().texts.files if not each[0].startswith("5_")))
    monkeypatch.setattr(receipts, "policy", lambda: Policy(texts))
    assert refused(OPERATIONS[name].send(client(FORCE, RIGHTS), ours))


@pytest.mark.parametrize("name", OPERATIONS)
def test_no_key_and_no_session_of_a_person_does_anything(name: str) -> None:
    ours = delivery_of(FORCE)
    for who in (Client(), client_of(GUARDIAN), Client(headers={"Authorization": "Bearer nlk_no-such-key"})):
        assert OPERATIONS[name].send(who, ours).status_code == 401


def test_a_key_opens_no_page() -> None:
    """Where a person would be shown something: the sign-in page, whatever the key may."""
    for path in ("/", "/duties", "/people", "/access/unusual", "/access/copies"):
        answer = client(FORCE, RIGHTS).get(path)
        assert answer.status_code in (302, 403), path
        assert not answer.content.strip() or b"Sign in" in answer.content, path

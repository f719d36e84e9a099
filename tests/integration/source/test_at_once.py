"""A source that fetches what its hub asks, at the same moment as another worker or one of its own people acts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from support.at_once import rival
from support.deliveries import NOW
from support.pages import LEAD, partnership, school_log

from nightlight.actions.sharing import asking, refusing
from nightlight.actions.source import requests
from nightlight.domain.pointers import Answer
from nightlight.domain.sharing.vocabulary import Asked, Consent, Harm, Mode
from nightlight.store.duties.models import DutyNow
from nightlight.store.people.models import Practitioner
from nightlight.store.sharing.models import SharingDecision, SharingRequest
from nightlight.store.source.models import HubRequest

pytestmark = pytest.mark.django_db(transaction=True)
AT = NOW + timedelta(hours=1)


class Hub:
    """A hub that asks these requests."""

    def __init__(self, *asks: dict[str, Any]) -> None:
        self.asks = list(asks)

    def send(self, id_: str, body: bytes) -> Answer:
        raise AssertionError("nothing is sent here")

    def requests(self, id_: str) -> Answer:
        return Answer(200, {"requests": self.asks})


def a_request(child: UUID) -> dict[str, Any]:
    return {
        "id": str(uuid4()), "child": str(child), "harm": Harm.SIGNIFICANT, "asked": Asked.REQUEST, "mode": Mode.CONTENT,
        "consent": Consent.NOT_SOUGHT, "what": "What was seen", "why": "A meeting", "by": "sw", "name": "SW",
        "role": "social_worker", "organisation": "council-2", "organisation_name": "Council", "agency": "social_care",
    }  # fmt: skip


@pytest.fixture
def child(settings: Any) -> UUID:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # Argon2 is slow on purpose
    partnership()
    return school_log().id


def pull(hub: Hub) -> int | None:
    return requests.pull(link=hub, organisation="school-1", now=AT)


def test_two_workers_that_fetch_one_request_keep_it_once(child: UUID) -> None:
    hub = Hub(a_request(child))
    with rival(lambda: pull(hub), after="source_hubrequest") as other:
        mine = pull(hub)
    assert (other.raised, other.gave, mine) == (None, 1, 0)
    assert HubRequest.objects.count() == SharingRequest.objects.count() == 1
    assert DutyNow.objects.filter(question__startswith="sharing:").count() == 1


def test_a_request_that_is_gone_from_the_hub_as_somebody_answers_it_has_one_answer(child: UUID) -> None:
    assert pull(Hub(a_request(child))) == 1
    request = SharingRequest.objects.get()
    lead = Practitioner.objects.select_related("organisation").get(username=LEAD)

    def answer() -> None:
        refusing.nothing_to_give(by=lead, request=request.id, reason="Nothing is held.", key="one", now=AT)

    with rival(answer, after="DISTINCT ON") as other:
        pull(Hub())
    assert other.raised is None
    assert [row.did for row in SharingDecision.objects.filter(did__in=asking.ANSWERS)] == ["nothing"]
    assert HubRequest.objects.get().gone is None

"""The source's end of a hub that was restored from an older backup: what it lost is told again, once and in order."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from support.deliveries import NHS_ONE, NOW, entry, person, record, take_in

from nightlight.actions.keeping import retention
from nightlight.actions.source import outbox, sending
from nightlight.actions.source.outbox import Own
from nightlight.domain.pointers import ERASED, FIRED, WITHDRAWN, Answer, read
from nightlight.store.people.models import Person
from nightlight.timeline.partial import Partial

pytestmark = pytest.mark.django_db
OWN = Own(organisation="force-1", agency="police")


class Hub:
    """What a hub has of each child, and how it takes the next and no other."""

    def __init__(self) -> None:
        self.events: dict[Any, list[tuple[str, str]]] = {}
        self.now = NOW

    def send(self, id_: str, body: bytes) -> Answer:
        event = read(body)
        held = self.events.setdefault(event.subject, [])
        if event.sequence != len(held) + 1:
            return Answer(409, {"detail": "in order"}, expected=len(held) + 1)
        held.append((event.type, event.data.get("indicator", "")))
        return Answer(201)

    def requests(self, id_: str) -> Answer:
        return Answer(200, {"requests": []})

    @property
    def told(self) -> list[tuple[str, str]]:
        return [each for held in self.events.values() for each in held]


@pytest.fixture
def hub() -> Hub:
    """A hub that was told that the child is missing."""
    made = Hub()
    noted(made, "missing", "police.missing")
    turn(made)
    assert made.told == [(FIRED, "place.missing")]
    return made


def noted(hub: Hub, id_: str, kind: str, withdrawn: bool = False, **attributes: Any) -> None:
    hub.now += timedelta(hours=1)
    child = person("p1", given="Robin", born=Partial.day(date(2018, 5, 1)), nhs_number=NHS_ONE)
    said = [] if withdrawn else [entry(kind, 1, "p1", attributes=attributes)]
    take_in(
        record(id_, *said, people=[child], withdrawn=withdrawn),
        agency="police", organisation="force-1", now=hub.now,
    )  # fmt: skip


def turn(hub: Hub) -> None:
    hub.now += timedelta(hours=1)
    now = hub.now
    for _ in range(2):
        outbox.draw(own=OWN, now=now)
        sending.send(link=hub, own=OWN, seal=lambda scheme, number: "sealed", now=lambda: now)


def test_what_a_restored_hub_lost_is_told_again_with_the_next_that_is_new(hub: Hub) -> None:
    hub.events.clear()
    noted(hub, "injury", "health.injury", injury="burn", explanation="unsuitable")
    turn(hub)
    assert sorted(hub.told) == [(FIRED, "health.unsuitable_explanation"), (FIRED, "place.missing")]


def test_what_was_withdrawn_since_the_backup_is_withdrawn_again(hub: Hub) -> None:
    noted(hub, "missing", "police.missing", withdrawn=True)
    turn(hub)
    assert hub.told == [(FIRED, "place.missing"), (WITHDRAWN, "place.missing")]
    (held,) = hub.events.values()
    held.pop()
    noted(hub, "injury", "health.injury", injury="burn", explanation="unsuitable")
    turn(hub)
    assert sorted(hub.told[1:]) == [(FIRED, "health.unsuitable_explanation"), (WITHDRAWN, "place.missing")]


def test_everything_is_told_again_on_request_also_what_was_erased(hub: Hub) -> None:
    retention.erase(child=Person.objects.get().id, why="Kept.", by="test", now=hub.now, before=True)
    turn(hub)
    assert hub.told == [(FIRED, "place.missing"), (ERASED, "")]
    (held,) = hub.events.values()
    held.pop()
    turn(hub)
    assert hub.told == [(FIRED, "place.missing")]
    outbox.again(now=hub.now)
    turn(hub)
    turn(hub)
    assert hub.told == [(FIRED, "place.missing"), (ERASED, "")]

"""The hub's end of a source: a pointer is kept once and counts; whatever is not as it should be has a clear refusal."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from support.deliveries import person, record, take_in
from support.sources import INDICATOR, NHS, OTHER_SECRET, Source, agree

from nightlight.actions.signin import service_keys
from nightlight.domain.pointers import ERASED, WITHDRAWN, written
from nightlight.indicators.catalogue import CATALOGUE
from nightlight.store.audit.models import AuditEvent
from nightlight.store.chronology.models import EntryRow, FiringRow
from nightlight.store.intake.models import OutOfScope
from nightlight.store.people.models import Person
from nightlight.store.sharing.models import Agreement
from nightlight.store.signin.models import ServiceKey
from nightlight.store.source.models import ReceivedEvent

pytestmark = pytest.mark.django_db
CHILD = uuid.UUID(int=7)


@pytest.fixture
def source() -> Source:
    agree("oak")
    return Source()


def problem(answer: Any, status: int, words: str) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(answer.content)
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json"), said
    assert words in said["detail"], said
    assert NHS not in answer.content.decode()
    return said


def nothing_was_kept() -> None:
    assert not EntryRow.objects.exists()
    assert not Person.objects.exists()
    assert not ReceivedEvent.objects.exists()


def test_pointer_is_an_entry_of_the_child_whom_its_number_is_of_and_holds_no_content() -> None:
    take_in(record("r", people=[person("c", given="Test", family="Fictional", nhs_number=NHS)]))
    agree("oak")
    source = Source()
    assert source.send(source.event(CHILD, 1, source.signal())).status_code == 201
    (row,) = EntryRow.objects.all()
    assert (row.kind, row.agency, row.words, row.text) == ("signal.fired", "education", "", "")
    assert row.attributes == {
        "indicator": INDICATOR.code, "level": INDICATOR.level, "rule": INDICATOR.rule,
        "contact": "Safeguarding team, 01632 960 222",
    }  # fmt: skip
    assert Person.objects.count() == 1


def test_the_same_event_again_is_taken_for_what_it_is(source: Source) -> None:
    event = source.event(CHILD, 1, source.signal())
    assert [source.send(event).status_code for _ in range(3)] == [201, 200, 200]
    assert EntryRow.objects.count() == 1


def test_signal_that_is_withdrawn_is_withdrawn_here(source: Source) -> None:
    said = source.signal()
    source.send(source.event(CHILD, 1, said))
    assert source.send(source.event(CHILD, 2, said, WITHDRAWN)).status_code == 201
    assert [row.retracts for row in EntryRow.objects.order_by("version")] == [False, True]


def test_signal_is_withdrawn_of_a_child_whose_number_its_source_knows_no_more(source: Source) -> None:
    said = source.signal()
    source.send(source.event(CHILD, 1, said))
    without = {name: value for name, value in said.items() if name != "child"}
    assert source.send(source.event(CHILD, 2, without, WITHDRAWN)).status_code == 201
    assert [row.retracts for row in EntryRow.objects.order_by("version")] == [False, True]
    assert Person.objects.get().nhs_number == NHS


def test_signal_can_not_begin_without_the_child(source: Source) -> None:
    without = {name: value for name, value in source.signal().items() if name != "child"}
    problem(source.send(source.event(CHILD, 1, without)), 422, "data.child")
    nothing_was_kept()


def test_withdrawal_of_what_never_came_is_taken_and_keeps_no_entry(source: Source) -> None:
    """As after this hub was restored from a backup that was made before."""
    assert source.send(source.event(CHILD, 1, source.signal(), WITHDRAWN)).status_code == 201
    assert not EntryRow.objects.exists()


def test_record_that_its_source_erased_is_withdrawn_and_no_other(source: Source) -> None:
    agree("ward")
    ward = Source("ward", "health.hospital")
    ward.send(ward.event(CHILD, 1, ward.signal()))
    for number in (1, 2):
        source.send(source.event(CHILD, number, source.signal()))
    other = source.event(uuid.UUID(int=8), 1, source.signal("9990000026"))
    source.send(other)
    event = source.event(CHILD, 3, {}, ERASED)
    assert [source.send(event).status_code for _ in range(2)] == [201, 200]
    gone = EntryRow.objects.exclude(supersedes=None)
    assert [(row.organisation, row.retracts) for row in gone] == [("oak", True)] * 2
    assert AuditEvent.objects.get(act="source.erased").detail == {"records": 2}


def test_what_was_told_is_withdrawn_also_after_the_agreement_has_ended(source: Source) -> None:
    said = source.signal()
    for number, each in ((1, said), (2, source.signal())):
        source.send(source.event(CHILD, number, each))
    Agreement.objects.update(ends=date(2021, 1, 1))
    problem(source.send(source.event(CHILD, 3, source.signal())), 403, "agreement")
    assert source.send(source.event(CHILD, 3, said, WITHDRAWN)).status_code == 201
    assert source.send(source.event(CHILD, 4, {}, ERASED)).status_code == 201
    assert EntryRow.objects.filter(retracts=True).count() == 2


def test_erased_record_says_nothing_else(source: Source) -> None:
    problem(source.send(source.event(CHILD, 1, {"why": "x"}, ERASED)), 422, "data")
    nothing_was_kept()


def test_signal_that_ended_has_its_end(source: Source) -> None:
    said = source.signal()
    source.send(source.event(CHILD, 1, said))
    source.send(source.event(CHILD, 2, {**said, "until": datetime.now(UTC).isoformat()}))
    assert EntryRow.objects.get(version=2).until


def test_pointers_of_three_agencies_are_three_agencies_that_worry() -> None:
    """No agency sent a word of content, and none crossed a threshold alone."""
    agree("oak", "ward", "force")
    for organisation, agency in (("oak", "education"), ("ward", "health.hospital"), ("force", "police")):
        assert not FiringRow.objects.filter(indicator="convergence.three_agencies").exists()
        each = Source(organisation, agency)
        assert each.send(each.event(CHILD, 1, each.signal())).status_code == 201
    child = Person.objects.get()
    firing = FiringRow.objects.get(child=child.id, indicator="convergence.three_agencies")
    assert len(firing.evidence) == 3


def test_wrong_signature_is_refused(source: Source) -> None:
    event = source.event(CHILD, 1, source.signal())
    problem(source.send(event, secret=OTHER_SECRET), 401, "not signed with the secret of this key")
    nothing_was_kept()


def test_body_that_was_changed_on_its_way_is_refused(source: Source) -> None:
    event = source.event(CHILD, 1, source.signal())
    headers = source.headers(str(event.id), written(event))
    changed = written(event).replace(b"oak", b"elm")
    answer = Client().post("/api/v1/source/events", changed, content_type="application/json", headers=headers)
    problem(answer, 401, "not signed with the secret")


def test_what_was_signed_long_ago_is_refused(source: Source) -> None:
    event = source.event(CHILD, 1, source.signal())
    problem(source.send(event, at=datetime.now(UTC) - timedelta(minutes=6)), 401, "five minutes")
    nothing_was_kept()


def test_key_that_has_ended_is_refused(source: Source) -> None:
    ServiceKey.objects.update(expires=datetime.now(UTC))
    problem(source.send(source.event(CHILD, 1, source.signal())), 401, "It may have ended")
    nothing_was_kept()


def test_key_that_may_only_deliver_is_refused(source: Source) -> None:
    _, source.bearer = service_keys.create(
        name="feed", organisation="oak", feeds=["ssd"], may=["deliver"], days=5, by="test", now=datetime.now(UTC)
    )
    problem(source.send(source.event(CHILD, 1, source.signal())), 403, "may not send pointers")
    nothing_was_kept()


def test_source_without_an_agreement_is_refused(source: Source) -> None:
    other = Source("elm")
    problem(other.send(other.event(CHILD, 1, other.signal())), 403, "no information-sharing agreement")
    nothing_was_kept()


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"rule": "0" * 16}, "data.rule", "Update whichever is older"),
        ({"indicator": "place.unheard_of"}, "data.rule", "an indicator and rule that this hub has"),
        ({"level": "immediate"}, "data.level", "the level that this rule has"),
        ({"agency": "police"}, "data.agency", "the agency of the organisation"),
        ({"words": "something a child said"}, "data", "a pointer and nothing more"),
        ({"until": "2001-01-01T00:00:00Z"}, "data.until", "not before since"),
        ({"since": "yesterday"}, "data.since", "a moment with its zone"),
        ({"child": {"scheme": "name", "sealed": "x"}}, "data.child", "one of nhs_number, upn"),
        ({"child": {"scheme": "upn", "sealed": "AAAA"}}, "data.child.sealed", "sealed with the secret of the key"),
    ],
)
def test_event_that_can_not_be_taken_says_which_field_and_what_was_expected(
    source: Source, changes: dict[str, Any], field: str, words: str
) -> None:
    said = problem(source.send(source.event(CHILD, 1, source.signal(**changes))), 422, words)
    assert said["fields"] == [field]
    nothing_was_kept()


def test_number_that_can_not_be_is_refused(source: Source) -> None:
    problem(source.send(source.event(CHILD, 1, source.signal("9990000019"))), 422, "a valid nhs_number")
    nothing_was_kept()


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"specversion": "1.0"}', b"\xff\xfe", b"1" * 5000])
def test_body_that_is_no_event_is_refused(source: Source, body: bytes) -> None:
    assert source.send(body).status_code == 422


def test_event_of_another_organisation_is_refused(source: Source) -> None:
    event = source.event(CHILD, 1, source.signal(), organisation="elm")
    problem(source.send(event), 422, "the organisation of the key")


def test_replayed_event_under_another_id_is_refused_with_the_number_that_is_next(source: Source) -> None:
    said = source.signal()
    source.send(source.event(CHILD, 1, said))
    answer = source.send(source.event(CHILD, 1, said))
    problem(answer, 409, "sent before, or is replayed")
    assert answer["Nightlight-Expected"] == "2"
    assert EntryRow.objects.count() == 1


def test_event_that_comes_before_its_time_is_refused_until_the_one_before_has_come(source: Source) -> None:
    first, second = (source.event(CHILD, n, source.signal()) for n in (1, 2))
    answer = source.send(second)
    problem(answer, 409, "an earlier event of this child has not come")
    assert answer["Nightlight-Expected"] == "1"
    nothing_was_kept()
    assert [source.send(each).status_code for each in (first, second)] == [201, 201]


def test_id_that_another_event_had_is_refused(source: Source) -> None:
    first = source.event(CHILD, 1, source.signal())
    source.send(first)
    problem(source.send(source.event(CHILD, 1, source.signal(), id=first.id)), 422, "an id of its own")


def test_order_is_of_each_child_and_each_source(source: Source) -> None:
    agree("elm")
    other = Source("elm")
    assert source.send(source.event(CHILD, 1, source.signal())).status_code == 201
    assert other.send(other.event(CHILD, 1, other.signal())).status_code == 201
    assert source.send(source.event(uuid.UUID(int=8), 1, source.signal("9990000026"))).status_code == 201


def test_signal_below_what_the_scope_takes_is_counted_and_not_kept(source: Source) -> None:
    note = next(each for each in CATALOGUE.values() if each.level == "note")
    said = source.signal(indicator=note.code, level=note.level, rule=note.rule)
    problem(source.send(source.event(CHILD, 1, said)), 422, "the scope of signals")
    nothing_was_kept()
    assert OutOfScope.objects.get().reason == "below"

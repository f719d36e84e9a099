"""What a source erased is erased at the hub, too, or waits for the guardian with what stops it; consent that a source's
people were told is taken back reaches whoever has what it gave."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from support.deliveries import entry, person, record, take_in
from support.pages import FRONT_DOOR, GUARDIAN, LEAD, client_of, partnership
from support.sources import NHS, Source, agree

from nightlight.actions.keeping import retention
from nightlight.actions.seeing.access import Refused
from nightlight.actions.sharing import asking
from nightlight.actions.source import erased
from nightlight.domain.erasing import Stop
from nightlight.domain.pointers import ANSWERED, ERASED, Event
from nightlight.store.audit.models import AuditEvent
from nightlight.store.chronology.models import EntryRow, FiringRow
from nightlight.store.duties.models import DutyNow, DutyRow, Notice
from nightlight.store.intake.models import RawRecord
from nightlight.store.keeping.models import ErasureAsked, SuppressedRecord
from nightlight.store.people.models import Person, Practitioner
from nightlight.store.sharing.models import ConsentEnd, ConsentTakenBack, Disclosure, SharingDecision, SharingRequest

pytestmark = pytest.mark.django_db
CHILD = uuid.UUID(int=7)


@pytest.fixture
def source() -> Source:
    agree("oak")
    return Source()


def now() -> datetime:
    return datetime.now(UTC)


def guardian() -> Practitioner:
    partnership()
    return Practitioner.objects.select_related("organisation").get(username=GUARDIAN)


def erase(source: Source, sequence: int = 2) -> Event:
    event = source.event(CHILD, sequence, {}, ERASED)
    assert source.send(event).status_code == 201
    erased.turn(now=now())
    return event


@pytest.fixture
def child() -> Person:
    """By a service's own record, besides what any source tells; taken in before there is any agreement."""
    take_in(record("r", entry("education.concern", 3, "c"),
                   people=[person("c", given="Test", family="Fictional", nhs_number=NHS)]))  # fmt: skip
    return Person.objects.get()


def of_source() -> Any:
    return EntryRow.objects.filter(system="source:oak")


def test_child_of_whom_nothing_else_is_known_is_erased_whole(source: Source) -> None:
    source.send(source.event(CHILD, 1, source.signal()))
    erase(source)
    assert not Person.objects.exists()
    assert not EntryRow.objects.exists()
    assert not RawRecord.objects.exists()
    row = ErasureAsked.objects.get()
    assert (row.state, row.child, row.subject) == ("done", None, None)
    assert AuditEvent.objects.get(act="record.erased").reason == "Its source erased the record."
    assert SuppressedRecord.objects.exists()


def test_what_it_told_of_a_child_who_is_known_is_erased_and_the_rest_stays(child: Person, source: Source) -> None:
    source.send(source.event(CHILD, 1, source.signal()))
    event = erase(source)
    assert not of_source().exists()
    assert not RawRecord.objects.filter(system="source:oak").exists()
    assert EntryRow.objects.get().kind == "education.concern"
    assert Person.objects.get().id == child.id
    assert not FiringRow.objects.filter(child=child.id, indicator__startswith="place").exists()
    told = AuditEvent.objects.get(act="record.part_erased")
    assert (told.child, told.about, told.detail["chronology_entry"]) == (child.id, str(event.id), 2)
    assert not AuditEvent.objects.filter(act="record.erased", child=child.id).exists()  # restored, it would go whole
    assert "place.missing" not in str(list(AuditEvent.objects.values_list("reason", "detail")))


def test_erased_again_is_taken_for_what_it_is(source: Source) -> None:
    source.send(source.event(CHILD, 1, source.signal()))
    event = erase(source)
    assert source.send(event).status_code == 200
    assert ErasureAsked.objects.count() == 1


def test_erasure_of_whom_nothing_is_held_asks_nobody(source: Source) -> None:
    erase(source, 1)
    assert not ErasureAsked.objects.exists()


# -- what stops it


def waits(source: Source) -> erased.Asked:
    erase(source)
    (asked,) = erased.asked(by=guardian(), now=now())
    assert of_source().exists()
    return asked


def test_hold_stops_it_and_tells_the_guardian_why(child: Person, source: Source) -> None:
    source.send(source.event(CHILD, 1, source.signal()))
    retention.hold(child=child.id, why="Inquiry 7", by="operator test", now=now())
    asked = waits(source)
    assert (asked.stops, asked.holds, asked.firm) == ((Stop.HELD,), ("Inquiry 7",), True)
    with pytest.raises(erased.NotDecided, match="held"):
        erased.decide(by=guardian(), event=asked.row.id, erase=True, why="It must go", now=now())
    assert of_source().exists()
    retention.release(child=child.id, why="Inquiry closed", by="operator test", now=now())
    erased.decide(by=guardian(), event=asked.row.id, erase=True, why="It must go", now=now())
    assert erased.turn(now=now()) == 1
    assert not of_source().exists()
    assert Person.objects.get().id == child.id


def test_hold_that_came_between_stops_the_worker(child: Person, source: Source) -> None:
    source.send(source.event(CHILD, 1, source.signal()))
    event = source.event(CHILD, 2, {}, ERASED)
    source.send(event)
    assert ErasureAsked.objects.get().state == "agreed"
    assert [row.retracts for row in of_source().order_by("version")] == [False, True]
    retention.hold(child=child.id, why="Inquiry 7", by="operator test", now=now())
    assert erased.turn(now=now()) == 0
    assert ErasureAsked.objects.get().state == "waiting"
    assert of_source().exists()
    assert DutyNow.objects.filter(question=f"erasure:{event.id}").exists()


def test_it_is_a_duty_of_the_guardian_until_it_is_decided(child: Person, source: Source) -> None:
    source.send(source.event(CHILD, 1, source.signal()))
    retention.hold(child=child.id, why="Inquiry 7", by="operator test", now=now())
    asked = waits(source)
    duty = DutyNow.objects.get(question=f"erasure:{asked.row.id}")
    assert (duty.child, duty.role) == (None, "caldicott_guardian")
    with pytest.raises(erased.NotDecided, match="Say why"):
        erased.decide(by=guardian(), event=asked.row.id, erase=False, why=" ", now=now())
    kept = erased.decide(by=guardian(), event=asked.row.id, erase=False, why="We need it for a claim", now=now())
    assert (kept.state, kept.why) == ("kept", "We need it for a claim")
    assert DutyNow.objects.get(duty=duty.duty_id).status == "discharged"
    assert of_source().exists()
    assert AuditEvent.objects.get(act="erasure.kept").reason == "We need it for a claim"


def test_open_duty_stops_it(child: Person, source: Source) -> None:
    source.send(source.event(CHILD, 1, source.signal()))
    duty = DutyRow.objects.create(child=child.id, question="q", raised=now())
    DutyNow.objects.create(
        duty=duty, child=child.id, question="q", level="concern", status="raised", role="r", due=now()
    )
    assert Stop.OPEN_DUTY in waits(source).stops


def test_duty_that_ended_and_rested_on_it_leaves_it_to_the_guardian(child: Person, source: Source) -> None:
    source.send(source.event(CHILD, 1, source.signal()))
    duty = DutyRow.objects.create(child=child.id, question="q", raised=now())
    DutyNow.objects.create(
        duty=duty, child=child.id, question="q", level="concern", status="discharged", role="r", due=now(),
        evidence=[of_source().get().id],
    )  # fmt: skip
    asked = waits(source)
    assert (asked.stops, asked.firm) == ((Stop.RESTED_ON,), False)
    erased.decide(by=guardian(), event=asked.row.id, erase=True, why="Agreed with its source", now=now())
    assert of_source().exists()
    assert erased.turn(now=now()) == 1
    assert not of_source().exists()
    assert DutyNow.objects.filter(duty=duty).exists()


def test_child_who_was_on_a_plan_is_kept_for_longer_here() -> None:
    plan = entry("social_care.child_protection_plan", 400, "c", attributes={"category": "neglect"})
    take_in(record("r", plan, people=[person("c", given="Test", family="Fictional", nhs_number=NHS)]),
            agency="social_care", organisation="borough")  # fmt: skip
    agree("oak")
    source = Source()
    source.send(source.event(CHILD, 1, source.signal()))
    assert Stop.LONGER in waits(source).stops


def test_nobody_but_the_guardian_reads_or_decides(child: Person, source: Source) -> None:
    source.send(source.event(CHILD, 1, source.signal()))
    retention.hold(child=child.id, why="Inquiry 7", by="operator test", now=now())
    asked = waits(source)
    lead = Practitioner.objects.get(username=LEAD)
    with pytest.raises(Refused):
        erased.asked(by=lead, now=now())
    with pytest.raises(Refused):
        erased.decide(by=lead, event=asked.row.id, erase=True, why="x", now=now())
    assert client_of(LEAD).get("/access/erased").status_code == 403


# -- what it gave


def answered(source: Source, **more: Any) -> SharingRequest:
    """Somebody here asked, and the source gave a part of an entry."""
    partnership()
    source.send(source.event(CHILD, 1, source.signal()))
    child, asker = Person.objects.get(), Practitioner.objects.get(username=FRONT_DOOR)
    request = SharingRequest.objects.create(
        key=str(uuid.uuid4()), child=child.id, at=now(), by=FRONT_DOOR, organisation=asker.organisation_id,
        holder="oak", asked="request", harm="welfare_relevant", mode="content", consent="given", what="How",
        why="To help",
    )  # fmt: skip
    assert source.send(source.event(CHILD, 2, said(request, **more), ANSWERED)).status_code == 201
    return request


ITEM = str(uuid.uuid4())


def said(request: SharingRequest, **more: Any) -> dict[str, Any]:
    fields = {"kind": "education.concern", "when": "2026-11-01", "text": "Hungry again."}
    return {
        "request": str(request.id), "did": "part", "by": "Lead", "consent_needed": True, "rule": "R13",
        "rule_version": 1, "proposed": "share_within_consent", "note": "He is hungry.",
        "items": [{"entry": ITEM, "recorded": (now() - timedelta(days=3)).isoformat(), "fields": fields}], **more,
    }  # fmt: skip


def test_what_was_given_leaves_it_to_the_guardian_and_goes_with_its_note(source: Source) -> None:
    request = answered(source)
    assert Disclosure.objects.get().note == "He is hungry."
    erase(source, 3)
    (asked,) = erased.asked(by=guardian(), now=now())
    assert Stop.GIVEN in asked.stops
    erased.decide(by=guardian(), event=asked.row.id, erase=True, why="Agreed with its source", now=now())
    assert of_source().exists()
    assert erased.turn(now=now()) == 1
    assert not of_source().exists()
    assert not Disclosure.objects.exists()
    decision = SharingDecision.objects.get(request=request)
    assert (decision.did, decision.told) == ("nothing", "The organisation has erased what it held of this child.")
    assert asking.is_answered(request.id)


def test_consent_that_was_taken_back_there_reaches_whoever_has_it_here_once(source: Source) -> None:
    request = answered(source)
    taken = said(request, consent_taken_back=now().isoformat())
    assert source.send(source.event(CHILD, 3, taken, ANSWERED)).status_code == 201
    assert source.send(source.event(CHILD, 4, {**taken, "note": "x"}, ANSWERED)).status_code == 201
    row = ConsentTakenBack.objects.get()
    assert (row.organisation, row.how) == ("oak", "through_another")
    assert ConsentEnd.objects.get().decision.request_id == request.id
    assert Notice.objects.filter(person=FRONT_DOOR, why="consent").count() == 1
    assert DutyNow.objects.filter(question__endswith=":told", owner=FRONT_DOOR).exists()


@pytest.mark.parametrize("on", ["yesterday", "2026-11-01T09:00:00", 5])
def test_consent_that_was_taken_back_at_no_time_is_refused(source: Source, on: Any) -> None:
    request = answered(source)
    assert source.send(source.event(CHILD, 3, said(request, consent_taken_back=on), ANSWERED)).status_code == 422
    assert not ConsentTakenBack.objects.exists()


# -- the guardian's page


def test_guardian_reads_what_stops_it_and_decides_on_the_page(child: Person, source: Source) -> None:
    source.send(source.event(CHILD, 1, source.signal()))
    retention.hold(child=child.id, why="Inquiry 7", by="operator test", now=now())
    asked = waits(source)
    client = client_of(GUARDIAN)
    text = client.get("/access/erased").content.decode()
    assert "The record is held" in text
    assert "Inquiry 7" in text
    assert "Test Fictional" not in text
    assert "Erase it here" not in text
    form = {"id": str(asked.row.id), "deed": "keep", "why": ""}
    refused = client.post("/access/erased", form)
    assert refused.status_code == 422
    assert "Say why" in refused.content.decode()
    assert client.post("/access/erased", {**form, "why": "We need it for a claim"}).status_code == 302
    assert "Kept by" in client.get("/access/erased").content.decode()


@pytest.mark.parametrize("form", [{}, {"id": "x", "deed": "lift"}, {"id": str(uuid.uuid4()), "deed": "burn"}])
def test_form_that_is_no_deed_is_refused_in_words(form: dict[str, str]) -> None:
    guardian()
    refused = client_of(GUARDIAN).post("/access/erased", form)
    assert refused.status_code == 422
    assert "Choose what to do" in refused.content.decode()


def test_guardian_lifts_a_suppression_on_the_page(source: Source) -> None:
    guardian()
    source.send(source.event(CHILD, 1, source.signal()))
    erase(source)
    client = client_of(GUARDIAN)
    assert "Its source erased the record." in client.get("/access/erased").content.decode()
    mark = SuppressedRecord.objects.first()
    assert mark is not None
    form = {"id": str(mark.suppression_id), "deed": "lift"}
    assert client.post("/access/erased", {**form, "why": ""}).status_code == 422
    assert client.post("/access/erased", {**form, "why": "Erased by mistake"}).status_code == 302
    assert not SuppressedRecord.objects.exists()

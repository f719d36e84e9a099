"""An erased record that is sent again is turned away and counted; whatever says something new is taken in."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from support.deliveries import NHS_ONE, NHS_TWO, NOW, entry, person, record, take_in
from support.pages import GUARDIAN, LEAD, partnership

from nightlight.actions.keeping import retention, suppression
from nightlight.actions.seeing.access import Refused
from nightlight.domain.people import LinkKind
from nightlight.domain.records import LinkRecord
from nightlight.store.audit.models import AuditEvent
from nightlight.store.chronology.models import EntryRow
from nightlight.store.intake.models import Delivery, OutOfScope, RawRecord
from nightlight.store.keeping.models import SuppressedRecord, Suppression, SuppressionKey
from nightlight.store.people.models import Person, Practitioner, SourcePerson
from nightlight.timeline.partial import Partial

pytestmark = pytest.mark.django_db
ONE = person("c1", given="Robin", family="Fictional", born=Partial.day(date(1999, 5, 1)), nhs_number=NHS_ONE)
TWO = person("c2", given="Other", family="Fictional", born=Partial.day(date(2016, 5, 1)), nhs_number=NHS_TWO)
OLD = 365 * 9


def described() -> Any:
    """As the list of pupils has it: nobody else's id is in it, and no entry comes of it."""
    return replace(record("c1/pupil", people=[ONE]), raw=b'{"pupil": {"id": "c1", "forename": "Robin"}}')


def old(record_id: str = "r1", **more: Any) -> Any:
    return record(record_id, entry("education.concern", OLD, "c1", attributes={"category": "hunger"}, **more))


@pytest.fixture
def erased() -> UUID:
    take_in(described(), old(text="Hungry again."))
    child = Person.objects.get(nhs_number=NHS_ONE).id
    retention.erase(child=child, why="Reviewed; ref 1.", by="operator test", now=NOW)
    return child


def nobody_came_back() -> None:
    assert not Person.objects.filter(nhs_number=NHS_ONE).exists()
    assert not SourcePerson.objects.exists()
    assert not EntryRow.objects.exists()
    assert not RawRecord.objects.exists()


def test_what_was_erased_is_turned_away_and_counted(erased: UUID) -> None:
    report = take_in(described(), old(text="Hungry again."))
    assert (report.accepted, report.erased, report.outside, report.refused) == (0, 2, 0, 0)
    nobody_came_back()
    assert Delivery.objects.get(id=report.delivery).erased == 2
    count = OutOfScope.objects.get()
    assert (count.reason, count.records, count.children) == ("erased", 2, 1)


def test_its_marks_tell_nobody_who_it_was(erased: UUID) -> None:
    with connection.cursor() as cursor:
        for table in ("suppression", "suppressedrecord", "suppressionkey"):
            cursor.execute(f"SELECT count(*) FROM keeping_{table} t WHERE t::text ~* %s",
                           [f"robin|fictional|{NHS_ONE}|hungry|{erased}"])  # fmt: skip
            assert cursor.fetchone()[0] == 0, table
    assert len(bytes.fromhex(SuppressionKey.objects.get().secret)) == 32
    assert {len(row.mark) for row in SuppressedRecord.objects.all()} == {64}


def test_new_worry_is_taken_in_with_whom_it_names(erased: UUID) -> None:
    new = record("r2", entry("education.concern", 1, "c1", attributes={"category": "hunger"}, text="Bruised."))
    report = take_in(described(), old(text="Hungry again."), new)
    assert (report.accepted, report.erased) == (2, 1)
    assert EntryRow.objects.get().text == "Bruised."
    assert Person.objects.get().nhs_number == NHS_ONE


def test_new_worry_alone_lets_the_description_follow_it(erased: UUID) -> None:
    take_in(record("r2", entry("education.concern", 1, "c1", attributes={"category": "hunger"})))
    assert EntryRow.objects.count() == 1
    assert AuditEvent.objects.filter(act="suppression.new_fact").exists()
    report = take_in(described())
    assert (report.accepted, report.erased) == (1, 0)
    assert Person.objects.get().nhs_number == NHS_ONE


@pytest.mark.parametrize(
    "changed",
    [
        {"text": "Hungry again, and bruised."},
        {"text": "Hungry again.", "words": "He hits me"},
        {"text": "Hungry again.", "attributes": {"category": "bruising"}},
    ],
    ids=["text", "words", "attributes"],
)
def test_record_of_the_same_id_that_says_anything_else_is_taken_in(erased: UUID, changed: dict[str, Any]) -> None:
    said = {"attributes": {"category": "hunger"}, **changed}
    take_in(record("r1", entry("education.concern", OLD, "c1", **said)))
    assert EntryRow.objects.count() == 1


def test_record_that_says_one_thing_more_is_taken_in(erased: UUID) -> None:
    same = entry("education.concern", OLD, "c1", attributes={"category": "hunger"}, text="Hungry again.")
    more = entry("education.concern", OLD, "c1", attributes={"category": "bruising"}, text="A bruise.")
    take_in(record("r1", same, more))
    assert EntryRow.objects.count() == 2


def test_same_thing_recorded_since_is_taken_in(erased: UUID) -> None:
    again = entry("education.concern", OLD, "c1", attributes={"category": "hunger"}, text="Hungry again.")
    take_in(record("r1", replace(again, recorded=NOW - timedelta(days=1))))
    assert EntryRow.objects.count() == 1


def test_same_words_under_another_id_are_taken_in(erased: UUID) -> None:
    take_in(old("r9", text="Hungry again."))
    assert EntryRow.objects.count() == 1


def test_another_systems_record_of_the_same_id_is_taken_in(erased: UUID) -> None:
    report = take_in(described(), old(text="Hungry again."), system="another")
    assert (report.accepted, report.erased) == (2, 0)


def test_withdrawal_of_what_was_erased_brings_nobody_back(erased: UUID) -> None:
    report = take_in(record("r1", people=[ONE], withdrawn=True))
    assert report.erased == 1
    nobody_came_back()


def test_siblings_record_that_stayed_brings_nobody_back() -> None:
    shared = record("r3", entry("health.review", OLD, "c1", "c2"), people=[ONE, TWO])
    take_in(described(), old(), shared)
    child = Person.objects.get(nhs_number=NHS_ONE).id
    retention.erase(child=child, why="Reviewed; ref 1.", by="operator test", now=NOW)
    report = take_in(described(), old(), shared)
    assert (report.erased, report.unchanged) == (2, 1)
    assert Person.objects.get().nhs_number == NHS_TWO


def test_record_that_describes_somebody_else_too_stays() -> None:
    both = replace(record("list-1", people=[ONE, TWO]), raw=b'{"pupils": [{"id": "c1"}, {"id": "c2"}]}')
    take_in(described(), old(), both, record("r4", entry("health.review", 3, "c2"), people=[TWO]))
    child = Person.objects.get(nhs_number=NHS_ONE).id
    retention.erase(child=child, why="Reviewed; ref 1.", by="operator test", now=NOW)
    assert set(RawRecord.objects.values_list("record_id", flat=True)) == {"list-1", "r4"}


def test_who_is_linked_with_whom_is_a_fact_too() -> None:
    link = LinkRecord(kind=LinkKind.SIBLING, person="c2", other="c1", recorded=NOW - timedelta(days=OLD))
    take_in(record("p2", people=[TWO]), record("l1", people=[ONE, TWO], links=[link]))
    child = Person.objects.get(nhs_number=NHS_ONE).id
    retention.erase(child=child, why="Reviewed; ref 1.", by="operator test", now=NOW)
    assert take_in(record("l1", people=[ONE, TWO], links=[link])).erased == 1
    parent = LinkRecord(kind=LinkKind.PARENT, person="c2", other="c1", recorded=NOW - timedelta(days=OLD))
    assert take_in(record("l1", people=[ONE, TWO], links=[parent])).accepted == 1


# -- lifting


def test_guardian_lifts_it_with_a_reason_and_it_is_taken_in_again(erased: UUID) -> None:
    partnership()
    guardian = Practitioner.objects.get(username=GUARDIAN)
    (stands,) = suppression.listed(by=guardian)
    assert (stands.row.records, stands.marks, stands.why) == (2, 3, "Reviewed; ref 1.")
    with pytest.raises(suppression.NotLifted, match="say why"):
        suppression.lift(by=guardian, suppression=stands.row.id, why=" ", now=NOW)
    for _ in range(2):
        suppression.lift(by=guardian, suppression=stands.row.id, why="Erased by mistake", now=NOW)
    assert AuditEvent.objects.get(act="suppression.lifted").reason == "Erased by mistake"
    assert not SuppressedRecord.objects.exists()
    assert take_in(described(), old(text="Hungry again.")).accepted == 2
    assert suppression.standing() == []


def test_nobody_else_lifts_it(erased: UUID) -> None:
    partnership()
    lead = Practitioner.objects.get(username=LEAD)
    with pytest.raises(Refused):
        suppression.lift(by=lead, suppression=Suppression.objects.get().id, why="x", now=NOW)
    with pytest.raises(Refused):
        suppression.listed(by=lead)


def test_one_that_there_is_not_is_not_lifted(erased: UUID) -> None:
    with pytest.raises(suppression.NotLifted, match="no suppression of this id"):
        suppression.lift(by="operator test", suppression=UUID(int=1), why="x", now=NOW)

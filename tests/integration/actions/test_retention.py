"""On a real database: what is due is shown, a hold holds, and an erased record is only in the log that says so."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection
from support.deliveries import NHS_ONE, NHS_TWO, NOW, entry, person, record, take_in

from nightlight.actions.keeping import audit_log, retention
from nightlight.domain.people import LinkKind
from nightlight.domain.pointers import ERASED, FIRED
from nightlight.domain.records import LinkRecord
from nightlight.store.audit.models import AuditEvent
from nightlight.store.chronology.models import EntryRow, EntrySubject
from nightlight.store.duties.models import DutyNow, DutyRow
from nightlight.store.intake.models import RawRecord
from nightlight.store.people.models import Person, SourcePerson
from nightlight.store.source import outgoing
from nightlight.store.source.models import OutEvent, SourceChild
from nightlight.timeline.partial import Partial

pytestmark = pytest.mark.django_db
ONE = person("c1", given="Test", family="Fictional", born=Partial.day(date(1995, 5, 1)), nhs_number=NHS_ONE)
TWO = person("c2", given="Other", family="Fictional", born=Partial.day(date(2016, 5, 1)), nhs_number=NHS_TWO)
LONG_AGO = 365 * 10


@pytest.fixture
def child():
    take_in(
        record("r1", entry("health.review", LONG_AGO, "c1"), people=[ONE],
               links=[LinkRecord(kind=LinkKind.SIBLING, person="c2", other="c1", recorded=NOW)]),
        record("r2", entry("health.review", LONG_AGO, "c1", "c2"), people=[ONE, TWO]),
        record("r3", entry("health.review", 3, "c2"), people=[TWO]),
    )  # fmt: skip
    return Person.objects.get(nhs_number=NHS_ONE).id


def rows_that_name(ids, but):
    """Every table, but for these, in which a row holds one of these ids."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'")
        tables = [name for (name,) in cursor.fetchall() if not name.startswith(but)]
        found = []
        for table in tables:
            cursor.execute(f"SELECT count(*) FROM {table} t WHERE t::text ~ %s", ["|".join(map(str, ids))])
            if cursor.fetchone()[0]:
                found.append(table)
    return found


def test_a_record_is_due_when_its_keeping_has_run_out(child) -> None:
    (due,) = retention.due(by="operator test", now=NOW)
    assert (due.child, due.row.code, due.held) == (child, "child_record", False)
    assert due.since == (NOW - timedelta(days=LONG_AGO)).date().replace(year=2022)
    assert AuditEvent.objects.filter(act="retention.listed").count() == 1


def test_an_erased_record_is_nowhere_but_in_the_log(child) -> None:
    sources = list(SourcePerson.objects.filter(person=child).values_list("id", flat=True))
    shared = EntrySubject.objects.filter(source_person__in=sources, entry__record_id="r2").get().entry_id
    audit_log.seal()
    gone = retention.erase(child=child, why="Reviewed; ref 1.", by="operator test", now=NOW)
    assert gone["chronology_entry"] == 1
    assert rows_that_name([child, *sources], ("audit_",)) == []
    assert EntryRow.objects.filter(id=shared).exists()
    assert set(RawRecord.objects.values_list("record_id", flat=True)) == {"r2", "r3"}
    assert Person.objects.get().nhs_number == NHS_TWO
    audit_log.seal()
    assert audit_log.verify_live().checked.sound
    acts = AuditEvent.objects.filter(child=child).values_list("act", "reason")
    assert ("record.erased", "Reviewed; ref 1.") in acts


def test_a_hub_is_told_of_an_erased_record_and_of_nothing_else(child) -> None:
    """At a source: what it told and gave is withdrawn there, and what waited never goes."""
    SourceChild.objects.create(child=child, taken=1)
    outgoing.add([OutEvent(child=child, type=FIRED, about=child, data={"indicator": "x"}, made=NOW)])
    retention.erase(child=child, why="Reviewed; ref 1.", by="operator test", now=NOW)
    assert set(rows_that_name([child], ("audit_",))) == {"source_sourcechild", "source_outevent"}
    event = OutEvent.objects.get()
    assert (event.type, event.data, event.state) == (ERASED, {}, "waiting")


def test_a_held_record_is_not_erased_until_it_is_released(child) -> None:
    retention.hold(child=child, why="Inquiry 7", by="operator test", now=NOW)
    assert retention.due(by="operator test", now=NOW)[0].held
    with pytest.raises(retention.NotErased, match="held"):
        retention.erase(child=child, why="Reviewed.", by="operator test", now=NOW)
    assert Person.objects.filter(id=child).exists()
    assert retention.release(child=child, why="Inquiry closed", by="operator test", now=NOW) == 1
    retention.erase(child=child, why="Reviewed.", by="operator test", now=NOW)
    assert not Person.objects.filter(id=child).exists()


def test_a_record_with_an_open_duty_is_not_erased(child) -> None:
    duty = DutyRow.objects.create(child=child, question="q", raised=NOW)
    DutyNow.objects.create(duty=duty, child=child, question="q", level="concern", status="raised", role="r", due=NOW)
    with pytest.raises(retention.NotErased, match="open duty"):
        retention.erase(child=child, why="Reviewed.", by="operator test", now=NOW)


@pytest.mark.parametrize("act", [retention.erase, retention.hold])
def test_no_reason_no_deed(child, act) -> None:
    with pytest.raises(retention.NotErased, match="reason"):
        act(child=child, why=" ", by="operator test", now=NOW)
    assert not AuditEvent.objects.filter(act__in=["record.erased", "hold.placed"]).exists()


def test_a_child_that_there_is_not_is_not_erased(child) -> None:
    adult = "00000000-0000-4000-8000-000000000000"
    with pytest.raises(retention.NotErased, match="no child of this id"):
        retention.erase(child=adult, why="Reviewed.", by="operator test", now=NOW)

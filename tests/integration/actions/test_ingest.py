"""Taking in a delivery: kept once, superseded by corrections, refused one by one, and never half done."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import psycopg
import pytest
from django.db import DatabaseError, OperationalError, connection, transaction
from support.deliveries import (
    NHS_ONE,
    NHS_TWO,
    NOW,
    days_ago,
    entry,
    person,
    record,
    take_in,
)

from nightlight.actions.intake import ingest
from nightlight.actions.intake.delivered import Delivered
from nightlight.actions.trail import audit
from nightlight.domain.people import LinkKind
from nightlight.domain.views import Pooled
from nightlight.feeds.records import AddressRecord, LinkRecord, Record, Rejection
from nightlight.store.audit.models import AuditEvent
from nightlight.store.chronology.mapping import load
from nightlight.store.chronology.models import EntryRow, EntrySubject, FiringRow
from nightlight.store.intake.models import Delivery, RawRecord, Refusal
from nightlight.store.people.models import IdentityDecision, MatchProposal, Person, SourcePerson
from nightlight.timeline.partial import Partial

pytestmark = pytest.mark.django_db

BORN = Partial.day(date(2017, 5, 10))
CHILD = person("c1", given="Test", family="Fictional", born=BORN, nhs_number=NHS_ONE)


def only_child() -> Any:
    return Person.objects.get(is_child=True)


def facts_of(child: Any, as_at: Any = None) -> list[str]:
    return [fact.kind for fact in load([child.id])[child.id].facts(Pooled(), as_at)]


def test_delivery_sent_twice_changes_nothing() -> None:
    item = record("r1", entry("health.review", 3, "c1", attributes={"condition": "asthma"}), people=[CHILD])
    assert (take_in(item).accepted, take_in(item).unchanged) == (1, 1)
    assert (EntryRow.objects.count(), RawRecord.objects.count(), Person.objects.count()) == (1, 1, 1)


def test_delivery_with_one_record_twice_keeps_it_once() -> None:
    item = record("r1", entry("health.review", 3, "c1"), people=[CHILD])
    report = take_in(item, item)
    assert (report.accepted, report.unchanged, EntryRow.objects.count()) == (1, 1, 1)


def test_correction_supersedes_and_the_earlier_belief_stays() -> None:
    take_in(record("r1", entry("health.admission", 9, "c1", attributes={"reason": "asthma"}), people=[CHILD]))
    corrected = entry("health.admission", 9, "c1", attributes={"reason": "injury"})
    take_in(record("r1", corrected), now=NOW + timedelta(hours=1))
    first, second = EntryRow.objects.order_by("version")
    assert (second.supersedes, second.version) == (first.id, 2)
    child = only_child()
    reasons = [
        [
            fact.entry.attributes["reason"]
            for fact in load([child.id])[child.id].facts(Pooled(), as_at)
            if fact.known_until > as_at
        ]
        for as_at in (NOW, NOW + timedelta(hours=2))
    ]
    assert reasons == [["asthma"], ["injury"]]
    assert [row.attributes for row in (first, second)] == [{"reason": "asthma"}, {"reason": "injury"}]


def test_withdrawn_record_leaves_no_fact_but_stays_on_record() -> None:
    take_in(record("r1", entry("health.review", 9, "c1"), people=[CHILD]))
    take_in(record("r1", withdrawn=True), now=NOW + timedelta(hours=1))
    child = only_child()
    assert facts_of(child, NOW) == ["health.review"]
    later = load([child.id])[child.id]
    assert [fact for fact in later.facts(Pooled()) if fact.known_until > NOW + timedelta(hours=2)] == []
    assert EntryRow.objects.filter(retracts=True).count() == 1


def test_record_that_states_less_than_before_retracts_the_rest() -> None:
    one, two = entry("health.review", 9, "c1"), entry("health.injury", 9, "c1", attributes={"injury": "burn"})
    take_in(record("r1", one, two, people=[CHILD]))
    take_in(record("r1", one, people=[CHILD]), now=NOW + timedelta(hours=1))
    assert EntryRow.objects.filter(retracts=True, kind="health.injury").count() == 1


@pytest.mark.django_db(transaction=True)
def test_delivery_broken_off_keeps_what_came_and_the_rest_when_sent_again(monkeypatch: pytest.MonkeyPatch) -> None:
    items = [record(f"r{n}", entry("health.review", n, "c1"), people=[CHILD]) for n in range(1, 7)]
    monkeypatch.setattr(ingest, "BATCH_RECORDS", 2)

    def broken_off() -> Iterator[Any]:
        yield from items[:5]
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        take_in(reading=broken_off())
    assert EntryRow.objects.count() == 4
    report = take_in(*items)
    assert (report.accepted, report.unchanged, EntryRow.objects.count()) == (2, 4, 6)
    assert Person.objects.count() == 1


def test_record_the_store_cannot_keep_is_refused_alone() -> None:
    good = [record(f"r{n}", entry("health.review", n, "c1"), people=[CHILD]) for n in range(1, 6)]
    bad = record("bad", entry("health.review", 2, "c1", text="nul \x00 byte"), people=[CHILD])
    report = take_in(*good[:2], bad, *good[2:])
    assert (report.accepted, report.refused, EntryRow.objects.count()) == (5, 1, 5)
    refusal = Refusal.objects.get()
    assert (refusal.code, refusal.position, bytes(refusal.raw)) == ("not_kept", "record bad", bad.raw)


def test_receipt_of_a_delivery_that_is_cut_short_says_what_it_did() -> None:
    bad = record("bad", entry("health.review", 2, "c1", text="nul \x00 byte"), people=[CHILD])
    unread = Rejection(position="line 4", field="Date", code="bad_date", expected="a date", raw=b"x,31/02/2026")
    good = record("r1", entry("health.review", 1, "c1"), people=[CHILD])

    def cut_short() -> Iterator[Record | Rejection]:
        yield from (good, good, bad, unread)
        raise ConnectionResetError

    batches = patch.object(ingest, "BATCH_RECORDS", 4)
    with batches, pytest.raises(ConnectionResetError):
        take_in(reading=cut_short())
    row = Delivery.objects.get()
    assert (row.accepted, row.unchanged, row.refused, row.entries, row.finished) == (1, 1, 2, 1, None)


def test_receipt_says_once_what_was_refused_in_several_batches() -> None:
    faults = [
        Rejection(position=f"line {n}", field="Date", code="bad_date", expected="a date", raw=b"%d" % n)
        for n in range(5)
    ]
    with patch.object(ingest, "BATCH_RECORDS", 2):
        report = take_in(*faults)
    assert (report.refused, Delivery.objects.get().refused) == (5, 5)


def test_refused_record_sent_again_is_kept_once_as_refused() -> None:
    rejection = Rejection(position="line 4", field="Date", code="bad_date", expected="a date", raw=b"x,31/02/2026")
    assert [take_in(rejection).refused for _ in range(2)] == [1, 1]
    assert Refusal.objects.count() == 1
    assert Delivery.objects.count() == 2


def test_no_audit_row_means_no_change(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: Any) -> None:
        raise DatabaseError("no audit")

    monkeypatch.setattr(audit, "record", fail)
    with pytest.raises(DatabaseError):
        take_in(record("r1", entry("health.review", 3, "c1"), people=[CHILD]))
    assert EntryRow.objects.count() == 0


@pytest.mark.parametrize(
    "table",
    [
        "audit_auditevent", "chronology_entry", "chronology_entrysubject", "chronology_link", "chronology_known",
        "intake_rawrecord", "duties_dutyevent", "people_identitydecision",
    ],
)  # fmt: skip
@pytest.mark.parametrize("change", ["DELETE FROM {}", "UPDATE {} SET id = id", "TRUNCATE {} CASCADE"])
def test_guarded_table_refuses_any_change(table: str, change: str) -> None:
    take_in(
        record(
            "r1",
            entry("health.review", 3, "c1"),
            people=[CHILD, person("m1", role="adult", given="Parent", family="Fictional")],
            links=[LinkRecord(kind=LinkKind.PARENT, person="m1", other="c1", recorded=days_ago(3))],
        )
    )
    _fill(table)
    connection.cursor().execute("SET CONSTRAINTS ALL IMMEDIATE")  # TRUNCATE waits for no pending check of a reference
    with pytest.raises(DatabaseError, match="only takes new rows"), transaction.atomic():
        connection.cursor().execute(change.format(table))


def _fill(table: str) -> None:
    """The tables that a delivery alone does not reach: a row trigger needs a row."""
    with connection.cursor() as cursor:
        if table == "chronology_known":
            cursor.execute(
                "INSERT INTO chronology_known (entry_id, agency, since, how) "
                "SELECT id, 'police', recorded, 'test' FROM chronology_entry LIMIT 1"
            )
        elif table == "duties_dutyevent":
            cursor.execute(
                "WITH d AS (INSERT INTO duties_duty (id, child, question, raised) "
                "VALUES (gen_random_uuid(), gen_random_uuid(), 'q', now()) RETURNING id) "
                "INSERT INTO duties_dutyevent (duty_id, number, kind, at, by, detail) "
                "SELECT id, 1, 'Raised', now(), 'test', '{}' FROM d"
            )


def test_two_children_with_one_nhs_number_are_not_merged() -> None:
    other = person("c2", given="Another", family="Child", born=Partial.day(date(2015, 1, 2)), nhs_number=NHS_ONE)
    report = take_in(record("r1", people=[CHILD]), record("r2", entry("health.review", 3, "c2"), people=[other]))
    assert (report.people_made, report.people_waiting) == (1, 1)
    waiting = SourcePerson.objects.get(person__isnull=True)
    assert (waiting.source_id, waiting.waiting_since) == ("c2", NOW)
    assert MatchProposal.objects.get().why == "the same NHS number, another birth date and name"
    assert EntrySubject.objects.filter(source_person=waiting.id).exists()


def test_child_known_to_two_systems_is_one_person_by_number() -> None:
    take_in(record("r1", people=[CHILD]))
    hospital = person("p9", given="TEST", family="fictional", born=BORN, nhs_number=NHS_ONE)
    report = take_in(record("r1", people=[hospital]), agency="health.hospital", organisation="hospital-1")
    assert (report.people_matched, Person.objects.count()) == (1, 1)
    assert IdentityDecision.objects.filter(outcome="same", by="rule").count() == 1


def test_child_without_number_matches_exactly_or_waits() -> None:
    described = {"given": "Test", "family": "Fictional", "born": BORN}
    take_in(record("r1", people=[person("c1", **described, postcode="ZX1 1AA")]))
    same = take_in(record("r1", people=[person("p1", **described, postcode="ZX1 1AA")]), system="b")
    doubt = take_in(
        record("r1", people=[person("p2", **{**described, "given": "Tes"}, postcode="ZX9 9ZZ")]), system="c"
    )
    assert (same.people_matched, doubt.people_waiting) == (1, 1)


def test_unlike_child_is_a_new_person() -> None:
    take_in(record("r1", people=[CHILD]))
    other = person("c2", given="Else", family="Otherwise", born=Partial.day(date(2012, 3, 4)), nhs_number=NHS_TWO)
    assert take_in(record("r2", people=[other])).people_made == 1


def test_entry_about_somebody_never_described_waits_visibly() -> None:
    report = take_in(record("r1", entry("health.review", 3, "nobody-said")))
    assert (report.accepted, report.people_waiting) == (1, 1)
    later = take_in(record("r2", people=[person("nobody-said", given="Now", family="Said", nhs_number=NHS_TWO)]))
    assert later.people_made == 1
    assert facts_of(only_child()) == ["health.review"]


def test_police_incident_at_the_home_address_concerns_the_child() -> None:
    home = {"address_lines": ("1 Made-up Street",), "postcode": "ZX1 1AA"}
    take_in(record("r1", people=[person("c1", given="Test", family="Fictional", born=BORN, **home)]))
    incident = record(
        "i1",
        entry("police.incident", 2, address="loc1", attributes={"category": "drugs"}),
        addresses=[AddressRecord(source_id="loc1", lines=("1, Made-Up Street",), postcode="ZX1 1AA")],
    )
    take_in(incident, agency="police", organisation="force")
    assert facts_of(only_child()) == ["police.incident"]


def test_child_who_moved_keeps_what_happened_at_the_old_address_and_gains_nothing_new_there() -> None:
    def living_at(line: str, ago: float) -> Any:
        child = person("c1", given="Test", family="Fictional", born=BORN, address_lines=(line,), postcode="ZX1 1AA")
        return record("register", entry("education.enrolment", ago, "c1"), people=[child])

    def incident(record_id: str, ago: float) -> Any:
        place = AddressRecord(source_id="loc1", lines=("1 Old Street",), postcode="ZX1 1AA")
        return record(record_id, entry("police.incident", ago, address="loc1"), addresses=[place])

    take_in(living_at("1 Old Street", 90))
    take_in(living_at("2 New Street", 30))
    take_in(incident("i1", 60), incident("i2", 5), agency="police", organisation="force")
    child = only_child()
    incidents = [f for f in load([child.id])[child.id].facts(Pooled()) if f.kind == "police.incident"]
    assert [f.at for f in incidents] == [days_ago(60)]


def test_what_is_recorded_about_a_parent_concerns_the_child() -> None:
    parent = person("m1", role="adult", given="Parent", family="Fictional")
    link = LinkRecord(kind=LinkKind.PARENT, person="m1", other="c1", recorded=days_ago(50))
    take_in(record("f1", people=[CHILD, parent], links=[link]), agency="social_care", organisation="la")
    described = person("x7", role="adult", given="Parent", family="Fictional")
    missed = record("t1", entry("adult.treatment_missed", 4, "m1"))
    take_in(missed, agency="social_care", organisation="la")
    waits = take_in(record("t2", people=[described]), agency="adult_services", organisation="drugs")
    assert waits.people_waiting == 1  # a name alone never merges two adults
    assert facts_of(only_child()) == ["adult.treatment_missed"]


def test_ids_do_not_depend_on_the_order_of_delivery() -> None:
    items = [record(f"r{n}", entry("health.review", n, "c1"), people=[CHILD]) for n in range(1, 5)]
    with transaction.atomic():
        take_in(*items)
        forwards = set(EntryRow.objects.values_list("id", flat=True))
        transaction.set_rollback(True)
    take_in(*reversed(items))
    assert set(EntryRow.objects.values_list("id", flat=True)) == forwards


def test_record_at_fault_is_refused_where_a_thread_beside_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest, "WORTH_HELP", 1)
    bad = record("bad", entry("health.review", 3, "c1", attributes={"condition": "\x00"}))
    good = [record(f"r{n}", entry("health.review", n, "c1"), people=[CHILD]) for n in range(1, 6)]
    report = take_in(*good[:3], bad, *good[3:])
    assert (report.accepted, report.refused, EntryRow.objects.count()) == (5, 1, 5)
    assert Refusal.objects.get().code == "not_kept"
    assert facts_of(only_child()) == ["health.review"] * 5


def test_every_delivery_is_in_the_audit_table() -> None:
    report = take_in(record("r1", entry("health.review", 3, "c1"), people=[CHILD]))
    row = AuditEvent.objects.get(act="feed.delivered")
    assert (row.about, row.detail["accepted"], row.by) == (str(report.delivery), 1, "test")


def test_what_two_tables_of_one_delivery_say_of_a_child_is_joined() -> None:
    named = person("c1", given="Test", family="Fictional", born=BORN)
    take_in(record("r1", people=[named]), record("r2", people=[person("c1", nhs_number=NHS_ONE)]))
    child = only_child()
    assert (child.given, child.nhs_number) == ("Test", NHS_ONE)


def test_full_disk_is_no_record_s_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OperationalError("could not extend file: No space left on device")

    monkeypatch.setattr(ingest, "_resolve", full)
    with pytest.raises(OperationalError):
        take_in(record("r1", entry("health.review", 3, "c1"), people=[CHILD]))
    assert Refusal.objects.count() == 0


def test_batch_that_the_database_gave_up_so_that_another_could_go_on_is_kept_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    resolve, given_up = ingest._resolve, []

    def at_the_second_try(*said: Any, **more: Any) -> Any:
        if not given_up:
            given_up.append(True)
            raise OperationalError("deadlock detected") from psycopg.errors.DeadlockDetected()
        return resolve(*said, **more)

    monkeypatch.setattr(ingest, "_resolve", at_the_second_try)
    report = take_in(record("r1", entry("health.review", 3, "c1"), people=[CHILD]))
    assert (given_up, report.accepted, report.refused) == ([True], 1, 0)
    assert EntryRow.objects.count() == 1


def test_correction_of_whom_an_entry_is_about_is_felt_by_both_children() -> None:
    other = person("c2", given="Other", family="Fictional", born=Partial.day(date(2015, 1, 2)), nhs_number=NHS_TWO)
    bruise = {"injury": "bruise", "mobile": False, "explanation": "none"}
    take_in(
        record("p", people=[CHILD, other]), record("r1", entry("health.injury", 3, "c1", attributes=bruise)), now=NOW
    )
    first, second = Person.objects.get(given="Test"), Person.objects.get(given="Other")
    assert FiringRow.objects.filter(child=first.id, indicator="health.bruise_non_mobile").exists()
    later = NOW + timedelta(hours=1)
    take_in(record("r1", entry("health.injury", 3, "c2", attributes=bruise)), now=later)
    holding = FiringRow.objects.filter(indicator="health.bruise_non_mobile", ends__isnull=True) | (
        FiringRow.objects.filter(indicator="health.bruise_non_mobile", ends__gt=later)
    )
    assert [row.child for row in holding] == [second.id]


def test_record_stated_and_withdrawn_in_one_delivery_leaves_its_kind_and_people() -> None:
    item = record("r1", entry("health.injury", 3, "c1", attributes={"injury": "burn"}), people=[CHILD])
    take_in(item, record("r1", withdrawn=True))
    retraction = EntryRow.objects.get(retracts=True)
    assert (retraction.kind, retraction.subjects.count()) == ("health.injury", 1)


REGISTER = "Student ID,UPN,Surname,Forename,DOB,Date,Session,Mark\n"


def registers(folder: Path, *schools: str) -> list[Delivered]:
    """A register of one child, whom each school describes alike, from each of these schools."""
    made = []
    for number, school in enumerate(schools):
        path = folder / f"{school}.csv"
        days = "".join(f"7,,Fictional,Test,10/05/2017,{day}/09/2026,AM,/\n" for day in ("07", f"{14 + number}"))
        path.write_text(REGISTER + days)
        made.append(
            Delivered(
                feed_name="school-register", path=path, agency="education", organisation=school, system=f"sims:{school}"
            )
        )
    return made


def test_several_deliveries_evaluate_a_child_once_and_each_keeps_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    evaluated = []
    evaluate = ingest.evaluate_touched
    monkeypatch.setattr(
        ingest, "evaluate_touched", lambda touched, now: evaluated.append(touched) or evaluate(touched, now=now)
    )
    told: list[str] = []
    sent = registers(tmp_path, "s1", "s2", "s3")
    reports = ingest.deliver_all(sent, by="test", now=NOW, kept=lambda each: told.append(each.organisation))
    assert [report.accepted for report in reports] == [2, 2, 2]
    assert told == ["s1", "s2", "s3"]
    assert len(evaluated) == 1
    assert sorted(EntryRow.objects.values_list("organisation", "system").distinct()) == [
        (school, f"sims:{school}") for school in ("s1", "s2", "s3")
    ]
    assert SourcePerson.objects.count() == 3
    again = ingest.deliver_all(sent, by="test", now=NOW)
    assert [(report.accepted, report.unchanged) for report in again] == [(0, 2)] * 3
    assert Delivery.objects.filter(finished__isnull=True).count() == 0


def test_batch_of_several_deliveries_that_cannot_be_evaluated_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise OperationalError("no room")

    monkeypatch.setattr(ingest, "evaluate_touched", fail)
    told: list[Delivered] = []
    thresholds = gc.get_threshold()
    with pytest.raises(OperationalError):
        ingest.deliver_all(registers(tmp_path, "s1", "s2"), by="test", now=NOW, kept=told.append)
    assert (EntryRow.objects.count(), RawRecord.objects.count(), SourcePerson.objects.count()) == (0, 0, 0)
    assert told == []
    assert Delivery.objects.filter(finished__isnull=True).count() == 2
    assert gc.get_threshold() == thresholds


def test_delivery_that_stands_is_told_before_a_later_one_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest, "BATCH_RECORDS", 2)
    entries_then: list[tuple[str, int]] = []
    ingest.deliver_all(
        registers(tmp_path, "s1", "s2"),
        by="test",
        now=NOW,
        kept=lambda each: entries_then.append((each.organisation, EntryRow.objects.count())),
    )
    whole = EntryRow.objects.count()
    assert [school for school, _ in entries_then] == ["s1", "s2"]
    assert entries_then[-1][1] == whole
    assert all(EntryRow.objects.filter(organisation=school).exists() for school, _ in entries_then)


def test_unreadable_file_among_several_stops_no_other(tmp_path: Path) -> None:
    first, second = registers(tmp_path, "s1", "s2")
    first.path.write_bytes(b"\x00\x01\x02")
    bad, good = ingest.deliver_all([first, second], by="test", now=NOW)
    assert bad.problem
    assert (bad.accepted, good.accepted, good.problem) == (0, 2, "")


def test_two_files_of_one_system_with_another_s_between_are_kept_in_their_order(tmp_path: Path) -> None:
    first, between = registers(tmp_path, "s1", "s2")
    later = replace(first, path=tmp_path / "later.csv")
    later.path.write_bytes(first.path.read_bytes().replace(b",/", b",N"))
    reports = ingest.deliver_all([first, between, later, first], by="test", now=NOW)
    assert [(report.accepted, report.unchanged) for report in reports] == [(2, 0)] * 4
    versions = RawRecord.objects.filter(system="sims:s1").order_by("id").values_list("version", flat=True)
    assert list(versions) == [1, 1, 2, 2, 3, 3]

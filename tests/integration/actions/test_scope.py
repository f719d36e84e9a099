"""The door of a shared hub: who is out of scope is counted, and nothing of them is kept anywhere."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.db import connection
from support.deliveries import NHS_ONE, NHS_TWO, NOW, entry, feed_of, person, record

from nightlight.actions.intake import scope
from nightlight.actions.intake.ingest import DeliveryReport, deliver_stream
from nightlight.actions.sharing import agreements
from nightlight.domain.scope import rows as scope_rows
from nightlight.feeds.records import Feed, FeedContext, Record
from nightlight.store.intake.models import Delivery, OutOfScope, RawRecord
from nightlight.store.people.models import Person, SourcePerson
from nightlight.timeline.partial import Partial

pytestmark = pytest.mark.django_db
BORN = Partial.day(date(2015, 3, 4))
KNOWN = person("k", given="Known", family="Fictional", born=BORN, nhs_number=NHS_ONE)
STRANGER = person("s", given="Stranger", family="Imaginary", born=Partial.day(date(2014, 8, 9)), nhs_number=NHS_TWO)


@pytest.fixture(autouse=True)
def _rows() -> Iterator[None]:
    held = list(scope_rows._IN_USE)
    yield
    scope_rows._IN_USE[:] = held


def agree() -> None:
    terms = agreements.Terms(
        title="All", purpose="To try", parties=["school", "council"], feeds=["school-register", "ssd"],
        starts=date(2020, 1, 1),
    )  # fmt: skip
    agreements.add(by="test", terms=terms, now=NOW)


def give(feed: str, *records: Record, organisation: str = "school") -> DeliveryReport:
    made = feed_of(records)
    context = FeedContext(agency="education", organisation=organisation, system=f"{feed}:{organisation}", now=NOW)
    named = Feed(name=feed, title=feed, agency="education", read=made.read, suffixes=made.suffixes)
    return deliver_stream(feed=named, stream=io.BytesIO(), context=context, by="test")


def week(who: Any, number: int = 1) -> Record:
    return record(f"{who.source_id}/{number}", entry("education.register", 3, who.source_id), people=[who])


def known_to_a_service() -> None:
    give("ssd", record("r", entry("social_care.visit", 9, "k"), people=[KNOWN]), organisation="council")


def test_pupil_whom_no_service_knows_is_counted_and_nothing_of_them_is_kept() -> None:
    agree()
    known_to_a_service()
    report = give("school-register", week(KNOWN), week(STRANGER), week(STRANGER, 2))
    assert (report.accepted, report.outside, report.outside_children, report.refused) == (1, 2, 1, 0)
    assert Delivery.objects.get(id=report.delivery).outside == 2
    (row,) = OutOfScope.objects.all()
    assert (row.feed, row.reason, row.day, row.records, row.children) == (
        "school-register", "not_known", date(2026, 11, 23), 2, 1,
    )  # fmt: skip
    assert not everywhere_in_the_database("Imaginary", "stranger", NHS_TWO)


def everywhere_in_the_database(*words: str) -> list[str]:
    """The tables that hold any of these words, in whatever column; the log included."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT count(*) FROM "{table}" t WHERE lower(t::text) LIKE ANY(%s)', [
                [f"%{word.lower()}%" for word in words]
            ])  # fmt: skip
            if cursor.fetchone()[0]:
                found.append(table)
    return found


def test_pupil_is_taken_in_from_the_day_that_a_service_knows_them() -> None:
    agree()
    assert give("school-register", week(KNOWN)).outside == 1
    known_to_a_service()
    again = give("school-register", week(KNOWN))
    assert (again.accepted, again.outside, Person.objects.count()) == (1, 0, 1)


def test_pupil_who_may_be_known_is_taken_in_and_waits_for_somebody_to_decide() -> None:
    agree()
    known_to_a_service()
    alike = person("d", given="Knowne", family="Fictional", born=BORN, postcode="ZX1 1AA")
    report = give("school-register", week(alike))
    assert (report.accepted, report.outside) == (1, 0)
    assert SourcePerson.objects.get(source_id="d").waiting_since is not None


def test_record_that_names_somebody_in_scope_is_kept_with_all_whom_it_names() -> None:
    agree()
    known_to_a_service()
    both = record("b", entry("education.register", 3, "k", "s"), people=[KNOWN, STRANGER])
    assert give("school-register", both).accepted == 1
    assert SourcePerson.objects.filter(source_id="s").exists()


def test_kind_that_brings_its_child_in_does_so_by_itself() -> None:
    agree()
    scope_rows.use_rows(
        "scope:\n  - {feed: school-register, version: 2, valid_from: 2026-01-01, admits: known, "
        "kinds: [education.concern], says: Own., source: Ours., grade: hub}\n"
    )
    worry = record("w", entry("education.concern", 2, "s", attributes={"category": "hunger"}), people=[STRANGER])
    assert give("school-register", week(STRANGER), worry).accepted == 2


def test_feed_of_which_nothing_is_in_scope_brings_nothing_in() -> None:
    agree()
    scope_rows.use_rows(
        "scope:\n  - {feed: ssd, version: 2, valid_from: 2026-01-01, admits: nobody, "
        "says: None., source: Ours., grade: hub}\n"
    )
    known_to_a_service()
    assert OutOfScope.objects.get().reason == scope.NOTHING
    assert not Person.objects.exists()


def test_row_that_has_ended_does_not_hold() -> None:
    agree()
    scope_rows.use_rows(
        "scope:\n  - {feed: school-register, organisation: school, version: 1, valid_from: 2020-01-01, "
        "valid_to: 2026-11-22, admits: every, says: Until yesterday., source: Ours., grade: hub}\n"
    )
    assert give("school-register", week(STRANGER)).outside == 1


def test_before_any_agreement_an_installation_is_being_tried_out_and_takes_all() -> None:
    assert give("school-register", week(STRANGER)).accepted == 1


def test_source_keeps_all_of_its_own_records() -> None:
    agree()
    scope_rows.use_own_records()
    assert give("school-register", week(STRANGER)).accepted == 1


def test_a_day_adds_up() -> None:
    agree()
    give("school-register", week(STRANGER))
    give("school-register", week(STRANGER))
    assert scope.counted() == [("school-register", "not_known", 2, 2)]
    assert RawRecord.objects.count() == 0

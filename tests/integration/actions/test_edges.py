"""An absence becomes a concern at the moment that was stored for it: nobody polls, and nothing new is recorded."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from support.deliveries import NHS_ONE, NOW, entry, person, record, take_in

from nightlight.actions.demo.staff import make_people
from nightlight.actions.watching import evaluation
from nightlight.store.chronology import edges
from nightlight.store.chronology.models import Evaluated, FiringRow
from nightlight.store.duties.models import DutyNow
from nightlight.timeline.partial import Partial

CHILD = person("c1", given="Test", family="Fictional", born=Partial.day(date(2017, 5, 10)), nhs_number=NHS_ONE)
SEEN = {"child_seen": True, "seen_alone": True, "bedroom_seen": True, "result": "seen"}
FOUR_WEEKS = timedelta(days=28)


def on_a_plan_and_seen(ago: timedelta, now: datetime) -> None:
    """A child on a child protection plan, seen so long ago and not since."""
    days = ago.total_seconds() / 86400
    plan = entry("social_care.child_protection_plan", 60, "c1", attributes={"category": "neglect"})
    visit = entry("social_care.visit", days, "c1", attributes=SEEN)
    take_in(
        record("plan", plan, people=[CHILD]),
        record("visit", visit),
        agency="social_care",
        organisation="la",
        now=now,
    )


@pytest.mark.django_db
def test_absence_fires_at_its_edge_and_not_before() -> None:
    make_people([("la", "Council", "social_care")], now=NOW)
    on_a_plan_and_seen(FOUR_WEEKS - timedelta(hours=1), NOW)
    edge = Evaluated.objects.get().next_edge
    assert edge == NOW + timedelta(hours=1)
    assert evaluation.evaluate_due(now=edge - timedelta(microseconds=1)) == 0
    assert evaluation.evaluate_due(now=edge) == 1
    assert DutyNow.objects.exclude(question__startswith="clock:").get().question == "child_seen"
    assert Evaluated.objects.get().next_edge > edge


@pytest.mark.django_db
def test_edges_of_indicators_that_an_entry_does_not_touch_are_kept() -> None:
    make_people([("la", "Council", "social_care")], now=NOW)
    on_a_plan_and_seen(FOUR_WEEKS - timedelta(hours=1), NOW)
    before = edges.earliest()
    worker = record("w", entry("education.enrolment", 1, "c1"), people=[CHILD])
    take_in(worker, agency="social_care", organisation="la")
    assert edges.earliest() == before


@pytest.mark.django_db
def test_all_that_is_stored_is_what_evaluating_everything_again_gives() -> None:
    make_people([("la", "Council", "social_care")], now=NOW)
    on_a_plan_and_seen(timedelta(days=3), NOW)
    fields = ("child", "indicator", "rule", "level", "starts", "ends")
    before = sorted(FiringRow.objects.values_list(*fields), key=str), Evaluated.objects.values_list("next_edge").get()
    FiringRow.objects.all().delete()
    Evaluated.objects.all().delete()
    evaluation.evaluate_all(now=NOW)
    after = sorted(FiringRow.objects.values_list(*fields), key=str), Evaluated.objects.values_list("next_edge").get()
    assert after == before


@pytest.mark.django_db(transaction=True)
def test_worker_sleeps_until_the_edge_and_is_woken_by_one_that_is_stored(database_url: str) -> None:
    now = datetime.now(UTC)
    make_people([("la", "Council", "social_care")], now=now)
    command = [Path(sys.executable).with_name("nightlight"), "worker"]
    with subprocess.Popen(command, env={**os.environ, "NIGHTLIGHT_DATABASE_URL": database_url}) as worker:
        try:
            _wait_until_asleep()
            on_a_plan_and_seen(NOW - now + FOUR_WEEKS - timedelta(seconds=2), now)
            _wait_for_a_duty()
        finally:
            worker.terminate()
    assert worker.returncode == 0


def _wait_until_asleep() -> None:
    """It has looked once, and says so before it does."""
    asleep = "SELECT count(*) FROM duties_workerbeat WHERE part = 'indicators' AND ended IS NULL"
    _wait(lambda: _ask(asleep) > 0)


def _wait_for_a_duty() -> None:
    _wait(lambda: DutyNow.objects.filter(question="child_seen").exists())


def _ask(query: str) -> Any:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchone()[0]


def _wait(until: Any, seconds: float = 180) -> None:
    end = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.1)

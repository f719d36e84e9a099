"""On a real database: what falls due lapses, climbs and is told once, whoever looks and however often."""

from __future__ import annotations

from datetime import timedelta

import pytest
from support.deliveries import NOW
from support.many_duties import a_rota, open_duties

from nightlight.actions.watching import clockwork
from nightlight.domain.duties import schedule, state_of
from nightlight.domain.raising import Arrangements
from nightlight.store.audit.models import AuditEvent
from nightlight.store.duties import mapping
from nightlight.store.duties.models import DutyEvent, DutyNow, Notice

pytestmark = pytest.mark.django_db


def kinds(duty):
    return list(DutyEvent.objects.filter(duty=duty).order_by("number").values_list("kind", flat=True))


def test_due_duty_lapses_and_climbs_to_who_is_on_the_rota_and_both_are_told():
    a_rota()
    (duty,) = open_duties(1, due=lambda n: NOW)
    done = clockwork.turn_duties(now=NOW)
    assert (done.duties, done.events, done.notices) == (1, 2, 2)
    assert kinds(duty) == ["Raised", "Lapsed", "Climbed"]
    assert DutyNow.objects.get(duty=duty).owner == "line-manager"
    told = set(Notice.objects.values_list("why", "person", "state"))
    assert told == {("lapsed", "safeguarding-lead", "shown"), ("climbed", "line-manager", "shown")}
    acts = AuditEvent.objects.filter(about=str(duty)).values_list("act", flat=True)
    assert sorted(acts) == ["duty.climbed", "duty.lapsed"]


def test_looking_again_changes_nothing_until_the_next_edge():
    a_rota()
    (duty,) = open_duties(1, due=lambda n: NOW)
    clockwork.turn_duties(now=NOW)
    edge = clockwork.next_duty()
    under = Arrangements(rota=mapping.rota())
    assert edge == schedule(state_of(mapping.events_of([duty])[duty]), under.rules, under.calendar)[0].at
    assert clockwork.turn_duties(now=edge - timedelta(microseconds=1)).duties == 0
    assert clockwork.turn_duties(now=edge).events == 1
    assert kinds(duty)[-1] == "Climbed"


def test_stored_edge_that_is_too_early_is_put_right_and_does_nothing():
    a_rota()
    (duty,) = open_duties(1, due=lambda n: NOW)
    DutyNow.objects.update(next_edge=NOW - timedelta(days=1))
    done = clockwork.turn_duties(now=NOW - timedelta(hours=1))
    assert (done.duties, done.events, done.notices) == (1, 0, 0)
    assert clockwork.next_duty() == NOW
    assert kinds(duty) == ["Raised"]


def test_rung_with_nobody_on_it_is_told_to_the_partnership_and_passed():
    a_rota("line_manager")
    (duty,) = open_duties(1, due=lambda n: NOW)
    clockwork.turn_duties(now=NOW)
    assert kinds(duty) == ["Raised", "Lapsed", "Climbed", "Climbed"]
    assert DutyNow.objects.get(duty=duty).owner == "service-manager"
    told = set(Notice.objects.values_list("why", "person"))
    assert ("nobody", "delegated-safeguarding-partner") in told
    assert ("climbed", "service-manager") in told


def test_duty_that_nobody_owns_climbs_at_once():
    a_rota("safeguarding_lead")
    (duty,) = open_duties(1, due=lambda n: NOW + timedelta(days=3), owner="")
    clockwork.turn_duties(now=NOW)
    assert kinds(duty) == ["Raised", "Climbed"]
    assert DutyNow.objects.get(duty=duty).owner == "line-manager"
    assert clockwork.next_duty() == NOW + timedelta(days=3)


def test_nobody_on_any_rung_is_raised_to_whoever_runs_the_hub_and_again_each_day():
    open_duties(1, due=lambda n: NOW, owner="")
    clockwork.turn_duties(now=NOW)
    assert list(Notice.objects.exclude(why="late").values_list("why", "person")) == [("nobody", "operator")]
    edge = clockwork.next_duty()
    assert edge == NOW + timedelta(days=1)
    clockwork.turn_duties(now=edge)
    clockwork.turn_duties(now=edge)
    assert Notice.objects.filter(why="reminder").count() == 1


def test_after_an_outage_it_catches_up_in_order_and_says_what_was_late():
    a_rota()
    open_duties(3, due=lambda n: NOW - timedelta(hours=n))
    done = clockwork.turn_duties(now=NOW + timedelta(minutes=10), limit=1)
    assert done.late == timedelta(hours=2, minutes=10)
    assert done.was_late
    assert Notice.objects.get(why="late").about == "minutes:130"
    assert AuditEvent.objects.filter(act="duty.lapsed").get().detail == {"late_seconds": 7800}
    clockwork.turn_duties(now=NOW + timedelta(minutes=10))
    assert Notice.objects.filter(why="late").count() == 1

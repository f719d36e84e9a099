"""Notices on a real database: made once with what they tell of, sent by a channel, the next, the next person."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from support.deliveries import NHS_ONE, entry, person, record, take_in
from support.many_duties import a_rota, open_duties

from nightlight.actions.demo.staff import make_people
from nightlight.actions.duties import deeds as duties
from nightlight.actions.seeing.access import Refused
from nightlight.actions.telling import notices
from nightlight.actions.watching import clockwork
from nightlight.domain.delivery import Delivered, NotSent, Sent, deliver
from nightlight.store.duties.models import ContactRow, DutyEvent, DutyNow, Notice, NoticeTry
from nightlight.store.duties.outbox import Outbox
from nightlight.store.people.models import Practitioner
from nightlight.timeline.partial import Partial

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 11, 23, 10, tzinfo=UTC)
SATURDAY = datetime(2026, 11, 28, 22, tzinfo=UTC)
FAST = {"rule": "response.immediate", "level": "immediate", "role": "front_door_team_manager",
        "owner": "front-door-team-manager"}  # fmt: skip


class Far:
    """Channels that answer as they are told, and remember."""

    def __init__(self, **answers):
        self.answers, self.sent = answers, []

    def send(self, taken):
        self.sent.append((taken.channel, taken.person, taken.why))
        return self.answers.get(taken.channel, Sent("p"))

    def ask(self, taken):
        return self.answers.get("asked", Delivered())


def reached_by(person, *channels, now=MONDAY):
    address = {"email": "a@hub.example", "text": "+447700900123", "webhook": "https://hub.example/hook"}
    for place, channel in enumerate(channels):
        notices.set_contact(by="t", person=person, channel=channel, address=address[channel], place=place, now=now)


def send(far, now):
    return deliver(Outbox(), far, lambda: now, 100, notices.unreached)


def one_lapses(now, **how):
    a_rota()
    reached_by("line-manager", "email", "text")
    reached_by("service-manager", "email")
    (duty,) = open_duties(1, due=lambda n: now, **how)
    clockwork.turn_duties(now=now)
    return duty


def test_notice_goes_by_the_first_channel_once_and_the_duty_says_so():
    duty = one_lapses(MONDAY)
    far = Far()
    assert send(far, MONDAY) == 1
    assert send(far, MONDAY) == 0
    assert far.sent == [("email", "line-manager", "climbed")]
    told = DutyEvent.objects.get(duty=duty, kind="Notified")
    assert (told.number, told.detail) == (4, {"to": "line-manager"})
    assert NoticeTry.objects.get().outcome == "sent"


def test_failure_that_may_pass_is_tried_again_later_then_the_next_channel():
    one_lapses(MONDAY)
    far, now = Far(email=NotSent("busy", passing=True)), MONDAY
    for _ in range(6):
        send(far, now)
        now = clockwork.next_notice() or now
    assert [channel for channel, _, _ in far.sent] == ["email"] * 5 + ["text"]
    assert Notice.objects.get(person="line-manager").state == "sent"


def test_nobody_reached_on_a_slow_clock_tells_the_next_person_and_moves_nothing():
    duty = one_lapses(MONDAY)
    refused = NotSent("unknown", passing=False)
    far = Far(email=refused, text=refused)
    send(far, MONDAY), send(far, MONDAY)
    assert Notice.objects.get(person="line-manager").state == "failed"
    assert Notice.objects.get(why="unreached").person == "service-manager"
    assert DutyNow.objects.get(duty=duty).owner == "line-manager"


def test_nobody_reached_on_a_fast_clock_climbs_at_once():
    duty = one_lapses(MONDAY, **FAST)
    refused = NotSent("unknown", passing=False)
    send(Far(email=refused), MONDAY)
    assert DutyNow.objects.get(duty=duty).owner == "delegated-safeguarding-partner"
    assert DutyEvent.objects.filter(duty=duty, kind="Climbed").count() == 2


def test_worker_that_died_while_sending_is_followed_by_another_under_the_same_key():
    one_lapses(MONDAY)
    (first,) = Outbox().take(MONDAY, 10)
    assert send(Far(), MONDAY) == 0
    (second,) = Outbox().take(MONDAY + timedelta(minutes=2), 10)
    assert (second.id, second.tries) == (first.id, 2)


def test_quiet_hours_hold_back_slow_clocks_and_no_fast_one():
    one_lapses(SATURDAY)
    slow = Notice.objects.get(person="line-manager")
    assert slow.next_at == datetime(2026, 11, 30, 9, tzinfo=UTC)
    reached_by("emergency-duty-team-manager", "text", now=SATURDAY)
    open_duties(1, due=lambda n: SATURDAY, **FAST)
    clockwork.turn_duties(now=SATURDAY)
    far = Far()
    send(far, SATURDAY)
    assert far.sent == [("text", "emergency-duty-team-manager", "climbed")]


def test_bounce_stops_the_address_and_tries_the_next_channel():
    one_lapses(MONDAY)
    send(Far(), MONDAY)
    notice = Notice.objects.get(person="line-manager")
    assert notices.bounced(notice=notice.id, code="bounce-5.1.1", now=MONDAY)
    assert ContactRow.objects.get(person="line-manager", channel="email").stopped == MONDAY
    far = Far()
    send(far, MONDAY)
    assert far.sent == [("text", "line-manager", "climbed")]
    assert not notices.bounced(notice=UUID(int=0), code="x", now=MONDAY)


def test_what_became_of_it_is_asked_and_kept():
    one_lapses(MONDAY)
    send(Far(email=Sent("p", asks=True)), MONDAY)
    send(Far(), MONDAY + timedelta(minutes=1))
    assert Notice.objects.get(person="line-manager").state == "delivered"
    assert list(NoticeTry.objects.order_by("id").values_list("outcome", flat=True)) == ["sent", "delivered"]


def test_system_of_the_duty_s_organisation_hears_too():
    a_rota()
    notices.set_contact(by="t", organisation="hub", channel="webhook", address="https://hub.example/x", now=MONDAY)
    open_duties(1, due=lambda n: SATURDAY)
    clockwork.turn_duties(now=SATURDAY)
    far = Far()
    send(far, SATURDAY)
    assert sorted(far.sent) == [("webhook", "system-of:hub", "climbed"), ("webhook", "system-of:hub", "lapsed")]
    assert not DutyEvent.objects.filter(kind="Notified").exists()


def test_outcome_reaches_the_agencies_whose_entries_were_evidence():
    make_people([("school-1", "Fictional School", "education")], now=MONDAY)
    child = person("c1", given="Test", family="Fictional", born=Partial.day(date(2017, 5, 10)), nhs_number=NHS_ONE)
    said = {"category": "hunger", "observer": "class teacher"}
    logs = [
        record(f"log{ago}", entry("education.concern", ago, "c1", attributes={**said, "observer": who}), people=[child])
        for ago, who in ((3, "class teacher"), (9, "lunchtime supervisor"), (15, "teaching assistant"))
    ]
    take_in(*logs)
    row = DutyNow.objects.get()
    lead = Practitioner.objects.get(username="safeguarding-lead.school-1")
    manager = Practitioner.objects.get(username="line-manager.school-1")
    assert set(Notice.objects.values_list("why", "person")) == {("raised", lead.username)}
    duties.hand_over(by=lead, duty_id=row.duty_id, to=manager.username, now=MONDAY)
    duties.accept(by=manager, duty_id=row.duty_id, now=MONDAY)
    duties.discharge(by=manager, duty_id=row.duty_id, outcome="support_given", reason="Breakfast club.", now=MONDAY)
    assert Notice.objects.get(why="outcome").person == lead.username


def test_digest_is_once_a_working_day_when_offices_are_open():
    assert notices.digest(now=SATURDAY) == 0
    assert notices.next_digest(SATURDAY) == datetime(2026, 11, 30, 9, tzinfo=UTC)
    notices.digest(now=MONDAY)
    assert notices.digest(now=MONDAY) == 0


@pytest.mark.parametrize(
    ("channel", "address"), [("pigeon", "x"), ("email", "nobody"), ("text", "12"), ("webhook", "http://far.example")]
)
def test_address_that_cannot_be_used_is_refused(channel, address):
    with pytest.raises(notices.ContactRefused):
        notices.set_contact(by="t", person="p", channel=channel, address=address, now=MONDAY)


def test_contact_of_another_organisation_s_person_is_refused():
    make_people([("school-1", "One", "education"), ("school-2", "Two", "education")], now=MONDAY)
    lead = Practitioner.objects.get(username="safeguarding-lead.school-1")
    with pytest.raises(Refused):
        notices.set_contact(
            by=lead, person="safeguarding-lead.school-2", channel="email", address="a@b.example", now=MONDAY
        )


def test_page_shows_a_person_s_own_notices_and_that_they_were_seen():
    one_lapses(MONDAY)
    me = Practitioner.objects.get(username="line-manager")
    (shown,) = notices.my_notices(by=me)
    assert shown.notice.why == "climbed"
    assert (notices.unseen(by=me), notices.mark_seen(by=me, shown=[], now=MONDAY)) == (1, 0)
    shown = [each.notice.id for each in notices.my_notices(by=me)]
    assert (notices.mark_seen(by=me, shown=shown, now=MONDAY), notices.unseen(by=me)) == (1, 0)

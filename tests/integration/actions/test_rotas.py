"""Rotas as people change them, and the duties that move with them: never to nobody, an empty post raised once."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from django.db import IntegrityError, transaction
from support.deliveries import NHS_ONE, NHS_TWO, NOW, entry, person, record, take_in

from nightlight.actions.duties import deeds as duties
from nightlight.actions.duties.deeds import accept
from nightlight.actions.duties.lapses import lapses
from nightlight.actions.rotas import edits as rotas
from nightlight.actions.seeing.access import Refused
from nightlight.actions.watching.clockwork import turn_duties
from nightlight.domain.clocks import _IN_USE, use_rules
from nightlight.domain.duties import Assigned, Climbed, HandedOver, Lapsed, Raised, Status
from nightlight.domain.rota import OnCall
from nightlight.store.audit.models import AuditEvent
from nightlight.store.duties import mapping
from nightlight.store.duties.models import DutyNow, DutyRow, Notice, RotaRow
from nightlight.store.people.models import Organisation, Practitioner

pytestmark = pytest.mark.django_db
COUNCIL = "council"


@pytest.fixture
def people():
    council = Organisation.objects.create(code=COUNCIL, name="Council", agency="social_care")
    school = Organisation.objects.create(code="school-1", name="School", agency="education")
    roles = {"door": "front_door_team_manager", "night": "emergency_duty_team", "boss": "service_manager",
             "second": "front_door_team_manager", "dsp": "delegated_safeguarding_partner"}  # fmt: skip
    made = {name: Practitioner.objects.make(username=name, name=name, role=role, organisation=council)
            for name, role in roles.items()}  # fmt: skip
    made["lead"] = Practitioner.objects.make(
        username="lead", name="lead", role="safeguarding_lead", organisation=school
    )
    made["lsp"] = Practitioner.objects.make(
        username="lsp", name="lsp", role="lead_safeguarding_partner", organisation=council
    )
    made["edtm"] = Practitioner.objects.make(
        username="edtm", name="edtm", role="emergency_duty_team_manager", organisation=council
    )
    for name in ("boss", "dsp", "lsp", "edtm"):
        put(made["boss"], name, made[name].role)
    return made


def put(by, name, role, **more):
    since = more.pop("since", NOW - timedelta(days=30))
    now = min(since, NOW)
    return rotas.put_on_rota(by=by, person=name, role=role, organisation=COUNCIL, since=since, now=now, **more)


def referral(number=NHS_ONE, key="r", who="c1", now=NOW):
    child = person(who, given="Wren", family="Alder", nhs_number=number)
    take_in(
        record(key, entry("social_care.referral", 0.1, who), people=[child]), agency="social_care",
        organisation=COUNCIL, now=now,
    )  # fmt: skip


def the_duty(prefix="clock:"):
    (row,) = DutyNow.objects.filter(question__startswith=prefix)
    return row, mapping.events_of([row.duty_id])[row.duty_id]


def test_an_empty_post_is_on_no_childs_record_and_there_for_those_whose_it_is(people):
    referral()
    rotas.settle(now=NOW)
    gap, _ = the_duty("rota:")
    assert (gap.child, gap.evidence, gap.duty.child) == (None, [], None)
    story = duties.duty(by=people["boss"], duty_id=gap.duty_id, now=NOW)
    assert (story.child, story.indicators, story.state.owner) == (None, (), "boss")
    assert duties.duty(by=people["lsp"], duty_id=gap.duty_id, now=NOW).now == gap
    with pytest.raises(Refused):
        duties.duty(by=people["lead"], duty_id=gap.duty_id, now=NOW)
    looks = AuditEvent.objects.filter(about=str(gap.duty_id), act__in=["duty.viewed", "duty.refused"]).order_by("id")
    assert [(row.by, row.act, row.child) for row in looks] == [
        ("boss", "duty.viewed", None), ("lsp", "duty.viewed", None), ("lead", "duty.refused", None)
    ]  # fmt: skip


def test_an_empty_post_is_acknowledged_set_aside_with_a_reason_and_lapses_like_any_duty(people):
    referral()
    rotas.settle(now=NOW)
    gap, _ = the_duty("rota:")
    assert turn_duties(now=gap.due).duties >= 1
    assert [type(event) for event in the_duty("rota:")[1]][:2] == [Raised, Lapsed]
    assert AuditEvent.objects.get(about=str(gap.duty_id), act="duty.lapsed").child is None
    (lapse,) = [each for each in lapses(by=people["lsp"], now=gap.due, since=NOW) if each.duty == gap.duty_id]
    assert lapse.child is None
    gap.refresh_from_db()
    owner = Practitioner.objects.get(username=gap.owner)
    duties.acknowledge(by=owner, duty_id=gap.duty_id, now=gap.due + timedelta(hours=1))
    read = duties.to_read_first(by=owner, duty_id=gap.duty_id, now=gap.due + timedelta(hours=1))
    assert read.earlier == ()
    ended = duties.discharge(
        by=owner, duty_id=gap.duty_id, outcome="no_further_action", reason="The role is being abolished.",
        now=gap.due + timedelta(hours=2),
    )  # fmt: skip
    assert ended.is_discharged
    for hours in (3, 40):
        rotas.settle(now=gap.due + timedelta(hours=hours))
    assert the_duty("rota:")[0] == gap, "nobody is asked again what somebody has set aside with a reason"
    take_in_again = gap.due + timedelta(hours=48)
    referral(NHS_TWO, "r2", "c2", now=take_in_again)
    rotas.settle(now=take_in_again + timedelta(minutes=1))
    assert len(open_gaps()) == 1, "a duty that comes to it since is news"


def open_gaps():
    return [row.question for row in DutyNow.objects.filter(question__startswith="rota:").exclude(status="discharged")]


def test_post_that_is_set_aside_is_raised_again_once_somebody_has_held_it(people):
    boss = people["boss"]
    put(boss, "door", "front_door_team_manager")
    rotas.leave(by=boss, person="edtm", now=NOW)
    referral()
    rotas.settle(now=NOW)
    assert open_gaps() == ["rota:emergency_duty_team_manager:"]
    gap, _ = the_duty("rota:")
    later = NOW + timedelta(hours=1)
    duties.discharge(
        by=boss, duty_id=gap.duty_id, outcome="no_further_action", now=later,
        reason="The night manager of our neighbours answers.",
    )  # fmt: skip
    rotas.settle(now=later + timedelta(hours=1))
    assert open_gaps() == []
    tomorrow = NOW + timedelta(days=1)
    put(boss, "second", "emergency_duty_team_manager", since=tomorrow, until=tomorrow + timedelta(days=1))
    rotas.settle(now=tomorrow + timedelta(hours=12))
    assert open_gaps() == []
    rotas.settle(now=tomorrow + timedelta(days=2))
    assert open_gaps() == ["rota:emergency_duty_team_manager:"]


def test_post_of_an_organisation_whose_holder_is_gone_is_raised_before_any_duty_comes(people):
    school, boss = people["lead"].organisation_id, people["boss"]
    weekdays = tuple(OnCall(day, time(8), time(16)) for day in range(5))
    given = {"by": boss, "person": "lead", "role": "safeguarding_lead", "organisation": school}
    rotas.put_on_rota(**given, since=NOW + timedelta(hours=1), until=NOW + timedelta(days=9), on_call=weekdays, now=NOW)
    rotas.settle(now=NOW)
    assert open_gaps() == [], "nobody has held it yet"
    rotas.settle(now=NOW + timedelta(hours=14))
    assert open_gaps() == [], "at night nobody is on call, and the post is not empty"
    away = NOW + timedelta(days=1)
    rotas.away(by=boss, person="lead", since=away, until=away + timedelta(days=1), why="sickness", now=NOW)
    rotas.settle(now=away + timedelta(minutes=1))
    assert open_gaps() == [f"rota:safeguarding_lead:{school}"]
    rotas.settle(now=away + timedelta(minutes=2))
    assert len(open_gaps()) == 1
    head = Practitioner.objects.make(
        username="head", name="head", role="line_manager", organisation=people["lead"].organisation
    )
    rotas.put_on_rota(
        by=head, person="head", role="safeguarding_lead", organisation=school, since=away + timedelta(hours=1),
        now=away + timedelta(hours=1),
    )  # fmt: skip
    assert open_gaps() == []
    rotas.settle(now=NOW + timedelta(days=20))
    assert open_gaps() == []


def test_post_that_is_covered_is_not_empty(people):
    boss = people["boss"]
    until = NOW + timedelta(days=1)
    rotas.away(by=boss, person="edtm", since=NOW, until=until, why="leave", cover="second", now=NOW)
    rotas.settle(now=NOW + timedelta(hours=1))
    assert open_gaps() == []


def test_one_post_is_raised_once_whoever_sees_first_that_it_is_empty(people):
    referral()
    rotas.settle(now=NOW)
    gap, _ = the_duty("rota:")
    second = DutyRow.objects.create(child=None, question=gap.question, raised=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        DutyNow.objects.create(
            duty=second, question=gap.question, level=gap.level, status="open", role=gap.role, due=gap.due
        )


def test_somebody_put_on_the_rota_gets_what_waited_for_the_role_and_ends_the_gap(people):
    referral()
    rotas.settle(now=NOW)
    assert the_duty()[0].owner == ""
    gap, _ = the_duty("rota:")
    assert (gap.question, gap.role, gap.owner) == ("rota:front_door_team_manager:", "service_manager", "boss")
    put(people["boss"], "door", "front_door_team_manager")
    row, events = the_duty()
    assert (row.owner, row.status) == ("door", "open")
    assert isinstance(events[-1], Assigned)
    gap.refresh_from_db()
    assert gap.status == "discharged"


def test_one_empty_post_is_one_duty_however_many_wait_for_it(people):
    referral()
    referral(NHS_TWO, "r2", "c2")
    for _ in range(2):
        rotas.settle(now=NOW)
    assert DutyNow.objects.filter(question__startswith="rota:").count() == 1
    assert DutyNow.objects.filter(owner="").count() == 2


def test_a_leaver_s_duties_go_to_whoever_answers_and_the_past_still_names_them(people):
    for name in ("second", "door"):
        put(people["boss"], name, "front_door_team_manager", since=NOW - timedelta(days=9 if name == "door" else 90))
    referral()
    assert the_duty()[0].owner == "door"
    rotas.leave(by=people["boss"], person="door", now=NOW)
    assert the_duty()[0].owner == "second"
    rotas.settle(now=NOW + timedelta(minutes=1))
    assert Notice.objects.get(why="assigned").person == "second"
    before = rotas.who_answers(role="front_door_team_manager", organisation="", at=NOW - timedelta(hours=1))
    after = rotas.who_answers(role="front_door_team_manager", organisation="", at=NOW)
    assert (before.person, after.person) == ("door", "second")


def test_cover_answers_while_somebody_is_away_and_not_after(people):
    put(people["boss"], "door", "front_door_team_manager")
    referral()
    until = NOW + timedelta(days=2)
    rotas.away(by=people["boss"], person="door", since=NOW, until=until, why="sickness", cover="second", now=NOW)
    assert the_duty()[0].owner == "second"
    answer = rotas.who_answers(role="front_door_team_manager", organisation="", at=NOW)
    assert (answer.person, answer.instead_of) == ("second", "door")
    assert rotas.who_answers(role="front_door_team_manager", organisation="", at=until).person == "door"


def test_who_answered_yesterday_is_changed_by_nobody(people):
    boss, yesterday = people["boss"], NOW - timedelta(days=1)
    put(boss, "door", "front_door_team_manager")
    shift = RotaRow.objects.get(practitioner__username="door")
    changes = (
        lambda: rotas.put_on_rota(
            by=boss, person="second", role="front_door_team_manager", organisation=COUNCIL, since=yesterday, now=NOW
        ),
        lambda: rotas.end_shift(by=boss, shift=shift.id, at=yesterday, now=NOW),
        lambda: rotas.away(by=boss, person="door", since=yesterday, until=None, why="leave", cover="second", now=NOW),
    )
    for change in changes:
        with pytest.raises(rotas.RotaRefused, match="stays as it was"):
            change()
    asked = {"role": "front_door_team_manager", "organisation": ""}
    assert rotas.who_answers(**asked, at=yesterday).person == "door"


def test_the_same_is_not_said_twice_and_cover_is_there(people):
    boss = people["boss"]
    put(boss, "door", "front_door_team_manager")
    with pytest.raises(rotas.RotaRefused, match="already"):
        put(boss, "door", "front_door_team_manager")
    rotas.away(by=boss, person="door", since=NOW, until=NOW + timedelta(days=2), why="leave", now=NOW)
    again = {"why": "sickness", "until": None, "now": NOW}
    with pytest.raises(rotas.RotaRefused, match="away then already"):
        rotas.away(by=boss, person="door", since=NOW + timedelta(days=1), **again)
    with pytest.raises(rotas.RotaRefused, match="somebody else"):
        rotas.away(by=boss, person="second", since=NOW, cover="door", **again)
    rotas.leave(by=boss, person="night", now=NOW)
    for given in ({"person": "night"}, {"person": "second", "cover": "night"}):
        with pytest.raises(rotas.RotaRefused, match="never names nobody"):
            rotas.away(by=boss, since=NOW, **given, **again)


def test_what_the_night_team_holds_is_offered_in_the_morning_and_is_theirs_until_it_is_accepted(people):
    night = tuple(OnCall(day, time(17), time(9)) for day in range(7))
    put(people["boss"], "night", "emergency_duty_team", on_call=night, holidays=True)
    put(people["boss"], "door", "front_door_team_manager")
    evening = datetime(2026, 11, 23, 20, tzinfo=UTC)
    child = person("c1", given="Wren", family="Alder", nhs_number=NHS_ONE)
    take_in(
        record("r", entry("social_care.referral", -0.45, "c1", attributes={"outcome": "section_47"}), people=[child]),
        agency="social_care", organisation=COUNCIL, now=evening,
    )  # fmt: skip
    row, _ = the_duty("clock:STRAT-CONVENE")
    assert (row.role, row.owner) == ("emergency_duty_team", "night")
    assert rotas.hand_over_the_night(now=evening) == 0
    morning = datetime(2026, 11, 24, 9, tzinfo=UTC)
    assert [rotas.hand_over_the_night(now=morning) for _ in range(2)] == [1, 0]
    row, events = the_duty("clock:STRAT-CONVENE")
    assert isinstance(events[-1], HandedOver)
    assert (row.owner, row.pending_to, row.status) == ("night", "door", Status.HANDOVER_PENDING)
    accept(by=people["door"], duty_id=row.duty_id, now=morning + timedelta(minutes=5))
    row, _ = the_duty("clock:STRAT-CONVENE")
    assert (row.owner, row.role) == ("door", "front_door_team_manager")


def handed_over_at_nine(people):
    night = tuple(OnCall(day, time(17), time(9)) for day in range(7))
    put(people["boss"], "night", "emergency_duty_team", on_call=night, holidays=True)
    put(people["boss"], "door", "front_door_team_manager")
    evening, morning = datetime(2026, 11, 23, 20, tzinfo=UTC), datetime(2026, 11, 24, 9, tzinfo=UTC)
    child = person("c1", given="Wren", family="Alder", nhs_number=NHS_ONE)
    take_in(
        record("r", entry("social_care.referral", -0.45, "c1", attributes={"outcome": "section_47"}), people=[child]),
        agency="social_care", organisation=COUNCIL, now=evening,
    )  # fmt: skip
    rotas.hand_over_the_night(now=morning)
    return morning


def test_what_nobody_accepts_by_a_quarter_past_nine_climbs_and_pages_the_next_person(people):
    morning = handed_over_at_nine(people)
    at = [morning + timedelta(minutes=minutes) for minutes in (14, 15, 16)]
    assert [rotas.climb_unaccepted(now=moment) for moment in at] == [0, 1, 0]
    row, events = the_duty("clock:STRAT-CONVENE")
    assert isinstance(events[-1], Climbed)
    assert (row.owner, row.pending_to, row.status) == ("boss", "", Status.OPEN)
    assert Notice.objects.filter(duty=row.duty_id, why="climbed", person="boss").count() == 1
    assert rotas.hand_over_the_night(now=at[-1]) == 0


@pytest.mark.parametrize(
    ("since", "climbed"), [("2026-11-24", [0, 0, 1]), ("2026-11-25", [1, 0, 0])], ids=["own", "own_from_tomorrow"]
)
def test_a_partnership_gives_the_day_its_own_time_to_accept_and_what_was_offered_before_keeps_its_own(
    people, since, climbed
):
    morning = handed_over_at_nine(people)
    own = "{id: HANDOVER-UNACCEPTED, version: 100, valid_from: %s, amount: 1, unit: clock_hours, source: Our board.}"
    use_rules(f"local_values: [{own % since}]")
    try:
        at = [morning + timedelta(minutes=minutes) for minutes in (15, 59, 60)]
        assert [rotas.climb_unaccepted(now=moment) for moment in at] == climbed
    finally:
        _IN_USE.clear()


def test_a_rota_never_names_nobody_and_is_changed_by_its_own_organisation(people):
    with pytest.raises(rotas.RotaRefused, match="never names nobody"):
        put(people["boss"], "nobody-here", "front_door_team_manager")
    with pytest.raises(rotas.RotaRefused, match="answers for duties"):
        put(people["boss"], "door", "staff")
    with pytest.raises(Refused, match="does not include this"):
        put(people["lead"], "door", "front_door_team_manager")
    school = people["lead"].organisation
    head = Practitioner.objects.make(username="head", name="head", role="line_manager", organisation=school)
    with pytest.raises(Refused, match="your own organisation"):
        put(head, "door", "front_door_team_manager")
    assert AuditEvent.objects.filter(act="rota.added").count() == 4


def test_a_rung_that_nobody_holds_is_raised_before_anything_climbs_to_it(people):
    put(people["boss"], "door", "front_door_team_manager")
    referral()
    rotas.settle(now=NOW)
    assert not DutyNow.objects.filter(question__startswith="rota:").exists()
    rotas.leave(by=people["boss"], person="lsp", now=NOW)
    assert the_duty("rota:")[0].question == "rota:lead_safeguarding_partner:"


def test_the_gaps_of_a_week_to_come_are_shown(people):
    days = tuple(OnCall(day, time(9), time(17)) for day in range(5))
    put(people["boss"], "door", "front_door_team_manager", on_call=days)
    found = rotas.rota_of(by=people["boss"], organisation=COUNCIL, since=NOW, until=NOW + timedelta(days=1))
    answers = [(turn.answer.person, turn.until - turn.since) for turn in found["front_door_team_manager"]]
    assert answers == [("door", timedelta(hours=8)), ("", timedelta(hours=16))]

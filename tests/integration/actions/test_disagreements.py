"""A professional disagreement climbs on a ladder of its own and pauses nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from support.deliveries import NHS_ONE, NOW, entry, person, record, take_in

from nightlight.actions.duties.disagreements import disagree
from nightlight.domain.clocks import default_rules
from nightlight.domain.duties import DutyError, schedule
from nightlight.store.duties.models import DutyNow
from nightlight.store.people.models import Organisation, Practitioner
from nightlight.timeline.calendar import WorkingCalendar

pytestmark = pytest.mark.django_db


@pytest.fixture
def about():
    child = person("c1", given="Wren", family="Alder", nhs_number=NHS_ONE)
    take_in(
        record("r", entry("social_care.referral", 0.1, "c1"), people=[child]), agency="social_care", organisation="la"
    )
    return DutyNow.objects.get(question__startswith="clock:REF-DECISION")


@pytest.fixture
def manager(about):
    council = Organisation.objects.get(code="la")
    return Practitioner.objects.make(username="m", name="M", role="service_manager", organisation=council)


def test_it_is_first_whoever_disagrees_s_and_climbs_to_the_partners(about, manager):
    due = about.due
    state = disagree(by=manager, about=about.duty_id, reason="The threshold was met.", now=NOW)
    assert (state.owner, state.rule) == ("m", "DISAGREEMENT")
    climbs = [climb.to_role for climb in schedule(state, default_rules(), WorkingCalendar.england())]
    assert climbs == [
        "line_manager", "service_manager", "delegated_safeguarding_partner", "lead_safeguarding_partner"
    ]  # fmt: skip
    about.refresh_from_db()
    assert (about.due, about.status) == (due, "open")


def test_danger_waits_for_no_ladder_and_a_dispute_for_no_longer_than_what_is_planned(about, manager):
    state = disagree(by=manager, about=about.duty_id, reason="Going home tonight.", now=NOW, in_danger=True)
    assert (state.level, state.due - NOW) == ("immediate", timedelta(hours=1))


def test_it_needs_a_reason_and_is_opened_once(about, manager):
    with pytest.raises(DutyError, match="takes a reason"):
        disagree(by=manager, about=about.duty_id, reason=" ", now=NOW)
    soon = NOW + timedelta(hours=3)
    assert disagree(by=manager, about=about.duty_id, reason="No.", now=NOW, due_by=soon).due == soon
    with pytest.raises(DutyError, match="open already"):
        disagree(by=manager, about=about.duty_id, reason="No.", now=NOW)


def test_a_dissent_on_record_starts_its_own_clock(about):
    take_in(record("d", entry("meeting.dissent", 0.05, "c1")), agency="social_care", organisation="la")
    assert DutyNow.objects.get(question__startswith="clock:DISSENT-ANSWER").role == "cp_chair"

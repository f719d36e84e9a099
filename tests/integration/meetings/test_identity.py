"""A meeting and a plan stay with the child whom they were called about, whoever that is found to be, and back again."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from support.deliveries import NHS_ONE, entry, person, record, take_in
from support.meetings import FRIDAY, Conference, key, partnership

from nightlight.actions.matching import deciding as matching
from nightlight.actions.meetings import calling as meetings
from nightlight.actions.meetings import deeds as meeting_deeds
from nightlight.actions.meetings import follow as meeting_follow
from nightlight.actions.meetings import in_force
from nightlight.actions.meetings import view as meeting_view
from nightlight.actions.meetings.calling import Invitation
from nightlight.actions.plans import deeds as plans
from nightlight.domain.protection import Danger
from nightlight.store.access.models import Granted
from nightlight.store.chronology.models import EntryRow
from nightlight.store.duties.models import DutyNow
from nightlight.store.people.models import Organisation, Practitioner, SourcePerson
from nightlight.timeline.partial import Partial

pytestmark = pytest.mark.django_db
BORN = Partial.parse("2016-09-08")


def of_source(organisation: str, name: str, nhs: str = "") -> SourcePerson:
    whom = person("c1", given=name, family="Alder", born=BORN, **({"nhs_number": nhs} if nhs else {}))
    take_in(
        record("s", entry("social_care.section_47", 8, "c1"), people=[whom]), agency="social_care",
        organisation=organisation,
    )  # fmt: skip
    return SourcePerson.objects.get(organisation=organisation, source_id="c1")


class Twice:
    """A child known to two sources, as two people; a conference was called about the second."""

    def __init__(self) -> None:
        self.people = partnership()
        Organisation.objects.get_or_create(code="la-2", defaults={"name": "Fictional other", "agency": "social_care"})
        self.steward = Practitioner.objects.make(
            username="steward", name="Steward Fiction", role="data_steward",
            organisation=Organisation.objects.get(code="la"),
        )  # fmt: skip
        self.known = of_source("la-2", "Wren", NHS_ONE).person_id
        self.other = of_source("la", "Wrenn")
        if self.other.person_id in (None, self.known):
            self.decide("new")
        self.first = self.other.person_id
        worker = self.people["worker"]
        meeting = meetings.call(
            by=worker, kind="initial_conference", children=[self.first], why="Harm.", key=key(), starts=FRIDAY,
            chair="chair", asked=[Invitation("worker", "social_care"), Invitation("nurse", "health")], now=FRIDAY,
        )  # fmt: skip
        self.held = Conference(self.people, self.first, meeting)

    def decide(self, outcome: str, **whom: UUID) -> None:
        matching.decide(
            by=self.steward, source_person=self.other.id, outcome=outcome, reason="Seen.",
            now=FRIDAY + timedelta(hours=3), **whom,
        )  # fmt: skip
        self.other.refresh_from_db()

    def page(self):
        return meeting_view.page(by=self.people["worker"], meeting=self.held.meeting, now=self.held.now)


@pytest.fixture
def twice() -> Twice:
    return Twice()


def test_a_meeting_its_duties_and_entries_go_with_the_child_and_come_back(twice):
    held = twice.held
    held.protection(accept=True)
    held.now = FRIDAY + timedelta(hours=2)
    meeting_follow.turn(now=held.now)
    asked = DutyNow.objects.get(question__startswith=f"meeting:{held.meeting.hex}:unconfirmed")
    assert asked.child == twice.first
    twice.decide("same", person=twice.known)
    for whom in (twice.known, None):
        if whom is None:
            twice.decide("new")
            whom = twice.other.person_id
            assert not meetings.of_child(child=twice.known, now=held.now)
        asked.refresh_from_db()
        assert asked.child == whom
        assert [each.now.meeting_id for each in meetings.of_child(child=whom, now=held.now)] == [held.meeting]
        assert list(twice.page().children) == [str(whom)]
        assert meetings.my_meetings(by=twice.people["nurse"], now=held.now)[0].children[0].id == whom
        assert in_force.protections_for(whom)
        open_to = Granted.objects.filter(kind="meeting", until=None).values_list("child", flat=True).distinct()
        assert list(open_to) == [whom]
        written = EntryRow.objects.filter(system="nightlight:meetings", kind="meeting.decision").get()
        assert SourcePerson.objects.get(id=written.subjects.get().source_person).person_id == whom


def test_what_is_said_while_it_is_another_s_comes_back_too(twice):
    twice.decide("same", person=twice.known)
    held = twice.held
    held.add("worker", "view", "view", child=str(twice.known), words="I am scared.", how="at school", seen_alone=True)
    assert EntryRow.objects.get(kind="voice.words").subjects.count() == 1
    twice.decide("new")
    (view,) = twice.page().state.views
    assert view["child"] == str(twice.other.person_id)
    held.do(meeting_deeds.schedule, "worker", starts=FRIDAY + timedelta(days=1))
    assert EntryRow.objects.filter(kind="voice.words").count() == 1


def test_a_plan_goes_with_the_child(twice):
    made = plans.begin(
        by=twice.people["worker"], kind="child_in_need", children=[twice.first], why="Decided.", key=key(),
        lead="worker", now=twice.held.now,
    )  # fmt: skip
    twice.decide("same", person=twice.known)
    assert [row.plan_id for row in plans.of_child(child=twice.known)] == [made]
    assert plans.page(by=twice.people["worker"], plan=made, now=twice.held.now).children[0].id == twice.known
    twice.decide("new")
    assert [row.plan_id for row in plans.of_child(child=twice.other.person_id)] == [made]


def test_a_meeting_stays_while_a_record_of_its_child_does(twice):
    child = twice.first
    SourcePerson.objects.create(
        system="s", source_id="x", agency="education", organisation="school", person_id=child, role="child",
        updated=FRIDAY, id=UUID(int=5),
    )  # fmt: skip
    second = meetings.call(
        by=twice.people["worker"], kind="core_group", children=[child], why="Harm.", key=key(), now=FRIDAY
    )
    twice.decide("same", person=twice.known)
    assert [each.now.meeting_id for each in meetings.of_child(child=child, now=FRIDAY)] == [second]
    assert not in_force.check(
        child=twice.known, danger=Danger(id="d", starts=Partial.instant(FRIDAY)), now=FRIDAY
    ).counted

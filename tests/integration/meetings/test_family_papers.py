"""The papers for the family: one for each child, with what concerns that child alone, and whom it goes to."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from django.test import Client
from support.deliveries import NHS_TWO, entry, person, record, take_in
from support.meetings import FRIDAY, WEEKEND, Conference, conference, key

from nightlight.actions.meetings import after as meeting_after
from nightlight.actions.meetings import calling as meetings
from nightlight.actions.meetings import deeds as meeting_deeds
from nightlight.actions.meetings import family
from nightlight.actions.meetings import papers as meeting_papers
from nightlight.actions.meetings import parts as meeting_parts
from nightlight.actions.meetings.calling import Invitation
from nightlight.actions.plans import deeds as plans
from nightlight.actions.plans import papers as plan_papers
from nightlight.domain.meetings.events import MeetingError
from nightlight.store.audit.models import AuditEvent
from nightlight.store.people.models import Person

pytestmark = pytest.mark.django_db
SECRET = "He was seen with a knife."


@pytest.fixture
def held() -> Conference:
    """A conference about Wren and her brother Robin."""
    made = conference()
    brother = person("c2", given="Robin", family="Alder", nhs_number=NHS_TWO)
    take_in(
        record("b", entry("social_care.section_47", 8, "c2"), people=[brother]), agency="social_care", organisation="la"
    )
    robin = Person.objects.get(given="Robin").id
    made.meeting = meetings.call(
        by=made.people["worker"], kind="initial_conference", children=[made.child, robin], why="Harm.", key=key(),
        starts=FRIDAY, chair="chair", now=FRIDAY,
        asked=[Invitation("chair", "chair"), Invitation("worker", "social_care"), Invitation("officer", "police"),
               Invitation("nurse", "health")],
    )  # fmt: skip
    wren, robin_id = str(made.child), str(robin)
    for who in ("chair", "worker", "officer", "nurse"):
        made.do(meeting_deeds.arrive, who, how="in the room")
    when = {"starts": WEEKEND[0], "ends": WEEKEND[1]}
    made.add("nurse", "danger", "wren", what="No inhaler at the weekend.", child=wren, **when)
    made.add("nurse", "danger", "robin", what="Robin is hit.", child=robin_id, **when)
    made.add("nurse", "danger", "both", what="Their father comes home.", **when)
    made.protection("inhaler", what="An inhaler at her aunt's.", answers=(made.items["wren"],))
    made.protection("bail", what="Bail with conditions.", owner="officer")
    made.protection("aunt", what="Robin stays with his aunt.", answers=(made.items["robin"],))
    made.add("chair", "action", "doctor", what="Show Robin's arm to a doctor.", owner="nurse", child=robin_id)
    made.add("chair", "action", "visit", what="Visit them at home.", owner="worker")
    made.add("nurse", "view", "v1", child=wren, words="I can't run.")
    made.add("nurse", "view", "v2", child=robin_id, words="I am scared of him.")
    made.items["brother"] = robin_id
    return made


def paper(held: Conference, child: object, who: str = "chair") -> str:
    said = {"by": held.people[who], "meeting": held.meeting, "child": str(child), "now": held.now}
    return str(meeting_papers.paper(**said, which="plain"))


def test_each_child_has_a_paper_with_what_is_theirs_and_what_is_of_all(held: Conference) -> None:
    wren, robin = paper(held, held.child), paper(held, held.items["brother"])
    for said in ("Their father comes home.", "Bail with conditions", "Visit them at home"):
        assert said in wren
        assert said in robin
    for said in ("No inhaler at the weekend.", "An inhaler at her aunt's", "I can't run.", "The plan for Wren"):
        assert said in wren
        assert said not in robin
    for said in ("Robin is hit.", "Robin stays with his aunt", "Robin's arm", "I am scared of him.", "Robin"):
        assert said in robin
        assert said not in wren


def test_of_several_children_it_is_said_whose_paper_and_each_reading_is_on_record_as_theirs(held: Conference) -> None:
    for child in ("", str(uuid4()), "x"):
        with pytest.raises(MeetingError, match="say for which child"):
            paper(held, child)
    paper(held, held.items["brother"])
    assert [str(row.child) for row in AuditEvent.objects.filter(act="meeting.plain_read")] == [held.items["brother"]]


def test_nothing_of_a_closed_part_is_in_the_paper_of_a_member_who_prints_it(held: Conference) -> None:
    part = held.do(
        meeting_parts.open_part, "chair", kind="police", reason="A handling code.", members=("officer",), away="Writes."
    ).event.part
    held.add("officer", "danger", "secret", what=SECRET, closed_part=part)
    record_of = meeting_papers.paper(by=held.people["chair"], meeting=held.meeting, which="record", now=held.now)
    assert SECRET in str(record_of)
    assert SECRET not in paper(held, held.child)
    plan = plans.begin(
        by=held.people["chair"], kind="child_protection", children=[held.child, UUID(held.items["brother"])],
        why="Harm.", key=key(), meeting=held.meeting, now=held.now,
    )  # fmt: skip
    said = {"by": held.people["chair"], "plan": plan, "now": held.now}
    assert SECRET in str(plan_papers.paper(**said, which="plan"))
    assert SECRET not in str(plan_papers.paper(**said, which="plain", child=str(held.child)))


def who_gets(held: Conference) -> dict[str, family.ForChild]:
    found = meeting_papers.for_family(by=held.people["chair"], meeting=held.meeting, now=held.now)
    return {each.given: each for each in found}


def test_it_goes_to_those_with_responsibility_for_that_child_save_who_is_told_nothing(held: Conference) -> None:
    wren, robin = str(held.child), held.items["brother"]
    for child in (wren, robin):
        held.do(meeting_deeds.has_responsibility, "chair", person="mother", child=child, name="Ruth Alder")
    held.do(meeting_deeds.has_responsibility, "chair", person="father", child=robin, name="Tom Ash")
    found = who_gets(held)
    assert (found["Wren"].to, found["Wren"].not_to) == (("Wren", "Ruth Alder"), ())
    assert found["Robin"].to == ("Robin", "Ruth Alder", "Tom Ash")
    held.do(meeting_deeds.not_told, "chair", person="father", why="He hit him.", what="decisions")
    assert who_gets(held)["Robin"].not_to == (("Tom Ash", "He hit him."),)
    text = paper(held, robin)
    assert "Robin, Ruth Alder." in text
    assert "Tom Ash" not in text
    meeting_after.withhold(
        by=held.people["chair"], meeting=held.meeting, person="mother", reason="Not safe.", now=held.now
    )
    assert who_gets(held)["Wren"].to == ("Wren",)
    held.do(meeting_deeds.told, "chair", person="father", how="a letter", what="decisions")
    assert who_gets(held)["Robin"].to == ("Robin", "Tom Ash")


def test_a_plan_has_one_for_each_child_too_on_its_page_and_as_pdf(held: Conference) -> None:
    robin = held.items["brother"]
    held.do(meeting_deeds.has_responsibility, "chair", person="father", child=robin, name="Tom Ash")
    begun = {"by": held.people["worker"], "kind": "child_protection", "why": "Harm.", "now": held.now}
    children = [held.child, UUID(robin)]
    plan = plans.begin(**begun, children=children, key=key(), meeting=held.meeting)
    plans.add(
        by=held.people["worker"], plan=plan, key=key(), what="visits", item=str(uuid4()), now=held.now,
        fields={"owner": "worker", "every": 3, "child": robin},
    )  # fmt: skip
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(held.people["worker"])
    page = client.get(f"/plans/{plan}").content.decode()
    assert page.count("The plan in plain words, for") == 4
    assert "Goes to: Robin, Tom Ash." in page
    assert "Nobody is on record here as having parental responsibility for Wren" in page
    assert "For Robin alone" in page
    for child, visited in ((held.child, False), (robin, True)):
        plain = client.get(f"/plans/{plan}/papers/plain?child={child}").content.decode()
        assert ("comes to see you every 3 working days" in plain) is visited
        assert f"papers/plain/pdf?child={child}" in plain
        assert client.get(f"/plans/{plan}/papers/plain/pdf?child={child}").content.startswith(b"%PDF")
    for asked in ("", f"?child={uuid4()}", "?child=x"):
        for kind in ("papers/plain", "papers/plain/pdf"):
            assert client.get(f"/plans/{plan}/{kind}{asked}").url == f"/plans/{plan}#papers"
            assert client.get(f"/meetings/{held.meeting}/{kind}{asked}").url == (
                f"/meetings/{held.meeting}/closing#papers"
            )
    alone = plans.begin(**begun, children=children, key=key())
    found = plan_papers.for_family(by=held.people["worker"], plan=alone, now=held.now)
    assert [(each.given, each.to, each.known) for each in found] == [
        ("Wren", ("Wren",), False), ("Robin", ("Robin",), False),
    ]  # fmt: skip


def test_a_duty_of_an_action_is_of_the_child_that_it_is_for(held: Conference) -> None:
    """And when it becomes another's, the first child's ends."""
    from nightlight.actions.meetings import follow
    from nightlight.store.duties.models import DutyNow

    item = held.items["doctor"]
    held.do(meeting_deeds.change, "chair", what="action", item=item, of_version=1, changes={"due": held.now})
    held.later(minutes=1)
    follow.turn(now=held.now)
    held.do(meeting_deeds.change, "chair", what="action", item=item, of_version=2, changes={"said_when": "now"})

    def owed() -> list[str]:
        rows = DutyNow.objects.filter(question__contains=":action:").exclude(status="discharged")
        return [str(row.child) for row in rows]

    assert owed() == [held.items["brother"]]
    held.do(meeting_deeds.change, "chair", what="action", item=item, of_version=3, changes={"child": str(held.child)})
    assert owed() == [str(held.child)]

"""Duties on screen: every count opens its list, opening changes nothing, and each deed is done by who may do it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from support.deliveries import NOW
from support.pages import FRONT_DOOR, LEAD, MANAGER, STAFF, STRANGER, client_of, partnership, school_log, the_duty

from nightlight.store.duties.models import DutyEvent
from nightlight.web.views import duties

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def child() -> object:
    partnership()
    return school_log()


def page_of(username: str, path: str) -> str:
    response = client_of(username).get(path)
    assert response.status_code == 200, path
    return response.content.decode()


def test_my_duties_show_the_child_the_level_the_time_and_what_to_do() -> None:
    page = page_of(LEAD, "/duties")
    for said in ("Robin Fictional", "Signs of neglect", "Concern", "7 days left", ">Acknowledge<", "1 duty"):
        assert said in page, said


def test_every_count_opens_the_list_that_it_counts() -> None:
    page = page_of(LEAD, "/duties")
    counts = re.findall(r'href="(/duties[^"]*)"[^>]*><span class="nl-filters__number">(\d+)</span>', page)
    assert len(counts) == 8
    for href, number in counts:
        listed = page_of(LEAD, href.replace("&amp;", "&")).count('class="govuk-table__row nl-duties__row')
        assert listed == int(number), href


def test_overdue_is_said_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duties, "now", lambda: NOW + timedelta(days=10))
    page = page_of(LEAD, "/duties?show=overdue")
    assert re.search(r"Overdue by \d+ (days|hours)", page)


def test_nothing_leaves_a_list_because_it_was_opened() -> None:
    duty = the_duty()
    events = DutyEvent.objects.count()
    for _ in range(3):
        page_of(LEAD, f"/duties/{duty.duty_id}")
    assert "1 duty" in page_of(LEAD, "/duties")
    assert DutyEvent.objects.count() == events


def test_team_duties_are_for_managers() -> None:
    assert "Robin Fictional" in page_of(MANAGER, "/duties/team")
    assert "Robin Fictional" in page_of(FRONT_DOOR, "/duties/team")
    assert "Robin Fictional" not in page_of(STRANGER, "/duties/team")
    refused = client_of(STAFF).get("/duties/team")
    assert refused.status_code == 403
    assert "Your role does not include this" in refused.content.decode()


def test_a_duty_tells_its_story_with_its_evidence() -> None:
    page = page_of(LEAD, f"/duties/{the_duty().duty_id}")
    for said in (
        "What has happened",
        "Raised at concern",
        "5 entries, newest first",
        "Note number 3.",
        "If nobody acts",
    ):
        assert said in page, said


def test_acknowledge_makes_it_the_owners_and_is_offered_once() -> None:
    duty = the_duty()
    client = client_of(LEAD)
    assert client.post(f"/duties/{duty.duty_id}/acknowledge")["Location"] == f"/duties/{duty.duty_id}"
    page = client.get(f"/duties/{duty.duty_id}").content.decode()
    assert "acknowledged it" in page
    assert "Acknowledge: this is mine" not in page
    again = client.post(f"/duties/{duty.duty_id}/acknowledge")
    assert again.status_code == 422
    assert "There is a problem" in again.content.decode()


def test_a_deed_is_refused_to_somebody_who_is_not_the_owner() -> None:
    duty = the_duty()
    response = client_of(MANAGER).post(f"/duties/{duty.duty_id}/acknowledge")
    assert response.status_code == 403
    assert "Only the owner" in response.content.decode()
    assert the_duty().status == "open"


def test_a_duty_of_a_child_one_may_not_see_is_refused() -> None:
    assert client_of(STRANGER).get(f"/duties/{the_duty().duty_id}").status_code == 403


def test_hand_over_waits_until_the_receiver_accepts() -> None:
    duty = the_duty()
    client_of(LEAD).post(f"/duties/{duty.duty_id}/hand-over", {"to": FRONT_DOOR})
    assert the_duty().owner == LEAD
    assert 'name="to"' not in page_of(FRONT_DOOR, f"/duties/{duty.duty_id}")
    offered = page_of(FRONT_DOOR, "/duties?show=offered")
    assert ">Accept<" in offered
    assert "Say why not" in offered
    client_of(FRONT_DOOR).post(f"/duties/{duty.duty_id}/accept")
    assert the_duty().owner == FRONT_DOOR


def test_hand_over_to_nobody_says_what_to_choose() -> None:
    response = client_of(LEAD).post(f"/duties/{the_duty().duty_id}/hand-over", {"to": ""})
    assert response.status_code == 422
    assert 'href="#to">Choose who will take this duty' in response.content.decode()


def test_decline_needs_a_reason_and_leaves_it_with_the_sender() -> None:
    duty = the_duty()
    client_of(LEAD).post(f"/duties/{duty.duty_id}/hand-over", {"to": FRONT_DOOR})
    front_door = client_of(FRONT_DOOR)
    assert front_door.get(f"/duties/{duty.duty_id}/decline").status_code == 200
    assert front_door.post(f"/duties/{duty.duty_id}/decline", {"reason": " "}).status_code == 422
    assert front_door.post(f"/duties/{duty.duty_id}/decline", {"reason": "On leave."}).status_code == 302
    assert the_duty().owner == LEAD
    assert the_duty().pending_to == ""


def test_discharge_needs_an_outcome_and_a_reason_and_keeps_what_was_typed() -> None:
    duty = the_duty()
    client = client_of(LEAD)
    response = client.post(f"/duties/{duty.duty_id}/discharge", {"reason": "Spoke to the family."})
    page = response.content.decode()
    assert response.status_code == 422
    assert "Choose what was done" in page
    assert "Spoke to the family." in page
    assert client.post(f"/duties/{duty.duty_id}/discharge", {"outcome": "support_given"}).status_code == 422
    assert the_duty().status == "open"


def test_discharge_ends_it_and_its_story_stays() -> None:
    duty = the_duty()
    client = client_of(LEAD)
    client.post(
        f"/duties/{duty.duty_id}/discharge", {"outcome": "support_given", "reason": "Breakfast club from today."}
    )
    assert the_duty().status == "discharged"
    assert "No duty is open here" in page_of(LEAD, "/duties")
    page = page_of(LEAD, f"/duties/{duty.duty_id}")
    assert "Breakfast club from today." in page
    assert "Discharge, with an outcome" not in page

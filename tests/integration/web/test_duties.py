"""Duties on screen: every count opens its list, opening changes nothing, and each deed is done by who may do it."""

from __future__ import annotations

import html
import re
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.http import HttpResponse
from support.deliveries import NHS_TWO, NOW, days_ago, entry, person, record, take_in
from support.pages import (
    CHILD,
    FRONT_DOOR,
    LEAD,
    MANAGER,
    MOTHER,
    STAFF,
    STRANGER,
    client_of,
    partnership,
    school_log,
    the_duty,
)

from nightlight.actions.owned import raising
from nightlight.actions.rotas import edits as rotas
from nightlight.domain.clocks import Grade, RuleRow, default_rules
from nightlight.domain.duties import SYSTEM, Duty, Raised
from nightlight.domain.people import LinkKind
from nightlight.feeds.records import LinkRecord
from nightlight.store.duties.models import DutyEvent, DutyNow, Notice, NoticeTry, RotaRow
from nightlight.store.people.models import Person, Practitioner
from nightlight.timeline.partial import Partial
from nightlight.web.views import board, duties

pytestmark = pytest.mark.django_db
NURSE = "school-nurse.school-1"
LATER = NOW + timedelta(hours=1)


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


def evidence_again(child: Person) -> DutyNow:
    """More of what was set aside: a new duty on the same question."""
    noted = entry("education.concern", 0.5, "c1", attributes={"category": "hygiene", "observer": "class teacher"})
    take_in(record("again", noted, people=[CHILD]), agency="education", organisation="school-1", now=LATER)
    return the_duty(child=child.id, status="open")


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


def test_acknowledging_from_the_list_comes_back_to_its_line() -> None:
    duty = the_duty()
    client = client_of(LEAD)
    response = client.post(f"/duties/{duty.duty_id}/acknowledge", {"back": "/duties?show=unacknowledged"})
    assert response["Location"] == f"/duties?show=unacknowledged#d-{duty.duty_id}"
    assert the_duty().status == "acknowledged"


@pytest.mark.parametrize(
    "back", ["https://example.org/duties", "//example.org/duties", "/sign-out", "/duties\\@example"]
)
def test_a_way_back_leads_nowhere_but_to_lists_of_duties(back: str) -> None:
    duty = the_duty()
    response = client_of(LEAD).post(f"/duties/{duty.duty_id}/acknowledge", {"back": back})
    assert response["Location"].startswith("/duties")


def test_a_list_says_to_whom_and_when_it_climbs_if_nobody_acts() -> None:
    page = page_of(LEAD, "/duties")
    manager = Practitioner.objects.get(username=MANAGER).name
    assert f"it climbs to the head teacher or line manager, {manager}, Monday 30 November 2026, 11:59pm" in page
    assert "Then to the service manager" in page


def test_a_rung_that_nobody_holds_is_said_with_why() -> None:
    RotaRow.objects.filter(role="service_manager").delete()
    page = page_of(LEAD, f"/duties/{the_duty().duty_id}")
    said = re.sub(r"<[^>]+>", "", page)
    empty = re.search(r"service manager, nobody on the rota \(.+\): it would go straight on, (.+?, 11:59pm)", said)
    after = re.search(r"Then to the delegated safeguarding partner, [\w ]+, (.+?, 11:59pm)", said)
    assert empty
    assert after
    assert empty[1] == after[1], "an empty rung keeps nobody waiting"


def test_names_stand_for_user_names_where_the_rota_says_why() -> None:
    head = Practitioner.objects.get(username="service-manager")
    boss = Practitioner.objects.get(username="business-unit")
    rotas.away(by=boss, person="service-manager", since=NOW, until=None, why="sickness", now=NOW)
    page = page_of(LEAD, f"/duties/{the_duty(question='neglect').duty_id}")
    assert f"nobody on the rota</strong> ({head.name} is away (sickness))" in page
    rotas.away(
        by=Practitioner.objects.get(username=MANAGER),
        person=LEAD,
        since=NOW,
        until=None,
        why="leave",
        cover=NURSE,
        now=NOW,
    )
    page = page_of(NURSE, f"/duties/{the_duty(question='neglect').duty_id}")
    lead, nurse = (Practitioner.objects.get(username=username).name for username in (LEAD, NURSE))
    assert f"Given to {nurse}, whom the rota names" in page
    assert f"By the rota: covers for {lead}, who is away (leave)." in page


def test_a_duty_says_who_was_told_and_how_far_that_came() -> None:
    notice = Notice.objects.get(duty=the_duty().duty_id)
    page = page_of(LEAD, f"/duties/{the_duty().duty_id}")
    assert "Who was told" in page
    assert "no other way to reach them is set" in page
    notice.state, notice.channel = "failed", "email"
    notice.save()
    NoticeTry.objects.create(notice=notice.id, at=NOW, channel="email", outcome="failed", code="refused")
    page = page_of(LEAD, f"/duties/{the_duty().duty_id}")
    assert "On their page only: no other channel reached them" in page
    assert "failed by e-mail (refused)" in page


def test_a_duty_says_what_binds_people_to_its_clock_and_where_that_was_read() -> None:
    page = page_of(LEAD, f"/duties/{the_duty().duty_id}")
    assert "Nightlight&#39;s own default, for the partnership to set" in page
    assert "Rule response.concern, version 1" in page


@pytest.mark.parametrize("rule", [row for row in default_rules().rows if row.grade is Grade.UNVERIFIED][:1])
def test_a_statutory_clock_shows_its_words_source_and_force_and_what_is_unverified(rule: RuleRow) -> None:
    state = Duty(
        id=str(uuid4()), child=str(Person.objects.get(is_child=True).id), question=f"clock:{rule.id}:e1",
        level="threshold", what=rule.what, role="safeguarding_lead", raised=NOW, due=NOW + timedelta(days=1),
        rule=rule.id, rule_version=rule.version, owner=LEAD,
    )  # fmt: skip
    raising.open_duty(Raised(at=NOW, by=SYSTEM, duty=state), "school-1")
    for path in ("/duties", f"/duties/{state.id}"):
        page = html.unescape(page_of(LEAD, path))
        for said in (
            rule.what.rstrip("."),
            rule.source,
            ">Unverified<",
            {"law": "Law", "stat": "Statutory"}.get(rule.force, ""),
        ):
            assert said in page, (path, said)


# -- what was set aside before


def set_aside(reason: str = "Nothing new.", **read: str) -> HttpResponse:
    duty = the_duty(status="open")
    given = {"outcome": "no_further_action", "reason": reason, **read}
    return client_of(LEAD).post(f"/duties/{duty.duty_id}/discharge", given)


def test_no_further_action_is_refused_until_earlier_ones_were_read() -> None:
    assert set_aside().status_code == 302, "the first has none before it"
    child = Person.objects.get(is_child=True)
    again = evidence_again(child)
    page = page_of(LEAD, f"/duties/{again.duty_id}/discharge")
    assert "Read first: what was set aside before" in page
    assert "Nothing new." in page
    refused = set_aside("Still nothing.")
    assert refused.status_code == 422
    assert 'href="#read">Before no further action' in refused.content.decode()
    assert the_duty(duty_id=again.duty_id).status == "open"
    mark = re.search(r'name="read" type="checkbox" value="(\w+)"', page)
    assert mark
    assert set_aside("Still nothing.", read=mark[1]).status_code == 302
    assert the_duty(duty_id=again.duty_id).status == "discharged"


def test_what_was_added_since_the_page_was_opened_has_to_be_read_too() -> None:
    set_aside()
    evidence_again(Person.objects.get(is_child=True))
    assert set_aside("Still nothing.", read="0123456789abcdef").status_code == 422


def test_another_outcome_asks_for_no_reading() -> None:
    set_aside()
    again = evidence_again(Person.objects.get(is_child=True))
    client_of(LEAD).post(f"/duties/{again.duty_id}/discharge", {"outcome": "referred", "reason": "Threshold met."})
    assert the_duty(duty_id=again.duty_id).status == "discharged"


def test_siblings_are_read_first_and_unnamed_to_who_may_not_see_them() -> None:
    sibling = person("c2", given="Wren", family="Hidden", born=Partial.day(date(2020, 2, 1)), nhs_number=NHS_TWO)
    parents = [LinkRecord(kind=LinkKind.PARENT, person="m1", other=who, recorded=days_ago(9)) for who in ("c1", "c2")]
    decided = entry("social_care.contact", 5, "c2", attributes={"outcome": "no_further_action"})
    take_in(
        record("family", decided, people=[CHILD, sibling, MOTHER], links=parents),
        agency="social_care", organisation="local-authority",
    )  # fmt: skip
    page = page_of(LEAD, f"/duties/{the_duty(question='neglect').duty_id}/discharge")
    assert "A brother or sister: Social care: contact ended in no further action" in page
    assert "Wren" not in page
    seen = page_of(FRONT_DOOR, f"/duties/{the_duty(question='neglect').duty_id}/discharge")
    assert "brother or sister: Social care: contact" in seen


# -- challenge


def test_an_agency_whose_entry_was_evidence_may_challenge_how_it_ended() -> None:
    duty = the_duty()
    set_aside("Not our business.")
    client = client_of(MANAGER)
    assert "Challenge how it ended" in page_of(MANAGER, f"/duties/{duty.duty_id}")
    assert client.post(f"/duties/{duty.duty_id}/challenge", {"reason": " "}).status_code == 422
    assert "Not our business." in page_of(MANAGER, f"/duties/{duty.duty_id}/challenge")
    client.post(f"/duties/{duty.duty_id}/challenge", {"reason": "He came hungry again."})
    follows = the_duty(status="open")
    assert (follows.role, follows.question) == ("line_manager", "neglect")
    page = page_of(MANAGER, f"/duties/{duty.duty_id}")
    assert "He came hungry again." in page
    assert f'href="/duties/{follows.duty_id}">open again' in page
    assert "Challenge how it ended" not in page
    again = client.post(f"/duties/{duty.duty_id}/challenge", {"reason": "Once more."})
    assert again.status_code == 422
    assert "open already" in again.content.decode()


def test_who_gave_no_evidence_may_not_challenge() -> None:
    duty = the_duty()
    set_aside()
    assert "Challenge how it ended" not in page_of(FRONT_DOOR, f"/duties/{duty.duty_id}")
    refused = client_of(FRONT_DOOR).post(f"/duties/{duty.duty_id}/challenge", {"reason": "I disagree."})
    assert refused.status_code == 403
    assert "whose own entry was evidence" in refused.content.decode()


def test_an_open_duty_is_not_challenged() -> None:
    response = client_of(LEAD).post(f"/duties/{the_duty().duty_id}/challenge", {"reason": "Too slow."})
    assert response.status_code == 422
    assert the_duty().status == "open"


# -- the board


def test_the_board_parts_the_duties_and_every_number_opens_its_list() -> None:
    for path in ("/duties/team", "/duties/team?by=day", "/duties/team?organisation=school-1"):
        page = page_of(FRONT_DOOR, path)
        numbers = re.findall(r'href="(/duties/team/list[^"]*)">(\d+)<', page)
        assert numbers, path
        for href, number in numbers:
            listed = page_of(FRONT_DOOR, html.unescape(href))
            assert listed.count('class="govuk-table__row nl-duties__row') == int(number), href


def test_the_board_puts_what_nobody_owns_first(monkeypatch: pytest.MonkeyPatch) -> None:
    DutyNow.objects.update(owner="")
    monkeypatch.setattr(board, "now", lambda: NOW + timedelta(days=10))
    page = page_of(MANAGER, "/duties/team")
    unowned = page.index("Nobody owns it <a")
    assert unowned < page.index("Overdue <span")
    assert re.search(r"<th scope=\"row\"[^>]*><strong class=\"nl-nobody\">Nobody</strong></th>", page)
    assert "Robin Fictional" in page_of(MANAGER, "/duties/team/list?owner=-&show=overdue")
    assert "Overdue <a" in page_of(MANAGER, "/duties/team?by=day")


def test_the_board_by_day_says_the_days(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board, "now", lambda: NOW + timedelta(days=6))
    page = page_of(MANAGER, "/duties/team?by=day")
    for said in ("Due today", "Due tomorrow <a", "Due Tuesday 1 December", "Later"):
        assert said in page, said


def test_the_board_is_for_managers_of_the_organisation() -> None:
    assert "Robin Fictional" in page_of(MANAGER, "/duties/team/list")
    assert "Robin Fictional" not in page_of(STRANGER, "/duties/team/list")
    assert "Robin Fictional" not in page_of(STRANGER, "/duties/team?organisation=school-1")
    assert client_of(STAFF).get("/duties/team/list").status_code == 403


# -- professional disagreement


def test_a_disagreement_is_a_duty_of_whoever_disagrees_with_the_reason_on_both_pages() -> None:
    duty = the_duty()
    page = page_of(MANAGER, f"/duties/{duty.duty_id}")
    assert f'href="/duties/{duty.duty_id}/disagree"' in page
    assert "disagree" not in page_of(LEAD, f"/duties/{duty.duty_id}"), "nobody disagrees with themselves"
    assert client_of(MANAGER).get(f"/duties/{duty.duty_id}/disagree").status_code == 200
    response = client_of(MANAGER).post(
        f"/duties/{duty.duty_id}/disagree", {"reason": "Hunger is not settled by a talk."}
    )
    made = the_duty(question=f"disagreement:{duty.duty_id}")
    assert response["Location"] == f"/duties/{made.duty_id}"
    assert (made.owner, the_duty(duty_id=duty.duty_id).status) == (MANAGER, "open")
    its_own = page_of(MANAGER, f"/duties/{made.duty_id}")
    assert "A professional disagreement" in its_own
    for page in (its_own, page_of(LEAD, f"/duties/{duty.duty_id}")):
        assert "Hunger is not settled by a talk." in page
    assert "The disagreement, still open" in page


def test_a_disagreement_needs_a_reason_and_is_raised_once() -> None:
    path = f"/duties/{the_duty().duty_id}/disagree"
    client = client_of(MANAGER)
    assert client.post(path, {"reason": " "}).status_code == 422
    assert client.post(path, {"reason": "No.", "planned_on": "tomorrow"}).status_code == 422
    assert client.post(path, {"reason": "No."}).status_code == 302
    again = client.post(path, {"reason": "No."})
    assert again.status_code == 422
    assert "open already" in again.content.decode()


def test_a_disagreement_is_due_before_what_is_planned_or_at_once_in_danger() -> None:
    path = f"/duties/{the_duty(question='neglect').duty_id}/disagree"
    given = {"reason": "No.", "planned_on": "2026-11-23", "planned_at": "15:00"}
    client_of(MANAGER).post(path, given)
    first = the_duty(question__startswith="disagreement:")
    assert first.due == NOW + timedelta(hours=6)
    client_of(MANAGER).post(f"/duties/{first.duty_id}/discharge", {"outcome": "support_given", "reason": "Agreed."})
    client_of(MANAGER).post(path, {"reason": "He is in danger.", "danger": "yes"})
    assert the_duty(question__startswith="disagreement:", status="open").level == "immediate"


def test_who_may_not_see_the_child_may_not_disagree() -> None:
    duty = the_duty()
    for refused in (client_of(STRANGER).get(f"/duties/{duty.duty_id}/disagree"),
                    client_of(STRANGER).post(f"/duties/{duty.duty_id}/disagree", {"reason": "No."})):  # fmt: skip
        assert refused.status_code == 403


def test_an_empty_post_is_a_duty_of_the_partnership_on_every_page() -> None:
    manager = Practitioner.objects.get(username=MANAGER)
    id_ = uuid4()
    duty = Duty(
        id=str(id_), child="", question="rota:caldicott_guardian:", level="concern", what="Put somebody on the rota.",
        role=manager.role, raised=NOW, due=NOW + timedelta(days=1), rule="response.concern", rule_version=1,
        owner=MANAGER,
    )  # fmt: skip
    raising.open_duty(Raised(at=NOW, by=SYSTEM, duty=duty), manager.organisation_id)
    for path in (
        "/duties",
        "/duties/team",
        "/duties/team/list",
        f"/duties/{id_}/hand-over",
        f"/duties/{id_}/discharge",
    ):
        page = page_of(MANAGER, path)
        assert "The partnership" in page, path
        assert "obody is on the rota: caldicott guardian" in page, path
    page = page_of(MANAGER, f"/duties/{id_}")
    assert "Duty of the partnership" in page
    assert "on no child" in page
    stranger = client_of(STRANGER)
    assert stranger.get(f"/duties/{id_}").status_code == stranger.get(f"/duties/{uuid4()}").status_code == 403

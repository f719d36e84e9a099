"""The pages of a plan: begun from a meeting, kept by forms, its drift and tripwires shown, ended only by its gate."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client
from support.meetings import FRIDAY, Conference, conference

from nightlight.actions.plans import deeds as plans
from nightlight.indicators.catalogue import CATALOGUE
from nightlight.store.meetings import mapping
from nightlight.store.meetings.models import PlanNow
from nightlight.web.views import child, duties, meeting, plan, plan_do, plan_item

pytestmark = pytest.mark.django_db
NOW = [FRIDAY]


@pytest.fixture(autouse=True)
def _at_that_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    NOW[0] = FRIDAY
    for module in (child, duties, meeting, plan, plan_do, plan_item):
        monkeypatch.setattr(module, "now", lambda: NOW[0])


@pytest.fixture
def held() -> Conference:
    made = conference()
    made.weekend_danger()
    made.protection()
    made.add("lead", "action", "action", what="Ask the GP for a second inhaler.", owner="lead", said_when="Monday 5pm")
    return made


def client(held: Conference, who: str = "worker") -> Client:
    found = Client(SERVER_NAME="127.0.0.1")
    found.force_login(held.people[who])
    return found


def words(response: Any) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode())))


@pytest.fixture
def begun(held: Conference) -> UUID:
    said = {"kind": "child_protection", "why": "Harm is likely.", "key": "one", "meeting": str(held.meeting)}
    address = f"/children/{held.child}/plans/new"
    response = client(held).post(address, said)
    assert response.status_code == 302
    assert client(held).post(address, said).url == response.url
    return PlanNow.objects.get().plan_id


def do(held: Conference, plan_id: UUID, deed: str, /, who: str = "worker", **said: Any) -> Any:
    return client(held, who).post(f"/plans/{plan_id}/do/{deed}", {"form": "f", "key": str(uuid4()), **said})


def add(held: Conference, plan_id: UUID, kind: str, /, **said: Any) -> Any:
    return do(held, plan_id, "add", **{"what_kind": kind, "item": str(uuid4()), **said})


def state(plan_id: UUID) -> Any:
    return mapping.plan_of(plan_id)[0]


def test_it_takes_over_what_the_meeting_agreed_and_says_what_it_still_needs(held: Conference, begun: UUID) -> None:
    page = words(client(held).get(f"/plans/{begun}"))
    for said in ("Stays with her aunt", "Could have an attack", "Ask the GP for a second inhaler", "The meeting that"):
        assert said in page
    assert "What a plan of this kind still needs" in page
    assert "The plan does not say what must be different for the child." in page
    assert client(held, "outsider").get(f"/plans/{begun}").status_code == 403
    assert client(held, "outsider").get(f"/plans/{uuid4()}").status_code == 403
    assert "Child protection plan" in words(client(held).get("/meetings"))


def test_all_that_a_plan_holds_is_written_and_shown(held: Conference, begun: UUID) -> None:
    watched = next(iter(CATALOGUE))
    add(held, begun, "outcome", what="She has her inhaler.", measure="The school sees it", by_when_on="2026-12-18")
    add(held, begun, "visits", owner="worker", every="5", unit="working_days", alone="yes", bedroom="yes")
    add(held, begun, "contingency", if_="She misses school.", then="Visit.", owner="worker", within_hours="24",
        indicator=watched)  # fmt: skip
    add(held, begun, "view", words="I like my aunt's.", how="at school", seen_alone="yes", when_on="2026-11-19")
    add(held, begun, "note", text="People keep you safe.")
    do(held, begun, "member", person="nurse")
    do(held, begun, "review", review_on="2026-12-18", review_at="10:00")
    page = words(client(held).get(f"/plans/{begun}"))
    for said in ("She has her inhaler.", "at least every 5 working days, alone, and sees the bedroom", "Tripwire",
                 CATALOGUE[watched].title, "I like my aunt's.", "People keep you safe.", "Nurse Fiction",
                 "Reviewed next by Friday 18 December 2026, 10am"):  # fmt: skip
        assert said in page
    assert state(begun).tripwires()
    assert "still needs" not in page
    assert "Worker Fiction, Fri 20 Nov, 3pm" in page


def test_progress_is_seen_and_drift_is_shown(held: Conference, begun: UUID) -> None:
    add(held, begun, "outcome", what="She has her inhaler.")
    item = state(begun).outcomes[0].id
    assert do(held, begun, "progress", item=item, what="x").status_code == 422
    do(held, begun, "progress", item=item, what="It was empty.", moved="worse")
    assert "Worse , 20 November 2026" in words(client(held).get(f"/plans/{begun}"))
    NOW[0] = FRIDAY + timedelta(days=120)
    page = words(client(held).get(f"/plans/{begun}"))
    assert "Where the plan drifts" in page
    assert "Nothing has got better in 1 of 1 outcomes" in page
    assert "1 of 1 actions are overdue" in page


def test_a_protection_is_confirmed_or_found_not_in_force(held: Conference, begun: UUID) -> None:
    item = state(begun).protections[0].id
    do(held, begun, "confirm", item=item, how="Her aunt answered.", in_force="no")
    page = words(client(held).get(f"/plans/{begun}"))
    assert "Found not in force: Her aunt answered." in page
    assert "with nothing in force" in page


def test_an_item_is_corrected_and_two_texts_are_shown(held: Conference, begun: UUID) -> None:
    item = state(begun).actions[0]
    said = {"item": item.id, "version": "1", "what_kind": "action", "owner": "lead", "was_owner": "lead",
            "was_what": item.text("what"), "said_when": item.text("said_when"), "was_said_when": item.text("said_when"),
            "due_on": "2026-11-23", "was_due_on": "2026-11-23", "due_at": "17:00", "was_due_at": "17:00"}  # fmt: skip
    do(held, begun, "correct", **said, what="What one wrote.")
    late = do(held, begun, "correct", **said, what="What the other wrote.")
    assert late.url == f"/plans/{begun}/items/{item.id}"
    page = client(held).get(late.url)
    assert "What one wrote." in words(page)
    assert "What the other wrote." in words(page)
    edit = state(begun).actions[0].unsettled[0].edit
    do(held, begun, "settle", item=item.id, version="2", edit=edit, kept="mine")
    assert state(begun).actions[0].text("what") == "What the other wrote."


def test_it_does_not_end_until_its_gate_says_so(held: Conference, begun: UUID) -> None:
    response = do(held, begun, "end", reason="All is well.")
    assert response.status_code == 422
    assert state(begun).ended is None
    assert "There is a problem" in words(response)


@pytest.mark.parametrize(
    ("deed", "said", "wrong"),
    [
        ("add", {"what_kind": "visits", "item": str(UUID(int=1)), "owner": "worker", "every": "often"}, "whole number"),
        ("add", {"what_kind": "never", "item": "x"}, "out of date"),
        ("review", {"review_on": "soon"}, "Enter a date, and a time"),
        ("withdraw", {"item": str(UUID(int=1)), "version": "1", "reason": "x"}, "no such item"),
        ("answer", {"item": str(UUID(int=1)), "how": ""}, "Say what was done about it"),
        ("progress", {"item": str(UUID(int=1)), "what": "x", "moved": "better", "from": "x"}, "Enter a date"),
    ],
)
def test_bad_input_is_refused_in_words(held: Conference, begun: UUID, deed: str, said: dict, wrong: str) -> None:
    before = state(begun).number
    response = do(held, begun, deed, **said)
    assert response.status_code == 422
    assert wrong in words(response)
    assert state(begun).number == before


def test_only_whoever_leads_changes_who_is_in_it(held: Conference, begun: UUID) -> None:
    do(held, begun, "member", person="lead")
    assert do(held, begun, "lead", who="lead", lead="lead").status_code == 403


def test_the_childs_page_shows_meetings_the_plan_and_what_was_agreed(held: Conference, begun: UUID) -> None:
    page = words(client(held).get(f"/children/{held.child}"))
    assert "Stays with her aunt" in page
    assert "Not in force yet" in page
    assert "Child protection plan" in page
    assert "Initial child protection conference" in page
    NOW[0] = FRIDAY + timedelta(hours=1, minutes=30)
    assert "In force Nobody has confirmed it yet." in words(client(held).get(f"/children/{held.child}"))
    past = words(client(held).get(f"/children/{held.child}?on=2026-11-19"))
    assert "Meetings and plans" not in past


# -- on paper, and what is newer


def test_a_plan_begun_without_a_meeting_is_a_page_a_pdf_and_plain_words(held: Conference) -> None:
    begun = plans.begin(
        by=held.people["worker"], kind="child_in_need", children=[held.child], why="He is hungry.", key="alone",
        now=FRIDAY,
    )  # fmt: skip
    plans.add(
        by=held.people["worker"], plan=begun, key="a", what="contingency", item=str(uuid4()), now=FRIDAY,
        fields={"if_": "no food at home.", "then": "a visit that day.", "owner": "worker", "within_hours": 4},
    )  # fmt: skip
    plans.add(
        by=held.people["worker"], plan=begun, key="b", what="visits", item=str(uuid4()), now=FRIDAY,
        fields={"owner": "worker", "every": 10},
    )  # fmt: skip
    page = words(client(held).get(f"/plans/{begun}"))
    assert "On paper: the plan" in page
    assert f'data-live="/plans/{begun}/stream" data-number="3"' in client(held).get(f"/plans/{begun}").content.decode()
    whole = words(client(held).get(f"/plans/{begun}/papers/plan"))
    assert "If no food at home: a visit that day. By Worker Fiction, within 4 hours." in whole
    assert "every 10 working days, seen alone, the bedroom seen too." in whole
    assert "The plan does not say what must be different for the child." in whole
    plain = words(client(held).get(f"/plans/{begun}/papers/plain"))
    assert "The plan for Wren" in plain
    assert "Worker Fiction comes to see you every 10 working days. You can talk without anybody else there." in plain
    for which in ("plan", "plain"):
        made = client(held).get(f"/plans/{begun}/papers/{which}/pdf")
        assert made["content-type"] == "application/pdf"
        assert made.content.startswith(b"%PDF")
    for who, path in (("outsider", "papers/plan"), ("worker", "papers/secrets")):
        assert client(held, who).get(f"/plans/{begun}/{path}").status_code == 403
    assert client(held, "outsider").get(f"/plans/{begun}/stream").status_code == 204


# -- who accepted what


def test_a_plan_is_taken_over_on_the_page_of_whoever_was_asked(held: Conference, begun: UUID) -> None:
    page = client(held).get(f"/plans/{begun}?who=nurse").content.decode()
    assert "Ask to take it over" in page
    wrong = do(held, begun, "take-over-ask", form="take-over-ask")
    assert wrong.status_code == 422
    assert "Choose who takes it over, or give their name" in words(wrong)
    assert do(held, begun, "take-over-ask", person="nurse").status_code == 302
    assert "Asked to take it over: Nurse Fiction, " in words(client(held).get(f"/plans/{begun}"))
    assert "Waits for their word" in words(client(held).get(f"/plans/{begun}"))
    theirs = client(held, "nurse").get(f"/plans/{begun}").content.decode()
    assert "I take it over" in theirs
    refused = do(held, begun, "take-over", author="nurse", how="in the room", form="take-over")
    assert "They sign in here: they say it themselves on this page" in words(refused)
    assert do(held, begun, "take-over", who="nurse").status_code == 302
    assert "Taken over by: Nurse Fiction" in words(client(held).get(f"/plans/{begun}"))
    assert state(begun).taking.accepted.by == "nurse"


def test_for_an_aunt_whoever_leads_writes_down_how_she_accepted(held: Conference, begun: UUID) -> None:
    add(held, begun, "protection", what="Meets her at school.", owner_other="Ruth Alder", said_when="tonight",
        how_confirmed="a call")  # fmt: skip
    add(held, begun, "action", what="Bring her clothes.", owner_other="Ruth Alder", said_when="tomorrow")
    found = state(begun)
    protection, action = found.protections[-1], found.actions[-1]
    page = words(client(held).get(f"/plans/{begun}"))
    assert "Ruth Alder accepts it: write down how" in page
    assert "Not accepted yet." in page
    assert "Ruth Alder accepts it" not in words(client(held, "lead").get(f"/plans/{begun}"))
    said = {"item": protection.id, "version": "1", "author": protection.text("owner")}
    wrong = do(held, begun, "accept", **said)
    assert (wrong.status_code, "Say how they accepted it" in words(wrong)) == (422, True)
    assert do(held, begun, "accept", how="by telephone", **said).status_code == 302
    took = {"item": action.id, "author": action.text("owner"), "how": "by telephone"}
    assert do(held, begun, "accept-action", **took).status_code == 302
    page = words(client(held).get(f"/plans/{begun}"))
    assert page.count("by telephone; written down by Worker Fiction") == 2
    declined = {"item": protection.id, "author": protection.text("owner"), "reason": "She is away."}
    assert do(held, begun, "decline", who="nurse", **declined).status_code == 403
    assert do(held, begun, "decline", **declined).status_code == 302
    assert "its owner has said that they cannot do it" in words(client(held).get(f"/plans/{begun}"))


def test_the_plan_taken_over_by_somebody_who_does_not_sign_in_says_how(held: Conference, begun: UUID) -> None:
    do(held, begun, "take-over-ask", person_other="The family help team", form="take-over-ask")
    assert state(begun).taking is None
    do(held, begun, "take-over-ask", person_other="Ruth Alder")
    person = state(begun).taking.asked.person
    assert do(held, begun, "take-over", author=person).status_code == 422
    do(held, begun, "take-over-not", author=person, reason="She moves away.")
    assert "Declined: She moves away." in words(client(held).get(f"/plans/{begun}"))
    do(held, begun, "take-over", author=person, how="in writing")
    assert "in writing; written down by Worker Fiction." in words(client(held).get(f"/plans/{begun}"))

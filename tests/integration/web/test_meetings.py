"""The pages of a meeting as people use them: what each shows, what each form keeps, and what is refused in words."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client
from support.deliveries import NHS_ONE, NHS_TWO, entry, person, record, take_in
from support.families import adult, tie
from support.meetings import FRIDAY, WEEKEND, Conference, a_child, conference, partnership

from nightlight.actions.meetings import calling as meetings
from nightlight.actions.meetings import deeds as meeting_deeds
from nightlight.domain.meetings.events import MeetingError
from nightlight.store.audit.models import AuditEvent
from nightlight.store.meetings import mapping
from nightlight.store.meetings.models import MeetingNow
from nightlight.store.people.models import Person
from nightlight.web.views import meeting, meeting_do, meeting_item

pytestmark = pytest.mark.django_db
PAGES = ("", "/people", "/record", "/closing")


@pytest.fixture(autouse=True)
def _on_that_friday(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (meeting, meeting_do, meeting_item):
        monkeypatch.setattr(module, "now", lambda: FRIDAY)


@pytest.fixture
def held() -> Conference:
    return conference()


def client(held: Conference, who: str) -> Client:
    found = Client(SERVER_NAME="127.0.0.1")
    found.force_login(held.people[who])
    return found


def text(response: Any) -> str:
    return response.content.decode()


def words(response: Any) -> str:
    """What a page says, without its marks."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text(response)))


def state(held: Conference) -> Any:
    return mapping.meeting_of(held.meeting)[0]


def do(held: Conference, who: str, deed: str, /, **said: Any) -> Any:
    said = {"form": "f", "key": str(uuid4()), **said}
    return client(held, who).post(f"/meetings/{held.meeting}/do/{deed}", said)


def add(held: Conference, who: str, kind: str, /, **said: Any) -> Any:
    return do(held, who, "add", **{"what_kind": kind, "item": str(uuid4()), **said})


@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens_for_who_was_asked_and_for_nobody_else(held: Conference, page: str) -> None:
    held.weekend_danger()
    assert client(held, "nurse").get(f"/meetings/{held.meeting}{page}").status_code == 200
    for refused in (f"/meetings/{held.meeting}{page}", f"/meetings/{uuid4()}{page}"):
        response = client(held, "outsider").get(refused)
        assert response.status_code == 403
        assert "it is not one that you were asked to" in text(response)


def test_opening_is_on_record_once_and_a_page_that_draws_its_parts_again_is_not(held: Conference) -> None:
    browser = client(held, "nurse")
    browser.get(f"/meetings/{held.meeting}")
    browser.get(f"/meetings/{held.meeting}", headers={"X-Live": "1"})
    assert AuditEvent.objects.filter(act="meeting.viewed", by="nurse").count() == 1


def test_my_meetings_lists_it_with_its_clock(held: Conference) -> None:
    page = words(client(held, "officer").get("/meetings"))
    assert "Initial child protection conference" in page
    assert "Wren Alder" in page
    assert "No meeting of yours is open" in words(client(held, "outsider").get("/meetings"))


def test_a_danger_is_read_drawn_and_counted_in_hours(held: Conference) -> None:
    response = add(held, "lead", "danger", what="Nobody gives the inhaler.", said_when="this weekend", anchor="danger")
    assert response.status_code == 302
    assert response.url == f"/meetings/{held.meeting}#danger"
    page = client(held, "chair").get(f"/meetings/{held.meeting}")
    assert "from Friday 20 November 2026 at 17:00 to Monday 23 November 2026 at 09:00" in words(page)
    assert "Nothing in force: 64 hours" in words(page)
    assert 'fill="#d4351c"' in text(page)
    assert "style=" not in text(page)


def test_words_that_no_one_can_read_are_kept_and_asked_about(held: Conference) -> None:
    add(held, "lead", "danger", what="He comes round.", said_when="when he drinks")
    page = words(client(held, "chair").get(f"/meetings/{held.meeting}"))
    assert "could not be read" in page
    assert "From when? Give a day and a time" in page
    add(held, "lead", "danger", what="Nobody to give it.", said_when="half term")
    assert "could not be read. When is half term at this child" in words(
        client(held, "chair").get(f"/meetings/{held.meeting}")
    )
    assert state(held).dangers[0]["starts"] is None


def test_an_exact_time_goes_before_the_words_for_it(held: Conference) -> None:
    add(
        held,
        "lead",
        "danger",
        what="He comes round.",
        said_when="this weekend",
        starts_on="2026-11-21",
        starts_at="18:30",
    )
    danger = state(held).dangers[0]
    assert danger["starts"].isoformat() == "2026-11-21T18:30:00+00:00" or "18:30" in danger["starts"].isoformat()
    assert "Saturday 21 November 2026 at 18:30" in danger.text("read_as")


def test_a_time_is_put_right_by_its_words(held: Conference) -> None:
    held.weekend_danger()
    item = held.items["danger"]
    page = text(client(held, "lead").get(f"/meetings/{held.meeting}/items/{item}"))
    said = _form(page, "correct")
    said.update(said_when="tonight")
    assert do(held, "lead", "correct", **said).status_code == 302
    assert "Friday 20 November" in state(held).dangers[0].text("read_as")
    assert state(held).dangers[0].version == 2


def _form(page: str, form: str) -> dict[str, Any]:
    """What a browser would send of a form as it was drawn."""
    body = re.search(rf'<form[^>]*id="{form}".*?</form>', page, re.S)[0]
    found: dict[str, Any] = {}
    for tag in re.findall(r"<input[^>]*>", body):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and (('type="radio"' not in tag and 'type="checkbox"' not in tag) or " checked" in tag):
            found[name[1]] = value[1] if value else ""
    for name, value in re.findall(r'<textarea[^>]*name="([^"]*)"[^>]*>(.*?)</textarea>', body, re.S):
        found[name] = value
    for name, options in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', body, re.S):
        chosen = re.search(r'value="([^"]*)" selected', options)
        found[name] = chosen[1] if chosen else ""
    found.pop("csrfmiddlewaretoken", None)
    return found


def test_two_people_who_change_two_fields_do_not_cross(held: Conference) -> None:
    held.weekend_danger()
    address = f"/meetings/{held.meeting}/items/{held.items['danger']}"
    first = _form(text(client(held, "lead").get(address)), "correct")
    second = _form(text(client(held, "officer").get(address)), "correct")
    do(held, "lead", "correct", **{**first, "what": "Could have an attack, alone."})
    do(held, "officer", "correct", **{**second, "how_bad": "serious harm"})
    danger = state(held).dangers[0]
    assert (danger.text("what"), danger.text("how_bad")) == ("Could have an attack, alone.", "serious harm")
    assert not danger.unsettled


def test_two_people_who_change_one_field_are_shown_both_texts_and_asked(held: Conference) -> None:
    held.weekend_danger()
    address = f"/meetings/{held.meeting}/items/{held.items['danger']}"
    first = _form(text(client(held, "lead").get(address)), "correct")
    second = _form(text(client(held, "officer").get(address)), "correct")
    do(held, "lead", "correct", **{**first, "what": "What the lead wrote."})
    late = do(held, "officer", "correct", **{**second, "what": "What the officer wrote."})
    assert late.url == address
    page = client(held, "officer").get(address)
    assert "What the lead wrote." in words(page)
    assert "What the officer wrote." in words(page)
    assert "Two texts: read both" in words(client(held, "chair").get(f"/meetings/{held.meeting}"))
    settling = _form(text(page), "settle-1")
    assert do(held, "officer", "settle", **settling).status_code == 422
    do(held, "officer", "settle", **settling, kept="mine")
    danger = state(held).dangers[0]
    assert danger.text("what") == "What the officer wrote."
    assert not danger.unsettled


def test_a_protection_counts_when_its_owner_accepted_it_and_says_why_until_then(held: Conference) -> None:
    held.weekend_danger()
    add(
        held, "chair", "protection", what="Stays with her aunt.", owner="worker", said_when="from now until Monday 9am",
        how_confirmed="a call at six",
    )  # fmt: skip
    page = words(client(held, "worker").get(f"/meetings/{held.meeting}"))
    assert "Does not count yet: its owner has not accepted it." in page
    assert "Accept: I do this" in page
    assert "Accept: I do this" not in words(client(held, "nurse").get(f"/meetings/{held.meeting}"))
    item = state(held).protections[0].id
    do(held, "worker", "accept", item=item, version="1")
    page = words(client(held, "nurse").get(f"/meetings/{held.meeting}"))
    assert "In force now" in page
    assert "Nothing in force" not in page


def test_a_team_is_no_owner(held: Conference) -> None:
    held.weekend_danger()
    add(held, "chair", "protection", what="They look in.", owner_other="Police", said_when="from now")
    page = words(client(held, "chair").get(f"/meetings/{held.meeting}"))
    assert "which is a team or a role: name the person" in page


def test_nobodys_score_is_shown_before_all_are_in(held: Conference) -> None:
    do(held, "nurse", "score", score="9", reason="Attends every appointment.")
    assert "Attends every appointment." in text(client(held, "nurse").get(f"/meetings/{held.meeting}"))
    for who in ("chair", "worker", "officer"):
        assert "Attends every appointment." not in text(client(held, who).get(f"/meetings/{held.meeting}"))
    for who, given in (("worker", "3"), ("lead", "0"), ("officer", "4")):
        do(held, who, "score", score=given, reason=f"Because of {given}.")
    do(held, "chair", "show-scores")
    page = words(client(held, "officer").get(f"/meetings/{held.meeting}"))
    assert "The lowest is 0: Because of 0. The scores go from 0 to 9" in page
    assert page.index("Because of 0. </td>".removesuffix(" </td>")) < page.index("Attends every appointment.")
    assert "4.0" not in page


@pytest.mark.parametrize(
    ("deed", "said", "wrong"),
    [
        ("score", {"score": "11", "reason": "x"}, "Choose a number from 0 to 10"),
        ("score", {"score": "", "reason": ""}, "Give your reason, in a sentence"),
        ("add", {"what_kind": "danger", "item": str(UUID(int=1)), "what": ""}, "Say what could happen"),
        ("add", {"what_kind": "danger", "item": "never", "what": "x"}, "out of date"),
        ("add", {"what_kind": "never", "item": "x"}, "out of date"),
        (
            "add",
            {"what_kind": "danger", "item": str(UUID(int=1)), "what": "x", "starts_on": "2026-31-99"},
            "Enter a date, and a time like 17:30",
        ),
        (
            "add",
            {"what_kind": "danger", "item": str(UUID(int=1)), "what": "x", "starts_at": "17:00"},
            "Give the date of that time too",
        ),
        ("withdraw", {"item": str(UUID(int=1)), "version": "x", "reason": "x"}, "no such item"),
        ("accept", {"item": str(UUID(int=1)), "version": "99999999999"}, "no such item"),
        ("invite", {"part": "", "name": ""}, "Choose what they come as"),
        ("told", {"person": "nobody", "was": "yes", "said": "by letter"}, "parental responsibility"),
        ("emergency", {"item": str(UUID(int=1)), "route": "hope", "reason": "x"}, "emergency route is one of"),
        ("adjourn", {"reason": ""}, "Say why it breaks off"),
        ("chaired", {"chair": "never"}, "hoever chairs signs in here"),
    ],
)
def test_bad_input_is_refused_in_words_and_changes_nothing(held: Conference, deed: str, said: dict, wrong: str) -> None:
    before = state(held).number
    response = do(held, "chair", deed, **said)
    assert response.status_code == 422, response.status_code
    assert wrong in text(response)
    assert "There is a problem" in text(response)
    assert state(held).number == before


def test_what_was_typed_is_still_there_when_it_is_refused(held: Conference) -> None:
    said = {"form": "form-danger", "what": "<b>He comes round.</b>", "starts_on": "soon"}
    page = text(add(held, "lead", "danger", **said))
    assert "&lt;b&gt;He comes round.&lt;/b&gt;</textarea>" in page
    assert "<b>He comes" not in page


def test_a_form_sent_twice_counts_once(held: Conference) -> None:
    said = {"what": "Once.", "item": str(uuid4()), "key": "the-same", "what_kind": "action"}
    assert [do(held, "lead", "add", **said).status_code for _ in range(2)] == [302, 302]
    assert len(state(held).actions) == 1


def test_closing_is_refused_with_hours_and_every_way_out(held: Conference) -> None:
    held.everything_else()
    held.weekend_danger()
    held.protection(starts=WEEKEND[1].earliest, until=None, review=held.now + timedelta(days=9))
    response = do(held, "chair", "close", which="closing")
    page = words(response)
    assert response.status_code == 422
    assert "The meeting stays open" in page
    assert "64 hours" in page
    assert "Bring it forward to Friday 20 November 2026 at 17:00" in page
    for words_ in ("Police protection", "Emergency protection order", "Out-of-hours visit", "Strategy discussion now",
                   "Children Act 1989 s.46", "under managers"):  # fmt: skip
        assert words_ in page
    assert MeetingNow.objects.get().status == "held"


def test_it_closes_once_the_protection_is_brought_forward_and_accepted(held: Conference) -> None:
    held.everything_else()
    held.weekend_danger()
    held.protection(starts=WEEKEND[1].earliest, until=None, review=held.now + timedelta(days=9))
    closing = text(client(held, "chair").get(f"/meetings/{held.meeting}/closing"))
    link = re.search(r'href="(/meetings/[^"]*/items/[^"]*from=[^"]*)"', closing)[1]
    said = _form(text(client(held, "chair").get(link.replace("&amp;", "&"))), "correct")
    assert (said["in_force_from_on"], said["in_force_from_at"]) == ("2026-11-20", "17:00")
    do(held, "chair", "correct", **said)
    assert do(held, "chair", "close", which="closing").status_code == 422
    do(held, "worker", "accept", item=held.items["protection"], version="2")
    assert do(held, "chair", "close", which="closing").status_code == 302
    page = words(client(held, "nurse").get(f"/meetings/{held.meeting}/closing"))
    assert "I have read what was decided" in page
    do(held, "nurse", "acknowledge", which="closing")
    assert "You read it" in words(client(held, "nurse").get(f"/meetings/{held.meeting}/closing"))
    outline = words(client(held, "nurse").get(f"/meetings/{held.meeting}/papers/outline"))
    assert "A plan for neglect. Outcome: a child protection plan. Reasons: Significant harm is likely." in outline
    assert "Could die. From Friday 20 November 2026 at 17:00 to Monday 23 November 2026 at 09:00." in outline
    assert "Outline plan: lead, core group, how much must change and by when As the report says." in outline


def test_decisions_are_withheld_with_a_reason_and_given_after_all(held: Conference) -> None:
    held.everything_else()
    held.weekend_danger()
    held.protection()
    assert "Say why it is withheld" in text(do(held, "chair", "withhold", person="nurse", reason="", which="closing"))
    do(held, "chair", "withhold", person="nurse", reason="Related to him.", which="closing")
    assert do(held, "chair", "close", which="closing").status_code == 302
    address = f"/meetings/{held.meeting}/closing"
    assert "Withheld: Related to him. Give it to them now Nurse" in words(client(held, "chair").get(address))
    for page in PAGES:
        assert "Related to him." not in words(client(held, "nurse").get(f"/meetings/{held.meeting}{page}"))
    assert "What was decided is not shown to you" in words(client(held, "nurse").get(address))
    do(held, "nurse", "give", person="nurse", which="closing")
    assert "I have read what was decided" not in words(client(held, "nurse").get(address))
    do(held, "chair", "give", person="nurse", which="closing")
    assert "I have read what was decided" in words(client(held, "nurse").get(address))


def test_each_form_that_is_sent_is_kept(held: Conference) -> None:
    """By its address, as a browser sends it: what stands in the way of the rows behind it is found here."""
    held.weekend_danger()
    held.protection(accept=False)
    held.add("chair", "action", "action", what="Clinic.", owner="nurse", due=held.now)
    held.add("chair", "decision", "d", what="No plan.", reasons="x", outcome="no_plan")
    held.add("lead", "dissent", "x", decision=held.items["d"], reasons="She is not safe.")
    protection, action = ({"item": held.items[name], "version": "1"} for name in ("protection", "action"))
    for who, deed, said in (
        ("worker", "decline", {**protection, "reason": "On leave."}),
        ("worker", "accept", protection),
        ("worker", "confirm", {**protection, "how": "Seen.", "in_force": "yes"}),
        ("nurse", "accept-action", action),
        ("nurse", "action-done", {**action, "how": "Letter."}),
        ("chair", "answer-dissent", {"item": held.items["x"], "answer": "Seen daily."}),
        ("chair", "leave", {"person": "officer"}),
        ("chair", "arrive", {"person": "officer", "how": "by telephone"}),
        ("chair", "apologise", {"person": "mother", "reason": "Work.", "instead": "Her sister"}),
        ("chair", "report", {"person": "nurse"}),
        ("chair", "go-on-without", {"requirement": "quorum.health", "reason": "By telephone after."}),
        ("chair", "schedule", {"starts_on": "2026-11-23", "starts_at": "10:00", "place": "Room 2"}),
    ):
        before = state(held).number
        assert do(held, who, deed, **said).status_code == 302, deed
        assert state(held).number == before + 1, deed


def test_a_conference_that_is_not_held_is_stood_down(held: Conference) -> None:
    made = meetings.call(by=held.people["chair"], kind="review_conference", children=[held.child], why="Harm.",
                         key="k", chair="chair", now=FRIDAY)  # fmt: skip
    said = {"form": "f", "key": "x", "which": "closing", "reason": "The family moved."}
    assert client(held, "chair").post(f"/meetings/{made}/do/stand-down", said).status_code == 302
    assert mapping.meeting_of(made)[0].status == "stood_down"


def test_an_override_takes_two_managers_names_and_says_so(held: Conference) -> None:
    held.everything_else()
    danger = held.weekend_danger().event.item
    for who in ("manager", "service"):
        held.do(meeting_deeds.invite, "chair", person=who, part="social_care")
    said = {"reason": "The aunt has her.", "dangers": danger, "which": "closing"}
    assert "Confirm that you have read" in text(do(held, "manager", "override", **said))
    do(held, "manager", "override", **said, sure="yes")
    assert "1 name is missing" in words(client(held, "chair").get(f"/meetings/{held.meeting}/closing"))
    do(held, "service", "override", **said, sure="yes")
    assert do(held, "chair", "close", which="closing").status_code == 302
    assert "closed with danger uncovered" in words(client(held, "chair").get(f"/meetings/{held.meeting}/closing"))


def test_the_people_and_who_was_told(held: Conference) -> None:
    do(held, "chair", "responsible", person="", name="Ash Alder", basis="Mother", which="people")
    person = next(iter(state(held).responsible))
    page = words(client(held, "nurse").get(f"/meetings/{held.meeting}/people"))
    assert "not on record whether they were told" in page
    do(held, "chair", "told", person=person, was="no", said="He is held and not reached yet", which="people")
    page = words(client(held, "nurse").get(f"/meetings/{held.meeting}/people"))
    assert "not told , because He is held and not reached yet" in page


def test_people_are_found_by_role_or_organisation_and_asked(held: Conference) -> None:
    page = text(client(held, "chair").get(f"/meetings/{held.meeting}/people?who=service+manager"))
    assert "Service Fiction" in page
    do(held, "chair", "invite", person="service", part="social_care", which="people")
    assert "service" in state(held).participants


def test_one_chair_types_for_all(held: Conference) -> None:
    add(held, "chair", "danger", what="He comes round.", said_when="tonight", author="officer")
    assert state(held).dangers[0].author == "officer"
    assert "typed by Chair Fiction" in words(client(held, "nurse").get(f"/meetings/{held.meeting}"))
    assert add(held, "nurse", "danger", what="x", said_when="tonight", author="officer").status_code == 403


def test_what_is_typed_is_previewed_and_kept_nowhere(held: Conference) -> None:
    held.weekend_danger()
    browser, before = client(held, "chair"), state(held).number
    address = f"/meetings/{held.meeting}/preview"
    page = words(browser.post(address, {"what_kind": "danger", "what": "x", "said_when": "tonight"}))
    assert "Read as:" in page
    assert "No protection is in force" in page
    said = {"what_kind": "protection", "what": "Aunt", "said_when": "from now until Monday 9am", "owner": "worker"}
    assert "It would not count yet: nobody has said how it will be confirmed" in words(browser.post(address, said))
    page = words(browser.post(address, {**said, "how_confirmed": "a call"}))
    assert "It counts once Worker Fiction accepts it" in page
    assert "Covered:" in page
    assert "From when?" in words(browser.post(address, {"what_kind": "danger", "said_when": "when he drinks"}))
    assert state(held).number == before


def test_a_draft_comes_back_into_its_form_and_others_see_it_typed(held: Conference) -> None:
    item = str(uuid4())
    draft = {"place": f"danger:{item}", "sequence": "5", "what": "He comes ro"}
    client(held, "lead").post(f"/meetings/{held.meeting}/drafts", draft)
    mine = text(client(held, "lead").get(f"/meetings/{held.meeting}"))
    assert "He comes ro</textarea>" in mine
    assert f'value="{item}"' in mine


@pytest.mark.parametrize("which", ["record", "outline", "plain"])
def test_each_paper_is_a_page_and_a_pdf(held: Conference, which: str) -> None:
    held.everything_else()
    held.weekend_danger()
    page = client(held, "nurse").get(f"/meetings/{held.meeting}/papers/{which}")
    assert page.status_code == 200
    made = client(held, "nurse").get(f"/meetings/{held.meeting}/papers/{which}/pdf")
    assert made.content.startswith(b"%PDF")
    assert client(held, "outsider").get(f"/meetings/{held.meeting}/papers/{which}").status_code == 403
    assert client(held, "nurse").get(f"/meetings/{held.meeting}/papers/never").status_code == 403


# -- calling one


@pytest.fixture
def child() -> UUID:
    partnership()
    return a_child()


def caller(who: str = "worker") -> Client:
    from nightlight.store.people.models import Practitioner

    found = Client(SERVER_NAME="127.0.0.1")
    found.force_login(Practitioner.objects.get(username=who))
    return found


CALL = {"kind": "initial_conference", "why": "The enquiry found harm.", "chair": "chair", "key": "one", "place": "Hall"}


def test_a_meeting_is_called_with_its_clock_running(child: UUID) -> None:
    page = words(caller().get(f"/children/{child}/meetings/new"))
    assert "Its clock runs:" in page
    assert "ICPC-15" in page
    said = {**CALL, "starts_on": "2026-11-25", "starts_at": "10:00"}
    response = caller().post(f"/children/{child}/meetings/new", said)
    assert response.status_code == 302
    assert caller().post(f"/children/{child}/meetings/new", said).url == response.url
    assert MeetingNow.objects.count() == 1
    assert "Nobody was asked yet from" in words(caller().get(response.url))


def test_late_on_a_friday_warns_and_asks_who_covers(child: UUID) -> None:
    said = {**CALL, "starts_on": "2026-11-27", "starts_at": "15:30"}
    response = caller().post(f"/children/{child}/meetings/new", said)
    assert response.status_code == 422
    assert "Offices shut on Friday 27 November 2026 at 17:00" in words(response)
    assert "Who covers those days?" in words(response)
    assert MeetingNow.objects.count() == 0
    made = caller().post(f"/children/{child}/meetings/new", {**said, "covers": "Edt Fiction, on call"})
    assert made.status_code == 302
    assert mapping.meeting_of(MeetingNow.objects.get().meeting_id)[0].covers == "Edt Fiction, on call"


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ({"kind": "tea"}, "Choose what kind of meeting it is"),
        ({"why": " "}, "Say why it is called"),
        ({"starts_on": "yesterday"}, "Enter a date, and a time"),
        ({"starts_on": "2026-11-28", "starts_at": "10:00"}, "refuses it on a Saturday or Sunday"),
        ({"starts_on": "9999-12-31", "starts_at": "10:00"}, "Enter a date, and a time like 17:30"),
        ({"starts_on": "1990-01-01", "starts_at": "10:00"}, "check the date"),
    ],
)
def test_a_call_that_cannot_be_is_refused_in_words(child: UUID, said: dict, wrong: str) -> None:
    response = caller().post(f"/children/{child}/meetings/new", {**CALL, **said})
    assert response.status_code == 422
    assert wrong in text(response)
    assert MeetingNow.objects.count() == 0


def test_who_may_not_see_a_child_calls_no_meeting_about_them(child: UUID) -> None:
    for address in (f"/children/{child}/meetings/new", f"/children/{uuid4()}/meetings/new"):
        assert caller("outsider").get(address).status_code == 403


# -- several children of one family


def a_family() -> tuple[dict[str, Any], UUID, UUID]:
    """A child with an enquiry, and a sister on the record of the same mother."""
    people, first = partnership(), a_child()
    sister = person("c2", given="Robin", family="Alder", nhs_number=NHS_TWO)
    both = [person("c1", given="Wren", family="Alder", nhs_number=NHS_ONE), sister, adult("m1", "Mara")]
    take_in(
        record("family", entry("social_care.section_47", 8, "c2"), people=both,
               links=[tie("m1", "c1"), tie("m1", "c2")]),
        agency="social_care", organisation="la",
    )  # fmt: skip
    return people, first, Person.objects.get(nhs_number=NHS_TWO).id


def test_a_meeting_about_sisters_has_a_score_for_each_by_each() -> None:
    people, first, second = a_family()
    mine = Client(SERVER_NAME="127.0.0.1")
    mine.force_login(people["worker"])
    page = text(mine.get(f"/children/{first}/meetings/new"))
    assert "Robin Alder" in page
    sent = mine.post(
        f"/children/{first}/meetings/new", {"kind": "strategy_discussion", "why": "Both.", "also": [str(second)]}
    )
    held = Conference(people, first, UUID(sent["location"].split("/")[2]))
    assert state(held).called.children == (str(first), str(second))
    for who, part in (("lead", "education"), ("nurse", "health")):
        held.do(meeting_deeds.invite, "worker", person=who, part=part)
        held.do(meeting_deeds.arrive, who)
    held.do(meeting_deeds.apologise, "worker")
    shown = words(client(held, "lead").get(f"/meetings/{held.meeting}"))
    assert "How safe is Wren now" in shown
    assert "How safe is Robin now" in shown
    half = do(held, "lead", "score", **{"score-1": "2", "reason-1": "No inhaler."})
    assert half.status_code == 422
    assert "Choose a number from 0 to 10" in words(half)
    assert not state(held).scores
    do(held, "lead", "score", **{"score-1": "2", "reason-1": "No inhaler.", "score-2": "8", "reason-2": "At her aunt."})
    assert "At her aunt." not in words(client(held, "nurse").get(f"/meetings/{held.meeting}"))
    do(held, "nurse", "score", **{"score-1": "5", "reason-1": "Weighs well.", "score-2": "3", "reason-2": "Thin."})
    shown = words(client(held, "nurse").get(f"/meetings/{held.meeting}"))
    assert "The lowest is 2: No inhaler. The scores go from 2 to 5" in shown
    assert "The lowest is 3: Thin. The scores go from 3 to 8" in shown
    assert "At her aunt." in words(client(held, "lead").get(f"/meetings/{held.meeting}/papers/record"))
    with pytest.raises(MeetingError, match="for which child"):
        held.do(meeting_deeds.score, "lead", score=1, reason="x")


def test_a_parent_of_both_is_one_person_and_what_to_mend_before_it_sits_is_said_of_each() -> None:
    people, first, second = a_family()
    mine = Client(SERVER_NAME="127.0.0.1")
    mine.force_login(people["worker"])
    sent = mine.post(
        f"/children/{first}/meetings/new", {"kind": "initial_conference", "why": "Both.", "also": [str(second)]}
    )
    held = Conference(people, first, UUID(sent["location"].split("/")[2]))
    shown = words(mine.get(sent["location"]))
    assert "No senior manager or named professional supports it yet" in shown
    assert "Robin: A conference follows and no interim plan is in force until then." in shown
    held.do(meeting_deeds.invite, "worker", person="manager", part="social_care")
    asked = words(client(held, "manager").get(sent["location"]))
    assert "I support that it is called" in asked
    assert "no interim plan" not in asked
    do(held, "manager", "support", which="people")
    assert "supports it yet" not in words(mine.get(sent["location"]))
    said = {"which": "people", "name": "Mara Alder", "person": ""}
    assert "Say for which children they have it" in words(do(held, "worker", "responsible", **said))
    assert do(held, "worker", "responsible", **said, child=[str(first), str(second)]).status_code == 302
    (found,) = state(held).responsible.values()
    assert found.children == (str(first), str(second))
    add(held, "worker", "danger", what="Left alone.", said_when="tonight", child=str(second))
    add(held, "worker", "danger", what="He comes round.", said_when="tonight")
    room = words(client(held, "worker").get(f"/meetings/{held.meeting}"))
    assert "Left alone. For Robin." in room
    assert "He comes round. For all of them." in room

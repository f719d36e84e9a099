"""The rota on screen: who answers now, this week and at any moment; changed by who may; nobody is said in red."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest
from django.http import HttpResponse
from support.deliveries import NOW
from support.pages import FRONT_DOOR, LEAD, MANAGER, STAFF, STRANGER, client_of, partnership, school_log, the_duty

from nightlight.store.audit.models import AuditEvent
from nightlight.store.duties.models import AbsenceRow, OrganisationHours, RotaRow, Team
from nightlight.store.people.models import Practitioner
from nightlight.web.views import rota, rota_edit, rota_place

pytestmark = pytest.mark.django_db

SERVICE, NURSE = "service-manager", "school-nurse.school-1"
AT = NOW + timedelta(hours=1)
TODAY = {"since_on": "2026-11-23", "since_at": "10:00"}


@pytest.fixture(autouse=True)
def _at_that_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    partnership()
    for module in (rota, rota_edit, rota_place):
        monkeypatch.setattr(module, "now", lambda: AT)


def page_of(username: str, path: str = "/rota") -> str:
    response = client_of(username).get(path)
    assert response.status_code == 200, path
    return html.unescape(response.content.decode())


def sent(username: str, path: str, **given: object) -> HttpResponse:
    return client_of(username).post(path, given)


def name_of(username: str) -> str:
    return Practitioner.objects.get(username=username).name


def row_of(page: str, role: str) -> str:
    found = re.search(rf'<th scope="row"[^>]*>{role}</th>(.*?)</tr>', page, re.S)
    assert found, role
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found[1]))


def shift_of(username: str) -> RotaRow:
    return RotaRow.objects.get(practitioner__username=username)


def test_it_says_who_answers_now_here_and_for_the_partnership() -> None:
    page = page_of(LEAD)
    assert name_of(LEAD) in row_of(page, "Designated safeguarding lead")
    assert name_of(SERVICE) in row_of(page, "Service manager")
    assert "All week" in row_of(page, "Service manager")
    assert "Nobody answers for" not in page


def test_a_role_that_nobody_holds_is_said_with_why() -> None:
    RotaRow.objects.filter(role="service_manager").update(until=NOW)
    page = page_of(LEAD)
    assert "Nobody answers for 1 role now" in page
    assert "The last shift has ended, so the post is vacant" in page
    assert "Nobody" in row_of(page, "Service manager")


def test_any_moment_can_be_asked_about() -> None:
    RotaRow.objects.filter(role="service_manager").update(until=NOW + timedelta(days=3))
    page = page_of(LEAD, "/rota?on=2026-12-25&time=23:30")
    assert "As it stands for Friday 25 December 2026, 11:30pm" in page
    assert "Nobody answers for 1 role then" in page
    assert name_of(SERVICE) in row_of(page_of(LEAD, "/rota?on=2026-11-20"), "Service manager")
    this_week = row_of(page_of(LEAD), "Service manager")
    assert "Thu 26 Nov, 9am to Mon 30 Nov, midnight: nobody" in this_week


@pytest.mark.parametrize("query", ["on=never", "time=25:00", "on=2026-02-30", "on=9999-12-31", "on=0001-01-01"])
def test_a_moment_that_is_none_says_how_to_write_one(query: str) -> None:
    response = client_of(LEAD).get(f"/rota?{query}")
    assert response.status_code == 422
    assert "Enter a date as year, month and day" in response.content.decode()


def test_it_is_read_by_who_holds_duties_of_their_own_organisation_or_all() -> None:
    assert client_of(STAFF).get("/rota").status_code == 403
    assert client_of(STRANGER).get("/rota?organisation=school-1").status_code == 403
    assert name_of(LEAD) in page_of(FRONT_DOOR, "/rota?organisation=school-1")


def test_no_role_of_a_school_is_missing_where_the_partnerships_roles_are_at_home() -> None:
    assert "Nobody answers for" not in page_of(FRONT_DOOR)


# -- changing it


@pytest.mark.parametrize("path", ["/rota/shift", "/rota/absence", "/rota/leave"])
def test_only_who_may_edit_is_offered_and_let(path: str) -> None:
    assert f'href="{path}?organisation=school-1"' in page_of(MANAGER)
    assert f'href="{path}?organisation=school-1"' in page_of(SERVICE, "/rota?organisation=school-1")
    assert client_of(MANAGER).get(path).status_code == 200
    for username in (LEAD, FRONT_DOOR, STAFF, "line-manager.force-1"):
        assert f'href="{path}' not in client_of(username).get("/rota?organisation=school-1").content.decode()
        for refused in (client_of(username).get(f"{path}?organisation=school-1"),
                        sent(username, path, organisation="school-1")):  # fmt: skip
            assert refused.status_code == 403, username


def test_a_shift_by_the_week_is_put_on_and_answers() -> None:
    given = {
        **TODAY,
        "role": "safeguarding_lead",
        "person": NURSE,
        "day": ["0", "1"],
        "starts": "17:00",
        "ends": "09:00",
    }
    response = sent(MANAGER, "/rota/shift", **given, holidays="yes")
    assert response["Location"] == "/rota?organisation=school-1&done=shift"
    page = page_of(MANAGER, response["Location"])
    assert "They are on the rota." in page
    assert "Monday and Tuesday, 5pm to 9am the next day" in page
    assert "All day on bank holidays" in page
    assert "Mon 23 Nov, 5pm to Tue 24 Nov, 9am: " + name_of(NURSE) in row_of(page, "Designated safeguarding lead")
    assert name_of(NURSE) in row_of(page_of(LEAD, "/rota?on=2026-12-25&time=12:00"), "Designated safeguarding lead")
    assert AuditEvent.objects.filter(by=MANAGER, act="rota.added").exists()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"person": ""}, "Choose a person: a role can't be given to nobody"),
        ({"person": STRANGER}, "Choose a person: a role can't be given to nobody"),
        ({"role": "caldicott_guardian"}, "Choose a role"),
        ({"role": ""}, "Choose a role"),
        ({"since_on": "31/12/2026"}, "Enter a date, and a time like 17:30"),
        ({"until_on": "2026-11-22"}, "A shift ends after it begins"),
        ({"day": ["5"]}, "Give the hours of those days"),
        ({"starts": "17:00", "ends": "09:00"}, "Tick the days too"),
        ({"holidays": "yes"}, "Tick the days too"),
        ({"until_at": "17:00"}, "Enter a date, and a time like 17:30"),
        ({"since_on": "2026-11-22"}, "Who answered then stays as it was: begin today or later"),
        (
            {"since_on": "2026-11-23", "since_at": "08:00", "until_on": "2026-11-23", "until_at": "09:00"},
            "A shift that is over changes nothing",
        ),
        ({}, "They hold this role at these hours already (from"),
    ],
)
def test_a_shift_that_cannot_be_says_what_to_put_right(given: dict, said: str) -> None:
    before = RotaRow.objects.count()
    response = sent(MANAGER, "/rota/shift", **{"role": "safeguarding_lead", "person": LEAD, **TODAY, **given})
    assert response.status_code == 422
    assert said in html.unescape(response.content.decode())
    assert RotaRow.objects.count() == before


def test_ending_a_shift_that_leaves_nobody_has_to_be_confirmed() -> None:
    row = shift_of(LEAD)
    path = f"/rota/shift/{row.id}/end"
    given = {"until_on": "2026-11-30", "until_at": "09:00"}
    assert client_of(MANAGER).get(path).status_code == 200
    asked = sent(MANAGER, path, **given)
    assert asked.status_code == 422
    assert "from Monday 30 November 2026, 9am" in asked.content.decode()
    row.refresh_from_db()
    assert row.until is None
    assert sent(MANAGER, path, **given, sure="yes").status_code == 302
    row.refresh_from_db()
    assert row.until == NOW + timedelta(days=7)


def test_ending_a_shift_that_another_follows_needs_no_confirming() -> None:
    sent(MANAGER, "/rota/shift", role="safeguarding_lead", person=NURSE, **TODAY)
    response = sent(MANAGER, f"/rota/shift/{shift_of(LEAD).id}/end", until_on="2026-11-30", until_at="09:00")
    assert response.status_code == 302


def test_a_shift_does_not_end_before_it_begins() -> None:
    path = f"/rota/shift/{shift_of(LEAD).id}/end"
    for day, said in (("2016-01-01", "A shift ends after it begins"), ("2026-11-22", "stays as it was")):
        response = sent(MANAGER, path, until_on=day, until_at="", sure="yes")
        assert response.status_code == 422
        assert said in response.content.decode()
    RotaRow.objects.filter(practitioner__username=LEAD).update(until=NOW + timedelta(days=3))
    longer = sent(MANAGER, path, until_on="2026-12-24", until_at="", sure="yes")
    assert "It ends before that already" in longer.content.decode()
    assert shift_of(LEAD).until == NOW + timedelta(days=3)


def test_a_row_of_another_organisation_is_not_changed() -> None:
    for path in (f"/rota/shift/{shift_of('line-manager.force-1').id}/end", "/rota/shift/999999/end"):
        assert client_of(MANAGER).get(path).status_code == 403, path
        assert sent(MANAGER, path, until_on="2026-11-30", sure="yes").status_code == 403


def test_an_absence_with_cover_moves_what_the_person_had() -> None:
    school_log()
    response = sent(MANAGER, "/rota/absence", person=LEAD, why="sickness", cover=NURSE, **TODAY)
    assert response.status_code == 302
    page = page_of(MANAGER, response["Location"])
    assert f"Covers for {name_of(LEAD)}, who is away (sickness)" in row_of(page, "Designated safeguarding lead")
    assert the_duty().owner == NURSE


def test_an_absence_without_cover_that_leaves_nobody_has_to_be_confirmed() -> None:
    given = {"person": LEAD, "why": "leave", **TODAY, "until_on": "2026-11-25", "until_at": "10:00"}
    asked = sent(MANAGER, "/rota/absence", **given)
    assert asked.status_code == 422
    assert "to Wednesday 25 November 2026, 10am" in asked.content.decode()
    assert not AbsenceRow.objects.exists()
    assert sent(MANAGER, "/rota/absence", **given, sure="yes").status_code == 302
    row = AbsenceRow.objects.get()
    page = page_of(MANAGER)
    assert "Nobody is named: the next on the rota answers" in page
    assert f"{name_of(LEAD)} is away (leave)" in page
    assert sent(MANAGER, f"/rota/absence/{row.id}/end").status_code == 302
    assert "Nobody answers for" not in page_of(MANAGER)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"person": ""}, "Choose a person"),
        ({"why": "flu"}, "Choose why"),
        ({"cover": LEAD}, "Choose somebody else as cover, or nobody"),
        ({"cover": STRANGER}, "Choose somebody else as cover, or nobody"),
        ({"since_on": ""}, "Enter a date, and a time like 17:30"),
        ({"until_on": "2026-11-01"}, "An absence ends after it begins"),
        ({"since_on": "2026-11-20"}, "Who answered then stays as it was: begin today or later"),
        ({"until_at": "09:00"}, "Enter a date, and a time like 17:30"),
    ],
)
def test_an_absence_that_cannot_be_says_what_to_put_right(given: dict, said: str) -> None:
    response = sent(MANAGER, "/rota/absence", **{"person": LEAD, "why": "leave", **TODAY, **given})
    assert response.status_code == 422
    assert said in html.unescape(response.content.decode())
    assert not AbsenceRow.objects.exists()


def test_absences_do_not_overlap_and_cover_is_there() -> None:
    first = {"person": NURSE, "why": "leave", **TODAY, "until_on": "2026-11-27"}
    assert sent(MANAGER, "/rota/absence", **first, sure="yes").status_code == 302
    said = "(from Monday 23 November 2026, 10am until Saturday 28 November 2026, midnight)"
    again = sent(MANAGER, "/rota/absence", **{**first, "since_on": "2026-11-26", "until_on": ""}, sure="yes")
    covered = sent(MANAGER, "/rota/absence", **{**first, "person": LEAD, "cover": NURSE})
    for response, words in ((again, "They are away then already"), (covered, "They are away then, too")):
        page = html.unescape(response.content.decode())
        assert response.status_code == 422
        assert words in page
        assert said in page
    assert AbsenceRow.objects.count() == 1


def test_with_no_time_it_begins_now_or_with_the_day_and_ends_with_the_day() -> None:
    given = {"person": NURSE, "why": "leave", "since_at": "", "until_on": "2026-11-27", "sure": "yes"}
    assert sent(MANAGER, "/rota/absence", **given, since_on="2026-11-23").status_code == 302
    row = AbsenceRow.objects.get()
    assert (row.since, row.until) == (AT, NOW.replace(hour=0) + timedelta(days=5))
    assert sent(MANAGER, f"/rota/absence/{row.id}/end").status_code == 302
    assert sent(MANAGER, "/rota/absence", **given, since_on="2026-11-25").status_code == 302
    assert AbsenceRow.objects.latest("id").since == NOW.replace(hour=0) + timedelta(days=2)


def test_who_has_left_signs_in_no_more_and_an_empty_post_is_confirmed() -> None:
    assert client_of(MANAGER).get("/rota/leave").status_code == 200
    assert sent(MANAGER, "/rota/leave", person=MANAGER).status_code == 422
    asked = sent(MANAGER, "/rota/leave", person=LEAD)
    assert asked.status_code == 422
    assert "Nobody would answer" in asked.content.decode()
    assert sent(MANAGER, "/rota/leave", person=LEAD, sure="yes").status_code == 302
    assert not Practitioner.objects.get(username=LEAD).is_active
    assert f"{name_of(LEAD)} has left" in page_of(MANAGER)


def test_an_organisation_has_its_own_working_hours_and_says_so():
    assert "the partnership's" in page_of(SERVICE)
    wrong = sent(SERVICE, "/rota/hours", starts="18:00", ends="08:00")
    assert wrong.status_code == 422
    assert "end after they start" in wrong.content.decode()
    assert sent(SERVICE, "/rota/hours", starts="07:30", ends="22:00", every_day="yes").status_code == 302
    assert "07:30 to 22:00, every day" in page_of(SERVICE)
    assert OrganisationHours.objects.count() == 1
    assert sent(LEAD, "/rota/hours", starts="07:30", ends="22:00").status_code in (403, 404)


def test_a_team_is_added_and_renamed_and_a_shift_is_on_its_rota():
    assert sent(SERVICE, "/rota/team", name=" ").status_code == 422
    long = sent(SERVICE, "/rota/team", name="N" * 201)
    assert long.status_code == 422
    assert "N" * 201 in long.content.decode()
    assert sent(SERVICE, "/rota/team", name="Night & weekend").status_code == 302
    assert sent(SERVICE, "/rota/team", name="night & WEEKEND").status_code == 422
    made = Team.objects.get()
    assert sent(SERVICE, "/rota/team", team=made.code, name="Nights").status_code == 302
    assert Team.objects.get().name == "Nights"
    role = Practitioner.objects.get(username=SERVICE).role
    given = {"role": role, "person": FRONT_DOOR, **TODAY}
    assert sent(SERVICE, "/rota/shift", team="another", **given).status_code == 422
    assert sent(SERVICE, "/rota/shift", team=made.code, **given).status_code == 302
    assert RotaRow.objects.get(team=made).practitioner.username == FRONT_DOOR
    assert "Nights" in page_of(SERVICE)

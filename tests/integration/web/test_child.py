"""A child's page: what it shows to whom, now and as known then; every view is on record."""

from __future__ import annotations

import re
from datetime import date
from uuid import uuid4

import pytest
from support.deliveries import entry, person, record, take_in
from support.pages import (
    CHILD,
    FRONT_DOOR,
    GUARDIAN,
    LEAD,
    SAID,
    STAFF,
    STRANGER,
    client_of,
    more_of_the_story,
    partnership,
    school_log,
)

from nightlight.store.audit.models import AuditEvent
from nightlight.store.people.models import MatchProposal, Person
from nightlight.timeline.partial import Partial

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def child() -> Person:
    partnership()
    child = school_log()
    more_of_the_story()
    return child


def page_of(username: str, path: str, status: int = 200) -> str:
    response = client_of(username).get(path)
    assert response.status_code == status, path
    return response.content.decode()


def table(page: str) -> str:
    return page[page.index("<tbody") : page.index("</tbody>")]


def test_child_shows_who_they_are_what_holds_and_every_entry(child: Person) -> None:
    page = page_of(LEAD, f"/children/{child.id}")
    for said in ("Robin Fictional", "8 years", "Signs of neglect seen at school, again", "9 entries, newest first"):
        assert said in page, said
    assert table(page).count("<tr") == 9


def test_child_keeps_words_apart_and_escapes_them(child: Person) -> None:
    page = page_of(LEAD, f"/children/{child.id}")
    assert SAID not in page
    assert '<blockquote class="nl-words"><p>I don&#39;t &lt;b&gt;want&lt;/b&gt; to go home.</p>' in page


def test_child_shows_an_imprecise_date_as_such(child: Person) -> None:
    assert ">March 2026<" in page_of(LEAD, f"/children/{child.id}")


def test_child_says_that_an_entry_is_about_an_adult(child: Person) -> None:
    assert "About Mara Fictional" in page_of(LEAD, f"/children/{child.id}")


def test_picture_has_a_lane_for_each_agency_and_links_to_every_rows(child: Person) -> None:
    page = page_of(LEAD, f"/children/{child.id}")
    svg = page[page.index('<svg class="nl-picture"') : page.index("</svg>", page.index('<svg class="nl-picture"'))]
    assert ">Education</text>" in svg
    assert ">Police</text>" in svg
    anchors = re.findall(r"#(e-[0-9a-f-]+)", svg)
    assert anchors
    assert all(f'id="{anchor}"' in page for anchor in anchors)


def test_filter_by_agency_and_kind_keeps_only_those(child: Person) -> None:
    page = page_of(LEAD, f"/children/{child.id}?agency=police")
    assert "1 entry that matches<" in page
    assert table(page).count("<tr") == 1
    assert table(page_of(LEAD, f"/children/{child.id}?kind=voice")).count("<tr") == 1
    assert table(page_of(LEAD, f"/children/{child.id}?kind=education.concern")).count("<tr") == 6


def test_filter_that_nothing_matches_says_so(child: Person) -> None:
    assert "No entry matches" in page_of(LEAD, f"/children/{child.id}?agency=police&kind=voice")


def test_as_known_then_shows_less_and_says_that_it_is_the_past(child: Person) -> None:
    page = page_of(LEAD, f"/children/{child.id}?on=2026-11-13")
    assert "You are looking at the past" in page
    assert "As known on 13 November 2026 to everyone, pooled" in " ".join(page.split())
    assert SAID[:5] not in table(page)
    assert (
        "Signs of neglect seen at school, again" not in page[page.index("What held then") : page.index("Timeline</h2>")]
    )


def test_as_known_to_one_agency_leaves_out_what_was_not_shared(child: Person) -> None:
    page = page_of(LEAD, f"/children/{child.id}?to=police")
    assert "through one agency" in page
    assert table(page).count("<tr") == 1


@pytest.mark.parametrize(("on", "said"), [("31/02/2026", "Enter a date"), ("2031-01-01", "an earlier one")])
def test_as_known_on_a_date_that_is_none_is_an_error_of_the_form(child: Person, on: str, said: str) -> None:
    assert said in page_of(LEAD, f"/children/{child.id}?on={on}", 422)


def test_strange_filters_and_pages_are_borne(child: Person) -> None:
    page_of(LEAD, f"/children/{child.id}?agency=x&kind=y&to=z&page=99999")
    page_of(LEAD, f"/children/{child.id}?page=%C2%B2")


def test_unmatched_entries_that_may_be_the_childs_are_said(child: Person) -> None:
    same = person("p1", given="Rob", family="Fictional", born=Partial.day(date(2018, 5, 10)))
    take_in(record("i1", entry("police.missing", 2, "p1"), people=[same]), agency="police", organisation="force-1")
    assert MatchProposal.objects.get().person_id == child.id
    assert "1 entry may belong to this child" in " ".join(page_of(LEAD, f"/children/{child.id}").split())


def test_every_view_is_on_record_with_its_ground(child: Person) -> None:
    page_of(LEAD, f"/children/{child.id}")
    page_of(LEAD, f"/children/{child.id}/indicators/school.neglect_log")
    assert AuditEvent.objects.filter(child=child.id, by=LEAD, act="child.viewed").count() == 2


def test_child_is_refused_alike_whether_unknown_or_not_ones_to_see(child: Person) -> None:
    refused = page_of(STAFF, f"/children/{child.id}", 403)
    assert "Robin" not in refused
    unknown = client_of(STRANGER).get(f"/children/{uuid4()}")
    assert unknown.status_code == 403
    assert AuditEvent.objects.filter(act="child.refused").count() == 1


def test_indicator_says_why_on_which_entries_and_where_its_numbers_come_from(child: Person) -> None:
    page = page_of(LEAD, f"/children/{child.id}/indicators/school.neglect_log")
    for said in (
        "Holds since",
        "The rule:",
        "What to ask next",
        "Its thresholds, and where each comes from",
        "Sources",
    ):
        assert said in page, said
    assert table(page).count("<tr") == 5


def test_the_number_of_entries_of_an_indicator_is_that_of_its_list(child: Person) -> None:
    page = page_of(LEAD, f"/children/{child.id}")
    for code, number in re.findall(r'href="[^"]*/indicators/([a-z_.]+)#entries">(\d+) entr', page):
        listed = page_of(LEAD, f"/children/{child.id}/indicators/{code}")
        assert f"{number} entr" in listed, code


def test_indicator_that_never_held_says_so(child: Person) -> None:
    page = page_of(LEAD, f"/children/{child.id}/indicators/asthma.reliever_overuse")
    assert "Does not hold, and never has" in page


def test_indicator_that_does_not_exist_is_not_found(child: Person) -> None:
    page_of(LEAD, f"/children/{child.id}/indicators/no.such", 404)
    page_of(LEAD, "/indicators/no.such", 404)


def test_catalogue_lists_every_indicator_with_a_page_of_its_own() -> None:
    page = page_of(LEAD, "/indicators")
    codes = re.findall(r'href="(/indicators/[a-z_.]+)"', page)
    assert len(codes) == len(set(codes)) >= 20
    for path in codes:
        page_of(LEAD, path)


def test_who_has_looked_is_for_managers_and_the_guardian(child: Person) -> None:
    page_of(FRONT_DOOR, f"/children/{child.id}")
    page = page_of(GUARDIAN, f"/children/{child.id}/looked")
    assert "Front door team manager" in page
    assert "Opened the record" in page
    assert client_of("school-nurse.school-1").get(f"/children/{child.id}/looked").status_code == 403


def test_no_name_or_number_of_the_child_is_in_an_address(child: Person) -> None:
    page = page_of(LEAD, f"/children/{child.id}")
    for href in re.findall(r'(?:href|action)="([^"]*)"', page):
        assert "Robin" not in href
        assert child.nhs_number not in href


def test_what_is_recorded_after_a_view_is_there_at_the_next(child: Person) -> None:
    client = client_of(LEAD)
    for number in range(3):
        page = client.get(f"/children/{child.id}").content.decode()
        assert table(page).count("<tr") == 9 + number
        late = entry("education.suspension", 1, "c1", attributes={"sessions": 2})
        take_in(record(f"late-{number}", late, people=[CHILD]), agency="education", organisation="school-1")


def test_thousands_of_entries_are_paged_and_the_pages_hold_them_all(child: Person) -> None:
    many = [
        record(f"x{n}", entry("social_care.visit", 30 + n, "c1", attributes={}), people=[CHILD]) for n in range(250)
    ]
    take_in(*many, agency="education", organisation="school-1")
    client = client_of(LEAD)
    pages = [client.get(f"/children/{child.id}?page={n}").content.decode() for n in (1, 2, 3)]
    assert [table(page).count("<tr") for page in pages] == [100, 100, 59]
    ids = [anchor for page in pages for anchor in re.findall(r'<tr[^>]* id="(e-[^"]+)"', table(page))]
    assert len(set(ids)) == 259
    linked = re.findall(r'href="\?page=3#(e-[^"]+)"', pages[0])
    assert linked
    assert all(f'id="{anchor}"' in pages[2] for anchor in linked)


def test_an_indicators_page_keeps_to_the_look_that_it_was_opened_from(child: Person) -> None:
    page = page_of(LEAD, f"/children/{child.id}?on=2026-11-20&to=education")
    href, number = re.findall(r'href="([^"]*/indicators/school.neglect_log[^"]*)#entries">(\d+) entr', page)[0]
    listed = page_of(LEAD, href.replace("&amp;", "&"))
    assert "You are looking at the past" in listed
    assert table(listed).count("<tr") == int(number)
    assert int(number) < 5

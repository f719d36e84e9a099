"""The page of a family and its places: the date, the picture said in words, and who may not see it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from support import families
from support.deliveries import NOW, days_ago
from support.pages import GUARDIAN, LEAD, STAFF, client_of, partnership

from nightlight.actions.seeing import relationships
from nightlight.store.people.models import Person, Practitioner
from nightlight.web.presenters import words
from nightlight.web.views import explain, network

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def child(monkeypatch: pytest.MonkeyPatch) -> Person:
    monkeypatch.setattr(network, "now", lambda: NOW + timedelta(hours=1))
    partnership()
    found = families.social_care()
    families.school_says_elsewhere()
    families.seen_by_the_police()
    relationships.begin(
        kind="given", child=found.id, person=LEAD, about="x", since=NOW, until=None,
        by=Practitioner.objects.get(username=GUARDIAN), now=NOW,
    )  # fmt: skip
    return found


def page(child: Person, query: str = "", username: str = LEAD) -> tuple[int, str]:
    response = client_of(username).get(f"/children/{child.id}/family{query}")
    return response.status_code, response.content.decode()


def test_page_says_what_does_not_fit_together(child: Person) -> None:
    status, text = page(child)
    assert status == 200
    assert "Agencies hold different addresses" in text
    assert "The child stays where no register says so" in text
    assert "Where the child stays, the police recorded" in text
    assert "alone" in text


def test_picture_is_said_in_words_and_has_attributes_only(child: Person) -> None:
    _, text = page(child)
    (drawn,) = re.findall(r'<svg class="nl-network".*?</svg>', text, re.S)
    label = re.search(r'aria-label="([^"]+)"', drawn)
    assert label is not None
    assert f"{families.HOME}, {families.AT}: Robin Fictional and Mara Ofm1" in label[1]
    assert "style" not in drawn
    assert "stroke-dasharray" in drawn


def test_date_chooses_what_is_shown(child: Person) -> None:
    _, then = page(child, f"?on={days_ago(200).date().isoformat()}")
    assert families.OLD in then
    assert families.HOME not in then
    said = words.day(days_ago(200).date())
    assert f"The family and its places on {said}" in then
    assert f"who lives or stays where on {said}" in then


@pytest.mark.parametrize("code", ["place.address_conflict", "place.frequent_moves", "place.not_on_record"])
def test_an_indicator_of_homes_lists_each_record_once_with_its_address(
    child: Person, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(explain, "now", lambda: NOW + timedelta(hours=1))
    text = client_of(LEAD).get(f"/children/{child.id}/indicators/{code}").content.decode()
    rows = re.findall(r'<tr class="govuk-table__row" id="e-([^"]+)".*?</tr>', text, re.S)
    assert len(rows) == len(set(rows)) > 0
    shown = re.findall(r"<strong>Housing: [^<]+</strong><br>([^<]+)", text)
    assert shown or code == "place.not_on_record"  # that rests on what the police wrote themselves
    assert all(families.AT in each or "Address not given" in each for each in shown)


@pytest.mark.parametrize("asked", ["soon", "2026-02-30", "2999-01-01"])
def test_wrong_date_says_how_to_mend_it(child: Person, asked: str) -> None:
    status, text = page(child, f"?on={asked}")
    assert status == 422
    assert "There is a problem" in text


def test_childs_page_leads_to_it_and_a_stranger_is_refused(child: Person) -> None:
    assert f"/children/{child.id}/family" in client_of(LEAD).get(f"/children/{child.id}").content.decode()
    assert page(child, username=STAFF)[0] == 403


def test_nobody_signed_out_sees_it(child: Person, client: Any) -> None:
    assert client.get(f"/children/{child.id}/family").status_code == 302

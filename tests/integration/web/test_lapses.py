"""What lapsed, where and why: counted from what the clocks did; each number opens its list, and names nobody."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest
from support.deliveries import NOW
from support.pages import (
    FRONT_DOOR,
    GUARDIAN,
    LEAD,
    MANAGER,
    STAFF,
    STRANGER,
    client_of,
    partnership,
    school_log,
    the_duty,
)

from nightlight.actions.duties.deeds import acknowledge
from nightlight.actions.watching.clockwork import turn_duties
from nightlight.store.audit.models import AuditEvent
from nightlight.store.people.models import Practitioner
from nightlight.web.views import duties, lapses

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(days=10)


@pytest.fixture(autouse=True)
def _ten_days_on(monkeypatch: pytest.MonkeyPatch) -> None:
    partnership()
    school_log()
    for module in (lapses, duties):
        monkeypatch.setattr(module, "now", lambda: LATER)


@pytest.fixture
def lapsed() -> None:
    """Its owner acknowledged it and decided nothing; the clock ran out, and it climbed."""
    acknowledge(by=Practitioner.objects.get(username=LEAD), duty_id=the_duty().duty_id, now=NOW + timedelta(hours=1))
    turn_duties(now=LATER)


def page_of(username: str, path: str) -> str:
    response = client_of(username).get(html.unescape(path))
    assert response.status_code == 200, path
    return response.content.decode()


@pytest.mark.usefixtures("lapsed")
def test_a_lapse_is_counted_by_where_whose_when_and_why() -> None:
    page = page_of(MANAGER, "/lapses")
    for said in (
        "November 2026", "Fictional School", "Designated safeguarding lead", "Somebody had it, and had not decided",
        "(response.concern)", "Still not answered", "Two days to a week",
    ):  # fmt: skip
        assert said in page, said


@pytest.mark.usefixtures("lapsed")
def test_the_counts_name_no_child() -> None:
    page = page_of(MANAGER, "/lapses")
    assert "Robin" not in page
    assert "NHS" not in page


@pytest.mark.usefixtures("lapsed")
def test_every_number_opens_a_list_of_so_many() -> None:
    page = page_of(MANAGER, "/lapses")
    numbers = re.findall(r'href="(/lapses/list[^"]*)">([\d,]+)<', page)
    assert len(numbers) == 2 + 7 * 2
    for address, number in numbers:
        listed = page_of(MANAGER, address)
        assert f">{number} lapse" in listed.replace(",", ""), address
        assert listed.count('class="govuk-table__row nl-duties__row--overdue"') == int(number)


@pytest.mark.usefixtures("lapsed")
def test_every_picture_stands_beside_a_table_and_says_itself_in_words() -> None:
    page = page_of(MANAGER, "/lapses")
    assert page.count("<svg ") - page.count('class="nl-header__mark"') == page.count("nl-lapses__table")
    assert "Somebody had it, and had not decided: 1</desc>" in page


@pytest.mark.usefixtures("lapsed")
def test_the_list_says_what_was_said_or_to_whom_it_climbed() -> None:
    listed = page_of(MANAGER, "/lapses/list")
    assert "it has climbed to the head teacher or line manager" in listed
    assert "Robin Fictional" in listed
    client_of(MANAGER).post(
        f"/duties/{the_duty().duty_id}/discharge", {"outcome": "support_given", "reason": "Breakfast club from today."}
    )
    listed = page_of(MANAGER, "/lapses/list?outcome=support_given")
    assert "Breakfast club from today." in listed
    assert ">1 lapse," in listed
    assert ">1 lapse," not in page_of(MANAGER, "/lapses/list?outcome=open")


@pytest.mark.usefixtures("lapsed")
def test_a_manager_sees_their_own_organisation_and_the_partnership_sees_all() -> None:
    assert "Fictional School" in page_of(FRONT_DOOR, "/lapses")
    assert "Fictional School" in page_of(GUARDIAN, "/lapses")
    assert "Nothing lapsed in this time" in page_of(STRANGER, "/lapses")
    assert client_of(STAFF).get("/lapses").status_code == 403
    assert client_of(STAFF).get("/lapses/list").status_code == 403


@pytest.mark.usefixtures("lapsed")
def test_looking_is_on_record() -> None:
    page_of(MANAGER, "/lapses")
    assert AuditEvent.objects.filter(by=MANAGER, act="lapses.viewed", at=LATER).exists()


@pytest.mark.usefixtures("lapsed")
def test_a_period_counts_only_what_ran_out_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lapses, "now", lambda: LATER + timedelta(days=60))
    assert "Nothing lapsed in this time" in page_of(MANAGER, "/lapses?period=30")
    assert "Fictional School" in page_of(MANAGER, "/lapses?period=90")
    assert "Fictional School" in page_of(MANAGER, "/lapses?period=all")


def test_what_nobody_had_acknowledged_is_said() -> None:
    turn_duties(now=LATER)
    assert "Its owner had not acknowledged it" in page_of(MANAGER, "/lapses")


def test_nothing_lapsed_is_said() -> None:
    assert "Nothing lapsed in this time" in page_of(MANAGER, "/lapses")


@pytest.mark.parametrize(
    "query", ["month=2026-13", "month=9999-1x", "stood=x", "late=soon", "outcome=%00", "page=x", "period=9"]
)
def test_an_address_that_makes_no_sense_lists_all(query: str) -> None:
    turn_duties(now=LATER)
    assert ">1 lapse," in page_of(MANAGER, f"/lapses/list?{query}")

"""A person's notices in the page: what they say, where they lead, and that seeing decides nothing."""

from __future__ import annotations

import pytest
from support.deliveries import NOW
from support.pages import LEAD, MANAGER, STAFF, client_of, partnership, school_log, the_duty

from nightlight.domain.delivery import State, Taken
from nightlight.domain.notices import Why
from nightlight.notify.wording import message
from nightlight.store.duties.models import DutyEvent, Notice
from nightlight.web.presenters import told

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _a_duty() -> None:
    partnership()
    school_log()


def page_of(username: str, path: str = "/notices") -> str:
    response = client_of(username).get(path)
    assert response.status_code == 200
    return response.content.decode()


def test_a_notice_leads_to_its_duty_and_names_no_child() -> None:
    page = page_of(LEAD)
    assert f'href="/duties/{the_duty().duty_id}">A duty is yours to answer' in page
    assert "<br>Signs of neglect<" in page  # what it asks, or ten notices would read alike
    assert "Robin" not in page
    assert ">New<" in page


def test_seeing_is_written_down_and_decides_nothing() -> None:
    assert '<a class="govuk-link govuk-!-font-weight-bold" href="/notices">1 new notice</a>' in page_of(LEAD, "/duties")
    events = DutyEvent.objects.count()
    page_of(LEAD)
    assert Notice.objects.get(person=LEAD).seen is not None
    assert (DutyEvent.objects.count(), the_duty().status) == (events, "open")
    assert ">New<" not in page_of(LEAD)
    assert "new notice" not in page_of(LEAD, "/duties")


def test_everybody_sees_their_own_only() -> None:
    assert "You have no notices." in page_of(MANAGER)
    assert "You have no notices." in page_of(STAFF)


def test_an_outcome_leads_whoever_raised_the_concern_to_it() -> None:
    concern = "3f0c2d52-1b07-4a55-9e4f-0a3d9c7d2d11"
    about, duty = f"concern:{concern}", the_duty().duty_id
    Notice.objects.create(key="k", why="outcome", person=STAFF, duty=duty, about=about, made=NOW, state="shown")
    assert f'href="/concerns/{concern}">What you recorded was answered' in page_of(STAFF)


@pytest.mark.parametrize(
    ("why", "about", "path"),
    [
        ("invited", "meeting:3f0c2d52-1b07-4a55-9e4f-0a3d9c7d2d11", "/meetings/3f0c2d52-1b07-4a55-9e4f-0a3d9c7d2d11"),
        ("asked", "plan:3f0c2d52-1b07-4a55-9e4f-0a3d9c7d2d11", "/plans/3f0c2d52-1b07-4a55-9e4f-0a3d9c7d2d11"),
        ("given", "given:3f0c2d52-1b07-4a55-9e4f-0a3d9c7d2d11",
         "/sharing/received/3f0c2d52-1b07-4a55-9e4f-0a3d9c7d2d11"),
        ("checkpoint", "checkpoint:line", "/access/unusual"),
    ],
)  # fmt: skip
def test_page_leads_where_the_message_does(why: str, about: str, path: str) -> None:
    row = Notice.objects.create(key="k", why=why, person=STAFF, about=about, made=NOW, state="waiting", channel="email")
    assert f'href="{path}">{told.to_me(why, about)}' in page_of(STAFF)
    taken = Taken(
        id=str(row.id), why=why, person=STAFF, duty="", about=about, fast=False, made=NOW, state=State.WAITING,
        channel="email", tries=1, provider_id="", contacts={},
    )  # fmt: skip
    assert message(taken, "a@hub.example", "https://hub.example").link == f"https://hub.example{path}"


@pytest.mark.parametrize("why", list(Why))
def test_every_reason_to_be_told_has_words(why: Why) -> None:
    assert told.to_me(why, "") not in (why, why.capitalize())

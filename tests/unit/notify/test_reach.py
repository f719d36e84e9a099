"""All channels together, and the words: nothing of a child in any of them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from nightlight.domain.delivery import NotSent, Sent, State, StillOnItsWay, Taken
from nightlight.domain.notices import Why
from nightlight.notify.reach import Reach
from nightlight.notify.wording import message


def taken(**changes):
    given = {
        "id": "n1", "why": "digest", "person": "lead", "duty": "", "about": "notes:14", "fast": False,
        "made": datetime(2026, 11, 23, 9, tzinfo=UTC), "state": State.WAITING, "channel": "email", "tries": 1,
        "provider_id": "", "contacts": {"email": "a@b.example"},
    }  # fmt: skip
    return Taken(**given | changes)


class Broken:
    def send(self, message):
        raise RuntimeError("a@b.example")

    def ask(self, provider_id):
        raise RuntimeError


class Busy:
    def send(self, message):
        return Sent("p")

    def ask(self, provider_id):
        return NotSent("govuk-503", passing=True)


def test_channel_that_is_not_set_up_is_passed_over_for_the_next():
    assert Reach("https://hub.example").send(taken()) == NotSent("channel-not-set-up", passing=False)


def test_person_without_an_address_for_it_is_passed_over():
    assert Reach("https://h", {"email": Busy()}).send(taken(contacts={})) == NotSent("no-address", passing=False)


def test_error_in_a_channel_is_an_outcome_without_an_address():
    assert Reach("https://h", {"email": Broken()}).send(taken()) == NotSent("error-RuntimeError", passing=True)


@pytest.mark.parametrize("channels", [{}, {"email": Broken()}, {"email": Busy()}])
def test_not_to_be_told_now_is_no_failure(channels):
    assert Reach("https://h", channels).ask(taken(state=State.SENT)) == StillOnItsWay()


@pytest.mark.parametrize(
    ("changes", "link"),
    [
        ({}, "https://h/duties"),
        ({"duty": "d1"}, "https://h/duties/d1"),
        ({"duty": "d1", "about": "concern:c9", "why": "outcome"}, "https://h/concerns/c9"),
        ({"why": "late", "about": "minutes:130"}, "https://h/health"),
    ],
)
def test_link_leads_to_what_it_tells_of(changes, link):
    assert message(taken(**changes), "a@b.example", "https://h/").link == link


def test_what_a_notice_counts_is_said_and_a_fast_one_is_urgent():
    assert "Notes that began: 14." in message(taken(), "a", "https://h").text
    assert message(taken(fast=True), "a", "https://h").subject.startswith("Urgent: ")
    assert "Emergency duty team" in message(taken(why="nobody", about="role:emergency_duty_team"), "a", "h").text


def test_no_two_reasons_share_their_words():
    assert len({message(taken(why=why.value), "a", "h").subject for why in Why}) == len(Why)

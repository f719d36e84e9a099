"""The banner on every page while the clocks do not run, or are behind."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from support.pages import LEAD, client_of, partnership, school_log

from nightlight.actions.watching.clockwork import beat, end
from nightlight.store.duties.models import DutyNow
from nightlight.web import clocks

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _asked_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clocks, "KEPT_FOR", timedelta(0))
    monkeypatch.setattr(clocks, "now", lambda: AT)
    partnership()


def home(path: str = "/duties") -> str:
    return client_of(LEAD).get(path).content.decode()


def test_a_page_says_that_no_worker_ever_ran() -> None:
    assert "The clocks stand still: no worker is running." in home()
    assert "The clocks stand still" in home("/concerns")


def test_a_page_says_since_when_the_worker_is_silent() -> None:
    beat(worker="one", part="clocks", now=AT - timedelta(minutes=20))
    assert "no worker is running, and the last was seen 20 minutes ago" in home()


def test_a_running_worker_needs_no_banner() -> None:
    beat(worker="one", part="clocks", now=AT - timedelta(seconds=15))
    assert "The clocks" not in home()


def test_a_worker_that_stopped_with_a_word_is_not_running_either() -> None:
    beat(worker="one", part="clocks", now=AT - timedelta(seconds=15))
    end(worker="one", now=AT)
    assert "The clocks stand still" in home()


def test_a_page_says_how_far_behind_the_clocks_are() -> None:
    school_log()
    DutyNow.objects.update(next_edge=AT - timedelta(hours=3))
    beat(worker="one", part="clocks", now=AT)
    assert "The clocks are behind, by 3 hours." in home()


def test_it_is_asked_of_the_database_once_in_a_few_seconds(
    monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: object
) -> None:
    monkeypatch.setattr(clocks, "KEPT_FOR", timedelta(seconds=5))
    monkeypatch.setattr(clocks, "_kept", [])
    first = clocks.standing_lately()
    with django_assert_num_queries(0):
        assert clocks.standing_lately() is first
    monkeypatch.setattr(clocks, "now", lambda: AT + timedelta(seconds=6))
    assert clocks.standing_lately() is not first


def test_who_is_not_signed_in_is_told_nothing_of_it(client: object) -> None:
    assert "The clocks" not in client.get("/sign-in").content.decode()

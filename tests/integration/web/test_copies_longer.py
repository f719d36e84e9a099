"""More time for a copy: once, told in time and why; the duty goes on with the later date."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, transaction
from support.deliveries import NOW
from support.pages import GUARDIAN, LEAD, client_of, partnership, school_log

from nightlight.actions.oversight import copies as subject_access
from nightlight.store.audit.models import AuditEvent
from nightlight.store.duties.models import DutyNow
from nightlight.store.oversight.models import SubjectLonger, SubjectRequest
from nightlight.store.people.models import Practitioner
from nightlight.web.views import subject_time

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=3)
WHY = "Six years of records of four agencies"


@pytest.fixture
def row(monkeypatch: pytest.MonkeyPatch) -> SubjectRequest:
    at(monkeypatch, days=3)
    partnership()
    who = Practitioner.objects.select_related("organisation").get(username=GUARDIAN)
    return subject_access.ask(by=who, subject=school_log().id, asked_by="Robin, seen", received=NOW, now=NOW)


def at(monkeypatch: pytest.MonkeyPatch, *, days: int) -> None:
    monkeypatch.setattr(subject_time, "now", lambda: NOW + timedelta(days=days))


def asks(row: SubjectRequest, who: str = GUARDIAN, why: str = WHY, told: str = "2026-11-23") -> Any:
    return client_of(who).post(f"/access/copies/{row.id}/longer", {"why": why, "told_on": told})


def open_duties(request: UUID) -> list[DutyNow]:
    return list(DutyNow.objects.filter(question=f"subject:{request}").exclude(status="discharged"))


def test_two_more_months_are_taken_with_their_reason(row: SubjectRequest) -> None:
    first = row.due
    assert asks(row).status_code == 302
    row.refresh_from_db()
    longer = SubjectLonger.objects.get()
    assert (longer.first_due, longer.due, longer.why, longer.by) == (first, row.due, WHY, GUARDIAN)
    assert (row.due.year, row.due.month, row.due.day) == (first.year + 1, first.month - 10, first.day)
    (duty,) = open_duties(row.id)
    assert (duty.due, duty.owner) == (row.due, GUARDIAN)
    assert (longer.rule, longer.rule_version) == ("SUBJECT-COPY-LONGER", 1)
    audited = AuditEvent.objects.get(act="subject.longer")
    assert (audited.child, audited.by, audited.reason) == (row.child, GUARDIAN, "")
    page = client_of(GUARDIAN).get(f"/access/copies/{row.id}/longer").content.decode()
    assert WHY in page
    assert 'name="why"' not in page
    assert WHY not in str(list(AuditEvent.objects.values_list("detail", "reason")))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"why": " "}, "Say why more time is needed"),
        ({"told": ""}, "Enter a date"),
        ({"told": "2026-11-01"}, "from the day on which it was received"),
        ({"told": "2027-01-30"}, "from the day on which it was received"),
    ],
)
def test_what_is_left_out_takes_no_more_time(row: SubjectRequest, wrong: dict[str, str], said: str) -> None:
    answer = asks(row, **wrong)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not SubjectLonger.objects.exists()
    assert len(open_duties(row.id)) == 1


def test_it_is_taken_once(row: SubjectRequest) -> None:
    asks(row)
    due = SubjectRequest.objects.get().due
    assert "It is taken once" in asks(row).content.decode()
    assert SubjectRequest.objects.get().due == due
    assert SubjectLonger.objects.count() == 1


def test_whoever_was_told_too_late_is_answered_late(row: SubjectRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, days=40)
    told = f"{NOW + timedelta(days=39):%Y-%m-%d}"
    assert "before the first month is over" in asks(row, told=told).content.decode()
    assert asks(row, told="2026-11-25").status_code == 302, "told in time, and put on record later"


def test_an_answered_request_takes_none(row: SubjectRequest) -> None:
    SubjectRequest.objects.update(closed=LATER)
    assert "This request is answered" in asks(row).content.decode()


def test_it_is_the_guardians_alone_and_only_added(row: SubjectRequest) -> None:
    assert asks(row, who=LEAD).status_code in (403, 404)
    assert not SubjectLonger.objects.exists()
    asks(row)
    with pytest.raises(DatabaseError), transaction.atomic():
        SubjectLonger.objects.update(due=LATER)

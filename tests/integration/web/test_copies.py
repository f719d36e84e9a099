"""A copy of what is held: asked for, decided field by field, previewed, made exactly so, taken out; each on record."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from support.deliveries import NOW
from support.pages import GUARDIAN, LEAD, SAID, client_of, more_of_the_story, partnership, school_log

from nightlight.actions.oversight import copies as subject_access
from nightlight.actions.seeing import compartments
from nightlight.actions.seeing.access import Refused
from nightlight.cli import main as cli
from nightlight.domain.subject_access import Choice, Mark
from nightlight.store.audit.models import AuditEvent
from nightlight.store.chronology.models import EntryRow
from nightlight.store.duties.models import DutyNow
from nightlight.store.oversight.models import SubjectChoice, SubjectCopy, SubjectRequest
from nightlight.store.people.models import Person, Practitioner
from nightlight.web.views import subject

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=2)


@pytest.fixture
def robin(monkeypatch: pytest.MonkeyPatch) -> Person:
    monkeypatch.setattr(subject, "now", lambda: LATER)
    partnership()
    child = school_log()
    more_of_the_story()
    return child


def guardian() -> Practitioner:
    return Practitioner.objects.select_related("organisation").get(username=GUARDIAN)


def asked(subject_id: UUID) -> SubjectRequest:
    return subject_access.ask(
        by=guardian(), subject=subject_id, asked_by="Robin, seen in person", received=NOW, now=LATER
    )


def decide_all(request: SubjectRequest, *, give: bool) -> None:
    work = subject_access.working(by=guardian(), request=request.id, now=LATER)
    choices = {each.id: Choice(give=give, why="" if give else "Another person's") for each in work.open}
    subject_access.decide(by=guardian(), request=request.id, choices=choices, now=LATER)


def digest_of(page: str) -> str:
    return re.findall(r'name="digest" value="(\w+)"', page)[0]


def test_a_request_has_a_month_and_a_duty_of_no_child(robin: Person) -> None:
    form = {"subject": str(robin.id), "asked_by": "Robin, seen in person", "received_on": "2026-11-20"}
    assert client_of(GUARDIAN).post("/access/copies", form).status_code == 302
    row = SubjectRequest.objects.get()
    assert f"{row.due:%Y-%m-%d}" == "2026-12-20"
    assert (row.rule, row.rule_version) == ("SUBJECT-COPY", 1)
    duty = DutyNow.objects.get(question=f"subject:{row.id}")
    assert (duty.owner, duty.child, duty.due) == (GUARDIAN, None, row.due)
    assert AuditEvent.objects.get(act="subject.asked").child == robin.id


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"subject": "x"}, "Enter the id"),
        ({"asked_by": " "}, "Say who asked"),
        ({"received_on": "2026-11-25"}, "not one that is still to come"),
        ({"received_on": "soon"}, "Enter a date"),
    ],
)
def test_a_request_that_leaves_something_out_is_none(robin: Person, wrong: dict[str, str], said: str) -> None:
    form = {"subject": str(robin.id), "asked_by": "Robin", "received_on": "2026-11-20", **wrong}
    answer = client_of(GUARDIAN).post("/access/copies", form)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not SubjectRequest.objects.exists()


def test_from_marks_to_a_copy_that_is_what_was_previewed(robin: Person) -> None:
    row, browser = asked(robin.id), client_of(GUARDIAN)
    page = browser.get(f"/access/copies/{row.id}").content.decode()
    assert "Somebody else&#39;s" in page
    assert "May cause serious harm" in page
    early = browser.get(f"/access/copies/{row.id}/preview").content.decode()
    refused = browser.post(f"/access/copies/{row.id}/preview", {"digest": digest_of(early)})
    assert refused.status_code == 422
    assert "Decide about every field" in refused.content.decode()
    fields = re.findall(r'type="hidden" name="field" value="([^"]+)"', page)
    given = re.findall(r'name="give" value="([^"]+)" checked', page)
    assert (
        browser.post(f"/access/copies/{row.id}", {"field": fields, "give": given, "why": "Others"}).status_code == 302
    )
    preview = browser.get(f"/access/copies/{row.id}/preview").content.decode()
    assert "Note number 1." in preview
    assert "want" not in preview  # the child's own words wait for a decision to give them
    assert "Mara" not in preview
    assert "[left out]" in preview
    assert browser.post(f"/access/copies/{row.id}/preview", {"digest": digest_of(preview)}).status_code == 302
    copy = SubjectCopy.objects.get()
    assert copy.given + copy.withheld == len(fields)
    for form, start in (("pdf", b"%PDF-"), ("html", b"<!DOCTYPE html>"), ("json", b"{")):
        answer = browser.get(f"/access/copies/made/{copy.id}?form={form}")
        assert answer["Content-Disposition"].startswith("attachment")
        assert answer.content.startswith(start)
    assert json.loads(answer.content) == json.loads(bytes(copy.content))
    acts = list(AuditEvent.objects.filter(act__startswith="subject.").order_by("id").values_list("act", flat=True))
    assert acts[-4:] == ["subject.made", *["subject.exported"] * 3]
    assert DutyNow.objects.get(question=f"subject:{row.id}").status == "discharged"


def test_a_field_given_on_purpose_is_in_it(robin: Person) -> None:
    row = asked(robin.id)
    decide_all(row, give=True)
    work = subject_access.working(by=guardian(), request=row.id, now=LATER)
    assert SAID in subject_access.content_of(work, LATER).decode()


def test_each_decision_is_kept_and_the_newest_counts(robin: Person) -> None:
    row = asked(robin.id)
    decide_all(row, give=False)
    field = SubjectChoice.objects.first().field
    subject_access.decide(by=guardian(), request=row.id, choices={field: Choice(give=True)}, now=LATER)
    again = subject_access.decide(by=guardian(), request=row.id, choices={field: Choice(give=True)}, now=LATER)
    assert again == 0
    work = subject_access.working(by=guardian(), request=row.id, now=LATER)
    assert work.choices[field].give
    assert SubjectChoice.objects.filter(field=field).count() == 2
    assert AuditEvent.objects.filter(act="subject.decided").last().detail == {"given": [field], "left": []}
    with pytest.raises(subject_access.NotMade, match="has changed"):
        subject_access.decide(by=guardian(), request=row.id, choices={"entry:none:text": Choice(give=True)}, now=LATER)


def test_a_preview_that_is_not_what_would_go_is_shown_again(robin: Person) -> None:
    row = asked(robin.id)
    decide_all(row, give=False)
    work = subject_access.working(by=guardian(), request=row.id, now=LATER)
    digest = subject_access.digest_of(subject_access.content_of(work, LATER))
    given = {each.id: Choice(give=True) for part in work.parts for each in part.fields if each.mark is Mark.HARM}
    subject_access.decide(by=guardian(), request=row.id, choices=given, now=LATER)
    with pytest.raises(subject_access.NotMade, match="has changed since this preview"):
        subject_access.make(by=guardian(), request=row.id, digest=digest, now=LATER)


def test_what_is_sealed_from_the_guardian_is_not_in_it(robin: Person) -> None:
    entry = EntryRow.objects.filter(kind="education.concern").first()
    box = compartments.open_compartment(by=guardian(), kind="police", reason="an inquiry", members=[LEAD], now=NOW)
    compartments.seal(by=guardian(), compartment=box.id, what="entry", item=entry.id, reason="an inquiry", now=NOW)
    row = asked(robin.id)
    parts = subject_access.working(by=guardian(), request=row.id, now=LATER).parts
    assert str(entry.id) not in str(parts)
    compartments.seal(by=guardian(), compartment=box.id, what="child", item=robin.id, reason="an inquiry", now=NOW)
    assert subject_access.requests(by=guardian(), now=LATER) == []
    with pytest.raises(Refused):
        subject_access.working(by=guardian(), request=row.id, now=LATER)


def test_an_adults_copy_holds_their_own_and_marks_the_childs(robin: Person) -> None:
    mother = Person.objects.get(is_child=False)
    row = asked(mother.id)
    work = subject_access.working(by=guardian(), request=row.id, now=LATER)
    fields = {each.value: each.mark for part in work.parts for each in part.fields}
    assert fields["threats"] is Mark.THEIRS
    assert fields["Robin Fictional"] is Mark.THIRD_PARTY
    assert SAID not in fields


def test_nobody_but_the_guardian_reaches_any_of_it(robin: Person) -> None:
    row, lead = asked(robin.id), client_of(LEAD)
    for address in ("/access/copies", f"/access/copies/{row.id}", f"/access/copies/{row.id}/preview"):
        assert lead.get(address).status_code == 403
        assert lead.post(address).status_code == 403
    assert lead.get(f"/access/copies/made/{uuid4()}").status_code == 403


def test_a_request_is_closed_with_its_reason(robin: Person) -> None:
    row, browser = asked(robin.id), client_of(GUARDIAN)
    assert browser.post(f"/access/copies/{row.id}/close", {"reason": " "}).status_code == 422
    assert browser.post(f"/access/copies/{row.id}/close", {"reason": "Withdrawn"}).status_code == 302
    assert AuditEvent.objects.get(act="subject.closed").reason == "Withdrawn"
    assert DutyNow.objects.get(question=f"subject:{row.id}").status == "discharged"


def test_a_command_lists_without_names_and_takes_out_what_was_made(
    robin: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("nightlight.config.boot.boot", lambda **_: None)
    row, out = asked(robin.id), tmp_path / "copy.json"
    take: list[Any] = ["copies", "take", str(row.id), "--out", str(out)]
    assert cli.main(take) == cli.INPUT.code
    assert "no copy was made" in capsys.readouterr().err
    decide_all(row, give=False)
    work = subject_access.working(by=guardian(), request=row.id, now=LATER)
    digest = subject_access.digest_of(subject_access.content_of(work, LATER))
    subject_access.make(by=guardian(), request=row.id, digest=digest, now=LATER)
    assert cli.main(take) == 0
    assert json.loads(out.read_text("utf-8"))["copy_of_what_is_held_on"] == "Robin Fictional"
    assert out.stat().st_mode & 0o777 == 0o600
    assert cli.main(take) == cli.INPUT.code
    assert cli.main(["copies", "list"]) == 0
    said = capsys.readouterr().out
    assert f"{row.id}\treceived 2026-11-23" in said
    assert "Robin" not in said

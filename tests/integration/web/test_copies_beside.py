"""A copy holds what is held beside entries: files that came with concerns, and records as they were sent."""

from __future__ import annotations

import io
import json
import re
import zipfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from support.deliveries import NHS_TWO, NOW, entry, person, record, take_in
from support.pages import CHILD, GUARDIAN, LEAD, STAFF, client_of, partnership, school_log

from nightlight.actions.concerns import attachments, concerns, drafts
from nightlight.actions.oversight import copies
from nightlight.actions.seeing import compartments
from nightlight.cli import main as cli
from nightlight.domain.records import PersonRecord
from nightlight.domain.subject_access import LEFT_OUT, Choice, Field, Mark
from nightlight.store.audit.models import AuditEvent
from nightlight.store.chronology.models import EntryRow
from nightlight.store.intake.models import Attachment
from nightlight.store.oversight.models import SubjectCopy, SubjectRequest
from nightlight.store.people.models import Person, Practitioner
from nightlight.web.views import subject

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=2)
PHOTO, NOTE = b"\xff\xd8\xff\xe0" + b"0" * 40, b"Drawn by Robin in the first lesson."


@pytest.fixture
def robin(monkeypatch: pytest.MonkeyPatch) -> Person:
    """A child about whom a concern was raised, with a photograph and a text."""
    monkeypatch.setattr(subject, "now", lambda: LATER)
    partnership()
    child = school_log(2)
    by = Practitioner.objects.select_related("organisation").get(username=STAFF)
    draft = drafts.start(by=by, danger="no", now=NOW)
    for minute, name, content in ((0, "IMG 1.exe", PHOTO), (1, "Drawing of home.txt", NOTE)):
        assert attachments.attach(draft, name=name, content=content, now=NOW + timedelta(minutes=minute)) is None
    said = {"danger": "no", "what": "Came in without a coat.", "child": str(child.id)}
    draft = drafts.save(by=by, draft=draft.id, version=0, content=said, now=NOW).draft
    concerns.raise_concern(by=by, draft=draft.id, now=NOW)
    return child


def guardian() -> Practitioner:
    return Practitioner.objects.select_related("organisation").get(username=GUARDIAN)


def asked(child: Person) -> SubjectRequest:
    return copies.ask(by=guardian(), subject=child.id, asked_by="Robin", received=NOW, now=LATER)


def working(row: SubjectRequest) -> copies.Working:
    return copies.working(by=guardian(), request=row.id, now=LATER)


def fields_of(row: SubjectRequest, under: str) -> list[Field]:
    return [field for part in working(row).parts if part.under == under for field in part.fields]


def files_of(row: SubjectRequest) -> list[Field]:
    return fields_of(row, "Photographs, recordings and documents")


def decide(row: SubjectRequest, *given: str) -> None:
    choices = {
        each.id: Choice(give=each.id in given, why="" if each.id in given else "Another's")
        for each in working(row).open
    }
    copies.decide(by=guardian(), request=row.id, choices=choices, now=LATER)


def made(row: SubjectRequest) -> SubjectCopy:
    digest = copies.digest_of(copies.content_of(working(row), LATER))
    return copies.make(by=guardian(), request=row.id, digest=digest, now=LATER)


def test_each_file_is_listed_and_waits_for_a_decision(robin: Person) -> None:
    row = asked(robin)
    photo, note = files_of(row)
    assert (photo.value, note.value) == (
        "files/1-IMG-1.jpg, added on 23 November 2026",
        "files/2-Drawing-of-home.txt, added on 23 November 2026",
    )
    assert {photo, note} <= set(working(row).open)


def test_a_file_is_looked_at_from_the_page_and_the_look_is_on_record(robin: Person) -> None:
    row, browser = asked(robin), client_of(GUARDIAN)
    page = browser.get(f"/access/copies/{row.id}").content.decode()
    (first, _) = re.findall(rf'href="(/access/copies/{row.id}/files/[^"]+)"', page)
    answer = browser.get(first)
    assert (answer.content, "sandbox" in answer["Content-Security-Policy"]) == (PHOTO, True)
    assert AuditEvent.objects.filter(act="attachment.viewed", by=GUARDIAN, child=robin.id).count() == 1
    assert client_of(LEAD).get(first).status_code == 403


def test_a_file_of_another_is_not_reached_by_a_request(robin: Person) -> None:
    assert robin
    row = asked(other_child())
    file = Attachment.objects.first()
    assert client_of(GUARDIAN).get(f"/access/copies/{row.id}/files/{file.id}").status_code in (403, 404)


def other_child() -> Person:
    take_in(
        record("o", entry("education.enrolment", 9, "c2"), people=[person("c2", given="Other", nhs_number=NHS_TWO)])
    )
    return Person.objects.get(nhs_number=NHS_TWO)


def test_a_copy_goes_with_the_files_that_were_given_and_no_other(robin: Person) -> None:
    row = asked(robin)
    _, note = files_of(row)
    decide(row, note.id)
    copy = made(row)
    answer = client_of(GUARDIAN).get(f"/access/copies/made/{copy.id}?form=zip")
    assert answer["Content-Type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as whole:
        assert whole.testzip() is None
        assert sorted(whole.namelist()) == [
            "files/2-Drawing-of-home.txt", "what-is-held.html", "what-is-held.json", "what-is-held.pdf",
        ]  # fmt: skip
        assert whole.read("files/2-Drawing-of-home.txt") == NOTE
        said = json.loads(whole.read("what-is-held.json"))
        assert note.value in whole.read("what-is-held.html").decode()
    assert [each["path"] for each in said["files"]] == ["files/2-Drawing-of-home.txt"]
    (part,) = [each for each in said["parts"] if each["under"].startswith("Photographs")]
    assert part["fields"] == [["photograph or picture 1", LEFT_OUT], ["document 2", note.value]]


def test_a_command_takes_out_everything_in_one_file(
    robin: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nightlight.config.boot.boot", lambda **_: None)
    row, out = asked(robin), tmp_path / "copy.zip"
    decide(row, *[each.id for each in files_of(row)])
    made(row)
    assert cli.main(["copies", "take", str(row.id), "--out", str(out)]) == 0
    with zipfile.ZipFile(out) as whole:
        assert whole.read("files/1-IMG-1.jpg") == PHOTO
    assert out.stat().st_mode & 0o777 == 0o600


def test_what_is_left_out_needs_its_ground(robin: Person) -> None:
    row = asked(robin)
    photo, _ = files_of(row)
    with pytest.raises(copies.NotMade, match="on what ground"):
        copies.decide(by=guardian(), request=row.id, choices={photo.id: Choice(give=False)}, now=LATER)
    refused = client_of(GUARDIAN).post(f"/access/copies/{row.id}", {"field": [photo.id], "why": " "})
    assert refused.status_code == 422
    copies.decide(by=guardian(), request=row.id, choices={photo.id: Choice(give=False, why="Shows others")}, now=LATER)
    again = copies.decide(by=guardian(), request=row.id, choices={photo.id: Choice(give=False)}, now=LATER)
    assert again == 0


def test_files_of_a_concern_that_is_sealed_from_the_guardian_are_not_in_it(robin: Person) -> None:
    row = asked(robin)
    box = compartments.open_compartment(by=guardian(), kind="police", reason="an inquiry", members=[LEAD], now=NOW)
    one = EntryRow.objects.get(kind="education.concern", system="nightlight:school-1")
    compartments.seal(by=guardian(), compartment=box.id, what="entry", item=one.id, reason="an inquiry", now=NOW)
    assert files_of(row) == []
    file = Attachment.objects.first()
    assert client_of(GUARDIAN).get(f"/access/copies/{row.id}/files/{file.id}").status_code in (403, 404)


def sent(id_: str, said: dict[str, Any], *people: PersonRecord) -> None:
    """A record about these people as its sender wrote it, of which the entry holds the category alone."""
    about = [each.source_id for each in people]
    noted = entry("education.concern", 2, *about, attributes={"category": "hunger"})
    raw = json.dumps(said).encode()
    take_in(replace(record(id_, noted, people=people), raw=raw), agency="education", organisation="school-1")


def test_what_a_record_says_beyond_its_entries_is_in_it_with_its_marks(robin: Person) -> None:
    note = "His uncle came to the gate on Monday and again on the day after."
    sent("r1", {"pupil": {"name": "Robin", "house": "Red", "room": None}, "category": "hunger", "note": note}, CHILD)
    fields = {each.label: (each.value, each.mark) for each in fields_of(asked(robin), "As it was sent")}
    assert fields["pupil, house"] == ("Red", Mark.THEIRS)
    assert fields["note"] == (note, Mark.THIRD_PARTY)
    assert not {"pupil, name", "pupil, room", "category"} & fields.keys()


def test_a_record_about_others_too_is_marked_as_theirs(robin: Person) -> None:
    sent("r2", {"category": "hunger", "seat": "12B"}, CHILD, person("c2", given="Other", nhs_number=NHS_TWO))
    (seat,) = [each for each in fields_of(asked(robin), "As it was sent") if each.label == "seat"]
    assert (seat.value, seat.mark) == ("12B", Mark.THIRD_PARTY)


def test_a_record_of_which_something_is_sealed_from_the_guardian_is_not_in_it(robin: Person) -> None:
    sent("r3", {"category": "hunger", "seat": "12B"}, CHILD)
    row = asked(robin)
    assert "12B" in str(working(row).parts)
    box = compartments.open_compartment(by=guardian(), kind="police", reason="an inquiry", members=[LEAD], now=NOW)
    one = EntryRow.objects.get(record_id="r3")
    compartments.seal(by=guardian(), compartment=box.id, what="entry", item=one.id, reason="an inquiry", now=NOW)
    assert "12B" not in str(working(row).parts)


def test_a_page_shows_only_what_waits_for_a_decision(robin: Person) -> None:
    row, browser = asked(robin), client_of(GUARDIAN)
    fields = [each.id for each in working(row).open]
    page = browser.get(f"/access/copies/{row.id}?show=open").content.decode()
    assert all(f'value="{each}"' in page for each in fields)
    assert "How you are described" not in page
    form = {"field": fields, "give": fields}
    assert browser.post(f"/access/copies/{row.id}?show=open", form)["Location"].endswith("?page=1&show=open")
    assert "Everything is decided." in browser.get(f"/access/copies/{row.id}?show=open").content.decode()

"""Unusual looks shown to the guardian and answered; one's own access; who has looked, for whom the record is about."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction
from django.db.utils import ProgrammingError
from django.test import Client
from support.deliveries import NOW
from support.pages import GUARDIAN, LEAD, STAFF, client_of, partnership, school_log

from nightlight.actions.oversight import lookers, unusual
from nightlight.actions.seeing.access import Refused
from nightlight.actions.trail import audit
from nightlight.cli import main as cli
from nightlight.store.access import wall
from nightlight.store.audit.models import AuditEvent
from nightlight.store.duties.models import DutyNow
from nightlight.store.oversight.models import Near, Unusual, UnusualDeed
from nightlight.store.people.models import Person, Practitioner
from nightlight.web.views import audit as audit_view
from nightlight.web.views import child, oversight

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=2)


@pytest.fixture
def robin(monkeypatch: pytest.MonkeyPatch) -> Person:
    for module in (oversight, child, audit_view):
        monkeypatch.setattr(module, "now", lambda: LATER)
    partnership()
    return school_log()


def by(username: str) -> Practitioner:
    return Practitioner.objects.select_related("organisation").get(username=username)


def looked(username: str, child: UUID, *, at: Any = NOW, act: str = "child.viewed", about: str = "") -> AuditEvent:
    row = audit.row(at=at, by=by(username), act=act, child=child, about=about)
    row.save(force_insert=True)
    return row


def own_family(robin: Person) -> AuditEvent:
    """The lead of the school looks at a child who has the same family name."""
    Practitioner.objects.filter(username=LEAD).update(name="Ada Fictional")
    line = looked(LEAD, robin.id)
    assert unusual.turn(now=LATER) == 1
    return line


def test_own_family_is_found_once_and_written_into_the_log_with_its_lines(robin: Person) -> None:
    line = own_family(robin)
    row = Unusual.objects.get()
    assert (row.person, row.child, row.lines) == (LEAD, robin.id, [line.id])
    assert unusual.turn(now=LATER) == 0
    again = looked(LEAD, robin.id, at=NOW + timedelta(minutes=5))
    assert unusual.turn(now=LATER) == 0
    row.refresh_from_db()
    assert row.lines == [line.id, again.id]
    assert "twice" in row.sentence
    said = AuditEvent.objects.filter(act="unusual.found").order_by("id")
    assert [each.detail["lines"] for each in said] == [[line.id], [line.id, again.id]]
    assert all(each.child is None for each in said)


def test_the_guardian_is_owed_a_duty_that_names_no_child_and_ends_with_the_last_answer(robin: Person) -> None:
    own_family(robin)
    looked(STAFF, robin.id, act="glass.broken")
    assert unusual.turn(now=LATER) == 1
    duty = DutyNow.objects.get(question__startswith="unusual:")
    assert (duty.owner, duty.child, duty.role) == (GUARDIAN, None, "caldicott_guardian")
    finding = Unusual.objects.get(what="family").id
    unusual.did(by=by(GUARDIAN), finding=finding, deed="asked", words="Asked her by telephone.", now=LATER)
    duty.refresh_from_db()
    assert duty.status != "discharged"
    unusual.did(by=by(GUARDIAN), finding=finding, deed="explained", words="Not related.", now=LATER)
    duty.refresh_from_db()
    assert duty.status == "discharged"
    assert Unusual.objects.get(what="glass").settled is None  # it has a review of its own


def test_the_page_shows_each_with_its_lines_and_takes_what_was_done(robin: Person) -> None:
    line = own_family(robin)
    guardian = client_of(GUARDIAN)
    page = guardian.get("/access/unusual").content.decode()
    assert "Ada Fictional" in page
    assert "with the same family name" in page
    assert "Robin" not in page
    finding = Unusual.objects.get().id
    one = guardian.get(f"/access/unusual/{finding}").content.decode()
    assert f">{line.id}<" in one
    assert f"/children/{robin.id}/looked" in one
    wrong = guardian.post(f"/access/unusual/{finding}", {"deed": "explained", "words": " "})
    assert wrong.status_code == 422
    assert "Choose what you did" in wrong.content.decode()
    assert guardian.post(f"/access/unusual/{finding}", {"deed": "referred", "words": "To her head."}).status_code == 302
    assert "There is nothing to ask about" in guardian.get("/access/unusual").content.decode()
    assert "To her head." in guardian.get(f"/access/unusual/{finding}").content.decode()
    deed = AuditEvent.objects.get(act="unusual.answered")
    assert (deed.by, deed.reason, deed.detail) == (GUARDIAN, "To her head.", {"did": "referred"})


def test_nobody_but_the_guardian_sees_it_or_learns_that_it_is_there(robin: Person) -> None:
    own_family(robin)
    lead = client_of(LEAD)
    finding = Unusual.objects.get().id
    there, nothing = (lead.get(f"/access/unusual/{id_}") for id_ in (finding, uuid4()))
    assert there.status_code == nothing.status_code == 403
    assert lead.get("/access/unusual").status_code == 403
    with pytest.raises(Refused):
        unusual.did(by=by(LEAD), finding=finding, deed="explained", words="It is fine.", now=LATER)
    assert not UnusualDeed.objects.exists()


def test_a_pages_connection_reads_and_writes_none_of_its_tables(robin: Person) -> None:
    own_family(robin)
    for table in ("unusual", "near", "publicnote", "unusualdeed", "subjectrequest", "subjectchoice", "subjectcopy"):
        with wall.standing(GUARDIAN), pytest.raises(ProgrammingError), transaction.atomic():
            connection.cursor().execute(f"SELECT 1 FROM oversight_{table}")


def test_nobody_settles_their_own(robin: Person) -> None:
    looked(GUARDIAN, robin.id, act="glass.broken")
    unusual.turn(now=LATER)
    with pytest.raises(Refused, match="Somebody else"):
        unusual.did(by=by(GUARDIAN), finding=Unusual.objects.get().id, deed="explained", words="Mine.", now=LATER)


def test_a_neighbour_is_known_from_what_they_said_themselves(robin: Person) -> None:
    from nightlight.store.people.models import SourcePerson

    SourcePerson.objects.filter(person=robin.id).update(postcode="AB1 2CD")
    lead = client_of(LEAD)
    assert lead.post("/my-access/near", {"kind": "postcode", "value": "nowhere"}).status_code == 422
    assert lead.post("/my-access/near", {"kind": "postcode", "value": "ab1 2cd"}).status_code == 302
    assert "ab1 2cd" in lead.get("/my-access").content.decode()
    looked(LEAD, robin.id)
    unusual.turn(now=LATER)
    assert Unusual.objects.get().what == "neighbour"
    near = Near.objects.get()
    assert client_of(STAFF).post(f"/my-access/near/{near.id}/end").status_code == 403
    assert lead.post(f"/my-access/near/{near.id}/end").status_code == 302
    looked(LEAD, robin.id, at=NOW + timedelta(minutes=1))
    unusual.turn(now=LATER)
    assert len(Unusual.objects.get().lines) == 1


def test_a_child_near_to_somebody_and_one_of_public_note_are_named_by_the_guardian(robin: Person) -> None:
    guardian = client_of(GUARDIAN)
    assert guardian.post("/access/unusual/near", {"person": "nobody", "child": str(robin.id)}).status_code == 422
    assert guardian.post("/access/unusual/near", {"person": LEAD, "child": "x"}).status_code == 422
    assert guardian.post("/access/unusual/near", {"person": LEAD, "child": str(robin.id)}).status_code == 302
    assert not AuditEvent.objects.filter(act="near.named", child=robin.id).exists()
    named = {"child": str(robin.id), "reason": "In the newspapers"}
    assert guardian.post("/access/unusual/public", {**named, "reason": ""}).status_code == 422
    assert guardian.post("/access/unusual/public", named).status_code == 302
    looked(LEAD, robin.id)
    looked(STAFF, robin.id, act="child.refused")
    unusual.turn(now=LATER)
    assert sorted((row.what, row.person) for row in Unusual.objects.all()) == [
        ("family", LEAD), ("public", LEAD), ("public", STAFF),
    ]  # fmt: skip
    note = unusual.public_notes(by=by(GUARDIAN), now=LATER)[0]
    assert guardian.post("/access/unusual/public", {"end": str(note.id)}).status_code == 302
    assert unusual.public_notes(by=by(GUARDIAN), now=LATER) == []


def test_many_records_in_a_day_are_held_against_days_before(robin: Person) -> None:
    people = [Person(is_child=True, created=NOW) for _ in range(20)]
    Person.objects.bulk_create(people)
    for n in range(1, 8):
        looked(LEAD, people[0].id, at=NOW - timedelta(days=3 + n))
    for each in people:
        looked(LEAD, each.id)
    unusual.turn(now=LATER)
    row = Unusual.objects.get()
    assert (row.what, row.child, len(row.lines)) == ("volume", None, 20)
    assert "usual is 1 for them" in row.sentence


def test_a_search_that_led_to_nothing_and_one_that_did(robin: Person) -> None:
    ground = "you found this child and gave a reason"
    looked(LEAD, robin.id, about=ground, at=NOW - timedelta(hours=80))
    looked(STAFF, robin.id, about=ground, at=NOW - timedelta(hours=80))
    looked(STAFF, robin.id, act="concern.raised", at=NOW - timedelta(hours=79))
    unusual.turn(now=LATER)
    assert [(row.what, row.person) for row in Unusual.objects.filter(what="nothing")] == [("nothing", LEAD)]


# -- one's own


def test_everybody_sees_their_own_lines_and_nobody_elses(robin: Person) -> None:
    lead = client_of(LEAD)
    lead.get(f"/children/{robin.id}")
    looked(STAFF, robin.id, about="somebody else's")
    page = lead.get("/my-access").content.decode()
    assert "Opened the record" in page
    assert "somebody else" not in page.lower().replace("somebody else who", "")
    assert AuditEvent.objects.filter(by=LEAD, act="own_access.viewed").count() == 1


def test_the_table_is_whole_and_no_cell_is_a_formula(robin: Person) -> None:
    audit.record(at=NOW, by=by(LEAD), act="person.searched", reason="=HYPERLINK(1)")
    answer = client_of(LEAD).get("/my-access/csv")
    assert answer["Content-Disposition"] == 'attachment; filename="my-access.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert len(rows) == AuditEvent.objects.filter(by=LEAD).count()
    assert "'=HYPERLINK(1)" in {row["reason"] for row in rows}
    assert rows[0]["what"] == "Took a copy of their own access"


# -- for whom a record is about


def test_a_copy_says_who_when_and_why_in_plain_words_and_is_on_record(robin: Person) -> None:
    looked(LEAD, robin.id, about="your organisation holds a record of this child")
    looked(LEAD, robin.id, about="your organisation holds a record of this child")
    looked(STAFF, robin.id, act="glass.broken")
    answer = client_of(GUARDIAN).post(f"/children/{robin.id}/looked/copy", {"form": "html"})
    text = answer.content.decode()
    assert answer["Content-Disposition"].startswith("attachment")
    assert "Opened the record, twice" in text
    assert "Their organisation has a record of you" in text
    assert "There was an emergency" in text
    assert by(LEAD).name in text
    for word in ("duty", "safeguarding_lead", "child.viewed", LEAD):
        assert word not in text
    made = AuditEvent.objects.get(act="lookers.exported")
    assert (made.by, made.child) == (GUARDIAN, robin.id)


def test_an_organisation_can_be_left_out_and_that_is_on_record(robin: Person) -> None:
    looked(LEAD, robin.id)
    guardian = client_of(GUARDIAN)
    page = guardian.get(f"/children/{robin.id}/looked").content.decode()
    assert 'type="checkbox" value="school-1"' in page
    assert 'value="force-1"' not in page  # nobody of it looked
    wrong = guardian.post(f"/children/{robin.id}/looked/copy", {"without": "nowhere"})
    assert wrong.status_code == 422
    text = guardian.post(f"/children/{robin.id}/looked/copy", {"without": "school-1"}).content.decode()
    assert by(LEAD).name not in text
    assert AuditEvent.objects.get(act="lookers.exported").detail["without"] == ["school-1"]


def test_a_copy_as_pdf(robin: Person) -> None:
    answer = client_of(GUARDIAN).post(f"/children/{robin.id}/looked/copy", {"form": "pdf"})
    assert answer.content.startswith(b"%PDF-")
    assert answer["Content-Type"] == "application/pdf"


def test_only_the_guardian_makes_a_copy(robin: Person) -> None:
    assert client_of(LEAD).post(f"/children/{robin.id}/looked/copy").status_code == 403
    with pytest.raises(Refused):
        lookers.for_subject(by=by(LEAD), child=robin.id, now=LATER)


def test_pages_want_somebody_signed_in() -> None:
    for address in ("/access/unusual", "/my-access", "/my-access/csv"):
        assert Client().get(address).status_code == 302


# -- by command


@pytest.fixture
def _booted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nightlight.config.boot.boot", lambda **_: None)


@pytest.mark.usefixtures("_booted")
@pytest.mark.parametrize("ending", ["html", "json", "pdf"])
def test_a_command_writes_who_has_looked_to_a_new_file_only(
    robin: Person, tmp_path: Path, ending: str, capsys: pytest.CaptureFixture[str]
) -> None:
    looked(LEAD, robin.id)
    out = tmp_path / f"looked.{ending}"
    assert cli.main(["audit", "subject", str(robin.id), "--out", str(out)]) == 0
    assert out.stat().st_mode & 0o777 == 0o600
    assert ending == "pdf" or by(LEAD).name in out.read_text("utf-8")
    assert "Robin" not in "".join(capsys.readouterr())
    assert AuditEvent.objects.get(act="lookers.exported").by.startswith("operator ")
    assert cli.main(["audit", "subject", str(robin.id), "--out", str(out)]) == cli.INPUT.code


@pytest.mark.usefixtures("_booted")
def test_a_command_for_nobody_or_to_no_form_is_refused_in_words(
    robin: Person, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "looked.html"
    assert cli.main(["audit", "subject", str(uuid4()), "--out", str(out)]) == cli.INPUT.code
    assert "/children/ID" in capsys.readouterr().err
    assert not out.exists()
    with pytest.raises(SystemExit):
        cli.main(["audit", "subject", str(robin.id), "--out", "looked.doc"])
    assert "ends in .html, .pdf, .json" in capsys.readouterr().err

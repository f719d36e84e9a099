"""The pages of a concern: raised once, kept as typed, refused by field, and always there for whoever raised it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from support.deliveries import NOW
from support.pages import GUARDIAN, LEAD, STAFF, STRANGER, client_of, partnership, school_log

from nightlight.actions.concerns import drafts
from nightlight.domain.roles import ROLES
from nightlight.store.audit.models import AuditEvent
from nightlight.store.duties.models import DutyNow
from nightlight.store.intake.models import Attachment, Draft, RaisedConcern
from nightlight.store.people.models import Person, Practitioner
from nightlight.web.views import concern

pytestmark = pytest.mark.django_db
JPEG = b"\xff\xd8\xff\xe0" + b"0" * 64


@pytest.fixture(autouse=True)
def given_a_school_that_knows_a_child(monkeypatch: pytest.MonkeyPatch) -> Person:
    monkeypatch.setattr(concern, "now", lambda: NOW + timedelta(hours=1))
    partnership()
    return school_log(1)


def begun(client: Client, danger: str = "no") -> Draft:
    answer = client.post("/concerns/new", {"danger": danger})
    assert answer.status_code == 302
    (draft,) = [each for each in Draft.objects.filter(version=0) if each.content == {"danger": danger}]
    return draft


def typed(draft: Draft, **fields: Any) -> dict[str, Any]:
    return {
        "ticket": drafts.ticket(draft), "version": draft.version, "today": "2026-11-23", "danger": "no",
        "what": "Came in without a coat.", "child": str(Person.objects.get(is_child=True).id), **fields,
    }  # fmt: skip


def sent(client: Client, draft: Draft, do: str, **fields: Any) -> Any:
    return client.post(f"/concerns/drafts/{draft.id}", typed(draft, **fields) | {"do": do})


def test_first_question_is_asked_first_and_must_be_answered() -> None:
    page = client_of(STAFF).get("/concerns/new").content.decode()
    assert "Is anyone in danger now?" in page
    assert "textarea" not in page
    assert client_of(STAFF).post("/concerns/new", {}).status_code == 422


def test_danger_now_shows_what_to_do_before_any_typing() -> None:
    client = client_of(STAFF)
    page = client.get(f"/concerns/drafts/{begun(client, 'yes').id}").content.decode()
    assert page.index("tel:999") < page.index("What happened, or what did you see?")
    assert "From when could the harm come?" in page


def test_member_of_staff_raises_a_concern_and_sees_what_became_of_it() -> None:
    client = client_of(STAFF)
    answer = sent(client, begun(client), "raise", words="I was cold.")
    page = client.get(answer["Location"]).content.decode()
    assert "Concern raised" in page
    assert "safeguarding lead, owns it and has not acknowledged it yet" in page
    assert "I was cold." in page
    assert client.get(f"/children/{Person.objects.get().id}").status_code == 403


def test_raising_again_from_the_same_page_leads_to_the_same_concern() -> None:
    client = client_of(STAFF)
    draft = begun(client)
    first, again = (sent(client, draft, "raise") for _ in range(2))
    assert first["Location"].split("?")[0] == again["Location"].split("?")[0]
    assert RaisedConcern.objects.count() == 1


def test_outcome_and_reason_are_shown_to_whoever_raised_it() -> None:
    client = client_of(STAFF)
    sent(client, begun(client), "raise")
    raised = RaisedConcern.objects.get()
    lead = client_of(LEAD)
    lead.post(f"/duties/{raised.duty}/acknowledge")
    assert "owns it and acknowledged it" in client.get(f"/concerns/{raised.id}").content.decode()
    lead.post(f"/duties/{raised.duty}/discharge", {"outcome": "support_given", "reason": "A coat was found at school."})
    page = client.get(f"/concerns/{raised.id}").content.decode()
    assert "A coat was found at school." in page
    assert "the need was met by the agency itself" in page


def test_what_is_missing_is_said_by_field_and_nothing_typed_is_lost() -> None:
    client = client_of(STAFF)
    answer = sent(
        client, begun(client), "raise", child="", when="day", when_date="31/2/2026", what="A torn <b>coat</b>"
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'href="#child_search"' in page
    assert 'href="#when_date"' in page
    assert 'id="when_date"' in page
    assert "A torn &lt;b&gt;coat&lt;/b&gt;" in page
    assert Draft.objects.get().content["what"] == "A torn <b>coat</b>"


def test_words_that_are_too_long_to_keep_are_never_cut_in_silence() -> None:
    client = client_of(STAFF)
    again = sent(client, begun(client), "keep", what="x" * 50_001)
    assert again.status_code == 422
    assert "longer than the 50,000 characters that can be kept" in again.content.decode()


def test_child_is_found_by_a_misspelt_name_without_a_name_in_the_address() -> None:
    client = client_of(STAFF)
    answer = sent(client, begun(client), "find", child="", child_search="Robbin Fictonal")
    assert "Fict" not in answer["Location"]
    page = client.get(answer["Location"]).content.decode()
    assert "Robin Fictional, 8 years" in page
    assert AuditEvent.objects.filter(act="concern.children_searched", by=STAFF).exists()


def test_autosave_keeps_every_word_and_answers_with_the_next_version() -> None:
    client = client_of(STAFF)
    draft = begun(client)
    said = sent(client, draft, "autosave", what="Half a sent").json()
    assert (said["state"], said["version"]) == ("kept", 1)
    assert Draft.objects.get().content["what"] == "Half a sent"


def test_two_windows_overwrite_nothing_and_both_are_shown() -> None:
    client = client_of(STAFF)
    draft = begun(client)
    sent(client, draft, "autosave", what="The first window.")
    said = sent(client, draft, "autosave", what="The second window.").json()
    assert said["state"] == "forked"
    assert {d.content["what"] for d in Draft.objects.all()} == {"The first window.", "The second window."}
    page = client.get(said["action"]).content.decode()
    assert "changed in another window too" in page
    assert "The first window." in page


def test_second_window_without_javascript_is_not_raised_over_the_first() -> None:
    client = client_of(STAFF)
    draft = begun(client)
    sent(client, draft, "keep", what="The first window.")
    answer = sent(client, draft, "raise", what="The second window.")
    assert answer.status_code == 409
    assert not RaisedConcern.objects.exists()


def test_same_text_from_an_old_page_is_no_conflict() -> None:
    client = client_of(STAFF)
    draft = begun(client)
    for _ in range(2):
        assert sent(client, draft, "autosave", what="The same.").json()["state"] == "kept"


def test_words_typed_in_a_window_left_open_after_raising_become_a_draft() -> None:
    client = client_of(STAFF)
    draft = begun(client)
    sent(client, draft, "raise")
    assert sent(client, draft, "autosave").status_code == 410
    said = sent(client, draft, "autosave", what="Came in without a coat. And hungry.").json()
    assert said["state"] == "forked"
    assert Draft.objects.get(raised_as=None).content["what"].endswith("And hungry.")


def test_signed_out_post_is_kept_and_waits_behind_the_sign_in() -> None:
    client = client_of(STAFF)
    draft = begun(client)
    answer = sent(Client(SERVER_NAME="127.0.0.1", enforce_csrf_checks=True), draft, "raise", what="Typed for an hour.")
    assert answer["Location"].startswith("/sign-in?next=")
    assert not RaisedConcern.objects.exists()
    assert "Typed for an hour." in client.get(f"/concerns/drafts/{draft.id}?kept=1").content.decode()
    assert AuditEvent.objects.filter(act="draft.saved_signed_out", by=STAFF).exists()


@pytest.mark.parametrize("ticket", ["", "nonsense", "another"])
def test_save_without_the_drafts_own_ticket_writes_nothing(ticket: str) -> None:
    client = client_of(STAFF)
    draft = begun(client)
    other = drafts.start(by=Practitioner.objects.get(username=LEAD), danger="no", now=NOW)
    wrong = drafts.ticket(other) if ticket == "another" else ticket
    signed_out = sent(Client(SERVER_NAME="127.0.0.1"), draft, "keep", ticket=wrong)
    assert signed_out["Location"].startswith("/sign-in")
    mine = sent(client, draft, "keep", ticket=wrong)
    assert mine.status_code == 409
    assert "Came in without a coat." in mine.content.decode()
    assert "what" not in Draft.objects.get(id=draft.id).content


def test_another_persons_ticket_keeps_their_words_and_shows_me_nothing() -> None:
    draft = begun(client_of(STAFF))
    answer = sent(client_of(LEAD), draft, "raise", what="Not for the lead's eyes yet.")
    assert answer.status_code == 302
    assert client_of(LEAD).get(f"/concerns/drafts/{draft.id}").status_code == 404
    assert not RaisedConcern.objects.exists()


def test_drafts_are_listed_for_their_author_and_thrown_away_on_request() -> None:
    client = client_of(STAFF)
    draft = begun(client)
    sent(client, draft, "later")
    assert "Came in without a coat." in client.get("/concerns").content.decode()
    assert "Came in without a coat." not in client_of(LEAD).get("/concerns").content.decode()
    assert client_of(LEAD).post(f"/concerns/drafts/{draft.id}/delete").status_code == 404
    client.post(f"/concerns/drafts/{draft.id}/delete")
    assert not Draft.objects.exists()


def test_photo_is_told_by_its_bytes_and_given_out_harmless() -> None:
    client = client_of(STAFF)
    draft = begun(client)
    sent(client, draft, "attach", files=SimpleUploadedFile("IMG 1.exe", JPEG))
    kept = Attachment.objects.get()
    assert kept.media_type == "image/jpeg"
    given = client.get(f"/attachments/{kept.id}")
    assert given["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in given["Content-Security-Policy"]
    assert given.content == JPEG
    assert client_of(LEAD).get(f"/attachments/{kept.id}").status_code == 403


@pytest.mark.parametrize("content", [b"", b"<svg onload=alert(1)>", b"MZ\x90\x00\x03", b"<!DOCTYPE html><p>hello"])
def test_file_that_could_run_or_is_empty_is_refused_and_the_words_are_kept(content: bytes) -> None:
    client = client_of(STAFF)
    draft = begun(client)
    answer = sent(client, draft, "raise", files=SimpleUploadedFile("photo.jpg", content))
    assert answer.status_code == 422
    assert 'href="#files"' in answer.content.decode()
    assert not Attachment.objects.exists()
    assert Draft.objects.get().content["what"]


def _limited(monkeypatch: pytest.MonkeyPatch, amounts: dict[str, int]) -> None:
    monkeypatch.setattr("nightlight.actions.concerns.attachments.limit", lambda code, at: amounts[code])


def test_more_files_than_a_concern_takes_are_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    _limited(monkeypatch, {"ATTACHMENTS": 2, "ATTACHMENT-MB": 25})
    client = client_of(STAFF)
    draft = begun(client)
    files = [SimpleUploadedFile(f"{n}.jpg", JPEG + bytes([n])) for n in range(4)]
    answer = sent(client, draft, "attach", files=files)
    assert answer.status_code == 422
    assert "at most 2 files" in answer.content.decode()
    assert Attachment.objects.count() == 2


def test_file_that_is_too_big_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    _limited(monkeypatch, {"ATTACHMENTS": 2, "ATTACHMENT-MB": 0})
    client = client_of(STAFF)
    draft = begun(client)
    assert sent(client, draft, "attach", files=SimpleUploadedFile("p.jpg", JPEG)).status_code == 422


def test_files_are_taken_off_again() -> None:
    client = client_of(STAFF)
    draft = begun(client)
    sent(client, draft, "attach", files=SimpleUploadedFile("p.jpg", JPEG))
    draft.refresh_from_db()
    sent(client, draft, f"remove:{Attachment.objects.get().id}")
    assert not Attachment.objects.exists()


def test_body_map_is_kept_in_words_and_drawn() -> None:
    client = client_of(STAFF)
    draft = begun(client)
    answer = sent(
        client, draft, "raise", body=["front_left_ear", "back_left_hand", "elsewhere"], body_note="Blue, 2 cm"
    )
    page = client.get(answer["Location"]).content.decode()
    assert "front: left ear marked" in page
    assert "back: left hand marked" in page
    assert page.count("nl-body__part--marked") == 2


def test_people_keep_their_parts() -> None:
    client = client_of(STAFF)
    fields = {"person-0-name": "Sam Other", "person-0-part": "alleged_harmer", "person-0-relation": "parent"}
    answer = sent(client, begun(client), "raise", **fields)
    assert "Sam Other: may have harmed somebody" in client.get(answer["Location"]).content.decode()


def test_author_adds_and_corrects_and_the_duty_hears_of_it() -> None:
    client = client_of(STAFF)
    sent(client, begun(client), "raise")
    raised = RaisedConcern.objects.get()
    before = DutyNow.objects.get(duty_id=raised.duty)
    client.post(f"/concerns/{raised.id}/more", {"danger": "yes", "what": "He is at the gate.", "key": "k"})
    assert DutyNow.objects.get(duty_id=raised.duty).level == "immediate"
    assert len(DutyNow.objects.get(duty_id=raised.duty).evidence) > len(before.evidence)
    assert client.post(f"/concerns/{raised.id}/correct", {"what": "No shoes."}).status_code == 422
    client.post(f"/concerns/{raised.id}/correct", {"what": "No shoes.", "reason": "It was shoes."})
    page = client.get(f"/concerns/{raised.id}").content.decode()
    assert "No shoes." in page
    assert "He is at the gate." in page
    assert "Corrected 1 time" in page


def test_lead_who_owns_the_duty_reads_the_concern_and_changes_nothing_of_it() -> None:
    sent(client_of(STAFF), begun(client_of(STAFF)), "raise")
    raised = RaisedConcern.objects.get()
    assert client_of(LEAD).get(f"/concerns/{raised.id}").status_code == 200
    for path in ("more", "correct"):
        assert client_of(LEAD).get(f"/concerns/{raised.id}/{path}").status_code == 403
    assert client_of(STRANGER).get(f"/concerns/{raised.id}").status_code == 403
    assert client_of(STRANGER).get(f"/concerns/{uuid4()}").status_code == 403


def test_every_role_may_raise_a_concern() -> None:
    for username in (STAFF, LEAD, GUARDIAN, "data-steward"):
        assert client_of(username).get("/concerns/new").status_code == 200
    assert all("concern_raise" in role.may for role in ROLES.values())


def test_drafts_page_of_somebody_else_is_not_there() -> None:
    draft = begun(client_of(STAFF))
    assert client_of(LEAD).get(f"/concerns/drafts/{draft.id}").status_code == 404


def test_duty_leads_its_owner_to_the_concern_as_it_was_raised() -> None:
    sent(client_of(STAFF), begun(client_of(STAFF)), "raise")
    raised = RaisedConcern.objects.get()
    page = client_of(LEAD).get(f"/duties/{raised.duty}").content.decode()
    assert "A concern that somebody raised" in page
    assert f'href="/concerns/{raised.id}"' in page


def test_author_sees_the_child_as_they_described_them_and_not_who_they_were_found_to_be() -> None:
    client = client_of(STAFF)
    known = Person.objects.get()
    answer = sent(client, begun(client), "raise", child="described", child_given="Robin", child_about="Red coat")
    source = RaisedConcern.objects.get().source_person
    client_of("data-steward").post(f"/matches/{source}", {"outcome": f"same:{known.id}", "reason": "The only Robin"})
    page = client.get(answer["Location"]).content.decode()
    assert "Robin" in page
    assert "Robin Fictional" not in page

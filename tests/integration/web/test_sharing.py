"""The pages of sharing: three steps without scripts, asking and answering, refusing, the history, the public page."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from support.deliveries import NOW
from support.pages import FRONT_DOOR, GUARDIAN, LEAD, MANAGER, STRANGER, client_of, partnership, school_log

from nightlight.actions.demo.staff import make_agreements, make_people
from nightlight.actions.sharing import asking as sharing
from nightlight.store.audit.models import AuditEvent
from nightlight.store.chronology.models import EntryRow
from nightlight.store.duties.models import DutyNow
from nightlight.store.sharing.models import ConsentTakenBack, Disclosure, SharingDecision, SharingRequest
from nightlight.web.views import child as child_views
from nightlight.web.views import explain, sharing_ask, sharing_consent, sharing_give
from nightlight.web.views import sharing as views

pytestmark = pytest.mark.django_db
AT = NOW + timedelta(hours=1)
HUNGRY = "school.neglect_log"


@pytest.fixture(autouse=True)
def _then(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (child_views, explain, views, sharing_ask, sharing_consent, sharing_give):
        monkeypatch.setattr(module, "now", lambda: AT)


@pytest.fixture
def child() -> Any:
    partnership()
    return school_log().id


def _text(response: Any) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


def _inputs(response: Any) -> dict[str, list[str]]:
    """The hidden fields of the last form, as a browser without scripts sends them back."""
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', response.content.decode()):
        found.setdefault(name, []).append(value)
    return found


def _share(client: Client, child: Any, *, fields: tuple[str, ...], step: str = "preview", **more: Any) -> Any:
    id_ = str(EntryRow.objects.order_by("record_id").values_list("id", flat=True)[0])
    posted = {"to": FRONT_DOOR, "harm": "significant_harm_suspected", "entry": id_, "step": step, **more}
    return client.post(f"/children/{child}/share", {**posted, "field": [f"{id_}|{code}" for code in fields]})


def test_a_lead_is_told_beside_the_indicator_that_it_can_be_shared_now(child: Any) -> None:
    text = _text(client_of(LEAD).get(f"/children/{child}"))
    told = f"/children/{child}/share?indicator={HUNGRY}" in text
    beside = _text(client_of(LEAD).get(f"/children/{child}/indicators/{HUNGRY}"))
    from nightlight.indicators.catalogue import CATALOGUE

    assert told == (CATALOGUE[HUNGRY].level in ("threshold", "immediate"))
    assert told == ("You can share this now" in beside)


def test_it_is_shared_in_three_steps_and_what_goes_is_what_was_previewed(child: Any) -> None:
    lead = client_of(LEAD)
    first = lead.get(f"/children/{child}/share?indicator={HUNGRY}")
    assert "Step 1 of 3" in _text(first)
    preview = _share(lead, child, fields=("kind", "text"), note="Hungry again")
    said = _text(preview)
    assert "Step 2 of 3" in said
    assert "Note number 0." in said
    assert "Category: hunger" not in said
    assert not Disclosure.objects.exists()
    sent = lead.post(f"/children/{child}/share", {**_inputs(preview), "step": "send"})
    given = Disclosure.objects.get()
    assert sent["Location"] == f"/sharing/received/{given.id}?sent=1"
    assert "Step 3 of 3" in _text(lead.get(sent["Location"]))
    got = _text(client_of(FRONT_DOOR).get(sent["Location"]))
    seen = re.search(r'<section class="nl-as-seen".*?</section>', got)
    promised = re.search(r'<section class="nl-as-seen".*?</section>', said)
    assert seen is not None
    assert promised is not None
    assert re.sub(r"\W+", " ", seen[0].split(">", 1)[1]) == re.sub(r"\W+", " ", promised[0].split(">", 1)[1])
    assert "observer" not in got
    assert "Left out" in _text(lead.get(sent["Location"]))
    assert "Shared in part" in _text(lead.get(f"/children/{child}"))


def test_what_is_missing_is_said_and_nothing_typed_is_lost(child: Any) -> None:
    lead = client_of(LEAD)
    none = lead.post(f"/children/{child}/share", {"to": FRONT_DOOR, "note": "Kept words", "step": "preview"})
    assert none.status_code == 422
    assert "Choose at least one thing" in _text(none)
    assert "Kept words" in _text(none)


def test_what_rests_on_consent_says_who_gave_it_and_whoever_receives_it_reads_that_alone(child: Any) -> None:
    make_people([("club", "Fictional Club", "voluntary")], now=NOW)
    club = "safeguarding-lead.club"
    lead, entry = client_of(LEAD), str(EntryRow.objects.order_by("record_id").values_list("id", flat=True)[0])
    form = {"to": club, "harm": "welfare_relevant", "consent": "given", "entry": [entry], "field": [f"{entry}|kind"]}
    refused = lead.post(f"/children/{child}/share", {**form, "step": "preview"})
    assert refused.status_code == 422
    assert "Write who consented" in _text(refused)
    said = {**form, "consent_said": "Her mother, yesterday, to this alone."}
    hidden = _inputs(lead.post(f"/children/{child}/share", {**said, "step": "preview"}))
    sent = lead.post(f"/children/{child}/share", {**hidden, "step": "send"})
    assert sent.status_code == 302
    assert "Her mother, yesterday" in _text(lead.get(sent["Location"]))
    theirs = _text(client_of(club).get(sent["Location"].partition("?")[0]))
    assert "it is what this rests on" in theirs
    assert "Her mother" not in theirs


def test_a_preview_that_was_tampered_with_is_shown_again(child: Any) -> None:
    lead = client_of(LEAD)
    hidden = _inputs(_share(lead, child, fields=("kind",)))
    hidden["note"] = ["Something else"]
    again = lead.post(f"/children/{child}/share", {**hidden, "step": "send"})
    assert again.status_code == 422
    assert "has changed since you looked" in _text(again)
    assert not Disclosure.objects.exists()


def _ask(child: Any) -> SharingRequest:
    AuditEvent.objects.create(at=NOW, by=STRANGER, act="person.found", child=child, reason="to help")
    stranger = client_of(STRANGER)
    assert "Ask for information" in _text(stranger.get(f"/children/{child}/ask"))
    wrong = stranger.post(f"/children/{child}/ask", {"holder": "school-1"})
    assert wrong.status_code == 422
    asked = {"holder": "school-1", "harm": "significant_harm_suspected", "what": "Bruises", "why": "To decide tonight"}
    assert stranger.post(f"/children/{child}/ask", {**asked, "key": "1"}).status_code == 302
    return SharingRequest.objects.get()


def test_a_request_is_answered_from_its_duty(child: Any) -> None:
    row = _ask(child)
    lead = client_of(LEAD)
    duty = DutyNow.objects.get(question=sharing.question(row.id, "answer"))
    assert lead.get(f"/duties/{duty.duty_id}")["Location"] == f"/sharing/requests/{row.id}"
    assert "Choose what to share" in _text(lead.get(f"/sharing/requests/{row.id}"))
    url = f"/children/{child}/share?request={row.id}"
    assert "Bruises" in _text(lead.get(url))
    id_ = str(EntryRow.objects.order_by("record_id").values_list("id", flat=True)[0])
    preview = lead.post(url, {"entry": id_, "field": [f"{id_}|kind"], "step": "preview"})
    assert lead.post(url, {**_inputs(preview), "step": "send"}).status_code == 302
    assert Disclosure.objects.get().to_person == STRANGER
    assert "Read what was shared" in _text(client_of(STRANGER).get(f"/sharing/requests/{row.id}"))
    assert "answered" in _text(client_of(STRANGER).get("/sharing"))


def test_a_refusal_says_why_to_its_reviewer_and_not_to_whoever_asked(child: Any) -> None:
    row = _ask(child)
    lead = client_of(LEAD)
    assert "Do not share, and say why" in _text(lead.get(f"/sharing/requests/{row.id}/refuse"))
    said = {
        "detriment": "He would find her", "comparison": "Worse than waiting", "alternatives": "Existence",
        "told": "Wait for Wednesday", "reviewer": GUARDIAN, "review_on": "2026-11-25", "review_at": "12:00", "key": "1",
    }  # fmt: skip
    assert lead.post(f"/sharing/requests/{row.id}/refuse", {**said, "reviewer": ""}).status_code == 422
    assert lead.post(f"/sharing/requests/{row.id}/refuse", said).status_code == 302
    refused = SharingDecision.objects.get()
    asker = _text(client_of(STRANGER).get(f"/sharing/requests/{row.id}"))
    assert "Wait for Wednesday" in asker
    assert "He would find her" not in asker
    guardian = client_of(GUARDIAN)
    assert "He would find her" in _text(guardian.get(f"/sharing/refusals/{refused.id}"))
    assert guardian.post(f"/sharing/refusals/{refused.id}", {"stands": "no"}).status_code == 422
    posted = {"stands": "no", "reason": "He is in custody"}
    assert guardian.post(f"/sharing/refusals/{refused.id}", posted).status_code == 302
    assert lead.get(f"/sharing/refusals/{refused.id}").status_code == 403
    assert client_of(MANAGER).get(f"/sharing/refusals/{refused.id}").status_code == 403


def test_whoever_asked_is_told_the_same_where_nothing_is_held_and_where_it_must_not_be_said(child: Any) -> None:
    row = _ask(child)
    lead = client_of(LEAD)
    lead.post(f"/sharing/requests/{row.id}", {"deed": "advice", "reason": "Is it a refuge?", "key": "1"})
    lead.post(f"/sharing/requests/{row.id}", {"deed": "nothing", "reason": "A refuge", "key": "2"})
    asker = _text(client_of(STRANGER).get(f"/sharing/requests/{row.id}"))
    assert "There is nothing that can be given." in asker
    assert "refuge" not in asker


def test_whoever_asked_may_withdraw_it(child: Any) -> None:
    row = _ask(child)
    stranger = client_of(STRANGER)
    assert stranger.post(f"/sharing/requests/{row.id}", {"deed": "withdraw", "reason": ""}).status_code == 422
    stranger.post(f"/sharing/requests/{row.id}", {"deed": "withdraw", "reason": "Found elsewhere", "key": "3"})
    assert sharing.is_answered(row.id)


def test_the_public_page_needs_no_sign_in_and_names_feeds_rules_and_uses(child: Any) -> None:
    make_agreements([("police", "force-1")], now=NOW)
    text = _text(Client().get("/what-is-shared"))
    for words in ("The demo", "Fictional Constabulary", "Immediate danger", "What is looked for", "2026"):
        assert words in text
    assert "Robin" not in text


def test_the_public_page_says_where_nothing_was_agreed(child: Any) -> None:
    assert "No agreement is recorded" in _text(Client().get("/what-is-shared"))


# -- consent that is taken back


def _on_consent(child: Any, **more: Any) -> Disclosure:
    make_people([("club", "Fictional Club", "voluntary")], now=NOW)
    lead, entry = client_of(LEAD), str(EntryRow.objects.order_by("record_id").values_list("id", flat=True)[0])
    form = {
        "to": "safeguarding-lead.club", "harm": "welfare_relevant", "consent": "given", "entry": [entry],
        "field": [f"{entry}|kind"], "consent_said": "Her mother, yesterday, to this alone.", **more,
    }  # fmt: skip
    hidden = _inputs(lead.post(f"/children/{child}/share", {**form, "step": "preview"}))
    assert lead.post(f"/children/{child}/share", {**hidden, "step": "send"}).status_code == 302
    return Disclosure.objects.get()


TOLD = {"whose": "Her mother", "told_on": "2026-11-23", "told_at": "10:00", "how": "telephone", "said": "She said so."}


def _take_back(child: Any, **more: Any) -> Any:
    lead = client_of(LEAD)
    hidden = _inputs(lead.get(f"/children/{child}/consent"))
    ends = {"end": hidden.get("listed", [])}
    return lead.post(f"/children/{child}/consent", {**hidden, **ends, **TOLD, **more})


def test_consent_is_taken_back_and_each_side_reads_what_is_theirs(child: Any) -> None:
    given = _on_consent(child)
    assert f"/children/{child}/consent" in _text(client_of(LEAD).get(f"/children/{child}/sharing"))
    made = _take_back(child)
    row = ConsentTakenBack.objects.get()
    assert made["Location"] == f"/sharing/consent/{row.id}"
    giver = _text(client_of(LEAD).get(made["Location"]))
    assert "Her mother" in giver
    assert "They have not said yet" in giver
    club = client_of("safeguarding-lead.club")
    theirs = _text(club.get(made["Location"]))
    assert "What do you do with what you have?" in theirs
    assert "Her mother" not in theirs
    assert "She said so" not in theirs
    assert made["Location"] in _text(club.get(f"/sharing/received/{given.id}"))
    end = row.ends.get()
    kept = club.post(made["Location"], {"deed": "answer", "end": str(end.id), "does": "kept", "reason": ""})
    assert kept.status_code == 422
    assert f'href="#answer-reason-{end.id}"' in kept.content.decode()
    assert f'id="answer-reason-{end.id}"' in kept.content.decode()
    said = {"deed": "answer", "end": str(end.id), "does": "destroyed", "reason": ""}
    assert club.post(made["Location"], said).status_code == 302
    assert "Destroyed or returned" in _text(client_of(LEAD).get(made["Location"]))
    assert client_of(STRANGER).get(made["Location"]).status_code == 403


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"whose": ""}, "Say whose consent it was"),
        ({"how": "pigeon"}, "Choose how they told you"),
        ({"told_on": "31/12"}, "Enter a date"),
        ({"told_on": "2026-11-24"}, "not a time that is still to come"),
        ({"told_on": "2026-11-20"}, "not before what rests on it was shared"),
        ({"end": "x"}, "Choose from what is listed"),
        ({"listed": ""}, "Choose from what is listed"),
    ],
)
def test_what_is_wrong_in_it_is_said_and_nothing_typed_is_lost(child: Any, wrong: dict[str, str], says: str) -> None:
    _on_consent(child)
    refused = _take_back(child, **wrong)
    assert refused.status_code == 422
    assert says in _text(refused)
    assert "She said so." in _text(refused)
    assert not ConsentTakenBack.objects.exists()


def test_what_goes_on_says_why_with_its_source(child: Any) -> None:
    lead = client_of(LEAD)
    hidden = _inputs(_share(lead, child, fields=("kind",), consent="given"))
    lead.post(f"/children/{child}/share", {**hidden, "step": "send"})
    form = _text(lead.get(f"/children/{child}/consent"))
    assert "Sharing does not rest on consent here, so it goes on" in form
    assert "Consent is not needed: the law requires that it is shared." in form
    assert "s.16LA" in form
    given = Disclosure.objects.get()
    page = _text(lead.get(_take_back(child)["Location"]))
    assert "Nothing was shared on that consent" in page
    assert "the law requires that it is shared" in page
    assert "Sharing does not rest on consent here" in _text(lead.get(f"/sharing/received/{given.id}"))


def test_consent_that_was_taken_back_is_said_where_more_would_be_shared(child: Any) -> None:
    _on_consent(child)
    _take_back(child)
    lead, entry = client_of(LEAD), str(EntryRow.objects.order_by("record_id").values_list("id", flat=True)[0])
    form = {
        "to": "safeguarding-lead.club", "harm": "welfare_relevant", "consent": "given", "entry": [entry],
        "field": [f"{entry}|kind"], "consent_said": "Her mother again.", "step": "preview",
    }  # fmt: skip
    refused = lead.post(f"/children/{child}/share", form)
    assert refused.status_code == 422
    assert "It counts for nothing until it is given again" in _text(refused)
    hidden = _inputs(lead.post(f"/children/{child}/share", {**form, "anew": "yes"}))
    assert hidden["anew"] == ["yes"]
    assert lead.post(f"/children/{child}/share", {**hidden, "step": "send"}).status_code == 302


def test_a_duty_to_decide_anew_leads_to_where_it_is_decided(child: Any) -> None:
    entry = EntryRow.objects.order_by("record_id")[0]
    codes = ["kind", "when", *(f"attribute:{name}" for name in entry.attributes), "text"]
    entries = [str(id_) for id_ in EntryRow.objects.values_list("id", flat=True)]
    _on_consent(child, opens="14", entry=entries, field=[f"{id_}|{code}" for id_ in entries for code in codes])
    where = _take_back(child)["Location"]
    lead, duty = client_of(LEAD), DutyNow.objects.get(question__endswith=":anew")
    assert lead.get(f"/duties/{duty.duty_id}")["Location"] == where
    text = _text(lead.get(where))
    assert "closed until it is decided anew" in text
    assert "Without consent the rules say" in text
    end = ConsentTakenBack.objects.get().ends.get()
    form = {"deed": "anew", "end": str(end.id)}
    assert "Choose whether it goes on" in _text(lead.post(where, form))
    assert "Say why" in _text(lead.post(where, {**form, "goes_on": "no"}))
    assert lead.post(where, {**form, "goes_on": "yes", "reason": "The coach drives him"}).status_code == 302
    assert "It goes on, on another basis" in _text(lead.get(where))
    assert "Choose what to do" in _text(lead.post(where, {"deed": "anew", "end": "x"}))

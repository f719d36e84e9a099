"""A concern raised in the hub: entries, who it is about, an owner and a clock, in one transaction, once."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from support.deliveries import NHS_ONE, NOW, entry, person, record, take_in

from nightlight.actions.concerns import concerns, drafts
from nightlight.actions.demo.staff import make_people
from nightlight.actions.matching import deciding as matching
from nightlight.actions.seeing.access import Refused
from nightlight.domain.concern_content import NotReady
from nightlight.store.audit.models import AuditEvent
from nightlight.store.chronology.models import EntryRow
from nightlight.store.duties.models import DutyNow
from nightlight.store.intake.models import Draft, RaisedConcern
from nightlight.store.people.models import IdentityDecision, Person, Practitioner, SourcePerson
from nightlight.timeline.partial import Partial

pytestmark = pytest.mark.django_db

CHILD = person("c1", given="Test", family="Fictional", born=Partial.day(date(2017, 5, 10)), nhs_number=NHS_ONE)
STAFF, LEAD = "staff.school-1", "safeguarding-lead.school-1"


@pytest.fixture(autouse=True)
def people(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # Argon2 is slow on purpose
    make_people([("school-1", "Fictional School", "education"), ("practice-1", "A Practice", "health.gp")], now=NOW)
    take_in(record("r1", entry("education.register", 1, "c1"), people=[CHILD]))


def who(username: str = STAFF) -> Practitioner:
    return Practitioner.objects.get(username=username)


def child() -> Person:
    return Person.objects.get(nhs_number=NHS_ONE)


def typed(**content: Any) -> dict[str, Any]:
    return {"danger": "no", "what": "Came in without a coat again.", "child": str(child().id), **content}


def drafted(by: Practitioner | None = None, **content: Any) -> Draft:
    by = by or who()
    draft = drafts.start(by=by, danger="no", now=NOW)
    return drafts.save(by=by, draft=draft.id, version=0, content=typed(**content), now=NOW).draft


def raised(**content: Any) -> RaisedConcern:
    return concerns.raise_concern(by=who(), draft=drafted(**content).id, now=NOW)


def entries_of(concern: RaisedConcern) -> dict[str, EntryRow]:
    return {row.kind: row for row in EntryRow.objects.filter(id__in=concern.entries)}


def test_concern_is_kept_as_entries_of_the_organisations_own_system() -> None:
    made = entries_of(raised(words="It is cold at home.", words_setting="at lunch", category="clothing"))
    assert set(made) == {"concern.raised", "education.concern", "voice.words"}
    assert made["concern.raised"].text == "Came in without a coat again."
    assert made["concern.raised"].attributes == {"severity": "concern"}
    assert made["education.concern"].attributes == {"category": "clothing"}
    assert made["voice.words"].words == "It is cold at home."
    assert {row.system for row in made.values()} == {"nightlight:school-1"}
    assert {row.written_by for row in made.values()} == {STAFF}


def test_concern_always_has_a_duty_of_the_organisations_safeguarding_lead() -> None:
    duty = DutyNow.objects.get(duty_id=raised().duty)
    assert (duty.owner, duty.role, duty.level, duty.child) == (LEAD, "safeguarding_lead", "concern", child().id)


def test_danger_now_is_immediate_and_due_within_the_hour() -> None:
    concern = raised(danger="yes", **{"from": "now"}, harm="He said he will hurt them tonight.")
    duty = DutyNow.objects.get(duty_id=concern.duty)
    assert (duty.level, duty.due - NOW) == ("immediate", timedelta(hours=1))
    said = entries_of(concern)["concern.raised"].attributes
    assert said["from_when"] == "2026-11-23T09:00:00+00:00"
    assert said["harm"]


def test_harm_at_the_weekend_starts_on_friday_evening() -> None:
    said = entries_of(raised(danger="soon", **{"from": "weekend"}))["concern.raised"].attributes
    assert (said["severity"], said["from_when"]) == ("threshold", "2026-11-27T17:00:00+00:00")


def test_raising_twice_makes_one() -> None:
    draft = drafted()
    first = concerns.raise_concern(by=who(), draft=draft.id, now=NOW)
    again = concerns.raise_concern(by=who(), draft=draft.id, now=NOW + timedelta(seconds=2))
    assert first.id == again.id
    assert RaisedConcern.objects.count() == 1
    assert EntryRow.objects.filter(kind="concern.raised").count() == 1


def test_raised_draft_keeps_no_words() -> None:
    raised()
    assert Draft.objects.get().content == {}


def test_each_person_has_their_part() -> None:
    concern = raised(
        child_part="alleged_harmer",
        people=[{"name": "Other Fictional", "part": "harmed", "role": "child"}, {"name": "Sam", "part": "witness"}],
    )
    parts = [subject.part for subject in entries_of(concern)["concern.raised"].subjects.order_by("id")]
    assert parts == ["alleged_harmer", "harmed", "witness"]


def test_child_chosen_by_name_is_that_person_by_the_choosers_decision() -> None:
    concern = raised()
    decision = IdentityDecision.objects.get(source_person=concern.source_person)
    assert (decision.person, decision.by, decision.outcome) == (child().id, STAFF, "same")


def test_child_of_another_organisation_cannot_be_chosen() -> None:
    by = who("staff.practice-1")
    draft = drafted(by)
    with pytest.raises(NotReady, match="Choose the child"):
        concerns.raise_concern(by=by, draft=draft.id, now=NOW)
    assert not RaisedConcern.objects.exists()


def test_described_child_who_may_be_known_waits_and_has_a_duty_at_once() -> None:
    concern = raised(child="described", child_given="Tes", child_family="Fictional", child_born="10/5/2017")
    source = SourcePerson.objects.get(id=concern.source_person)
    assert source.waiting_since == NOW
    assert source.person_id not in {None, child().id}
    assert [p.person_id for p in source.proposals.all()] == [child().id]
    assert DutyNow.objects.get(duty_id=concern.duty).child == source.person_id


def test_match_takes_a_described_childs_duty_and_entries_to_the_child() -> None:
    concern = raised(child="described", child_given="Test", child_family="Fictional")
    alone = SourcePerson.objects.get(id=concern.source_person).person_id
    matching.decide(
        by=who("data-steward"), source_person=concern.source_person, outcome="same", person=child().id,
        reason="Same class, same day", now=NOW,
    )  # fmt: skip
    duty = DutyNow.objects.get(duty_id=concern.duty)
    assert (duty.child, duty.owner) == (child().id, LEAD)
    assert not DutyNow.objects.filter(child=alone).exists()
    told = concerns.concern_page(by=who(), concern=concern.id, now=NOW)
    assert (told.child, told.waits) == (child(), False)


def test_undone_match_takes_them_back_and_waits_again() -> None:
    concern = raised(child="described", child_given="Test", child_family="Fictional")
    decide = {"by": who("data-steward"), "source_person": concern.source_person, "reason": "So it seemed", "now": NOW}
    matching.decide(outcome="same", person=child().id, **decide)
    matching.decide(outcome="waits", **decide)
    source = SourcePerson.objects.get(id=concern.source_person)
    assert source.waiting_since is not None
    assert source.person_id != child().id
    assert DutyNow.objects.get(duty_id=concern.duty).child == source.person_id
    assert [p.person_id for p in source.proposals.all()] == [child().id]


def test_nothing_to_raise_is_refused_field_by_field() -> None:
    draft = drafts.start(by=who(), danger="soon", now=NOW)
    with pytest.raises(NotReady) as refused:
        concerns.raise_concern(by=who(), draft=draft.id, now=NOW)
    assert [problem.field for problem in refused.value.problems] == ["from", "what", "child_search"]


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ({"when": "day", "when_date": "2026-02-31"}, "when_date"),
        ({"when": "day", "when_date": "2027-01-01"}, "when_date"),
        ({"when": "day", "when_date": "2026-11-23", "when_time": "25:00"}, "when_time"),
        ({"when": "month", "when_month": "13", "when_year": "2026"}, "when_month"),
        ({"when": "between", "between_from": "2026-11-20", "between_to": "2026-11-01"}, "between_to"),
        ({"category": "weather"}, "category"),
        ({"people": [{"name": "Sam"}]}, "person-0-part"),
        ({"danger": "yes", "from": "at", "from_date": "tomorrow"}, "from_date"),
        ({"child": "described"}, "child_given"),
    ],
)
def test_what_cannot_be_read_is_refused_by_field(content: dict[str, Any], field: str) -> None:
    with pytest.raises(NotReady) as refused:
        raised(**content)
    assert [problem.field for problem in refused.value.problems] == [field]


@pytest.mark.parametrize(
    ("content", "occurred"),
    [
        ({}, "..2026-11-23T09:00:00Z"),
        ({"when": "today", "today": "2026-11-23"}, "2026-11-23"),
        ({"when": "day", "when_date": "20/11/2026", "when_time": "2.40pm"}, "2026-11-20T14:40:00Z"),
        ({"when": "month", "when_month": "9", "when_year": "2026"}, "2026-09"),
        ({"when": "between", "between_from": "2026-10-01", "between_to": "2026-11-01"}, "2026-10-01..2026-11-01"),
    ],
)
def test_when_is_kept_as_precisely_as_it_was_said(content: dict[str, Any], occurred: str) -> None:
    assert entries_of(raised(**content))["concern.raised"].occurred == occurred


def test_correction_supersedes_and_the_old_stays() -> None:
    concern = raised(category="clothing")
    posted = {"what": "Came in without shoes.", "category": "clothing"}
    concerns.correct_concern(by=who(), concern=concern.id, posted=posted, reason="Wrong thing", now=NOW)
    old, new = EntryRow.objects.filter(kind="concern.raised").order_by("version")
    assert new.supersedes == old.id
    assert (old.text, new.text) == ("Came in without a coat again.", "Came in without shoes.")


def test_more_is_new_evidence_on_the_same_duty_and_kept_once() -> None:
    concern = raised()
    for _ in range(2):
        concerns.add_to_concern(by=who(), concern=concern.id, posted={"what": "And no lunch."}, key="k1", now=NOW)
    duty = DutyNow.objects.get(question=concerns.question_of(concern.id))
    assert EntryRow.objects.filter(kind="concern.raised").count() == 2
    assert len(duty.evidence) == 4


def test_danger_in_what_is_added_makes_the_duty_immediate() -> None:
    concern = raised()
    posted = {"danger": "yes", "what": "Now he is at the gate."}
    concerns.add_to_concern(by=who(), concern=concern.id, posted=posted, key="k1", now=NOW)
    assert DutyNow.objects.get(duty_id=concern.duty).level == "immediate"


def test_author_sees_what_became_of_it_and_nobody_else_without_ground() -> None:
    concern = raised()
    assert concerns.concern_page(by=who(), concern=concern.id, now=NOW).duty.owner == LEAD
    assert concerns.concern_page(by=who(LEAD), concern=concern.id, now=NOW).mine is False
    with pytest.raises(Refused):
        concerns.concern_page(by=who("staff.practice-1"), concern=concern.id, now=NOW)


def test_raising_is_on_record_without_a_word_of_it() -> None:
    concern = raised()
    row = AuditEvent.objects.get(act="concern.raised")
    assert (row.by, row.child, row.about) == (STAFF, child().id, str(concern.id))
    assert "coat" not in str(row.__dict__)


def test_a_failure_at_the_end_keeps_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    draft = drafted()

    def fail(**_: Any) -> None:
        raise RuntimeError("the audit table is full")

    before = EntryRow.objects.count()
    monkeypatch.setattr(concerns.audit, "record", fail)
    with pytest.raises(RuntimeError):
        concerns.raise_concern(by=who(), draft=draft.id, now=NOW)
    assert (EntryRow.objects.count(), RaisedConcern.objects.count()) == (before, 0)
    assert Draft.objects.get().content["what"]


def test_children_are_found_by_a_misspelt_name_among_those_my_organisation_knows() -> None:
    found, more = concerns.children_known(by=who(), name="tset fictional", now=NOW)
    assert ([c.id for c in found], more) == ([child().id], 0)
    assert concerns.children_known(by=who("staff.practice-1"), name="Test Fictional", now=NOW) == ([], 0)

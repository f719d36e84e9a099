"""Asking, giving, giving a part and refusing on the database: what goes, who learns of it, and what is left behind."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from support.deliveries import NOW, entry, person, record, take_in
from support.pages import FRONT_DOOR, GUARDIAN, LEAD, STRANGER, partnership, school_log

from nightlight.actions.matching import deciding as matching
from nightlight.actions.seeing.access import Refused, access_child, may_see
from nightlight.actions.sharing import agreements
from nightlight.actions.sharing import asking as sharing
from nightlight.actions.sharing import giving as sharing_giving
from nightlight.actions.sharing import refusing as sharing_refusing
from nightlight.actions.sharing import seen as sharing_seen
from nightlight.actions.sharing.giving import Choice, NotGiven
from nightlight.actions.sharing.material import Terms
from nightlight.actions.sharing.refusing import Unshared
from nightlight.actions.watching.clockwork import turn_duties
from nightlight.domain.duty_events import DutyError
from nightlight.domain.sharing.refusing import NotWritten
from nightlight.domain.sharing.vocabulary import Consent, Harm
from nightlight.store.audit.models import AuditEvent
from nightlight.store.chronology.models import EntryRow, Known
from nightlight.store.duties.models import DutyNow, Notice
from nightlight.store.people.models import Practitioner, SourcePerson
from nightlight.store.sharing.models import Disclosure, SharingDecision

pytestmark = pytest.mark.django_db
AT = NOW + timedelta(hours=1)
MANAGER = "line-manager.school-1"


@pytest.fixture
def child(settings: Any) -> Any:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # Argon2 is slow on purpose
    partnership()
    return school_log().id


def who(username: str) -> Practitioner:
    return Practitioner.objects.select_related("organisation").get(username=username)


def chosen(child: Any, *, fields: tuple[str, ...] = ("kind", "when"), many: int = 1, **more: Any) -> Choice:
    ids = [str(id_) for id_ in EntryRow.objects.order_by("record_id").values_list("id", flat=True)[:many]]
    terms = Terms(harm=more.pop("harm", Harm.SIGNIFICANT), **more.pop("terms", {}))
    return Choice(to=more.pop("to", FRONT_DOOR), terms=terms, fields=dict.fromkeys(ids, fields), **more)


def give(child: Any, choice: Choice, by: str = LEAD, **more: Any) -> Disclosure:
    ready = sharing_giving.prepare(by=who(by), child=child, choice=choice, now=AT)
    return sharing_giving.give(
        by=who(by), child=child, choice=choice, mark=ready.mark, key=more.pop("key", str(uuid4())), now=AT, **more
    )


def asked(child: Any, by: str = STRANGER, **more: Any) -> Any:
    AuditEvent.objects.create(at=NOW, by=by, act="person.found", child=child, reason="to help")
    said = {"holder": "school-1", "harm": Harm.SIGNIFICANT, "what": "What was seen", "why": "A strategy discussion"}
    return sharing.ask(by=who(by), child=child, ask=sharing.Ask(**{**said, **more}), key=str(uuid4()), now=AT)


# -- giving


def test_what_was_given_is_what_was_previewed_and_nothing_left_out_shows(child: Any) -> None:
    choice = chosen(child, note="He was hungry again")
    ready = sharing_giving.prepare(by=who(LEAD), child=child, choice=choice, now=AT)
    disclosure = give(child, choice)
    got = sharing_seen.received(by=who(FRONT_DOOR), disclosure=disclosure.id, now=AT)
    assert tuple(item.shown for item in got.items) == ready.shown
    assert {field.code for field in got.items[0].shown.fields} == {"kind", "when"}
    assert "text" in got.items[0].left_out
    row = SharingDecision.objects.get()
    assert (row.rule, row.did, row.consent_needed, row.by) == ("R4", "part", False, LEAD)
    assert disclosure.powers == ["Children Act 2004 s.16LA(2)"]
    assert not Known.objects.exists()


def test_what_goes_whole_is_known_to_the_receivers_agency(child: Any) -> None:
    every = ("kind", "when", "attribute:category", "attribute:observer", "text")
    give(child, chosen(child, fields=every))
    assert list(Known.objects.values_list("agency", flat=True)) == ["social_care"]


def test_a_preview_that_is_not_what_would_go_is_shown_again(child: Any) -> None:
    with pytest.raises(NotGiven, match="changed since you looked"):
        sharing_giving.give(by=who(LEAD), child=child, choice=chosen(child), mark="of another", key="k", now=AT)
    assert not Disclosure.objects.exists()


def test_the_same_form_sent_twice_gives_once(child: Any) -> None:
    choice = chosen(child)
    assert give(child, choice, key="one") == give(child, choice, key="one")
    assert Disclosure.objects.count() == 1


def test_only_the_receiver_and_the_giver_read_what_was_given(child: Any) -> None:
    disclosure = give(child, chosen(child))
    sharing_seen.received(by=who(LEAD), disclosure=disclosure.id, now=AT)
    with pytest.raises(Refused):
        sharing_seen.received(by=who(STRANGER), disclosure=disclosure.id, now=AT)
    assert Notice.objects.filter(person=FRONT_DOOR, why="given", about=f"given:{disclosure.id}").exists()


def test_a_receivers_colleague_is_not_told_what_was_left_out_and_the_guardian_is(child: Any) -> None:
    disclosure = give(child, chosen(child))
    colleague = sharing_seen.received(by=who("social-worker"), disclosure=disclosure.id, now=AT)
    assert not colleague.gave
    assert sharing_seen.received(by=who(GUARDIAN), disclosure=disclosure.id, now=AT).gave
    history = sharing_seen.history(by=who("social-worker"), child=child, now=AT)
    assert [line.whole for line in history.lines] == [False]


def test_what_rests_on_consent_needs_who_gave_it_when_and_to_what(child: Any) -> None:
    by_consent = {"consent": Consent.GIVEN}
    with pytest.raises(NotGiven, match="who consented"):
        give(child, chosen(child, harm=Harm.NONE, terms=by_consent))
    said = "The mother, on 20 November, to the health visitor alone. She tells the school to stop."
    row = give(child, chosen(child, harm=Harm.NONE, terms={**by_consent, "consent_said": said})).decision
    assert (row.rule, row.consent, row.consent_needed, row.consent_said) == ("R13", "given", True, said)


def test_consent_that_is_not_needed_is_not_asked_about(child: Any) -> None:
    row = give(child, chosen(child, terms={"consent": Consent.GIVEN, "consent_said": "The mother"})).decision
    assert (row.rule, row.consent, row.consent_needed, row.consent_said) == ("R4", "given", False, "")


def test_somebody_elses_entries_cannot_be_given(child: Any) -> None:
    take_in(
        record("p1", entry("police.welfare_check", 3, "c1", attributes={"child_seen": True, "result": "no_concern"}),
               people=[person("c1", given="Robin", family="Fictional", nhs_number="9990000018")]),
        agency="police", organisation="force-1",
    )  # fmt: skip
    theirs = str(EntryRow.objects.get(agency="police").id)
    choice = Choice(to=FRONT_DOOR, terms=Terms(harm=Harm.SIGNIFICANT), fields={theirs: ("kind",)})
    with pytest.raises(NotGiven, match="at least one"):
        give(child, choice)


def test_a_record_is_opened_only_where_nothing_is_left_out(child: Any) -> None:
    choice = chosen(child, to=STRANGER, until=AT + timedelta(days=14))
    with pytest.raises(NotGiven, match="left out"):
        give(child, choice)
    every = ("kind", "when", "attribute:category", "attribute:observer", "text")
    give(child, chosen(child, to=STRANGER, fields=every, many=99, until=AT + timedelta(days=14)))
    assert may_see(who(STRANGER), child, AT)
    assert not may_see(who(STRANGER), child, AT + timedelta(days=15))


def test_disclosures_are_only_added_to(child: Any) -> None:
    give(child, chosen(child))
    with pytest.raises(DatabaseError), transaction.atomic():
        Disclosure.objects.update(note="")
    with pytest.raises(DatabaseError), transaction.atomic():
        SharingDecision.objects.all().delete()


# -- asking


def test_a_request_is_the_holders_duty_with_a_clock_and_opens_the_record_to_nobody(child: Any) -> None:
    request = asked(child)
    duty = DutyNow.objects.get(question=sharing.question(request, "answer"))
    assert (duty.owner, duty.level, duty.organisation) == (LEAD, "threshold", "school-1")
    assert not may_see(who(STRANGER), child, AT + timedelta(hours=13))


def test_a_request_that_nobody_answers_climbs_until_somebody_does(child: Any) -> None:
    request = asked(child)
    waits = DutyNow.objects.get(question=sharing.question(request, "answer"))
    turn_duties(now=waits.due + timedelta(minutes=1))
    climbed = DutyNow.objects.get(duty_id=waits.duty_id)
    assert climbed.owner == MANAGER
    sharing_refusing.nothing_to_give(
        by=who(LEAD), request=request, reason="No record", key="n", now=waits.due + timedelta(hours=1)
    )
    assert DutyNow.objects.get(duty_id=waits.duty_id).status == "discharged"


def test_an_organisation_that_holds_nothing_may_answer_but_not_look(child: Any) -> None:
    request = asked(child, by=FRONT_DOOR, holder="force-1")
    found = sharing.found(by=who(STRANGER), request=request, now=AT)
    assert found.answers
    assert not found.opens
    sharing_refusing.nothing_to_give(by=who(STRANGER), request=request, reason="No record", key="n", now=AT)
    assert sharing.is_answered(request)
    with pytest.raises(Refused):
        access_child(by=who(STRANGER), child=child, now=AT)


def test_a_duty_to_answer_is_not_discharged_by_saying_no_further_action(child: Any) -> None:
    from nightlight.actions.duties import deeds as duties

    request = asked(child)
    duty = DutyNow.objects.get(question=sharing.question(request, "answer"))
    with pytest.raises(DutyError, match="answered"):
        duties.discharge(by=who(LEAD), duty_id=duty.duty_id, outcome="support_given", reason="no", now=AT)


def test_giving_answers_the_request_and_ends_its_duty(child: Any) -> None:
    request = asked(child)
    give(child, chosen(child, to=STRANGER), request=request)
    assert sharing.is_answered(request)
    duty = DutyNow.objects.get(question=sharing.question(request, "answer"))
    assert duty.status == "discharged"
    assert Notice.objects.filter(person=STRANGER, why="answered").exists()


def test_a_request_is_not_there_for_somebody_else(child: Any) -> None:
    request = asked(child)
    with pytest.raises(Refused):
        sharing.found(by=who("data-steward"), request=request, now=AT)


# -- refusing


def why(**more: Any) -> Unshared:
    said = {
        "detriment": "It would lead him to her", "comparison": "That outweighs it", "alternatives": "Existence only",
        "reviewer": GUARDIAN, "review_at": AT + timedelta(days=2), "told": "It is reviewed on Wednesday",
    }  # fmt: skip
    return Unshared(**{**said, **more})


def test_a_refusal_is_kept_with_its_reasons_and_becomes_the_reviewers_duty(child: Any) -> None:
    request = asked(child)
    decision = sharing_refusing.refuse(by=who(LEAD), request=request, why=why(), key="r", now=AT)
    assert (decision.rule, decision.by, decision.reviewer) == ("R5", LEAD, GUARDIAN)
    duty = DutyNow.objects.get(question=sharing.question(decision.id, "review"))
    assert (duty.owner, duty.due) == (GUARDIAN, decision.review_at)
    assert sharing.is_answered(request)
    sharing_refusing.review(by=who(GUARDIAN), decision=decision.id, stands=False, reason="He is in custody", now=AT)
    assert not sharing.is_answered(request)
    assert not AuditEvent.objects.filter(reason__contains="custody").exists()
    assert DutyNow.objects.exclude(status="discharged").filter(question=sharing.question(request, "answer")).exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"detriment": " "}, {"comparison": ""}, {"alternatives": ""}, {"reviewer": LEAD}, {"reviewer": STRANGER},
        {"review_at": AT}, {"review_at": AT + timedelta(days=40)},
    ],
)  # fmt: skip
def test_a_refusal_that_leaves_something_out_is_none(child: Any, wrong: dict[str, Any]) -> None:
    request = asked(child)
    with pytest.raises(NotWritten):
        sharing_refusing.refuse(by=who(LEAD), request=request, why=why(**wrong), key="r", now=AT)
    assert not SharingDecision.objects.exists()


def test_the_database_itself_wants_a_reviewer_and_a_date(child: Any) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        SharingDecision.objects.create(
            key="x", child=child, at=AT, by=LEAD, organisation="school-1", did="refused", proposed="", rule="R5",
            rule_version=1, harm="none", consent="given", consent_needed=False, informed="", reviewer=LEAD,
            review_at=AT + timedelta(days=1),
        )  # fmt: skip


# -- corrections


def test_a_correction_and_a_withdrawal_reach_whoever_was_given_it(child: Any) -> None:
    disclosure = give(child, chosen(child, fields=("kind", "when", "attribute:category")))
    about = person("c1", given="Robin", family="Fictional", nhs_number="9990000018")
    right = entry("education.concern", 2, "c1", attributes={"category": "tired", "observer": "class teacher"})
    take_in(record("log-0", right, people=[about]), agency="education", organisation="school-1", now=AT)
    got = sharing_seen.received(by=who(FRONT_DOOR), disclosure=disclosure.id, now=AT)
    assert got.items[0].now is not None
    assert [f.value for f in got.items[0].now.fields if f.code == "attribute:category"] == ["tired"]
    assert Notice.objects.filter(person=FRONT_DOOR, why="corrected").count() == 1
    take_in(record("log-0", people=[about], withdrawn=True), agency="education", organisation="school-1", now=AT)
    got = sharing_seen.received(by=who(FRONT_DOOR), disclosure=disclosure.id, now=AT)
    assert got.items[0].withdrawn
    assert Notice.objects.filter(person=FRONT_DOOR, why="corrected").count() == 2


def test_a_correction_that_became_restricted_is_told_of_but_not_shown(child: Any) -> None:
    disclosure = give(child, chosen(child))
    about = person("c1", given="Robin", family="Fictional", nhs_number="9990000018")
    right = entry("education.concern", 2, "c1", attributes={"category": "tired"}, sensitivity="restricted")
    take_in(record("log-0", right, people=[about]), agency="education", organisation="school-1", now=AT)
    got = sharing_seen.received(by=who(FRONT_DOOR), disclosure=disclosure.id, now=AT)
    assert got.items[0].changed is not None
    assert got.items[0].now is None


def test_whoever_was_given_it_hears_that_the_match_is_undone_by_which_it_was_the_childs(child: Any) -> None:
    """Two records taken for one child's; one is found to be of another, and what was given of it is not the child's."""
    about = person("p9", given="Robin", family="Fictional", nhs_number="9990000018")
    seen = entry("education.concern", 3, "p9", attributes={"category": "tired"})
    take_in(record("log-9", seen, people=[about]), agency="education", organisation="school-1", system="other")
    row = SourcePerson.objects.get(source_id="p9")
    SourcePerson.objects.filter(id=row.id).update(person=child)
    theirs, other = EntryRow.objects.get(record_id="log-9"), EntryRow.objects.get(record_id="log-0")
    fields = dict.fromkeys([str(theirs.id), str(other.id)], ("kind", "when"))
    disclosure = give(child, Choice(to=FRONT_DOOR, terms=Terms(harm=Harm.SIGNIFICANT), fields=fields))
    steward = who("data-steward")
    for _ in range(2):
        matching.decide(by=steward, source_person=row.id, outcome="new", reason="A twin of the same name", now=AT)
    given = sharing_seen.received(by=who(FRONT_DOOR), disclosure=disclosure.id, now=AT)
    marked = {row.entry: item for row, item in zip(disclosure.items.order_by("id"), given.items, strict=True)}
    assert (marked[theirs.id].of_another, marked[theirs.id].withdrawn) == (True, True)
    assert marked[other.id].changed is None
    assert Notice.objects.filter(person=FRONT_DOOR, why="corrected").count() == 1
    assert AuditEvent.objects.filter(act="sharing.corrected", child=child).count() == 1


# -- restrictions


def test_what_is_in_a_compartment_is_left_out_even_by_its_member(child: Any) -> None:
    from nightlight.actions.seeing import compartments

    id_ = EntryRow.objects.order_by("record_id").first().id
    where = compartments.open_compartment(
        by=who(GUARDIAN), kind="whereabouts", reason="refuge", members=[LEAD], now=NOW
    )
    compartments.seal(by=who(GUARDIAN), compartment=where.id, what="entry", item=id_, reason="refuge", now=NOW)
    ready = sharing_giving.prepare(by=who(LEAD), child=child, choice=chosen(child, many=2), now=AT)
    assert ready.allowed[str(id_)] is None
    assert str(id_) not in {each.entry for each in ready.chosen}
    assert len(ready.chosen) == 1


# -- agreements


def agreed(**more: Any) -> agreements.Terms:
    said = {"title": "T", "purpose": "P", "parties": ["school-1"], "feeds": ["police"], "starts": date(2026, 1, 1)}
    return agreements.Terms(**{**said, **more})


def test_a_feed_is_taken_in_only_under_an_agreement_in_force_once_there_is_one(child: Any) -> None:
    agreements.must_agree(feed="police", organisation="nobody", now=NOW)
    row = agreements.add(by="test", terms=agreed(), now=NOW)
    agreements.must_agree(feed="police", organisation="school-1", now=NOW)
    for feed, organisation in (("police", "force-1"), ("fhir", "school-1")):
        with pytest.raises(agreements.NoAgreement, match="nightlight agreement add"):
            agreements.must_agree(feed=feed, organisation=organisation, now=NOW)
    agreements.end(by="test", agreement=row.id, on=date(2026, 11, 22), now=NOW)
    with pytest.raises(agreements.NoAgreement):
        agreements.must_agree(feed="police", organisation="school-1", now=NOW)
    with pytest.raises(agreements.NoAgreement):
        take_in(record("late"), agency="education", organisation="school-1")


def test_an_agreement_gates_who_asks_but_never_before_a_child_who_may_be_harmed(child: Any) -> None:
    agreements.add(by="test", terms=agreed(parties=["force-1"], users=["social_worker"]), now=NOW)
    with pytest.raises(sharing.NotAsked, match="agreement in force"):
        asked(child, harm=Harm.WELFARE)
    asked(child, harm=Harm.SIGNIFICANT)
    agreements.add(by="test", terms=agreed(parties=["force-1"]), now=NOW)
    asked(child, harm=Harm.WELFARE)


@pytest.mark.parametrize(
    "wrong", [{"title": ""}, {"parties": []}, {"feeds": ["none"]}, {"users": ["king"]}, {"ends": date(2025, 1, 1)}]
)
def test_an_agreement_that_says_too_little_is_not_recorded(child: Any, wrong: dict[str, Any]) -> None:
    with pytest.raises(agreements.NotAgreed):
        agreements.add(by="test", terms=agreed(**wrong), now=NOW)

"""Consent is taken back on the database: what ends, what goes on, who is told, and what nobody can share any more."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from support.deliveries import NOW, entry, person, record, take_in
from support.pages import FRONT_DOOR, GUARDIAN, LEAD, STRANGER, partnership, school_log

from nightlight.actions.demo.staff import make_people
from nightlight.actions.keeping import retention
from nightlight.actions.oversight.held import held_on
from nightlight.actions.seeing.access import Refused, may_see
from nightlight.actions.sharing import asking, consent, consent_after, giving, refusing
from nightlight.actions.sharing import seen as sharing_seen
from nightlight.actions.sharing.giving import Choice, NotGiven
from nightlight.actions.sharing.material import Terms
from nightlight.domain.sharing.consent import NO_BASIS, How, NotTaken, TakenBack
from nightlight.domain.sharing.refusing import NotWritten
from nightlight.domain.sharing.vocabulary import Consent, Harm
from nightlight.domain.subject_access import Mark
from nightlight.store.audit.models import AuditEvent
from nightlight.store.chronology.models import EntryRow, Known
from nightlight.store.duties.models import DutyNow, Notice
from nightlight.store.people.models import Person, Practitioner
from nightlight.store.sharing.models import ConsentEnd, ConsentTakenBack, Disclosure, ItemChange, SharingDecision

pytestmark = pytest.mark.django_db
AT = NOW + timedelta(hours=1)
LATER = AT + timedelta(hours=2)
CLUB = "safeguarding-lead.club"
SAID = "Her mother, on 20 November, to this alone. She tells the school to stop."


@pytest.fixture
def child(settings: Any) -> Any:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # Argon2 is slow on purpose
    partnership()
    make_people([("club", "Fictional Club", "voluntary")], now=NOW)
    return school_log().id


def who(username: str) -> Practitioner:
    return Practitioner.objects.select_related("organisation").get(username=username)


def choice(
    *, to: str = CLUB, harm: Harm = Harm.WELFARE, every: bool = False, until: Any = None, **terms: Any
) -> Choice:
    rows = list(EntryRow.objects.filter(supersedes=None).order_by("record_id"))
    fields = ("kind", "when", "attribute:category", "attribute:observer", "text") if every else ("kind", "when")
    said = {"consent": Consent.GIVEN, "consent_said": SAID, **terms}
    return Choice(
        to=to, terms=Terms(harm=harm, **said), until=until,
        fields={str(row.id): fields for row in (rows if every else rows[:1])},
    )  # fmt: skip


def give(child: UUID, wanted: Choice, at: Any = AT, **more: Any) -> Disclosure:
    ready = giving.prepare(by=who(LEAD), child=child, choice=wanted, now=at)
    return giving.give(by=who(LEAD), child=child, choice=wanted, mark=ready.mark, key=str(uuid4()), now=at, **more)


def take_back(child: UUID, *, by: str = LEAD, ends: Any = None, at: Any = LATER, **more: Any) -> ConsentTakenBack:
    found = consent.resting(by=who(by), child=child, now=at)
    said = TakenBack(whose="Her mother", on=more.pop("on", at), how=How.TELEPHONE, now=at, said="She would rather not.")
    return consent.take_back(
        by=who(by), child=child, said=said, ends=found.ids if ends is None else ends, listed=found.ids,
        key=more.pop("key", str(uuid4())), now=at,
    )  # fmt: skip


def duty(what: str) -> DutyNow | None:
    found = DutyNow.objects.exclude(status="discharged").filter(question__endswith=f":{what}")
    return found.first()


# -- what ends


def test_what_rested_on_it_ends_and_stays_on_record(child: Any) -> None:
    disclosure = give(child, choice())
    row = take_back(child)
    end = ConsentEnd.objects.get()
    assert (end.taken_back, end.decision, end.holder, end.opened) == (row, disclosure.decision, "school-1", None)
    assert (row.by, row.how, row.whose, row.said) == (LEAD, "telephone", "Her mother", "She would rather not.")
    assert sharing_seen.received(by=who(CLUB), disclosure=disclosure.id, now=LATER).items
    assert AuditEvent.objects.get(act="consent.taken_back").detail == {"ends": 1}
    assert "mother" not in str(list(AuditEvent.objects.values_list("reason", "detail")))


def test_nothing_more_is_shared_on_it(child: Any) -> None:
    give(child, choice())
    take_back(child)
    ready = giving.prepare(by=who(LEAD), child=child, choice=choice(), now=LATER)
    assert ready.taken_back is not None
    assert ready.terms.consent is Consent.WITHDRAWN
    assert ready.answer is not None
    assert not ready.answer.shares
    with pytest.raises(NotGiven):
        give(child, choice(), at=LATER)
    assert Disclosure.objects.count() == 1


def test_consent_that_is_given_again_carries_what_is_shared_after_it(child: Any) -> None:
    give(child, choice())
    take_back(child)
    again = give(child, choice(anew=True), at=LATER + timedelta(hours=1)).decision
    assert (again.consent, again.consent_said) == ("given", SAID)
    take_back(child, at=LATER + timedelta(hours=2))
    assert ConsentEnd.objects.filter(decision=again).exists()


def test_harm_is_shared_whatever_became_of_consent(child: Any) -> None:
    give(child, choice())
    take_back(child)
    row = give(child, choice(to=FRONT_DOOR, harm=Harm.SIGNIFICANT), at=LATER).decision
    assert (row.did, row.consent, row.consent_needed) == ("part", "withdrawn", False)


def test_another_organisations_consent_stands(child: Any) -> None:
    give(child, choice())
    take_back(child)
    assert giving.taken_back(child=child, holder="school-1") is not None
    assert giving.taken_back(child=child, holder="practice-1") is None


def test_a_preview_from_before_it_was_taken_back_does_not_go(child: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever takes it back and whoever sends are at it at once: it was looked at before, and is sent after."""
    give(child, choice())
    before = giving.taken_back
    take_back(child)
    answers = iter([None])
    monkeypatch.setattr(giving, "taken_back", lambda **of: next(answers, before(**of)))
    ready = giving.prepare(by=who(LEAD), child=child, choice=choice(), now=LATER)
    monkeypatch.setattr(giving, "prepare", lambda **_: ready)
    with pytest.raises(NotGiven, match="taken back since"):
        giving.give(by=who(LEAD), child=child, choice=choice(), mark=ready.mark, key="k", now=LATER)


# -- what stood open


def whole(child: UUID) -> Disclosure:
    return give(child, choice(every=True, until=NOW + timedelta(days=14)))


def test_a_record_that_was_open_by_it_closes_and_is_decided_anew_in_time(child: Any) -> None:
    disclosure = whole(child)
    assert may_see(who(CLUB), child, LATER)
    take_back(child)
    assert not may_see(who(CLUB), child, LATER)
    owed = duty("anew")
    assert owed is not None
    assert (owed.owner, owed.organisation, owed.level) == (LEAD, "school-1", "concern")
    assert ConsentEnd.objects.get().opened == disclosure.until
    assert asking.page_of_duty(by=who(LEAD), duty=owed.duty_id) == ("consent", ConsentTakenBack.objects.get().id)


def test_it_ends_for_good_with_a_reason(child: Any) -> None:
    whole(child)
    take_back(child)
    end = ConsentEnd.objects.get()
    with pytest.raises(NotTaken, match="Say why"):
        consent_after.decide_anew(by=who(LEAD), end=end.id, goes_on=False, reason=" ", now=LATER)
    made = consent_after.decide_anew(
        by=who(LEAD), end=end.id, goes_on=False, reason="Nothing else carries it", now=LATER
    )
    again = consent_after.decide_anew(by=who(LEAD), end=end.id, goes_on=True, reason="Second thoughts", now=LATER)
    assert again == made
    assert duty("anew") is None
    assert not may_see(who(CLUB), child, LATER)


def test_it_goes_on_only_on_another_basis(child: Any) -> None:
    """R12: without consent a club is given it where it is necessary, and the reason says so."""
    disclosure = whole(child)
    row = take_back(child)
    found = consent_after.found(by=who(LEAD), taken_back=row.id, now=LATER)
    assert found.ends[0].proposed is not None
    made = consent_after.decide_anew(
        by=who(LEAD), end=found.ends[0].end.id, goes_on=True, reason="The coach drives him home", now=LATER
    )
    assert (made.goes_on, made.rule, made.proposed) == (True, "R12", "share")
    assert may_see(who(CLUB), child, LATER)
    assert not may_see(who(CLUB), child, disclosure.until + timedelta(seconds=1))


def test_nobody_else_decides_it_anew(child: Any) -> None:
    whole(child)
    take_back(child)
    for username in (CLUB, STRANGER, GUARDIAN):
        with pytest.raises(Refused):
            consent_after.decide_anew(
                by=who(username), end=ConsentEnd.objects.get().id, goes_on=True, reason="x", now=LATER
            )


# -- what was asked for with it


def asked(child: UUID, harm: Harm = Harm.NONE, by: str = CLUB) -> UUID:
    AuditEvent.objects.create(at=NOW, by=by, act="person.found", child=child, reason="to help")
    wanted = asking.Ask(holder="school-1", harm=harm, consent=Consent.GIVEN, what="How he is", why="The trip")
    return asking.ask(by=who(by), child=child, ask=wanted, key=str(uuid4()), now=AT)


def test_an_open_request_keeps_its_clock_and_is_answered_as_without_consent(child: Any) -> None:
    request = asked(child)
    before = asking.due_of(asking.found(by=who(LEAD), request=request, now=AT).row)
    take_back(child)
    row = asking.found(by=who(LEAD), request=request, now=LATER).row
    assert asking.due_of(row) == before
    assert set(Notice.objects.filter(why="consent").values_list("person", "about")) == {(CLUB, f"asked:{request}")}
    consent_after.ends_for_want_of_basis(by=who(LEAD), request=request, reason="It was all it had", key="k", now=LATER)
    decision = SharingDecision.objects.get(request=request)
    assert (decision.did, decision.consent, decision.told) == ("ended", "withdrawn", NO_BASIS)
    assert asking.is_answered(request)
    assert asking.due_of(row) is None


def test_a_request_that_needs_no_consent_does_not_end_for_want_of_it(child: Any) -> None:
    request = asked(child, Harm.SIGNIFICANT, by=FRONT_DOOR)
    take_back(child)
    with pytest.raises(NotWritten, match="does not need consent"):
        consent_after.ends_for_want_of_basis(by=who(LEAD), request=request, reason="She said no", key="k", now=LATER)
    assert not asking.is_answered(request)


def test_where_harm_is_indicated_the_guardian_is_asked_first(child: Any) -> None:
    request = asked(child, Harm.SIGNIFICANT)
    take_back(child)
    ending = {"by": who(LEAD), "request": request, "reason": "She said no", "now": LATER}
    with pytest.raises(NotWritten, match="ask the Caldicott guardian"):
        consent_after.ends_for_want_of_basis(**ending, key="k")
    refusing.seek_advice(by=who(LEAD), request=request, reason="May the club have it?", key="a", now=LATER)
    consent_after.ends_for_want_of_basis(**ending, key="k")
    assert asking.is_answered(request)


def test_a_request_whose_consent_stands_does_not_end_so(child: Any) -> None:
    request = asked(child)
    with pytest.raises(NotWritten, match="was not taken back"):
        consent_after.ends_for_want_of_basis(by=who(LEAD), request=request, reason="No", key="k", now=LATER)


# -- whoever has it


def test_each_receiver_is_told_and_says_what_they_do(child: Any) -> None:
    disclosure = give(child, choice())
    row = take_back(child)
    assert Notice.objects.filter(person=CLUB, why="consent", about=f"given:{disclosure.id}").exists()
    owed = duty("told")
    assert owed is not None
    assert (owed.owner, owed.organisation) == (CLUB, "club")
    found = consent_after.found(by=who(CLUB), taken_back=row.id, now=LATER)
    assert (found.whole, [each.tells for each in found.ends]) == (False, [True])
    end = found.ends[0].end.id
    with pytest.raises(NotTaken, match="ground"):
        consent_after.answer(by=who(CLUB), end=end, does="kept", reason="", now=LATER)
    for _ in range(2):
        consent_after.answer(by=who(CLUB), end=end, does="destroyed", reason="", now=LATER)
    assert duty("told") is None
    said = consent_after.found(by=who(LEAD), taken_back=row.id, now=LATER).ends[0].answers
    assert [(each.by, each.does) for each in said] == [(CLUB, "destroyed")]


def test_a_receiver_who_changes_it_says_so_again(child: Any) -> None:
    give(child, choice())
    take_back(child)
    end = ConsentEnd.objects.get().id
    consent_after.answer(by=who(CLUB), end=end, does="kept", reason="An incident log that we must keep", now=LATER)
    consent_after.answer(by=who(CLUB), end=end, does="destroyed", reason="", now=LATER + timedelta(days=1))
    assert list(ConsentEnd.objects.get().answers.order_by("id").values_list("does", flat=True)) == ["kept", "destroyed"]


def test_nobody_else_learns_of_it(child: Any) -> None:
    give(child, choice())
    row = take_back(child)
    with pytest.raises(Refused):
        consent_after.found(by=who(STRANGER), taken_back=row.id, now=LATER)
    with pytest.raises(Refused):
        consent_after.answer(by=who(LEAD), end=ConsentEnd.objects.get().id, does="destroyed", reason="", now=LATER)
    assert consent_after.found(by=who(GUARDIAN), taken_back=row.id, now=LATER).whole


def test_a_correction_is_told_of_and_shows_no_more(child: Any) -> None:
    disclosure = give(child, choice(every=True))
    take_back(child)
    known = Known.objects.count()
    row = EntryRow.objects.order_by("record_id").first()
    assert row is not None
    pupil = person("p-1", given="Robin", family="Fictional", nhs_number="9990000018")
    again = entry("education.concern", 1, "p-1", attributes={"category": "hunger"}, text="Put right: he had eaten.")
    take_in(record(row.record_id, again, people=[pupil]), system=row.system, agency=row.agency,
            organisation=row.organisation)  # fmt: skip
    change = ItemChange.objects.filter(item__disclosure=disclosure).first()
    assert change is not None
    assert not change.shows
    assert Known.objects.count() == known


# -- what does not end


def test_what_rests_on_another_basis_goes_on_and_says_so(child: Any) -> None:
    disclosure = give(child, choice(to=FRONT_DOOR, harm=Harm.SIGNIFICANT))
    found = consent.resting(by=who(LEAD), child=child, now=LATER)
    assert (found.on_it, [row.id for row in found.beside]) == ((), [disclosure.id])
    row = take_back(child)
    assert not ConsentEnd.objects.exists()
    assert not Notice.objects.filter(why="consent").exists()
    assert [each.id for each in consent_after.found(by=who(LEAD), taken_back=row.id, now=LATER).beside] == [
        disclosure.id
    ]


def test_what_they_still_agree_to_stands(child: Any) -> None:
    give(child, choice())
    give(child, choice())
    first = Disclosure.objects.order_by("at", "id")[0].decision_id
    take_back(child, ends={first})
    assert [end.decision_id for end in ConsentEnd.objects.all()] == [first]
    assert len(consent.resting(by=who(LEAD), child=child, now=LATER).on_it) == 1


# -- putting it on record


def test_the_same_form_twice_is_one(child: Any) -> None:
    give(child, choice())
    first = take_back(child, key="one")
    assert take_back(child, key="one") == first
    assert (ConsentTakenBack.objects.count(), ConsentEnd.objects.count()) == (1, 1)


def test_what_was_shared_meanwhile_is_looked_at_first(child: Any) -> None:
    give(child, choice())
    listed = consent.resting(by=who(LEAD), child=child, now=LATER).ids
    give(child, choice())
    said = TakenBack(whose="Her mother", on=LATER, how=How.TELEPHONE, now=LATER)
    with pytest.raises(NotTaken, match="has changed since"):
        consent.take_back(by=who(LEAD), child=child, said=said, ends=listed, listed=listed, key="k", now=LATER)
    assert not ConsentTakenBack.objects.exists()


def test_it_is_not_taken_back_before_it_was_used(child: Any) -> None:
    give(child, choice())
    with pytest.raises(NotTaken, match="not before"):
        take_back(child, on=AT - timedelta(days=1))


def test_a_receiver_may_put_it_on_record_and_whoever_shared_decides(child: Any) -> None:
    whole(child)
    row = take_back(child, by=CLUB)
    assert row.organisation == "club"
    owed = duty("anew")
    assert owed is not None
    assert owed.owner == LEAD


def test_nobody_who_may_not_open_the_record_puts_it_on_record(child: Any) -> None:
    give(child, choice())
    with pytest.raises(Refused):
        take_back(child, by=STRANGER)


@pytest.mark.parametrize("table", ["consenttakenback", "consentend", "consentanew", "consentanswer"])
def test_it_is_only_added(child: Any, table: str) -> None:
    whole(child)
    take_back(child)
    end = ConsentEnd.objects.get().id
    consent_after.answer(by=who(CLUB), end=end, does="destroyed", reason="", now=LATER)
    consent_after.decide_anew(by=who(LEAD), end=end, goes_on=False, reason="It ends", now=LATER)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM sharing_{table}")


def test_refusals_and_their_reviews_read_consent_as_it_stands(child: Any) -> None:
    request = asked(child)
    take_back(child)
    refusing.nothing_to_give(by=who(LEAD), request=request, reason="None", key="k", now=LATER)
    assert SharingDecision.objects.get(request=request).consent == "withdrawn"


def test_an_erased_record_takes_it_along(child: Any) -> None:
    whole(child)
    take_back(child)
    end = ConsentEnd.objects.get().id
    consent_after.answer(by=who(CLUB), end=end, does="destroyed", reason="", now=LATER)
    consent_after.decide_anew(by=who(LEAD), end=end, goes_on=False, reason="It ends", now=LATER)
    DutyNow.objects.update(status="discharged")
    gone = retention.erase(child=child, why="Reviewed; ref 1.", by="operator test", now=LATER)
    assert {name for name in gone if "consent" in name} == {
        "sharing_consentanswer", "sharing_consentanew", "sharing_consentend", "sharing_consenttakenback"
    }  # fmt: skip


def test_it_is_in_the_copy_of_what_is_held_and_never_plainly_theirs(child: Any) -> None:
    give(child, choice())
    take_back(child)
    held = held_on(Person.objects.get(id=child), by=who(GUARDIAN), now=LATER)
    (part,) = [each for each in held.parts if each.under == "Consent"]
    assert {field.value for field in part.fields} == {SAID, "Her mother", "She would rather not."}
    assert {field.mark for field in part.fields} == {Mark.THIRD_PARTY}

"""Two at the same instant, in every order that could lose or double something: one is first, and the other is told.

Each rival acts in the middle of the other's deed (`support.at_once`); which thread is faster plays no part.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import transaction
from support.at_once import rival
from support.deliveries import NHS_ONE, NOW, entry, person, record, take_in
from support.pages import FRONT_DOOR, GUARDIAN, LEAD, MANAGER, STRANGER, client_of, partnership, school_log, the_duty

from nightlight.actions.child import glass
from nightlight.actions.concerns import concerns, drafts
from nightlight.actions.duties import deeds as duties
from nightlight.actions.duties.disagreements import disagree
from nightlight.actions.keeping import keys, retention
from nightlight.actions.oversight import copies, more_time, unusual
from nightlight.actions.owned import raising
from nightlight.actions.rotas import edits as rotas
from nightlight.actions.seeing import compartments
from nightlight.actions.sharing import asking, giving, refusing
from nightlight.actions.sharing.material import Terms
from nightlight.actions.signin import accounts, factors
from nightlight.actions.source import sending
from nightlight.actions.trail import audit
from nightlight.config import settings as settings_module
from nightlight.domain.duties import Acknowledged, DutyError, HandedOver, Notified
from nightlight.domain.rota import OnCall
from nightlight.domain.sharing.refusing import NotWritten
from nightlight.domain.sharing.vocabulary import Harm
from nightlight.domain.subject_access import Choice
from nightlight.store.access import wall
from nightlight.store.access.models import Granted, Member
from nightlight.store.audit.models import AuditEvent, Hold
from nightlight.store.chronology.models import EntryRow
from nightlight.store.duties import mapping
from nightlight.store.duties.models import DutyNow, Notice, Team
from nightlight.store.intake.models import Draft, RaisedConcern
from nightlight.store.keys import keyring, vault
from nightlight.store.oversight.models import SubjectCopy, SubjectLonger, SubjectRequest, Unusual
from nightlight.store.people.models import Organisation, Person, Practitioner
from nightlight.store.sharing.models import Disclosure, SharingDecision, SharingReview
from nightlight.store.signin.models import Factor
from nightlight.store.source import outgoing
from nightlight.store.source.models import OutEvent

pytestmark = pytest.mark.django_db(transaction=True)
AT = NOW + timedelta(hours=1)
DUTIES = 'FROM "duties_dutynow"'


@pytest.fixture
def child(settings: Any) -> UUID:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # Argon2 is slow on purpose
    partnership()
    return school_log().id


def who(username: str) -> Practitioner:
    return Practitioner.objects.select_related("organisation").get(username=username)


def open_duties(**about: Any) -> list[DutyNow]:
    return list(DutyNow.objects.filter(**about).exclude(status="discharged"))


def numbers_of(duty: UUID) -> list[int]:
    return list(DutyNow.objects.get(duty_id=duty).duty.events.order_by("number").values_list("number", flat=True))


# -- duties


def test_of_two_who_disagree_at_once_the_second_is_told_of_the_first(child: UUID) -> None:
    about, words = the_duty().duty_id, "The threshold was met."

    def other() -> Any:
        return disagree(by=who(LEAD), about=about, reason=words, now=AT)

    with rival(other, after='AS "a" FROM "duties_dutynow"') as second:
        first = disagree(by=who(MANAGER), about=about, reason=words, now=AT)
    assert isinstance(second.raised, DutyError)
    assert "open already" in str(second.raised)
    assert [row.owner for row in open_duties(question__startswith="disagreement:")] == [first.owner]


def test_two_duties_that_ended_on_one_question_are_challenged_at_once_by_one_duty(child: UUID) -> None:
    ids = []
    for outcome in ("support_given", "support_given"):
        (row,) = open_duties()
        ids.append(row.duty_id)
        duties.discharge(by=who(row.owner), duty_id=row.duty_id, outcome=outcome, reason="They have it.", now=AT)
        if len(ids) == 1:
            duties.challenge(by=who(MANAGER), duty_id=row.duty_id, reason="It goes on.", now=AT)

    def other() -> Any:
        return duties.challenge(by=who(MANAGER), duty_id=ids[1], reason="It still goes on.", now=AT)

    with rival(other, after='"duties_dutynow"."question" ='):
        duties.challenge(by=who(LEAD), duty_id=ids[0], reason="It still goes on.", now=AT)
    assert len(open_duties()) == 1


def test_a_deed_that_waited_for_a_clock_comes_after_what_the_clock_did(child: UUID) -> None:
    duty = the_duty().duty_id
    raising.apply(duty, mapping.state(duty), Notified(at=AT + timedelta(seconds=3), by="system", to=LEAD))
    after = duties.acknowledge(by=who(LEAD), duty_id=duty, now=AT)
    assert (after.status, after.last) == ("acknowledged", AT + timedelta(seconds=3))


def test_two_who_end_one_duty_because_it_is_answered_end_it_once(child: UUID) -> None:
    ask(child)
    (row,) = open_duties(question__startswith="sharing:")

    def answered() -> None:
        with transaction.atomic():
            asking.settled(by=LEAD, asks=[row.question], reason="It was answered.", now=AT)

    with rival(answered, after=DUTIES) as other:
        answered()
    assert other.raised is None
    assert not open_duties(question=row.question)
    assert numbers_of(row.duty_id) == [1, 2]


def test_the_night_hands_over_what_its_owner_acknowledges_at_that_moment(settings: Any) -> None:
    council = Organisation.objects.create(code="council", name="Council", agency="social_care")
    boss, night, door = (
        Practitioner.objects.make(username=name, name=name, role=role, organisation=council)
        for name, role in (
            ("boss", "service_manager"), ("night", "emergency_duty_team"), ("door", "front_door_team_manager")
        )
    )  # fmt: skip
    hours = tuple(OnCall(day, time(17), time(9)) for day in range(7))
    for each, more in ((night, {"on_call": hours, "holidays": True}), (door, {}), (boss, {})):
        rotas.put_on_rota(
            by=boss, person=each.username, role=each.role, organisation="council", since=NOW, now=NOW, **more
        )
    evening, morning = datetime(2026, 11, 23, 20, tzinfo=UTC), datetime(2026, 11, 24, 9, tzinfo=UTC)
    take_in(
        record("r", entry("social_care.referral", -0.45, "c1", attributes={"outcome": "section_47"}),
               people=[person("c1", given="Wren", family="Alder", nhs_number=NHS_ONE)]),
        agency="social_care", organisation="council", now=evening,
    )  # fmt: skip
    (row,) = DutyNow.objects.filter(question__startswith="clock:STRAT-CONVENE")

    def other() -> Any:
        return duties.acknowledge(by=who("night"), duty_id=row.duty_id, now=morning)

    with rival(other, after=DUTIES) as owner:
        rotas.hand_over_the_night(now=morning)
    assert owner.raised is None or isinstance(owner.raised, DutyError)
    kinds = [type(each) for each in mapping.events_of([row.duty_id])[row.duty_id]]
    assert HandedOver in kinds
    assert (Acknowledged in kinds) is (owner.raised is None)


def test_an_empty_post_is_filled_while_its_duty_is_acknowledged(child: UUID) -> None:
    lead = who(LEAD)
    rotas.leave(by=who(MANAGER), person=LEAD, now=AT)
    (gap,) = open_duties(question=f"rota:safeguarding_lead:{lead.organisation_id}")
    later = AT + timedelta(hours=1)

    def other() -> Any:
        return duties.acknowledge(by=who(gap.owner), duty_id=gap.duty_id, now=later)

    with rival(other, after="COUNT(*)") as owner:
        rotas.put_on_rota(
            by=who(MANAGER), person=MANAGER, role="safeguarding_lead", organisation=lead.organisation_id, since=later,
            now=later,
        )  # fmt: skip
    assert isinstance(owner.raised, DutyError)
    assert not open_duties(duty_id=gap.duty_id)


# -- rotas


def test_two_who_cover_for_each_other_are_entered_at_once(child: UUID) -> None:
    until = AT + timedelta(days=2)

    def away(person: str, cover: str) -> Any:
        return rotas.away(by=who(MANAGER), person=person, since=AT, until=until, why="leave", cover=cover, now=AT)

    with rival(lambda: away(MANAGER, LEAD), after="FOR UPDATE") as other:
        away(LEAD, MANAGER)
    assert other.waited
    assert other.raised is None or isinstance(other.raised, rotas.RotaRefused)


def test_a_team_s_code_that_two_organisations_choose_at_once_is_the_first_one_s(child: UUID) -> None:
    partner = who(GUARDIAN)

    def team(organisation: str) -> Team:
        return rotas.set_team(by=boss, code="north", name=organisation, organisation=organisation, now=AT)

    boss = partner if may_edit_all(partner) else somebody_who_may_edit_all()
    with rival(lambda: team("force-1"), after='"duties_team"') as other:
        with pytest.raises(rotas.RotaRefused, match="another organisation"):
            team("school-1")
    assert other.raised is None
    assert Team.objects.get(code="north").organisation_id == "force-1"


def may_edit_all(by: Practitioner) -> bool:
    from nightlight.domain.roles import Permission, may

    return may(by.role, Permission.ROTA_EDIT) and may(by.role, Permission.ROTA_EDIT_ALL)


def somebody_who_may_edit_all() -> Practitioner:
    return next(each for each in Practitioner.objects.select_related("organisation") if may_edit_all(each))


# -- sharing


def ask(child: UUID) -> UUID:
    AuditEvent.objects.create(at=NOW, by=STRANGER, act="person.found", child=child, reason="to help")
    wanted = asking.Ask(holder="school-1", harm=Harm.SIGNIFICANT, what="What was seen", why="A strategy discussion")
    return asking.ask(by=who(STRANGER), child=child, ask=wanted, key=str(uuid4()), now=AT)


def choice(to: str = STRANGER) -> giving.Choice:
    ids = [str(id_) for id_ in EntryRow.objects.order_by("record_id").values_list("id", flat=True)[:1]]
    return giving.Choice(to=to, terms=Terms(harm=Harm.SIGNIFICANT), fields=dict.fromkeys(ids, ("kind", "when")))


def give(child: UUID, *, by: str = LEAD, key: str, request: UUID | None = None, to: str = STRANGER) -> Disclosure:
    ready = giving.prepare(by=who(by), child=child, choice=choice(to), now=AT)
    return giving.give(by=who(by), child=child, choice=choice(to), mark=ready.mark, key=key, now=AT, request=request)


def unshared() -> refusing.Unshared:
    return refusing.Unshared(
        detriment="It would put her at risk.", comparison="More harm than good.", alternatives="A part was weighed.",
        reviewer=GUARDIAN, review_at=AT + timedelta(hours=4),
    )  # fmt: skip


def test_a_button_pressed_twice_gives_once(child: UUID) -> None:
    with rival(lambda: give(child, key="one", to=FRONT_DOOR), after="sharing_disclosure") as other:
        mine = give(child, key="one", to=FRONT_DOOR)
    assert other.gave == mine
    assert Disclosure.objects.count() == SharingDecision.objects.count() == 1


@pytest.mark.parametrize("rivals", ["give", "refuse", "nothing", "withdraw"])
def test_a_request_that_two_answer_at_once_has_one_answer(child: UUID, rivals: str) -> None:
    request = ask(child)
    deeds = {
        "give": lambda: give(child, by=MANAGER, key="two", request=request),
        "refuse": lambda: refusing.refuse(by=who(MANAGER), request=request, why=unshared(), key="two", now=AT),
        "nothing": lambda: refusing.nothing_to_give(
            by=who(MANAGER), request=request, reason="Nothing is held.", key="two", now=AT
        ),
        "withdraw": lambda: asking.withdraw(
            by=who(STRANGER), request=request, reason="Not needed now.", key="two", now=AT
        ),
    }  # fmt: skip
    with rival(deeds[rivals], after="DISTINCT ON") as other, pytest.raises(NotWritten, match="answered already"):
        refusing.refuse(by=who(LEAD), request=request, why=unshared(), key="one", now=AT)
    assert other.raised is None
    assert SharingDecision.objects.filter(request=request, did__in=asking.ANSWERS).count() == 1
    assert not open_duties(question=asking.question(request, "answer"))


def test_advice_that_is_sought_twice_at_once_is_one_duty(child: UUID) -> None:
    request = ask(child)

    def seek(by: str, key: str) -> None:
        refusing.seek_advice(by=who(by), request=request, reason="May we?", key=key, now=AT)

    with rival(lambda: seek(MANAGER, "two"), after='AS "a" FROM "duties_dutynow"') as other:
        seek(LEAD, "one")
    seek(LEAD, "one")
    assert other.raised is None
    assert len(open_duties(question=asking.question(request, "advice"))) == 1
    assert SharingDecision.objects.filter(did="advice").count() == 2


def test_a_review_sent_twice_at_once_is_one(child: UUID) -> None:
    request = ask(child)
    decision = refusing.refuse(by=who(LEAD), request=request, why=unshared(), key="one", now=AT)

    def review() -> Any:
        return refusing.review(by=who(GUARDIAN), decision=decision.id, stands=False, reason="It is needed.", now=AT)

    with rival(review, after="sharing_decision") as other:
        mine = review()
    assert other.gave == mine
    assert SharingReview.objects.count() == 1
    assert len(open_duties(question=asking.question(request, "answer"))) == 1


def test_what_a_hub_refused_is_put_back_while_more_is_told(child: UUID) -> None:
    def event(**more: Any) -> OutEvent:
        return OutEvent(id=uuid4(), child=child, type="t", about=uuid4(), made=NOW, **more)

    with transaction.atomic():
        outgoing.add([event(state="refused"), event()])

    def more_is_told() -> None:
        with transaction.atomic():
            outgoing.add([event()])

    with rival(more_is_told, after="source_outevent", nth=2):
        assert sending.try_refused_again() == 1
    assert sorted(OutEvent.objects.values_list("number", flat=True)) == [2, 3, 4]


# -- the record


def test_a_record_that_is_erased_just_now_is_not_held(child: UUID) -> None:
    for row in open_duties():
        duties.discharge(
            by=who(row.owner), duty_id=row.duty_id, outcome="support_given", reason="They have it.", now=AT
        )

    def hold() -> None:
        retention.hold(child=child, why="Inquiry 7", by="test", now=AT)

    with rival(hold, after="audit_hold") as other:
        retention.erase(child=child, why="Twenty-five years are over.", by="test", now=AT)
    assert isinstance(other.raised, retention.NotErased)
    assert not Hold.objects.exists()
    assert not Person.objects.filter(id=child).exists()


def test_a_draft_that_is_raised_in_another_window_is_not_thrown_away(child: UUID) -> None:
    content = {"danger": "no", "child": str(child), "what": "Came without a coat.", "when": "today"}
    draft = drafts.start(by=who(LEAD), danger="no", now=AT)
    drafts.save(by=who(LEAD), draft=draft.id, version=draft.version, content=content, now=AT)

    def raise_it() -> Any:
        return concerns.raise_concern(by=who(LEAD), draft=draft.id, now=AT)

    with wall.standing(LEAD), rival(raise_it, after='FROM "intake_draft"', nth=2) as other:
        drafts.delete(by=who(LEAD), draft=draft.id, now=AT)
    assert isinstance(other.raised, drafts.DraftGone)
    assert not Draft.objects.exists()
    assert not RaisedConcern.objects.exists()


# -- who may see


def test_a_glass_is_broken_once_by_a_button_that_is_pressed_twice(child: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(glass, "recently_proved", lambda by, now: True)

    def break_it() -> Granted:
        return glass.break_glass(by=who(STRANGER), child=child, reason="He is at the station, alone.", now=AT)

    with rival(break_it, after='"access_granted"."until" >') as other:
        mine = break_it()
    assert other.gave == mine
    assert Granted.objects.filter(kind="broken_glass").count() == 1
    assert Notice.objects.filter(why="glass", person=GUARDIAN).count() == 1


def test_a_member_is_added_to_a_compartment_once(child: UUID) -> None:
    made = compartments.open_compartment(by=who(GUARDIAN), kind="adoption", reason="By order", members=[LEAD], now=AT)

    def add() -> Member:
        return compartments.add_member(by=who(GUARDIAN), compartment=made.id, person=MANAGER, reason="By order", now=AT)

    with rival(add, after='FROM "access_member"') as other:
        mine = add()
    assert other.gave == mine
    assert Member.objects.filter(compartment=made, person=MANAGER).count() == 1


def test_an_account_that_two_make_at_once_is_one(child: UUID) -> None:
    def add() -> str:
        return accounts.add(username="new", name="New", role="staff", organisation="school-1", by="test", now=AT)

    with rival(add, after="people_practitioner") as other:
        add()
    assert isinstance(other.raised, accounts.AccountError)
    assert Practitioner.objects.filter(username="new").count() == 1


def test_a_provider_s_subject_is_one_person_s_at_a_time(child: UUID) -> None:
    def link(username: str) -> None:
        accounts.link(username=username, issuer="https://id.example", subject="s1", by="test", now=AT)

    with rival(lambda: link(MANAGER), after="signin_subject") as other:
        link(LEAD)
    assert other.raised is None


def test_two_pages_that_set_up_an_app_show_the_same_secret(child: UUID) -> None:
    lead = who(LEAD)
    with rival(lambda: factors.set_up(by=lead, now=AT), after="signin_factor") as other:
        mine = factors.set_up(by=lead, now=AT)
    assert other.gave == mine
    assert Factor.objects.count() == 1


# -- the guardian's


@pytest.fixture
def request_for_a_copy(child: UUID) -> SubjectRequest:
    return copies.ask(by=who(GUARDIAN), subject=child, asked_by="Robin, seen", received=NOW, now=AT)


def test_more_time_is_taken_once(request_for_a_copy: SubjectRequest) -> None:
    def take() -> Any:
        return more_time.take(by=who(GUARDIAN), request=request_for_a_copy.id, why="Six years", told=NOW, now=AT)

    with rival(take, after="oversight_subjectlonger") as other, pytest.raises(copies.NotMade, match="taken already"):
        take()
    assert other.raised is None
    assert SubjectLonger.objects.count() == 1
    assert len(open_duties(question=f"subject:{request_for_a_copy.id}")) == 1


def decided(request: SubjectRequest) -> str:
    """Every field given; the digest of the copy as it would be made."""
    work = copies.working(by=who(GUARDIAN), request=request.id, now=AT)
    every = {each.id: Choice(give=True, why="") for each in work.open}
    copies.decide(by=who(GUARDIAN), request=request.id, choices=every, now=AT)
    return copies.digest_of(copies.content_of(copies.working(by=who(GUARDIAN), request=request.id, now=AT), AT))


def test_a_copy_is_made_once(request_for_a_copy: SubjectRequest) -> None:
    digest = decided(request_for_a_copy)

    def make() -> Any:
        return copies.make(by=who(GUARDIAN), request=request_for_a_copy.id, digest=digest, now=AT)

    with rival(make, after="oversight_subjectchoice") as other:
        with pytest.raises(copies.NotMade, match="made already"):
            make()
    assert other.raised is None
    assert SubjectCopy.objects.count() == 1


def test_a_copy_is_not_made_with_what_was_just_decided_to_be_left_out(request_for_a_copy: SubjectRequest) -> None:
    digest = decided(request_for_a_copy)
    work = copies.working(by=who(GUARDIAN), request=request_for_a_copy.id, now=AT)
    field = work.parts[0].fields[0].id
    left = {field: Choice(give=False, why="It is about another")}

    def leave_out() -> Any:
        return copies.decide(by=who(GUARDIAN), request=request_for_a_copy.id, choices=left, now=AT)

    with rival(leave_out, after="oversight_subjectchoice") as other:
        with pytest.raises(copies.NotMade, match="has changed since this preview"):
            copies.make(by=who(GUARDIAN), request=request_for_a_copy.id, digest=digest, now=AT)
    assert other.raised is None
    assert not SubjectCopy.objects.exists()


def test_the_last_two_findings_of_a_day_are_settled_at_once_and_end_its_duty(child: UUID) -> None:
    Practitioner.objects.filter(username__in=[LEAD, MANAGER]).update(name="Ada Fictional")
    for username in (LEAD, MANAGER):
        audit.row(at=NOW, by=who(username), act="child.viewed", child=child).save(force_insert=True)
    assert unusual.turn(now=AT) == 2
    one, two = Unusual.objects.order_by("person")
    assert len(open_duties(question__startswith="unusual:")) == 1

    def settle(row: Unusual) -> Any:
        return unusual.did(by=who(GUARDIAN), finding=row.id, deed="explained", words="Their own class.", now=AT)

    with rival(lambda: settle(two), after='"oversight_unusual"."found" >=') as other:
        settle(one)
    assert other.raised is None
    assert not Unusual.objects.filter(settled=None).exists()
    assert not open_duties(question__startswith="unusual:")


# -- keys


def test_of_two_rotations_at_once_one_is_refused_and_no_key_is_lost(tmp_path: Path) -> None:
    before, path = vault.keyring(), tmp_path / "keys.json"
    vault.use(keyring.make(path, NOW), path)
    try:
        take_in(record("r", entry("education.concern", 2, "c1", text="No coat."), people=[person("c1")]))
        with rival(lambda: keys.rotate(path=path, by="other", now=AT), after="pg_try_advisory_lock") as other:
            keys.rotate(path=path, by="test", now=AT)
        assert isinstance(other.raised, keys.KeysBusy)
        assert len(keyring.read(path).data) == 2
        assert EntryRow.objects.get().text == "No coat."
    finally:
        vault.use(before)


def test_of_two_processes_that_make_the_secret_key_both_have_the_first_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, link = tmp_path / "secret-key", os.link

    def another_is_first(draft: str, path: Path) -> None:
        kept.write_text("theirs")
        link(draft, path)

    monkeypatch.delenv("NIGHTLIGHT_SECRET_KEY", raising=False)
    monkeypatch.setenv("NIGHTLIGHT_DATA", str(tmp_path))
    monkeypatch.setattr(os, "link", another_is_first)
    assert settings_module._secret_key() == "theirs"
    monkeypatch.undo()
    monkeypatch.setenv("NIGHTLIGHT_DATA", str(tmp_path / "new"))
    monkeypatch.delenv("NIGHTLIGHT_SECRET_KEY", raising=False)
    assert settings_module._secret_key() == settings_module._secret_key() != ""
    assert (tmp_path / "new" / "secret-key").stat().st_mode & 0o077 == 0
    assert [each.name for each in (tmp_path / "new").iterdir()] == ["secret-key"]


# -- what no deed foresees


def test_a_deed_that_the_database_refuses_because_another_was_first_says_so(
    child: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    duty = the_duty().duty_id

    def twice(*, by: Practitioner, duty_id: UUID, now: datetime) -> None:
        with transaction.atomic():
            mapping.to_row(mapping.events_of([duty_id])[duty_id][0], duty_id, 1).save(force_insert=True)

    monkeypatch.setattr(duties, "acknowledge", raising.wall.lifted("as the deed itself")(twice))
    page = client_of(LEAD).post(f"/duties/{duty}/acknowledge")
    assert page.status_code == 409
    assert "Somebody did this a moment ago" in page.content.decode()
    assert numbers_of(duty) == [1]

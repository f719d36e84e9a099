"""The model at intake: who is placed by it, who waits with what it says, and what a later number opens again."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from support import likenesses
from support.deliveries import NHS_ONE, NHS_TWO, NOW

from nightlight.actions.demo.staff import make_people
from nightlight.actions.matching import deciding as matching
from nightlight.actions.matching import seen_meanwhile as matching_seen
from nightlight.actions.people import identity, linkage
from nightlight.actions.seeing import compartments
from nightlight.actions.seeing.access import Refused
from nightlight.actions.trail import audit
from nightlight.domain.records import PersonRecord
from nightlight.matcher import batch, thresholds
from nightlight.matcher.model import starting_model
from nightlight.matcher.placing import Memory, candidates
from nightlight.matcher.verdicts import Outcome
from nightlight.store.people.models import IdentityDecision, MatchModel, MatchRecord, Person, Practitioner, SourcePerson
from nightlight.timeline.partial import Partial

pytestmark = pytest.mark.django_db

ZUZANNA = PersonRecord(
    source_id="z", role="child", given="Zuzanna", family="Ollerenshaw", born=Partial.day(date(2015, 3, 9)), sex="F",
    postcode="ZX1 0AA",
)  # fmt: skip


@pytest.fixture(autouse=True)
def people(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    make_people([("school-1", "One", "education"), ("practice-1", "Two", "health.gp")], now=NOW)


def told(system: str, *records: PersonRecord, after: int = 0) -> list[SourcePerson]:
    """What a system says of people; their rows as they are then."""
    said = {record.source_id: record for record in records}
    identity.resolve(said, system=system, agency="education", organisation="school-1", now=NOW + timedelta(hours=after))
    ids = [identity.source_person_id(system, record.source_id) for record in records]
    held = SourcePerson.objects.in_bulk(ids)
    return [held[id_] for id_ in ids]


def newest(row: SourcePerson) -> IdentityDecision:
    return IdentityDecision.objects.filter(source_person=row.id).latest("id")


@pytest.mark.parametrize(
    "said",
    [{"family": "Olerenshaw"}, {"postcode": None}, {"given": "Ollerenshaw", "family": "Zuzanna"}],
    ids=["misspelt", "no-postcode", "exchanged"],
)
def test_resolve_joins_where_the_model_is_sure_and_says_why(said: dict[str, Any]) -> None:
    (known,) = told("school", ZUZANNA)
    (other,) = told("practice", replace(ZUZANNA, **said))
    assert other.person_id == known.person_id
    assert "the model is sure (for: " in newest(other).reason
    assert "uzanna" not in newest(other).reason


def test_resolve_keeps_twins_of_one_school_apart_and_waiting_for_nobody() -> None:
    one, two = told("school", ZUZANNA, replace(ZUZANNA, source_id="y", given="Zofia"))
    assert one.person_id != two.person_id
    assert None not in (one.person_id, two.person_id)


def test_resolve_asks_where_only_one_agency_knows_a_twin() -> None:
    (known,) = told("school", ZUZANNA)
    (other,) = told("practice", replace(ZUZANNA, given="Zofia"))
    assert other.person_id is None
    assert [(each.person_id, each.model) for each in other.proposals.all()] == [
        (known.person_id, starting_model().version)
    ]


def test_resolve_asks_when_two_are_as_likely() -> None:
    told("school", ZUZANNA)
    told("academy", replace(ZUZANNA, postcode="ZX9 9ZZ", nhs_number=NHS_ONE))
    told("register", replace(ZUZANNA, nhs_number=NHS_TWO))
    (other,) = told("practice", replace(ZUZANNA, postcode=None))
    assert other.person_id is None


def test_resolve_never_finds_who_is_sealed() -> None:
    guardian = Practitioner.objects.get(role="caldicott_guardian")
    (known,) = told("school", replace(ZUZANNA, nhs_number=NHS_ONE))
    made = compartments.open_compartment(
        by=guardian, kind="adoption", reason="Adopted.", members=[guardian.username], now=NOW
    )
    compartments.seal(by=guardian, compartment=made.id, what="child", item=known.person_id, reason="Adopted.", now=NOW)
    (other,) = told("practice", replace(ZUZANNA, nhs_number=NHS_ONE), after=1)
    assert other.person_id not in (None, known.person_id)
    assert not other.proposals.exists()


def test_resolve_a_number_that_came_later_and_is_anothers_opens_the_match_again() -> None:
    (known,) = told("school", ZUZANNA)
    (other,) = told("practice", replace(ZUZANNA, family="Olerenshaw"))
    (third,) = told("hospital", replace(ZUZANNA, given="Maja", born=Partial.day(date(2011, 1, 2)), nhs_number=NHS_ONE))
    (other,) = told("practice", replace(ZUZANNA, family="Olerenshaw", nhs_number=NHS_ONE), after=1)
    assert (other.person_id, newest(other).outcome) == (known.person_id, "reopened")
    assert other.waiting_since is not None
    assert [each.person_id for each in other.proposals.all()] == [third.person_id]


def test_case_shows_what_speaks_for_and_against() -> None:
    steward = Practitioner.objects.get(username="data-steward")
    told("school", ZUZANNA)
    (other,) = told("practice", replace(ZUZANNA, given="Zofia"))
    (proposed,) = matching.case(by=steward, source_person=other.id, now=NOW).proposed
    assert proposed.likely is not None
    sides = {ground.title: ground.side for ground in proposed.likely.grounds}
    assert (sides["Given name"], sides["Birth date"]) == ("against", "for")


def test_known_finds_whom_an_index_in_memory_finds() -> None:
    chance = Random(4)
    records = [
        PersonRecord(
            source_id=f"r{n}",
            role="child",
            given=chance.choice(likenesses.GIVEN),
            family=chance.choice(likenesses.FAMILY),
            born=Partial.day(date(2015, chance.choice((3, 9)), chance.choice((3, 9)))),
            postcode="ZX1 0AA",
        )
        for n in range(60)
    ]
    for n, record in enumerate(records):
        told(f"system-{n}", record)
    rows = list(SourcePerson.objects.select_related("person"))
    person = {str(row.id): row.person_id for row in rows}
    memory = Memory(linkage.prepared(row) for row in rows)
    for row in rows:
        expected = {person[each.id] for each in memory.sharing(linkage.prepared(row).keys) if each.id != str(row.id)}
        found = {each.person for each in linkage.Known([row], NOW).likely(row)}
        assert found <= expected
    judge = linkage.judge_on(NOW)
    for row in (row for row in rows if row.person_id is None):
        alike = {person[each.record.id] for each in candidates(linkage.prepared(row), memory, judge)} - {None}
        assert alike <= {each.person for each in linkage.Known([row], NOW).likely(row)}


def test_found_one_by_one_is_whom_a_batch_finds() -> None:
    chance = Random(9)
    for n in range(50):
        said = {
            "given": chance.choice(likenesses.GIVEN), "family": chance.choice(likenesses.FAMILY),
            "born": Partial.day(date(chance.choice((2015, 2016)), chance.choice((3, 9)), chance.choice((3, 9)))),
            "postcode": chance.choice(likenesses.POSTCODES),
        }  # fmt: skip
        told(f"system-{n}", PersonRecord(source_id=f"r{n}", role="child", **said))
    records = {str(row.id): linkage.prepared(row) for row in SourcePerson.objects.all()}
    judge = linkage.judge_on(NOW)
    links = set(batch.link_all(list(records.values()), judge).links)
    together = linkage.Found(list(records.values()), judge)
    assert len(links) > 20
    for one in records.values():
        expected = {other for pair in links if one.id in pair for other in pair} - {one.id}
        alone = linkage.Found([one], judge).may_be[one.id]
        assert alone == together.may_be[one.id]
        judged = {id_ for id_ in alone - {one.id} if judge.verdict(one, records[id_]).outcome is not Outcome.DIFFERENT}
        assert judged == expected


def test_train_is_kept_with_its_record_and_counts_from_then_on(monkeypatch: pytest.MonkeyPatch) -> None:
    told("school", *(replace(ZUZANNA, source_id=f"s{n}", given=f"Name{n}") for n in range(30)))
    told("practice", *(replace(ZUZANNA, source_id=f"p{n}", given=f"Name{n}") for n in range(30)))
    with pytest.raises(linkage.TooFew, match="60 records"):
        linkage.train(by="operator", now=NOW)
    monkeypatch.setattr(linkage, "LEAST_RECORDS", 60)
    trained = linkage.train(by="operator", now=NOW)
    assert linkage.model_in_use() == trained
    assert (MatchModel.objects.get().version, trained.training.records) == (trained.version, 60)
    assert MatchRecord.objects.count() == 60


def test_set_thresholds_counts_from_its_day() -> None:
    row = thresholds.Thresholds(valid_from=date(2030, 1, 1), same=0.99, ask=0.2, source="The partnership's board.")
    linkage.set_thresholds(by="operator", row=row, now=NOW)
    assert linkage.judge_on(NOW).thresholds.same == 0.95
    assert linkage.judge_on(NOW + timedelta(days=3000)).thresholds == row


def test_people_are_counted_once() -> None:
    told("school", ZUZANNA)
    told("practice", replace(ZUZANNA, postcode=None))
    assert Person.objects.count() == 1


def test_wrong_match_that_is_undone_lists_who_looked_meanwhile() -> None:
    steward, guardian = (Practitioner.objects.get(username=name) for name in ("data-steward", "caldicott-guardian"))
    (known,) = told("school", ZUZANNA)
    (other,) = told("practice", replace(ZUZANNA, given="Zofia"))
    audit.record(at=NOW, by=guardian, act="child.viewed", child=known.person_id)
    for hours, outcome, person in ((1, "same", known.person_id), (5, "new", None)):
        matching.decide(
            by=steward, source_person=other.id, outcome=outcome, person=person, reason="As her mother says.",
            now=NOW + timedelta(hours=hours),
        )  # fmt: skip
        audit.record(at=NOW + timedelta(hours=hours + 1), by=guardian, act="child.viewed", child=known.person_id)
    (wrong,) = matching_seen.wrong_matches(by=guardian, now=NOW + timedelta(hours=9))
    assert (wrong.child, wrong.until - wrong.since) == (known.person_id, timedelta(hours=4))
    assert [(look.at, look.by) for look in wrong.looks] == [(NOW + timedelta(hours=2), guardian.username)]
    with pytest.raises(Refused):
        matching_seen.wrong_matches(by=steward, now=NOW)

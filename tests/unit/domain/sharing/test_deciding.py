"""Each row of the decision, each restriction, and the cases that the decision must get right."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from nightlight.domain.rule_types import Grade, RulesError
from nightlight.domain.sharing.deciding import Answer, decide
from nightlight.domain.sharing.rows import default_rows, rows_with
from nightlight.domain.sharing.vocabulary import (
    Asked,
    Category,
    Consent,
    ConsentIs,
    Harm,
    Mode,
    Outcome,
    Party,
    Request,
    Standing,
    Unsafe,
)

ROWS = default_rows()
BEFORE, AFTER = datetime(2026, 9, 20, 9, tzinfo=UTC), datetime(2026, 10, 1, 9, tzinfo=UTC)
NURSE, SCHOOL, POLICE = ROWS.party("health.community"), ROWS.party("education"), ROWS.party("police")
COUNCIL, CLUB, GP = ROWS.party("social_care"), ROWS.party("voluntary"), ROWS.party("health.gp")


def asked(sender: Party = NURSE, recipient: Party = SCHOOL, harm: Harm = Harm.WELFARE, **more: Any) -> Request:
    return Request(sender=sender, recipient=recipient, harm=harm, **more)


def answer(request: Request, at: datetime = AFTER) -> Answer:
    return decide(request, ROWS, at)


TABLE = [
    ("R0", asked(GP, POLICE, Harm.IMMEDIATE), AFTER, Outcome.SHARE_NOW),
    ("R0", asked(CLUB, COUNCIL, Harm.IMMEDIATE), BEFORE, Outcome.SHARE_NOW),
    ("R1", asked(recipient=CLUB, asked=Asked.COURT_ORDER), AFTER, Outcome.SHARE_AS_ORDERED),
    ("R3", asked(function=False), AFTER, Outcome.DO_NOT_SHARE),
    ("R4", asked(), AFTER, Outcome.SHARE_DUTY),
    ("R4", asked(harm=Harm.IN_NEED), AFTER, Outcome.SHARE_DUTY),
    ("R5", asked(GP, SCHOOL, detriment=True), AFTER, Outcome.HOLD),
    ("R6", asked(NURSE, COUNCIL, Harm.SIGNIFICANT), BEFORE, Outcome.SHARE_DUTY),
    ("R6", asked(NURSE, COUNCIL, Harm.IN_NEED, asked=Asked.SECTION_47), BEFORE, Outcome.SHARE_DUTY),
    ("R7", asked(CLUB, COUNCIL, Harm.NONE, asked=Asked.SECTION_16H), AFTER, Outcome.SHARE_DUTY),
    ("R8", asked(POLICE, SCHOOL, asked=Asked.ENCOMPASS), BEFORE, Outcome.SHARE_DUTY),
    ("R10", asked(CLUB, COUNCIL, Harm.SIGNIFICANT), AFTER, Outcome.SHARE),
    ("R11", asked(NURSE, COUNCIL, Harm.IN_NEED, necessary=True), BEFORE, Outcome.SHARE),
    ("R12", asked(NURSE, CLUB, necessary=True), AFTER, Outcome.SHARE),
    ("R12A", asked(NURSE, CLUB), AFTER, Outcome.SEEK_AGREEMENT),
    ("R12A", asked(), BEFORE, Outcome.SEEK_AGREEMENT),
    ("R13", asked(NURSE, CLUB, consent=Consent.GIVEN), AFTER, Outcome.SHARE_WITHIN_CONSENT),
    ("R15", asked(NURSE, CLUB, Harm.NONE), AFTER, Outcome.SEEK_ADVICE),
    ("R15", asked(NURSE, CLUB, consent=Consent.REFUSED), AFTER, Outcome.SEEK_ADVICE),
]


@pytest.mark.parametrize(
    ("code", "request_", "at", "outcome"), TABLE, ids=[f"{n}-{row[0]}" for n, row in enumerate(TABLE)]
)
def test_the_first_rule_that_fits_holds(code: str, request_: Request, at: datetime, outcome: Outcome) -> None:
    found = answer(request_, at)
    assert (found.rule.code, found.outcome) == (code, outcome)
    assert found.reasons
    assert all(reason.words and (reason.source or reason.code == "R9") for reason in found.reasons)


def test_every_rule_is_in_the_table() -> None:
    assert {row.code for row in ROWS.rules} == {row[0] for row in TABLE}


# -- the cases of the research


def test_case_1_a_schools_lead_asks_the_nurse_while_the_parent_is_hostile() -> None:
    found = answer(asked(asked=Asked.REQUEST, consent=Consent.REFUSED, unsafe=Unsafe.RISK))
    assert (found.rule.code, found.shares, found.informs, found.consent_needed) == ("R4", True, False, False)
    assert {"R9", "R14"} <= {reason.code for reason in found.reasons}


def test_case_2_a_refusal_of_help_does_not_stop_the_information() -> None:
    found = answer(asked(SCHOOL, COUNCIL, Harm.IN_NEED, consent=Consent.REFUSED))
    assert found.outcome is Outcome.SHARE_DUTY
    assert any("recorded and does not decide" in reason.words for reason in found.reasons)


def test_case_3_a_private_club_rests_on_recognised_legitimate_interest() -> None:
    found = answer(asked(CLUB, COUNCIL, Harm.SIGNIFICANT))
    assert found.rule.article_6 == ("A6ea",)
    assert answer(asked(CLUB, COUNCIL, Harm.SIGNIFICANT), datetime(2026, 1, 5, tzinfo=UTC)).rule.article_6 == ("A6f",)


def test_case_4_a_gp_holds_back_with_a_second_reviewer() -> None:
    found = answer(asked(GP, SCHOOL, Harm.WELFARE, detriment=True, categories=frozenset({Category.SPECIAL})))
    assert found.outcome is Outcome.HOLD
    assert set(found.rule.record) >= {"detriment", "comparison", "reviewer", "review_at"}
    assert "caldicott_guardian" in found.approvers


def test_case_5_the_same_facts_before_and_after_the_duty() -> None:
    assert answer(asked(), BEFORE).outcome is Outcome.SEEK_AGREEMENT
    after = answer(asked(), AFTER)
    assert after.is_duty
    flag = next(reason for reason in after.reasons if reason.code == "DUTY")
    assert flag.grade is Grade.SECONDARY
    assert "Confirm the commencement order" in flag.words


def test_case_5_the_day_itself_in_london() -> None:
    last = datetime(2026, 9, 29, 22, 59, tzinfo=UTC)
    assert not answer(asked(), last).is_duty
    assert answer(asked(), last + timedelta(minutes=1)).is_duty


def test_case_10_the_duty_binds_no_one_whom_the_act_does_not_name() -> None:
    assert answer(asked(CLUB, SCHOOL)).rule.code == "R10"
    assert answer(asked(NURSE, CLUB)).rule.code != "R4"


def test_the_date_of_the_duty_is_a_row_that_moves_all_that_depend_on_it() -> None:
    own = "sharing:\n  dates:\n    - {code: DUTY, on: 2027-04-01, what: In force., source: SI 2027/1, grade: P}"
    rows = rows_with(own)
    assert decide(asked(), rows, AFTER).outcome is Outcome.SEEK_AGREEMENT
    assert decide(asked(), rows, datetime(2027, 4, 1, tzinfo=UTC)).is_duty


def test_a_partnerships_own_version_holds_before_the_shipped_one_at_the_same_place() -> None:
    own = """
sharing:
  rules:
    - {code: R13, version: 9, valid_from: 2026-01-01, title: T, says: Our own., when: {consent: [given]},
       outcome: seek_advice, consent: basis, source: Our board, grade: hub}
"""
    rows = rows_with(own)
    assert decide(asked(NURSE, CLUB, consent=Consent.GIVEN), rows, AFTER).rule.version == 9
    assert decide(asked(GP, POLICE, Harm.IMMEDIATE), rows, AFTER).rule.code == "R0"


def test_an_organisation_may_stand_otherwise_than_its_agency() -> None:
    rows = rows_with("sharing:\n  standings:\n    charity-1: commissioned")
    assert rows.party("voluntary", "charity-1").standing is Standing.COMMISSIONED
    assert rows.party("voluntary", "charity-2").standing is Standing.NONE


# -- restrictions

EFFECTS = [
    (Category.POLICE_SENSITIVE, "X-POL", "existence"),
    (Category.LEGAL, "X-LEGAL", "withheld"),
    (Category.ADULT_HEALTH, "X-ADULT", "impact"),
    (Category.ADOPTION, "X-ADOPT", "withheld"),
    (Category.WHEREABOUTS, "X-DALOC", "withheld"),
    (Category.INFORMANT, "X-INF", "withheld"),
    (Category.STAFF_ALLEGATION, "X-STAFF", "withheld"),
    (Category.IMAGES, "X-CSA-IMG", "withheld"),
    (Category.REVIEW, "X-SCR", "withheld"),
    (Category.SENSITIVE_SERVICE, "X-EXIST", "withheld"),
]


@pytest.mark.parametrize(("category", "code", "effect"), EFFECTS, ids=[row[1] for row in EFFECTS])
def test_a_restriction_takes_its_category_out_and_says_so(category: Category, code: str, effect: str) -> None:
    found = answer(asked(categories=frozenset({Category.WELFARE, category})))
    assert [row.code for row in found.restrictions] == [code]
    assert category in getattr(found, effect)
    assert found.part
    assert found.reasons[0].code == code


def test_every_restriction_is_in_the_table() -> None:
    assert {row.code for row in ROWS.restrictions} == {row[1] for row in EFFECTS}


def test_where_nothing_is_left_nothing_is_shared() -> None:
    found = answer(asked(categories=frozenset({Category.ADOPTION})))
    assert found.outcome is Outcome.DO_NOT_SHARE
    assert found.approvers == ("caldicott_guardian",)


def test_police_material_alone_goes_as_its_existence() -> None:
    assert answer(asked(categories=frozenset({Category.POLICE_SENSITIVE}))).mode is Mode.EXISTENCE


@pytest.mark.parametrize("code", ["X-POL", "X-ADOPT"])
def test_an_approved_restriction_stands_in_nobodys_way(code: str) -> None:
    category = Category.POLICE_SENSITIVE if code == "X-POL" else Category.ADOPTION
    found = answer(asked(categories=frozenset({category}), approved=frozenset({code})))
    assert found.shares
    assert not found.part


def test_immediate_danger_lifts_whereabouts_for_the_police_but_never_adoption_or_images() -> None:
    sorts = frozenset({Category.WHEREABOUTS, Category.ADOPTION, Category.IMAGES, Category.WELFARE})
    found = answer(asked(GP, POLICE, Harm.IMMEDIATE, categories=sorts))
    assert found.withheld == {Category.ADOPTION, Category.IMAGES}


def test_that_a_sensitive_service_knows_somebody_goes_with_consent_or_significant_harm() -> None:
    sorts = frozenset({Category.SENSITIVE_SERVICE})
    assert not answer(asked(categories=sorts, mode=Mode.EXISTENCE)).shares
    assert answer(asked(categories=sorts, consent=Consent.GIVEN)).shares
    assert answer(asked(NURSE, COUNCIL, Harm.SIGNIFICANT, categories=sorts)).shares


def test_whether_it_rests_on_consent_is_said() -> None:
    assert answer(asked(NURSE, CLUB, consent=Consent.GIVEN)).by_consent
    assert not answer(asked(consent=Consent.GIVEN)).by_consent
    assert not answer(asked()).by_consent


def test_what_consent_alone_lets_out_rests_on_it() -> None:
    """A duty carries the rest; that a sensitive service knows somebody goes by consent."""
    sorts = frozenset({Category.SENSITIVE_SERVICE})
    assert answer(asked(categories=sorts, consent=Consent.GIVEN)).by_consent
    assert not answer(asked(NURSE, COUNCIL, Harm.SIGNIFICANT, categories=sorts, consent=Consent.GIVEN)).by_consent


def test_indecent_images_are_lifted_by_nobody() -> None:
    row = next(row for row in ROWS.restrictions if row.code == "X-CSA-IMG")
    assert row.lifted_by == ()


# -- reading rows


def test_mistakes_in_rows_are_all_named() -> None:
    wrong = """
sharing:
  standings: {school: maybe}
  rules:
  - {code: A, version: 1, from: NEVER, title: T, says: S, when: {harm: [awful]}, outcome: share, consent: not_needed,
     source: s, grade: P}
  restrictions:
  - {code: X, version: 1, valid_from: 2026-01-01, categories: [gossip], effect: withhold, says: s, source: s, grade: P}
"""
    with pytest.raises(RulesError) as caught:
        rows_with(wrong)
    said = str(caught.value)
    for words in ("section11", "DUTY", "immediate", "gossip"):
        assert words in said


def test_what_rests_on_nothing_verified_says_so() -> None:
    assert ROWS.basis("S1P18").grade is Grade.UNVERIFIED
    assert ROWS.basis("NONE").grade is Grade.UNVERIFIED


@pytest.mark.parametrize("row", ROWS.rules, ids=lambda row: f"{row.code}.{row.version}")
def test_each_rule_has_its_words_source_and_known_bases(row: Any) -> None:
    assert row.says.endswith(".")
    assert row.source
    assert all(code in ROWS.bases for code in (*row.article_6, *row.article_9))
    assert row.outcome is not Outcome.DO_NOT_SHARE or row.consent is ConsentIs.NO_MATTER
    if row.outcome.shares:
        assert row.article_6
        assert row.consent_says


def test_a_partnerships_folder_holds_its_sharing_rows_beside_its_others(tmp_path: Any) -> None:
    (tmp_path / "own.yaml").write_text("sharing:\n  standings: {charity-1: commissioned}\n", "utf-8")
    (tmp_path / "clocks.yaml").write_text("office_hours: {start: '08:00', end: '18:00'}\n", "utf-8")
    assert rows_with(tmp_path).party("voluntary", "charity-1").standing is Standing.COMMISSIONED

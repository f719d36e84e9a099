"""The access policy's text: it can be read, it says where it comes from, and it means what the rest is built on."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nightlight.domain.access.engine import EVERY_RELATIONSHIP, SERVICE, Policy, every_who, policy
from nightlight.domain.access.texts import PolicyError, PolicyTexts
from nightlight.domain.access.vocabulary import (
    MATTERS,
    SENSITIVITIES,
    WORDS,
    WRITTEN_BY,
    Purpose,
    Relationship,
    Sort,
    Who,
    matter_of,
    sensitivity_of,
)
from nightlight.domain.roles import ROLES, Permission

WHO = st.sampled_from(every_who())
RELATED = st.frozensets(st.sampled_from(EVERY_RELATIONSHIP))
SORT = st.builds(
    Sort,
    sensitivity=st.sampled_from(SENSITIVITIES),
    matter=st.sampled_from(MATTERS),
    written_by=st.sampled_from(WRITTEN_BY),
    given=st.booleans(),
    sealed=st.booleans(),
)
ENTIRELY = frozenset(EVERY_RELATIONSHIP)
SOCIAL_WORKER, LEAD = Who(role="social_worker", agency="social_care"), Who(role="safeguarding_lead", agency="education")


def texts(*rules: str) -> PolicyTexts:
    return PolicyTexts(tuple((f"{n}.cedar", rule) for n, rule in enumerate(rules)))


RULE = '@id("x")@says("Y.")@source("Z")permit (principal, action == Action::"open", resource == Record::"child");'


# -- the text


@pytest.mark.parametrize("role", ROLES)
def test_text_permits_each_role_what_the_roles_say(role: str) -> None:
    for permission in Permission:
        said = permission in ROLES[role].may
        assert policy().may(role, permission).allowed == said, (
            f"{role} and {permission}: domain/roles.py and policy/1_roles.cedar differ; change both, and have it signed"
        )


def test_nobody_unknown_may_do_anything() -> None:
    for permission in Permission:
        assert not policy().may("not-a-role", permission)
    assert not policy().open(Who(role="not-a-role", agency="police"), ENTIRELY)


@pytest.mark.parametrize("action", ["deliver", "receipt", "point"])
def test_a_system_may_what_its_key_says_and_only_of_its_own(action: str) -> None:
    """Every set of rights, named feed or not, own or not: and no person is a system, nor a system a person."""
    needs = {"deliver": ("deliver", "names_feed"), "receipt": ("receipts", "own"), "point": ("point", "own")}[action]
    for many in range(4):
        for rights in combinations(("deliver", "receipts", "point"), many):
            for names_feed, own in ((True, True), (True, False), (False, True), (False, False)):
                asked = {"names_feed": names_feed, "own": own}
                answer = policy().serve(action, rights=frozenset(rights), **asked)
                assert answer.allowed == (needs[0] in rights and asked[needs[1]]), (action, rights, asked)
    assert not policy().serve("child_view", rights=frozenset({"deliver", "receipts", "point"}), own=True)
    assert not any(policy().may(SERVICE, permission) for permission in Permission)


def test_every_rule_says_what_it_means_and_where_it_comes_from() -> None:
    for rule in policy().rules.values():
        assert rule.says.endswith("."), rule.id
        assert rule.source, rule.id
        assert rule.effect in ("permit", "forbid")


def test_digest_changes_with_every_byte_and_file() -> None:
    same = texts(RULE)
    assert same.digest == texts(RULE).digest
    assert len({same.digest, texts(RULE + " ").digest, texts(RULE, "").digest, texts("", RULE).digest}) == 4


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ("permit (", "cannot be read"),
        (RULE.replace('@source("Z")', ""), "@source"),
        (RULE.replace('@id("x")', ""), "without an id"),
        (RULE.replace('"open"', '"opn"'), "cannot be used"),
        (RULE.replace(");", ') when { context.relationship == "x" };'), "cannot be used"),
    ],
)
def test_a_text_that_cannot_be_meant_is_refused(rule: str, says: str) -> None:
    with pytest.raises(PolicyError, match=says):
        Policy(texts(rule))


def test_two_rules_of_one_name_are_refused() -> None:
    with pytest.raises(PolicyError, match="two rules"):
        Policy(texts(RULE, RULE))


def test_a_policy_without_rules_permits_nothing() -> None:
    empty = Policy(texts(""))
    assert not empty.may("social_worker", Permission.CHILD_VIEW)
    assert not empty.open(SOCIAL_WORKER, ENTIRELY)
    assert not empty.read(SOCIAL_WORKER, ENTIRELY, Sort(written_by="organisation", given=True))


# -- what it means


def test_answers_say_which_rule_decided() -> None:
    answer = policy().open(LEAD, frozenset({"own_record"}))
    assert (answer.allowed, answer.rules) == (True, ("your-organisation-knows-the-child",))
    assert "own organisation" in policy().why(answer)
    refused = policy().open(LEAD, frozenset())
    assert (refused.allowed, refused.rules) == (False, ())
    assert policy().why(refused) == "No rule of the access policy permits it."
    sealed = policy().read(LEAD, ENTIRELY, Sort(sealed=True))
    assert (sealed.allowed, sealed.rules) == (False, ("sealed-entries",))


@given(WHO, RELATED, SORT)
def test_nobody_reads_what_is_sealed_from_them(who: Who, related: frozenset[str], sort: Sort) -> None:
    sealed = Sort(
        sensitivity=sort.sensitivity, matter=sort.matter, written_by=sort.written_by, given=sort.given, sealed=True
    )
    assert not policy().read(who, related, sealed)
    for purpose in Purpose:
        assert not policy().open(who, related, purpose=purpose, sealed=True)


@given(WHO, RELATED, RELATED, SORT, st.sampled_from(Purpose))
def test_a_relationship_only_ever_adds(
    who: Who, some: frozenset[str], more: frozenset[str], sort: Sort, purpose: Purpose
) -> None:
    """The table of the second wall rests on it: what any relationship permits, it permits beside any other."""
    both = some | more
    each = [frozenset({one}) for one in both]
    opens = [policy().open(who, one, purpose=purpose).allowed for one in (frozenset(), *each)]
    assert policy().open(who, both, purpose=purpose).allowed == any(opens)
    reads = [policy().read(who, one, sort).allowed for one in (frozenset(), *each)]
    assert policy().read(who, both, sort).allowed == any(reads)


@given(st.sampled_from(list(ROLES)), SORT)
def test_staff_who_only_raise_concerns_open_no_record(role: str, sort: Sort) -> None:
    for agency in ("education", "health.gp", "police"):
        if Permission.CHILD_VIEW not in ROLES[role].may:
            for purpose in Purpose:
                assert not policy().open(Who(role=role, agency=agency), ENTIRELY, purpose=purpose)


def test_raising_a_concern_opens_no_record() -> None:
    for who in every_who():
        if who.role not in ("data_steward", "caldicott_guardian"):
            assert not policy().open(who, frozenset({Relationship.RAISED})), who


def test_a_steward_opens_records_to_mend_them_and_for_nothing_else() -> None:
    steward = Who(role="data_steward", agency="social_care")
    assert policy().open(steward, frozenset(), purpose=Purpose.MEND)
    assert not policy().open(steward, frozenset(), purpose=Purpose.PROTECT)
    assert not policy().open(steward, frozenset(), purpose=Purpose.OVERSEE)
    assert not policy().read(steward, frozenset(), Sort(sensitivity="restricted"))


@pytest.mark.parametrize(
    ("role", "agency", "sort", "reads"),
    [
        ("safeguarding_lead", "education", Sort(), True),
        ("safeguarding_lead", "education", Sort(sensitivity="restricted"), False),
        ("safeguarding_lead", "education", Sort(matter="adult_health"), False),
        ("safeguarding_lead", "education", Sort(matter="adult_health", given=True), True),
        ("safeguarding_lead", "education", Sort(sensitivity="restricted", written_by="organisation"), True),
        ("safeguarding_lead", "health.gp", Sort(matter="adult_health"), True),
        ("social_worker", "social_care", Sort(sensitivity="restricted", matter="adult_health"), True),
        ("police_designated_officer", "police", Sort(sensitivity="restricted"), True),
        ("police_designated_officer", "police", Sort(matter="adult_health"), False),
        ("social_worker", "social_care", Sort(sensitivity="other"), False),
        ("caldicott_guardian", "social_care", Sort(sensitivity="other"), False),
    ],
)
def test_who_reads_what(role: str, agency: str, sort: Sort, reads: bool) -> None:
    assert policy().read(Who(role=role, agency=agency), frozenset({"own_record"}), sort).allowed == reads


def test_broken_glass_shows_what_is_restricted_but_no_unknown_mark() -> None:
    glass = frozenset({str(Relationship.BROKEN_GLASS)})
    assert policy().open(LEAD, glass)
    for sensitivity, reads in (("ordinary", True), ("restricted", True), ("other", False)):
        assert policy().read(LEAD, glass, Sort(sensitivity=sensitivity, matter="adult_health")).allowed == reads


def test_a_duty_on_sealed_evidence_is_there_for_whom_the_child_is_allocated_to() -> None:
    allocated = frozenset({str(Relationship.ALLOCATED)})
    assert policy().read_duty(SOCIAL_WORKER, frozenset(), sealed=False)
    assert not policy().read_duty(SOCIAL_WORKER, frozenset({"partnership"}), sealed=True)
    assert policy().read_duty(SOCIAL_WORKER, allocated, sealed=True)


# -- the words


def test_every_relationship_has_words_and_some_rule() -> None:
    assert set(WORDS) == set(Relationship)
    whole = policy().texts.whole
    for relationship in set(Relationship) - {Relationship.RAISED}:
        assert f'"{relationship}"' in whole, relationship


def test_unknown_marks_are_never_ordinary() -> None:
    assert [sensitivity_of(mark) for mark in ("ordinary", "restricted", "", "Ordinary", "5x5x5")] == [
        "ordinary", "restricted", "other", "other", "other",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "through", "matter"),
    [
        ("adult.treatment", "child", "adult_health"),
        ("adult.custody", "adult", "ordinary"),
        ("health.condition", "adult", "adult_health"),
        ("health.condition", "child", "ordinary"),
        ("police.incident", "adult", "ordinary"),
    ],
)
def test_matter_is_of_an_adults_own_health(kind: str, through: str, matter: str) -> None:
    assert matter_of(kind, through) == matter


def test_answers_are_remembered_and_forgotten() -> None:
    asked = Policy(policy().texts)
    pairs = list(combinations(EVERY_RELATIONSHIP, 2))
    first = [asked.open(LEAD, frozenset(pair)) for pair in pairs]
    assert [asked.open(LEAD, frozenset(pair)) for pair in pairs] == first
    asked.forget()
    assert [asked.open(LEAD, frozenset(pair)) for pair in pairs] == first

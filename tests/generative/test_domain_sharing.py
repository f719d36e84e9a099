"""Whatever is asked, on whatever day: an answer has its reasons, and consent never stands before a child in danger."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import event, given
from hypothesis import strategies as st

from nightlight.domain.agencies import AGENCIES
from nightlight.domain.sharing.deciding import decide
from nightlight.domain.sharing.items import mode_for
from nightlight.domain.sharing.rows import default_rows
from nightlight.domain.sharing.vocabulary import (
    HARM_INDICATED,
    Asked,
    Category,
    Consent,
    ConsentIs,
    Harm,
    Mode,
    Outcome,
    Request,
    Standing,
    Unsafe,
)

ROWS = default_rows()
DAYS = st.datetimes(datetime(2024, 1, 1), datetime(2029, 1, 1)).map(lambda at: at.replace(tzinfo=UTC))  # noqa: DTZ001
PARTIES = st.sampled_from([ROWS.party(agency) for agency in AGENCIES])
REQUESTS = st.builds(
    Request,
    sender=PARTIES,
    recipient=PARTIES,
    harm=st.sampled_from(Harm),
    asked=st.sampled_from(Asked),
    mode=st.sampled_from(Mode),
    categories=st.frozensets(st.sampled_from(Category), min_size=1),
    consent=st.sampled_from(Consent),
    function=st.booleans(),
    detriment=st.booleans(),
    necessary=st.booleans(),
    approved=st.frozensets(st.sampled_from([row.code for row in ROWS.restrictions])),
    unsafe=st.none() | st.sampled_from(Unsafe),
)


@given(REQUESTS, DAYS)
def test_every_answer_has_a_reason_with_its_source_and_what_shares_has_a_basis(request: Request, at: datetime) -> None:
    answer = decide(request, ROWS, at)
    event(answer.rule.code)
    assert any(reason.words == answer.rule.says and reason.source for reason in answer.reasons)
    if answer.shares:
        assert answer.rule.article_6
        assert answer.basis
    else:
        assert answer.rule.record or answer.restrictions


@given(REQUESTS, DAYS)
def test_consent_is_never_asked_for_where_significant_harm_is_indicated(request: Request, at: datetime) -> None:
    answer = decide(request, ROWS, at)
    if request.harm in HARM_INDICATED:
        assert answer.outcome is not Outcome.SEEK_AGREEMENT
        assert answer.rule.consent is not ConsentIs.AGREEMENT
        if answer.rule.consent is ConsentIs.BASIS:
            assert request.consent is Consent.GIVEN


@given(REQUESTS, DAYS)
def test_refusing_consent_never_stops_what_another_basis_carries(request: Request, at: datetime) -> None:
    def with_consent(consent: Consent) -> Outcome:
        said = {name: getattr(request, name) for name in Request.__dataclass_fields__}
        return decide(Request(**{**said, "consent": consent}), ROWS, at).outcome

    if with_consent(Consent.NOT_SOUGHT).shares:
        assert with_consent(Consent.REFUSED).shares
        assert with_consent(Consent.WITHDRAWN).shares


@given(REQUESTS, DAYS)
def test_the_duty_holds_between_two_bodies_from_its_day_on_and_never_else(request: Request, at: datetime) -> None:
    answer = decide(request, ROWS, at)
    bound = Standing.NONE not in (request.sender.standing, request.recipient.standing)
    if answer.rule.code in ("R4", "R5"):
        assert bound
        assert at >= datetime(2026, 9, 29, 23, tzinfo=UTC)


@given(REQUESTS, DAYS)
def test_what_a_restriction_withholds_never_goes_and_content_never_goes_where_only_existence_may(
    request: Request, at: datetime
) -> None:
    answer = decide(request, ROWS, at)
    for category in request.categories:
        mode = mode_for(frozenset({category}), answer)
        if category in answer.withheld or not answer.shares:
            assert mode is None
        elif category in answer.existence | answer.impact:
            assert mode is Mode.EXISTENCE


@given(REQUESTS, DAYS)
def test_the_same_question_has_the_same_answer(request: Request, at: datetime) -> None:
    assert decide(request, ROWS, at) == decide(request, ROWS, at + timedelta())

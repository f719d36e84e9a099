"""Deadlines against a count of one day after another, and a child's clocks on any record, as known at any moment."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st
from support.clocks import CHILD, a_record

from nightlight.domain.chronology import Entry, Source, Subject
from nightlight.domain.clocks import Unit, default_rules, later
from nightlight.domain.local_rules import certainly_no_longer
from nightlight.domain.running import Stands, clocks_of, deadlines_known
from nightlight.domain.views import Pooled
from nightlight.timeline.calendar import WorkingCalendar
from nightlight.timeline.london import LONDON
from nightlight.timeline.partial import Partial

ENGLAND = WorkingCalendar.england()
RULES = default_rules()
EPOCH = datetime(2026, 3, 20, tzinfo=UTC)
moments = st.integers(0, 400 * 24 * 60).map(lambda n: EPOCH + timedelta(minutes=n))
amounts = st.integers(1, 50)


def counted(moment, amount, unit):
    """The plain way: one day after another on a calendar, one hour after another as they pass."""
    if unit is Unit.MINUTES:
        return moment + timedelta(minutes=amount)
    if unit is Unit.CLOCK_HOURS:
        return moment + sum((timedelta(hours=1) for _ in range(amount)), timedelta())
    day = moment.astimezone(LONDON).date()
    if unit is Unit.MONTHS:
        for _ in range(amount):
            day = date(day.year + day.month // 12, day.month % 12 + 1, 1)
        wanted = moment.astimezone(LONDON).day
        day = day.replace(day=min(wanted, monthrange(day.year, day.month)[1]))
    else:
        left = amount
        while left:
            day += timedelta(days=1)
            left -= unit is Unit.CALENDAR_DAYS or ENGLAND.is_working_day(day)
    return datetime.combine(day, time(23, 59, 59), LONDON).astimezone(UTC)


@given(moments, amounts, st.sampled_from(Unit))
def test_a_deadline_is_what_counting_day_by_day_comes_to(moment, amount, unit):
    assert later(moment, amount, unit, ENGLAND) == counted(moment, amount, unit)


@given(moments, amounts, st.sampled_from(Unit), amounts, st.sampled_from(Unit))
def test_what_is_called_certainly_no_longer_never_ends_later(moment, amount, unit, than, than_unit):
    if certainly_no_longer(amount, unit, than, than_unit):
        one, other = later(moment, amount, unit, ENGLAND), later(moment, than, than_unit, ENGLAND)
        assert one <= other + timedelta(minutes=1)  # what is due on a day is due at 23:59:59


KINDS = {
    "social_care.referral": [{}, *({"outcome": o} for o in ("assessment", "section_47", "no_further_action"))],
    "social_care.strategy_discussion": [{"outcome": "section_47"}, {"outcome": "assessment"}],
    "social_care.section_47": [{}, {"outcome": "conference"}, {"outcome": "child_in_need"}],
    "social_care.assessment": [{}],
    "social_care.conference": [
        {"type": "initial", "outcome": "child_protection_plan"}, {"type": "review", "outcome": "child_protection_plan"}
    ],
    "social_care.child_protection_plan": [{}],
    "social_care.core_group": [{}],
    "social_care.visit": [{"child_seen": True}, {"child_seen": False}],
    "police.protection": [{}],
    "social_care.closed": [{}],
    "outcome.death": [{}],
}  # fmt: skip


@st.composite
def records(draw):
    """Entries about one child over two months, some with only a day, some ended, some corrected or withdrawn."""
    entries = []
    for n in range(draw(st.integers(0, 8))):
        kind = draw(st.sampled_from(sorted(KINDS)))
        start = EPOCH + timedelta(hours=draw(st.integers(0, 60 * 24)))
        occurred = Partial.day(start.date()) if draw(st.booleans()) else Partial.instant(start)
        recorded = Partial.instant(start + timedelta(hours=draw(st.integers(0, 72))))
        until = None
        if draw(st.booleans()) and kind.rpartition(".")[2] in ("section_47", "assessment", "child_protection_plan"):
            until = Partial.instant(recorded.latest + timedelta(hours=draw(st.integers(0, 30 * 24))))
            recorded = until
        before = draw(st.sampled_from([None, None, *(entry.id for entry in entries)]))
        corrects = next((entry for entry in entries if entry.id == before), None)
        if corrects and any(entry.supersedes == before for entry in entries):
            corrects = None
        entries.append(
            Entry(
                id=f"e{n}", kind=corrects.kind if corrects else kind, subjects=(Subject(CHILD),), occurred=occurred,
                recorded=recorded, until=None if corrects else until, source=Source(agency="social_care"),
                attributes=draw(st.sampled_from(KINDS[corrects.kind if corrects else kind])),
                supersedes=before if corrects else None, retracts=bool(corrects) and draw(st.booleans()),
            )
        )  # fmt: skip
    return a_record(*entries)


nows = st.integers(0, 120 * 24).map(lambda n: EPOCH + timedelta(hours=n))


@given(records(), nows)
def test_a_clock_is_in_one_state_and_its_times_agree_with_it(record, now):
    found = clocks_of(record, Pooled(), RULES, ENGLAND, now)
    assert len({clock.question for clock in found}) == len(found)
    for clock in found:
        assert clock.started <= now
        assert clock.started <= clock.due
        assert clock.is_open == (clock.ended is None)
        if clock.ended is not None:
            assert clock.started <= clock.ended <= now
            assert clock.ended_by
        match clock.stands:
            case Stands.RUNNING:
                assert now <= clock.due
            case Stands.LAPSED:
                assert now > clock.due
            case Stands.MET:
                assert clock.ended <= clock.due
            case Stands.MET_LATE:
                assert clock.ended > clock.due
        row = RULES.version(clock.rule, clock.rule_version)
        assert clock.due <= counted(clock.started, row.amount, row.unit)


@given(records(), nows)
def test_what_was_known_then_is_what_the_record_of_then_says(record, now):
    known = tuple(entry for entry in record.entries if entry.recorded.latest <= now)
    assert clocks_of(record, Pooled(), RULES, ENGLAND, now) == clocks_of(
        a_record(*known), Pooled(), RULES, ENGLAND, now
    )


@given(records(), nows)
def test_the_last_deadline_known_is_the_deadline_now(record, now):
    for clock in clocks_of(record, Pooled(), RULES, ENGLAND, now):
        known = deadlines_known(record, Pooled(), RULES, ENGLAND, now, question=clock.question)
        assert known[-1][1] == clock.due
        assert list(known) == sorted(known)

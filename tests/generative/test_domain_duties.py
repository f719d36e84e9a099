"""Any sequence of events on a duty: refused with a reason or taken, and the promises hold after every one of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from nightlight.domain.clocks import Unit, default_rules, due, later
from nightlight.domain.duties import (
    OUTCOMES,
    SYSTEM,
    TRANSITIONS,
    Accepted,
    Acknowledged,
    Assigned,
    Challenged,
    Climbed,
    Declined,
    Discharged,
    Duty,
    DutyError,
    EvidenceAdded,
    EvidenceMoved,
    HandedOver,
    Joins,
    Lapsed,
    Notified,
    Opens,
    Raised,
    Reckoned,
    Seen,
    Withdrawn,
    opens_or_joins,
    rank,
    schedule,
    state_of,
    step,
)
from nightlight.domain.kinds import LEVELS
from nightlight.domain.raising import Arrangements, add_evidence, raise_duty
from nightlight.domain.rota import Rota, Shift
from nightlight.timeline.calendar import WorkingCalendar

EPOCH = datetime(2026, 3, 27, 9, tzinfo=UTC)  # a Friday; the clocks go forward on the Sunday
ENGLAND = WorkingCalendar.england()
RULES = default_rules()
PEOPLE = ("p1", "p2", "p3")
CALLING = LEVELS[1:]
ids = st.lists(st.sampled_from([f"e{n}" for n in range(6)]), max_size=3).map(tuple)
hours = st.integers(0, 400).map(lambda n: EPOCH + timedelta(hours=n))
people = st.sampled_from([*PEOPLE, SYSTEM])
reasons = st.sampled_from(["", " ", "Seen and well."])

EVENTS = {
    Notified: st.builds(Notified, at=hours, by=people, to=st.sampled_from(PEOPLE)),
    Seen: st.builds(Seen, at=hours, by=people),
    Acknowledged: st.builds(Acknowledged, at=hours, by=people),
    HandedOver: st.builds(HandedOver, at=hours, by=people, to=st.sampled_from(PEOPLE)),
    Accepted: st.builds(Accepted, at=hours, by=people),
    Declined: st.builds(Declined, at=hours, by=people, reason=reasons),
    EvidenceAdded: st.builds(
        EvidenceAdded, at=hours, by=people, evidence=ids, level=st.sampled_from(["", *LEVELS]), due=hours | st.none()
    ),
    Discharged: st.builds(
        Discharged, at=hours, by=people, outcome=st.sampled_from([*OUTCOMES, "no_capacity"]), reason=reasons
    ),
    EvidenceMoved: st.builds(EvidenceMoved, at=hours, by=people, evidence=ids),
    Withdrawn: st.builds(Withdrawn, at=hours, by=people, reason=reasons, evidence=ids),
    Reckoned: st.builds(Reckoned, at=hours, by=people, due=hours, evidence=ids),
    Assigned: st.builds(Assigned, at=hours, by=people, owner=st.sampled_from(["", *PEOPLE]), reason=reasons),
    Challenged: st.builds(Challenged, at=hours, by=people, reason=reasons),
    Lapsed: st.builds(Lapsed, at=hours, by=st.just(SYSTEM)),
    Climbed: st.builds(
        Climbed, at=hours, by=people, to_role=st.just("line_manager"), owner=st.sampled_from(["", "p3"])
    ),
}
sequences = st.lists(st.one_of(*EVENTS.values()), max_size=14).map(lambda each: sorted(each, key=lambda e: e.at))


def raised(level="concern"):
    row = RULES.for_level(level, EPOCH)
    duty = Duty(
        id="d1", child="c1", question="q", level=level, what="Look.", role=row.role, raised=EPOCH, owner="p1",
        due=due(row, EPOCH, ENGLAND), rule=row.id, rule_version=row.version, evidence=("e0",),
    )  # fmt: skip
    return Raised(at=EPOCH, by=SYSTEM, duty=duty)


def states(sequence, level):
    """Each state that the events which were taken came to."""
    state = state_of([raised(level)])
    yield None, None, state
    for event in sequence:
        after = taken_or_refused(state, event)
        if after is not None:
            yield event, state, after
            state = after


def taken_or_refused(state, event):
    try:
        return step(state, event)
    except DutyError:
        return None


def test_every_event_there_is_is_generated():
    assert set(EVENTS) == set(TRANSITIONS)


@given(sequences, st.sampled_from(CALLING))
def test_whatever_happens_the_promises_of_a_duty_hold(sequence, level):
    for event, before, after in states(sequence, level):
        assert after.owner  # it had one: nothing leaves a duty with nobody accountable
        assert after.is_discharged == bool(after.outcome and after.reason and after.discharged_at)
        if event is None:
            continue
        assert after.due <= before.due or isinstance(event, Reckoned)
        assert rank(after.level) >= rank(before.level)
        assert set(after.evidence) >= set(before.evidence) or isinstance(event, EvidenceMoved)
        assert after.evidence
        assert before.is_discharged <= after.is_discharged
        if isinstance(event, HandedOver | Seen | Notified | Declined):
            assert (after.owner, after.role) == (before.owner, before.role)
        if after.is_discharged and not before.is_discharged:
            assert isinstance(event, Discharged | Withdrawn)
            assert (event.by != SYSTEM) if isinstance(event, Discharged) else event.evidence


@given(sequences, st.sampled_from(CALLING))
def test_a_state_is_what_its_events_come_to_and_nothing_else(sequence, level):
    taken = [raised(level)]
    for event, _, after in states(sequence, level):
        taken += [event] if event else []
        assert state_of(taken) == after


@given(sequences, st.sampled_from(CALLING))
def test_what_nobody_discharges_climbs_in_order_to_the_top(sequence, level):
    *_, (_, _, state) = states(sequence, level)
    climbs = schedule(state, RULES, ENGLAND)
    assert [climb.at for climb in climbs] == sorted(climb.at for climb in climbs)
    if state.is_discharged:
        assert climbs == ()
    elif not state.climbs:
        assert climbs[-1].to_role == "lead_safeguarding_partner"
        assert climbs[0].at >= state.due


class AFiring:
    child, question = "c1", "q"

    def __init__(self, level, evidence, since):
        self.level, self.evidence, self.since = level, evidence, since


firings = st.lists(st.builds(AFiring, st.sampled_from(LEVELS), ids, hours), max_size=10)
UNDER = Arrangements(rota=Rota((Shift(role="safeguarding_lead", person="p1"),)))


@given(firings, st.sets(st.integers(0, 9)))
def test_one_duty_is_open_for_a_question_and_only_new_evidence_opens_another(sequence, discharged_after):
    duties = {}
    weighed = set()
    for number, firing in enumerate(sorted(sequence, key=lambda f: f.since)):
        decided = opens_or_joins(firing, duties.values())
        arranged = {"at": firing.since, "organisation": "", "under": UNDER}
        if isinstance(decided, Opens):
            assert not weighed.issuperset(firing.evidence) or not firing.evidence or not duties
            event = raise_duty(firing, duty_id=f"d{number}", **arranged)
            if event:
                duties[event.duty.id] = state_of([event])
        elif isinstance(decided, Joins):
            duties[decided.duty] = step(duties[decided.duty], add_evidence(firing, decided, **arranged))
        running = [state for state in duties.values() if not state.is_discharged]
        assert len(running) <= 1
        if running and number in discharged_after:
            state = running[0]
            end = Discharged(at=firing.since, by="p1", outcome="no_further_action", reason="Seen and well.")
            duties[state.duty.id] = step(state, end)
            weighed.update(state.evidence)


@given(hours, st.integers(0, 60), st.sampled_from(Unit), st.integers(0, 60))
def test_more_time_is_never_due_sooner_and_a_later_start_never_earlier(moment, amount, unit, shift):
    first = later(moment, amount, unit, ENGLAND)
    assert first >= moment
    assert later(moment, amount + 1, unit, ENGLAND) >= first
    if amount:
        assert later(moment + timedelta(hours=shift), amount, unit, ENGLAND) >= first

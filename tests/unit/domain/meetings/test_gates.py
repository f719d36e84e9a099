"""The gates that are not a meeting's own: each opens when everything is so, and says each thing that is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from nightlight.domain.clocks import default_rules
from nightlight.domain.meetings import gates
from nightlight.domain.meetings.gate_rows import Gate, default_gates
from nightlight.domain.meetings.routes import offered
from nightlight.timeline.calendar import WorkingCalendar

NOW = datetime(2026, 11, 20, 16, tzinfo=UTC)
SEEN = gates.DangerAnswered(what="asthma", seen="used daily", observed_from=NOW, observed_to=NOW)
OPEN = {
    gates.concern_accepted: gates.ConcernFacts(owner="p1", accepted=True, in_danger_now=False),
    gates.no_further_action: gates.NoFurtherActionFacts(
        earlier_shown=True, siblings_shown=True, reasons="x", feedback_sent=True
    ),
    gates.section_47_outcome: gates.Section47Facts(
        child_seen=True, child_spoken_to=True, why_not_seen="", siblings_considered=True, medical_decided=True,
        conference_follows=True, interim_plan_in_force=True,
    ),
    gates.step_down: gates.StepDownFacts(
        dangers=(SEEN,), child_heard=True, follows=True, taken_over_by="p2", accepted=True, tripwires=1
    ),
    gates.closure: gates.ClosureFacts(),
    gates.may_convene: gates.ConveneFacts(asked_by="p1", agency="education", concern="x", supported_by="p2"),
}  # fmt: skip


@pytest.mark.parametrize("gate", OPEN, ids=lambda gate: gate.__name__)
def test_a_gate_is_open_when_everything_is_so(gate):
    assert gate(OPEN[gate], NOW) == ()


@pytest.mark.parametrize(
    ("gate", "given", "code"),
    [
        (gates.concern_accepted, {"owner": ""}, "owner"),
        (gates.concern_accepted, {"accepted": False}, "accepted"),
        (gates.concern_accepted, {"in_danger_now": None}, "danger"),
        (gates.no_further_action, {"earlier_shown": False}, "earlier"),
        (gates.no_further_action, {"siblings_shown": False}, "siblings"),
        (gates.no_further_action, {"reasons": " "}, "reasons"),
        (gates.no_further_action, {"feedback_sent": False}, "feedback"),
        (gates.no_further_action, {"returns_on_new_evidence": False}, "rearmed"),
        (gates.section_47_outcome, {"child_seen": False}, "seen"),
        (gates.section_47_outcome, {"siblings_considered": False}, "siblings"),
        (gates.section_47_outcome, {"medical_decided": False}, "medical"),
        (gates.section_47_outcome, {"interim_plan_in_force": False}, "interim_plan"),
        (gates.step_down, {"dangers": (replace(SEEN, observed_to=None),)}, "danger"),
        (gates.step_down, {"child_heard": False}, "child"),
        (gates.step_down, {"taken_over_by": ""}, "taken_over"),
        (gates.step_down, {"accepted": False}, "taken_over"),
        (gates.step_down, {"tripwires": 0}, "tripwires"),
        (gates.closure, {"clocks": ("ICPC-15",)}, "clocks"),
        (gates.closure, {"dissents": ("x",)}, "dissents"),
        (gates.closure, {"serious_indicators": ("x",)}, "indicators"),
        (gates.closure, {"files_without_receipt": ("x",)}, "files"),
        (gates.may_convene, {"agency": ""}, "agency"),
        (gates.may_convene, {"concern": ""}, "concern"),
        (gates.may_convene, {"supported_by": ""}, "support"),
    ],
)
def test_what_is_not_so_is_the_one_reason(gate, given, code):
    (reason,) = gate(replace(OPEN[gate], **given), NOW)
    assert (reason.code, reason.missing[-1]) == (code, ".")
    row = gates.row_of(reason.gate, NOW)
    assert (reason.source, reason.grade) == (row.source, row.grade)


def test_a_child_not_seen_is_answered_by_why_not_and_no_conference_needs_no_interim_plan():
    facts = replace(OPEN[gates.section_47_outcome], child_seen=False, why_not_seen="abroad, seen by police there")
    assert gates.section_47_outcome(facts, NOW) == ()
    facts = replace(OPEN[gates.section_47_outcome], conference_follows=False, interim_plan_in_force=False)
    assert gates.section_47_outcome(facts, NOW) == ()


def test_every_gate_is_listed_once():
    assert [row.code for row in default_gates().rows if row.valid_to is None] == list(Gate)
    assert gates.in_words(gates.closure(gates.ClosureFacts(clocks=("A", "B")), NOW)) == "Clocks are open: A, B."


def test_what_somebody_wrote_is_said_as_they_wrote_it():
    odd = replace(OPEN[gates.step_down], dangers=(replace(SEEN, what="{names} at {0}", seen=""),))
    assert gates.step_down(odd, NOW)[0].missing.startswith("{names} at {0}: nobody has said")


def test_every_route_has_its_clock_its_basis_and_a_due_time():
    for each in offered(NOW, default_rules(), WorkingCalendar.england()):
        assert each.due > NOW
        assert each.row.duty_level == "immediate"
        assert {b.code for b in each.basis} == set(each.route.basis)
        assert each.words().startswith(each.route.title)

"""Gate G8: what is still open where the last plan of a child ends and nothing follows it.

Asked after the end is drawn and inside its transaction, so that the clocks which the plan itself ran have stopped; what
is left is given up with the transaction where anything is found.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from nightlight.domain.meetings.gate_rows import Gate
from nightlight.domain.meetings.gates import ClosureFacts, Reason, closure, row_of
from nightlight.store.access import wall
from nightlight.store.duties.models import ClockRow, DutyNow
from nightlight.store.meetings import mapping
from nightlight.store.meetings.models import MeetingChild, PlanNow

FILE = "CPFILE"
"""How the rules begin whose clock runs until a child's file has its receipt."""


@wall.lifted("that something is open is asked of the whole record, and said by its name alone")
def against(children: Sequence[str], *, besides: str, now: datetime) -> tuple[Reason, ...]:
    """What is open for these children; nothing for those for whom another plan runs. besides: how the questions of the
    duties begin that end with the plan."""
    left = [child for child in children if not PlanNow.objects.filter(children__contains=[child], status="running")]
    return closure(facts_of([UUID(child) for child in left], besides, now=now), now) if left else ()


def facts_of(children: Sequence[UUID], besides: str = "", *, now: datetime) -> ClosureFacts:
    """The clocks that run, dissents without an answer, serious duties and files without a receipt."""
    running = set(ClockRow.objects.filter(child__in=children, how="").values_list("rule", flat=True))
    levels = row_of(Gate.CLOSURE, now).levels
    serious = DutyNow.objects.filter(child__in=children, level__in=levels).exclude(status="discharged")
    indicators = {code for row in serious.exclude(question__startswith=besides or "-") for code in row.indicators}
    return ClosureFacts(
        clocks=tuple(sorted(rule for rule in running if not rule.startswith(FILE))),
        dissents=tuple(_dissents(children)),
        serious_indicators=tuple(sorted(indicators)),
        files_without_receipt=tuple(sorted(rule for rule in running if rule.startswith(FILE))),
    )


def _dissents(children: Sequence[UUID]) -> list[str]:
    """When each unanswered dissent was given: not whose, nor why, for whoever ends the plan may not be told."""
    found = []
    rows = MeetingChild.objects.filter(child__in=children, meeting__isnull=False)
    for meeting in sorted(set(rows.values_list("meeting_id", flat=True))):
        held = mapping.meeting_of(meeting)
        if held:
            open_ = (item for item in held[0].dissents if item.id not in held[0].dissents_answered)
            found += [f"of {item.at:%-d %B %Y}" for item in open_]
    return found

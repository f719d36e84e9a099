"""Gate G4: what must be so before a section 47 enquiry has its outcome, as far as the record shows it.

An agency's own system records the outcome; here it guards whoever ends the enquiry's duty by hand, and is said to
whoever calls the conference that follows. What may be excepted, the reason that they write answers: it goes to all whom
the duty's end is told. An enquiry into a child with no interim plan before the conference is excepted by nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from nightlight.actions.meetings import in_force
from nightlight.actions.owned import weighing
from nightlight.domain.chronology import Chronology, Fact
from nightlight.domain.coverage import why_not
from nightlight.domain.duty_events import CLOCK_QUESTION, DutyError
from nightlight.domain.meetings.gates import Reason, Section47Facts, in_words, section_47_outcome
from nightlight.domain.views import Pooled
from nightlight.store.access import wall
from nightlight.store.chronology.mapping import load
from nightlight.store.duties.models import DutyNow
from nightlight.store.meetings import mapping
from nightlight.store.meetings.models import MeetingChild, PlanNow
from nightlight.store.people.models import Practitioner
from nightlight.timeline.spans import END

OUTCOME = f"{CLOCK_QUESTION}S47-OUTCOME"
"""How the question begins of the duty that an enquiry's outcome ends."""


@wall.lifted("whether a child was seen is asked of the whole record")
def facts(child: UUID, *, siblings_read: bool, why_not_seen: str, follows: bool, now: datetime) -> Section47Facts:
    """What the record shows of an enquiry that runs: since its first day, and what is in force now."""
    since = _since(load([child])[child])
    seen = [fact for fact in since if fact.kind == "social_care.visit" and _is_seen(fact.entry.attributes)]
    spoken = [fact for fact in since if fact.kind == "voice.words"]
    return Section47Facts(
        child_seen=bool(seen),
        child_spoken_to=bool(spoken) or any(fact.entry.attributes.get("seen_alone") for fact in seen),
        why_not_seen=why_not_seen,
        siblings_considered=siblings_read,
        medical_decided=_medical(child),
        conference_follows=follows,
        interim_plan_in_force=_interim(child, now),
    )


def _since(chronology: Chronology) -> list[Fact]:
    facts = [fact for fact in chronology.facts(Pooled()) if fact.known_until == END]
    begun = max((fact.at for fact in facts if fact.kind == "social_care.section_47"), default=None)
    return [fact for fact in facts if begun is None or fact.at >= begun]


def _is_seen(said: Mapping[str, Any]) -> bool:
    return bool(said.get("child_seen")) or said.get("result") == "seen"


def _medical(child: UUID) -> bool:
    """Whether a strategy discussion about the child says whether there is a medical, or why not."""
    rows = MeetingChild.objects.filter(child=child, meeting__kind="strategy_discussion")
    held = (mapping.meeting_of(id_) for id_ in rows.values_list("meeting_id", flat=True))
    return any(note["block"] == "medical" for found in held if found for note in found[0].notes)


def _interim(child: UUID, now: datetime) -> bool:
    plan = PlanNow.objects.filter(children__contains=[child], kind="interim_safety", status="running").exists()
    return plan or any(not why_not(each, now) for each in in_force.protections_for(child))


def before_conference(child: UUID, *, now: datetime) -> tuple[Reason, ...]:
    """What is said to whoever calls the conference; none of it stops the call."""
    found = section_47_outcome(facts(child, siblings_read=True, why_not_seen="", follows=True, now=now), now)
    return tuple(replace(reason, can_except=True) for reason in found)


def must_be_done(*, by: Practitioner, duty: DutyNow, reason: str, read: str, now: datetime) -> None:
    """Refuse to end the enquiry's duty by hand while the gate is shut. read: the mark of what was shown of brothers and
    sisters (`weighing`); with nothing to read, none."""
    if not duty.question.startswith(OUTCOME) or duty.child is None:
        return
    weighed = weighing.weigh(by=by, duty=duty, now=now)
    considered = not weighed.siblings or weighed.mark == read
    asked = facts(duty.child, siblings_read=considered, why_not_seen=reason, follows=_follows(duty.child), now=now)
    if firm := [each for each in section_47_outcome(asked, now) if not each.can_except]:
        raise DutyError(f"{in_words(firm)} Until then the enquiry has no outcome.")


def _follows(child: UUID) -> bool:
    """Whether an initial conference was called and has not been held."""
    rows = MeetingChild.objects.filter(child=child, meeting__kind="initial_conference")
    return rows.filter(meeting__now__status="called").exists()

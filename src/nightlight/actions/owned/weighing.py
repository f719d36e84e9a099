"""What must be read before a duty ends in "no further action": what was set aside before, for this child and siblings.

The decision that goes wrong is the one taken without the ones before it. So the earlier ones are shown first, and
ending a duty so takes the mark of exactly what was shown: what has been added meanwhile has to be read as well.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from nightlight.actions.seeing.access import may_see, who_is
from nightlight.actions.seeing.sight import Sight
from nightlight.domain.chronology import Chronology
from nightlight.domain.duties import DutyState, state_of
from nightlight.domain.duty_events import NO_FURTHER_ACTION, DutyError
from nightlight.domain.meetings.gates import NoFurtherActionFacts, in_words, no_further_action
from nightlight.domain.views import Pooled
from nightlight.store.access import wall
from nightlight.store.access.facts import sealed_from
from nightlight.store.chronology.mapping import load
from nightlight.store.duties import mapping
from nightlight.store.duties.models import DutyNow
from nightlight.store.people.models import Person, Practitioner
from nightlight.timeline.spans import END

_SIBLINGS = """
    WITH mine AS (SELECT id FROM people_sourceperson WHERE person_id = %(child)s
    ), links AS (
        SELECT l.kind, l.source_person AS one, l.other_person AS other FROM chronology_link l
        WHERE l.kind IN ('parent', 'carer', 'sibling') AND NOT l.retracts AND NOT EXISTS (
            SELECT 1 FROM chronology_link n
            WHERE n.system = l.system AND n.record_id = l.record_id AND n.version > l.version)
    ), adults AS (
        SELECT a.id, a.person_id FROM links JOIN mine ON mine.id = links.other
        JOIN people_sourceperson a ON a.id = links.one WHERE links.kind <> 'sibling'
    ), theirs AS (
        SELECT id FROM adults UNION SELECT s.id FROM people_sourceperson s JOIN adults USING (person_id)
    ), found AS (
        SELECT other AS id FROM links JOIN mine ON mine.id = links.one WHERE kind = 'sibling'
        UNION SELECT one FROM links JOIN mine ON mine.id = links.other WHERE kind = 'sibling'
        UNION SELECT other FROM links JOIN theirs ON theirs.id = links.one WHERE kind <> 'sibling'
    )
    SELECT DISTINCT p.id FROM found JOIN people_sourceperson s ON s.id = found.id
    JOIN people_person p ON p.id = s.person_id
    WHERE p.is_child AND p.id <> %(child)s ORDER BY p.id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """Something to read first.

    what: `set_aside` (a duty ended so), `decision` (an agency's record says so), `open` (a sibling's duty).
    child: its name, where whoever reads may see that child; empty for a sibling whom they may not.
    about: the question of a duty, or the kind of an entry.
    """

    id: str
    what: str
    sibling: bool
    child: str
    about: str
    at: datetime
    by: str = ""
    organisation: str = ""
    reason: str = ""
    link: UUID | None = None


@dataclass(frozen=True, slots=True)
class Weighed:
    """All of it, this child's before siblings' and the newest first; `mark` stands for exactly these."""

    earlier: tuple[Earlier, ...]

    @property
    def mark(self) -> str:
        """Empty where there is nothing to read."""
        ids = sorted(f"{each.what}:{each.id}" for each in self.earlier)
        return hashlib.sha256("\n".join(ids).encode()).hexdigest()[:16] if ids else ""

    @property
    def siblings(self) -> int:
        return sum(each.sibling for each in self.earlier)


def weigh(*, by: Practitioner, duty: DutyNow, now: datetime) -> Weighed:
    """What is to be read before this duty is set aside. Called by what has passed `access_child` for its child."""
    if duty.child is None:
        return Weighed(())
    eyes = Sight(who_is(by), by.organisation_id, frozenset(), sealed_from(by.username, now))
    siblings = [id_ for id_ in _siblings(duty.child) if str(id_) not in eyes.sealed.children]
    children = [duty.child, *siblings]
    others = DutyNow.objects.filter(child__in=children).exclude(duty_id=duty.duty_id)
    with wall.lifted("that something was set aside for a brother or sister must be read; who it was, only by who may"):
        rows = [row for row in others if row.status == "discharged" or row.child != duty.child]
        chronologies = load(children)
    rows = [row for row in rows if eyes.sees_duty(row.evidence)]
    with wall.lifted("that something was set aside for a brother or sister must be read; who it was, only by who may"):
        events = mapping.events_of(row.duty_id for row in rows)
    states = [(row, state_of(events[row.duty_id])) for row in rows]
    seen = _names(by, duty.child, siblings, now)
    found = [each for row, state in states if (each := _of_duty(row, state, duty.child, seen))]
    seen_of = {who: eyes.of(chronology, now) for who, chronology in chronologies.items()}
    found += _decisions(seen_of, duty.child, seen)
    found.sort(key=lambda each: each.at, reverse=True)
    return Weighed(tuple(sorted(found, key=lambda each: each.sibling)))


def must_have_read(
    *, by: Practitioner, duty: DutyNow, outcome: str, read: str, reason: str, now: datetime
) -> tuple[str, ...]:
    """Gate G2: refuse "no further action" until what was decided before was read, and the reason is written; `read` is
    the mark of what was shown.

    Returns the ids of what was shown, to be kept with the decision; nothing for any other outcome.
    """
    if outcome != NO_FURTHER_ACTION:
        return ()
    weighed = weigh(by=by, duty=duty, now=now)
    was_read = weighed.mark == read
    facts = NoFurtherActionFacts(
        earlier_shown=was_read or not any(not each.sibling for each in weighed.earlier),
        siblings_shown=was_read or not weighed.siblings,
        reasons=reason,
        feedback_sent=True,  # by `notices`, to whoever raised it, in the transaction that ends the duty
    )
    if against := no_further_action(facts, now):
        raise DutyError(
            f"before no further action, read what was set aside before, and confirm that you have. {in_words(against)} "
            "Something may have been added since you opened the page."
        )
    return tuple(each.id for each in weighed.earlier)


@wall.lifted("that something was set aside for a brother or sister must be read; who it was, only by who may")
def _siblings(child: UUID) -> list[UUID]:
    """Children linked as siblings, or sharing a parent or carer, by any source and at any time."""
    with connection.cursor() as cursor:
        cursor.execute(_SIBLINGS, {"child": child})
        return [id_ for (id_,) in cursor.fetchall()]


def _names(by: Practitioner, child: UUID, siblings: Iterable[UUID], now: datetime) -> dict[UUID, str]:
    """The names of those among them whom this person may see."""
    people = Person.objects.in_bulk([child, *siblings])
    seen = [id_ for id_ in people if id_ == child or may_see(by, id_, now)]
    return {id_: f"{people[id_].given} {people[id_].family}".strip() for id_ in seen}


def _of_duty(row: DutyNow, state: DutyState, child: UUID, seen: dict[UUID, str]) -> Earlier | None:
    sibling = row.child != child
    link = row.duty_id if row.child in seen else None
    name = seen.get(row.child, "") if row.child else ""
    if not state.is_discharged:
        return Earlier(
            id=state.duty.id, what="open", sibling=sibling, child=name, about=row.question, at=state.duty.raised,
            organisation=row.organisation, link=link,
        )  # fmt: skip
    if state.outcome != NO_FURTHER_ACTION or state.discharged_at is None:
        return None
    return Earlier(
        id=state.duty.id, what="set_aside", sibling=sibling, child=name, about=row.question, at=state.discharged_at,
        by=state.discharged_by, organisation=row.organisation, reason=state.reason, link=link,
    )  # fmt: skip


def _decisions(chronologies: Mapping[UUID, Chronology], child: UUID, seen: dict[UUID, str]) -> list[Earlier]:
    """What agencies' own records, as they stand now, say was decided to need no further action."""
    return [
        Earlier(
            id=fact.entry.id, what="decision", sibling=who != child, child=seen.get(who, ""), about=fact.kind,
            at=fact.at, organisation=fact.entry.source.organisation, link=who if who in seen else None,
        )
        for who, chronology in chronologies.items()
        for fact in chronology.facts(Pooled())
        if fact.through == "child" and fact.known_until == END
        and fact.entry.attributes.get("outcome") == NO_FURTHER_ACTION
    ]  # fmt: skip

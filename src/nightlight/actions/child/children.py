"""Assembling what somebody may see of a child: the page, an indicator's explanation, and who has looked.

Every read here passes through `access_child`, which writes the view down before anything is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.db import connection

from nightlight.actions.matching import unmatched
from nightlight.actions.record.engine import calendar
from nightlight.actions.record.households import places_of
from nightlight.actions.record.recent import Mark, Recent, chronology_of
from nightlight.actions.seeing.access import Access, Refused, access_child
from nightlight.actions.seeing.sight import Sight, sight_of
from nightlight.actions.sharing import seen as sharing_seen
from nightlight.actions.trail import audit
from nightlight.domain.access.vocabulary import Purpose, Relationship
from nightlight.domain.chronology import Fact
from nightlight.domain.homes import LIVES, NAMED, counted
from nightlight.domain.roles import Permission, may
from nightlight.domain.views import Actual, Pooled, View
from nightlight.indicators.catalogue import CATALOGUE, PROTECTIVE, Indicator, Protective
from nightlight.indicators.explain import Explanation, explain
from nightlight.indicators.reference import History, spans
from nightlight.store.access import wall
from nightlight.store.audit.models import AuditEvent
from nightlight.store.chronology.mapping import parsed
from nightlight.store.people.models import Person, Practitioner
from nightlight.timeline import END, Partial

_WHEN = attrgetter("at", "entry.id")
NOTHING_SHARED = sharing_seen.History((), (), {}, {})


@dataclass(frozen=True, slots=True)
class Look:
    """From where a child is looked at: whose knowledge (None: everyone's, pooled), and as at when (None: now)."""

    agency: str | None = None
    as_at: datetime | None = None

    @property
    def view(self) -> View:
        return Actual(self.agency) if self.agency else Pooled()

    @property
    def is_now(self) -> bool:
        return self.agency is None and self.as_at is None


@dataclass(frozen=True, slots=True)
class Named:
    """Who a child is, as their records say."""

    id: UUID
    given: str
    family: str
    born: Partial | None

    @property
    def name(self) -> str:
        return f"{self.given} {self.family}".strip() or "Name not known"


@dataclass(frozen=True, slots=True)
class Firing:
    """The spans over which an indicator or a protective fact holds, or held, and the entries that make it hold now."""

    indicator: Indicator | Protective
    spans: tuple[tuple[datetime, datetime], ...]
    evidence: tuple[str, ...]

    def holds(self, at: datetime) -> bool:
        return any(start <= at < end for start, end in self.spans)

    def since(self, at: datetime) -> datetime:
        """Since when it holds; when it last began, if it does not."""
        begun = [start for start, _ in self.spans if start <= at]
        return max(begun, default=self.spans[0][0])


@dataclass(frozen=True, slots=True)
class ChildDuty:
    """An open duty about the child, as its line on the page says it."""

    id: UUID
    question: str
    level: str
    status: str
    owner: str
    owner_name: str
    role: str
    organisation: str
    due: datetime


@dataclass(frozen=True, slots=True)
class ChildPage:
    """Everything that a child's page shows. facts: what concerns the child, newest first. mark: as in `recent`.

    met: whether there was a meeting or a plan at all.
    """

    access: Access
    child: Named
    look: Look
    at: datetime
    facts: tuple[Fact, ...]
    firings: tuple[Firing, ...]
    protective: tuple[Firing, ...]
    duties: tuple[ChildDuty, ...]
    unmatched: int
    known_to: tuple[str, ...]
    organisations: Mapping[str, str]
    people: Mapping[str, str]
    mark: Mark | None
    shared: sharing_seen.History
    met: bool


def child_page(
    *, by: Practitioner, child: UUID, now: datetime, look: Look | None = None, reason: str = ""
) -> ChildPage:
    """A child's page as at a moment and in a view; the view is on record before anything is read."""
    look = look or Look()
    access = access_child(by=by, child=child, now=now, reason=reason)
    at = look.as_at or now
    sight = sight_of(by=by, access=access, now=now)
    recent = chronology_of(child, sight, now)
    history = _history(recent, look)
    facts = _current(history.facts, at)
    there = _there(child)
    return ChildPage(
        access=access,
        child=_named(child),
        look=look,
        at=at,
        facts=facts,
        firings=_firings(child, recent, history, look, at),
        protective=_evaluated(PROTECTIVE.values(), history, at),
        duties=_duties(child, sight),
        unmatched=unmatched.how_many(child, sight, now) if there.waits else 0,
        known_to=recent.chronology.agencies(),
        organisations=_organisations(),
        people=_people(facts, str(child)),
        mark=recent.mark if look.is_now else None,
        shared=sharing_seen.of_child(sight=sight, child=child, now=now, most=5) if there.shared else NOTHING_SHARED,
        met=there.met,
    )


@dataclass(frozen=True, slots=True)
class IndicatorPage:
    """One indicator for one child: what holds, why, and since when it has come and gone."""

    child: Named
    indicator: Indicator | Protective
    explanation: Explanation
    firing: Firing | None
    facts: tuple[Fact, ...]
    organisations: Mapping[str, str]
    people: Mapping[str, str]


def indicator_page(
    *, by: Practitioner, child: UUID, indicator: str, now: datetime, look: Look | None = None
) -> IndicatorPage:
    """Why an indicator holds for a child, or what of it does not; raises `LookupError` for one not in the catalogue."""
    definition = CATALOGUE.get(indicator) or PROTECTIVE[indicator]
    look = look or Look()
    access = access_child(by=by, child=child, now=now)
    at = look.as_at or now
    history = _history(chronology_of(child, sight_of(by=by, access=access, now=now), now), look)
    explanation = explain(definition, history, at)
    held = tuple((start, end) for start, end in spans(definition.expression, history) if start <= at)
    facts = tuple(reversed(_these(history.facts, explanation.evidence)))
    return IndicatorPage(
        child=_named(child),
        indicator=definition,
        explanation=explanation,
        firing=Firing(definition, held, tuple(explanation.evidence)) if held else None,
        facts=facts,
        organisations=_organisations(),
        people=_people(facts, str(child)),
    )


def evidence_of(
    *, sight: Sight, child: UUID, entry_ids: Iterable[str], now: datetime
) -> tuple[tuple[Fact, ...], Mapping[str, str], Mapping[str, str]]:
    """These entries as they concern a child, as far as this sight goes, newest first; and the names that go with them.

    Called by what has passed `access_child` already. Corrected ones are there too: they were the evidence then.
    """
    facts = _these(chronology_of(child, sight, now).history.facts, entry_ids)
    facts.sort(key=lambda fact: (fact.at, fact.entry.id), reverse=True)
    return tuple(facts), _organisations(), _people(facts, str(child))


@dataclass(frozen=True, slots=True)
class Looked:
    """One line of who has looked: when, who, and on what ground."""

    at: datetime
    by: str
    name: str
    role: str
    organisation: str
    act: str
    ground: str
    reason: str


def who_looked(*, by: Practitioner, child: UUID, now: datetime, page: int = 1) -> tuple[Named, list[Looked], int]:
    """A page of a hundred audit rows about a child, newest first, and how many there are in all.

    For the owner of a duty about the child, a manager, and the Caldicott guardian.
    """
    purpose = Purpose.OVERSEE if may(by.role, Permission.AUDIT_VIEW) else None
    access = access_child(by=by, child=child, now=now, purpose=purpose)
    if Relationship.ALLOCATED not in access.relationships and not may(by.role, Permission.TEAM_VIEW):
        audit.record(at=now, by=by, act="audit.refused", child=child)
        raise Refused("Only an owner of a duty about the child sees who has looked, and a manager. Ask yours.")
    audit.record(at=now, by=by, act="audit.viewed", child=child)
    events = AuditEvent.objects.filter(child=child).order_by("-id")
    shown = list(events[(page - 1) * 100 : page * 100])
    known = Practitioner.objects.select_related("organisation").in_bulk({e.by for e in shown}, field_name="username")
    return _named(child), [_looked(event, known.get(event.by)) for event in shown], events.count()


def _looked(event: AuditEvent, who: Practitioner | None) -> Looked:
    return Looked(
        at=event.at,
        by=event.by,
        name=who.name if who else event.by,
        role=who.role if who else "",
        organisation=who.organisation.name if who else event.organisation,
        act=event.act,
        ground=event.about if event.act == "child.viewed" else "",
        reason=event.reason,
    )


# -- reading


def _history(recent: Recent, look: Look) -> History:
    """What is known from there; worked out again for a look at the past or through one agency's eyes."""
    if look.is_now:
        return recent.history
    chronology = recent.chronology
    return History(counted(chronology, look.view, look.as_at), chronology.born, calendar())


def _firings(child: UUID, recent: Recent, history: History, look: Look, at: datetime) -> tuple[Firing, ...]:
    """As the last evaluation left them; worked out from what is seen, where that is not all or not now."""
    if look.is_now and recent.held is None:
        return _recorded(child, at)
    if look.is_now:
        holding = [CATALOGUE[code] for code, held in (recent.held or {}).items() if held]
        return _evaluated(holding, history, at)
    return _evaluated(CATALOGUE.values(), history, at)


def _current(facts: Sequence[Fact], at: datetime) -> tuple[Fact, ...]:
    """What was written and not corrected by then, newest first."""
    kept = [fact for fact in facts if fact.known_until > at and not fact.derived]
    kept.sort(key=_WHEN, reverse=True)
    return tuple(kept)


def _these(facts: Iterable[Fact], ids: Iterable[str]) -> list[Fact]:
    """The facts that are some evidence: the entry itself, rather than what was worked out of it, and of that one fact
    for each record: a count of the evidence is that of its list."""
    wanted = set(ids)
    found = [fact for fact in facts if fact.entry.id in wanted]
    written = {fact.entry.id for fact in found if not fact.derived}
    plainest: dict[str, Fact] = {}
    for fact in sorted(found, key=lambda each: _PLAIN.get(each.kind, len(_PLAIN))):
        plainest.setdefault(fact.entry.id, fact)
    return [
        fact for fact in found
        if not fact.derived or (fact.entry.id not in written and plainest[fact.entry.id] is fact)
    ]  # fmt: skip


_PLAIN = {LIVES: 0, NAMED: 1}
"""Of what follows from where a child lives, what says most of it."""


def _recorded(child: UUID, now: datetime) -> tuple[Firing, ...]:
    """The firings of the pooled view, as the last evaluation left them: what has begun by now."""
    query = (
        "SELECT indicator, starts, ends, evidence FROM chronology_firing WHERE child = %s AND starts <= %s "
        "ORDER BY indicator, starts"
    )
    rows = _read(query, [child, now])
    found: dict[str, list[Any]] = {}
    for indicator, starts, ends, evidence in rows:
        spans_, ids = found.setdefault(indicator, [[], {}])
        spans_.append((starts, ends or END))
        ids.update(dict.fromkeys(str(id_) for id_ in evidence))
    return tuple(
        Firing(CATALOGUE[indicator], tuple(spans_), tuple(ids))
        for indicator, (spans_, ids) in found.items()
        if indicator in CATALOGUE
    )


def _evaluated(rules: Iterable[Indicator | Protective], history: History, at: datetime) -> tuple[Firing, ...]:
    """What holds, or held, by then on what this history knew, worked out from it."""
    found = []
    for rule in rules:
        held = tuple((start, end) for start, end in spans(rule.expression, history) if start <= at)
        if held:
            evidence = explain(rule, history, at).evidence if held[-1][1] > at else ()
            found.append(Firing(rule, held, tuple(str(id_) for id_ in evidence)))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _There:
    """Whether there is anything at all that waits, was shared, or was met about: for most children there is not."""

    waits: bool
    shared: bool
    met: bool


@wall.lifted("whether there is a row; what is in it is asked behind the wall, and only where there is one")
def _there(child: UUID) -> _There:
    query = (
        "SELECT EXISTS (SELECT FROM people_matchproposal WHERE person_id = %(child)s), "
        "EXISTS (SELECT FROM sharing_decision WHERE child = %(child)s) "
        "OR EXISTS (SELECT FROM sharing_request WHERE child = %(child)s), "
        "EXISTS (SELECT FROM meetings_meetingchild WHERE child = %(child)s)"
    )
    with connection.cursor() as cursor:
        cursor.execute(query, {"child": child})
        return _There(*cursor.fetchone())


def _named(child: UUID) -> Named:
    given, family, born = Person.objects.values_list("given", "family", "born").get(id=child)
    return Named(child, given, family, parsed(born))


def _duties(child: UUID, sight: Sight) -> tuple[ChildDuty, ...]:
    rows = _read(
        "SELECT d.duty_id, d.question, d.level, d.status, d.owner, coalesce(p.name, ''), d.role, "
        "coalesce(o.name, ''), d.due, d.evidence::text[] FROM duties_dutynow d "
        "LEFT JOIN people_practitioner p ON p.username = d.owner "
        "LEFT JOIN people_organisation o ON o.code = d.organisation "
        "WHERE d.child = %s AND d.status <> 'discharged' ORDER BY d.due",
        [child],
    )
    return tuple(ChildDuty(*row) for *row, evidence in rows if sight.sees_duty(evidence))


def _organisations() -> dict[str, str]:
    return dict(_read("SELECT code, name FROM people_organisation", []))


def _people(facts: Iterable[Fact], child: str) -> dict[str, str]:
    """What to call the adults through whom an entry concerns the child, and a derived one's address, by their ref."""
    facts = tuple(facts)
    homes = {str(fact.entry.attributes.get("address", "")) for fact in facts if fact.derived} - {""}
    places = {id_: place.text for id_, place in places_of(homes).items()} if homes else {}
    refs = {s.ref for fact in facts if fact.through == "adult" for s in fact.entry.subjects if s.ref != child}
    people = [UUID(ref) for ref in refs if not ref.startswith("source:")]
    if not people:
        return places
    rows = _read("SELECT id, given, family FROM people_person WHERE id = ANY(%s)", [people])
    return {**places, **{str(id_): f"{given} {family}".strip() or "name not known" for id_, given, family in rows}}


def _read(query: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return list(cursor.fetchall())

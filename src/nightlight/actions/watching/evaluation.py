"""Evaluating indicators for the children whose record changed, and raising or adding to the duties that follow.

Called inside the transaction that changed the record, so that a fact counts from the moment it is kept. Everything it
writes but duties is derived, and `evaluate_all` makes it again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from nightlight.actions.owned import clocks, raising
from nightlight.actions.record import engine
from nightlight.actions.trail import turns
from nightlight.domain import homes
from nightlight.domain.chronology import NOT_ABOUT, Chronology, Fact
from nightlight.domain.views import Pooled
from nightlight.indicators.catalogue import CATALOGUE, Indicator, affected_by
from nightlight.indicators.explain import explain
from nightlight.indicators.history import History
from nightlight.store import waking
from nightlight.store.access import wall
from nightlight.store.bulk import array, copy_rows
from nightlight.store.chronology import edges
from nightlight.store.chronology.mapping import load, load_beside
from nightlight.store.database import beside
from nightlight.store.meetings.edges import CHANNEL as MEETINGS
from nightlight.store.people.models import Person
from nightlight.timeline.spans import END, Spans

AT_ONCE = 200
"""Children whose chronologies are held in memory together."""

_ALL = tuple(CATALOGUE.values())
_FIRING = ("child", "indicator", "rule", "level", "starts", "ends", "evidence")
_TOUCHED = """
    WITH RECURSIVE people AS (
        SELECT unnest(%(people)s::uuid[]) AS id
        UNION SELECT source_person FROM chronology_link
              WHERE kind = 'residence' AND other_address = ANY(%(addresses)s::uuid[])
        UNION SELECT s.source_person FROM chronology_entrysubject s
              JOIN chronology_entry e ON e.id = s.entry_id
              WHERE e.kind = 'housing.residence' AND e.attributes ->> 'address' = ANY(%(addresses)s::text[])
                AND s.source_person IS NOT NULL
        -- Who was seen there by an entry about both, and may be staying where no register has them.
        UNION SELECT s.source_person FROM chronology_entrysubject a
              JOIN chronology_entrysubject s ON s.entry_id = a.entry_id
              WHERE a.address = ANY(%(seen_at)s::uuid[]) AND s.source_person IS NOT NULL
                AND s.part <> ALL(%(not_there)s)
    ), who AS (
        SELECT sp.id, sp.person_id FROM people_sourceperson sp WHERE sp.id IN (SELECT id FROM people)
    ), alike AS (
        SELECT id FROM who
        UNION SELECT sp.id FROM people_sourceperson sp WHERE sp.person_id IN (SELECT person_id FROM who)
    ), children AS (
        SELECT person_id AS id FROM who WHERE person_id IS NOT NULL
        UNION SELECT sp.person_id FROM chronology_link l
              JOIN people_sourceperson sp ON sp.id = l.other_person
              WHERE l.source_person IN (SELECT id FROM alike) AND sp.person_id IS NOT NULL
    )
    SELECT p.id FROM people_person p JOIN children c ON c.id = p.id WHERE p.is_child ORDER BY p.id
"""


@dataclass(frozen=True, slots=True)
class Touched:
    """What a change touched: source people and addresses, kinds of entry, or (links, identity) anything at all.

    homes: where somebody moved in, so that whoever was seen there was in somebody's home.
    """

    people: frozenset[UUID]
    addresses: frozenset[UUID] = frozenset()
    homes: frozenset[UUID] = frozenset()
    kinds: frozenset[str] = frozenset()
    everything: bool = False

    @classmethod
    def together(cls, changes: Iterable[Touched]) -> Touched:
        """What several changes touch, as one."""
        several = list(changes)
        return cls(
            people=frozenset().union(*(each.people for each in several)),
            addresses=frozenset().union(*(each.addresses for each in several)),
            homes=frozenset().union(*(each.homes for each in several)),
            kinds=frozenset().union(*(each.kinds for each in several)),
            everything=any(each.everything for each in several),
        )


@dataclass(frozen=True, slots=True)
class Firing:
    """An indicator that holds for a child now: what `domain.duties` needs to open or join a duty."""

    child: str
    indicator: str
    question: str
    level: str
    since: datetime
    evidence: tuple[str, ...]


@wall.lifted("an indicator counts every fact, whoever caused it to be asked")
def evaluate_touched(touched: Touched, *, now: datetime) -> int:
    """Evaluate what can have changed for the children this touches; returns how many duties were raised."""
    children = _children(touched)
    indicators = _ALL if touched.everything else affected_by(touched.kinds)
    moves_clocks = touched.everything or not touched.kinds.isdisjoint(clocks.kinds_watched())
    parts = list(_parts(children, AT_ONCE))
    ahead = load_beside(parts[0]) if parts else None
    raised = 0
    for number, part in enumerate(parts, start=1):
        chronologies = ahead.result() if ahead else {}
        ahead = load_beside(parts[number]) if number < len(parts) else None
        raised += _weigh(part, chronologies, indicators, now, moves_clocks=moves_clocks)
    return raised


@wall.lifted("an indicator counts every fact")
def evaluate_all(*, now: datetime) -> int:
    """Make all that is derived again, for every child, a part at a time; returns how many duties were raised."""
    children = list(Person.objects.filter(is_child=True).order_by("id").values_list("id", flat=True))
    raised = 0
    for part in _parts(children, AT_ONCE):
        with transaction.atomic():
            turns.take()
            raised += _evaluate(part, _ALL, now)
    return raised


@wall.lifted("an indicator counts every fact")
def evaluate_due(*, now: datetime) -> int:
    """Evaluate the children for whom an indicator started or stopped by itself since they were last evaluated.

    An absence becomes a concern at a moment known in advance: the stored edge. Returns how many duties were raised.
    """
    raised = 0
    for part in _parts(edges.passed(now), AT_ONCE):
        with transaction.atomic():
            turns.take()
            raised += _evaluate(part, _ALL, now)
    return raised


@wall.lifted("an indicator counts every fact, whoever caused it to be asked")
def evaluate_children(children: Sequence[UUID], *, now: datetime) -> int:
    """Evaluate these children whole, in the caller's turn and transaction; returns how many duties were raised."""
    return _evaluate(list(children), _ALL, now)


def _children(touched: Touched) -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(
            _TOUCHED,
            {
                "people": array(touched.people),
                "addresses": array(touched.addresses),
                "seen_at": array(touched.addresses | touched.homes),
                "not_there": [part.value for part in NOT_ABOUT],
            },
        )
        return [id_ for (id_,) in cursor.fetchall()]


def _parts(items: Sequence[UUID], size: int) -> Iterator[list[UUID]]:
    rest = iter(items)
    while part := list(islice(rest, size)):
        yield part


def _evaluate(children: list[UUID], indicators: Sequence[Indicator], now: datetime) -> int:
    return _weigh(children, load(children), indicators, now, moves_clocks=True)


def _weigh(
    children: list[UUID],
    chronologies: Mapping[UUID, Chronology],
    indicators: Sequence[Indicator],
    now: datetime,
    *,
    moves_clocks: bool,
) -> int:
    facts = {child: homes.counted(chronology, Pooled()) for child, chronology in chronologies.items()}
    held = engine.spans_of([(facts[child], each.born) for child, each in chronologies.items()], indicators)
    rows: list[Sequence[Any]] = []
    firing: dict[UUID, list[Firing]] = {}
    for (child, chronology), spans in zip(chronologies.items(), held, strict=True):
        found, holding = _of_child(chronology, facts[child], spans, indicators, now)
        rows += found
        if holding:
            firing[child] = holding
    _replace(children, [each.code for each in indicators], rows)
    edges.remember(children, now)
    running = clocks.running(chronologies, facts=facts, now=now) if moves_clocks else {}
    raised = raising.raise_for(firing, chronologies, now=now)
    _wake_for_tripwires(firing)
    return raised + (clocks.follow(chronologies, running, now=now) if moves_clocks else 0)


def _wake_for_tripwires(firing: Mapping[UUID, object]) -> None:
    """Where a plan waits for an indicator on one of these children, the worker that watches it is woken as soon as
    this is kept; should the word be lost, it looks by itself before long."""
    if firing and edges.is_waited_for(list(firing)):
        waking.wake(MEETINGS)


def _of_child(
    chronology: Chronology,
    facts: tuple[Fact, ...],
    held: Mapping[str, Spans],
    indicators: Iterable[Indicator],
    now: datetime,
) -> tuple[list[Sequence[Any]], list[Firing]]:
    history: History | None = None  # only what holds now is explained, and for most children nothing does
    rows: list[Sequence[Any]] = []
    holding: list[Firing] = []
    for indicator in indicators:
        for start, end in held[indicator.code]:
            evidence: tuple[str, ...] = ()
            if start <= now < end:
                if history is None:
                    history = History(facts, chronology.born, engine.calendar())
                evidence = _evidence(indicator, history, now)
                holding.append(_firing(chronology, indicator, start, evidence))
            rows.append(_row(chronology, indicator, start, end, evidence))
    return rows, holding


def _evidence(indicator: Indicator, history: History, now: datetime) -> tuple[str, ...]:
    return tuple(str(id_) for id_ in explain(indicator, history, now).evidence)


def _firing(chronology: Chronology, indicator: Indicator, since: datetime, evidence: tuple[str, ...]) -> Firing:
    return Firing(chronology.child, indicator.code, indicator.question, indicator.level, since, evidence)


def _row(
    chronology: Chronology, indicator: Indicator, start: datetime, end: datetime, evidence: tuple[str, ...]
) -> Sequence[Any]:
    return (
        UUID(chronology.child), indicator.code, indicator.rule, indicator.level, start,
        None if end == END else end, [UUID(id_) for id_ in evidence],
    )  # fmt: skip


def _replace(children: list[UUID], codes: list[str], rows: list[Sequence[Any]]) -> None:
    gone = "DELETE FROM chronology_firing WHERE child = ANY(%s) AND indicator = ANY(%s)"
    beside.execute(gone, [children, codes])
    copy_rows("chronology_firing", _FIRING, rows)

"""A danger and the protections that were known at a moment: what of the danger they leave uncovered.

The arithmetic of one node, `Uncovered`; what an uncovered danger leads to is not decided here.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import pairwise

from nightlight.domain.chronology import Fact
from nightlight.indicators import nodes
from nightlight.indicators.history import History
from nightlight.timeline.instants import DateTextError, moved
from nightlight.timeline.partial import Partial
from nightlight.timeline.spans import END, Spans


def uncovered_knowledge(danger: Fact, node: nodes.Uncovered, history: History) -> Spans:
    """The moments at which, by what was known then, some of the danger still ahead is covered by no protection."""
    protections = _protections(danger, node, history)
    edges = {danger.counts_from, danger.known_until}
    for fact, _ in protections:
        edges.update(e for e in (fact.counts_from, fact.known_until) if danger.counts_from < e < danger.known_until)
    found = []
    for start, end in pairwise(sorted(edges)):
        gap = uncovered_time(danger, node, (cover for _, cover in _known_at(protections, start)))
        if gap.end is not None and gap.end > start:
            found.append((start, min(end, gap.end)))
    return Spans(found)


def uncovered_time(danger: Fact, node: nodes.Uncovered, known: Iterable[tuple[datetime, datetime]]) -> Spans:
    """The danger, minus the protections."""
    return Spans.since(danger_starts(danger, node)) - Spans(known)


def danger_starts(danger: Fact, node: nodes.Uncovered) -> datetime:
    """From when the harm could come; from when it was voiced where nobody said."""
    said = _moment(danger, node.starts)
    return said.earliest if said else danger.counts_from


Protection = tuple[Fact, tuple[datetime, datetime]]


def protections_known(danger: Fact, node: nodes.Uncovered, history: History, at: datetime) -> list[Protection]:
    """What may answer a danger by what is known at the moment, each with the span over which it is in force."""
    return _known_at(_protections(danger, node, history), at)


def _known_at(protections: list[Protection], at: datetime) -> list[Protection]:
    return [each for each in protections if each[0].counts_from <= at < each[0].known_until]


def _protections(danger: Fact, node: nodes.Uncovered, history: History) -> list[Protection]:
    found = []
    agreed_from = moved(danger.at, -timedelta(days=node.before.days))
    for fact in history.matching(node.protections):
        in_force = _moment(fact, node.in_force)
        if in_force and fact.at >= agreed_from and in_force.latest < END:
            found.append((fact, (in_force.latest, END)))
    for fact in history.matching(node.holding) if node.holding else ():
        if fact.at < fact.ends:
            found.append((fact, (fact.at, fact.ends)))
    return found


def _moment(fact: Fact, attribute: str) -> Partial | None:
    """An attribute that holds a date; None where it is missing, or is not one after all."""
    text = fact.entry.attributes.get(attribute)
    try:
        return Partial.parse(str(text)) if text is not None else None
    except DateTextError:
        return None

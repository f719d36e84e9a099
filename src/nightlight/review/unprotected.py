"""What a record shows of danger and protection: the hours that nothing agreed covers, and what was agreed for when.

A record of the past shows that something was agreed, seldom that its owner accepted it or that anybody looked: all that
was agreed counts here, so that the hours are never made more than they were. What a meeting today would not have
counted is said beside them, with the reason.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from nightlight.domain.chronology import Fact
from nightlight.domain.coverage import is_named_person
from nightlight.domain.protection import Danger, Protection, Uncovered, uncovered
from nightlight.indicators.catalogue.protection import dangers, decisions, keeping_safe
from nightlight.indicators.reference import History
from nightlight.timeline.instants import TimelineError
from nightlight.timeline.partial import Partial
from nightlight.timeline.spans import Span, Spans


@dataclass(frozen=True, slots=True)
class Agreed:
    """Something agreed to keep the child safe, and why a meeting today would not count it; empty if it would."""

    protection: Protection
    would_not_count: str


@dataclass(frozen=True, slots=True)
class Unprotected:
    """One danger that was voiced with hours that nothing covers: by whom, and what was agreed that came too late."""

    uncovered: Uncovered
    voiced_by: str
    agreed: tuple[Agreed, ...]

    def harm_within(self, harm: Partial | None) -> str:
        """Whether the harm came in those hours: `certainly` where all the moments that it may have come at are among
        those that are certain, `possibly` where some are among those that may be; empty where neither."""
        if harm is None:
            return ""
        when = Span(harm.earliest, max(harm.latest, harm.earliest + _MOMENT))
        if self.uncovered.certain.covers(when):
            return "certainly"
        return "possibly" if self.uncovered.possible & Spans([when]) else ""


_MOMENT = timedelta(microseconds=1)


def unprotected(history: History) -> tuple[Unprotected, ...]:
    """The dangers that were voiced, and the hours of each that nothing agreed covers: the same entries that
    the indicator `protection.danger_without_protection` asks about, to the hour."""
    voiced = {fact.entry.id: fact for fact in history.matching(dangers.node)}
    agreed = [*_agreed(history), *_held(history)]
    found = uncovered((_danger(fact) for fact in voiced.values()), agreed)
    return tuple(
        Unprotected(each, voiced[each.danger.id].agency, tuple(_judged(p) for p in agreed if p.against(each.danger)))
        for each in found
        if each
    )


def _danger(fact: Fact) -> Danger:
    return Danger(
        id=fact.entry.id,
        starts=_said(fact.entry.attributes.get("from_when")) or fact.entry.occurred,
        what=str(fact.entry.attributes.get("harm", "")),
    )


def _agreed(history: History) -> Iterator[Protection]:
    """What a meeting decided to do from a moment on."""
    for fact in history.matching(decisions.node):
        when = _said(fact.entry.attributes.get("in_force_from"))
        if when:
            yield Protection(
                id=fact.entry.id,
                in_force_from=when,
                owner=str(fact.entry.attributes.get("owner", fact.agency)),
                accepted=True,  # a case file holds what was agreed; who accepted it is not published
                what=str(fact.entry.attributes.get("action", "")),
            )


def _held(history: History) -> Iterator[Protection]:
    """What kept the child safe by law: police protection, a care order."""
    for fact in history.matching(keeping_safe.node):
        yield Protection(
            id=fact.entry.id, in_force_from=fact.entry.occurred, until=fact.entry.until, owner=fact.agency,
            accepted=True, what=fact.entry.kind, how_confirmed=_BY_LAW,
        )  # fmt: skip


_BY_LAW = "by law"


def _judged(protection: Protection) -> Agreed:
    if protection.how_confirmed == _BY_LAW:
        return Agreed(protection, "")
    nobody = "" if is_named_person(protection.owner) else "it names no person, and "
    return Agreed(protection, f"{nobody}it does not say that anyone accepted it, or how it would be confirmed")


def _said(text: object) -> Partial | None:
    try:
        return Partial.parse(str(text)) if text is not None else None
    except TimelineError:
        return None

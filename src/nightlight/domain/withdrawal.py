"""By which entries what a duty rested on was withdrawn, or its clock no longer starts.

It decides nothing about the duty.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from nightlight.domain.chronology import Chronology, Entry
from nightlight.domain.clocks import RuleRow
from nightlight.domain.running import Clock

CORRECTED = "The entry that started this clock was corrected, and starts it no more."
EARLIER = "An earlier entry starts this clock, which runs from there."
NOT_WITHIN = "The episode that this clock runs within was corrected or withdrawn, and does not hold its start."


def withdrawn_by(evidence: Iterable[str], chronology: Chronology, now: datetime) -> tuple[str, ...]:
    """The entries, known by now, that withdrew all of this evidence, in order; none while any of it stands.

    A correction that says something else is not a withdrawal: what it says stands in the old entry's place. Evidence
    that the record does not hold can't be judged, and so stands.
    """
    after = _after(chronology, now)
    held = {entry.id for entry in chronology.entries}
    found = [_withdrawal(id_, after) if id_ in held else None for id_ in evidence]
    if not found or not all(found):
        return ()
    ordered = sorted((each.recorded.latest, each.id) for each in found if each)
    return tuple(dict.fromkeys(id_ for _, id_ in ordered))


@dataclass(frozen=True, slots=True)
class NotStarted:
    """The entry by which a clock that was running is not started any more, and why, in a sentence."""

    by: str
    reason: str


def not_started(
    evidence: Collection[str],
    raised: datetime,
    row: RuleRow,
    clocks: Iterable[Clock],
    chronology: Chronology,
    now: datetime,
) -> NotStarted | None:
    """Why the record starts a clock of this row no more, from this evidence, at that moment; None where no entry says
    so, and whatever rests on the clock stands.

    clocks: those that the child's record starts now, this one not among them.
    """
    if newer := _correction(evidence, chronology, now):
        return NotStarted(newer, CORRECTED)
    if row.once and (other := _covers(row, raised, clocks)):
        return NotStarted(other, EARLIER)
    if row.within_episode and (changed := _changed(row.within_episode, chronology, now)):
        return NotStarted(changed, NOT_WITHIN)
    return None


def _correction(evidence: Collection[str], chronology: Chronology, now: datetime) -> str:
    """The newest version of what started it, where that says something else than it said when it did."""
    after = _after(chronology, now)
    newest = (_newest(id_, after) for id_ in evidence)
    return next((entry.id for entry in newest if entry and not entry.retracts and entry.id not in evidence), "")


def _covers(row: RuleRow, raised: datetime, clocks: Iterable[Clock]) -> str:
    """The entry of the clock of this row that runs at that moment: while it does, nothing starts another."""
    running = (clock for clock in clocks if clock.rule == row.id and clock.started <= raised)
    return next((clock.entry for clock in running if clock.ended is None or clock.ended > raised), "")


def _changed(episode: str, chronology: Chronology, now: datetime) -> str:
    """The newest correction of an episode of this kind."""
    changed = [each for each in chronology.entries if each.kind == episode and each.supersedes and _known(each, now)]
    return max(changed, key=lambda each: (each.recorded.latest, each.id)).id if changed else ""


def _after(chronology: Chronology, now: datetime) -> Mapping[str, Entry]:
    """By entry, the version that follows it."""
    return {entry.supersedes: entry for entry in chronology.entries if entry.supersedes and _known(entry, now)}


def _known(entry: Entry, now: datetime) -> bool:
    return entry.recorded.latest <= now


def _withdrawal(id_: str, after: Mapping[str, Entry]) -> Entry | None:
    """The newest version of an entry, if that withdraws it."""
    newest = _newest(id_, after)
    return newest if newest is not None and newest.retracts else None


def _newest(id_: str, after: Mapping[str, Entry]) -> Entry | None:
    newest: Entry | None = None
    while (newer := after.get(id_)) is not None and newer is not newest:
        newest, id_ = newer, newer.id
    return newest

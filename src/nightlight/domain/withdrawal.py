"""Whether everything that a duty rested on was withdrawn, and by which entries. It decides nothing about the duty."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from nightlight.domain.chronology import Chronology, Entry


def withdrawn_by(evidence: Iterable[str], chronology: Chronology, now: datetime) -> tuple[str, ...]:
    """The entries, known by now, that withdrew all of this evidence, in order; none while any of it stands.

    A correction that says something else is not a withdrawal: what it says stands in the old entry's place. Evidence
    that the record does not hold can't be judged, and so stands.
    """
    after = {entry.supersedes: entry for entry in chronology.entries if entry.supersedes and _known(entry, now)}
    held = {entry.id for entry in chronology.entries}
    found = [_withdrawal(id_, after) if id_ in held else None for id_ in evidence]
    if not found or not all(found):
        return ()
    ordered = sorted((each.recorded.latest, each.id) for each in found if each)
    return tuple(dict.fromkeys(id_ for _, id_ in ordered))


def _known(entry: Entry, now: datetime) -> bool:
    return entry.recorded.latest <= now


def _withdrawal(id_: str, after: dict[str, Entry]) -> Entry | None:
    """The newest version of an entry, if that withdraws it."""
    newest: Entry | None = None
    while (newer := after.get(id_)) is not None and newer is not newest:
        newest, id_ = newer, newer.id
    return newest if newest is not None and newest.retracts else None

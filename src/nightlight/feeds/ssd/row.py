"""One row as it is read: its cells by name, and what it states so far.

A cell that can't be read is left out and told beside; only a row without its id, its person or its date is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from nightlight.domain.people import LinkKind
from nightlight.feeds.records import AddressRecord, EntryRecord, FeedContext, LinkRecord, PersonRecord, SubjectRecord
from nightlight.feeds.ssd.salvage import Salvaged, salvage
from nightlight.feeds.ssd.values import NOTHING, Refused, code_means, flag, flagged, moment, words_mean
from nightlight.timeline.london import local_date
from nightlight.timeline.partial import Partial

ADULT_AT = 18


@dataclass(slots=True)
class Row:
    """A row's cells by the standard's column names, and what it states. `beside`: cells left out, and why."""

    cells: Mapping[str, str]
    context: FeedContext
    people: list[PersonRecord] = field(default_factory=list)
    addresses: list[AddressRecord] = field(default_factory=list)
    links: list[LinkRecord] = field(default_factory=list)
    entries: list[EntryRecord] = field(default_factory=list)
    beside: list[Refused] = field(default_factory=list)

    @property
    def now(self) -> datetime:
        return self.context.now

    def text(self, column: str) -> str:
        """A cell's text as it was given; empty for the ways in which nothing is written."""
        value = self.cells.get(column, "").strip()
        return "" if value.casefold() in NOTHING else value

    def needed(self, column: str) -> str:
        if not (value := self.text(column)):
            raise Refused(column, "missing", "a value: the row cannot be kept without it")
        return value

    def happened(self, column: str) -> Partial:
        """A date that the row cannot be kept without, and that has come."""
        if (found := self.day(column)) is None:
            raise Refused(column, "missing", "a date: the row cannot be kept without it")
        return found

    def day(self, column: str) -> Partial | None:
        """A date that has come, or None where none is given."""
        found = moment(self.text(column), column)
        if found is not None and found.earliest > self.now:
            raise Refused(column, "future_date", "a date that has come, at the latest the day of this delivery")
        return found

    def side_date(self, column: str) -> Partial | None:
        """A date that the row can do without: one that can't be read is left out and told beside."""
        try:
            return self.day(column)
        except Refused as refused:
            self.beside.append(refused)
            return None

    def ended(self, column: str, since: Partial | None) -> Partial | None:
        """When an episode ended. An end still to come is a plan, not a fact: the episode is open until then.

        An end that can't be read is an end all the same: some time before this delivery.
        """
        try:
            found = moment(self.text(column), column)
            if found is not None and since is not None and found.certainly_before(since):
                raise Refused(column, "backwards", "an end that is not before its beginning")
        except Refused as refused:
            self.beside.append(refused)
            return Partial.bounds(None, Partial.instant(self.now))
        return found if found is not None and found.earliest <= self.now else None

    def flag(self, column: str) -> bool | None:
        try:
            return flag(self.text(column), column)
        except Refused as refused:
            self.beside.append(refused)
            return None

    def code(self, name: str, column: str, label_column: str = "") -> str | None:
        """What a code means, or else its label; a code in neither list is told beside and left out."""
        code, label = self.text(column), self.text(label_column)
        means = code_means(name, code)
        if means is None:
            means = words_mean(name, label) or words_mean(name, code)
        if means is None and code:
            self.beside.append(Refused(column, "unknown_code", f"a code of the standard's list of {name} codes"))
        return means or None

    def json(self, column: str, known: frozenset[str]) -> Salvaged:
        """A `*_json` column, salvaged; what is lost of it is told beside."""
        found = salvage(self.text(column), known)
        if found.problem == "truncated":
            expected = "all of the text: it is cut short; what came before the cut is kept"
            self.beside.append(Refused(column, "truncated", expected))
        elif found.problem:
            expected = "JSON, or text in which the standard's keys can be found; the row is kept without it"
            self.beside.append(Refused(column, found.problem, expected))
        return found

    def outcome(self, name: str, said: Salvaged, nothing_more: bool | None = None) -> str | None:
        """What came of it: by flag, by words, or by the column that says that nothing more was done."""
        found = flagged(name, said.values) or words_mean(name, said.words)
        return found or ("no_further_action" if nothing_more else None)

    def entry(
        self, kind: str, who: str, occurred: Partial, *, until: Partial | None = None, text: str = "", **stated: Any
    ) -> None:
        """One entry, written down when it began: the tables say nothing of when a row was written."""
        attributes = {name.rstrip("_"): value for name, value in stated.items() if value not in (None, "")}
        self.entries.append(
            EntryRecord(
                kind=kind, subjects=(SubjectRecord(who),), occurred=occurred, until=until, attributes=attributes,
                recorded=min(occurred.latest, self.now), text=text,
            )
        )  # fmt: skip

    def link(
        self, kind: LinkKind, person: str, other: str, since: Partial | None, until: Partial | None = None
    ) -> None:
        recorded = min(since.latest, self.now) if since is not None and kind is LinkKind.RESIDENCE else self.now
        self.links.append(
            LinkRecord(kind=kind, person=person, other=other, since=since, until=until, recorded=recorded)
        )


def age(born: Partial, on: date) -> int:
    """Whole years between a birth date, at its earliest, and a day."""
    day = local_date(born.earliest)
    return on.year - day.year - ((on.month, on.day) < (day.month, day.day))

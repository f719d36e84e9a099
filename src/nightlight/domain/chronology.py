"""The chronology: entries, links, and what of them concerns one child.

An entry is never changed: a correction is a new entry that supersedes, and an earlier view still shows what was
believed then. This module must not decide who may see an entry (`actions`) or how long it is counted (`indicators`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from nightlight.domain.kinds import KINDS, OF_PLACES
from nightlight.domain.people import ADULT_LINKS, LinkKind, Part
from nightlight.domain.views import View
from nightlight.timeline.instants import moved
from nightlight.timeline.partial import Partial
from nightlight.timeline.spans import BEGINNING, END

NOT_ABOUT = frozenset({Part.ALLEGED_HARMER, Part.REPORTER, Part.MENTIONED})
"""Parts in which an entry is not evidence of what happens to that person."""
SEEN_COUNTS = timedelta(days=90)
"""For how long somebody who was seen in a home may be staying there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where an entry came from. (system, record_id, version) is unique: a feed sent twice changes nothing."""

    agency: str
    organisation: str = ""
    system: str = ""
    record_id: str = ""
    version: int = 1
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Subject:
    """A person or an address that an entry is about, and a person's part in it."""

    ref: str
    part: Part = Part.SUBJECT


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One fact in the chronology.

    occurred: when it happened, with the precision its source gave; for an episode, when it began.
    until: when an episode ended; None while it is open.
    recorded: when the source wrote it down. received: when the hub had it (None in a case file).
    words: what was said, verbatim. text: what the writer says of it.
    supersedes: the id of the entry this corrects; with `retracts`, it withdraws that entry and states nothing itself.
    """

    id: str
    kind: str
    subjects: tuple[Subject, ...]
    occurred: Partial
    recorded: Partial
    source: Source
    until: Partial | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)
    words: str = ""
    text: str = ""
    received: datetime | None = None
    sensitivity: str = "ordinary"
    supersedes: str | None = None
    retracts: bool = False

    @property
    def agency(self) -> str:
        return self.source.agency

    @property
    def at(self) -> datetime:
        """The last moment at which it can have happened: what was written down, or was over, had happened by then."""
        latest, over = self.occurred.latest, self.recorded.latest
        if self.until is not None and self.until.latest < over:
            over = self.until.latest
        return latest if latest <= over else max(over, self.occurred.earliest)

    def ends(self) -> datetime:
        """When it stopped being true: the instant itself for an event, `END` for an open episode."""
        return self.spans()[1]

    def spans(self) -> tuple[datetime, datetime]:
        """When it had happened, and when it stopped being true: `at` and `ends`, which are the same for an event."""
        at = self.at
        if not KINDS[self.kind].episode:
            return at, at
        return at, self.until.latest if self.until else END


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A person linked to a child, or to an address, over a span, with its own moment of becoming known.

    agency: whose knowledge it is; empty when everyone has it (a case file's own list of people).
    id: of the register's own statement, or of the entry that says so. organisation: whose register it is.
    registered: False where somebody was only seen, or stays with others. nowhere: "no fixed abode" and its like.
    """

    kind: LinkKind
    person: str
    other: str
    since: datetime = BEGINNING
    until: datetime = END
    agency: str = ""
    known_from: datetime = BEGINNING
    known_until: datetime = END
    id: str = ""
    organisation: str = ""
    by_entry: bool = False
    registered: bool = True
    nowhere: bool = False


@dataclass(frozen=True, slots=True)
class Fact:
    """An entry as it counts for one child in one view.

    It counts from when it had happened and was known, until it was superseded: `[max(at, known_from), known_until)`.
    through: "child", or the link ("adult", "address") through which it concerns the child.
    derived: worked out of where the child lives or stays (`domain.homes`); it counts, and nobody wrote it as an entry.
    """

    entry: Entry
    at: datetime
    ends: datetime
    known_from: datetime
    known_until: datetime
    through: str = "child"
    part: Part = Part.SUBJECT
    derived: bool = False

    @property
    def kind(self) -> str:
        return self.entry.kind

    @property
    def agency(self) -> str:
        return self.entry.source.agency

    @property
    def counts_from(self) -> datetime:
        return max(self.at, self.known_from)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chronology:
    """All that is on record which may concern one child.

    shared: for an entry's id, the agencies that in fact learned of it besides its own, and from when.
    links: to people and addresses that no entry states (a register's list of parents); residence entries add their own.
    homes: the addresses in the entries where somebody is known to live; a child who is seen in one may stay there.
    """

    child: str
    born: Partial | None = None
    entries: tuple[Entry, ...] = ()
    links: tuple[Link, ...] = ()
    shared: Mapping[str, Mapping[str, datetime]] = field(default_factory=dict)
    homes: frozenset[str] = frozenset()

    def agencies(self) -> tuple[str, ...]:
        """The agencies that hold an entry, in the order in which they first do so."""
        return tuple(dict.fromkeys(entry.agency for entry in self.entries))

    def facts(self, view: View, as_at: datetime | None = None) -> tuple[Fact, ...]:
        """What concerns the child in this view, in the order in which it counts; at most what was known `as_at` then.

        Each entry counts once at any moment, by the path through which it was first known to concern the child. It is
        there a second time only if every path was withdrawn and one became known again later.
        """
        return self.facts_and_links(view, as_at)[0]

    def facts_and_links(self, view: View, as_at: datetime | None = None) -> tuple[tuple[Fact, ...], list[Link]]:
        """What `facts` and `links_known` say, for whoever needs both."""
        known = _known_spans(self, view, as_at)
        links = self._links(known, view, as_at)
        facts = (fact for entry in self.entries for fact in _facts(self.child, entry, known, links))
        return tuple(sorted(facts, key=in_order)), links

    def links_known(self, view: View, as_at: datetime | None = None) -> list[Link]:
        """The links known in this view, with those that entries state: a residence, or that the child was in a home."""
        return self._links(_known_spans(self, view, as_at), view, as_at)

    def _links(self, known: Mapping[str, tuple[datetime, datetime]], view: View, as_at: datetime | None) -> list[Link]:
        links = [*_links_in_view(self.links, view, as_at), *_residences(self.entries, known)]
        return [*links, *_stays(self, known)] if self.homes else links


def in_order(fact: Fact) -> tuple[datetime, datetime, str]:
    """The order of a child's facts: when each counts, when it happened, and its id."""
    return (fact.counts_from, fact.at, fact.entry.id)


def _known_spans(chronology: Chronology, view: View, as_at: datetime | None) -> dict[str, tuple[datetime, datetime]]:
    """For each entry known in the view: from when, and until when (when it was superseded there)."""
    nobody: Mapping[str, datetime] = {}
    first: dict[str, datetime] = {}
    for entry in chronology.entries:
        since = view.known_from(entry.source.agency, entry.recorded.latest, chronology.shared.get(entry.id, nobody))
        if since is not None and (as_at is None or since <= as_at):
            first[entry.id] = since
    ended = _superseded(chronology.entries, first)
    return {id_: (since, ended.get(id_, END)) for id_, since in first.items() if ended.get(id_, END) > since}


def _superseded(entries: Iterable[Entry], first: Mapping[str, datetime]) -> dict[str, datetime]:
    ended: dict[str, datetime] = {}
    for entry in entries:
        if entry.supersedes and entry.id in first:
            ended[entry.supersedes] = min(first[entry.id], ended.get(entry.supersedes, END))
    return ended


def _links_in_view(links: Iterable[Link], view: View, as_at: datetime | None) -> Iterable[Link]:
    for link in links:
        since = view.known_from(link.agency, link.known_from, {}) if link.agency else link.known_from
        if since is None or (as_at is not None and since > as_at):
            continue
        yield link if as_at is None or link.known_until <= as_at else replace(link, known_until=END)


def _residences(entries: Iterable[Entry], known: Mapping[str, tuple[datetime, datetime]]) -> Iterable[Link]:
    """Residence entries are links of each person in them to the address they name."""
    for entry in entries:
        if entry.kind != "housing.residence" or entry.retracts or entry.id not in known:
            continue
        since, until = known[entry.id]
        for subject in entry.subjects:
            yield Link(
                kind=LinkKind.RESIDENCE,
                person=subject.ref,
                other=str(entry.attributes.get("address", "")),
                since=entry.occurred.earliest,
                until=entry.ends(),
                agency=entry.agency,
                known_from=since,
                known_until=until,
                id=entry.id,
                by_entry=True,
                registered=entry.attributes.get("basis") != "staying_with",
            )


def _stays(chronology: Chronology, known: Mapping[str, tuple[datetime, datetime]]) -> Iterable[Link]:
    """Where the child was in somebody's home, by an entry that is about both: for a while the child may stay there.

    Not a street or a shop, which are nobody's home; nor where the child is said to have done harm.
    """
    for entry in chronology.entries:
        if entry.kind not in OF_PLACES or entry.retracts or entry.id not in known:
            continue
        if not any(s.ref == chronology.child and s.part not in NOT_ABOUT for s in entry.subjects):
            continue
        since, until = known[entry.id]
        for subject in entry.subjects:
            if subject.ref in chronology.homes:
                yield Link(
                    kind=LinkKind.RESIDENCE,
                    person=chronology.child,
                    other=subject.ref,
                    since=entry.occurred.earliest,
                    until=moved(entry.at, SEEN_COUNTS),
                    agency=entry.agency,
                    known_from=since,
                    known_until=until,
                    id=entry.id,
                    by_entry=True,
                    registered=False,
                )


@dataclass(frozen=True, slots=True, order=True)
class _Path:
    """One way in which an entry concerns the child, and from when until when that is known."""

    since: datetime
    order: int
    until: datetime
    through: str
    part: Part


_THROUGH = ("child", "adult", "address")
_IN_PASSING = frozenset({Part.REPORTER, Part.MENTIONED})


def _facts(
    child: str, entry: Entry, known: Mapping[str, tuple[datetime, datetime]], links: list[Link]
) -> Iterable[Fact]:
    """The entry as it counts for the child: one fact for each unbroken stretch over which some path is known.

    A path goes on into another: a residence that is corrected still links the child to the address.
    """
    if entry.retracts or entry.id not in known:
        return
    since, until = known[entry.id]
    if len(entry.subjects) == 1 and entry.subjects[0].ref == child:  # nearly all entries: no path to choose
        yield Fact(entry, *entry.spans(), since, until, "child", entry.subjects[0].part)
        return
    stretch: _Path | None = None
    for path in sorted(_best_paths(child, entry, since, until, links)):
        if stretch is not None and path.since <= stretch.until:
            stretch = replace(stretch, until=max(stretch.until, path.until))
            continue
        if stretch is not None:
            yield _fact(entry, stretch)
        stretch = path
    if stretch is not None:
        yield _fact(entry, stretch)


def _fact(entry: Entry, path: _Path) -> Fact:
    return Fact(entry, *entry.spans(), path.since, path.until, path.through, path.part)


def _best_paths(child: str, entry: Entry, since: datetime, until: datetime, links: list[Link]) -> list[_Path]:
    """The paths that make it evidence; where there is none, those by which it only touches the child.

    A child who is merely mentioned, or who called for help, while a parent was hurt: what counts is the parent's part,
    whichever of the two the source names first.
    """
    paths = [
        _Path(max(since, path_since), _THROUGH.index(through), min(until, path_until), through, subject.part)
        for subject in entry.subjects
        for path_since, path_until, through in _paths(child, subject, entry, links)
        if max(since, path_since) < min(until, path_until)
    ]
    return [path for path in paths if not _in_passing(path)] or paths


def _in_passing(path: _Path) -> bool:
    return path.part in (_IN_PASSING if path.through == "child" else NOT_ABOUT)


def _paths(child: str, subject: Subject, entry: Entry, links: list[Link]) -> Iterable[tuple[datetime, datetime, str]]:
    """The ways in which one subject of an entry makes it concern the child: (known from, known until, through)."""
    if subject.ref == child:
        yield BEGINNING, END, "child"
        return
    for link in links:
        if link.kind in ADULT_LINKS and link.person == subject.ref and link.other == child and _while(link, entry):
            yield link.known_from, link.known_until, "adult"
        elif link.kind is LinkKind.RESIDENCE and link.person == child and link.other == subject.ref:
            if _while(link, entry):
                yield link.known_from, link.known_until, "address"


def _while(link: Link, entry: Entry) -> bool:
    """Whether the entry may have happened while the link held; an episode counts when any of it did."""
    return entry.occurred.earliest < link.until and (entry.at >= link.since or entry.ends() > link.since)

"""Where a child lives and stays, as facts that indicators count beside the entries (M01 to M04).

Feeds state residence as links, which are no entries: each register's statement counts here as if it were one, and so
does that somebody came or left, that agencies differ, and that the child stays where no register says so. What an
agency that keeps no addresses was told (`agencies.KEEP_ADDRESSES`) is true of that day. Nothing here is kept, shown in
the chronology or shared: it is worked out, in each view from what is known in it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from nightlight.domain.agencies import KEEP_ADDRESSES
from nightlight.domain.chronology import SEEN_COUNTS, Chronology, Entry, Fact, Link, Source, Subject, in_order
from nightlight.domain.households import Stay, conflicts
from nightlight.domain.people import LinkKind
from nightlight.domain.views import View
from nightlight.timeline.calendar import local_date, start_of_day
from nightlight.timeline.instants import moved
from nightlight.timeline.partial import Partial
from nightlight.timeline.spans import BEGINNING, END, Spans

LIVES, MOVED_IN, LEFT = "housing.residence", "housing.moved_in", "housing.left"
NAMED, DIFFERS, UNREGISTERED = "housing.named", "housing.differs", "housing.unregistered"


def counted(chronology: Chronology, view: View, as_at: datetime | None = None) -> tuple[Fact, ...]:
    """All that indicators count of a child in a view: its facts, and what follows from where the child lives and stays.

    >>> from datetime import UTC
    >>> from nightlight.domain.views import Pooled
    >>> may = datetime(2026, 5, 4, tzinfo=UTC)
    >>> link = Link(kind=LinkKind.RESIDENCE, person="c", other="here", agency="education", known_from=may, id="l")
    >>> [(fact.kind, fact.agency) for fact in counted(Chronology(child="c", links=(link,)), Pooled())]
    [('housing.residence', 'education')]
    """
    facts, known = chronology.facts_and_links(view, as_at)
    links = [each for each in known if _is_home(each, chronology.child)]
    if not links:
        return facts
    child = chronology.child
    derived = [*_registers(links, child), *_moves(links, child), *_named(links, child), *_differing(links, child)]
    derived += _unregistered(links, chronology)
    return tuple(sorted((*facts, *derived), key=in_order)) if derived else facts


def _is_home(link: Link, child: str) -> bool:
    """A place where somebody's register, or an entry, has the child. What nobody says by name counts for nothing."""
    return link.kind is LinkKind.RESIDENCE and link.person == child and bool(link.id)


def _registers(links: Iterable[Link], child: str) -> Iterator[Fact]:
    """What registers say as links; a residence that an entry states is a fact already. "No fixed abode" is no home."""
    for link in links:
        if not link.by_entry and not link.nowhere and _sound(link) and _keeps(link):
            yield _fact(_entry(LIVES, link, child, _began(link), _ended(link)), link)


def _keeps(link: Link) -> bool:
    """Whether it is from a register, which changes with the child's address."""
    return link.registered and link.agency in KEEP_ADDRESSES


def _moves(links: Iterable[Link], child: str) -> Iterator[Fact]:
    """That the child came to a place, or left it, on a day that a register gives: so that moves in a year are found.

    A register's first word gives no day: whoever hears of a child today learns of no move.
    """
    for link in links:
        if not _keeps(link) or link.nowhere or not _sound(link):
            continue
        if link.since != BEGINNING:
            yield _fact(_entry(MOVED_IN, link, child, _began(link)), link)
        if link.until != END:
            yield _fact(_entry(LEFT, link, child, Partial.instant(link.until)), link)


def _named(links: Iterable[Link], child: str) -> Iterator[Fact]:
    """An address that was said to be the child's on a day, and for a while may be."""
    for link in links:
        if link.by_entry or link.nowhere or _keeps(link) or not link.registered or not _sound(link):
            continue
        if link.since == BEGINNING and link.until != END:  # it says only that they do not live there now
            continue
        said = _word(link, child).said
        until = Partial.instant(min(link.until, moved(said, SEEN_COUNTS)))
        yield _fact(_entry(NAMED, link, child, Partial.instant(said), until), link)


def _sound(link: Link) -> bool:
    return link.since < link.until


def _fact(entry: Entry, link: Link) -> Fact:
    return Fact(entry, entry.at, entry.ends(), link.known_from, link.known_until, derived=True)


def _began(link: Link) -> Partial:
    """A register's first word of somebody has no beginning: they may have lived there for years before it."""
    if link.since == BEGINNING:
        return Partial.bounds(None, Partial.instant(link.known_from))
    day = local_date(link.since)  # registers give days: what begins with a day began on it
    return Partial.day(day) if start_of_day(day) == link.since else Partial.instant(link.since)


def _ended(link: Link) -> Partial | None:
    return None if link.until == END else Partial.instant(link.until)


def _entry(kind: str, link: Link, child: str, occurred: Partial, until: Partial | None = None) -> Entry:
    attributes: Mapping[str, Any] = {"address": link.other}
    return Entry(
        id=link.id, kind=kind, subjects=(Subject(child),), occurred=occurred, until=until,
        recorded=Partial.instant(link.known_from), source=Source(agency=link.agency, organisation=link.organisation),
        attributes=attributes,
    )  # fmt: skip


# -- agencies that differ


def _differing(links: Iterable[Link], child: str) -> Iterator[Fact]:
    """For as long as agencies differ: what each of them says, so that both are the evidence."""
    words = {_word(link, child): link for link in links if link.registered and not link.nowhere and _sound(link)}
    for each in conflicts(words, child):
        for agency, place in zip(each.agencies, each.places, strict=True):
            said = [word for word in words if (word.agency, word.place) == (agency, place)]
            for start, end in each.over:
                link = next(words[word] for word in said if start in word.counts)
                yield Fact(_entry(DIFFERS, link, child, Partial.instant(start)), start, end, start, END, derived=True)


def _word(link: Link, child: str) -> Stay:
    """What a link says, for as long as it was known."""
    return Stay(
        person=child, place=link.other, agency=link.agency, since=link.since, until=min(link.until, link.known_until),
        known_from=link.known_from,
    )  # fmt: skip


# -- staying where no register says so


def _unregistered(links: Sequence[Link], chronology: Chronology) -> Iterator[Fact]:
    """The child stays at a place that no known register has as theirs, while some register has them anywhere.

    Where no register says where the child lives, nobody can say that this one is not on it.
    """
    held, stated = _held(links), {entry.id: entry for entry in chronology.entries}
    known = min((spans.start for spans in held.values() if spans.start is not None), default=None)
    if known is None:
        return
    for link in links:
        if link.registered or not _sound(link):
            continue
        stays = _known(link) & Spans.since(known)
        for start, end in stays - held.get(link.other, _NEVER):
            if start == stays.start:  # what a register had in between, the child has since moved from
                entry = _stay(link, chronology.child, stated.get(link.id))
                yield Fact(entry, start, end, start, link.known_until, derived=True)


def _stay(link: Link, child: str, stated: Entry | None) -> Entry:
    """A stay as what says so says it: since when, as exactly as that is known, and until when; or that the child was
    seen there, which says of no other day that they stay."""
    if stated is None:
        return _entry(UNREGISTERED, link, child, _began(link), _ended(link))
    if stated.kind == LIVES:
        return _entry(UNREGISTERED, link, child, stated.occurred, stated.until)
    entry = _entry(UNREGISTERED, link, child, stated.occurred)
    return replace(entry, attributes={**entry.attributes, "seen": True})


_NEVER = Spans.empty()


def _held(links: Iterable[Link]) -> dict[str, Spans]:
    """When each place was on a register as the child's, as far as that was known then."""
    held: dict[str, Spans] = defaultdict(Spans.empty)
    for link in links:
        if _keeps(link) and _sound(link) and not link.nowhere:
            held[link.other] |= _known(link)
    return held


def _known(link: Link) -> Spans:
    start, end = max(link.since, link.known_from), min(link.until, link.known_until)
    return Spans.of(start, end) if start < end else _NEVER

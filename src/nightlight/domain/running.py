"""A child's clocks: from the entries on record, which timescales began, when each is due, and whether it was met.

Pure, and worked out again from the facts each time: when an entry that started a clock is corrected, the clock is due
at another time, and what was believed until then can still be asked for. Nothing is paused, ended or hidden by hand.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from nightlight.domain.chronology import NOT_ABOUT, Chronology, Entry, Fact
from nightlight.domain.clocks import Clause, RuleRow, Rules, due, later
from nightlight.domain.duty_events import CLOCK_QUESTION
from nightlight.domain.views import View
from nightlight.timeline.calendar import WorkingCalendar, local_date
from nightlight.timeline.instants import END

QUESTION = CLOCK_QUESTION
LOOK_BACK = "CLOCK-LOOK-BACK"
_DEATH = "outcome.death"
_INSTANT = timedelta(microseconds=1)


class Stands(StrEnum):
    """Where a clock stands: met in time, met late, run out, still running, or stopped because it lost its point."""

    RUNNING = "running"
    MET = "met"
    MET_LATE = "met_late"
    LAPSED = "lapsed"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """One timescale that an entry started for one child, over `[started, ended)`.

    anchor: the first version of the entry that started it, which names the clock through every correction; entry: the
    version known now. ended: when it was met or stopped, and by which entry; None while nothing has ended it.
    """

    child: str
    rule: str
    rule_version: int
    anchor: str
    entry: str
    started: datetime
    due: datetime
    stands: Stands
    ended: datetime | None = None
    ended_by: str = ""

    @property
    def question(self) -> str:
        """What its duty asks: one duty for one clock."""
        return f"{QUESTION}{self.rule}:{self.anchor}"

    @property
    def is_open(self) -> bool:
        return self.stands in (Stands.RUNNING, Stands.LAPSED)

    @property
    def was_late(self) -> bool:
        """Whether its time ran out before anything ended it."""
        return self.stands in (Stands.LAPSED, Stands.MET_LATE) or (self.ended is not None and self.ended > self.due)


def clocks_of(
    chronology: Chronology,
    view: View,
    rules: Rules,
    calendar: WorkingCalendar,
    now: datetime,
    *,
    facts: Iterable[Fact] | None = None,
) -> tuple[Clock, ...]:
    """Every clock that the child's record has started by now, in the order in which they began, and where each stands.

    With an earlier `now` it is what was known and running then. facts: `chronology.facts(view)`, if it is at hand.

    >>> from datetime import UTC
    >>> from nightlight.domain.chronology import Source, Subject
    >>> from nightlight.domain.clocks import default_rules
    >>> from nightlight.domain.views import Pooled
    >>> from nightlight.timeline.partial import Partial
    >>> friday = Partial.parse("2026-11-20T16:00Z")
    >>> referral = Entry(id="e1", kind="social_care.referral", subjects=(Subject("c1"),), occurred=friday,
    ...                  recorded=friday, source=Source(agency="social_care"))
    >>> child = Chronology(child="c1", entries=(referral,))
    >>> england = WorkingCalendar.england()
    >>> clock, = clocks_of(child, Pooled(), default_rules(), england, datetime(2026, 11, 21, tzinfo=UTC))
    >>> clock.rule, clock.due.isoformat(), clock.stands.value
    ('REF-DECISION', '2026-11-23T23:59:59+00:00', 'running')
    """
    (found,) = clocks_of_each([(chronology, chronology.facts(view) if facts is None else facts)], rules, calendar, now)
    return found


def clocks_of_each(
    children: Iterable[tuple[Chronology, Iterable[Fact]]], rules: Rules, calendar: WorkingCalendar, now: datetime
) -> list[tuple[Clock, ...]]:
    """`clocks_of` for several children, each with the facts of one view."""
    by_rule: dict[str, list[RuleRow]] = defaultdict(list)
    for row in rules.clocks():
        by_rule[row.id].append(row)
    watched = kinds_watched(rules)
    records = (_Record(chronology, facts, now, watched) for chronology, facts in children)
    return [_of_rules(record, by_rule.values(), calendar) for record in records]


def _of_rules(record: _Record, by_rule: Iterable[Sequence[RuleRow]], calendar: WorkingCalendar) -> tuple[Clock, ...]:
    found = [clock for rows in by_rule if record.may_start(rows) for clock in _of_rule(record, rows, calendar)]
    return tuple(sorted(found, key=lambda clock: (clock.started, clock.rule, clock.anchor)))


def kinds_watched(rules: Rules) -> frozenset[str]:
    """The kinds of entry that start, end or stop a clock: no other moves one."""
    rows = rules.clocks()
    clauses = {clause.kind for row in rows for clause in (*row.starts, *row.ends, *row.stops)}
    return frozenset(clauses | {row.within_episode for row in rows if row.within_episode} | {_DEATH})


def deadlines_known(
    chronology: Chronology, view: View, rules: Rules, calendar: WorkingCalendar, now: datetime, *, question: str
) -> tuple[tuple[datetime, datetime | None], ...]:
    """When each deadline of a clock came to be known, and the deadline; None from when the clock was withdrawn.

    The last is the deadline as now known; one before it is what people were working to then.
    """
    anchor = question.rpartition(":")[2]
    roots = _roots(chronology.entries)
    versions = {entry.id for entry in chronology.entries if roots.get(entry.id, entry.id) == anchor}
    facts = chronology.facts(view)
    moments = {edge for fact in facts if fact.entry.id in versions for edge in (fact.known_from, fact.known_until)}
    known: list[tuple[datetime, datetime | None]] = []
    for at in sorted(moment for moment in moments if moment <= now):
        clocks = clocks_of(chronology, view, rules, calendar, at, facts=facts)
        deadline = next((clock.due for clock in clocks if clock.question == question), None)
        if not known or known[-1][1] != deadline:
            known.append((at, deadline))
    return tuple(known)


def calls_for_duty(
    clock: Clock, row: RuleRow, rules: Rules, calendar: WorkingCalendar, now: datetime, *, had_owner: bool = False
) -> bool:
    """Whether a clock raises a duty: it is open, its row says at what level, and it did not run out too long ago.

    had_owner: somebody had its duty before, of this child or of another whose it was thought to be. It is no history
    then, however long ago it ran out: nobody has answered it.
    """
    if not row.duty_level or not clock.is_open:
        return False
    if had_owner:
        return True
    look_back = rules.in_force(LOOK_BACK, now)
    return later(clock.due, look_back.amount, look_back.unit, calendar) >= now


# -- the record as it is known now


@dataclass(frozen=True, slots=True)
class _Moment:
    """Something that starts, ends or stops clocks. day_from: where it can have been at the earliest."""

    at: datetime
    earliest: datetime
    root: str
    fact: Fact
    is_end: bool = False

    @property
    def counted(self) -> datetime:
        """The moment that days are counted from: within the day itself where only the day is known."""
        return self.at - _INSTANT if self.at > self.earliest else self.at


@dataclass(slots=True)
class _Record:
    """The entries about the child that are known now, of the kinds that clocks watch, by kind and in order; and how
    each came to say what it says.
    """

    chronology: Chronology
    facts: Iterable[Fact]
    now: datetime
    watched: frozenset[str]
    roots: Mapping[str, str] = field(init=False)
    versions: dict[str, list[Entry]] = field(init=False)
    begun: dict[str, list[_Moment]] = field(init=False)
    over: dict[str, list[_Moment]] = field(init=False)
    kinds: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        self.roots = _roots(self.chronology.entries)
        self.versions = defaultdict(list)
        self.begun, self.over = defaultdict(list), defaultdict(list)
        for entry in self.chronology.entries:
            if entry.kind in self.watched:
                self.versions[self.roots.get(entry.id, entry.id)].append(entry)
        for fact in self.facts:
            if (
                fact.entry.kind in self.watched
                and not fact.derived
                and fact.through == "child"
                and fact.part not in NOT_ABOUT
                and fact.known_from <= self.now < fact.known_until
            ):
                self._place(fact)
        for moments in (*self.begun.values(), *self.over.values()):
            moments.sort(key=lambda moment: (moment.at, moment.root))
        self.kinds = frozenset((*self.begun, *self.over))

    def _place(self, fact: Fact) -> None:
        entry, root = fact.entry, self.roots.get(fact.entry.id, fact.entry.id)
        if fact.at <= self.now:
            self.begun[fact.kind].append(_Moment(fact.at, min(entry.occurred.earliest, fact.at), root, fact))
        if entry.until is not None and fact.ends <= self.now and fact.ends > fact.at:
            self.over[fact.kind].append(_Moment(fact.ends, entry.until.earliest, root, fact, is_end=True))

    def may_start(self, rows: Iterable[RuleRow]) -> bool:
        """Whether there is any entry of a kind that starts a clock of these rows: for most rules there is none."""
        return any(clause.kind in self.kinds for row in rows for clause in row.starts)

    def of(self, clause: Clause) -> Sequence[_Moment]:
        return (self.over if clause.ends else self.begun).get(clause.kind, ())


def _roots(entries: Iterable[Entry]) -> dict[str, str]:
    """For each entry that corrects another, the first of the versions that it corrects; any other is its own."""
    before = {entry.id: entry.supersedes for entry in entries if entry.supersedes}
    roots: dict[str, str] = {}
    for id_ in before:
        path, root = [id_], id_
        while root not in roots and (older := before.get(root)) is not None and older not in path:
            root = older
            path.append(root)
        roots.update(dict.fromkeys(path, roots.get(root, root)))
    return roots


def _says(clause: Clause, entry: Entry) -> bool:
    return entry.kind == clause.kind and all(
        name in entry.attributes and entry.attributes[name] in values for name, values in clause.where.items()
    )


# -- one rule


def _of_rule(record: _Record, rows: Sequence[RuleRow], calendar: WorkingCalendar) -> Iterator[Clock]:
    """The clocks of one rule, each under the version of its row that was in force when it began."""
    taken_until: datetime | None = None
    seen: set[str] = set()
    for start in _starts(record, rows):
        row = next((row for row in rows if row.in_force_on(local_date(start.counted))), None)
        if row is None or start.root in seen or not any(_is_start(start, clause) for clause in row.starts):
            continue
        if row.once and taken_until is not None and start.at < taken_until:
            continue
        if row.within_episode and not _within(record, row.within_episode, start):
            continue
        seen.add(start.root)
        clock = _clock(record, row, start, calendar)
        taken_until = clock.ended or END
        yield clock


def _starts(record: _Record, rows: Sequence[RuleRow]) -> list[_Moment]:
    """Everything that may start a clock of the rule, in order, and of one moment what the row names first.

    Whether the row of that day says so comes after.
    """
    clauses = dict.fromkeys((clause.kind, clause.ends) for row in rows for clause in row.starts)
    moments = [
        (moment.at, place, moment.root, moment)
        for place, (kind, ends) in enumerate(clauses)
        for moment in (record.over if ends else record.begun).get(kind, ())
    ]
    return [moment for *_, moment in sorted(moments, key=lambda each: each[:3])]


def _is_start(start: _Moment, clause: Clause) -> bool:
    return start.is_end == clause.ends and _says(clause, start.fact.entry)


def _clock(record: _Record, row: RuleRow, start: _Moment, calendar: WorkingCalendar) -> Clock:
    deadline = due(row, start.at if row.is_fast else start.counted, calendar)
    met = min(_met(record, row, start), default=None)
    stopped = min(_stopped(record, row, start), default=None)
    if met is not None and (stopped is None or met[0] <= stopped[0]):
        stands, ended = (Stands.MET if met[0] <= deadline else Stands.MET_LATE), met
    elif stopped is not None:
        stands, ended = Stands.STOPPED, stopped
    else:
        stands, ended = (Stands.RUNNING if record.now <= deadline else Stands.LAPSED), None
    return Clock(
        child=record.chronology.child,
        rule=row.id,
        rule_version=row.version,
        anchor=start.root,
        entry=start.fact.entry.id,
        started=start.at,
        due=deadline,
        stands=stands,
        ended=ended[0] if ended else None,
        ended_by=ended[1] if ended else "",
    )


_Ended = tuple[datetime, str]


def _met(record: _Record, row: RuleRow, start: _Moment) -> Iterator[_Ended]:
    for clause in row.ends:
        yield from _same(record, clause, start) if clause.same else _after(record, clause, start, row)


def _after(record: _Record, clause: Clause, start: _Moment, row: RuleRow | None = None) -> Iterator[_Ended]:
    """The first entry after the start that says so. On one day whose hours nobody wrote down, what did not itself start
    such a clock counts as after; of two visits on a day the second ends the first one's clock.
    """
    moments = record.of(clause)
    for moment in moments[bisect_left(moments, start.earliest, key=lambda each: each.at) :]:
        if moment.root == start.root or not _says(clause, moment.fact.entry):
            continue
        if (moment.at, moment.root) > (start.at, start.root) or not _starts_too(moment, row):
            yield max(moment.at, start.at), moment.fact.entry.id
            return


def _starts_too(moment: _Moment, row: RuleRow | None) -> bool:
    return row is not None and any(_is_start(moment, clause) for clause in row.starts)


def _same(record: _Record, clause: Clause, start: _Moment) -> Iterator[_Ended]:
    """When the entry that started the clock came to say it: with the end of an episode, else when it was written."""
    entry = start.fact.entry
    if not _says(clause, entry) or (clause.ends and entry.until is None):
        return
    if entry.until is not None:
        if start.fact.ends <= record.now:
            yield max(start.fact.ends, start.at), entry.id
        return
    first = next(version for version in record.versions[start.root] if _says(clause, version))
    written = first.recorded.latest if first.supersedes else start.at
    yield max(min(written, record.now), start.at), first.id


def _stopped(record: _Record, row: RuleRow, start: _Moment) -> Iterator[_Ended]:
    for clause in (*row.stops, *_DEATH_STOPS):
        yield from _same(record, clause, start) if clause.same else _after(record, clause, start)
    if row.within_episode and start.fact.kind != _DEATH:
        yield from _episode_over(record, row.within_episode, start)


_DEATH_STOPS = (Clause(kind=_DEATH),)


def _within(record: _Record, kind: str, start: _Moment) -> bool:
    return any(episode.earliest <= start.at < episode.fact.ends for episode in record.begun.get(kind, ()))


def _episode_over(record: _Record, kind: str, start: _Moment) -> Iterator[_Ended]:
    """The end of the last of the episodes that follow one another without a gap from the start on."""
    until, by = start.at, ""
    for episode in record.begun.get(kind, ()):
        if episode.earliest <= until < episode.fact.ends:
            until, by = episode.fact.ends, episode.fact.entry.id
    if until <= record.now:
        yield until, by

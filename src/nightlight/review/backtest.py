"""What indicators would have found in a population, how early, and what that would have cost in alerts.

Counts only, from the spans over which indicators held and the outcomes that came: no child is scored or put in order of
anything. Moments are whole microseconds since 1970 began (UTC), as the engines give them. Children are added one at a
time and not kept; tallies of parts of a population are joined with `join`.

What each figure means is said where it is counted and in docs/reference/backtest.md.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from nightlight.domain.duties import rank
from nightlight.domain.roles import is_partnership_wide
from nightlight.indicators.catalogue import Indicator
from nightlight.review.figures import Quartiles, Share, per_thousand

DAY = 86_400_000_000
YEAR = 365.25 * DAY
HORIZONS: Mapping[int, int] = {6: 183 * DAY, 12: 365 * DAY}
"""After how many months a first firing is asked whether an outcome has followed, and how long that is."""
LOOK_BACK = 365 * DAY
"""A firing precedes an outcome if it began before it and still held at some moment of this time before it."""
ANSWERED_AFTER = 28
"""Days after which a duty is taken to have been answered, so that the next firing on its question opens another."""
ANY = "any"
"""The code under which all indicators that ask something of somebody (above `note`) are counted as one."""
NO_ORGANISATION = ("", "no organisation known")

Firings = Mapping[str, Sequence[tuple[int, int]]]
"""By an indicator's code, the spans over which it held: sorted, disjoint, half-open."""
Outcomes = Mapping[str, Sequence[int]]
"""By kind of outcome, when it came: sorted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """One child, for as long as the population has them: `[since, until)`.

    groups: what firing rates are compared by. organisations: by agency, who answers for the child.
    """

    child: str
    since: int
    until: int
    groups: Mapping[str, str] = field(default_factory=dict)
    organisations: Mapping[str, str] = field(default_factory=dict)


_HOLDERS: Mapping[str, tuple[str, ...]] = {
    "education": ("education",),
    "voice": ("education",),
    "health": ("health.gp", "health.hospital", "health.community"),
    "police": ("police",),
    "housing": ("housing",),
    "adult": ("adult_services",),
}
"""By theme of entry, the agencies that hold most of its entries. What is not here is children's social care's."""


def answering(indicator: Indicator, organisations: Mapping[str, str]) -> tuple[str, str]:
    """The agency and organisation in which a firing is answered for a child.

    For a role of the whole partnership, children's social care; else an organisation that holds the entries that the
    indicator counts, as a duty goes where its evidence is. `NO_ORGANISATION` where the population names none.
    """
    agencies = ["social_care"]
    if not is_partnership_wide(indicator.owner_role):
        themes = sorted({kind.partition(".")[0] for kind in indicator.kinds})
        agencies = [agency for theme in themes for agency in _HOLDERS.get(theme, ("social_care",))] + agencies
    return next(((agency, organisations[agency]) for agency in agencies if agency in organisations), NO_ORGANISATION)


# -- tallies


def _pair() -> list[int]:
    return [0, 0]


@dataclass(slots=True)
class IndicatorTally:
    """What was counted of one indicator.

    firings: spans that began. children: with at least one. alerts: duties that it opened. joined: firings that found a
    duty on their question open. followed: by outcome and months, of the first firings with so long a time after them,
    how many the outcome followed. leads: by outcome, how many days before it the first firing that led up to it began.
    by_group: children with a firing, by what they are grouped by.
    """

    firings: int = 0
    children: int = 0
    alerts: int = 0
    joined: int = 0
    followed: defaultdict[tuple[str, int], list[int]] = field(default_factory=lambda: defaultdict(_pair))
    leads: defaultdict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    by_group: Counter[tuple[str, str]] = field(default_factory=Counter)

    def precision(self, outcome: str, months: int) -> Share:
        """Of first firings with so many months after them, how many the outcome followed within them."""
        return Share(*self.followed.get((outcome, months), (0, 0)))

    def lead(self, outcome: str) -> Quartiles:
        """Days from the first firing that led up to an outcome, to the outcome."""
        return Quartiles.of_counted(self.leads.get(outcome, {}))

    def _join(self, other: IndicatorTally) -> None:
        self.firings += other.firings
        self.children += other.children
        self.alerts += other.alerts
        self.joined += other.joined
        _join_pairs(self.followed, other.followed)
        for outcome, counted in other.leads.items():
            self.leads[outcome].update(counted)
        self.by_group.update(other.by_group)


@dataclass(slots=True)
class OutcomeTally:
    """Of one kind of outcome: how often it came, to how many children, and how often it follows any moment.

    baseline: by months, how many of some moments the outcome followed, and how many were asked: the first of each child
    and each year after, with so long a time after them. A firing tells something only where it is followed more often.
    """

    occurrences: int = 0
    children: int = 0
    baseline: defaultdict[int, list[int]] = field(default_factory=lambda: defaultdict(_pair))

    def base(self, months: int) -> Share:
        return Share(*self.baseline.get(months, (0, 0)))

    def _join(self, other: OutcomeTally) -> None:
        self.occurrences += other.occurrences
        self.children += other.children
        _join_pairs(self.baseline, other.baseline)


@dataclass(slots=True)
class GroupTally:
    """How many children of one group there are, and for how long together (microseconds)."""

    children: int = 0
    watched: int = 0


@dataclass(slots=True)
class Backtest:
    """A backtest of some indicators as it is counted, and when done its result.

    outcomes: the kinds asked after, of every child: one to whom none came is among those counted.
    """

    indicators: tuple[Indicator, ...]
    outcomes: tuple[str, ...]
    since: int
    until: int
    answered_after: int = ANSWERED_AFTER
    children: int = 0
    watched: int = 0
    by_indicator: defaultdict[str, IndicatorTally] = field(default_factory=lambda: defaultdict(IndicatorTally))
    by_outcome: defaultdict[str, OutcomeTally] = field(default_factory=lambda: defaultdict(OutcomeTally))
    by_group: defaultdict[tuple[str, str], GroupTally] = field(default_factory=lambda: defaultdict(GroupTally))
    team_weeks: Counter[tuple[str, str, int]] = field(default_factory=Counter)
    teams: set[tuple[str, str]] = field(default_factory=set)
    _answering: dict[tuple[tuple[str, str], ...], dict[str, tuple[str, str]]] = field(
        default_factory=dict, compare=False, repr=False
    )

    # -- counting

    def add(self, child: Watched, firings: Firings, outcomes: Outcomes) -> None:
        """Count one child. Spans and outcomes outside the time that the child is watched are left out."""
        if child.since >= child.until:
            return
        self.children += 1
        self.watched += child.until - child.since
        for group in child.groups.items():
            self.by_group[group].children += 1
            self.by_group[group].watched += child.until - child.since
        came = self.came(child, outcomes)
        for kind, when in came.items():
            self._outcome(child, kind, when)
        held = {**firings, ANY: self.together(firings)}
        for code, spans in held.items():
            if spans:
                self._indicator(child, code, spans, came)
        self._alerts(child, firings)

    def came(self, child: Watched, outcomes: Outcomes) -> dict[str, list[int]]:
        """For every kind asked after, when it came to the child while watched."""
        return {k: [at for at in outcomes.get(k, ()) if child.since <= at < child.until] for k in self.outcomes}

    def together(self, firings: Firings) -> list[tuple[int, int]]:
        """When at least one indicator above `note` holds."""
        asking = (firings.get(each.code, ()) for each in self._asking())
        merged: list[tuple[int, int]] = []
        for since, until in sorted(span for spans in asking for span in spans):
            if merged and since <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(until, merged[-1][1]))
            else:
                merged.append((since, until))
        return merged

    def _asking(self) -> Iterable[Indicator]:
        return (each for each in self.indicators if rank(each.level) > 0)

    def _indicator(
        self, child: Watched, code: str, spans: Sequence[tuple[int, int]], came: Mapping[str, Sequence[int]]
    ) -> None:
        tally = self.by_indicator[code]
        begun = [since for since, _ in spans if child.since <= since < child.until]
        for kind, when in came.items():
            lead = lead_time(spans, when[0], child.since) if when else None
            if lead is not None:
                tally.leads[kind][lead // DAY] += 1
        if not begun:
            return
        tally.firings += len(begun)
        tally.children += 1
        tally.by_group.update(child.groups.items())
        for kind, when in came.items():
            for months, horizon in HORIZONS.items():
                _ask(tally.followed[kind, months], begun[0], horizon, child.until, when)

    def _outcome(self, child: Watched, kind: str, when: Sequence[int]) -> None:
        tally = self.by_outcome[kind]
        tally.occurrences += len(when)
        tally.children += bool(when)
        for months, horizon in HORIZONS.items():
            for moment in range(child.since, child.until, 365 * DAY):
                _ask(tally.baseline[months], moment, horizon, child.until, when)

    def _alerts(self, child: Watched, firings: Firings) -> None:
        """One open duty to a question: a firing that finds one open joins it (domain/duties.py)."""
        begun = [
            (since, -rank(each.level), each.code, each)
            for each in self._asking()
            for since, _ in firings.get(each.code, ())
            if child.since <= since < child.until
        ]
        teams = self._teams_of(child)
        answered: dict[str, int] = {}
        for since, _, code, each in sorted(begun, key=_in_order):
            if since < answered.get(each.question, since):
                self.by_indicator[code].joined += 1
                continue
            answered[each.question] = since + self.answered_after * DAY
            self.by_indicator[code].alerts += 1
            self.by_indicator[ANY].alerts += 1
            week = (since - self.since) // (7 * DAY)
            self.team_weeks[(*teams[code], week)] += 1

    def _teams_of(self, child: Watched) -> dict[str, tuple[str, str]]:
        """Who answers each indicator for a child; kept, since many children have the same organisations."""
        key = tuple(child.organisations.items())
        if key not in self._answering:
            self._answering[key] = {each.code: answering(each, child.organisations) for each in self._asking()}
            self.teams.update(self._answering[key].values())
        return self._answering[key]

    def join(self, other: Backtest) -> None:
        """Add what was counted of other children by the same indicators."""
        self.children += other.children
        self.watched += other.watched
        for code, tally in other.by_indicator.items():
            self.by_indicator[code]._join(tally)
        for kind, outcome in other.by_outcome.items():
            self.by_outcome[kind]._join(outcome)
        for group, counted in other.by_group.items():
            self.by_group[group].children += counted.children
            self.by_group[group].watched += counted.watched
        self.team_weeks.update(other.team_weeks)
        self.teams |= other.teams

    # -- results

    @property
    def child_years(self) -> float:
        return self.watched / YEAR

    @property
    def weeks(self) -> int:
        """Whole weeks of the period; a week that is not over is left out of what a team sees in a week."""
        return (self.until - self.since) // (7 * DAY)

    def rate(self, count: int) -> float | None:
        """So many per 1,000 child-years."""
        return per_thousand(count, self.child_years)

    def recall(self, code: str, outcome: str) -> Share:
        """Of children to whom the outcome came, how many had a firing that led up to the first."""
        found = self.by_indicator.get(code, IndicatorTally())
        return Share(found.lead(outcome).of, self.by_outcome[outcome].children)

    def share_of(self, code: str, group: tuple[str, str]) -> Share:
        """Of the children of a group, how many had at least one firing."""
        found = self.by_indicator.get(code, IndicatorTally())
        return Share(found.by_group.get(group, 0), self.by_group[group].children)

    def dimensions(self) -> dict[str, list[str]]:
        """What children are grouped by, and the groups, in order of their names."""
        found: dict[str, list[str]] = {}
        for dimension, value in sorted(self.by_group):
            found.setdefault(dimension, []).append(value)
        return found

    def team_load(self) -> dict[str, TeamLoad]:
        """By agency, how many alerts a team there meets in a week."""
        counted: defaultdict[str, Counter[int]] = defaultdict(Counter)
        for (agency, _, week), alerts in self.team_weeks.items():
            if week < self.weeks:
                counted[agency][alerts] += 1
        teams = Counter(agency for agency, _ in self.teams)
        loads = {}
        for agency, number in sorted(teams.items()):
            quiet = number * self.weeks - sum(counted[agency].values())
            counted[agency][0] += quiet
            loads[agency] = TeamLoad(number, self.weeks, Counter(counted[agency]))
        return loads


@dataclass(frozen=True, slots=True)
class TeamLoad:
    """How many alerts the teams of one agency met in each of their weeks: a count of team-weeks by alerts."""

    teams: int
    weeks: int
    counted: Counter[int]

    @property
    def alerts(self) -> int:
        return sum(alerts * times for alerts, times in self.counted.items())

    @property
    def mean(self) -> float | None:
        of = self.teams * self.weeks
        return self.alerts / of if of else None


def _in_order(begun: tuple[int, int, str, Indicator]) -> tuple[int, int, str]:
    return begun[:3]


def lead_time(spans: Sequence[tuple[int, int]], outcome: int, watched_from: int) -> int | None:
    """From the beginning of the first span that led up to an outcome, to the outcome; None if none did.

    A span leads up to it if it began before it and held at some moment of the year before it. One that began before the
    child was watched counts from then: nobody was looking earlier.

    >>> lead_time([(0, 10 * DAY), (500 * DAY, 501 * DAY)], 600 * DAY, 0) == 100 * DAY
    True
    """
    for since, until in spans:
        if since < outcome and until > max(outcome - LOOK_BACK, watched_from):
            return outcome - max(since, watched_from)
    return None


def _ask(counted: list[int], moment: int, horizon: int, watched_until: int, when: Sequence[int]) -> None:
    """Whether an outcome followed a moment within a horizon; not asked if the child was not watched for so long."""
    if moment + horizon > watched_until:
        return
    counted[1] += 1
    counted[0] += any(moment < at <= moment + horizon for at in when)


def _join_pairs(mine: defaultdict, other: Mapping) -> None:  # type: ignore[type-arg]
    for key, (part, of) in other.items():
        mine[key][0] += part
        mine[key][1] += of

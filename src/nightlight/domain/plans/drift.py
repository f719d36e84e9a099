"""Drift: a plan that runs on while nothing changes for the child. Findings with their numbers and dates, and no score.

A finding says what is so and since when. It decides nothing and ranks nobody: whoever leads the plan answers it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import cast

from nightlight.domain.clocks import Rules, Unit, in_words, later
from nightlight.domain.meetings.items import Item
from nightlight.domain.plans.events import ProgressSeen
from nightlight.domain.plans.rows import plans_in_use
from nightlight.domain.plans.state import Plan
from nightlight.domain.protection import at_words
from nightlight.timeline.calendar import WorkingCalendar, local_date
from nightlight.timeline.partial import Partial

PROGRESS = "PLAN-PROGRESS"
"""The row that says how long a plan may go without anything having got better for the child."""
PARENT = "PLAN-PARENT-NOT-CHILD"
"""The row that says within which time meeting a parent and not the child counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One visit or contact as it was recorded: whether the child was seen, alone, the bedroom too; and a parent met."""

    at: datetime
    child_seen: bool
    alone: bool = False
    bedroom: bool = False
    parent_met: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One way in which a plan drifts: what is so, in a sentence with its numbers and dates; and since when.

    items: the outcomes or actions that it is about.
    """

    code: str
    words: str
    since: datetime
    items: tuple[str, ...] = ()


_Counts = Callable[[Visit], bool]


def drift(
    plan: Plan, visits: Iterable[Visit], now: datetime, *, rules: Rules, calendar: WorkingCalendar
) -> tuple[Finding, ...]:
    """Every way in which this plan drifts now; none for one that has ended."""
    if plan.ended is not None:
        return ()
    since = tuple(sorted((v for v in visits if plan.begun.at <= v.at <= now), key=lambda v: v.at))
    asked = _Asked(plan, since, now, rules, calendar)
    return (*asked.progress(), *asked.actions(), *asked.seen(), *asked.parent(), *asked.review())


@dataclass(frozen=True, slots=True)
class _Asked:
    plan: Plan
    visits: tuple[Visit, ...]
    now: datetime
    rules: Rules
    calendar: WorkingCalendar

    # -- nothing gets better

    def progress(self) -> Iterator[Finding]:
        row = self.rules.in_force(PROGRESS, self.now)
        stuck = [(item, since) for item in self.plan.outcomes if (since := self._stuck_since(item)) is not None]
        late = [pair for pair in stuck if later(pair[1], row.amount, row.unit, self.calendar) < self.now]
        if late:
            since = min(each for _, each in late)
            many = f"{len(late)} of {len(self.plan.outcomes)} outcomes"
            worse = sum(self._moved(item) == "worse" for item, _ in late)
            worsened = f"; {worse} got worse" if worse else ""
            yield Finding(
                code="no_progress",
                words=f"Nothing has got better in {many} since {_day(since)}, {_days(since, self.now)} ago{worsened}.",
                since=since,
                items=tuple(item.id for item, _ in late),
            )

    def _stuck_since(self, item: Item) -> datetime:
        better = [seen.at for seen in self._seen_of(item) if seen.moved == "better"]
        return better[-1] if better else item.at

    def _moved(self, item: Item) -> str:
        seen = self._seen_of(item)
        return seen[-1].moved if seen else ""

    def _seen_of(self, item: Item) -> tuple[ProgressSeen, ...]:
        return self.plan.progress.get(item.id, ())

    # -- what was agreed is not done

    def actions(self) -> Iterator[Finding]:
        overdue = [item for item in self.plan.open_actions() if (due := _due(item)) is not None and due < self.now]
        if overdue:
            oldest = min(cast("datetime", item["due"]) for item in overdue)
            agencies = sorted({item.text("agency") or "the family or nobody" for item in overdue})
            yield Finding(
                code="actions_overdue",
                words=f"{len(overdue)} of {len(self.plan.actions)} actions are overdue, the oldest since "
                f"{_day(oldest)}, "
                f"{_days(oldest, self.now)} ago ({', '.join(agencies)}).",
                since=oldest,
                items=tuple(item.id for item in overdue),
            )

    # -- the child is not seen

    def seen(self) -> Iterator[Finding]:
        yield from self._not("child_not_seen", "The child was not seen", lambda v: v.child_seen)
        if any(item["alone"] for item in self.plan.visits):
            alone = "The child was not seen alone"
            yield from self._not("child_not_seen_alone", alone, lambda v: v.child_seen and v.alone)
        if any(item["bedroom"] for item in self.plan.visits):
            yield from self._not("bedroom_not_seen", "The bedroom was not seen", lambda v: v.bedroom, times=2)

    def _not(self, code: str, words: str, counts: _Counts, times: int = 1) -> Iterator[Finding]:
        last = max((v.at for v in self.visits if counts(v)), default=self.plan.begun.at)
        every, unit = self._interval()
        if every and later(last, every * times, unit, self.calendar) < self.now:
            ever = any(counts(v) for v in self.visits)
            since = f"since {_day(last)}" if ever else f"since the plan began on {_day(last)}"
            agreed = in_words(every * times, unit)
            counted = f"{self._ago(last, unit)} ago; agreed is every {agreed}"
            yield Finding(code=code, words=f"{words} {since}, {counted}.", since=last)

    def _interval(self) -> tuple[int, Unit]:
        """The shortest interval that the plan agreed; where it agreed none, that of its rule row."""
        agreed = [(int(cast("int", item["every"])), Unit(item.text("unit"))) for item in self.plan.visits]
        if agreed:
            return min(agreed, key=lambda each: later(self.plan.begun.at, each[0], each[1], self.calendar))
        row = plans_in_use().find(self.plan.kind, self.plan.begun.at)
        if row is None or not row.visits:
            return 0, Unit.WORKING_DAYS
        rule = self.rules.in_force(row.visits, self.now)
        return rule.amount, rule.unit

    def _ago(self, since: datetime, unit: Unit) -> str:
        if unit is Unit.WORKING_DAYS:
            return in_words(self.calendar.working_days_between(local_date(since), local_date(self.now)), unit)
        return _days(since, self.now)

    # -- the parent is met, and not the child

    def parent(self) -> Iterator[Finding]:
        row = self.rules.in_force(PARENT, self.now)
        recent = [v for v in self.visits if later(v.at, row.amount, row.unit, self.calendar) >= self.now]
        met = [v for v in recent if v.parent_met and not v.child_seen]
        if met and not any(v.child_seen for v in recent):
            many = "once" if len(met) == 1 else f"{len(met)} times"
            yield Finding(
                code="parent_not_child",
                words=f"In the last {in_words(row.amount, row.unit)} a parent was met {many}, last on "
                f"{_day(met[-1].at)}, "
                "and the child not at all.",
                since=met[0].at,
            )

    # -- nobody has looked

    def review(self) -> Iterator[Finding]:
        if self.plan.review is not None and self.plan.review < self.now:
            since = self.plan.review
            words = f"The plan was to be reviewed by {at_words(since)}, {_days(since, self.now)} ago, and was not."
            yield Finding(code="not_reviewed", words=words, since=since)


def _due(item: Item) -> datetime | None:
    return cast("datetime | None", item["due"])


def _day(moment: datetime) -> str:
    return Partial.day(local_date(moment)).describe()


def _days(since: datetime, now: datetime) -> str:
    return in_words(_between(local_date(since), local_date(now)), Unit.CALENDAR_DAYS)


def _between(first: date, last: date) -> int:
    return (last - first).days

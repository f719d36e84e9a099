"""What Nightlight asks of people: duties a team in a week and in a day, on a population it has taken in.

    python benchmarks/alerts.py [--quick] [--weeks N]

Makes a demo of its own in a scratch folder; where NIGHTLIGHT_DATABASE_URL names a database that is filled, it is that
one which is read. A duty opens when an indicator of level concern or above begins to hold for a child, unless one on
the same question is open; it is taken to be answered when it is due. The team is the organisation that wrote the newest
of the evidence, as when a duty is raised; threshold and immediate are the front door's. Clocks that entries start
(visits, reviews, decisions) are counted beside, by rule. The last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import chain
from pathlib import Path
from statistics import median
from typing import Any

FRONT_DOOR = "front door"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="200 children instead of 2,000")
    parser.add_argument("--weeks", type=int, default=52, help="the last so many weeks; default 52")
    args = parser.parse_args()
    if os.environ.get("NIGHTLIGHT_DATABASE_URL"):
        _print(args.weeks)
        return
    with tempfile.TemporaryDirectory(prefix="nightlight-bench-") as scratch:
        os.chmod(scratch, 0o711)
        _of_a_demo(Path(scratch) / "data", 200 if args.quick else 2000, args.weeks)


def _of_a_demo(data: Path, children: int, weeks: int) -> None:
    from nightlight.store.cluster import Cluster

    nightlight = str(Path(sys.executable).with_name("nightlight"))
    demo = [nightlight, "demo", "--once", "--children", str(children), "--data", str(data)]
    subprocess.run(demo, check=True, stdout=subprocess.DEVNULL)
    cluster = Cluster(data)
    cluster.start()
    try:
        os.environ.update(NIGHTLIGHT_DATABASE_URL=cluster.url(), NIGHTLIGHT_DATA=str(data))
        _print(weeks)
    finally:
        cluster.destroy()


def _print(weeks: int) -> None:
    from nightlight.config.boot import boot

    boot(tables=False)
    found = measure(weeks)
    for name, value in found.items():
        if isinstance(value, dict):
            print(f"{name.replace('_', ' ')}:", *(f"{n:>6} {each}" for each, n in value.items()), sep="\n")
        else:
            print(f"{name.replace('_', ' '):24} {value:>10}")
    print(json.dumps(found))


def measure(weeks: int) -> dict[str, Any]:
    """Counts over the weeks before the newest entry."""
    from nightlight.store.chronology.models import EntryRow
    from nightlight.store.people.models import Person

    end = EntryRow.objects.order_by("-recorded").values_list("recorded", flat=True).first()
    if end is None:
        sys.exit("there is no entry in this database: fill it first (`nightlight demo --once`).")
    since = end - timedelta(weeks=weeks)
    opened = [each for each in duties() if since <= each.at < end]
    teams = Counter(each.team for each in opened)
    local = {team: n for team, n in teams.items() if team != FRONT_DOOR}
    days = Counter((each.team, each.at.date()) for each in opened)
    dates = [since.date() + timedelta(days=n) for n in range(weeks * 7)]
    seen = sorted(days[team, day] for team in teams for day in dates)
    waiting = _waiting(opened)
    listed = {team: sorted(waiting[team, day] for day in dates) for team in teams}
    fullest = max(listed.values(), key=sum, default=[0])
    return {
        "children": Person.objects.filter(is_child=True).count(),
        "weeks": weeks,
        "duties": len(opened),
        "teams": len(local),
        "per_team_week": round(sum(local.values()) / max(len(local), 1) / weeks, 2),
        "median_team_week": round(median(local.values() or [0]) / weeks, 2),
        "busiest_team_week": round(max(local.values(), default=0) / weeks, 2),
        "front_door_week": round(teams[FRONT_DOOR] / weeks, 2),
        "new_a_team_a_day_mean": round(sum(seen) / max(len(seen), 1), 3),
        "new_a_team_a_day_p95": _part(seen, 0.95),
        "new_a_team_a_day_most": seen[-1] if seen else 0,
        "a_team_s_list_in_the_morning_mean": round(sum(map(sum, listed.values())) / max(len(seen), 1), 2),
        "a_team_s_list_in_the_morning_p95": _part(sorted(chain.from_iterable(listed.values())), 0.95),
        "fullest_list_in_the_morning_median": _part(fullest, 0.5),
        "fullest_list_in_the_morning_most": fullest[-1],
        "without_joining": sum(since <= row.starts < end for row in firings()),
        "clocks_a_week_by_rule": _clocks(since, end, weeks),
        "by_team": dict(teams.most_common(8)),
        "by_indicator": dict(Counter(each.indicator for each in opened).most_common()),
    }


def _part(ordered: Sequence[int], part: float) -> int:
    return ordered[int(len(ordered) * part)] if ordered else 0


def _waiting(opened: Iterable[Opened]) -> Counter[tuple[str, date]]:
    """How many stand on each team's list on each day: what whoever answers for it alone would see in the morning."""
    found: Counter[tuple[str, date]] = Counter()
    for each in opened:
        for n in range((each.until.date() - each.at.date()).days + 1):
            found[each.team, each.at.date() + timedelta(days=n)] += 1
    return found


@dataclass(frozen=True, slots=True)
class Opened:
    """A duty that would have been opened: when, when it is due, for whom to answer, and by which indicator."""

    at: datetime
    until: datetime
    team: str
    indicator: str


def firings() -> list[Any]:
    """Each time an indicator of level concern or above began to hold, with its evidence."""
    from nightlight.indicators.catalogue import CATALOGUE
    from nightlight.store.chronology.models import FiringRow

    asks = [code for code, each in CATALOGUE.items() if each.level != "note"]
    return list(FiringRow.objects.filter(indicator__in=asks).order_by("starts", "id"))


def duties() -> list[Opened]:
    """The duties that these open: one at a time for a child and a question."""
    from nightlight.domain.clocks import default_rules, due
    from nightlight.indicators.catalogue import CATALOGUE
    from nightlight.timeline.calendar import WorkingCalendar

    rules, calendar = default_rules(), WorkingCalendar.england()
    until: dict[Any, datetime] = defaultdict(lambda: datetime.min.replace(tzinfo=UTC))
    opened = []
    for row in firings():
        indicator = CATALOGUE[row.indicator]
        rule = rules.for_level(indicator.level, row.starts)
        if rule is not None and row.starts >= until[row.child, indicator.question]:
            until[row.child, indicator.question] = due(rule, row.starts, calendar)
            opened.append((row, until[row.child, indicator.question]))
    return list(_by_team(opened))


def _by_team(rows: list[tuple[Any, datetime]]) -> Iterator[Opened]:
    """Each with the team that wrote the newest of what made it hold then."""
    from nightlight.indicators.catalogue import CATALOGUE

    of_child: dict[Any, list[Any]] = defaultdict(list)
    for row, until in rows:
        of_child[row.child].append((row, until))
    children = list(of_child)
    for some in (children[n : n + 100] for n in range(0, len(children), 100)):
        for child, history in _histories(some):
            for row, until in of_child[child]:
                indicator = CATALOGUE[row.indicator]
                team = _newest(indicator, history, row.starts) if indicator.level == "concern" else FRONT_DOOR
                yield Opened(row.starts, until, team, indicator.code)


def _histories(children: list[Any]) -> Iterator[tuple[Any, Any]]:
    from nightlight.domain.homes import counted
    from nightlight.domain.views import Pooled
    from nightlight.indicators.history import History
    from nightlight.store.chronology.mapping import load
    from nightlight.timeline.calendar import WorkingCalendar

    calendar = WorkingCalendar.england()
    for child, chronology in load(children).items():
        yield child, History(counted(chronology, Pooled()), chronology.born, calendar)


def _clocks(since: datetime, end: datetime, weeks: int) -> dict[str, float]:
    """How many clocks began a week, by their rule: each is a duty of whoever holds the child's case."""
    from nightlight.domain.clocks import default_rules
    from nightlight.domain.running import clocks_of
    from nightlight.domain.views import Pooled
    from nightlight.store.chronology.mapping import load
    from nightlight.store.people.models import Person
    from nightlight.timeline.calendar import WorkingCalendar

    rules, calendar = default_rules(), WorkingCalendar.england()
    children = list(Person.objects.filter(is_child=True).values_list("id", flat=True))
    began: Counter[str] = Counter()
    for some in (children[n : n + 100] for n in range(0, len(children), 100)):
        for chronology in load(some).values():
            clocks = clocks_of(chronology, Pooled(), rules, calendar, end)
            began.update(clock.rule for clock in clocks if since <= clock.started < end)
    return {rule: round(n / weeks, 2) for rule, n in began.most_common()}


def _newest(indicator: Any, history: Any, at: datetime) -> str:
    from nightlight.indicators.explain import explain

    evidence = set(explain(indicator, history, at).evidence)
    wrote = [(fact.entry.at, fact.entry.source.organisation) for fact in history.facts if fact.entry.id in evidence]
    return max(wrote, default=(at, "nobody"))[1]


if __name__ == "__main__":
    main()

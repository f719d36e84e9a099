"""What Nightlight asks of people: duties a team in a week and in a day, on a population it has taken in.

    python benchmarks/alerts.py [--quick] [--weeks N]

Makes a demo of its own in a scratch folder; where NIGHTLIGHT_DATABASE_URL names a database that is filled, it is that
one which is read. A duty opens when an indicator of level concern or above begins to
hold for a child, unless one on the same question is open; it is taken to be answered when it is due. The team is
the organisation that holds a record of the child, its school first; threshold and immediate are the front door's. The
last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
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
    opened = [(at, team) for at, team, _ in duties() if since <= at < end]
    teams = Counter(team for _, team in opened)
    schools = {team: n for team, n in teams.items() if team != FRONT_DOOR}
    days = Counter((team, at.date()) for at, team in opened)
    seen = sorted(days[team, since.date() + timedelta(days=n)] for team in teams for n in range(weeks * 7))
    return {
        "children": Person.objects.filter(is_child=True).count(),
        "weeks": weeks,
        "duties": len(opened),
        "teams": len(schools),
        "per_team_week": round(sum(schools.values()) / max(len(schools), 1) / weeks, 2),
        "busiest_team_week": round(max(schools.values(), default=0) / weeks, 2),
        "front_door_week": round(teams[FRONT_DOOR] / weeks, 2),
        "new_a_team_a_day_mean": round(sum(seen) / max(len(seen), 1), 3),
        "new_a_team_a_day_p95": seen[len(seen) * 95 // 100] if seen else 0,
        "new_a_team_a_day_most": seen[-1] if seen else 0,
        "without_joining": sum(since <= at < end for at, _, _ in firings()),
    }


def firings() -> list[tuple[datetime, Any, str]]:
    """When an indicator of level concern or above began to hold, for whom, and which."""
    from nightlight.store.chronology.models import FiringRow

    rows = FiringRow.objects.exclude(level="note").order_by("starts", "id")
    return list(rows.values_list("starts", "child", "indicator"))


def duties() -> list[tuple[datetime, str, Any]]:
    """The duties that these open: one at a time for a child and a question."""
    from nightlight.domain.clocks import default_rules, due
    from nightlight.indicators.catalogue import CATALOGUE
    from nightlight.timeline.calendar import WorkingCalendar

    rules, calendar, home = default_rules(), WorkingCalendar.england(), _homes()
    until: dict[Any, datetime] = defaultdict(lambda: datetime.min.replace(tzinfo=UTC))
    opened = []
    for at, child, code in firings():
        indicator = CATALOGUE[code]
        row = rules.for_level(indicator.level, at)
        if row is not None and at >= until[child, indicator.question]:
            until[child, indicator.question] = due(row, at, calendar)
            opened.append((at, home.get(child, "") if indicator.level == "concern" else FRONT_DOOR, child))
    return opened


def _homes() -> dict[Any, str]:
    """The organisation that holds the newest record of each child, schools first."""
    from nightlight.store.people.models import SourcePerson

    rows = SourcePerson.objects.filter(person__is_child=True).exclude(organisation="").order_by("updated", "id")
    held = list(rows.values_list("person_id", "organisation", "agency"))
    return {child: organisation for child, organisation, _ in held} | {
        child: organisation for child, organisation, agency in held if agency == "education"
    }


if __name__ == "__main__":
    main()

"""Entries a second from agencies' files to evaluated duties, beside the same rows merely copied into one table.

    python benchmarks/ingest.py [--quick] [--children N]

Starts a private PostgreSQL in a scratch folder, writes a fictional partnership's files, takes them in as `nightlight
demo` does, and then copies the very rows of the entry table, every column, into a bare table: COPY, logged and durable,
with its primary key, in the same PostgreSQL. The kernel is compiled before, as it is from a machine's second minute on.
Also reports the most memory used while taking in a school register, and one four times as long: the second should be no
larger. The last line is JSON, with the machine's load.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def main() -> None:
    args = _arguments()
    if args.memory:
        _memory(Path(args.memory))
        return
    with tempfile.TemporaryDirectory(prefix="nightlight-bench-") as scratch:
        os.chmod(scratch, 0o711)
        _run(Path(scratch), args.children or (200 if args.quick else 2000))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="under a minute")
    parser.add_argument("--children", type=int, help="how many children; default 2000, or 200 with --quick")
    parser.add_argument("--memory", help=argparse.SUPPRESS)
    return parser.parse_args()


def _run(scratch: Path, children: int) -> None:
    from nightlight.store.cluster import Cluster

    cluster = Cluster(scratch / "data")
    cluster.start()
    try:
        os.environ.update(NIGHTLIGHT_DATABASE_URL=cluster.url(), NIGHTLIGHT_DATA=str(scratch / "data"))
        _measure(scratch, children)
    finally:
        cluster.destroy()


def _measure(scratch: Path, children: int) -> None:
    from django.core.management import call_command

    from nightlight.config.boot import boot
    from nightlight.engines import ready

    boot(tables=False)
    call_command("migrate", verbosity=0)
    ready.warm()
    before = os.getloadavg()[0]
    entries, seconds = _ingest(scratch / "files", children)
    bare = _bare_copy()
    small, large = _memory_of(scratch, 1), _memory_of(scratch, 4)
    result = {
        "load_average_before_and_after": [before, os.getloadavg()[0]],
        "children": children,
        "entries": entries,
        "seconds": round(seconds, 2),
        "entries_per_second": round(entries / seconds),
        "bare_copy_seconds": round(bare, 3),
        "bare_copy_rows_per_second": round(entries / bare),
        "ratio_to_bare_copy": round(bare / seconds, 4),
        "peak_mb_register": small,
        "peak_mb_register_four_times_as_long": large,
    }
    print(f"{entries:,} entries in {seconds:.1f} s: {entries / seconds:,.0f} a second")
    print(f"bare copy of the same rows: {bare:.2f} s; ours takes {seconds / bare:.1f} times as long")
    print(f"peak memory: {small} MB for a register, {large} MB for one four times as long")
    print(json.dumps(result))


def _ingest(folder: Path, children: int) -> tuple[int, float]:
    from nightlight.actions.demo.staff import make_people
    from nightlight.actions.intake.ingest import deliver_all
    from nightlight.sample.write import deliveries_of, write

    write(folder, children=children, seed=7, until=date(2026, 11, 22))
    deliveries = deliveries_of(folder)
    make_people([(d.organisation, d.organisation_name, d.agency) for d in deliveries], now=NOW)
    began = time.perf_counter()
    reports = deliver_all([_delivered(folder, each) for each in deliveries], by="benchmark", now=NOW)
    return sum(report.entries for report in reports), time.perf_counter() - began


def _delivered(folder: Path, delivery: Any) -> Any:
    from nightlight.actions.intake.delivered import Delivered
    from nightlight.feeds.mapping import shipped_mapping

    return Delivered(
        feed_name=delivery.feed,
        path=folder / delivery.path,
        agency=delivery.agency,
        organisation=delivery.organisation,
        system=delivery.system,
        mapping=shipped_mapping(delivery.mapping) if delivery.mapping else None,
    )


def _bare_copy() -> float:
    """Copy the entry table's rows, every column, as they lie ready in memory, into a table that is as durable.

    Written as our own rows are, which is faster than the driver. It has the primary key and none of the other indexes,
    no subjects, links, raw records, people, audit or duties.
    """
    from django.db import connection, transaction

    from nightlight.store.bulk import copy_rows

    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bare (LIKE chronology_entry, PRIMARY KEY (id))")
        cursor.execute("SELECT *, attributes::text FROM chronology_entry ORDER BY system, record_id, version, part")
        names = [column.name for column in cursor.description]
        place = names.index("attributes")
        rows = [(*row[:place], row[-1], *row[place + 1 : -1]) for row in cursor.fetchall()]
    began = time.perf_counter()
    with transaction.atomic():
        copy_rows("bare", names[:-1], rows)
    return time.perf_counter() - began


def _memory_of(scratch: Path, times: int) -> int:
    """Peak memory (MB) of a process of its own that takes in a register of 300 pupils over so many years."""
    path = scratch / f"register-{times}.csv"
    _write_register(path, years=times)
    command = [sys.executable, __file__, "--memory", str(path)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return int(done.stdout.split()[-1])


def _write_register(path: Path, years: int) -> None:
    from datetime import timedelta

    first = date(2020, 9, 1)
    days = [first + timedelta(days=n) for n in range(365 * years)]
    with path.open("w") as file:
        file.write("Student ID,UPN,Surname,Forename,DOB,Date,Session,Mark\n")
        for pupil in range(150):
            for day in days:
                if day.weekday() < 5:
                    for session in ("AM", "PM"):
                        file.write(f"{pupil},,Name{pupil},Given{pupil},01/02/2014,{day:%d/%m/%Y},{session},/\n")


def _memory(path: Path) -> None:
    from nightlight.config.boot import boot

    boot()
    from nightlight.actions.intake.ingest import deliver

    deliver(
        feed_name="school-register",
        path=path,
        agency="education",
        organisation="memory",
        system=f"memory:{path.stem}",
        by="benchmark",
        now=NOW,
    )
    print(_most_memory() // 1024)


def _most_memory() -> int:
    """The most that this process used, in KB. `getrusage` counts what the process that started it held as well."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))


if __name__ == "__main__":
    main()

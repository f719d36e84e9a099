"""The whole catalogue over a population and over one ten times as large: the time grows with it, the memory does not.

    python benchmarks/batch.py [--quick]

Each run is a process of its own: a tenth of the children on two cores, all of them on two, all of them on one. Seconds
are of reading and evaluating; the memory is the most that the process had of its own at the end of any group (the pages
of the file, which the machine may drop, are not counted). The last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from nightlight.engines import batch, ready
from nightlight.indicators.catalogue import CATALOGUE
from nightlight.timeline.calendar import WorkingCalendar

sys.path.insert(0, str(Path(__file__).parent))
from peers import made

FULL, QUICK = 10_000_000, 1_000_000
EXPRESSIONS = {code: each.expression for code, each in CATALOGUE.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a million entries instead of ten")
    parser.add_argument("--one", nargs=2, metavar=("FOLDER", "CORES"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    print(json.dumps(one(Path(args.one[0]), int(args.one[1])) if args.one else compared(QUICK if args.quick else FULL)))


def compared(entries: int) -> dict[str, object]:
    ready.warm()
    with tempfile.TemporaryDirectory(prefix="nightlight-bench-") as scratch:
        tenth, whole = Path(scratch) / "tenth", Path(scratch) / "whole"
        made.write(tenth, entries // 10, EXPRESSIONS)
        made.write(whole, entries, EXPRESSIONS)
        small, large, alone = apart(tenth, 2), apart(whole, 2), apart(whole, 1)
    return {
        "benchmark": "batch", "entries": large["entries"], "indicators": len(EXPRESSIONS),
        "seconds": large["seconds"], "ten_times_the_children": round(large["seconds"] / small["seconds"], 2),
        "megabytes_of_a_tenth": small["megabytes"], "megabytes": large["megabytes"],
        "speed_up_of_two_cores": round(alone["seconds"] / large["seconds"], 2),
    }  # fmt: skip


def apart(folder: Path, cores: int) -> dict[str, float]:
    """The quickest of three runs in processes of their own."""
    command = [sys.executable, __file__, "--one", str(folder), str(cores)]
    runs = [json.loads(subprocess.run(command, check=True, capture_output=True).stdout) for _ in range(3)]
    best: dict[str, float] = min(runs, key=lambda run: run["seconds"])
    print(
        f"{best['entries']:>10,} entries on {cores} core{'s'[: cores - 1]} {best['seconds']:7.2f} s "
        f"{best['megabytes']:5.0f} MB"
    )
    return best


def one(folder: Path, cores: int) -> dict[str, float]:
    calendar = WorkingCalendar.england()
    list(batch.evaluate(folder, {}, calendar=calendar, cores=1))[
        :0
    ]  # the compiled kernel is loaded, the file is cached
    start = time.perf_counter()
    entries = most = 0
    for result in batch.evaluate(folder, EXPRESSIONS, calendar=calendar, cores=cores):
        entries += result.facts
        most = max(most, own_memory())
    return {"entries": entries, "seconds": round(time.perf_counter() - start, 3), "megabytes": round(most / 1024)}


def own_memory() -> int:
    """Of this process, in kilobytes."""
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.split("RssAnon:")[1].split()[0])


if __name__ == "__main__":
    main()

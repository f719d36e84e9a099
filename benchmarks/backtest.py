"""A city of 300,000 children with three years of history: how long it takes to make it and to backtest the catalogue on
it, and how much memory. With --quick, 3,000 children. The last line is JSON.

Time and memory are of the commands as a user runs them, each in a process of its own with its workers; memory is the
most that they held together, shared pages counted once for each.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path

DAY = "2026-11-23"


@dataclass(frozen=True, slots=True)
class Run:
    """How long a command took, by the clock and of the processors, and the most memory it and its workers held."""

    seconds: float
    cpu_seconds: float
    megabytes: float


def main() -> None:
    args = _arguments()
    with tempfile.TemporaryDirectory() as kept:
        folder = Path(args.keep or kept)
        print(f"{args.children:,} children, 3 years, seed 1, {os.cpu_count()} cores", flush=True)
        small = _both(folder / "small", max(100, args.children // 10))
        whole = _both(folder / "whole", args.children)
        document = json.loads((folder / "whole.json").read_text(encoding="utf-8"))
        size = sum(path.stat().st_size for path in (folder / "whole").rglob("*.parquet"))
        told = json.loads((folder / "whole" / "population.json").read_text(encoding="utf-8"))
    _show(whole, told, size)
    print(
        json.dumps(
            {
                "children": document["children"],
                "facts": told["entries"],
                "indicators": len(document["indicators"]),
                "firings": sum(each["firings"] for each in document["indicators"]),
                "parquet_bytes": size,
                "make": asdict(whole[0]),
                "backtest": asdict(whole[1]),
                "ten_times_the_children_costs": {
                    "make": round(whole[0].cpu_seconds / small[0].cpu_seconds, 2),
                    "backtest": round(whole[1].cpu_seconds / small[1].cpu_seconds, 2),
                },
                "cores": os.cpu_count(),
            }
        )
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="3,000 children instead of 300,000")
    parser.add_argument("--children", type=int, help="so many instead")
    parser.add_argument("--keep", metavar="DIR", help="keep the populations here")
    args = parser.parse_args()
    args.children = args.children or (3_000 if args.quick else 300_000)
    return args


def _both(folder: Path, children: int) -> tuple[Run, Run]:
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = _run("sample", "--parquet", str(folder), "--children", str(children), "--until", DAY)
    with folder.with_suffix(".json").open("w", encoding="utf-8") as output:
        tested = _run("backtest", str(folder), "--json", output=output)
    print(f"{children:>9,} children: made in {made.seconds:.1f} s, backtested in {tested.seconds:.1f} s", flush=True)
    return made, tested


def _run(*words: str, output: object = subprocess.DEVNULL) -> Run:
    command = [sys.executable, "-c", "from nightlight.cli.main import main; raise SystemExit(main())", *words]
    begun, used = time.perf_counter(), _cpu_seconds()
    with subprocess.Popen(command, stdout=output, stderr=subprocess.PIPE) as process:
        watch = _Watch(process.pid)
        watch.start()
        _, errors = process.communicate()
        watch.over.set()
    if process.returncode:
        raise SystemExit(f"{' '.join(words)}: {errors.decode()}")
    seconds, cpu = time.perf_counter() - begun, _cpu_seconds() - used
    return Run(round(seconds, 2), round(cpu, 2), round(watch.most / 2**20, 1))


def _cpu_seconds() -> float:
    """Of all the processes that we started and that have ended."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return ended.ru_utime + ended.ru_stime


class _Watch(threading.Thread):
    """Looks five times a second at how much memory a process and its descendants hold."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.pid = pid
        self.over = threading.Event()
        self.most = 0

    def run(self) -> None:
        while not self.over.wait(0.2):
            self.most = max(self.most, sum(_held(pid) for pid in _family(self.pid)))


def _family(pid: int) -> list[int]:
    found = [pid]
    for each in found:
        for task in Path(f"/proc/{each}/task").glob("*/children"):
            try:
                found += map(int, task.read_text().split())
            except OSError:
                continue  # it ended while we looked
    return found


def _held(pid: int) -> int:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def _show(whole: tuple[Run, Run], told: dict[str, int], size: int) -> None:
    made, tested = whole
    print(f"facts: {told['entries']:,}; Parquet: {size / 2**20:,.0f} MB")
    print(f"make: {made.seconds:,.1f} s ({made.cpu_seconds:,.1f} s of processors), {made.megabytes:,.0f} MB")
    print(f"backtest: {tested.seconds:,.1f} s ({tested.cpu_seconds:,.1f} s of processors), {tested.megabytes:,.0f} MB")


if __name__ == "__main__":
    main()

"""Whether the kernel is compiled on this machine, and making it so beside other work.

Compiling takes ten seconds of a core, once a release; nobody waits for it: until it is done the reference evaluates,
which means the same. A mark beside Numba's own cache says that it is done; with the cache gone, the mark is gone too.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from nightlight.engines.sources import sources_digest


def mark() -> Path:
    """The file that is there once the kernel of these sources is compiled and kept."""
    folder = Path(os.environ.get("NUMBA_CACHE_DIR") or Path(__file__).parent / "__pycache__")
    python = f"{sys.version_info.major}{sys.version_info.minor}"
    return folder / f"ready-{sources_digest()}-{python}-{version('numba')}"


def is_ready() -> bool:
    """Whether evaluating with the kernel compiles nothing."""
    return mark().exists()


def warm() -> None:
    """Compile the kernel and keep it, unless that is done."""
    if is_ready():
        return
    from nightlight.engines.live import LiveEvaluator
    from nightlight.timeline.calendar import WorkingCalendar

    LiveEvaluator(WorkingCalendar.england())
    with contextlib.suppress(OSError):  # nowhere to keep it: every process compiles for itself, or keeps the reference
        mark().parent.mkdir(parents=True, exist_ok=True)
        mark().touch()


def warm_beside(*, at_once: bool = False) -> None:
    """Compile the kernel in a process of its own; returns at once.

    It gives way to everything else, unless what comes next is so much that compiling first is the shorter way: at_once.
    """
    if is_ready():
        return
    subprocess.Popen(
        [sys.executable, "-m", "nightlight.engines.ready"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=None if at_once else _give_way,
    )


def _give_way() -> None:
    os.nice(15)


if __name__ == "__main__":
    warm()

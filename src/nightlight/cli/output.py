"""What commands show: a progress bar, and lines kept apart from the answer.

The answer goes to standard output and everything about the work to standard error, so that an answer can be piped.
Nothing here may print a child's data: labels and counts only.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator

Progress = Callable[[int, int], None]


def note(line: str) -> None:
    """A line about the work itself, such as "making the database"."""
    print(line, file=sys.stderr, flush=True)


@contextlib.contextmanager
def progress_bar(label: str, *, quiet: bool = False, counts: str = "bytes") -> Iterator[Progress]:
    """Yields ``progress(done, total)``; a total of 0 means that nobody knows it yet.

    A bar on a terminal. Elsewhere (a log, a pipe) one line at the end: a log of bars helps nobody.
    """
    if quiet:
        yield lambda done, total: None
    elif sys.stderr.isatty():
        with _bar(label, counts) as progress:
            yield progress
    else:
        yield lambda done, total: None
        note(f"{label}: done")


@contextlib.contextmanager
def _bar(label: str, counts: str) -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    amount = DownloadColumn() if counts == "bytes" else MofNCompleteColumn()
    columns = (TextColumn("{task.description:<44}", markup=False), BarColumn(), amount, TimeElapsedColumn())
    with Bars(*columns, console=Console(stderr=True)) as bars:
        task = bars.add_task(label[:44], total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total or None)
        finished = bars.tasks[task]
        bars.update(task, total=finished.total or finished.completed, completed=finished.total or finished.completed)

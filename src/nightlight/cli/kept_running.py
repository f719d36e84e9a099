"""A command run beside another process, and started again when it ends unasked: the worker of `nightlight demo`.

It is a process of its own (`python -m nightlight.cli.kept_running`), since the server of the pages takes each child of
its process for one of its own, and imports nothing heavy. It ends, and what it keeps too, when whoever started it does.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

STEADY = 30.0
"""Seconds after which a start counts as one that worked."""
PAUSES = (0.5, 2.0, 5.0, 10.0)
"""Seconds before each new start, while none works. After the last of them it is given up: never a tight loop."""
GAVE_UP = 1
"""What the process returns where no start worked."""


@contextlib.contextmanager
def kept_running(command: Sequence[str], *, name: str, gave_up: str) -> Iterator[subprocess.Popen[bytes]]:
    """Keep a command running until the block ends. name: what people know it by.

    gave_up: what is said once no start works; `{starts}` is how many there were.
    """
    keeper = subprocess.Popen(
        [sys.executable, "-m", "nightlight.cli.kept_running", name, gave_up, *command],
        stdin=subprocess.PIPE,
        process_group=0,  # Ctrl-C is for whoever started it, which then ends it in good order
    )
    try:
        yield keeper
    finally:
        if keeper.stdin is not None:
            keeper.stdin.close()
        keeper.wait()


@dataclass(slots=True)
class Keeper:
    """Runs a command until `stop`."""

    command: Sequence[str]
    name: str
    gave_up: str
    say: Callable[[str], None]
    pauses: Sequence[float] = PAUSES
    steady: float = STEADY
    _running: subprocess.Popen[bytes] | None = None
    _stopping: threading.Event = field(default_factory=threading.Event)

    def stop(self) -> None:
        """End what runs and start no other."""
        self._stopping.set()
        if (running := self._running) is not None:
            running.terminate()

    def run(self) -> int:
        """Start it again as often as it ends; `GAVE_UP` where it does no good."""
        failed = 0
        while not self._stopping.is_set():
            began = time.monotonic()
            ended = self._run_once()
            if self._stopping.is_set():
                break
            failed = failed + 1 if time.monotonic() - began < self.steady else 1
            if failed > len(self.pauses):
                self.say(f"{self.name} {ended}. {self.gave_up.format(starts=failed)}")
                return GAVE_UP
            self.say(f"{self.name} {ended}; another is started.")
            self._stopping.wait(self.pauses[failed - 1])
        return 0

    def _run_once(self) -> str:
        """Run it until it ends, and say how it did."""
        try:
            self._running = subprocess.Popen(self.command, stdin=subprocess.DEVNULL)
        except OSError as error:
            return f"can't be started ({error.strerror})"
        if self._stopping.is_set():  # told so while it was started
            self._running.terminate()
        return how_it_ended(self._running.wait())


def how_it_ended(code: int) -> str:
    """How a process ended, by what it returned.

    >>> how_it_ended(-9), how_it_ended(3)
    ('was ended by SIGKILL', 'ended by itself (3)')
    """
    if code >= 0:
        return f"ended by itself ({code})"
    try:
        return f"was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"was ended by signal {-code}"


def main(args: Sequence[str]) -> int:
    """Keep the command of these arguments running until nobody holds our standard input any more."""
    from nightlight.cli.output import note

    name, gave_up, *command = args
    keeper = Keeper(command, name, gave_up, note)
    signal.signal(signal.SIGTERM, lambda *_: keeper.stop())
    threading.Thread(target=_until_alone, args=(keeper,), daemon=True).start()
    return keeper.run()


def _until_alone(keeper: Keeper) -> None:
    while os.read(sys.stdin.fileno(), 1024):
        pass
    keeper.stop()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

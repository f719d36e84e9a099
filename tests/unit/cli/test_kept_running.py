"""A command kept running: started again when it ends, given up when that does no good, ended with its starter."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from nightlight.cli.kept_running import GAVE_UP, Keeper, how_it_ended

WRITES_ITS_ID = "import os,sys,time; print(os.getpid(), flush=True); time.sleep(600)"


def keeper(*command: str, pauses: tuple[float, ...] = (0.0, 0.0)) -> tuple[Keeper, list[str]]:
    said: list[str] = []
    return Keeper(command, "The worker", "Started {starts} times.", said.append, pauses=pauses), said


def test_command_that_never_lasts_is_given_up_aloud() -> None:
    kept, said = keeper(sys.executable, "-c", "raise SystemExit(7)")
    assert kept.run() == GAVE_UP
    again = "The worker ended by itself (7); another is started."
    assert said == [again, again, "The worker ended by itself (7). Started 3 times."]


def test_command_that_is_not_there_is_given_up_too() -> None:
    kept, said = keeper("/nowhere/at/all", pauses=())
    assert kept.run() == GAVE_UP
    assert said == ["The worker can't be started (No such file or directory). Started 1 times."]


def test_start_that_lasted_begins_the_count_again() -> None:
    kept, said = keeper(sys.executable, "-c", "", pauses=(0.0,))
    kept.steady = 0.0

    def say(line: str) -> None:
        said.append(line)
        if len(said) == 4:
            kept.stop()

    kept.say = say
    assert kept.run() == 0
    assert set(said) == {"The worker ended by itself (0); another is started."}


def test_killed_it_is_started_again_and_ends_with_whoever_started_the_keeper() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "nightlight.cli.kept_running", "The worker", "Given up.", sys.executable, "-c",
         WRITES_ITS_ID],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdin
        assert process.stdout
        assert process.stderr
        os.kill(int(process.stdout.readline()), signal.SIGKILL)
        assert process.stderr.readline() == "The worker was ended by SIGKILL; another is started.\n"
        second = int(process.stdout.readline())
        process.stdin.close()
        assert process.wait(60) == 0
        assert not Path(f"/proc/{second}").exists()
        assert process.stderr.read() == ""


def test_signal_without_a_name_is_said_by_its_number() -> None:
    assert how_it_ended(-250) == "was ended by signal 250"

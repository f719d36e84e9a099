"""`nightlight demo`: an invented partnership, taken in and served, on a machine where nothing was set up.

Every step leaves a mark when it is whole, so a run that was stopped anywhere goes on from there and a second run
only serves. It must never mix with real records: it refuses a database that it did not fill itself.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nightlight.cli import serve
from nightlight.cli.kept_running import kept_running
from nightlight.cli.output import note, progress_bar

if TYPE_CHECKING:  # Django's models can't be imported before the database is known
    from nightlight.actions.intake.delivered import Delivered

CHILDREN = 2000
SEED = 20
BYTES_A_CHILD = 400_000  # files and database rows together, with room to spare
BYTES_AT_LEAST = 400 * 2**20


class DemoRefused(Exception):
    """The demo can't run here without touching something that is not its own."""


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    parser = subparsers.add_parser(
        "demo",
        help="try Nightlight with an invented partnership",
        description="Make an invented partnership's files, take them in, say what was found and serve the pages. "
        "Everyone in it is fictional. A second run starts with what is there.",
    )
    parser.add_argument("--once", action="store_true", help="do everything but serve")
    parser.add_argument("--children", type=_count, metavar="N", help=f"children to invent; default: {CHILDREN}")
    parser.add_argument("--data", type=Path, metavar="DIR", help="data folder; default: NIGHTLIGHT_DATA or .nightlight")
    parser.add_argument("--fresh", action="store_true", help="forget an earlier demo and begin again")
    serve.add_options(parser)


def run(args: argparse.Namespace) -> int:
    """Prepare what is missing, say what was found, and serve."""
    if not args.once:
        serve.check_port(args.port)
    folder = _data_folder(args.data)
    with _alone(folder):
        _compile_beside()
        with _database(folder, fresh=args.fresh):
            return _show(folder, args)


def _compile_beside() -> None:
    """The kernel is compiled from the first moment on, while the database and the files are made."""
    from nightlight.engines import ready

    ready.warm_beside(at_once=True)


def _show(folder: Path, args: argparse.Namespace) -> int:
    _prepare(folder / "demo", args.children)
    _print_summary()
    if args.once:
        return 0
    note(f"Open http://{serve.HOST}:{args.port} in a browser. The sign-in page lists who you can be. Ctrl-C stops.")
    return _serve(args.port, args.threads, args.workers)


def _data_folder(given: Path | None) -> Path:
    from nightlight.config import environment
    from nightlight.store.machine import make_private_folder

    if given is not None:
        os.environ[environment.DATA.name] = str(given)
    os.environ[environment.DEMO.name] = "1"
    folder = environment.data_folder()
    make_private_folder(folder)
    return folder


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One demo in a data folder at a time; the lock goes when the process does, however it ends."""
    import fcntl

    from nightlight.store.machine import open_lock, try_lock

    with open_lock(folder / "demo.lock") as lock:
        if not try_lock(lock, fcntl.LOCK_EX):
            raise DemoRefused(f"a demo is running in {folder} already. Stop it, or name another folder with --data.")
        yield


@contextlib.contextmanager
def _database(folder: Path, *, fresh: bool) -> Iterator[None]:
    """The configured database, or a private one that is stopped afterwards unless someone else uses it."""
    from nightlight.config import environment
    from nightlight.config.boot import boot, logins_of

    if environment.read(environment.DATABASE_URL):
        if fresh:
            raise DemoRefused(
                "--fresh would empty the database of NIGHTLIGHT_DATABASE_URL, and the demo deletes nobody's database. "
                "Unset it to use a private one, or empty it yourself."
            )
        boot(tables=False)
        yield
        return
    from nightlight.store.cluster import Cluster

    cluster = Cluster(folder, say=note)
    if fresh:
        cluster.destroy()
        shutil.rmtree(folder / "demo", ignore_errors=True)
    _need_room(folder)
    with cluster.running():
        logins = logins_of(cluster)
        os.environ.update(logins)
        try:
            boot(tables=False)
            yield
        finally:
            for name in logins:
                del os.environ[name]


def _need_room(folder: Path) -> None:
    from nightlight.store.cluster_errors import DiskFull

    free = shutil.disk_usage(folder).free
    if free < BYTES_AT_LEAST and not (folder / "demo" / "progress.json").exists():
        raise DiskFull(
            f"the disk that holds {folder} has {free // 2**20} MB free; the demo takes {BYTES_AT_LEAST // 2**20} MB. "
            "Make room, or name a folder on another disk with --data."
        )


def _prepare(folder: Path, children: int | None) -> None:
    """Each step checks for itself what an earlier run left."""
    from django.core.management import call_command

    from nightlight.sample.write import deliveries_of

    folder.mkdir(exist_ok=True)
    call_command("migrate", verbosity=0, interactive=False)
    _refuse_real_records()
    sample = _sample(folder, children)
    deliveries = deliveries_of(sample)
    made = _people(deliveries)
    _agreements(deliveries)
    _take_in(folder, sample, deliveries, made=made)
    _conference()


def _refuse_real_records() -> None:
    from nightlight.actions.demo.staff import is_demo_or_empty

    if not is_demo_or_empty():
        raise DemoRefused(
            "the database holds records that the demo did not make, and invented children must never stand among real "
            "ones. Unset NIGHTLIGHT_DATABASE_URL, or name an empty folder with --data."
        )


def _sample(folder: Path, children: int | None) -> Path:
    """The invented files. Written under another name first: a folder called ``sample`` is whole."""
    from nightlight.sample.write import write

    whole, making = folder / "sample", folder / "sample.making"
    if whole.exists():
        _same_size(whole, children)
        return whole
    if making.exists():
        note("An earlier demo was stopped while it wrote its files. Writing them again.")
        shutil.rmtree(making)
    wanted = children or CHILDREN
    with progress_bar("Inventing a partnership's files", counts="children") as progress:
        write(making, children=wanted, seed=SEED, until=datetime.now(UTC).date(), progress=progress)
    making.rename(whole)
    return whole


def _same_size(sample: Path, children: int | None) -> None:
    """A smaller or larger demo on top of another would double nothing but explain nothing either."""
    held = json.loads((sample / "manifest.json").read_text("utf-8"))["children"]
    if children is not None and abs(children - held) > 10:
        raise DemoRefused(
            f"the demo here has {held} children. Leave out --children to go on with it, or add --fresh to begin again."
        )


def _people(deliveries: Sequence[Any]) -> str:
    """The ready-made users; returns the instant they were made, which tells this database from any other."""
    from nightlight.actions.demo import staff as demo

    organisations = {d.organisation: (d.organisation, d.organisation_name, d.agency) for d in deliveries}
    if demo.made_at() is None:
        demo.make_people(list(organisations.values()), now=datetime.now(UTC))
    return str(demo.made_at())


def _conference() -> None:
    """A conference to play, about the family of the sample in which protection came after the danger."""
    from nightlight.actions.demo.conference import call_conference
    from nightlight.sample.cases import nhs_number

    call_conference(nhs_number=nhs_number("family-r"), now=datetime.now(UTC))


def _agreements(deliveries: Sequence[Any]) -> None:
    """Each feed has an agreement in force, as it must wherever records are real."""
    from nightlight.actions.demo.staff import make_agreements

    make_agreements([(each.feed, each.organisation) for each in deliveries], now=datetime.now(UTC))


def _take_in(folder: Path, sample: Path, deliveries: Sequence[Any], *, made: str) -> None:
    """Deliveries that were taken in whole are not read again; one that was cut short is, and doubles nothing."""
    from nightlight.actions.intake.ingest import deliver_all

    marks = folder / "progress.json"
    done = _done(marks, made)
    waiting = [delivery for delivery in deliveries if delivery.path not in done]
    if not waiting:
        return
    if done:
        note(f"An earlier demo was stopped after {len(done)} of {len(deliveries)} deliveries. Going on from there.")

    def stands(delivered: Delivered) -> None:
        done.append(str(delivered.path.relative_to(sample)))
        _mark(marks, {"made": made, "done": done})

    with progress_bar("Taking in the agencies' files") as progress:
        reports = deliver_all(
            [_delivered(sample, each) for each in waiting],
            by="demo",
            now=datetime.now(UTC),
            progress=progress,
            kept=stands,
        )
    for report in reports:
        if report.problem:
            note(f"{report.file_name}: could not be read. {report.problem}")


def _delivered(sample: Path, delivery: Any) -> Delivered:
    from nightlight.actions.intake.delivered import Delivered
    from nightlight.feeds.mapping import shipped_mapping

    return Delivered(
        feed_name=delivery.feed,
        path=sample / delivery.path,
        agency=delivery.agency,
        organisation=delivery.organisation,
        organisation_name=delivery.organisation_name,
        system=delivery.system,
        mapping=shipped_mapping(delivery.mapping) if delivery.mapping else None,
    )


def _done(marks: Path, made: str) -> list[str]:
    """What this very database has taken in; marks of another one (deleted since) say nothing."""
    with contextlib.suppress(FileNotFoundError, json.JSONDecodeError):
        kept = json.loads(marks.read_text("utf-8"))
        return list(kept["done"]) if kept["made"] == made else []
    return []


def _mark(marks: Path, state: dict[str, Any]) -> None:
    draft = marks.with_suffix(".new")
    draft.write_text(json.dumps(state), "utf-8")
    draft.replace(marks)


def _print_summary() -> None:
    from nightlight.actions.demo.summary import ten_lines

    print("An invented partnership: everyone in it is fictional.")
    for line in ten_lines(now=datetime.now(UTC)):
        print(f"  {line}", flush=True)


def _serve(port: int, threads: int, workers: int) -> int:
    from django.db import connections

    connections.close_all()  # the serving process is forked from this one and must open its own
    with _worker():
        return serve.serve(port, threads, workers)


def _worker() -> contextlib.AbstractContextManager[object]:
    """As time passes, clocks run out and an absence becomes a concern: `nightlight worker` runs beside the pages."""
    return kept_running(
        [str(Path(sys.executable).with_name("nightlight")), "worker"],
        name="The worker",
        gave_up="It was started {starts} times and did not last, so no other is started: the pages are served, but no "
        "clock is answered and no notice sent until you run `nightlight demo` again.",
    )


def _count(text: str) -> int:
    if text.isdigit() and int(text) > 0:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a number of children; expected 1 or more")

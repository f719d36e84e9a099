"""What agencies delivered: whose it is, the files in it, their records in order, and the report of each file.

It reads and counts. What becomes of a record is decided in `actions.intake.ingest`.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from nightlight.actions.intake import scope
from nightlight.actions.sharing import agreements
from nightlight.actions.trail import audit
from nightlight.domain.scope.rows import ScopeRow
from nightlight.feeds.ahead import Wanted, read_files
from nightlight.feeds.records import Feed, FeedContext, Record, Rejection, UnreadableFile
from nightlight.feeds.registry import feed_named
from nightlight.store.intake.models import Delivery
from nightlight.store.people.models import Organisation, Practitioner

REFUSALS_TOLD = 10
"""Refused records that a report names itself; all of them are kept, and the pages list them."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """A file, or a folder of them, that one organisation's system sent, and the feed that reads it."""

    feed_name: str
    path: Path
    agency: str
    organisation: str
    system: str
    organisation_name: str = ""
    mapping: Mapping[str, Any] | None = None


@dataclass(slots=True)
class DeliveryReport:
    """What became of one delivered file.

    accepted: records kept now. unchanged: those held already. outside: those of children who are out of the feed's
    scope, of whom nothing is kept. erased: those that say nothing but what was erased here.

    Files that are evaluated together share people and duties: these are told with the first of them.
    """

    feed: str
    file_name: str
    accepted: int = 0
    unchanged: int = 0
    refused: int = 0
    outside: int = 0
    erased: int = 0
    entries: int = 0
    people_made: int = 0
    people_matched: int = 0
    people_waiting: int = 0
    duties_raised: int = 0
    problem: str = ""
    reasons: dict[str, int] = field(default_factory=dict)
    first_refusals: list[str] = field(default_factory=list)
    delivery: uuid.UUID = field(default_factory=uuid.uuid4)
    turned_away: set[str] = field(default_factory=set, repr=False)
    erased_people: set[str] = field(default_factory=set, repr=False)

    @property
    def outside_children(self) -> int:
        """How many children were out of scope; who they are is known while the file is read, and kept nowhere."""
        return len(self.turned_away)

    def refuse(self, rejection: Rejection) -> None:
        self.refused += 1
        key = f"{rejection.field}: {rejection.code}"
        self.reasons[key] = self.reasons.get(key, 0) + 1
        if len(self.first_refusals) < REFUSALS_TOLD:
            self.first_refusals.append(str(rejection))


@dataclass(frozen=True, slots=True, eq=False)
class File:
    """One file: its feed, what its reader is told, and the report of what became of it.

    scope: what of the feed is in scope; None where all of it is.
    """

    feed: Feed
    context: FeedContext
    report: DeliveryReport
    path: Path | None = None
    scope: ScopeRow | None = None


Item = tuple[File, Record | Rejection]


@dataclass(slots=True)
class Files:
    """The files of some deliveries, in the order to read them. over: those whose end has been read."""

    of: list[list[File]]
    over: set[File] = field(default_factory=set)

    def __iter__(self) -> Iterator[File]:
        return (file for files in self.of for file in files)

    def read(self, progress: Progress | None) -> Iterator[Item]:
        """Every record and rejection. A file that can't be read is reported with its problem and stops nothing else."""
        files = [(file, file.path) for file in self if file.path]
        wanted = [Wanted(file.feed.name, path, file.context) for file, path in files]
        before, total = _before(wanted)
        for number, each in enumerate(read_files(wanted)):
            file = files[each.file][0]
            if isinstance(each.item, UnreadableFile):
                file.report.problem = str(each.item)
            elif each.item is None:
                self.over.add(file)
            else:
                yield file, each.item
            if progress and number % 500 == 0:
                progress(before[each.file] + each.bytes, total)
        if progress:
            progress(total, total)


def _before(wanted: Sequence[Wanted]) -> tuple[list[int], int]:
    """How many bytes come before each file, and how many there are."""
    total, before = 0, []
    for file in wanted:
        before.append(total)
        total += file.path.stat().st_size
    return before, total


def files_in(deliveries: Sequence[Delivered], *, by: Practitioner | str, now: datetime) -> Files:
    """The files of these deliveries, each kept as received now; raises `UnreadableFile` where one has none."""
    found = [(feed_named(each.feed_name), each) for each in deliveries]
    for feed, each in found:
        agreements.must_agree(feed=feed.name, organisation=each.organisation, now=now)
    paths = [files_of(feed, each.path) for feed, each in found]  # before anything is kept of any
    return Files(
        [[_file(feed, each, path, by, now) for path in of_it] for (feed, each), of_it in zip(found, paths, strict=True)]
    )


def _file(feed: Feed, delivered: Delivered, path: Path, by: Practitioner | str, now: datetime) -> File:
    Organisation.objects.get_or_create(
        code=delivered.organisation,
        defaults={"name": delivered.organisation_name or delivered.organisation, "agency": delivered.agency},
    )
    context = FeedContext(
        agency=delivered.agency,
        organisation=delivered.organisation,
        system=delivered.system,
        now=now,
        mapping=delivered.mapping,
        file_name=path.name,
    )
    return received(feed, context, by, path)


def received(feed: Feed, context: FeedContext, by: Practitioner | str, path: Path | None = None) -> File:
    """A file, or a stream, that has come: kept as a delivery that is not finished."""
    report = DeliveryReport(feed=feed.name, file_name=context.file_name)
    Delivery.objects.create(
        id=report.delivery,
        feed=report.feed,
        file_name=report.file_name,
        agency=context.agency,
        organisation=context.organisation,
        system=context.system,
        received=context.now,
        by=audit.actor(by),
    )
    return File(feed, context, report, path, scope.at_the_door(feed.name, context.organisation, context.now))


def of_stream(file: File, stream: BinaryIO) -> Iterator[Item]:
    """Every record and rejection of a stream."""
    try:
        for item in file.feed.read(stream, file.context):
            yield file, item
    except UnreadableFile as error:
        file.report.problem = str(error)


def files_of(feed: Feed, path: Path) -> list[Path]:
    """The files to read, in the feed's order; raises `UnreadableFile` where there are none."""
    if not path.exists():
        raise UnreadableFile(f"{path}: there is no such file or folder. Give the path of what the agency delivered.")
    if path.is_file():
        return [path]
    found = [file for file in sorted(path.iterdir()) if file.is_file() and file.name.lower().endswith(feed.suffixes)]
    if not found:
        endings = ", ".join(feed.suffixes)
        raise UnreadableFile(f"{path}: no file that the {feed.name} feed reads. Expected names ending in {endings}.")
    return sorted(found, key=lambda file: (feed.order(file.name), file.name))

"""Reads one file of a Standard Safeguarding Dataset extract: a table in CSV, named by its file's name or its columns.

Row by row; a row that can't be kept is a rejection, and a cell that can't is one beside its row's record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import BinaryIO

from nightlight.feeds import csvfile
from nightlight.feeds.fits import too_long
from nightlight.feeds.records import Feed, FeedContext, Record, Rejection, UnreadableFile
from nightlight.feeds.ssd.mapping import MAPPERS
from nightlight.feeds.ssd.row import Row
from nightlight.feeds.ssd.tables import COLUMNS, NOT_READ, READ_IN_ORDER, Columns, order, table_named, table_of
from nightlight.feeds.ssd.values import Refused


def read(stream: BinaryIO, context: FeedContext) -> Iterator[Record | Rejection]:
    """Every row of a table as a record, or a rejection that says why not."""
    table = csvfile.open_table(stream)
    name = table_named(context.file_name) or table_of(table.columns)
    if name in NOT_READ:
        expected = "a table that this feed reads; this one is known, and nothing in it has a kind of entry yet"
        yield Rejection(position="file", field=name, code="table_not_read", expected=expected)
        return
    if name is None:
        known = ", ".join(READ_IN_ORDER)
        raise UnreadableFile(f"neither the file's name nor its columns are those of a table; expected one of {known}.")
    yield from _rows(name, table, context)


def _rows(name: str, table: csvfile.Table, context: FeedContext) -> Iterator[Record | Rejection]:
    columns = COLUMNS[name]
    places = _places(columns, table)
    state = MAPPERS[name]
    key = columns.key
    for found in table.rows:
        if isinstance(found, Rejection):
            yield found
        else:
            row = Row({column: found.cells[place] for column, place in places}, context)
            yield from _record(name, key, row, found, state)


def _places(columns: Columns, table: csvfile.Table) -> list[tuple[str, int]]:
    """Where each column is, under whichever of its names; refuses the file where one is missing that it needs."""
    there = {column.casefold(): place for place, column in enumerate(table.columns)}
    found = []
    missing = []
    for column in columns.names():
        place = next((there[name] for name in (column, *columns.also.get(column, ())) if name in there), None)
        if place is not None:
            found.append((column, place))
        elif column == columns.key or column in columns.needed:
            missing.append(column)
    if missing:
        raise csvfile.missing_columns(table, missing, columns.names())
    return found


def _record(
    name: str, key: str, row: Row, found: csvfile.Row, state: Callable[[Row], None]
) -> Iterator[Record | Rejection]:
    position = csvfile.position(found.line)
    try:
        record_id = f"{name}/{row.needed(key)}"
        state(row)
    except Refused as refused:
        yield Rejection(
            position=position, field=refused.field, code=refused.code, expected=refused.expected, raw=found.raw
        )
        return
    record = Record(
        position=position, record_id=record_id, raw=found.raw, people=tuple(row.people),
        addresses=tuple(row.addresses), links=tuple(row.links), entries=tuple(row.entries),
    )  # fmt: skip
    if (allowed := too_long(record)) is not None:
        yield Rejection(position=position, field="row", code="too_long", expected=allowed, raw=found.raw)
        return
    yield record
    for beside in row.beside:
        yield Rejection(
            position=position, field=beside.field, code=beside.code, expected=beside.expected, raw=found.raw
        )


FEED = Feed(
    name="ssd",
    title="Children's social care (Standard Safeguarding Dataset)",
    agency="social_care",
    read=read,
    suffixes=(".csv",),
    order=order,
)
"""Children's social care: a folder of tables, one a file."""

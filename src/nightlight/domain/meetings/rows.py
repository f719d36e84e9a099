"""What each kind of meeting needs, read from `rows.yaml` and from a partnership's own rules laid over it.

A partnership's own may be stricter and never looser (`stricter`); one that is, or that cannot be read, stops the
program with every mistake. It decides nothing: `gates` does.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Any

from nightlight.domain import dated_rows
from nightlight.domain.dated_rows import Placed
from nightlight.domain.documents import Document, Item
from nightlight.domain.meetings import stricter
from nightlight.domain.meetings.gate_rows import Gate
from nightlight.domain.meetings.row_types import Content, MeetingRow, MeetingRows, Need, Part
from nightlight.domain.rule_types import Grade

__all__ = [
    "Content", "MeetingRow", "MeetingRows", "Need", "Part", "default_rows", "rows_in_use", "rows_with", "use_rows",
]  # fmt: skip

_PART_KEYS = {"code": True, "title": True, "agencies": False, "counts_as": False, "scores": False}
_NEED_KEYS = {"of": True, "at_least": False}
_CONTENT_KEYS = {"code": True, "title": True, "closes": False}
_NEEDED = ("kind", "version", "valid_from", "source", "force")
_OPTIONAL = ("title", "grade", "valid_to", "asks", "contents", "gate", "clocks", "may_ask", "quorum", "quorum_source",
             "quorum_grade", "outcomes", "weekdays_only", "local")  # fmt: skip
_ROW_KEYS = {**dict.fromkeys(_NEEDED, True), **dict.fromkeys(_OPTIONAL, False)}


@lru_cache(maxsize=1)
def default_rows() -> MeetingRows:
    """The rows that come with the package."""
    text = resources.files("nightlight.domain.meetings").joinpath("rows.yaml").read_text(encoding="utf-8")
    documents = [Document.parse(text, "rows.yaml")]
    placed = [_placed(document, item) for document, item in dated_rows.section(documents, "meetings")]
    dated_rows.apart(placed, _kind)
    parts = {part.code: part for part in (_part(*each) for each in dated_rows.section(documents, "parts"))}
    dated_rows.checked(documents)
    return MeetingRows(tuple(each.row for each in placed), MappingProxyType(parts))


def rows_with(source: Path | str) -> MeetingRows:
    """The package's rows with a partnership's own before them: every `.yaml` of a folder, a file, or YAML text.

    The files may hold its other rules too (`clocks.rules_with`). What a row of its own leaves out is as in the
    package's row, and what it says may be stricter, never looser. Where it is in force it is the one that holds; a
    meeting called before it keeps the old one. Raises `RulesError` with every mistake.

    >>> own = '''
    ... meetings:
    ...   - {kind: core_group, version: 2, valid_from: 2026-01-01, quorum: [{of: [health]}],
    ...      force: local, source: Our board.}
    ... '''
    >>> from datetime import UTC, datetime
    >>> rows_with(own).in_force("core_group", datetime(2026, 11, 20, tzinfo=UTC)).quorum
    (Need(of=('health',), at_least=1),)
    """
    base, documents = default_rows(), dated_rows.documents_of(source, "meetings")
    parts = [Placed(_part(*each), *each) for each in dated_rows.section(documents, "parts")]
    own = [_completed(_placed(*each), base) for each in dated_rows.section(documents, "meetings")]
    known = {**base.parts, **{each.row.code: each.row for each in parts}}
    stricter.parts(parts, base.parts)
    dated_rows.lay_over(own, base.rows, _kind, name="kind", looser=stricter.row)
    for each in own:
        stricter.known_parts(each, known)
    dated_rows.checked(documents)
    return MeetingRows((*(each.row for each in own), *base.rows), MappingProxyType(known))


def _kind(row: MeetingRow) -> str:
    return row.kind


_IN_USE: list[MeetingRows] = []


def use_rows(source: Path | str) -> MeetingRows:
    """From now on a partnership's own rows are in use. Called once, as the program starts, by `config`."""
    _IN_USE[:] = [rows_with(source)]
    return _IN_USE[0]


def rows_in_use() -> MeetingRows:
    """The partnership's rows, where it has some of its own; else those that come with the package."""
    return _IN_USE[0] if _IN_USE else default_rows()


def _placed(document: Document, item: Item) -> Placed[MeetingRow]:
    return Placed(_row(document, item), document, item)


def _completed(placed: Placed[MeetingRow], base: MeetingRows) -> Placed[MeetingRow]:
    """A row with what it leaves out as in the package's, of those of its kind the one in force when it begins."""
    row = placed.row
    held = next(
        (each for each in base.rows if each.kind == row.kind and dated_rows.in_force_on(each, row.valid_from)), None
    )
    if held is None:
        return placed
    given = placed.item.mapping or {}
    left: dict[str, Any] = {
        name: getattr(held, name) for name in _OPTIONAL if name not in given and name not in ("valid_to", "local")
    }
    if "quorum" in given:
        left |= {name: getattr(row, name) for name in ("quorum_source", "quorum_grade") if name not in given}
    return replace(placed, row=replace(row, **left))


def _part(document: Document, item: Item) -> Part:
    document.only(item, _PART_KEYS)
    return Part(
        code=document.words(item, "code"),
        title=document.words(item, "title"),
        agencies=_codes(document, item, "agencies"),
        counts_as=_codes(document, item, "counts_as"),
        scores=document.yes(item, "scores", default=True),
    )


def _row(document: Document, item: Item) -> MeetingRow:
    document.only(item, _ROW_KEYS)
    given = item.mapping or {}
    evidence = dated_rows.evidence(document, item)
    return MeetingRow(
        kind=document.words(item, "kind"),
        **dated_rows.dates(document, item),
        **evidence,
        title=document.words(item, "title"),
        gate=document.one_of(item, "gate", tuple(Gate)),
        clocks=_codes(document, item, "clocks"),
        asks=_codes(document, item, "asks"),
        may_ask=_codes(document, item, "may_ask"),
        quorum=tuple(_need(document, need) for need in document.items(given.get("quorum"))),
        quorum_source=document.words(item, "quorum_source", document.words(item, "source")),
        quorum_grade=Grade(document.one_of(item, "quorum_grade", tuple(Grade), evidence["grade"])),
        contents=tuple(_content(document, each) for each in document.items(given.get("contents"))),
        outcomes=MappingProxyType(
            {code: document.words(words) for code, words in document.pairs(given.get("outcomes"))}
        ),
        weekdays_only=document.yes(item, "weekdays_only"),
        local=document.yes(item, "local"),
    )


def _need(document: Document, item: Item) -> Need:
    document.only(item, _NEED_KEYS)
    return Need(_codes(document, item, "of"), document.whole(item, "at_least", 1) or 1)


def _content(document: Document, item: Item) -> Content:
    document.only(item, _CONTENT_KEYS)
    return Content(document.words(item, "code"), document.words(item, "title"), document.yes(item, "closes"))


def _codes(document: Document, item: Item, key: str) -> tuple[str, ...]:
    return tuple(document.words(each) for each in document.items((item.mapping or {}).get(key)))

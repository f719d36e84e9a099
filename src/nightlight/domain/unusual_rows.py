"""What makes a look at a record unusual, as dated rows with their source: which are on, and their numbers.

Read from `unusual_rows.yaml`, and from a partnership's own rules laid over it. It decides nothing: `unusual` does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from importlib import resources
from pathlib import Path
from types import MappingProxyType

from nightlight.domain import dated_rows
from nightlight.domain.documents import Document, Item
from nightlight.domain.rule_rows import date_at
from nightlight.domain.rule_types import Grade
from nightlight.timeline.london import local_date

NUMBERS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "family": ("bearers",),
        "neighbour": (),
        "public": (),
        "volume": ("at_least", "times", "days", "own_days", "peers"),
        "hours": ("minutes",),
        "glass": (),
        "nothing": ("hours",),
    }
)
"""The numbers that each row needs, by its code."""
_ROW_KEYS = {
    **dict.fromkeys(("code", "version", "valid_from", "what", "source", "grade"), True),
    "valid_to": False,
    "values": False,
    "off": False,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class UnusualRow:
    """One dated version of one thing that is unusual. off: a partnership has put it out of use; its source says why."""

    code: str
    version: int
    valid_from: date
    what: str
    source: str
    grade: Grade
    values: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    valid_to: date | None = None
    off: bool = False


@dataclass(frozen=True, slots=True)
class UnusualRows:
    """All versions of all rows; a partnership's own come first."""

    rows: tuple[UnusualRow, ...]

    def in_force(self, code: str, at: datetime) -> UnusualRow | None:
        """The row of this code in force at that moment; None where there is none, or it is off.

        >>> from datetime import UTC
        >>> default_rows().in_force("volume", datetime(2026, 11, 23, tzinfo=UTC)).values["times"]
        3
        """
        day = local_date(at)
        found = next((row for row in self.rows if row.code == code and dated_rows.in_force_on(row, day)), None)
        return None if found is None or found.off else found


@lru_cache(maxsize=1)
def default_rows() -> UnusualRows:
    """The rows that come with the package."""
    text = resources.files("nightlight.domain").joinpath("unusual_rows.yaml").read_text(encoding="utf-8")
    return _rows([Document.parse(text, "unusual_rows.yaml")])


def rows_with(source: Path | str) -> UnusualRows:
    """The package's rows with a partnership's own before them; raises `RulesError` with every mistake.

    >>> own = '''
    ... unusual:
    ...   - {code: hours, version: 2, valid_from: 2026-09-01, what: Later., values: {minutes: 120},
    ...      source: Our guardian, grade: hub}
    ... '''
    >>> from datetime import UTC
    >>> rows_with(own).in_force("hours", datetime(2026, 11, 23, tzinfo=UTC)).values["minutes"]
    120
    """
    return UnusualRows((*_rows(dated_rows.documents_of(source, "unusual")).rows, *default_rows().rows))


_IN_USE: list[UnusualRows] = []


def use_rows(source: Path | str) -> UnusualRows:
    """From now on a partnership's own rows are in use. Called once, as the program starts, by `config`."""
    _IN_USE[:] = [rows_with(source)]
    return _IN_USE[0]


def rows_in_use() -> UnusualRows:
    """The partnership's rows, where it has some of its own; else those that come with the package."""
    return _IN_USE[0] if _IN_USE else default_rows()


def _rows(documents: Iterable[Document]) -> UnusualRows:
    documents = list(documents)
    rows = [
        _row(document, item)
        for document in documents
        for item in document.items((document.root.mapping or {}).get("unusual"))
    ]
    dated_rows.checked(documents)
    return UnusualRows(tuple(rows))


def _row(document: Document, item: Item) -> UnusualRow:
    document.only(item, _ROW_KEYS)
    code = document.one_of(item, "code", tuple(NUMBERS))
    off = document.yes(item, "off")
    return UnusualRow(
        code=code,
        version=document.whole(item, "version") or 1,
        valid_from=date_at(document, item, "valid_from") or date.min,
        valid_to=date_at(document, item, "valid_to"),
        what=document.words(item, "what"),
        source=document.words(item, "source"),
        grade=Grade(document.one_of(item, "grade", tuple(Grade), Grade.UNVERIFIED)),
        values=MappingProxyType({} if off else _values(document, item, code)),
        off=off,
    )


def _values(document: Document, item: Item, code: str) -> dict[str, int]:
    given = (item.mapping or {}).get("values")
    if given is None:
        for name in NUMBERS.get(code, ()):
            document.refuse(item, f"values with {name}: a whole number", "values")
        return {}
    document.only(given, dict.fromkeys(NUMBERS.get(code, ()), True))
    return {name: document.whole(given, name, 0) or 0 for name in NUMBERS.get(code, ())}

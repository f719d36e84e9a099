"""The scope of each feed as dated rows: which children it may bring into a shared hub, since when, from which source.

Read from `rows.yaml`, and from a partnership's own rows before them. Whether a child is known is for the caller.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from importlib import resources
from pathlib import Path

from nightlight.domain import dated_rows
from nightlight.domain.documents import Document, Item
from nightlight.domain.kinds import LEVELS, is_kind_or_theme
from nightlight.domain.rule_rows import date_at
from nightlight.domain.rule_types import Grade
from nightlight.timeline.london import local_date


class Admits(StrEnum):
    """Which children a feed's records may be about."""

    EVERY = "every"
    KNOWN = "known"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeRow:
    """One dated version of the scope of a feed. organisation: whose feed; empty for everybody's.

    kinds: with `known`, the entries that bring their child in by themselves. least: for signals, the least level taken.
    """

    feed: str
    version: int
    valid_from: date
    admits: Admits
    says: str
    source: str
    grade: Grade
    agency: str = ""
    organisation: str = ""
    valid_to: date | None = None
    kinds: frozenset[str] = frozenset()
    least: str = ""

    def brings_in(self, kind: str) -> bool:
        """Whether an entry of this kind brings its child in by itself.

        >>> row = default_rows().of("school-register", "", datetime.fromisoformat("2026-11-02T09:00Z"))
        >>> row.admits.value, row.brings_in("education.register")
        ('known', False)
        """
        return kind in self.kinds or kind.partition(".")[0] in self.kinds

    def takes(self, level: str) -> bool:
        """Whether a signal of this level is taken."""
        return not self.least or LEVELS.index(level) >= LEVELS.index(self.least)


@dataclass(frozen=True, slots=True)
class Scope:
    """Every row, in the order in which they are asked. own: at a source all records are its own, and in scope."""

    rows: tuple[ScopeRow, ...]
    own: bool = False

    def of(self, feed: str, organisation: str, at: datetime) -> ScopeRow:
        """The row that holds for a feed of this organisation at that moment; without one, nobody is in scope.

        >>> default_rows().of("circus", "", datetime.fromisoformat("2026-11-02T09:00Z")).admits.value
        'nobody'
        """
        if self.own:
            return _every(feed)
        day = local_date(at)
        held = [row for row in self.rows if row.feed == feed and dated_rows.in_force_on(row, day)]
        own = [row for row in held if row.organisation == organisation and row.organisation]
        return next(iter(own or [row for row in held if not row.organisation]), _nobody(feed))

    def on(self, at: datetime) -> tuple[ScopeRow, ...]:
        """The rows that hold at that moment: of one feed and organisation, the first."""
        found: dict[tuple[str, str], ScopeRow] = {}
        for row in self.rows:
            if dated_rows.in_force_on(row, local_date(at)):
                found.setdefault((row.feed, row.organisation), row)
        return tuple(found.values())


def _nobody(feed: str) -> ScopeRow:
    says = "No row says what of this feed is in scope, so nothing is."
    return ScopeRow(
        feed=feed, version=0, valid_from=date.min, admits=Admits.NOBODY, says=says, source="", grade=Grade.HUB
    )


def _every(feed: str) -> ScopeRow:
    says = "An organisation's own records on its own machine, which nobody else reads."
    return ScopeRow(
        feed=feed, version=0, valid_from=date.min, admits=Admits.EVERY, says=says, source="", grade=Grade.HUB
    )


# -- reading

_KEYS = {
    **dict.fromkeys(("feed", "version", "valid_from", "admits", "says", "source", "grade"), True),
    **dict.fromkeys(("agency", "organisation", "valid_to", "kinds", "least"), False),
}


@lru_cache(maxsize=1)
def default_rows() -> Scope:
    """The rows that come with the package."""
    return _rows([_packaged()])


def rows_with(source: Path | str) -> Scope:
    """The package's rows with a partnership's own before them: every `.yaml` of a folder, a file, or YAML text.

    Raises `RulesError` with every mistake.

    >>> own = '''
    ... scope:
    ...   - {feed: fhir, version: 2, valid_from: 2026-01-01, admits: known, kinds: [health.injury],
    ...      says: Known patients., source: The agreement., grade: hub}
    ... '''
    >>> row = rows_with(own).of("fhir", "", datetime.fromisoformat("2026-11-02T09:00Z"))
    >>> row.admits.value, row.brings_in("health.injury"), row.brings_in("health.review")
    ('known', True, False)
    """
    return _rows([*dated_rows.documents_of(source, "scope"), _packaged()])


def _packaged() -> Document:
    text = resources.files("nightlight.domain.scope").joinpath("rows.yaml").read_text(encoding="utf-8")
    return Document.parse(text, "rows.yaml")


_IN_USE: list[Scope] = []


def use_rows(source: Path | str) -> Scope:
    """From now on a partnership's own rows are in use. Called once, as the program starts, by `config`."""
    _IN_USE[:] = [rows_with(source)]
    return _IN_USE[0]


def use_own_records() -> None:
    """From now on this is a source: an organisation's own records on its own machine. Called once, by `config`."""
    _IN_USE[:] = [replace(rows_in_use(), own=True)]


def rows_in_use() -> Scope:
    """The partnership's rows, where it has some of its own; else those that come with the package."""
    return _IN_USE[0] if _IN_USE else default_rows()


def _rows(documents: Iterable[Document]) -> Scope:
    documents = list(documents)
    rows = [_row(document, item) for document, item in dated_rows.section(documents, "scope")]
    dated_rows.checked(documents)
    return Scope(tuple(rows))


def _row(document: Document, item: Item) -> ScopeRow:
    document.only(item, _KEYS)
    kinds = [(each, document.words(each)) for each in document.items((item.mapping or {}).get("kinds"))]
    for each, kind in kinds:
        if not is_kind_or_theme(kind):
            document.refuse(each, "a kind listed in docs/reference/kinds.md, or a theme")
    return ScopeRow(
        feed=document.words(item, "feed"),
        version=document.whole(item, "version") or 1,
        valid_from=date_at(document, item, "valid_from") or date.min,
        valid_to=date_at(document, item, "valid_to"),
        admits=Admits(document.one_of(item, "admits", tuple(Admits), Admits.NOBODY)),
        says=document.words(item, "says"),
        source=document.words(item, "source"),
        grade=Grade(document.one_of(item, "grade", tuple(Grade), Grade.UNVERIFIED)),
        agency=document.words(item, "agency"),
        organisation=document.words(item, "organisation"),
        kinds=frozenset(kind for _, kind in kinds),
        least=document.one_of(item, "least", ("", *LEVELS)),
    )

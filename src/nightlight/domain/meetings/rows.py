"""What each kind of meeting needs, as dated rows with their source: whom, how many, what its record must hold.

Read from `rows.yaml`, and from a partnership's own rules laid over it. It decides nothing: `gates` does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from importlib import resources
from pathlib import Path
from types import MappingProxyType

from nightlight.domain.documents import Document, Item
from nightlight.domain.rule_rows import date_at
from nightlight.domain.rule_types import Force, Grade, NoRuleError, RulesError
from nightlight.timeline.london import local_date


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What somebody comes to a meeting as. agencies: whose people come as this; scores: whether they give a score."""

    code: str
    title: str
    agencies: tuple[str, ...] = ()
    counts_as: tuple[str, ...] = ()
    scores: bool = True


@dataclass(frozen=True, slots=True)
class Need:
    """Part of a quorum: at least so many of these parts are there, each of another agency."""

    of: tuple[str, ...]
    at_least: int = 1


@dataclass(frozen=True, slots=True)
class Content:
    """One thing that the record must hold. closes: whether the meeting cannot close without it."""

    code: str
    title: str
    closes: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingRow:
    """One dated version of what a kind of meeting needs.

    gate: the gate that it answers. clocks: the rule rows that it meets or starts. asks, may_ask: parts to be invited.
    """

    kind: str
    version: int
    valid_from: date
    title: str
    gate: str
    clocks: tuple[str, ...]
    asks: tuple[str, ...]
    may_ask: tuple[str, ...]
    quorum: tuple[Need, ...]
    contents: tuple[Content, ...]
    outcomes: Mapping[str, str]
    source: str
    grade: Grade
    force: Force
    valid_to: date | None = None
    quorum_source: str = ""
    quorum_grade: Grade = Grade.SECONDARY
    weekdays_only: bool = False
    local: bool = False

    def in_force_on(self, day: date) -> bool:
        """Whether this version holds on that date in London."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)

    def needs(self, content: str) -> bool:
        """Whether the record of this kind of meeting must hold this."""
        return any(each.code == content for each in self.contents)


@dataclass(frozen=True, slots=True)
class MeetingRows:
    """All versions of all kinds of meeting, and the parts that people come as."""

    rows: tuple[MeetingRow, ...]
    parts: Mapping[str, Part] = field(default_factory=lambda: MappingProxyType({}))

    def in_force(self, kind: str, at: datetime) -> MeetingRow:
        """The row of this kind in force at that moment; raises `NoRuleError` when there is none.

        >>> from datetime import UTC
        >>> default_rows().in_force("initial_conference", datetime(2026, 11, 20, tzinfo=UTC)).title
        'Initial child protection conference'
        """
        day = local_date(at)
        for row in self.rows:
            if row.kind == kind and row.in_force_on(day):
                return row
        raise NoRuleError(
            f"no row of the kind of meeting {kind} is in force on {day.isoformat()}; the kinds are "
            f"{', '.join(self.kinds)}."
        )

    @property
    def kinds(self) -> tuple[str, ...]:
        """Every kind of meeting, in the order of the rows."""
        return tuple(dict.fromkeys(row.kind for row in self.rows))

    def part(self, code: str) -> Part:
        """A part by its code; one that a partnership has no row for is shown as it is written."""
        return self.parts.get(code) or Part(code=code, title=code.replace("_", " ").capitalize())

    def parts_of(self, part: str, agency: str) -> frozenset[str]:
        """Every part that somebody stands for: the one they came as, what that counts as, and their agency's.

        >>> sorted(default_rows().parts_of("other", "health.gp"))
        ['health', 'other']
        """
        named = self.part(part)
        by_agency = (p.code for p in self.parts.values() if agency and agency in p.agencies and p.code in _SECTORS)
        return frozenset({part, *named.counts_as, *by_agency})


_SECTORS = frozenset({"social_care", "police", "health", "education", "adult_services", "housing", "probation",
                      "voluntary"})  # fmt: skip
"""Parts that anybody from the agency stands for, whatever else they come as."""

# -- reading


_TOP = dict.fromkeys(("parts", "meetings", "rules", "office_hours", "ladders", "local_values", "sharing"), False)
_PART_KEYS = {"code": True, "title": True, "agencies": False, "counts_as": False, "scores": False}
_NEED_KEYS = {"of": True, "at_least": False}
_CONTENT_KEYS = {"code": True, "title": True, "closes": False}
_ROW_KEYS = {
    **dict.fromkeys(("kind", "version", "valid_from", "title", "asks", "contents", "source", "grade", "force"), True),
    **dict.fromkeys(
        ("valid_to", "gate", "clocks", "may_ask", "quorum", "quorum_source", "quorum_grade", "outcomes",
         "weekdays_only", "local"), False,
    ),
}  # fmt: skip


@lru_cache(maxsize=1)
def default_rows() -> MeetingRows:
    """The rows that come with the package."""
    text = resources.files("nightlight.domain.meetings").joinpath("rows.yaml").read_text(encoding="utf-8")
    return _rows([Document.parse(text, "rows.yaml")])


def rows_with(source: Path | str) -> MeetingRows:
    """The package's rows with a partnership's own before them: every `.yaml` of a folder, a file, or YAML text.

    The files may hold its other rules too (`clocks.rules_with`). Where one of the partnership's is in force it is the
    one that holds; raises `RulesError` with every mistake.
    """
    own, base = _rows(_documents(source)), default_rows()
    return MeetingRows((*own.rows, *base.rows), MappingProxyType({**base.parts, **own.parts}))


def _documents(source: Path | str) -> list[Document]:
    if isinstance(source, str):
        return [Document.parse(source, "meetings")]
    return [Document.read(path) for path in (sorted(source.glob("*.yaml")) if source.is_dir() else [source])]


_IN_USE: list[MeetingRows] = []


def use_rows(source: Path | str) -> MeetingRows:
    """From now on a partnership's own rows are in use. Called once, as the program starts, by `config`."""
    _IN_USE[:] = [rows_with(source)]
    return _IN_USE[0]


def rows_in_use() -> MeetingRows:
    """The partnership's rows, where it has some of its own; else those that come with the package."""
    return _IN_USE[0] if _IN_USE else default_rows()


def _rows(documents: Iterable[Document]) -> MeetingRows:
    rows: list[MeetingRow] = []
    parts: dict[str, Part] = {}
    mistakes = []
    for document in documents:
        top = document.only(document.root, _TOP)
        for item in document.items(top.get("parts")):
            part = _part(document, item)
            parts[part.code] = part
        rows += [_row(document, item) for item in document.items(top.get("meetings"))]
        mistakes += document.mistakes
    if mistakes:
        raise RulesError(mistakes)
    return MeetingRows(tuple(rows), MappingProxyType(parts))


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
    return MeetingRow(
        kind=document.words(item, "kind"),
        version=document.whole(item, "version") or 1,
        valid_from=date_at(document, item, "valid_from") or date.min,
        valid_to=date_at(document, item, "valid_to"),
        title=document.words(item, "title"),
        gate=document.words(item, "gate"),
        clocks=_codes(document, item, "clocks"),
        asks=_codes(document, item, "asks"),
        may_ask=_codes(document, item, "may_ask"),
        quorum=tuple(_need(document, need) for need in document.items((item.mapping or {}).get("quorum"))),
        quorum_source=document.words(item, "quorum_source"),
        quorum_grade=Grade(document.one_of(item, "quorum_grade", tuple(Grade), Grade.SECONDARY)),
        contents=tuple(_content(document, each) for each in document.items((item.mapping or {}).get("contents"))),
        outcomes=MappingProxyType(
            {code: document.words(words) for code, words in document.pairs((item.mapping or {}).get("outcomes"))}
        ),
        weekdays_only=document.yes(item, "weekdays_only"),
        source=document.words(item, "source"),
        grade=Grade(document.one_of(item, "grade", tuple(Grade), Grade.UNVERIFIED)),
        force=Force(document.one_of(item, "force", tuple(Force), Force.HUB)),
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

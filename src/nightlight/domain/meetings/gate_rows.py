"""What each gate is and asks, as dated rows with their source (`gates.yaml`), a partnership's own over them.

It decides nothing: whether a thing is so is worked out by `gates`, `closing` and `plans.contents`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

from nightlight.domain import dated_rows
from nightlight.domain.dated_rows import Placed
from nightlight.domain.documents import Document, Item
from nightlight.domain.kinds import LEVELS
from nightlight.domain.rule_rows import at_least
from nightlight.domain.rule_types import Force, Grade, NoRuleError
from nightlight.timeline.london import local_date


class Gate(StrEnum):
    """The steps of the process that something must come before."""

    CONCERN = "G1"
    NO_FURTHER_ACTION = "G2"
    STRATEGY = "G3"
    SECTION_47 = "G4"
    CONFERENCE = "G5"
    CORE_GROUP = "G6"
    STEP_DOWN = "G7"
    CLOSURE = "G8"
    CONVENE = "G9"


@dataclass(frozen=True, slots=True)
class Requirement:
    """One thing that a gate asks, and what is said while it is not so.

    or_why: a reason that somebody records answers it too. only_said: it is said, and stops nothing.
    """

    code: str
    missing: str
    or_why: bool = False
    only_said: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class GateRow:
    """One dated version of a gate: what cannot go on until it is open, what it asks, and on what that rests.

    names: how many names close over danger (G5). days: over how long a danger's end was seen (G7). levels: which
    open duties stop the closing (G8). left, reasons: of a partnership's own, what it leaves out, and the requirements
    that a reason still answers (None: as the package has them).
    """

    code: Gate
    version: int
    valid_from: date
    title: str
    until: str
    asks: tuple[Requirement, ...]
    source: str
    grade: Grade
    force: Force
    valid_to: date | None = None
    names: int = 0
    days: int = 0
    levels: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    reasons: tuple[str, ...] | None = None

    def requirement(self, code: str) -> Requirement:
        """What is asked under that code."""
        return next(each for each in self.asks if each.code == code)

    def over(self, base: GateRow) -> GateRow:
        """This row of a partnership's own over the package's of the same day: it asks all that that asks."""
        reasons = self.reasons
        asks = (each if reasons is None else replace(each, or_why=each.or_why and each.code in reasons)
                for each in base.asks)  # fmt: skip
        left: dict[str, Any] = {name: getattr(base, name) for name in self.left}
        return replace(self, asks=tuple(asks), **left)


@dataclass(frozen=True, slots=True)
class Gates:
    """All versions of all gates, and a partnership's own over them."""

    rows: tuple[GateRow, ...]
    own: tuple[GateRow, ...] = ()

    def in_force(self, gate: Gate, at: datetime) -> GateRow:
        """The row of this gate in force at that moment; raises `NoRuleError` where there is none.

        >>> from datetime import UTC
        >>> default_gates().in_force(Gate.CONFERENCE, datetime(2026, 11, 20, tzinfo=UTC)).names
        2
        """
        day = local_date(at)
        base, own = (_on(rows, gate, day) for rows in (self.rows, self.own))
        if base is None:
            raise NoRuleError(f"no row of gate {gate} is in force on {day.isoformat()}.")
        return own.over(base) if own else base


def _on(rows: tuple[GateRow, ...], gate: Gate, day: date) -> GateRow | None:
    return next((row for row in rows if row.code == gate and dated_rows.in_force_on(row, day)), None)


@lru_cache(maxsize=1)
def default_gates() -> Gates:
    """The rows that come with the package."""
    text = resources.files("nightlight.domain.meetings").joinpath("gates.yaml").read_text(encoding="utf-8")
    documents = [Document.parse(text, "gates.yaml")]
    placed = [Placed(_row(*each), *each) for each in dated_rows.section(documents, "gates")]
    dated_rows.apart(placed, _code)
    dated_rows.checked(documents)
    return Gates(tuple(each.row for each in placed))


def gates_with(source: Path | str) -> Gates:
    """The package's rows with a partnership's own before them: every `.yaml` of a folder, a file, or YAML text.

    What a row of its own leaves out is as in the package's. It may be stricter, never looser: more names, more days,
    more levels, and `or_why: []` of the requirements that only their being so answers. Raises `RulesError`.

    >>> own = '''
    ... gates:
    ...   - {code: G5, version: 2, valid_from: 2026-01-01, names: 3, force: local, source: Our board.}
    ... '''
    >>> from datetime import UTC
    >>> gates_with(own).in_force(Gate.CONFERENCE, datetime(2026, 11, 20, tzinfo=UTC)).names
    3
    """
    base, documents = default_gates(), dated_rows.documents_of(source, "gates")
    own = [_own(document, item, base) for document, item in dated_rows.section(documents, "gates")]
    dated_rows.lay_over(own, base.rows, _code, name="code", looser=_looser)
    dated_rows.checked(documents)
    return Gates(base.rows, tuple(each.row for each in own))


_IN_USE: list[Gates] = []


def use_gates(source: Path | str) -> Gates:
    """From now on a partnership's own rows are in use. Called once, as the program starts, by `config`."""
    _IN_USE[:] = [gates_with(source)]
    return _IN_USE[0]


def gates_in_use() -> Gates:
    """The partnership's rows, where it has some of its own; else those that come with the package."""
    return _IN_USE[0] if _IN_USE else default_gates()


def _code(row: GateRow) -> str:
    return row.code


# -- a partnership's own


def _looser(own: Placed[GateRow], base: GateRow) -> None:
    for key in ("names", "days"):
        mine, theirs = getattr(own.row, key), getattr(base, key)
        if key in (own.item.mapping or {}) and key not in _SETS.get(base.code, ()):
            own.refuse(key, f"nothing: gate {base.code} counts none")
        elif mine < theirs:
            own.refuse(key, f"{theirs} or more: gate {base.code} may be made stricter, never looser")
    if missing := [level for level in base.levels if level not in own.row.levels]:
        own.refuse("levels", f"{', '.join(missing)} too: gate {base.code} may be made stricter, never looser")
    if own.row.levels and not base.levels:
        own.refuse("levels", f"nothing: gate {base.code} asks of no duties")


_SETS = {Gate.CONFERENCE: ("names",), Gate.STEP_DOWN: ("days",)}
"""Which gate counts what."""


def _own(document: Document, item: Item, base: Gates) -> Placed[GateRow]:
    """A row with what it leaves out as in the package's; what it asks is the package's, answered by fewer reasons."""
    document.only(item, _OWN_KEYS)
    row = _read(document, item)
    held = [each for each in base.rows if each.code == row.code and dated_rows.overlap(each, row)]
    if not held:
        return Placed(row, document, item)
    given = item.mapping or {}
    reasons = _fewer(document, item, held) if "or_why" in given else None
    row = replace(row, left=tuple(name for name in _LEFT if name not in given), reasons=reasons)
    return Placed(row.over(held[-1]), document, item)


def _fewer(document: Document, item: Item, held: list[GateRow]) -> tuple[str, ...]:
    """The requirements that a reason still answers, of those that it does in the package."""
    given = (item.mapping or {})["or_why"]
    kept = _texts(document, given)
    allowed = list(dict.fromkeys(each.code for row in held for each in row.asks if each.or_why))
    if any(code not in allowed for code in kept):
        document.refuse(given, f"no others than {', '.join(allowed) or 'none'}: a gate is made stricter, never looser")
    return kept


# -- reading

_NEEDED = dict.fromkeys(("code", "version", "valid_from", "source", "force"), True)
_LEFT = ("title", "until", "names", "days", "levels")
_KEYS = {**_NEEDED, **dict.fromkeys((*_LEFT, "grade", "valid_to", "asks"), False)}
_OWN_KEYS = {**_NEEDED, **dict.fromkeys((*_LEFT, "grade", "valid_to", "or_why"), False)}
_ASKS_KEYS = {"code": True, "missing": True, "or_why": False, "only_said": False}


def _row(document: Document, item: Item) -> GateRow:
    document.only(item, _KEYS)
    asks = document.items((item.mapping or {}).get("asks"))
    return replace(_read(document, item), asks=tuple(_requirement(document, each) for each in asks))


def _read(document: Document, item: Item) -> GateRow:
    return GateRow(
        code=Gate(document.one_of(item, "code", tuple(Gate)) or Gate.CONCERN),
        **dated_rows.dates(document, item),
        **dated_rows.evidence(document, item),
        title=document.words(item, "title"),
        until=document.words(item, "until"),
        asks=(),
        names=at_least(document, item, "names", 0),
        days=at_least(document, item, "days", 0),
        levels=_levels(document, item),
    )


def _requirement(document: Document, item: Item) -> Requirement:
    document.only(item, _ASKS_KEYS)
    return Requirement(
        document.words(item, "code"),
        document.words(item, "missing"),
        document.yes(item, "or_why"),
        document.yes(item, "only_said"),
    )


def _levels(document: Document, item: Item) -> tuple[str, ...]:
    given = (item.mapping or {}).get("levels")
    found = _texts(document, given)
    if given is not None and any(level not in LEVELS for level in found):
        document.refuse(given, f"levels that there are: {', '.join(LEVELS)}")
    return found


def _texts(document: Document, item: Item | None) -> tuple[str, ...]:
    return tuple(document.words(each) for each in document.items(item))

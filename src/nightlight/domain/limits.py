"""How often and for how long, at most, as dated rows with their source: tries, questions a minute, days of a key.

Read from `limits.yaml`, and from a partnership's own rows laid over it, which stay within the bounds of the package's.
It counts nothing: whoever keeps to a limit asks for its number.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from importlib import resources
from pathlib import Path

from nightlight.domain import dated_rows
from nightlight.domain.dated_rows import Placed
from nightlight.domain.documents import Document, Item
from nightlight.domain.rule_rows import at_least
from nightlight.domain.rule_types import SECTIONS, Force, Grade, RuleRow
from nightlight.timeline.london import local_date

_KEYS = {
    **dict.fromkeys(("code", "version", "valid_from", "what", "amount", "source", "grade"), True),
    **dict.fromkeys(("valid_to", "least", "most", "force"), False),
}
_BOUND_KEYS = dict.fromkeys(("rule", "least", "most"), True)
_MINUTES = {"minutes": 1, "clock_hours": 60, "calendar_days": 1440}


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitRow:
    """One dated version of a limit. least, most: between what a partnership may set its own."""

    code: str
    version: int
    valid_from: date
    what: str
    amount: int
    source: str
    grade: Grade
    force: Force = Force.HUB
    valid_to: date | None = None
    least: int = 0
    most: int = 0


@dataclass(frozen=True, slots=True)
class Bound:
    """Between what a rule that is a time may be set, in minutes."""

    rule: str
    least: int
    most: int

    def holds(self, row: RuleRow) -> bool:
        """Whether a row of that rule keeps within it; a time that is no number of minutes does not."""
        minutes = _MINUTES.get(str(row.unit or ""))
        return minutes is not None and self.least <= (row.amount or 0) * minutes <= self.most


@dataclass(frozen=True, slots=True)
class Limits:
    """All versions of all limits, a partnership's own first; and the bounds of the rules that are times."""

    rows: tuple[LimitRow, ...]
    bounds: tuple[Bound, ...] = ()

    def in_force(self, code: str, at: datetime) -> LimitRow:
        """The row of this code in force at that moment; raises `LookupError` where there is none.

        >>> from datetime import UTC
        >>> default_limits().in_force("SIGN-IN-TRIES", datetime(2026, 11, 23, tzinfo=UTC)).amount
        10
        """
        day = local_date(at)
        for row in self.rows:
            if row.code == code and dated_rows.in_force_on(row, day):
                return row
        raise LookupError(f"there is no limit {code} on {day}: add a row to domain/limits.yaml.")

    def on(self, at: datetime) -> tuple[LimitRow, ...]:
        """The rows that hold at that moment: of one code, the first."""
        return tuple(self.in_force(code, at) for code in dict.fromkeys(row.code for row in self.rows))


@lru_cache(maxsize=1)
def default_limits() -> Limits:
    """The rows that come with the package."""
    text = resources.files("nightlight.domain").joinpath("limits.yaml").read_text(encoding="utf-8")
    document = Document.parse(text, "limits.yaml")
    top = document.only(document.root, {"limits": True, "bounds": True})
    placed = [Placed(_row(document, item), document, item) for item in document.items(top.get("limits"))]
    bounds = tuple(_bound(document, item) for item in document.items(top.get("bounds")))
    for each in placed:
        if not each.row.least <= each.row.amount <= each.row.most:
            each.refuse("amount", "a number from its own least to its own most")
    dated_rows.apart(placed, _code)
    dated_rows.checked([document])
    return Limits(tuple(each.row for each in placed), bounds)


def limits_with(source: Path | str) -> Limits:
    """The package's rows with a partnership's own before them; raises `RulesError` with every mistake.

    >>> own = '''
    ... limits:
    ...   - {code: SIGN-IN-TRIES, version: 2, valid_from: 2026-09-01, what: Fewer., amount: 5,
    ...      source: Our security officer, grade: hub}
    ... '''
    >>> from datetime import UTC
    >>> limits_with(own).in_force("SIGN-IN-TRIES", datetime(2026, 11, 23, tzinfo=UTC)).amount
    5
    """
    base, documents = default_limits(), dated_rows.documents_of(source, "limits")
    own = [Placed(_row(*each), *each) for each in dated_rows.section(documents, "limits")]
    for each in own:
        for key in ("least", "most"):
            if key in (each.item.mapping or {}):
                each.refuse(key, "nothing: the bounds are the package's")
    dated_rows.lay_over(own, base.rows, _code, name="code", looser=_outside)
    dated_rows.checked(documents)
    return Limits((*(each.row for each in own), *base.rows), base.bounds)


_IN_USE: list[Limits] = []


def use_limits(source: Path | str) -> Limits:
    """From now on a partnership's own rows are in use. Called once, as the program starts, by `config`."""
    _IN_USE[:] = [limits_with(source)]
    return _IN_USE[0]


def limits_in_use() -> Limits:
    """The partnership's rows, where it has some of its own; else those that come with the package."""
    return _IN_USE[0] if _IN_USE else default_limits()


def limit(code: str, at: datetime) -> int:
    """The number of a limit at that moment."""
    return limits_in_use().in_force(code, at).amount


def out_of_bounds(rows: Iterable[RuleRow], limits: Limits | None = None) -> list[str]:
    """The rows of rules that are set beyond their bounds, each in a sentence."""
    bounds = {bound.rule: bound for bound in (limits or default_limits()).bounds}
    return [
        f"{row.id} version {row.version}: {row.within()} is out of bounds; set {bound.least} to {bound.most} minutes."
        for row in rows
        if (bound := bounds.get(row.id)) is not None and not bound.holds(row)
    ]


def _row(document: Document, item: Item) -> LimitRow:
    document.only(item, _KEYS)
    return LimitRow(
        code=document.words(item, "code"),
        what=document.words(item, "what"),
        amount=at_least(document, item, "amount", 1),
        least=document.whole(item, "least", 0) or 0,
        most=document.whole(item, "most", 0) or 0,
        **dated_rows.dates(document, item),
        **dated_rows.evidence(document, item),
    )


def _bound(document: Document, item: Item) -> Bound:
    document.only(item, _BOUND_KEYS)
    return Bound(
        document.words(item, "rule"), at_least(document, item, "least", 1), at_least(document, item, "most", 1)
    )


def _outside(placed: Placed[LimitRow], held: LimitRow) -> None:
    if not held.least <= placed.row.amount <= held.most:
        placed.refuse("amount", f"from {held.least} to {held.most}")


def _code(row: LimitRow) -> str:
    return row.code


if "limits" not in SECTIONS:
    raise AssertionError("the file of a partnership's own rules may hold limits: say so in rule_types")

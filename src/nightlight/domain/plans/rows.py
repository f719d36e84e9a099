"""What each kind of plan must hold, as dated rows with their source (`rows.yaml`), a partnership's own over them.

A plan is read under the row of the day on which it was begun. It decides nothing: `contents` does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from importlib import resources
from pathlib import Path
from types import MappingProxyType

from nightlight.domain import dated_rows
from nightlight.domain.dated_rows import Placed
from nightlight.domain.documents import Document, Item
from nightlight.domain.rule_types import Force, Grade
from nightlight.timeline.london import local_date

NEEDS: Mapping[str, str] = MappingProxyType(
    {
        "lead": "who leads it",
        "members": "who is in the core group",
        "outcomes": "what must be different for the child",
        "measures": "how each outcome will be seen, and by when",
        "actions": "who does what by when, every agency's action with its date and a named person",
        "visits": "how often the child is seen, by whom, alone and with others",
        "contingency": "what is done if it does not work: if this, then that, by whom, within how long",
        "tripwires": "what is watched for that would bring more help",
        "protections": "what keeps the child safe now",
        "review": "when it is reviewed",
        "view": "the child's own view of it",
        "family_version": "a version in plain words for the child and family",
    }
)
"""What a plan may have to hold, in words; each has its check in `contents`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRow:
    """One dated version of what a kind of plan must hold. needs: codes of `NEEDS`. visits: the rule row of visits.

    local: where it is UNVERIFIED too, each partnership's own to set.
    """

    kind: str
    version: int
    valid_from: date
    title: str
    needs: tuple[str, ...]
    source: str
    grade: Grade
    force: Force
    visits: str = ""
    valid_to: date | None = None
    local: bool = False


@dataclass(frozen=True, slots=True)
class PlanRows:
    """All versions of all kinds of plan; a partnership's own come first."""

    rows: tuple[PlanRow, ...]

    def find(self, kind: str, at: datetime) -> PlanRow | None:
        """The row of this kind in force at that moment; None where there is none.

        >>> from datetime import UTC
        >>> default_plans().find("child_in_need", datetime(2026, 11, 20, tzinfo=UTC)).visits
        'CIN-VISIT'
        """
        day = local_date(at)
        return next((row for row in self.rows if row.kind == kind and dated_rows.in_force_on(row, day)), None)

    def on(self, at: datetime) -> Mapping[str, PlanRow]:
        """Every kind of plan that can be begun at that moment, with its row."""
        kinds = dict.fromkeys(row.kind for row in default_plans().rows)
        return MappingProxyType({kind: found for kind in kinds if (found := self.find(kind, at))})


_NEEDED = ("kind", "version", "valid_from", "source", "force")
_OPTIONAL = ("title", "needs", "visits", "grade", "valid_to", "local")
_KEYS = {**dict.fromkeys(_NEEDED, True), **dict.fromkeys(_OPTIONAL, False)}


@lru_cache(maxsize=1)
def default_plans() -> PlanRows:
    """The rows that come with the package."""
    text = resources.files("nightlight.domain.plans").joinpath("rows.yaml").read_text(encoding="utf-8")
    documents = [Document.parse(text, "rows.yaml")]
    placed = _placed(documents)
    dated_rows.apart(placed, _kind)
    dated_rows.checked(documents)
    return PlanRows(tuple(each.row for each in placed))


def plans_with(source: Path | str) -> PlanRows:
    """The package's rows with a partnership's own before them: every `.yaml` of a folder, a file, or YAML text.

    What a row of its own leaves out is as in the package's. Raises `RulesError` with every mistake.

    >>> own = '''
    ... plans:
    ...   - {kind: child_in_need, version: 2, valid_from: 2026-01-01, needs: [lead], force: local, source: Our board.}
    ... '''
    >>> plans_with(own)  # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
    nightlight.domain.rule_types.RulesError: plans, line 3: plans[0].needs: expected outcomes, measures, ... too
    """
    base, documents = default_plans(), dated_rows.documents_of(source, "plans")
    own = [_completed(each, base) for each in _placed(documents)]
    dated_rows.lay_over(own, base.rows, _kind, name="kind", looser=_looser)
    dated_rows.checked(documents)
    return PlanRows((*(each.row for each in own), *base.rows))


_IN_USE: list[PlanRows] = []


def use_plans(source: Path | str) -> PlanRows:
    """From now on a partnership's own rows are in use. Called once, as the program starts, by `config`."""
    _IN_USE[:] = [plans_with(source)]
    return _IN_USE[0]


def plans_in_use() -> PlanRows:
    """The partnership's rows, where it has some of its own; else those that come with the package."""
    return _IN_USE[0] if _IN_USE else default_plans()


def _kind(row: PlanRow) -> str:
    return row.kind


def _looser(own: Placed[PlanRow], base: PlanRow) -> None:
    if own.row.visits != base.visits:
        own.refuse("visits", f"{base.visits}: to have visits more often, give that row a value under local_values")
    missing = [need for need in base.needs if need not in own.row.needs]
    if missing and not (own.row.needs and base.local and base.grade is Grade.UNVERIFIED):
        own.refuse("needs", f"{', '.join(missing)} too: {base.kind} may be made stricter, never looser")


def _completed(placed: Placed[PlanRow], base: PlanRows) -> Placed[PlanRow]:
    row, given = placed.row, placed.item.mapping or {}
    held = next((each for each in base.rows if each.kind == row.kind), None)
    left = {name: getattr(held, name) for name in ("title", "needs", "visits") if held and name not in given}
    return replace(placed, row=replace(row, **left))


def _placed(documents: list[Document]) -> list[Placed[PlanRow]]:
    return [Placed(_row(*each), *each) for each in dated_rows.section(documents, "plans")]


def _row(document: Document, item: Item) -> PlanRow:
    document.only(item, _KEYS)
    needs = document.items((item.mapping or {}).get("needs"))
    for each in needs:
        if each.text not in NEEDS:
            document.refuse(each, f"one of {', '.join(NEEDS)}")
    return PlanRow(
        kind=document.words(item, "kind"),
        **dated_rows.dates(document, item),
        **dated_rows.evidence(document, item),
        title=document.words(item, "title"),
        needs=tuple(document.words(each) for each in needs),
        visits=document.words(item, "visits"),
        local=document.yes(item, "local"),
    )

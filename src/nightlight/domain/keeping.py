"""How long what is held: the rows of keeping, each dated and with its source, and what a model says of itself.

What falls due is shown to a person, who decides. Nothing here erases, and no number here is law: the pages that would
make them so were not read, so each is marked, and a partnership sets its own with its data protection officer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from pathlib import Path

from nightlight.domain import dated_rows
from nightlight.domain.dated_rows import Placed
from nightlight.domain.documents import Document, Item
from nightlight.domain.rule_types import Force, Grade


class Of(StrEnum):
    """Whom personal data are of."""

    CHILD = "child"
    ADULT = "adult"
    STAFF = "staff"


class Basis(StrEnum):
    """On what ground personal data are held (lawful basis, UK GDPR and DPA 2018)."""

    NONE_NEEDED = "holds no personal data"
    SAFEGUARDING = "Art 6(1)(c) and (e); Art 9(2)(g) with DPA 2018 Sch 1 para 18 (safeguarding)"
    ACCOUNTABILITY = "Art 6(1)(e); Art 5(2) and 32: showing who did and saw what"
    EMPLOYMENT = "Art 6(1)(e): people who act in their work"


class Kept(StrEnum):
    """How long: the code of a row of keeping, or what else ends it."""

    CHILD_RECORD = "child_record"
    AUDIT = "audit"
    REFUSED = "refused_record"
    DRAFT = "draft"
    DERIVED = "derived: made again from what it is drawn from, and gone with it"
    WORKING = "while the work that it serves goes on"
    REFERENCE = "while it is true of the partnership"


@dataclass(frozen=True, slots=True)
class Declaration:
    """What a model says of itself. erased: how a child's rows of it go; empty where none is a child's."""

    of: tuple[Of, ...]
    basis: Basis
    kept: Kept
    erased: str = ""

    def __post_init__(self) -> None:
        if bool(self.of) == (self.basis is Basis.NONE_NEEDED):
            raise ValueError("personal data need a basis, and a model without any has none")
        if Of.CHILD in self.of and not self.erased:
            raise ValueError("data of a child need a word on how they are erased, or why they are kept")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepingRow:
    """One dated version of how long something is kept.

    from_birth: years after the child's birth; after_last: years after the last entry. The later of those given counts.
    kinds: the kinds of entry of which one makes this row hold for a child's record; empty: for every child.
    """

    code: str
    version: int
    valid_from: date
    what: str
    from_birth: int = 0
    after_last: int = 0
    kinds: tuple[str, ...] = ()
    source: str
    grade: Grade
    force: Force = Force.HUB
    valid_to: date | None = None
    local: bool = True


ROWS = (
    KeepingRow(
        code="child_record",
        version=1,
        valid_from=date(2026, 1, 1),
        what="A child's record is due for review 25 years after birth, and not before 6 years after its last entry.",
        from_birth=25,
        after_last=6,
        source="The usual period of a school's child protection file (birth and 25 years); text not read.",
        grade=Grade.UNVERIFIED,
    ),
    KeepingRow(
        code="child_record_long",
        version=1,
        valid_from=date(2026, 1, 1),
        what="The record of a child who was on a plan or looked after is due for review 75 years after birth.",
        from_birth=75,
        kinds=("social_care.child_protection_plan", "social_care.looked_after"),
        source="The period asked of institutions by the inquiry into child sexual abuse; text not read.",
        grade=Grade.UNVERIFIED,
    ),
    KeepingRow(
        code="refused_record",
        version=1,
        valid_from=date(2026, 1, 1),
        what="A refused record is due for review a year after it came.",
        after_last=1,
        source="Chosen here: long enough for a source to mend it and send it again.",
        grade=Grade.HUB,
    ),
    KeepingRow(
        code="audit",
        version=1,
        valid_from=date(2026, 1, 1),
        what="The audit log is kept as long as any record that it speaks of.",
        from_birth=75,
        source="Chosen here: a look at a record can be asked about as long as the record's subject lives.",
        grade=Grade.HUB,
    ),
)


def rows_for(kinds: Iterable[str], on: date, rows: Iterable[KeepingRow] | None = None) -> tuple[KeepingRow, ...]:
    """The rows that hold on a day for a child whose record has entries of these kinds; of one code the first in force.

    rows: those in use, where none are given.
    """
    held = set(kinds)
    found: dict[str, KeepingRow] = {}
    for row in keeping_in_use() if rows is None else rows:
        if row.code.startswith("child_record") and dated_rows.in_force_on(row, on):
            found.setdefault(row.code, row)
    # In the order of the package's: a row of more kinds of entry comes after the one for every child.
    return tuple(found[code] for code in _CODES if code in found and _is_for(found[code], held))


def keeping_on(day: date) -> tuple[KeepingRow, ...]:
    """Every row that holds on a day: of one code the first."""
    found: dict[str, KeepingRow] = {}
    for row in keeping_in_use():
        if dated_rows.in_force_on(row, day):
            found.setdefault(row.code, row)
    return tuple(found.values())


def _is_for(row: KeepingRow, held: set[str]) -> bool:
    return not row.kinds or bool(held & set(row.kinds))


def due_on(row: KeepingRow, born: date, last_entry: date) -> date:
    """The day on which a record is due for review by a row.

    >>> due_on(ROWS[0], date(2000, 2, 29), date(2024, 1, 1))
    datetime.date(2030, 1, 1)
    """
    return max(_years_on(born, row.from_birth), _years_on(last_entry, row.after_last))


def _years_on(day: date, years: int) -> date:
    """The same day so many years on; the first of March for a 29 February that there is not."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


# -- a partnership's own

_CODES = tuple(dict.fromkeys(row.code for row in ROWS))
_KEYS = {
    **dict.fromkeys(("code", "version", "valid_from", "what", "source", "grade"), True),
    **dict.fromkeys(("valid_to", "from_birth", "after_last", "force"), False),
}
MOST_YEARS = 120


def keeping_with(source: Path | str) -> tuple[KeepingRow, ...]:
    """The package's rows with a partnership's own before them; raises `RulesError` with every mistake.

    >>> own = '''
    ... keeping:
    ...   - {code: child_record, version: 2, valid_from: 2026-09-01, what: Thirty years., from_birth: 30,
    ...      source: Our retention schedule, grade: P, force: local}
    ... '''
    >>> [row.from_birth for row in rows_for([], date(2026, 11, 23), keeping_with(own))]
    [30]
    """
    documents = dated_rows.documents_of(source, "keeping")
    own = [Placed(_row(*each), *each) for each in dated_rows.section(documents, "keeping")]
    for each in own:
        if not 1 <= each.row.from_birth + each.row.after_last or max(_years(each.row)) > MOST_YEARS:
            each.refuse("from_birth", f"years after birth, or after_last, or both: from 1 to {MOST_YEARS}")
    dated_rows.lay_over(own, ROWS, _code, name="code", looser=lambda placed, held: None)
    dated_rows.checked(documents)
    return (*(_of_the_same(each.row) for each in own), *ROWS)


_IN_USE: list[tuple[KeepingRow, ...]] = []


def use_keeping(source: Path | str) -> None:
    """From now on a partnership's own rows are in use. Called once, as the program starts, by `config`."""
    _IN_USE[:] = [keeping_with(source)]


def keeping_in_use() -> tuple[KeepingRow, ...]:
    """The partnership's rows, where it has some of its own, before the package's."""
    return _IN_USE[0] if _IN_USE else ROWS


def _row(document: Document, item: Item) -> KeepingRow:
    document.only(item, _KEYS)
    return KeepingRow(
        code=document.words(item, "code"),
        what=document.words(item, "what"),
        from_birth=document.whole(item, "from_birth", 0) or 0,
        after_last=document.whole(item, "after_last", 0) or 0,
        **dated_rows.dates(document, item),
        **dated_rows.evidence(document, item),
    )


def _of_the_same(row: KeepingRow) -> KeepingRow:
    """A partnership says how long, and the package for whose records: a row is for the entries that its code is for."""
    return replace(row, kinds=next((held.kinds for held in ROWS if held.code == row.code), ()))


def _years(row: KeepingRow) -> tuple[int, int]:
    return row.from_birth, row.after_last


def _code(row: KeepingRow) -> str:
    return row.code

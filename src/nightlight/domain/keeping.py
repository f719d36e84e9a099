"""How long what is held: the rows of keeping, each dated and with its source, and what a model says of itself.

What falls due is shown to a person, who decides. Nothing here erases, and no number here is law: the pages that would
make them so were not read, so each is marked, and a partnership sets its own with its data protection officer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from nightlight.domain.rule_types import Grade


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


def rows_for(kinds: Iterable[str], on: date, rows: Iterable[KeepingRow] = ROWS) -> tuple[KeepingRow, ...]:
    """The rows that hold on a day for a child whose record has entries of these kinds."""
    held = set(kinds)
    child = [row for row in rows if row.code.startswith("child_record") and row.valid_from <= on]
    return tuple(row for row in child if not row.kinds or held & set(row.kinds))


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

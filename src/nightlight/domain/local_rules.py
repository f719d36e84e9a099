"""A partnership's own rules over those that come with the package: its values, within what statute allows.

A row with the force of law or statutory guidance may be made stricter and never looser; what began under the old value
keeps it. A partnership may add rows of its own, which never claim to be law.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

from nightlight.domain.documents import Document, Item, Mistake
from nightlight.domain.rule_rows import Files, Placed, amount_of, at_least, clashes, date_at, ladder_of, unit_of
from nightlight.domain.rule_types import STATUTORY, Force, Grade, RuleRow, Unit, in_words

_KEYS = {
    "id": True, "version": True, "valid_from": True, "valid_to": False, "amount": False, "unit": False, "role": False,
    "out_of_hours": False, "ladder": False, "duty_level": False, "what": False, "source": True,
}  # fmt: skip
_FEWEST_DAYS_OF_A_MONTH = 28


def certainly_no_longer(amount: int, unit: Unit, than: int, than_unit: Unit) -> bool:
    """Whether so much time never ends later than the other, whenever both start.

    Working days last at least until the end of as many days, and school days at least as long as working days.

    >>> certainly_no_longer(24, Unit.CLOCK_HOURS, 1, Unit.WORKING_DAYS)
    True
    >>> certainly_no_longer(2, Unit.WORKING_DAYS, 2, Unit.CALENDAR_DAYS)
    False
    """
    if unit is than_unit or (unit, than_unit) == (Unit.WORKING_DAYS, Unit.SCHOOL_DAYS):
        return amount <= than
    if unit is Unit.MINUTES:
        return certainly_no_longer(-(-amount // 60), Unit.CLOCK_HOURS, than, than_unit)
    if than_unit is Unit.MINUTES:
        return certainly_no_longer(amount, unit, than // 60, Unit.CLOCK_HOURS)
    if unit is Unit.CLOCK_HOURS:
        return amount <= _hours_at_least(than, than_unit)
    if unit is Unit.CALENDAR_DAYS:
        return amount <= _days_at_least(than, than_unit)
    return False  # holidays may stretch it, and a month may have 31 days


def _hours_at_least(amount: int, unit: Unit) -> int:
    """A day counted as a working day is never the Sunday on which an hour is left out."""
    if unit in (Unit.WORKING_DAYS, Unit.SCHOOL_DAYS):
        return 24 * amount
    return 24 * _days_at_least(amount, unit) - 1


def _days_at_least(amount: int, unit: Unit) -> int:
    if unit is Unit.CLOCK_HOURS:
        return (amount - 1) // 24 - 1  # what is counted in days lasts to midnight, up to a day after so many hours
    return amount * _FEWEST_DAYS_OF_A_MONTH if unit is Unit.MONTHS else amount


def over(base: Iterable[RuleRow], local: Files) -> tuple[list[RuleRow], list[Mistake]]:
    """The rows in force once a partnership's own are laid over them, and what is wrong with its own."""
    rows = list(base)
    mistakes = [*local.mistakes, *(m for placed in local.rows for m in _own_row(placed, rows))]
    for document, item in local.local_values:
        before = len(document.mistakes)
        value = _value(document, item, rows, local)
        if value is not None and len(document.mistakes) == before:
            rows = [part for row in rows for part in _without(row, value)] + [value]
        mistakes += document.mistakes[before:]
    rows += [placed.row for placed in local.rows]
    return rows, mistakes or clashes([Placed(row, Mistake("rules", 1, row.id, "")) for row in _latest(rows)])


def _latest(rows: list[RuleRow]) -> list[RuleRow]:
    """One of each id and version: a value that a local one interrupts stands on both sides of it."""
    return list({(row.id, row.version): row for row in rows}.values())


def _own_row(placed: Placed, base: list[RuleRow]) -> list[Mistake]:
    row, place = placed.row, placed.place
    found = []
    if row.force not in (Force.LOCAL, Force.HUB):
        found.append(
            Mistake(place.file, place.line, f"{place.field}.force", "local or hub: a row of your own is no law")
        )
    if any(other.id == row.id for other in base):
        expected = "an id of your own: to change this row, give a value under local_values"
        found.append(Mistake(place.file, place.line, f"{place.field}.id", expected))
    return found


def _value(document: Document, item: Item, rows: list[RuleRow], local: Files) -> RuleRow | None:
    """The row that a local value makes of the one it is laid over."""
    given = document.only(item, _KEYS)
    since, until = date_at(document, item, "valid_from"), date_at(document, item, "valid_to")
    changed = [row for row in rows if row.id == document.words(item, "id")]
    if not changed or since is None:
        if since is not None:
            document.refuse(given.get("id", item), "the id of a row that there is (docs/reference/duties.md)")
        return None
    base = next((row for row in changed if row.in_force_on(since)), None)
    if base is None:
        document.refuse(given["valid_from"], "a date on which a row of that id is in force")
        return None
    version = at_least(document, item, "version", 1)
    if any(row.version == version for row in changed):
        document.refuse(given["version"], "a version of its own: this one is taken")
    made = replace(
        base,
        version=version,
        valid_from=since,
        valid_to=until,
        amount=amount_of(document, item) or base.amount,
        unit=unit_of(document, item) if "unit" in given else base.unit,
        role=document.words(item, "role") or base.role,
        out_of_hours=document.words(item, "out_of_hours") or base.out_of_hours,
        ladder=ladder_of(document, item, local.ladders) or base.ladder,
        duty_level=document.words(item, "duty_level") or base.duty_level,
        what=document.words(item, "what") or base.what,
        source=document.words(item, "source"),
        grade=Grade.HUB if base.force is Force.HUB else base.grade,
    )
    for each in changed:
        if _overlap(made, each):
            _within_statute(document, item, made, each)
    return made


def _overlap(one: RuleRow, other: RuleRow) -> bool:
    return one.valid_from <= (other.valid_to or date.max) and other.valid_from <= (one.valid_to or date.max)


def _within_statute(document: Document, item: Item, made: RuleRow, base: RuleRow) -> None:
    given = item.mapping or {}
    if base.force in STATUTORY:
        if base.amount and not certainly_no_longer(made.amount, made.unit, base.amount, base.unit):
            limit = in_words(base.amount, base.unit)
            document.refuse(
                given.get("amount", item), f"at most {limit}: {base.id} is {base.force}, and may only be made stricter"
            )
        if "ladder" in given:
            document.refuse(given["ladder"], f"no ladder: {base.id} is {base.force}; set its hours and roles only")
    elif not base.local:
        document.refuse(item, f"the id of a row that partnerships may set: {base.id} says local: false", "id")


def _without(row: RuleRow, value: RuleRow) -> list[RuleRow]:
    """What is left of a row on either side of the local value that is laid over it."""
    if row.id != value.id or not _overlap(row, value):
        return [row]
    left = []
    if row.valid_from < value.valid_from:
        left.append(replace(row, valid_to=value.valid_from - timedelta(days=1)))
    if value.valid_to is not None and (row.valid_to is None or value.valid_to < row.valid_to):
        left.append(replace(row, valid_from=value.valid_to + timedelta(days=1)))
    return left

"""The policy laid out as a table, for the second wall: every question that it permits, as Cedar answered it.

Made from the text, never by hand; the answers to this version's text are shipped (`shipped`), and any other text is
asked anew. A question with no relationship in its row is permitted in any.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

from django.db import connection, transaction

from nightlight.domain.access.engine import EVERY_RELATIONSHIP, Answer, Policy, every_who, policy
from nightlight.domain.access.vocabulary import (
    MATTERS,
    SENSITIVITIES,
    WRITTEN_BY,
    Purpose,
    Sort,
    Who,
)
from nightlight.domain.roles import Permission
from nightlight.store.access import shipped

_ALL = frozenset(EVERY_RELATIONSHIP)
_NONE: frozenset[str] = frozenset()
_ASKED_BY_THE_WALL = (
    Permission.TEAM_VIEW, Permission.CHILD_VIEW, Permission.REFUSAL_VIEW, Permission.MATCH_DECIDE,
    Permission.AUDIT_VIEW, Permission.GLASS_REVIEW, Permission.COMPARTMENT_KEEP,
)  # fmt: skip
COLUMNS = ("action", "role", "agency", "relationship", "question")


def lay() -> bool:
    """Lay the text of this version out, unless it is already; returns whether it was laid."""
    asked = policy()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('access_allowed') IS NOT NULL")
        if not cursor.fetchone()[0] or laid() == asked.texts.digest:
            return False
        cursor.execute("DELETE FROM access_allowed")
        rows = shipped.rows(asked) or list(questions(asked))
        with cursor.copy(f"COPY access_allowed ({', '.join(COLUMNS)}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        cursor.execute("DELETE FROM access_laid")
        cursor.execute("INSERT INTO access_laid (digest) VALUES (%s)", [asked.texts.digest])
    return True


def laid() -> str:
    """The digest of the text that the second wall stands on; empty for none."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT digest FROM access_laid")
        row = cursor.fetchone()
    return row[0] if row else ""


def questions(asked: Policy) -> Iterator[tuple[str, str, str, str, str]]:
    """Every question that the policy permits, as a row of the table."""
    for who in every_who():
        for purpose in Purpose:
            yield from _rows("open", who, str(purpose), _opening(asked, who, purpose))
        for permission in _ASKED_BY_THE_WALL:
            yield from _rows("may", who, str(permission), _having(asked, who, permission))
        for sort in every_sort():
            yield from _rows("read", who, key(sort), _reading(asked, who, sort))


def every_sort() -> Iterator[Sort]:
    """Every sort of entry that there can be."""
    for sensitivity, matter, written_by, given, sealed in product(
        SENSITIVITIES, MATTERS, WRITTEN_BY, (False, True), (False, True)
    ):
        yield Sort(sensitivity=sensitivity, matter=matter, written_by=written_by, given=given, sealed=sealed)


def key(sort: Sort) -> str:
    """A sort as the database writes it.

    >>> key(Sort())
    'ordinary/ordinary/other/f/f'
    """
    flags = ("t" if sort.given else "f", "t" if sort.sealed else "f")
    return "/".join((sort.sensitivity, sort.matter, sort.written_by, *flags))


_Ask = Callable[[frozenset[str]], Answer]


def _opening(asked: Policy, who: Who, purpose: Purpose) -> _Ask:
    return lambda relationships: asked.open(who, relationships, purpose=purpose)


def _having(asked: Policy, who: Who, permission: Permission) -> _Ask:
    return lambda _: asked.may(who.role, permission)


def _reading(asked: Policy, who: Who, sort: Sort) -> _Ask:
    return lambda relationships: asked.read(who, relationships, sort)


def _rows(action: str, who: Who, question: str, ask: _Ask) -> Iterator[Any]:
    """A relationship only ever adds to what is permitted (a test holds the text to that), so few need asking."""
    if not ask(_ALL):
        return
    if ask(_NONE):
        yield action, who.role, who.agency, "", question
        return
    for relationship in EVERY_RELATIONSHIP:
        if ask(frozenset({relationship})):
            yield action, who.role, who.agency, relationship, question

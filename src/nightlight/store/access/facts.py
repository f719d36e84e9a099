"""What the policy is asked about, read from rows: relationships to a child, and what is sealed from somebody.

The relationships are worked out by one function in the database, which the second wall asks too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from nightlight.domain.access.vocabulary import Purpose
from nightlight.store.access import wall

_STANDING = "SELECT child, relationships, sealed FROM access_standing_lifted(%s, %s::uuid[], %s)"
_SEALED = "SELECT what, item FROM access_sealed_lifted(%s, %s)"
_STANDING_ASKED = "SELECT child, relationships, sealed FROM access_asked(%s)"
_SEALED_ASKED = "SELECT what, item FROM access_sealed_asked(%s)"


@dataclass(frozen=True, slots=True)
class Standing:
    """How somebody stands to a child: the relationships, and whether the child's record is sealed from them."""

    relationships: frozenset[str] = frozenset()
    sealed: bool = False


@dataclass(frozen=True, slots=True)
class Sealed:
    """Everything that is sealed from somebody, by id. entries: those of sealed records, addresses and children too, and
    what their registers say of where they live.
    """

    entries: frozenset[str] = frozenset()
    source_people: frozenset[str] = frozenset()
    addresses: frozenset[str] = frozenset()
    children: frozenset[str] = frozenset()


def standings(
    person: str, children: Iterable[UUID], at: datetime, purpose: str = Purpose.PROTECT
) -> dict[UUID, Standing]:
    """How somebody stands to each of these that is a person; who is not there has no line.

    Behind the second wall the database remembers, for the request, whom the policy permits to be opened for this.
    """
    if wall.stands_for(person):
        rows = _read(_STANDING_ASKED, [wall.asking(children, at, str(purpose))])
    else:
        with wall.lifted("somebody is asked about whom this connection does not stand for"):
            rows = _read(_STANDING, [person, list(children), at])
    return {child: Standing(frozenset(relationships), sealed) for child, relationships, sealed in rows}


def sealed_from(person: str, at: datetime) -> Sealed:
    """What is in compartments of which somebody is no member at that moment."""
    found: dict[str, set[str]] = {}
    for what, item in _sealed(person, at):
        found.setdefault(what, set()).add(str(item))
    if not found:
        return NOTHING_SEALED
    held = {what: frozenset(items) for what, items in found.items()}
    none: frozenset[str] = frozenset()
    return Sealed(
        held.get("entry", none), held.get("source_person", none), held.get("address", none), held.get("child", none)
    )


NOTHING_SEALED = Sealed()


def _sealed(person: str, at: datetime) -> list[tuple[Any, ...]]:
    if wall.stands_for(person):
        return _read(_SEALED_ASKED, [wall.asking((), at, "")])
    with wall.lifted("somebody is asked about for whom this connection does not stand"):
        return _read(_SEALED, [person, at])


def _read(query: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return list(cursor.fetchall())

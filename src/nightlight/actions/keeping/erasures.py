"""Which records were erased, kept outside the database, so that a backup made before does not bring them back.

The list lies beside the key file and holds ids and times alone. Restoring an older backup erases them again, but for
what is held there: a person decides that.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.db import transaction

from nightlight.actions.keeping import retention
from nightlight.actions.trail import audit
from nightlight.store.audit.models import AuditEvent, Hold
from nightlight.store.keys import vault
from nightlight.store.people.models import Person
from nightlight.store.source.models import ReceivedEvent

NAME = "erased.jsonl"


class NoList(Exception):
    """The list can't be read; the message says where. Nothing was erased by it."""


@dataclass(frozen=True, slots=True)
class Again:
    """What became of the list: how many records were erased again, and those that are held."""

    erased: int
    held: tuple[UUID, ...]


def where() -> Path | None:
    """The list of this installation, beside its key file; None for keys that are in no file."""
    file = vault.file()
    return file.with_name(NAME) if file else None


def erase(*, child: UUID, why: str, by: str, now: datetime) -> dict[str, int]:
    """Erase a child's record (`retention.erase`), and put it on the list once that is done."""
    with transaction.atomic():
        gone = retention.erase(child=child, why=why, by=by, now=now)
        transaction.on_commit(lambda: _add([(child, now)]))
    return gone


def told_by_sources() -> bool:
    """Whether sources told this hub anything: what they told since a backup was made has to be told again."""
    return ReceivedEvent.objects.exists()


def complete() -> int:
    """Put on the list whatever the audit log says was erased and the list does not; how many."""
    path = where()
    if path is None:
        return 0
    known = set(listed(path)) if path.exists() else set()
    rows = AuditEvent.objects.filter(act=retention.ERASED).order_by("id").values_list("child", "at")
    missing = [(child, at) for child, at in rows if child is not None and child not in known]
    _add(missing)
    return len(missing)


def listed(path: Path) -> dict[UUID, datetime]:
    """The records on a list, and when each was erased. Raises `NoList`, naming the line, for one that can't be read."""
    found = {}
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise NoList(f"{path} can't be read.") from None
    for number, line in enumerate(lines, 1):
        try:
            said = json.loads(line)
            found[UUID(said["child"])] = datetime.fromisoformat(said["at"])
        except (ValueError, KeyError, TypeError, AttributeError):
            raise NoList(f"{path}, line {number}: expected an id and a time, as it was written.") from None
    return found


def again(*, path: Path, by: str, now: datetime) -> Again:
    """Erase again what a restored backup brought back of the list, all of it or nothing; leave what is held."""
    wanted = listed(path)
    with transaction.atomic():
        here = set(Person.objects.filter(id__in=list(wanted)).values_list("id", flat=True))
        held = set(Hold.objects.filter(child__in=here, released=None).values_list("child", flat=True))
        for child in sorted(here - held):
            why = f"erased before, on {wanted[child].date().isoformat()}; a restored backup brought it back"
            retention.erase(child=child, why=why, by=by, now=now, before=True)
        audit.record(at=now, by=by, act="erasures.applied", detail={"erased": len(here - held), "held": len(held)})
    return Again(len(here - held), tuple(sorted(held)))


def _add(erased: Iterable[tuple[UUID, datetime]]) -> None:
    path, lines = where(), [json.dumps({"child": str(child), "at": at.isoformat()}) + "\n" for child, at in erased]
    if path is None or not lines:
        return
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "w", encoding="utf-8") as file:
        file.write("".join(lines))
        file.flush()
        os.fsync(file.fileno())

"""Making again what matching is drawn from, after a version that compares or writes it otherwise: keys and addresses.

Nothing is decided here: whoever is matched stays so, and places that are kept apart stay apart. What is as it should be
already is left alone, so that a run which was stopped goes on where it was when it is started again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from django.db import models, transaction

from nightlight.actions.people import places
from nightlight.actions.people.linkage import prepared
from nightlight.actions.trail import audit, turns
from nightlight.matcher.prepared import pack
from nightlight.store.access import wall
from nightlight.store.people import linkage as store
from nightlight.store.people.models import Address, MatchRecord, SourcePerson

PART = 2000
"""Rows in one transaction: deliveries wait no longer than that takes."""

Progress = Callable[[int, int], None]
_Row = TypeVar("_Row", bound=models.Model)


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """How many were looked at, and how many were not as they should be."""

    records: int
    records_changed: int
    addresses: int
    addresses_changed: int


@wall.lifted("every record is made ready to be compared, whoever's it is")
def rebuild(*, by: str, now: datetime, progress: Progress | None = None, part: int = PART) -> Rebuilt:
    """Bring the keys of every record, and the form of every address, to this version's; told (done, in all)."""
    records, addresses = SourcePerson.objects.count(), Address.objects.count()
    counts = {SourcePerson: 0, Address: 0}
    done = 0
    for model, again in ((SourcePerson, _keys_again), (Address, places.form_again)):
        for ids in _parts(model, part):
            with transaction.atomic():
                turns.take()
                counts[model] += again(ids)
            done += len(ids)
            if progress:
                progress(done, records + addresses)
    found = Rebuilt(records, counts[SourcePerson], addresses, counts[Address])
    detail = {"records": found.records_changed, "addresses": found.addresses_changed}
    with transaction.atomic():
        audit.record(at=now, by=by, act="matcher.rebuilt", about="matcher", detail=detail)
    return found


def _parts(model: type[_Row], size: int) -> Iterator[list[UUID]]:
    """The ids of all rows, so many at a time, in their order; what comes while it runs comes as it should be."""
    last = UUID(int=0)
    while ids := list(model._default_manager.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:size]):
        yield ids
        last = ids[-1]


def _keys_again(ids: Sequence[UUID]) -> int:
    held = {row.pk: (row.form, row.keys) for row in MatchRecord.objects.filter(pk__in=ids)}
    made = [(row.id, prepared(row)) for row in SourcePerson.objects.filter(id__in=ids).order_by("id")]
    rows = [(id_, pack(record), list(record.keys)) for id_, record in made]
    changed = [(id_, form, keys) for id_, form, keys in rows if held.get(id_) != (form, keys)]
    store.keep(changed)
    return len(changed)

"""A correction or withdrawal of something that was given reaches everyone who received it, in the same transaction.

Called wherever a record gets a new version: feeds taken in, and concerns that are put right.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Q

from nightlight.actions import audit, notices
from nightlight.actions.sharing_material import sealed_in
from nightlight.domain.notices import Wanted, Why
from nightlight.domain.sharing.vocabulary import Mode
from nightlight.store.access import wall
from nightlight.store.chronology.models import Known
from nightlight.store.people.models import Organisation
from nightlight.store.sharing.models import DisclosedItem, ItemChange

_CHANGED = """
    SELECT e.id, e.retracts, e.sensitivity, e.supersedes FROM chronology_entry e
    WHERE e.system = %s AND e.record_id = ANY(%s) AND e.supersedes IS NOT NULL AND (
        EXISTS (SELECT 1 FROM sharing_item i WHERE i.entry = e.supersedes)
        OR EXISTS (SELECT 1 FROM sharing_itemchange c WHERE c.entry = e.supersedes))
    AND NOT EXISTS (SELECT 1 FROM sharing_itemchange d WHERE d.entry = e.id)
    ORDER BY e.version, e.part
"""


@wall.lifted("whoever was given something hears that it changed, whoever changed it")
def tell(*, system: str, records: Sequence[str], now: datetime) -> int:
    """Tell everyone who was given something of these records that it has changed; how many disclosures were told of."""
    with connection.cursor() as cursor:
        cursor.execute(_CHANGED, [system, list(records)])
        changed = cursor.fetchall()
    told: set[UUID] = set()
    for entry, withdrawn, sensitivity, before in changed:
        told |= {item.disclosure_id for item in _note(entry, withdrawn, sensitivity, before, now)}
    return len(told)


def _note(entry: UUID, withdrawn: bool, sensitivity: str, before: UUID, now: datetime) -> list[DisclosedItem]:
    """Note the change for each item that was given, and tell its receiver."""
    items = list(DisclosedItem.objects.select_related("disclosure").filter(_of(before)).order_by("id"))
    shows = not withdrawn and sensitivity == "ordinary" and not sealed_in([str(entry)], now)
    ItemChange.objects.bulk_create(
        ItemChange(item=item, entry=entry, at=now, withdrawn=withdrawn, shows=shows) for item in items
    )
    _known(entry, items, shows or withdrawn, now)
    _tell(items, entry, now)
    return items


def _of(before: UUID) -> Q:
    """The items that gave an entry, at first or as a correction of what they gave."""
    held = ItemChange.objects.filter(entry=before).values_list("item", flat=True)
    return Q(entry=before) | Q(id__in=list(held))


def _known(entry: UUID, items: Iterable[DisclosedItem], shows: bool, now: datetime) -> None:
    """An agency that knew the whole entry knows what corrects it."""
    whole = [item for item in items if shows and item.mode == Mode.CONTENT and not item.left_out]
    agencies = dict(Organisation.objects.values_list("code", "agency")) if whole else {}
    Known.objects.bulk_create(
        [
            Known(entry_id=entry, agency=agencies[item.disclosure.to_organisation], since=now, how="correction")
            for item in whole
        ],
        ignore_conflicts=True,
    )


def _tell(items: Iterable[DisclosedItem], entry: UUID, now: datetime) -> None:
    wanted = []
    for item in items:
        to = item.disclosure
        wanted.append(
            Wanted(
                key=f"corrected.{item.id}.{entry}", why=Why.CORRECTED, person=to.to_person, about=f"given:{to.id}",
                fast=True,
            )
        )  # fmt: skip
        audit.record(at=now, by=audit.SYSTEM, act="sharing.corrected", child=to.child, about=str(to.id))
    notices.keep([(each, "") for each in wanted], now)

"""A correction or withdrawal of something that was given reaches everyone who received it, in the same transaction; so
does a match that is undone, where what was given turns out to be of somebody else.

Called wherever a record gets a new version (feeds taken in, concerns that are put right), and where a match moves one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Q

from nightlight.actions.sharing.material import sealed_in
from nightlight.actions.telling import notices
from nightlight.actions.trail import audit
from nightlight.domain.notices import Wanted, Why
from nightlight.domain.sharing.vocabulary import Mode
from nightlight.store.access import wall
from nightlight.store.chronology.mapping import load
from nightlight.store.chronology.models import Known
from nightlight.store.people.models import Organisation
from nightlight.store.sharing.models import ConsentEnd, DisclosedItem, ItemChange

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


_OF_RECORD = """
    SELECT i.id FROM sharing_item i JOIN chronology_entrysubject u ON u.entry_id = i.entry
    WHERE u.source_person = %s UNION
    SELECT c.item_id FROM sharing_itemchange c JOIN chronology_entrysubject u ON u.entry_id = c.entry
    WHERE u.source_person = %s
"""


@wall.lifted("whoever was given something hears that it was of another, whoever undid the match")
def tell_of_another(*, source_person: UUID, now: datetime) -> int:
    """Tell everyone who was given something of this record as a child's, of whom it is no longer; how many items.

    Called once the record has moved. What concerns the child by another record too is still theirs.
    """
    with connection.cursor() as cursor:
        cursor.execute(_OF_RECORD, [source_person, source_person])
        given = [id_ for (id_,) in cursor.fetchall()]
    items = list(DisclosedItem.objects.select_related("disclosure").filter(id__in=given).order_by("id"))
    held = load({item.disclosure.child for item in items}) if items else {}
    theirs = {child: {entry.id for entry in chronology.entries} for child, chronology in held.items()}
    lost = [item for item in items if str(item.entry) not in theirs.get(item.disclosure.child, set())]
    told = set(ItemChange.objects.filter(item__in=lost, of_another=True).values_list("item", flat=True))
    lost = [item for item in lost if item.id not in told]
    ItemChange.objects.bulk_create(
        ItemChange(item=item, entry=item.entry, at=now, withdrawn=True, shows=False, of_another=True) for item in lost
    )
    for item in lost:
        _tell([item], item.entry, now)
    return len(lost)


def _note(entry: UUID, withdrawn: bool, sensitivity: str, before: UUID, now: datetime) -> list[DisclosedItem]:
    """Note the change for each item that was given, and tell its receiver."""
    items = list(DisclosedItem.objects.select_related("disclosure").filter(_of(before)).order_by("id"))
    shows = not withdrawn and sensitivity == "ordinary" and not sealed_in([str(entry)], now)
    without = _without_consent(items)
    ItemChange.objects.bulk_create(
        ItemChange(
            item=item, entry=entry, at=now, withdrawn=withdrawn, shows=shows and item.disclosure_id not in without
        )
        for item in items
    )
    _known(entry, [item for item in items if item.disclosure_id not in without], shows or withdrawn, now)
    _tell(items, entry, now)
    return items


def _without_consent(items: Iterable[DisclosedItem]) -> set[UUID]:
    """The disclosures that rested on consent which was taken back, and were not decided to go on: their receivers hear
    that it was wrong, and are shown no more."""
    of = {item.disclosure.decision_id: item.disclosure_id for item in items}
    ended = ConsentEnd.objects.filter(decision__in=list(of)).exclude(anew__goes_on=True)
    return {of[decision] for decision in ended.values_list("decision", flat=True)}


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

"""Addresses: one row for one place, however a source writes it, and where each source says that somebody lives."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Q

from nightlight.actions.people.identity import source_person_id
from nightlight.domain.addresses import normal_form
from nightlight.feeds.records import AddressRecord, PersonRecord, Record
from nightlight.store.bulk import copy_rows
from nightlight.store.intake.writer import LINK, From
from nightlight.store.people.models import Address, SourceAddress, SourcePerson

NAMESPACE = uuid.UUID("8a1b7f0e-52ce-5cf4-b0c9-61646472657a")


def address_key(record: AddressRecord, system: str) -> str:
    """What a new place is known by: its UPRN, else its normal form; one that names no place is its source's alone."""
    if record.uprn:
        return f"uprn:{record.uprn}"
    return normal_form(record.lines, record.postcode) or f"unknown:{system}/{record.source_id}"[:300]


def keep_addresses(records: Iterable[AddressRecord], system: str) -> dict[str, uuid.UUID]:
    """The id of each address by the source's own key; addresses seen for the first time are made.

    Two sources mean one place when they give its UPRN, or write it alike where at most one of them gives a UPRN.
    """
    stated = {record.source_id: record for record in records}
    if not stated:
        return {}
    known = _Places(stated.values())
    ids = {source_id: known.place(record, system).id for source_id, record in stated.items()}
    known.keep()
    SourceAddress.objects.bulk_create(
        [SourceAddress(system=system, source_id=source_id, address_id=id_) for source_id, id_ in ids.items()],
        update_conflicts=True,
        unique_fields=["system", "source_id"],
        update_fields=["address"],
    )
    return ids


class _Places:
    """The places that some records may mean: those that are held, by UPRN and by form, and those that are new."""

    def __init__(self, records: Iterable[AddressRecord]) -> None:
        records = list(records)
        uprns = {record.uprn for record in records if record.uprn}
        self._forms = {record.source_id: normal_form(record.lines, record.postcode) for record in records}
        forms = set(self._forms.values()) - {""}
        self._by_uprn: dict[str, Address] = {}
        self._by_form: dict[str, list[Address]] = defaultdict(list)
        self._new: dict[uuid.UUID, Address] = {}
        self._told: dict[uuid.UUID, Address] = {}
        for row in Address.objects.filter(Q(uprn__in=uprns) | Q(form__in=forms)).order_by("id"):
            self._add(row)

    def _add(self, row: Address) -> None:
        if row.uprn:
            self._by_uprn.setdefault(row.uprn, row)
        if row.form:
            self._by_form[row.form].append(row)

    def place(self, record: AddressRecord, system: str) -> Address:
        form = self._forms[record.source_id]
        held = self._by_uprn.get(record.uprn or "") or self._written_alike(form, record.uprn or "")
        if held is None:
            return self._made(record, form, system)
        if record.uprn and not held.uprn:
            held.uprn = record.uprn
            self._by_uprn[record.uprn] = held
            self._told[held.id] = held
        return held

    def _written_alike(self, form: str, uprn: str) -> Address | None:
        """The place that is written so: for a record with a UPRN one that has none; without, one that is the only."""
        alike = self._by_form.get(form, []) if form else []
        plain = [row for row in alike if not row.uprn]
        if plain:
            return plain[0]
        return alike[0] if len(alike) == 1 and not uprn else None

    def _made(self, record: AddressRecord, form: str, system: str) -> Address:
        key = address_key(record, system)
        id_ = uuid.uuid5(NAMESPACE, key)
        row = Address(
            id=id_, key=key, form=form, lines=list(record.lines), postcode=record.postcode or "", uprn=record.uprn or ""
        )
        self._new[id_] = row
        self._add(row)
        return row

    def keep(self) -> None:
        """Keep what is new, and the UPRNs that were told of places that had none."""
        Address.objects.bulk_create(self._new.values(), ignore_conflicts=True)
        told = [row for id_, row in self._told.items() if id_ not in self._new]
        Address.objects.bulk_update(told, ["uprn"], batch_size=500)


def form_again(ids: Iterable[uuid.UUID]) -> int:
    """Bring these addresses to the normal form of this version of the package; how many changed.

    Two places that have one form now stay two: which entries belong to which was decided when they came.
    """
    changed = []
    for row in Address.objects.filter(id__in=list(ids)).order_by("id"):
        form = normal_form(row.lines, row.postcode or None)
        if form != row.form:
            row.form = form
            changed.append(row)
    Address.objects.bulk_update(changed, ["form"], batch_size=500)
    return len(changed)


def held_addresses(source_ids: Iterable[str], system: str) -> dict[str, uuid.UUID]:
    """The ids of addresses that the source stated before."""
    held = SourceAddress.objects.filter(system=system, source_id__in=list(source_ids))
    return dict(held.values_list("source_id", "address_id"))


@dataclass(frozen=True, slots=True)
class Home:
    """Where a record says that somebody lives, and when the source wrote it down."""

    address: uuid.UUID
    recorded: datetime


def homes_of(records: Iterable[Record], source: From) -> dict[str, Home]:
    """The address that each person is described with, by source id; of several the last. The addresses are kept."""
    said = {
        person.source_id: (_address_of(person, source.system), _recorded(record, source))
        for record in records
        for person in record.people
        if person.address_lines or person.uprn
    }
    addresses = keep_addresses((address for address, _ in said.values()), source.system)
    return {id_: Home(addresses[address.source_id], recorded) for id_, (address, recorded) in said.items()}


def keep_homes(homes: Mapping[str, Home], new: Container[str], source: From) -> set[uuid.UUID]:
    """Keep where each person lives as a residence, until the source says another; `new` were made with theirs.

    Returns the source people whose residence began or ended. The first address a source gives has no beginning: the
    person may have lived there for years before anybody wrote it down.
    """
    ids = {source_id: source_person_id(source.system, source_id) for source_id in homes}
    held = SourcePerson.objects.in_bulk([id_ for source_id, id_ in ids.items() if source_id not in new])
    moving = [
        (_Person(ids[source_id], source_id, row.address_id if row else None), home, row)
        for source_id, home in homes.items()
        for row in (held.get(ids[source_id]),)
        if row is None or row.address_id != home.address
    ]
    newest = _newest(
        source.system, [(who, at) for who, home, row in moving if row for at in (who.address, home.address) if at]
    )
    links = []
    for who, home, row in moving:
        if who.address:
            links.append(_link(who, who.address, home.recorded, source, newest, ends=True))
        links.append(_link(who, home.address, home.recorded, source, newest, first=who.address is None))
        if row:
            row.address_id = home.address
    copy_rows("chronology_link", LINK, links)
    moved = [row for _, _, row in moving if row]
    SourcePerson.objects.bulk_create(
        moved, update_conflicts=True, unique_fields=["id"], update_fields=["address"], batch_size=2000
    )
    return {who.id for who, _, _ in moving}


@dataclass(frozen=True, slots=True)
class _Person:
    """A source person, and where the source said until now that they live."""

    id: uuid.UUID
    source_id: str
    address: uuid.UUID | None


def _address_of(person: PersonRecord, system: str) -> AddressRecord:
    """Where a person is said to live; somebody of no fixed abode lives at no place but their own."""
    own = AddressRecord(
        source_id=person.source_id, lines=person.address_lines, postcode=person.postcode, uprn=person.uprn
    )
    return AddressRecord(
        source_id=f"lives-at/{address_key(own, system)}"[:200],
        lines=person.address_lines,
        postcode=person.postcode,
        uprn=person.uprn,
    )


def _recorded(record: Record, source: From) -> datetime:
    return min((entry.recorded for entry in record.entries), default=source.received)


_Newest = dict[str, tuple[int, datetime | None, uuid.UUID | None]]


def _link(
    row: _Person,
    address: uuid.UUID,
    recorded: datetime,
    source: From,
    newest: _Newest,
    *,
    first: bool = False,
    ends: bool = False,
) -> tuple[object, ...]:
    """One residence as a link row; an ending supersedes the row that began it and keeps its beginning."""
    record_id = _lives(row, address)
    version, began, supersedes = newest.get(record_id, (0, None, None))
    since = began if ends else (None if first else recorded)
    until = recorded if ends else None
    id_ = uuid.uuid5(NAMESPACE, f"{source.system}\x1f{record_id}\x1f{version + 1}")
    return (
        id_, "residence", row.id, None, address, since, until, recorded, source.received, source.agency, source.system,
        record_id, version + 1, 0, supersedes if ends else None, False,
    )  # fmt: skip


def _lives(row: _Person, address: uuid.UUID) -> str:
    return f"lives/{row.source_id}/{address}"


def _newest(system: str, homes: Iterable[tuple[_Person, uuid.UUID]]) -> _Newest:
    """The newest version held of each of these residences."""
    ids = [_lives(row, address) for row, address in homes]
    if not ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT ON (record_id) record_id, version, since, id FROM chronology_link "
            "WHERE system = %s AND record_id = ANY(%s) ORDER BY record_id, version DESC",
            [system, ids],
        )
        return {record_id: (version, since, id_) for record_id, version, since, id_ in cursor.fetchall()}


def all_addresses(records: Iterable[Record]) -> list[AddressRecord]:
    """The addresses that these records state under the source's own keys."""
    return [address for record in records for address in record.addresses]


def ids_of(stated: Mapping[str, uuid.UUID], named: set[str], system: str) -> dict[str, uuid.UUID]:
    """Ids for every address named in entries and links; one the source never described is made from its key alone."""
    found = {**held_addresses(named - set(stated), system), **stated}
    missing = [AddressRecord(source_id=source_id) for source_id in named - set(found)]
    return {**found, **keep_addresses(missing, system)}

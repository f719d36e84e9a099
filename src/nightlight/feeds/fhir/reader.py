"""Reads a delivery of FHIR R4: a resource, a Bundle of any type, or resources one a line, plain or gzipped.

Resources are read a window at a time: within one, medicines and plans are looked at first and people given first, so
that a message whose patient comes last needs no second look, and a bundle of any length needs no more memory than that.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from gzip import BadGzipFile, GzipFile
from hashlib import sha256
from io import BufferedReader
from typing import Any, BinaryIO, cast

import msgspec
import orjson

from nightlight.feeds.fhir.clinical import ENTERED_IN_ERROR, MAPPERS
from nightlight.feeds.fhir.moments import Refused
from nightlight.feeds.fhir.references import canonical, named
from nightlight.feeds.fhir.resources import STRUCTURES, Clinical, Identifier, Medication, Resource
from nightlight.feeds.fhir.stated import Delivery, Stated
from nightlight.feeds.fits import too_long
from nightlight.feeds.jsonstream import Item, items
from nightlight.feeds.records import Feed, FeedContext, Record, Rejection

WINDOW = 500
"""Resources looked at together."""
WINDOW_BYTES = 8_000_000
PEOPLE = frozenset({"Patient", "RelatedPerson"})
_Decoded = Resource | Rejection | None
_GZIP = b"\x1f\x8b"
_PATH = re.compile(r"(?P<expected>.*?)(?: - at `\$\.?(?P<path>.*)`)?")


@dataclass(frozen=True, slots=True)
class Sent:
    """One resource as it was sent: its type, what names it in its bundle, and its bytes."""

    position: str
    kind: str
    value: Mapping[str, Any]
    raw: bytes
    full_url: str = ""
    method: str = ""
    url: str = ""


def read(stream: BinaryIO, context: FeedContext) -> Iterator[Record | Rejection]:
    """Every resource of a delivery as a record (without entries, where it states none), or a rejection saying why."""
    delivery = Delivery(context)
    window: list[Sent] = []
    size = 0
    for found in _sent(_opened(stream)):
        if isinstance(found, Rejection):
            yield found
            continue
        window.append(found)
        size += len(found.raw)
        if len(window) >= WINDOW or size >= WINDOW_BYTES:
            yield from _window(window, delivery)
            window, size = [], 0
    yield from _window(window, delivery)


def _opened(stream: BinaryIO) -> BinaryIO:
    buffered: Any = stream if hasattr(stream, "peek") else BufferedReader(cast(Any, stream))
    if buffered.peek(2)[:2] == _GZIP:
        return cast(BinaryIO, GzipFile(fileobj=buffered))
    opened: BinaryIO = buffered
    return opened


def _sent(stream: BinaryIO) -> Iterator[Sent | Rejection]:
    try:
        for item in items(stream, member="entry"):
            if isinstance(item, Rejection):
                yield item
            else:
                yield from _of_item(item)
    except (BadGzipFile, EOFError, zlib.error):
        expected = "the rest of it: the gzip file is cut short or damaged; send it again"
        yield Rejection(position="end of file", field="document", code="truncated", expected=expected)


def _of_item(item: Item) -> Iterator[Sent | Rejection]:
    """What an element of the file is: a resource, an entry of a bundle, or (one a line) a whole bundle."""
    value = item.value
    if not isinstance(value, dict):
        yield _refused(item.position, "document", "not_fhir", "a FHIR resource", item.raw)
    elif value.get("resourceType") == "Bundle":
        yield from _of_bundle(item, value)
    elif "resourceType" in value:
        yield Sent(item.position, str(value["resourceType"]), value, item.raw)
    elif item.envelope or not ({"resource", "request", "response", "fullUrl"} & value.keys()):
        yield from _of_unknown(item)
    else:
        yield _of_entry(item.position, value, item.raw)


def _of_unknown(item: Item) -> Iterator[Sent | Rejection]:
    """The entries of a List are not a bundle's: it is a resource that states nothing here. Anything else isn't FHIR."""
    if not (isinstance(item.value, dict) and "item" in item.value and not item.envelope):
        yield _refused(item.position, "resourceType", "not_fhir", "a FHIR resource, with its resourceType", item.raw)


def _of_bundle(item: Item, bundle: Mapping[str, Any]) -> Iterator[Sent | Rejection]:
    entries = bundle.get("entry")
    for number, entry in enumerate(entries if isinstance(entries, list) else (), start=1):
        position, raw = f"{item.position}, entry {number}", orjson.dumps(entry)
        if isinstance(entry, dict):
            yield _of_entry(position, entry, raw)
        else:
            yield _refused(position, "document", "not_fhir", "an entry of a bundle", raw)


def _of_entry(position: str, entry: Mapping[str, Any], raw: bytes) -> Sent | Rejection:
    resource, request = entry.get("resource"), entry.get("request")
    request = request if isinstance(request, dict) else {}
    if resource is not None and not (isinstance(resource, dict) and isinstance(resource.get("resourceType"), str)):
        return _refused(position, "resource.resourceType", "not_fhir", "a FHIR resource, with its resourceType", raw)
    return Sent(
        position, resource["resourceType"] if resource else "", resource or {}, raw,
        full_url=str(entry.get("fullUrl") or ""), method=str(request.get("method") or ""),
        url=str(request.get("url") or ""),
    )  # fmt: skip


def _refused(position: str, field: str, code: str, expected: str, raw: bytes) -> Rejection:
    return Rejection(position=position, field=field, code=code, expected=expected, raw=raw)


def _window(window: list[Sent], delivery: Delivery) -> Iterator[Record | Rejection]:
    resources = [(sent, _decoded(sent)) for sent in window]
    for sent, resource in resources:
        if isinstance(resource, Resource):
            _remember(sent, resource, delivery)
    for sent, resource in _in_order(resources):
        if isinstance(resource, Rejection):
            yield resource
        else:
            yield from _record(sent, resource, delivery)


def _in_order(resources: list[tuple[Sent, _Decoded]]) -> list[tuple[Sent, _Decoded]]:
    """People first; and of several versions of one resource, which a history bundle gives newest first, the oldest."""
    ids = [(sent.kind, sent.value["id"]) for sent, _ in resources if isinstance(sent.value.get("id"), str)]
    if len(set(ids)) == len(ids):
        return sorted(resources, key=lambda pair: pair[0].kind not in PEOPLE)
    return sorted(resources, key=lambda pair: (pair[0].kind not in PEOPLE, _last_updated(pair[1])))


def _last_updated(resource: _Decoded) -> str:
    return (resource.meta.lastUpdated or "") if isinstance(resource, Resource) and resource.meta else ""


def _decoded(sent: Sent) -> _Decoded:
    """The parts that are read, with their types checked; None for a resource type that states nothing here."""
    structure = STRUCTURES.get(sent.kind)
    if structure is None:
        return None
    try:
        return msgspec.convert(sent.value, structure)
    except msgspec.ValidationError as error:
        found = _PATH.fullmatch(str(error))
        field = (found["path"] if found else None) or "resource"
        expected = "a value of the type that FHIR R4 gives this field"
        return _refused(sent.position, field, "wrong_type", expected, sent.raw)


def _remember(sent: Sent, resource: Resource, delivery: Delivery) -> None:
    if isinstance(resource, Medication) and resource.code is not None:
        for name in _names(sent, resource):
            delivery.remember_medicine(name, resource.code)
    elif sent.kind == "CarePlan":
        for name in _names(sent, resource):
            delivery.remember(delivery.plans, name)


def _names(sent: Sent, resource: Resource) -> tuple[str, ...]:
    """What other resources may call this one: by its id, and by its place in the bundle."""
    by_id = named(sent.kind, resource.id) if resource.id else ""
    by_url = canonical(sent.full_url, sent.kind) if sent.full_url.startswith("urn:") else ""
    return tuple(dict.fromkeys(name for name in (by_id, by_url) if name)) or (_record_id(sent, resource),)


def _record_id(sent: Sent, resource: Resource | None) -> str:
    """The source's own id of it, the same when it is sent again: its id, its business identifier, its URL, its bytes.

    People have no business identifier here: two children are recorded under one NHS number often enough.
    """
    if id_ := (resource.id if resource else sent.value.get("id")):
        return named(sent.kind, str(id_))
    if isinstance(resource, Clinical) and (identifier := _first(resource.identifier)):
        return f"{sent.kind}/{identifier.system or ''}|{identifier.value}"
    if sent.full_url:
        return canonical(sent.full_url, sent.kind)
    return f"{sent.kind or 'entry'}/sha256-{sha256(sent.raw).hexdigest()[:32]}"


def _first(identifiers: list[Identifier] | Identifier | None) -> Identifier | None:
    listed = [identifiers] if isinstance(identifiers, Identifier) else identifiers or []
    return next((identifier for identifier in listed if identifier.value), None)


def _record(sent: Sent, resource: Resource | None, delivery: Delivery) -> Iterator[Record | Rejection]:
    """The record of one resource and the refusals that stand beside it, or the one refusal of it whole."""
    try:
        record, stated = _read(sent, resource, delivery)
    except Refused as refused:
        yield _refused(sent.position, refused.field, refused.code, refused.expected, sent.raw)
        return
    except msgspec.ValidationError:
        expected = "a contained resource whose fields have the types that FHIR R4 gives them"
        yield _refused(sent.position, "contained", "wrong_type", expected, sent.raw)
        return
    if (allowed := too_long(record)) is not None:
        yield _refused(sent.position, "resource", "too_long", allowed, sent.raw)
        return
    yield record
    for beside in stated.beside if stated else ():
        yield _refused(sent.position, beside.field, beside.code, beside.expected, sent.raw)


def _read(sent: Sent, resource: Resource | None, delivery: Delivery) -> tuple[Record, Stated | None]:
    if sent.method == "DELETE" and sent.url:
        kind = sent.url.split("/")[-2] if "/" in sent.url else sent.kind
        gone = canonical(sent.url, kind)
        return Record(position=sent.position, record_id=gone, raw=sent.raw, withdrawn=True), None
    record_id = _record_id(sent, resource)
    if resource is None:
        return Record(position=sent.position, record_id=record_id, raw=sent.raw), None
    stated = Stated(record_id, delivery, resource, _names(sent, resource))
    if isinstance(resource, Clinical) and resource.status == ENTERED_IN_ERROR:
        stated.withdrawn = True
    else:
        MAPPERS[sent.kind](stated, resource)
    return _kept(sent, stated), stated


def _kept(sent: Sent, stated: Stated) -> Record:
    return Record(
        position=sent.position, record_id=stated.record_id, raw=sent.raw, people=tuple(stated.people),
        links=tuple(stated.links), entries=tuple(stated.entries), withdrawn=stated.withdrawn,
    )  # fmt: skip


FEED = Feed(
    name="fhir",
    title="Health records (FHIR R4, UK Core)",
    agency="health",
    read=read,
    suffixes=(".json", ".ndjson", ".json.gz", ".ndjson.gz"),
)
"""Health records. Which agency's they are (practice, hospital, community) comes with the delivery."""

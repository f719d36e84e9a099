"""The operations of the API. Each says what it reads and every answer that it gives; a key acts as its organisation.

Times are the machine's: whatever is sent is received when it comes.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import re_path
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI, Query, Schema, Status
from ninja.security import HttpBearer

from nightlight.actions.intake import receipts
from nightlight.actions.signin import service_keys
from nightlight.actions.source import answers as source_answers
from nightlight.actions.source import events as source_events
from nightlight.actions.source.signed import Signed
from nightlight.actions.trail import limits
from nightlight.api.problems import TYPE, Problem, TooOften, problem, speak
from nightlight.domain.access.reads import Of, reads
from nightlight.domain.limits import limit
from nightlight.domain.pointers import BadEvent
from nightlight.store.signin.models import ServiceKey

MB, MOST_MB = 1024 * 1024, "DELIVERY-MB"
A_MINUTE, MOST = timedelta(minutes=1), "API-A-MINUTE"
"""How often one key may ask in a minute."""
A_DAY, FIRST_LOAD = timedelta(days=1), "API-FIRST-LOAD"
"""How often beyond that a source may, in a day."""
BAD = {400: Problem, 401: Problem, 403: Problem, 404: Problem, 409: Problem, 413: Problem, 422: Problem, 429: Problem}


def now() -> datetime:
    return datetime.now(UTC)


class Key(HttpBearer):
    """A key that `nightlight key create` made."""

    def authenticate(self, request: HttpRequest, token: str) -> ServiceKey | None:
        key = service_keys.whose(secret=token, now=now())
        who = str(key.id) if key else request.META.get("REMOTE_ADDR", "")
        at = now()
        wait = limits.wait(what="api", who=who, most=limit(MOST, at), span=A_MINUTE, now=at)
        if wait and not _is_loading(key, at):
            raise TooOften(wait)
        return key


def _is_loading(key: ServiceKey | None, at: datetime) -> bool:
    """Whether a source may ask all the same: it begins with all that it holds, an event for each child's signal."""
    if key is None or service_keys.POINT not in key.may:
        return False
    return not limits.wait(what="api.first_load", who=str(key.id), most=limit(FIRST_LOAD, at), span=A_DAY, now=at)


class Receipt(Schema):
    """What became of a delivery. finished: false while it is being taken in. problem: why it could not be read.

    outside: records of children out of the feed's scope, of whom nothing was kept. erased: records that say nothing but
    what was erased here before; nothing of them was kept.
    """

    id: UUID
    feed: str
    received: datetime
    finished: bool
    accepted: int
    unchanged: int
    refused: int
    outside: int
    erased: int
    entries: int
    problem: str


class Fault(Schema):
    """A record that was refused: where it stood, the field, and what was expected."""

    position: str
    field: str
    code: str
    expected: str


class Faults(Schema):
    """A page of the records that were refused; total: of all pages."""

    total: int
    faults: list[Fault]


class Taken(Schema):
    """An event that the hub has. held: it had it before, and did nothing again."""

    id: UUID
    sequence: int
    held: bool


class Waiting(Schema):
    """A request for information that waits for a source. child: the source's own token. by: whoever asked."""

    id: UUID
    child: str
    at: datetime
    harm: str
    asked: str
    mode: str
    consent: str
    what: str
    why: str
    by: str
    name: str
    role: str
    organisation: str
    organisation_name: str
    agency: str


class Requests(Schema):
    """The requests that wait for a source, oldest first."""

    requests: list[Waiting]


class Described(NinjaAPI):
    """An API whose description says that problems are problems."""

    def get_openapi_schema(self, **named: Any) -> Any:
        schema = super().get_openapi_schema(**named)
        for operations in schema["paths"].values():
            for operation in operations.values():
                for status, answer in operation["responses"].items():
                    if int(status) >= 400:
                        answer["content"] = {TYPE: answer["content"]["application/json"]}
        return schema


api = Described(
    title="Nightlight",
    version="1",
    description="For systems of the partnership's organisations. Problems are RFC 9457 (application/problem+json).",
    auth=Key(),
    urls_namespace="api",
    docs_url=None,
    openapi_url="/openapi.json",
)
speak(api)


@api.post(
    "/feeds/{feed}/deliveries",
    response={201: Receipt, **BAD},
    operation_id="deliver",
    openapi_extra={"requestBody": {"required": True, "content": {
        "application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}},
)  # fmt: skip
def deliver(request: HttpRequest, feed: str, name: Annotated[str, Query(max_length=200)] = "") -> Any:
    """Send records of a feed, as the feed's own format has them. Sent again, nothing is doubled."""
    most = limit(MOST_MB, now())
    too_large = problem(413, f"Send at most {most} MB at a time.")
    if int(request.META.get("CONTENT_LENGTH") or 0) > most * MB:
        return too_large
    body = request.read(most * MB + 1)
    if len(body) > most * MB:
        return too_large
    row = receipts.deliver(key=request.auth, feed=feed, body=body, file_name=_plain(name), now=now())
    return Status(201, _receipt(row))


@api.get("/deliveries/{delivery}", response={200: Receipt, **BAD}, operation_id="receipt")
def receipt(request: HttpRequest, delivery: UUID) -> Any:
    """What became of a delivery of the key's own organisation."""
    return _receipt(receipts.receipt(key=request.auth, delivery=delivery, now=now()))


@api.get("/deliveries/{delivery}/faults", response={200: Faults, **BAD}, operation_id="faults")
def faults(request: HttpRequest, delivery: UUID, first: Annotated[int, Query(ge=0, le=10_000_000)] = 0) -> Any:
    """The records of a delivery that were refused, a hundred at a time from `first`."""
    found = receipts.faults(key=request.auth, delivery=delivery, first=first, now=now())
    rows = [
        {"position": each.position, "field": each.field, "code": each.code, "expected": each.expected}
        for each in found.rows
    ]
    return {"total": found.total, "faults": rows}


MOST_OF_AN_EVENT = 4 * 1024 * 1024
_SIGNED = [
    {"name": name, "in": "header", "required": True, "schema": {"type": "string"}, "description": "Standard Webhooks"}
    for name in ("webhook-id", "webhook-timestamp", "webhook-signature")
]


@api.post(
    "/source/events",
    response={200: Taken, 201: Taken, **BAD},
    operation_id="source_event",
    openapi_extra={"parameters": _SIGNED, "requestBody": {"required": True, "content": {
        "application/cloudevents+json": {"schema": {"type": "object"}}}}},
)  # fmt: skip
def source_event(request: HttpRequest) -> Any:
    """Send one event of a source (docs/how-to/run-a-source.md), signed. Sent again, nothing is doubled."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_OF_AN_EVENT:
        return problem(413, f"Send at most {MOST_OF_AN_EVENT // 1024 // 1024} MB at a time.")
    at = now()
    try:
        taken = source_events.receive(
            key=request.auth, signed=_signed(request), body=request.read(MOST_OF_AN_EVENT + 1), now=at
        )
    except BadEvent as error:
        source_events.count_below(error=error, now=at)
        raise
    return Status(200 if taken.held else 201, {"id": taken.id, "sequence": taken.sequence, "held": taken.held})


@api.get(
    "/source/requests",
    response={200: Requests, **BAD},
    operation_id="source_requests",
    openapi_extra={"parameters": _SIGNED},
)
def source_requests(request: HttpRequest) -> Any:
    """The requests for information that wait for the key's own organisation, of children it pointed at. Signed."""
    return {"requests": source_answers.waiting(key=request.auth, signed=_signed(request), now=now())}


def _signed(request: HttpRequest) -> Signed:
    return Signed(*(request.headers.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature")))


def _receipt(row: Any) -> dict[str, Any]:
    same = ("id", "feed", "received", "accepted", "unchanged", "refused", "outside", "erased", "entries", "problem")
    return {**{name: getattr(row, name) for name in same}, "finished": row.finished is not None}


def _plain(name: str) -> str:
    """A file's name without folders, for the feeds that are several tables."""
    return "".join(each for each in name.replace("\\", "/").rpartition("/")[2] if each.isprintable()) or "delivered"


@csrf_exempt
@reads(Of.NOTHING, public=True)
def nowhere(request: HttpRequest) -> HttpResponse:
    """An address that is none of the API's, answered as the API answers."""
    return problem(404, "The API has no such address. It describes itself at /api/v1/openapi.json.")


def addresses() -> Any:
    """The addresses of the API, each saying what it reads: nothing of any child, but what the key's own system sent."""
    patterns, app, namespace = api.urls
    for each in patterns:
        reads(Of.NOTHING, public=True)(each.callback)
    return [*patterns, re_path("", nowhere)], app, namespace

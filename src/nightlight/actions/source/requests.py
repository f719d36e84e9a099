"""A source's end of being asked: a hub's requests become requests here, answered by people with their own decisions.

What somebody here decided to give is drawn from the sharing record as an event: the fields that were given and no
other, and again where what was given has been corrected or withdrawn since.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction

from nightlight.actions.sharing import asking as sharing
from nightlight.actions.sharing import seen as sharing_seen
from nightlight.actions.sharing.standing_consent import ends_of
from nightlight.actions.trail import audit, turns
from nightlight.domain.agencies import AGENCIES
from nightlight.domain.chronology import Entry
from nightlight.domain.pointers import ANSWERED, HUB, Link, Unreachable, stamp
from nightlight.domain.roles import ROLES
from nightlight.domain.sharing.items import Chosen, fields_of
from nightlight.domain.sharing.vocabulary import Asked, Consent, Harm, Mode
from nightlight.store.access import wall
from nightlight.store.people.models import Organisation, Person, Practitioner
from nightlight.store.sharing.models import DisclosedItem, Disclosure, SharingDecision, SharingRequest
from nightlight.store.source.models import HubRequest, OutEvent
from nightlight.store.source.outgoing import add


@wall.lifted("what the hub asks of this organisation becomes a duty of its people")
def pull(*, link: Link, organisation: str, now: datetime) -> int | None:
    """Fetch the requests that wait for this source; how many are new. None where the hub could not be asked."""
    try:
        answer = link.requests(str(uuid4()))
    except Unreachable:
        return None
    found = answer.said.get("requests") if answer.taken and isinstance(answer.said, dict) else None
    if not isinstance(found, list):
        return None
    new = sum(_kept(each, organisation, now) for each in found)
    _gone({str(each.get("id")) for each in found}, now)
    return new


def _kept(said: Mapping[str, Any], organisation: str, now: datetime) -> bool:
    id_, child = UUID(str(said["id"])), UUID(str(said["child"]))
    if HubRequest.objects.filter(id=id_).exists():
        return False
    harm = Harm(said["harm"])
    with transaction.atomic():
        turns.take()  # another worker may fetch the same just now, and a child be erased or joined to another
        if HubRequest.objects.filter(id=id_).exists() or not Person.objects.filter(id=child).exists():
            return False
        by = _asker(said)
        row = SharingRequest.objects.create(
            key=f"{HUB}{id_}", child=child, at=now, by=by.username, organisation=by.organisation_id,
            holder=organisation, asked=Asked(said["asked"]), harm=harm, mode=Mode(said["mode"]),
            consent=Consent(said["consent"]), what=str(said["what"]), why=str(said["why"]),
        )  # fmt: skip
        HubRequest.objects.create(id=id_, request=row.id, child=child, at=now)
        asks = sharing.question(row.id, "answer")
        sharing.owe(child=child, asks=asks, rule=sharing.clock_of(harm), organisation=organisation, now=now)
        audit.record(at=now, by=audit.SYSTEM, act="source.asked", child=child, about=str(row.id))
    return True


def _asker(said: Mapping[str, Any]) -> Practitioner:
    """Whoever asked, as somebody to give to: a name, a role and an organisation, and no way to sign in."""
    agency = said["agency"] if said.get("agency") in AGENCIES else "social_care"
    where, _ = Organisation.objects.get_or_create(
        code=str(said["organisation"])[:80],
        defaults={"name": str(said["organisation_name"])[:200], "agency": agency},
    )
    username = f"{HUB}{said['by']}"[:80]
    held: Practitioner | None = Practitioner.objects.filter(username=username).first()
    if held is not None:
        return held
    role = said["role"] if said.get("role") in ROLES else "staff"
    made: Practitioner = Practitioner.objects.make(
        username=username, name=str(said["name"])[:120], role=role, organisation=where
    )
    return made


def _gone(open_now: set[str], now: datetime) -> None:
    """A request that waits no more at the hub, and was not answered here, was withdrawn there; the duty ends."""
    for row in HubRequest.objects.filter(gone=None, said=""):
        if str(row.id) in open_now or sharing.is_answered(row.request):
            continue
        asked = SharingRequest.objects.get(id=row.request)
        with transaction.atomic():
            sharing.one_answer(asked.id)
            if sharing.is_answered(asked.id):
                continue
            SharingDecision.objects.create(
                key=f"{HUB}{row.id}:withdrawn", request=asked, child=row.child, at=now, by=asked.by,
                organisation=asked.organisation, did="withdrawn", proposed="", rule="", rule_version=0,
                harm=asked.harm, consent=asked.consent, consent_needed=False, informed="", reason=WITHDRAWN_THERE,
            )  # fmt: skip
            asks = [sharing.question(asked.id, "answer"), sharing.question(asked.id, "advice")]
            sharing.settled(by=asked.by, asks=asks, reason=WITHDRAWN_THERE, now=now)
            HubRequest.objects.filter(id=row.id).update(gone=now)


WITHDRAWN_THERE = "It does not wait at the hub any more: it was withdrawn there, or answered otherwise."


@wall.lifted("what somebody decided to give goes to the hub, and nothing else does")
def draw(*, now: datetime) -> int:
    """Put what was decided, or has changed of what was given, into the outbox; how many events were added."""
    added = 0
    for row in HubRequest.objects.filter(gone=None).order_by("at"):
        said = _answer(row)
        mark = hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest() if said else ""
        if not said or mark == row.said:
            continue
        with transaction.atomic():
            if not HubRequest.objects.filter(id=row.id, said=row.said).update(said=mark):
                continue
            add([OutEvent(id=uuid4(), child=row.child, type=ANSWERED, about=row.id, data=said, made=now)])
            audit.record(at=now, by=audit.SYSTEM, act="source.answered", child=row.child, about=str(row.request))
        added += 1
    return added


def _answer(row: HubRequest) -> dict[str, Any] | None:
    """What was decided of a request, as its hub is told; None while nothing is."""
    if not sharing.is_answered(row.request):
        return None
    decision = SharingDecision.objects.filter(request=row.request, did__in=sharing.ANSWERS).order_by("-at", "-id")[0]
    if decision.did == "withdrawn":
        return None
    by = Practitioner.objects.filter(username=decision.by).first()
    said: dict[str, Any] = {
        "request": str(row.id), "did": decision.did, "by": by.name if by else decision.by,
        "proposed": decision.proposed, "rule": decision.rule, "rule_version": decision.rule_version,
        "consent_needed": decision.consent_needed, "informed": decision.informed,
    }  # fmt: skip
    if decision.did in ("refused", "nothing"):
        reviewer = Practitioner.objects.filter(username=decision.reviewer).first()
        review = {"reviewer": reviewer.name if reviewer else "", "review_at": _stamped(decision.review_at)}
        return {**said, "told": decision.told, **(review if decision.did == "refused" else {})}
    disclosure = Disclosure.objects.get(decision=decision)
    return {
        **said, **_consent_taken_back(decision.id), "reason": decision.reason, "note": disclosure.note,
        "powers": disclosure.powers,
        "basis": disclosure.basis, "confidentiality": disclosure.confidentiality,
        "restrictions": disclosure.restrictions, "items": _items(disclosure),
    }  # fmt: skip


def _consent_taken_back(decision: UUID) -> dict[str, str]:
    """When consent to what was given was taken back, so that the hub tells whoever has it there. Not whose it was."""
    end = ends_of([decision]).get(decision)
    return {"consent_taken_back": stamp(end.taken_back.on)} if end else {}


def _stamped(at: datetime | None) -> str:
    return stamp(at) if at else ""


def _items(disclosure: Disclosure) -> list[dict[str, Any]]:
    """Each entry of which something is given, with the fields that are; one of which not even the kind is, is not."""
    items = list(disclosure.items.prefetch_related("changes").order_by("id"))
    newest = {item.id: max(item.changes.all(), key=lambda each: each.id, default=None) for item in items}
    shown = [change.entry for change in newest.values() if change is not None]
    entries = sharing_seen.entries_of([item.entry for item in items] + shown)
    return [
        _item(item, newest[item.id], entries)
        for item in items
        if item.mode == Mode.CONTENT and "kind" in item.fields and item.entry in entries
    ]


def _item(item: DisclosedItem, change: Any, entries: Mapping[UUID, Entry]) -> dict[str, Any]:
    entry = entries[item.entry]
    if change is not None and change.shows and not change.withdrawn:
        entry = entries.get(change.entry, entry)
    chosen = Chosen(str(item.entry), Mode.CONTENT, tuple(item.fields))
    return {
        "entry": str(item.entry), "recorded": stamp(entry.recorded.latest), "left_out": list(chosen.left_out(entry)),
        "fields": {each.code: _plain(each.value) for each in fields_of(entry) if chosen.shows(each.code)},
        "withdrawn": bool(change is not None and change.withdrawn),
    }  # fmt: skip


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


@dataclass(frozen=True, slots=True)
class Line:
    """A request of the hub's as a list has it: by ids, never by name."""

    request: UUID
    at: datetime
    harm: str
    by: str
    stands: str


@wall.lifted("which requests wait: ids and times")
def listed() -> list[Line]:
    """The requests that this source was made, newest first, and how each stands."""
    rows = list(HubRequest.objects.order_by("-at")[:200])
    asked = {row.id: row for row in SharingRequest.objects.filter(id__in=[each.request for each in rows])}
    done = sharing.answered(asked)
    return [
        Line(row.request, row.at, asked[row.request].harm, asked[row.request].organisation, _stands(row, done))
        for row in rows
        if row.request in asked
    ]


def _stands(row: HubRequest, done: set[UUID]) -> str:
    if row.gone:
        return "withdrawn at the hub"
    sent = OutEvent.objects.filter(about=row.id).order_by("-number").values_list("state", flat=True).first()
    if row.request not in done:
        return "waits for somebody here"
    return {"sent": "answered", "refused": "answered, and refused by the hub"}.get(sent or "", "answered, on its way")

"""The hub's end of asking a source: the requests that wait for it, and its answers with what it gave.

What it gave becomes entries of the child's record; that it was given, by whom and on what ground, is the sharing record
as it would be had its people answered here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from nightlight.actions.sharing import asking as sharing
from nightlight.actions.sharing import consent
from nightlight.actions.signin.service_keys import actor
from nightlight.actions.source import pointers
from nightlight.actions.source.pointers import system_of
from nightlight.actions.source.signed import Signed, checked
from nightlight.actions.telling import notices
from nightlight.actions.trail import audit
from nightlight.domain.kinds import problems_with
from nightlight.domain.notices import Wanted, Why
from nightlight.domain.pointers import LONGEST, BadEvent, Event, stamp
from nightlight.domain.records import EntryRecord, PersonRecord, Record, SubjectRecord
from nightlight.domain.sharing.items import ATTRIBUTE
from nightlight.domain.sharing.vocabulary import Harm, Mode
from nightlight.store.access import wall
from nightlight.store.chronology.models import EntryRow
from nightlight.store.people.models import Practitioner, SourcePerson
from nightlight.store.sharing.models import DisclosedItem, Disclosure, SharingDecision, SharingRequest
from nightlight.store.signin.models import ServiceKey
from nightlight.timeline.partial import Partial

MOST_ITEMS, MOST_WORDS = 500, 20_000
_DID = ("given", "part", "existence", "refused", "nothing")


@wall.lifted("a source reads what its own organisation is asked, of children whom it pointed at")
def waiting(*, key: ServiceKey, signed: Signed, now: datetime) -> list[dict[str, Any]]:
    """The requests that wait for a source's answer, oldest first. That they were read is on record."""
    checked(key=key, signed=signed, body=b"", now=now)
    open_to = SharingRequest.objects.filter(holder=key.organisation_id).order_by("at", "id")
    done = sharing.answered(row.id for row in open_to)
    rows = [row for row in open_to if row.id not in done][:100]
    tokens = _tokens(key.organisation_id, [row.child for row in rows])
    asked = [(row, tokens[row.child]) for row in rows if row.child in tokens]
    who = {each.username: each for each in Practitioner.objects.filter(username__in=[row.by for row in rows])}
    if asked:
        audit.record(at=now, by=actor(key), act="source.requests", detail={"requests": len(asked)})
    return [_said(row, token, who.get(row.by)) for row, token in asked]


def _tokens(organisation: str, children: Sequence[UUID]) -> dict[UUID, str]:
    rows = SourcePerson.objects.filter(system=system_of(organisation), person__in=children).order_by("updated")
    return dict(rows.values_list("person_id", "source_id"))


def _said(row: SharingRequest, token: str, by: Practitioner | None) -> dict[str, Any]:
    return {
        "id": str(row.id), "child": token, "at": stamp(row.at), "harm": row.harm, "asked": row.asked,
        "mode": row.mode, "consent": row.consent, "what": row.what, "why": row.why, "by": row.by,
        "name": by.name if by else row.by, "role": by.role if by else "staff", "organisation": row.organisation,
        "organisation_name": by.organisation.name if by else row.organisation,
        "agency": by.organisation.agency if by else "social_care",
    }  # fmt: skip


def take(*, key: ServiceKey, event: Event, now: datetime) -> None:
    """Take an answer: its items as entries, and the decision, once. A later one of the same request corrects items."""
    row = _asked(key, event)
    sharing.one_answer(row.id)
    _not_answered_otherwise(row)
    items = _items(event)
    records = [_record(event, item, now) for item in items]
    if records:
        pointers.keep(records, key=key, now=now, name=f"answer {event.id}")
    if not SharingDecision.objects.filter(key=key_of(row)).exists():
        decision = _decided(key, event, row, now)
        if decision.did not in ("refused", "nothing"):
            _disclosed(key, event, row, decision, items, now)
        _tell(row, decision, now)
    _consent_taken_back(key, event, row, now)


def _consent_taken_back(key: ServiceKey, event: Event, row: SharingRequest, now: datetime) -> None:
    """What its source gave on consent that was taken back there: whoever has it here is told, and asked."""
    if "consent_taken_back" not in event.data:
        return
    try:
        on = datetime.fromisoformat(_text(event.data, "consent_taken_back"))
        if on.tzinfo is None:
            raise ValueError
    except ValueError:
        raise BadEvent("data.consent_taken_back", "bad_value", "when it was taken back, with its zone") from None
    decision = SharingDecision.objects.filter(key=key_of(row)).first()
    if decision is not None:
        consent.told_by_source(decision=decision, by=decision.by, on=on, now=now)


def nothing_left(*, key: ServiceKey, event: Event, now: datetime) -> None:
    """Answer what still waits of a child whom this source knows no more: it holds nothing, and nobody waits for it."""
    system = system_of(key.organisation_id)
    of = SourcePerson.objects.filter(system=system)
    children = set(of.filter(source_id=str(event.subject)).values_list("person_id", flat=True))
    children -= set(of.exclude(source_id=str(event.subject)).values_list("person_id", flat=True))
    rows = list(SharingRequest.objects.filter(holder=key.organisation_id, child__in=children).order_by("at", "id"))
    for row in rows:
        sharing.one_answer(row.id)
        if not sharing.is_answered(row.id):
            said = replace(event, data={"did": "nothing", "by": "its records", "told": ERASED_THERE})
            _tell(row, _decided(key, said, row, now), now)


ERASED_THERE = "The organisation has erased what it held of this child."


def key_of(row: SharingRequest) -> str:
    """The key of its source's answer to a request: there is one."""
    return f"source:{row.id}"


def nothing_of(row: SharingRequest, *, organisation: str, now: datetime) -> SharingDecision:
    """What was given of it is erased: that its source holds nothing any more is its answer from then on."""
    return SharingDecision.objects.create(
        key=key_of(row), request=row, child=row.child, at=now, by=f"its records ({organisation})"[:80],
        organisation=organisation, did="nothing", proposed="", rule="", rule_version=0, harm=row.harm,
        consent=row.consent, consent_needed=False, informed="", told=ERASED_THERE,
    )  # fmt: skip


def _asked(key: ServiceKey, event: Event) -> SharingRequest:
    try:
        wanted = UUID(str(event.data.get("request")))
    except ValueError:
        raise BadEvent("data.request", "bad_value", "the id of a request that waits for this source") from None
    row = SharingRequest.objects.filter(id=wanted, holder=key.organisation_id).first()
    if row is None or _tokens(key.organisation_id, [row.child]).get(row.child) != str(event.subject):
        raise BadEvent("data.request", "not_asked", "a request that was made of this source, about this child")
    if event.data.get("did") not in _DID:
        raise BadEvent("data.did", "bad_value", f"one of {', '.join(_DID)}")
    return row


def _not_answered_otherwise(row: SharingRequest) -> None:
    decided = SharingDecision.objects.filter(request=row, did__in=sharing.ANSWERS).exclude(key=key_of(row))
    if decided.exists():
        raise BadEvent(
            "data.request", "answered", "a request that has no answer yet: this one was answered or withdrawn"
        )


def _items(event: Event) -> list[Mapping[str, Any]]:
    items = event.data.get("items", [])
    if not isinstance(items, list) or len(items) > MOST_ITEMS or not all(isinstance(each, dict) for each in items):
        raise BadEvent("data.items", "bad_value", f"at most {MOST_ITEMS} items")
    return items


def _record(event: Event, item: Mapping[str, Any], now: datetime) -> Record:
    """One given entry as a record; of the fields, those that were given. Withdrawn at the source, it is here, too."""
    fields, withdrawn = item.get("fields"), bool(item.get("withdrawn"))
    if not isinstance(fields, dict) or not all(isinstance(each, str) for each in fields):
        raise BadEvent("data.items.fields", "bad_value", "the fields that were given, by name")
    attributes = {name.removeprefix(ATTRIBUTE): value for name, value in fields.items() if name.startswith(ATTRIBUTE)}
    kind = str(fields.get("kind", ""))
    if problems := problems_with(kind, attributes):
        raise BadEvent(f"data.items.{problems[0].field}", problems[0].code, problems[0].expected)
    try:
        recorded = min(datetime.fromisoformat(str(item["recorded"])), now)
        occurred = Partial.parse(str(fields["when"])) if "when" in fields else Partial.instant(recorded)
        until = Partial.parse(str(fields["until"])) if fields.get("until") else None
        entry = UUID(str(item["entry"]))
    except (KeyError, ValueError, TypeError):
        raise BadEvent("data.items", "bad_value", "entry, recorded, and dates as Nightlight writes them") from None
    words, text = str(fields.get("words", "")), str(fields.get("text", ""))
    if max(len(words), len(text)) > MOST_WORDS:
        raise BadEvent("data.items.fields", "too_long", f"words and text of at most {MOST_WORDS:,} characters")
    token = str(event.subject)
    return Record(
        position=f"item {entry}",
        record_id=f"given/{event.data['request']}/{entry}",
        raw=json.dumps(item, sort_keys=True).encode(),
        people=(PersonRecord(source_id=token, role="child"),),
        entries=(
            EntryRecord(
                kind=kind, subjects=(SubjectRecord(token),), occurred=occurred, recorded=recorded, until=until,
                attributes=attributes, words=words, text=text,
            ),
        ),
        withdrawn=withdrawn,
    )  # fmt: skip


def _text(data: Mapping[str, Any], name: str, most: int = LONGEST) -> str:
    value = data.get(name, "")
    if not isinstance(value, str) or len(value) > most:
        raise BadEvent(f"data.{name}", "bad_value", f"text of at most {most} characters")
    return value


def _decided(key: ServiceKey, event: Event, row: SharingRequest, now: datetime) -> SharingDecision:
    data = event.data
    refused = data["did"] == "refused"
    try:
        review = datetime.fromisoformat(_text(data, "review_at")) if refused else None
        version = int(data.get("rule_version", 0))
    except (ValueError, TypeError):
        raise BadEvent("data.review_at", "bad_value", "when another looks at the refusal again") from None
    if refused and (review is None or review <= now or not _text(data, "reviewer")):
        raise BadEvent("data.review_at", "missing", "a refusal that another looks at again, and when")
    return SharingDecision.objects.create(
        key=key_of(row), request=row, child=row.child, at=now,
        by=f"{_text(data, 'by', 60)} ({key.organisation_id})"[:80], organisation=key.organisation_id,
        did=data["did"], proposed=_text(data, "proposed", 30), rule=_text(data, "rule", 20), rule_version=version,
        harm=row.harm, consent=row.consent,
        consent_needed=bool(data.get("consent_needed", False)), informed=_text(data, "informed", 30),
        reason=_text(data, "reason", MOST_WORDS), told=_text(data, "told", MOST_WORDS),
        reviewer=_text(data, "reviewer", 80), review_at=review,
    )  # fmt: skip


def _disclosed(
    key: ServiceKey, event: Event, row: SharingRequest, decision: SharingDecision, items: Sequence[Mapping[str, Any]],
    now: datetime,
) -> None:  # fmt: skip
    data = event.data
    disclosure = Disclosure.objects.create(
        decision=decision, child=row.child, at=now, by=decision.by, organisation=key.organisation_id,
        to_person=row.by, to_organisation=row.organisation, note=_text(data, "note", MOST_WORDS),
        powers=_strings(data, "powers", 120), basis=_strings(data, "basis", 20),
        confidentiality=_text(data, "confidentiality", 80), restrictions=_strings(data, "restrictions", 20),
    )  # fmt: skip
    kept = EntryRow.objects.filter(
        system=system_of(key.organisation_id), record_id__startswith=f"given/{row.id}/", retracts=False, version=1
    )
    ids = {each.record_id.rpartition("/")[2]: each.id for each in kept}
    DisclosedItem.objects.bulk_create(
        DisclosedItem(
            disclosure=disclosure, entry=ids[str(item["entry"])], mode=Mode.CONTENT,
            fields=sorted(item["fields"]), left_out=_strings(item, "left_out", 120),
        )
        for item in items
        if str(item["entry"]) in ids
    )  # fmt: skip


def _strings(data: Mapping[str, Any], name: str, most: int) -> list[str]:
    value = data.get(name, [])
    if not isinstance(value, list) or not all(isinstance(each, str) and len(each) <= most for each in value):
        raise BadEvent(f"data.{name}", "bad_value", f"a list of texts of at most {most} characters")
    return value


def _tell(row: SharingRequest, decision: SharingDecision, now: datetime) -> None:
    """The duty to answer is done, and whoever asked hears of it."""
    asks = [sharing.question(row.id, "answer"), sharing.question(row.id, "advice")]
    sharing.settled(by=decision.by, asks=asks, reason="Its source answered, as is on record.", now=now)
    disclosure = Disclosure.objects.filter(decision=decision).first()
    about = f"given:{disclosure.id}" if disclosure else f"asked:{row.id}"
    fast = row.harm in (Harm.IMMEDIATE, Harm.SIGNIFICANT)
    wanted = Wanted(key=f"answered.{decision.id}", why=Why.ANSWERED, person=row.by, about=about, fast=fast)
    notices.keep([(wanted, "")], now)
    audit.record(at=now, by=decision.by, act="sharing.answered", child=row.child, about=str(row.id))

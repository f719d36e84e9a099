"""The hub's end of pointers: one becomes an entry of kind `signal.fired`, matched and evaluated like any record.

Who may send one, and in which order, was seen to before (`source_events`).
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import datetime
from typing import BinaryIO

from nightlight.actions.intake import scope
from nightlight.actions.intake.ingest import deliver_stream
from nightlight.actions.signin.service_keys import actor
from nightlight.domain.people import normal_nhs_number, normal_upn
from nightlight.domain.pointers import FEED, WITHDRAWN, BadEvent, Event, Signal
from nightlight.domain.records import EntryRecord, PersonRecord, Record, SubjectRecord
from nightlight.domain.scope.rows import rows_in_use
from nightlight.feeds.records import Feed, FeedContext
from nightlight.indicators.checks import IndicatorError
from nightlight.indicators.versions import rule_by_hash
from nightlight.store.chronology.models import EntryRow, EntrySubject
from nightlight.store.keys.link import NotSealedForUs, opened_child
from nightlight.store.people.models import SourcePerson
from nightlight.store.signin.models import ServiceKey
from nightlight.timeline.partial import Partial

_NORMAL = {"nhs_number": normal_nhs_number, "upn": normal_upn}


def keep_signal(*, key: ServiceKey, event: Event, signal: Signal, secret: str, now: datetime) -> None:
    """Keep a pointer as an entry, or withdraw the one it was; raises `BadEvent` for one that can't be kept."""
    if signal.agency != key.organisation.agency:
        raise BadEvent("data.agency", "not_yours", "the agency of the organisation that sends it")
    known_rule(signal)
    if not rows_in_use().of(FEED, key.organisation_id, now).takes(signal.level):
        raise BadEvent("data.level", scope.BELOW, "a level that the scope of signals takes (docs/reference/scope.md)")
    keep([_record(event, signal, _child(signal, secret))], key=key, now=now, name=f"pointer {event.id}")


def known_rule(signal: Signal) -> None:
    """Refuse an indicator that this hub does not know by this very rule: nobody could say what it means."""
    try:
        version = rule_by_hash(signal.rule)
    except IndicatorError:
        version = None
    if version is None or version.code != signal.indicator:
        raise BadEvent(
            "data.rule", "unknown_rule", "an indicator and rule that this hub has. Update whichever is older"
        )
    if version.level != signal.level:
        raise BadEvent("data.level", "not_its_level", "the level that this rule has")


def withdraw_all(*, key: ServiceKey, event: Event, now: datetime) -> int:
    """Withdraw whatever this source told or gave of a child, as one that erased its record; how many records."""
    system = system_of(key.organisation_id)
    theirs = EntrySubject.objects.filter(
        source_person__in=SourcePerson.objects.filter(system=system, source_id=str(event.subject)).values("id")
    )
    held = EntryRow.objects.filter(system=system, id__in=theirs.values("entry"))
    newest = held.filter(retracts=False).exclude(id__in=held.exclude(supersedes=None).values("supersedes"))
    records = [_gone(event, record_id) for record_id in sorted(set(newest.values_list("record_id", flat=True)))]
    if records:
        keep(records, key=key, now=now, name=f"erased {event.id}")
    return len(records)


def _gone(event: Event, record_id: str) -> Record:
    raw = json.dumps({"erased": str(event.id), "record": record_id}, sort_keys=True).encode()
    return Record(position=f"event {event.id}", record_id=record_id, raw=raw, withdrawn=True)


def _child(signal: Signal, secret: str) -> PersonRecord:
    if not signal.scheme:
        return PersonRecord(source_id="", role="child")
    try:
        number = _NORMAL[signal.scheme](opened_child(secret, signal.scheme, signal.sealed))
    except NotSealedForUs:
        number = None
    if number is None:
        raise BadEvent("data.child.sealed", "not_opened", f"a valid {signal.scheme}, sealed with the secret of the key")
    nhs = signal.scheme == "nhs_number"
    return PersonRecord(source_id="", role="child", nhs_number=number if nhs else None, upn=None if nhs else number)


def _record(event: Event, signal: Signal, child: PersonRecord) -> Record:
    """A pointer as a record: an entry of its own, and not a word of content. Who it is about is not among its bytes."""
    token = str(event.subject)
    entry = EntryRecord(
        kind="signal.fired",
        subjects=(SubjectRecord(token),),
        occurred=Partial.instant(signal.since),
        recorded=max(signal.since, min(event.time, signal.until or event.time)),
        until=Partial.instant(signal.until) if signal.until else None,
        attributes={
            "indicator": signal.indicator, "level": signal.level, "rule": signal.rule,
            **({"contact": signal.contact} if signal.contact else {}),
        },
    )  # fmt: skip
    return Record(
        position=f"event {event.id}",
        record_id=f"signal/{signal.id}",
        raw=json.dumps({**signal.said(), "withdrawn": event.type == WITHDRAWN}, sort_keys=True).encode(),
        people=_people(token, child),
        entries=(entry,),
        withdrawn=event.type == WITHDRAWN,
    )


def _people(token: str, child: PersonRecord) -> tuple[PersonRecord, ...]:
    """Who it is about. Where no number came, what is held of them stays as it is."""
    if child.nhs_number is None and child.upn is None:
        return ()
    return (PersonRecord(source_id=token, role=child.role, nhs_number=child.nhs_number, upn=child.upn),)


def keep(records: list[Record], *, key: ServiceKey, now: datetime, name: str) -> None:
    """Take these in as the key's organisation's, like any delivery, or nothing of them. Raises `BadEvent`."""

    def given(_stream: BinaryIO, _context: FeedContext) -> Iterator[Record]:
        yield from records

    feed = Feed(name=FEED, title="Pointers", agency=key.organisation.agency, read=given, suffixes=())
    context = FeedContext(
        agency=key.organisation.agency, organisation=key.organisation_id, system=system_of(key.organisation_id),
        now=now, file_name=name,
    )  # fmt: skip
    withdraws = all(record.withdrawn for record in records)
    report = deliver_stream(feed=feed, stream=io.BytesIO(), context=context, by=actor(key), withdraws=withdraws)
    if report.refused:
        raise BadEvent("data", "not_kept", "what the hub can keep; ask whoever runs it")


def system_of(organisation: str) -> str:
    """The name of a source's system here: its children are known by its own tokens.

    >>> system_of("oak-trust")
    'source:oak-trust'
    """
    return f"source:{organisation}"

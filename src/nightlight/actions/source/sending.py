"""A source's end: the outbox goes to the hub, each event once and in order among its child's, through any outage.

An event is known to have arrived only by the hub's answer. Without one, the same event under the same id and number is
sent again, and the hub takes it for what it is. One sender at a time: whoever is killed lets go with its connection.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Min, Q

from nightlight.actions.source.outbox import Own, forget_told, number_of
from nightlight.domain.pointers import FIRED, WITHDRAWN, Answer, Event, Link, Unreachable, written
from nightlight.store.access import wall
from nightlight.store.source.models import OutEvent, SourceChild, SourceRun
from nightlight.store.source.outgoing import end_of_outbox

_LOCK = 0x4E4C5352
_PAUSES = (2, 5, 15, 60, 300)
"""Seconds to wait after each failure, one after another; then the last again and again."""
_MISPLACED_AT_MOST = 3
_HEADS = """
    SELECT DISTINCT ON (child) id FROM source_outevent WHERE state = 'waiting' ORDER BY child, number
"""
Seal = Callable[[str, str], str]


@dataclass(slots=True)
class Sent:
    """What became of a round: taken by the hub, refused by it for good; why the round ended early, if it did."""

    taken: int = 0
    refused: int = 0
    stopped: str = ""


@wall.lifted("a source sends what it holds for its hub")
def send(*, link: Link, own: Own, seal: Seal, now: Callable[[], datetime], most: int = 10_000) -> Sent:
    """Send what is due, child by child in order, until nothing is or the hub can't be reached.

    seal: a child's number (scheme, number) as only the hub can read it.
    """
    done = Sent()
    with _alone() as mine:
        while mine and not done.stopped and done.taken + done.refused < most:
            heads = _due(now())
            if not heads:
                break
            for event in heads:
                if not _send_one(event, link, own, seal, now, done):
                    break
    return done


@contextmanager
def _alone() -> Iterator[bool]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
        mine = cursor.fetchone()[0]
    try:
        yield mine
    finally:
        if mine:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


def _due(now: datetime) -> list[OutEvent]:
    """The first event that waits of each child, where it is time for it."""
    with connection.cursor() as cursor:
        cursor.execute(_HEADS)
        ids = [id_ for (id_,) in cursor.fetchall()]
    due = OutEvent.objects.filter(id__in=ids).filter(Q(next_at__isnull=True) | Q(next_at__lte=now))
    return list(due.order_by("number")[:200])


def _send_one(
    row: OutEvent, link: Link, own: Own, seal: Seal, now: Callable[[], datetime], done: Sent
) -> bool:  # fmt: skip
    _numbered(row)
    data = _data(row, seal)
    if data is None:
        _settle(row, "refused", "no agreed number is known of this child any more", now())
        done.refused += 1
        return True
    assert row.sequence is not None  # noqa: S101 given above
    event = Event(
        id=row.id, organisation=own.organisation, type=row.type, time=row.made, subject=row.child,
        sequence=row.sequence, data=data,
    )  # fmt: skip
    try:
        answer = link.send(str(row.id), written(event))
    except Unreachable as lost:
        _later(row, str(lost), now())
        done.stopped = str(lost)
        return False
    _answered(row, answer, now(), done)
    return not done.stopped


def _numbered(row: OutEvent) -> None:
    """Its number, given once: the same event never goes under two. Kept before it is sent."""
    if row.sequence is None:
        child, _ = SourceChild.objects.get_or_create(child=row.child)
        row.sequence = child.taken + 1
        row.save(update_fields=["sequence"])


def _data(row: OutEvent, seal: Seal) -> Mapping[str, Any] | None:
    """What is sent. A hub must learn who the child is only of what is new: it knows the token of the rest."""
    number = number_of(row.child) if row.type in (FIRED, WITHDRAWN) else None
    if number is None:
        return None if row.type == FIRED else dict(row.data)
    return {**row.data, "child": {"scheme": number[0], "sealed": seal(*number)}}


def _answered(row: OutEvent, answer: Answer, now: datetime, done: Sent) -> None:
    if answer.taken:
        _taken(row, now)
        done.taken += 1
    elif answer.status == 409 and answer.expected and row.tries < _MISPLACED_AT_MOST:
        if row.sequence is not None and answer.expected < row.sequence:  # the hub was restored, and lost some
            forget_told(child=row.child, but=row.about)
        SourceChild.objects.filter(child=row.child).update(taken=answer.expected - 1)
        OutEvent.objects.filter(id=row.id).update(sequence=None, tries=F("tries") + 1, code=_code(answer))
    elif answer.status in (401, 403, 408, 425, 429) or answer.status >= 500:
        _later(row, _code(answer), now, answer.wait)
        done.stopped = _code(answer)
    else:
        _settle(row, "refused", _code(answer), now)
        done.refused += 1
    _reached(now, _code(answer))


def _taken(row: OutEvent, now: datetime) -> None:
    with transaction.atomic():
        SourceChild.objects.filter(child=row.child).update(taken=row.sequence)
        keep = row.data if row.type == FIRED else {}  # what a withdrawal is drawn from; an answer's content goes
        OutEvent.objects.filter(id=row.id).update(state="sent", sent=now, code="", next_at=None)
        if not keep:
            OutEvent.objects.filter(id=row.id).update(data={})  # its child may have been erased meanwhile, and the row


def _settle(row: OutEvent, state: str, code: str, now: datetime) -> None:
    """Refused for good: its number is free for the next of its child."""
    OutEvent.objects.filter(id=row.id).update(state=state, code=code[:120], sequence=None, next_at=None)


def _later(row: OutEvent, code: str, now: datetime, wait: int = 0) -> None:
    pause = max(wait, _PAUSES[min(row.tries, len(_PAUSES) - 1)])
    OutEvent.objects.filter(id=row.id).update(
        tries=F("tries") + 1, code=code[:120], next_at=now + timedelta(seconds=pause)
    )
    _reached(None, code, now)


def _code(answer: Answer) -> str:
    """What the hub said to it, in a line: a status and its words, which name no value."""
    if answer.taken:
        return ""
    said = answer.said if isinstance(answer.said, dict) else {}
    return f"{answer.status}: {said.get('detail', 'no word')}"[:120]


def _reached(reached: datetime | None, code: str, now: datetime | None = None) -> None:
    changes: dict[str, Any] = {"at": reached or now, "code": code}
    if reached:
        changes["reached"] = reached
    SourceRun.objects.update_or_create(id=1, defaults=changes)


# -- for whoever runs it


@dataclass(frozen=True, slots=True)
class Standing:
    """How a source stands with its hub."""

    waiting: int
    oldest: datetime | None
    next_at: datetime | None
    refused: tuple[tuple[str, int], ...]
    sent: int
    reached: datetime | None
    said: str


def standing() -> Standing:
    """What waits, what was refused and why, and when the hub was last reached."""
    waiting = OutEvent.objects.filter(state="waiting")
    refused: dict[str, int] = {}
    for code in OutEvent.objects.filter(state="refused").values_list("code", flat=True):
        refused[code] = refused.get(code, 0) + 1
    run = SourceRun.objects.filter(id=1).first()
    times = waiting.aggregate(oldest=Min("made"), next_at=Min("next_at"))
    return Standing(
        waiting.count(), times["oldest"], times["next_at"], tuple(sorted(refused.items())),
        OutEvent.objects.filter(state="sent").count(), run.reached if run else None, run.code if run else "",
    )  # fmt: skip


def try_refused_again() -> int:
    """Put what the hub refused back to the end of the outbox, in its order; how many."""
    with transaction.atomic():
        last = end_of_outbox()
        rows = list(OutEvent.objects.filter(state="refused").order_by("number"))
        for number, row in enumerate(rows, start=last + 1):
            row.number, row.state, row.tries, row.next_at, row.code, row.sequence = number, "waiting", 0, None, "", None
            row.save()
    return len(rows)


def hurry() -> None:
    """Whatever waits for its time is due now: somebody asked."""
    OutEvent.objects.filter(state="waiting").update(next_at=None)

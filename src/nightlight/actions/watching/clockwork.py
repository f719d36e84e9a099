"""What the worker does, a batch at a time: duties whose moment has come, indicators' edges, beats, its health.

Every function is safe to call from any number of workers at once, and to be killed in: what was not kept whole is still
due.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import Error, connection, transaction

from nightlight.actions.telling import notices
from nightlight.actions.trail import audit, turns
from nightlight.actions.watching import evaluation
from nightlight.domain import clockwork
from nightlight.domain.clockwork import Done
from nightlight.domain.notices import Wanted, Why, partnership
from nightlight.domain.raising import Arrangements
from nightlight.domain.rota import who
from nightlight.store.access import wall
from nightlight.store.chronology import edges
from nightlight.store.duties import ledger, mapping, outbox
from nightlight.store.duties.models import Notice, WorkerBeat

BATCH = 4000
"""Duties claimed in one transaction: large enough to write set by set, small enough that a crash repeats little."""
CHILDREN = 25
"""Children evaluated in one transaction, so that a person who saves a concern waits for few of them."""
DEAD_AFTER = timedelta(seconds=60)
"""A worker that has not beaten for so long is taken for dead (it beats four times in that)."""
SAID_LATE = timedelta(minutes=5)
"""Lateness that the partnership is told of."""


def turn_duties(*, now: datetime, limit: int = BATCH) -> Done:
    """Lapse and climb what has fallen due; one transaction. The longest waiting come first."""
    done = clockwork.work(ledger.Ledger(notices.keep), arrangements, now, limit)
    if done.late > SAID_LATE:
        _say_late(done, now)
    return done


def arrangements() -> Arrangements:
    """What the partnership has arranged, read now."""
    return Arrangements(rota=mapping.rota())


def _say_late(done: Done, now: datetime) -> None:
    """After an outage, once an hour at most: the partnership hears that clocks were answered late, and by how much."""
    rota = mapping.rota()
    person = partnership(lambda role: who(rota, role, "", now).person)
    minutes = int(done.late.total_seconds() // 60)
    key = f"late.{now:%Y%m%d%H}.{person}"
    with transaction.atomic():
        notices.keep([(Wanted(key=key, why=Why.LATE, person=person, about=f"minutes:{minutes}", fast=True), "")], now)


def turn_indicators(*, now: datetime, limit: int = CHILDREN) -> int | None:
    """Evaluate some of the children for whom an indicator starts or stops by itself now; returns how many.

    None when somebody else is changing who people are just now: their turn comes first, and ours soon after.
    """
    with transaction.atomic():
        children = edges.passed(now)[:limit]
        if not children:
            return 0
        if not turns.try_to_take():
            return None
        _evaluate(children, now)
        return len(children)


def _evaluate(children: list[UUID], now: datetime) -> None:
    """All together; where that fails, each alone, so that one child's record never keeps the others' clocks."""
    try:
        with transaction.atomic():
            evaluation.evaluate_children(children, now=now)
    except Error:
        raise
    except Exception as error:
        if len(children) > 1:
            for child in children:
                _evaluate([child], now)
        else:
            _put_off(children[0], type(error).__name__, now)


def _put_off(child: UUID, fault: str, now: datetime) -> None:
    edges.put_off(child, now + clockwork.SET_ASIDE)
    audit.record(at=now, by=audit.SYSTEM, act="child.not_evaluated", child=child, detail={"fault": fault})
    key = f"{child}.not_evaluated.{now:%Y%m%d}"
    notices.keep([(Wanted(key=key, why=Why.SET_ASIDE, person=notices.OPERATOR, fast=True), "")], now)


# -- beats


def beat(*, worker: str, part: str, now: datetime) -> None:
    """This part of this worker is alive."""
    WorkerBeat.objects.update_or_create(
        worker=worker,
        part=part,
        defaults={"at": now, "ended": None, "noticed": None},
        create_defaults={"at": now, "started": now},
    )


def end(*, worker: str, now: datetime) -> None:
    """This worker stops, and says so: nobody need wonder about it."""
    WorkerBeat.objects.filter(worker=worker).update(ended=now, at=now)


def notice_dead(*, now: datetime) -> list[str]:
    """Workers that stopped without saying so, seen by nobody before: their names. Whoever runs the hub is told once."""
    with transaction.atomic():
        silent = WorkerBeat.objects.select_for_update(skip_locked=True).filter(
            ended__isnull=True, noticed__isnull=True, at__lt=now - DEAD_AFTER
        )
        dead = sorted({row.worker for row in silent})
        WorkerBeat.objects.filter(worker__in=dead).update(noticed=now)
        for worker in dead:
            audit.record(at=now, by=audit.SYSTEM, act="worker.died", about=worker)
        wanted = [
            Wanted(key=f"worker.{worker}", why=Why.WORKER, person=notices.OPERATOR, about=worker[:120], fast=True)
            for worker in dead
        ]
        notices.keep([(each, "") for each in wanted], now)
    _forget_old(now)
    return dead


def _forget_old(now: datetime) -> None:
    WorkerBeat.objects.filter(at__lt=now - timedelta(days=30)).delete()


# -- how it all is


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether the clocks run. Seconds; None: never a beat, nothing overdue, nothing waiting. No personal data."""

    beat_age: float | None
    oldest_edge: float | None
    oldest_notice: float | None
    failed_notices: int

    @property
    def alive(self) -> bool:
        return self.beat_age is not None and self.beat_age <= DEAD_AFTER.total_seconds()

    @property
    def late(self) -> bool:
        return max(self.oldest_edge or 0, self.oldest_notice or 0) > 2 * DEAD_AFTER.total_seconds()

    @property
    def well(self) -> bool:
        return self.alive and not self.late


_STANDING = """
    SELECT
        (SELECT extract(epoch FROM %(now)s - max(at)) FROM duties_workerbeat WHERE ended IS NULL AND part = 'clocks'),
        (SELECT extract(epoch FROM %(now)s - min(next_edge)) FROM duties_dutynow WHERE next_edge <= %(now)s),
        (SELECT extract(epoch FROM %(now)s - min(next_at)) FROM duties_notice WHERE next_at <= %(now)s),
        (SELECT count(*) FROM duties_notice WHERE state = 'failed' AND made > %(now)s - interval '7 days')
"""


@wall.lifted("whether clocks run is one number of all of them, and names nobody")
def standing(*, now: datetime) -> Standing:
    """Whether the clocks run, in one look at the database."""
    with connection.cursor() as cursor:
        cursor.execute(_STANDING, {"now": now})
        age, edge, notice, failed = cursor.fetchone()
    return Standing(_seconds(age), _seconds(edge), _seconds(notice), failed)


def _seconds(value: object) -> float | None:
    return None if value is None else round(float(str(value)), 1)


def database_time() -> datetime:
    """The time by the database's clock, which all workers share: a machine whose own clock steps does no harm."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    return moment


def next_duty() -> datetime | None:
    """When a duty next lapses or climbs."""
    return ledger.earliest()


def next_indicator() -> datetime | None:
    """When an indicator next starts or stops by itself."""
    return edges.earliest()


def next_notice() -> datetime | None:
    """When a notice is next to be sent or asked after."""
    return outbox.earliest()


def waiting_notices() -> int:
    """How many notices have a channel to go to yet."""
    return Notice.objects.filter(state="waiting").count()

"""What lapsed, where and why: every clock that ran out before anybody had answered, for managers and the partnership.

Counted in the database from what the events drew, so that no figure can be tidied. A count holds no child's name; a
list of duties is for those who see a team's duties anyway.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from nightlight.actions.duties.theirs import unsealed
from nightlight.actions.seeing.access import require
from nightlight.actions.trail import audit
from nightlight.domain.duties import STOOD, state_of
from nightlight.domain.roles import ROLES, Permission
from nightlight.store.duties import mapping
from nightlight.store.duties.models import DutyNow
from nightlight.store.people.models import Person, Practitioner

OPEN = "open"
"""In place of an outcome: nobody has ended it yet."""
LATE = (
    ("hour", timedelta(hours=1)),
    ("day", timedelta(days=1)),
    ("two_days", timedelta(days=2)),
    ("week", timedelta(days=7)),
    ("month", timedelta(days=28)),
    ("longer", timedelta.max),
)
"""How late an answer was, or is by now: under each of these."""
WAYS = ("month", "stood", "late", "organisation", "role", "rule", "outcome")
"""What lapses are counted by."""
__all__ = ["LATE", "OPEN", "STOOD", "WAYS", "Counts", "Lapse", "Tallied", "children_of", "counts", "lapses", "page"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lapse:
    """A clock that ran out. role, level and rule are as they were then; so is `stood`: how far it had come.

    late: from its due time to when somebody ended it, or to now. outcome: empty while it is open. child: None for the
    partnership's own.
    """

    duty: UUID
    child: UUID | None
    organisation: str
    question: str
    role: str
    level: str
    rule: str
    owner: str
    stood: str
    due: datetime
    late: timedelta
    outcome: str
    reason: str
    climbed_to: str

    @property
    def open(self) -> bool:
        return not self.outcome


@dataclass(frozen=True, slots=True)
class Tallied:
    """So many lapses with this key, how many of them are open still, and the middle lateness."""

    key: str
    count: int
    open: int
    late: timedelta


@dataclass(frozen=True, slots=True)
class Counts:
    """How many lapsed, how many of them are open still, and the same by each of `WAYS`."""

    count: int
    open: int
    by: Mapping[str, Sequence[Tallied]]


_KEYED = """
    WITH seen AS ({seen}), keyed AS MATERIALIZED (
        SELECT *, CASE {buckets} ELSE 'longer' END AS late FROM (
            SELECT n.duty_id, n.lapsed_due,
                to_char(n.lapsed_due AT TIME ZONE 'Europe/London', 'YYYY-MM') AS month,
                n.lapse ->> 'stood' AS stood, coalesce(nullif(n.organisation, ''), '-') AS organisation,
                n.lapse ->> 'role' AS role, n.lapse ->> 'rule' AS rule,
                coalesce(nullif(n.lapse ->> 'outcome', ''), 'open') AS outcome,
                extract(epoch FROM coalesce(nullif(n.lapse ->> 'ended', '')::timestamptz, %s) - n.lapsed_due)::float8
                    AS seconds
            FROM duties_dutynow n JOIN seen USING (duty_id)
        ) each
    )
"""
_COUNTS = """
    SELECT month, stood, late, organisation, role, rule, outcome, count(*), count(*) FILTER (WHERE outcome = 'open'),
        percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds)
    FROM keyed
    GROUP BY GROUPING SETS ((month), (stood), (late), (organisation), (role), (rule), (outcome), ())
"""
_BUCKETS = " ".join(f"WHEN seconds < {until.total_seconds():.0f} THEN '{key}'" for key, until in LATE[:-1])


def counts(*, by: Practitioner, now: datetime, since: datetime) -> Counts:
    """Every lapse whose time ran out from that moment on, counted: of my organisation, or of all for a role that
    answers for all. The look itself is on record.
    """
    tallied: dict[str, list[Tallied]] = {way: [] for way in WAYS}
    count = still = 0
    for *keys, number, opened, middle in _ask(_rows(by, now, since), now, _COUNTS, ()):
        way = next((way for way, key in zip(WAYS, keys, strict=True) if key is not None), "")
        if way:
            key = keys[WAYS.index(way)]
            tallied[way].append(Tallied(key, number, opened, timedelta(seconds=middle)))
        else:
            count, still = number, opened
    return Counts(count, still, tallied)


def page(
    *, by: Practitioner, now: datetime, since: datetime, chosen: Mapping[str, str], first: int, count: int
) -> tuple[list[Lapse], int]:
    """Some of the lapses with these keys by way, the newest first, from the `first` on; and how many there are in all.

    The look itself is on record.
    """
    wanted = [(way, chosen[way]) for way in WAYS if chosen.get(way)]
    where = " AND ".join([f"{way} = %s" for way, _ in wanted] or ["true"])
    keys = [key for _, key in wanted]
    rows = _rows(by, now, since)
    ((total,),) = _ask(rows, now, f"SELECT count(*) FROM keyed WHERE {where}", keys)  # noqa: S608 the names are ours
    query = f"SELECT duty_id FROM keyed WHERE {where} ORDER BY lapsed_due DESC, duty_id DESC OFFSET %s LIMIT %s"  # noqa: S608
    ids = [id_ for (id_,) in _ask(rows, now, query, [*keys, first, count])]
    return _lapses(ids, now), total


def lapses(*, by: Practitioner, now: datetime, since: datetime) -> list[Lapse]:
    """Every lapse whose time ran out from that moment on, the newest first. The look itself is on record."""
    return page(by=by, now=now, since=since, chosen={}, first=0, count=1_000_000)[0]


def children_of(lapsed: Iterable[Lapse]) -> dict[UUID, Person]:
    """The children of these, for a list of them."""
    return Person.objects.in_bulk({each.child for each in lapsed if each.child})


def _rows(by: Practitioner, now: datetime, since: datetime) -> QuerySet[DutyNow]:
    require(by, Permission.TEAM_VIEW)
    audit.record(at=now, by=by, act="lapses.viewed")
    rows = unsealed(by, DutyNow.objects.filter(lapsed_due__gte=since), now)
    return rows if ROLES[by.role].partnership_wide else rows.filter(organisation=by.organisation_id)


def _ask(rows: QuerySet[DutyNow], now: datetime, query: str, given: Sequence[str | int]) -> list[Any]:
    seen, params = rows.values("duty_id").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(_KEYED.format(seen=seen, buckets=_BUCKETS) + query, [*params, now, *given])
        return list(cursor.fetchall())


def _lapses(ids: Sequence[UUID], now: datetime) -> list[Lapse]:
    rows = DutyNow.objects.in_bulk(ids)
    events = mapping.events_of(ids)
    found = []
    for id_ in ids:
        row, state = rows[id_], state_of(events[id_])
        then = state.lapse
        if then is None:
            continue
        found.append(
            Lapse(
                duty=id_,
                child=row.child,
                organisation=row.organisation,
                question=row.question,
                role=then.role,
                level=then.level,
                rule=then.rule,
                owner=then.owner,
                stood=then.stood,
                due=then.due,
                late=(state.discharged_at or now) - then.due,
                outcome=state.outcome,
                reason=state.reason,
                climbed_to=state.climbs[-1] if state.climbs else "",
            )
        )
    return found

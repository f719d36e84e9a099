"""What the hub holds, in ten lines: for the demo's console and for whoever runs `nightlight status`."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Count, Q, Sum

from nightlight.actions.intake import scope
from nightlight.domain.kinds import LEVELS
from nightlight.store.chronology.models import EntryRow, FiringRow
from nightlight.store.duties.models import DutyNow
from nightlight.store.intake.models import Delivery, Refusal
from nightlight.store.people.models import Person, SourcePerson


def ten_lines(*, now: datetime) -> list[str]:
    """Records by feed, people, children by level, duties and what is overdue. Counts only: no child is named."""
    return [*_feeds(), *_outside(), *_people(), *_children(now), *_duties(now)]


def _feeds() -> list[str]:
    sums = Delivery.objects.values("feed").order_by("feed").annotate(kept=Sum("accepted"))
    refused = dict(Refusal.objects.values("delivery__feed").annotate(n=Count("id")).values_list("delivery__feed", "n"))
    return [f"{row['feed']}: {row['kept']:,} records accepted, {refused.get(row['feed'], 0):,} refused" for row in sums]


def _outside() -> list[str]:
    return [
        f"out of scope of {feed}: {scope.in_words(records, children)}, {scope.REASONS[reason]}; nothing of them is kept"
        for feed, reason, records, children in scope.counted()
    ]


def _people() -> list[str]:
    children = Person.objects.filter(is_child=True).count()
    adults = Person.objects.filter(is_child=False).count()
    waiting = SourcePerson.objects.filter(person__isnull=True).count()
    entries = EntryRow.objects.count()
    return [
        f"{children:,} children and {adults:,} adults, with {entries:,} entries; "
        f"{waiting:,} records of people wait for someone to decide who they are"
    ]


def _children(now: datetime) -> list[str]:
    holding = FiringRow.objects.filter(Q(ends__isnull=True) | Q(ends__gt=now), starts__lte=now)
    by_level = dict(holding.values("level").annotate(n=Count("child", distinct=True)).values_list("level", "n"))
    told = ", ".join(f"{by_level.get(level, 0):,} at {level}" for level in reversed(LEVELS))
    return [f"children with something holding now: {told}"]


def _duties(now: datetime) -> list[str]:
    running = DutyNow.objects.exclude(status="discharged")
    overdue = running.filter(due__lt=now).count()
    nobody = running.filter(owner="").count()
    return [
        f"{running.count():,} duties open, {overdue:,} of them overdue"
        + (f"; {nobody:,} with nobody on the rota" if nobody else "")
    ]

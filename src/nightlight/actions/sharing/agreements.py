"""Information-sharing agreements: who may send which feed, what for and until when. A feed with none is not taken in.

The gate stands from the first agreement that is recorded, for every feed, and an end does not take it down: before
that an installation is being tried out, and the public page says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from nightlight.actions.trail import audit
from nightlight.domain.pointers import FEED as SIGNALS
from nightlight.domain.roles import ROLES
from nightlight.feeds.registry import FEEDS
from nightlight.store.people.models import Practitioner
from nightlight.store.sharing.models import Agreement
from nightlight.timeline.london import local_date


class NoAgreement(Exception):
    """No agreement in force lets this organisation send this feed. Nothing was taken in."""


class NotAgreed(ValueError):
    """An agreement that can't be recorded as it was given; the message says what to mend."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What an agreement says. users: the roles that use what comes by these feeds."""

    title: str
    purpose: str
    parties: Sequence[str]
    feeds: Sequence[str]
    starts: date
    ends: date | None = None
    users: Sequence[str] = ()
    reference: str = ""


def add(*, by: Practitioner | str, terms: Terms, now: datetime) -> Agreement:
    """Record an agreement. From the first one on, a feed that none names is refused at the door."""
    _check(terms)
    with transaction.atomic():
        row = Agreement.objects.create(
            title=terms.title.strip(),
            purpose=terms.purpose.strip(),
            reference=terms.reference.strip(),
            parties=list(dict.fromkeys(terms.parties)),
            feeds=list(dict.fromkeys(terms.feeds)),
            users=list(dict.fromkeys(terms.users)),
            starts=terms.starts,
            ends=terms.ends,
            at=now,
            by=audit.actor(by),
        )
        audit.record(at=now, by=by, act="agreement.recorded", about=str(row.id))
    return row


def _check(terms: Terms) -> None:
    if not terms.title.strip() or not terms.purpose.strip():
        raise NotAgreed("an agreement has a title, and a purpose in words that a parent could read.")
    if not terms.parties:
        raise NotAgreed("an agreement names its parties, by the codes of their organisations.")
    if terms.ends is not None and terms.ends < terms.starts:
        raise NotAgreed("an agreement ends on or after the day on which it starts.")
    if unknown := [name for name in terms.feeds if name not in {*FEEDS, SIGNALS}]:
        raise NotAgreed(f"{', '.join(unknown)}: no such feed. The feeds are {', '.join([*FEEDS, SIGNALS])}.")
    if unknown := [role for role in terms.users if role not in ROLES]:
        raise NotAgreed(f"{', '.join(unknown)}: no such role. The roles are {', '.join(ROLES)}.")


def end(*, by: Practitioner | str, agreement: UUID, on: date, now: datetime) -> Agreement:
    """It ends with that day. What came under it stays; nothing more is taken in under it afterwards."""
    with transaction.atomic():
        row = Agreement.objects.select_for_update().filter(id=agreement).first()
        if row is None:
            raise NotAgreed("there is no agreement of this id: nightlight agreement list shows them.")
        if on < row.starts:
            raise NotAgreed("an agreement ends on or after the day on which it starts.")
        row.ends = on
        row.save(update_fields=["ends"])
        audit.record(at=now, by=by, act="agreement.ended", about=str(row.id))
    return row


def listed() -> list[Agreement]:
    """Every agreement, the newest first."""
    return list(Agreement.objects.order_by("-starts", "title", "id"))


def in_force(now: datetime) -> list[Agreement]:
    """Those that hold today in London."""
    return list(_in_force(now).order_by("title", "id"))


def gated() -> bool:
    """Whether a feed needs an agreement here: from the first that was ever recorded."""
    return Agreement.objects.exists()


def must_agree(*, feed: str, organisation: str, now: datetime) -> None:
    """Raise `NoAgreement` unless an agreement in force lets this organisation send this feed, or none was ever made."""
    if not gated() or _in_force(now).filter(feeds__contains=[feed], parties__contains=[organisation]).exists():
        return
    raise NoAgreement(
        f"{organisation} has no information-sharing agreement in force on {local_date(now).isoformat()} for the feed "
        f"{feed}, so nothing was taken in. Once it is signed, record it: nightlight agreement add --party "
        f"{organisation} --feed {feed} --from DATE --title TITLE --purpose PURPOSE"
    )


def may_ask(*, organisation: str, role: str, now: datetime) -> bool:
    """Whether an agreement in force has this organisation as a party and this role among its users, if it names any.

    Where none was ever made, anybody may.
    """
    if not gated():
        return True
    held = _in_force(now).filter(parties__contains=[organisation])
    return any(not row.users or role in row.users for row in held)


def _in_force(now: datetime) -> QuerySet[Agreement]:
    today = local_date(now)
    return Agreement.objects.filter(starts__lte=today).filter(Q(ends__isnull=True) | Q(ends__gte=today))

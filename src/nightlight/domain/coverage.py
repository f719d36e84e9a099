"""What is in force against each danger as it stands now, and why every other protection that was proposed is not.

Stricter than `protection.uncovered`: only what a named person accepted, that has a start, can be confirmed and has not
failed, counts. Used in meetings as they are typed, and outside them for any concern with a time of danger in it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from nightlight.domain.agencies import AGENCIES
from nightlight.domain.clocks import Rules, later
from nightlight.domain.protection import Danger, Protection, Uncovered, at_words, uncovered
from nightlight.domain.roles import ROLES
from nightlight.timeline.calendar import WorkingCalendar
from nightlight.timeline.spans import BEGINNING, END, Span, Spans

CONFIRM = "PROTECTION-UNCONFIRMED"
"""The row that says how long after its start a protection that nobody has confirmed still counts."""

_NOBODY = frozenset({"tbc", "tba", "to be confirmed", "nobody", "no one", "n/a", "none", "-", "?"})
_POST_WORDS = frozenset(
    "a all allocated and assistant aunt brother care carer carers centre chair child children childrens community core "
    "department designated duty early emergency everyone family father front door gp grandfather grandmother "
    "grandparents group head health help home hospital housing key lead manager maternal mother mum dad network new "
    "nurse of officer of out hours parent parents paternal person police practice practitioner professional "
    "professionals pru safeguarding school senior service services sister social staff support teacher team the uncle "
    "visitor worker workers youth".split()
)
"""Words of roles, teams and relations: an owner named by these alone is not a named person."""


@dataclass(frozen=True, slots=True)
class NotCounted:
    """A protection that protects from nothing yet, and why, in a sentence."""

    protection: Protection
    why: str


@dataclass(frozen=True, slots=True)
class Coverage:
    """What a set of dangers and protections comes to at one moment.

    dangers: each with its uncovered time, whole and as it was. counted: the protections that count. not_counted: the
    others, each with its reason.
    """

    at: datetime
    dangers: tuple[Uncovered, ...]
    counted: tuple[Protection, ...]
    not_counted: tuple[NotCounted, ...]

    def still_open(self) -> tuple[Uncovered, ...]:
        """The dangers that are uncovered at some time from now on, cut to that time. What has passed cannot be bridged.

        Whatever may be uncovered is here, where dates are imprecise: a meeting does not close on a doubt.
        """
        cut = ((u, u.possible.clip(self.at, END)) for u in self.dangers)
        return tuple(Uncovered(u.danger, u.certain.clip(self.at, END), rest) for u, rest in cut if rest)

    def against(self, danger: Danger) -> tuple[Protection, ...]:
        """The protections that count against this danger, the first to be in force first."""
        return tuple(sorted((p for p in self.counted if p.against(danger)), key=_start))

    def not_counted_against(self, danger: Danger) -> tuple[NotCounted, ...]:
        """Those proposed against this danger that do not count, and why."""
        return tuple(n for n in self.not_counted if not n.protection.answers or danger.id in n.protection.answers)

    def words(self, danger: Danger) -> str:
        """What covers a danger and what does not, for whoever does not see the picture."""
        found = next(u for u in self.dangers if u.danger == danger)
        others = self.not_counted_against(danger)
        without = (
            f" Not counted: {n.protection.what.rstrip('. ') or 'a protection'}, because {n.why}." for n in others
        )
        return found.words() + "".join(without)


def coverage(
    dangers: Iterable[Danger], protections: Iterable[Protection], now: datetime, grace: timedelta = timedelta(hours=1)
) -> Coverage:
    """Each danger against what counts now. grace: how long after its start an unconfirmed protection still counts.

    >>> from datetime import UTC
    >>> from nightlight.timeline.partial import Partial
    >>> friday = datetime(2026, 11, 20, 15, tzinfo=UTC)
    >>> weekend = Danger(id="d1", starts=Partial.parse("2026-11-20T17:00Z"), ends=Partial.parse("2026-11-23T09:00Z"))
    >>> stays = Protection(id="p1", what="stays with her aunt", in_force_from=Partial.parse("2026-11-20T16:00Z"))
    >>> coverage([weekend], [stays], friday).words(weekend)  # doctest: +NORMALIZE_WHITESPACE
    'No protection is in force for 64 hours, from Friday 20 November 2026 at 17:00 to Monday 23 November 2026 at 09:00.
    Not counted: stays with her aunt, because nobody is named to do it.'
    """
    counted: list[Protection] = []
    without: list[NotCounted] = []
    for protection in protections:
        why = why_not(protection, now, grace)
        if why:
            without.append(NotCounted(protection, why))
        else:
            counted.append(protection)
    return Coverage(now, uncovered(dangers, counted), tuple(counted), tuple(without))


def why_not(protection: Protection, now: datetime, grace: timedelta = timedelta(hours=1)) -> str:
    """Why this protection protects from nothing now, as the end of a sentence; empty when it counts.

    >>> from datetime import UTC
    >>> why_not(Protection(id="p1", in_force_from=None, owner="police"), datetime(2026, 11, 20, tzinfo=UTC))
    'it is given to police, which is a team or a role: name the person'
    """
    for reason in _REASONS:
        why = reason(protection, now, grace)
        if why:
            return why
    return ""


@lru_cache(maxsize=4096)
def is_named_person(owner: str) -> bool:
    """Whether this names one person, not a role, an agency or a team.

    >>> is_named_person("Family social worker"), is_named_person("Asha Grant")
    (False, True)
    """
    words = owner.strip().casefold()
    if not words or words in _NOBODY or words in ROLES or words in AGENCIES:
        return False
    return not _POST_WORDS.issuperset(_LETTERS.findall(words.replace("'", "")))


_LETTERS = re.compile(r"[\w-]+")


def _unowned(protection: Protection, _now: datetime, _grace: timedelta) -> str:
    if not protection.owner.strip() or protection.owner.strip().casefold() in _NOBODY:
        return "nobody is named to do it"
    if not is_named_person(protection.owner):
        return f"it is given to {protection.owner}, which is a team or a role: name the person"
    return ""


def _unaccepted(protection: Protection, _now: datetime, _grace: timedelta) -> str:
    if protection.declined:
        return "its owner has said that they cannot do it"
    return "" if protection.accepted else "its owner has not accepted it"


def _undated(protection: Protection, _now: datetime, _grace: timedelta) -> str:
    return "" if protection.in_force_from else "nobody has said from when it is in force"


def _unconfirmable(protection: Protection, _now: datetime, _grace: timedelta) -> str:
    return "" if protection.how_confirmed.strip() else "nobody has said how it will be confirmed"


def _not_in_force(protection: Protection, now: datetime, grace: timedelta) -> str:
    if protection.failed is not None and protection.failed <= now:
        return f"it was checked on {at_words(protection.failed)} and was not in force"
    by = protection.confirm_by(grace)
    if protection.confirmed is None and by is not None and by < now:
        return f"it was to be in force by {at_words(by - grace)} and nobody has confirmed that it is"
    return ""


def _unreviewed(protection: Protection, now: datetime, _grace: timedelta) -> str:
    if protection.review is None or protection.review >= now or protection.until is not None:
        return ""
    return f"it was to be looked at again by {at_words(protection.review)} and has not been"


_REASONS: tuple[Callable[[Protection, datetime, timedelta], str], ...] = (
    _unowned, _unaccepted, _undated, _unconfirmable, _not_in_force, _unreviewed,
)  # fmt: skip


def grace_of(rules: Rules, at: datetime, calendar: WorkingCalendar) -> timedelta:
    """How long after its start an unconfirmed protection counts, under the partnership's rules."""
    row = rules.in_force(CONFIRM, at)
    return later(at, row.amount, row.unit, calendar) - at


def in_words(open_dangers: Iterable[Uncovered]) -> tuple[str, ...]:
    """One sentence a danger: what it is, and when nothing protects the child from it."""
    return tuple(f"{u.danger.what or 'A danger'}: {u.words()}" for u in open_dangers)


def first_moment(open_danger: Uncovered) -> datetime:
    """The first moment at which the child may be unprotected from it."""
    return open_danger.possible.start or BEGINNING


def picture(found: Coverage, window: Span) -> Mapping[str, Mapping[str, Spans]]:
    """For drawing: by danger, when it is there, what covers it and what is left, all within the window."""
    return {u.danger.id: _lane(found, u, window) for u in found.dangers}


def _lane(found: Coverage, uncovered_: Uncovered, window: Span) -> Mapping[str, Spans]:
    danger = uncovered_.danger.possible().clip(*window)
    left = uncovered_.possible.clip(*window)
    return {"danger": danger, "covered": danger - left, "uncovered": left}


def _start(protection: Protection) -> datetime:
    return protection.surely[0]

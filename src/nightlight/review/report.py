"""What a replay looks like: one JSON document for machines, plain sentences for people.

It decides nothing. A moment known only by its day is shown as the last second of that day, and what is not in the file
is "not recorded" or null, never zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from nightlight.domain.agencies import AGENCIES, agency_name
from nightlight.domain.protection import hours
from nightlight.domain.roles import role_title
from nightlight.review.casefile import Case, moments
from nightlight.review.replay import SHOWN_LEVELS, Firing, Levels, Reached, Replay, ReplayedDuty
from nightlight.review.unprotected import Agreed, Unprotected
from nightlight.timeline.instants import BEGINNING, END
from nightlight.timeline.london import local_time
from nightlight.timeline.partial import Partial, Precision
from nightlight.timeline.spans import Span, Spans

MOST_NAMED = 8
"""Entries that a line of text names; the JSON document has them all."""


class _Shown:
    """How moments of a case are shown: what ends a day is its last second, unless the file gives that very instant.

    A start (`start=True`) is never put back: the first moment that something may have been is in the day it begins.
    """

    def __init__(self, case: Case) -> None:
        self.exact = frozenset(moments(case))

    def local(self, moment: datetime, *, start: bool = False) -> datetime:
        local = local_time(moment)
        if start:
            return local
        is_midnight = (local.hour, local.minute, local.second, local.microsecond) == (0, 0, 0, 0)
        if is_midnight and moment not in self.exact:
            return local_time(moment - timedelta(seconds=1))
        return local

    def iso(self, moment: datetime | None, *, start: bool = False) -> str | None:
        if moment is None or moment in (BEGINNING, END):
            return None
        return self.local(moment, start=start).isoformat(timespec="seconds")

    def day(self, moment: datetime, *, start: bool = False) -> str:
        return Partial.day(self.local(moment, start=start).date()).describe()

    def words(self, moment: datetime) -> str:
        """A day where it is known by the day, else with its time."""
        return self.day(moment) if self.is_by_day(moment) else f"{self.day(moment)}, {self.local(moment):%H:%M}"

    def is_by_day(self, moment: datetime) -> bool:
        """Whether it is known by its day, and shown as the last second of that."""
        local = self.local(moment)
        return (local.hour, local.minute) == (23, 59)

    def ended(self, moment: datetime) -> str:
        """When something stopped holding: to the day, unless something of the file happened at that very moment."""
        return self.words(moment) if moment in self.exact else self.day(moment)


# -- for machines


def as_json(replayed: Replay) -> dict[str, Any]:
    """The document of docs/reference/case-format.md."""
    shown = _Shown(replayed.case)
    return {
        "case": replayed.case.id,
        "child": replayed.child,
        "fictional": replayed.case.fictional,
        "views": {
            "alone": {agency: _dates(levels, shown) for agency, levels in replayed.alone.items()},
            "actual": _dates(replayed.actual, shown),
            "pooled": _dates(replayed.pooled, shown),
        },
        "actual_agency": {level: reached.agency or None for level, reached in replayed.actual.items()},
        "actual_by_agency": {agency: _dates(levels, shown) for agency, levels in replayed.actual_of.items()},
        "earliest_possible": {
            "alone": {agency: _dates(levels, shown, earliest=True) for agency, levels in replayed.alone.items()},
            "actual": _dates(replayed.actual, shown, earliest=True),
            "pooled": _dates(replayed.pooled, shown, earliest=True),
        },
        "firings": [_firing(firing, shown) for firing in replayed.firings],
        "duties": [_duty(duty, shown) for duty in replayed.duties],
        "uncovered": [row for each in replayed.unprotected for row in _uncovered(each, replayed, shown)],
        "harm": replayed.harm.when.isoformat() if replayed.harm else None,
        "days_before_harm": _days_before_harm(replayed, shown),
    }


def _dates(levels: Levels, shown: _Shown, *, earliest: bool = False) -> dict[str, str | None]:
    if earliest:
        return {level: shown.iso(each.earliest, start=True) for level, each in levels.items()}
    return {level: shown.iso(each.at) for level, each in levels.items()}


def _firing(firing: Firing, shown: _Shown) -> dict[str, Any]:
    return {
        "indicator": firing.indicator,
        "title": firing.title,
        "level": firing.level,
        "view": firing.view,
        "from": shown.iso(firing.since),
        "until": shown.iso(firing.until),
        "evidence": list(firing.evidence),
        "because": firing.because,
    }


def _duty(duty: ReplayedDuty, shown: _Shown) -> dict[str, Any]:
    first = duty.raised.duty
    return {
        "what": first.what,
        "question": first.question,
        "level": first.level,
        "role": first.role,
        "raised": shown.iso(first.raised),
        "due": shown.iso(first.due),
        "raised_to": [
            {"at": shown.iso(e.at), "level": e.level, "role": e.role, "due": shown.iso(e.due)}
            for e in duty.more_serious
        ],
        "lapsed": shown.iso(duty.lapsed),
        "climbs": [{"at": shown.iso(climb.at), "to": climb.to_role} for climb in duty.climbs],
        "evidence": list(duty.evidence),
        "rule": f"{first.rule} version {first.rule_version}",
    }


def _uncovered(of: Unprotected, replayed: Replay, shown: _Shown) -> list[dict[str, Any]]:
    """A row for each stretch that is certainly uncovered; where none is, for each that may be."""
    rows = []
    each = of.uncovered
    for span in each.certain or each.possible:
        around = each.possible.at_or_after(span.start) or span
        rows.append(
            {
                "danger": each.danger.id,
                "what": each.danger.what,
                "voiced_by": of.voiced_by,
                **_stretch(span, shown),
                "certain": bool(each.certain),
                "possible": _stretch(around, shown),
                "words": each.words(),
                "harm_within": of.harm_within(_harm(replayed)) or None,
                "agreed": [_agreed(agreed) for agreed in of.agreed],
            }
        )
    return rows


def _agreed(agreed: Agreed) -> dict[str, Any]:
    protection = agreed.protection
    return {
        "entry": protection.id,
        "what": protection.what,
        "owner": protection.owner,
        "in_force_from": protection.in_force_from.isoformat() if protection.in_force_from else None,
        "would_not_count": agreed.would_not_count or None,
    }


def _harm(replayed: Replay) -> Partial | None:
    return replayed.harm.when if replayed.harm else None


def _stretch(span: Span, shown: _Shown) -> dict[str, Any]:
    """From the first moment to the first that is covered again: both as they are, so that they are `hours` apart."""
    return {
        "from": shown.iso(span.start, start=True),
        "until": shown.iso(span.end, start=True),
        "hours": hours(Spans([span])),
    }


def _days_before_harm(replayed: Replay, shown: _Shown) -> dict[str, Any] | None:
    if replayed.harm is None:
        return None
    return {
        "alone": {agency: _days(levels, replayed, shown) for agency, levels in replayed.alone.items()},
        "actual": _days(replayed.actual, replayed, shown),
        "pooled": _days(replayed.pooled, replayed, shown),
    }


def _days(levels: Levels, replayed: Replay, shown: _Shown) -> dict[str, int | None]:
    return {level: days_before(reached.at, replayed, shown) for level, reached in levels.items()}


def days_before(moment: datetime | None, replayed: Replay, shown: _Shown) -> int | None:
    """Whole dates in London from a moment to the first day the harm may have come; None where either is missing."""
    if moment is None or replayed.harm is None:
        return None
    return (local_time(replayed.harm.when.earliest).date() - shown.local(moment).date()).days


# -- for people


def as_text(replayed: Replay) -> str:
    """The replay in plain sentences, in London's time."""
    shown = _Shown(replayed.case)
    parts = [_heading(replayed), _reached_text(replayed, shown), _firings_text(replayed, shown)]
    parts += [_duties_text(replayed, shown), _uncovered_text(replayed)]
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _heading(replayed: Replay) -> list[str]:
    case = replayed.case
    lines = [case.title + (" (fictional)" if case.fictional else "")]
    if len(case.children) > 1:
        lines.append(f"Child: {replayed.child}.")
    lines.append("Entries are from " + ", ".join(agency_name(agency) for agency in replayed.agencies) + ".")
    silent = [name for code, name in AGENCIES.items() if code not in replayed.agencies]
    if silent:
        lines.append("Not recorded: anything from " + ", ".join(silent) + ".")
    lines += _unprotected_in_short(replayed)
    lines.append(f"Harm: {case.harm.when.describe() if case.harm else 'not recorded'}.")
    if case.review.recognisable_from:
        lines.append(f"The published review says it was there to be seen {case.review.recognisable_from.describe()}.")
    imprecise = sum(entry.occurred.precision not in (Precision.instant, Precision.day) for entry in case.entries)
    if imprecise:
        lines.append(
            f"{imprecise} of {len(case.entries)} entries are known only to the month, to the year or within bounds. "
            "Each counts from the last moment it may have been; what may have been seen earlier is given as such."
        )
    return lines


def _reached_text(replayed: Replay, shown: _Shown) -> list[str]:
    lines = ["WHEN EACH LEVEL IS FIRST REACHED"]
    for level in reversed(SHOWN_LEVELS):
        lines.append(f"{level.capitalize()}:")
        lines.append("  everything pooled: " + _reached(replayed.pooled[level], replayed, shown))
        lines.append(
            "  as it was shared:  " + _reached(replayed.actual[level], replayed, shown, _by_whom(level, replayed))
        )
        alone = {agency: levels[level] for agency, levels in replayed.alone.items()}
        lines += _alone_text(alone, replayed, shown)
        lines += _between_text(replayed.pooled[level], alone, shown)
    return lines


def _alone_text(alone: Mapping[str, Reached], replayed: Replay, shown: _Shown) -> list[str]:
    reached = {agency: each for agency, each in alone.items() if each.at or each.earliest}
    lines = [f"  {agency_name(agency)} alone: {_reached(each, replayed, shown)}" for agency, each in reached.items()]
    others = [agency_name(agency) for agency in alone if agency not in reached]
    if others:
        lines.append("  not reached by " + (f"{', '.join(others)} alone" if reached else "any agency alone"))
    return lines


def _between_text(pooled: Reached, alone: Mapping[str, Reached], shown: _Shown) -> list[str]:
    first = min((each.at for each in alone.values() if each.at), default=None)
    if pooled.at is None or first is None:
        return []
    days = (shown.local(first).date() - shown.local(pooled.at).date()).days
    return [f"  pooled is {_counted(days, 'day')} before the first agency alone"] if days > 0 else []


def _reached(reached: Reached, replayed: Replay, shown: _Shown, whose: str = "") -> str:
    soonest = shown.day(reached.earliest, start=True) if reached.earliest else ""
    if reached.at is None or reached.by is None:
        text = "not before the harm" if replayed.harm else "not reached"
        return f"{text} for certain; as dates are imprecise, it may have been from {soonest}" if soonest else text
    text, earlier = shown.words(reached.at), ""
    if reached.earliest and shown.local(reached.earliest, start=True).date() < shown.local(reached.at).date():
        earlier = f"; as dates are imprecise, something as serious may have been from {soonest}"
    days = days_before(reached.at, replayed, shown)
    if days is not None:
        text += f", {_counted(days, 'day')} before the harm" if days > 0 else ", on the day of the harm"
    evidence = ", ".join(reached.by.evidence) or "no entries: an absence"
    return f"{text}{whose}: {reached.by.title} ({evidence}){earlier}"


def _by_whom(level: str, replayed: Replay) -> str:
    """The agencies that would have reached it first: all of them where several did at one moment, by the same."""
    first = replayed.actual[level]
    if first.by is None:
        return ""
    at_once = [
        agency_name(agency)
        for agency, levels in replayed.actual_of.items()
        if levels[level].at == first.at and (by := levels[level].by) and by.indicator == first.by.indicator
    ]
    return " by " + " and ".join([", ".join(at_once[:-1]), at_once[-1]] if at_once[1:] else at_once)


def _firings_text(replayed: Replay, shown: _Shown) -> list[str]:
    lines = ["WHAT FIRES WITH EVERYTHING POOLED"]
    pooled = [firing for firing in replayed.firings if firing.view == "pooled"]
    after = [firing for firing in pooled if replayed.harm and firing.since >= replayed.harm.when.latest]
    for firing in pooled:
        if firing not in after:
            end = f"until {shown.ended(firing.until)}" if firing.until != END else "with no end in sight"
            lines.append(f"{shown.words(firing.since)}, {end}: {firing.level}, {firing.title}. {firing.because}")
            lines += [f"  on {dates}" for dates in [_dated(firing, replayed)] if dates]
    if not pooled:
        lines.append("Nothing.")
    return [*lines, *_after_the_harm(after)]


def _after_the_harm(firings: list[Firing]) -> list[str]:
    """What tells a reader nothing of what could have been seen: named, and no more."""
    if not firings:
        return []
    titles = dict.fromkeys(firing.title for firing in firings)
    why = "dates are known too roughly to say that it was so before, or it was recorded, or fell due, only then"
    return [f"For certain only after the harm ({why}): {'; '.join(titles)}."]


def _dated(firing: Firing, replayed: Replay) -> str:
    by_id = {entry.id: entry for entry in replayed.case.entries}
    named = [f"{id_} ({by_id[id_].occurred.describe()})" for id_ in firing.evidence if id_ in by_id]
    more = [f"and {len(named) - MOST_NAMED} more"] if len(named) > MOST_NAMED else []
    return "; ".join([*named[:MOST_NAMED], *more])


def _duties_text(replayed: Replay, shown: _Shown) -> list[str]:
    up_to = ", UP TO THE HARM" if replayed.harm else ""
    lines = ["WHAT WOULD HAVE BEEN OWED, WITH EVERYTHING POOLED AND NOBODY ACTING" + up_to]
    if any(shown.is_by_day(duty.raised.duty.raised) for duty in replayed.duties):
        lines.append("What is known by its day counts from the end of that day, and so does what is owed on it.")
    for duty in replayed.duties:
        first = duty.raised.duty
        lines.append(
            f"{shown.words(first.raised)}: {first.level}, on the question of {_question(first.question)}, "
            f"to the {role_title(first.role).lower()}, due by {shown.words(first.due)}. {first.what}"
        )
        lines += [f"  {shown.words(at)}: {what}" for at, what in _what_followed(duty, shown)]
    return lines if replayed.duties else [*lines, "Nothing."]


def _question(code: str) -> str:
    return _QUESTIONS.get(code) or code.replace("_", " ")


_QUESTIONS = {"childs_voice": "the child's voice"}


def _what_followed(duty: ReplayedDuty, shown: _Shown) -> list[tuple[datetime, str]]:
    found = [(climb.at, f"climbed to the {role_title(climb.to_role).lower()}") for climb in duty.climbs]
    for e in duty.more_serious:
        by = f", due by {shown.words(e.due)}" if e.due else ""
        found.append((e.at, f"more serious, now {e.level}, to the {role_title(e.role).lower()}{by}"))
    if duty.lapsed:
        found.insert(0, (duty.lapsed, "lapsed"))
    return sorted(found, key=lambda each: each[0])


def _unprotected_in_short(replayed: Replay) -> list[str]:
    """What a reader of the review is told first: how many hours, of what, and whether the harm was in them."""
    lines = []
    for of in replayed.unprotected:
        what = of.uncovered.danger.what or "A danger"
        lines.append(f"LEFT UNPROTECTED: {what}. {of.uncovered.words()}{_HARM_WITHIN[of.harm_within(_harm(replayed))]}")
    return lines


_HARM_WITHIN = {
    "certainly": " The harm came in those hours.",
    "possibly": " The harm may have come in those hours.",
    "": "",
}


def _uncovered_text(replayed: Replay) -> list[str]:
    lines = ["DANGERS THAT NOTHING COVERED"]
    if any(of.agreed for of in replayed.unprotected):
        lines.append("All that was agreed counts here, whether or not it would have kept the child safe.")
    for of in replayed.unprotected:
        danger = of.uncovered.danger
        what = f" ({danger.what})" if danger.what else ""
        said = f"{danger.id}{what}, from {danger.starts.describe()}, said by {agency_name(of.voiced_by)}."
        lines.append(f"{said} {of.uncovered.words()}{_HARM_WITHIN[of.harm_within(_harm(replayed))]}")
        lines += [_agreed_text(agreed) for agreed in of.agreed] or ["  Nothing was agreed against it."]
    return lines if replayed.unprotected else [*lines, "None was voiced, or each was covered in time."]


def _agreed_text(agreed: Agreed) -> str:
    protection = agreed.protection
    start = protection.in_force_from.describe() if protection.in_force_from else "an unknown date"
    why = agreed.would_not_count
    today = f" In a meeting it would not have counted on what the record says: {why}." if why else ""
    return f"  Agreed: {protection.what} ({protection.owner}), in force from {start} ({protection.id}).{today}"


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"

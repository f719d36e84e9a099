"""FHIR's dates and instants as partial dates, and when a resource was written down.

A date that does not exist, or that has not come yet, is refused here by its field's name; nothing is guessed.
"""

from __future__ import annotations

import re
from datetime import datetime

from nightlight.feeds.fhir.resources import Meta, Period
from nightlight.timeline.partial import Partial

_LONG_FRACTION = re.compile(r"(\.\d{6})\d+")
_DATE_TIME = re.compile(r"\d{4}(-\d{2}(-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?)?)?", re.ASCII)


class Refused(Exception):
    """A resource, or one field of it, that can't be kept: the field, the code, what was expected. Never the value."""

    def __init__(self, field: str, code: str, expected: str) -> None:
        super().__init__(f"{field}: expected {expected}")
        self.field, self.code, self.expected = field, code, expected


def moment(text: str, field: str) -> Partial:
    """A FHIR date, dateTime or instant; refused when it isn't one that exists.

    >>> moment("2023-06", "onsetDateTime").describe()
    'June 2023'
    """
    if not _DATE_TIME.fullmatch(text):
        expected = "a date (YYYY, YYYY-MM or YYYY-MM-DD) or an instant with its offset (2024-03-01T09:30:00Z)"
        raise Refused(field, "bad_date", expected)
    try:
        return Partial.parse(_LONG_FRACTION.sub(r"\1", text) if len(text) > 26 else text)
    except (ValueError, OverflowError):
        raise Refused(field, "bad_date", "a date that exists in the calendar, and a time of day that exists") from None


def past(text: str, field: str, now: datetime) -> Partial:
    """A moment that must not be after the delivery."""
    found = moment(text, field)
    if found.earliest > now:
        raise Refused(field, "future_date", "a date that has come, at the latest the day of this delivery")
    return found


def first_past(now: datetime, *candidates: tuple[str, str | None]) -> Partial | None:
    """The first of these fields that is given, as a moment that has come; None when none is."""
    for field, text in candidates:
        if text:
            return past(text, field, now)
    return None


def started(period: Period | None, field: str, now: datetime) -> Partial | None:
    """When a period began, or, where only its end is known, some time before that."""
    if period is None:
        return None
    if period.start:
        return past(period.start, f"{field}.start", now)
    if period.end:
        return Partial.bounds(None, past(period.end, f"{field}.end", now))
    return None


def ended(text: str | None, field: str, since: Partial, now: datetime) -> Partial | None:
    """When an episode ended. An end still to come is a plan, not a fact: the episode is open until then."""
    if not text:
        return None
    found = moment(text, field)
    if found.earliest > now:
        return None
    if found.certainly_before(since):
        raise Refused(field, "backwards", "an end that is not before its beginning")
    return found


def recorded(meta: Meta | None, now: datetime, *happened: Partial | None) -> datetime:
    """When the source wrote it down: its own stamp, else the last moment at which it happened; never after now."""
    if meta is not None and meta.lastUpdated:
        try:
            return min(moment(meta.lastUpdated, "meta.lastUpdated").latest, now)
        except Refused:
            pass  # the stamp of a server is not what the record says; it is not worth the record
    known = [partial.latest for partial in happened if partial is not None]
    return min(max(known), now) if known else now


def undated(when: datetime) -> Partial:
    """What has no date of its own had happened by the time that it was written down."""
    return Partial.bounds(None, Partial.instant(when))

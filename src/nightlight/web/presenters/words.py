"""Times, spans, roles and kinds in the words that people read. Times are London's."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta

from nightlight.domain.duty_events import (
    ERASURE_QUESTION,
    GLASS_QUESTION,
    SHARING_QUESTION,
    SUBJECT_QUESTION,
    UNUSUAL_QUESTION,
)
from nightlight.timeline import local_date, local_time

_MONTHS = tuple("January February March April May June July August September October November December".split())
_DAYS = tuple("Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split())
_QUESTIONS = {
    "child_seen": "Is the child being seen?",
    "childs_voice": "What the child has said",
    "convergence": "Several agencies worried at once",
    "decisions": "Decisions to take no further action",
    "injury": "An injury, and its explanation",
    "neglect": "Signs of neglect",
    "protection": "Danger before protection",
    "asthma_follow_up": "Follow-up of asthma",
    "access_to_child": "Workers kept from the child",
    "substances_at_home": "Drugs or alcohol at home",
    "service_continuity": "Changes of worker",
}
_TOKEN = re.compile(r"[\w.@+-]*\w")
_WHATS = {
    "housing.named": "Address named",
    "housing.differs": "Address that differs",
    "housing.left": "Moved out",
    "housing.unregistered": "Stay that no register has",
}
_KINDS = {"police": "Police", "adult": "Adult", "voice": "Child's voice", "social_care": "Social care"}


def day(value: date | datetime) -> str:
    """'21 November 2025'."""
    on = local_date(value) if isinstance(value, datetime) else value
    return f"{on.day} {_MONTHS[on.month - 1]} {on.year}"


def day_short(value: date | datetime) -> str:
    """'21 Nov 2025'."""
    on = local_date(value) if isinstance(value, datetime) else value
    return f"{on.day} {_MONTHS[on.month - 1][:3]} {on.year}"


def clock(value: datetime) -> str:
    """'2:40pm', 'midday', 'midnight'."""
    local = local_time(value)
    return _clock(local.hour, local.minute)


def hour(text: str) -> str:
    """'5pm' for 17:00, as shifts have it."""
    hours, _, minutes = text.partition(":")
    return _clock(int(hours), int(minutes[:2]))


def _clock(hour: int, minute: int) -> str:
    if minute == 0 and hour in (0, 12):
        return "midday" if hour else "midnight"
    minutes = f":{minute:02}" if minute else ""
    return f"{hour % 12 or 12}{minutes}{'pm' if hour >= 12 else 'am'}"


def day_and_time(value: datetime) -> str:
    """'Fri 21 Nov, 2:40pm'."""
    local = local_time(value)
    return f"{_DAYS[local.weekday()][:3]} {local.day} {_MONTHS[local.month - 1][:3]}, {clock(value)}"


def moment(value: datetime) -> str:
    """'Friday 21 November 2025, 2:40pm'."""
    return f"{_DAYS[local_time(value).weekday()]} {day(value)}, {clock(value)}"


def until(value: datetime) -> str:
    """When something ends: 'Friday 21 November 2025, 2:40pm', and at midnight 'the end of Thursday 20 November 2025',
    since nobody can say which night a day's midnight is in."""
    last = value - timedelta(microseconds=1)
    if local_date(last) == local_date(value):
        return moment(value)
    return f"the end of {_DAYS[local_time(last).weekday()]} {day(last)}"


def weekday(value: date) -> str:
    """'Friday 21 November'."""
    return f"{_DAYS[value.weekday()]} {value.day} {_MONTHS[value.month - 1]}"


def month(iso: str) -> str:
    """'November 2025' for 2025-11."""
    year, _, number = iso.partition("-")
    return f"{_MONTHS[int(number) - 1]} {year}"


def how_many(count: int, one: str, many: str = "") -> str:
    """'1 entry', '3 entries'."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def length(span: timedelta) -> str:
    """A length of time as one would say it: '3 days', '5 hours', '20 minutes'."""
    minutes = int(span.total_seconds() // 60)
    if minutes >= 48 * 60:
        return how_many(minutes // (24 * 60), "day")
    if minutes >= 60:
        return how_many(minutes // 60, "hour")
    return how_many(max(minutes, 1), "minute")


def tokens(texts: Iterable[str]) -> set[str]:
    """Everything in these that may be a user name."""
    return {token for text in texts for token in _TOKEN.findall(text)}


def named(text: str, names: Mapping[str, str]) -> str:
    """The text with people's names for their user names.

    >>> named("covers for lead.school-1, who is away (leave)", {"lead.school-1": "Ada Farrow"})
    'covers for Ada Farrow, who is away (leave)'
    """
    return _TOKEN.sub(lambda found: names.get(found[0], found[0]), text)


def seconds(count: float) -> str:
    """A number of seconds as one would say it: '20 minutes'."""
    return length(timedelta(seconds=count))


def kind(code: str) -> str:
    """A kind's dotted code as words: 'Emergency attendance'; the theme is said by `theme`."""
    what = code.partition(".")[2] or code
    text = _WHATS.get(code) or what.replace("_", " ")
    return text[:1].upper() + text[1:]


def question(code: str) -> str:
    """What a duty asks about, as words: 'Is the child being seen?'."""
    if code.startswith("concern:"):
        return "A concern that somebody raised"
    if code.startswith(GLASS_QUESTION):
        return "Somebody broke the glass: was it right?"
    if code.startswith(UNUSUAL_QUESTION):
        return "A look at a record was unusual: ask about it"
    if code.startswith(SUBJECT_QUESTION):
        return "Somebody asks for a copy of what is held on them"
    if code.startswith(ERASURE_QUESTION):
        return "A source erased a record: what it gave here waits"
    if code.startswith(SHARING_QUESTION):
        return _OF_SHARING.get(code.rpartition(":")[2], "Sharing")
    return _QUESTIONS.get(code) or capital(code.replace("_", " "))


_OF_SHARING = {
    "answer": "Somebody asks for information",
    "advice": "Advice is asked on a request for information",
    "review": "Review a refusal to share",
    "anew": "Consent was taken back: decide anew",
    "told": "Consent was taken back: say what you do with what you have",
}


def capital(text: str) -> str:
    """The text with its first letter in capitals, and the rest as it was."""
    return text[:1].upper() + text[1:]


def day_text(iso: str) -> str:
    """'21 November 2025' for 2025-11-21; the text itself where it is not a date."""
    try:
        return day(date.fromisoformat(iso))
    except ValueError:
        return iso


def theme(code: str) -> str:
    """The theme of a kind, or a theme, as words: 'Social care'."""
    name = code.partition(".")[0]
    return _KINDS.get(name, name.replace("_", " ").capitalize())


def age(born: date, on: date) -> str:
    """'8 years', '14 months', '5 weeks'; 'not yet born' before the birth date."""
    if on < born:
        return "not yet born"
    months = (on.year - born.year) * 12 + on.month - born.month - (on.day < born.day)
    if months >= 24:
        return how_many(months // 12, "year")
    if months >= 3:
        return how_many(months, "month")
    return how_many((on - born).days // 7, "week")

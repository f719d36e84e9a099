"""What somebody types when raising a concern: its fields, what is still missing, and when they say it happened.

Content is a plain mapping, so that a draft keeps whatever was typed, however unfinished. Nothing here reads the clock
or the store, and no message repeats what was typed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType
from typing import Any

from nightlight.domain.agencies import AGENCIES
from nightlight.domain.kinds import CONCERN_CATEGORIES, HEALTH_CONCERN_CATEGORIES, KINDS
from nightlight.domain.people import LinkKind, Part
from nightlight.timeline import LONDON, DateTextError, Partial, local_date
from nightlight.timeline.instants import TimelineError

Content = Mapping[str, Any]

LONG_TEXT = 50_000
SHORT_TEXT = 500
LONG = ("what", "words", "harm")
SHORT = (
    "danger", "from", "from_date", "from_time", "words_setting", "when", "when_date", "when_time", "when_month",
    "when_year", "between_from", "between_to", "child", "child_search", "child_given", "child_family", "child_born",
    "child_school", "child_about", "child_part", "category", "body_note", "today",
)  # fmt: skip
PERSON = ("name", "part", "relation", "role")
MOST_PEOPLE = 20

DANGER: Mapping[str, str] = MappingProxyType(
    {
        "yes": "Yes, or I am not sure",
        "soon": "Not now, but harm could come soon",
        "no": "No",
    }
)
SEVERITY: Mapping[str, str] = MappingProxyType({"yes": "immediate", "soon": "threshold", "no": "concern"})
FROM_WHEN: Mapping[str, str] = MappingProxyType(
    {"now": "Now", "tonight": "Tonight", "weekend": "This weekend", "at": "From a date and time"}
)
WHEN: Mapping[str, str] = MappingProxyType(
    {
        "today": "Today",
        "day": "On another day",
        "month": "Some time in a month",
        "between": "Between two dates",
        "unsure": "I am not sure",
    }
)
CHILD_PARTS: Mapping[str, str] = MappingProxyType(
    {
        Part.SUBJECT.value: "It is about them",
        Part.HARMED.value: "Somebody harmed them",
        Part.ALLEGED_HARMER.value: "They may have harmed somebody",
        Part.WITNESS.value: "They saw or heard it",
    }
)
PARTS: Mapping[str, str] = MappingProxyType(
    {
        Part.HARMED.value: "Was harmed",
        Part.ALLEGED_HARMER.value: "May have harmed somebody",
        Part.WITNESS.value: "Saw or heard it",
        Part.REPORTER.value: "Told us about it",
        Part.CARER_PRESENT.value: "Was there as a carer",
        Part.MENTIONED.value: "Was only mentioned",
    }
)
RELATIONS: Mapping[str, str] = MappingProxyType(
    {
        LinkKind.PARENT.value: "Parent",
        LinkKind.CARER.value: "Carer",
        LinkKind.SIBLING.value: "Brother or sister",
        LinkKind.HOUSEHOLD.value: "Lives in the same home",
        "none": "None of these",
    }
)
ROLES: Mapping[str, str] = MappingProxyType({"adult": "An adult", "child": "A child"})
SAID_ON_A_DAY = frozenset({"tonight", "weekend"})
SIDES = ("front", "back")
_LIMBS = ("upper arm", "forearm", "hand", "thigh", "lower leg", "foot")
_FRONT = ("face", "mouth", "left eye", "right eye", "left ear", "right ear", "neck", "chest", "stomach", "groin")
_BACK = ("back of head", "back of neck", "upper back", "lower back", "bottom")
REGIONS: Mapping[str, str] = MappingProxyType(
    {
        f"{side}_{where.replace(' ', '_')}": where[:1].upper() + where[1:]
        for side, places in (("front", _FRONT), ("back", _BACK))
        for where in (*places, *(f"{hand} {limb}" for limb in _LIMBS for hand in ("left", "right")))
    }
)
"""The regions of the body map by code; left and right are the child's own."""

CATEGORIES: Mapping[str, str] = MappingProxyType(
    {code: code.replace("_", " ").capitalize() for code in HEALTH_CONCERN_CATEGORIES}
    | {"domestic_abuse": "Domestic abuse", "drugs": "Drugs", "neglect": "Neglect"}
)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend before a concern can be raised: the field's id on the page, and what to do."""

    field: str
    message: str


class NotReady(Exception):
    """The concern can't be raised as it stands; the draft is kept, and `problems` says what to mend."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(problem.message for problem in problems))
        self.problems = problems


def clean(posted: Mapping[str, Any]) -> dict[str, Any]:
    """What a form sent, as content: the fields that are known, at most so long, without what text can't hold.

    >>> clean({"what": "Came in crying.", "colour": "blue"})
    {'what': 'Came in crying.'}
    """
    content: dict[str, Any] = {}
    for names, most in ((LONG, LONG_TEXT), (SHORT, SHORT_TEXT)):
        for name in names:
            if text := _text(posted.get(name, ""), most):
                content[name] = text
    regions = [code for code in posted.get("body", ()) if code in REGIONS]
    if regions:
        content["body"] = list(dict.fromkeys(regions))
    people = [{f: _text(person.get(f, ""), SHORT_TEXT) for f in PERSON} for person in posted.get("people", ())]
    people = [
        {f: text for f, text in person.items() if text} for person in people[:MOST_PEOPLE] if any(person.values())
    ]
    if people:
        content["people"] = people[:MOST_PEOPLE]
    return _settled(content)


def too_long(posted: Mapping[str, Any]) -> list[Problem]:
    """What of a form `clean` keeps only the beginning of: nobody's words are cut without their being told.

    >>> [each.field for each in too_long({"what": "x" * 60_000, "words": "y"})]
    ['what']
    """
    return [
        Problem(name, f"This is longer than the {most:,} characters that can be kept. Its beginning is kept: attach "
                      "the whole as a file, or add the rest once it is raised")
        for names, most in ((LONG, LONG_TEXT), (SHORT, SHORT_TEXT)) for name in names
        if len(str(posted.get(name, "")).replace("\r\n", "\n")) > most
    ]  # fmt: skip


def _text(value: Any, most: int) -> str:
    return str(value).replace("\x00", "").replace("\r\n", "\n")[:most] if str(value).strip() else ""


def _settled(content: dict[str, Any]) -> dict[str, Any]:
    """'Today' and 'tonight' are of the day they were said on: a draft that is finished tomorrow must not move them."""
    day = content.pop("today", "")
    day = day if re.fullmatch(r"\d{4}-\d\d-\d\d", day, re.ASCII) else ""
    if content.get("when") == "today" and day:
        content["when"], content["when_date"] = "day", day
    if content.get("from") in SAID_ON_A_DAY and day:
        content["said_on"] = day
    return content


def said_when(content: dict[str, Any], before: Content) -> dict[str, Any]:
    """The content, where 'tonight' or 'this weekend' stands as before, with the day on which it was first said."""
    if content.get("from") in SAID_ON_A_DAY and content.get("from") == before.get("from") and "said_on" in before:
        return {**content, "said_on": before["said_on"]}
    return content


def words_kept(content: Content) -> bool:
    """Whether there is anything in it that would be missed."""
    return any(value for name, value in content.items() if name not in {"danger", "said_on"})


def concern_kind(agency: str) -> str:
    """The kind in which an agency records a concern of its own; empty where it has none but `concern.raised`."""
    if agency == "education":
        return "education.concern"
    if agency.startswith("health."):
        return "health.concern"
    return "community.concern" if agency in {"voluntary", "public"} else ""


def categories(agency: str) -> tuple[str, ...]:
    """The categories that an agency's concerns take.

    >>> categories("education")[:2]
    ('hunger', 'hygiene')
    """
    kind = concern_kind(agency)
    if kind == "education.concern":
        return CONCERN_CATEGORIES
    return KINDS[kind].attributes["category"].values if kind else ()


def problems_with(content: Content, *, agency: str, now: datetime, attachments: int = 0) -> list[Problem]:
    """Everything to mend before it can be raised, in the order of the page."""
    if agency not in AGENCIES:
        raise KeyError(agency)
    found = []
    if content.get("danger") not in DANGER:
        found.append(Problem("danger", "Say whether anyone is in danger now"))
    found += _of_danger(content, now)
    if not (content.get("what") or content.get("words") or content.get("harm") or content.get("body") or attachments):
        found.append(Problem("what", "Write what happened, or what was seen or said. A few words are enough"))
    try:
        occurred(content, now)
    except WhenError as error:
        found.append(Problem(error.field, str(error)))
    found += _of_child(content)
    found += [
        Problem(f"person-{at}-part", f"Say what part {_ordinal(at)} other person had in it")
        for at, person in enumerate(content.get("people", ()))
        if person.get("part") not in PARTS
    ]
    if content.get("category") and content["category"] not in categories(agency):
        found.append(Problem("category", "Choose a category from the list, or leave it out"))
    return found


def _ordinal(at: int) -> str:
    names = ("the first", "the second", "the third", "the fourth", "the fifth")
    return names[at] if at < len(names) else f"number {at + 1} of the"


def _of_danger(content: Content, now: datetime) -> list[Problem]:
    if len(content.get("harm", "")) > 10_000:
        return [Problem("harm", "Shorten what could happen to 10,000 characters; the rest belongs under what happened")]
    try:
        from_when(content, now)
    except WhenError as error:
        return [Problem(error.field, str(error))]
    return []


def _of_child(content: Content) -> list[Problem]:
    child = content.get("child", "")
    if child == "described":
        if not any(content.get(name) for name in ("child_given", "child_family", "child_about")):
            return [Problem("child_given", "Give a name, or anything that tells who the child is")]
        try:
            born(content)
        except WhenError as error:
            return [Problem(error.field, str(error))]
        return []
    if not child:
        return [Problem("child_search", "Choose the child, or describe them if they are not in the list")]
    return []


class WhenError(ValueError):
    """A date or time that can't be read; the message says what was expected, and never repeats it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def from_when(content: Content, now: datetime) -> datetime | None:
    """From when the harm could come; None where nobody is in danger now or soon.

    >>> from_when({"danger": "soon", "from": "weekend"}, datetime.fromisoformat("2026-11-25T10:00Z")).isoformat()
    '2026-11-27T17:00:00+00:00'
    """
    if content.get("danger") not in {"yes", "soon"}:
        return None
    said = content.get("from", "")
    if said in {"", "now"}:
        if content["danger"] == "soon" and not said:
            raise WhenError("from", "Say from when the harm could come")
        return now
    if said in SAID_ON_A_DAY:
        day = date.fromisoformat(content["said_on"]) if "said_on" in content else local_date(now)
        return _local(day, time(18)) if said == "tonight" else _weekend(day)
    return _local(_day(content, "from_date"), _clock(content, "from_time") or time.min)


def _weekend(day: date) -> datetime:
    """Friday at 5pm, as people say it: the weekend begins when school and office shut. On a Saturday, it has begun."""
    if day.weekday() > 4:
        return _local(day, time.min)
    return _local(day + timedelta(days=4 - day.weekday()), time(17))


def occurred(content: Content, now: datetime) -> Partial:
    """When it happened, as precisely as it was said; 'not sure', or nothing said, is any time up to now."""
    said = content.get("when", "unsure")
    if said == "unsure":
        return Partial.bounds(None, Partial.instant(now))
    if said == "month":
        return _past(_month(content), "when_month", now)
    if said == "between":
        return _between(content, now)
    field = "when_date"
    day = local_date(now) if said == "today" and not content.get(field) else _day(content, field)
    clock = _clock(content, "when_time")
    if clock is None:
        return _past(Partial.day(day), field, now)
    return _past(Partial.instant(_local(day, clock)), "when_time", now)


def _between(content: Content, now: datetime) -> Partial:
    first = Partial.day(_day(content, "between_from")) if content.get("between_from") else None
    last = Partial.day(_day(content, "between_to")) if content.get("between_to") else Partial.instant(now)
    try:
        return _past(Partial.bounds(first, last), "between_from", now)
    except TimelineError:
        raise WhenError("between_to", "Give a second date that is not before the first") from None


def _past(partial: Partial, field: str, now: datetime) -> Partial:
    if partial.earliest > now:
        raise WhenError(field, "Give a date and time that has passed. What could still happen goes under danger")
    return partial


def _month(content: Content) -> Partial:
    try:
        return Partial.parse(f"{int(content.get('when_year', '')):04}-{int(content.get('when_month', '')):02}")
    except (ValueError, DateTextError):
        raise WhenError("when_month", "Choose a month, and give the year as four digits, like 2026") from None


_DAY_FIRST = re.compile(r"(\d{1,2})[/. -](\d{1,2})[/. -](\d{4})", re.ASCII)


def _day(content: Content, field: str) -> date:
    text = content.get(field, "").strip()
    if found := _DAY_FIRST.fullmatch(text):
        text = f"{found[3]}-{int(found[2]):02}-{int(found[1]):02}"
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise WhenError(field, "Give a date that exists, as day, month and year, like 27/3/2026") from None


_CLOCK = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?(?::\d{2})?\s*(am|pm)?", re.ASCII | re.IGNORECASE)


def _clock(content: Content, field: str) -> time | None:
    """A time of day as people write it ('14:40', '2.40pm', '2pm'); None where none was given."""
    text = content.get(field, "").strip()
    if not text:
        return None
    found = _CLOCK.fullmatch(text)
    try:
        hour, minute = int(found[1]), int(found[2] or 0)  # type: ignore[index]
        if half := (found[3] or "").lower():  # type: ignore[index]
            hour = hour % 12 + (12 if half == "pm" else 0)
        return time(hour, minute)
    except (TypeError, ValueError):
        raise WhenError(field, "Give a time of day, like 2:40pm or 14:40") from None


def _local(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, LONDON).astimezone(UTC)


def born(content: Content) -> Partial | None:
    """The birth date of a child who is described: a day, a month or a year; None where it was not given."""
    text = content.get("child_born", "").strip()
    if not text:
        return None
    try:
        if re.fullmatch(r"\d{4}(-\d{2})?", text, re.ASCII):
            return Partial.parse(text)
        return Partial.day(_day(content, "child_born"))
    except (WhenError, DateTextError):
        raise WhenError("child_born", "Give the birth date as day, month and year, or only the year") from None

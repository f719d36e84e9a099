"""The rota in words: why somebody answers or nobody does, and the hours of a week that a shift is on call."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from nightlight.actions.rotas.on_rota import RotaPage
from nightlight.domain.rota_changes import Mistake
from nightlight.timeline.instants import BEGINNING, END
from nightlight.web.presenters import words

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def people_in(page: RotaPage) -> set[str]:
    """The user names that a page of the rota speaks of."""
    posts = (*page.local, *page.partnership)
    answers = [post.answer for post in posts] + [turn.answer for post in posts for turn in post.week]
    texts = [answer.because for answer in answers] + [each.because for each in page.vacant]
    return {answer.person for answer in answers if answer.person} | words.tokens(texts)


_ORDER = ("person", "since", "until", "cover")
_FIELDS = {"since": "since_on", "until": "until_on"}


def mistakes(found: Sequence[Mistake]) -> list[tuple[str, str]]:
    """What is wrong with a change, in the order of the form's fields, with the times of what stands in its way."""
    ordered = sorted(found, key=lambda each: _ORDER.index(each.field))
    return [(_FIELDS.get(each.field, each.field), f"{each.says}{_lasting(each)}") for each in ordered]


def _lasting(mistake: Mistake) -> str:
    if mistake.lasts is None:
        return ""
    since, until = mistake.lasts
    begins = "" if since == BEGINNING else f"from {words.moment(since)}"
    ends = "with no end" if until == END else f"until {words.moment(until)}"
    return f" ({' '.join(part for part in (begins, ends) if part)})"


def on_call(hours: Sequence[Sequence[Any]], *, holidays: bool) -> list[str]:
    """The hours of a week, days with the same hours together; nothing for a shift that is on at all hours.

    >>> on_call([[0, "17:00", "09:00"], [1, "17:00", "09:00"], [5, "00:00", "00:00"]], holidays=True)
    ['Monday and Tuesday, 5pm to 9am the next day', 'Saturday, all day', 'All day on bank holidays']
    """
    ordered = sorted(hours, key=lambda each: (each[1], each[2], each[0]))
    grouped = [
        (key, [day for day, _, _ in same]) for key, same in groupby(ordered, key=lambda each: (each[1], each[2]))
    ]
    grouped.sort(key=lambda each: each[1])
    lines = [f"{_days(days)}, {_hours(start, end)}" for (start, end), days in grouped]
    return [*lines, "All day on bank holidays"] if holidays and hours else lines


def _days(days: Sequence[int]) -> str:
    said = [DAYS[day] for day in days]
    if len(days) > 2 and list(days) == list(range(days[0], days[-1] + 1)):
        return f"{said[0]} to {said[-1]}"
    return said[0] if len(said) == 1 else f"{', '.join(said[:-1])} and {said[-1]}"


def _hours(start: str, end: str) -> str:
    if start == end:
        return "all day" if start == "00:00" else f"{words.hour(start)} to the same time the next day"
    following = "" if start < end or end == "00:00" else " the next day"
    return f"{words.hour(start)} to {words.hour(end)}{following}"

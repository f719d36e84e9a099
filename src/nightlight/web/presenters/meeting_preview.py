"""What a danger or a protection would come to, while it is typed: a picture and a sentence. It keeps nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.http import QueryDict
from markupsafe import Markup

from nightlight.actions.meetings.view import MeetingPage
from nightlight.domain.coverage import coverage, why_not
from nightlight.domain.meetings.covering import dangers_of, protections_of
from nightlight.domain.meetings.phrases import Ask, Reading
from nightlight.domain.protection import Danger, Protection
from nightlight.web.presenters.meeting_picture import picture, window

NEW = "new"


@dataclass(frozen=True, slots=True)
class ComesTo:
    """One danger with the new one counted. what: the danger; words; picture."""

    what: str
    words: str
    uncovered: bool
    picture: Markup


@dataclass(frozen=True, slots=True)
class Preview:
    """What it comes to. waits: what must still happen before a protection counts."""

    lines: tuple[ComesTo, ...]
    waits: str = ""


def comes_to(page: MeetingPage, what: str, read: Reading | Ask | None, post: QueryDict, at: datetime) -> Preview | None:
    """With these words counted as they are read; None where they can't be read, or mean no time."""
    if not isinstance(read, Reading):
        return None
    if what == "danger":
        danger = Danger(id=NEW, starts=read.starts, ends=read.ends, what=post.get("what", ""))
        return Preview(_lines((danger,), protections_of(page.state), at))
    if what == "protection":
        return _with_protection(page, read, post, at)
    return None


def _with_protection(page: MeetingPage, read: Reading, post: QueryDict, at: datetime) -> Preview:
    """As it would be once its owner had accepted it."""
    owner = post.get("owner_other", "").strip() or page.names.get(post.get("owner", ""), "")
    made = Protection(
        id=NEW, what=post.get("what", ""), owner=owner, in_force_from=read.starts, until=read.ends,
        answers=frozenset(post.getlist("answers")), how_confirmed=post.get("how_confirmed", ""), accepted=True,
        accepted_at=at,
    )  # fmt: skip
    missing = why_not(made, at)
    if missing:
        return Preview((), f"It would not count yet: {missing}.")
    waits = f"It counts once {owner} accepts it."
    return Preview(_lines(dangers_of(page.state), (*protections_of(page.state), made), at), waits)


def _lines(dangers: tuple[Danger, ...], protections: tuple[Protection, ...], at: datetime) -> tuple[ComesTo, ...]:
    found = coverage(dangers, protections, at)
    over = window(found)
    still = {each.danger.id for each in found.still_open()}
    return tuple(
        ComesTo(each.danger.what, each.words(), each.danger.id in still, picture(found, each, over))
        for each in found.dangers
    )

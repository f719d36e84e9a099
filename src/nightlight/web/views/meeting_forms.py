"""Reading the forms of a meeting and a plan: each field of an item by its kind, and what changed since it was drawn.

A form that corrects an item carries what each input held (`was_...`), so that only what its author changed is sent:
two people who change two fields of one item do not cross.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from typing import Any

from django.http import HttpRequest, QueryDict

from nightlight.actions.meetings.deeds import times_said
from nightlight.domain.protection import at_words
from nightlight.timeline import Partial
from nightlight.timeline.london import LONDON
from nightlight.web.forms import Errors, When, uncut
from nightlight.web.presenters.meeting_fields import FIELDS, Field, Inputs

LONGEST = 10_000
People = Mapping[str, tuple[str, str]]
"""Those who may own something, by id: name and agency."""
EXACT = {"danger": ("starts", "ends"), "protection": ("in_force_from", "until"), "action": ("due",)}


def inputs(post: QueryDict, what: str) -> Inputs:
    """What the inputs of an item's form hold, as they were sent."""
    found: Inputs = {}
    for each in FIELDS[what]:
        if each.kind in ("exact", "moment"):
            for part in ("on", "at"):
                found[f"{each.name}_{part}"] = _text(post, f"{each.name}_{part}")[:10]
        elif each.kind == "dangers":
            found[each.name] = [value[:80] for value in post.getlist(each.name)]
        else:
            found[each.name] = _text(post, each.name)
        if each.kind == "who":
            found[f"{each.name}_other"] = uncut(_text(post, f"{each.name}_other"), 200)
    return found


def _text(post: QueryDict, name: str) -> str:
    return uncut(post.get(name, "").replace("\r\n", "\n"), LONGEST)


def changed(post: QueryDict, what: str) -> set[str]:
    """The fields of a correction that its author changed: those whose inputs differ from what they were drawn with."""
    now = inputs(post, what)
    return {each.name for each in FIELDS[what] if any(_differs(post, name, now) for name in _names(each))}


def _names(each: Field) -> tuple[str, ...]:
    if each.kind in ("exact", "moment"):
        return f"{each.name}_on", f"{each.name}_at"
    return (each.name, f"{each.name}_other") if each.kind == "who" else (each.name,)


def _differs(post: QueryDict, name: str, now: Inputs) -> bool:
    value = now.get(name, "")
    if isinstance(value, list):
        value = ",".join(sorted(value))
    return bool(value != _text(post, f"was_{name}"))


def read(given: Inputs, what: str, errors: Errors, *, people: People, form: str) -> dict[str, Any]:
    """The fields that a form says, of those that the event may have. errors: what is wrong, by the id of its input."""
    said: dict[str, Any] = {}
    for each in FIELDS[what]:
        at = f"{form}-{each.name}"
        value = _READ.get(each.kind, _words)(each, given, at, errors)
        if each.needed and value in ("", None):
            errors.append((at, each.needed))
        if each.kind == "who":
            said.update(_owner(each, given, people, what))
        else:
            said[each.name] = value
    return said


def with_times(said: dict[str, Any], what: str, touched: set[str], now: datetime) -> dict[str, Any]:
    """The fields with how their times are read: exact ones as given, else the words for them, else none."""
    exact = EXACT.get(what, ())
    if what not in EXACT or not (touched & {"said_when", *exact}):
        return said
    given = {name: said.get(name) for name in exact}
    if not touched & set(exact) or not any(given.values()):
        read_ = times_said(what, {"said_when": said.get("said_when", "")}, now)
        given = {name: read_.get(name) for name in exact}
        read_as = read_.get("read_as", "")
    else:
        read_as = how_read(*given.values()) if what == "danger" else ""
    return {**said, **given, **({"read_as": read_as} if what == "danger" else {})}


def how_read(starts: Partial | None, ends: Partial | None) -> str:
    """Exact dates in a sentence, as words for a time are read."""
    if starts is None:
        return ""
    end = f"to {at_words(ends.latest)}" if ends else "on, with no end said"
    return f"from {at_words(starts.earliest, is_start=True)} {end}"


def _words(each: Field, given: Inputs, _at: str, _errors: Errors) -> Any:
    return given.get(each.name, "")


def _exact(each: Field, given: Inputs, at: str, errors: Errors) -> Partial | None:
    on, hour = given.get(f"{each.name}_on", ""), given.get(f"{each.name}_at", "")
    if not on:
        if hour:
            errors.append((at, "Give the date of that time too"))
        return None
    try:
        day = date.fromisoformat(on)
        if not hour:
            return Partial.day(day)
        return Partial.instant(datetime.combine(day, time.fromisoformat(hour), LONDON).astimezone(UTC))
    except (ValueError, OverflowError):
        errors.append((at, "Enter a date, and a time like 17:30"))
        return None


def _moment(each: Field, given: Inputs, at: str, errors: Errors) -> datetime | None:
    wrong: Errors = []
    when = When(given.get(f"{each.name}_on", ""), given.get(f"{each.name}_at", "") or "17:00")
    found = when.moment(each.name, wrong, needed=False)
    errors.extend((at, message) for _, message in wrong)
    return found


def _yesno(each: Field, given: Inputs, _at: str, _errors: Errors) -> bool | None:
    return {"yes": True, "no": False}.get(given.get(each.name, ""))


def _tick(each: Field, given: Inputs, _at: str, _errors: Errors) -> bool:
    return given.get(each.name) == "yes"


def _dangers(each: Field, given: Inputs, _at: str, _errors: Errors) -> tuple[str, ...]:
    return tuple(given.get(each.name, ()))


def _whole(each: Field, given: Inputs, at: str, errors: Errors) -> int | None:
    text = given.get(each.name, "")
    if text.isascii() and text.isdigit() and 0 < int(text) < 10_000:
        return int(text)
    errors.append((at, "Enter a whole number, like 10"))
    return 0


_READ: Mapping[str, Callable[[Field, Inputs, str, Errors], Any]] = {
    "exact": _exact, "moment": _moment, "yesno": _yesno, "tick": _tick, "dangers": _dangers, "whole": _whole,
}  # fmt: skip


def _owner(each: Field, given: Inputs, people: People, what: str) -> dict[str, str]:
    """The owner by their id, or somebody else by name. A name that is given goes before what was chosen."""
    other = given.get(f"{each.name}_other", "")
    chosen = given.get(each.name, "")
    name, agency = (other, "") if other else people.get(chosen, (chosen, ""))
    said = {each.name: other or chosen, f"{each.name}_name": name}
    return {**said, "agency": agency} if what in ("protection", "action") else said


def author_of(request: HttpRequest) -> str:
    """For whom somebody types; empty for themselves."""
    said = request.POST.get("author", "")[:80]
    return "" if said == request.user.username else said

"""The fields of each item of a meeting or a plan, once: a form is drawn from them, filled from them and read by them.

A field is drawn by its kind (`templates/meetings/fields.html`) and read by `views.meeting_forms`. Nothing is decided
here about what an item may say: the domain refuses what cannot be.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from nightlight.domain.meetings.items import Item
from nightlight.timeline import Partial, local_date, local_time

Inputs = dict[str, Any]
"""What the inputs of a form hold: text by name; a list under a name of checkboxes."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an item.

    kind: line, lines, said (words for a time), exact (a date and perhaps a time), moment (a date and a time), who,
    child, choice, yesno, tick, dangers or whole. needed: what to say where it is empty. options: of a choice.
    """

    name: str
    label: str
    kind: str = "line"
    hint: str = ""
    needed: str = ""
    rows: int = 2
    options: Mapping[str, str] = field(default_factory=dict)
    apart: bool = False
    """Under "Give exact dates": shown only when asked for."""


_WHEN = 'In words, as it was said: "tonight", "this weekend", "Friday 5pm to Monday 9am".'
_OWNER = Field("owner", "Who does it", "who", "One named person, never a team. They accept it themselves.")
_CHILD = Field("child", "Which child", "child", "What is of one child alone stands in that child's own paper only.")
CATEGORIES = {
    "": "Not a plan for child protection", "neglect": "Neglect", "physical": "Physical abuse",
    "emotional": "Emotional abuse", "sexual": "Sexual abuse", "multiple": "More than one",
}  # fmt: skip
HOW_BAD = {
    "": "Not said", "could die or be badly hurt": "Could die or be badly hurt", "serious harm": "Serious harm",
    "harm": "Harm",
}  # fmt: skip
UNITS = {"working_days": "working days", "calendar_days": "days", "weeks": "weeks"}

FIELDS: Mapping[str, tuple[Field, ...]] = {
    "danger": (
        Field("what", "What could happen to the child?", "lines", "In plain words.", "Say what could happen"),
        Field("said_when", "From when, until when?", "said", _WHEN),
        Field("how_bad", "How bad could it be?", "choice", options=HOW_BAD),
        Field("child", "Which child", "child"),
        Field("starts", "From", "exact", apart=True),
        Field("ends", "Until", "exact", "Leave this out while nobody can say that it is over.", apart=True),
    ),
    "protection": (
        Field("what", "What keeps the child safe?", "lines", needed="Say what keeps the child safe"),
        _OWNER,
        Field("said_when", "In force from when, until when?", "said", _WHEN),
        Field("how_confirmed", "How will it be known that it is in force?", "line",
              'For example, "the social worker telephones at six". Without this it does not count.'),
        Field("answers", "Against which dangers", "dangers", "Leave all unticked where it is against all of them."),
        Field("in_force_from", "In force from", "exact", apart=True),
        Field("until", "Until", "exact", "Leave this out where it has no end; then say when it is looked at again.",
              apart=True),
        Field("review", "Looked at again by", "moment", apart=True),
    ),
    "action": (
        Field("what", "What is to be done?", "lines", needed="Say what is to be done"),
        _OWNER,
        Field("said_when", "By when?", "said", 'In words: "by Monday 5pm", "tomorrow".'),
        _CHILD,
        Field("due", "By when, exactly", "moment", apart=True),
    ),
    "decision": (
        Field("what", "What is decided?", "lines", needed="Say what is decided"),
        Field("reasons", "Reasons", "lines", "In words that the family and every agency can read."),
        Field("outcome", "Outcome", "choice"),
        Field("category", "Category of a child protection plan", "choice", options=CATEGORIES),
        Field("child", "Which child", "child"),
    ),
    "dissent": (
        Field("reasons", "What do you disagree with, and why?", "lines", needed="Say what you disagree with, and why"),
        Field("decision", "With which decision", "choice"),
        Field("leaves_at_risk", "It leaves the child at risk", "tick"),
    ),
    "view": (
        Field("child", "Which child", "child"),
        Field("words", "The child's own words", "lines", "As they said them: no tidying, no summary.", rows=3),
        Field("how", "How they were heard", "line", 'For example, "talked with her at school, drawing".'),
        Field("when", "When", "exact"),
        Field("seen_alone", "Were they seen alone?", "yesno"),
        Field("heard_by", "Who heard them", "line"),
        Field("not_heard", "Or why there are no words", hint="Only where the child could not or would not be heard."),
    ),
    "outcome": (
        Field("what", "What must be different for the child?", "lines", needed="Say what must be different"),
        Field("measure", "How will it be seen?", "line"),
        Field("by_when", "By when", "moment"),
        Field("danger", "The danger that it answers", "choice"),
        _CHILD,
    ),
    "visits": (
        Field("owner", "Who sees the child", "who", needed="Say who sees the child"),
        Field("every", "At least every", "whole", needed="Say how often, as a number"),
        Field("unit", "Counted in", "choice", options=UNITS),
        Field("alone", "The child is seen alone", "tick"),
        Field("bedroom", "The bedroom is seen", "tick"),
        Field("where", "Where else than at home", "line"),
        _CHILD,
    ),
    "contingency": (
        Field("if_", "If this happens", "lines", needed="Say what is waited for"),
        Field("then", "This is done", "lines", needed="Say what is done then"),
        Field("owner", "By whom", "who"),
        Field("within_hours", "Within how many hours", "whole"),
        Field("indicator", "Watched for by an indicator", "choice",
              "With one it is a tripwire: when the indicator holds for this child, it is a duty at once."),
        _CHILD,
    ),
    "note": (Field("text", "Text", "lines", needed="Write the text", rows=4), _CHILD),
}  # fmt: skip
NAMES = {
    "danger": "danger", "protection": "protection", "action": "action", "decision": "decision", "dissent": "dissent",
    "view": "child's view", "note": "part of the record", "outcome": "outcome", "visits": "visiting arrangement",
    "contingency": "contingency",
}  # fmt: skip


def inputs_of(item: Item, what: str) -> Inputs:
    """What the form of an item holds when it is opened to be corrected."""
    found: Inputs = {}
    for each in FIELDS[what]:
        found.update(_inputs(each, item))
    return found


def _inputs(each: Field, item: Item) -> Inputs:
    value = item.fields.get(each.name)
    if each.kind in ("exact", "moment"):
        on, at = on_and_at(value)
        return {f"{each.name}_on": on, f"{each.name}_at": at}
    if each.kind == "dangers":
        return {each.name: list(value or ())}
    if each.kind == "yesno":
        return {each.name: "" if value is None else "yes" if value else "no"}
    if each.kind == "tick":
        return {each.name: "yes" if value else ""}
    return {each.name: "" if value is None else str(value)}


def on_and_at(value: Any) -> tuple[str, str]:
    """A moment or a partial date as the two inputs hold it; a date that is wider than a day is in neither."""
    if isinstance(value, Partial):
        if value.earliest == value.latest:
            return on_and_at(value.earliest)
        day = Partial.day(local_date(value.earliest))
        return (local_date(value.earliest).isoformat(), "") if value == day else ("", "")
    if isinstance(value, datetime):
        return local_date(value).isoformat(), f"{local_time(value):%H:%M}"
    return "", ""


def flat(inputs: Inputs) -> dict[str, str]:
    """The inputs as text, so that two states of a form can be compared."""
    return {name: ",".join(sorted(v)) if isinstance(v, list) else str(v) for name, v in inputs.items()}

"""What of a meeting or plan one person sees: not what was said in a part that is closed to them, nor what is withheld.

What is not seen is not there: no text, no count, no place in what covers a danger. Whether a meeting may close is asked
of the whole (`closing`), never of what somebody sees of it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TypeVar, cast

from nightlight.domain.meetings import events as ev
from nightlight.domain.meetings.items import Item
from nightlight.domain.meetings.record import Record
from nightlight.domain.meetings.state import Emergency, Meeting, Responsible

R = TypeVar("R", bound=Record)
_V = TypeVar("_V")


def parts_of(record: Record) -> frozenset[str]:
    """The closed parts that anything here was said in."""
    opened = record.closed_parts if isinstance(record, Meeting) else ()
    return frozenset({item.text("closed_part") for item in record.items.values()} - {""}).union(opened)


def seen_in(record: R, parts: Collection[str]) -> R:
    """The meeting or plan as it stands for somebody who is in these of its closed parts."""
    hidden = {item.id for item in record.items.values() if not _open_to(item, parts)}
    hidden |= {item.id for item in record.items.values() if str(item.fields.get("decision") or "") in hidden}
    closed = parts_of(record) - frozenset(parts)
    return _without(record, hidden, parts) if hidden or closed else record


def _open_to(item: Item, parts: Collection[str]) -> bool:
    return not item.text("closed_part") or item.text("closed_part") in parts


def _without(record: R, hidden: set[str], parts: Collection[str]) -> R:
    left = replace(
        record,
        items=MappingProxyType({id_: _not_naming(i, hidden) for id_, i in record.items.items() if id_ not in hidden}),
        agreements=_keep(record.agreements, lambda id_: id_ not in hidden),
        actions_accepted=_keep(record.actions_accepted, lambda id_: id_ not in hidden),
        actions_done=_keep(record.actions_done, lambda id_: id_ not in hidden),
    )
    return cast("R", _of_meeting(left, hidden, parts)) if isinstance(left, Meeting) else left


def _not_naming(item: Item, hidden: set[str]) -> Item:
    """A protection against dangers of which some are not there is against the others; against none but those: none."""
    answers = item.fields.get("answers")
    if not isinstance(answers, tuple) or hidden.isdisjoint(answers):
        return item
    left = tuple(id_ for id_ in answers if id_ not in hidden) or ("",)
    return replace(item, fields=MappingProxyType({**item.fields, "answers": left}))


def _of_meeting(meeting: Meeting, hidden: set[str], parts: Collection[str]) -> Meeting:
    return replace(
        meeting,
        closed_parts=_keep(meeting.closed_parts, lambda part: part in parts),
        dissents_answered=_keep(meeting.dissents_answered, lambda id_: id_ not in hidden),
        emergencies=_keep(meeting.emergencies, lambda id_: not _only(meeting.emergencies[id_].invoked.dangers, hidden)),
        overrides=_keep(meeting.overrides, lambda who: not _only(meeting.overrides[who].dangers, hidden)),
    )


def _only(dangers: tuple[str, ...], hidden: set[str]) -> bool:
    return bool(dangers) and hidden.issuperset(dangers)


def _keep(held: Mapping[str, _V], wanted: Callable[[str], bool]) -> Mapping[str, _V]:
    return MappingProxyType({name: value for name, value in held.items() if wanted(name)})


def for_family(record: R) -> R:
    """The meeting or plan as a paper for the family may hold it, whoever prints it: nothing of any closed part."""
    return seen_in(record, ())


def of_child(record: R, child: str) -> R:
    """What concerns one child: what is said of them or of all the children; not what is of a brother or sister alone.

    A protection concerns the children whose dangers it is against; an outcome, those of its danger too.
    """
    hidden = {item.id for item in record.items.values() if str(item.fields.get("child") or child) != child}
    for item in record.items.values():
        if _all_hidden(item.fields.get("answers"), hidden) or item.fields.get("danger") in hidden:
            hidden.add(item.id)
    hidden |= {item.id for item in record.items.values() if item.fields.get("decision") in hidden}
    return _without(record, hidden, parts_of(record)) if hidden else record


def _all_hidden(answers: object, hidden: set[str]) -> bool:
    return isinstance(answers, tuple) and bool(answers) and hidden.issuperset(answers)


def without_decisions(record: R, person: str) -> R:
    """For somebody from whom the decisions are withheld: that the meeting or plan was, what they said, and what they
    owe."""
    theirs = {item.id for item in record.items.values() if _is_theirs(item, person)}
    left = _without(record, set(record.items) - theirs, parts_of(record))
    return cast("R", _own_part_of(left, record, person)) if isinstance(left, Meeting) else left


def _own_part_of(left: Meeting, whole: Record, person: str) -> Meeting:
    meeting = cast("Meeting", whole)
    mine: Mapping[str, Emergency] = _keep(meeting.emergencies, lambda id_: _takes(meeting.emergencies[id_], person))
    return replace(
        left,
        scores=MappingProxyType({who: score for who, score in meeting.scores.items() if person in (who[0], score.by)}),
        emergencies=mine,
        overrides=_keep(meeting.overrides, lambda who: who == person),
        exceptions=MappingProxyType({}),
        closed_parts=MappingProxyType({}),
        responsible=MappingProxyType({who: _of_the_call(each) for who, each in meeting.responsible.items()}),
    )


def _of_the_call(known: Responsible) -> Responsible:
    """Who was told of the meeting; not who heard what it decided, nor why somebody did not."""
    told = _keep(known.told, lambda what: what != "decisions")
    return replace(known, told=told, not_told=_keep(known.not_told, lambda what: what != "decisions"))


def _is_theirs(item: Item, person: str) -> bool:
    owns = person in (item.fields.get("owner"), item.fields.get("confirmer"))
    return owns or (item.author == person and item.kind is not ev.DecisionMade)


def _takes(emergency: Emergency, person: str) -> bool:
    return person in (emergency.invoked.owner, emergency.invoked.said_by)

"""Police incidents and notifications: JSON documents of our own schema, in the shape of the iHub standard data model.

No public schema, sample or test suite of police notifications exists; docs/reference/feeds.md is the schema. What an
attribute may hold is `domain.kinds`; a document that says more than a kind takes keeps it in the entry's text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO

from nightlight.domain.kinds import problems_with
from nightlight.domain.people import Part
from nightlight.feeds.fields import LONGEST_WORDS, Refused, source_id
from nightlight.feeds.jsonstream import Item, items
from nightlight.feeds.nodes import Node
from nightlight.feeds.police_people import links, people_and_places, subjects
from nightlight.feeds.records import EntryRecord, Feed, FeedContext, Record, Rejection, SubjectRecord
from nightlight.timeline.partial import Partial


@dataclass(frozen=True, slots=True, kw_only=True)
class _Document:
    """How one type of document becomes an entry.

    attributes: the document's attribute to the kind's. kept: attributes whose words go into the entry's text.
    """

    kind: str
    start: str
    end: str = ""
    attributes: Mapping[str, str]
    kept: tuple[str, ...] = ()
    places: bool = False


_DOCUMENTS: Mapping[str, _Document] = {
    "incident": _Document(
        kind="police.incident",
        start="incidentStartDateTime",
        attributes={
            "incidentCategory": "category", "childPresent": "child_present", "riskLevel": "risk", "dashTicks": "dash",
        },
        kept=("riskTool", "offence", "officer"),
        places=True,
    ),
    "notification": _Document(
        kind="police.notification",
        start="notificationDateTime",
        attributes={"to": "to", "scheme": "scheme"},
        kept=("grading", "policeReference", "officer", "childrenPresent"),
    ),
    "missingEpisode": _Document(
        kind="police.missing", start="missingFrom", end="missingTo", attributes={"overnight": "overnight"},
        kept=("policeReference", "officer"),
    ),
    "policeProtection": _Document(
        kind="police.protection", start="protectionFrom", end="protectionTo", attributes={},
        kept=("policeReference", "officer"),
    ),
    "welfareCheck": _Document(
        kind="police.welfare_check",
        start="checkedDateTime",
        attributes={"childSeen": "child_seen", "result": "result"},
        kept=("policeReference", "officer"),
        places=True,
    ),
    "adultOfConcern": _Document(
        kind="police.adult_of_concern", start="concernFrom", end="concernTo", attributes={"reason": "reason"},
        kept=("policeReference",), places=True,
    ),
}  # fmt: skip
_COMMON = ("description", "recordedDateTime", "status", "childWords", "sensitivity")
_WITHDRAWN = "enteredInError"
SENSITIVITIES = ("ordinary", "restricted")
_STATUSES = ("", "recorded", "updated", _WITHDRAWN)


def read(stream: BinaryIO, context: FeedContext) -> Iterator[Record | Rejection]:
    """The documents of a file: one, a list of them, or one a line.

    >>> import io
    >>> document = b'''{"data": {"id": "INC1", "type": "incident", "attributes": {"incidentCategory": "domestic_abuse",
    ...   "incidentStartDateTime": "2024-03-01T23:10:00+00:00"},
    ...   "relationships": {"childPresent": {"data": [{"id": "N7", "type": "person"}]}}}}'''
    >>> now = datetime.fromisoformat("2024-03-02T09:00Z")
    >>> context = FeedContext(agency="police", organisation="police", system="niche:police", now=now)
    >>> [record] = read(io.BytesIO(document), context)
    >>> record.record_id, record.entries[0].subjects[0].part.value
    ('incident/INC1', 'subject')
    """
    return _read(items(stream), context)


def _read(found: Iterator[Item | Rejection], context: FeedContext) -> Iterator[Record | Rejection]:
    for item in found:
        if isinstance(item, Rejection):
            yield item
            continue
        try:
            yield _record(item, context)
        except Refused as refused:
            yield refused.at(item.position, item.raw)


def _record(item: Item, context: FeedContext) -> Record:
    document = Node(item.value)
    data = document.node("data")
    key, type_ = source_id(data.text("id"), "data.id"), data.text("type")
    if type_ not in _DOCUMENTS:
        raise Refused("data.type", "unknown_type", f"one of {', '.join(_DOCUMENTS)}")
    what, attributes = _DOCUMENTS[type_], data.node("attributes")
    _only_known(attributes, what)
    occurred = attributes.moment(what.start, context.now)
    if occurred is None:
        raise Refused(attributes.at(what.start), "missing", "when it was or began")
    recorded = min((attributes.moment("recordedDateTime", context.now) or occurred).latest, context.now)
    named = subjects(data)
    if not any(not subject.address or what.places for subject in named):
        raise Refused("data.relationships", "missing", "someone that this is about, with their part")
    people, places = people_and_places(document, named, occurred, context.now)
    entry = _entry(attributes, what, _about(named, what), occurred, recorded, context.now)
    return Record(
        position=item.position,
        record_id=f"{type_}/{key}",
        raw=item.raw,
        people=people,
        addresses=places,
        links=tuple(links(document, places, occurred, recorded)),
        entries=(entry, *_voices(attributes, entry, named)),
        withdrawn=_withdrawn(attributes),
    )


def _only_known(attributes: Node, what: _Document) -> None:
    """A misspelt attribute must not be lost in silence."""
    known = (what.start, *([what.end] if what.end else []), *what.attributes, *what.kept, *_COMMON)
    if any(name not in known for name in attributes.names()):
        raise Refused("data.attributes", "unknown_attribute", f"only {', '.join(known)}")


def _about(named: tuple[SubjectRecord, ...], what: _Document) -> tuple[SubjectRecord, ...]:
    return tuple(subject for subject in named if what.places or not subject.address)


def _entry(
    attributes: Node,
    what: _Document,
    about: tuple[SubjectRecord, ...],
    occurred: Partial,
    recorded: datetime,
    now: datetime,
) -> EntryRecord:
    values = {ours: attributes.get(theirs) for theirs, ours in what.attributes.items()}
    values = {name: value for name, value in values.items() if value is not None}
    if what.kind == "police.notification":
        values.setdefault("to", "education")
    _valid(what, values)
    return EntryRecord(
        kind=what.kind,
        subjects=about,
        occurred=occurred,
        until=_until(attributes, what, occurred, now),
        recorded=recorded,
        attributes=values,
        text=_text(attributes, what),
        sensitivity=_sensitivity(attributes),
    )


def _valid(what: _Document, values: Mapping[str, Any]) -> None:
    theirs = {ours: name for name, ours in what.attributes.items()}
    for problem in problems_with(what.kind, values):
        name = problem.field.removeprefix("attributes.")
        raise Refused(f"data.attributes.{theirs[name]}", problem.code, problem.expected)


def _until(attributes: Node, what: _Document, occurred: Partial, now: datetime) -> Partial | None:
    until = attributes.moment(what.end, now) if what.end else None
    if until is not None and until.certainly_before(occurred):
        raise Refused(attributes.at(what.end), "backwards", "an end that is not before its beginning")
    return until


def _sensitivity(attributes: Node) -> str:
    word = attributes.text("sensitivity") or "ordinary"
    if word not in SENSITIVITIES:
        raise Refused(attributes.at("sensitivity"), "bad_value", f"one of {', '.join(SENSITIVITIES)}")
    return word


def _text(attributes: Node, what: _Document) -> str:
    lines = [attributes.text("description")]
    lines += [f"{_in_words(name)}: {text}" for name in what.kept if (text := attributes.text(name))]
    return "\n".join(line for line in lines if line)


def _in_words(name: str) -> str:
    """`riskTool` as people read it.

    >>> _in_words("riskTool")
    'Risk tool'
    """
    spaced = "".join(f" {char.lower()}" if char.isupper() else char for char in name)
    return spaced[:1].upper() + spaced[1:]


def _voices(attributes: Node, entry: EntryRecord, named: tuple[SubjectRecord, ...]) -> Iterator[EntryRecord]:
    """What a child said to the officers, verbatim, apart from what the officers write."""
    there = {subject.source_id for subject in named if not subject.address}
    for said in attributes.one_or_more("childWords"):
        person, setting = said.text("person"), said.text("setting")
        if person not in there:
            raise Refused(said.at("person"), "unknown_reference", "the id of a person in this document's relationships")
        if not said.text("words") or len(setting) > LONGEST_WORDS:
            raise Refused(said.at("words"), "missing", "what the child said, and where in a few words")
        yield EntryRecord(
            kind="voice.words",
            subjects=(SubjectRecord(person, Part.SUBJECT),),
            occurred=entry.occurred,
            recorded=entry.recorded,
            attributes={"setting": setting} if setting else {},
            words=said.text("words"),
            sensitivity=entry.sensitivity,
        )


def _withdrawn(attributes: Node) -> bool:
    status = attributes.text("status")
    if status not in _STATUSES:
        raise Refused(attributes.at("status"), "bad_value", "recorded, updated or enteredInError")
    return status == _WITHDRAWN


FEED = Feed(
    name="police",
    title="Police incidents and notifications (JSON)",
    agency="police",
    read=read,
    suffixes=(".json", ".ndjson", ".jsonl"),
)
"""The feed as the registry lists it."""

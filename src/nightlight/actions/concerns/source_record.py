"""From what somebody typed to a source record: the entries, people, parts and links that a concern states.

Pure: content and attachments' digests come in, a `Record` of the organisation's own system comes out. It decides
nothing about who the child is (`actions.people.identity`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from nightlight.domain.concern_content import REGIONS, SEVERITY, Content, born, concern_kind, from_when, occurred
from nightlight.domain.people import LinkKind, Part
from nightlight.feeds.records import EntryRecord, LinkRecord, PersonRecord, Record, SubjectRecord
from nightlight.timeline import Partial


def system_of(organisation: str) -> str:
    """The source system that a concern of this organisation is kept under.

    >>> system_of("fernbank")
    'nightlight:fernbank'
    """
    return f"nightlight:{organisation}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """A file with a concern, as its record names it."""

    id: UUID
    name: str
    media_type: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Concern:
    """Everything a record is made from. known: the person id of a child chosen by name; empty for one described."""

    id: UUID
    content: Content
    agency: str
    now: datetime
    attachments: Sequence[Attached] = ()
    record_id: str = ""
    extra: Content = field(default_factory=dict)

    @property
    def child(self) -> str:
        """The source's own id of the child: the person's, or one that this concern gives a child it describes."""
        chosen = self.content.get("child", "")
        return f"{self.id}/child" if chosen == "described" else str(chosen)


def record(concern: Concern) -> Record:
    """The record of a concern as it stands now; the same concern corrected is a new version of it."""
    when = occurred(concern.content, concern.now)
    return Record(
        position="concern",
        record_id=concern.record_id or str(concern.id),
        raw=_raw(concern),
        people=tuple(_people(concern)),
        links=tuple(_links(concern, when)),
        entries=tuple(_entries(concern, when)),
    )


def _raw(concern: Concern) -> bytes:
    attached = [{"id": str(a.id), "media_type": a.media_type, "digest": a.digest} for a in concern.attachments]
    whole: dict[str, Any] = {"content": dict(concern.content), "attachments": attached, **concern.extra}
    return orjson.dumps(whole, option=orjson.OPT_SORT_KEYS)


def _person_id(concern: Concern, at: int) -> str:
    return f"{concern.id}/person/{at + 1}"


def _people(concern: Concern) -> list[PersonRecord]:
    content = concern.content
    people = []
    if content.get("child") == "described":
        details = {n: content[f"child_{n}"] for n in ("school", "about") if content.get(f"child_{n}")}
        people.append(
            PersonRecord(
                source_id=concern.child,
                role="child",
                given=content.get("child_given", "")[:200],
                family=content.get("child_family", "")[:200],
                born=born(content),
                details=details,
            )
        )
    for at, person in enumerate(content.get("people", ())):
        given, _, family = person.get("name", "").rpartition(" ")
        people.append(
            PersonRecord(
                source_id=_person_id(concern, at),
                role=person.get("role", ""),
                given=(given or family)[:200],
                family=family[:200] if given else "",
            )
        )
    return people


def _links(concern: Concern, when: Partial) -> list[LinkRecord]:
    """Who somebody is to the child. A parent is one always; a carer, from then on."""
    links = []
    for at, person in enumerate(concern.content.get("people", ())):
        relation = person.get("relation", "")
        if relation not in {kind.value for kind in LinkKind} - {LinkKind.RESIDENCE.value}:
            continue
        kind = LinkKind(relation)
        since = when if kind in {LinkKind.CARER, LinkKind.HOUSEHOLD} else None
        links.append(
            LinkRecord(
                kind=kind, person=_person_id(concern, at), other=concern.child, since=since, recorded=concern.now
            )
        )
    return links


def _subjects(concern: Concern) -> tuple[SubjectRecord, ...]:
    part = concern.content.get("child_part") or Part.SUBJECT.value
    others = (
        SubjectRecord(_person_id(concern, at), Part(person.get("part", Part.MENTIONED.value)))
        for at, person in enumerate(concern.content.get("people", ()))
    )
    return (SubjectRecord(concern.child, Part(part)), *others)


def _entries(concern: Concern, when: Partial) -> list[EntryRecord]:
    """The concern itself, the agency's own kind of concern with its category, and the child's words, in this order."""
    content = concern.content
    subjects = _subjects(concern)
    about: dict[str, Any] = {"severity": SEVERITY[content["danger"]]}
    if starts := from_when(content, concern.now):
        about["from_when"] = starts.isoformat(timespec="seconds")
    if content.get("harm"):
        about["harm"] = content["harm"]
    entries = [_entry(concern, "concern.raised", subjects, when, about, text=_text(concern))]
    if kind := concern_kind(concern.agency):
        category = {"category": content["category"]} if content.get("category") else {}
        entries.append(_entry(concern, kind, subjects, when, category))
    if content.get("words"):
        setting = {"setting": content["words_setting"]} if content.get("words_setting") else {}
        child = (SubjectRecord(concern.child),)
        entries.append(_entry(concern, "voice.words", child, when, setting, words=content["words"]))
    return entries


def _entry(
    concern: Concern,
    kind: str,
    subjects: tuple[SubjectRecord, ...],
    when: Partial,
    attributes: dict[str, Any],
    *,
    text: str = "",
    words: str = "",
) -> EntryRecord:
    return EntryRecord(
        kind=kind,
        subjects=subjects,
        occurred=when,
        recorded=concern.now,
        attributes=attributes,
        text=text,
        words=words,
    )


def _text(concern: Concern) -> str:
    """What happened, and what came with it in words, so that nobody has to open a picture to know that it is there."""
    content = concern.content
    parts = [content.get("what", "")]
    if content.get("body"):
        parts.append(f"Marked on the body map: {body_words(content['body'])}.")
    if content.get("body_note"):
        parts.append(f"About the body map: {content['body_note']}")
    if concern.attachments:
        count = len(concern.attachments)
        parts.append(f"With it: {count} {'file' if count == 1 else 'files'}, kept with the concern.")
    return "\n\n".join(part for part in parts if part)


def body_words(regions: Sequence[str]) -> str:
    """The marked regions in words.

    >>> body_words(["front_left_ear", "back_left_hand"])
    'left ear (front), left hand (back)'
    """
    return ", ".join(f"{REGIONS[code].lower()} ({code.partition('_')[0]})" for code in regions if code in REGIONS)

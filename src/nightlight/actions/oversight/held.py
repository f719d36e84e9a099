"""All that is held on somebody, laid out in parts and fields, each marked by whose it is, for a copy of it (`copies`).

Whoever calls it asked before whether the reader may see the person; of what they may not read there is nothing here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from uuid import UUID

from nightlight.actions.oversight import held_beside
from nightlight.actions.oversight.held_beside import Shown, Whose
from nightlight.actions.seeing.access import who_is
from nightlight.domain.access.engine import policy
from nightlight.domain.access.vocabulary import Sort, Who, matter_of, sensitivity_of
from nightlight.domain.meetings.items import Item
from nightlight.domain.meetings.seen import seen_in
from nightlight.domain.subject_access import Field, Mark, Part, entry_part, speaks_of_violence
from nightlight.domain.subject_access import Held as Said
from nightlight.store.access.facts import Sealed, sealed_from
from nightlight.store.chronology.models import EntryRow, EntrySubject, LinkRow
from nightlight.store.duties.models import DutyEvent, DutyNow
from nightlight.store.intake.models import Attachment
from nightlight.store.meetings import mapping as meetings
from nightlight.store.meetings.models import MeetingChild
from nightlight.store.people.models import Organisation, Person, Practitioner, SourcePerson
from nightlight.store.sharing.models import ConsentTakenBack, Disclosure, SharingDecision
from nightlight.timeline.london import local_date


@dataclass(frozen=True, slots=True)
class Held:
    """All that is held on somebody that the reader may read: in parts, and the files among it, without their bytes."""

    parts: tuple[Part, ...]
    files: tuple[Attachment, ...]


def held_on(person: Person, *, by: Practitioner, now: datetime) -> Held:
    """What is held on a person, for whoever was asked whether they may see it."""
    sealed = sealed_from(by.username, now)
    sources = [s for s in SourcePerson.objects.filter(person=person).order_by("system", "source_id")
               if str(s.id) not in sealed.source_people]  # fmt: skip
    names = dict(Organisation.objects.values_list("code", "name"))
    ids = [source.id for source in sources]
    may_read = partial(_may_read, who_is(by), sealed)
    rows = [row for row in _entries(ids) if may_read(row)]
    others = _others(ids, sealed)
    known = sorted({name for other in others.values() for name in (other.given, other.family) if name} - _own(sources))
    violence = speaks_of_violence(row.kind for row in rows)
    whose = Whose(is_child=person.is_child, names=known, violence=violence)
    described = [_described(source, names, violence, sealed) for source in sources]
    shown = [_entry(row, ids, others, names, whose) for row in rows]
    records = held_beside.whole(shown, may_read)
    said = [field.value for part in described for field in part.fields]
    files = held_beside.files(records)
    theirs = (
        (*_duties(person.id, {str(row.id) for row in rows}, sealed), *_agreed(person.id)) if person.is_child else ()
    )
    parts = (
        *described, *(each.part for each in shown), *held_beside.file_parts(files), *_links(ids, others), *theirs,
        *_given_to(person.id, names), *_consent(person.id), *held_beside.raw_parts(shown, records, said, whose),
    )  # fmt: skip
    return Held(parts, tuple(files))


def _own(sources: Iterable[SourcePerson]) -> set[str]:
    return {name for source in sources for name in (source.given, source.family)}


def _entries(ids: Sequence[UUID]) -> list[EntryRow]:
    """The entries about them, the oldest first."""
    wanted = EntrySubject.objects.filter(source_person__in=ids).values("entry")
    return list(EntryRow.objects.filter(id__in=wanted).prefetch_related("subjects").order_by("occurred_from", "id"))


def _may_read(who: Who, sealed: Sealed, row: EntryRow) -> bool:
    sort = Sort(
        sensitivity=sensitivity_of(row.sensitivity), matter=matter_of(row.kind), sealed=str(row.id) in sealed.entries
    )
    return policy().read(who, frozenset(), sort).allowed


def _described(source: SourcePerson, names: Mapping[str, str], violence: bool, sealed: Sealed) -> Part:
    said = {
        "given name": source.given, "family name": source.family, "born": source.born, "sex": source.sex,
        "NHS number": source.nhs_number, "UPN": source.upn, "postcode": source.postcode,
    }  # fmt: skip
    if str(source.address_id) in sealed.addresses:
        said["postcode"] = ""
    fields = tuple(
        Field(
            id=f"source:{source.id}:{label}", label=label, value=value,
            mark=Mark.HARM if violence and label == "postcode" else Mark.THEIRS,
            why="a place, in a record that speaks of violence at home" if violence and label == "postcode" else "",
        )
        for label, value in said.items() if value
    )  # fmt: skip
    where = names.get(source.organisation, source.organisation or source.system)
    return Part(under="How you are described", title=f"In the records of {where}", fields=fields)


def _others(ids: Sequence[UUID], sealed: Sealed) -> dict[UUID, SourcePerson]:
    """The other people in the same entries and links, by source person."""
    entries = EntrySubject.objects.filter(source_person__in=ids).values("entry")
    wanted = set(EntrySubject.objects.filter(entry__in=entries).values_list("source_person", flat=True))
    wanted |= set(LinkRow.objects.filter(source_person__in=ids).values_list("other_person", flat=True))
    wanted |= set(LinkRow.objects.filter(other_person__in=ids).values_list("source_person", flat=True))
    wanted -= {None, *ids, *(UUID(id_) for id_ in sealed.source_people)}
    return SourcePerson.objects.in_bulk(list(wanted))


def _name(source: SourcePerson) -> str:
    return f"{source.given} {source.family}".strip() or "somebody whose name is not known"


def _entry(
    row: EntryRow, ids: Sequence[UUID], others: Mapping[UUID, SourcePerson], names: Mapping[str, str], whose: Whose
) -> Shown:
    also = tuple(
        f"{_name(others[s.source_person])} ({s.part})"
        for s in row.subjects.all()
        if s.source_person and s.source_person in others
    )
    held = Said(
        id=str(row.id), kind=row.kind, title=row.kind.partition(".")[2].replace("_", " ").capitalize(),
        when=_day(row.occurred), organisation=names.get(row.organisation, row.organisation or row.agency),
        sensitivity=row.sensitivity, attributes=row.attributes, words=row.words, text=row.text, others=also,
    )  # fmt: skip
    part = entry_part(held, is_child=whose.is_child, names=whose.names, violence=whose.violence)
    return Shown(row=row, held=held, part=part)


def _day(text: str) -> str:
    """The day of a moment as people write it; a date that is not exact stays as it is.

    >>> _day("2026-11-21T23:30:00Z"), _day("2026-03"), _day("")
    ('21 November 2026', '2026-03', 'no date')
    >>> _day("2026-05-04..2026-05-08")
    '4 May 2026 to 8 May 2026'
    """
    if not text:
        return "no date"
    if ".." in text:
        return " to ".join(map(_day, text.split("..", 1)))
    try:
        on = local_date(datetime.fromisoformat(text)) if "T" in text else date.fromisoformat(text)
    except ValueError:
        return text
    return f"{on.day} {on:%B %Y}"


def _links(ids: Sequence[UUID], others: Mapping[UUID, SourcePerson]) -> Iterator[Part]:
    fields = []
    mine = LinkRow.objects.filter(source_person__in=ids).order_by("id")
    theirs = LinkRow.objects.filter(other_person__in=ids).order_by("id")
    for link in (*mine, *theirs):
        away = link.other_person if link.source_person in ids else link.source_person
        if away and (other := others.get(away)):
            fields.append(
                Field(id=f"link:{link.id}:other", label=link.kind.replace("_", " "), value=_name(other),
                      mark=Mark.THIRD_PARTY, why="another person's name and relation")
            )  # fmt: skip
    if fields:
        yield Part(under="Who is linked to you", title="As the records have it", fields=tuple(fields))


def _duties(child: UUID, readable: set[str], sealed: Sealed) -> Iterator[Part]:
    """What somebody had to do: what was asked, how it ended and why. None whose evidence is sealed."""
    for duty in DutyNow.objects.filter(child=child).order_by("due", "duty_id"):
        if {str(id_) for id_ in duty.evidence} & sealed.entries:
            continue
        fields = [Field(id=f"duty:{duty.duty_id}:status", label="how it stands", value=duty.status)]
        for event in DutyEvent.objects.filter(duty=duty.duty_id).order_by("number"):
            for name in ("outcome", "reason"):
                if value := str(event.detail.get(name) or ""):
                    fields.append(
                        Field(id=f"duty:{duty.duty_id}:{event.number}:{name}", label=f"{event.kind.lower()}: {name}",
                              value=value, mark=Mark.HARM if name == "reason" else Mark.THEIRS,
                              why="a professional's own words on what to do" if name == "reason" else "")
                    )  # fmt: skip
        yield Part(
            under="What had to be done", title=duty.question.partition(":")[0].replace("_", " "), fields=tuple(fields)
        )


def _agreed(child: UUID) -> Iterator[Part]:
    """What was said and agreed in meetings and plans about them, but not in a closed part; never plainly theirs."""
    for row in MeetingChild.objects.filter(child=child).order_by("id"):
        what, id_ = ("meeting", row.meeting_id) if row.meeting_id else ("plan", row.plan_id)
        if id_ is None:
            continue
        kept = meetings.meeting_of(id_) if row.meeting_id else meetings.plan_of(id_)
        if kept is None:
            continue
        items = seen_in(kept[0], ()).items.values()
        fields = tuple(_said(item, f"{what}:{id_}") for item in items if _about(item, row.called))
        yield Part(under="Meetings and plans", title=f"A {what}", fields=fields)


def _about(item: Item, child: UUID) -> bool:
    return item.fields.get("child") in (None, "", str(child))


def _said(item: Item, where: str) -> Field:
    words = [str(value) for value in item.fields.values() if isinstance(value, str) and value]
    return Field(
        id=f"{where}:{item.id}",
        label=re.sub(r"(?<=[a-z])(?=[A-Z])", " ", item.kind.__name__).capitalize(),
        value="; ".join(words),
        mark=Mark.THIRD_PARTY,
        why="said in a meeting, which is often about several people",
    )


def _consent(subject: UUID) -> Iterator[Part]:
    """Who consented to what, as it was written, and that it was taken back; whose consent it was may be another's."""
    given = SharingDecision.objects.filter(child=subject).order_by("at", "id")
    back = ConsentTakenBack.objects.filter(child=subject).order_by("on", "id")
    said = [(f"consent:{row.id}:given", f"given, as written on {local_date(row.at).isoformat()}", row.consent_said)
            for row in given]  # fmt: skip
    for row in back:
        on = f"taken back on {local_date(row.on).isoformat()}"
        said += [
            (f"consent:{row.id}:whose", f"{on}, by", row.whose),
            (f"consent:{row.id}:said", f"{on}: said", row.said),
        ]
    fields = tuple(
        Field(id=id_, label=label, value=value, mark=Mark.THIRD_PARTY, why="names who consented, and how it was said")
        for id_, label, value in said
        if value
    )
    if fields:
        yield Part(under="Consent", title="As it was put on record", fields=fields)


def _given_to(subject: UUID, names: Mapping[str, str]) -> Iterator[Part]:
    rows = Disclosure.objects.filter(child=subject).order_by("at")
    fields = tuple(
        Field(id=f"given:{row.id}:to", label=f"on {local_date(row.at).isoformat()}",
              value=names.get(row.to_organisation, row.to_organisation))
        for row in rows
    )  # fmt: skip
    if fields:
        yield Part(under="Who was given information", title="Organisations, and when", fields=fields)

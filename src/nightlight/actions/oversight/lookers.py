"""What somebody's own access looked like, for themselves; and who has looked at a record, for whom it is about.

Each is itself written into the log. A copy for a subject names nobody else and says nothing of what the record holds.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from nightlight.actions.seeing.access import access_child, require
from nightlight.actions.trail import audit
from nightlight.domain.access.vocabulary import WORDS, Purpose
from nightlight.domain.lookers import TOLD, Line, Told, names_row, told
from nightlight.domain.roles import Permission, role_title
from nightlight.paper.blocks import Document, Facts, Table, Text, sections
from nightlight.store.access import wall
from nightlight.store.audit.models import AuditEvent
from nightlight.store.people.models import Organisation, Person, Practitioner
from nightlight.timeline.london import local_date, local_time

PAGE = 100
_GROUNDS = {words: str(relationship) for relationship, words in WORDS.items()}
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_CHECKED = (
    "If somebody here should not have looked, tell us: the Caldicott guardian asks them, and tells you what was found."
)
_LEFT_OUT = (
    "The law lets a line be left out where telling you could put somebody in danger or spoil an inquiry. This page "
    "would look the same then."
)


class NobodyThere(LookupError):
    """There is nobody of this id; the message says what was expected."""


@dataclass(frozen=True, slots=True)
class Mine:
    """A page of one's own lines, and how many there are in all."""

    lines: tuple[AuditEvent, ...]
    count: int


# -- one's own


@wall.lifted("somebody's own lines of the log")
def mine(*, by: Practitioner, now: datetime, page: int = 1) -> Mine:
    """A page of what somebody viewed, searched, decided and exported, the newest first."""
    audit.record(at=now, by=by, act="own_access.viewed")
    rows = AuditEvent.objects.filter(by=by.username).order_by("-id")
    return Mine(tuple(rows[(page - 1) * PAGE : page * PAGE]), rows.count())


@wall.lifted("somebody's own lines of the log")
def mine_as_csv(*, by: Practitioner, now: datetime, words: Callable[[str], str] = str) -> str:
    """All of it as a table to keep, in London's time; a record is named by its id. words: what acts are called."""
    audit.record(at=now, by=by, act="own_access.exported")
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(["when", "what", "record", "about", "reason"])
    for row in AuditEvent.objects.filter(by=by.username).order_by("-id").iterator(2000):
        when = f"{local_time(row.at):%Y-%m-%d %H:%M:%S}"
        writer.writerow(map(_plain, [when, words(row.act), row.child or "", row.about, row.reason]))
    return file.getvalue()


def _plain(value: object) -> str:
    """A cell that no spreadsheet takes for a formula."""
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


# -- for whom a record is about


def for_subject(*, by: Practitioner, child: UUID, now: datetime, without: Sequence[str] = ()) -> Document:
    """Who has looked at a child's record, to be given to the child or a parent. For the Caldicott guardian.

    without: codes of organisations whose lines are left out, since telling of them would do harm; that is on record.
    """
    require(by, Permission.AUDIT_VIEW)
    access_child(by=by, child=child, now=now, purpose=Purpose.OVERSEE)
    return _for_subject(by, child, now, without)


def for_subject_by_command(*, by: str, child: UUID, now: datetime, without: Sequence[str] = ()) -> Document:
    """The same for whoever runs a command on the hub's own machine."""
    return _for_subject(by, child, now, without)


@wall.lifted("the organisations of everybody who looked at this record, for whoever makes the copy of it")
def organisations_of(child: UUID) -> tuple[tuple[str, str], ...]:
    """Whose lines a copy for a subject would hold: code and name, in the order of names."""
    codes = AuditEvent.objects.filter(child=child, act__in=TOLD).values("organisation")
    return tuple(Organisation.objects.filter(code__in=codes).order_by("name", "code").values_list("code", "name"))


@wall.lifted("the lines of everybody who looked at this record, for whom it is about")
def _for_subject(by: Practitioner | str, child: UUID, now: datetime, without: Sequence[str]) -> Document:
    person = Person.objects.filter(id=child).first()
    if person is None:
        raise NobodyThere("there is nobody of this id. It is in the address of the person's record: /children/ID")
    unknown = set(without) - set(Organisation.objects.filter(code__in=without).values_list("code", flat=True))
    if unknown:
        raise NobodyThere(f"there is no organisation {sorted(unknown)[0]}: give its code, as the rota has it")
    row = names_row(local_date(now))
    lines = told(_lines(child, set(without)), named=row.named)
    detail = {"lines": len(lines), "without": sorted(without), "names": row.version}
    audit.record(at=now, by=by, act="lookers.exported", child=child, detail=detail)
    return _document(f"{person.given} {person.family}".strip(), lines, now)


def _lines(child: UUID, without: set[str]) -> Iterable[Line]:
    events = AuditEvent.objects.filter(child=child, act__in=TOLD).exclude(organisation__in=without).order_by("id")
    people = {each.username: each for each in Practitioner.objects.select_related("organisation")}
    names = dict(Organisation.objects.values_list("code", "name"))
    for event in events.iterator(2000):
        who = people.get(event.by)
        if who is None:
            continue  # a system, or nobody who signs in
        yield Line(
            at=event.at,
            act=event.act,
            name=who.name,
            role=role_title(who.role),
            organisation=names.get(event.organisation, who.organisation.name),
            ground=_GROUNDS.get(event.about, ""),
        )


def _document(name: str, lines: Sequence[Told], now: datetime) -> Document:
    day = f"{local_date(now).day} {local_date(now):%B %Y}"
    rows = tuple((f"{one.day.day} {one.day:%b %Y}", one.who, _capital(one.what), _capital(one.why)) for one in lines)
    table = Table("Who, when and why", ("Day", "Who", "What they did", "Why they could"), rows)
    blocks = (table,) if rows else (Text("Nobody has looked at your record."),)
    return Document(
        title="Who has looked at your record",
        subtitle=f"The record of {name}" if name else "",
        facts=Facts((("Up to", day), ("Lines", str(len(rows))))),
        sections=sections(
            ("What this is", (Text(
                "Organisations that keep children safe share some information in one place. Each time somebody opens "
                "a record there, it is written down, and nobody can change or delete that. This is what was written "
                "down about the record named above. “You” is the person whose record it is."
            ),)),
            ("Who has looked", blocks),
            ("If something is wrong", (Text(_CHECKED), Text(_LEFT_OUT))),
        ),
        footer=f"Made on {day}",
    )  # fmt: skip


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]

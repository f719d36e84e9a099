"""What people see of sharing: what they were given, what was shared of a child, where their requests stand.

A disclosure is drawn from the entries it names, by the function that drew its preview. Who may look is asked here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from nightlight.actions.seeing.access import access_child, may_see, not_there, require, visible_children
from nightlight.actions.seeing.sight import Sight, sight_of
from nightlight.actions.sharing.asking import answered, due_of
from nightlight.actions.trail import audit, practitioners
from nightlight.domain.chronology import Entry, Source, Subject
from nightlight.domain.people import Part
from nightlight.domain.roles import Permission
from nightlight.domain.sharing.items import Chosen, Shown, show
from nightlight.domain.sharing.vocabulary import Mode
from nightlight.store.access import wall
from nightlight.store.access.facts import sealed_from
from nightlight.store.chronology.models import EntryRow
from nightlight.store.people.models import Person, Practitioner
from nightlight.store.sharing.models import DisclosedItem, Disclosure, Receipt, SharingDecision, SharingRequest
from nightlight.timeline.partial import Partial

GUARDIAN = "caldicott_guardian"


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that was given, as its receiver sees it: then, and (where it was corrected) now. of_another: it was of
    somebody else, which was found out since."""

    shown: Shown
    left_out: tuple[str, ...]
    changed: datetime | None = None
    withdrawn: bool = False
    of_another: bool = False
    now: Shown | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """A disclosure with its items. mine: whoever looks is its receiver. gave: they may know what was left out."""

    row: Disclosure
    decision: SharingDecision
    items: tuple[Item, ...]
    child: str
    mine: bool
    gave: bool
    opens: bool
    receipts: tuple[Receipt, ...]
    names: Mapping[str, str]
    organisations: Mapping[str, str]

    @property
    def unread(self) -> bool:
        """Whether the receiver has not read it as it stands now."""
        changes = sum(item.changed is not None for item in self.items)
        return not any(each.changes >= changes for each in self.receipts if each.person == self.row.to_person)


def received(*, by: Practitioner, disclosure: UUID, now: datetime) -> Given:
    """What was given: to its receiver; to the two organisations and the guardian, where they may open the child.

    Reading it is written down.
    """
    require(by, Permission.CHILD_VIEW)
    row = Disclosure.objects.select_related("decision").filter(id=disclosure).first()
    opens = may_see(by, row.child if row else disclosure, now)
    if row is None:
        audit.record(at=now, by=by, act="child.refused", child=disclosure)
        raise not_there()
    mine = row.to_person == by.username
    party = by.organisation_id in (row.organisation, row.to_organisation) or by.role == GUARDIAN
    if not (mine or (opens and party and _sees(by, row, now))):
        audit.record(at=now, by=by, act="child.refused", child=row.child)
        raise not_there()
    with transaction.atomic():
        given = _given(row, by, mine, opens)
        audit.record(at=now, by=by, act="sharing.read", child=row.child, about=str(row.id))
        if mine:
            changes = sum(item.changed is not None for item in given.items)
            Receipt.objects.get_or_create(disclosure=row, person=by.username, changes=changes, defaults={"at": now})
    return given


@wall.lifted("a receiver reads what was given, and a giver what they gave, which nobody seals from the two")
def _given(row: Disclosure, by: Practitioner, mine: bool, opens: bool) -> Given:
    items = list(row.items.prefetch_related("changes").order_by("id"))
    entries = entries_of([item.entry for item in items] + [c.entry for item in items for c in item.changes.all()])
    given, family = Person.objects.values_list("given", "family").get(id=row.child)
    shown = tuple(_item(item, entries) for item in items if item.entry in entries)
    return Given(
        row=row,
        decision=row.decision,
        items=shown,
        child=f"{given} {family}".strip() or "Name not known",
        mine=mine,
        gave=row.organisation == by.organisation_id or by.role == GUARDIAN,
        opens=opens,
        receipts=tuple(row.receipts.order_by("id")),
        names=practitioners.names({row.by, row.to_person}),
        organisations=dict(
            practitioners.organisations(
                {row.organisation, row.to_organisation, *(each.shown.organisation for each in shown)}
            )
        ),
    )


def _item(item: DisclosedItem, entries: Mapping[UUID, Entry]) -> Item:
    chosen = Chosen(str(item.entry), Mode(item.mode), tuple(item.fields))
    changes = sorted(item.changes.all(), key=lambda each: each.id)
    newest = changes[-1] if changes else None
    after = None
    if newest and newest.shows and newest.entry in entries:
        after = show(entries[newest.entry], Chosen(str(newest.entry), Mode(item.mode), tuple(item.fields)))
    return Item(
        shown=show(entries[item.entry], chosen),
        left_out=tuple(item.left_out),
        changed=newest.at if newest else None,
        withdrawn=bool(newest and newest.withdrawn),
        of_another=bool(newest and newest.of_another),
        now=after,
    )


def entries_of(ids: Iterable[UUID]) -> dict[UUID, Entry]:
    """Entries by their ids, as they were written; without whom they are about."""
    return {row.id: _entry(row) for row in EntryRow.objects.filter(id__in=set(ids))}


def _entry(row: EntryRow) -> Entry:
    recorded = Partial.instant(row.recorded)
    return Entry(
        id=str(row.id),
        kind=row.kind,
        subjects=(Subject("", Part.SUBJECT),),
        occurred=Partial.parse(row.occurred) if row.occurred else recorded,
        recorded=recorded,
        source=Source(agency=row.agency, organisation=row.organisation, record_id=row.record_id),
        until=Partial.parse(row.until) if row.until else None,
        attributes=row.attributes,
        words=row.words or "",
        text=row.text or "",
        sensitivity=row.sensitivity,
    )


# -- of a child


@dataclass(frozen=True, slots=True)
class Line:
    """One decision about sharing, as a child's page has it. disclosure: what was given, if anything."""

    decision: SharingDecision
    disclosure: Disclosure | None
    request: SharingRequest | None
    given: int
    left_out: tuple[str, ...]
    whole: bool


@dataclass(frozen=True, slots=True)
class History:
    """What was asked for, given and refused of a child, as far as somebody may see it."""

    lines: tuple[Line, ...]
    open: tuple[tuple[SharingRequest, datetime | None], ...]
    names: Mapping[str, str]
    organisations: Mapping[str, str]


def history(*, by: Practitioner, child: UUID, now: datetime) -> History:
    """Everything that was decided about sharing a child's record, newest first; of what may be seen."""
    access = access_child(by=by, child=child, now=now)
    return of_child(sight=sight_of(by=by, access=access, now=now), child=child, now=now)


def of_child(*, sight: Sight, child: UUID, now: datetime, most: int = 200) -> History:
    """The same, for what has passed `access_child`. What was given of a sealed entry is told of to nobody else."""
    rows = (
        SharingDecision.objects.filter(child=child)
        .exclude(did="advice")
        .select_related("request", "disclosure")
        .prefetch_related("disclosure__items")
        .order_by("-at", "-id")[:most]
    )
    lines = tuple(line for row in rows if (line := _line(row, sight)) is not None)
    asked = SharingRequest.objects.filter(child=child).order_by("-at", "-id")[:most]
    open_to = [row for row in asked if _party(row, sight)]
    done = answered(row.id for row in open_to) if open_to else set()
    waiting = tuple((row, due_of(row)) for row in open_to if row.id not in done)
    people = {line.decision.by for line in lines} | {line.disclosure.to_person for line in lines if line.disclosure}
    places = {line.decision.organisation for line in lines} | {row.holder for row, _ in waiting}
    places |= {line.disclosure.to_organisation for line in lines if line.disclosure}
    places |= {row.organisation for row, _ in waiting}
    people |= {row.by for row, _ in waiting} | {line.decision.reviewer for line in lines}
    return History(lines, waiting, practitioners.names(people), dict(practitioners.organisations(places)))


def _party(row: SharingRequest, sight: Sight) -> bool:
    return sight.organisation in (row.organisation, row.holder) or sight.who.role == GUARDIAN


def _line(row: SharingDecision, sight: Sight) -> Line | None:
    """A decision as this person may know of it: that nothing was given, only the two sides and the guardian."""
    disclosure = getattr(row, "disclosure", None)
    if disclosure is None:
        if row.request is None or not _party(row.request, sight):
            return None
        party = sight.organisation in (row.request.organisation, row.request.holder)
        return Line(row, None, row.request, 0, (), whole=party)
    items = list(disclosure.items.all())
    if any(str(item.entry) in sight.sealed.entries for item in items):
        return None
    left = tuple(dict.fromkeys(code for item in items for code in item.left_out))
    return Line(row, disclosure, row.request, len(items), left, whole=_is_party(disclosure, sight))


def _is_party(disclosure: Disclosure, sight: Sight) -> bool:
    return sight.organisation == disclosure.organisation or sight.who.role == GUARDIAN


def _sees(by: Practitioner, row: Disclosure, now: datetime) -> bool:
    sealed = sealed_from(by.username, now).entries
    return not sealed.intersection(str(id_) for id_ in row.items.values_list("entry", flat=True))


# -- of somebody


@dataclass(frozen=True, slots=True)
class Mine:
    """What of sharing concerns somebody: requests to answer and asked, what was given to them and by them."""

    to_answer: tuple[SharingRequest, ...]
    asked: tuple[SharingRequest, ...]
    received: tuple[Disclosure, ...]
    given: tuple[Disclosure, ...]
    children: Mapping[UUID, str]
    names: Mapping[str, str]
    organisations: Mapping[str, str]
    answered: frozenset[UUID]


def mine(*, by: Practitioner, now: datetime, most: int = 50) -> Mine:
    """The newest of each. Of what the person's organisation is asked, what is about a child whom they may open."""
    require(by, Permission.DUTY_HOLD)
    with wall.lifted("lists are sieved below by what may be opened"):
        asked = list(SharingRequest.objects.filter(by=by.username).order_by("-at")[:most])
        held = list(
            SharingRequest.objects.filter(Q(holder=by.organisation_id)).exclude(by=by.username).order_by("-at")[:200]
        )
        got = list(Disclosure.objects.filter(to_person=by.username).order_by("-at")[:most])
        gave = list(Disclosure.objects.filter(by=by.username).order_by("-at")[:most])
    children = {row.child for row in (*asked, *held)} | {row.child for row in (*got, *gave)}
    opened = visible_children(by=by, children=children, now=now)
    done = answered(row.id for row in (*asked, *held))
    held = [row for row in held if row.child in opened and row.id not in done][:most]
    named = opened | {row.child for row in got}
    people = {row.by for row in (*asked, *held)} | {row.by for row in (*got, *gave)}
    people |= {row.to_person for row in (*got, *gave)}
    places = {code for row in (*asked, *held) for code in (row.organisation, row.holder)}
    places |= {code for row in (*got, *gave) for code in (row.organisation, row.to_organisation)}
    return Mine(
        tuple(held), tuple(asked), tuple(got), tuple(gave), _names_of(named), practitioners.names(people),
        dict(practitioners.organisations(places)), frozenset(row.id for row in asked if row.id in done),
    )  # fmt: skip


@wall.lifted("who the children are whom somebody may open, or was given something of")
def _names_of(children: Iterable[UUID]) -> dict[UUID, str]:
    rows = Person.objects.filter(id__in=list(children)).values_list("id", "given", "family")
    return {id_: f"{given} {family}".strip() or "Name not known" for id_, given, family in rows}


def name_of(child: UUID) -> tuple[str, str]:
    """Who a request is about: name and birth date, as whoever is asked must know to look."""
    with wall.lifted("whoever is asked about a child must know which child"):
        given, family, born = Person.objects.values_list("given", "family", "born").get(id=child)
    return f"{given} {family}".strip() or "Name not known", Partial.parse(born).describe() if born else ""

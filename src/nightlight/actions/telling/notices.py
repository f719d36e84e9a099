"""Telling people: keeping the notices that an act or a clock calls for, sending them, and what is on a person's page.

A notice is kept in the transaction of what it tells of, so that neither stands without the other. Its sending is the
worker's. It holds no child's details: whoever follows its link must be allowed to see what is there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q

from nightlight.actions.seeing.access import Refused, require
from nightlight.actions.trail import audit
from nightlight.domain.clockwork import Clockwork, Held
from nightlight.domain.delivery import NotSent, Settled, State, Taken, settle
from nightlight.domain.duties import Discharged, DutyState, state_of
from nightlight.domain.duty_events import Event
from nightlight.domain.notices import Wanted, Why, partnership, send_at, wanted_for
from nightlight.domain.raising import Arrangements
from nightlight.domain.roles import Permission
from nightlight.domain.rota import who
from nightlight.store.access import wall
from nightlight.store.chronology.models import EntryRow
from nightlight.store.duties import mapping, outbox
from nightlight.store.duties.ledger import Ledger
from nightlight.store.duties.models import ContactRow, DailyRound, DutyNow, DutyRow, Notice
from nightlight.store.duties.outbox import SYSTEM_OF, Placed
from nightlight.store.intake.models import RaisedConcern
from nightlight.store.people.models import Practitioner
from nightlight.timeline.london import LONDON, local_date

OPERATOR = "operator"
"""Who is told what concerns nobody on the rota: whoever runs the hub. Contacts are kept under this name too."""
CHANNELS = ("email", "text", "webhook")
_TO_SYSTEMS = frozenset({Why.RAISED, Why.LAPSED, Why.CLIMBED, Why.OUTCOME, Why.CHALLENGED})
"""What the system of a duty's organisation hears of, besides the person."""

# -- keeping


@wall.lifted("whoever is told something is told it, whoever caused it")
def keep(notices: Sequence[tuple[Wanted, str]], now: datetime) -> None:
    """Keep notices, each with the organisation of its duty, in the caller's transaction. The same key twice is one.

    It goes to the first of the person's channels; to somebody with none it is shown on their page and goes no further.
    """
    if not notices:
        return
    wanted = [each if each.person else _for(each, OPERATOR, "") for each, _ in notices]
    wanted += _to_systems(notices)
    reached = outbox.contacts(*_named(wanted))
    outbox.add([_placed(each, reached[each.person], now) if each.person in reached else Placed(each, "", None)
                for each in wanted], now)  # fmt: skip


def _for(wanted: Wanted, person: str, mark: str) -> Wanted:
    key = f"{wanted.key}{mark}"
    return Wanted(key=key, why=wanted.why, person=person, duty=wanted.duty, about=wanted.about, fast=wanted.fast)


def _to_systems(notices: Sequence[tuple[Wanted, str]]) -> list[Wanted]:
    """A copy for the system of each organisation that has one and has a duty among these."""
    having = outbox.contacts((), {organisation for _, organisation in notices} - {""})
    if not having:
        return []
    told = [(wanted, f"{SYSTEM_OF}{organisation}") for wanted, organisation in notices if wanted.why in _TO_SYSTEMS]
    return [_for(wanted, system, ".system") for wanted, system in told if system in having]


def _named(wanted: Iterable[Wanted]) -> tuple[set[str], set[str]]:
    names = {each.person for each in wanted}
    systems = {name for name in names if name.startswith(SYSTEM_OF)}
    return names - systems, {name.removeprefix(SYSTEM_OF) for name in systems}


def _placed(wanted: Wanted, contacts: Mapping[str, str], now: datetime) -> Placed:
    return Placed(wanted, next(iter(contacts)), when(wanted.fast or wanted.person.startswith(SYSTEM_OF), now))


def when(fast: bool, now: datetime) -> datetime:
    """When a notice may go out: quiet hours hold back only what runs in working days."""
    under = Arrangements()
    return send_at(now, fast=fast, hours=under.rules.office_hours, calendar=under.calendar)


def of_event(
    event: Event, before: DutyState | None, after: DutyState, number: int, organisation: str
) -> list[tuple[Wanted, str]]:
    """Who is told of an event that a person or a firing caused; to be kept with it."""
    wanted = list(
        wanted_for(
            event,
            before,
            after,
            number,
            organisation=organisation,
            fast=Clockwork().is_fast(after),
            partner=lambda: _partnership(event.at),
        )
    )
    if isinstance(event, Discharged):
        wanted += _of_outcome(event, after, number)
    return [(each, organisation) for each in wanted]


def _partnership(at: datetime) -> str:
    rota = mapping.rota()
    return partnership(lambda role: who(rota, role, "", at).person)


def _of_outcome(event: Discharged, after: DutyState, number: int) -> list[Wanted]:
    """Whoever raised what was evidence hears that it was answered: people, and the leads of agencies."""
    duty, people = UUID(after.duty.id), dict[str, str]()
    evidence = [UUID(id_) for id_ in after.evidence]
    for concern, author in _raised_by(duty, after.evidence):
        people.setdefault(author, f"concern:{concern}")
    for lead in _leads_of(EntryRow.objects.filter(id__in=evidence).values_list("organisation", flat=True), event.at):
        people.setdefault(lead, "")
    people.pop(event.by, None)
    return [
        Wanted(key=f"{duty}.{number}.{person}.outcome", why=Why.OUTCOME, person=person, duty=str(duty), about=about)
        for person, about in people.items()
    ]


def _raised_by(duty: UUID, evidence: Sequence[str]) -> list[tuple[UUID, str]]:
    """The concerns, and who raised them, that are this duty's own or whose entries are its evidence."""
    mine = Q(duty=duty)
    for entry in evidence:
        mine |= Q(entries__contains=[entry])
    rows = RaisedConcern.objects.filter(mine).order_by("at", "id")
    return list(rows.values_list("id", "author__username"))


def _leads_of(organisations: Iterable[str], at: datetime) -> list[str]:
    rota = mapping.rota()
    found = [who(rota, "safeguarding_lead", each, at).person for each in sorted(set(organisations))]
    return [person for person in found if person]


# -- sending


def unreached(settled: Settled, now: datetime) -> None:
    """No channel reached this person, so the next one is told; on a fast clock the duty climbs to them at once."""
    taken = settled.taken
    if taken.person.startswith(SYSTEM_OF) or taken.person == OPERATOR or not taken.duty:
        _tell_operator(taken, now)
        return
    duty = UUID(taken.duty)
    DutyRow.objects.select_for_update().get(id=duty)
    events = mapping.events_of([duty])[duty]
    row = DutyNow.objects.get(duty_id=duty)
    held = Held(state_of(events), len(events), row.organisation)
    under = Arrangements(rota=mapping.rota())
    turn = Clockwork(under).unreached(held, taken.person, f"{taken.id}.unreached", now)
    if turn is not None:
        Ledger(keep).keep([turn], now)


def _tell_operator(taken: Taken, now: datetime) -> None:
    if taken.person != OPERATOR:
        wanted = Wanted(key=f"{taken.id}.unreached", why=Why.UNREACHED, person=OPERATOR, about=taken.why)
        keep([(wanted, "")], now)


def bounced(*, notice: UUID, code: str, now: datetime) -> bool:
    """A message that was sent came back: its channel is not used again for that person, and the next is tried.

    False when there is no such notice, or it was not out by a channel.
    """
    with transaction.atomic():
        row = Notice.objects.select_for_update().filter(id=notice, state__in=["sent", "delivered"]).first()
        if row is None:
            return False
        address = outbox.contacts(*_named([_as_wanted(row)])).get(row.person, {})
        taken = _taken(row, address)
        for settled in outbox.Outbox().settle([settle(taken, NotSent(code, passing=False), now)], now):
            if settled.unreached:
                unreached(settled, now)
        ContactRow.objects.filter(person=row.person, channel=row.channel).update(stopped=now)
        audit.record(at=now, by=audit.SYSTEM, act="notice.bounced", about=str(row.id), detail={"code": code})
        return True


def _as_wanted(row: Notice) -> Wanted:
    return Wanted(key=row.key, why=Why(row.why), person=row.person)


def _taken(row: Notice, contacts: Mapping[str, str]) -> Taken:
    return Taken(
        id=str(row.id), why=row.why, person=row.person, duty=str(row.duty or ""), about=row.about, fast=row.fast,
        made=row.made, state=State(row.state), channel=row.channel, tries=row.tries, provider_id=row.provider_id,
        contacts=contacts, sent=row.sent,
    )  # fmt: skip


# -- the digest of notes

_NOTES = """
    SELECT sp.organisation, count(DISTINCT (f.child, f.indicator)) FROM chronology_firing f
    JOIN people_sourceperson sp ON sp.person_id = f.child
    WHERE f.level = 'note' AND f.starts > %s AND f.starts <= %s AND (f.ends IS NULL OR f.ends > %s)
    GROUP BY sp.organisation
"""


def digest(*, now: datetime) -> int:
    """Once on each working day when offices are open: each organisation's lead is told how many notes began since.

    A note calls for no duty, so it interrupts nobody: a day's notes are one notice. Returns how many were kept.
    """
    under = Arrangements()
    if not under.rules.office_hours.include(now, under.calendar):
        return 0
    day = local_date(now)
    with transaction.atomic():
        last = DailyRound.objects.filter(name="digest", day__lt=day).order_by("-day").first()
        _, first = DailyRound.objects.get_or_create(name="digest", day=day)
        if not first:
            return 0
        since = _opened(last.day) if last else now - timedelta(days=1)
        wanted = [(_digest(lead, count, day), "") for lead, count in _notes_by_lead(since, now)]
        keep(wanted, now)
        return len(wanted)


def _opened(day: date) -> datetime:
    hours = Arrangements().rules.office_hours
    return datetime.combine(day, hours.start, LONDON)


def _notes_by_lead(since: datetime, now: datetime) -> list[tuple[str, int]]:
    with connection.cursor() as cursor:
        cursor.execute(_NOTES, (since, now, now))
        counted = cursor.fetchall()
    rota = mapping.rota()
    found = [(who(rota, "safeguarding_lead", organisation, now).person, count) for organisation, count in counted]
    return [(lead, count) for lead, count in found if lead]


def _digest(lead: str, count: int, day: date) -> Wanted:
    return Wanted(key=f"digest.{day}.{lead}", why=Why.DIGEST, person=lead, about=f"notes:{count}")


def next_digest(now: datetime) -> datetime:
    """When offices next open, and with that the next digest is due (now, while they are open)."""
    return when(False, now)


# -- a person's page, and how they are reached


@dataclass(frozen=True, slots=True)
class Shown:
    """A notice on somebody's page: what it tells of and how far it has come."""

    notice: Notice

    @property
    def duty(self) -> UUID | None:
        return self.notice.duty


def my_notices(*, by: Practitioner, limit: int = 50) -> list[Shown]:
    """What this person was told, the newest first."""
    return [Shown(row) for row in Notice.objects.filter(person=by.username).order_by("-made", "id")[:limit]]


def unseen(*, by: Practitioner) -> int:
    """How many of this person's notices they have not seen."""
    return Notice.objects.filter(person=by.username, seen__isnull=True).count()


def mark_seen(*, by: Practitioner, shown: Iterable[UUID], now: datetime) -> int:
    """This person has opened the page of these notices; what it did not show stays new."""
    return Notice.objects.filter(person=by.username, id__in=list(shown), seen__isnull=True).update(seen=now)


def set_contact(*, by: Practitioner | str, channel: str, address: str, person: str = "", organisation: str = "",
                place: int = 0, now: datetime) -> ContactRow:  # fmt: skip
    """Say how a person, or an organisation's system, is reached. People may set their own."""
    if channel not in CHANNELS:
        raise ContactRefused(f"a channel is one of {', '.join(CHANNELS)}.")
    if bool(person) == bool(organisation):
        raise ContactRefused("a contact is of a person or of an organisation's system: give one of the two.")
    if isinstance(by, Practitioner) and by.username != person:
        require(by, Permission.TEAM_VIEW)
        _same_organisation(by, person, organisation)
    _check(channel, address)
    with transaction.atomic():
        row, _ = ContactRow.objects.update_or_create(
            person=person,
            organisation=organisation,
            channel=channel,
            defaults={"address": address, "place": place, "stopped": None},
        )
        audit.record(at=now, by=by, act="contact.set", about=f"{person or organisation} {channel}")
    return row


class ContactRefused(ValueError):
    """An address that cannot be used; the message says what was expected."""


def _same_organisation(by: Practitioner, person: str, organisation: str) -> None:
    theirs = Practitioner.objects.filter(username=person).values_list("organisation_id", flat=True).first()
    if by.organisation_id != (theirs or organisation):
        raise Refused("You can say how people of your own organisation are reached, not others.")


def _check(channel: str, address: str) -> None:
    expected = {"email": "an e-mail address, as name@example.org", "text": "a telephone number, as +447700900123",
                "webhook": "an address that starts https://"}[channel]  # fmt: skip
    digits = address.removeprefix("+").replace(" ", "")
    good = {
        "email": "@" in address and " " not in address and "\n" not in address,
        "text": digits.isdigit() and len(digits) > 9,
        "webhook": address.startswith(("https://", "http://127.0.0.1:", "http://localhost:")),
    }
    if not good[channel]:
        raise ContactRefused(f"this address cannot be used for {channel}: expected {expected}.")

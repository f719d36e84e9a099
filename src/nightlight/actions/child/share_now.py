"""Telling somebody, beside an indicator, that what they hold can be shared now: on what basis, and with whom.

It offers; whoever reads it decides, in three steps (`sharing_giving`). Where nothing is offered, no query is made.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from nightlight.actions.child.children import Firing
from nightlight.domain.chronology import Fact
from nightlight.domain.roles import Permission, may, role_title
from nightlight.domain.rota import Rota, who
from nightlight.domain.sharing.deciding import Answer, decide
from nightlight.domain.sharing.rows import rows_in_use
from nightlight.domain.sharing.vocabulary import Harm, Request
from nightlight.indicators.catalogue.base import Indicator, SpeaksOf
from nightlight.store.duties import mapping
from nightlight.store.duties.models import DutyNow
from nightlight.store.people.models import Practitioner

HARM_OF = {"immediate": Harm.IMMEDIATE, "threshold": Harm.SIGNIFICANT}
"""What a level of an indicator means to the sharing rules; below these nothing is offered by itself."""
_FIRST = ("front_door_team_manager", "emergency_duty_team", "social_worker", "police_designated_officer")


@dataclass(frozen=True, slots=True)
class Offer:
    """That something can be shared now: for which indicator, what the rules say, how many entries are one's own,
    and with whom.
    """

    indicator: str
    harm: Harm
    answer: Answer
    own: int
    to: str = ""

    @property
    def consent(self) -> str:
        """What consent is to it, in a sentence."""
        return self.answer.rule.consent_says


def offers(*, by: Practitioner, firings: Iterable[Firing], facts: Collection[Fact], at: datetime) -> dict[str, Offer]:
    """For each indicator of significant harm that holds on this person's own organisation's entries: an offer."""
    if not may(by.role, Permission.DUTY_HOLD) or by.agency == "social_care":
        return {}
    own = {fact.entry.id for fact in facts if fact.entry.source.organisation == by.organisation_id}
    found: dict[str, Offer] = {}
    to = ""
    for firing in firings:
        indicator = firing.indicator
        if not isinstance(indicator, Indicator) or indicator.speaks_of != SpeaksOf.FAMILY or not firing.holds(at):
            continue
        mine = own.intersection(firing.evidence)
        if mine and indicator.level in HARM_OF:
            harm = HARM_OF[indicator.level]
            to = to or _first(by, at)
            found[indicator.code] = Offer(indicator.code, harm, _answer(by, harm, at), len(mine), to)
    return found


def _first(by: Practitioner, at: datetime) -> str:
    """The first whom one would share with, by name and what they are; empty where the rota names nobody."""
    rota = mapping.rota()
    for role in _FIRST:
        username = _in_any(rota, role, at)
        if username and username != by.username:
            person = Practitioner.objects.select_related("organisation").get(username=username)
            return f"{person.name} ({role_title(role).lower()}, {person.organisation.name})"
    return ""


def _answer(by: Practitioner, harm: Harm, at: datetime) -> Answer:
    rows = rows_in_use()
    request = Request(sender=rows.party(by.agency, by.organisation_id), recipient=rows.party("social_care"), harm=harm)
    return decide(request, rows, at)


@dataclass(frozen=True, slots=True)
class Receiver:
    """Somebody who can be given it: who, as what, and where."""

    username: str
    name: str
    role: str
    organisation: str


def receivers(*, by: Practitioner, child: UUID, known_to: Iterable[str], now: datetime) -> list[Receiver]:
    """Whom one would share with: social care and the police on the rota now, who has a duty about the child, and the
    safeguarding leads of the organisations that one sees know the child.
    """
    rota = mapping.rota()
    names = [who(rota, role, "", now).person or _in_any(rota, role, now) for role in _FIRST]
    names += DutyNow.objects.filter(child=child).exclude(status="discharged").values_list("owner", flat=True)
    names += [who(rota, "safeguarding_lead", organisation, now).person for organisation in sorted(set(known_to))]
    wanted = [name for name in dict.fromkeys(names) if name and name != by.username]
    people = Practitioner.objects.select_related("organisation").filter(is_active=True, username__in=wanted)
    found = {person.username: person for person in people}
    return [
        Receiver(name, found[name].name, found[name].role, found[name].organisation.name)
        for name in wanted
        if name in found
    ]


def _in_any(rota: Rota, role: str, now: datetime) -> str:
    """Whoever holds a role in whichever organisation has it: the council's front door, the force's officer."""
    places = dict.fromkeys(shift.organisation for shift in rota.shifts if shift.role == role)
    return next((found for place in places if (found := who(rota, role, place, now).person)), "")

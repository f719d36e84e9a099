"""A world for the tests of access: one person in each role, and one child for each relationship that they may have.

Every child has an entry of every sort, each with a word of its own, so that what a page gives away can be read off it.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from support.deliveries import NOW, entry, person, record, take_in

from nightlight.actions.seeing import compartments, relationships
from nightlight.domain.access.engine import policy
from nightlight.domain.access.vocabulary import Relationship, Sort, Who, purpose_of
from nightlight.domain.people import LinkKind
from nightlight.domain.roles import ROLES
from nightlight.feeds.records import LinkRecord, PersonRecord
from nightlight.store.access.models import Granted
from nightlight.store.audit.models import AuditEvent
from nightlight.store.chronology.models import EntryRow
from nightlight.store.duties.models import DutyNow, DutyRow
from nightlight.store.people.models import Organisation, Person, Practitioner

AT = NOW + timedelta(hours=1)
HOME = "viewers-1"
NOBODYS = "none"
RELATED = (NOBODYS, *(str(each) for each in Relationship))
"""The children, by the relationship that every viewer has to each."""

SORTS = {
    "ordinary": Sort(),
    "restricted": Sort(sensitivity="restricted"),
    "unknownmark": Sort(sensitivity="other"),
    "adulthealth": Sort(matter="adult_health"),
    "restrictedadult": Sort(sensitivity="restricted", matter="adult_health"),
    "sealed": Sort(sealed=True),
    "given": Sort(sensitivity="restricted", matter="adult_health", given=True),
}
"""What each child has an entry of. `own`, in one child alone, is what the viewers' organisation wrote."""

ALSO = {
    Relationship.ALLOCATED: {"partnership"},
    Relationship.TEAM: {"partnership"},
    Relationship.RAISED: set(),
}


def word(related: str, sort: str) -> str:
    """A word that stands in one entry of one child and nowhere else."""
    return f"zq{related.replace('_', '')}{sort}zq"


def name_of(related: str) -> str:
    return f"Kid{related.replace('_', '').capitalize()}"


@dataclass(frozen=True)
class World:
    """The children and people by relationship and role; a duty and an entry of each child."""

    children: dict[str, UUID]
    viewers: dict[str, Practitioner]
    duties: dict[str, UUID]

    def standing(self, related: str) -> frozenset[str]:
        """The relationships that every viewer has to this child."""
        if related == NOBODYS:
            return frozenset()
        return frozenset({related, *ALSO.get(Relationship(related), ())})

    def opens(self, role: str, related: str) -> bool:
        who = Who(role=role, agency=self.viewers[role].agency)
        return policy().open(who, self.standing(related), purpose=purpose_of(role)).allowed

    def reads(self, role: str, related: str) -> set[str]:
        """The words that this role may read of this child: none of one that it may not open."""
        if not self.opens(role, related):
            return set()
        who = Who(role=role, agency=self.viewers[role].agency)
        sorts = {name: sort for name, sort in SORTS.items() if policy().read(who, self.standing(related), sort)}
        own = {"own"} if related == Relationship.OWN_RECORD else set()
        return {word(related, name) for name in (*sorts, *own)}

    def every_word(self) -> set[str]:
        return {word(related, sort) for related in RELATED for sort in (*SORTS, "own")}


def make_world(agency: str = "education") -> World:
    """Make it, in the test's database."""
    viewers = _viewers(agency)
    children = {related: _child(number, related) for number, related in enumerate(RELATED)}
    _seal_and_give(viewers["caldicott_guardian"], agency)
    duties = {
        related: _relate(related, child, list(viewers.values()))
        for related, child in children.items()
        if related in ("allocated", "team", "partnership")
    }
    for related in ("own_record", "found", "meeting", "given", "broken_glass", "raised"):
        _relate(related, children[related], list(viewers.values()))
    return World(children, viewers, duties)


def _viewers(agency: str) -> dict[str, Practitioner]:
    home = Organisation.objects.create(code=HOME, name="The viewers' organisation", agency=agency)
    return {
        role: Practitioner.objects.make(username=f"viewer-{role}", name=f"Viewer {role}", role=role, organisation=home)
        for role in ROLES
    }


def _child(number: int, related: str) -> UUID:
    child, adult = f"c-{related}", f"a-{related}"
    born = f"201{number % 10}-0{number % 8 + 1}-1{number % 8}"
    kid = person(child, given=name_of(related), family="Fictional", born=_day(born))
    grown = PersonRecord(source_id=adult, role="adult", given=f"Adult{related}", family="Fictional")
    parent = LinkRecord(kind=LinkKind.PARENT, person=adult, other=child, recorded=NOW - timedelta(days=90))
    known = record(f"known-{related}", people=[kid, grown], links=[parent])
    about = {"adulthealth": adult, "restrictedadult": adult, "given": adult}
    entries = [
        record(
            f"{sort}-{related}",
            entry(
                "adult.treatment" if sort in about else "police.welfare_check", 5 + n, about.get(sort, child),
                attributes={"service": "s"} if sort in about else {"child_seen": True, "result": "no_concern"},
                text=word(related, sort), sensitivity=_mark(SORTS[sort].sensitivity),
            ),
        )
        for n, sort in enumerate(SORTS)
    ]  # fmt: skip
    take_in(known, *entries, agency="police", organisation="others-1", system="by-hand:others")
    return Person.objects.get(given=name_of(related), is_child=True).id


def _day(text: str) -> Any:
    from nightlight.timeline.partial import Partial

    return Partial.parse(text)


def _mark(sensitivity: str) -> str:
    return "x5" if sensitivity == "other" else sensitivity


def entry_of(text: str) -> UUID:
    """The id of the entry whose words these are; words are kept sealed, so it is found by its record."""
    related_sort = next((r, s) for r in RELATED for s in SORTS if word(r, s) == text)
    id_: UUID = EntryRow.objects.get(record_id=f"{related_sort[1]}-{related_sort[0]}").id
    return id_


def _seal_and_give(guardian: Practitioner, agency: str) -> None:
    from nightlight.store.chronology.models import Known

    elsewhere = Organisation.objects.create(code="elsewhere-1", name="Elsewhere", agency="social_care")
    keeper = Practitioner.objects.make(
        username="keeper", name="The keeper", role="social_worker", organisation=elsewhere
    )
    sealed = compartments.open_compartment(
        by=guardian, kind="police", reason="a live inquiry", members=[keeper.username], now=NOW
    )
    for related in RELATED:
        item = entry_of(word(related, "sealed"))
        compartments.seal(by=guardian, compartment=sealed.id, what="entry", item=item, reason="a live inquiry", now=NOW)
        given = entry_of(word(related, "given"))
        Known.objects.create(entry_id=given, agency=agency, since=NOW, how="given")


def _relate(related: str, child: UUID, viewers: list[Practitioner]) -> UUID:
    if related in ("allocated", "team", "partnership"):
        return _duties(related, child, viewers)
    if related == "own_record":
        about = PersonRecord(source_id="ours", role="child", given=name_of(related), family="Fictional")
        take_in(
            record(
                "own", entry("education.concern", 3, "ours", attributes={"category": "tired"},
                text=word(related, "own")), people=[about],
            ),
            agency=viewers[0].agency, organisation=HOME,
        )  # fmt: skip
        from nightlight.store.people.models import SourcePerson

        SourcePerson.objects.filter(source_id="ours").update(person=child, waiting_since=None)
    for viewer in viewers:
        _granted(related, child, viewer)
    return child


def _granted(related: str, child: UUID, viewer: Practitioner) -> None:
    if related in ("meeting", "given"):
        relationships.begin(kind=related, child=child, person=viewer.username, about="it", by="test", now=NOW)
    elif related == "broken_glass":
        Granted.objects.create(
            kind=related, child=child, person=viewer.username, since=NOW, until=NOW + timedelta(hours=4), by="test",
            reason="a test of emergencies",
        )  # fmt: skip
    elif related == "found":
        AuditEvent.objects.create(at=NOW, by=viewer.username, act="person.found", child=child, reason="to help")


def _duties(related: str, child: UUID, viewers: list[Practitioner]) -> UUID:
    owners = [viewer.username for viewer in viewers] if related == "allocated" else [""]
    organisation = HOME if related == "team" else "others-1"
    evidence = [entry_of(word(related, sort)) for sort in SORTS]
    made = uuid.uuid4()
    for number, owner in enumerate(owners):
        made = _duty(child, f"{related}-{number}", owner, organisation, evidence)
    return made


def _duty(child: UUID, question: str, owner: str, organisation: str, evidence: list[UUID]) -> UUID:
    from nightlight.domain.duties import Duty
    from nightlight.domain.duties import step as after
    from nightlight.domain.duty_events import Raised
    from nightlight.store.duties import mapping

    id_ = uuid.uuid4()
    duty = Duty(
        id=str(id_), child=str(child), question=question, level="concern", what="Look at it.", role="social_worker",
        raised=NOW, due=NOW + timedelta(days=5), rule="response.concern", rule_version=1, owner=owner,
        evidence=tuple(str(each) for each in evidence),
    )  # fmt: skip
    event = Raised(at=NOW, by="system", duty=duty)
    DutyRow.objects.create(id=id_, child=child, question=question, raised=NOW)
    mapping.to_row(event, id_, 1).save(force_insert=True)
    mapping.now_row(after(None, event), organisation, []).save(force_insert=True)
    assert DutyNow.objects.filter(duty_id=id_).exists()
    return id_


def rows(query: str, *values: object) -> list[Any]:
    """What one statement of any kind answers, asked by whichever login has its turn."""
    with connection.cursor() as cursor:
        cursor.execute(query, values or None)
        return cursor.fetchall() if cursor.description else []

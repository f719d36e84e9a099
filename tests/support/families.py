"""A fictional family over several agencies, for the tests of households: who lives where, and by whose word."""

from __future__ import annotations

from datetime import date

from support.deliveries import NHS_ONE, days_ago, entry, person, record, take_in

from nightlight.domain.people import LinkKind
from nightlight.feeds.records import AddressRecord, EntryRecord, LinkRecord, PersonRecord, SubjectRecord
from nightlight.store.people.models import Person
from nightlight.timeline.partial import Partial

AT = "ZX1 1AA"
HOME, FLAT, OLD = "1 Made-up Street", "Flat 2, 9 Mill Lane", "4 Former Road"
BORN = Partial.day(date(2017, 5, 10))
CHILD = person("c1", given="Robin", family="Fictional", born=BORN, nhs_number=NHS_ONE)


def adult(source_id: str, given: str) -> PersonRecord:
    return PersonRecord(source_id=source_id, role="adult", given=given, family=f"Of{source_id}")


def tie(adult_id: str, child_id: str, kind: LinkKind = LinkKind.PARENT, **said: object) -> LinkRecord:
    return LinkRecord(kind=kind, person=adult_id, other=child_id, recorded=days_ago(50), **said)  # type: ignore[arg-type]


def lives(who: str, place: str, since: float = 400, until: float | None = None) -> LinkRecord:
    return LinkRecord(
        kind=LinkKind.RESIDENCE, person=who, other=place, since=Partial.instant(days_ago(since)),
        until=None if until is None else Partial.instant(days_ago(until)), recorded=days_ago(since),
    )  # fmt: skip


def place(source_id: str, *lines: str) -> AddressRecord:
    return AddressRecord(source_id=source_id, lines=lines, postcode=AT)


def social_care() -> Person:
    """The child with the mother at home since 100 days, and before that at the old address; the father apart."""
    take_in(
        record(
            "family",
            people=[CHILD, adult("m1", "Mara"), adult("f1", "Finn")],
            addresses=[place("home", HOME), place("old", OLD), place("his", "30 Mill Lane")],
            links=[
                tie("m1", "c1"), tie("f1", "c1"), lives("c1", "old", 400, 100), lives("m1", "old", 400, 100),
                lives("c1", "home", 100), lives("m1", "home", 100), lives("f1", "his"),
            ],
        ),
        agency="social_care", organisation="la",
    )  # fmt: skip
    return Person.objects.get(nhs_number=NHS_ONE)


def seen_by_the_police(ago: float = 20) -> None:
    """The police find the child at the flat, where no register has them; and come there again ten days later."""
    child = person("p1", given="Robin", family="Fictional", born=BORN, nhs_number=NHS_ONE)
    flat = [place("flat", FLAT)]
    at_the_flat = EntryRecord(
        kind="police.welfare_check",
        subjects=(SubjectRecord("p1"), SubjectRecord("flat", address=True)),
        occurred=Partial.instant(days_ago(ago)),
        recorded=days_ago(ago),
        attributes={"child_seen": True, "result": "no_concern"},
    )
    again = entry("police.incident", ago - 10, address="flat", attributes={"category": "drugs"})
    take_in(
        record("check", at_the_flat, people=[child], addresses=flat), record("again", again, addresses=flat),
        agency="police", organisation="force-1",
    )  # fmt: skip


def school_says_elsewhere(ago: float = 60) -> None:
    """The school's register still has another address for the child."""
    pupil = person(
        "s1", given="Robin", family="Fictional", born=BORN, nhs_number=NHS_ONE, address_lines=("4 Former Rd.",),
        postcode=AT,
    )  # fmt: skip
    take_in(record("roll", entry("education.enrolment", ago, "s1"), people=[pupil]))


def another_family() -> Person:
    """The father is said to be a carer of a child whom nothing else connects with this one."""
    other = person("c9", given="Wren", family="Elsewhere", born=Partial.day(date(2019, 1, 2)))
    take_in(
        record("other", people=[other, adult("m9", "Nell"), adult("f1", "Finn")],
               links=[tie("m9", "c9"), tie("f1", "c9", LinkKind.CARER)]),
        agency="social_care", organisation="la",
    )  # fmt: skip
    return Person.objects.get(given="Wren")

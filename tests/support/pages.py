"""A small fictional partnership and one child, for the tests of pages, and a client for each of its people."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.test import Client
from support.deliveries import NHS_ONE, NOW, days_ago, entry, person, record, take_in

from nightlight.actions.demo.staff import make_people
from nightlight.domain.people import LinkKind
from nightlight.feeds.records import EntryRecord, LinkRecord, PersonRecord, SubjectRecord
from nightlight.store.duties.models import DutyNow
from nightlight.store.people.models import Person, Practitioner
from nightlight.timeline.partial import Partial

CHILD = person("c1", given="Robin", family="Fictional", born=Partial.day(date(2018, 5, 10)), nhs_number=NHS_ONE)
MOTHER = PersonRecord(source_id="m1", role="adult", given="Mara", family="Fictional", born=Partial.parse("1991-02-03"))
SCHOOLS = [("school-1", "Fictional School", "education"), ("force-1", "Fictional Constabulary", "police")]
LEAD, MANAGER, FRONT_DOOR = "safeguarding-lead.school-1", "line-manager.school-1", "front-door-team-manager"
STAFF, STRANGER, GUARDIAN = "staff.school-1", "safeguarding-lead.force-1", "caldicott-guardian"
SAID = "I don't <b>want</b> to go home."


def partnership() -> None:
    """Its people, with a rota."""
    make_people(SCHOOLS, now=NOW)


def school_log(many: int = 5) -> Person:
    """A child with a school's concern log of so many entries, enough at five for `school.neglect_log` to hold."""
    observers = ("class teacher", "lunchtime supervisor", "teaching assistant")
    noted = [
        record(
            f"log-{n}",
            entry(
                "education.concern", 2 + 3 * n, "c1",
                attributes={"category": "hunger", "observer": observers[n % 3]}, text=f"Note number {n}.",
            ),
            people=[CHILD],
        )
        for n in range(many)
    ]  # fmt: skip
    take_in(*noted, agency="education", organisation="school-1")
    return Person.objects.get(is_child=True)


def more_of_the_story() -> None:
    """The child's own words, an imprecise date, an episode, and what the police hold about the mother."""
    imprecise = EntryRecord(
        kind="education.concern",
        subjects=(SubjectRecord("c1"),),
        occurred=Partial.parse("2026-03"),
        recorded=days_ago(40),
        attributes={"category": "tired"},
        text="Some time that month.",
    )
    take_in(
        record("words", entry("voice.words", 1, "c1", words=SAID, attributes={"setting": "school"}), people=[CHILD]),
        record("month", imprecise, people=[CHILD]),
        record("roll", entry("education.enrolment", 700, "c1", attributes={"setting": "primary"}), people=[CHILD]),
        agency="education",
        organisation="school-1",
    )
    mother = LinkRecord(kind=LinkKind.PARENT, person="m1", other="c1", recorded=days_ago(60))
    take_in(
        record(
            "custody",
            entry("adult.hostility", 20, "m1", attributes={"category": "threats"}),
            people=[CHILD, MOTHER],
            links=[mother],
        ),
        agency="police",
        organisation="force-1",
    )


def client_of(username: str) -> Client:
    """A browser in which this person is signed in."""
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(Practitioner.objects.get(username=username))
    return client


def the_duty(**about: Any) -> DutyNow:
    return DutyNow.objects.get(**about)

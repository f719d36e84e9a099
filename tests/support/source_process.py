"""A source in a process of its own, on a database of its own: it does what it is told, a line at a time.

{"run": ["source", "send"]}              as the command line would
{"do": "school_log", "with": {...}}      one of the functions below
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from typing import Any


def school_log(organisation: str, category: str = "hunger") -> None:
    """A child with a school's log in which `school.neglect_log` holds; told again otherwise, it is a correction."""
    _person(organisation, "education")
    take(organisation, "education", [
        (f"log-{n}", "education.concern", 2 + 3 * n, {"category": category, "observer": f"o{n % 3}"}) for n in range(5)
    ])  # fmt: skip


def erase(organisation: str) -> None:
    """Erase the one child's record."""
    from nightlight.actions.keeping import retention
    from nightlight.store.people.models import Person

    child = Person.objects.get(is_child=True)
    retention.erase(child=child.id, why="Kept long enough.", by=organisation, now=datetime.now(UTC), before=True)


def injury(organisation: str, explanation: str = "unsuitable") -> None:
    """An injury whose explanation does not fit, of the same child; told again otherwise, it is a correction."""
    _person(organisation, "health.hospital")
    take(organisation, "health.hospital", [("i", "health.injury", 1, {"injury": "burn", "explanation": explanation})])


def take(organisation: str, agency: str, noted: list[tuple[str, str, float, dict[str, Any]]]) -> None:
    from support import deliveries

    deliveries.NOW = datetime.now(UTC)
    child = deliveries.person("c1", given="Robin", family="Fictional", nhs_number=deliveries.NHS_ONE)
    records = [
        deliveries.record(
            id_, deliveries.entry(kind, ago, "c1", attributes=said, text="In confidence."), people=[child]
        )
        for id_, kind, ago, said in noted
    ]
    deliveries.take_in(*records, agency=agency, organisation=organisation, now=datetime.now(UTC))


def _person(organisation: str, agency: str) -> None:
    from nightlight.actions.demo.staff import make_people

    make_people([(organisation, organisation, agency)], now=datetime.now(UTC))


def answer(organisation: str) -> None:
    """The safeguarding lead gives what is asked: what and when, and not what the teachers wrote."""
    from nightlight.actions.sharing import giving as sharing_giving
    from nightlight.actions.sharing.giving import Choice
    from nightlight.actions.sharing.material import Terms
    from nightlight.domain.sharing.vocabulary import Asked, Harm
    from nightlight.store.people.models import Practitioner
    from nightlight.store.sharing.models import SharingRequest

    by = Practitioner.objects.get(username=f"safeguarding-lead.{organisation}")
    asked, now = SharingRequest.objects.get(), datetime.now(UTC)
    terms = Terms(harm=Harm(asked.harm), asked=Asked(asked.asked), necessary="They cannot decide without it.")
    everything = sharing_giving.prepare(
        by=by, child=asked.child, choice=Choice(to=asked.by, terms=terms), now=now
    ).material.facts
    fields = {fact.entry.id: ("kind", "when", "attribute:category") for fact in everything}
    choice = Choice(to=asked.by, terms=terms, fields=fields)
    ready = sharing_giving.prepare(by=by, child=asked.child, choice=choice, now=now)
    sharing_giving.give(
        by=by, child=asked.child, choice=choice, mark=ready.mark, key="k", now=now, request=asked.id
    )  # fmt: skip


def main() -> None:
    from nightlight.cli.main import main as command
    from nightlight.config.boot import boot

    boot()
    for line in sys.stdin:
        said = json.loads(line)
        if "run" in said:
            code = command(said["run"])
        else:
            globals()[said["do"]](**said["with"])
            code = 0
        sys.stdout.write(f"done {code}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()

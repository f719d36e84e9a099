"""A child, a partnership of a few people, and a conference of theirs, for tests of meetings and plans."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from support.deliveries import NHS_ONE, entry, person, record, take_in

from nightlight.actions.meetings import calling as meetings
from nightlight.actions.meetings import deeds as meeting_deeds
from nightlight.actions.meetings.calling import Invitation
from nightlight.domain.meetings.rows import rows_in_use
from nightlight.store.duties.models import RotaRow
from nightlight.store.people.models import Organisation, Person, Practitioner
from nightlight.timeline.partial import Partial

FRIDAY = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
"""Three in the afternoon, before a weekend."""
WEEKEND = (Partial.parse("2026-11-20T17:00Z"), Partial.parse("2026-11-23T09:00Z"))
PEOPLE = {
    "chair": ("cp_chair", "la"), "worker": ("social_worker", "la"), "manager": ("front_door_team_manager", "la"),
    "service": ("service_manager", "la"), "edt": ("emergency_duty_team", "la"),
    "director": ("delegated_safeguarding_partner", "la"), "lead": ("safeguarding_lead", "school"),
    "officer": ("police_designated_officer", "force"), "nurse": ("school_nurse", "clinic"),
    "outsider": ("safeguarding_lead", "school"),
}  # fmt: skip
ORGANISATIONS = {"la": "social_care", "school": "education", "force": "police", "clinic": "health.community"}
_keys = itertools.count(1)


def key() -> str:
    """An id for a deed that no other has."""
    return f"k{next(_keys)}"


@dataclass
class Conference:
    """An initial conference, with everybody in the room."""

    people: dict[str, Practitioner]
    child: UUID
    meeting: UUID
    now: datetime = FRIDAY
    items: dict[str, str] = field(default_factory=dict)

    def do(self, deed, who, **said):
        """One deed by one of the people, at this conference's time."""
        return deed(by=self.people[who], meeting=self.meeting, key=key(), now=self.now, **said)

    def add(self, who, kind, name, /, *, author="", **fields):
        """An item, remembered by a name of the test's own."""
        self.items[name] = str(uuid4())
        return self.do(meeting_deeds.add, who, what=kind, item=self.items[name], fields=fields, author=author)

    def weekend_danger(self, name="danger"):
        return self.add(
            "lead", "danger", name, what="Could have an attack with nobody who gives the inhaler.", how_bad="could die",
            said_when="this weekend", starts=WEEKEND[0], ends=WEEKEND[1],
        )  # fmt: skip

    def protection(
        self, name="protection", *, starts=FRIDAY + timedelta(hours=1), owner="worker", accept=True, **fields
    ):
        """A protection over the weekend, accepted by its owner."""
        told = {
            "what": "Stays with her aunt, with the inhaler and the plan.", "owner": owner,
            "in_force_from": Partial.instant(starts), "until": WEEKEND[1], "how_confirmed": "telephone call at six",
            **fields,
        }  # fmt: skip
        acted = self.add("chair", "protection", name, **told)
        if accept:
            acted = self.do(meeting_deeds.accept, owner, item=self.items[name], of_version=1)
        return acted

    def everything_else(self):
        """All that the record must hold, save for the danger."""
        child = str(self.child)
        self.do(meeting_deeds.has_responsibility, "chair", person="mother", child=child, name="The mother")
        self.do(meeting_deeds.told, "chair", person="mother", how="visit")
        self.add(
            "lead", "view", "view", child=child, words="I want to sleep at my aunt's.", how="talked at school",
            when=Partial.instant(self.now - timedelta(days=1)), seen_alone=True, heard_by="lead",
        )  # fmt: skip
        for who in ("worker", "lead", "officer", "nurse"):
            self.do(meeting_deeds.score, who, score=2, reason="No inhaler at home.")
        self.do(meeting_deeds.show_scores, "chair")
        self.add(
            "chair", "decision", "decision", what="A plan for neglect.", reasons="Significant harm is likely.",
            outcome="child_protection_plan", category="neglect",
        )  # fmt: skip
        row = rows_in_use().in_force("initial_conference", self.now)
        for content in row.contents:
            if content.closes and content.code not in {"told", "views", "decision", "scores", "dangers"}:
                self.add("chair", "note", content.code, block=content.code, text="As the report says.")

    def later(self, **by):
        self.now += timedelta(**by)
        return self.now


def partnership() -> dict[str, Practitioner]:
    """People of four organisations, on the rota for their roles."""
    for code, agency in ORGANISATIONS.items():
        Organisation.objects.get_or_create(code=code, defaults={"name": f"Fictional {code}", "agency": agency})
    made = {}
    for username, (role, organisation) in PEOPLE.items():
        made[username] = Practitioner.objects.make(
            username=username, name=f"{username.title()} Fiction", role=role,
            organisation=Organisation.objects.get(code=organisation),
        )  # fmt: skip
        if username != "outsider":
            RotaRow.objects.create(
                role=role, organisation_id=organisation, practitioner=made[username], since=FRIDAY - timedelta(days=90)
            )
    return made


def a_child() -> UUID:
    """A child with an enquiry under section 47, so that the clock of a conference runs."""
    child = person("c1", given="Wren", family="Alder", nhs_number=NHS_ONE)
    take_in(
        record("s", entry("social_care.section_47", 8, "c1"), people=[child]), agency="social_care", organisation="la"
    )
    return Person.objects.get(nhs_number=NHS_ONE).id


def conference(*, arrive: bool = True) -> Conference:
    """An initial conference called from the enquiry, with five asked and in the room."""
    people, child = partnership(), a_child()
    asked = [
        Invitation("chair", "chair"), Invitation("worker", "social_care"), Invitation("lead", "education"),
        Invitation("officer", "police"), Invitation("nurse", "health"),
        Invitation("mother", "parent", name="The mother", agency="family"),
    ]  # fmt: skip
    meeting = meetings.call(
        by=people["worker"], kind="initial_conference", children=[child], why="The enquiry found significant harm.",
        key=key(), starts=FRIDAY, place="Town hall", chair="chair", asked=asked, now=FRIDAY - timedelta(days=3),
    )  # fmt: skip
    made = Conference(people, child, meeting)
    if arrive:
        for who in ("chair", "worker", "lead", "officer", "nurse"):
            made.do(meeting_deeds.arrive, who, how="in the room")
    return made

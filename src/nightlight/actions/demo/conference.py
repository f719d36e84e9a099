"""The demo's conference: called about the family of the sample whose Friday came before its protection, for play."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from nightlight.actions.demo.staff import made_at
from nightlight.actions.meetings import calling as meetings
from nightlight.actions.meetings.calling import Invitation
from nightlight.store.audit.models import AuditEvent
from nightlight.store.meetings.models import MeetingRow
from nightlight.store.people.models import Person, Practitioner, SourcePerson
from nightlight.timeline.london import local_date, start_of_day

KEY = "demo-conference"
_PARTS = {"education": "education", "police": "police", "health.hospital": "health", "health.gp": "health",
          "health.community": "health"}  # fmt: skip
WHY = (
    "A conference last Friday agreed to speak to the mother on Monday. A danger was voiced for that weekend, and "
    "nothing was in force until then. Everyone in this is invented: play it, and try to close it uncovered."
)


def call_conference(*, nhs_number: str, now: datetime) -> UUID | None:
    """Call a review conference about the child with this number, this Friday at two. Once; None where there is no such
    child, or this is no demo."""
    child = Person.objects.filter(nhs_number=nhs_number, is_child=True).first()
    if child is None or made_at() is None:
        return None
    worker = Practitioner.objects.filter(username="social-worker").first()
    if worker is None or MeetingRow.objects.filter(called_by="social-worker").exists():
        return None
    AuditEvent.objects.create(at=now, by=worker.username, act="person.found", child=child.id, reason="The demo's own.")
    return meetings.call(
        by=worker,
        kind="review_conference",
        children=[child.id],
        why=WHY,
        key=KEY,
        starts=_this_friday(now),
        place="Town hall, room 2, and by video",
        chair="cp-chair",
        asked=[*_asked(child.id)],
        now=now,
    )


def _asked(child: UUID) -> list[Invitation]:
    """The chair, a manager, and the lead of one organisation of each agency that knows the child; and the mother."""
    found = [
        Invitation("cp-chair", "chair"),
        Invitation("social-worker", "social_care"),
        Invitation("front-door-team-manager", "social_care"),
        Invitation("service-manager", "social_care"),
    ]
    held = SourcePerson.objects.filter(person=child).order_by("agency", "organisation")
    agencies: dict[str, str] = {}
    for agency, organisation in held.values_list("agency", "organisation"):
        agencies.setdefault(_PARTS.get(agency, ""), organisation)
    for part, organisation in sorted(agencies.items()):
        lead = Practitioner.objects.filter(username=f"safeguarding-lead.{organisation}").first()
        if part and lead:
            found.append(Invitation(lead.username, part))
    return [*found, Invitation("mother", "parent", name="The mother", agency="family")]


def _this_friday(now: datetime) -> datetime:
    day = local_date(now)
    friday = day + timedelta(days=(4 - day.weekday()) % 7)
    starts = start_of_day(friday) + timedelta(hours=14)
    return starts if starts > now else starts + timedelta(days=7)

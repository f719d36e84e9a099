"""The demo's ready-made organisations' people and rota. Refuses to run where real records may be: demo only."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache

from django.contrib.auth.hashers import get_hasher, make_password
from django.db import transaction

from nightlight.actions.sharing import agreements
from nightlight.actions.trail import audit
from nightlight.store.audit.models import AuditEvent
from nightlight.store.duties.models import RotaRow
from nightlight.store.intake.models import Delivery
from nightlight.store.people.models import Organisation, Practitioner
from nightlight.timeline.london import local_date

PASSWORD = "nightlight-demo"  # noqa: S105 shown on the demo's sign-in page, and useless anywhere else
LOCAL_AUTHORITY = "local-authority"
_TELEPHONE = "01632 960 111"
"""Of the range kept for fiction."""
_GIVEN = (
    "Ada", "Bram", "Cerys", "Dilan", "Esme", "Ffion", "Gwil", "Hana", "Idris", "Juno", "Kit", "Lowri", "Milo", "Nia",
    "Orla", "Pavel", "Quill", "Rhian", "Silas", "Tamsin", "Umar", "Vesna", "Wren", "Xanthe",
)  # fmt: skip
_FAMILY = (
    "Penhallow", "Oyelaran", "Whitlock", "Farrow", "Okonjo", "Marchetti", "Sandhu", "Brierley", "Calloway", "Adeyemi",
    "Lavender", "Banerjee", "Thackeray", "Castellan", "Winterbourne", "Greenhalgh", "Abernathy", "Dacosta", "Hargrove",
    "Obuya", "Pettigrew", "Kingsley", "Albrecht", "Moreau", "Lindqvist",
)  # fmt: skip
_AUTHORITY_ROLES = (
    "front_door_team_manager", "social_worker", "emergency_duty_team", "emergency_duty_team_manager",
    "service_manager", "delegated_safeguarding_partner", "lead_safeguarding_partner", "caldicott_guardian",
    "data_steward", "cp_chair", "business_unit",
)  # fmt: skip


def make_people(organisations: list[tuple[str, str, str]], *, now: datetime) -> list[Practitioner]:
    """Make a safeguarding lead, line manager and member of staff for each organisation (code, name, agency), and the
    local authority's roles, with the rota that names them. Made once; a second call changes nothing.
    """
    made: list[Practitioner] = []
    with transaction.atomic():
        authority = _organisation(LOCAL_AUTHORITY, "Fictional Borough Council", "social_care")
        Organisation.objects.filter(code=LOCAL_AUTHORITY).update(telephone=_TELEPHONE)
        for role in _AUTHORITY_ROLES:
            made.append(_person(role.replace("_", "-"), role, authority, len(made)))
        for code, name, agency in organisations:
            organisation = _organisation(code, name, agency)
            for role in _local_roles(agency):
                made.append(_person(f"{role.replace('_', '-')}.{code}", role, organisation, len(made)))
        _rota(made, now)
        audit.record(at=now, by=audit.SYSTEM, act="demo.people_made", detail={"people": len(made)})
    return made


_PURPOSES = {
    "school-register": "To see when a child stops coming to school, and to find the child",
    "concern-log": "To see what a school worries about, and whether it grows",
    "police": "To see when a child is harmed, goes missing, or lives with violence",
    "fhir": "To see injuries, missed care and treatment that speak of harm",
    "ssd": "To know which children have a social worker, an enquiry or a plan",
}
_SENT = {
    "school-register": "school registers",
    "concern-log": "schools' concern logs",
    "police": "police records",
    "fhir": "health records",
    "ssd": "children's social care records",
}
_USERS = (
    "safeguarding_lead", "line_manager", "school_nurse", "social_worker", "cp_chair", "police_designated_officer",
    "front_door_team_manager", "emergency_duty_team", "emergency_duty_team_manager", "service_manager",
    "caldicott_guardian",
)  # fmt: skip


def make_agreements(feeds: list[tuple[str, str]], *, now: datetime) -> None:
    """One agreement a feed, with the organisations that send it (feed, organisation). Made once."""
    if agreements.gated():
        return
    for feed in dict.fromkeys(feed for feed, _ in feeds):
        terms = agreements.Terms(
            title=f"The demo's agreement on {_SENT.get(feed, feed)}",
            purpose=_PURPOSES.get(feed, "To keep children safe"),
            parties=[LOCAL_AUTHORITY, *(code for name, code in feeds if name == feed)],
            feeds=[feed],
            users=_USERS,
            starts=local_date(now) - timedelta(days=365),
            ends=local_date(now) + timedelta(days=730),
            reference="Invented, as everything in the demo",
        )
        agreements.add(by="demo", terms=terms, now=now)


def made_at() -> datetime | None:
    """When the demo's people were first made in this database; None in one that the demo has not touched."""
    return AuditEvent.objects.filter(act="demo.people_made").order_by("id").values_list("at", flat=True).first()


def is_demo_or_empty() -> bool:
    """Whether the demo may fill this database: it did so before, or nothing was ever delivered and nobody is in it."""
    return made_at() is not None or not (Delivery.objects.exists() or Practitioner.objects.exists())


def _local_roles(agency: str) -> tuple[str, ...]:
    extra = {"education": ("school_nurse",), "police": ("police_designated_officer",)}.get(agency, ())
    return ("safeguarding_lead", "line_manager", "staff", *extra)


def _organisation(code: str, name: str, agency: str) -> Organisation:
    return Organisation.objects.update_or_create(code=code, defaults={"name": name, "agency": agency})[0]


def _person(username: str, role: str, organisation: Organisation, number: int) -> Practitioner:
    held = Practitioner.objects.filter(username=username).first()
    if held:
        return held
    made: Practitioner = Practitioner.objects.make(
        username=username,
        name=f"{_GIVEN[number % len(_GIVEN)]} {_FAMILY[number % len(_FAMILY)]}",
        role=role,
        organisation=organisation,
    )
    made.password = _hashed(get_hasher().algorithm)
    made.save(update_fields=["password"])
    return made


@cache
def _hashed(hasher: str) -> str:
    """One hash for everybody: the password is public, and hashing it a hundred times is most of the demo's start."""
    return make_password(PASSWORD, hasher=hasher)


def _rota(people: list[Practitioner], now: datetime) -> None:
    held = set(RotaRow.objects.values_list("practitioner_id", "role"))
    RotaRow.objects.bulk_create(
        RotaRow(role=p.role, organisation_id=p.organisation_id, practitioner=p, since=now - timedelta(days=3650))
        for p in people
        if (p.id, p.role) not in held and p.role not in {"staff", "data_steward"}
    )

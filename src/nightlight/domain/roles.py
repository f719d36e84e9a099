"""Roles and what each may do. Titles are data: older and newer names of a role live side by side until at least 2027.

What a role permits is only half of access; the other half is a relationship to the child (`actions.seeing.access`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Permission(StrEnum):
    """A thing that a role may do, as NOUN_VERB."""

    CONCERN_RAISE = "concern_raise"
    CHILD_VIEW = "child_view"
    PERSON_FIND = "person_find"
    DUTY_HOLD = "duty_hold"
    TEAM_VIEW = "team_view"
    MATCH_DECIDE = "match_decide"
    REFUSAL_VIEW = "refusal_view"
    AUDIT_VIEW = "audit_view"
    ROTA_EDIT = "rota_edit"
    ROTA_EDIT_ALL = "rota_edit_all"
    BREAK_GLASS = "break_glass"
    GLASS_REVIEW = "glass_review"
    COMPARTMENT_KEEP = "compartment_keep"
    POLICY_SIGN = "policy_sign"


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A role: its title, one line on its duty, and what it may do.

    partnership_wide: it answers for children of every organisation (the front door, the out-of-hours team).
    """

    code: str
    title: str
    duty: str
    may: frozenset[Permission]
    partnership_wide: bool = False


_RAISE = frozenset({Permission.CONCERN_RAISE})
_WORK = _RAISE | {Permission.CHILD_VIEW, Permission.PERSON_FIND, Permission.DUTY_HOLD, Permission.BREAK_GLASS}
_MANAGE = _WORK | {Permission.TEAM_VIEW}
_STAFF = _MANAGE | {Permission.ROTA_EDIT}
_STAFF_ALL = _STAFF | {Permission.ROTA_EDIT_ALL}
_GUARD = frozenset({Permission.GLASS_REVIEW, Permission.COMPARTMENT_KEEP, Permission.POLICY_SIGN})
_STEWARD = _RAISE | {Permission.CHILD_VIEW, Permission.PERSON_FIND, Permission.MATCH_DECIDE, Permission.REFUSAL_VIEW}

_ALL = (
    Role(code="staff", title="Member of staff", duty="Notice, listen, record, report.", may=_RAISE),
    Role(
        code="safeguarding_lead",
        title="Designated safeguarding lead",
        duty="Receives concerns in one organisation, decides, records reasons, refers.",
        may=_MANAGE,
    ),
    Role(
        code="line_manager",
        title="Head teacher or line manager",
        duty="Answers when the safeguarding lead has not.",
        may=_STAFF,
    ),
    Role(
        code="school_nurse",
        title="School nurse or health visitor",
        duty="Health's voice in education and for under-fives.",
        may=_WORK,
    ),
    Role(
        code="social_worker",
        title="Lead child protection practitioner",
        duty="Section 47 enquiry, plan, sees the child alone.",
        may=_WORK,
        partnership_wide=True,
    ),
    Role(
        code="cp_chair",
        title="Child protection conference chair",
        duty="Chairs initial and review conferences, decides where there is no consensus, answers dissent.",
        may=_MANAGE,
        partnership_wide=True,
    ),
    Role(
        code="police_designated_officer",
        title="Police designated officer",
        duty="Inquires into the case of a child in police protection.",
        may=_MANAGE,
        partnership_wide=True,
    ),
    Role(
        code="front_door_team_manager",
        title="Front door team manager",
        duty="Decides the type of response within one working day.",
        may=_MANAGE,
        partnership_wide=True,
    ),
    Role(
        code="emergency_duty_team",
        title="Emergency duty team",
        duty="Acts at night, at weekends and on bank holidays, and hands over in the morning.",
        may=_MANAGE,
        partnership_wide=True,
    ),
    Role(
        code="emergency_duty_team_manager",
        title="Emergency duty team manager",
        duty="Answers when the emergency duty team has not.",
        may=_STAFF,
        partnership_wide=True,
    ),
    Role(
        code="service_manager",
        title="Service manager",
        duty="Owns what has climbed past a team.",
        may=_STAFF_ALL,
        partnership_wide=True,
    ),
    Role(
        code="delegated_safeguarding_partner",
        title="Delegated safeguarding partner",
        duty="Owns what has climbed past a service.",
        may=_STAFF_ALL,
        partnership_wide=True,
    ),
    Role(
        code="lead_safeguarding_partner",
        title="Lead safeguarding partner",
        duty="The last rung.",
        may=_STAFF_ALL,
        partnership_wide=True,
    ),
    Role(
        code="business_unit",
        title="Safeguarding partnership business unit",
        duty="Notifies serious incidents, follows what has climbed, keeps the rules.",
        may=_STAFF_ALL,
        partnership_wide=True,
    ),
    Role(
        code="caldicott_guardian",
        title="Caldicott guardian",
        duty="Decides difficult disclosures; sees who looked.",
        may=_STEWARD | _GUARD | {Permission.AUDIT_VIEW, Permission.TEAM_VIEW, Permission.DUTY_HOLD},
        partnership_wide=True,
    ),
    Role(
        code="data_steward",
        title="Data steward",
        duty="Decides doubtful matches and mends refused records.",
        may=_STEWARD,
        partnership_wide=True,
    ),
)

ROLES: Mapping[str, Role] = MappingProxyType({role.code: role for role in _ALL})


def role_title(code: str) -> str:
    """The title people see for a role; the code itself for one that a partnership added in its own rules."""
    role = ROLES.get(code)
    return role.title if role else code.replace("_", " ").capitalize()


def is_partnership_wide(code: str) -> bool:
    """Whether a role answers for children of every organisation; one that nobody listed does not.

    >>> is_partnership_wide("front_door_team_manager"), is_partnership_wide("staff"), is_partnership_wide("harpist")
    (True, False, False)
    """
    return code in ROLES and ROLES[code].partnership_wide


def may(code: str, permission: Permission) -> bool:
    """Whether a role may do this at all; a role not listed may do nothing."""
    role = ROLES.get(code)
    return role is not None and permission in role.may

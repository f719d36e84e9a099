"""What the two logins of pages may do with each table, before any rule for its rows is asked: all of it, declared.

A test compares every table and privilege of the database with these lines, so that a new table without one fails. A
page's login is given the rows that the policy permits (`sql_signed`); that of deeds, a row only while the program has
lifted the wall (`sql_deeds`). Which table a login may read or write at all is the narrower the better.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

LETTERS: Mapping[str, str] = {"r": "SELECT", "a": "INSERT", "w": "UPDATE", "d": "DELETE"}
"""PostgreSQL's own letters for what may be granted."""


@dataclass(frozen=True, slots=True)
class Granted:
    """To the login that pages read by, and to that of their deeds, by letters. What is in neither is our own's."""

    pages: str = ""
    deeds: str = ""


KEPT_BACK: Mapping[str, tuple[str, ...]] = {"people_practitioner": ("password",)}
"""Columns that pages may not read in a table that they may."""

GRANTED: Mapping[str, Granted] = {
    "access_allowed": Granted("r", "r"),
    "access_compartment": Granted("r", "raw"),
    "access_glassreview": Granted("r", "ra"),
    "access_granted": Granted("r", "raw"),
    "access_laid": Granted(),
    "access_limit": Granted(),
    "access_member": Granted("r", "raw"),
    "access_policysignature": Granted("r", "ra"),
    "access_seal": Granted("r", "ra"),
    "access_signing": Granted(),
    "audit_auditevent": Granted("ra", "ra"),
    "audit_hold": Granted("r", "r"),
    "audit_keyinuse": Granted("r", "r"),
    "audit_seal": Granted("r", "r"),
    "audit_waiting": Granted("a", "ra"),
    "auth_group": Granted(),
    "auth_group_permissions": Granted(),
    "auth_permission": Granted(),
    "chronology_entry": Granted("r", "ra"),
    "chronology_entrysubject": Granted("r", "ra"),
    "chronology_evaluated": Granted("r", "rawd"),
    "chronology_firing": Granted("r", "rawd"),
    "chronology_known": Granted("r", "ra"),
    "chronology_link": Granted("r", "ra"),
    "django_content_type": Granted(),
    "django_migrations": Granted(),
    "django_session": Granted(deeds="rawd"),
    "duties_absencerow": Granted("r", "rawd"),
    "duties_clockrow": Granted("r", "rawd"),
    "duties_contactrow": Granted("r", "rawd"),
    "duties_dailyround": Granted("r", "rawd"),
    "duties_duty": Granted("r", "raw"),
    "duties_dutyevent": Granted("r", "ra"),
    "duties_dutynow": Granted("r", "rawd"),
    "duties_notice": Granted("rw", "rawd"),
    "duties_noticetry": Granted("r", "ra"),
    "duties_organisationhours": Granted("r", "rawd"),
    "duties_rotarow": Granted("r", "rawd"),
    "duties_team": Granted("r", "rawd"),
    "duties_workerbeat": Granted("r", "rawd"),
    "intake_attachment": Granted("rawd", "rawd"),
    "intake_delivery": Granted("r", "rawd"),
    "intake_draft": Granted("rawd", "rawd"),
    "intake_out_of_scope": Granted("r", "rawd"),
    "intake_raisedconcern": Granted("r", "rawd"),
    "intake_rawrecord": Granted("r", "ra"),
    "intake_refusal": Granted("r", "rawd"),
    "keeping_erasureasked": Granted(deeds="rawd"),
    "keeping_suppressedrecord": Granted(deeds="rawd"),
    "keeping_suppression": Granted(deeds="rawd"),
    "keeping_suppressionkey": Granted(deeds="rawd"),
    "meetings_acknowledgement": Granted("r", "ra"),
    "meetings_meeting": Granted("r", "raw"),
    "meetings_meetingchild": Granted("r", "rawd"),
    "meetings_meetingdraft": Granted("rawd", "rawd"),
    "meetings_meetingevent": Granted("r", "ra"),
    "meetings_meetingnow": Granted("r", "rawd"),
    "meetings_meetingplace": Granted("r", "rawd"),
    "meetings_plan": Granted("r", "raw"),
    "meetings_planevent": Granted("r", "ra"),
    "meetings_plannow": Granted("r", "rawd"),
    "meetings_planplace": Granted("r", "rawd"),
    "meetings_sending": Granted("r", "ra"),
    "oversight_near": Granted(deeds="rawd"),
    "oversight_publicnote": Granted(deeds="rawd"),
    "oversight_subjectchoice": Granted(deeds="ra"),
    "oversight_subjectcopy": Granted(deeds="ra"),
    "oversight_subjectlonger": Granted(deeds="ra"),
    "oversight_subjectrequest": Granted(deeds="rawd"),
    "oversight_unusual": Granted(deeds="rawd"),
    "oversight_unusualdeed": Granted(deeds="ra"),
    "people_address": Granted("r", "rawd"),
    "people_identitydecision": Granted("r", "ra"),
    "people_matchmodel": Granted("r", "r"),
    "people_matchproposal": Granted("r", "rawd"),
    "people_matchrecord": Granted("r", "rawd"),
    "people_matchthreshold": Granted("r", "r"),
    "people_openlink": Granted("r", "rawd"),
    "people_organisation": Granted("r", "r"),
    "people_person": Granted("r", "rawd"),
    "people_practitioner": Granted("r", "raw"),
    "people_sealedmatch": Granted("r", "rawd"),
    "people_sourceaddress": Granted("r", "rawd"),
    "people_sourceperson": Granted("r", "rawd"),
    "sharing_agreement": Granted("r", "r"),
    "sharing_consentanew": Granted(deeds="ra"),
    "sharing_consentanswer": Granted(deeds="ra"),
    "sharing_consentend": Granted(deeds="ra"),
    "sharing_consenttakenback": Granted(deeds="ra"),
    "sharing_decision": Granted("ra", "ra"),
    "sharing_disclosure": Granted("ra", "ra"),
    "sharing_item": Granted("ra", "ra"),
    "sharing_itemchange": Granted("r", "ra"),
    "sharing_receipt": Granted("ra", "ra"),
    "sharing_request": Granted("ra", "ra"),
    "sharing_review": Granted("ra", "ra"),
    "signin_counted": Granted(deeds="rawd"),
    "signin_factor": Granted(deeds="rawd"),
    "signin_recoverycode": Granted(deeds="rawd"),
    "signin_servicekey": Granted(deeds="rw"),
    "signin_signin": Granted(deeds="rawd"),
    "signin_subject": Granted(deeds="rawd"),
    "signin_wrongtry": Granted(deeds="rawd"),
    "source_hubrequest": Granted(deeds="rawd"),
    "source_outevent": Granted(deeds="rawd"),
    "source_pointed": Granted(deeds="rawd"),
    "source_receivedevent": Granted(deeds="rawd"),
    "source_sourcechild": Granted(deeds="rawd"),
    "source_sourcekey": Granted(deeds="rawd"),
    "source_sourcerun": Granted(deeds="rawd"),
}

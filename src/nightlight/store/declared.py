"""What each model holds of people, on what ground and how long. A test refuses a model that is missing here."""

from __future__ import annotations

from collections.abc import Mapping

from nightlight.domain.keeping import Basis, Declaration, Kept, Of

_CHILD_RECORD = Declaration(
    (Of.CHILD, Of.ADULT), Basis.SAFEGUARDING, Kept.CHILD_RECORD, "deleted, unless it is another's record too"
)
_DERIVED = Declaration((Of.CHILD,), Basis.SAFEGUARDING, Kept.DERIVED, "deleted with what it is drawn from")
_MEETING = Declaration(
    (Of.CHILD, Of.ADULT, Of.STAFF),
    Basis.SAFEGUARDING,
    Kept.CHILD_RECORD,
    "kept: a child of whom a meeting was held is not erased before the meeting's record is dealt with by a person",
)
_SHARED = Declaration(
    (Of.CHILD, Of.ADULT, Of.STAFF),
    Basis.ACCOUNTABILITY,
    Kept.CHILD_RECORD,
    "deleted with the child's record; that it was given stays in the audit log",
)
_AUDIT = Declaration(
    (Of.CHILD, Of.STAFF), Basis.ACCOUNTABILITY, Kept.AUDIT, "kept: names a child by an id that then means nothing"
)
_STAFF = Declaration((Of.STAFF,), Basis.EMPLOYMENT, Kept.WORKING)
_NOBODY = Declaration((), Basis.NONE_NEEDED, Kept.REFERENCE)
_MACHINE = Declaration((), Basis.NONE_NEEDED, Kept.WORKING)

DECLARED: Mapping[str, Declaration] = {
    "auth.Permission": _NOBODY,
    "auth.Group": _NOBODY,
    "contenttypes.ContentType": _NOBODY,
    "sessions.Session": _STAFF,
    "audit.AuditEvent": _AUDIT,
    "audit.Waiting": _MACHINE,
    "audit.SealRow": _MACHINE,
    "audit.KeyInUse": _MACHINE,
    "audit.Hold": _AUDIT,
    "people.Organisation": _NOBODY,
    "people.Practitioner": _STAFF,
    "people.Person": _CHILD_RECORD,
    "people.SourcePerson": _CHILD_RECORD,
    "people.MatchProposal": _DERIVED,
    "people.SealedMatch": _CHILD_RECORD,
    "people.MatchRecord": _DERIVED,
    "people.OpenLink": _DERIVED,
    "people.MatchModel": _NOBODY,
    "people.MatchThreshold": _NOBODY,
    "people.IdentityDecision": _CHILD_RECORD,
    "people.Address": Declaration(
        (Of.CHILD, Of.ADULT), Basis.SAFEGUARDING, Kept.CHILD_RECORD, "kept while anybody's record names it"
    ),
    "people.SourceAddress": Declaration(
        (Of.CHILD, Of.ADULT), Basis.SAFEGUARDING, Kept.CHILD_RECORD, "kept while anybody's record names it"
    ),
    "chronology.EntryRow": _CHILD_RECORD,
    "chronology.EntrySubject": _CHILD_RECORD,
    "chronology.LinkRow": _CHILD_RECORD,
    "chronology.Known": _CHILD_RECORD,
    "chronology.FiringRow": _DERIVED,
    "chronology.Evaluated": _DERIVED,
    "intake.Delivery": _NOBODY,
    "intake.RawRecord": _CHILD_RECORD,
    "intake.Refusal": Declaration(
        (Of.CHILD, Of.ADULT), Basis.SAFEGUARDING, Kept.REFUSED, "not known to be any child's; goes by its own row"
    ),
    "intake.OutOfScope": _NOBODY,
    "intake.Draft": Declaration((Of.CHILD, Of.ADULT), Basis.SAFEGUARDING, Kept.DRAFT, "deleted with what it became"),
    "intake.Attachment": _CHILD_RECORD,
    "intake.RaisedConcern": _CHILD_RECORD,
    "source.Pointed": _DERIVED,
    "source.SourceChild": _DERIVED,
    "source.OutEvent": _CHILD_RECORD,
    "source.HubRequest": _SHARED,
    "source.SourceRun": _MACHINE,
    "source.SourceKey": _STAFF,
    "source.ReceivedEvent": _CHILD_RECORD,
    "duties.DutyRow": _CHILD_RECORD,
    "duties.DutyEvent": _CHILD_RECORD,
    "duties.DutyNow": _DERIVED,
    "duties.Team": _NOBODY,
    "duties.RotaRow": _STAFF,
    "duties.AbsenceRow": _STAFF,
    "duties.OrganisationHours": _NOBODY,
    "duties.ClockRow": _DERIVED,
    "duties.Notice": Declaration((Of.STAFF,), Basis.EMPLOYMENT, Kept.CHILD_RECORD),
    "duties.NoticeTry": Declaration((Of.STAFF,), Basis.EMPLOYMENT, Kept.CHILD_RECORD),
    "duties.ContactRow": _STAFF,
    "duties.WorkerBeat": _MACHINE,
    "duties.DailyRound": _MACHINE,
    "meetings.MeetingRow": _MEETING,
    "meetings.PlanRow": _MEETING,
    "meetings.MeetingEvent": _MEETING,
    "meetings.PlanEvent": _MEETING,
    "meetings.MeetingNow": _MEETING,
    "meetings.MeetingPlace": _MEETING,
    "meetings.MeetingChild": _MEETING,
    "meetings.PlanNow": _MEETING,
    "meetings.MeetingDraft": _MEETING,
    "meetings.Sending": _MEETING,
    "meetings.Acknowledgement": _MEETING,
    "meetings.PlanPlace": _MEETING,
    "access.Granted": _AUDIT,
    "access.GlassReview": _AUDIT,
    "access.Compartment": _STAFF,
    "access.Member": _STAFF,
    "access.Seal": _AUDIT,
    "access.PolicySignature": _STAFF,
    "signin.Factor": _STAFF,
    "signin.RecoveryCode": _STAFF,
    "signin.SignIn": _STAFF,
    "signin.WrongTry": _STAFF,
    "signin.Subject": _STAFF,
    "signin.ServiceKey": _STAFF,
    "signin.Counted": _MACHINE,
    "sharing.SharingRequest": _SHARED,
    "sharing.SharingDecision": _SHARED,
    "sharing.SharingReview": _SHARED,
    "sharing.Disclosure": _SHARED,
    "sharing.DisclosedItem": _SHARED,
    "sharing.ItemChange": _SHARED,
    "sharing.Receipt": _SHARED,
    "sharing.ConsentTakenBack": _SHARED,
    "sharing.ConsentEnd": _SHARED,
    "sharing.ConsentAnew": _SHARED,
    "sharing.ConsentAnswer": _SHARED,
    "sharing.Agreement": _STAFF,
    "keeping.ErasureAsked": Declaration(
        (Of.CHILD,), Basis.ACCOUNTABILITY, Kept.AUDIT, "kept without whose it was, once it is done"
    ),
    "keeping.Suppression": _STAFF,
    "keeping.SuppressedRecord": Declaration(
        (Of.CHILD,), Basis.ACCOUNTABILITY, Kept.AUDIT, "keyed digests; what was erased is not taken in again"
    ),
    "keeping.SuppressionKey": Declaration(
        (Of.CHILD,), Basis.ACCOUNTABILITY, Kept.AUDIT, "kept with the marks, which only it can tell apart"
    ),
    "oversight.Near": Declaration(
        (Of.CHILD, Of.STAFF), Basis.ACCOUNTABILITY, Kept.WORKING, "kept: names a child by an id that then means nothing"
    ),
    "oversight.PublicNote": _AUDIT,
    "oversight.Unusual": _AUDIT,
    "oversight.UnusualDeed": _AUDIT,
    "oversight.SubjectRequest": _SHARED,
    "oversight.SubjectLonger": _SHARED,
    "oversight.SubjectChoice": _SHARED,
    "oversight.SubjectCopy": _SHARED,
}

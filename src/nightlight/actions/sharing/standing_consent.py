"""Whether consent still stands: what was shared on it, and what of that was taken back. Reads only.

Whoever calls it has asked before whether the reader may know of the child.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from nightlight.actions.trail import turns
from nightlight.domain.sharing.vocabulary import Consent
from nightlight.store.access import wall
from nightlight.store.sharing.models import ConsentEnd, ConsentTakenBack, SharingDecision, SharingRequest

GAVE = ("given", "part", "existence")


def rests_on_consent(decision: SharingDecision) -> bool:
    """Whether something was given that nothing but consent carried, or of which more was given for it."""
    return decision.did in GAVE and (bool(decision.consent_said) or decision.consent_needed)


def beside_consent(decision: SharingDecision) -> bool:
    """Whether something was given on another basis while consent, too, was on record."""
    return decision.did in GAVE and decision.consent == Consent.GIVEN and not rests_on_consent(decision)


@wall.lifted("whether consent still stands decides what may be given, whoever put it on record")
def taken_back(*, child: UUID, holder: str) -> ConsentTakenBack | None:
    """The newest time that consent to what this organisation shares of a child was taken back; None where it stands."""
    end = (
        ConsentEnd.objects.filter(child=child, holder=holder)
        .select_related("taken_back")
        .order_by("-taken_back__on", "-taken_back__at")
        .first()
    )
    return end.taken_back if end else None


@wall.lifted("whether consent still stands is for both sides of what was shared")
def taken_back_beside(decision: SharingDecision) -> ConsentTakenBack | None:
    """That consent was taken back on which something does not rest: the newest since, on this child, of any holder."""
    if not beside_consent(decision):
        return None
    since = ConsentTakenBack.objects.filter(child=decision.child, on__gte=decision.at)
    return since.filter(organisation=decision.organisation).order_by("-on").first()


@wall.lifted("how a request stands is for whoever may open it")
def end_of_request(request: UUID) -> ConsentEnd | None:
    """That the consent with which something was asked for was taken back."""
    return ConsentEnd.objects.select_related("taken_back").filter(request=request).first()


@wall.lifted("how what was given stands is for whoever may open it")
def ends_of(decisions: Iterable[UUID]) -> dict[UUID, ConsentEnd]:
    """By decision, that consent to it was taken back."""
    rows = ConsentEnd.objects.select_related("taken_back", "anew").filter(decision__in=list(decisions))
    return {row.decision_id: row for row in rows.prefetch_related("answers") if row.decision_id}


def consent_of(row: SharingRequest) -> Consent:
    """The consent with which something was asked for, as it stands now."""
    said = Consent(row.consent)
    return Consent.WITHDRAWN if said is Consent.GIVEN and end_of_request(row.id) else said


def lock(child: UUID) -> None:
    """One deed about a child's consent at a time, until the transaction that is open ends."""
    turns.take_for(f"consent {child}")

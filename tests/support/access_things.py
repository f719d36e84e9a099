"""What there is about the children of `access_world` besides their records: a meeting, a plan, a concern with a file, a
request for information, an answer that gave something, a record that waits for a match. Made by outsiders, who sign in
elsewhere, each with a word of its own.
"""

from __future__ import annotations

from uuid import UUID

from support.access_world import AT, World
from support.deliveries import NHS_ONE, entry, person, record, take_in

from nightlight.actions.concerns import concerns, drafts
from nightlight.actions.meetings import calling as meetings
from nightlight.actions.plans import deeds as plans
from nightlight.actions.seeing import relationships
from nightlight.actions.sharing import asking as sharing
from nightlight.domain.sharing.vocabulary import Harm
from nightlight.store.people.models import Organisation, Practitioner, SourcePerson

OUTSIDER = "outsider"
SAID = {name: f"zq{name}saidzq" for name in ("meeting", "plan", "concern", "request", "draft")}
"""The word in each thing that its owner wrote."""


def make_things(world: World, child: UUID) -> dict[str, str]:
    """Make one of each about this child; their ids, by the names that addresses have for them."""
    home = Organisation.objects.create(code="outside-1", name="Outside", agency="social_care")
    by = Practitioner.objects.make(username=OUTSIDER, name="Outsider", role="social_worker", organisation=home)
    relationships.begin(kind="given", child=child, person=OUTSIDER, about="test", by="test", now=AT)
    meeting = meetings.call(
        by=by, kind="strategy_discussion", children=[child], why=SAID["meeting"], key="access-things", now=AT
    )
    plan = plans.begin(
        by=by, kind="child_protection", children=[child], why=SAID["plan"], key="access-plan", lead=OUTSIDER, now=AT
    )
    asked = sharing.ask(
        by=by, child=child, key="access-request", now=AT,
        ask=sharing.Ask(holder="others-1", harm=Harm.SIGNIFICANT, what=SAID["request"], why=SAID["request"]),
    )  # fmt: skip
    return {
        "meeting_id": str(meeting), "plan_id": str(plan), "request_id": str(asked), **_concern(by, child),
        **_draft(by), **_waiting(),
    }  # fmt: skip


def _draft(by: Practitioner) -> dict[str, str]:
    draft = drafts.start(by=by, danger="no", now=AT)
    drafts.save(by=by, draft=draft.id, version=0, content={"danger": "no", "what": SAID["draft"]}, now=AT)
    return {"draft_id": str(draft.id)}


def _concern(by: Practitioner, child: UUID) -> dict[str, str]:
    """The outsider's organisation has a record of the child, or they could not choose them."""
    take_in(
        record("known-outside", people=[person("o1", given="Kidoutside", family="Fictional")]),
        agency="social_care", organisation="outside-1", system="by-hand:outside",
    )  # fmt: skip
    SourcePerson.objects.filter(source_id="o1").update(person=child, waiting_since=None)
    draft = drafts.start(by=by, danger="no", now=AT)
    content = {"danger": "no", "what": SAID["concern"], "child": str(child)}
    saved = drafts.save(by=by, draft=draft.id, version=0, content=content, now=AT).draft
    file = saved.attachments.create(name="f.png", media_type="image/png", digest="d", content=b"x", added=AT)
    raised = concerns.raise_concern(by=by, draft=saved.id, now=AT)
    return {"concern_id": str(raised.id), "attachment_id": str(file.id)}


def _waiting() -> dict[str, str]:
    """Two records that name one child by a number and differ in the name: somebody has to decide."""
    take_in(
        record("m1", entry("education.concern", 3, "w1", attributes={"category": "tired"}),
               people=[person("w1", given="Wren", family="Waiting", nhs_number=NHS_ONE)]),
        agency="social_care", organisation="outside-1", system="by-hand:waits",
    )  # fmt: skip
    return {"source_person": str(SourcePerson.objects.get(source_id="w1").id)}

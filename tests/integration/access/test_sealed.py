"""Sealed compartments and broken glass, as deeds and on pages; and the policy's own page."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client
from support.access_world import AT, World, entry_of, name_of, word
from support.sittings import sitting

from nightlight.actions.child import finding, glass
from nightlight.actions.seeing import compartments, policies
from nightlight.actions.seeing.access import Refused, access_child, may_see, visible_children
from nightlight.domain.access.engine import policy
from nightlight.store.access.models import Granted, PolicySignature
from nightlight.store.audit.models import AuditEvent
from nightlight.store.duties.models import DutyNow, Notice, RotaRow
from nightlight.store.people.models import Practitioner, SourcePerson

pytestmark = pytest.mark.django_db

REASON = "a live inquiry, by order"


@pytest.fixture(autouse=True)
def _undone(world: World) -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def client_of(world: World, role: str) -> Client:
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(world.viewers[role])
    return client


def sealed(world: World, what: str, item, *members: str):
    guardian = world.viewers["caldicott_guardian"]
    made = compartments.open_compartment(
        by=guardian, kind="adoption", reason=REASON, members=members or ("keeper",), now=AT
    )
    compartments.seal(by=guardian, compartment=made.id, what=what, item=item, reason=REASON, now=AT)
    return made


def search(world: World, role: str, number: str) -> list[str]:
    by = world.viewers[role]
    return [
        c.name for c in finding.find(by=by, asked=finding.Asked(number=number, reason="to help them"), now=AT).shown
    ]


# -- compartments


def test_a_sealed_child_is_not_found_opened_listed_or_counted(world: World) -> None:
    child, social_worker = world.children["partnership"], world.viewers["social_worker"]
    assert search(world, "social_worker", "c-partnership")
    lists = [client_of(world, "front_door_team_manager").get(path).content.decode() for path in ("/duties/team/list",)]
    assert all(name_of("partnership") in page for page in lists)
    sealed(world, "child", child)
    assert not search(world, "social_worker", "c-partnership")
    assert not may_see(social_worker, child, AT)
    with pytest.raises(Refused):
        access_child(by=social_worker, child=child, now=AT)
    for path in ("/duties/team/list", "/duties/team", "/lapses", "/lapses/list"):
        for role in ("front_door_team_manager", "caldicott_guardian"):
            assert name_of("partnership") not in client_of(world, role).get(path).content.decode(), path
    keeper = Practitioner.objects.get(username="keeper")
    assert may_see(keeper, child, AT)


def test_a_sealed_record_is_found_by_no_number_of_its_own(world: World) -> None:
    """Adoption: a search for the number before finds nobody; the child, as they are called now, is found."""
    child = world.children["own_record"]
    old = SourcePerson.objects.get(source_id="c-own_record")
    sealed(world, "source_person", old.id)
    assert not search(world, "social_worker", "c-own_record")
    assert search(world, "social_worker", "ours")
    page = client_of(world, "social_worker").get(f"/children/{child}").content.decode()
    assert word("own_record", "own") in page
    assert word("own_record", "ordinary") not in page
    assert "c-own_record" not in client_of(world, "social_worker").get(f"/children/{child}/records").content.decode()


def test_a_sealed_address_seals_what_is_about_it(world: World) -> None:
    from nightlight.store.chronology.models import EntrySubject
    from nightlight.store.people.models import Address

    refuge = Address.objects.create(key="a refuge", lines=["1 Fictional Street"], postcode="ZZ99 3WZ")
    entry = entry_of(word("own_record", "ordinary"))
    EntrySubject.objects.create(entry_id=entry, address=refuge.id)
    assert word("own_record", "ordinary") in _page(world, "social_worker", "own_record")
    sealed(world, "address", refuge.id, "viewer-cp_chair")
    assert word("own_record", "ordinary") not in _page(world, "social_worker", "own_record")
    assert word("own_record", "ordinary") in _page(world, "cp_chair", "own_record")


def _page(world: World, role: str, related: str) -> str:
    return client_of(world, role).get(f"/children/{world.children[related]}").content.decode()


def test_a_duty_on_sealed_evidence_is_its_members_alone(world: World) -> None:
    child = world.children["team"]
    duty = DutyNow.objects.get(child=child)
    members = client_of(world, "social_worker")
    assert members.get(f"/duties/{duty.duty_id}").status_code == 200
    guardian = world.viewers["caldicott_guardian"]
    made = sealed(world, "entry", duty.evidence[0], "keeper")
    for item in duty.evidence[1:]:
        compartments.seal(by=guardian, compartment=made.id, what="entry", item=item, reason=REASON, now=AT)
    assert members.get(f"/duties/{duty.duty_id}").status_code == 403
    assert str(duty.duty_id) not in members.get(f"/children/{child}").content.decode()
    assert str(duty.duty_id) not in client_of(world, "cp_chair").get("/duties/team/list").content.decode()


def test_closing_a_compartment_opens_what_was_in_it(world: World) -> None:
    made = sealed(world, "entry", entry_of(word("own_record", "ordinary")))
    assert word("own_record", "ordinary") not in _page(world, "social_worker", "own_record")
    compartments.close_compartment(
        by=world.viewers["caldicott_guardian"], compartment=made.id, reason="it is over", now=AT
    )
    assert word("own_record", "ordinary") in _page(world, "social_worker", "own_record")


def test_a_compartment_keeps_a_member_and_a_reason(world: World) -> None:
    guardian = world.viewers["caldicott_guardian"]
    for wrong in ({"members": []}, {"kind": "other"}, {"reason": " "}, {"members": ["nobody"]}):
        asked = {"kind": "legal", "reason": REASON, "members": ["keeper"], **wrong}
        with pytest.raises(compartments.NotSealed), transaction.atomic():
            compartments.open_compartment(by=guardian, now=AT, **asked)
    made = sealed(world, "entry", entry_of(word("own_record", "ordinary")))
    with pytest.raises(compartments.NotSealed):
        compartments.end_member(by=guardian, compartment=made.id, person="keeper", now=AT)
    with pytest.raises(Refused):
        compartments.open_compartment(
            by=world.viewers["social_worker"], kind="legal", reason=REASON, members=["keeper"], now=AT
        )


def test_compartments_are_kept_on_a_page(world: World) -> None:
    client = client_of(world, "caldicott_guardian")
    given = {"deed": "open", "kind": "legal", "reason": REASON, "members": "keeper, viewer-cp_chair"}
    assert client.post("/access/compartments", given).status_code == 302
    page = client.get("/access/compartments").content.decode()
    assert "Legal advice" in page
    assert "Viewer cp_chair" in page
    made = compartments.compartments(by=world.viewers["caldicott_guardian"], now=AT)[-1].row
    item = entry_of(word("own_record", "ordinary"))
    seal = {"deed": "seal", "compartment": made.id, "what": "entry", "item": item, "reason": REASON}
    assert client.post("/access/compartments", seal).status_code == 302
    assert word("own_record", "ordinary") not in _page(world, "social_worker", "own_record")
    assert client.post("/access/compartments", {**seal, "item": "x"}).status_code == 422
    assert client.post("/access/compartments", {**given, "members": ""}).status_code == 422
    assert client_of(world, "social_worker").get("/access/compartments").status_code == 403


# -- broken glass


def on_rota(world: World) -> None:
    guardian = world.viewers["caldicott_guardian"]
    RotaRow.objects.create(
        role=guardian.role, organisation=guardian.organisation, practitioner=guardian, since=AT - timedelta(days=1)
    )


def test_broken_glass_opens_at_once_tells_at_once_and_is_over(world: World) -> None:
    on_rota(world)
    nurse, child = world.viewers["school_nurse"], world.children["none"]
    client = client_of(world, "school_nurse")
    refused = client.get(f"/children/{child}")
    assert refused.status_code == 403
    assert f"/children/{child}/break-glass" in refused.content.decode()
    answer = client.post(f"/children/{child}/break-glass", {"reason": "Collapsed at school, and nobody answers."})
    assert answer["Location"] == f"/children/{child}"
    page = client.get(f"/children/{child}").content.decode()
    assert word("none", "restricted") in page
    assert word("none", "sealed") not in page
    told = set(Notice.objects.filter(why="glass").values_list("person", flat=True))
    assert "viewer-caldicott_guardian" in told
    assert not Notice.objects.filter(why="glass", about__icontains=str(child)).exists()
    review = DutyNow.objects.get(question__startswith="glass:", child=child)
    assert (review.role, review.owner) == ("caldicott_guardian", "viewer-caldicott_guardian")
    held = Granted.objects.get(kind="broken_glass", child=child)
    assert held.until == AT + timedelta(hours=4)
    assert may_see(nurse, child, held.until - timedelta(seconds=1))
    assert not may_see(nurse, child, held.until)
    assert AuditEvent.objects.get(act="glass.broken", child=child).reason.startswith("Collapsed")


def test_broken_glass_opens_the_record_to_nobody_else(world: World) -> None:
    """That somebody broke it, and that its review is a duty, is no relationship of others to the child."""
    on_rota(world)
    child = world.children["none"]
    before = {role for role, by in world.viewers.items() if may_see(by, child, AT)}
    with sitting(world.viewers["school_nurse"], AT):
        glass.break_glass(by=world.viewers["school_nurse"], child=child, reason="Nobody answers.", now=AT)
    after = {role for role, by in world.viewers.items() if may_see(by, child, AT)}
    assert after - before == {"school_nurse"}


def test_broken_twice_is_broken_once_and_both_reasons_are_kept(world: World) -> None:
    by, child = world.viewers["school_nurse"], world.children["none"]
    with sitting(by, AT):
        first = glass.break_glass(by=by, child=child, reason="Nobody answers.", now=AT)
    with sitting(by, AT + timedelta(hours=1)):
        again = glass.break_glass(by=by, child=child, reason="Still nobody answers.", now=AT + timedelta(hours=1))
    assert (again.id, again.until) == (first.id, first.until)
    assert AuditEvent.objects.filter(act="glass.broken", child=child).count() == 2
    with sitting(by, first.until):
        later = glass.break_glass(by=by, child=child, reason="The next day.", now=first.until)
    assert later.id != first.id


@pytest.mark.parametrize("related", ["absent", "sealed"])
def test_glass_of_what_is_not_there_or_sealed_does_not_break(world: World, related: str) -> None:
    from uuid import uuid4

    child = uuid4() if related == "absent" else world.children["none"]
    if related == "sealed":
        sealed(world, "child", child)
    client = client_of(world, "school_nurse")
    assert client.get(f"/children/{child}/break-glass").status_code == 200
    answer = client.post(f"/children/{child}/break-glass", {"reason": "Nobody answers the telephone."})
    assert answer.status_code == 403
    assert not Granted.objects.filter(child=child, kind="broken_glass").exists()


def test_glass_needs_a_reason_a_role_and_proof(world: World) -> None:
    child = world.children["none"]
    nurse = client_of(world, "school_nurse")
    assert nurse.post(f"/children/{child}/break-glass", {"reason": "why"}).status_code == 422
    for role in ("staff", "data_steward"):
        assert client_of(world, role).get(f"/children/{child}/break-glass").status_code == 403
    with pytest.raises(glass.NeedsProof):
        glass.break_glass(by=world.viewers["school_nurse"], child=child, reason="Nobody answers.", now=AT)


def test_review_ends_the_duty_and_is_nobodys_own(world: World) -> None:
    on_rota(world)
    child = world.children["none"]
    with sitting(world.viewers["school_nurse"], AT):
        broken = glass.break_glass(by=world.viewers["school_nurse"], child=child, reason="Nobody answers.", now=AT)
    client = client_of(world, "caldicott_guardian")
    page = client.get("/access/glass").content.decode()
    assert "Nobody answers." in page
    wrong = client.post(f"/access/glass/{broken.id}/review", {"finding": "", "reason": ""})
    assert wrong.status_code == 422
    right = {"finding": "avoidable", "reason": "The front door's telephone was not staffed."}
    assert client.post(f"/access/glass/{broken.id}/review", right).status_code == 302
    assert "The front door&#39;s telephone" in client.get("/access/glass").content.decode()
    assert DutyNow.objects.get(question=f"glass:{broken.id}").status == "discharged"
    assert client_of(world, "school_nurse").get("/access/glass").status_code == 403
    guardian = world.viewers["caldicott_guardian"]
    own = Granted.objects.create(
        kind="broken_glass", child=child, person=guardian.username, since=AT, until=AT, by="", reason="x"
    )
    with pytest.raises(Refused):
        glass.review(by=guardian, glass=own.id, finding="right", reason="Mine.", now=AT)


# -- lists, and the policy's page


def test_visible_children_are_those_that_open(world: World) -> None:
    for role in ("social_worker", "staff", "data_steward"):
        by = world.viewers[role]
        seen = visible_children(by=by, children=world.children.values(), now=AT)
        assert seen == {child for related, child in world.children.items() if world.opens(role, related)}


def test_anybody_reads_the_policy_and_the_guardian_signs_what_was_shown(world: World) -> None:
    staff = client_of(world, "staff").get("/access").content.decode()
    assert "Nobody has signed this text yet" in staff
    assert all(rule.says.replace("'", "&#39;") in staff for rule in policy().rules.values())
    assert "Sign the access policy" not in staff
    assert client_of(world, "staff").post("/access/sign", {"digest": policy().texts.digest}).status_code == 403
    guardian = client_of(world, "caldicott_guardian")
    assert guardian.post("/access/sign", {"digest": "another"}).status_code == 422
    assert not PolicySignature.objects.exists()
    assert guardian.post("/access/sign", {"digest": policy().texts.digest, "note": "For a year."}).status_code == 302
    assert "Signed by Viewer caldicott_guardian" in guardian.get("/access").content.decode()
    assert policies.shown().is_signed


def test_what_follows_for_a_role_is_asked_of_the_policy() -> None:
    lead = policies.may_see(policy(), "safeguarding_lead")
    assert "ordinary entries" in lead.reads
    assert "an adult's own health" in lead.reads_not
    assert policies.may_see(policy(), "staff").opens == ()
    assert "an adult's own health" in policies.may_see(policy(), "safeguarding_lead", "health.gp").reads

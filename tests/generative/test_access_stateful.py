"""No sequence of permitted acts gives a person an entry that the policy denies.

People search, hand duties over, are asked to meetings, break the glass, and compartments are sealed. After each act
nobody sees more, or less, than the policy permits, asked from plain facts that this test keeps by itself.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from support.access_world import AT, RELATED, SORTS, World, entry_of, make_world, word
from support.sittings import sitting

from nightlight.actions.child import finding, glass
from nightlight.actions.duties.deeds import accept, hand_over
from nightlight.actions.record.recent import chronology_of
from nightlight.actions.seeing import compartments, relationships
from nightlight.actions.seeing.access import Refused, access_child
from nightlight.actions.seeing.sight import sight_of
from nightlight.domain.access.engine import policy
from nightlight.domain.access.vocabulary import Sort, Who, purpose_of
from nightlight.domain.duty_events import DutyError
from nightlight.domain.roles import ROLES
from nightlight.store.access import wall
from nightlight.store.duties.models import DutyNow
from nightlight.store.people.models import Practitioner

ROLE = st.sampled_from([role for role in ROLES if role not in ("lead_safeguarding_partner",)])
CHILD = st.sampled_from(RELATED)
SORT = st.sampled_from(list(SORTS))


class People(RuleBasedStateMachine):
    """world, and what this test knows of it by itself: grants with their ends, who searched, what is sealed."""

    world: World

    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.now = AT
        self.ends: dict[tuple[str, str, str], Any] = {}
        self.sealed = {(related, "sealed") for related in RELATED}
        self.members: set[str] = set()
        self.last = ("social_worker", RELATED[0])

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)

    # -- acts

    @rule(hours=st.integers(1, 30))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule(role=ROLE, child=CHILD)
    def search(self, role: str, child: str) -> None:
        self.last = (role, child)
        number = f"c-{child}"
        try:
            with wall.standing(self.world.viewers[role].username):
                asked = finding.Asked(number=number, reason="a call about this child")
                found = finding.find(by=self.world.viewers[role], asked=asked, now=self.now)
        except Refused:
            return
        if any(each.id == self.world.children[child] for each in found.shown):
            self.ends[role, child, "found"] = self.now + timedelta(hours=12)

    @rule(role=ROLE, child=CHILD)
    def break_the_glass(self, role: str, child: str) -> None:
        self.last = (role, child)
        try:
            with sitting(self.world.viewers[role], self.now), wall.standing(self.world.viewers[role].username):
                broken = glass.break_glass(
                    by=self.world.viewers[role], child=self.world.children[child], reason="nobody answers", now=self.now
                )
        except Refused:
            return
        self.ends[role, child, "broken_glass"] = broken.until

    @rule(role=ROLE, child=CHILD, days=st.integers(1, 5))
    def ask_to_a_meeting(self, role: str, child: str, days: int) -> None:
        self.last, until = (role, child), self.now + timedelta(days=days)
        relationships.begin(
            kind="meeting", child=self.world.children[child], person=self.world.viewers[role].username,
            about=f"{role}{child}", by="test", now=self.now, until=until,
        )  # fmt: skip
        held = self.ends.get((role, child, "meeting"))
        self.ends[role, child, "meeting"] = max(held, until) if held else until

    @rule(role=ROLE, child=CHILD)
    def close_the_meeting(self, role: str, child: str) -> None:
        relationships.end(kind="meeting", about=f"{role}{child}", now=self.now)
        if child != "meeting":
            self.ends.pop((role, child, "meeting"), None)

    @rule(giver=ROLE, taker=ROLE)
    def hand_a_duty_over(self, giver: str, taker: str) -> None:
        self.last = (taker, "allocated")
        duty = DutyNow.objects.filter(owner=self.world.viewers[giver].username, question__startswith="alloc").first()
        if duty is None or giver == taker:
            return
        try:
            with wall.standing(self.world.viewers[giver].username):
                by, to = self.world.viewers[giver], self.world.viewers[taker].username
                hand_over(by=by, duty_id=duty.duty_id, to=to, now=self.now)
            with wall.standing(self.world.viewers[taker].username):
                accept(by=self.world.viewers[taker], duty_id=duty.duty_id, now=self.now)
        except (Refused, DutyError):
            return

    @precondition(lambda self: len(self.sealed) < len(RELATED) + 6)
    @rule(child=CHILD, sort=SORT)
    def seal(self, child: str, sort: str) -> None:
        from nightlight.store.access.models import Compartment

        item = entry_of(word(child, sort))
        compartments.seal(
            by=self.world.viewers["caldicott_guardian"], compartment=Compartment.objects.get().id, what="entry",
            item=item, reason="a reason", now=self.now,
        )  # fmt: skip
        self.sealed.add((child, sort))

    @rule(role=ROLE)
    def make_a_member(self, role: str) -> None:
        from nightlight.store.access.models import Compartment

        self.last = (role, self.last[1])
        compartments.add_member(
            by=self.world.viewers["caldicott_guardian"], compartment=Compartment.objects.get().id,
            person=self.world.viewers[role].username, reason="a reason", now=self.now,
        )  # fmt: skip
        self.members.add(role)

    # -- what must always hold

    def _standing(self, role: str, child: str) -> frozenset[str]:
        """From what this test keeps, and the rows of duties; not from the function that the program asks."""
        held = {
            kind for (who, which, kind), end in self.ends.items() if (who, which) == (role, child) and end > self.now
        }
        always = {"own_record", "meeting", "given", "raised"} & {child}
        if child == "found" and self.now - timedelta(hours=12) < AT - timedelta(hours=1):
            held.add("found")
        if child == "broken_glass" and self.now < AT + timedelta(hours=3):
            held.add("broken_glass")
        duties = DutyNow.objects.filter(child=self.world.children[child]).exclude(question__startswith="glass:")
        if duties.exists():
            held.add("partnership")
        name = self.world.viewers[role].username
        reviews = DutyNow.objects.filter(child=self.world.children[child])
        if reviews.filter(owner=name).exists() or reviews.filter(pending_to=name).exists():
            held.add("allocated")
        if duties.filter(organisation="viewers-1").exists():
            held.add("team")
        return frozenset(held | always)

    def _permitted(self, role: str, child: str) -> set[str]:
        who, standing = Who(role=role, agency=self.world.viewers[role].agency), self._standing(role, child)
        if not policy().open(who, standing, purpose=purpose_of(role)):
            return set()
        words = set()
        for name, sort in SORTS.items():
            sealed = (child, name) in self.sealed and role not in self.members
            asked = Sort(
                sensitivity=sort.sensitivity, matter=sort.matter, written_by="other", given=sort.given, sealed=sealed
            )
            if policy().read(who, standing, asked):
                words.add(word(child, name))
        return words | ({word(child, "own")} if child == "own_record" else set())

    def _seen(self, role: str, child: str) -> set[str]:
        by, id_ = self.world.viewers[role], self.world.children[child]
        with wall.standing(by.username):
            try:
                access = access_child(by=by, child=id_, now=self.now)
            except Refused:
                return set()
            seen = chronology_of(id_, sight_of(by=by, access=access, now=self.now), self.now)
        return {entry.text for entry in seen.chronology.entries if entry.text}

    @invariant()
    def nobody_sees_what_the_policy_denies(self) -> None:
        role, child = self.last
        whom = {(role, child), ("social_worker", child), ("safeguarding_lead", child), (role, "none")}
        for who, which in sorted(whom):
            assert self._seen(who, which) == self._permitted(who, which), (who, which)


@pytest.mark.django_db
def test_no_sequence_of_permitted_acts_gives_an_entry_that_the_policy_denies() -> None:
    People.world = make_world()
    assert Practitioner.objects.filter(username__startswith="viewer-").count() == len(ROLES)
    run_state_machine_as_test(
        People,
        settings=settings(
            max_examples=25, stateful_step_count=12, deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
        ),
    )  # fmt: skip

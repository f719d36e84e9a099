"""The matrix with what there is besides children: meetings, plans, concerns and their files, drafts, requests, matches.

Every role in every relationship, by reading and by writing, at every address that names one; the addresses are the
routes themselves, so that a new one is tested too, or fails for want of something to name.
"""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from integration.access.test_matrix import ROUTES, _client, _fill, _plain, _text
from support.access_things import SAID, make_things
from support.access_world import World

from nightlight.domain.roles import ROLES
from nightlight.web.reads import Of, declared

pytestmark = pytest.mark.django_db

RELATIONSHIP = "partnership"
THINGS = ("meeting_id", "plan_id", "request_id", "concern_id", "attachment_id", "draft_id", "source_person")
ELSEWHERE = frozenset({
    "child_id", "duty_id",  # test_matrix
    "disclosure_id", "decision_id", "taken_back_id",  # tests/integration/web/test_sharing.py
    "glass_id", "match_id",  # test_sealed.py, test_sealed_matches.py
    "delivery_id", "refusal_id", "delivery", "feed",  # no child's: of whoever mends records; tests/integration/api
    "shift_id", "absence_id",  # no child's
    "factor", "sign_in",  # one's own: tests/integration/web/test_sign_in_factors.py
    "finding", "near_id", "copy_id",  # tests/integration/web/test_oversight.py
    "file_id",  # tests/integration/web/test_copies_beside.py
    "item_id", "which", "deed", "code",  # within a meeting, plan or child that is named before it
})  # fmt: skip
"""What addresses name that is tested where it is said here."""


@pytest.fixture(scope="module")
def things(world: World, django_db_blocker: Any) -> dict[str, str]:
    """Gone with the world of this module."""
    with django_db_blocker.unblock():
        return make_things(world, world.children[RELATIONSHIP])


def _names(route: str) -> list[str]:
    return [part.rpartition(":")[2] for part in re.findall(r"<([^>]+)>", route)]


def test_whatever_an_address_names_is_in_a_matrix() -> None:
    unknown = {name for route in ROUTES for name in _names(route)} - set(THINGS) - ELSEWHERE
    assert not unknown, f"name {unknown} in this test's THINGS (and make one), or say in ELSEWHERE where it is tested"


def _may(world: World, role: str, name: str) -> bool:
    """Whether somebody of this role reads it: as the child's record for a concern, as whoever decides for a match; a
    meeting, plan, draft or request is for those who have a place in it, which nobody of this world has."""
    if name == "source_person":
        return role in ("data_steward", "caldicott_guardian")
    if name == "request_id":
        return role == "caldicott_guardian"
    return name in ("concern_id", "attachment_id") and world.opens(role, RELATIONSHIP)


@pytest.mark.parametrize("role", ROLES)
def test_what_is_not_for_somebody_is_as_if_it_were_not_there(world: World, things: dict[str, str], role: str) -> None:
    client = _client(world, role)
    client.get("/duties")  # what a browser's first page asks once
    for route, pattern in ROUTES.items():
        named = [name for name in _names(route) if name in THINGS]
        if not named or _may(world, role, named[0]) or (named[0] == "request_id" and "/copies" in route):
            continue
        for method in ("get", "post"):
            nothing, other = str(uuid4()), str(uuid4())
            rest = dict.fromkeys(_names(route), other)
            with CaptureQueriesContext(connection) as for_none:
                absent = getattr(client, method)(_fill(route, {**rest, named[0]: nothing}))
            with CaptureQueriesContext(connection) as for_this:
                refused = getattr(client, method)(_fill(route, {**rest, named[0]: things[named[0]]}))
            assert _plain(refused, things[named[0]], other) == _plain(absent, nothing, other), (role, method, route)
            if declared(pattern.callback).of is Of.CHILD:
                assert len(for_this) == len(for_none), (role, method, route)
            assert not [word for word in SAID.values() if word in _text(refused)], (role, method, route)


@pytest.mark.parametrize("role", ["staff", "safeguarding_lead", "caldicott_guardian", "data_steward"])
def test_no_page_gives_away_what_was_said_in_another_place(world: World, things: dict[str, str], role: str) -> None:
    """Lists, counts, the child's own page, what is due: no word of a meeting, plan, draft or request of others."""
    client = _client(world, role)
    child = str(world.children[RELATIONSHIP])
    hidden = {SAID["meeting"], SAID["plan"], SAID["draft"]}
    hidden |= set() if world.opens(role, RELATIONSHIP) else {SAID["concern"], SAID["request"]}
    for route in ROUTES:
        if set(_names(route)) <= {"child_id"}:
            text = _text(client.get(_fill(route, {"child_id": child})))
            assert not [word for word in hidden if word in text], (role, route)

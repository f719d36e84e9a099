"""The matrix in other agencies than the one of `test_matrix`: what an agency changes, and what it must not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from integration.access.test_matrix import _client, _text
from support.access_world import RELATED, World, make_world

pytestmark = pytest.mark.django_db
AGENCIES = ("health.gp", "social_care", "probation")
SOME = ("safeguarding_lead", "line_manager", "social_worker")
"""The roles whose answers an agency may change, and one for which it must not."""


@pytest.fixture(scope="module", params=AGENCIES)
def elsewhere(request: Any, django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    with django_db_blocker.unblock(), transaction.atomic():
        yield make_world(request.param)
        transaction.set_rollback(True)


@pytest.mark.parametrize("role", SOME)
def test_in_another_agency_a_childs_page_shows_what_the_policy_permits_there(elsewhere: World, role: str) -> None:
    client = _client(elsewhere, role)
    for related in RELATED:
        text = _text(client.get(f"/children/{elsewhere.children[related]}"))
        shown = {each for each in elsewhere.every_word() if each in text}
        assert shown == elsewhere.reads(role, related), (elsewhere.viewers[role].agency, role, related)

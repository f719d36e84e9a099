"""Every page, opened by every role in every relationship to a child, gives away what the access policy permits: no more
anywhere, and on the child's own page no less. The pages are the routes themselves, so that a new one is tested too.
"""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver
from support.access_world import NOBODYS, RELATED, World, entry_of, name_of, word

from nightlight.domain.access.engine import policy
from nightlight.domain.roles import ROLES
from nightlight.indicators.catalogue import CATALOGUE
from nightlight.web.reads import Of, declared

pytestmark = pytest.mark.django_db

NEVER = UUID("00000000-0000-4000-8000-000000000000")
STATIC = "static"


def _routes(patterns: Any = None, before: str = "") -> dict[str, URLPattern]:
    found = {}
    for each in patterns if patterns is not None else get_resolver().url_patterns:
        if isinstance(each, URLResolver):
            found.update(_routes(each.url_patterns, before + str(each.pattern)))
        else:
            found["/" + before + str(each.pattern)] = each
    return found


ROUTES = _routes()


def _fill(route: str, ids: dict[str, str]) -> str:
    """The address that a route makes with these ids; what has none gets an id of nothing."""

    def value(match: re.Match[str]) -> str:
        kind, _, name = match[1].rpartition(":")
        return ids.get(name, {"uuid": str(NEVER), "int": "0", "str": next(iter(CATALOGUE))}.get(kind, "none"))

    return re.sub(r"<([^>]+)>", value, route)


@pytest.mark.parametrize("route", ROUTES)
def test_every_page_says_what_it_reads(route: str) -> None:
    assert declared(ROUTES[route].callback) is not None, f"{route}: add @reads(...) to its view (web/reads.py)"


def test_a_page_that_says_nothing_is_not_served(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    view = ROUTES["/indicators"].callback
    monkeypatch.delattr(view, "reads")
    assert _client(world, "social_worker").get("/indicators").status_code == 403


def _client(world: World, role: str) -> Client:
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(world.viewers[role])
    return client


def _ids(world: World, related: str) -> dict[str, str]:
    child = str(world.children[related])
    duty = str(world.duties.get(related, NEVER))
    return {"child_id": child, "duty_id": duty, "code": next(iter(CATALOGUE))}


def _text(response: Any) -> str:
    return b"".join(response).decode(errors="replace")


def _plain(response: Any, *ids: str) -> tuple[int, str]:
    """A response without what differs from one request to the next."""
    text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", _text(response))
    for id_ in ids:
        text = text.replace(id_, "ID")
    return response.status_code, text


def _given_away(world: World, text: str) -> set[str]:
    return {each for each in world.every_word() if each in text}


def _about_a_child(route: str) -> bool:
    return any(name in route for name in ("child_id", "duty_id"))


@pytest.mark.parametrize("role", ROLES)
def test_every_page_gives_away_what_the_policy_permits_and_no_more(world: World, role: str) -> None:
    client = _client(world, role)
    permitted = {related: world.reads(role, related) for related in RELATED}
    for route in ROUTES:
        for related in RELATED if _about_a_child(route) else (NOBODYS,):
            if "duty_id" in route and related not in world.duties:
                continue
            text = _text(client.get(_fill(route, _ids(world, related))))
            allowed = permitted[related] if _about_a_child(route) else set().union(*permitted.values())
            assert _given_away(world, text) <= allowed, (role, route, related)
            for other in RELATED:
                if name_of(other) in text:
                    assert world.opens(role, other), (role, route, other)


@pytest.mark.parametrize("role", ROLES)
def test_a_childs_page_shows_all_that_the_policy_permits(world: World, role: str) -> None:
    client = _client(world, role)
    for related in RELATED:
        response = client.get(f"/children/{world.children[related]}")
        text = _text(response)
        assert response.status_code == (200 if world.opens(role, related) else 403), (role, related)
        assert _given_away(world, text) == world.reads(role, related), (role, related)
        if world.opens(role, related):
            assert f"{len(world.reads(role, related))} entries" in text, (role, related)


@pytest.mark.parametrize("role", ROLES)
def test_what_is_not_for_somebody_is_answered_as_what_is_not_there(world: World, role: str) -> None:
    """The same status, the same page, by the same queries: by reading and by writing."""
    client = _client(world, role)
    unopened = [related for related in RELATED if not world.opens(role, related)]
    for route, pattern in ROUTES.items():
        if declared(pattern.callback).of is not Of.CHILD:
            continue
        for method in ("get", "post"):
            nothing = str(uuid4())
            ids = {name: nothing for name in _names(route)}
            with CaptureQueriesContext(connection) as absent_queries:
                absent = getattr(client, method)(_fill(route, {**ids, "code": next(iter(CATALOGUE))}))
            for related in unopened:
                there = _existing(world, route, related)
                if there is None:
                    continue
                with CaptureQueriesContext(connection) as refused_queries:
                    refused = getattr(client, method)(_fill(route, there))
                seen = set(there.values())
                assert _plain(refused, *seen) == _plain(absent, nothing), (role, method, route, related)
                assert len(refused_queries) == len(absent_queries), (role, method, route, related)


def _names(route: str) -> list[str]:
    return [part.rpartition(":")[2] for part in re.findall(r"<uuid:[^>]+>", route.replace("<", "<"))] and [
        part.rpartition(":")[2].rstrip(">") for part in re.findall(r"<uuid:[^>]+>", route)
    ]


def _existing(world: World, route: str, related: str) -> dict[str, str] | None:
    """The ids of things that are there, for this route and child; None where the world has none."""
    ids = _ids(world, related)
    names = _names(route)
    if any(name not in ids or ids[name] == str(NEVER) for name in names):
        return None
    return {name: ids[name] for name in (*names, "code") if name in ids}


def test_a_sealed_entry_is_on_no_page_of_anybodys_but_its_members(world: World) -> None:
    """Not even for the guardian, who keeps the compartment; and the keeper named in it reads it."""
    from nightlight.store.access.models import Member
    from nightlight.store.people.models import Practitioner

    keeper = Practitioner.objects.get(username=Member.objects.get().person)
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(keeper)
    child = world.children["partnership"]
    assert word("partnership", "sealed") in _text(client.get(f"/children/{child}"))
    for role in ROLES:
        assert word("partnership", "sealed") not in _text(_client(world, role).get(f"/children/{child}")), role


def test_words_of_the_world_are_each_in_one_entry(world: World) -> None:
    assert len({entry_of(word(related, sort)) for related in RELATED for sort in ("ordinary", "sealed")}) == 20
    assert world.opens("social_worker", "partnership")
    assert not world.opens("staff", "own_record")
    assert not world.opens("social_worker", NOBODYS)
    assert policy().texts.digest

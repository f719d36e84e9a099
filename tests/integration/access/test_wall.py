"""The second wall, with the first one out of the way: raw SQL on a web request's connection.

It gives what the policy permits and nothing more, whatever is asked; and the two walls mean the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import pytest
from django.db import DatabaseError, connection, transaction
from support.access_world import AT, NOBODYS, RELATED, SORTS, World, entry_of, word

from nightlight.domain.access.vocabulary import Purpose, purpose_of
from nightlight.domain.roles import ROLES
from nightlight.store.access import compiled, wall

pytestmark = pytest.mark.django_db


def rows(query: str, *values: object) -> list:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return cursor.fetchall()


def ids(query: str, *values: object) -> set[UUID]:
    return {id_ for (id_,) in rows(query, *values)}


def setting(name: str) -> str:
    return rows("SELECT current_setting(%s, true)", name)[0][0]


@contextmanager
def refused() -> Iterator[None]:
    with pytest.raises(DatabaseError), transaction.atomic():
        yield


def expected(world: World, role: str, related: str) -> set[UUID]:
    words = world.reads(role, related)
    return {entry_of(word(related, sort)) for sort in SORTS if word(related, sort) in words}


@pytest.mark.parametrize("role", ROLES)
def test_wall_gives_the_entries_that_the_policy_permits(world: World, role: str) -> None:
    """Every role, relationship and sort of entry: the same as the first wall, from the database alone."""
    everything = {entry_of(word(related, sort)): related for related in RELATED for sort in SORTS}
    by, purpose = world.viewers[role].username, purpose_of(role)
    wanted = {related: expected(world, role, related) for related in RELATED}
    for related in RELATED:
        with wall.standing(by):
            wall.opened(world.children[related], AT, purpose)
            assert ids("SELECT id FROM chronology_entry") & set(everything) == wanted[related], (role, related)


def test_wall_gives_nothing_before_a_child_is_opened(world: World) -> None:
    for by in ("", "viewer-social_worker", "viewer-caldicott_guardian", "nobody"):
        with wall.standing(by):
            assert rows("SELECT count(*) FROM chronology_entry") == [(0,)]


def test_wall_does_not_take_a_name_for_an_opening(world: World) -> None:
    """Saying that a child was opened opens nothing: the database asks by itself why it should be."""
    for related in (NOBODYS, "raised"):
        with wall.standing("viewer-social_worker"):
            wall.opened(world.children[related], AT, Purpose.PROTECT)
            assert not ids("SELECT id FROM chronology_entry")
    with wall.standing("viewer-staff"):
        for related in RELATED:
            wall.opened(world.children[related], AT, Purpose.PROTECT)
        assert not ids("SELECT id FROM chronology_entry")


def test_wall_asks_who_somebody_is_of_their_own_row(world: World) -> None:
    """A person who left sees nothing, though their session goes on."""
    from nightlight.store.people.models import Practitioner

    with transaction.atomic():
        Practitioner.objects.filter(username="viewer-social_worker").update(is_active=False)
        with wall.standing("viewer-social_worker"):
            wall.opened(world.children["partnership"], AT, Purpose.PROTECT)
            assert not ids("SELECT id FROM chronology_entry")
        transaction.set_rollback(True)


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO access_granted (id, kind, child, person, about, since, by, reason) SELECT gen_random_uuid(), "
        "'broken_glass', id, 'viewer-staff', '', now(), '', '' FROM people_person",
        "UPDATE access_granted SET until = NULL",
        "INSERT INTO access_allowed VALUES ('read', 'staff', 'education', '', 'ordinary/ordinary/other/f/f')",
        "DELETE FROM access_seal",
        "UPDATE access_compartment SET closed = now()",
        "INSERT INTO access_member (compartment_id, person, since, by, reason) SELECT id, 'viewer-staff', now(), '', "
        "'' FROM access_compartment",
        "INSERT INTO access_policysignature (digest, at, by, note) VALUES ('', now(), '', '')",
        "ALTER TABLE chronology_entry DISABLE ROW LEVEL SECURITY",
        "DROP POLICY need_to_know ON chronology_entry",
        "TRUNCATE chronology_entry",
        "CREATE TABLE mine (x int)",
        "SET SESSION AUTHORIZATION postgres",
        "CREATE FUNCTION access_at() RETURNS timestamptz LANGUAGE sql AS 'SELECT now()'",
    ],
)
def test_wall_cannot_be_taken_down_from_behind_it(world: World, statement: str) -> None:
    with wall.standing("viewer-staff"), refused(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize("table", ["duties_dutynow", "chronology_entry", "intake_rawrecord", "intake_refusal"])
def test_wall_lets_nothing_be_changed_or_taken_out_from_behind_it(world: World, table: str) -> None:
    with wall.standing("viewer-caldicott_guardian"), connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table}")
        assert cursor.rowcount == 0


def test_drafts_and_their_files_are_their_authors_alone(world: World) -> None:
    from nightlight.actions import drafts

    lead, nurse = world.viewers["safeguarding_lead"], world.viewers["school_nurse"]
    with transaction.atomic():
        made = drafts.start(by=lead, danger="no", now=AT)
        file = made.attachments.create(name="f", media_type="image/png", digest="d", content=b"x", added=AT)
        with wall.standing(nurse.username):
            assert made.id not in ids("SELECT id FROM intake_draft")
            assert file.id not in ids("SELECT id FROM intake_attachment")
        with wall.standing(lead.username):
            assert made.id in ids("SELECT id FROM intake_draft")
            assert file.id in ids("SELECT id FROM intake_attachment")
        transaction.set_rollback(True)


@pytest.mark.parametrize("table", ["intake_rawrecord", "intake_refusal"])
def test_records_as_they_came_are_for_whoever_mends_them(world: World, table: str) -> None:
    if table == "intake_rawrecord":
        assert rows(f"SELECT count(*) FROM {table}") != [(0,)]
    for role, viewer in world.viewers.items():
        with wall.standing(viewer.username):
            found = rows(f"SELECT count(*) FROM {table}") != [(0,)]
            assert found == (table == "intake_rawrecord" and role in ("data_steward", "caldicott_guardian")), role


def test_duties_are_for_who_holds_them_their_team_and_who_opened_the_child(world: World) -> None:
    duties = ids("SELECT duty_id FROM duties_dutynow WHERE question LIKE 'team-%%'")
    for by, sees in (("viewer-staff", False), ("viewer-school_nurse", False), ("viewer-safeguarding_lead", True)):
        with wall.standing(by):
            assert bool(ids("SELECT duty_id FROM duties_dutynow") & duties) == sees, by
    with wall.standing("viewer-school_nurse"):
        mine = ids("SELECT duty_id FROM duties_dutynow")
        assert len(mine) == 1, "the one that is theirs"
        wall.opened(world.children["own_record"], AT, Purpose.PROTECT)
        assert ids("SELECT duty_id FROM duties_dutynow") == mine


def test_connection_is_itself_again_afterwards(world: World) -> None:
    before = rows("SELECT current_user")
    with wall.standing("viewer-social_worker"):
        assert rows("SELECT current_user") == [("nightlight_web",)]
        wall.opened(world.children["partnership"], AT, Purpose.PROTECT)
    assert rows("SELECT current_user") == before
    assert (setting("nightlight.practitioner"), setting("nightlight.children")) == ("", "")
    assert not wall.stands()


def test_lifting_ends_with_its_deed_even_when_that_fails(world: World) -> None:
    with wall.standing("viewer-social_worker"):
        wall.opened(world.children["partnership"], AT, Purpose.PROTECT)
        seen = ids("SELECT id FROM chronology_entry")
        with wall.lifted("a test"):
            assert rows("SELECT current_user") != [("nightlight_web",)]
        with pytest.raises(RuntimeError), wall.lifted("a test"):
            raise RuntimeError
        assert rows("SELECT current_user") == [("nightlight_web",)]
        assert ids("SELECT id FROM chronology_entry") == seen
        with pytest.raises(DatabaseError), transaction.atomic(), wall.lifted("a test"):
            rows("SELECT 1 / 0")
        assert rows("SELECT current_user") == [("nightlight_web",)]


def test_wall_stands_on_the_text_of_this_version(world: World) -> None:
    from nightlight.domain.access.engine import policy

    assert compiled.laid() == policy().texts.digest
    assert not compiled.lay(), "it is laid already"
    kept = set(rows("SELECT action, role, agency, relationship, question FROM access_allowed"))
    assert kept == set(compiled.questions(policy()))

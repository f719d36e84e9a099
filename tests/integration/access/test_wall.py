"""The second wall, with the first one out of the way: raw SQL on a web request's connection.

It gives what the policy permits and nothing more, whatever is asked; and the two walls mean the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.db import DatabaseError, connection, transaction
from support.access_world import AT, NOBODYS, RELATED, SORTS, World, entry_of, word

from nightlight.actions.trail import audit
from nightlight.domain.access.vocabulary import Purpose, purpose_of
from nightlight.domain.roles import ROLES
from nightlight.store.access import compiled, facts, wall
from nightlight.store.access.sql_signed import READ, WRITTEN

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
        "SELECT * FROM access_signing",
        "UPDATE access_signing SET inner_key = '', outer_key = ''",
        "SELECT access_digest('stand')",
        "SELECT * FROM access_standing('keeper', ARRAY(SELECT id FROM people_person), now())",
        "SELECT * FROM access_sealed_from('', now())",
        "SELECT * FROM access_may_open('keeper', 'protect')",
        "SELECT * FROM access_asked('')",
        "SELECT * FROM access_sealed_asked('forged')",
        "SELECT * FROM django_session",
        "SELECT * FROM signin_signin",
        "INSERT INTO people_identitydecision (source_person, outcome, at, by, reason) "
        "VALUES (gen_random_uuid(), 'new', now(), '', '')",
        "INSERT INTO sharing_request "
        "(id, key, child, at, by, organisation, holder, asked, harm, mode, consent, what, why) VALUES "
        "(gen_random_uuid(), 'k', gen_random_uuid(), now(), 'keeper', 'x', 'x', 'x', 'x', 'x', 'x', '', '')",
    ],
)
def test_wall_cannot_be_taken_down_from_behind_it(world: World, statement: str) -> None:
    with wall.standing("viewer-staff"), refused(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize("table", ["duties_dutynow", "chronology_entry", "intake_rawrecord", "intake_refusal"])
def test_wall_lets_nothing_be_changed_or_taken_out_from_behind_it(world: World, table: str) -> None:
    with wall.standing("viewer-caldicott_guardian"), refused(), connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table}")


def test_drafts_and_their_files_are_their_authors_alone(world: World) -> None:
    from nightlight.actions.concerns import drafts

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
    assert (setting("nightlight.standing"), setting("nightlight.seen")) == ("", "")
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


# -- saying to be somebody else


def said(what: str, practitioner: str, *, request: str = "r", children: str = "") -> str:
    """What a connection says of itself, as the program words it."""
    pid = str(rows("SELECT pg_backend_pid()")[0][0])
    return "\x1f".join((what, pid, request, practitioner, "protect", AT.isoformat(), children))


@pytest.mark.parametrize("digest", ["", "0" * 64])
def test_a_statement_cannot_name_another_practitioner(world: World, digest: str) -> None:
    """Whoever can put words into a statement takes another's name, children and day: and is nobody by it."""
    theirs = ",".join(str(child) for child in world.children.values())
    with wall.standing("viewer-staff"):
        for name in ("viewer-social_worker", "viewer-caldicott_guardian", "keeper"):
            forged = said("stand", name, children=theirs)
            rows("SELECT set_config('nightlight.standing', %s, false)", digest + forged)
            assert rows("SELECT access_setting('practitioner')") == [(None,)]
            assert not ids("SELECT id FROM chronology_entry")
            assert not ids("SELECT id FROM people_person")
            assert not ids("SELECT id FROM audit_auditevent")


def test_what_was_signed_for_another_connection_or_for_something_else_is_not_believed(world: World) -> None:
    """A signed text is of one connection and one use: a question is no standing, and none can be changed."""
    with wall.standing("viewer-social_worker"):
        wall.opened(world.children["partnership"], AT, Purpose.PROTECT)
        signed = setting("nightlight.standing")
        question = wall.asking([world.children["partnership"]], AT, Purpose.PROTECT)
    pid = str(rows("SELECT pg_backend_pid()")[0][0])
    changed = [
        question,
        signed.replace(str(world.children["partnership"]), str(world.children["own_record"])),
        signed.replace("viewer-social_worker", "viewer-caldicott_guardian"),
        signed.replace(f"\x1f{pid}\x1f", f"\x1f{int(pid) + 1}\x1f"),
        signed[:64] + "\x1f" + signed[64:],
    ]
    assert len({signed, *changed}) == 6
    with wall.standing("viewer-staff"):
        for each in changed:
            rows("SELECT set_config('nightlight.standing', %s, false)", each)
            assert rows("SELECT access_setting('practitioner')") == [(None,)], each[64:70]


def test_what_one_request_was_permitted_is_not_the_nexts(world: World) -> None:
    child = world.children["given"]
    with wall.standing("viewer-social_worker"):
        facts.standings("viewer-social_worker", [child], AT)
        seen = setting("nightlight.seen")
        assert child in ids("SELECT id FROM people_person")
    with wall.standing("viewer-social_worker"):
        assert child not in ids("SELECT id FROM people_person")
        rows("SELECT set_config('nightlight.seen', %s, false)", seen)
        assert child not in ids("SELECT id FROM people_person")


def test_asking_of_somebody_whom_the_policy_refuses_names_nobody(world: World) -> None:
    with wall.standing("viewer-social_worker"):
        found = facts.standings("viewer-social_worker", [world.children[NOBODYS], world.children["raised"]], AT)
        assert set(found) == {world.children[NOBODYS], world.children["raised"]}
        assert not ids("SELECT id FROM people_person") & {world.children[NOBODYS], world.children["raised"]}


# -- the other tables


@pytest.mark.parametrize("by", ["", "viewer-staff", "nobody"])
def test_nothing_of_anybody_is_read_by_whoever_opened_nothing(world: World, by: str) -> None:
    """No person, record, link, duty, meeting, request or look, whatever is asked; but one's own looks."""
    with wall.standing(by):
        found = {table: rows(f"SELECT count(*) FROM {table}")[0][0] for table in READ}
    own = {
        "audit_auditevent",
        "intake_raisedconcern",
        "access_granted",
        "access_member",
        "duties_duty",
        "duties_dutyevent",
    }
    own |= {"duties_notice", "people_person"} if by == "viewer-staff" else set()
    assert {table for table, many in found.items() if many} <= (own if by == "viewer-staff" else set()), found


@pytest.mark.parametrize("table", [each for each in READ if each not in WRITTEN and not each.startswith("access_")])
def test_what_only_deeds_write_is_not_written_from_behind_the_wall(world: World, table: str) -> None:
    with wall.standing("viewer-caldicott_guardian"):
        wall.opened(world.children["partnership"], AT, Purpose.OVERSEE)
        with refused(), connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {table}")


def test_an_opened_child_brings_its_own_records_and_family_and_nobody_elses(world: World) -> None:
    from nightlight.store.people.models import Person, SourcePerson

    child = world.children["partnership"]
    adult = Person.objects.get(given="Adultpartnership")
    records = set(SourcePerson.objects.filter(person__in=[child, adult.id]).values_list("id", flat=True))
    firings = rows("SELECT count(*) FROM chronology_firing WHERE child = %s", child)
    with wall.standing("viewer-social_worker"):
        wall.opened(child, AT, Purpose.PROTECT)
        named = ids("SELECT id FROM people_person")
        assert {child, adult.id} <= named
        assert not named & {world.children[each] for each in ("own_record", "found", NOBODYS)}
        assert ids("SELECT id FROM people_sourceperson") == records
        assert ids("SELECT DISTINCT source_person FROM chronology_link") <= records
        assert rows("SELECT count(*) FROM chronology_firing") == firings
        entries = ids("SELECT id FROM chronology_entry")
        assert ids("SELECT DISTINCT entry_id FROM chronology_entrysubject") == entries
        assert ids("SELECT DISTINCT child FROM audit_auditevent WHERE by <> 'viewer-social_worker'") <= {child}


def test_duties_bring_their_own_events_and_those_of_no_other(world: World) -> None:
    with wall.standing("viewer-school_nurse"):
        mine = ids("SELECT duty_id FROM duties_dutynow")
        assert len(mine) == 1
        assert ids("SELECT id FROM duties_duty") == mine
        assert ids("SELECT DISTINCT duty_id FROM duties_dutyevent") == mine


# -- the limit that the wall itself keeps to


OWN = """
limits:
  - {code: FOUND-HOURS, version: 2, valid_from: 2026-01-02, valid_to: 2026-06-30, what: Until June., amount: 1,
     source: Our guardian, grade: hub}
  - {code: FOUND-HOURS, version: 3, valid_from: 2026-07-01, what: Since July., amount: 2, source: Our guardian,
     grade: hub}
"""


@pytest.mark.parametrize(
    ("own", "day", "hours"),
    [
        ("", "2026-05-01", 12), (OWN, "2025-12-01", 12), (OWN, "2026-01-02", 1), (OWN, "2026-06-30", 1),
        (OWN, "2026-07-01", 2), (OWN, "2026-11-23", 2),
    ],
)  # fmt: skip
def test_how_long_a_found_child_stays_open_is_the_row_in_force(world: World, own: str, day: str, hours: int) -> None:
    from nightlight.domain import limits
    from nightlight.store.access import limits_laid

    try:
        if own:
            limits.use_limits(own)
            assert limits_laid.lay()
        assert not limits_laid.lay(), "it is laid already"
        at = datetime.fromisoformat(f"{day}T13:00:00+00:00")
        child, finder = world.children[NOBODYS], world.viewers["social_worker"]
        with transaction.atomic():
            audit.record(at=at, by=finder, act="person.found", child=child)
            for after, still in ((timedelta(hours=hours, seconds=-1), True), (timedelta(hours=hours), False)):
                standing = facts.standings(finder.username, [child], at + after)[child]
                assert ("found" in standing.relationships) == still, after
            transaction.set_rollback(True)
    finally:
        limits._IN_USE.clear()
        limits_laid.lay()


@pytest.mark.parametrize("statement", ["SELECT * FROM access_limit", "UPDATE access_limit SET amount = 72"])
def test_a_page_cannot_lengthen_it(world: World, statement: str) -> None:
    with wall.standing("viewer-staff"), refused(), connection.cursor() as cursor:
        cursor.execute(statement)

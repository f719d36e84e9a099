"""The pages' own login, from behind: whatever statement a page could be made to send, it stays behind the wall.

Nothing here runs in one transaction, as nothing does that a page reads: a transaction is a deed's, of our own login.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction
from support.access_world import AT, World, rows

from nightlight.domain.access.vocabulary import Purpose
from nightlight.store.access import facts, wall
from nightlight.store.access.sql_signed import READ

NOBODY = "nobody"
"""Who has no role, no duty and no child."""


pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def world(lasting_world: World) -> World:
    return lasting_world


def counts() -> dict[str, int]:
    """What this connection reads of every table that names a person: without one's own."""
    own = {"access_granted", "access_member", "audit_auditevent", "intake_raisedconcern"}
    own |= {table for table in READ if table.startswith("duties_")} | {"people_person"}
    found = {table: rows(f"SELECT count(*) FROM {table}")[0][0] for table in READ if table not in own}
    children = rows("SELECT count(*) FROM people_person WHERE is_child")[0][0]
    return {table: many for table, many in {**found, "children": children}.items() if many}


def logins() -> tuple[str, str]:
    return rows("SELECT session_user::text, current_user::text")[0]


def test_a_page_reads_by_a_login_of_its_own_and_its_deed_is_done_by_another(world: World) -> None:
    with wall.standing("viewer-social_worker"):
        assert logins() == ("nightlight_web", "nightlight_web")
        with wall.lifted("a test"):
            assert logins() == ("nightlight", "nightlight")
            with transaction.atomic():
                assert logins() == ("nightlight", "nightlight")
        with transaction.atomic():
            assert logins() == ("nightlight_deeds", "nightlight_web")
            with wall.lifted("a test"):
                assert logins() == ("nightlight_deeds", "nightlight_deeds")
            assert logins() == ("nightlight_deeds", "nightlight_web")
        assert logins() == ("nightlight_web", "nightlight_web")
    assert logins() == ("nightlight", "nightlight")
    assert rows("SELECT current_setting('nightlight.standing', true)")[0][0] in (None, "")


def test_both_logins_are_given_the_same(world: World) -> None:
    """In the transaction of a deed, which began before a child was opened or in which it is, and on a page."""
    child = world.children["partnership"]
    with wall.standing("viewer-social_worker"):
        with transaction.atomic():
            assert not rows("SELECT id FROM chronology_entry")
            wall.opened(child, AT, Purpose.PROTECT)
            by_deed = set(rows("SELECT id FROM chronology_entry"))
        assert by_deed
        assert set(rows("SELECT id FROM chronology_entry")) == by_deed, "what a deed opened is open afterwards"
        with wall.lifted("a test"):
            assert logins() == ("nightlight", "nightlight")
            assert set(rows("SELECT id FROM chronology_entry")) > by_deed
        facts.standings("viewer-social_worker", [world.children["given"]], AT)
        assert world.children["given"] in {id_ for (id_,) in rows("SELECT id FROM people_person")}
    with wall.standing("viewer-social_worker"):
        assert not rows("SELECT id FROM chronology_entry")


class Broke(Exception):
    """A deed that fails."""


def _change_names() -> None:
    rows("UPDATE people_person SET given = 'Changed'")
    raise Broke


def test_a_deed_that_fails_leaves_the_wall_standing_and_nothing_behind(world: World) -> None:
    with wall.standing("viewer-social_worker"):
        with pytest.raises(Broke), transaction.atomic(), wall.lifted("a test"):
            _change_names()
        assert logins() == ("nightlight_web", "nightlight_web")
        with pytest.raises(DatabaseError), transaction.atomic(), wall.lifted("a test"):
            rows("SELECT 1 / 0")
        assert logins() == ("nightlight_web", "nightlight_web")
        with pytest.raises(DatabaseError), wall.lifted("a test"):
            rows("SELECT 1 / 0")
        assert logins() == ("nightlight_web", "nightlight_web")
    assert rows("SELECT count(*) FROM people_person WHERE given = 'Changed'") == [(0,)]


def test_what_waits_for_a_deeds_end_is_behind_the_wall(world: World) -> None:
    seen = []
    with wall.standing("viewer-social_worker"), transaction.atomic():
        transaction.on_commit(lambda: seen.append(logins()))
    assert seen == [("nightlight_web", "nightlight_web")]


@pytest.mark.parametrize("lost", ["pages", "own"])
def test_a_connection_that_was_lost_comes_back_behind_the_wall(world: World, cluster: Any, lost: str) -> None:
    with wall.standing("viewer-social_worker"):
        rows("SELECT 1")
    pids = {}
    with wall.standing("viewer-social_worker"):
        pids["pages"] = rows("SELECT pg_backend_pid()")[0][0]
    pids["own"] = rows("SELECT pg_backend_pid()")[0][0]
    with cluster.as_superuser("postgres") as superuser:
        superuser.execute("SELECT pg_terminate_backend(%s, 5000)", [pids[lost]])
    if lost == "own":
        with pytest.raises(DatabaseError):
            rows("SELECT 1")
        connection.close_if_unusable_or_obsolete()
    with wall.standing(NOBODY):
        assert logins() == ("nightlight_web", "nightlight_web")
        assert counts() == {}


@pytest.mark.parametrize("at", ["outside", "deed"])
def test_a_connection_that_is_lost_meanwhile_does_not_take_the_wall_with_it(
    world: World, cluster: Any, at: str
) -> None:
    def kill() -> None:
        pid = rows("SELECT pg_backend_pid()")[0][0]
        with cluster.as_superuser("postgres") as superuser:
            superuser.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
        rows("SELECT 1")

    with wall.standing(NOBODY):
        if at == "deed":
            with pytest.raises(DatabaseError), transaction.atomic():
                kill()
        else:
            with pytest.raises(DatabaseError):
                kill()
            connection.close()
        assert logins() == ("nightlight_web", "nightlight_web")
        assert counts() == {}
    assert logins() == ("nightlight", "nightlight")


# -- what a statement may try


@pytest.mark.parametrize(
    "statement",
    [
        "SET ROLE nightlight",
        "SET ROLE postgres",
        "SET LOCAL ROLE nightlight",
        "SET SESSION AUTHORIZATION nightlight",
        "SET SESSION AUTHORIZATION postgres",
        "SELECT set_config('role', 'nightlight', false)",
        "SELECT set_config('session_authorization', 'nightlight', false)",
        "DO $$ BEGIN SET ROLE nightlight; END $$",
        "DO $$ BEGIN PERFORM set_config('role', 'nightlight', false); END $$",
        "ALTER ROLE nightlight_web BYPASSRLS",
        "ALTER ROLE nightlight_web SUPERUSER",
        "ALTER ROLE nightlight PASSWORD 'mine'",
        "GRANT nightlight TO nightlight_web",
        "CREATE ROLE mine",
        "SET row_security = off; SELECT * FROM chronology_entry",
        "SET LOCAL row_security = off; SELECT * FROM people_person",
        "SET session_replication_role = replica",
        "ALTER TABLE chronology_entry NO FORCE ROW LEVEL SECURITY",
        "ALTER TABLE chronology_entry OWNER TO nightlight_web",
        "CREATE OR REPLACE FUNCTION access_setting(name text) RETURNS text LANGUAGE sql AS 'SELECT ''keeper'''",
        "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE FUNCTION pg_temp.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE OPERATOR === (leftarg = text, rightarg = text, function = texteq)",
        "CREATE TEMPORARY TABLE people_person (id uuid)",
        "SELECT * INTO TEMPORARY mine FROM people_practitioner",
        "CREATE SCHEMA mine",
        "CREATE VIEW mine AS SELECT * FROM chronology_entry",
        "CREATE TRIGGER mine AFTER INSERT ON audit_auditevent EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        "CREATE EXTENSION dblink",
        "CREATE EXTENSION file_fdw",
        "LOAD 'auto_explain'",
        "COPY people_person TO '/tmp/people'",
        "COPY (SELECT 1) TO PROGRAM 'true'",
        "COPY audit_auditevent FROM PROGRAM 'true'",
        "SELECT pg_read_file('/etc/passwd')",
        "SELECT pg_read_binary_file('PG_VERSION')",
        "SELECT pg_ls_dir('.')",
        "SELECT pg_stat_file('PG_VERSION')",
        "SELECT lo_import('/etc/passwd')",
        "SELECT lo_export(1, '/tmp/people')",
        "SELECT pg_current_logfile()",
        "SELECT pg_reload_conf()",
        "SELECT pg_create_restore_point('mine')",
        "SELECT pg_create_logical_replication_slot('mine', 'test_decoding')",
        "SELECT pg_switch_wal()",
        "SELECT * FROM pg_statistic",
        "SELECT * FROM pg_authid",
        "SELECT * FROM pg_hba_file_rules",
        "SELECT nextval('audit_auditevent_id_seq')",
        "SELECT last_value FROM audit_auditevent_id_seq",
        "SELECT setval('audit_auditevent_id_seq', 1)",
        "LOCK TABLE chronology_entry IN ACCESS EXCLUSIVE MODE",
        "ANALYZE chronology_entry; SELECT 1 / 0",
        "SELECT * FROM people_person FOR UPDATE; SELECT 1 / 0",
    ],
)
def test_refused_whatever_the_login_tries_to_become_to_make_or_to_read_of_the_machine(
    world: World, statement: str
) -> None:
    with wall.standing(NOBODY):
        with pytest.raises(DatabaseError):
            rows(statement)
        assert counts() == {}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE people_practitioner SET role = 'caldicott_guardian'",
        "UPDATE people_practitioner SET password = ''",
        "INSERT INTO people_organisation VALUES ('mine', 'Mine', 'social_care', '')",
        "UPDATE people_organisation SET agency = 'social_care'",
        "DELETE FROM people_address",
        "INSERT INTO auth_group (name) VALUES ('mine')",
        "UPDATE duties_rotarow SET person = 'viewer-social_worker'",
        "UPDATE duties_team SET organisation = 'viewers-1'",
        "DELETE FROM django_migrations",
        "INSERT INTO audit_auditevent (at, by, organisation, act, child, about, reason, detail) "
        "SELECT now(), 'viewer-social_worker', '', 'person.found', id, '', '', '{}' FROM people_person LIMIT 1",
        "INSERT INTO audit_auditevent (at, by, organisation, act, child, about, reason, detail) "
        "VALUES (now(), 'viewer-social_worker', '', 'person.found', gen_random_uuid(), '', '', '{}')",
        "INSERT INTO audit_auditevent (at, by, organisation, act, child, about, reason, detail) "
        "VALUES (now(), 'viewer-staff', '', 'child.viewed', NULL, '', '', '{}')",
    ],
)
def test_nobody_writes_who_they_are_or_what_opens_a_record(world: World, statement: str) -> None:
    """What the wall itself goes by is written by deeds; a line of the log, in one's own name."""
    with wall.standing("viewer-social_worker"), pytest.raises(DatabaseError):
        rows(statement + " RETURNING 1")


def test_no_table_without_rules_for_its_rows_is_written_by_pages(world: World) -> None:
    """A new table: give its rows rules (store/access/sql_signed.py), or have deeds write it with the wall lifted."""
    assert not rows(
        "SELECT c.relname FROM pg_class c, unnest(ARRAY['INSERT', 'UPDATE', 'DELETE']) does "
        "WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace AND NOT EXISTS (SELECT 1 "
        "FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname NOT IN ('lifted', 'as_granted')) "
        "AND has_table_privilege('nightlight_web', c.oid, does) AND (c.relname, does) <> ('audit_waiting', 'INSERT')"
    )


def test_no_function_of_the_owners_is_open_to_pages_but_the_walls(world: World) -> None:
    found = rows(
        "SELECT p.proname FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace AND p.prosecdef "
        "AND has_function_privilege('nightlight_web', p.oid, 'EXECUTE')"
    )
    assert not [name for (name,) in found if not name.startswith("access_")]


def _forged() -> str:
    pid = rows("SELECT pg_backend_pid()")[0][0]
    said = "\x1f".join(("stand", str(pid), "r", "viewer-caldicott_guardian", "oversee", AT.isoformat(), ""))
    return "0" * 64 + said


@pytest.mark.parametrize(
    "first",
    [
        "RESET ROLE",
        "SET ROLE NONE",
        "RESET SESSION AUTHORIZATION",
        "SELECT set_config('role', 'none', false)",
        "DO $$ BEGIN PERFORM set_config('role', 'none', false); END $$",
        "RESET ALL",
        "DISCARD ALL",
        "SET nightlight.practitioner = 'keeper'",
        "SET nightlight.standing = 'keeper'",
        "SET LOCAL nightlight.standing = 'keeper'",
        "SET nightlight.seen = 'everybody'",
        "SET search_path = pg_temp, pg_catalog, public",
        "SET plan_cache_mode = force_custom_plan",
        "SET enable_seqscan = off",
        "BEGIN; RESET ROLE; SET TRANSACTION ISOLATION LEVEL SERIALIZABLE",
    ],
)
def test_whatever_is_set_or_reset_names_nobody(world: World, first: str) -> None:
    """A second statement in the string, a block, or the settings by hand: the login stays what it is."""
    with wall.standing(NOBODY):
        rows(first)
        assert logins() == ("nightlight_web", "nightlight_web")
        assert counts() == {}
        rows("ROLLBACK")
        rows("SELECT set_config('nightlight.standing', %s, false)", _forged())
        assert counts() == {}
        assert not rows("SELECT * FROM duties_dutynow")
    with wall.standing("viewer-social_worker"):
        assert rows("SHOW search_path") == [("public",)], "nothing of it is left to the next"
        assert rows("SHOW row_security") == [("on",)]


WAYS: dict[str, Callable[[], object]] = {
    "a prepared statement": lambda: (
        rows("PREPARE mine AS SELECT * FROM chronology_entry"), rows("EXECUTE mine"), rows("DEALLOCATE mine"),
    )[1],
    "a cursor": lambda: (
        rows("DECLARE mine CURSOR WITH HOLD FOR SELECT * FROM chronology_entry"), rows("FETCH ALL FROM mine"),
        rows("CLOSE mine"),
    )[1],
    "a block that runs statements": lambda: rows(
        "DO $$ DECLARE many int; BEGIN PERFORM set_config('role', 'none', false); "
        "EXECUTE 'SELECT count(*) FROM chronology_entry' INTO many; "
        "IF many > 0 THEN RAISE 'it was read'; END IF; END $$"
    ),
    "a function that runs statements": lambda: rows(
        "SELECT * FROM ts_stat('SELECT to_tsvector(given) FROM people_person WHERE is_child')"
    ),
    "a whole row": lambda: rows("SELECT p::text FROM people_person p WHERE is_child"),
    "a join with what may be read": lambda: rows(
        "SELECT 1 FROM people_organisation o JOIN chronology_entry e ON e.organisation = o.code"
    ),
    "a lateral": lambda: rows(
        "SELECT 1 FROM people_practitioner p, LATERAL (SELECT * FROM people_person c WHERE c.is_child) x"
    ),
    "a recursive one": lambda: rows(
        "WITH RECURSIVE r AS (SELECT id FROM chronology_entry UNION SELECT id FROM chronology_entry) SELECT * FROM r"
    ),
    "what is known of values": lambda: rows(
        "SELECT tablename, attname FROM pg_stats WHERE tablename IN ('people_person', 'people_sourceperson', "
        "'chronology_entry', 'chronology_link', 'duties_dutynow', 'audit_auditevent', 'meetings_meetingnow')"
    ),
    "what is known of values together": lambda: rows("SELECT * FROM pg_stats_ext"),
    "what others ask": lambda: rows(
        "SELECT query FROM pg_stat_activity WHERE query <> '' AND query <> '<insufficient privilege>'"
    ),
    "how far sequences are": lambda: rows(
        "SELECT 1 FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL"
    ),
    "a sample": lambda: rows("SELECT * FROM chronology_entry TABLESAMPLE SYSTEM (100)"),
    "an existence": lambda: rows("SELECT 1 WHERE EXISTS (SELECT 1 FROM people_person WHERE given LIKE 'Kid%')"),
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_nothing_is_had_by_another_way_of_asking(world: World, way: str) -> None:
    rows("ANALYZE people_person")
    rows("ANALYZE chronology_entry")
    with wall.standing(NOBODY):
        assert not WAYS[way](), way


def test_a_copy_is_what_the_wall_gives(world: World) -> None:
    with wall.standing(NOBODY), connection.cursor() as cursor:
        with cursor.copy("COPY (SELECT * FROM people_person WHERE is_child) TO STDOUT") as copy:
            assert not list(copy)
        with cursor.copy("COPY chronology_entry TO STDOUT") as copy:
            assert not list(copy)


@pytest.mark.parametrize(
    "leak",
    [
        "SELECT 1 FROM people_person WHERE is_child AND (given || family)::int = 1",
        "SELECT 1 FROM people_person WHERE 1 / (CASE WHEN is_child THEN 0 ELSE 1 END) = 2",
        "SELECT 1 FROM chronology_entry WHERE attributes::text::int = 1",
        "SELECT 1 FROM chronology_entry WHERE 1 / (length(kind) - length(kind)) = 1",
        "SELECT 1 FROM chronology_link WHERE ('0' || kind)::inet IS NULL",
        "SELECT sum(length(given)::numeric / 0) FROM people_person WHERE is_child",
    ],
)
def test_no_error_speaks_of_a_row_that_is_not_given(world: World, leak: str) -> None:
    """An operator that fails on a value would tell the value: it is not asked of rows that the wall keeps back."""
    with wall.standing(NOBODY):
        rows(leak)


def test_an_explanation_tells_no_value(world: World) -> None:
    given = rows("SELECT given FROM people_person WHERE is_child LIMIT 1")[0][0]
    with wall.standing(NOBODY):
        told = " ".join(line for (line,) in rows("EXPLAIN (ANALYZE, VERBOSE) SELECT given FROM people_person"))
    assert given not in told


def test_the_login_is_a_member_of_nothing_and_owns_nothing(world: World) -> None:
    assert not rows(
        "SELECT 1 FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.member WHERE r.rolname = 'nightlight_web'"
    )
    assert rows(
        "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication, rolcanlogin FROM pg_roles "
        "WHERE rolname = 'nightlight_web'"
    ) == [(False, False, False, False, False, True)]
    assert not rows("SELECT 1 FROM pg_class WHERE pg_get_userbyid(relowner) = 'nightlight_web'")


def test_whoever_has_only_the_pages_login_has_nobody(world: World) -> None:
    """Connected by itself, with no name that was signed."""
    params = connection.get_connection_params()
    named = {name: params[name] for name in ("dbname", "host", "port")}
    with psycopg.connect(**named, user="nightlight_web") as stranger:
        for table in READ:
            assert stranger.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,), table

"""The deeds' login: whoever puts a statement of their own into a deed, where the wall stands, stays behind it.

Nothing here runs in one transaction but what is a deed's; the world stands in the tables for every connection.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction
from support.access_world import World, rows

from nightlight.store import quick
from nightlight.store.access import wall
from nightlight.store.access.granted import GRANTED, KEPT_BACK, LETTERS, Granted
from nightlight.store.bulk import copy_rows

pytestmark = pytest.mark.django_db(transaction=True)
NOBODY = "nobody"
PAGES, DEEDS = "nightlight_web", "nightlight_deeds"


@pytest.fixture(scope="module")
def world(lasting_world: World) -> World:
    return lasting_world


def read() -> dict[str, int]:
    """What is read of every table by now, where it is allowed to be asked at all."""
    found = {}
    for table in GRANTED:
        try:
            with transaction.atomic():
                found[table] = rows(f"SELECT count(*) FROM {table}")[0][0]
        except DatabaseError:
            found[table] = 0
    return {table: many for table, many in found.items() if many}


def who() -> tuple[str, str]:
    return rows("SELECT session_user::text, current_user::text")[0]


def children() -> int:
    return rows("SELECT count(*) FROM people_person WHERE is_child")[0][0]


class Undone(Exception):
    """Ends a deed that a test began."""


@pytest.fixture
def deed(world: World) -> Iterator[None]:
    """In the transaction of a deed, the wall standing for somebody to whom nobody belongs; it is not kept."""
    with wall.standing(NOBODY):
        try:
            with transaction.atomic():
                assert who() == (DEEDS, PAGES)
                assert children() == 0
                yield
                raise Undone
        except (Undone, DatabaseError):
            assert who() == (PAGES, PAGES)


# -- what a statement may try where the wall stands


@pytest.mark.parametrize(
    "leave",
    [
        "RESET ROLE",
        "SET ROLE NONE",
        "SET LOCAL ROLE nightlight_deeds",
        "SET ROLE nightlight_deeds",
        "RESET SESSION AUTHORIZATION",
        "RESET ALL",
        "SELECT set_config('role', 'none', false)",
        "SELECT set_config('role', 'nightlight_deeds', true)",
        "DO $$ BEGIN PERFORM set_config('role', 'none', false); END $$",
        "SET nightlight.lifted = 'yes'; RESET ROLE",
        "SELECT set_config('nightlight.lifted', 'lifted', true), set_config('role', 'none', true)",
        "COMMIT; RESET ROLE; BEGIN",
        "ROLLBACK; BEGIN",
        "COMMIT AND CHAIN",
    ],
)
def test_whoever_leaves_the_pages_role_is_given_no_row_of_any_table(deed: None, leave: str) -> None:
    rows(leave)
    assert who()[0] == DEEDS
    rows("RESET ROLE")
    assert who() == (DEEDS, DEEDS)
    assert read() == {}


@pytest.mark.parametrize(
    "become",
    [
        "SET ROLE nightlight",
        "SET ROLE postgres",
        "SET SESSION AUTHORIZATION nightlight",
        "SELECT set_config('role', 'nightlight', false)",
        "GRANT nightlight TO nightlight_deeds",
        "ALTER ROLE nightlight_deeds BYPASSRLS",
        "CREATE ROLE mine",
        "SET session_replication_role = replica",
        "ALTER TABLE people_person DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE audit_auditevent DISABLE TRIGGER ALL",
        "DROP POLICY lifted ON people_person",
        "CREATE POLICY mine ON people_person TO nightlight_deeds USING (true)",
        "CREATE OR REPLACE FUNCTION access_lifted() RETURNS boolean LANGUAGE sql AS 'SELECT true'",
        "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE TABLE mine (x int)",
        "CREATE TEMPORARY TABLE people_person (id uuid)",
        "TRUNCATE people_person",
        "SELECT * FROM access_signing",
        "SELECT access_digest('lifted')",
        "SELECT access_lift('')",
        "SELECT access_lift(repeat('0', 64) || concat_ws(E'\\x1f', 'lift', pg_backend_pid(), 'r', 'me', '', '', ''))",
        "SELECT access_lift(current_setting('nightlight.standing'))",
        "SELECT * FROM access_standing_lifted('keeper', '{}', now())",
        "SELECT * FROM access_sealed_lifted('keeper', now())",
        "SELECT * FROM access_standing('keeper', '{}', now())",
        "UPDATE people_person SET given = 'Mine'; SELECT 1 / 0",
        "INSERT INTO people_organisation VALUES ('mine', 'Mine', 'social_care', '')",
        "INSERT INTO access_allowed VALUES ('read', 'staff', 'education', '', 'ordinary/ordinary/other/f/f')",
        "SET row_security = off; SELECT count(*) FROM people_person",
    ],
)
def test_refused_whatever_a_statement_would_become_make_or_have_the_database_believe(deed: None, become: str) -> None:
    rows("RESET ROLE")
    with pytest.raises(DatabaseError), transaction.atomic():
        rows(become)
    assert read() == {}


@pytest.mark.parametrize("held", ["nightlight.lifted", "nightlight.standing"])
def test_what_was_said_to_lift_the_wall_is_not_there_when_it_stands_again(deed: None, held: str) -> None:
    before = rows("SELECT current_setting(%s, true)", held)
    with wall.lifted("a test"):
        assert children() > 0
    assert rows("SELECT current_setting(%s, true)", held) == before
    assert rows("SELECT current_setting('nightlight.lifted', true)")[0][0] in (None, "")
    assert children() == 0


def test_a_savepoint_does_not_bring_a_lift_back(deed: None) -> None:
    with wall.lifted("a test"):
        with transaction.atomic():
            rows("SAVEPOINT mine")
        assert children() > 0
    assert children() == 0
    with pytest.raises(DatabaseError), transaction.atomic():
        rows("ROLLBACK TO SAVEPOINT mine")
    rows("RESET ROLE")
    assert read() == {}


def test_a_lift_that_was_kept_is_good_for_no_other_transaction_and_no_other_connection(world: World) -> None:
    """Even what a statement with the wall lifted would have put by."""
    with wall.standing(NOBODY):
        with transaction.atomic(), wall.lifted("a test"):
            held = rows("SELECT current_setting('nightlight.lifted')")[0][0]
            mine = rows("SELECT extract(epoch FROM now())::text")[0][0]
            rows("SELECT set_config('nightlight.mine', %s, false)", held)
            assert children() > 0
        with transaction.atomic():
            assert rows("SELECT current_setting('nightlight.mine')") == [(held,)]
            assert rows("SELECT extract(epoch FROM now())::text") != [(mine,)]
            rows("RESET ROLE")
            rows("SELECT set_config('nightlight.lifted', %s, true)", held)
            assert read() == {}
        with wall.lifted("a test"):
            params = connection.get_connection_params()
    named = {name: params[name] for name in ("dbname", "host", "port")}
    with psycopg.connect(**named, user=DEEDS) as other:
        other.execute("SELECT set_config('nightlight.lifted', %s, false)", [held])
        assert other.execute("SELECT count(*) FROM people_person").fetchone() == (0,)


def test_whoever_has_only_the_deeds_login_has_nobody(world: World) -> None:
    params = connection.get_connection_params()
    named = {name: params[name] for name in ("dbname", "host", "port")}
    with psycopg.connect(**named, user=DEEDS, autocommit=True) as stranger:
        for table, granted in GRANTED.items():
            if "r" in granted.deeds:
                assert stranger.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,), table
            if "d" in granted.deeds:
                assert stranger.execute(f"DELETE FROM {table}").rowcount == 0, table


def test_the_login_owns_nothing_and_may_become_nobody_but_a_page(world: World) -> None:
    assert rows(
        "SELECT g.rolname, m.inherit_option FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.member "
        "JOIN pg_roles g ON g.oid = m.roleid WHERE r.rolname = %s",
        DEEDS,
    ) == [(PAGES, False)]
    assert rows(
        "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication, rolcanlogin FROM pg_roles "
        "WHERE rolname = %s",
        DEEDS,
    ) == [(False, False, False, False, False, True)]
    assert not rows("SELECT 1 FROM pg_class WHERE pg_get_userbyid(relowner) = %s", DEEDS)


def test_the_wall_stands_when_a_statement_of_the_lift_fails(deed: None) -> None:
    with pytest.raises(DatabaseError), transaction.atomic(), wall.lifted("a test"):
        rows("SELECT 1 / 0")
    assert children() == 0
    rows("RESET ROLE")
    assert read() == {}


# -- what a deed does with the wall lifted


def _quick() -> bool:
    one = rows("SELECT id FROM people_person WHERE is_child LIMIT 1")[0][0]
    return quick.rows("SELECT id FROM people_person WHERE id = ANY($1::uuid[])", [one]) == [(str(one),)]


def _copied() -> bool:
    row = (UUID(int=1), "A\tb\\c\nd\r\\N", "\\N\\t", 3, "", b"\x00\\\xff")
    copy_rows("intake_rawrecord", ("delivery", "system", "record_id", "version", "digest", "raw"), [row])
    kept = rows("SELECT delivery, system, record_id, version, digest, raw FROM intake_rawrecord WHERE version = 3")
    return [(*each[:5], bytes(each[5])) for each in kept] == [row]


def _written() -> bool:
    made = rows("UPDATE people_person SET given = 'Changed' WHERE is_child RETURNING id")
    return len(made) == children()


@pytest.mark.parametrize("does", [_quick, _copied, _written])
def test_a_deed_does_what_it_must_with_the_wall_lifted(deed: None, does: Callable[[], bool]) -> None:
    with wall.lifted("a test"):
        assert who() == (DEEDS, DEEDS)
        assert does()
    assert who() == (DEEDS, PAGES)


def test_nothing_that_was_prepared_where_the_wall_stood_is_run_with_it_lifted(deed: None) -> None:
    """Under the name that the program itself would use on this connection."""
    for number in range(10):
        rows(f"PREPARE quick_{number} (uuid[]) AS SELECT 'not what was asked'")
    with wall.lifted("a test"):
        assert _quick()


@pytest.mark.parametrize("table", ["audit_auditevent", "chronology_entry", "access_signing", "django_migrations"])
def test_not_even_with_the_wall_lifted_does_a_deed_alter_what_is_only_added_to_or_not_its(
    deed: None, table: str
) -> None:
    for change in (f"DELETE FROM {table}", f"TRUNCATE {table}", f"ALTER TABLE {table} DISABLE TRIGGER ALL"):
        with pytest.raises(DatabaseError), transaction.atomic(), wall.lifted("a test"):
            rows(change)


def test_a_connection_that_was_lost_since_the_last_deed_is_opened_again(world: World, cluster: Any) -> None:
    with wall.standing(NOBODY):
        with transaction.atomic():
            pid = rows("SELECT pg_backend_pid()")[0][0]
        with cluster.as_superuser("postgres") as superuser:
            superuser.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
        with transaction.atomic():
            assert who() == (DEEDS, PAGES)
            with wall.lifted("a test"):
                assert children() > 0
            assert children() == 0
        assert who() == (PAGES, PAGES)


# -- every table and every privilege, as declared


def _granted(role: str) -> dict[str, str]:
    """What a login may do with each table, by letters; to read, where it may read any column of it."""
    columns = ", ".join(f"has_any_column_privilege(%s, c.oid, '{may}')" for may in ("SELECT", "INSERT", "UPDATE"))
    more = " OR ".join(f"has_table_privilege(%s, c.oid, '{may}')" for may in ("TRUNCATE", "REFERENCES", "TRIGGER"))
    found = rows(
        f"SELECT c.relname, {columns}, has_table_privilege(%s, c.oid, 'DELETE'), {more} FROM pg_class c "
        "WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relnamespace = 'public'::regnamespace",
        *[role] * 7,
    )
    marks = (*LETTERS, "more")
    return {name: "".join(mark for mark, has in zip(marks, may, strict=True) if has) for name, *may in found}


@pytest.mark.parametrize(("role", "which"), [(PAGES, "pages"), (DEEDS, "deeds")])
def test_each_login_may_do_with_each_table_what_is_declared_and_no_more(world: World, role: str, which: str) -> None:
    """A new table: a line in store/access/granted.py, as narrow as its pages and deeds allow."""
    found = _granted(role)
    declared = {name: getattr(GRANTED.get(name, Granted()), which) for name in found}
    assert {name: may for name, may in found.items() if may != declared[name]} == {}
    assert sorted(set(GRANTED) - set(found)) == [], "declared, and no table"


def test_every_table_is_declared(world: World) -> None:
    """Also one that neither login reaches: that nobody thought of it is told from that it was decided."""
    assert sorted(set(_granted(PAGES)) - set(GRANTED)) == []


def test_every_table_that_deeds_reach_gives_them_rows_only_with_the_wall_lifted(world: World) -> None:
    ruled = dict(
        rows(
            "SELECT c.relname, c.relrowsecurity AND EXISTS (SELECT 1 FROM pg_policies p WHERE p.tablename = c.relname "
            "AND p.roles = '{nightlight_deeds}' AND p.qual = p.with_check AND p.qual LIKE '%access_lifted()%') "
            "AND NOT EXISTS (SELECT 1 FROM pg_policies p WHERE p.tablename = c.relname AND p.policyname <> 'lifted' "
            "AND p.roles && '{nightlight_deeds,public}') "
            "FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace"
        )
    )
    assert [name for name, granted in GRANTED.items() if granted.deeds and not ruled[name]] == []


@pytest.mark.parametrize("role", [PAGES, DEEDS])
def test_a_table_that_is_made_later_is_neither_logins(world: World, role: str) -> None:
    with transaction.atomic():
        rows("CREATE TABLE made_later (id int)")
        assert _granted(role)["made_later"] == ""
        transaction.set_rollback(True)


# -- passwords


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT password FROM people_practitioner",
        "SELECT * FROM people_practitioner",
        "SELECT p FROM people_practitioner p",
        "SELECT p::text FROM people_practitioner p",
        "SELECT to_jsonb(p) FROM people_practitioner p",
        "SELECT 1 FROM people_practitioner WHERE password LIKE 'argon2%'",
        "SELECT username FROM people_practitioner ORDER BY password",
        "SELECT count(password) FROM people_practitioner",
        "SELECT query_to_xml('SELECT password FROM people_practitioner', true, true, '')",
        "COPY people_practitioner TO STDOUT",
        "SELECT secret FROM signin_factor",
        "SELECT * FROM signin_factor",
        "SELECT * FROM signin_recoverycode",
        "SELECT * FROM signin_servicekey",
        "SELECT * FROM django_session",
    ],
)
@pytest.mark.parametrize("where", ["page", "deed"])
def test_no_page_reads_a_password_or_another_secret_of_signing_in(world: World, statement: str, where: str) -> None:
    with wall.standing("viewer-caldicott_guardian"):
        if where == "page":
            with pytest.raises(DatabaseError, match="permission denied"):
                rows(statement)
        else:
            with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
                rows(statement)


def test_nothing_is_known_of_a_column_that_is_kept_back(world: World) -> None:
    """What PostgreSQL counted of its values would tell the commonest."""
    rows("ANALYZE people_practitioner")
    with wall.standing("viewer-caldicott_guardian"):
        for table, columns in KEPT_BACK.items():
            assert not rows("SELECT 1 FROM pg_stats WHERE tablename = %s AND attname = ANY(%s)", table, list(columns))
            assert rows(f"SELECT count(*) > 0 FROM {table}") == [(True,)]

"""A backup is restored whole into an empty database, of this server or another, or nothing is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from django.db import connection, transaction
from support.deliveries import NOW, entry, person, record, take_in

from nightlight.actions.keeping import backups, erasures, retention
from nightlight.actions.trail import audit
from nightlight.store import binaries
from nightlight.store.audit import sealing
from nightlight.store.audit.models import AuditEvent
from nightlight.store.cluster import Cluster
from nightlight.store.keys import keyring, vault
from nightlight.store.people.models import Person

SAID = "It is cold at home."
TABLES = ("chronology_entry", "intake_rawrecord", "people_person", "audit_seal", "chronology_entrysubject")


@pytest.fixture
def somewhere(cluster, tmp_path):
    """Makes empty databases on the tests' server; they are gone after the test."""
    made = []

    def make():
        made.append(f"restored_{uuid.uuid4().hex[:8]}")
        cluster.create_database(made[-1])
        return cluster.url(made[-1])

    yield make
    for name in made:
        cluster.drop_database(name)


@pytest.fixture
def backup(transactional_db, tmp_path):
    """A backup of a few records, and what was held when it was made."""
    for n in range(3):
        voice = entry("voice.words", n + 1, f"c{n}", words=SAID, attributes={"setting": "school"})
        take_in(record(f"r{n}", voice, people=[person(f"c{n}", given="Test", family=f"Fictional{n}")]))
    path = tmp_path / "hub.backup"
    made = backups.back_up(path=path, version="0", by="operator test", now=NOW)
    assert made.rows["chronology_entry"] == 3
    return path


def nightlight(url, *words, keys=None):
    named = {
        "NIGHTLIGHT_DATABASE_URL": url,
        "NIGHTLIGHT_KEYS": str(keys or Path(os.environ["NIGHTLIGHT_DATA"], "keys.json")),
    }
    return subprocess.run(
        [sys.executable, "-c", "import sys; from nightlight.cli.main import main; sys.exit(main())", *words],
        env={**os.environ, **named},
        capture_output=True,
        text=True,
        check=False,
    )


def held(url):
    """Every row of some tables, as text."""
    with psycopg.connect(url) as other:
        return {t: sorted(map(str, other.execute(f"SELECT t::text FROM {t} t").fetchall())) for t in TABLES}


def is_empty(url):
    with psycopg.connect(url) as other:
        if not other.execute("SELECT to_regclass('chronology_entry')").fetchone()[0]:
            return True
        return not any(other.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone() for table in TABLES)


def here():
    with connection.cursor() as cursor:
        found = {}
        for table in TABLES:
            cursor.execute(f"SELECT t::text FROM {table} t")
            found[table] = sorted(map(str, cursor.fetchall()))
        return found


def test_a_backup_holds_nothing_that_can_be_read_and_is_its_owners(backup) -> None:
    assert SAID.encode() not in backup.read_bytes()
    assert b"Fictional" not in backup.read_bytes()
    assert backup.stat().st_mode & 0o077 == 0
    assert [each.name for each in backup.parent.iterdir()] == [backup.name]
    assert AuditEvent.objects.filter(act="backup.made").count() == 1


def test_a_restored_database_is_the_one_that_was_backed_up_and_goes_on(backup, somewhere) -> None:
    url, before = somewhere(), here()
    done = nightlight(url, "restore", str(backup))
    assert done.returncode == 0, done.stderr
    assert "the audit log is whole" in done.stdout
    after = held(url)
    assert {t: rows for t, rows in after.items() if t != "audit_seal"} == {
        t: rows for t, rows in before.items() if t != "audit_seal"
    }
    assert set(before["audit_seal"]) < set(after["audit_seal"])
    with psycopg.connect(url) as other:
        acts = [row[0] for row in other.execute("SELECT act FROM audit_auditevent ORDER BY id").fetchall()]
        with pytest.raises(psycopg.errors.RestrictViolation):
            other.execute("DELETE FROM chronology_entry")
    assert acts[-1] == "backup.restored"
    assert nightlight(url, "verify").returncode == 0


def test_a_database_with_records_is_left_as_it_is(backup, database_url) -> None:
    before = here()
    done = nightlight(database_url, "restore", str(backup))
    assert done.returncode == 4
    assert "the database is not empty" in done.stderr
    assert here() == before


@pytest.mark.parametrize("how", ["cut", "changed", "other key"])
def test_a_backup_that_cannot_be_opened_leaves_nothing(backup, somewhere, tmp_path, how) -> None:
    url, keys, data = somewhere(), None, backup.read_bytes()
    if how == "cut":
        backup.write_bytes(data[:-100])
    elif how == "changed":
        backup.write_bytes(data[:-50] + bytes([data[-50] ^ 1]) + data[-49:])
    else:
        keys = tmp_path / "other.json"
        keyring.make(keys, NOW)
    done = nightlight(url, "restore", str(backup), keys=keys)
    assert done.returncode in (3, 4)
    assert {"cut": "cut short", "changed": "was changed", "other key": vault.keyring().current.id}[how] in done.stderr
    assert is_empty(url)


def test_a_backup_of_a_log_that_was_altered_is_not_restored(transactional_db, cluster, somewhere, tmp_path) -> None:
    with transaction.atomic():
        audit.record(at=NOW, by="a.lead", act="child.viewed", reason="a reason")
    sealing.seal_all()
    with cluster.as_superuser(connection.settings_dict["NAME"]) as superuser:
        superuser.execute("SET session_replication_role = replica")
        superuser.execute("UPDATE audit_auditevent SET reason = 'another'")
    path, url = tmp_path / "hub.backup", somewhere()
    backups.back_up(path=path, version="0", by="operator test", now=NOW)
    done = nightlight(url, "restore", str(path))
    assert done.returncode == 4
    assert "the audit log in the backup is not whole: Row" in done.stderr
    assert is_empty(url)


def test_a_backup_is_never_written_over_a_file(backup) -> None:
    before = backup.read_bytes()
    with pytest.raises(backups.BackupError, match="is there already"):
        backups.back_up(path=backup, version="0", by="operator test", now=NOW)
    assert backup.read_bytes() == before


@pytest.mark.django_db
def test_a_full_disk_leaves_no_half_of_a_backup(tmp_path, monkeypatch) -> None:
    def full(*_args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("nightlight.store.keys.stream.Writer.finish", full)
    with pytest.raises(OSError, match="no room on the disk for the backup"):
        backups.back_up(path=tmp_path / "hub.backup", version="0", by="operator test", now=NOW)
    assert not list(tmp_path.iterdir())


@pytest.mark.django_db
def test_what_was_not_written_as_it_was_read_is_no_backup(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(backups, "check", lambda path: backups.Backup("", 0, "", {}))
    with pytest.raises(backups.BackupError, match="read back"):
        backups.back_up(path=tmp_path / "hub.backup", version="0", by="operator test", now=NOW)
    assert not list(tmp_path.iterdir())


def test_a_backup_is_checked_without_restoring_it(backup) -> None:
    assert backups.check(path=backup).rows["intake_rawrecord"] == 3
    backup.write_bytes(backup.read_bytes()[:-1])
    with pytest.raises(backups.BackupError, match="cut short"):
        backups.check(path=backup)


def test_a_backup_is_restored_on_another_version_of_the_server(backup, request, tmp_path_factory) -> None:
    """From the embedded server to the distribution's, or the other way, as far as this machine has both."""
    other = "system" if request.config.getoption("--postgres") == "embedded" else "embedded"
    if not list(binaries.find(other)):
        pytest.skip(f"this machine has no {other} PostgreSQL")
    folder = tmp_path_factory.mktemp("other")
    for parent in (folder, *folder.parents[:2]):
        parent.chmod(0o711)
    server = Cluster(folder, origin=other, durable=False)
    server.start()
    try:
        done = nightlight(server.url(), "restore", str(backup))
        assert done.returncode == 0, done.stderr
        assert held(server.url())["chronology_entry"] == here()["chronology_entry"]
    finally:
        server.destroy()


def erased(tmp_path: Path, *children: object) -> Path:
    """A list of erasures of these, on the day after the backup."""
    path = tmp_path / "elsewhere.jsonl"
    lines = [json.dumps({"child": str(child), "at": (NOW + timedelta(days=1)).isoformat()}) for child in children]
    path.write_text("\n".join(lines) + "\n")
    return path


def test_what_was_erased_since_is_erased_again_and_what_is_held_is_named(tmp_path, transactional_db, somewhere) -> None:
    for n in range(3):
        voice = entry("voice.words", n + 1, f"c{n}", words=SAID, attributes={"setting": "school"})
        take_in(record(f"r{n}", voice, people=[person(f"c{n}", given="Test", family=f"Fictional{n}")]))
    gone, held_, stays = Person.objects.order_by("family").values_list("id", flat=True)
    retention.hold(child=held_, why="an inquiry, 7/26", by="test", now=NOW)
    backups.back_up(path=(path := tmp_path / "hub.backup"), version="0", by="operator test", now=NOW)
    url = somewhere()
    done = nightlight(url, "restore", "--erased", str(erased(tmp_path, gone, held_, uuid.uuid4())), str(path))
    assert done.returncode == 1, done.stderr
    assert "1 records erased again" in done.stdout
    assert f"{held_} was erased, and is held" in done.stderr
    with psycopg.connect(url) as other:
        assert {row[0] for row in other.execute("SELECT id FROM people_person").fetchall()} == {held_, stays}
        assert other.execute("SELECT count(*) FROM chronology_entry").fetchone() == (2,)
        acts = [row[0] for row in other.execute("SELECT act FROM audit_auditevent ORDER BY id").fetchall()]
    again = ["record.erased", "suppression.began", "record.erased_rows"]
    assert acts[-5:] == ["backup.restored", *again, "erasures.applied"]
    assert nightlight(url, "verify").returncode == 0


def test_a_list_that_cannot_be_read_erases_nothing_and_says_which_line(tmp_path, backup, somewhere) -> None:
    path = erased(tmp_path, uuid.uuid4())
    path.write_text(path.read_text() + '{"child": "not an id"}\n')
    done = nightlight(somewhere(), "restore", "--erased", str(path), str(backup))
    assert done.returncode == 1
    assert f"{path}, line 2" in done.stderr
    assert "not an id" not in done.stderr


def test_an_erasure_is_on_the_list_beside_the_keys_and_a_backup_completes_it(
    tmp_path, transactional_db, monkeypatch
) -> None:
    monkeypatch.setattr(erasures, "where", lambda: tmp_path / "erased.jsonl")
    for n in range(2):
        take_in(
            record(f"r{n}", entry("health.review", 3650, f"c{n}"), people=[person(f"c{n}", family=f"Fictional{n}")])
        )
    one, two = Person.objects.order_by("family").values_list("id", flat=True)
    erasures.erase(child=one, why="asked, and due", by="test", now=NOW)
    assert list(erasures.listed(tmp_path / "erased.jsonl")) == [one]
    assert (tmp_path / "erased.jsonl").stat().st_mode & 0o077 == 0
    retention.erase(child=two, why="asked, and due", by="test", now=NOW)  # as before there was a list
    backups.back_up(path=tmp_path / "hub.backup", version="0", by="operator test", now=NOW)
    assert set(erasures.listed(tmp_path / "erased.jsonl")) == {one, two}
    assert erasures.complete() == 0

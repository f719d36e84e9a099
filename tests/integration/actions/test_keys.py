"""On a real database: what is sensitive lies there sealed, and after a rotation the old keys open nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import FieldError
from django.db import DatabaseError, connection, transaction
from support.deliveries import NOW, entry, person, record, take_in

from nightlight.actions.keeping import audit_log, keys
from nightlight.actions.trail import audit
from nightlight.store.audit.models import AuditEvent, KeyInUse
from nightlight.store.chronology.models import EntryRow
from nightlight.store.intake.models import Draft, RawRecord, Refusal
from nightlight.store.keys import keyring, vault

pytestmark = pytest.mark.django_db
SAID = "It is cold at home."
NOTED = "Wore no coat."


@pytest.fixture
def path(tmp_path):
    """A key file of the test's own, in use while it runs."""
    before = vault.keyring()
    path = tmp_path / "keys.json"
    vault.use(keyring.make(path, NOW), path)
    yield path
    vault.use(before)


def taken_in():
    voice = entry("voice.words", 3, "c1", words=SAID, text=NOTED, attributes={"setting": "school"})
    take_in(record("r1", voice, people=[person("c1", given="Test", family="Fictional")]))


def stored(column, table):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {table}")
        return [bytes(v) if isinstance(v, memoryview | bytes) else v for (v,) in cursor.fetchall()]


def test_words_text_and_records_lie_sealed_and_are_read_as_they_were(path) -> None:
    taken_in()
    row = EntryRow.objects.get()
    assert (row.words, row.text) == (SAID, NOTED)
    assert SAID.encode() in bytes(RawRecord.objects.get().raw)
    for value in stored("words", "chronology_entry") + stored("text", "chronology_entry"):
        assert vault.key_of(value) == vault.keyring().current.id
    (raw,) = stored("raw", "intake_rawrecord")
    assert vault.key_of(raw) == vault.keyring().current.id
    assert SAID.encode() not in raw


def test_a_draft_lies_sealed(path, django_user_model) -> None:
    author = _somebody()
    draft = Draft.objects.create(author=author, content={"what": SAID}, started=NOW, saved=NOW)
    draft.content["what"] = NOTED
    draft.save()
    assert Draft.objects.get().content == {"what": NOTED}
    assert NOTED not in str(stored("content", "intake_draft"))


def test_a_sealed_column_cannot_be_searched_by_value(path) -> None:
    for model, wanted in ((EntryRow, {"words": SAID}), (Draft, {"content__what": "x"}), (Refusal, {"raw": b""})):
        with pytest.raises(FieldError, match="sealed"):
            model.objects.filter(**wanted).exists()
    assert not EntryRow.objects.filter(words__isnull=True).exists()


def test_rotating_seals_everything_anew_and_retires_the_old_key(path) -> None:
    taken_in()
    Draft.objects.create(author=_somebody(), content={"what": SAID}, started=NOW, saved=NOW)
    old = vault.keyring().current.id
    assert keys.rotate(path=path, by="operator test", now=NOW) == 4
    new = vault.keyring().current.id
    assert new != old
    for column in keys.sealed_columns():
        assert not keys._sealed_with(column, old)
    assert EntryRow.objects.get().words == SAID
    assert Draft.objects.get().content == {"what": SAID}
    assert set(KeyInUse.objects.filter(kind="data", retired=None).values_list("id", flat=True)) == {new}
    assert AuditEvent.objects.filter(act="keys.resealed").count() == 4
    assert keys.reseal(by="operator test", now=NOW) == 0


def test_values_that_an_earlier_version_kept_in_plain_are_read_and_sealed_by_rotating(path, cluster) -> None:
    taken_in()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE chronology_entry DISABLE TRIGGER append_only")
        cursor.execute("UPDATE chronology_entry SET words = %s", [SAID])
        cursor.execute("ALTER TABLE chronology_entry ENABLE TRIGGER append_only")
        cursor.execute(
            "INSERT INTO intake_draft (id, author_id, content, version, started, saved) "
            'SELECT gen_random_uuid(), %s, \'{"what": "In plain."}\', 0, now(), now()',
            [_somebody().pk],
        )
    assert EntryRow.objects.get().words == SAID
    assert Draft.objects.get().content == {"what": "In plain."}
    keys.rotate(path=path, by="operator test", now=NOW)
    assert vault.key_of(stored("words", "chronology_entry")[0]) == vault.keyring().current.id
    assert Draft.objects.get().content == {"what": "In plain."}
    assert "In plain" not in str(stored("content", "intake_draft"))


def test_a_rotation_that_was_stopped_goes_on(path, monkeypatch) -> None:
    taken_in()
    batch = keys._reseal_batch

    def stopped(column, by, now):
        if column.name == "chronology_entry.text":
            raise KeyboardInterrupt
        return batch(column, by, now)

    monkeypatch.setattr(keys, "_reseal_batch", stopped)
    with pytest.raises(KeyboardInterrupt):
        keys.rotate(path=path, by="operator test", now=NOW)
    assert (EntryRow.objects.get().words, EntryRow.objects.get().text) == (SAID, NOTED)
    monkeypatch.setattr(keys, "_reseal_batch", batch)
    assert keys.reseal(by="operator test", now=NOW) > 0
    assert keys.reseal(by="operator test", now=NOW) == 0


@pytest.mark.parametrize(
    ("act", "change", "allowed"),
    [
        ("keys.resealed", "UPDATE chronology_entry SET words = 'nl1:x'", True),
        ("keys.resealed", "UPDATE chronology_entry SET words = 'In plain.'", False),
        ("keys.resealed", "UPDATE chronology_entry SET agency = 'police'", False),
        ("keys.resealed", "UPDATE chronology_entry SET words = 'nl1:x', agency = 'police'", False),
        ("keys.resealed", "DELETE FROM intake_rawrecord", False),
        ("record.erased", "DELETE FROM intake_rawrecord", True),
        ("record.erased", "UPDATE chronology_entry SET words = 'nl1:x'", False),
        ("record.erased", "TRUNCATE intake_rawrecord", False),
        ("child.viewed", "DELETE FROM intake_rawrecord", False),
    ],
)
def test_the_guards_let_through_what_a_fresh_audit_row_says_is_done_and_nothing_else(
    path, act, change, allowed
) -> None:
    taken_in()
    connection.cursor().execute("SET CONSTRAINTS ALL IMMEDIATE")
    row = audit.row(at=NOW, by="operator test", act=act)
    row.save()
    keys.open_passage(row)
    if allowed:
        connection.cursor().execute(change)
        return
    with pytest.raises(DatabaseError, match="only takes new rows"), transaction.atomic():
        connection.cursor().execute(change)


def test_a_passage_is_closed_once_its_audit_row_is_sealed(path) -> None:
    taken_in()
    row = audit.row(at=NOW, by="operator test", act="record.erased")
    row.save()
    keys.open_passage(row)
    audit_log.seal()
    with pytest.raises(DatabaseError, match="only takes new rows"), transaction.atomic():
        connection.cursor().execute("DELETE FROM intake_rawrecord")


def test_a_key_is_forgotten_only_when_nothing_is_sealed_with_it(path) -> None:
    taken_in()
    old = vault.keyring().current.id
    with pytest.raises(keys.KeyNeeded, match="in use"):
        keys.forget(path=path, id_=old, by="operator test", now=NOW)
    ring = keyring.with_new(keyring.read(path), NOW)
    keyring.write(path, ring)
    vault.use(ring, path)
    with pytest.raises(keys.KeyNeeded, match=r"still seals values of .*intake_rawrecord\.raw"):
        keys.forget(path=path, id_=old, by="operator test", now=NOW)
    keys.reseal(by="operator test", now=NOW)
    keys.forget(path=path, id_=old, by="operator test", now=NOW)
    assert old not in {key.id for key in keyring.read(path).data}
    assert EntryRow.objects.get().words == SAID
    with pytest.raises(keyring.KeysMissing, match="keys list"):
        keys.forget(path=path, id_=old, by="operator test", now=NOW)


def test_another_installations_key_file_is_refused_at_the_start(path, tmp_path) -> None:
    keys.check_in(now=NOW)
    mine = vault.keyring()
    vault.use(keyring.make(tmp_path / "other.json", NOW))
    with pytest.raises(keyring.KeysMissing, match=mine.current.id):
        keys.check_in(now=NOW)
    assert not KeyInUse.objects.filter(id=vault.keyring().current.id).exists()


def test_another_process_finds_the_keys_that_a_rotation_made(path, monkeypatch) -> None:
    before = vault.keyring()
    newer = keyring.with_new(before, NOW + timedelta(days=1))
    keyring.write(path, newer)
    vault.use(newer, path)
    sealed = vault.seal(b"value", "a.b")
    vault.use(before, path)
    vault._in_use.changed = 0  # as read before the file was changed
    assert vault.unseal(sealed, "a.b") == b"value"
    assert vault.keyring() == newer


def _somebody():
    from nightlight.store.people.models import Organisation, Practitioner

    school, _ = Organisation.objects.get_or_create(code="school-9", defaults={"name": "School", "agency": "education"})
    return Practitioner.objects.make(username="a.teacher", name="A", role="staff", organisation=school)

from __future__ import annotations

import stat
from datetime import UTC, datetime

import pytest

from nightlight.store.keys import vault
from nightlight.store.keys.keyring import (
    KeysError,
    KeysMissing,
    KeysUnsafe,
    make,
    new_data_key,
    read,
    sign,
    verifier,
    with_new,
    write,
)

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
COLUMN = "intake_rawrecord.raw"


@pytest.fixture
def ring(tmp_path):
    """Fresh keys for the test; those of the run are put back after it."""
    before = vault.keyring()
    made = make(tmp_path / "keys.json", NOW)
    vault.use(made)
    yield made
    vault.use(before)


def test_a_key_file_is_readable_by_its_owner_only(tmp_path) -> None:
    made = make(tmp_path / "folder" / "keys.json", NOW)
    assert stat.S_IMODE((tmp_path / "folder" / "keys.json").stat().st_mode) == 0o600
    assert read(tmp_path / "folder" / "keys.json") == made
    assert [each.name for each in (tmp_path / "folder").iterdir()] == ["keys.json"]


def test_a_key_file_is_never_written_over_by_making_it_again(tmp_path) -> None:
    made = make(tmp_path / "keys.json", NOW)
    assert make(tmp_path / "keys.json", NOW) == made


def test_a_key_file_that_others_can_read_is_refused(tmp_path) -> None:
    make(tmp_path / "keys.json", NOW)
    (tmp_path / "keys.json").chmod(0o640)
    with pytest.raises(KeysUnsafe, match="chmod 600"):
        read(tmp_path / "keys.json")


def test_a_missing_key_file_says_what_to_do(tmp_path) -> None:
    with pytest.raises(KeysMissing, match="nightlight keys make"):
        read(tmp_path / "keys.json")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        '{"data": [], "signing": []}',
        '{"data": [{"id": "d", "made": "", "secret": "AA=="}], "signing": []}',
    ],
)
def test_a_key_file_that_is_none_is_refused_without_its_text(tmp_path, text: str) -> None:
    (tmp_path / "keys.json").write_text(text)
    (tmp_path / "keys.json").chmod(0o600)
    with pytest.raises(KeysError, match="can't be read"):
        read(tmp_path / "keys.json")


def test_a_key_never_shows_its_secret() -> None:
    key = new_data_key(NOW)
    assert repr(key) == f"Key({key.id})"


@pytest.mark.parametrize("value", [b"", b"a", b"\x00" * 70, bytes(range(256)) * 100])
def test_bytes_are_sealed_and_opened(ring, value: bytes) -> None:
    sealed = vault.seal(value, COLUMN)
    assert len(value) < 8 or value not in sealed  # a byte or two may well be among 40 random ones
    assert vault.key_of(sealed) == ring.current.id
    assert vault.unseal(sealed, COLUMN) == value


def test_the_same_value_is_never_sealed_alike_twice(ring) -> None:
    assert vault.seal(b"the same", COLUMN) != vault.seal(b"the same", COLUMN)


@pytest.mark.parametrize("text", ["It is cold.", "nl1:", "nl1:AAAA", "naïve ☂"])
def test_text_is_sealed_and_opened(ring, text: str) -> None:
    sealed = vault.seal_text(text, "chronology_entry.words")
    assert sealed.startswith("nl1:")
    assert text not in sealed[4:]
    assert vault.key_of(sealed) == ring.current.id
    assert vault.unseal_text(sealed, "chronology_entry.words") == text


def test_empty_text_stays_empty(ring) -> None:
    assert vault.seal_text("", "chronology_entry.words") == ""


@pytest.mark.parametrize("plain", ["In plain.", "nl1:no base64!", "nl1:AAAA"])
def test_text_of_an_earlier_version_is_read_as_it_is(ring, plain: str) -> None:
    assert vault.unseal_text(plain, "chronology_entry.words") == plain
    assert vault.unseal(plain.encode(), COLUMN) == plain.encode()


def test_a_sealed_value_is_refused_in_another_column(ring) -> None:
    sealed = vault.seal(b"words", COLUMN)
    with pytest.raises(vault.NotOurs, match="intake_attachment"):
        vault.unseal(sealed, "intake_attachment.content")


def test_every_changed_byte_of_a_sealed_value_is_refused(ring) -> None:
    sealed = vault.seal(b"words", COLUMN)
    for at in range(len(vault.BYTES), len(sealed)):
        changed = bytearray(sealed)
        changed[at] ^= 1
        with pytest.raises((vault.NotOurs, KeysMissing)):
            vault.unseal(bytes(changed), COLUMN)


def test_a_value_cut_short_is_refused(ring) -> None:
    sealed = vault.seal(b"words", COLUMN)
    for length in range(len(vault.BYTES) + 11, len(sealed)):
        with pytest.raises(vault.NotOurs):
            vault.unseal(sealed[:length], COLUMN)


def test_older_keys_still_open_and_the_newest_seals(ring, tmp_path) -> None:
    sealed = vault.seal(b"words", COLUMN)
    newer = with_new(ring, NOW)
    write(tmp_path / "keys.json", newer)
    vault.use(read(tmp_path / "keys.json"))
    assert vault.unseal(sealed, COLUMN) == b"words"
    assert vault.key_of(vault.seal(b"words", COLUMN)) == newer.current.id != ring.current.id


def test_a_lost_key_is_named(ring, tmp_path) -> None:
    sealed = vault.seal(b"words", COLUMN)
    vault.use(make(tmp_path / "other.json", NOW))
    with pytest.raises(KeysMissing, match=ring.current.id):
        vault.unseal(sealed, COLUMN)


def test_a_signature_is_of_one_key_and_one_message(ring) -> None:
    verify = verifier(ring.public_keys())
    signature = sign(ring.signer, b"message")
    assert verify(ring.signer.id, b"message", signature) is True
    assert verify(ring.signer.id, b"massage", signature) is False
    assert verify("s0000000000", b"message", signature) is None


def test_a_public_key_under_another_keys_name_is_not_believed(ring, tmp_path) -> None:
    other = make(tmp_path / "other.json", NOW)
    verify = verifier({ring.signer.id: other.public_keys()[other.signer.id]})
    assert verify(ring.signer.id, b"message", sign(other.signer, b"message")) is None


def test_a_key_file_that_was_changed_between_its_reading_and_its_use_is_read_again(ring, tmp_path, monkeypatch) -> None:
    path = tmp_path / "keys.json"
    newer = with_new(ring, NOW)
    write(path, newer)  # another process, just after we read it
    vault.use(ring, path)
    monkeypatch.setattr(vault, "LOOK_EVERY", -1)
    assert vault.keyring() == newer

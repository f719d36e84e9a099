"""Every way to change a sealed log is found, and the first row concerned is named."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.chain import NOW, RING, VERIFY, a_chain, a_row, sealed

from nightlight.domain import audit_export
from nightlight.domain.audit_chain import (
    FIELDS,
    Checkpoint,
    Fault,
    check,
    checkpoint_faults,
    read_checkpoint,
    row_digest,
    seal_hash,
)
from nightlight.store.keys.keyring import Keyring, new_data_key, new_signing_key


def faults(links, verify=VERIFY):
    return [(each.fault, each.seal, each.row) for each in check(links, verify).findings]


def test_a_log_that_nobody_touched_is_sound() -> None:
    checked = check(a_chain(), VERIFY)
    assert checked.sound
    assert (checked.seals, checked.rows, checked.late) == (3, 9, [])


@pytest.mark.parametrize("field", [name for name in FIELDS[1] if name != "id"])
@pytest.mark.parametrize("value", ["", None, "x", "2020-01-01T00:00:00.000000Z"])
def test_a_field_that_was_altered_names_its_row(field: str, value: str | None) -> None:
    links = a_chain()
    links[1][1][0] = a_row(4, **{field: value})
    assert faults(links) == [(Fault.ALTERED, 2, 4)]


def test_text_moved_from_one_field_to_the_next_is_an_alteration() -> None:
    assert row_digest(a_row(1, about="ab", reason="c")) != row_digest(a_row(1, about="a", reason="bc"))


def test_a_row_that_was_dropped_is_named() -> None:
    links = a_chain()
    del links[0][1][1]
    assert faults(links) == [(Fault.MISSING, 1, 2)]


def test_a_row_that_was_renumbered_is_missing_and_inserted() -> None:
    links = a_chain()
    links[0][1][1] = a_row(2, id="77")
    assert faults(links) == [(Fault.MISSING, 1, 2), (Fault.INSERTED, 1, 77)]


def test_two_rows_that_were_swapped_are_named_from_the_first() -> None:
    links = a_chain()
    rows = links[2][1]
    rows[0], rows[1] = rows[1], rows[0]
    assert faults(links) == [(Fault.REORDERED, 3, 7)]


def test_the_contents_of_two_rows_swapped_are_two_alterations() -> None:
    links = a_chain()
    rows = links[2][1]
    rows[0], rows[1] = {**rows[1], "id": "6"}, {**rows[0], "id": "7"}
    assert faults(links) == [(Fault.ALTERED, 3, 6), (Fault.ALTERED, 3, 7)]


def test_a_row_that_was_inserted_is_named() -> None:
    links = a_chain()
    links[0][1].insert(1, a_row(99))
    assert faults(links) == [(Fault.INSERTED, 1, 99)]


def test_a_row_that_stands_twice_is_found() -> None:
    links = a_chain()
    links[0][1].append(a_row(3))
    assert [each[0] for each in faults(links)] == [Fault.INSERTED]


def test_a_row_that_was_gone_before_its_seal_stays_missing() -> None:
    seal = sealed([a_row(1), a_row(2)], None)
    seal = replace(seal, digests=(seal.digests[0], bytes(32)))
    assert (Fault.MISSING, 1, 2) in faults([(seal, [a_row(1)])])


def test_a_seal_that_was_dropped_is_named() -> None:
    links = a_chain()
    del links[1]
    assert (Fault.SEAL_MISSING, 2, None) in faults(links)


def test_two_seals_that_were_swapped_are_found() -> None:
    links = a_chain()
    links[0], links[1] = links[1], links[0]
    assert faults(links)[0] == (Fault.SEAL_MISSING, 1, None)


@pytest.mark.parametrize(
    "change",
    [
        {"number": 7}, {"sealed": "2026-11-01T00:00:00.000000Z"}, {"before": b"\x01" * 32}, {"rows": (4, 6)},
        {"digests": (b"\x01" * 32, b"\x02" * 32)}, {"digests": ()}, {"version": 2}, {"hash": b"\x03" * 32},
        {"key": "s0000000000"}, {"signature": b"\x04" * 64}, {"signature": b""},
    ],
)  # fmt: skip
def test_every_part_of_a_seal_is_held(change: dict) -> None:
    links = a_chain()
    links[1] = (replace(links[1][0], **change), links[1][1])
    assert any(seal == 2 for _, seal, _ in faults(links))


def test_a_row_altered_with_its_digest_and_the_seals_hash_lacks_the_signature() -> None:
    links = a_chain()
    rows = [a_row(4, reason="another"), links[1][1][1]]
    seal = replace(links[1][0], digests=tuple(row_digest(row) for row in rows))
    links[1] = (replace(seal, hash=seal_hash(seal)), rows)
    assert (Fault.SIGNATURE, 2, None) in faults(links)
    assert (Fault.SEAL_ALTERED, 3, None) in faults(links)


def test_a_history_written_anew_under_another_key_is_not_believed() -> None:
    other = Keyring((new_data_key(NOW),), (new_signing_key(NOW),))
    found = faults(a_chain(ring=other))
    assert [each[0] for each in found] == [Fault.UNKNOWN_KEY] * 3


def test_a_row_that_claims_a_moment_long_past_is_told_though_it_is_sealed() -> None:
    links = a_chain((2,))
    rows = [a_row(3), a_row(4, at="2026-11-20T09:00:00.000000Z")]
    links.append((sealed(rows, links[0][0]), rows))
    checked = check(links, VERIFY)
    assert (checked.sound, checked.late) == (True, [4])


def test_a_shorter_chain_is_sound_by_itself_and_found_by_a_checkpoint() -> None:
    links = a_chain()
    seal = links[2][0]
    kept = Checkpoint(seal.number, seal.sealed, seal.hash, seal.key, seal.signature)
    assert check(links[:2], VERIFY).sound
    shorter = {each.number: each.hash for each, _ in links[:2]}
    assert [each.fault for each in checkpoint_faults(kept, shorter, VERIFY)] == [Fault.CUT_SHORT]
    assert not list(checkpoint_faults(kept, shorter | {3: seal.hash}, VERIFY))


def test_a_checkpoint_of_another_history_is_found() -> None:
    seal = a_chain()[2][0]
    kept = Checkpoint(seal.number, seal.sealed, seal.hash, seal.key, seal.signature)
    assert [e.fault for e in checkpoint_faults(kept, {3: b"\x01" * 32}, VERIFY)] == [Fault.OTHER_HISTORY]


def test_a_checkpoint_is_read_from_its_line_and_must_be_signed() -> None:
    seal = a_chain()[0][0]
    kept = Checkpoint(seal.number, seal.sealed, seal.hash, seal.key, seal.signature)
    assert read_checkpoint(kept.line() + "\n") == kept
    forged = replace(kept, hash=b"\x05" * 32)
    assert [e.fault for e in checkpoint_faults(forged, {1: forged.hash}, VERIFY)] == [Fault.SIGNATURE]


@pytest.mark.parametrize("line", ["", "a b c", "nightlight-audit-1 x y zz k s", "nightlight-audit-2 1 t 00 k 00"])
def test_a_line_that_is_no_checkpoint_says_what_was_expected(line: str) -> None:
    with pytest.raises(ValueError, match="nightlight audit checkpoint"):
        read_checkpoint(line)


# Exports


def exported(links=None):
    keys = {id_: key.hex() for id_, key in RING.public_keys().items()}
    return list(audit_export.lines(audit_export.Head("2026-11-23", keys), links or a_chain()))


def faults_of(lines):
    reader = audit_export.Reader(lines)
    checked = check(reader.links(), VERIFY)
    return [(each.fault, each.seal, each.row) for each in checked.findings + reader.faults]


def test_an_export_is_read_back_as_it_was() -> None:
    reader = audit_export.Reader(exported())
    assert list(reader.links()) == a_chain()
    assert not reader.faults


@pytest.mark.parametrize("at", range(1, len(exported())))
def test_a_line_taken_from_an_export_is_found(at: int) -> None:
    lines = exported()
    del lines[at]
    assert faults_of(lines)


@pytest.mark.parametrize("at", range(1, len(exported()) - 1))
def test_two_lines_of_an_export_swapped_are_found(at: int) -> None:
    lines = exported()
    lines[at], lines[at + 1] = lines[at + 1], lines[at]
    assert faults_of(lines)


@pytest.mark.parametrize("length", range(1, len(exported())))
def test_an_export_cut_short_is_found(length: int) -> None:
    assert Fault.CUT_SHORT in {each[0] for each in faults_of(exported()[:length])}


def test_a_row_outside_every_seal_is_found() -> None:
    lines = exported()
    lines.insert(1, lines[2])
    assert (Fault.INSERTED, 0, 1) in faults_of(lines)


@pytest.mark.parametrize("line", ["", "[]", "not JSON", '{"nightlight_audit": 2}', '{"nightlight_audit": 1}'])
def test_a_file_that_is_no_export_says_what_was_expected(line: str) -> None:
    with pytest.raises(audit_export.NotAnExport, match=r"audit export|line 1"):
        audit_export.Reader([line])


@pytest.mark.parametrize(
    "line",
    ["{", '{"row": 3}', '{"row": {"id": "x"}}', '{"row": {"id": "1", "at": 3}}', '{"seal": {}}', '{"seal": null}'],
)
def test_a_line_that_cannot_be_read_is_named_by_its_number(line: str) -> None:
    lines = [exported()[0], line]
    with pytest.raises(audit_export.NotAnExport, match="line 2"):
        list(audit_export.Reader(lines).links())

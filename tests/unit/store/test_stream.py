"""The encrypted file of a backup, and the blocks in it: any change, and any end that is missing, is found."""

from __future__ import annotations

import io

import pytest
from support.chain import NOW, RING

from nightlight.store.backup.blocks import BlockReader, BlockWriter, NotBlocks
from nightlight.store.keys import stream
from nightlight.store.keys.keyring import Keyring, KeysMissing, new_data_key


def written(data: bytes, step: int = 70_000) -> bytes:
    file = io.BytesIO()
    writer = stream.Writer(file, RING.current, {"made": "today"})
    for at in range(0, len(data), step):
        writer.write(data[at : at + step])
    writer.finish()
    return file.getvalue()


def opened(sealed: bytes, ring: Keyring = RING) -> bytes:
    return b"".join(stream.pieces(io.BytesIO(sealed), ring))


@pytest.mark.parametrize("size", [0, 1, stream.PIECE - 1, stream.PIECE, stream.PIECE + 1, 3 * stream.PIECE])
def test_a_file_is_opened_as_it_was_written(size: int) -> None:
    data = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    sealed = written(data)
    assert opened(sealed) == data
    assert stream.head_of(io.BytesIO(sealed))["key"] == RING.current.id
    assert size < 1000 or data[:1000] not in sealed


def test_the_same_is_never_written_alike_twice() -> None:
    assert written(b"the same") != written(b"the same")


def test_every_length_that_is_too_short_is_found() -> None:
    sealed = written(b"words")
    for length in range(len(sealed)):
        with pytest.raises(stream.NotASealedFile):
            opened(sealed[:length])


def test_every_byte_that_was_changed_is_found() -> None:
    sealed = written(b"words")
    for at in range(len(sealed)):
        changed = bytearray(sealed)
        changed[at] ^= 1
        with pytest.raises((stream.NotASealedFile, KeysMissing)):
            opened(bytes(changed))


def test_pieces_swapped_dropped_or_added_are_found() -> None:
    sealed = written(b"".join(bytes([n]) * stream.PIECE for n in range(3)))
    piece = 5 + stream.PIECE + 16
    start = len(sealed) - 3 * piece
    head, one, two, three = sealed[:start], *(sealed[start + n * piece : start + (n + 1) * piece] for n in range(3))
    assert opened(head + one + two + three)
    for other in (two + one + three, one + three, two + three, one + one + two + three, one + two + three + three):
        with pytest.raises(stream.Changed):
            opened(head + other)
    with pytest.raises(stream.CutShort, match="cut short"):
        opened(head + one + two)


def test_a_file_of_another_kind_and_a_lost_key_are_said() -> None:
    with pytest.raises(stream.NotASealedFile, match="nightlight backup FILE"):
        opened(b"PK\x03\x04 some archive")
    with pytest.raises(KeysMissing, match=RING.current.id):
        opened(written(b"words"), Keyring((new_data_key(NOW),), RING.signing))


def blocks_of(*blocks):
    held = io.BytesIO()
    writer = BlockWriter(held)
    for about, data in blocks:
        writer.block(about, data)
    writer.finish()
    return held.getvalue()


@pytest.mark.parametrize("step", [1, 7, 10_000])
def test_blocks_are_read_as_they_were_written(step: int) -> None:
    kept = [({"table": "a"}, [b"one\n", b"two\n" * 1000]), ({"table": "b"}, []), ({"end": {}}, [])]
    whole = blocks_of(*kept)
    reader = BlockReader(whole[at : at + step] for at in range(0, len(whole), step))
    assert [(about, b"".join(data)) for about, data in reader.blocks()] == [(a, b"".join(d)) for a, d in kept]


def test_data_that_nobody_reads_is_passed_over() -> None:
    whole = blocks_of(({"table": "a"}, [b"one\n"]), ({"table": "b"}, [b"two\n"]))
    assert [about["table"] for about, _ in BlockReader([whole]).blocks()] == ["a", "b"]


@pytest.mark.parametrize("whole", [b"no blocks", blocks_of(({"table": "a"}, [b"one\n"]))[:-12]])
def test_what_is_no_block_is_refused(whole: bytes) -> None:
    with pytest.raises(NotBlocks):
        list(BlockReader([whole]).blocks())

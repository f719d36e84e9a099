"""What is taken with a concern is told by its bytes: documents that hold others, pictures that are too large, names."""

from __future__ import annotations

import io
import struct
import zipfile
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nightlight.actions.concerns import attachment_checks as checks
from nightlight.actions.concerns import attachments
from nightlight.actions.concerns.attachments import TYPES, sniff

NOW = datetime(2026, 11, 23, tzinfo=UTC)
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
PARTS = ("[Content_Types].xml", "word/document.xml")


def packed(*names: str, **sizes: int) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for name in names:
            made.writestr(name, b"x")
        for name, size in sizes.items():
            made.writestr(name, bytes(size))
    return file.getvalue()


def png(width: int, height: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR" + struct.pack(">II", width, height)


def jpeg(width: int, height: int) -> bytes:
    exif = b"\xff\xe1" + struct.pack(">H", 10) + b"12345678"
    return b"\xff\xd8" + exif + b"\xff\xc0" + struct.pack(">HBHH", 17, 8, height, width) + bytes(20)


def test_a_word_document_is_taken() -> None:
    assert sniff(packed(*PARTS, "word/media/photo.jpg")) == "application/zip"


@pytest.mark.parametrize(
    "content",
    [
        packed("a.txt"),
        packed("META-INF/MANIFEST.MF", "A.class"),
        packed(*PARTS, "word/vbaProject.bin"),
        packed(*PARTS, "word/embeddings/oleObject1.BIN"),
        packed(*PARTS, "run.exe"),
        packed(*PARTS, "page.html"),
        packed(*PARTS, "../../etc/passwd"),
        packed(*PARTS, "..\\..\\x"),
        packed(*PARTS, "/x"),
        packed(*PARTS, "C:x"),
        packed(*PARTS)[:-10],
        b"PK\x03\x04",
    ],
)
def test_any_other_packed_file_is_not(content: bytes) -> None:
    assert sniff(content) is None


def test_a_document_that_unpacks_to_more_than_is_sane_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = packed(*PARTS, big=5_000_000)
    assert len(bomb) < 10_000
    assert checks.is_word(bomb)
    monkeypatch.setattr(checks, "MOST_UNPACKED", 1_000_000)
    assert not checks.is_word(bomb)
    monkeypatch.setattr(checks, "MOST_MEMBERS", 2)
    assert not checks.is_word(packed(*PARTS, "a", "b"))


def test_words_old_form_is_a_document_without_macros() -> None:
    document = OLE + bytes(600) + "WordDocument".encode("utf-16-le")
    assert sniff(document) == "application/msword"
    assert sniff(document + "_VBA_PROJECT".encode("utf-16-le")) is None
    assert sniff(OLE + bytes(600)) is None  # an installer, a spreadsheet, a message


@pytest.mark.parametrize(
    ("content", "count"),
    [
        (png(4000, 3000), 12_000_000),
        (jpeg(4000, 3000), 12_000_000),
        (b"GIF89a" + struct.pack("<HH", 65535, 65535), 65535 * 65535),
        (b"RIFF\0\0\0\0WEBPVP8X" + bytes(8) + b"\xff\xff\x03" + b"\xff\xff\x03", 2**36),
        (b"\xff\xd8\xff", 0),
        (b"%PDF-1.7", 0),
    ],
)
def test_a_picture_says_how_large_it_is(content: bytes, count: int) -> None:
    assert checks.pixels(content) == count


def test_a_picture_too_large_to_be_opened_is_refused() -> None:
    assert attachments._refused(png(20_000, 12_000), 0, NOW) is None
    refused = attachments._refused(png(60_000, 60_000), 0, NOW)
    assert refused is not None
    assert "too large to be opened" in refused.message


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\x\\photo.jpg", "photo.jpg"),
        ("photo\u202egpj.exe", "photogpj.exe"),
        ("a\r\nSet-Cookie: x", "aSet-Cookie: x"),
        ("\x00\x1f", "file"),
        ("x" * 300 + ".jpg", "x" * 196 + ".jpg"),
    ],
)
def test_a_name_is_plain(name: str, kept: str) -> None:
    assert attachments._name(name) == kept


STARTS = st.sampled_from(
    [b"", b"PK\x03\x04", OLE, b"\x89PNG\r\n\x1a\n", b"\xff\xd8", b"GIF89a", b"RIFF\0\0\0\0WEBPVP8X", b"%PDF-",
     b"\0\0\0\0ftyp", packed(*PARTS)]
)  # fmt: skip


@given(STARTS, st.binary(max_size=400))
def test_no_bytes_bring_it_down_and_what_is_taken_is_on_the_list(start: bytes, rest: bytes) -> None:
    content = start + rest
    assert sniff(content) in {None, *TYPES}
    assert checks.pixels(content) >= 0
    attachments._refused(content, 0, NOW)


@given(st.integers(0, 300), st.binary(min_size=1, max_size=8))
def test_a_damaged_document_is_a_document_or_nothing(at: int, damage: bytes) -> None:
    whole = packed(*PARTS)
    assert sniff(whole[:at] + damage + whole[at + len(damage) :]) in {None, *TYPES}


RUNS = st.sampled_from(
    [b"<svg onload=x>", b"<!DOCTYPE html>", b"<html>", b"<SCRIPT>", b"<?xml version='1.0'?>", b"<body>"]
)


@given(st.binary(max_size=50).filter(lambda b: not b.startswith((b"%PDF-", b"GIF8"))), RUNS)
def test_nothing_that_could_run_in_a_browser_is_plain_text(before: bytes, run: bytes) -> None:
    assert sniff(b" \n" + before + run) != "text/plain"

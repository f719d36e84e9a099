"""What is looked at in a file before it is kept, beyond its first bytes. Nothing is unpacked, drawn or run here.

A packed document is judged by its list of contents alone; a picture by the size that it says it has.
"""

from __future__ import annotations

import io
import zipfile

MOST_MEMBERS = 2_000
MOST_UNPACKED = 300 * 1024 * 1024
MOST_PIXELS = 250_000_000
"""A packed file, or a picture, that says it is larger than these would stop whoever opens it."""
_WORD = "word/document.xml"
_NEVER = (
    ".bin",
    ".exe",
    ".dll",
    ".js",
    ".vbs",
    ".jar",
    ".hta",
    ".lnk",
    ".scr",
    ".bat",
    ".cmd",
    ".ps1",
    ".html",
    ".htm",
)
_OLE_DOCUMENT = "WordDocument".encode("utf-16-le")
_OLE_MACROS = ("_VBA_PROJECT".encode("utf-16-le"), "Macros".encode("utf-16-le"))


def is_word(content: bytes) -> bool:
    """Whether a zip file is a Word document without macros, and unpacks to no more than is sane.

    >>> is_word(b"PK\\x03\\x04 and nothing else")
    False
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            members = packed.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, RuntimeError):
        return False
    names = {each.filename for each in members}
    return (
        len(members) <= MOST_MEMBERS
        and {_WORD, "[Content_Types].xml"} <= names
        and sum(each.file_size for each in members) <= MOST_UNPACKED
        and not any(_strange(name) for name in names)
    )


def _strange(name: str) -> bool:
    outside = name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/") or ":" in name
    return outside or name.lower().endswith(_NEVER)


def is_old_word(content: bytes) -> bool:
    """Whether a file of Word's old form is a document (not an installer or a message) and names no macros."""
    return _OLE_DOCUMENT in content and not any(mark in content for mark in _OLE_MACROS)


def pixels(content: bytes) -> int:
    """How many pixels a picture says that it has; 0 where it does not say.

    >>> pixels(b"GIF89a" + bytes([16, 0, 2, 0]))
    32
    """
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return int.from_bytes(content[16:20], "big") * int.from_bytes(content[20:24], "big")
    if content.startswith((b"GIF87a", b"GIF89a")):
        return int.from_bytes(content[6:8], "little") * int.from_bytes(content[8:10], "little")
    if content[8:16] == b"WEBPVP8X":
        return (int.from_bytes(content[24:27], "little") + 1) * (int.from_bytes(content[27:30], "little") + 1)
    return _of_jpeg(content) if content.startswith(b"\xff\xd8") else 0


def _of_jpeg(content: bytes) -> int:
    """From its first frame header: segments are gone through by their own lengths, and each moves on."""
    at = 2
    while at + 9 < len(content) and content[at] == 0xFF:
        marker = content[at + 1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            return int.from_bytes(content[at + 5 : at + 7], "big") * int.from_bytes(content[at + 7 : at + 9], "big")
        if marker == 0xFF or 0xD0 <= marker <= 0xD9:
            at += 1 if marker == 0xFF else 2
            continue
        at += 2 + max(2, int.from_bytes(content[at + 2 : at + 4], "big"))
    return 0

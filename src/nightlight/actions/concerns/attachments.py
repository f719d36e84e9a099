"""Files with a concern: what is taken, told by its first bytes and never by its name, and how it is given out again.

A file that could run in a browser (a web page, a vector drawing) is never taken: a photograph of it is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from nightlight.actions.concerns import attachment_checks as checks
from nightlight.domain.concern_content import Problem
from nightlight.domain.limits import limit
from nightlight.store.intake.models import Attachment, Draft

MOST_FILES, MOST_MB = "ATTACHMENTS", "ATTACHMENT-MB"
_MB = 1024 * 1024
_TEXT_LOOK = 4096

TYPES: Mapping[str, str] = MappingProxyType(
    {
        "image/jpeg": "photo",
        "image/png": "photo",
        "image/gif": "photo",
        "image/webp": "photo",
        "image/heic": "photo",
        "video/mp4": "recording",
        "video/quicktime": "recording",
        "video/webm": "recording",
        "video/3gpp": "recording",
        "audio/mp4": "recording",
        "audio/mpeg": "recording",
        "audio/wav": "recording",
        "audio/ogg": "recording",
        "audio/amr": "recording",
        "application/pdf": "document",
        "application/zip": "document",
        "application/msword": "document",
        "text/plain": "document",
    }
)
"""What is taken, and what people call it."""
_STARTS = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"\x1aE\xdf\xa3", "video/webm"),
    (b"OggS", "audio/ogg"),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"\xff\xf3", "audio/mpeg"),
    (b"#!AMR", "audio/amr"),
    (b"PK\x03\x04", "application/zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/msword"),
)
_BRANDS = (
    ((b"heic", b"heix", b"hevc", b"mif1", b"msf1"), "image/heic"),
    ((b"M4A ", b"M4B "), "audio/mp4"),
    ((b"qt  ",), "video/quicktime"),
    ((b"3gp",), "video/3gpp"),
)
_RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav"}
_RUNS = (b"<html", b"<!doctype", b"<script", b"<svg", b"<?xml", b"<body")


def sniff(content: bytes) -> str | None:
    """The media type of a file by its first bytes; None for one that is not taken.

    >>> sniff(b"%PDF-1.7 ...")
    'application/pdf'
    >>> sniff(b"<svg onload=alert(1)>") is None
    True
    """
    for start, media_type in _STARTS:
        if content.startswith(start):
            return media_type if _is_whole(media_type, content) else None
    if content[4:8] == b"ftyp":
        return _brand(content[8:12])
    if content[:4] == b"RIFF":
        return _RIFF.get(content[8:12])
    return "text/plain" if _is_text(content) else None


def _is_whole(media_type: str, content: bytes) -> bool:
    """Whether a file that may hold others is the document that is taken, and nothing that could run."""
    if media_type == "application/zip":
        return checks.is_word(content)
    return media_type != "application/msword" or checks.is_old_word(content)


def _brand(brand: bytes) -> str:
    for starts, media_type in _BRANDS:
        if brand.startswith(starts):
            return media_type
    return "video/mp4"


def _is_text(content: bytes) -> bool:
    look = content[:_TEXT_LOOK].lower()
    if not content or b"\x00" in content or any(mark in look for mark in _RUNS):
        return False
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def attach(draft: Draft, *, name: str, content: bytes, now: datetime) -> Problem | None:
    """Keep a file with a draft, or say why not. The same file again is there already. Called inside a transaction."""
    digest = hashlib.sha256(content).hexdigest()
    held = list(draft.attachments.values_list("digest", flat=True))
    if digest in held:
        return None
    media_type = sniff(content)
    if problem := _refused(content, len(held), now):
        return problem
    Attachment.objects.create(
        draft=draft, name=_name(name), media_type=media_type or "", digest=digest, content=content, added=now
    )
    return None


def too_big(size: int, now: datetime) -> Problem | None:
    """Why a file of this size is not taken: asked before it is read."""
    most = limit(MOST_MB, now)
    if size <= most * _MB:
        return None
    return Problem("files", f"Choose a file of at most {most} MB; shorten or compress this one")


def too_many(held: int, now: datetime) -> Problem | None:
    """Why no more files are taken, where so many are held."""
    most = limit(MOST_FILES, now)
    if held < most:
        return None
    return Problem("files", f"A concern takes at most {most} files. Raise it, then add to it")


def _refused(content: bytes, held: int, now: datetime) -> Problem | None:
    if not content:
        return Problem("files", "That file is empty. Choose another, or take the photo again")
    if problem := too_big(len(content), now) or too_many(held, now):
        return problem
    if sniff(content) is None:
        wanted = "Choose a photo, a sound or video recording, a PDF, a Word (without macros) or a plain text document"
        return Problem("files", wanted)
    if checks.pixels(content) > checks.MOST_PIXELS:
        return Problem("files", "That picture is too large to be opened. Take the photo again, or save it smaller")
    return None


def _name(name: str) -> str:
    """The file's own name without folders and control characters."""
    plain = "".join(c for c in name.replace("\\", "/").rpartition("/")[2] if c.isprintable())
    return plain[-200:] or "file"


def remove(draft: Draft, *, attachment: UUID) -> None:
    """Take a file off a draft again."""
    draft.attachments.filter(id=attachment).delete()

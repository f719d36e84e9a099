"""The sources that the kernel is made of, and their digest. Without Numba, so that who only asks never waits for it."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

_SOURCES = (
    "compiled.py",
    "days.py",
    "kernel.py",
    "operations.py",
    "sorting.py",
    "sweeps.py",
    "exactly.py",
    "sequences.py",
    "layout.py",
)


@lru_cache(maxsize=1)
def sources_digest() -> int:
    """Of the sources that make up the kernel; its cached entry point closes over it, so its key changes with them."""
    folder = Path(__file__).parent
    digest = hashlib.sha256(b"".join((folder / name).read_bytes() for name in _SOURCES))
    return int.from_bytes(digest.digest()[:7], "big")

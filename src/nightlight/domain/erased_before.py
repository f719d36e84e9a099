"""By what an erased record is known when it is sent again, and whether it says anything that was not erased.

Pure. A mark is a keyed digest, from which nobody learns whose it is. What says something new is never the same record:
danger that is new is taken in whatever was erased before.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

_RECORD, _PERSON, _FACT = "record", "person", "fact"
_OF_PLACES = frozenset({"address"})
"""What an entry of a home says by an id of this store, which is another when it is sent again."""


@dataclass(frozen=True, slots=True)
class Marks:
    """The key with which marks are made.

    >>> marks = Marks(b"a key")
    >>> marks.record("cms", "r1") == Marks(b"another").record("cms", "r1"), len(marks.person("cms", "p1"))
    (False, 64)
    """

    key: bytes

    def record(self, system: str, record_id: str) -> str:
        """Of a record, by its source's own id of it."""
        return self._of(_RECORD, system, record_id)

    def person(self, system: str, source_id: str) -> str:
        """Of a person, by the source's own id."""
        return self._of(_PERSON, system, source_id)

    def entry(
        self, *, kind: str, occurred: str, until: str, attributes: Mapping[str, Any], words: str, text: str
    ) -> str:
        """Of what an entry says: its kind, its dates, and every word."""
        said = {name: value for name, value in attributes.items() if name not in _OF_PLACES}
        return self._of(_FACT, kind, occurred, until, said, words, text)

    def link(self, *, kind: str, person: str, other: str) -> str:
        """Of who is linked with whom, by the source's own ids; of a home, only that there is one."""
        return self._of(_FACT, "link", kind, person, other)

    def _of(self, *parts: Any) -> str:
        said = json.dumps(parts, sort_keys=True, ensure_ascii=False, default=str)
        return hmac.digest(self.key, said.encode(), hashlib.sha256).hex()


@dataclass(frozen=True, slots=True)
class Said:
    """What a record says, by marks, with the date of each thing as its source gave it (None where it gives none)."""

    facts: tuple[tuple[str, datetime | None], ...]


def is_the_same(facts: Iterable[str], recorded: datetime | None, said: Said) -> bool:
    """Whether a record of an erased record's id says nothing but what was erased: each thing was said, and none since.

    >>> from datetime import UTC
    >>> then, since = datetime(2019, 5, 1, tzinfo=UTC), datetime(2026, 5, 1, tzinfo=UTC)
    >>> is_the_same(["a"], then, Said((("a", then),))), is_the_same(["a"], then, Said((("a", since),)))
    (True, False)
    >>> is_the_same(["a"], then, Said((("a", then), ("b", then))))
    False
    """
    held = set(facts)
    return all(mark in held and (at is None or (recorded is not None and at <= recorded)) for mark, at in said.facts)

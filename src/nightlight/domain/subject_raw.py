"""What a record says as it was sent, beyond what is shown of it already: the rest of the copy of what is held.

Pure: bytes come in, labelled texts go out. Which of them a person is given is decided as for every field
(`domain.subject_access`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from nightlight.domain.subject_access import plain

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{64}|(https?|urn):\S+")
"""An id, a digest or the address of a code list says nothing of anybody."""
_LONG = 8
"""A text of more words than this was written freely, and may speak of anybody."""


def beyond(raw: bytes, said: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """What a raw record holds that is not said already, each with where in the record it stands.

    >>> beyond(b'{"pupil": {"name": "Robin", "house": "Red", "left": ""}}', ["Robin"])
    (('pupil, house', 'Red'),)
    >>> beyond(b"2026-05-02,Robin,hungry again", ["Robin", "2026-05-02"])
    (('as it was sent', '2026-05-02,Robin,hungry again'),)
    """
    known = {_folded(each) for each in said}
    text = " ".join(sorted(known))
    found = dict.fromkeys(
        (label, value)
        for label, value in _leaves(raw)
        if (folded := _folded(value))
        and folded not in known
        and not (len(folded) > 3 and folded in text)
        and not _ID.fullmatch(folded)
    )
    return tuple(found)


def written_freely(value: str) -> bool:
    """Whether a text is more than a code, a name or a number.

    >>> written_freely("Red"), written_freely("He said that his brother would be there on Sunday.")
    (False, True)
    """
    return len(value.split()) > _LONG


def _folded(value: str) -> str:
    return " ".join(value.casefold().split())


def _leaves(raw: bytes) -> Iterator[tuple[str, str]]:
    try:
        content = json.loads(raw)
    except ValueError:
        content = None
    if isinstance(content, dict | list):
        yield from _within(content, ())
    elif text := raw.decode("utf-8", "replace").strip():
        yield "as it was sent", text


def _within(value: Any, place: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, each in value.items():
            yield from _within(each, (*place, str(name).replace("_", " ")))
    elif isinstance(value, list):
        for each in value:
            yield from _within(each, place)
    elif value is not None:
        yield ", ".join(place) or "as it was sent", plain(value)

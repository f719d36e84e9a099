"""What a record says as it was sent, beyond what is shown of it already: the rest of the copy of what is held.

Pure: bytes come in, labelled texts go out. Which of them a person is given is decided as for every field
(`domain.subject_access`).
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from nightlight.domain.subject_access import plain

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{64}|(https?|urn):\S+")
"""An id, a digest or the address of a code list says nothing of anybody."""
_DELIMITERS, _CELLS = ",;\t", 3
"""A line of so many cells at least is one of a table."""
_SEAMS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_PLAIN: Mapping[str, str] = MappingProxyType(
    {
        "addr": "address", "adm": "admission", "cat": "category", "cin": "child in need", "cla": "child looked after",
        "cp": "child protection", "desc": "description", "dob": "date of birth", "dt": "date",
        "ehcp": "education, health and care plan (EHCP)", "fsm": "free school meals",
        "icpc": "initial child protection conference", "la": "local authority", "lac": "looked-after child",
        "nfa": "no further action", "nhs": "NHS", "num": "number", "org": "organisation", "pers": "person",
        "pr": "parental responsibility", "ref": "reference", "s47": "section 47 enquiry",
        "sen": "special educational needs", "uln": "unique learner number (ULN)", "upn": "unique pupil number (UPN)",
        "uprn": "unique property number (UPRN)", "urn": "unique number of the school (URN)",
    }
)  # fmt: skip
"""What short names of columns stand for."""
_LONG = 8
"""A text of more words than this was written freely, and may speak of anybody."""


def beyond(raw: bytes, said: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """What a raw record holds that is not said already, each with where in the record it stands.

    >>> beyond(b'{"pupil": {"name": "Robin", "house": "Red", "left": ""}}', ["Robin"])
    (('pupil, house', 'Red'),)
    >>> beyond(b"2026-05-02,Robin,hungry again", ["Robin", "2026-05-02"])
    (('column 3 of the line as it was sent', 'hungry again'),)
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
        yield from _line(text)


def _line(text: str) -> Iterator[tuple[str, str]]:
    """A line of a table that was kept without its columns' names: each cell by its place; any other text whole."""
    delimiter = max(_DELIMITERS, key=text.count)
    try:
        rows = list(csv.reader(io.StringIO(text), delimiter=delimiter, strict=True))
    except csv.Error:
        rows = []
    if len(rows) != 1 or len(rows[0]) < _CELLS:
        yield "as it was sent", text
        return
    for place, cell in enumerate(rows[0], 1):
        yield f"column {place} of the line as it was sent", cell.strip()


def plain_name(name: str) -> str:
    """The name of a column or field, in plain words.

    >>> plain_name("pers_dob"), plain_name("recordedDateTime"), plain_name("UPN"), plain_name("Exclusion Category")
    ('person date of birth', 'recorded date time', 'unique pupil number (UPN)', 'exclusion category')
    """
    words = _SEAMS.sub(" ", name).replace("_", " ").split()
    return " ".join(_PLAIN.get(word.casefold(), word if word.isupper() else word.casefold()) for word in words)


def _within(value: Any, place: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, each in value.items():
            yield from _within(each, (*place, plain_name(str(name))))
    elif isinstance(value, list):
        for each in value:
            yield from _within(each, place)
    elif value is not None:
        yield ", ".join(place) or "as it was sent", plain(value)

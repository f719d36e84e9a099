"""The mapping file of a concern log: which column is which, and what a school's own words mean here.

These systems publish no format, so a school or its authority writes this once (docs/how-to/map-a-concern-log.md). A
mistake in it is an error that names the line to mend; a word it doesn't know is kept as text, never dropped.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from nightlight.domain.kinds import CONCERN_CATEGORIES
from nightlight.domain.people import Part
from nightlight.feeds.fields import folded
from nightlight.feeds.records import UnreadableFile

STUDENT_FIELDS = {
    "student_id": "id", "upn": "upn", "nhs_number": "nhs_number", "name": "name", "surname": "surname",
    "forename": "forename", "dob": "dob", "sex": "sex", "postcode": "postcode", "address": "address",
}  # fmt: skip
"""A mapping's word for a column about the student, and the pupil's field (feeds.pupils)."""
CONCERN_FIELDS = (
    "id", "date", "time", "recorded", "categories", "text", "words", "observer", "setting", "part", "linked",
)  # fmt: skip
_KEYS = ("rows", "columns", "keep", "separators", "withdrawn", "categories", "parts")
_NEEDED = ("id", "date", "text")


class MappingError(UnreadableFile):
    """A mapping file that can't be used; the message says which part of it and what was expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConcernMapping:
    """A checked mapping. Words are folded for comparing: small letters and digits only.

    per_student: whether the log has a row for each student of a concern, rather than one row with students linked.
    """

    per_student: bool
    columns: Mapping[str, tuple[str, ...]]
    keep: tuple[str, ...]
    separators: Mapping[str, str]
    withdrawn_column: str
    withdrawn: frozenset[str]
    categories: Mapping[str, str]
    parts: Mapping[str, Part]

    def aliases(self) -> dict[str, tuple[str, ...]]:
        """The columns of the concern itself, by field."""
        return {name: names for name, names in self.columns.items() if name in CONCERN_FIELDS}

    def student_aliases(self) -> dict[str, tuple[str, ...]]:
        """The columns about the student, by the pupil's field."""
        return {STUDENT_FIELDS[name]: names for name, names in self.columns.items() if name in STUDENT_FIELDS}


def concern_mapping(content: Any) -> ConcernMapping:
    """Check a mapping as it was read from YAML.

    >>> concern_mapping({"columns": {"id": "Ref", "date": "Date", "txt": "Details"}})  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    nightlight.feeds.mapping.MappingError: mapping, columns: txt is not a field; expected some of id, date, time, ...
    """
    content = _mapping_at("the file", content)
    _only("the file", content, _KEYS)
    columns = _columns(content.get("columns"))
    withdrawn = _mapping_at("withdrawn", content.get("withdrawn") or {})
    rows = content.get("rows", "concern")
    if rows not in ("concern", "student"):
        raise MappingError(
            "mapping, rows: expected concern (one row for each) or student (one for each of its students)."
        )
    return ConcernMapping(
        per_student=rows == "student",
        columns=columns,
        keep=_words("keep", content.get("keep") or ()),
        separators={"categories": ",", "linked": ";", **_separators(content.get("separators") or {})},
        withdrawn_column=str(withdrawn.get("column", "")),
        withdrawn=frozenset(folded(word) for word in _words("withdrawn", withdrawn.get("values") or ())),
        categories=_inverted("categories", content.get("categories"), CONCERN_CATEGORIES),
        parts={word: Part(part) for word, part in _inverted("parts", content.get("parts"), tuple(Part)).items()},
    )


def _columns(content: Any) -> dict[str, tuple[str, ...]]:
    found = _mapping_at("columns", content)
    _only("columns", found, (*CONCERN_FIELDS, *STUDENT_FIELDS))
    missing = [name for name in _NEEDED if name not in found]
    if "student_id" not in found and "upn" not in found:
        missing.append("student_id (or upn)")
    if missing:
        raise MappingError(f"mapping, columns: no {', '.join(missing)}; expected the name of the column that holds it.")
    return {name: _words(f"columns, {name}", names) for name, names in found.items()}


def _mapping_at(where: str, content: Any) -> Mapping[str, Any]:
    if not isinstance(content, Mapping):
        raise MappingError(f"mapping, {where}: expected names with their values, as `name: value`.")
    return {str(key): value for key, value in content.items()}


def _only(where: str, content: Mapping[str, Any], known: Iterable[str]) -> None:
    allowed = tuple(known)
    for name in content:
        if name not in allowed:
            raise MappingError(f"mapping, {where}: {name} is not a field; expected some of {', '.join(allowed)}.")


def _words(where: str, content: Any) -> tuple[str, ...]:
    words = [content] if isinstance(content, str) else content
    if not isinstance(words, list | tuple) or not all(isinstance(word, str | int | float) for word in words):
        raise MappingError(f"mapping, {where}: expected a word or a list of words.")
    return tuple(str(word) for word in words)


def _separators(content: Any) -> dict[str, str]:
    found = _mapping_at("separators", content)
    _only("separators", found, ("categories", "linked"))
    if not all(isinstance(mark, str) and mark for mark in found.values()):
        raise MappingError("mapping, separators: expected the character between two of them, in quotation marks.")
    return dict(found)


def _inverted(where: str, content: Any, ours: Iterable[str]) -> dict[str, str]:
    """Our word to the school's words, turned round. A school's word may stand under one of ours only."""
    allowed = tuple(str(word) for word in ours)
    found: dict[str, str] = {}
    for our_word, words in _mapping_at(where, content or {}).items():
        if our_word not in allowed:
            raise MappingError(f"mapping, {where}: {our_word} is not one of {', '.join(allowed)}.")
        for word in (our_word, *_words(f"{where}, {our_word}", words)):
            if found.setdefault(folded(word), our_word) != our_word:
                raise MappingError(f"mapping, {where}: {word} stands under {found[folded(word)]} and {our_word}.")
    return found


def read_mapping(text: str | bytes) -> Mapping[str, Any]:
    """The content of a mapping file, checked; to be given to the feed as its context's mapping.

    >>> read_mapping("columns: {id: Ref, date: Date, text: Details, upn: UPN}")["columns"]["id"]
    'Ref'
    """
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise MappingError(f"mapping{where}: this is not YAML; expected `name: value` lines.") from None
    concern_mapping(content)
    return dict(content)


SHIPPED = ("cpoms", "myconcern")
"""Mappings that come with the package, tried in this order when a log is read without one."""


@cache
def shipped_mapping(name: str) -> Mapping[str, Any]:
    """A mapping that comes with the package, by name.

    >>> shipped_mapping("cpoms")["rows"]
    'concern'
    """
    if name not in SHIPPED:
        raise MappingError(f"no mapping of this name comes with Nightlight; expected one of {', '.join(SHIPPED)}.")
    return read_mapping((resources.files("nightlight.feeds") / "tables" / "mappings" / f"{name}.yaml").read_bytes())


def load_mapping(name_or_path: str) -> Mapping[str, Any]:
    """A mapping that comes with the package, by name, or the file at a path.

    >>> load_mapping("myconcern")["rows"]
    'student'
    """
    if name_or_path in SHIPPED:
        return shipped_mapping(name_or_path)
    try:
        return read_mapping(Path(name_or_path).read_bytes())
    except OSError:
        names = ", ".join(SHIPPED)
        raise MappingError(f"this mapping file can't be opened; expected a path to one, or {names}.") from None

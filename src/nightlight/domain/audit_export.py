"""An audit export: JSON lines, each seal followed by its rows, so that a file of any length is checked in one pass.

It reads and writes lines; what they prove is `domain.audit_chain`'s to say.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nightlight.domain.audit_chain import Fault, Finding, Row, Seal


class NotAnExport(Exception):
    """The file is no audit export, or a line of it can't be read; the message says which and what was expected."""


@dataclass(frozen=True, slots=True)
class Head:
    """The first line: when it was made, and the public keys (hex) that whoever made it says are the log's."""

    made: str
    keys: Mapping[str, str]


def lines(head: Head, links: Iterable[tuple[Seal, Sequence[Row]]]) -> Iterator[str]:
    """The export, line by line."""
    yield _line({"nightlight_audit": 1, "made": head.made, "keys": dict(head.keys)})
    seals = rows = 0
    for seal, members in links:
        yield _line({"seal": _seal_as_json(seal)})
        for row in members:
            yield _line({"row": dict(row)})
        seals, rows = seals + 1, rows + len(members)
    yield _line({"end": {"seals": seals, "rows": rows}})


class Reader:
    """Reads an export. `head` is read at once; `faults` is complete once `links` has come to its end."""

    def __init__(self, source: Iterable[str]) -> None:
        self._lines = enumerate(source, start=1)
        self.faults: list[Finding] = []
        self._at = 0
        first = self._next()
        if first is None or first.get("nightlight_audit") != 1 or not isinstance(first.get("keys"), dict):
            raise NotAnExport(
                "this is no audit export. Expected a file that `nightlight audit export FILE` wrote; its first line "
                'begins {"nightlight_audit": 1'
            )
        self.head = Head(str(first.get("made", "")), {str(k): str(v) for k, v in first["keys"].items()})

    def links(self) -> Iterator[tuple[Seal, list[Row]]]:
        """Each seal with the rows that follow it in the file."""
        seal: Seal | None = None
        rows: list[Row] = []
        ended = False
        while (each := self._next()) is not None:
            if "row" in each:
                rows.append(_row(each["row"], self._at))
                continue
            if seal:
                yield seal, rows
            elif rows:
                self._stray(rows[0])
            seal, rows = None, []
            if "seal" in each:
                seal = _seal_from_json(each["seal"], self._at)
            ended = "end" in each
        if seal:
            yield seal, rows
        elif rows:
            self._stray(rows[0])
        if not ended:
            sentence = "The file has no last line: it was cut short, or its writing was stopped."
            self.faults.append(Finding(Fault.CUT_SHORT, seal.number if seal else 0, None, sentence))

    def _stray(self, row: Row) -> None:
        id_ = int(row["id"] or 0)
        self.faults.append(Finding(Fault.INSERTED, 0, id_, f"Row {id_} stands outside every seal."))

    def _next(self) -> dict[str, Any] | None:
        for number, text in self._lines:
            self._at = number
            try:
                found = json.loads(text)
            except ValueError:
                found = None
            if not isinstance(found, dict):
                raise NotAnExport(f"line {self._at} can't be read. Expected one JSON object a line; export it again.")
            return found
        return None


def _line(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n"


def _seal_as_json(seal: Seal) -> dict[str, Any]:
    return {
        "number": seal.number,
        "version": seal.version,
        "sealed": seal.sealed,
        "before": seal.before.hex(),
        "rows": list(seal.rows),
        "digests": [digest.hex() for digest in seal.digests],
        "hash": seal.hash.hex(),
        "key": seal.key,
        "signature": seal.signature.hex(),
    }


def _seal_from_json(value: Any, line: int) -> Seal:
    try:
        return Seal(
            number=int(value["number"]),
            version=int(value["version"]),
            sealed=str(value["sealed"]),
            before=bytes.fromhex(value["before"]),
            rows=tuple(int(row) for row in value["rows"]),
            digests=tuple(bytes.fromhex(digest) for digest in value["digests"]),
            hash=bytes.fromhex(value["hash"]),
            key=str(value["key"]),
            signature=bytes.fromhex(value["signature"]),
        )
    except (KeyError, TypeError, ValueError):
        raise NotAnExport(f"line {line} is no seal that can be read. Export the log again.") from None


def _row(value: Any, line: int) -> Row:
    fits = isinstance(value, dict) and all(v is None or isinstance(v, str) for v in value.values())
    if not fits or not str(value.get("id", "")).isdigit():
        raise NotAnExport(f"line {line} is no row that can be read. Export the log again.")
    return {str(name): text for name, text in value.items()}

"""What the kernel found, as `Spans` by indicator."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from nightlight.engines.kernel import Found
from nightlight.engines.layout import FIRST, LAST, instant
from nightlight.engines.program import Program
from nightlight.timeline.spans import BEGINNING, END, Spans


def by_child(program: Program, found: Found, children: int) -> list[dict[str, Spans]]:
    """For each child, when each of the program's expressions holds."""
    made: list[dict[str, Spans]] = [dict.fromkeys(program.codes, Spans.empty()) for _ in range(children)]
    for (child, code), spans in each(program, found):
        made[child][code] = spans
    return made


def each(program: Program, found: Found) -> Iterator[tuple[tuple[int, str], Spans]]:
    """((child's number, code), spans) for what holds at some time."""
    gathered: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for child, root, start, end in zip(*(column.tolist() for column in found), strict=True):
        gathered.setdefault((child, root), []).append((start, end))
    for (child, root), pairs in gathered.items():
        yield (child, program.codes[root]), spans_of(pairs)


def spans_of(pairs: list[tuple[int, int]]) -> Spans:
    """Spans from pairs of microseconds."""
    return Spans((_moment(start), _moment(end)) for start, end in pairs)


_ENDS: Mapping[int, object] = {FIRST: BEGINNING, LAST: END}


def _moment(at: int):  # type: ignore[no-untyped-def]
    return _ENDS.get(at) or instant(at)

"""What the kernel found, as `Spans` by indicator."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from nightlight.engines.kernel import Found
from nightlight.engines.layout import FIRST, LAST, instant
from nightlight.engines.program import Program
from nightlight.timeline.spans import BEGINNING, END, Span, Spans


def by_child(program: Program, found: Found, children: int) -> list[dict[str, Spans]]:
    """For each child, when each of the program's expressions holds."""
    made: list[dict[str, Spans]] = [dict.fromkeys(program.codes, _NEVER) for _ in range(children)]
    for child, code, spans in each(program, found):
        made[child][code] = spans
    return made


def each(program: Program, found: Found) -> Iterator[tuple[int, str, Spans]]:
    """(the child's number, code, when it holds), for what holds at some time."""
    gathered: dict[tuple[int, int], list[Span]] = {}
    for child, root, start, end in zip(*(column.tolist() for column in found), strict=True):
        gathered.setdefault((child, root), []).append(Span(moment(start), moment(end)))
    for (child, root), spans in gathered.items():
        yield child, program.codes[root], joined(spans)


def joined(spans: Iterable[Span]) -> Spans:
    """The kernel's spans: sorted, apart and in UTC already, so taken as they are."""
    return Spans._trusted(tuple(spans))


def moment(at: int) -> datetime:
    """A moment of the kernel's; its unbounded ends are `BEGINNING` and `END` themselves."""
    if at == FIRST:
        return BEGINNING
    return END if at == LAST else instant(at)


_NEVER = Spans.empty()

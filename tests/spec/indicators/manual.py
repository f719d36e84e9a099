"""Prints the specs as a page of the manual: docs/reference/language-by-example.md. What it shows is what is tested."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from inspect import cleandoc
from typing import Any

from nightlight.indicators.written import written

_START = """# The language by example

Printed by `make docs` from the specs in tests/spec/indicators, which every engine must meet.

Each example is a table of entries about one invented child (id, when, kind, and attributes; `known` is when it became
known, `gone` when it was superseded, `until` when an episode ended), a condition, and the spans over which it holds.
A span begins with its first moment and ends just before its last; `beginning` and `end` are those of time. A day is its
first moment. Where the child's age matters, `born` says when the child was born.
"""


def page(chapters: Mapping[str, Iterable[Any]]) -> str:
    """The whole page, in Markdown: a chapter for each primitive, in the order of the specs."""
    return "\n".join([_START, *(line for title, specs in chapters.items() for line in _chapter(title, specs))])


def _chapter(title: str, specs: Iterable[Any]) -> Iterator[str]:
    yield from (f"## {title[:1].upper()}{title[1:]}", "")
    for spec in specs:
        yield from (f"{spec.says[:1].upper()}{spec.says[1:]}:", "", "```text", *_table(spec), "")
        yield from (written(spec.condition.node), "", _holds(spec.expected), "```", "")


def _table(spec: Any) -> Iterator[str]:
    if spec.born:
        yield f"born {spec.born}"
    rows = [line.strip() for line in cleandoc(spec.table).splitlines() if line.strip()]
    yield from rows or ([] if spec.born else ["(nothing on record)"])


def _holds(expected: str) -> str:
    return expected if expected in ("never", "always") else "holds " + ", ".join(expected.split())

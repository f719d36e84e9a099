"""Indicators written outside the package: loaded from a Python file, and checked on their own cases.

A file is a program of whoever runs the command: loading it runs it, with that person's rights, like any script. Nothing
a feed or a user of the pages sends is ever loaded.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import re
import traceback
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from nightlight.indicators import reference
from nightlight.indicators.cases import CaseError, Cases, facts, moment
from nightlight.indicators.catalogue.base import Indicator
from nightlight.indicators.checks import IndicatorError, instead_of
from nightlight.indicators.guardrails import broken
from nightlight.indicators.history import History
from nightlight.timeline.calendar import WorkingCalendar
from nightlight.timeline.instants import TimelineError
from nightlight.timeline.partial import Partial

_AUTHOR = "nightlight.indicators.author"
_EXAMPLE = "docs/how-to/write-an-indicator.md has one to begin with."


class FileError(IndicatorError):
    """A file from which no indicators can be had; the message names it, the line, and what to do."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was checked: what, whether it is as it should be, and in words what is wrong."""

    what: str
    right: bool
    words: str = ""


def load_file(path: Path) -> tuple[Indicator, ...]:
    """The indicators that a file defines, in its order.

    A rule that is assigned to no name is not found. A code may be a shipped one's: then the file's is its new version.
    """
    module = _run(path)
    found = {id(value): value for value in vars(module).values() if isinstance(value, Indicator)}
    if not found:
        raise FileError(f"{path.name} defines no indicator. Put @draft(code, title) over a function. {_EXAMPLE}")
    codes = [each.code for each in found.values()]
    for code in codes:
        if codes.count(code) > 1:
            raise FileError(f"{path.name} defines {code} twice. Give each indicator a code of its own.")
    return tuple(found.values())


def check(indicator: Indicator) -> tuple[Finding, ...]:
    """Run an indicator's own cases and ask every guardrail of it.

    >>> from nightlight.indicators.catalogue import CATALOGUE
    >>> [each.words for each in check(CATALOGUE["place.missing"]) if not each.right]
    ['It has no cases. Give it cases=Cases(at=..., fires=..., nearly=..., does_not=...).']
    """
    return (*_cases(indicator), *_guardrails(indicator))


def _cases(indicator: Indicator) -> list[Finding]:
    cases = indicator.cases
    if cases is None:
        words = "It has no cases. Give it cases=Cases(at=..., fires=..., nearly=..., does_not=...)."
        return [Finding("cases", False, words)]
    return [
        _case(indicator, cases, "fires", cases.fires, True),
        _case(indicator, cases, "nearly", cases.nearly, False),
        _case(indicator, cases, "does not", cases.does_not, False),
    ]


def _case(indicator: Indicator, cases: Cases, name: str, table: str, expected: bool) -> Finding:
    if not table.strip():
        return Finding(
            name, False, "It has no entry, so it says nothing. Write: id | 2024-01-10 | kind | name=value ..."
        )
    try:
        born = Partial.parse(cases.born) if cases.born else None
        history = History(facts(table), born, WorkingCalendar.england())
        when = reference.spans(indicator.expression, history)
        right = (moment(cases.at) in when) is expected
    except (CaseError, TimelineError) as error:
        return Finding(name, False, str(error))
    held = f"it holds over {when}" if when else "it never holds"
    words = f"expected that it {'holds' if expected else 'does not hold'} on {cases.at}, but {held}."
    return Finding(name, right, "" if right else words)


def _guardrails(indicator: Indicator) -> list[Finding]:
    return [Finding("guardrails", False, words) for words in broken(indicator)] or [Finding("guardrails", True)]


def _run(path: Path) -> ModuleType:
    if not path.is_file() or path.suffix != ".py":
        what = "is no Python file" if path.is_file() else "is not there"
        raise FileError(f"{path} {what}. Give the path of a file ending in .py. {_EXAMPLE}")
    spec = importlib.util.spec_from_file_location("nightlight_indicators_file", path)
    assert spec is not None  # noqa: S101  # a .py file always has one
    assert spec.loader is not None  # noqa: S101
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except IndicatorError as error:
        raise FileError(f"{path.name}{_line(path, error)}: {error}") from None
    except SyntaxError as error:
        raise FileError(f"{path.name}, line {error.lineno}: this is not Python: {error.msg}.") from None
    except NameError as error:
        raise FileError(f"{path.name}{_line(path, error)}: {_unknown(path, error)}") from None
    except (ImportError, AttributeError, TypeError) as error:
        raise FileError(f"{path.name}{_line(path, error)}: {_misused(error)}") from None
    except Exception as error:
        raise FileError(f"{path.name}{_line(path, error)}: {type(error).__name__}: {error}.") from None
    return module


def _misused(error: ImportError | AttributeError | TypeError) -> str:
    """A word of the language that is not there, or that is given what it does not take; else as Python says it."""
    author, page = importlib.import_module(_AUTHOR), "docs/reference/language.md"
    if isinstance(error, ImportError) and error.name == _AUTHOR and (found := _NOT_IMPORTED.search(str(error))):
        words = tuple(name for name in author.__all__ if name.islower() == found[1].islower())
        return f"There is no word {found[1]!r}. {instead_of(found[1], words, page)}"
    if isinstance(error, AttributeError) and type(error.obj).__module__.startswith("nightlight.indicators."):
        words = tuple(name for name in dir(error.obj) if not name.startswith("_"))
        return f"What stands before it has no .{error.name}. {instead_of(error.name, words, page)}"
    if (found := _NOT_TAKEN.match(str(error))) and callable(word := getattr(author, found[1], None)):
        takes = tuple(inspect.signature(word).parameters)
        return f"{found[1]}(...) takes no {found[2]}=. {instead_of(found[2], takes, page)}"
    return f"{type(error).__name__}: {str(error).replace('.__init__()', '(...)')}."


_NOT_IMPORTED = re.compile(r"cannot import name '(\w+)'")
_NOT_TAKEN = re.compile(r"(\w+)(?:\.__init__)?\(\) got an unexpected keyword argument '(\w+)'")


def _unknown(path: Path, error: NameError) -> str:
    """A word that is not of the language, or a file that does not have the language."""
    if _AUTHOR not in path.read_text(encoding="utf-8"):
        return f"{error}. Begin the file with `from {_AUTHOR} import *`."
    words = tuple(name for name in importlib.import_module(_AUTHOR).__all__ if name.islower())
    return f"There is no word {error.name!r}. {instead_of(error.name, words, 'docs/reference/language.md')}"


def _line(path: Path, error: BaseException) -> str:
    """Where in the file it happened: the innermost of its own lines."""
    whole = path.resolve()
    lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if Path(f.filename).resolve() == whole]
    return f", line {lines[-1]}" if lines else ""

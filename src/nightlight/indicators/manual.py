"""Writes the manual of the indicators: the catalogue and the language, from the code that runs.

    python -m nightlight.indicators.manual docs/reference

A test compares what it writes with what is committed. It invents nothing: every sentence is a docstring's or a rule's.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

from nightlight.domain.roles import ROLES
from nightlight.indicators import amounts, author, catalogue, conditions, language, lengths
from nightlight.indicators.catalogue.base import Indicator, Parameter, Protective, Provenance, SpeaksOf
from nightlight.indicators.nodes import Window

_GENERATED = "<!-- Written by `python -m nightlight.indicators.manual docs/reference`. Change the code. -->"
_LEVELS = {
    "note": "shown; nobody is sent for",
    "concern": "a duty for a named person",
    "threshold": "a duty to decide on a response, as for a referral",
    "immediate": "a duty now, out of hours too",
}
_STARS: dict[object, str] = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}
_LANGUAGE_INTRO = """\
An indicator is an expression whose value is spans of time: when it holds. It is written in Python and read aloud as it
is meant:

```python
entries("health.medicine_issued", medicine="reliever").total("quantity").in_last(months(12)) >= 6
```

Kinds of entry, attributes and values are those of [kinds.md](kinds.md). What cannot mean anything is refused when it is
written, with what to write instead.

Three rules hold throughout.

- **An entry counts from when it had happened and was known**, until it leaves the window or is superseded:
  `[max(at, known), at + window)`. So the same expression answers what an agency could have seen on any day.
- **What is missing is never few.** An amount is compared upward only. An absence (`nothing`, `under`,
  `not_followed_by`) needs a `since`: what makes it mean something. A share needs a minimum. An attribute that was not
  written down matches no filter and adds to no sum. An unknown birth date is no age.
- **An entry is evidence of what happens to a person** unless the person's part in it is alleged harmer, reporter or
  mentioned; ask for another `part` by name.
"""


def indicators_page() -> str:
    """The catalogue as Markdown: docs/reference/indicators.md."""
    parts = [*_indicators_head(), *_all_indicators(), *_all_protective(), *_left_out()]
    return "\n".join(parts).rstrip() + "\n"


def language_page() -> str:
    """The language as Markdown: docs/reference/language.md."""
    lines = ["# The language of indicators", "", _GENERATED, "", _LANGUAGE_INTRO]
    for title, things in _LANGUAGE_PARTS:
        lines += [f"## {title}", ""]
        for name, thing in things:
            lines += _documented(name, thing)
    return "\n".join(lines).rstrip() + "\n"


def _indicators_head() -> Iterator[str]:
    yield from ("# Indicators", "", _GENERATED, "")
    yield "An indicator is a rule over dated entries. It says that it holds, from when, on which entries, and what is"
    yield "missing. There are no weights, no sum and no rank; an indicator decides nothing: it gives a person a duty."
    yield from ("", "| Level | What follows |", "|---|---|")
    yield from (f"| {level} | {words} |" for level, words in _LEVELS.items())
    yield from ("", "| Mark | Where a number comes from |", "|---|---|")
    yield from (f"| {each.value} | {each.words} |" for each in Provenance)
    yield from ("", "| Code | Row | Level | Speaks of | Meaning |", "|---|---|---|---|---|")
    for each in catalogue.CATALOGUE.values():
        anchor = each.code.replace(".", "").replace(" ", "-")
        yield f"| [{each.code}](#{anchor}) | {each.catalogue_id} | {each.level} | {each.speaks_of} | {each.meaning} |"
    yield ""


def _all_indicators() -> Iterator[str]:
    for each in catalogue.CATALOGUE.values():
        yield from _indicator(each)


def _indicator(each: Indicator) -> Iterator[str]:
    of = "a service's failure, not the family's" if each.speaks_of is SpeaksOf.SERVICE else "the family"
    yield from (f"## {each.code}", "", f"**{each.title}** ({each.catalogue_id}). {each.meaning}", "")
    if each.caveat:
        yield from (f"Mind: {each.caveat}", "")
    yield f"- Level: {each.level}. Speaks of {of}. Question: `{each.question}`. Owner: {ROLES[each.owner_role].title}."
    yield f"- Threshold: {each.provenance.words} ({each.provenance.value})."
    yield from (_parameter(parameter) for parameter in each.parameters)
    yield "- Ask next: " + " ".join(each.ask_next)
    yield "- Source: " + "; ".join(f"[{s.document}]({s.url})" if s.url else s.document for s in each.sources) + "."
    yield "- Reads: " + ", ".join(f"`{kind}`" for kind in sorted(each.kinds)) + "."
    yield from (f"- Rule: `{each.rule}`", "")


def _parameter(parameter: Parameter[int] | Parameter[float] | Parameter[Window]) -> str:
    return f"  - {parameter.name}: {parameter.value} ({parameter.provenance.value}). {parameter.words}"


def _all_protective() -> Iterator[str]:
    yield from (
        "## Protective facts",
        "",
        "Shown beside the indicators that ask the same question, never subtracted.",
        "",
    )
    for each in catalogue.PROTECTIVE.values():
        yield from _protective(each)


def _protective(each: Protective) -> Iterator[str]:
    yield from (f"### {each.code}", "", f"**{each.title}.** {each.meaning}", "")
    yield "- Beside: " + ", ".join(f"`{question}`" for question in each.beside) + "."
    yield from (_parameter(parameter) for parameter in each.parameters)
    yield ""


def _left_out() -> Iterator[str]:
    yield from ("## What the rows of the evidence catalogue say and these rules do not", "")
    yield from (
        "No kind of entry holds it, or it would cost more alerts than it is worth until someone has counted.",
        "",
    )
    yield from ("| Row | Left out | Why |", "|---|---|---|")
    yield from (f"| {row} | {what} | {why} |" for row, what, why in _LEFT_OUT)


_LEFT_OUT = (
    ("H01", "12 inhalers as a level of its own", "the concern at six is open by then, and its sentence has the count"),
    ("H11", "one missed appointment of a baby or of a child with a long-term condition", "alerts: to be counted first"),
    ("H12", "less than 24 hours' notice", "an appointment does not say when it was called off"),
    ("H13", "any age if disabled", "held by `mobile=false`, which whoever saw the injury writes down"),
    ("H15", "two mechanisms recorded for one injury", "entries do not say that they are of one injury: `changed` does"),
    ("E01", "the school year to date", "a window rolls; no window begins in September"),
    ("E09", "part-time timetables", "no kind of entry"),
    ("P02", "honour-based abuse, forced marriage", "no attribute of an incident: a person must name them"),
    ("P08", "the same adult assessed", "the language does not follow one adult from entry to entry"),
    ("A07", "that kept and missed alternate", "both are counted in one window; their order is not asked"),
    ("S06", "three tenths of the actions overdue", "no kind of entry holds a plan's actions and when each is due"),
    ("S07", "the interval of each plan", "no kind of entry; four weeks of protection plans, six of every plan"),
    ("M01", "two local authorities in two years", "no feed says which authority an address is in"),
    ("M03", "a duty for each difference", "209 of 2,000 invented children had one, for records that were late"),
    ("M04", "brothers and sisters counted differently", "few feeds name them, and none says that these are all"),
    ("C02", "indicators open in each agency", "it counts agencies whose entries worried them, which is known sooner"),
    (
        "C04",
        "children whom no entry names",
        "another child's entries are not opened for this one: an entry must mention both",
    ),
)


def _functions(module: ModuleType, names: tuple[str, ...]) -> list[tuple[str, Callable[..., object]]]:
    return [(name, getattr(module, name)) for name in names]


def _methods(kind: type) -> list[tuple[str, Callable[..., object]]]:
    documented = (item for item in vars(kind).items() if inspect.isfunction(item[1]) and item[1].__doc__)
    return [(f".{name}", method) for name, method in documented if not name.startswith("_")]


_LANGUAGE_PARTS: tuple[tuple[str, list[tuple[str, Callable[..., object]]]], ...] = (
    ("Which entries", [*_functions(language, ("entries",)), *_functions(lengths, ("at_least", "at_most"))]),
    ("What to ask of entries", _methods(language.Entries)),
    ("Over which time", [*_methods(amounts.Measured), *_methods(amounts.Amount)]),
    ("The latest value, and the change in it", _methods(amounts.LatestValue)),
    (
        "Shares",
        [*_methods(amounts.ShareOver), *_methods(amounts.ShareOfEntries), *_functions(lengths, ("percent",))],
    ),
    ("Absence", [*_functions(language, ("nothing",)), *_methods(language.NothingOf)]),
    ("The child's age, and protection", _functions(language, ("age", "uncovered"))),
    ("Together", [*_functions(conditions, ("all_of", "any_of", "at_least_of")), *_methods(conditions.Condition)]),
    ("A rule, and the use of another", _functions(author, ("draft", "holds"))),
    ("Lengths of time", _functions(lengths, ("days", "weeks", "months", "years", "working_days"))),
)


def _documented(name: str, thing: Callable[..., object]) -> list[str]:
    text, _, example = inspect.cleandoc(thing.__doc__ or "").partition(">>> ")
    lines = [f"### `{name}({_arguments(thing)})`", "", text.strip(), ""]
    if example:
        lines += ["```pycon", ">>> " + example.strip(), "```", ""]
    return lines


def _arguments(thing: Callable[..., object]) -> str:
    """The names of the arguments, without their types: those are in the code."""
    shown = []
    for argument in inspect.signature(thing).parameters.values():
        if argument.name == "self":
            continue
        star = _STARS.get(argument.kind, "")
        shown.append(star + argument.name + ("=" if argument.kind is argument.KEYWORD_ONLY else ""))
    return ", ".join(shown)


def write(folder: Path) -> None:
    """Write both pages into a folder."""
    (folder / "indicators.md").write_text(indicators_page(), encoding="utf-8")
    (folder / "language.md").write_text(language_page(), encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))

"""An expression as it would be written in the language: what a reader, or a comparison of two rules, is shown.

Read back by Python it gives the same expression again. What things are called is left out: it changes no meaning.
"""

from __future__ import annotations

import keyword
from collections.abc import Iterable
from functools import singledispatch

from nightlight.indicators import nodes
from nightlight.indicators.nodes import ABOUT_PARTS, PATHS, Entries, Node, Op, Pattern, Where, Window

_WIDTH = 96
_SIGNS = {Op.AT_LEAST: ">=", Op.MORE_THAN: ">", Op.AT_MOST: "<=", Op.LESS_THAN: "<", Op.EQUAL: "=="}


def written(node: Node) -> str:
    """The expression in the words of the language, over several lines where it is long.

    >>> from nightlight.indicators.language import entries, months
    >>> print(written((entries("police.missing").in_last(months(3)) >= 3).node))
    entries("police.missing").in_last(months(3)) >= 3
    """
    return _written(node)


@singledispatch
def _written(node: Node) -> str:
    """What no writer can write, only a program, is shown as the program has it."""
    return repr(node)


def _call(name: str, arguments: Iterable[str]) -> str:
    items = list(arguments)
    line = f"{name}({', '.join(items)})"
    if len(line) <= _WIDTH and "\n" not in line:
        return line
    return f"{name}(\n" + "".join(f"{_indented(item)},\n" for item in items) + ")"


def _indented(text: str) -> str:
    return "\n".join("    " + line for line in text.splitlines())


def _of(condition: Node) -> str:
    """A condition before a dot: a comparison needs its brackets."""
    compared = isinstance(condition, nodes.Compare | nodes.Share | nodes.Latest | nodes.Age)
    return f"({_written(condition)})" if compared else _written(condition)


def _text(value: object) -> str:
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return repr(value)


def _one_or_several(values: tuple[object, ...]) -> str:
    return _text(values[0]) if len(values) == 1 else "(" + ", ".join(map(_text, values)) + ")"


# -- windows and entries


@_written.register
def _window(node: Window) -> str:
    name, _, unit = str(node).partition(" ")
    return f"{unit.rstrip('s').replace(' ', '_')}s({name})"


@_written.register
def _entries(node: Entries) -> str:
    patterns = [_pattern(each) for each in node.patterns]
    line = " | ".join(patterns)
    if len(patterns) == 1:
        return line
    if len(line) < _WIDTH:
        return f"({line})"
    return "(\n" + _indented("\n| ".join(patterns)) + "\n)"


def _pattern(pattern: Pattern) -> str:
    arguments = [_text(pattern.kind)]
    arguments += [_where(each) for each in pattern.where]
    if pattern.agencies:
        arguments.append(f"agency={_one_or_several(pattern.agencies)}")
    if pattern.parts != ABOUT_PARTS:
        arguments.append(f"part={_one_or_several(tuple(map(str, pattern.parts)))}")
    if pattern.through != PATHS:
        arguments.append(f"through={_one_or_several(pattern.through)}")
    return _call("entries", arguments)


def _where(where: Where) -> str:
    name = where.attribute + "_" if keyword.iskeyword(where.attribute) else where.attribute
    return f"{name}={_wanted(where)}"


def _wanted(where: Where) -> str:
    return _one_or_several(where.values) if where.op is Op.EQUAL else f"{where.op}({where.values[0]})"


# -- amounts


def _over(window: Window | None) -> str:
    return ".ever()" if window is None else f".in_last({_window(window)})"


@_written.register
def _count(node: nodes.Count) -> str:
    return _entries(node.entries) + _over(node.window)


@_written.register
def _total(node: nodes.Total) -> str:
    return f"{_entries(node.entries)}.total({_text(node.attribute)})" + _over(node.window)


@_written.register
def _distinct(node: nodes.Distinct) -> str:
    return f"{_entries(node.entries)}.distinct({_text(node.of)})" + _over(node.window)


@_written.register
def _distinct_now(node: nodes.DistinctNow) -> str:
    return f"{_entries(node.entries)}.distinct({_text(node.of)}).going_on()"


@_written.register
def _followed(node: nodes.Followed) -> str:
    return _call(f"{_entries(node.first)}.followed_by", (_entries(node.then), _named("within", node.within))) + _over(
        node.window
    )


# -- conditions


def _named(name: str, node: Node) -> str:
    return f"{name}={_written(node)}"


@_written.register
def _compare(node: nodes.Compare) -> str:
    return f"{_written(node.amount)} {_SIGNS[node.op]} {node.number}"


@_written.register
def _share(node: nodes.Share) -> str:
    part, whole = node.part, node.whole
    if part.window is None or part.window != whole.window:
        return repr(node)
    if isinstance(part, nodes.Total) and isinstance(whole, nodes.Total):
        share = _share_of_totals(part, whole)
    elif isinstance(part, nodes.Count) and isinstance(whole, nodes.Count):
        share = _call(f"{_entries(part.entries)}.share_of", (_entries(whole.entries),))
    else:
        return repr(node)
    over = f"{_window(part.window)}, minimum={node.minimum}"
    return f"{share}.in_last({over}) {_SIGNS[node.op]} percent({node.percent})"


def _share_of_totals(part: nodes.Total, whole: nodes.Total) -> str:
    arguments = [_text(part.attribute), f"of={_text(whole.attribute)}"]
    if whole.entries != part.entries:
        arguments.append(_named("among", whole.entries))
    return _call(f"{_entries(part.entries)}.share", arguments)


@_written.register
def _change(node: nodes.Change) -> str:
    if node.part.window != node.recent or node.whole.window != node.recent:
        return repr(node)
    verb = "fallen_by" if node.direction == "fall" else "risen_by"
    times = (_named("recent", node.recent), _named("earlier", node.earlier), f"minimum={node.minimum}")
    return _call(f"{_share_of_totals(node.part, node.whole)}.{verb}", (str(node.points), *times))


@_written.register
def _while(node: nodes.While) -> str:
    return f"{_entries(node.entries)}.going_on()"


@_written.register
def _after(node: nodes.After) -> str:
    return f"{_entries(node.entries)}.within_of_{node.edge}({_window(node.window)})"


@_written.register
def _lasted(node: nodes.Lasted) -> str:
    return f"{_of(node.what)}.lasting({_window(node.window)})"


@_written.register
def _nothing(node: nodes.Nothing) -> str:
    return _call(f"nothing({_entries(node.entries)}).for_", (_window(node.window), _named("since", node.since)))


@_written.register
def _under(node: nodes.Under) -> str:
    return _call(f"{_written(node.amount)}.under", (str(node.number), _named("since", node.since)))


@_written.register
def _not_followed(node: nodes.NotFollowed) -> str:
    times = (_named("within", node.window), _named("lasting", node.lasting), _named("since", node.since))
    return _call(f"{_entries(node.first)}.not_followed_by", (_entries(node.then), *times))


@_written.register
def _then(node: nodes.Then) -> str:
    times = (_named("within", node.window), _named("lasting", node.lasting))
    return _call(f"{_entries(node.first)}.then", (_entries(node.then), *times))


@_written.register
def _again(node: nodes.Again) -> str:
    return _call(f"{_of(node.what)}.begins_within", (_window(node.window), _named("of", node.after)))


@_written.register
def _latest(node: nodes.Latest) -> str:
    within = f".in_last({_window(node.window)})" if node.window else ""
    return f"{_entries(node.entries)}.latest({_text(node.attribute)}){within} {_SIGNS[node.op]} {_text(node.value)}"


@_written.register
def _latest_change(node: nodes.LatestChange) -> str:
    size = node.number if node.op is Op.AT_LEAST else -node.number
    if size < 0:
        return repr(node)
    rising = node.op is Op.AT_LEAST
    verb = ("risen_by" if rising else "fallen_by") if size else ("not_fallen" if rising else "not_risen")
    within = f".in_last({_window(node.window)})" if node.window else ""
    arguments = [str(size)] * bool(size) + [f"over={node.over}"] * (node.over != 2)
    return f"{_entries(node.entries)}.latest({_text(node.attribute)}){within}.{verb}({', '.join(arguments)})"


@_written.register
def _in_a_row(node: nodes.InARow) -> str:
    arguments = [str(node.number), _named("among", node.among)]
    if node.by:
        arguments.append(f"by={_text(node.by)}")
    if node.window:
        arguments.append(_named("within", node.window))
    return _call(f"{_entries(node.entries)}.in_a_row", arguments)


@_written.register
def _age(node: nodes.Age) -> str:
    limit = f"years({node.months // 12})" if node.months % 12 == 0 else f"months({node.months})"
    return f"age() {_SIGNS[node.op]} {limit}"


@_written.register
def _uncovered(node: nodes.Uncovered) -> str:
    arguments = [
        _entries(node.dangers), f"starts={_text(node.starts)}", _named("protections", node.protections),
        f"in_force={_text(node.in_force)}", _named("before", node.before),
    ]  # fmt: skip
    if node.holding:
        arguments.append(_named("holding", node.holding))
    return _call("uncovered", arguments)


@_written.register
def _all_of(node: nodes.AllOf) -> str:
    return _call("all_of", map(_written, node.of))


@_written.register
def _any_of(node: nodes.AnyOf) -> str:
    return _call("any_of", map(_written, node.of))


@_written.register
def _at_least_of(node: nodes.AtLeastOf) -> str:
    return _call("at_least_of", (str(node.number), *map(_written, node.of)))


@_written.register
def _unless(node: nodes.Unless) -> str:
    return _call(f"{_of(node.what)}.unless", (_written(node.exception),))


@_written.register
def _named_rule(node: nodes.Named) -> str:
    return f"holds({_text(node.code)})"

"""What an expression means: its value on a child's facts, as spans of time. This is the definition.

Each node's rule is one small function over `Spans` and `Steps`; the kernel must agree with it. It decides nothing about
what is shown (`explain`) or which indicators there are (`catalogue`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from functools import singledispatch
from itertools import zip_longest
from operator import itemgetter

from nightlight.domain.chronology import Fact, in_order
from nightlight.indicators import nodes
from nightlight.indicators.covering import uncovered_knowledge
from nightlight.indicators.history import History
from nightlight.indicators.nodes import Entries, Expression, Node, Op, Window
from nightlight.indicators.recent import Latest, grouped, latest_few, value_of
from nightlight.timeline.calendar import WorkingCalendar, add_months, local_date, start_of_day
from nightlight.timeline.instants import moved
from nightlight.timeline.partial import Partial
from nightlight.timeline.spans import BEGINNING, END, Spans
from nightlight.timeline.steps import Exact, Steps, exact

__all__ = ["History", "evaluate", "kinds_used", "next_edge", "spans"]

Contribution = tuple[datetime, datetime, Exact]
Pair = tuple[Fact, Fact, datetime, datetime]


def evaluate(
    expression: Expression, facts: Iterable[Fact], *, born: Partial | None = None, calendar: WorkingCalendar
) -> Spans:
    """When an expression holds on these facts. To ask several, build one `History` and use `spans`.

    >>> from nightlight.indicators.language import age, years
    >>> evaluate((age() < years(1)).node, (), born=Partial.parse("2024-03-02"), calendar=WorkingCalendar.england())
    Spans(beginning..2025-03-02T00:00Z)
    """
    return spans(expression, History(facts, born, calendar))


def spans(expression: Expression, history: History) -> Spans:
    """When an expression holds on a history; worked out once for each history."""
    return history.once("spans", expression, lambda: _spans(expression, history))


def kinds_used(expression: Node) -> frozenset[str]:
    """The kinds of entry that can change this expression's value.

    An entry of another kind can only do so by linking the child to other people or to an address, which changes which
    facts there are: then everything is evaluated again.
    """
    entries = (node for node in nodes.walk(expression) if isinstance(node, Entries))
    return frozenset(kind.name for each in entries for kind in each.kinds())


def next_edge(expression: Expression, history: History, after: datetime) -> datetime | None:
    """The first moment after `after` at which it starts or stops holding, if nothing more is recorded."""
    return spans(expression, history).next_edge(after)


# -- amounts


def contributions(amount: nodes.Amount, history: History) -> list[tuple[Fact, Contribution]]:
    """Each fact with the span over which it counts, and how much."""
    if isinstance(amount, nodes.Count):
        return _contributions(history.matching(amount.entries), amount.window, history)
    if isinstance(amount, nodes.Total):
        return _contributions(history.matching(amount.entries), amount.window, history, amount.attribute)
    if isinstance(amount, nodes.Distinct):
        having = [fact for fact in history.matching(amount.entries) if value_of(fact, amount.of) is not None]
        return _contributions(having, amount.window, history)
    if isinstance(amount, nodes.DistinctNow):
        return [(fact, (*span, 1)) for fact, span in _in_force(amount, history)]
    if isinstance(amount, nodes.Followed):
        return [(fact, (start, end, 1)) for fact, when in followed(amount, history) for start, end in when]
    raise TypeError(f"no rule for the amount {type(amount).__name__}")


def _contributions(
    facts: Iterable[Fact], window: Window | None, history: History, attribute: str | None = None
) -> list[tuple[Fact, Contribution]]:
    found = []
    for fact in facts:
        weight = 1 if attribute is None else fact.entry.attributes.get(attribute)
        counted = history.counted(fact, window)
        if counted and weight is not None:
            found.append((fact, (*counted, exact(weight))))
    return found


def _in_force(amount: nodes.DistinctNow, history: History) -> Iterator[tuple[Fact, tuple[datetime, datetime]]]:
    for fact in history.matching(amount.entries):
        end = min(fact.ends, fact.known_until)
        if end > fact.counts_from and value_of(fact, amount.of) is not None:
            yield fact, (fact.counts_from, end)


def followed(amount: nodes.Followed, history: History) -> list[tuple[Fact, Spans]]:
    """Each first entry with when it counts as followed: the union over all that followed it in time."""
    found: dict[int, tuple[Fact, list[tuple[datetime, datetime]]]] = {}
    for first, _, start, end in followed_pairs(amount, history):
        found.setdefault(id(first), (first, []))[1].append((start, end))
    return [(first, Spans(when)) for first, when in found.values()]


def followed_pairs(amount: nodes.Followed, history: History) -> list[Pair]:
    """Each first entry with each that followed it in time, and the span over which the two count."""
    return _pairs(amount.first, amount.then, amount.within, amount.window, history)


def steps(amount: nodes.Amount, history: History) -> Steps:
    """The amount at each moment."""
    return history.once("steps", amount, lambda: _steps(amount, history))


def _steps(amount: nodes.Amount, history: History) -> Steps:
    counted = contributions(amount, history)
    if not isinstance(amount, nodes.Distinct | nodes.DistinctNow):
        return Steps.sum(contribution for _, contribution in counted)
    by_value: dict[object, list[tuple[datetime, datetime]]] = {}
    for fact, (start, end, _) in counted:
        by_value.setdefault(value_of(fact, amount.of), []).append((start, end))
    return Steps.sum((start, end, 1) for when in by_value.values() for start, end in Spans(when))


# -- expressions


@singledispatch
def _spans(node: Node, history: History) -> Spans:
    raise TypeError(f"no rule for {type(node).__name__}")


@_spans.register
def _compare(node: nodes.Compare, history: History) -> Spans:
    if not history.matching(entries_of(node.amount)):
        return Spans.empty()
    amount = steps(node.amount, history)
    return amount.at_least(node.number) if node.op is Op.AT_LEAST else amount.more_than(node.number)


def entries_of(amount: nodes.Amount) -> Entries:
    """The entries that an amount is about."""
    if isinstance(amount, nodes.Followed):
        return amount.first
    assert isinstance(amount, nodes.Count | nodes.Total | nodes.Distinct | nodes.DistinctNow)  # noqa: S101
    return amount.entries


def both_known(
    part: nodes.Total | nodes.Count, whole: nodes.Total | nodes.Count, history: History
) -> list[Fact] | None:
    """Where part and whole come from the same entries: those that give both. A missing part is not a part of 0."""
    if not (isinstance(part, nodes.Total) and isinstance(whole, nodes.Total)) or part.entries != whole.entries:
        return None
    names = (part.attribute, whole.attribute)
    return [f for f in history.matching(part.entries) if all(f.entry.attributes.get(n) is not None for n in names)]


def share_steps(node: nodes.Share, history: History) -> tuple[Steps, Steps]:
    """The part and the whole at each moment."""
    facts = both_known(node.part, node.whole, history)
    if facts is None:
        return steps(node.part, history), steps(node.whole, history)
    assert isinstance(node.part, nodes.Total)  # noqa: S101
    assert isinstance(node.whole, nodes.Total)  # noqa: S101
    return (
        _total(facts, node.part.window, history, node.part.attribute),
        _total(facts, node.whole.window, history, node.whole.attribute),
    )


def _total(facts: Iterable[Fact], window: Window | None, history: History, attribute: str) -> Steps:
    return Steps.sum(contribution for _, contribution in _contributions(facts, window, history, attribute))


@_spans.register
def _share(node: nodes.Share, history: History) -> Spans:
    part, whole = share_steps(node, history)
    enough = whole.at_least(node.minimum)
    if not enough:
        return enough
    # Multiplied out, so that nothing is divided or rounded.
    over = part * 100 - whole * node.percent
    compared = {Op.AT_LEAST: over.at_least, Op.MORE_THAN: over.more_than, Op.AT_MOST: over.at_most}
    return compared.get(node.op, over.less_than)(0) & enough


def change_at(node: nodes.Change, history: History, at: datetime) -> tuple[Exact, ...]:
    """Part and whole in the recent window, then in the earlier one, at a moment."""
    counting = [amounts for start, end, amounts in _change_contributions(node, history) if start <= at < end]
    return tuple(map(sum, zip(*counting, strict=True))) if counting else (0, 0, 0, 0)


def _change_contributions(
    node: nodes.Change, history: History
) -> list[tuple[datetime, datetime, tuple[Exact, Exact, Exact, Exact]]]:
    found: list[tuple[datetime, datetime, tuple[Exact, Exact, Exact, Exact]]] = []
    for fact in both_known(node.part, node.whole, history) or ():
        part = exact(fact.entry.attributes[node.part.attribute])
        whole = exact(fact.entry.attributes[node.whole.attribute])
        if recent := history.counted(fact, node.recent):
            found.append((*recent, (part, whole, 0, 0)))
        if earlier := _earlier(fact, node, history):
            found.append((*earlier, (0, 0, part, whole)))
    return found


def _earlier(fact: Fact, node: nodes.Change, history: History) -> tuple[datetime, datetime] | None:
    left_recent = history.until(fact.at, node.recent)
    start = max(left_recent, fact.known_from)
    end = min(history.until(left_recent, node.earlier), fact.known_until)
    return (start, end) if start < end else None


@_spans.register
def _change(node: nodes.Change, history: History) -> Spans:
    # One walk with four running sums: multiplying step functions took five times as long.
    edges: list[tuple[datetime, int, tuple[Exact, Exact, Exact, Exact]]] = []
    for start, end, amounts in _change_contributions(node, history):
        edges += ((start, 1, amounts), (end, -1, amounts))
    edges.sort(key=itemgetter(0))
    running: list[Exact] = [0, 0, 0, 0]
    found: list[tuple[datetime, datetime]] = []
    for (start, sign, amounts), following in zip_longest(edges, edges[1:]):
        running = [total + sign * amount for total, amount in zip(running, amounts, strict=True)]
        if following and following[0] > start and _changed(node, *running):
            found.append((start, following[0]))
    return Spans(found)


def _changed(node: nodes.Change, part: Exact, whole: Exact, part_before: Exact, whole_before: Exact) -> bool:
    if whole < node.minimum or whole_before < node.minimum:
        return False
    # A fall of part/whole by `points` hundredths, multiplied out so that nothing is divided or rounded.
    fallen = (part_before * whole - part * whole_before) * 100
    return (fallen if node.direction == "fall" else -fallen) >= exact(node.points) * whole * whole_before


@_spans.register
def _while(node: nodes.While, history: History) -> Spans:
    return Spans(
        (fact.counts_from, end)
        for fact in history.matching(node.entries)
        if (end := min(fact.ends, fact.known_until)) > fact.counts_from
    )


@_spans.register
def _after(node: nodes.After, history: History) -> Spans:
    return Spans(span for fact in history.matching(node.entries) if (span := after_edge(fact, node, history)))


def after_edge(fact: Fact, node: nodes.After, history: History) -> tuple[datetime, datetime] | None:
    """The span within the window of an episode's start or end."""
    edge = fact.at if node.edge == "start" else fact.ends
    start, end = max(edge, fact.counts_from), min(history.until(edge, node.window), fact.known_until)
    return (start, end) if start < end else None


def held_throughout(since: Expression, window: Window, history: History) -> Spans:
    """When something has held for the whole of the last `window`."""
    return Spans((begun, end) for start, end in spans(since, history) if (begun := history.until(start, window)) < end)


@_spans.register
def _lasted(node: nodes.Lasted, history: History) -> Spans:
    return held_throughout(node.what, node.window, history)


@_spans.register
def _under(node: nodes.Under, history: History) -> Spans:
    assert node.amount.window is not None  # noqa: S101
    held = held_throughout(node.since, node.amount.window, history)
    return held & steps(node.amount, history).less_than(node.number) if held else held


@_spans.register
def _nothing(node: nodes.Nothing, history: History) -> Spans:
    held = held_throughout(node.since, node.window, history)
    if not held:
        return held
    counted = (history.counted(fact, node.window) for fact in history.matching(node.entries))
    return held - Spans(span for span in counted if span)


@_spans.register
def _not_followed(node: nodes.NotFollowed, history: History) -> Spans:
    return Spans(span for fact in history.matching(node.first) for span in unfollowed(fact, node, history)) & spans(
        node.since, history
    )


def unfollowed(fact: Fact, node: nodes.NotFollowed, history: History) -> Spans:
    """When one entry (an episode: its end) has gone without what should follow it."""
    due = history.until(fact.ends, node.window)
    start = max(due, fact.counts_from)
    end = min(history.until(due, node.lasting), fact.known_until)
    if start >= end:
        return Spans.empty()
    answered = Spans(
        (then.counts_from, then.known_until) for then in history.matching(node.then) if then.at >= fact.ends
    )
    return Spans.of(start, end) - answered


@_spans.register
def _then(node: nodes.Then, history: History) -> Spans:
    return Spans((start, end) for _, _, start, end in pairs(node, history))


def pairs(node: nodes.Then, history: History) -> list[Pair]:
    """Each entry with one that followed it in time, and the span over which the two count."""
    return _pairs(node.first, node.then, node.window, node.lasting, history)


def _pairs(firsts: Entries, thens: Entries, within: Window, lasting: Window | None, history: History) -> list[Pair]:
    found = []
    for first in history.matching(firsts):
        limit = history.until(first.at, within)
        for then in history.matching(thens):
            if first.at < then.at < limit:
                start = max(first.counts_from, then.counts_from)
                end = min(history.until(then.at, lasting), first.known_until, then.known_until)
                if start < end:
                    found.append((first, then, start, end))
    return found


@_spans.register
def _again(node: nodes.Again, history: History) -> Spans:
    begun = spans(node.what, history)
    after = history.matching(node.after) if begun else ()
    return Spans(span for fact in after for span in begun_after(fact, begun, node, history))


def begun_after(fact: Fact, begun: Spans, node: nodes.Again, history: History) -> Spans:
    """The spans that began within the window after one entry, as far as that window goes."""
    limit = min(history.until(fact.at, node.window), fact.known_until)
    return Spans((start, min(end, limit)) for start, end in begun if fact.counts_from < start < limit)


@_spans.register
def _latest(node: nodes.Latest, history: History) -> Spans:
    observations = []
    for fact in history.matching(node.entries):
        value = fact.entry.attributes.get(node.attribute)
        counted = history.counted(fact, node.window)
        if value is not None and counted:
            observations.append((fact.at, fact.known_from, int(_compares(value, node)), counted[1]))
    return Steps.latest_known(observations).at_least(1) if observations else Spans.empty()


def _compares(value: object, node: nodes.Latest) -> bool:
    if node.op is Op.EQUAL:
        return value == node.value
    assert isinstance(value, int | float)  # noqa: S101
    assert isinstance(node.value, int | float)  # noqa: S101
    return {
        Op.AT_LEAST: value >= node.value,
        Op.MORE_THAN: value > node.value,
        Op.AT_MOST: value <= node.value,
        Op.LESS_THAN: value < node.value,
    }[node.op]


@_spans.register
def _latest_change(node: nodes.LatestChange, history: History) -> Spans:
    return Spans((start, end) for start, end, few in latest_values(node, history) if _has_changed(node, few))


def latest_values(node: nodes.LatestChange, history: History) -> Iterator[Latest]:
    """Each stretch of time with the latest values that are compared during it."""
    having = (f for f in history.matching(node.entries) if f.entry.attributes.get(node.attribute) is not None)
    return latest_few(having, node.over, node.window, history)


def _has_changed(node: nodes.LatestChange, few: tuple[Fact, ...]) -> bool:
    change = exact(few[-1].entry.attributes[node.attribute]) - exact(few[0].entry.attributes[node.attribute])
    return change >= exact(node.number) if node.op is Op.AT_LEAST else change <= exact(node.number)


@_spans.register
def _in_a_row(node: nodes.InARow, history: History) -> Spans:
    return Spans((start, end) for start, end, _ in rows(node, history))


def rows(node: nodes.InARow, history: History) -> Iterator[Latest]:
    """Each stretch of time during which the latest ones, of one group, are all of the sort asked for."""
    wanted = {id(fact) for fact in history.matching(node.entries)}
    all_of_them = {id(f): f for f in (*history.matching(node.entries), *history.matching(node.among))}
    ordered = sorted(all_of_them.values(), key=in_order)
    for group in grouped(ordered, node.by):
        for start, end, few in latest_few(group, node.number, node.window, history):
            if all(id(fact) in wanted for fact in few):
                yield start, end, few


@_spans.register
def _age(node: nodes.Age, history: History) -> Spans:
    born = history.born
    if born is None:
        return Spans.empty()
    if node.op is Op.LESS_THAN:
        return Spans.until(_birthday(born.earliest, node.months)) if born.earliest > BEGINNING else Spans.empty()
    # `latest` is the first moment after the last day on which the child may have been born.
    last = moved(born.latest, -timedelta(microseconds=1))
    return Spans.since(_birthday(last, node.months)) if born.latest < END else Spans.empty()


def _birthday(born: datetime, months: int) -> datetime:
    day = local_date(born)
    reached = add_months(day, months)
    # A child born on 29 February reaches an age on 1 March.
    return start_of_day(reached if reached.day == day.day else reached + timedelta(days=1))


@_spans.register
def _uncovered(node: nodes.Uncovered, history: History) -> Spans:
    return Spans(
        span for danger in history.matching(node.dangers) for span in uncovered_knowledge(danger, node, history)
    )


@_spans.register
def _all_of(node: nodes.AllOf, history: History) -> Spans:
    together = spans(node.of[0], history)
    for each in node.of[1:]:
        if not together:
            break
        together = together & spans(each, history)
    return together


@_spans.register
def _any_of(node: nodes.AnyOf, history: History) -> Spans:
    return Spans(span for each in node.of for span in spans(each, history))


@_spans.register
def _at_least_of(node: nodes.AtLeastOf, history: History) -> Spans:
    holding = ((start, end, 1) for each in node.of for start, end in spans(each, history))
    return Steps.sum(holding).at_least(node.number)


@_spans.register
def _unless(node: nodes.Unless, history: History) -> Spans:
    what = spans(node.what, history)
    return what - spans(node.exception, history) if what else what


@_spans.register
def _named(node: nodes.Named, history: History) -> Spans:
    return spans(node.expression, history)

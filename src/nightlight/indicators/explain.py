"""Why an indicator holds at a moment: one sentence with its numbers, the entries behind it, and what is not known.

A sentence names no child and repeats nothing that anyone wrote or said: it counts and dates entries.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time
from fractions import Fraction
from functools import singledispatch

from nightlight.domain.agencies import AGENCIES
from nightlight.domain.chronology import Fact
from nightlight.domain.kinds import KINDS
from nightlight.domain.protection import spans_words
from nightlight.indicators import covering, nodes, reference
from nightlight.indicators.catalogue.base import Indicator, Protective
from nightlight.indicators.checks import OF_AGENCY
from nightlight.indicators.history import History
from nightlight.indicators.nodes import WORDS, Entries, Expression, Node, Op
from nightlight.indicators.recent import value_of
from nightlight.indicators.wording import (
    attribute_words,
    date_words,
    moment_words,
    number_words,
    on,
    period,
    plural,
    since,
)
from nightlight.timeline.london import local_date, local_time
from nightlight.timeline.partial import Partial
from nightlight.timeline.spans import END, Span, Spans

_SPELT_OUT = 4
__all__ = ["Explanation", "Firing", "evidence", "explain", "firings"]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why an indicator holds, or how near it is.

    evidence: ids of the entries that make it true at that moment, in the order in which they count.
    missing: what is not known, in words. threshold: the numbers it is measured against.
    links: how many of the entries concern the child through an adult or an address.
    """

    sentence: str
    evidence: tuple[str, ...]
    missing: tuple[str, ...]
    threshold: str
    links: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Firing:
    """An indicator held over a span. `evidence` are the ids of the entries that made it so at its start."""

    indicator: str
    level: str
    question: str
    rule: str
    span: Span
    evidence: tuple[str, ...]

    @property
    def since(self) -> datetime:
        return self.span.start

    @property
    def until(self) -> datetime | None:
        """When it stops if nothing more is recorded; None if it does not."""
        return None if self.span.end == END else self.span.end


@dataclass(frozen=True, slots=True)
class Clause:
    """Part of an explanation: what is the case, what it is measured against, on which facts, and what is not known."""

    text: str
    threshold: str = ""
    facts: tuple[Fact, ...] = ()
    missing: tuple[str, ...] = ()


def explain(indicator: Indicator | Protective, history: History, at: datetime) -> Explanation:
    """Why the indicator holds at the moment, or what it saw if it does not."""
    clauses = _clauses(indicator.expression, history, at)
    facts = _ordered(fact for clause in clauses for fact in clause.facts)
    return Explanation(
        sentence=_sentence(clauses),
        evidence=tuple(fact.entry.id for fact in facts),
        missing=tuple(dict.fromkeys(words for clause in clauses for words in clause.missing)),
        threshold="; ".join(dict.fromkeys(clause.threshold for clause in clauses if clause.threshold)),
        links=_links(facts),
    )


def evidence(expression: Expression, history: History, at: datetime) -> tuple[str, ...]:
    """The ids of the entries that make an expression true at a moment, in the order in which they count."""
    facts = _ordered(fact for clause in _clauses(expression, history, at) for fact in clause.facts)
    return tuple(fact.entry.id for fact in facts)


def firings(indicator: Indicator, history: History) -> list[Firing]:
    """Each span over which the indicator holds, past and to come, with the evidence at its start."""
    return [
        Firing(
            indicator.code,
            indicator.level,
            indicator.question,
            indicator.rule,
            span,
            evidence(indicator.expression, history, span.start),
        )
        for span in reference.spans(indicator.expression, history)
    ]


def _sentence(clauses: list[Clause]) -> str:
    thresholds = [clause.threshold for clause in clauses if clause.threshold]
    if len(thresholds) == 1:
        words = "; and ".join(clause.text for clause in clauses) + f"; the threshold is {thresholds[0]}"
    else:
        words = "; and ".join(
            clause.text + (f" (threshold {clause.threshold})" if clause.threshold else "") for clause in clauses
        )
    return words[:1].upper() + words[1:] + "."


def _ordered(facts: Iterable[Fact]) -> tuple[Fact, ...]:
    unique = {fact.entry.id: fact for fact in facts}
    return tuple(sorted(unique.values(), key=lambda fact: (fact.counts_from, fact.at, fact.entry.id)))


def _links(facts: Iterable[Fact]) -> tuple[str, ...]:
    through = Counter(fact.through for fact in facts)
    words = {"adult": "an adult linked to the child", "address": "an address where the child was"}
    return tuple(
        f"{through[path]} {plural(through[path], 'entry', 'entries')} through {words[path]}"
        for path in ("adult", "address")
        if through[path]
    )


def _holds(node: Expression, history: History, at: datetime) -> bool:
    return at in reference.spans(node, history)


# -- what each node says: a list, because "all of" says several things


@singledispatch
def _clauses(node: Node, history: History, at: datetime) -> list[Clause]:
    raise TypeError(f"no words for {type(node).__name__}")


def _counting(amount: nodes.Amount, history: History, at: datetime) -> list[tuple[Fact, reference.Contribution]]:
    return [each for each in reference.contributions(amount, history) if each[1][0] <= at < each[1][1]]


def _in_window(window: nodes.Window | None) -> str:
    return f" in {window}" if window else ""


def _unsaid(amount: nodes.Amount, history: History, at: datetime) -> tuple[str, ...]:
    """Entries in the window that do not say what is added up or told apart."""
    attribute = amount.attribute if isinstance(amount, nodes.Total) else getattr(amount, "of", "")
    if not attribute or attribute == OF_AGENCY:
        return ()
    entries = reference.entries_of(amount)
    counted = nodes.Count(entries, getattr(amount, "window", None))
    silent = [f for f, _ in _counting(counted, history, at) if f.entry.attributes.get(attribute) is None]
    if not silent:
        return ()
    number = len(silent)
    return (f"{number} {entries.called(number)}: {plural(number, 'does', 'do')} not say {attribute_words(attribute)}",)


def _none_on_record(entries: Entries, history: History) -> tuple[str, ...]:
    return () if history.matching(entries) else (f"no {entries.called(1)} is on record",)


def _amount_clause(amount: nodes.Amount, threshold: str, history: History, at: datetime) -> Clause:
    counted = _counting(amount, history, at)
    facts = tuple(fact for fact, _ in counted)
    entries = reference.entries_of(amount)
    if isinstance(amount, nodes.Distinct | nodes.DistinctNow):
        text = _distinct_text(amount, facts, entries)
    elif isinstance(amount, nodes.Followed):
        text = _followed_text(amount, facts)
    else:
        number = sum(weight for _, (_, _, weight) in counted)
        text = f"{number_words(number)} {entries.called(1 if number == 1 else 2)}{period(facts)}{_through(facts)}"
    found = (*facts, *_followers(amount, history, at))
    return Clause(text, threshold, found, _unsaid(amount, history, at))


def _through(facts: tuple[Fact, ...]) -> str:
    """That what happened was not the child's own: of an adult of theirs wherever that was, or at a place of theirs."""
    found = [
        f"{'' if number == len(facts) else f'{number} of them '}{words}"
        for path, words in _PATHS.items()
        if (number := sum(fact.through == path for fact in facts))
    ]
    return f", {' and '.join(found)}" if found else ""


_PATHS = {"adult": "of an adult linked to the child", "address": "at an address where the child was"}


def _followed_text(amount: nodes.Followed, facts: tuple[Fact, ...]) -> str:
    number = len({fact.entry.id for fact in facts})
    words = f"{number} {amount.first.called(number)}{period(facts)}"
    each = "each followed" if number > 1 else "followed"
    return f"{words}, {each} by {amount.then.called(1)} within {amount.within}" if number else words


def _followers(amount: nodes.Amount, history: History, at: datetime) -> tuple[Fact, ...]:
    """What followed: as much part of the evidence as what came first."""
    if not isinstance(amount, nodes.Followed):
        return ()
    pairs = reference.followed_pairs(amount, history)
    return tuple(then for _, then, start, end in pairs if start <= at < end)


def _distinct_text(amount: nodes.Distinct | nodes.DistinctNow, facts: tuple[Fact, ...], entries: Entries) -> str:
    values = {value_of(fact, amount.of): fact for fact in facts}
    recorded = f"{len(facts)} {entries.called(len(facts))}{period(facts)}"
    if amount.of != OF_AGENCY:
        return f"{len(values)} different {attribute_words(amount.of)}"
    names = ", ".join(name for code, name in AGENCIES.items() if code in values)
    return f"{recorded}, from {len(values)} {plural(len(values), 'agency', 'agencies')}" + (
        f" ({names})" if names else ""
    )


@_clauses.register
def _compare(node: nodes.Compare, history: History, at: datetime) -> list[Clause]:
    more = "more than " if node.op is Op.MORE_THAN else ""
    unit = f" {attribute_words(node.amount.of)}" if isinstance(node.amount, nodes.Distinct | nodes.DistinctNow) else ""
    window: nodes.Window | None = getattr(node.amount, "window", None)
    threshold = f"{more}{number_words(node.number)}{unit}{_in_window(window)}"
    return [_amount_clause(node.amount, threshold, history, at)]


@_clauses.register
def _share(node: nodes.Share, history: History, at: datetime) -> list[Clause]:
    part, whole = (each.at(at) for each in reference.share_steps(node, history))
    facts = tuple(fact for fact, _ in _counting(node.whole, history, at))
    threshold = f"{WORDS[node.op]} {number_words(node.percent)}%{_in_window(node.whole.window)}"
    if whole < node.minimum:
        least = (
            f"fewer than {number_words(node.minimum)} {_of_total(node.whole)} on record{_in_window(node.whole.window)}"
        )
        return [
            Clause(f"too little on record: {number_words(whole)} {_of_total(node.whole)}", threshold, facts, (least,))
        ]
    text = f"{_of_total(node.part)} {number_words(part)} of {number_words(whole)} {_of_total(node.whole)}"
    return [
        Clause(f"{text} ({_percent(part, whole)}){period(facts)}", threshold, facts, _unsaid(node.part, history, at))
    ]


def _of_total(amount: nodes.Total | nodes.Count) -> str:
    return attribute_words(amount.attribute) if isinstance(amount, nodes.Total) else amount.entries.called(2)


def _percent(part: int | Fraction, whole: int | Fraction) -> str:
    return f"{round(Fraction(part) * 100 / whole)}%" if whole else "not known"


@_clauses.register
def _change(node: nodes.Change, history: History, at: datetime) -> list[Clause]:
    part, whole, part_before, whole_before = reference.change_at(node, history, at)
    facts = tuple(fact for fact, _ in _counting(node.whole, history, at))
    threshold = f"a {node.direction} of {number_words(node.points)} points"
    if whole < node.minimum or whole_before < node.minimum:
        least = f"fewer than {number_words(node.minimum)} {_of_total(node.whole)} on record in one of the two times"
        return [Clause("too little on record to compare", threshold, facts, (least,))]
    text = (
        f"{_of_total(node.part)} {_percent(part, whole)} of {_of_total(node.whole)} in the last {node.recent}, "
        f"{_percent(part_before, whole_before)} in the {node.earlier} before"
    )
    return [Clause(text, threshold, facts)]


@_clauses.register
def _while(node: nodes.While, history: History, at: datetime) -> list[Clause]:
    facts = tuple(f for f in history.matching(node.entries) if f.counts_from <= at < min(f.ends, f.known_until))
    in_force = " in force" if all(each.kind in _PLANS for each in node.entries.patterns) else ""
    if not facts:
        return [Clause(f"no {node.entries.called(1)}{in_force}", missing=_none_on_record(node.entries, history))]
    apart = " in force " if in_force else ", "
    return [Clause(f"{node.entries.called(1)}{apart}{_lasting(facts[0])}", facts=facts)]


_PLANS = frozenset(kind for kind in KINDS if kind.endswith("_plan") or kind == "social_care.family_help")
"""What is said to be in force. A diagnosis, a stay or an adult who is known is there since a day."""


def _lasting(fact: Fact) -> str:
    """Since when something has gone on, until when where an end is on record, and from when it counts where it was
    known only later. A child who was seen in a home is not said to stay there since that day."""
    entry = fact.entry
    said = f"seen there {on(fact)}" if entry.attributes.get("seen") else since(entry.occurred)
    until = f", until {date_words(entry.until)}" if entry.until else ""
    late = fact.derived and local_date(fact.at) > local_date(entry.occurred.latest)
    return f"{said}{until}{f', counted from {date_words(Partial.instant(fact.at))}' if late else ''}"


@_clauses.register
def _after(node: nodes.After, history: History, at: datetime) -> list[Clause]:
    facts = tuple(f for f in history.matching(node.entries) if _in_force(reference.after_edge(f, node, history), at))
    word = "began" if node.edge == "start" else "ended"
    text = f"{len(facts)} {node.entries.called(len(facts))} {word} in the last {node.window}"
    return [Clause(text, facts=facts, missing=_none_on_record(node.entries, history))]


def _in_force(span: tuple[datetime, datetime] | None, at: datetime) -> bool:
    return span is not None and span[0] <= at < span[1]


@_clauses.register
def _nothing(node: nodes.Nothing, history: History, at: datetime) -> list[Clause]:
    (last,) = _last_known(node.entries, history, at) or (None,)
    text = f"no {node.entries.called(1)} in the last {node.window}"
    if last and history.until(last.at, node.window) > at:
        text = f"the last {node.entries.called(1)} was {on(last)}, within {node.window}"
    elif last:
        text += f", the last {on(last)}"
    unknown = (*_none_on_record(node.entries, history), *_anchor_missing(node.since, history, at))
    return [Clause(text, str(node.window), _anchor(node.since, history, at), unknown)]


def _last_known(entries: Entries, history: History, at: datetime) -> tuple[Fact, ...]:
    """The last one that had happened and was known; none if there is none."""
    known = [fact for fact in history.matching(entries) if fact.counts_from <= at < fact.known_until]
    return (max(known, key=lambda fact: fact.at),) if known else ()


def _anchor(since: Expression, history: History, at: datetime) -> tuple[Fact, ...]:
    """The episodes that make an absence mean something. That records of a sort are held at all is no evidence."""
    lasting = [node for node in nodes.walk(since) if isinstance(node, nodes.While)]
    return tuple(fact for node in lasting for clause in _while(node, history, at) for fact in clause.facts)


def _anchor_missing(since: Expression, history: History, at: datetime) -> tuple[str, ...]:
    """What is not on record, where nothing makes an absence mean anything."""
    if _holds(since, history, at):
        return ()
    named = [node for node in nodes.walk(since) if isinstance(node, Entries)]
    return tuple(words for each in named for words in _none_on_record(each, history))


@_clauses.register
def _under(node: nodes.Under, history: History, at: datetime) -> list[Clause]:
    clause = _amount_clause(node.amount, "", history, at)
    if not clause.facts:
        last = _last_known(node.amount.entries, history, at)
        text = f"no {node.amount.entries.called(1)} in the last {node.amount.window}"
        text += f", the last {on(last[0])}" if last else ""
        clause = Clause(text, facts=last, missing=clause.missing)
    unknown = (*_none_on_record(node.amount.entries, history), *_anchor_missing(node.since, history, at))
    threshold = f"under {number_words(node.number)}{_in_window(node.amount.window)}"
    facts = (*clause.facts, *_anchor(node.since, history, at))
    return [Clause(clause.text, threshold, facts, (*clause.missing, *unknown))]


@_clauses.register
def _not_followed(node: nodes.NotFollowed, history: History, at: datetime) -> list[Clause]:
    first = tuple(f for f in history.matching(node.first) if at in reference.unfollowed(f, node, history))
    unknown = (*_none_on_record(node.then, history), *_anchor_missing(node.since, history, at))
    if not first:
        return [Clause(f"no {node.first.called(1)} without {node.then.called(1)}", str(node.window), (), unknown)]
    text = f"{len(first)} {node.first.called(len(first))}{period(first)}, without any {node.then.called(1)} since"
    return [Clause(text, str(node.window), first, unknown)]


@_clauses.register
def _then(node: nodes.Then, history: History, at: datetime) -> list[Clause]:
    found = [(first, then) for first, then, start, end in reference.pairs(node, history) if start <= at < end]
    if not found:
        return [Clause(f"no {node.first.called(1)} followed by {node.then.called(1)}", str(node.window))]
    first, then = found[-1]
    text = f"{node.first.called(1)} {on(first)}, then {node.then.called(1)} {on(then)}"
    return [Clause(text, str(node.window), tuple(fact for pair in found for fact in pair))]


@_clauses.register
def _lasted(node: nodes.Lasted, history: History, at: datetime) -> list[Clause]:
    lasting = f"for {node.window} or longer" if _holds(node, history, at) else f"not yet for {node.window}"
    return [*_clauses(node.what, history, at), Clause(lasting, str(node.window))]


@_clauses.register
def _again(node: nodes.Again, history: History, at: datetime) -> list[Clause]:
    begun = reference.spans(node.what, history)
    after = tuple(f for f in history.matching(node.after) if at in reference.begun_after(f, begun, node, history))
    words = f"within {node.window} of {len(after) or 'any'} {node.after.called(len(after) or 1)}{period(after)}"
    return [*_clauses(node.what, history, at), Clause(words, facts=after)]


@_clauses.register
def _latest(node: nodes.Latest, history: History, at: datetime) -> list[Clause]:
    counted = nodes.Count(node.entries, node.window)
    facts = [f for f, _ in _counting(counted, history, at) if f.entry.attributes.get(node.attribute) is not None]
    threshold = f"{WORDS[node.op]} {node.value}{_in_window(node.window)}"
    if not facts:
        return [
            Clause(
                f"no {node.entries.called(1)}{_in_window(node.window)}",
                threshold,
                (),
                _none_on_record(node.entries, history),
            )
        ]
    last = max(facts, key=lambda fact: (fact.at, fact.known_from))
    value = f"{attribute_words(node.attribute)} {last.entry.attributes[node.attribute]}"
    text = f"the latest {node.entries.called(1)}, {on(last)}, gives {value}"
    return [Clause(text, threshold, (last,))]


@_clauses.register
def _latest_change(node: nodes.LatestChange, history: History, at: datetime) -> list[Clause]:
    threshold = f"{_change_words(node)} over {node.over} values{_in_window(node.window)}"
    few = next((few for start, end, few in reference.latest_values(node, history) if start <= at < end), ())
    if not few:
        text = f"fewer than {node.over} values of {attribute_words(node.attribute)}{_in_window(node.window)}"
        return [Clause(text, threshold, missing=_none_on_record(node.entries, history))]
    values = ", ".join(number_words(fact.entry.attributes[node.attribute]) for fact in few)
    text = f"{attribute_words(node.attribute)} of the latest {len(few)} {node.entries.called(len(few))}: {values}"
    return [Clause(text + period(few), threshold, few)]


def _change_words(node: nodes.LatestChange) -> str:
    rising = node.op is Op.AT_LEAST
    if node.number == 0:
        return "no fall" if rising else "no rise"
    if rising is (node.number > 0):
        return f"a {'rise' if rising else 'fall'} of {number_words(abs(node.number))} or more"
    return f"a {'fall' if rising else 'rise'} of at most {number_words(abs(node.number))}"


@_clauses.register
def _in_a_row(node: nodes.InARow, history: History, at: datetime) -> list[Clause]:
    same = f" of one {node.by.replace('_', ' ')}" if node.by else ""
    threshold = f"{node.number} in a row{same}{_in_window(node.window)}"
    few = tuple(f for start, end, found in reference.rows(node, history) if start <= at < end for f in found)
    if not few:
        text = f"not {node.number} {node.entries.called(node.number)} in a row{same}"
        return [Clause(text, threshold, missing=_none_on_record(node.entries, history))]
    text = f"the latest {node.number}{same} were {node.entries.called(node.number)}{period(few)}"
    return [Clause(text, threshold, few)]


@_clauses.register
def _age(node: nodes.Age, history: History, at: datetime) -> list[Clause]:
    limit = f"{node.months // 12} years" if node.months % 12 == 0 else f"{node.months} months"
    words = f"under {limit}" if node.op is Op.LESS_THAN else f"{limit} or older"
    if history.born is None:
        return [Clause(f"it is not known whether the child is {words}", words, missing=("no birth date is on record",))]
    certain = "" if _holds(node, history, at) else "not certainly "
    return [Clause(f"the child is {certain}{words}", words)]


@_clauses.register
def _uncovered(node: nodes.Uncovered, history: History, at: datetime) -> list[Clause]:
    found = []
    for danger in history.matching(node.dangers):
        if at in covering.uncovered_knowledge(danger, node, history):
            found.append(_uncovered_clause(danger, node, history, at))
    return found or [Clause("no danger without protection", "protection in force before the danger")]


def _uncovered_clause(danger: Fact, node: nodes.Uncovered, history: History, at: datetime) -> Clause:
    known = covering.protections_known(danger, node, history, at)
    gap = covering.uncovered_time(danger, node, (cover for _, cover in known))
    text = f"a danger was voiced {on(danger)}, {_gap_words(gap)}"
    none = () if known else ("no protection in force is on record",)
    return Clause(text, "protection in force before the danger", (danger, *(fact for fact, _ in known)), none)


def _gap_words(gap: Spans) -> str:
    start, end = gap.start, gap.end
    assert start is not None  # noqa: S101
    if end is None or end == END:
        return f"from {moment_words(start)}, and nothing agreed since covers it"
    may = any(local_time(edge).time() == time.min for edge in (start, end))
    return f"and {'there may be no protection' if may else 'no protection is'} in force {spans_words(gap)}"


@_clauses.register
def _all_of(node: nodes.AllOf, history: History, at: datetime) -> list[Clause]:
    return [clause for each in node.of for clause in _clauses(each, history, at)]


@_clauses.register(nodes.AnyOf)
@_clauses.register(nodes.AtLeastOf)
def _any_of(node: nodes.AnyOf | nodes.AtLeastOf, history: History, at: datetime) -> list[Clause]:
    holding = [each for each in node.of if _holds(each, history, at)]
    if not holding and len(node.of) > _SPELT_OUT:
        return [Clause(f"none of {len(node.of)} conditions holds")]
    return [clause for each in holding or node.of for clause in _clauses(each, history, at)]


@_clauses.register
def _unless(node: nodes.Unless, history: History, at: datetime) -> list[Clause]:
    named = [each for each in nodes.walk(node.exception) if isinstance(each, Entries)]
    unknown = tuple(words for each in named for words in _none_on_record(each, history))
    if _holds(node.exception, history, at) or isinstance(node.exception, nodes.Then):
        exception = _clauses(node.exception, history, at)
    else:
        absent = " or ".join(dict.fromkeys(each.called(1) for each in named))
        exception = [Clause(f"no {absent} in that time", missing=unknown)]
    return [*_clauses(node.what, history, at), *exception]


@_clauses.register
def _other(node: nodes.Named, history: History, at: datetime) -> list[Clause]:
    return _clauses(node.expression, history, at)

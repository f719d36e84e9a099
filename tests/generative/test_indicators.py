"""Any expression on any history: the reference against the plain question, asked afresh at each moment.

`holds` below says what an expression means at one moment, by looking at every fact. It knows nothing of spans, and
is as slow as it is simple. The two must agree at every edge and between.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from functools import singledispatch

from hypothesis import assume, given
from hypothesis import strategies as st
from support.facts import fact

from nightlight.domain.chronology import Fact
from nightlight.domain.people import Part
from nightlight.indicators import language, nodes, reference
from nightlight.indicators.explain import evidence
from nightlight.indicators.history import History
from nightlight.indicators.nodes import Entries, Expression, Op, Pattern, Where, Window
from nightlight.indicators.plain import content_hash, from_plain, to_plain
from nightlight.indicators.written import written
from nightlight.timeline.calendar import WorkingCalendar
from nightlight.timeline.partial import Partial
from nightlight.timeline.spans import END

CALENDAR = WorkingCalendar.england()
EPOCH = datetime(2024, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
LAST = 40
BORN = Partial.parse("2023-01-10")
MOMENTS = [EPOCH + k * DAY / 2 for k in range(2 * LAST + 20)]

# -- histories

day = st.integers(0, LAST).map(lambda n: EPOCH + n * DAY)
KINDS = {
    "education.register": st.fixed_dictionaries(
        {"possible": st.just(10)}, optional={"attended": st.integers(0, 10), "late": st.integers(0, 3)}
    ),
    "education.concern": st.fixed_dictionaries({}, optional={"observer": st.sampled_from("abc")}),
    "voice.scale": st.fixed_dictionaries({}, optional={"score": st.integers(0, 10)}),
    "social_care.child_protection_plan": st.just({}),
    "police.protection": st.just({}),
    "concern.raised": st.fixed_dictionaries({}, optional={"from_when": day.map(datetime.isoformat)}),
    "meeting.decision": st.fixed_dictionaries({}, optional={"in_force_from": day.map(datetime.isoformat)}),
}
EPISODES = ("social_care.child_protection_plan", "police.protection")
EVENTS = tuple(kind for kind in KINDS if kind not in EPISODES)


@st.composite
def a_fact(draw: st.DrawFn) -> Fact:
    kind = draw(st.sampled_from(sorted(KINDS)))
    at = draw(day)
    known = at + draw(st.sampled_from([0, 0, 0, 1, 9])) * DAY
    return fact(
        f"f{draw(st.integers(0, 10**9))}",
        at,
        kind,
        draw(KINDS[kind]),
        known=known,
        gone=draw(st.one_of(st.none(), st.none(), st.integers(1, 20).map(lambda n: known + n * DAY))),
        until=at + draw(st.integers(0, 20)) * DAY if kind in EPISODES and draw(st.booleans()) else None,
        agency=draw(st.sampled_from(["education", "police", "health.gp"])),
        part=draw(st.sampled_from([Part.SUBJECT, Part.SUBJECT, Part.HARMED, Part.REPORTER])),
        through=draw(st.sampled_from(["child", "child", "adult"])),
    )


histories = st.lists(a_fact(), max_size=9, unique_by=lambda f: f.entry.id)

# -- expressions

windows = st.builds(Window, st.integers(1, 15))
patterns = st.one_of(
    st.builds(Pattern, st.sampled_from(EVENTS)),
    st.builds(Pattern, st.sampled_from(["education", "voice"]), agencies=st.sampled_from([(), ("police",)])),
    st.builds(Pattern, st.just("education.concern"), st.just((Where("observer", Op.EQUAL, ("a", "b")),))),
    st.builds(Pattern, st.just("education.register"), st.just((Where("attended", Op.AT_LEAST, (5,)),))),
    st.builds(Pattern, st.just("education.register"), st.just((Where("attended", Op.AT_MOST, (5,)),))),
    st.builds(Pattern, st.sampled_from(EVENTS), through=st.just(("child",))),
)
entries = st.builds(Entries, st.lists(patterns, min_size=1, max_size=2, unique=True).map(tuple))
lasting = st.builds(Entries, st.sampled_from(EPISODES).map(lambda kind: (Pattern(kind),)))
concerns = st.just(Entries((Pattern("education.concern"),)))
registers = st.just(Entries((Pattern("education.register"),)))
scales = st.just(Entries((Pattern("voice.scale"),)))
dangers = st.just(Entries((Pattern("concern.raised"),)))
decisions = st.just(Entries((Pattern("meeting.decision"),)))
maybe = st.one_of(st.none(), windows)

counts = st.builds(nodes.Count, entries, windows)
AMOUNTS = {
    nodes.Count: st.builds(nodes.Count, entries, maybe),
    nodes.Total: st.builds(nodes.Total, registers, st.sampled_from(["attended", "late", "possible"]), maybe),
    nodes.Distinct: st.one_of(
        st.builds(nodes.Distinct, entries, st.just("agency"), maybe),
        st.builds(nodes.Distinct, concerns, st.just("observer"), maybe),
    ),
    nodes.DistinctNow: st.builds(nodes.DistinctNow, lasting, st.just("agency")),
    nodes.Followed: st.builds(nodes.Followed, entries, entries, windows, maybe),
}


@st.composite
def shares(draw: st.DrawFn) -> tuple[nodes.Total, nodes.Total]:
    window, of = draw(windows), draw(registers)
    return nodes.Total(of, "attended", window), nodes.Total(of, "possible", window)


@st.composite
def shares_of_entries(draw: st.DrawFn) -> tuple[nodes.Count, nodes.Count]:
    window = draw(windows)
    return nodes.Count(draw(entries), window), nodes.Count(draw(entries), window)


LEAVES = {
    nodes.Compare: st.builds(
        nodes.Compare, st.one_of(*AMOUNTS.values()), st.sampled_from([Op.AT_LEAST, Op.MORE_THAN]), st.integers(1, 12)
    ),
    nodes.Share: st.builds(
        lambda parts, op, percent, minimum: nodes.Share(*parts, op, percent, minimum),
        st.one_of(shares(), shares_of_entries()),
        st.sampled_from([Op.AT_LEAST, Op.MORE_THAN, Op.AT_MOST, Op.LESS_THAN]),
        st.sampled_from([50, 70, 12.5, 90]), st.sampled_from([1, 10, 20]),
    ),
    nodes.Change: st.builds(
        lambda parts, recent, earlier, way, points: nodes.Change(*parts, recent, earlier, way, points, 10),
        shares(), windows, windows, st.sampled_from(["fall", "rise"]), st.sampled_from([5, 20, 50]),
    ),
    nodes.While: st.builds(nodes.While, lasting),
    nodes.After: st.builds(nodes.After, lasting, st.sampled_from(["start", "end"]), windows),
    nodes.Then: st.builds(nodes.Then, entries, entries, windows, windows),
    nodes.Latest: st.builds(
        nodes.Latest, scales, st.just("score"),
        st.sampled_from([Op.AT_LEAST, Op.MORE_THAN, Op.AT_MOST, Op.LESS_THAN, Op.EQUAL]), st.integers(0, 10), maybe,
    ),
    nodes.LatestChange: st.builds(
        nodes.LatestChange, scales, st.just("score"), st.sampled_from([Op.AT_LEAST, Op.AT_MOST]), st.integers(-4, 4),
        st.integers(2, 3), maybe,
    ),
    nodes.InARow: st.one_of(
        st.builds(nodes.InARow, entries, entries, st.integers(2, 3), st.sampled_from(["", "agency"]), maybe),
        st.builds(nodes.InARow, concerns, concerns, st.integers(2, 3), st.just("observer"), maybe),
    ),
    nodes.Age: st.builds(nodes.Age, st.sampled_from([Op.LESS_THAN, Op.AT_LEAST]), st.integers(11, 14)),
    nodes.Uncovered: st.builds(
        nodes.Uncovered, dangers, st.just("from_when"), decisions, st.just("in_force_from"), windows,
        st.one_of(st.none(), lasting),
    ),
}  # fmt: skip


def branches(inner: st.SearchStrategy[Expression]) -> dict[type[Expression], st.SearchStrategy[Expression]]:
    several = st.lists(inner, min_size=1, max_size=3).map(tuple)
    return {
        nodes.Lasted: st.builds(nodes.Lasted, inner, windows),
        nodes.Nothing: st.builds(nodes.Nothing, entries, windows, inner),
        nodes.Under: st.builds(nodes.Under, counts, st.integers(1, 3), inner),
        nodes.NotFollowed: st.builds(nodes.NotFollowed, st.one_of(entries, lasting), entries, windows, windows, inner),
        nodes.Again: st.builds(nodes.Again, inner, entries, windows),
        nodes.AllOf: st.builds(nodes.AllOf, several),
        nodes.AnyOf: st.builds(nodes.AnyOf, several),
        nodes.AtLeastOf: several.flatmap(lambda of: st.builds(nodes.AtLeastOf, st.integers(1, len(of)), st.just(of))),
        nodes.Unless: st.builds(nodes.Unless, inner, inner),
        nodes.Named: st.builds(nodes.Named, st.just("a.b"), inner),
    }


expressions = st.recursive(
    st.one_of(*LEAVES.values()), lambda inner: st.one_of(*branches(inner).values()), max_leaves=6
)

# -- the plain question


def matching(of: Entries, facts: list[Fact], at: datetime) -> list[Fact]:
    """Known at the moment, and let through."""
    return [
        f for f in facts if f.known_from <= at < f.known_until and f.at <= at and any(fits(p, f) for p in of.patterns)
    ]


def fits(pattern: Pattern, f: Fact) -> bool:
    theme = f.kind.split(".")[0]
    if pattern.kind not in (f.kind, theme) or f.part not in pattern.parts or f.through not in pattern.through:
        return False
    if pattern.agencies and f.agency not in pattern.agencies:
        return False
    for where in pattern.where:
        value = f.entry.attributes.get(where.attribute)
        tests = {Op.EQUAL: lambda v, w: v in w.values, Op.AT_LEAST: lambda v, w: v >= w.values[0],
                 Op.AT_MOST: lambda v, w: v <= w.values[0]}  # fmt: skip
        if value is None or not tests[where.op](value, where):
            return False
    return True


def recent(of: Entries, window: Window | None, facts: list[Fact], at: datetime) -> list[Fact]:
    found = matching(of, facts, at)
    return found if window is None else [f for f in found if at < f.at + window.days * DAY]


def amount(node: nodes.Amount, facts: list[Fact], at: datetime) -> int:
    if isinstance(node, nodes.DistinctNow):
        return len({f.agency for f in matching(node.entries, facts, at) if at < f.ends})
    if isinstance(node, nodes.Followed):
        thens = recent(node.then, node.window, facts, at)
        firsts = matching(node.first, facts, at)
        return sum(any(a.at < b.at < a.at + node.within.days * DAY for b in thens) for a in firsts)
    found = recent(node.entries, node.window, facts, at)
    if isinstance(node, nodes.Count):
        return len(found)
    if isinstance(node, nodes.Total):
        return sum(f.entry.attributes.get(node.attribute, 0) for f in found)
    values = [f.agency if node.of == "agency" else f.entry.attributes.get(node.of) for f in found]
    return len({value for value in values if value is not None})


def compare(op: Op, one: object, other: object) -> bool:
    return {
        Op.AT_LEAST: lambda: one >= other, Op.MORE_THAN: lambda: one > other, Op.AT_MOST: lambda: one <= other,
        Op.LESS_THAN: lambda: one < other, Op.EQUAL: lambda: one == other,
    }[op]()  # fmt: skip


@singledispatch
def holds(node: Expression, facts: list[Fact], at: datetime) -> bool:
    raise TypeError(type(node))


@holds.register
def _(node: nodes.Compare, facts: list[Fact], at: datetime) -> bool:
    return compare(node.op, amount(node.amount, facts, at), node.number)


def rate(node: nodes.Share | nodes.Change, found: list[Fact]) -> tuple[int, int]:
    both = [f for f in found if "attended" in f.entry.attributes]
    return sum(f.entry.attributes["attended"] for f in both), sum(f.entry.attributes["possible"] for f in both)


@holds.register
def _(node: nodes.Share, facts: list[Fact], at: datetime) -> bool:
    whole_of = recent(node.whole.entries, node.whole.window, facts, at)
    if isinstance(node.part, nodes.Count):
        part, whole = len(recent(node.part.entries, node.part.window, facts, at)), len(whole_of)
    else:
        part, whole = rate(node, whole_of)
    return whole >= node.minimum and compare(node.op, Fraction(part, whole) * 100, Fraction(str(node.percent)))


@holds.register
def _(node: nodes.Change, facts: list[Fact], at: datetime) -> bool:
    now = recent(node.whole.entries, node.recent, facts, at)
    both = recent(node.whole.entries, Window(node.recent.days + node.earlier.days), facts, at)
    part, whole = rate(node, now)
    part_before, whole_before = rate(node, [f for f in both if f not in now])
    if whole < node.minimum or whole_before < node.minimum:
        return False
    fall = (Fraction(part_before, whole_before) - Fraction(part, whole)) * 100
    return (fall if node.direction == "fall" else -fall) >= node.points


@holds.register
def _(node: nodes.While, facts: list[Fact], at: datetime) -> bool:
    return any(at < f.ends for f in matching(node.entries, facts, at))


@holds.register
def _(node: nodes.After, facts: list[Fact], at: datetime) -> bool:
    edges = [f.at if node.edge == "start" else f.ends for f in matching(node.entries, facts, at)]
    return any(edge <= at < edge + node.window.days * DAY for edge in edges if edge != END)


def throughout(since: Expression, window: Window, facts: list[Fact], at: datetime) -> bool:
    """At every half day of the window; edges are at whole days, so nothing hides between."""
    return all(holds(since, facts, at - k * DAY / 2) for k in range(2 * window.days + 1))


@holds.register
def _(node: nodes.Nothing, facts: list[Fact], at: datetime) -> bool:
    return throughout(node.since, node.window, facts, at) and not recent(node.entries, node.window, facts, at)


@holds.register
def _(node: nodes.Under, facts: list[Fact], at: datetime) -> bool:
    return throughout(node.since, node.amount.window, facts, at) and amount(node.amount, facts, at) < node.number


@holds.register
def _(node: nodes.NotFollowed, facts: list[Fact], at: datetime) -> bool:
    for first in matching(node.first, facts, at):
        if first.ends == END:
            continue
        due = first.ends + node.window.days * DAY
        answered = [f for f in matching(node.then, facts, at) if f.at >= first.ends]
        if due <= at < due + node.lasting.days * DAY and not answered:
            return holds(node.since, facts, at)
    return False


@holds.register
def _(node: nodes.Then, facts: list[Fact], at: datetime) -> bool:
    return any(
        first.at < then.at < first.at + node.window.days * DAY
        for first in matching(node.first, facts, at)
        for then in recent(node.then, node.lasting, facts, at)
    )


@holds.register
def _(node: nodes.Again, facts: list[Fact], at: datetime) -> bool:
    begun = at
    while holds(node.what, facts, begun):
        begun -= DAY / 2
        if begun < EPOCH - 60 * DAY:
            return False  # it has always held, so it did not begin
    if begun == at:
        return False
    begun += DAY / 2
    return any(
        f.counts_from < begun < f.known_until and at < f.at + node.window.days * DAY
        for f in matching(node.after, facts, at)
    )


@holds.register
def _(node: nodes.Latest, facts: list[Fact], at: datetime) -> bool:
    found = [f for f in recent(node.entries, node.window, facts, at) if node.attribute in f.entry.attributes]
    if not found:
        return False
    newest = max((f.at, f.known_from) for f in found)
    last = [f for f in facts if f in found and (f.at, f.known_from) == newest]
    return compare(node.op, last[-1].entry.attributes[node.attribute], node.value)


def in_order(found: list[Fact]) -> list[Fact]:
    return sorted(found, key=lambda f: (f.at, f.known_from))


@holds.register
def _(node: nodes.LatestChange, facts: list[Fact], at: datetime) -> bool:
    found = [f for f in recent(node.entries, node.window, facts, at) if node.attribute in f.entry.attributes]
    values = [f.entry.attributes[node.attribute] for f in in_order(found)]
    return len(values) >= node.over and compare(node.op, values[-1] - values[-node.over], node.number)


@holds.register
def _(node: nodes.InARow, facts: list[Fact], at: datetime) -> bool:
    wanted = recent(node.entries, node.window, facts, at)
    among = [f for f in facts if f in wanted or f in recent(node.among, node.window, facts, at)]
    of = {"": lambda f: "", "agency": lambda f: f.agency}.get(node.by, lambda f: f.entry.attributes.get(node.by))
    for value in {of(f) for f in among} - {None}:
        last = in_order([f for f in among if of(f) == value])[-node.number :]
        if len(last) == node.number and all(f in wanted for f in last):
            return True
    return False


@holds.register
def _(node: nodes.Lasted, facts: list[Fact], at: datetime) -> bool:
    return throughout(node.what, node.window, facts, at)


@holds.register
def _(node: nodes.Age, facts: list[Fact], at: datetime) -> bool:
    """Of a child born on 10 January 2023."""
    months = node.months
    birthday = datetime(2023 + months // 12, 1 + months % 12, 10, tzinfo=UTC)
    return (at < birthday) if node.op is Op.LESS_THAN else (at >= birthday)


@holds.register
def _(node: nodes.Uncovered, facts: list[Fact], at: datetime) -> bool:
    ahead = [at + k * DAY / 2 for k in range(2 * (LAST + 40))]
    for danger in matching(node.dangers, facts, at):
        said = danger.entry.attributes.get("from_when")
        starts = datetime.fromisoformat(said) if said else danger.counts_from
        if any(moment >= starts and not covered(node, danger, moment, facts, at) for moment in ahead):
            return True
    return False


def covered(node: nodes.Uncovered, danger: Fact, moment: datetime, facts: list[Fact], at: datetime) -> bool:
    decided = [f for f in matching(node.protections, facts, at) if f.at >= danger.at - node.before.days * DAY]
    said = [f.entry.attributes["in_force_from"] for f in decided if "in_force_from" in f.entry.attributes]
    held = matching(node.holding, facts, at) if node.holding else []
    return any(datetime.fromisoformat(s) <= moment for s in said) or any(f.at <= moment < f.ends for f in held)


@holds.register
def _(node: nodes.AllOf, facts: list[Fact], at: datetime) -> bool:
    return all(holds(each, facts, at) for each in node.of)


@holds.register
def _(node: nodes.AnyOf, facts: list[Fact], at: datetime) -> bool:
    return any(holds(each, facts, at) for each in node.of)


@holds.register
def _(node: nodes.AtLeastOf, facts: list[Fact], at: datetime) -> bool:
    return sum(holds(each, facts, at) for each in node.of) >= node.number


@holds.register
def _(node: nodes.Unless, facts: list[Fact], at: datetime) -> bool:
    return holds(node.what, facts, at) and not holds(node.exception, facts, at)


@holds.register
def _(node: nodes.Named, facts: list[Fact], at: datetime) -> bool:
    return holds(node.expression, facts, at)


# -- the claims


def agree(expression: Expression, given_facts: list[Fact]) -> None:
    facts = sorted(given_facts, key=lambda f: (f.counts_from, f.at, f.entry.id))
    found = reference.spans(expression, History(facts, BORN, CALENDAR))
    for at in MOMENTS:
        assert (at in found) == holds(expression, facts, at), (at, expression)


@given(st.sampled_from([*LEAVES.values()]).flatmap(lambda leaf: leaf), histories)
def test_every_primitive_means_what_it_says(expression, facts):
    agree(expression, facts)


@given(expressions, histories)
def test_any_expression_means_what_it_says(expression, facts):
    agree(expression, facts)


@given(expressions)
def test_any_expression_reads_back(expression):
    again = from_plain(to_plain(expression))
    assert again == expression
    assert content_hash(again) == content_hash(expression)


@given(expressions)
def test_any_expression_reads_back_as_written(expression):
    text = written(expression)
    assume("patterns=" not in text)  # a tree that the language cannot write
    inner = {node.code: node.expression for node in nodes.walk(expression) if isinstance(node, nodes.Named)}
    assume(len([node for node in nodes.walk(expression) if isinstance(node, nodes.Named)]) == len(inner))
    at_hand = {**vars(language), "holds": lambda code: language.Condition(nodes.Named(code, inner[code]))}
    assert eval(f"({text})", at_hand).node == expression


@given(expressions, histories)
def test_what_is_not_used_changes_nothing(expression, facts):
    history = History(facts, BORN, CALENDAR)
    used = reference.kinds_used(expression)
    fewer = History([f for f in facts if f.kind in used], BORN, CALENDAR)
    assert reference.spans(expression, history) == reference.spans(expression, fewer)


@given(expressions, histories)
def test_nothing_before_an_entry_is_known_depends_on_it(expression, facts):
    """What was so at a moment, by what was known then, no later knowledge changes (guardrail 8)."""
    whole = reference.spans(expression, History(facts, BORN, CALENDAR))
    for at in MOMENTS[::8]:
        then = History([f for f in facts if f.known_from <= at], BORN, CALENDAR)
        assert (at in reference.spans(expression, then)) == (at in whole)


@given(expressions, histories)
def test_evidence_is_known_at_that_moment(expression, facts):
    history = History(facts, BORN, CALENDAR)
    known = {f.entry.id: f for f in facts}
    for span in reference.spans(expression, history):
        for id_ in evidence(expression, history, span.start):
            assert known[id_].counts_from <= span.start < known[id_].known_until


def test_every_node_is_generated():
    made = {*LEAVES, *branches(st.nothing()), *AMOUNTS}
    kinds = {k for k in vars(nodes).values() if isinstance(k, type) and issubclass(k, Expression | nodes.Amount)}
    assert made == kinds - {Expression, nodes.Amount}

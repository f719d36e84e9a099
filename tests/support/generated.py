"""Any history and any expression, for tests that hold the engines to the reference.

Histories have duplicates, late, corrected, withdrawn, imprecise and simultaneous entries; moments lie on the days on
which the clocks change, on public holidays, a microsecond either side of midnight, and exactly a window apart.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from nightlight.domain.chronology import Chronology, Entry, Fact, Link, Source, Subject
from nightlight.domain.kinds import KINDS
from nightlight.domain.people import LinkKind, Part
from nightlight.domain.views import Pooled
from nightlight.indicators import nodes
from nightlight.indicators.nodes import Entries, Expression, Op, Pattern, Where, Window
from nightlight.indicators.reference import kinds_used
from nightlight.timeline.partial import Partial
from nightlight.timeline.spans import BEGINNING, END

DAY = timedelta(days=1)
_ANCHORS = tuple(
    datetime(*day, tzinfo=UTC)
    for day in ((2024, 3, 29), (2024, 3, 31), (2024, 10, 26), (2024, 12, 24), (2025, 1, 1), (2025, 3, 30))
)  # Good Friday and the clocks going forward; back; Christmas; New Year; forward again
_NUDGES = (timedelta(0), timedelta(0), timedelta(0), timedelta(microseconds=1), -timedelta(microseconds=1),
           timedelta(hours=-1), timedelta(hours=9, minutes=30))  # fmt: skip
_FAR = (datetime(1066, 10, 14, tzinfo=UTC), datetime(1900, 1, 1, tzinfo=UTC), datetime(2099, 12, 31, 5, tzinfo=UTC),
        datetime(2999, 1, 1, tzinfo=UTC), BEGINNING + timedelta(hours=1), END - timedelta(hours=1))  # fmt: skip

near = st.builds(
    lambda anchor, days, nudge: anchor + days * DAY + nudge,
    st.sampled_from(_ANCHORS[:1] * 5 + _ANCHORS), st.sampled_from([*range(-2, 12), 28, 60]), st.sampled_from(_NUDGES),
)  # fmt: skip
moments = st.integers(0, 39).flatmap(lambda n: st.sampled_from(_FAR) if n == 0 else near)
lengths = st.sampled_from(
    [timedelta(0), timedelta(0), timedelta(0), DAY, 7 * DAY, timedelta(microseconds=1), 400 * DAY]
)

# -- kinds, with the values that their attributes may have

_numbers = st.sampled_from([0, 1, 2, 5, 0.1, 0.2, 0.3, 2.5, 10])
_when = near.map(lambda at: at.isoformat()) | st.sampled_from(
    ["2024-12-25", "2024-10", "tonight", "..2025-01", "2025.."]
)
_sessions = st.integers(0, 10)
ATTRIBUTES: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "education.register": {"possible": _sessions, "attended": _sessions, "late": _sessions},
    "education.concern": {"category": st.sampled_from(["hunger", "injury"]), "observer": st.sampled_from("abc")},
    "education.suspension": {"sessions": _sessions, "permanent": st.booleans()},
    "voice.scale": {"score": _sessions, "question": st.sampled_from("ab")},
    "health.medicine_issued": {"medicine": st.sampled_from(["reliever", "preventer"]), "quantity": _numbers},
    "health.medicine_collected": {"medicine": st.just("reliever"), "quantity": _numbers},
    "health.growth": {"centile_spaces_fallen": _numbers},
    "police.incident": {"category": st.sampled_from(["drugs", "weapon"]), "dash": st.integers(0, 27)},
    "police.protection": {},
    "police.missing": {"overnight": st.booleans()},
    "social_care.child_protection_plan": {"category": st.sampled_from(["neglect", "physical"])},
    "social_care.looked_after": {"status": st.sampled_from(["section_20", "care_order"])},
    "concern.raised": {"severity": st.sampled_from(["note", "immediate"]), "from_when": _when},
    "meeting.decision": {"owner": st.sampled_from("ab"), "in_force_from": _when},
}  # fmt: skip
EPISODES = tuple(kind for kind in ATTRIBUTES if KINDS[kind].episode)
NUMERIC = tuple(
    (kind, name) for kind, names in ATTRIBUTES.items() for name in names
    if name in ("possible", "attended", "late", "sessions", "score", "quantity", "dash", "centile_spaces_fallen")
)  # fmt: skip
_OFTEN = ("education.concern", "voice.scale", "police.missing", "education.register", "health.medicine_issued")
some_kind = st.sampled_from(_OFTEN * 6 + tuple(ATTRIBUTES))
"""Any kind, a few of them often."""


def kinds_like(expressions: Iterable[Expression]) -> st.SearchStrategy[str]:
    """Nearly always a kind that the expressions ask for, so that something holds."""
    asked = sorted(set().union(*map(kinds_used, expressions)) & ATTRIBUTES.keys())
    return st.sampled_from(asked * 25 + list(ATTRIBUTES)) if asked else some_kind


_AGENCIES = ("education", "police", "health.gp")


@st.composite
def attributes_of(draw: st.DrawFn, kind: str) -> dict[str, Any]:
    """Any of the attributes, each written down or not."""
    return {name: draw(value) for name, value in ATTRIBUTES[kind].items() if draw(st.integers(0, 5))}


# -- facts made directly: what is known when is any combination


@st.composite
def facts(draw: st.DrawFn, number: int, kinds: st.SearchStrategy[str]) -> Fact:
    kind = draw(kinds)
    at = draw(moments)
    known = _on(at, draw(lengths))
    until = _on(at, draw(lengths)) if draw(st.booleans()) else None
    gone = _on(known, draw(lengths)) if draw(st.integers(0, 4)) == 0 else END
    entry = Entry(
        id=f"e{number:02}", kind=kind, subjects=(Subject("child"),), occurred=Partial.instant(at),
        recorded=Partial.instant(at), source=Source(agency=draw(st.sampled_from(_AGENCIES))),
        attributes=draw(attributes_of(kind)),
    )  # fmt: skip
    ends = (until or END) if KINDS[kind].episode else at
    known = draw(st.sampled_from([known, known, min(known, at), BEGINNING]))
    through = draw(st.sampled_from(["child", "child", "adult"]))
    part = draw(st.sampled_from([Part.SUBJECT] * 4 + [Part.REPORTER]))
    return Fact(entry, at, ends, known, max(gone, known), through, part)


def _on(moment: datetime, by: timedelta) -> datetime:
    try:
        return moment + by
    except OverflowError:
        return END


# -- facts made of a chronology: imprecise, corrected, withdrawn, through a parent


@st.composite
def imprecise(draw: st.DrawFn) -> Partial:
    at = draw(near)
    return draw(
        st.sampled_from(
            [Partial.instant(at), Partial.day(at.date()), Partial.month(at.year, at.month), Partial.year(at.year),
             Partial.bounds(None, Partial.day(at.date())), Partial.bounds(Partial.day(at.date()), None)]
        )
    )  # fmt: skip


@st.composite
def entries_on_record(draw: st.DrawFn, number: int, kinds: st.SearchStrategy[str]) -> Entry:
    kind = draw(kinds)
    corrects = f"e{draw(st.integers(0, number - 1)):02}" if number and draw(st.integers(0, 2)) == 0 else None
    return Entry(
        id=f"e{number:02}", kind=kind, subjects=(Subject(draw(st.sampled_from(["child", "child", "mother"]))),),
        occurred=draw(imprecise()), recorded=Partial.instant(draw(near)),
        until=draw(imprecise()) if KINDS[kind].episode and draw(st.booleans()) else None,
        source=Source(agency=draw(st.sampled_from(_AGENCIES))), attributes=draw(attributes_of(kind)),
        supersedes=corrects, retracts=corrects is not None and draw(st.booleans()),
    )  # fmt: skip


@st.composite
def chronologies(draw: st.DrawFn, kinds: st.SearchStrategy[str] = some_kind) -> Chronology:
    size = draw(st.integers(0, 10))
    link = Link(kind=LinkKind.PARENT, person="mother", other="child", known_from=draw(near))
    return Chronology(
        child="child", entries=tuple(draw(entries_on_record(number, kinds)) for number in range(size)), links=(link,)
    )


@st.composite
def histories(draw: st.DrawFn, kinds: st.SearchStrategy[str] = some_kind) -> tuple[Fact, ...]:
    """A child's facts, in the order in which they count; some recorded twice."""
    if draw(st.integers(0, 3)) == 0:
        return draw(chronologies(kinds)).facts(Pooled())
    made = [draw(facts(number, kinds)) for number in range(draw(st.integers(0, 14)))]
    made += [_again(fact) for fact in made if draw(st.integers(0, 9)) == 0]
    return tuple(sorted(made, key=lambda f: (f.counts_from, f.at, f.entry.id)))


def _again(fact: Fact) -> Fact:
    return replace(fact, entry=replace(fact.entry, id=fact.entry.id + "-again"))


births = st.one_of(
    st.none(),
    st.sampled_from(["2012-02-29", "2024-03-31", "2023-05", "2020", "2019..2021", "..2020", "2020..", "1850-01-31",
                     "2190-12-30", "1066", "2024-01-31T23:30:00+00:00"]).map(Partial.parse),
)  # fmt: skip

# -- expressions

windows = st.builds(
    lambda days, working: Window(days, working and days <= 60),
    st.sampled_from([1, 2, 5, 7, 10, 28, 28, 60, 60, 365, 36_525]), st.integers(0, 3).map(lambda n: n == 0),
)  # fmt: skip
calendar_windows = st.sampled_from([1, 7, 28, 60]).map(Window)
maybe = st.none() | windows


@st.composite
def patterns(draw: st.DrawFn, kinds: tuple[str, ...] = ()) -> Pattern:
    kind = draw(st.sampled_from(kinds) if kinds else some_kind)
    where = ()
    if draw(st.integers(0, 2)) == 0 and ATTRIBUTES[kind]:
        where = (draw(conditions(kind)),)
    elif draw(st.integers(0, 4)) == 0 and not kinds:
        kind = kind.partition(".")[0]
    given: dict[str, Any] = {}
    if draw(st.integers(0, 9)) == 0:
        given["agencies"] = draw(st.sampled_from([("police",), ("education", "health.gp")]))
    if draw(st.integers(0, 9)) == 0:
        given["parts"] = draw(st.sampled_from([(Part.REPORTER,), (Part.SUBJECT, Part.REPORTER)]))
    if draw(st.integers(0, 9)) == 0:
        given["through"] = draw(st.sampled_from([("child",), ("adult", "address")]))
    return Pattern(kind, where, **given)


@st.composite
def conditions(draw: st.DrawFn, kind: str) -> Where:
    name = draw(st.sampled_from(tuple(ATTRIBUTES[kind])))
    value = ATTRIBUTES[kind][name]
    op = draw(st.sampled_from([Op.EQUAL, Op.AT_LEAST, Op.AT_MOST])) if (kind, name) in NUMERIC else Op.EQUAL
    several = draw(st.lists(value, min_size=1, max_size=2)) if op is Op.EQUAL else [draw(value)]
    return Where(name, op, tuple(several))


def of(*kinds: str) -> st.SearchStrategy[Entries]:
    """Entries of these kinds, or of any."""
    pattern = patterns(kinds)
    return st.lists(pattern, min_size=1, max_size=2, unique=True).map(lambda some: Entries(tuple(some)))


any_entries, episodes = of(), of(*EPISODES)
numeric = st.sampled_from(NUMERIC)
_measured = {
    "quantity": ("health.medicine_issued", "health.medicine_collected"),
    "sessions": ("education.suspension",),
    "score": ("voice.scale",),
    "dash": ("police.incident",),
    "centile_spaces_fallen": ("health.growth",),
}


def measured(make: Any) -> st.SearchStrategy[Any]:
    """Of entries that have a numeric attribute, and its name."""
    return numeric.flatmap(lambda each: make(of(*_measured.get(each[1], (each[0],))), st.just(each[1])))


groups = st.one_of(
    st.tuples(any_entries, st.just("agency")),
    st.tuples(of("education.concern"), st.sampled_from(["observer", "category"])),
    st.tuples(of("voice.scale"), st.sampled_from(["score", "question"])),
    st.tuples(of("health.medicine_issued", "health.medicine_collected"), st.sampled_from(["medicine", "quantity"])),
)  # fmt: skip
groups_now = st.one_of(
    st.tuples(episodes, st.just("agency")),
    st.tuples(of("social_care.child_protection_plan"), st.just("category")),
    st.tuples(of("police.missing"), st.just("overnight")),
)
counts = st.builds(nodes.Count, any_entries, maybe)
totals = measured(lambda entries, name: st.builds(nodes.Total, entries, name, maybe))
AMOUNTS: dict[type[nodes.Amount], st.SearchStrategy[Any]] = {
    nodes.Count: counts,
    nodes.Total: totals,
    nodes.Distinct: st.builds(lambda group, window: nodes.Distinct(*group, window), groups, maybe),
    nodes.DistinctNow: st.builds(lambda group: nodes.DistinctNow(*group), groups_now),
    nodes.Followed: st.builds(nodes.Followed, any_entries, any_entries, windows, maybe),
}
numbers = st.sampled_from([1, 1, 1, 2, 2, 3, 0.3, 2.5, 12])
upward = st.sampled_from([Op.AT_LEAST, Op.MORE_THAN])
compared = st.sampled_from([Op.AT_LEAST, Op.MORE_THAN, Op.AT_MOST, Op.LESS_THAN])
percents = st.sampled_from([50, 100, 12.5, 33.333333333333336, 90, 0, 1000])


@st.composite
def parts_of_a_whole(draw: st.DrawFn) -> tuple[Any, Any]:
    """Of the same entries nearly always, as people ask; now and then of others, or of a count."""
    sort = draw(st.integers(0, 4))
    if sort == 0:
        return draw(counts), draw(counts)
    if sort == 1:
        return draw(totals), draw(st.one_of(counts, totals))
    entries, window = draw(of("education.register")), draw(windows)
    return nodes.Total(entries, "attended", window), nodes.Total(entries, "possible", draw(st.just(window) | windows))


@st.composite
def changes(draw: st.DrawFn) -> nodes.Change:
    entries = draw(of("education.register"))
    part, whole = nodes.Total(entries, "attended", None), nodes.Total(entries, "possible", None)
    if draw(st.integers(0, 9)) == 0:
        whole = draw(totals)
    return nodes.Change(
        part, whole, draw(calendar_windows), draw(calendar_windows), draw(st.sampled_from(["fall", "rise"])),
        draw(st.sampled_from([5, 20, 12.5, 50, 33.333333333333336, 1e-07])), draw(st.sampled_from([1, 5, 10])),
    )  # fmt: skip


@st.composite
def latest(draw: st.DrawFn) -> nodes.Latest:
    if draw(st.booleans()):
        return draw(measured(lambda entries, name: st.builds(nodes.Latest, entries, name, compared, _numbers, maybe)))
    kind, name = draw(st.sampled_from([(k, n) for k, names in ATTRIBUTES.items() for n in names if n != "quantity"]))
    return nodes.Latest(draw(of(kind)), name, Op.EQUAL, draw(ATTRIBUTES[kind][name]), draw(maybe))


few = st.integers(2, 3)
LEAVES: dict[type[Expression], st.SearchStrategy[Any]] = {
    nodes.Compare: st.builds(nodes.Compare, st.one_of(*AMOUNTS.values()), upward, numbers),
    nodes.Share: st.builds(
        lambda both, op, percent, minimum: nodes.Share(*both, op, percent, minimum),
        parts_of_a_whole(), compared, percents, st.sampled_from([0.5, 1, 5, 10]),
    ),
    nodes.Change: changes(),
    nodes.While: st.builds(nodes.While, episodes),
    nodes.After: st.builds(nodes.After, episodes, st.sampled_from(["start", "end"]), windows),
    nodes.Then: st.builds(nodes.Then, any_entries, any_entries, windows, windows),
    nodes.Latest: latest(),
    nodes.LatestChange: measured(
        lambda entries, name: st.builds(
            nodes.LatestChange, entries, name, st.sampled_from([Op.AT_LEAST, Op.AT_MOST]),
            st.sampled_from([0, 1, -1, 2.4, -0.1]), few, maybe,
        )
    ),
    nodes.InARow: st.one_of(
        st.builds(nodes.InARow, any_entries, any_entries, few, st.sampled_from(["", "agency"]), maybe),
        st.builds(nodes.InARow, of("education.concern"), of("education.concern"), few, st.just("observer"), maybe),
    ),
    nodes.Age: st.builds(
        nodes.Age, st.sampled_from([Op.LESS_THAN, Op.AT_LEAST]), st.sampled_from([1, 11, 12, 13, 60, 240])
    ),
    nodes.Uncovered: st.builds(
        nodes.Uncovered, of("concern.raised"), st.just("from_when"), of("meeting.decision"), st.just("in_force_from"),
        windows, st.none() | episodes,
    ),
}  # fmt: skip

presence = st.builds(nodes.Compare, counts, st.just(Op.AT_LEAST), st.just(1))
"""What often holds, so that what needs something to hold does too."""


def branches(inner: st.SearchStrategy[Expression]) -> dict[type[Expression], st.SearchStrategy[Any]]:
    several = st.lists(inner, min_size=1, max_size=3).map(tuple)
    bounded = st.one_of(
        st.builds(nodes.Count, any_entries, windows),
        measured(lambda entries, name: st.builds(nodes.Total, entries, name, windows)),
        st.builds(lambda group, window: nodes.Distinct(*group, window), groups, windows),
    )
    what = inner | presence
    return {
        nodes.Nothing: st.builds(nodes.Nothing, any_entries, windows, what),
        nodes.Lasted: st.builds(nodes.Lasted, inner, windows),
        nodes.Under: st.builds(nodes.Under, bounded, numbers, what),
        nodes.NotFollowed: st.builds(nodes.NotFollowed, any_entries | episodes, any_entries, windows, windows, what),
        nodes.Again: st.builds(nodes.Again, what, any_entries, windows),
        nodes.AllOf: st.builds(nodes.AllOf, several),
        nodes.AnyOf: st.builds(nodes.AnyOf, several),
        nodes.AtLeastOf: several.flatmap(
            lambda some: st.builds(nodes.AtLeastOf, st.integers(1, len(some)), st.just(some))
        ),
        nodes.Unless: st.builds(nodes.Unless, inner, inner),
        nodes.Named: st.builds(nodes.Named, st.just("a.b"), inner),
    }  # fmt: skip


leaves = st.one_of(*LEAVES.values())
expressions = st.recursive(leaves, lambda inner: st.one_of(*branches(inner).values()), max_leaves=6)


Child = tuple[tuple[Fact, ...], Partial | None]


@st.composite
def cases(
    draw: st.DrawFn, some: st.SearchStrategy[list[Expression]], most: int = 3
) -> tuple[list[Expression], list[Child]]:
    """Expressions, and children whose histories have much of what they ask for."""
    asked = draw(some)
    kinds = kinds_like(asked)
    return asked, draw(st.lists(st.tuples(histories(kinds), births), min_size=1, max_size=most))


def types_in(*expressions: Expression) -> set[type[nodes.Node]]:
    return {type(node) for expression in expressions for node in nodes.walk(expression)}


EVERY_TYPE = {
    kind for kind in vars(nodes).values() if isinstance(kind, type) and issubclass(kind, nodes.Node)
} - {nodes.Node, Expression, nodes.Amount}  # fmt: skip

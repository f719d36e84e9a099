"""Any record, corrected and shared in any way: each view shows what was known, as at any moment, and nothing twice."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from nightlight.domain.chronology import Chronology, Entry, Link, Source, Subject
from nightlight.domain.people import LinkKind, Part
from nightlight.domain.views import Actual, Alone, Pooled
from nightlight.timeline.partial import Partial

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
AGENCIES = ("police", "education", "housing")
PEOPLE = ("child", "mother", "flat")
moments = st.integers(0, 60).map(lambda days: EPOCH + timedelta(days=days))
subjects = st.lists(st.builds(Subject, st.sampled_from(PEOPLE), st.sampled_from(Part)), min_size=1, max_size=3)


@st.composite
def entries(draw, number):
    earlier = [f"e{n}" for n in range(number)]
    is_residence = draw(st.booleans())
    occurred = draw(moments)
    return Entry(
        id=f"e{number}",
        kind="housing.residence" if is_residence else "police.incident",
        subjects=(Subject("child"),) if is_residence else tuple(draw(subjects)),
        occurred=Partial.instant(occurred),
        until=Partial.instant(draw(moments.filter(lambda m: m >= occurred))) if is_residence else None,
        recorded=Partial.instant(draw(moments)),
        source=Source(agency=draw(st.sampled_from(AGENCIES)), record_id=f"e{number}"),
        attributes={"address": "flat"} if is_residence else {},
        supersedes=draw(st.sampled_from([None, *earlier])),
        retracts=draw(st.booleans()) if earlier else False,
    )


@st.composite
def chronologies(draw):
    made = tuple(draw(entries(number)) for number in range(draw(st.integers(0, 7))))
    shared = {e.id: draw(st.dictionaries(st.sampled_from(AGENCIES), moments)) for e in made}
    links = (Link(kind=LinkKind.PARENT, person="mother", other="child", since=draw(moments), known_from=draw(moments)),)
    return Chronology(child="child", entries=made, shared=shared, links=links if draw(st.booleans()) else ())


views = st.sampled_from([Pooled(), *map(Alone, AGENCIES), *map(Actual, AGENCIES)])


def counted(chronology, view, as_at=None):
    return {(f.entry.id, f.through) for f in chronology.facts(view, as_at)}


@given(chronologies(), views)
def test_no_entry_counts_twice_at_one_moment(chronology, view):
    by_id = {}
    for fact in chronology.facts(view):
        assert fact.known_from < fact.known_until
        by_id.setdefault(fact.entry.id, []).append((fact.known_from, fact.known_until))
    for stretches in by_id.values():
        ordered = sorted(stretches)
        assert all(first[1] < second[0] for first, second in itertools.pairwise(ordered))


@given(chronologies(), views, moments)
def test_as_at_a_moment_is_what_was_known_at_it(chronology, view, as_at):
    then = {f.entry.id for f in chronology.facts(view, as_at) if f.known_from <= as_at < f.known_until}
    now = {f.entry.id for f in chronology.facts(view) if f.known_from <= as_at < f.known_until}
    assert then == now


@given(chronologies(), views)
def test_facts_come_in_the_order_in_which_they_count_whatever_order_they_were_recorded_in(chronology, view):
    facts = chronology.facts(view)
    assert [f.counts_from for f in facts] == sorted(f.counts_from for f in facts)
    turned = Chronology(
        child="child", entries=chronology.entries[::-1], links=chronology.links, shared=chronology.shared
    )
    assert turned.facts(view) == facts


@given(chronologies(), st.sampled_from(AGENCIES))
def test_an_agency_alone_knows_no_more_than_it_did_with_what_was_shared(chronology, agency):
    plain = Chronology(child="child", entries=tuple(e for e in chronology.entries if not e.supersedes))
    ids = {f.entry.id for f in plain.facts(Alone(agency))}
    with_shared = Chronology(child="child", entries=plain.entries, shared=chronology.shared)
    actual = {f.entry.id for f in with_shared.facts(Actual(agency))}
    assert ids <= actual <= {f.entry.id for f in with_shared.facts(Pooled())}


@given(chronologies(), views)
def test_a_retraction_is_never_a_fact(chronology, view):
    retractions = {e.id for e in chronology.entries if e.retracts}
    assert not retractions & {f.entry.id for f in chronology.facts(view)}

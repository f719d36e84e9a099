"""Where a child lives and stays, as facts: what registers say, that somebody left, and stays that no register knows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from nightlight.domain.chronology import SEEN_COUNTS, Chronology, Entry, Link, Source, Subject
from nightlight.domain.homes import counted
from nightlight.domain.people import LinkKind, Part
from nightlight.domain.views import Alone, Pooled
from nightlight.timeline.partial import Partial
from nightlight.timeline.spans import END


def day(number, month=3):
    return datetime(2026, month, number, tzinfo=UTC)


def lives(place, agency="education", since=None, until=END, known=None, **said):
    known = known or since or day(1)
    given = {"since": since} if since else {}
    return Link(
        kind=LinkKind.RESIDENCE, person="c", other=place, until=until, agency=agency, known_from=known,
        id=f"{agency}:{place}", **given, **said,
    )  # fmt: skip


def incident(id_, at, *about, agency="police"):
    subjects = tuple(each if isinstance(each, Subject) else Subject(each) for each in about)
    when = Partial.instant(at)
    return Entry(
        id=id_, kind="police.incident", subjects=subjects, occurred=when, recorded=when, source=Source(agency=agency),
        attributes={"category": "drugs"},
    )  # fmt: skip


def chronology(*entries, links=(), homes=("flat",)):
    return Chronology(child="c", entries=entries, links=links, homes=frozenset(homes))


def derived(kind, *entries, view=Pooled(), **said):  # noqa: B008 a view is frozen
    facts = counted(chronology(*entries, **said), view)
    return [(f.counts_from, min(f.ends, f.known_until)) for f in facts if f.derived and f.kind == f"housing.{kind}"]


def test_a_register_s_link_counts_as_a_residence_from_when_it_was_known():
    assert derived("residence", links=[lives("home", known=day(5))]) == [(day(5), END)]
    (began,) = derived("residence", links=[lives("home", since=day(3), known=day(9))])
    assert began == (day(9), END)


def test_no_fixed_abode_is_no_residence_and_neither_is_what_nobody_s_register_says():
    assert derived("residence", links=[lives("nfa", nowhere=True)]) == []
    nobody_s = Link(kind=LinkKind.RESIDENCE, person="c", other="home", known_from=day(1))
    assert derived("residence", links=[nobody_s]) == []


def test_a_link_that_ended_says_that_the_child_left():
    moved = lives("home", since=day(2), until=day(20), known=day(20))
    assert [start for start, _ in derived("left", links=[moved])] == [day(20)]


def test_a_register_s_first_word_is_no_move_and_a_dated_one_is():
    assert derived("moved_in", links=[lives("home", known=day(5))]) == []
    assert [start for start, _ in derived("moved_in", links=[lives("new", since=day(3), known=day(9))])] == [day(9)]


def test_what_the_police_were_told_is_named_for_a_while_and_is_no_residence():
    told = lives("flat", agency="police", since=day(4), known=day(6))
    assert derived("residence", links=[told]) == derived("left", links=[told]) == []
    assert derived("named", links=[told]) == [(day(6), day(4) + SEEN_COUNTS)]
    assert derived("named", links=[lives("nfa", agency="police", since=day(4), nowhere=True)]) == []


def test_an_undated_word_is_of_the_day_on_which_it_was_first_heard_and_its_end_names_nothing():
    first = lives("flat", agency="health.hospital", known=day(6))
    assert derived("named", links=[first]) == [(day(6), day(6) + SEEN_COUNTS)]
    assert derived("named", links=[lives("flat", agency="health.hospital", known=day(20), until=day(20))]) == []


def test_registers_that_differ_are_the_evidence_both_until_one_is_changed():
    school, practice = lives("home"), lives("flat", agency="health.gp", since=day(3), known=day(9))
    assert derived("differs", links=[school, practice]) == [(day(9), END)] * 2
    changed = lives("home", known_until=day(20))
    assert derived("differs", links=[changed, practice]) == [(day(9), day(20))] * 2
    facts = counted(chronology(links=[school, practice]), Pooled())
    said = {(f.agency, f.entry.attributes["address"], f.entry.id) for f in facts if f.kind == "housing.differs"}
    assert said == {("education", "home", "education:home"), ("health.gp", "flat", "health.gp:flat")}


def test_agencies_do_not_differ_while_one_has_both_or_in_the_view_of_one():
    both = [lives("home"), lives("flat", agency="health.gp"), lives("home", agency="health.gp", since=day(2))]
    assert derived("differs", links=both) == [(day(1), day(2))] * 2
    assert derived("differs", links=both[:2], view=Alone("education")) == []


def test_what_was_said_before_a_move_does_not_differ_from_what_was_written_after_it():
    told = lives("flat", agency="police", since=day(4))
    assert derived("differs", links=[told, lives("home", since=day(10))]) == []
    assert derived("differs", links=[told, lives("home", since=day(2))]) == [(day(4), day(4) + SEEN_COUNTS)] * 2


def test_a_stay_that_only_the_police_were_told_of_is_on_no_register():
    told = lives("flat", agency="police", since=day(10))
    assert derived("unregistered", incident("e", day(10), "c", "flat"), links=[told]) == []
    seen = derived("unregistered", incident("e", day(10), "c", "flat"), links=[told, lives("home")])
    assert seen == [(day(10), day(10) + SEEN_COUNTS)]


def test_another_agency_s_register_is_not_known_to_one_alone():
    link = lives("home", agency="health.gp")
    assert derived("residence", links=[link], view=Alone("education")) == []
    assert len(derived("residence", links=[link], view=Alone("health.gp"))) == 1


def test_a_child_seen_in_a_home_stays_there_unregistered_for_a_while():
    stay = derived("unregistered", incident("e", day(10), "c", "flat"), links=[lives("home")])
    assert stay == [(day(10), day(10) + SEEN_COUNTS)]


def test_no_stay_is_unregistered_where_no_register_is_known_or_this_one_is():
    seen = incident("e", day(10), "c", "flat")
    assert derived("unregistered", seen) == []
    assert derived("unregistered", seen, links=[lives("flat")]) == []
    later = lives("flat", agency="health.gp", since=day(2), known=day(25))
    assert derived("unregistered", seen, links=[lives("home"), later]) == [(day(10), day(25))]


def test_a_street_is_nobody_s_home_and_who_did_harm_does_not_stay():
    home = [lives("home")]
    assert derived("unregistered", incident("e", day(10), "c", "flat"), links=home, homes=()) == []
    harmer = Subject("c", Part.ALLEGED_HARMER)
    assert derived("unregistered", incident("e", day(10), harmer, "flat"), links=home) == []


def test_an_incident_where_the_child_stays_concerns_the_child_in_each_view_that_knows_of_the_stay():
    seen, again = incident("e1", day(10), "c", "flat"), incident("e2", day(20), "flat")
    late = incident("e3", day(10) + SEEN_COUNTS + timedelta(days=1), "flat")
    found = chronology(seen, again, late)
    assert [(f.entry.id, f.through) for f in found.facts(Pooled())] == [("e1", "child"), ("e2", "address")]
    assert found.facts(Alone("education")) == ()
    housing = incident("e4", day(20), "flat", agency="housing")
    assert chronology(seen, housing).facts(Alone("housing")) == ()
    assert [f.entry.id for f in chronology(seen, housing).facts(Pooled())] == ["e1", "e4"]


def test_a_child_seen_at_home_who_then_moves_stays_nowhere_unregistered():
    before, after = lives("flat", until=day(20)), lives("home", since=day(20))
    assert derived("unregistered", incident("e", day(10), "c", "flat"), links=[before, after]) == []
    late = lives("flat", agency="health.gp", since=day(2), known=day(12), until=day(20))
    seen = derived("unregistered", incident("e", day(10), "c", "flat"), links=[lives("home"), late])
    assert seen == [(day(10), day(12))]

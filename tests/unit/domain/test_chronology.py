"""What of the record concerns a child, in which view, from when, and until when."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from nightlight.domain.chronology import Chronology, Entry, Link, Source, Subject
from nightlight.domain.people import LinkKind, Part
from nightlight.domain.views import Actual, Alone, Pooled
from nightlight.timeline.partial import Partial
from nightlight.timeline.spans import END


def day(number, month=3):
    return datetime(2026, month, number, tzinfo=UTC)


def entry(id_, about="child", when="2026-03-02", **changes):
    subjects = about if isinstance(about, tuple) else (Subject(about),)
    given = {"kind": "police.incident", "recorded": when, "agency": "police"} | changes
    recorded, agency = Partial.parse(given.pop("recorded")), given.pop("agency")
    if isinstance(given.get("until"), str):
        given["until"] = Partial.parse(given["until"])
    return Entry(
        id=id_,
        subjects=subjects,
        occurred=Partial.parse(when),
        recorded=recorded,
        source=Source(agency=agency, record_id=id_),
        **given,
    )


def residence(id_, who=("child",), address="flat", when="2026-03-01", **changes):
    given = {"kind": "housing.residence", "agency": "housing", "attributes": {"address": address}} | changes
    return entry(id_, tuple(Subject(each) for each in who), when, **given)


def facts(*entries, view=Pooled(), as_at=None, links=(), shared=None):  # noqa: B008 a view is frozen
    chronology = Chronology(child="child", entries=entries, links=links, shared=shared or {})
    return chronology.facts(view, as_at)


def known(*entries, **changes):
    return [(f.entry.id, f.known_from.day, f.known_until.day if f.known_until != END else None) for f in
            facts(*entries, **changes)]  # fmt: skip


MOTHER = Link(kind=LinkKind.PARENT, person="mother", other="child")


def test_an_entry_counts_from_when_it_had_happened_and_was_known():
    (fact,) = facts(entry("e1", when="2026-03-02", recorded="2026-03-05T09:00Z"))
    assert (fact.at, fact.known_from) == (day(3), day(5).replace(hour=9))
    assert fact.counts_from == fact.known_from


@pytest.mark.parametrize(
    ("when", "recorded", "until", "expected"),
    [
        ("2026-03-02", "2026-03-05", None, day(3)),
        ("2026-03", "2026-03-05", None, day(6)),
        ("2026-03-02T09:00Z", "2026-03-05", None, day(2).replace(hour=9)),
        ("2026-03-02", "2026-03-01", None, day(2)),
        ("2026-03", "2026-06-30", "2026-03-07", day(8)),
    ],
)
def test_what_was_written_down_or_was_over_had_happened_by_then(when, recorded, until, expected):
    assert entry("e1", when=when, recorded=recorded, until=until, kind="police.missing").at == expected


def test_views_differ_in_whose_entries_count():
    entries = (entry("e1"), entry("e2", agency="education", kind="voice.words", when="2026-03-04"))
    shared = {"e1": {"education": day(10)}}
    assert known(*entries, shared=shared) == [("e1", 3, None), ("e2", 5, None)]
    assert known(*entries, view=Alone("education"), shared=shared) == [("e2", 5, None)]
    assert known(*entries, view=Actual("education"), shared=shared) == [("e2", 5, None), ("e1", 10, None)]


def test_as_at_an_earlier_moment_what_came_later_is_not_there():
    entries = (entry("e1"), entry("e2", when="2026-03-09"))
    assert known(*entries, as_at=day(5)) == [("e1", 3, None)]


CORRECTED = (entry("e1"), entry("e2", when="2026-03-02", recorded="2026-03-08", supersedes="e1"))


def test_a_correction_counts_from_when_it_was_known_and_what_was_believed_before_still_shows():
    assert known(*CORRECTED) == [("e1", 3, 9), ("e2", 9, None)]
    assert known(*CORRECTED, as_at=day(5)) == [("e1", 3, None)]


def test_a_correction_that_an_agency_never_learned_of_leaves_it_believing_the_first():
    shared = {"e1": {"education": day(4)}}
    assert known(*CORRECTED, view=Actual("education"), shared=shared) == [("e1", 4, None)]


def test_a_retraction_withdraws_and_states_nothing():
    retraction = entry("e2", when="2026-03-02", recorded="2026-03-08", supersedes="e1", retracts=True)
    assert known(entry("e1"), retraction) == [("e1", 3, 9)]


def test_the_first_of_two_corrections_ends_what_they_correct():
    again = entry("e3", when="2026-03-02", recorded="2026-03-06", supersedes="e1")
    assert ("e1", 3, 7) in known(*CORRECTED, again)


def test_an_adult_s_entry_concerns_the_child_while_they_are_linked():
    link = Link(kind=LinkKind.HOUSEHOLD, person="partner", other="child", since=day(5), until=day(10))
    entries = [entry(f"e{n}", "partner", f"2026-03-{n:02}T12:00Z") for n in (4, 5, 9, 10)]
    assert [fact.entry.id for fact in facts(*entries, links=(link,))] == ["e5", "e9"]
    assert {fact.through for fact in facts(*entries, links=(link,))} == {"adult"}


def test_a_sibling_s_entry_does_not_concern_the_child():
    assert facts(entry("e1", "sister"), links=(Link(kind=LinkKind.SIBLING, person="sister", other="child"),)) == ()


def test_an_episode_that_began_before_the_link_concerns_the_child_while_it_lasts():
    link = Link(kind=LinkKind.CARER, person="uncle", other="child", since=day(5))
    open_one = entry("e1", "uncle", "2020", kind="police.adult_of_concern")
    over = entry("e2", "uncle", "2020", kind="police.adult_of_concern", until="2021")
    assert [fact.entry.id for fact in facts(open_one, over, links=(link,))] == ["e1"]


def test_a_link_counts_from_when_it_was_known_and_only_where_it_was():
    link = Link(kind=LinkKind.CARER, person="uncle", other="child", agency="police", known_from=day(12))
    assert known(entry("e1", "uncle"), links=(link,)) == [("e1", 12, None)]
    assert known(entry("e1", "uncle"), links=(link,), view=Alone("police")) == [("e1", 12, None)]
    held_elsewhere = entry("e1", "uncle", agency="education")
    assert known(held_elsewhere, links=(link,), view=Alone("education")) == []


def test_an_address_s_entry_concerns_the_child_who_lives_there_then():
    entries = (residence("r1", until="2026-03-10"), entry("e1", "flat"), entry("e2", "flat", "2026-03-12"))
    assert [(f.entry.id, f.through) for f in facts(*entries) if f.kind == "police.incident"] == [("e1", "address")]


def test_an_address_s_entry_counts_only_where_the_residence_is_known():
    entries = (residence("r1"), entry("e1", "flat"))
    assert known(*entries, view=Alone("police")) == []
    assert ("e1", 4, None) in known(*entries, view=Actual("police"), shared={"r1": {"police": day(4)}})


def test_a_residence_that_is_corrected_still_links_the_child_to_the_address():
    corrected = residence("r2", when="2026-03-01", recorded="2026-03-20", supersedes="r1", until="2026-03-15")
    assert ("e1", 3, None) in known(residence("r1"), corrected, entry("e1", "flat"))


def test_a_residence_that_is_withdrawn_ends_the_link_when_that_is_known():
    withdrawn = residence("r2", when="2026-03-01", recorded="2026-03-20", supersedes="r1", retracts=True)
    assert ("e1", 3, 21) in known(residence("r1"), withdrawn, entry("e1", "flat"))


def test_a_link_withdrawn_and_known_again_makes_two_stretches_of_one_entry():
    withdrawn = residence("r2", when="2026-03-01", recorded="2026-03-10", supersedes="r1", retracts=True)
    again = residence("r3", when="2026-03-01", recorded="2026-03-20")
    stretches = known(residence("r1"), withdrawn, again, entry("e1", "flat"))
    assert [each for each in stretches if each[0] == "e1"] == [("e1", 3, 11), ("e1", 21, None)]


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(
    ("child_part", "mother_part", "through", "part"),
    [
        (Part.MENTIONED, Part.HARMED, "adult", Part.HARMED),
        (Part.REPORTER, Part.HARMED, "adult", Part.HARMED),
        (Part.WITNESS, Part.HARMED, "child", Part.WITNESS),
        (Part.ALLEGED_HARMER, Part.HARMED, "child", Part.ALLEGED_HARMER),
        (Part.HARMED, Part.ALLEGED_HARMER, "child", Part.HARMED),
        (Part.MENTIONED, Part.ALLEGED_HARMER, "child", Part.MENTIONED),
    ],
)
def test_the_child_s_own_part_counts_before_a_parent_s_in_whichever_order_they_are_named(
    child_part, mother_part, through, part, turned
):
    both = (Subject("child", child_part), Subject("mother", mother_part))
    (fact,) = facts(entry("e1", both[::-1] if turned else both), links=(MOTHER,))
    assert (fact.through, fact.part) == (through, part)


def test_agencies_in_the_order_in_which_they_first_hold_an_entry():
    entries = (entry("e1"), entry("e2", agency="education"), entry("e3"))
    assert Chronology(child="child", entries=entries).agencies() == ("police", "education")

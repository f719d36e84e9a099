"""A family and its places: who is where, what agencies say differently, and whom only one adult connects."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from nightlight.domain.households import (
    SEEN_COUNTS,
    Stay,
    Tie,
    conflict_since,
    conflicts,
    families_apart,
    left,
    places_in_a_year,
    seen_at,
    unregistered,
    who_is_where,
    without_place_since,
)
from nightlight.domain.people import LinkKind
from nightlight.timeline.spans import BEGINNING, END, Spans

CARER = LinkKind.CARER
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


def day(n: float) -> datetime:
    return EPOCH + timedelta(days=n)


def stay(place: str, since: float | None = None, until: float | None = None, **said: Any) -> Stay:
    known = BEGINNING if since is None else day(since)
    return Stay(
        place=place, since=known, until=END if until is None else day(until),
        **{"person": "child", "agency": "education", "known_from": known, **said},
    )  # fmt: skip


def tie(person: str, child: str, kind: LinkKind = LinkKind.PARENT) -> Tie:
    return Tie(person=person, child=child, kind=kind, agency="social_care")


def test_who_is_where_on_a_date_before_at_and_after_a_move() -> None:
    stays = [stay("old", None, 10), stay("new", 10)]
    assert [[t.place for t in who_is_where(stays, day(n))] for n in (9, 10, 11)] == [["old"], ["new"], ["new"]]


def test_who_is_where_says_each_agency_once() -> None:
    (there,) = who_is_where([stay("p", 1), stay("p", 2, agency="health.gp"), stay("p", 3, agency="health.gp")], day(5))
    assert (there.agencies, there.registered, there.since) == (("education", "health.gp"), True, day(1))


def test_who_is_where_marks_a_child_who_was_only_seen_there() -> None:
    seen = seen_at(person="child", place="p", agency="police", at=day(3), known_from=day(4))
    assert [t.registered for t in who_is_where([seen], day(5))] == [False]
    assert [t.registered for t in who_is_where([seen, stay("p", 1)], day(5))] == [True]
    assert who_is_where([seen], day(3) + SEEN_COUNTS) == ()


def test_unregistered_leaves_out_where_a_register_says_so() -> None:
    seen = [seen_at(person="child", place=p, agency="police", at=day(3), known_from=day(3)) for p in ("home", "flat")]
    assert [t.place for t in unregistered([stay("home", 1), *seen], "child", day(4))] == ["flat"]


def test_conflicts_counts_from_when_both_had_written_it_down() -> None:
    stays = [stay("a", 0), stay("b", 0, agency="health.gp", known_from=day(20))]
    (found,) = conflicts(stays, "child")
    assert found.over == Spans.since(day(20))
    assert conflict_since(stays, "child", day(30)) == day(20)
    assert conflict_since(stays, "child", day(19)) is None


def test_conflicts_is_none_while_one_agency_knows_of_both_homes() -> None:
    both = [stay("a", 0), stay("b", 0, agency="health.gp"), stay("a", 0, 5, agency="health.gp")]
    (found,) = conflicts(both, "child")
    assert found.over == Spans.since(day(5))


def test_conflicts_is_none_within_one_agency_or_about_another() -> None:
    assert conflicts([stay("a", 0), stay("b", 0)], "child") == ()
    assert conflicts([stay("a", 0), stay("b", 0, agency="health.gp", person="other")], "child") == ()


def test_conflicts_leaves_out_sightings() -> None:
    seen = seen_at(person="child", place="b", agency="police", at=day(1), known_from=day(1))
    assert conflicts([stay("a", 0), seen], "child") == ()


def test_places_in_a_year_counts_each_once_and_forgets_older_ones() -> None:
    stays = [stay("a", 0, 100), stay("b", 100, 200), stay("a", 200, 300), stay("c", 300)]
    assert places_in_a_year(stays, "child", day(364)) == 3
    assert places_in_a_year(stays, "child", day(660)) == 2
    assert places_in_a_year(stays, "child", day(700)) == 0


def test_places_in_a_year_a_first_word_is_no_move_and_what_the_police_were_told_is_of_its_day() -> None:
    first = [stay("a", None, known_from=day(10)), stay("b", None, agency="health.gp", known_from=day(20))]
    told = stay("c", 30, agency="police")
    assert places_in_a_year([*first, told], "child", day(40)) == 1
    assert places_in_a_year([told], "child", day(29)) == places_in_a_year([told], "child", day(396)) == 0


def test_without_place_since_the_last_one_ended() -> None:
    assert without_place_since([stay("a", 0, 10), stay("b", 5, 20)], "child", day(30)) == day(20)
    assert without_place_since([stay("a", 0, 10), stay("b", 5)], "child", day(30)) is None
    assert without_place_since([], "child", day(30)) is None


def test_without_place_since_what_the_police_were_told_no_longer_counts() -> None:
    told = stay("b", 15, agency="police")
    assert without_place_since([stay("a", 0, 10), told], "child", day(30)) is None
    assert without_place_since([stay("a", 0, 10), told], "child", day(110)) == day(15) + SEEN_COUNTS
    assert without_place_since([told], "child", day(110)) is None


def test_unregistered_leaves_out_a_home_that_was_on_a_register_when_the_child_was_seen() -> None:
    seen = seen_at(person="child", place="old", agency="police", at=day(3), known_from=day(3))
    assert unregistered([stay("old", 1, 5), stay("new", 5), seen], "child", day(6)) == ()
    told = stay("old", 1, agency="police")
    assert [t.place for t in unregistered([told, stay("new", 1), seen], "child", day(6))] == ["old"]


def test_left_gives_previous_places_latest_first() -> None:
    stays = [stay("a", 0, 10), stay("b", 10, 20), stay("c", 20), stay("a", 0, 5, agency="health.gp")]
    assert [(s.place, s.until) for s in left(stays, "child", day(30))] == [("b", day(20)), ("a", day(10))]


def test_families_apart_finds_two_that_only_the_adult_connects() -> None:
    ties = [tie("man", "one"), tie("man", "two", CARER), tie("mother", "one"), tie("another", "two")]
    assert families_apart("man", ties, []) == (frozenset({"one"}), frozenset({"two"}))


def test_families_apart_is_one_where_a_parent_connects_them() -> None:
    ties = [tie("man", "one", CARER), tie("man", "two", CARER), tie("mother", "one"), tie("mother", "two")]
    assert families_apart("man", ties, []) == (frozenset({"one", "two"}),)


def test_families_apart_is_one_for_the_children_of_one_parent() -> None:
    assert families_apart("man", [tie("man", "one"), tie("man", "two")], []) == (frozenset({"one", "two"}),)


def test_families_apart_is_one_for_siblings_and_for_those_of_one_home() -> None:
    ties = [tie("man", "one", CARER), tie("man", "two", CARER)]
    assert len(families_apart("man", ties, [])) == 2
    assert len(families_apart("man", [*ties, tie("one", "two", LinkKind.SIBLING)], [])) == 1
    lived = [stay("p", 0, person="one"), stay("p", 50, person="two", agency="health.gp")]
    assert len(families_apart("man", ties, lived)) == 1


def test_families_apart_a_home_with_the_adult_in_it_connects_nothing_but_the_adult() -> None:
    ties = [tie("man", "one"), tie("mother", "two")]
    moved_in = [
        stay("his", 0, 100, person="man"), stay("his", 0, 10, person="one"), stay("hers", 0, person="two"),
        stay("hers", 100, person="man"),
    ]  # fmt: skip
    assert families_apart("man", ties, moved_in) == (frozenset({"one"}), frozenset({"two"}))


STAYS = st.lists(
    st.builds(
        stay,
        st.sampled_from("abc"),
        st.integers(0, 20),
        st.none() | st.integers(0, 40),
        agency=st.sampled_from(["education", "health.gp", "police", "health.hospital"]),
        registered=st.booleans(),
    ),
    max_size=8,
)


REGISTERS = {"education", "health.gp"}


def _stands(each: Stay, at: datetime) -> bool:
    """Whether a word is that of now: a register's until it is changed, another's for ninety days."""
    if not each.registered or not each.known_from <= at or not each.holds(at):
        return False
    return each.agency in REGISTERS or at < each.since + SEEN_COUNTS


def _may_differ(one: Stay, other: Stay) -> bool:
    return one.agency in REGISTERS and (other.agency in REGISTERS or one.since <= other.since)


@given(STAYS, st.integers(0, 130))
def test_conflict_holds_only_where_two_agencies_hold_two_places(stays: list[Stay], n: int) -> None:
    at = day(n)
    held = [each for each in stays if _stands(each, at)]
    expected = any(
        one.agency != other.agency and one.place != other.place
        and (_may_differ(one, other) or _may_differ(other, one))
        and not any(h.agency == one.agency and h.place == other.place for h in held)
        and not any(h.agency == other.agency and h.place == one.place for h in held)
        for one in held for other in held
    )  # fmt: skip
    assert (conflict_since(stays, "child", at) is not None) is expected


def test_conflicts_with_what_the_police_were_told_lasts_as_long_as_that_counts() -> None:
    register, told = stay("a", 0), stay("b", 5, agency="police", known_from=day(9))
    (found,) = conflicts([register, told], "child")
    assert found.over == Spans.of(day(9), day(5) + SEEN_COUNTS)
    assert conflicts([stay("a", 6), told], "child") == ()
    assert conflicts([stay("c", 0, agency="health.hospital"), told], "child") == ()


@given(STAYS, st.integers(0, 40), st.randoms())
def test_who_is_where_does_not_depend_on_order(stays: list[Stay], n: int, rng: Any) -> None:
    shuffled = list(stays)
    rng.shuffle(shuffled)
    said = [{(t.person, t.place, frozenset(t.agencies), t.registered, t.since) for t in who_is_where(each, day(n))}
            for each in (stays, shuffled)]  # fmt: skip
    assert said[0] == said[1]

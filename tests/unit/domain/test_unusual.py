"""Which looks are unusual: each rule at its edges, told as sentences with the audit lines that they count."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from nightlight.domain.people import normal_name
from nightlight.domain.rota import OnCall, Rota, Shift
from nightlight.domain.rule_types import OfficeHours, RulesError
from nightlight.domain.unusual import Access, Facts, Finding, Looked, Looker, unusual
from nightlight.domain.unusual_rows import NUMBERS, default_rows, rows_with

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)  # a Friday
NIGHT = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)
OFFICE = OfficeHours(time(9), time(17))


def look(id_: int = 1, at: datetime = NOON, *, by: str = "p1", child: str = "c1", **more: Any) -> Access:
    return Access(id=id_, at=at, by=by, child=child, **{"act": "child.viewed", "ground": "allocated", **more})


def facts(who: Looker | None = None, child: Looked | None = None, **more: Any) -> Facts:
    who = who or Looker(role="school_nurse", organisation="school-1", families=frozenset({"Farrow"}))
    return Facts(lookers={"p1": who}, children={"c1": child or Looked()}, hours=OFFICE, **more)


def found(*looks: Access, given: Facts, at: datetime | None = None) -> list[Finding]:
    return unusual(looks, given, default_rows(), at or max(each.at for each in looks))


def kinds(*looks: Access, given: Facts, at: datetime | None = None) -> list[str]:
    return [each.what for each in found(*looks, given=given, at=at)]


def test_an_ordinary_look_is_not_unusual() -> None:
    assert found(look(), given=facts(child=Looked(families=frozenset({"Other"})))) == []


def test_own_family_name_counts_every_line_whatever_the_duty() -> None:
    given = facts(child=Looked(families=frozenset({"Müller", "FARROW"})))
    [one] = found(look(7), look(9, NOON + timedelta(hours=1)), given=given)
    assert one.sentence == "looked twice at the record of a child with the same family name."
    assert (one.lines, one.child, one.at) == ((7, 9), "c1", NOON + timedelta(hours=1))


def test_a_name_that_many_bear_counts_only_at_their_own_postcode() -> None:
    child = Looked(families=frozenset({"Farrow"}), postcodes=frozenset({"AB1 2CD"}))
    who = Looker(role="staff", organisation="school-1", families=frozenset({"Farrow"}))
    many = {"bearers": {normal_name("Farrow"): 31}}
    assert kinds(look(), given=facts(who, child, **many)) == []
    assert kinds(look(), given=facts(who, child, bearers={normal_name("Farrow"): 30})) == ["family"]
    at_home = replace(who, postcodes=frozenset({"ab12cd"}))
    assert sorted(kinds(look(), given=facts(at_home, child, **many))) == ["family", "neighbour"]


def test_a_child_on_record_as_near_is_family_by_any_name() -> None:
    who = Looker(role="staff", organisation="school-1", near=frozenset({"c1"}))
    [one] = found(look(act="child.refused"), given=facts(who))
    assert (
        one.sentence == "tried to look and was refused once at the record of a child who is on record as near to them."
    )


def test_an_unknown_name_or_postcode_is_nobodys() -> None:
    who = Looker(role="staff", organisation="school-1", families=frozenset({""}), postcodes=frozenset({""}))
    assert kinds(look(), given=facts(who, Looked(families=frozenset({""}), postcodes=frozenset({""})))) == []


@pytest.mark.parametrize(("ground", "kept"), [("allocated", 0), ("meeting", 0), ("own_record", 1), ("", 1)])
def test_a_child_of_public_note_is_for_those_with_a_duty_or_a_meeting(ground: str, kept: int) -> None:
    assert len(found(look(ground=ground), given=facts(child=Looked(public=True)))) == kept


@pytest.mark.parametrize(
    ("at", "kept"),
    [
        (datetime(2026, 11, 20, 8, 0, tzinfo=UTC), 0),  # an hour before opening
        (datetime(2026, 11, 20, 7, 59, tzinfo=UTC), 1),
        (datetime(2026, 11, 20, 17, 59, tzinfo=UTC), 0),
        (datetime(2026, 11, 20, 18, 0, tzinfo=UTC), 1),
        (datetime(2026, 11, 21, 12, 0, tzinfo=UTC), 1),  # a Saturday
        (datetime(2026, 7, 17, 7, 0, tzinfo=UTC), 0),  # eight o'clock in London's summer
    ],
)
def test_odd_hours_are_an_hour_outside_those_of_the_organisation(at: datetime, kept: int) -> None:
    assert len(found(look(at=at), given=facts())) == kept


def test_odd_hours_say_when_in_london_and_are_the_organisations_own() -> None:
    [one] = found(look(at=NIGHT), given=facts())
    assert one.sentence == (
        "looked once at the record of a child at 23:30 on Friday, outside their organisation's hours and not on call."
    )
    always = Rota(hours={"school-1": OfficeHours(time(0), time(23, 59), every_day=True)})
    assert found(look(at=NIGHT), given=facts(rota=always)) == []


def test_whoever_is_on_call_or_works_nights_may_look_at_night() -> None:
    tonight = OnCall(4, time(17), time(9))
    on_call = Shift(role="school_nurse", person="p1", on_call=(tonight,))
    assert found(look(at=NIGHT), given=facts(rota=Rota((on_call,)))) == []
    over = replace(on_call, until=NIGHT - timedelta(hours=1))
    assert kinds(look(at=NIGHT), given=facts(rota=Rota((over,)))) == ["hours"]
    a_role_only = replace(on_call, on_call=())
    assert kinds(look(at=NIGHT), given=facts(rota=Rota((a_role_only,)))) == ["hours"]
    assert found(look(at=NIGHT), given=facts(night_roles=frozenset({"school_nurse"}))) == []


def test_broken_glass_is_always_there() -> None:
    assert kinds(look(act="glass.broken"), given=facts()) == ["glass"]


def test_a_search_that_led_to_nothing_is_asked_about_once_its_time_is_over() -> None:
    searched = look(ground="found")
    later = NOON + timedelta(hours=72)
    assert kinds(searched, given=facts(), at=later - timedelta(seconds=1)) == []
    assert kinds(searched, given=facts(), at=later) == ["nothing"]
    assert kinds(searched, given=facts(done={("p1", "c1"): NOON}), at=later) == []
    assert kinds(searched, given=facts(done={("p1", "c1"): NOON - timedelta(days=9)}), at=later) == ["nothing"]
    assert kinds(look(ground="team"), given=facts(), at=later) == []


def many(count: int, **more: Any) -> list[Access]:
    return [look(n, child=f"c{n}", **more) for n in range(count)]


def test_volume_is_held_against_ones_own_days() -> None:
    assert kinds(*many(20), given=facts(usual={"p1": [6, 6, 6, 6, 6]})) == ["volume"]
    assert kinds(*many(19), given=facts(usual={"p1": [6, 6, 6, 6, 6]})) == []
    assert kinds(*many(20), given=facts(usual={"p1": [7, 7, 7, 7, 7]})) == []
    assert kinds(*many(20), given=facts(usual={"p1": [1, 1, 1, 1]})) == []  # too few days to say what is usual


def test_volume_is_held_against_others_in_the_role() -> None:
    who = Looker(role="school_nurse", organisation="school-1")
    lookers = {"p1": who, **{f"q{n}": who for n in range(3)}, "z": replace(who, role="staff")}
    given = replace(facts(who), lookers=lookers, usual={f"q{n}": [5, 6, 7] for n in range(3)} | {"z": [500]})
    [one] = found(*many(20), given=given)
    assert one.sentence == (
        "opened the records of 20 children on Friday 20 November; usual is "
        "6 for 3 others in their role (28 days before)."
    )
    assert (one.child, len(one.lines)) == ("", 20)


def test_volume_counts_children_and_not_pages() -> None:
    again = [look(n, child="c1") for n in range(100)]
    assert kinds(*again, given=facts(usual={"p1": [1] * 9})) == []


def test_what_a_machine_does_what_is_no_look_and_what_is_to_come_are_left_out() -> None:
    given = facts(child=Looked(families=frozenset({"Farrow"})))
    assert found(look(by="system"), look(act="duty.raised"), given=given, at=NOON) == []
    assert found(look(at=NOON + timedelta(minutes=1)), given=given, at=NOON) == []


def test_findings_are_newest_first_and_each_of_one_day() -> None:
    given = facts(child=Looked(families=frozenset({"Farrow"})))
    looks = [look(1, NOON - timedelta(days=1)), look(2), look(3, NOON - timedelta(minutes=5))]
    got = found(*looks, given=given)
    assert [each.lines for each in got] == [(2, 3), (1,)]
    assert len({each.key for each in got}) == 2


def test_a_partnership_sets_its_own_rows_and_puts_one_out_of_use() -> None:
    own = rows_with(
        "unusual:\n"
        "  - {code: hours, version: 2, valid_from: 2026-11-01, what: No., source: Guardian, grade: hub, off: true}\n"
    )
    assert unusual([look(at=NIGHT)], facts(), own, NIGHT) == []
    before = NIGHT - timedelta(days=60)
    assert [each.what for each in unusual([look(at=before)], facts(), own, before)] == ["hours"]


def test_a_row_without_its_numbers_is_refused_by_name() -> None:
    with pytest.raises(RulesError) as refused:
        rows_with(
            "unusual:\n  - {code: volume, version: 2, valid_from: 2026-11-01, what: W., source: S., grade: hub}\n"
        )
    assert "at_least" in str(refused.value)


def test_every_row_shipped_says_what_where_from_and_how_sure() -> None:
    rows = default_rows().rows
    assert {row.code for row in rows} == set(NUMBERS)
    assert all(row.what and row.source and row.grade for row in rows)

"""How facts lie in columns: exactly, or not at all."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from support.facts import fact

from nightlight.domain.agencies import AGENCIES
from nightlight.domain.kinds import KINDS
from nightlight.engines import layout
from nightlight.engines.columns import born_days, check_sums, from_facts
from nightlight.engines.errors import BeyondError
from nightlight.engines.layout import LARGEST, MISSING, PLACES, VALUES, WHAT, WIDTH
from nightlight.timeline.instants import BEGINNING, END
from nightlight.timeline.partial import Partial

DAY = datetime(2024, 3, 31, tzinfo=UTC)


def row(kind: str, attributes: dict[str, object]) -> list[int]:
    return from_facts([([fact("a", DAY, kind, attributes)], None)]).rows[:, 0].tolist()


def value(kind: str, **attributes: object) -> int:
    (name,) = attributes
    return row(kind, attributes)[VALUES + PLACES[kind][name]]


def test_every_instant_reads_back():
    for at in (BEGINNING, END, DAY, datetime(1066, 10, 14, 9, 30, 0, 1, tzinfo=UTC)):
        assert layout.instant(layout.micros(at)) == at


def test_there_is_room_for_every_kind_agency_part_and_path():
    assert len(KINDS) <= layout.KIND_MASK + 1
    assert len(AGENCIES) <= min(layout.AGENCY_MASK + 1, layout.PART_BIT)  # all three sets are in one number of 64 bits
    assert layout.PART_BIT + len(layout.PART_IDS) <= layout.PATH_BIT
    assert layout.PATH_BIT + len(layout.PATH_IDS) <= 63
    assert len(layout.PART_IDS) <= layout.PART_MASK + 1
    assert len(layout.PATH_IDS) <= layout.PATH_MASK + 1


def test_no_attribute_of_a_kind_stands_where_another_does():
    for kind, places in PLACES.items():
        width = {name: 3 if layout.is_moment(kind, name) else 1 for name in places}
        taken = [place + k for name, place in places.items() for k in range(width[name])]
        assert sorted(taken) == list(range(len(taken)))
        assert len(taken) <= WIDTH


def test_words_of_closed_lists_have_codes_of_their_own():
    words = {each for kind in KINDS.values() for attribute in kind.attributes.values() for each in attribute.values}
    assert len({layout.word(each) for each in words}) == len(words)
    assert all(0 <= layout.word(each) < 2**63 for each in words)


def test_a_number_is_the_decimal_that_it_prints_as():
    assert value("health.medicine_issued", quantity=0.1) == 100_000
    assert value("education.suspension", sessions=3) == 3_000_000


def test_a_moment_has_its_earliest_and_its_latest():
    made = row("concern.raised", {"from_when": "2024-03"})
    place = VALUES + PLACES["concern.raised"]["from_when"]
    march = Partial.parse("2024-03")
    assert made[place + 1 : place + 3] == [layout.micros(march.earliest), layout.micros(march.latest)]


def test_a_moment_that_cannot_be_read_has_only_its_words():
    made = row("concern.raised", {"from_when": "tonight"})
    place = VALUES + PLACES["concern.raised"]["from_when"]
    assert made[place] != MISSING
    assert made[place + 1 : place + 3] == [MISSING, MISSING]


def test_what_was_not_written_down_is_missing():
    assert set(row("police.incident", {})[VALUES:]) == {MISSING}


@pytest.mark.parametrize("number", [0.1234567, 5_000_000_000, 1e-9])
def test_what_does_not_fit_is_refused_and_not_shown(number):
    with pytest.raises(BeyondError, match="decimals") as refused:
        layout.millionths(number)
    assert str(number) not in str(refused.value)


def test_an_unknown_agency_is_refused():
    with pytest.raises(BeyondError, match="agency"):
        from_facts([([fact("a", DAY, "voice.words", {}, agency="somebody")], None)])


def test_numbers_that_could_leave_64_bits_together_are_refused():
    with pytest.raises(BeyondError, match="added up"):
        check_sums([[0] * VALUES + [LARGEST]] * 2000)
    check_sums([[0] * VALUES + [LARGEST]] * 1000)
    check_sums([[0] * VALUES + [MISSING, 5]] * 2000)


def test_what_it_is_reads_back():
    made = row("police.incident", {})[WHAT]
    assert list(KINDS)[made & layout.KIND_MASK] == "police.incident"
    assert list(AGENCIES)[(made >> layout.AGENCY_AT) & layout.AGENCY_MASK] == "education"


@pytest.mark.parametrize(
    ("born", "expected"),
    [
        (None, (0, 0)),
        ("2024-03-02", (738947, 738947)),
        ("..2024-03-02", (0, 738947)),
        ("2024-03-02..", (738947, 0)),
        ("2024-02", (738917, 738945)),
    ],
)
def test_a_birth_date_is_its_first_and_last_day(born, expected):
    assert born_days(Partial.parse(born) if born else None) == expected

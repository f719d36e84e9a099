"""A population's facts gathered and run, and its tables beside them: the same when read back, or refused in words."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from nightlight.domain.chronology import Entry, Fact, Source, Subject
from nightlight.engines.columns import from_facts
from nightlight.engines.errors import LayoutError
from nightlight.engines.parquet import write_groups
from nightlight.engines.population import (
    ChildRow,
    Manifest,
    OutcomeRow,
    PopulationWriter,
    gathered,
    outcome_kinds,
    read_manifest,
    watched,
    write_manifest,
)
from nightlight.engines.running import spans_of
from nightlight.indicators.language import days, entries
from nightlight.timeline.partial import Partial
from nightlight.timeline.spans import END

START = datetime(2026, 1, 5, 12, tzinfo=UTC)
BORN = Partial.parse("2020-03-02")


def _fact(day: int, category: str = "hunger") -> Fact:
    at = START + timedelta(days=day)
    entry = Entry(
        id=str(day), kind="education.concern", subjects=(Subject("C"),), occurred=Partial.instant(at),
        recorded=Partial.instant(at), source=Source(agency="education"), attributes={"category": category},
    )  # fmt: skip
    return Fact(entry, at, at, at, END)


HISTORIES = [
    ("C1", BORN, [_fact(0), _fact(3, "tired")]),
    ("C2", None, []),
    *((f"C{number}", BORN, [_fact(number)]) for number in range(3, 160)),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_groups(tmp_path, [gathered(HISTORIES[:100]), gathered(HISTORIES[100:])])
    return tmp_path


def test_children_gathered_a_few_at_a_time_are_as_if_at_once() -> None:
    group = gathered(iter(HISTORIES))
    at_once = from_facts([(facts, born) for _, born, facts in HISTORIES])
    assert list(group.children) == [child for child, _, _ in HISTORIES]
    for name in ("offsets", "born", "rows"):
        np.testing.assert_array_equal(getattr(group.columns, name), getattr(at_once, name))


def test_no_children_are_a_group() -> None:
    assert len(gathered([]).columns) == 0


def test_each_child_has_the_spans_of_what_ever_holds(folder: Path) -> None:
    hungry = (entries("education.concern", category="hunger").in_last(days(2)) >= 1).node
    tired = (entries("education.concern", category="tired").in_last(days(2)) >= 1).node
    found = list(spans_of(folder, {"hungry": hungry, "tired": tired}))
    day = 86_400_000_000
    first = int(START.timestamp()) * 1_000_000
    assert [child for child, _ in found] == [child for child, _, _ in HISTORIES]
    assert dict(found)["C1"] == {"hungry": [(first, first + 2 * day)], "tired": [(first + 3 * day, first + 5 * day)]}
    assert dict(found)["C2"] == {}
    assert dict(found)["C150"] == {"hungry": [(first + 150 * day, first + 152 * day)]}


# -- beside the facts


def _children(*names: str) -> list[ChildRow]:
    return [
        ChildRow(child=name, since=0, until=1000, organisations={"education": "Fernbank"}, groups={"area": "North"})
        for name in names
    ]


def _written(folder: Path, children: list[ChildRow], outcomes: list[OutcomeRow]) -> Path:
    with PopulationWriter(folder, ("area",)) as writer:
        writer.write(children[:1], outcomes[:1])
        writer.write(children[1:], outcomes[1:])
    return folder


def test_children_have_what_came_to_them_in_order_of_time(tmp_path: Path) -> None:
    came = [
        OutcomeRow("C1", "plan", 500), OutcomeRow("C3", "plan", 900), OutcomeRow("C3", "section_47", 20),
        OutcomeRow("C3", "plan", 10),
    ]  # fmt: skip
    found = list(watched(_written(tmp_path, _children("C1", "C2", "C3"), came)))
    assert [row for row, _ in found] == _children("C1", "C2", "C3")
    assert [each for _, each in found] == [{"plan": [500]}, {}, {"plan": [10, 900], "section_47": [20]}]
    assert outcome_kinds(tmp_path) == ["plan", "section_47"]


@pytest.mark.parametrize("names", [("C2", "C1"), ("C9",)], ids=["another order", "no such child"])
def test_outcomes_not_in_the_children_s_order_are_refused(tmp_path: Path, names: tuple[str, ...]) -> None:
    _written(tmp_path, _children("C1", "C2"), [OutcomeRow(name, "plan", 1) for name in names])
    with pytest.raises(LayoutError, match="not in the order"):
        list(watched(tmp_path))


def test_table_without_a_column_is_refused_by_its_name(tmp_path: Path) -> None:
    _written(tmp_path, _children("C1"), [])
    pq.write_table(pa.table({"child": ["C1"]}), tmp_path / "groups.parquet")
    with pytest.raises(LayoutError, match="lacks organisations, since, until"):
        list(watched(tmp_path))


def test_manifest_is_read_back(tmp_path: Path) -> None:
    told = Manifest(
        name="a town", synthetic=False, since=0, until=86_400_000_000, kinds={"voice.words": 3}, more={"seed": 4}
    )
    write_manifest(tmp_path, told)
    assert read_manifest(tmp_path) == told


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"synthetic": "yes"}, "true or false"),
        ({"since": "2026-01-01T00:00:00"}, "offset"),
        ({"name": None, "until": None}, "can't be read"),
    ],
)
def test_manifest_that_does_not_say_what_it_must_is_refused(
    tmp_path: Path, wrong: dict[str, object], words: str
) -> None:
    right = {"name": "x", "synthetic": True, "since": "2023-01-01T00:00+00:00", "until": "2026-01-01T00:00+00:00"}
    (tmp_path / "population.json").write_text(json.dumps({**right, **wrong}), encoding="utf-8")
    with pytest.raises(LayoutError, match=words):
        read_manifest(tmp_path)

"""Facts to Parquet and back, group by group; and what is refused."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.facts import facts

from nightlight.engines import batch, parquet
from nightlight.engines.columns import Columns, from_facts
from nightlight.engines.errors import LayoutError
from nightlight.engines.layout import AGENCY_AT, MISSING, PART_AT, PATH_AT, VALUES, WHAT, WIDTH
from nightlight.engines.live import LiveEvaluator
from nightlight.engines.parquet import CHILDREN, FACTS, Reader
from nightlight.engines.results import by_child
from nightlight.engines.running import spans_of
from nightlight.indicators.catalogue import CATALOGUE
from nightlight.timeline.calendar import WorkingCalendar
from nightlight.timeline.partial import Partial

CALENDAR = WorkingCalendar.england()
ALL = {code: each.expression for code, each in CATALOGUE.items()}
TABLE = """
    a | 2024-01-01 | education.register | possible=10 attended=9 known=2024-02-01
    b | 2024-01-05 | education.register | possible=10
    c | 2024-01-20 | concern.raised | severity=immediate from_when=2024-02
    d | 2024-01-21 | housing.residence | address=one until=2024-06-01 agency=housing through=adult
"""
CHILDREN_MADE = [
    ("one", facts(TABLE), Partial.parse("2020-02-29")),
    ("none", (), Partial.parse("2021-05")),
    ("two", facts(TABLE)[:2], None),
    ("last", facts(TABLE)[1:], Partial.parse("..2020")),
]


@pytest.fixture
def folder(tmp_path):
    assert parquet.write(tmp_path, CHILDREN_MADE, rows=4) == 9
    return tmp_path


def test_groups_hold_whole_children(folder):
    reader = Reader(folder)
    groups = [reader.group(number) for number in range(len(reader))]
    assert [each.children.to_pylist() for each in groups] == [["one"], ["none", "two"], ["last"]]
    assert reader.facts == 9


WORDS = {"kind": [3, 1, 2, 1], "agency": [0, 2, 2, 1], "part": [1, 1, 0, 0], "through": [0, 1, 0, 1]}
SHIFTS = {"kind": 0, "agency": AGENCY_AT, "part": PART_AT, "through": PATH_AT}


@pytest.mark.parametrize("varying", [some for n in range(5) for some in combinations(WORDS, n)])
def test_what_a_fact_is_reads_back_whichever_columns_have_one_word_alone(varying):
    rows = np.zeros((VALUES + WIDTH, 4), dtype=np.int64)
    for name, numbers in WORDS.items():
        rows[WHAT] |= np.array(numbers if name in varying else [1] * 4) << SHIFTS[name]
    made = Columns(np.array([0, 4]), np.zeros((2, 1), dtype=np.int64), rows)
    children = parquet.children_table(parquet.Group(["one"], made), 0)
    table = parquet.facts_table(made, 0)
    coded = {name: parquet_words(table[name]) for name in WORDS}
    for name, column in coded.items():
        table = table.set_column(table.column_names.index(name), name, column)
    assert parquet.to_columns(table, children, 0).rows[WHAT].tolist() == rows[WHAT].tolist()


def parquet_words(column):
    """As a file gives them: a dictionary of the words in use, and no other."""
    return pa.chunked_array([column.combine_chunks().cast(pa.string()).dictionary_encode()])


def test_columns_read_back(folder):
    reader = Reader(folder)
    read = [reader.group(number).columns for number in range(len(reader))]
    made = [
        from_facts([each[1:] for each in some])
        for some in (CHILDREN_MADE[:1], CHILDREN_MADE[1:3], CHILDREN_MADE[3:])
    ]  # fmt: skip
    for one, other in zip(read, made, strict=True):
        assert one.rows.tolist() == other.rows.tolist()
        assert one.offsets.tolist() == other.offsets.tolist()
        assert one.born.tolist() == other.born.tolist()


def test_what_was_not_written_down_may_be_null(folder):
    table = pq.read_table(folder / FACTS)
    columns = from_facts([each[1:] for each in CHILDREN_MADE])
    children = parquet.children_table(parquet.Group([each[0] for each in CHILDREN_MADE], columns), 0)
    for name in [name for name in table.column_names if name.startswith("value_")]:
        values = pa.array([None if n == MISSING else n for n in table[name].to_pylist()], pa.int64())
        table = table.set_column(table.column_names.index(name), name, values)
    assert table["value_1"].null_count
    assert parquet.to_columns(table, children, 0).rows.tolist() == columns.rows.tolist()


def test_groups_may_be_read_one_after_another_into_the_same_room(folder):
    reader = Reader(folder)
    room = reader.room()
    for number in range(len(reader)):
        alone, again = reader.group(number).columns, reader.group(number, into=room).columns
        assert again.rows is room
        assert again.rows[:, : alone.offsets[-1]].tolist() == alone.rows.tolist()


def test_a_population_is_as_each_of_its_children(folder):
    live = LiveEvaluator(CALENDAR)
    found = {}
    for result in batch.evaluate(folder, ALL, calendar=CALENDAR):
        program = live.program(ALL)
        ids = result.children.to_pylist()
        found |= dict(zip(ids, by_child(program, result.found, len(ids)), strict=True))
    assert found == {id_: live.evaluate(some, born, ALL) for id_, some, born in CHILDREN_MADE}
    assert [id_ for id_, _ in spans_of(folder, ALL)] == list(found)


def test_spans_are_written_with_progress(folder, tmp_path):
    told = []
    path = tmp_path / "spans.parquet"
    number = batch.write_spans(batch.evaluate(folder, ALL, calendar=CALENDAR, cores=1), path, progress=told.append)
    table = pq.read_table(path)
    assert (number, sum(told)) == (table.num_rows, 9)
    assert table.num_rows > 0
    live = LiveEvaluator(CALENDAR).evaluate(*CHILDREN_MADE[0][1:], ALL)
    mine = [(r["indicator"], r["start"], r["end"]) for r in table.to_pylist() if r["child"] == "one"]
    assert mine == [(code, *span) for code, spans in live.items() for span in spans]


def test_an_empty_population_has_no_spans(tmp_path):
    parquet.write(tmp_path, ())
    assert list(batch.evaluate(tmp_path, ALL, calendar=CALENDAR)) == []


def test_a_run_that_is_left_early_ends(folder):
    results = batch.evaluate(folder, ALL, calendar=CALENDAR)
    next(results)
    results.close()


def test_another_format_is_refused(tmp_path, folder):
    pq.write_table(pa.table({"child": ["a"]}), folder / CHILDREN)
    with pytest.raises(LayoutError, match=r"children\.parquet is not of the format"):
        Reader(folder)


def test_groups_that_do_not_go_together_are_refused(folder, tmp_path):
    one = pq.read_table(folder / FACTS, read_dictionary=["kind", "agency", "part", "through"])
    pq.write_table(one.cast(parquet.FACTS_SCHEMA), folder / FACTS)
    with pytest.raises(LayoutError, match="different row groups"):
        Reader(folder)


@pytest.mark.parametrize("rows", [[1, 0, 2, 3], [0, 1, 3, 2]])
def test_facts_out_of_order_are_refused(rows):
    columns = from_facts([CHILDREN_MADE[0][1:]])
    table = parquet.facts_table(columns, 0).take(pa.array(rows))
    children = parquet.children_table(parquet.Group(["one"], columns), 0)
    with pytest.raises(LayoutError, match="not sorted"):
        parquet.to_columns(table, children, 0)


@pytest.mark.parametrize("number", [[0, 0, 1, 0, 0, 1], [0, 0, 0, 0, 2, 2], [-1, 0, 0, 0, 1, 1]])
def test_children_out_of_order_or_beyond_are_refused(number):
    columns = from_facts([CHILDREN_MADE[0][1:], CHILDREN_MADE[2][1:]])
    table = parquet.facts_table(columns, 0).set_column(0, "number", pa.array(number, pa.int32()))
    children = parquet.children_table(parquet.Group(["one", "two"], columns), 0)
    with pytest.raises(LayoutError, match="not sorted"):
        parquet.to_columns(table, children, 0)


def test_a_kind_of_another_version_is_refused_by_name():
    columns = from_facts([CHILDREN_MADE[0][1:]])
    table = parquet.facts_table(columns, 0)
    kinds = pa.array(["education.register", "x.y", "concern.raised", "housing.residence"]).dictionary_encode()
    table = table.set_column(2, "kind", kinds)
    with pytest.raises(LayoutError, match=r"kind that this version does not know: x\.y"):
        parquet.to_columns(table, parquet.children_table(parquet.Group(["one"], columns), 0), 0)

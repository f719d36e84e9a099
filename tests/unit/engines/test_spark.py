"""What a worker on Spark does with the rows of a partition, without Spark: batches may end anywhere in a child."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.facts import facts

from nightlight.engines import batch, parquet, spark
from nightlight.engines.parquet import CHILDREN, FACTS
from nightlight.indicators.catalogue import CATALOGUE
from nightlight.timeline.calendar import WorkingCalendar
from nightlight.timeline.partial import Partial

ALL = {code: each.expression for code, each in CATALOGUE.items()}
TABLE = """
    a | 2024-01-01 | education.register | possible=10 attended=9
    b | 2024-01-05 | police.incident | category=drugs child_present=present
    c | 2024-01-20 | concern.raised | severity=immediate from_when=2024-02
"""
CHILDREN_MADE = [(f"child {k}", facts(TABLE)[: k % 4], Partial.parse("2023-02-28")) for k in range(12)]


@pytest.fixture
def folder(tmp_path):
    parquet.write(tmp_path, CHILDREN_MADE)
    return tmp_path


def joined(folder) -> pa.Table:
    """The two files as Spark joins and sorts them, with plain words for dictionaries."""
    children, facts_ = pq.read_table(folder / CHILDREN), pq.read_table(folder / FACTS)
    table = children.join(facts_, "number", join_type="left outer")
    return table.sort_by([("number", "ascending"), ("position", "ascending")]).combine_chunks()


def expected(folder) -> list[dict[str, object]]:
    results = batch.evaluate(folder, ALL, calendar=WorkingCalendar.england())
    return [row for result in results for row in result.table().to_pylist()]


@pytest.mark.parametrize("size", [1, 2, 5, 100])
@pytest.mark.parametrize("at_once", [1, 4, 1000])
def test_a_partition_gives_the_spans_of_one_process(folder, monkeypatch, size, at_once):
    monkeypatch.setattr(spark, "AT_ONCE", at_once)
    batches = joined(folder).to_batches(max_chunksize=size)
    found = [row for each in spark.partition(ALL)(iter(batches)) for row in each.to_pylist()]
    assert found == expected(folder)
    assert found


def test_an_empty_partition_gives_nothing(folder):
    assert list(spark.partition(ALL)(iter(()))) == []


def test_no_table_ends_in_the_middle_of_a_child(folder):
    tables = list(spark.whole_children(iter(joined(folder).to_batches(max_chunksize=2)), 3))
    numbers = [set(table["number"].to_pylist()) for table in tables]
    assert sum(map(len, numbers)) == len(CHILDREN_MADE)
    assert len(tables) > 2

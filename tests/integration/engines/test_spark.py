"""Spark itself, with two local workers: the same spans as one process. Needs the `spark` extra and Java."""

from __future__ import annotations

import shutil
import warnings

import pytest
from support.facts import facts

from nightlight.engines import batch, parquet, spark
from nightlight.indicators.catalogue import CATALOGUE
from nightlight.timeline.calendar import WorkingCalendar
from nightlight.timeline.partial import Partial

pytest.importorskip("pyspark", reason="the spark extra is not installed")
pytestmark = pytest.mark.skipif(shutil.which("java") is None, reason="Spark needs Java")

ALL = {code: each.expression for code, each in CATALOGUE.items()}
TABLE = """
    a | 2024-01-01 | education.register | possible=10 attended=9
    b | 2024-01-05 | police.incident | category=drugs child_present=present
    c | 2024-01-20 | concern.raised | severity=immediate from_when=2024-02
"""


def test_two_workers_give_the_spans_of_one_process(tmp_path):
    made = [(f"child {k}", facts(TABLE)[: k % 4], Partial.parse("2023-02-28")) for k in range(12)]
    parquet.write(tmp_path, made, rows=6)
    one = [
        r for result in batch.evaluate(tmp_path, ALL, calendar=WorkingCalendar.england()) for r in rows(result.table())
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Spark's own, of other libraries' versions and of sockets it leaves open
        session = spark.session(2)
        try:
            found = rows(spark.evaluate(session, tmp_path, ALL, partitions=2).toArrow())
        finally:
            session.stop()
    assert sorted(found) == sorted(one)
    assert found


def rows(table) -> list[tuple[str, str, str, str]]:
    return [
        (row["child"], row["indicator"], row["start"].isoformat(), row["end"].isoformat()) for row in table.to_pylist()
    ]

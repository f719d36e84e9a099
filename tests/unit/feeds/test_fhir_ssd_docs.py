"""The manual's pages of the health and social care feeds give what they say, and name every table and code."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

import nightlight.feeds
from nightlight.feeds.records import FeedContext, Record, Rejection
from nightlight.feeds.registry import feed_named
from nightlight.feeds.ssd.tables import READ_IN_ORDER
from nightlight.feeds.ssd.values import code_means

REFERENCE = Path(__file__).parents[3] / "docs" / "reference"
TABLES = Path(nightlight.feeds.__file__).parent / "tables"
NOW = datetime(2025, 1, 1, 9, tzinfo=UTC)
_EXAMPLE = re.compile(r"```\w+ feed=(\S+)\n(.*?)```\s+```text gives=\S+\n(.*?)```", re.DOTALL)


def page(feed: str) -> str:
    return (REFERENCE / f"feeds-{feed}.md").read_text(encoding="utf-8")


def told(record: Record) -> str:
    return "; ".join(f"{entry.kind} {dict(entry.attributes)}" for entry in record.entries)


@pytest.mark.parametrize("feed", ["fhir", "ssd"])
def test_reference_example_gives_what_it_says(feed):
    ((name, file, expected),) = _EXAMPLE.findall(page(feed))
    context = FeedContext(agency=feed, organisation="sample", system="test:sample", now=NOW)
    found = list(feed_named(name).read(io.BytesIO(file.encode()), context))
    assert not [item for item in found if isinstance(item, Rejection)]
    told_lines = [f"{item.record_id}: {told(item)}".strip() for item in found if isinstance(item, Record)]
    assert told_lines == [line.strip() for line in expected.strip().splitlines()]


def test_fhir_reference_lists_every_code_that_means_something():
    text = page("fhir")
    with (TABLES / "fhir_codes.csv").open(encoding="utf-8") as rows:
        codes = [row for row in csv.DictReader(rows) if row["means"]]
    for row in codes:
        means = ", ".join(f"`{meaning}`" for meaning in row["means"].split())
        assert f"| `{row['code']}` | {row['display']} | {means} |" in text
    assert len(codes) > 80


def test_ssd_reference_names_every_table_and_source_code():
    text = page("ssd")
    assert [table for table in READ_IN_ORDER if f"`{table}`" not in text] == []
    listed = re.findall(r"\| ((?:`\d+[A-F]?`(?:, )?)+) \| `([\w.]+)` ", text)
    means = {code: agency for codes, agency in listed for code in re.findall(r"`(\w+)`", codes)}
    assert len(means) == 19
    assert {code: code_means("source", code) for code in means} == means

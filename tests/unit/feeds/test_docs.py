"""The examples of the feeds' manual give what the manual says."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from nightlight.feeds.attendance import codes
from nightlight.feeds.mapping import read_mapping
from nightlight.feeds.records import FeedContext, Record, Rejection
from nightlight.feeds.registry import feed_named

DOCS = Path(__file__).parents[3] / "docs"
NOW = datetime(2025, 1, 1, 9, tzinfo=UTC)
_EXAMPLE = re.compile(r"```\w+ feed=(\S+)\n(.*?)```\s+```text gives=\S+\n(.*?)```", re.DOTALL)
EXAMPLES = _EXAMPLE.findall((DOCS / "reference" / "feeds.md").read_text(encoding="utf-8"))


def context(mapping=None) -> FeedContext:
    return FeedContext(agency="education", organisation="fernbank", system="test:fernbank", now=NOW, mapping=mapping)


def told(record: Record) -> str:
    return "; ".join(f"{entry.kind} {dict(entry.attributes)}" for entry in record.entries)


@pytest.mark.parametrize(("feed", "file", "expected"), EXAMPLES, ids=[f"{e[0]}-{i}" for i, e in enumerate(EXAMPLES)])
def test_reference_example(feed, file, expected):
    found = list(feed_named(feed).read(io.BytesIO(file.encode()), context()))
    assert [f"{record.record_id}: {told(record)}" for record in found] == expected.strip().splitlines()


def test_reference_has_an_example_of_each_of_these_feeds():
    assert {"school-register", "concern-log", "police"} <= {feed for feed, _file, _expected in EXAMPLES}


def test_reference_names_every_attendance_code():
    text = (DOCS / "reference" / "feeds.md").read_text(encoding="utf-8")
    table = text[text.index("| counts as |") : text.index("A school's own letters")]
    named = set(re.findall(r"`([^`]+)`", table)) | {f"Y{n}" for n in range(1, 8)}
    assert set(codes()) <= named


def test_how_to_mapping_gives_what_it_shows():
    text = (DOCS / "how-to" / "map-a-concern-log.md").read_text(encoding="utf-8")
    mapping, log, expected = (
        re.search(rf"```{tag}\n(.*?)```", text, re.DOTALL)[1] for tag in ("yaml mapping", "csv mapped", "text gives")
    )
    found = list(feed_named("concern-log").read(io.BytesIO(log.encode()), context(read_mapping(mapping))))
    assert not [item for item in found if isinstance(item, Rejection)]
    assert [shown(record) for record in found] == expected.strip().splitlines()


def shown(record: Record) -> str:
    if record.withdrawn:
        return f"{record.record_id}: withdrawn"
    entries = "; ".join(
        f"{entry.kind} {dict(entry.attributes)} " + ", ".join(f"{s.source_id} {s.part}" for s in entry.subjects)
        for entry in record.entries
    )
    return f"{record.record_id}: {entries}"

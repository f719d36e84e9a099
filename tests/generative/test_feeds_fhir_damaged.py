"""Any public sample with anything in it replaced by anything is still records or refusals that tell nothing."""

from __future__ import annotations

import gzip
import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from nightlight.domain.kinds import problems_with
from nightlight.feeds.fhir import FEED
from nightlight.feeds.fhir.resources import STRUCTURES
from nightlight.feeds.records import FeedContext, Record

SAMPLES = Path(__file__).parents[1] / "data" / "fhir"
NOW = datetime(2026, 11, 1, 9, tzinfo=UTC)
CONTEXT = FeedContext(agency="health.gp", organisation="sample", system="gp:sample", now=NOW)
MARK = "Quillfeather"


def _resources() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for path in sorted(SAMPLES.rglob("*.json*")):
        raw = path.read_bytes()
        value = json.loads(gzip.decompress(raw) if path.suffix == ".gz" else raw)
        entries = value.get("entry", [{"resource": value}])
        found += [entry["resource"] for entry in entries if entry["resource"]["resourceType"] in STRUCTURES]
    by_type = [[one for one in found if one["resourceType"] == kind][:25] for kind in STRUCTURES]
    return [one for some in by_type for one in some]


RESOURCES = _resources()
ODD = st.one_of(
    st.none(), st.booleans(), st.integers(-1, 10**20), st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=5), st.just(MARK), st.just([]), st.just({}), st.just([None]), st.just({"coding": [None]}),
    st.sampled_from(["2024-02-30", "0001-01-01", "9999-12-31T23:59:60Z", "Patient/", "#", "?", "urn:uuid:", "|"]),
)  # fmt: skip


def _places(value: Any) -> list[tuple[Any, Any]]:
    keys = list(value) if isinstance(value, dict) else list(range(len(value))) if isinstance(value, list) else []
    inner = [place for key in keys for place in _places(value[key])]
    return [(value, key) for key in keys if key != "resourceType"] + inner


@given(data=st.data())
def test_damaged_resource_is_kept_or_refused_and_tells_nothing(data):
    resource = json.loads(json.dumps(data.draw(st.sampled_from(RESOURCES))))
    for _ in range(data.draw(st.integers(1, 3))):
        places = _places(resource)
        holder, key = places[data.draw(st.integers(0, len(places) - 1))]
        holder[key] = json.loads(json.dumps(data.draw(ODD)))
    for item in FEED.read(io.BytesIO(json.dumps(resource).encode()), CONTEXT):
        if not isinstance(item, Record):
            assert MARK not in f"{item} {item.code}"
            continue
        for entry in item.entries:
            assert problems_with(entry.kind, entry.attributes) == []
            assert entry.occurred.earliest <= NOW
            assert entry.recorded <= NOW


def test_every_type_that_is_read_and_has_a_sample_is_damaged():
    kinds = {resource["resourceType"] for resource in RESOURCES}
    assert set(STRUCTURES) - kinds == set()

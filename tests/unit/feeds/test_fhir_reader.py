"""Deliveries whole: bundles, lines, gzip, and files that are broken, cut short, hostile or very long."""

from __future__ import annotations

import gzip
import io
import json
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from nightlight.feeds.fhir import FEED
from nightlight.feeds.fhir.clinical import MAPPERS
from nightlight.feeds.fhir.codes import _codes, _words
from nightlight.feeds.fhir.resources import STRUCTURES
from nightlight.feeds.records import FeedContext, Record, Rejection, UnreadableFile

NOW = datetime(2026, 11, 1, 9, tzinfo=UTC)
CONTEXT = FeedContext(agency="health.gp", organisation="Sample Practice", system="gp:sample", now=NOW)


def read(raw: bytes) -> list[Record | Rejection]:
    return list(FEED.read(io.BytesIO(raw), CONTEXT))


def records(raw: bytes) -> list[Record]:
    return [found for found in read(raw) if isinstance(found, Record)]


def refused(raw: bytes) -> list[str]:
    return [found.code for found in read(raw) if isinstance(found, Rejection)]


def condition(number: int, **fields: Any) -> dict[str, Any]:
    return {
        "resourceType": "Condition", "id": f"c{number}", "subject": {"reference": f"Patient/{number}"},
        "code": {"text": "Asthma"}, "onsetDateTime": "2024-01-02", **fields,
    }  # fmt: skip


def bundle(*resources: dict[str, Any], **fields: Any) -> bytes:
    entries = [{"resource": resource} for resource in resources]
    return json.dumps({"resourceType": "Bundle", "type": "batch", "entry": entries, **fields}).encode()


@pytest.mark.parametrize(
    "raw",
    [
        json.dumps(condition(1)).encode(),
        json.dumps(condition(1), indent=2).encode(),
        b"\xef\xbb\xbf" + json.dumps(condition(1)).encode(),
        bundle(condition(1)),
        bundle(condition(1), type="searchset"),
        json.dumps([condition(1)]).encode(),
        json.dumps(condition(1)).encode() + b"\n",
        gzip.compress(bundle(condition(1))),
    ],
    ids=["resource", "laid out", "byte-order mark", "bundle", "searchset", "list", "line", "gzip"],
)
def test_delivery_of_every_form_gives_its_resource(raw):
    found = records(raw)
    assert refused(raw) == []
    assert [record.record_id for record in found if record.entries] == ["Condition/c1"]


def test_lines_give_a_record_each_with_its_line():
    raw = "\n".join(json.dumps(condition(number)) for number in (1, 2)).encode()
    assert [(record.position, record.record_id) for record in records(raw)] == [
        ("line 1", "Condition/c1"),
        ("line 2", "Condition/c2"),
    ]


def test_lines_of_bundles_give_each_entry():
    raw = b"\n".join([bundle(condition(1), condition(2)), bundle(condition(3))])
    assert [record.record_id for record in records(raw)] == ["Condition/c1", "Condition/c2", "Condition/c3"]


def test_people_are_given_before_what_is_about_them():
    raw = bundle(condition(1), {"resourceType": "Patient", "id": "1"})
    assert [record.record_id for record in records(raw)] == ["Patient/1", "Condition/c1"]


def test_history_gives_the_oldest_version_first():
    versions = [condition(1, meta={"lastUpdated": f"2025-0{month}-01T00:00:00Z"}) for month in (3, 2, 1)]
    dates = [record.entries[0].recorded.month for record in records(bundle(*versions, type="history"))]
    assert dates == [1, 2, 3]


def test_deleted_in_a_bundle_is_withdrawn():
    raw = json.dumps(
        {"resourceType": "Bundle", "entry": [{"request": {"method": "DELETE", "url": "Condition/c1"}}]}
    ).encode()
    assert [(record.record_id, record.withdrawn) for record in records(raw)] == [("Condition/c1", True)]


def test_sent_again_gives_the_same_ids_and_digests():
    raw = bundle(condition(1), {"resourceType": "Condition", "subject": {"reference": "Patient/1"}})
    one, again = ([(record.record_id, record.digest) for record in records(raw)] for _ in range(2))
    assert one == again


def test_interrupted_file_keeps_what_came_before_and_the_whole_file_doubles_nothing():
    raw = bundle(*(condition(number) for number in range(10)))
    half = records(raw[: len(raw) // 2])
    assert refused(raw[: len(raw) // 2]) == ["truncated"]
    assert 0 < len(half) < 10
    assert {(r.record_id, r.digest) for r in half} < {(r.record_id, r.digest) for r in records(raw)}


def test_interrupted_gzip_is_told():
    raw = gzip.compress(bundle(*(condition(number) for number in range(5000))))
    assert "truncated" in refused(raw[: len(raw) // 2])


def test_broken_line_is_refused_and_the_rest_is_kept():
    raw = b"\n".join([json.dumps(condition(1)).encode(), b'{"resourceType": "Cond', json.dumps(condition(2)).encode()])
    assert [found.record_id if isinstance(found, Record) else found.code for found in read(raw)] == [
        "not_json", "Condition/c1", "Condition/c2",
    ]  # fmt: skip


def test_not_utf8_is_refused():
    raw = json.dumps(condition(1)).encode().replace(b"Asthma", b"Asthm\xe9")
    assert refused(raw) == ["not_json"]


@pytest.mark.parametrize(
    ("raw", "word"),
    [
        (b'<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><Bundle>&b;</Bundle>', "XML"),
        (gzip.compress(b"<Bundle/>"), "XML"),
        (b"", "empty"),
        (b"PK\x03\x04 and so on", "zip"),
        (b"NHS Number,Name\n1,2\n", "JSON"),
    ],
    ids=["xml bomb", "gzipped xml", "empty", "zip", "csv"],
)
def test_another_format_is_refused_unread(raw, word):
    with pytest.raises(UnreadableFile, match=word):
        read(raw)


@pytest.mark.parametrize(
    "raw",
    [b'{"people": [1]}', b'[1, "x"]', b'{"resourceType": "Bundle", "entry": [{"resource": {"id": "1"}}]}'],
    ids=["object", "list", "entry"],
)
def test_json_that_is_not_fhir_is_refused(raw):
    assert set(refused(raw)) == {"not_fhir"}


def test_value_of_the_wrong_type_is_refused_with_its_path():
    found = read(json.dumps(condition(1, code={"coding": [{"code": 195967001}]})).encode())
    assert isinstance(found[0], Rejection)
    assert (found[0].field, found[0].code) == ("code.coding[0].code", "wrong_type")
    assert "195967001" not in str(found[0])


def test_list_resource_with_entries_of_its_own_is_no_bundle():
    raw = json.dumps({"resourceType": "List", "id": "1", "entry": [{"item": {"reference": "Condition/1"}}]}).encode()
    assert [record.record_id for record in records(raw)] == ["List/1"]
    assert refused(raw) == []


@pytest.mark.parametrize(
    "changed",
    [
        {"id": "x" * 400},
        {"subject": {"reference": "Patient/" + "x" * 300}},
        {"resourceType": "Patient", "name": [{"family": "x" * 300}]},
        {"resourceType": "Location", "id": "x" * 400},
    ],
    ids=["id", "reference", "name", "other type"],
)
def test_id_or_name_too_long_to_keep_is_refused_not_cut(changed):
    assert refused(json.dumps(condition(1, **changed)).encode()) == ["too_long"]


class Bundle(io.RawIOBase):
    """A bundle of many resources, made as it is read; `given` counts those that have been."""

    def __init__(self, count: int, words: str = "Asthma") -> None:
        self._pieces = self._made(count, words)
        self._left = b""
        self.given = 0

    def _made(self, count: int, words: str) -> Iterator[bytes]:
        yield b'{"resourceType": "Bundle", "type": "collection", "entry": ['
        for self.given in range(count):
            comma = b", " if self.given else b""
            yield comma + json.dumps({"resource": condition(self.given, code={"text": words})}).encode()
        yield b"]}"

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        pieces = [self._left]
        size = len(self._left)
        while size < len(buffer) and (piece := next(self._pieces, b"")):
            pieces.append(piece)
            size += len(piece)
        whole = b"".join(pieces)
        self._left = whole[len(buffer) :]
        buffer[: min(size, len(buffer))] = whole[: len(buffer)]
        return min(size, len(buffer))


def test_bundle_of_100_000_resources_is_read_as_it_comes():
    stream = Bundle(100_000)
    count = furthest = 0
    for found in FEED.read(io.BufferedReader(stream), CONTEXT):
        assert isinstance(found, Record)
        count += 1
        furthest = max(furthest, stream.given - count)
    assert count == 100_000
    assert furthest < 2_500  # a window, and a chunk of the file


def test_bundle_of_any_length_needs_the_memory_of_a_window():
    list(FEED.read(io.BufferedReader(Bundle(1_000)), CONTEXT))  # what is loaded once
    tracemalloc.start()
    try:
        stream = io.BufferedReader(Bundle(8_000, "Asthma " * 1_000))  # 56 MB
        count = sum(len(found.entries) for found in FEED.read(stream, CONTEXT) if isinstance(found, Record))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert count == 8_000
    assert peak < 24_000_000


def test_every_type_that_is_decoded_is_mapped():
    assert STRUCTURES.keys() == MAPPERS.keys()


def test_codes_are_listed_once_each_and_mean_what_kinds_allow():
    from nightlight.domain.kinds import ATTENDANCE_REASONS, MEDICINES

    assert len(_codes()) > 120
    for meanings in _codes().values():
        assert meanings.get("medicine", "other") in MEDICINES
        assert meanings.get("reason", "other") in ATTENDANCE_REASONS
    assert {value for value, _, _ in _words("medicine")} <= set(MEDICINES)
    assert {value for value, _, _ in _words("reason")} <= set(ATTENDANCE_REASONS)

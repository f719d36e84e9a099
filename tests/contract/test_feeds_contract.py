"""What every feed promises, whatever it is sent: records or rejections, nothing raised, nothing told, memory flat."""

from __future__ import annotations

import io
import itertools
import tracemalloc
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.feeds_samples import NOW, SAMPLES, WORDS, context, delivery, endless

from nightlight.domain.kinds import problems_with
from nightlight.feeds import school_register
from nightlight.feeds.records import LONGEST_RAW, Feed, Record, Rejection, UnreadableFile
from nightlight.feeds.registry import FEEDS, UnknownFeed, feed_named

FEED_NAMES = sorted(FEEDS)
BOMB = b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><l>&b;</l>'


def read(feed: str, content: bytes, **changed):
    return list(FEEDS[feed].read(io.BytesIO(content), replace(context(feed), **changed)))


def read_anything(feed: str, content: bytes):
    """As `read`; a file refused as a whole is given as its message."""
    try:
        return read(feed, content)
    except UnreadableFile as refused:
        return [str(refused)]


def assert_kept_or_refused(found) -> None:
    for item in found:
        assert isinstance(item, Record | Rejection | str)
        if isinstance(item, Rejection):
            assert item.position
            assert item.field
            assert item.code
            assert item.expected
            assert len(item.position) <= 80
            assert len(item.field) <= 120
        if isinstance(item, Record):
            assert_sound(item)


def assert_sound(record: Record) -> None:
    assert 0 < len(record.record_id) <= 300
    assert 0 < len(record.raw) <= LONGEST_RAW + 100_000
    for entry in record.entries:
        assert not problems_with(entry.kind, entry.attributes)
        assert entry.subjects
        assert entry.recorded <= NOW
        assert entry.occurred.earliest <= NOW
        assert "\0" not in entry.text + entry.words


def test_samples_cover_every_feed():
    assert sorted(SAMPLES) == FEED_NAMES


@pytest.mark.parametrize("name", FEED_NAMES)
def test_feed_is_listed_under_its_own_name(name):
    feed = feed_named(name)
    assert isinstance(feed, Feed)
    assert feed.name == name


def test_feed_named_wrongly_is_told_which_there_are():
    with pytest.raises(UnknownFeed, match="did you mean school-register"):
        feed_named("school-registers")


@pytest.mark.parametrize("name", FEED_NAMES)
def test_good_delivery_is_kept_whole(name):
    found = read(name, delivery(name, 3))
    assert [type(item) for item in found] == [Record] * 3
    assert_kept_or_refused(found)


@pytest.mark.parametrize("name", FEED_NAMES)
def test_same_bytes_twice_give_the_same_records(name):
    first, again = read(name, delivery(name)), read(name, delivery(name))
    assert [(r.record_id, r.digest) for r in first] == [(r.record_id, r.digest) for r in again]
    assert len({r.record_id for r in first}) == len(first)


@pytest.mark.parametrize("name", FEED_NAMES)
def test_file_cut_anywhere_keeps_the_records_before_the_cut(name):
    whole = delivery(name, 6)
    kept = {r.record_id: r for r in read(name, whole)}
    for cut in range(len(whole) // 2, len(whole), 7):
        found = read_anything(name, whole[:cut])
        assert_kept_or_refused(found)
        records = [item for item in found if isinstance(item, Record)]
        assert len(records) >= 2
        assert [r.record_id for r in records] == list(kept)[: len(records)]


@pytest.mark.parametrize("name", FEED_NAMES)
@pytest.mark.parametrize(
    "content",
    [
        b"", b"\n\n\n", b"\xef\xbb\xbf", b"\0" * 5000, b"\xff\xfe\x00", BOMB, b"PK\x03\x04" + b"\0" * 100, b"%PDF-1.7",
        b"{", b"[", b"{}", b"[]", b"null", b'"', b'{"data"', b"[[[[" * 50_000, b'{"a":' * 50_000, b"a", b"a,b\n1,2\n",
        b",,,\n,,,\n", b'"\n"\n"', b"\x80,\x81\n", b"a,b\r1,2\r", b'[1, 2, "x", null, [], {}]', b"{}\n{}\n[]\n1\n",
        b'{"resourceType": "Bundle", "entry": [1, {"resource": 2}, {"resource": {}}, {"resource": {"id": 5}}]}',
        b'{"data": {"id": 1, "type": "incident", "attributes": [], "relationships": 3}, "included": 7}',
    ],
)  # fmt: skip
def test_other_bytes_are_refused_not_raised(name, content):
    assert_kept_or_refused(read_anything(name, content))


@pytest.mark.parametrize("name", FEED_NAMES)
@pytest.mark.parametrize("content", [b"", BOMB, b"PK\x03\x04rest", b"%PDF-1.7", b"\xff\xfea\0"])
def test_other_format_is_refused_with_a_sentence(name, content):
    with pytest.raises(UnreadableFile, match=r"looks like .*expected"):
        read(name, content)


@pytest.mark.parametrize("name", FEED_NAMES)
def test_xml_is_refused_unread(name):
    stream = endless(itertools.chain([BOMB], itertools.repeat(b"<l>&b;</l>" * 1000)))
    with pytest.raises(UnreadableFile, match="XML"):
        list(FEEDS[name].read(stream, context(name)))
    assert stream.raw.given < 1_000_000


@pytest.mark.parametrize("name", FEED_NAMES)
@given(data=st.data())
def test_damaged_delivery_is_kept_or_refused_and_tells_nothing(name, data):
    content = bytearray(delivery(name, 3))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 8))] = data.draw(st.binary(max_size=4))
    found = read_anything(name, bytes(content))
    assert_kept_or_refused(found)
    for item in found:
        if isinstance(item, Rejection):
            said = f"{item} {item.code}"
            assert not [word for word in WORDS if word in said]


@pytest.mark.parametrize("name", FEED_NAMES)
@given(content=st.binary(max_size=400))
def test_any_bytes_are_kept_or_refused(name, content):
    assert_kept_or_refused(read_anything(name, content))
    assert_kept_or_refused(read_anything(name, delivery(name, 1) + content))


@pytest.mark.parametrize("name", FEED_NAMES)
def test_memory_stays_flat_as_the_file_grows(name, monkeypatch):
    monkeypatch.setattr(school_register, "HELD", 64)
    few, many = 5_000, 15_000
    peak_of(name, few)  # fills the caches of people and dates, which are bounded
    assert peak_of(name, many) < peak_of(name, few) + 1_500_000


def peak_of(name: str, number: int) -> int:
    stream = endless(SAMPLES[name](number))
    tracemalloc.start()
    try:
        assert sum(isinstance(item, Record) for item in FEEDS[name].read(stream, context(name))) >= number
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", FEED_NAMES)
def test_endless_line_is_refused_in_flat_memory_and_the_rest_is_kept(name):
    """Two gigabytes without a newline; in JSON, a tenth of that in one text, which takes its cutter as long."""
    json = name in ("police", "fhir")
    filler = itertools.repeat(b"x" * 65_536, (200 if json else 2_000) * 16)
    first, *rest = SAMPLES[name](3)
    opening, closing = (b'{"a": "', b'"}\n') if json else (b"", b"\n")
    stream = endless(itertools.chain([first, opening], filler, [closing], rest))
    tracemalloc.start()
    found = list(FEEDS[name].read(stream, context(name)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert stream.raw.given > 200_000_000
    assert peak < 12 * LONGEST_RAW
    assert [item.code for item in found if isinstance(item, Rejection)] == ["too_long"]
    assert sum(isinstance(item, Record) for item in found) >= 2

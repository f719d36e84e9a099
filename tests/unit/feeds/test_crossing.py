"""Whatever a record is made of comes out of the pipe as it went in, half-known dates and all."""

from __future__ import annotations

import copyreg
import pickle
from collections.abc import Iterator
from dataclasses import FrozenInstanceError, is_dataclass
from datetime import UTC, date, datetime

import pytest

from nightlight.domain import records
from nightlight.domain.people import LinkKind, Part
from nightlight.feeds import crossing
from nightlight.timeline.partial import Partial

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
BOUNDS = Partial.bounds(Partial.parse("2017"), Partial.parse("2018-04-03"))
CHILD = records.PersonRecord(source_id="c1", role="child", born=BOUNDS, details={"language": ["en", "cy"]})
HOME = records.AddressRecord(source_id="a1", lines=("1 Made Up Street",), uprn="1")
LINK = records.LinkRecord(kind=LinkKind("parent"), person="m1", other="c1", since=BOUNDS, recorded=AT)
ENTRY = records.EntryRecord(
    kind="health.review",
    subjects=(records.SubjectRecord("c1"), records.SubjectRecord("a1", Part.SUBJECT, address=True)),
    occurred=Partial.day(date(2026, 11, 2)),
    recorded=AT,
    attributes={"result": "seen"},
    words="I was tired.",
)
WHOLE = records.Record(
    position="line 2", record_id="r1", raw=b"\x00\xff", people=(CHILD,), addresses=(HOME,), links=(LINK,),
    entries=(ENTRY,), withdrawn=True,
)  # fmt: skip
REFUSED = records.Rejection(position="line 3", field="Date", code="bad_date", expected="a date", raw=b"x")


@pytest.fixture
def as_the_reader() -> Iterator[None]:
    before = dict(copyreg.dispatch_table)
    crossing.plainly()
    yield
    copyreg.dispatch_table.clear()
    copyreg.dispatch_table.update(before)


@pytest.mark.usefixtures("as_the_reader")
@pytest.mark.parametrize("item", [WHOLE, REFUSED], ids=["record", "rejection"])
def test_item_crosses_as_it_is(item: records.Record | records.Rejection) -> None:
    sent = pickle.dumps((0, 12, item), protocol=5)
    assert b"_again" in sent
    assert pickle.loads(sent) == (0, 12, item)
    assert repr(pickle.loads(sent)[2]) == repr(item)


@pytest.mark.usefixtures("as_the_reader")
def test_item_that_crossed_is_as_frozen_as_before() -> None:
    with pytest.raises(FrozenInstanceError):
        pickle.loads(pickle.dumps(REFUSED)).code = "another"


def test_everything_that_a_record_is_made_of_crosses_plainly() -> None:
    made_of = {each for each in vars(records).values() if isinstance(each, type) and is_dataclass(each)}
    assert made_of == set(crossing._CROSSING)

"""Whether a record's ids and names fit where they are kept; one that does not is refused whole, never cut.

A cut id would be another record's id, and two people would become one.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from nightlight.feeds.fields import LONGEST_ID
from nightlight.feeds.records import Record

LONGEST_RECORD_ID = 300
LONGEST_NAME = 200


def too_long(record: Record) -> str | None:
    """What of a record is longer than can be kept, in words; None when all of it fits.

    >>> too_long(Record(position="line 2", record_id="x" * 301, raw=b"x"))
    'an id of at most 300 characters'
    """
    if len(record.record_id) > LONGEST_RECORD_ID:
        return f"an id of at most {LONGEST_RECORD_ID} characters"
    if any(len(id_) > LONGEST_ID for id_ in _ids(record)):
        return f"an id of at most {LONGEST_ID} characters for each person and address"
    if any(len(name) > LONGEST_NAME for person in record.people for name in (person.given, person.family)):
        return f"a name of at most {LONGEST_NAME} characters"
    return None


def _ids(record: Record) -> Iterator[str]:
    return chain(
        (person.source_id for person in record.people),
        (address.source_id for address in record.addresses),
        (subject.source_id for entry in record.entries for subject in entry.subjects),
        (id_ for link in record.links for id_ in (link.person, link.other)),
    )

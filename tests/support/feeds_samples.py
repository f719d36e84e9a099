"""A good delivery of each feed, of any length, and the context it comes in: what the contract of feeds is tried on.

WORDS stand in every record, so that a refusal which repeats what it was given is caught.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

from nightlight.feeds.records import FeedContext

NOW = datetime(2025, 6, 1, 9, tzinfo=UTC)
WORDS = ("Quillfeather", "Zebedee", "Wimblehatch")
_DAYS = [date(2024, 9, 2) + timedelta(days=n) for n in range(5)]


def school_register(number: int) -> Iterator[bytes]:
    yield b"Student ID,Legal surname,Legal forename,DOB,Date,Session,Mark,Comment\n"
    for n in range(number):
        for day in _DAYS:
            yield f"{n},{WORDS[0]},{WORDS[1]},04/05/2014,{day:%d/%m/%Y},AM,/,{WORDS[2]}\n".encode()


def concern_log(number: int) -> Iterator[bytes]:
    yield b"Incident ID,Student ID,Student,Incident Date,Category,Incident\n"
    for n in range(number):
        yield f'{n},S{n},"{WORDS[0]}, {WORDS[1]}",04/03/2024 12:20,Hunger,{WORDS[2]} {"again " * 20}\n'.encode()


def police(number: int) -> Iterator[bytes]:
    for n in range(number):
        yield (
            f'{{"data": {{"id": "I{n}", "type": "incident", "attributes": {{"incidentCategory": "drugs", '
            f'"incidentStartDateTime": "2024-03-01T23:10:00Z", "description": "{WORDS[2]}"}}, "relationships": '
            f'{{"subject": {{"data": [{{"id": "N{n}", "type": "person"}}]}}}}}}, "included": [{{"id": "N{n}", '
            f'"type": "person", "attributes": {{"givenName": ["{WORDS[1]}"], "surname": "{WORDS[0]}"}}}}]}}\n'
        ).encode()


def fhir(number: int) -> Iterator[bytes]:
    for n in range(number):
        yield (
            f'{{"resourceType": "Patient", "id": "P{n}", "birthDate": "2014-05-04", "gender": "female", '
            f'"meta": {{"lastUpdated": "2024-03-01T10:00:00Z"}}, '
            f'"name": [{{"family": "{WORDS[0]}", "given": ["{WORDS[1]}"]}}], '
            f'"address": [{{"line": ["{WORDS[2]}"]}}]}}\n'
        ).encode()


def ssd(number: int) -> Iterator[bytes]:
    yield b"pers_person_id,pers_forename,pers_surname,pers_sex,pers_dob,pers_ethnicity\n"
    for n in range(number):
        yield f"{n},{WORDS[1]},{WORDS[0]},F,2014-05-04,{WORDS[2]}\n".encode()


SAMPLES: dict[str, Callable[[int], Iterator[bytes]]] = {
    "school-register": school_register,
    "concern-log": concern_log,
    "police": police,
    "fhir": fhir,
    "ssd": ssd,
}
_AGENCIES = {"police": "police", "fhir": "health.gp", "ssd": "social_care"}
_FILES = {"ssd": "ssd_person.csv", "police": "incidents.ndjson", "fhir": "Patient.ndjson"}


def context(feed: str) -> FeedContext:
    return FeedContext(
        agency=_AGENCIES.get(feed, "education"),
        organisation="test",
        system=f"{feed}:test",
        now=NOW,
        file_name=_FILES.get(feed, "file.csv"),
    )


def delivery(feed: str, number: int = 3) -> bytes:
    return b"".join(SAMPLES[feed](number))


class Endless(io.RawIOBase):
    """A stream that is made as it is read: a file that is never in memory."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._left, self.given = pieces, b"", 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        while not self._left and (piece := next(self._pieces, b"")):
            self._left = piece
        found, self._left = self._left[: len(buffer)], self._left[len(buffer) :]
        buffer[: len(found)] = found
        self.given += len(found)
        return len(found)


def endless(pieces: Iterator[bytes]) -> io.BufferedReader:
    """An endless stream as a file is opened; `raw.given` says how much of it was read."""
    return io.BufferedReader(Endless(pieces), 65_536)

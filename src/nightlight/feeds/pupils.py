"""A pupil as a school's export describes one: the columns under all the names that systems print, and the person.

Shared by registers of marks and lists of pupils. A UPN with a wrong check letter is not an identifier; the row stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache

from nightlight.domain.people import normal_nhs_number, normal_postcode, normal_upn
from nightlight.feeds.fields import LONGEST_ID, Refused, name_part, read_date, sex_letter
from nightlight.feeds.records import PersonRecord
from nightlight.timeline.partial import Partial

LONGEST_CELL = 2_000
"""Characters of one cell about a pupil (an address is the longest)."""

ALIASES: Mapping[str, tuple[str, ...]] = {
    "id": (
        "Student ID", "Pupil ID", "Student Number", "Admission Number", "Adm No", "Adno", "Arbor Student ID", "MIS ID",
        "External ID", "pupilonrolltableid",
    ),
    "upn": ("UPN", "Unique Pupil Number", "Student UPN"),
    "nhs_number": ("NHS Number", "NHS No"),
    "name": ("Legal Name", "Student Name", "Pupil Name", "Full Name", "Name", "Student", "Pupil"),
    "surname": ("Legal Surname", "Legal Last Name", "Surname", "Last Name", "Family Name"),
    "forename": ("Legal Forename", "Legal First Name", "Forename", "First Name", "Given Name", "Preferred Forename"),
    "dob": ("DOB", "Date of Birth", "Birth Date"),
    "sex": ("Sex", "Legal Sex", "Gender"),
    "postcode": ("Postcode", "Post Code", "Home Postcode"),
    "address": ("Address", "Home Address", "Full Address"),
    "uprn": ("UPRN",),
    "ethnicity": ("Ethnicity", "Ethnic Origin"),
    "language": ("Language", "First Language", "Home Language"),
    "sen": ("SEN", "SEN Status", "SEN Provision"),
    "free_school_meals": ("FSM", "Free School Meals"),
    "admission": ("Admission Date", "Date of Admission", "DOA", "Entry Date", "Start Date at School"),
    "leaving": ("Leaving Date", "Date of Leaving", "DOL"),
    "school": ("School", "School Name", "Establishment", "NativeId"),
}  # fmt: skip
"""Field to column names, the first that is there; compared by letters and digits alone."""

DETAILS = ("ethnicity", "language", "sen", "free_school_meals")

Pupil = tuple[tuple[str, str], ...]
"""The cells about one pupil that are not blank, by field: hashable, so that one pupil is made once for all marks."""


@lru_cache(maxsize=4096)
def pupil_of(fields: tuple[str, ...], cells: tuple[str, ...]) -> Pupil:
    """The pupil of a row, from the fields its columns hold; refused without an id of any sort."""
    found = {field: " ".join(cell.split()) for field, cell in zip(fields, cells, strict=True) if cell.strip()}
    key = found.get("id") or found.get("upn")
    if not key:
        raise Refused("Student ID", "missing", "a Student ID or a UPN, so that the pupil's marks can be put together")
    if len(key) > LONGEST_ID or any(len(cell) > LONGEST_CELL for cell in found.values()):
        raise Refused("pupil", "too_long", f"an id of at most {LONGEST_ID} characters, and cells of {LONGEST_CELL:,}")
    names = [found.get(field, "") for field in ("name", "surname", "forename")]
    for name in names:
        name_part(name, "name")
    return tuple(sorted({**found, "id": key}.items()))


def pupil_id(pupil: Pupil) -> str:
    return dict(pupil)["id"]


@lru_cache(maxsize=4096)
def person(pupil: Pupil, today: date) -> PersonRecord:
    """The pupil as a person for the intake to match, without a birth date that does not exist or has not come."""
    cells = dict(pupil)
    given, family = _names(cells)
    born = read_date(cells.get("dob", ""))
    return PersonRecord(
        source_id=cells["id"],
        role="child",
        given=given,
        family=family,
        born=Partial.day(born) if born and born <= today else None,
        sex=sex_letter(cells.get("sex", "")),
        nhs_number=normal_nhs_number(cells.get("nhs_number", "")),
        upn=normal_upn(cells.get("upn", "")),
        postcode=normal_postcode(cells.get("postcode", "")),
        address_lines=tuple(line.strip() for line in cells.get("address", "").split(",") if line.strip()),
        uprn=_uprn(cells.get("uprn", "")),
        details={name: cells[name] for name in DETAILS if name in cells},
    )


def _names(cells: Mapping[str, str]) -> tuple[str, str]:
    """A legal name in one column is "Surname, Forename" or "Forename Surname"."""
    name = cells.get("name", "")
    if "," in name:
        family, _, given = name.partition(",")
    else:
        given, _, family = name.rpartition(" ")
    return cells.get("forename", given.strip()), cells.get("surname", family.strip())


def _uprn(text: str) -> str | None:
    return text if text.isdecimal() and text.isascii() and len(text) <= 12 else None

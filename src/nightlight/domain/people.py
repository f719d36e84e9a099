"""People, their identifiers and how two descriptions of a person are compared.

Only exact and check-digit rules live here; probabilistic linkage is `matcher/`. Nothing here prints what it was given.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from stdnum.gb import nhs

from nightlight.timeline.partial import Partial


class Part(StrEnum):
    """A person's part in one entry. A child who hit and a child who was hit are never filed alike."""

    SUBJECT = "subject"
    HARMED = "harmed"
    ALLEGED_HARMER = "alleged_harmer"
    WITNESS = "witness"
    REPORTER = "reporter"
    CARER_PRESENT = "carer_present"
    MENTIONED = "mentioned"


class LinkKind(StrEnum):
    """How one person is linked to a child, or a person to an address."""

    PARENT = "parent"
    CARER = "carer"
    SIBLING = "sibling"
    HOUSEHOLD = "household"
    RESIDENCE = "residence"


ADULT_LINKS = frozenset({LinkKind.PARENT, LinkKind.CARER, LinkKind.HOUSEHOLD})
"""While one of these holds, what is recorded about the adult concerns the child (docs/adr: design, The chronology)."""

_UPN_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"
_UPN = re.compile(r"^[A-HJ-NP-RT-Z]\d{11}[\dA-HJ-NP-RT-Z]$", re.ASCII)
_POSTCODE = re.compile(r"^([A-Z]{1,2}\d[A-Z\d]?)(\d[A-Z]{2})$", re.ASCII)
NO_POSTCODE = frozenset({"XXXX", "NOPOSTCODE", "ZZ993VZ", "ZZ993WZ", "ZZ993CZ"})
"""What systems write where there is none (docs/reference/standards.md, Standard Safeguarding Dataset)."""


def normal_nhs_number(text: str) -> str | None:
    """The ten digits of a valid NHS number, or None when its check digit or length is wrong.

    >>> normal_nhs_number("999 123 4560") is None
    True
    """
    digits = nhs.compact(text.strip())
    return digits if len(digits) == 10 and nhs.is_valid(digits) else None


def normal_upn(text: str) -> str | None:
    """A valid Unique Pupil Number in capitals, or None.

    Weights 2 to 13 over characters 2 to 13, modulo 23 (Department for Education, UPN guide). The number of the local
    authority is not checked: authorities have been made since every list was written, and a UPN keeps its first one's.
    """
    upn = text.strip().upper().replace(" ", "")
    if not _UPN.match(upn):
        return None
    total = sum(weight * _upn_value(char) for weight, char in enumerate(upn[1:], start=2))
    return upn if _UPN_LETTERS[total % 23] == upn[0] else None


def _upn_value(char: str) -> int:
    return int(char) if char.isdigit() else _UPN_LETTERS.index(char)


def normal_postcode(text: str) -> str | None:
    """A postcode as `SW1A 1AA`, or None for none, a placeholder, or something that is not one."""
    compact = re.sub(r"\s+", "", text).upper()
    if compact in NO_POSTCODE:
        return None
    match = _POSTCODE.match(compact)
    return f"{match[1]} {match[2]}" if match else None


def normal_name(text: str) -> str:
    """A name for exact comparison: no accents, case, punctuation or doubled spaces."""
    plain = unicodedata.normalize("NFKD", text)
    letters = "".join(c if c.isalnum() else " " for c in plain.casefold() if not unicodedata.combining(c))
    return " ".join(letters.split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """A person as one source describes them; every field may be missing, and numbers are already normal."""

    given: str = ""
    family: str = ""
    born: Partial | None = None
    nhs_number: str | None = None
    upn: str | None = None
    postcode: str | None = None


class Agreement(StrEnum):
    """What comparing two descriptions exactly can say."""

    SAME = "same"
    DOUBTFUL = "doubtful"
    DIFFERENT = "different"


def compare(one: Described, other: Described) -> tuple[Agreement, str]:
    """Whether two descriptions are of the same person, by identifier and then exactly, and why in words.

    A shared identifier is enough only while nothing else speaks against it: two children are recorded under one number
    often enough, and a wrong merge shows a family another family's life. A doubt is put to a person.
    """
    shared = _shared_identifier(one, other)
    contradicted = _contradicted_identifier(one, other)
    if shared and contradicted:
        return Agreement.DOUBTFUL, f"the same {shared}, another {contradicted}"
    if shared:
        return _with_shared_identifier(one, other, shared)
    if contradicted:
        return Agreement.DIFFERENT, f"another {contradicted}"
    return _without_identifier(one, other)


def _shared_identifier(one: Described, other: Described) -> str:
    if one.nhs_number and one.nhs_number == other.nhs_number:
        return "NHS number"
    if one.upn and one.upn == other.upn:
        return "UPN"
    return ""


def _contradicted_identifier(one: Described, other: Described) -> str:
    if one.nhs_number and other.nhs_number and one.nhs_number != other.nhs_number:
        return "NHS number"
    return ""


def _with_shared_identifier(one: Described, other: Described, shared: str) -> tuple[Agreement, str]:
    born, given, family = _same_born(one, other), _same(one.given, other.given), _same(one.family, other.family)
    if born is False and not (given and family):
        return Agreement.DOUBTFUL, f"the same {shared}, another birth date and name"
    if given is False and (family is False or not _alike(one.given, other.given)):
        return Agreement.DOUBTFUL, f"the same {shared}, another given name"
    return Agreement.SAME, f"the same {shared}"


def _without_identifier(one: Described, other: Described) -> tuple[Agreement, str]:
    born, given, family = _same_born(one, other), _same(one.given, other.given), _same(one.family, other.family)
    postcode = one.postcode == other.postcode if one.postcode and other.postcode else None
    if born and given and family and postcode:
        return Agreement.SAME, "the same name, birth date and postcode"
    if given and family and born is not False:
        return Agreement.DOUBTFUL, "the same name" + (" and birth date" if born else "")
    if born and (postcode or family or given):
        agreeing = ["birth date"] + [
            w for w, y in (("postcode", postcode), ("family name", family), ("given name", given)) if y
        ]
        return Agreement.DOUBTFUL, "the same " + " and ".join(agreeing)
    return Agreement.DIFFERENT, "too little in common"


def _same(one: str, other: str) -> bool | None:
    a, b = normal_name(one), normal_name(other)
    return a == b if a and b else None  # "?" or "-" is no name, and two of them are not the same one


def _alike(one: str, other: str) -> bool:
    """Jon and Jonathan: one is the beginning of the other, or they share their first three letters."""
    a, b = normal_name(one), normal_name(other)
    return a.startswith(b) or b.startswith(a) or a[:3] == b[:3]


def _same_born(one: Described, other: Described) -> bool | None:
    """A year and a day within it say neither that they are the same nor that they are not."""
    if one.born is None or other.born is None:
        return None
    if one.born == other.born:
        return True
    return None if one.born.possibly_overlaps(other.born) else False

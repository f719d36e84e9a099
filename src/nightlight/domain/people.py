"""People's identifiers and names, brought to one form.

Only exact and check-digit rules live here; who is whom is `matcher/`. Nothing here prints what it was given.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum

from stdnum.gb import nhs


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

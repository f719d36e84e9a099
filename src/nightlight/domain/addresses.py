"""Addresses as sources write them, brought to one form, so that two spellings of one address are one place.

It must never make one place of two: a wrong join puts one family's incident on another family's child, so that what is
not certainly the same stays apart (a flat and the house around it, "12A" and "Flat A, 12").
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from nightlight.domain.people import normal_name

LONGEST = 300

_SAME: Mapping[str, str] = MappingProxyType(
    {
        "road": "rd", "street": "st", "saint": "st", "str": "st", "avenue": "ave", "av": "ave", "lane": "ln",
        "close": "cl", "clo": "cl", "drive": "dr", "drv": "dr", "court": "ct", "crt": "ct", "crescent": "cres",
        "gardens": "gdns", "gdn": "gdns", "place": "pl", "square": "sq", "terrace": "ter", "terr": "ter",
        "grove": "gr", "grv": "gr", "park": "pk", "walk": "wlk", "hill": "hl",
        "view": "vw", "house": "hse", "buildings": "bldgs", "mount": "mt", "green": "grn",
        "parade": "pde", "wharf": "whf", "yard": "yd", "estate": "est",
        "apartment": "flat", "apt": "flat", "appartment": "flat", "flt": "flat", "maisonette": "flat",
        "1st": "first", "2nd": "second", "3rd": "third", "4th": "fourth", "grd": "ground", "gnd": "ground",
        "flr": "floor",
    }
)  # fmt: skip
STREETS = frozenset(
    {
        "rd", "st", "ave", "ln", "cl", "dr", "ct", "cres", "gdns", "pl", "sq", "ter", "gr", "pk", "way", "wlk", "row",
        "hl", "rise", "mews", "vw", "mt", "grn", "pde", "villas", "whf", "yd", "path",
    }
)  # fmt: skip
_UNITS = frozenset({"flat", "unit", "room", "bedsit", "studio", "caravan", "plot", "pitch", "block", "wing", "floor"})
_PARTS = frozenset({"annexe", "annex", "rear", "basement", "attic", "loft", "outbuilding", "caravan", "shed", "garage"})
_FLOORS = frozenset({"basement", "ground", "garden", "first", "second", "third", "fourth", "top", "upper", "lower"})
_NUMBER = re.compile(r"^\d+[a-z]?$", re.ASCII)
_UNIT_ID = re.compile(r"^(\d+[a-z]?|[a-z]\d*)$", re.ASCII)
_SPLIT_NUMBER = re.compile(r"\b(\d+)\s+([a-z])\b(?=[\s,]|$)", re.ASCII)
_RANGE = re.compile(r"(\d)\s*[-–/]\s*(\d)")
_NOWHERE = frozenset(
    {
        "", "nfa", "n f a", "na", "no fixed abode", "no fixed address", "of no fixed abode", "homeless", "unknown",
        "address unknown", "address not known", "address withheld", "withheld", "confidential", "refused", "not given",
        "none", "n a", "not known", "tbc", "not recorded", "sofa surfing", "various", "no address",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Parsed:
    """An address in parts. unit: the flat in it. building: the name written before a number. rest: the town."""

    unit: str = ""
    building: str = ""
    number: str = ""
    street: str = ""
    rest: tuple[str, ...] = ()


def is_nowhere(lines: Iterable[str]) -> bool:
    """Whether what is written names no place: "No fixed abode" is not where everybody lives who has none.

    >>> is_nowhere(["No Fixed Abode"]), is_nowhere(["1 Made-up Street"])
    (True, False)
    """
    return normal_name(" ".join(lines)) in _NOWHERE


def normal_form(lines: Sequence[str], postcode: str | None = None) -> str:
    """The one form of an address, or empty where it names no place that can be known again.

    With a postcode, the flat, number and street say which place it is; without one, everything that is written does.

    >>> normal_form(["Flat 2, 12 High St", "Exampleton"], "ZX1 1AA")
    'ZX1 1AA flat 2, 12 high st'
    >>> normal_form(["Apartment 2", "12, High Street"], "ZX1 1AA")
    'ZX1 1AA flat 2, 12 high st'
    """
    if is_nowhere(lines):
        return ""
    found = parsed(lines)
    unit = f"flat {found.unit}" if found.unit else ""
    premises = " ".join(part for part in (found.number, found.street) if part)
    if found.building and (unit or not postcode):  # "Flat 1" is in one of the buildings that have a number together
        premises = f"{found.building}, {premises}"
    complete = bool(postcode and (premises if found.number else found.street))
    parts = (unit, premises, *(() if complete else found.rest))
    text = ", ".join(part for part in parts if part)
    return f"{postcode or ''} {text}".strip()[:LONGEST] if text else ""


def parsed(lines: Iterable[str]) -> Parsed:
    """The parts of an address, whatever punctuation it is written with.

    >>> parsed(["First floor flat, 3 Station Rd", "Exampleton"])
    Parsed(unit='first', building='', number='3', street='station rd', rest=('exampleton',))
    """
    segments = [tokens for line in lines for part in re.split(r"[,;\n]", _ranges(line)) if (tokens := _tokens(part))]
    found = Parsed()
    names: list[list[str]] = []
    for tokens in _numbers_joined(segments):
        unit, left = _unit_of(tokens)
        if unit:
            found = replace(found, unit=f"{found.unit} {unit}".strip())
        if not left:
            continue
        if not found.number and _is_number(left[0]):
            found = _premises(replace(found, building=" ".join(word for name in names for word in name)), left)
            names = []
        else:
            names.append(left)
    return _named(found, names)


def _ranges(line: str) -> str:
    return _RANGE.sub(r"\1to\2", line)


def _tokens(part: str) -> list[str]:
    text = _SPLIT_NUMBER.sub(r"\1\2", normal_name(part.replace("'", "").replace("’", "")))
    tokens = [_SAME.get(token, token) for token in text.split()]
    while len(tokens) > 1 and tokens[0] in ("no", "number") and _is_number(tokens[1]):
        tokens = tokens[1:]
    return tokens


def _is_number(token: str) -> bool:
    return bool(_NUMBER.match(token) or re.match(r"^\d+[a-z]?to\d+[a-z]?$", token))


def _numbers_joined(segments: list[list[str]]) -> list[list[str]]:
    """A number on its own belongs to the street after it; before another number, it is the flat there ("2/1, 12 …")."""
    joined: list[list[str]] = []
    waiting: list[str] = []
    for tokens in segments:
        if waiting:
            tokens = ["flat", *waiting, *tokens] if _is_number(tokens[0]) else [*waiting, *tokens]
            waiting = []
        if len(tokens) == 1 and _is_number(tokens[0]):
            waiting = tokens
        else:
            joined.append(tokens)
    return [*joined, waiting] if waiting else joined


def _unit_of(tokens: list[str]) -> tuple[str, list[str]]:
    """The flat that a part of an address names, and the part without it."""
    if (floor := _floor_of(tokens)) is not None:
        return floor
    for at, word in enumerate(tokens):
        if word in _UNITS and at + 1 < len(tokens) and _is_unit_id(tokens, at + 1):
            kind = "" if word == "flat" else f"{word} "
            return f"{kind}{tokens[at + 1]}", [*tokens[:at], *tokens[at + 2 :]]
    part = next((token for token in tokens if token in _PARTS), "")
    return part, [token for token in tokens if token not in (part, "the", "of")] if part else tokens


def _is_unit_id(tokens: list[str], at: int) -> bool:
    return bool(_UNIT_ID.match(tokens[at]) or _is_number(tokens[at]) or tokens[at] in _FLOORS)


def _floor_of(tokens: list[str]) -> tuple[str, list[str]] | None:
    """ "First floor flat", "basement flat", "flat first floor": which floor, and what follows or comes before."""
    for at, token in enumerate(tokens):
        after = at + 1
        if token not in _FLOORS or after >= len(tokens) or tokens[after] not in ("floor", "flat"):
            continue
        while after < len(tokens) and tokens[after] in ("floor", "flat"):
            after += 1
        before = at - 1 if at and tokens[at - 1] == "flat" else at
        word = token
        if tokens[after - 1] == "flat" and after < len(tokens) and _flat_id(tokens, after):
            word, after = f"{token} {tokens[after]}", after + 1
        return word, [*tokens[:before], *tokens[after:]]
    return None


def _flat_id(tokens: list[str], at: int) -> bool:
    """Whether what follows "flat" is its number and not the building's: another number comes after it."""
    if not _UNIT_ID.match(tokens[at]):
        return False
    following = tokens[at + 1 : at + 2]
    return not _is_number(tokens[at]) or not following or _is_number(following[0])


def _premises(found: Parsed, tokens: list[str]) -> Parsed:
    number, words = tokens[0], tokens[1:]
    end = _street_end(words)
    rest = (*found.rest, " ".join(words[end:])) if words[end:] else found.rest
    return replace(found, number=number, street=" ".join(words[:end]), rest=rest)


def _street_end(words: list[str]) -> int:
    """Where the street's name ends: after its "road" or "grove park road"; at the end, where none is known."""
    for at in range(1, len(words)):
        if words[at] in STREETS:
            while at + 1 < len(words) and words[at + 1] in STREETS:
                at += 1
            return at + 1
    return len(words)


def _named(found: Parsed, names: list[list[str]]) -> Parsed:
    """The names after a number are the town's; where there is no number, the first is the place."""
    rest = (*found.rest, *(" ".join(words) for words in names))
    if found.street or not names:
        return replace(found, rest=rest)
    first, *others = names
    if not found.number and others and others[0][-1] in STREETS and len(others[0]) > 1:
        street = f"{' '.join(first)}, {' '.join(others.pop(0))}"
    else:
        street = " ".join(first)
    return replace(found, street=street, rest=(*found.rest, *(" ".join(words) for words in others)))

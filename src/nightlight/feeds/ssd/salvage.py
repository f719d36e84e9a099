"""Recovers what can be recovered from `*_json` columns that are not JSON.

Case-management extracts build these columns by joining text: quotation marks and line breaks in comments are not
escaped, and the whole is cut at a fixed length. Known keys are found again by name; nothing is made up.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import orjson

ADDRESS_KEYS = frozenset("ROOM FLOOR FLAT BUILDING HOUSE STREET TOWN UPRN EASTING NORTHING".split())
OUTCOME_KEYS = frozenset(
    """NEW_REFERRAL_FLAG EXISTING_REFERRAL_FLAG CP_ENQUIRY_FLAG NFA_FLAG NON_AGENCY_ADOPTION_FLAG
    PRIVATE_FOSTERING_FLAG ADVICE_FLAG MISSING_FLAG OLA_CP_FLAG OTHER_OUTCOMES_EXIST_FLAG SINGLE_ASSESSMENT_FLAG
    STRATEGY_DISCUSSION_FLAG CLA_REQUEST_FLAG CP_TRANSFER_IN_FLAG CP_CONFERENCE_FLAG CARE_LEAVER_FLAG
    NFA_S47_END_FLAG LEGAL_ACTION_FLAG PROV_OF_SERVICES_FLAG PROV_OF_SB_CARE_FLAG SPECIALIST_ASSESSMENT_FLAG
    REFERRAL_TO_OTHER_AGENCY_FLAG OTHER_ACTIONS_FLAG NFA_CONTINUE_SINGLE_FLAG MONITOR_FLAG CP_FLAG
    NUMBER_OF_OUTCOMES TOTAL_NO_OF_OUTCOMES COMMENTS""".split()
)
_KEY = re.compile(r'[{,]\s*"(?:OUTCOME_)?([A-Z0-9_]+)"\s*:\s*')
_CUT_IN_A_KEY = re.compile(r'",\s*"?[A-Z0-9_]*"?$')
_CLOSED = re.compile(r'"\s*[}\]]*\s*$')
_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Salvaged:
    """What a column said. `words`: a column that holds plain text instead. `problem`: a rejection's code, or empty.

    "truncated": cut short, what came before is kept. "not_json": nothing in it could be recovered.
    """

    values: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    words: str = ""
    problem: str = ""


def salvage(text: str, known: frozenset[str]) -> Salvaged:
    """The known keys of a `*_json` column, by JSON where it is, else by finding the keys again.

    >>> salvage('{"NFA_FLAG":"Y","COMMENTS":"Mum said "fine", rang off"}', OUTCOME_KEYS).values["COMMENTS"]
    'Mum said "fine", rang off'
    >>> salvage('{"OUTCOME_NFA_FLAG":"Y","COMMENTS":"Mum sa', OUTCOME_KEYS).problem
    'truncated'
    """
    text = text.strip()
    if not text.startswith(("{", "[")):
        return Salvaged(words=text)
    try:
        found = orjson.loads(text)
    except ValueError:
        return _recovered(text, known)
    merged = _merged(found)
    return Salvaged(_by_known_name(merged, known))


def _merged(found: object) -> Mapping[str, object]:
    """One object, or a list of them (one for each outcome): the first value that says something counts."""
    merged: dict[str, object] = {}
    for part in found if isinstance(found, list) else [found]:
        if isinstance(part, dict):
            merged.update({key: value for key, value in part.items() if not merged.get(key)})
    return merged


def _by_known_name(found: Mapping[str, object], known: frozenset[str]) -> Mapping[str, str]:
    named = ((key.upper().removeprefix("OUTCOME_"), value) for key, value in found.items())
    return {key: _text(value) for key, value in named if key in known and value is not None}


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "Y" if value else "N"
    return str(value).strip()


def _recovered(text: str, known: frozenset[str]) -> Salvaged:
    """Cut the text at each key: what stands between two of them is the first one's value."""
    keys = list(_KEY.finditer(text))
    ends = [*(match.start() for match in keys[1:]), len(text)]
    cut_short = not text.endswith(("}", "]"))
    values: dict[str, str] = {}
    for match, end in zip(keys, ends, strict=False):
        if match[1] in known:
            values.setdefault(match[1], _value(text[match.end() : end], cut_short and end == len(text)))
    if not values:
        return Salvaged(problem="not_json")
    return Salvaged(values, problem="truncated" if cut_short else "")


def _value(piece: str, cut_short: bool) -> str:
    piece = piece.strip()
    if not piece.startswith('"'):
        bare = piece.rstrip(",}] \t\r\n")
        return "" if bare == "null" else bare
    inside = piece[1:]
    end = (_CUT_IN_A_KEY.search(inside) if cut_short else None) or _CLOSED.search(inside)
    return (inside[: end.start()] if end else inside).replace('\\"', '"').replace("\\n", "\n").strip()

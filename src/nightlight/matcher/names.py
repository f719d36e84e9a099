"""Names as they are compared: folded to plain letters, by spelling, by what a short form may stand for, and by sound.

Pure, and the same for one record and for a million: what is made here is stored and read by Splink and by the scorer
alike, so that neither has a way of its own to read a name. It decides nothing about anybody.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from types import MappingProxyType

_LETTERS = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ß": "ss", "ı": "i", "ħ": "h",
     "’": "", "'": "", "ʼ": "", "`": ""}
)  # fmt: skip
_NOT_LETTERS = re.compile(r"[^a-z0-9]+")
_NO_NAME = frozenset(
    "baby unborn unknown infant newborn twin triplet boy girl male female child not known nk na tba none nil unnamed "
    "babyboy babygirl unbornbaby one two three 1 2 3 i ii iii a b of".split()
)
"""What is written where a child has no given name yet. A name of nothing but these is none."""
_CACHE = 1 << 17


@lru_cache(_CACHE)
def fold(text: str) -> str:
    """A name in plain small letters, its parts apart by one space.

    >>> fold("  Łukasz  O’Brien-Ångström ")
    'lukasz obrien angstrom'
    """
    plain = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    plain = "".join(c for c in plain if not unicodedata.combining(c)).translate(_LETTERS)
    return _NOT_LETTERS.sub(" ", plain).strip()


def joined(text: str) -> str:
    """A folded name as one word: `O Brien` and `O'Brien` are one name."""
    return fold(text).replace(" ", "")


@lru_cache(_CACHE)
def given_of(text: str) -> str:
    """A given name as one folded word, or nothing where the child has none yet.

    >>> given_of("Baby"), given_of("Twin 2"), given_of("Demi-Leigh")
    ('', '', 'demileigh')
    """
    parts = fold(text).split()
    return "" if all(part in _NO_NAME for part in parts) else "".join(parts)


@dataclass(frozen=True, slots=True)
class Table:
    """The table of names: one spelling for each given and family name, and what a short form may stand for."""

    given: Mapping[str, str]
    family: Mapping[str, str]
    short: Mapping[str, frozenset[str]]


@lru_cache(1)
def table() -> Table:
    """The names that come with the package (matcher/tables/names.tsv)."""
    given: dict[str, str] = {}
    family: dict[str, str] = {}
    short: dict[str, set[str]] = {}
    text = resources.files("nightlight.matcher").joinpath("tables/names.tsv").read_text(encoding="utf-8")
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        kind, name, others = line.split("\t")
        if kind == "short":
            for form in name.split():
                short.setdefault(form, set()).update(others.split())
        else:
            named = given if kind == "spelling" else family
            named.update({form.replace(" ", ""): joined(name) for form in (joined(name), *map(joined, others.split()))})
    spelt = {form: frozenset(given.get(full, full) for full in fulls) for form, fulls in short.items()}
    return Table(MappingProxyType(given), MappingProxyType(family), MappingProxyType(spelt))


def spelling(given: str) -> str:
    """The one spelling that a folded given name is known under.

    >>> spelling("mohammed")
    'muhammad'
    """
    return table().given.get(given, given)


@lru_cache(_CACHE)
def family_spelling(family: str) -> str:
    """The one spelling of a folded family name, as a man wears it: Kowalska and Kowalski are one.

    >>> family_spelling("kowalska"), family_spelling("chowdhury")
    ('kowalski', 'choudhury')
    """
    if family.endswith(("ska", "cka")) and len(family) > 5:
        family = family[:-1] + "i"
    return table().family.get(family, family)


@lru_cache(_CACHE)
def roots(given: str) -> tuple[str, ...]:
    """What a folded given name may be: its own spelling, and the full names that it is short for.

    >>> roots("jon")
    ('jon', 'jonathan')
    """
    return tuple(sorted({spelling(given), *table().short.get(given, ())}))


_SOUNDS = (
    ("sch", "s"), ("tch", "c"), ("ch", "c"), ("sh", "s"), ("sz", "s"), ("cz", "c"), ("rz", "z"), ("zh", "z"),
    ("ph", "f"), ("th", "t"), ("kh", "h"), ("gh", "g"), ("ck", "k"), ("qu", "k"), ("q", "k"), ("x", "ks"),
    ("w", "v"), ("j", "i"), ("y", "i"), ("z", "s"),
)  # fmt: skip
_VOWELS = re.compile(r"[aeiouh]+")
_DOUBLED = re.compile(r"(.)\1+")


@lru_cache(_CACHE)
def sound(name: str) -> str:
    """The sounds that a name keeps however it is spelt: its first letter, then consonants, none doubled.

    >>> sound("zhang") == sound("zang"), sound("kamila"), sound("kamilla")
    (True, 'kml', 'kml')
    """
    said = "k" + name[1:] if name.startswith("c") and not name.startswith(("ce", "ci", "cy", "ch")) else name
    for written, heard in _SOUNDS:
        said = said.replace(written, heard)
    return _DOUBLED.sub(r"\1", said[:1] + _VOWELS.sub("", said[1:]))

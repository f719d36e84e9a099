"""What a code means to the chronology: published lists of codes first, then words in the code's own text.

The lists are data (`feeds/tables/fhir_codes.csv`, each code with where it was seen; `fhir_words.csv`). A code that is
in neither means nothing here: this module must not guess.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from importlib import resources

from nightlight.feeds.fhir.resources import Coding, Concept

SNOMED = "http://snomed.info/sct"
SAME_CODES = {"https://dmd.nhs.uk": SNOMED, "http://dmd.nhs.uk": SNOMED, "https://dmd.nhs.uk/": SNOMED}
"""The dictionary of medicines and devices is part of SNOMED CT UK: senders name one system or the other."""


def _rows(name: str) -> list[dict[str, str]]:
    text = (resources.files("nightlight.feeds") / "tables" / name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@cache
def _codes() -> Mapping[tuple[str, str], Mapping[str, str]]:
    table: dict[tuple[str, str], Mapping[str, str]] = {}
    for row in _rows("fhir_codes.csv"):
        table[row["system"], row["code"]] = dict(meaning.split("=", 1) for meaning in row["means"].split())
    return table


@cache
def _words(name: str) -> list[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    return [
        (row["value"], tuple(row["all_of"].split()), tuple(row["none_of"].split()))
        for row in _rows("fhir_words.csv")
        if row["name"] == name
    ]


def code_means(coding: Coding | None, name: str) -> str | None:
    """What one coding means for `name` ("medicine", "reason", "class" ...), or None when no list has it.

    >>> code_means(Coding(system="https://dmd.nhs.uk", code="39113611000001102"), "medicine")
    'reliever'
    """
    if coding is None or coding.code is None:
        return None
    system = coding.system or ""
    return _codes().get((SAME_CODES.get(system, system), coding.code), {}).get(name)


def concept_means(concept: Concept | None, name: str) -> str | None:
    """What a concept means for `name`: the first of its codings that a list has.

    >>> concept_means(Concept(coding=[Coding(code="x"), Coding(system=SNOMED, code="195967001")]), "condition")
    'asthma'
    """
    for coding in (concept.coding if concept else None) or ():
        if (found := code_means(coding, name)) is not None:
            return found
    return None


def words_mean(text: str, name: str) -> str | None:
    """What the words of a code's text mean for `name`: the first rule all of whose words are there.

    Lists of codes are never complete (a new pack of an inhaler is a new code), and the names in these dictionaries are
    systematic. For reasons and medicines only: "family history of asthma" is a condition's text too.

    >>> words_mean("Salbutamol 200micrograms inhalation powder blisters", "medicine")
    'reliever'
    """
    return _in_words(text.casefold(), name)


@lru_cache(maxsize=16_384)
def _in_words(text: str, name: str) -> str | None:
    for value, all_of, none_of in _words(name):
        if all(word in text for word in all_of) and not any(word in text for word in none_of):
            return value
    return None


def text_of(concept: Concept | None) -> str:
    """The words of a concept: its own text, else the first coding's display, else nothing.

    >>> text_of(Concept(coding=[Coding(code="1"), Coding(display="Asthma")]))
    'Asthma'
    """
    if concept is None:
        return ""
    return concept.text or next((c.display for c in concept.coding or () if c.display), "")


def texts_of(concepts: Iterable[Concept] | None) -> str:
    """The words of several concepts, each once, in order."""
    return "; ".join(dict.fromkeys(text for concept in concepts or () if (text := text_of(concept))))


def first_meaning(concepts: Iterable[Concept] | None, name: str) -> str | None:
    """What the first concept that a list has means for `name`."""
    for concept in concepts or ():
        if (found := concept_means(concept, name)) is not None:
            return found
    return None

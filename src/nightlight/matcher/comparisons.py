"""What is compared between two records, and the levels that each comparison can come out at.

Each level is said three times, side by side: in words, in SQL for Splink, and in Python for one pair. A test holds the
second and third to the same answer on generated pairs. The first level that holds is the one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from rapidfuzz.distance import OSA, DamerauLevenshtein, JaroWinkler

from nightlight.matcher.prepared import Comparable

ALIKE = 0.88
MOST_SLIPS = 2
"""Names further apart are not alike, however they begin: Charlotte is not Charles with a few keys wrong."""
_alike = JaroWinkler.similarity
_slips = OSA.distance
_apart = DamerauLevenshtein.distance


@dataclass(frozen=True, slots=True)
class Level:
    """One outcome of a comparison. rarity: the column whose rarity adds to it: a rare name says more.

    missing: nothing is known, so nothing is said for or against.
    """

    code: str
    words: str
    sql: str
    rarity: str = ""
    missing: bool = False


@dataclass(frozen=True, slots=True)
class Comparison:
    """One field, or a few that are read together; `find` gives the index of the level that holds.

    needs: the columns of which one must be filled for it to be worth comparing.
    """

    name: str
    title: str
    levels: tuple[Level, ...]
    find: Callable[[Comparable, Comparable], int]
    needs: str

    def code(self, one: Comparable, other: Comparable) -> str:
        """The code of the level that holds."""
        return self.levels[self.find(one, other)].code


ELSE = "ELSE"


def _given(a: Comparable, b: Comparable) -> int:
    mine, yours = a.given, b.given
    if not mine or not yours:
        return 0
    if mine == yours:
        return 1
    if a.given_spelling == b.given_spelling:
        return 2
    if mine == b.family and a.family == yours:
        return 3
    if mine.startswith(yours) or yours.startswith(mine) or not set(a.given_roots).isdisjoint(b.given_roots):
        return 4
    return 5 if a.given_sound == b.given_sound or _named_alike(mine, yours) else 6


def _named_alike(mine: str, yours: str) -> bool:
    return _alike(mine, yours) >= ALIKE and _apart(mine, yours, score_cutoff=MOST_SLIPS) <= MOST_SLIPS


def _family(a: Comparable, b: Comparable) -> int:
    mine, yours = a.family, b.family
    if not mine or not yours or (mine == b.given and a.given == yours and mine != yours):
        return 0
    if mine == yours:
        return 1
    if a.family_spelling == b.family_spelling:
        return 2
    if not set(a.family_parts).isdisjoint(b.family_parts):
        return 3
    return 4 if a.family_sound == b.family_sound or _named_alike(mine, yours) else 5


def _whole(a: Comparable, b: Comparable) -> int:
    """Names that often go together say less than each by itself: there are more of one whole name than of chance."""
    if not (a.given and a.family and b.given and b.family):
        return 0
    return 1 if a.given == b.given and a.family == b.family else 2


def _born(a: Comparable, b: Comparable) -> int:
    if not a.born_year or not b.born_year:
        return 0
    mine, yours = a.born, b.born
    if not mine or not yours:
        return 1 if a.born_year == b.born_year else 6
    if mine == yours:
        return 2
    if mine == b.born_turned:
        return 3
    if _slips(mine, yours) <= 1:
        return 4
    return 5 if (a.born_year == b.born_year) + (mine[4:6] == yours[4:6]) + (mine[6:] == yours[6:]) >= 2 else 6


def _sex(a: Comparable, b: Comparable) -> int:
    if not a.sex or not b.sex:
        return 0
    return 1 if a.sex == b.sex else 2


def _postcode(a: Comparable, b: Comparable) -> int:
    mine, yours = a.postcode, b.postcode
    if not mine or not yours:
        return 0
    if mine == yours:
        return 1
    if _slips(mine, yours) <= 1:
        return 2
    return 3 if mine[:-2] == yours[:-2] else 4


def _place(a: Comparable, b: Comparable) -> int:
    mine, yours = a.place, b.place
    if not mine or not yours:
        return 0
    if mine == yours:
        return 1
    return 2 if _alike(mine, yours) >= ALIKE else 3


def _number(a: Comparable, b: Comparable) -> int:
    mine, yours = a.number, b.number
    if not mine or not yours:
        return 0
    if mine == yours:
        return 1
    return 2 if _slips(mine, yours) <= 1 else 3


def _either_missing(column: str) -> str:
    return f"{column}_l is null or {column}_r is null"


def _slip_sql(column: str) -> str:
    """One key wrong, one more, one fewer, or two neighbours exchanged."""
    return f"damerau_levenshtein({column}_l, {column}_r) <= 1"


def _alike_sql(column: str) -> str:
    return f"jaro_winkler_similarity({column}_l, {column}_r) >= {ALIKE}"


def _named_alike_sql(column: str) -> str:
    near = f"damerau_levenshtein({column}_l, {column}_r) <= {MOST_SLIPS}"
    return f"({_alike_sql(column)} and {near}) or {column}_sound_l = {column}_sound_r"


_SWAPPED = "given_l = family_r and family_l = given_r"

COMPARISONS: tuple[Comparison, ...] = (
    Comparison(
        "given_name", "Given name",
        (
            Level("missing", "not known to both", _either_missing("given"), missing=True),
            Level("same", "the same", "given_l = given_r", rarity="given"),
            Level("spelling", "the same name in another spelling", "given_spelling_l = given_spelling_r"),
            Level("swapped", "given and family name exchanged", _SWAPPED),
            Level(
                "short", "one may be short for the other",
                "starts_with(given_l, given_r) or starts_with(given_r, given_l) "
                "or list_has_any(given_roots_l, given_roots_r)",
            ),
            Level("alike", "alike to the eye or the ear", _named_alike_sql("given")),
            Level("other", "another name", ELSE),
        ),
        _given, "given",
    ),
    Comparison(
        "family_name", "Family name",
        (
            Level(
                "missing", "not known to both, or exchanged with the given name",
                f"{_either_missing('family')} or ({_SWAPPED} and family_l <> family_r)", missing=True,
            ),
            Level("same", "the same", "family_l = family_r", rarity="family"),
            Level("spelling", "the same name in another spelling", "family_spelling_l = family_spelling_r"),
            Level("part", "a part of the name in common", "list_has_any(family_parts_l, family_parts_r)"),
            Level("alike", "alike to the eye or the ear", _named_alike_sql("family")),
            Level("other", "another name", ELSE),
        ),
        _family, "family",
    ),
    Comparison(
        "whole_name", "The two names together",
        (
            Level("missing", "not known to both", _either_missing("whole"), missing=True),
            Level("same", "the same", "whole_l = whole_r", rarity="whole"),
            Level("other", "not both the same", ELSE),
        ),
        _whole, "whole",
    ),
    Comparison(
        "birth_date", "Birth date",
        (
            Level("missing", "not known to both", _either_missing("born_year"), missing=True),
            Level(
                "year", "the same year, the day not known to both",
                f"({_either_missing('born')}) and born_year_l = born_year_r",
            ),
            Level("same", "the same", "born_l = born_r"),
            Level("turned", "day and month exchanged", "born_l = born_turned_r"),
            Level("slip", "one figure apart", _slip_sql("born")),
            Level(
                "near", "two of day, month and year the same",
                "cast(born_year_l = born_year_r as int) + cast(born_l[5:6] = born_r[5:6] as int) "
                "+ cast(born_l[7:8] = born_r[7:8] as int) >= 2 and born_l is not null and born_r is not null",
            ),
            Level("other", "another birth date", ELSE),
        ),
        _born, "born_year",
    ),
    Comparison(
        "sex", "Sex",
        (
            Level("missing", "not known to both", _either_missing("sex"), missing=True),
            Level("same", "the same", "sex_l = sex_r"),
            Level("other", "recorded otherwise", ELSE),
        ),
        _sex, "sex",
    ),
    Comparison(
        "postcode", "Postcode",
        (
            Level("missing", "not known to both", _either_missing("postcode"), missing=True),
            Level("same", "the same", "postcode_l = postcode_r"),
            Level("slip", "one letter or figure apart", _slip_sql("postcode")),
            Level("near", "the same neighbourhood", "postcode_l[:-3] = postcode_r[:-3]"),
            Level("other", "another postcode", ELSE),
        ),
        _postcode, "postcode",
    ),
    Comparison(
        "place", "Address",
        (
            Level("missing", "not known to both", _either_missing("place"), missing=True),
            Level("same", "the same", "place_l = place_r"),
            Level("alike", "alike", _alike_sql("place")),
            Level("other", "another address", ELSE),
        ),
        _place, "place",
    ),
    Comparison(
        "number", "Number",
        (
            Level("missing", "not known to both", _either_missing("number"), missing=True),
            Level("same", "the same", "number_l = number_r"),
            Level("slip", "one figure apart", _slip_sql("number")),
            Level("other", "another number", ELSE),
        ),
        _number, "number",
    ),
)  # fmt: skip
BY_NAME: Mapping[str, Comparison] = MappingProxyType({each.name: each for each in COMPARISONS})

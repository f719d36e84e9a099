"""Which records are one person: a function of the records and the decisions, and of nothing else.

The same records give the same groups in whatever order they came, one by one or all at once. Surer grounds join first:
decisions, numbers, exact agreement, then the model. A record that is certainly the same as two which are not certainly
the same as each other has a rival, and is joined to neither: a person decides.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from itertools import combinations

from nightlight.matcher.verdicts import Basis, Outcome, Verdict

Pair = tuple[str, str]
"""Two records' ids, in order."""
Links = Mapping[Pair, Verdict]
IN_ORDER = (Basis.IDENTIFIER, Basis.EXACT, Basis.MODEL)
MOST_TOGETHER = 200
"""A group that would be greater is not made: no child has so many records, and something is wrong with a number."""


def ordered(one: str, other: str) -> Pair:
    """A pair by its ids in order."""
    return (one, other) if one <= other else (other, one)


def components(ids: Iterable[str], pairs: Iterable[Pair]) -> list[frozenset[str]]:
    """The sets of ids that pairs connect, each once.

    >>> sorted(map(sorted, components("abc", [("a", "b")])))
    [['a', 'b'], ['c']]
    """
    head = {each: each for each in ids}

    def find(each: str) -> str:
        while head[each] != each:
            head[each] = head[head[each]]
            each = head[each]
        return each

    for one, other in pairs:
        head[find(one)] = find(other)
    found: dict[str, set[str]] = defaultdict(set)
    for each in head:
        found[find(each)].add(each)
    return [frozenset(each) for each in found.values()]


def grouped(
    ids: Iterable[str],
    links: Links,
    apart: Callable[[str, str], bool],
    *,
    decided_same: Collection[Pair] = (),
    decided_apart: Collection[Pair] = (),
) -> list[frozenset[str]]:
    """The groups of these records.

    links: verdicts of the pairs that were compared. apart: whether two records cannot be one person. What people
    decided comes before all: decided the same are together, and decided apart are never joined by a machine.
    """
    never = {ordered(*pair) for pair in decided_apart}

    def kept_apart(one: str, other: str) -> bool:
        return ordered(one, other) in never or apart(one, other)

    groups = components(ids, decided_same)
    sure: list[Pair] = []
    for basis in IN_ORDER:
        if found := [pair for pair, v in links.items() if v.outcome is Outcome.SAME and v.basis is basis]:
            groups = _joined(groups, found, kept_apart)
            sure += found  # who rivals whom by number may be one group now, by what they agree in
            groups = _joined(groups, sure, kept_apart) if len(sure) > len(found) else groups
    return groups


def _joined(
    groups: list[frozenset[str]], sure: Iterable[Pair], apart: Callable[[str, str], bool]
) -> list[frozenset[str]]:
    """The groups once those that are certainly the same, and have no rival, are joined."""
    at = {each: index for index, group in enumerate(groups) for each in group}
    beside: dict[int, set[int]] = defaultdict(set)
    for one, other in sure:
        if at[one] != at[other]:
            beside[at[one]].add(at[other])
            beside[at[other]].add(at[one])
    for mine in list(beside):
        for yours in [o for o in beside[mine] if o > mine and _any_apart(groups[mine], groups[o], apart)]:
            beside[mine].discard(yours)
            beside[yours].discard(mine)
    rivalled = {index for index, others in beside.items() if _has_rivals(others, beside)}
    edges = [(str(i), str(o)) for i, others in beside.items() for o in others if not {i, o} & rivalled]
    joined = components(map(str, range(len(groups))), edges)
    return [frozenset().union(*(groups[int(at_)] for at_ in each)) for each in joined]


def _any_apart(one: frozenset[str], other: frozenset[str], apart: Callable[[str, str], bool]) -> bool:
    if len(one) + len(other) > MOST_TOGETHER:
        return True
    return any(apart(a, b) for a in one for b in other)


def _has_rivals(others: set[int], beside: Mapping[int, set[int]]) -> bool:
    return any(other not in beside[one] for one, other in combinations(sorted(others), 2))

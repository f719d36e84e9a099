"""Two sets of indicators on the same children: who would be found by one and not by the other, child by child.

Counts only; what a single child's difference is goes to whoever asks for it (`differences`), in no order but the
children's own. Nothing here says which set is better.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from nightlight.indicators.catalogue import Indicator
from nightlight.review.backtest import ANY, Backtest, Firings, Outcomes, Watched, lead_time


@dataclass(slots=True)
class Pairs:
    """How many children are in both, in the first only, and in the second only."""

    both: int = 0
    first_only: int = 0
    second_only: int = 0

    def count(self, first: bool, second: bool) -> None:
        self.both += first and second
        self.first_only += first and not second
        self.second_only += second and not first

    def join(self, other: Pairs) -> None:
        self.both += other.both
        self.first_only += other.first_only
        self.second_only += other.second_only


@dataclass(slots=True)
class Earlier:
    """Of children whom both find: how many the second finds earlier, at the same moment, and later."""

    earlier: int = 0
    same: int = 0
    later: int = 0

    def join(self, other: Earlier) -> None:
        self.earlier += other.earlier
        self.same += other.same
        self.later += other.later


@dataclass(slots=True)
class Comparison:
    """Two backtests of the same children, and how they differ.

    found: by code, the children with a firing in each. moved: by code, of those in both, whose first firing moved.
    led: by code and outcome, the children to whose first outcome a firing led up, in each.
    """

    first: Backtest
    second: Backtest
    found: defaultdict[str, Pairs] = field(default_factory=lambda: defaultdict(Pairs))
    moved: defaultdict[str, Earlier] = field(default_factory=lambda: defaultdict(Earlier))
    led: defaultdict[tuple[str, str], Pairs] = field(default_factory=lambda: defaultdict(Pairs))

    def add(self, child: Watched, first: Firings, second: Firings, outcomes: Outcomes) -> None:
        """Count one child in both. `first` and `second`: its spans by the first and by the second set."""
        self.first.add(child, first, outcomes)
        self.second.add(child, second, outcomes)
        one = {**first, ANY: self.first.together(first)}
        two = {**second, ANY: self.second.together(second)}
        came = self.first.came(child, outcomes)
        for code in one.keys() | two.keys():
            before, after = _first(one, code, child), _first(two, code, child)
            self.found[code].count(before is not None, after is not None)
            if before is not None and after is not None:
                self._moved(code, before, after)
            for kind, when in came.items():
                if when:
                    leads = [lead_time(each.get(code, ()), when[0], child.since) is not None for each in (one, two)]
                    self.led[code, kind].count(*leads)

    def _moved(self, code: str, before: int, after: int) -> None:
        moved = self.moved[code]
        moved.earlier += after < before
        moved.same += after == before
        moved.later += after > before

    def join(self, other: Comparison) -> None:
        """Add what was counted of other children."""
        self.first.join(other.first)
        self.second.join(other.second)
        for code, found in other.found.items():
            self.found[code].join(found)
        for code, moved in other.moved.items():
            self.moved[code].join(moved)
        for key, led in other.led.items():
            self.led[key].join(led)

    def codes(self) -> list[str]:
        """Every code of either, those of the first in its order and then what only the second has."""
        return list(dict.fromkeys(each.code for each in (*self.first.indicators, *self.second.indicators)))

    def change(self, code: str) -> str:
        """What became of an indicator: added, removed, the same rule, or another."""
        rules = [_rule(each.indicators, code) for each in (self.first, self.second)]
        if rules[0] is None or rules[1] is None:
            return "added" if rules[0] is None else "removed"
        return "same rule" if rules[0] == rules[1] else "changed rule"


@dataclass(frozen=True, slots=True)
class Difference:
    """One child whose spans by one code are not the same in both: when each began, None where it never did."""

    child: str
    code: str
    first: int | None
    second: int | None


def differences(child: Watched, first: Firings, second: Firings) -> Iterator[Difference]:
    """By which indicators a child's firings differ, and when each first began while the child was watched."""
    for code in sorted(first.keys() | second.keys()):
        if list(first.get(code, ())) != list(second.get(code, ())):
            yield Difference(child.child, code, _first(first, code, child), _first(second, code, child))


def _first(firings: Firings, code: str, child: Watched) -> int | None:
    return next((since for since, _ in firings.get(code, ()) if child.since <= since < child.until), None)


def _rule(indicators: tuple[Indicator, ...], code: str) -> str | None:
    found: Mapping[str, str] = {each.code: each.rule for each in indicators}
    return found.get(code)

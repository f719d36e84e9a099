"""What the sample in fact holds of each marginal that it is made to match: counted as families are drawn."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta

from nightlight.sample.happenings import Happening
from nightlight.sample.population import Family
from nightlight.sample.stats import Tally


def count(tally: Tally, family: Family, happenings: Iterable[Happening], *, until: date, years: int) -> None:
    """Add one family's facts to the tally."""
    mine: dict[str, list[Happening]] = defaultdict(list)
    for happening in happenings:
        mine[happening.kind].append(happening)
    start = until - timedelta(days=365 * years)
    lived = sum((until - max(start, child.born)).days / 365.25 for child in family.children)
    _referrals(tally, mine["social_care.referral"], lived, until)
    tally.add("section_47", len(mine["social_care.section_47"]))
    tally.add("section_47/of", lived)
    plans = {h.about[0] for h in mine["social_care.child_protection_plan"] if h.until is None}
    tally.add("plans_at_end", len(plans))
    tally.add("plans_at_end/of", len(family.children))
    tally.add("asthma", len(family.asthma & {c.true_id for c in family.children if (until - c.born).days > 1000}))
    tally.add("asthma/of", len(family.children))
    _absence(tally, mine["education.register"])
    _emergency(tally, family, mine["health.emergency_attendance"], start, until)
    _preventers(tally, mine["health.medicine_issued"], years)


def _referrals(tally: Tally, referrals: list[Happening], lived: float, until: date) -> None:
    tally.add("referrals", len(referrals))
    tally.add("referrals/of", lived)
    for code, source in (("from_police", "police"), ("from_schools", "education")):
        tally.add(code, sum(h.attributes["from"] == source for h in referrals))
        tally.add(code + "/of", len(referrals))
    last: dict[str, date] = {}
    for h in referrals:
        child = h.about[0]
        if h.day >= until - timedelta(days=730):  # a year of history behind it, as the national figure has
            tally.add("re_referrals/of")
            tally.add("re_referrals", child in last and (h.day - last[child]).days <= 365)
        last[child] = h.day


def _absence(tally: Tally, registers: list[Happening]) -> None:
    possible: dict[str, int] = defaultdict(int)
    missed: dict[str, int] = defaultdict(int)
    for h in registers:
        possible[h.about[0]] += h.attributes["possible"]
        missed[h.about[0]] += h.attributes["possible"] - h.attributes["attended"]
    for child, sessions in possible.items():
        tally.add("absence", missed[child])
        tally.add("absence/of", sessions)
        tally.add("persistent_absence", missed[child] >= 0.1 * sessions)
        tally.add("persistent_absence/of")


def _emergency(tally: Tally, family: Family, attendances: list[Happening], start: date, until: date) -> None:
    born = {child.true_id: child.born for child in family.children}
    for day in born.values():
        young = (min(until, day + timedelta(days=1826)) - max(start, day)).days
        tally.add("emergency_under_5/of", max(0, young) / 365.25)
    tally.add("emergency_under_5", sum((h.day - born[h.about[0]]).days < 1826 for h in attendances))


def _preventers(tally: Tally, issued: list[Happening], years: int) -> None:
    by_year: dict[tuple[str, int], int] = defaultdict(int)
    for h in issued:
        if h.attributes["medicine"] == "preventer":
            by_year[(h.about[0], h.day.year)] += h.attributes["quantity"]
    tally.add("few_preventers", sum(count < 4 for count in by_year.values()))
    tally.add("few_preventers/of", len(by_year))

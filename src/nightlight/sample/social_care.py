"""Contacts, referrals, assessments, enquiries, conferences, plans and visits of an invented family.

Whoever saw something may call; how bad things are beneath tilts what comes of it. The statutory steps follow in their
order, some of them late, as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from random import Random

from nightlight.sample.happenings import Happening, happens
from nightlight.sample.population import TROUBLES, Family

_MONTH = timedelta(days=30)
_SOURCES = (
    ("police", 24), ("education", 20), ("health.gp", 4), ("health.hospital", 6), ("health.community", 8),
    ("family", 10), ("anonymous", 4), ("social_care", 13), ("housing", 4), ("voluntary", 6),
)  # fmt: skip
_CATEGORY = {
    "neglect": "neglect", "domestic_abuse": "emotional", "substance_misuse": "neglect", "mental_health": "emotional",
}  # fmt: skip


def social_care(family: Family, rng: Random, seen: list[Happening], *, start: date, until: date) -> Iterator[Happening]:
    """A family's dealings with children's social care; `seen` is what others saw, some of which they pass on."""
    busy_until = start
    for day, source in sorted(_callers(family, rng, seen, start, until)):
        children = tuple(c.true_id for c in family.children if c.born <= day)
        if not children:
            continue
        if day < busy_until:
            yield from _each(family, "social_care.contact", day, children, {"from": source, "outcome": "already_open"})
            continue
        level = sum(family.strength(trouble, day) for trouble in TROUBLES)
        referred = rng.random() < min(0.85, 0.34 + 0.35 * level)
        outcome = "referral" if referred else rng.choice(("no_further_action", "information", "family_help"))
        yield from _each(family, "social_care.contact", day, children, {"from": source, "outcome": outcome})
        if referred:
            found = list(
                _referral(family, rng, day + timedelta(days=rng.choice((0, 0, 1, 1, 2, 5))), source, children, level)
            )
            busy_until = max(h.until or h.day for h in found)
            yield from found
        elif outcome == "family_help":
            ends = day + timedelta(days=rng.randint(60, 300))
            yield from _each(family, "social_care.family_help", day, children, {}, until=ends)


def _callers(
    family: Family, rng: Random, seen: list[Happening], start: date, until: date
) -> Iterator[tuple[date, str]]:
    """Who calls social care, and when: some on a thing they saw, others for reasons of their own."""
    for h in seen:
        if h.kind == "police.incident" and h.attributes["category"] == "domestic_abuse" and rng.random() < 0.4:
            yield h.day + timedelta(days=rng.randint(0, 3)), "police"
        elif h.kind == "education.concern" and rng.random() < 0.06:
            yield h.day, "education"
    for month in range((until - start).days // 30):
        day = start + month * _MONTH
        level = sum(family.strength(trouble, day) for trouble in TROUBLES)
        for _ in range(happens(rng, 0.036 + 0.075 * level)):
            names, weights = zip(*_SOURCES, strict=True)
            yield day + timedelta(days=rng.randrange(30)), rng.choices(names, weights)[0]


def _each(
    family: Family, kind: str, day: date, children: tuple[str, ...], attributes: Mapping[str, object],
    until: date | None = None,
) -> Iterator[Happening]:  # fmt: skip
    """The same step for each of the family's children: social care keeps a record a child."""
    for child in children:
        yield Happening(
            kind=kind, agency="social_care", when=day, about=(child,), attributes=attributes, until=until,
            mark=f"F{family.number:06d}",
        )  # fmt: skip


def _referral(
    family: Family, rng: Random, day: date, source: str, children: tuple[str, ...], level: float
) -> Iterator[Happening]:
    if rng.random() < 0.071:  # calibration.csv: no further action without assessment
        yield from _each(
            family, "social_care.referral", day, children, {"from": source, "outcome": "no_further_action"}
        )
        return
    enquiry = rng.random() < min(0.75, 0.19 + 0.22 * level)
    outcome = "section_47" if enquiry else "assessment"
    yield from _each(family, "social_care.referral", day, children, {"from": source, "outcome": outcome})
    if enquiry:
        yield from _section_47(family, rng, day, children, level)
        return
    yield from _assessment(family, rng, day, children, needed=rng.random() < 0.42 + 0.2 * level)


def _assessment(
    family: Family, rng: Random, day: date, children: tuple[str, ...], *, needed: bool
) -> Iterator[Happening]:
    authorised = day + timedelta(days=max(5, int(rng.gauss(46, 14))))  # calibration.csv: 33 working days
    outcome = "child_in_need" if needed else rng.choice(("no_further_action", "no_further_action", "family_help"))
    yield from _each(
        family, "social_care.assessment", day + timedelta(days=1), children, {"outcome": outcome}, until=authorised
    )
    yield from _visits(family, rng, day, authorised, children, every=20)
    if needed:
        yield from _plan(family, rng, "social_care.child_in_need_plan", authorised, children, mean_days=150)


def _section_47(family: Family, rng: Random, day: date, children: tuple[str, ...], level: float) -> Iterator[Happening]:
    yield from _each(family, "social_care.strategy_discussion", day, children, {"outcome": "section_47"})
    to_conference = rng.random() < min(0.8, 0.33 + 0.18 * level)
    ends = day + timedelta(days=rng.randint(5, 20))
    outcome = "conference" if to_conference else rng.choice(("child_in_need", "no_further_action"))
    yield from _each(family, "social_care.section_47", day, children, {"outcome": outcome}, until=ends)
    yield from _visits(family, rng, day, ends, children, every=6)
    if outcome == "child_in_need":
        yield from _plan(family, rng, "social_care.child_in_need_plan", ends, children, mean_days=150)
    if not to_conference:
        return
    held = day + timedelta(days=rng.choice((14, 18, 20, 21, 21, 27, 35)))
    made = rng.random() < 0.83
    result = "child_protection_plan" if made else "child_in_need"
    yield from _each(family, "social_care.conference", held, children, {"type": "initial", "outcome": result})
    if made:
        yield from _plan(family, rng, "social_care.child_protection_plan", held, children, mean_days=285)


def _plan(
    family: Family, rng: Random, kind: str, day: date, children: tuple[str, ...], *, mean_days: int
) -> Iterator[Happening]:
    ends = day + timedelta(days=max(40, int(rng.gauss(mean_days, mean_days / 2.5))))
    worst = max(TROUBLES, key=lambda trouble: family.strength(trouble, day))
    yield from _each(family, kind, day, children, {"category": _CATEGORY[worst]}, until=ends)
    protected = kind.endswith("protection_plan")
    yield from _visits(family, rng, day, ends, children, every=13 if protected else 34)
    if rng.random() < 0.4:
        yield from _each(family, "social_care.worker_changed", day + (ends - day) / 2, children, {})
    review = day + timedelta(days=85)
    while protected and review < ends:
        yield from _each(
            family, "social_care.conference", review, children, {"type": "review", "outcome": "child_protection_plan"}
        )
        review += timedelta(days=rng.randint(150, 180))


def _visits(
    family: Family, rng: Random, since: date, until: date, children: tuple[str, ...], *, every: int
) -> Iterator[Happening]:
    """Visits about every so many days, of which a few find nobody in."""
    day = since + timedelta(days=rng.randint(1, every))
    while day < until:
        seen = rng.random() > 0.09 + 0.15 * family.strength("neglect", day)
        attributes = {
            "child_seen": seen, "seen_alone": seen and rng.random() < 0.55, "bedroom_seen": seen and rng.random() < 0.4,
        }  # fmt: skip
        yield from _each(family, "social_care.visit", day, children, attributes)
        day += timedelta(days=max(3, int(rng.gauss(every, every / 4))))

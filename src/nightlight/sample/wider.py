"""What agencies without a feed would hold of an invented family: adult services, housing, community health, neighbours,
and the running of plans. For populations in columns only: the files of a sample have no place for it.

As in life.py the rates know nothing of the indicators, and every one is an assumption: none is published.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import pairwise, zip_longest
from random import Random

from nightlight.sample.happenings import Happening, happens, moment
from nightlight.sample.population import TROUBLES, Family, Person
from nightlight.sample.terms import year_group

_MONTH = timedelta(days=30)
Strengths = dict[str, float]


def wider(family: Family, rng: Random, seen: Iterable[Happening], *, start: date, until: date) -> Iterator[Happening]:
    """The rest of a family's life; `seen` is what social care did, whose plans are run here."""
    yield from _homes(family, rng, start, until)
    for month in range((until - start).days // 30):
        since = start + month * _MONTH
        strengths = {trouble: family.strength(trouble, since) for trouble in TROUBLES}
        yield from _adults(family, rng, since, strengths)
        yield from _housing(family, rng, since, strengths)
        yield from _neighbours(family, rng, since, strengths)
        for child in family.children:
            if child.born < since:
                yield from _community_health(child, rng, since, strengths)
                yield from _at_school(child, rng, since, strengths)
    yield from _plans(family, rng, seen, until)


def _some_day(rng: Random, since: date) -> date:
    return since + timedelta(days=rng.randrange(30))


def _of(kind: str, agency: str, day: date, who: str, **attributes: object) -> Happening:
    return Happening(kind=kind, agency=agency, when=day, about=(who,), attributes=attributes)


def _adults(family: Family, rng: Random, since: date, strengths: Strengths) -> Iterator[Happening]:
    drugs, ill, abuse = (strengths[name] for name in ("substance_misuse", "mental_health", "domestic_abuse"))
    who = family.adults[0].true_id
    for _ in range(happens(rng, 0.08 * drugs)):
        substance = rng.choice(("alcohol", "alcohol", "cannabis", "heroin", "crack"))
        yield _of("adult.substance_misuse", "adult_services", _some_day(rng, since), who, substance=substance)
    if rng.random() < 0.08 * drugs:
        yield _treatment(rng, _some_day(rng, since), who, drugs)
    for _ in range(happens(rng, 0.12 * drugs)):
        yield _of("adult.treatment_missed", "adult_services", _some_day(rng, since), who, service="drug and alcohol")
    for _ in range(happens(rng, 0.0008 + 0.03 * ill)):
        yield _of("adult.mental_health_crisis", "adult_services", _some_day(rng, since), who)
    for _ in range(happens(rng, 0.0015 + 0.012 * (drugs + abuse))):
        category = rng.choice(("complaint", "refused_entry", "threats", "intimidation"))
        towards = rng.choice(("social_care", "education", "health.gp"))
        yield _of("adult.hostility", "social_care", _some_day(rng, since), who, category=category, towards=towards)


def _treatment(rng: Random, day: date, who: str, drugs: float) -> Happening:
    dropped = rng.random() < 0.25 + 0.35 * drugs
    return Happening(
        kind="adult.treatment", agency="adult_services", when=day, about=(who,),
        until=day + timedelta(days=rng.randint(20, 60) if dropped else rng.randint(90, 270)),
        attributes={"service": "drug and alcohol", "end": "dropped_out" if dropped else "completed"},
    )  # fmt: skip


def _housing(family: Family, rng: Random, since: date, strengths: Strengths) -> Iterator[Happening]:
    who, neglect = family.adults[0].true_id, strengths["neglect"]
    for _ in range(happens(rng, 0.002 + 0.015 * (neglect + strengths["substance_misuse"]))):
        notice = rng.choice(("eviction", "disconnection", "homeless_application"))
        yield _of("housing.notice", "housing", _some_day(rng, since), who, type=notice)
    for _ in range(happens(rng, 0.003 + 0.02 * neglect)):
        day = _some_day(rng, since)
        worse = ("hazards", "no_utilities", "squalor") if rng.random() < neglect else ("overcrowding", "damp")
        yield Happening(
            kind="housing.condition", agency="housing", when=day, about=(), place=family.home_on(day),
            attributes={"category": rng.choice(worse)},
        )  # fmt: skip


def _homes(family: Family, rng: Random, start: date, until: date) -> Iterator[Happening]:
    """Where the housing service has a family living: two families in five."""
    if rng.random() > 0.4:
        return
    for home, following in zip_longest(family.homes, family.homes[1:]):
        basis = rng.choice(("tenancy", "tenancy", "temporary"))
        people = tuple(p.true_id for p in family.people() if p.born <= home.since)
        if people and home.since >= start:
            yield Happening(
                kind="housing.residence", agency="housing", when=home.since, about=people,
                until=following.since if following and following.since < until else None,
                attributes={"address": home.address.key, "basis": basis},
            )  # fmt: skip


def _neighbours(family: Family, rng: Random, since: date, strengths: Strengths) -> Iterator[Happening]:
    rates = {
        "neglect": 0.001 + 0.03 * strengths["neglect"],
        "domestic_abuse": 0.001 + 0.02 * strengths["domestic_abuse"],
        "drugs": 0.0005 + 0.02 * strengths["substance_misuse"],
    }
    for category, rate in rates.items():
        for _ in range(happens(rng, rate)):
            day, teller = _some_day(rng, since), rng.choice(("neighbour", "neighbour", "relative", "public"))
            for child in family.children:
                if child.born <= day:
                    yield _of(
                        "community.concern", "public", day, child.true_id, **{"from": teller, "category": category}
                    )


def _community_health(child: Person, rng: Random, since: date, strengths: Strengths) -> Iterator[Happening]:
    age, neglect = (since - child.born).days / 365.25, strengths["neglect"]
    for _ in range(happens(rng, 0.004 + (0.006 * strengths["domestic_abuse"] if age < 2 else 0.0))):
        yield _injury(child, rng, since, age, neglect)
    if age < 2:
        for _ in range(happens(rng, 0.03)):
            fallen = rng.choices((0, 1, 2, 3), (80 - 40 * neglect, 14, 5 + 20 * neglect, 1 + 8 * neglect))[0]
            day = _some_day(rng, since)
            yield _of("health.growth", "health.community", day, child.true_id, centile_spaces_fallen=fallen)
    for due in (42, 365, 900):
        day = child.born + timedelta(days=due)
        if since <= day < since + _MONTH:
            result = "missed" if rng.random() < 0.06 + 0.3 * neglect else "done"
            yield _of("health.universal_review", "health.community", day, child.true_id, result=result)


def _injury(child: Person, rng: Random, since: date, age: float, neglect: float) -> Happening:
    what = rng.choices(("bruise", "burn", "fracture", "head", "bite", "other"), (40, 8, 8, 14, 5, 25))[0]
    explained = rng.choices(("suitable", "unsuitable", "none", "changed"), (88 - 30 * neglect, 4, 5, 3))[0]
    return Happening(
        kind="health.injury", agency="health.hospital", when=moment(rng, _some_day(rng, since), (8, 22)),
        about=(child.true_id,), attributes={"injury": what, "mobile": age > 0.75, "explanation": explained},
    )  # fmt: skip


def _at_school(child: Person, rng: Random, since: date, strengths: Strengths) -> Iterator[Happening]:
    if not 0 <= year_group(child.born, since) <= 13:
        return
    older = year_group(child.born, since) >= 7
    for _ in range(happens(rng, (0.012 if older else 0.001) * (1 + 2 * strengths["domestic_abuse"]))):
        day, sessions = _some_day(rng, since), rng.randint(1, 10)
        yield _of("education.suspension", "education", day, child.true_id, sessions=sessions, permanent=False)
    if rng.random() < 0.0012:
        destination = rng.choices(("school", "home_education", "unknown"), (80, 15, 5))[0]
        day = _some_day(rng, since)
        yield _of("education.removed_from_roll", "education", day, child.true_id, destination=destination)
    for _ in range(happens(rng, 0.003 + 0.02 * max(strengths.values()))):
        score = max(0, min(10, round(rng.gauss(8.5 - 4 * max(strengths.values()), 1.5))))
        day = _some_day(rng, since)
        yield _of("voice.scale", "education", day, child.true_id, score=score, question="How safe do you feel?")


def _plans(family: Family, rng: Random, seen: Iterable[Happening], until: date) -> Iterator[Happening]:
    """Core groups about every six weeks, and that the case was closed when the last thing ended."""
    ended: dict[str, list[tuple[date, date]]] = {}
    for step in seen:
        if step.kind == "social_care.child_protection_plan":
            day = step.day + timedelta(days=rng.randint(7, 14))
            while day < (step.until or until):
                yield _of("social_care.core_group", "social_care", day, step.about[0], quorate=rng.random() < 0.85)
                day += timedelta(days=max(10, int(rng.gauss(42, 9))))
        if step.kind in ("social_care.child_protection_plan", "social_care.child_in_need_plan") and step.until:
            ended.setdefault(step.about[0], []).append((step.day, step.until))
    for child, spells in ended.items():
        for (_, end), following in pairwise([*sorted(spells), (date.max, date.max)]):
            if following[0] > end + timedelta(days=20):
                seen_before = rng.random() < 0.85
                day = end + timedelta(days=7)
                yield _of("social_care.closed", "social_care", day, child, child_seen_before_closing=seen_before)

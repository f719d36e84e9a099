"""What befalls a family month by month at school, in health care and with the police, driven by its hidden state.

The rates know nothing of the indicators: a spell of neglect makes some things likelier; what is seen of it is chance.
Referrals and plans are social_care.py's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from random import Random

from nightlight.sample.happenings import Happening, at, happens, moment
from nightlight.sample.harm import admissions
from nightlight.sample.population import Family, Person, families
from nightlight.sample.social_care import social_care
from nightlight.sample.terms import is_school_week, monday_of, school_weeks, year_group
from nightlight.sample.wider import wider

_MONTH = timedelta(days=30)

WORDS = {
    "neglect": (
        "There was no tea last night, I had crisps.", "My coat doesn't do up any more.",
        "I look after the baby when mum is asleep.", "I did not sleep, it was cold.",
    ),
    "domestic_abuse": (
        "They were shouting and something smashed.", "I put my pillow on my ears when he comes home.",
        "Mum said not to tell you about her arm.",
    ),
    "substance_misuse": ("Mum was poorly on the sofa again.", "There were men in the kitchen I don't know."),
    "mental_health": ("Mum cries and I make her tea.", "Dad has not got up for days."),
    "": ("I fell out with my friend.", "I don't like PE.", "My brother broke my game."),
}  # fmt: skip
"""What an invented child might say. A child's own words are kept apart and verbatim, so some must be there to keep."""

_SEEN_AT_SCHOOL = {
    "neglect": (
        ("hunger", 5), ("hygiene", 5), ("clothing", 4), ("tired", 4), ("untreated_illness", 2), ("not_collected", 2),
    ),
    "domestic_abuse": (("behaviour", 4), ("tired", 2), ("injury", 1), ("attainment_drop", 2)),
    "substance_misuse": (("not_collected", 3), ("parent_presentation", 4), ("tired", 2), ("hunger", 2)),
    "mental_health": (("tired", 2), ("behaviour", 2), ("parent_presentation", 1), ("attainment_drop", 1)),
    "": (("behaviour", 5), ("other", 4), ("injury", 1), ("attainment_drop", 1), ("tired", 1)),
}  # fmt: skip
_NOTES = {
    "hunger": "Asked for food before lunch; said there was no breakfast.",
    "hygiene": "Came in the same unwashed uniform as last week.",
    "clothing": "Shoes with holes, no coat in the rain.",
    "tired": "Fell asleep in class twice.",
    "untreated_illness": "Sore eye not seen to since we rang home.",
    "injury": "A graze to the knee, said to be from the playground.",
    "behaviour": "Left the room in distress when voices were raised.",
    "not_collected": "Not collected until after five; phones went unanswered.",
    "parent_presentation": "Parent unsteady and hard to understand at the gate.",
    "attainment_drop": "Well below where they were last term.",
    "other": "Spoke with the pastoral lead about friendships.",
}
_OBSERVERS = ("class teacher", "teaching assistant", "form tutor", "office", "midday supervisor", "pastoral lead")


def lives(
    *, children: int, seed: int, until: date, years: int = 3, register_years: float = 1.0
) -> Iterator[tuple[Family, list[Happening]]]:
    """Every family with what befalls it, one at a time: what any writer, of feeds or of columns, is fed from."""
    for family in families(children=children, seed=seed, until=until, years=years):
        yield family, lived(family, seed=seed, until=until, years=years, register_years=register_years)


def lived(family: Family, *, seed: int, until: date, years: int, register_years: float) -> list[Happening]:
    """What befalls one family of the population of this seed."""
    rng = Random(f"{seed}/life/{family.number}")  # noqa: S311 - play, not secrets
    illness = Random(f"{seed}/admissions/{family.number}")  # noqa: S311
    admitted = admissions(family, illness, start=until - timedelta(days=365 * years), until=until)
    found = life(family, rng, until=until, years=years, register_years=register_years)
    return sorted([*found, *_known(admitted, until)], key=_in_order)


def lived_wider(family: Family, lived: list[Happening], *, seed: int, until: date, years: int) -> list[Happening]:
    """The same with what agencies hold that have no feed: for populations in columns."""
    rng = Random(f"{seed}/wider/{family.number}")  # noqa: S311 - play, not secrets
    found = wider(family, rng, lived, start=until - timedelta(days=365 * years), until=until)
    return sorted([*lived, *_known(found, until)], key=_in_order)


def life(family: Family, rng: Random, *, until: date, years: int, register_years: float) -> list[Happening]:
    """Everything that happens to a family in the window, in order of time."""
    start = until - timedelta(days=365 * years)
    found: list[Happening] = []
    habits = {child.true_id: _Habit(family, rng) for child in family.children}
    found += _registers(family, rng, habits, until, register_years)
    for month in range(int(years * 365 / 30)):
        since = start + month * _MONTH
        found += _police(family, rng, since)
        for child in family.children:
            if child.born < since:
                found += _school(family, child, rng, since)
                found += _health(family, child, rng, since)
                if child.true_id in family.asthma and (since - child.born).days > 900:
                    found += _asthma(family, child, rng, since, habits[child.true_id], first=month == 0)
    found += social_care(family, rng, found, start=start, until=until)
    return sorted(_known(found, until), key=_in_order)


def _known(found: Iterable[Happening], until: date) -> Iterator[Happening]:
    return (_as_known(h, until) for h in found if h.written < at(until, 0))


def _in_order(happening: Happening) -> tuple[datetime, str, tuple[str, ...]]:
    return (happening.instant, happening.kind, happening.about)


def _as_known(happening: Happening, until: date) -> Happening:
    """An episode whose end is still to come is open, and nobody knows what will come of it."""
    if happening.until is None or happening.until < until:
        return happening
    attributes = {name: value for name, value in happening.attributes.items() if name not in ("outcome", "overnight")}
    return replace(happening, until=None, attributes=attributes)


class _Habit:
    """What stays with a child: how much school they miss, and whether their asthma has a preventer."""

    def __init__(self, family: Family, rng: Random) -> None:
        # Lognormal: mean 10% of sessions, 32% of pupils at 10% or more (calibration.csv, free school meals rows).
        z = 0.5 * family.strain + 0.866 * rng.gauss(0, 1)
        self.missed = min(0.9, 2.718281828459045 ** (-2.72 + 0.92 * z))
        self.preventer = rng.random() < 0.65
        self.preventer_a_month = 0.14 if rng.random() < 0.82 else 0.55
        self.reliever_a_month = rng.choice((0.12, 0.2, 0.3, 0.45))


def _registers(
    family: Family, rng: Random, habits: dict[str, _Habit], until: date, register_years: float
) -> Iterator[Happening]:
    since = until - timedelta(days=int(365 * register_years))
    for monday in school_weeks(since, until):
        pull = 1 + 0.9 * family.strength("neglect", monday) + 0.5 * family.strength("substance_misuse", monday)
        for child in family.children:
            if 0 <= year_group(child.born, monday) <= 13 and child.upn:
                yield _week(child, rng, monday, min(0.95, habits[child.true_id].missed * pull), pull > 1.2)


def _week(child: Person, rng: Random, monday: date, missed: float, troubled: bool) -> Happening:
    """A week of ten sessions; most absence is whole days."""
    days = sum(rng.random() < missed for _ in range(5))
    absent = max(0, 2 * days - (days > 0 and rng.random() < 0.25))
    unauthorised = sum(rng.random() < (0.55 if troubled else 0.25) for _ in range(days)) * 2
    unauthorised = min(absent, unauthorised)
    unexplained = 1 if unauthorised and rng.random() < 0.12 else 0
    late = sum(rng.random() < 0.02 + 0.3 * missed for _ in range(min(5, 10 - absent)))
    return Happening(
        kind="education.register", agency="education", when=monday, about=(child.true_id,),
        recorded=at(monday + timedelta(days=4), 16),
        attributes={
            "possible": 10, "attended": 10 - absent, "late": late, "authorised": absent - unauthorised,
            "unauthorised": unauthorised - unexplained, "unexplained": unexplained,
        },
    )  # fmt: skip


def _strengths(family: Family, day: date) -> dict[str, float]:
    return {trouble: family.strength(trouble, day) for trouble in _SEEN_AT_SCHOOL if trouble}


def _school(family: Family, child: Person, rng: Random, since: date) -> Iterator[Happening]:
    if not (child.upn and 0 <= year_group(child.born, since) <= 13):
        return
    strengths = _strengths(family, since)
    neglect = strengths["neglect"]
    rate = 0.018 + 0.3 * neglect + 0.9 * neglect**3
    rate += 0.12 * strengths["substance_misuse"] + 0.07 * strengths["domestic_abuse"]
    for _ in range(happens(rng, rate)):
        day = _school_day(rng, since)
        if day is not None:
            cause = _cause(rng, strengths)
            yield _school_concern(child, rng, day, cause)
            if rng.random() < 0.16:
                yield Happening(
                    kind="voice.words", agency="education", when=moment(rng, day, (9, 15)), about=(child.true_id,),
                    attributes={"setting": "school"}, words=rng.choice(WORDS[cause]),
                )  # fmt: skip


def _school_concern(child: Person, rng: Random, day: date, cause: str) -> Happening:
    kinds, weights = zip(*_SEEN_AT_SCHOOL[cause], strict=True)
    category = rng.choices(kinds, weights)[0]
    return Happening(
        kind="education.concern", agency="education", when=moment(rng, day, (8, 16)), about=(child.true_id,),
        attributes={"category": category, "observer": rng.choice(_OBSERVERS)}, text=_NOTES[category],
    )  # fmt: skip


def _cause(rng: Random, strengths: dict[str, float]) -> str:
    causes = [*strengths, ""]
    return rng.choices(causes, [*strengths.values(), 0.08])[0]


def _school_day(rng: Random, since: date) -> date | None:
    day = since + timedelta(days=rng.randrange(30))
    return day if day.weekday() < 5 and is_school_week(monday_of(day)) else None


def _police(family: Family, rng: Random, since: date) -> Iterator[Happening]:
    abuse, drugs = family.strength("domestic_abuse", since), family.strength("substance_misuse", since)
    for _ in range(happens(rng, 0.008 + 0.19 * abuse)):
        day = since + timedelta(days=rng.randrange(30))
        yield from _incident(family, rng, day, "domestic_abuse", abuse)
    for _ in range(happens(rng, 0.004 + 0.09 * drugs)):
        day = since + timedelta(days=rng.randrange(30))
        yield from _incident(family, rng, day, rng.choice(("drugs", "drugs", "asb", "violence")), drugs)
    for child in family.children:
        if (since - child.born).days > 11 * 365 and rng.random() < 0.003 + 0.01 * max(abuse, drugs):
            when = moment(rng, since + timedelta(days=rng.randrange(30)), (15, 21))
            away = rng.randint(0, 2)
            yield Happening(
                kind="police.missing", agency="police", when=when, about=(child.true_id,), place=family.home_on(since),
                until=when.date() + timedelta(days=away), attributes={"overnight": away > 0},
            )  # fmt: skip


def _incident(family: Family, rng: Random, day: date, category: str, strength: float) -> Iterator[Happening]:
    when = moment(rng, day, (0, 23))
    born = [child for child in family.children if child.born <= day]
    present = rng.choices(("present", "absent", "unknown"), (55, 25, 20))[0] if born else "absent"
    attributes: dict[str, object] = {"category": category, "child_present": present}
    if category == "domestic_abuse":
        attributes["risk"] = rng.choices(("standard", "medium", "high"), (60, 25 + 20 * strength, 6 + 18 * strength))[0]
        attributes["dash"] = rng.randint(
            *{"standard": (0, 8), "medium": (6, 13), "high": (12, 22)}[str(attributes["risk"])]
        )
    about = [adult.true_id for adult in family.adults]
    about += [child.true_id for child in born] if present == "present" or category == "domestic_abuse" else []
    recorded = when + timedelta(hours=rng.randint(1, 20))
    yield Happening(
        kind="police.incident", agency="police", when=when, about=tuple(about), attributes=attributes,
        recorded=recorded, place=family.home_on(day),
    )  # fmt: skip
    yield from _notified(rng, when, category, born)


def _notified(rng: Random, when: datetime, category: str, children: list[Person]) -> Iterator[Happening]:
    """Each school told before its next day, most times; social care told of some."""
    for child in children:
        if category != "domestic_abuse":
            continue
        told = when + timedelta(hours=rng.randint(4, 14))
        if child.upn and year_group(child.born, when.date()) >= 0 and rng.random() < 0.8:
            yield _notification(child, told, "education", "encompass")
        if rng.random() < 0.35:
            yield _notification(child, told, "social_care", "vulnerable_child")


def _notification(child: Person, told: datetime, to: str, scheme: str) -> Happening:
    return Happening(
        kind="police.notification", agency="police", when=told, about=(child.true_id,), recorded=told,
        attributes={"to": to, "scheme": scheme},
    )  # fmt: skip


def _health(family: Family, child: Person, rng: Random, since: date) -> Iterator[Happening]:
    age = (since - child.born).days / 365.25
    neglect = family.strength("neglect", since)
    for _ in range(happens(rng, 0.055 if age < 5 else 0.027)):
        yield _emergency(child, rng, since, age)
    for _ in range(happens(rng, 0.25 if age < 5 else 0.13)):
        yield _appointment(child, rng, since, neglect, "health.gp", rng.choice(("nurse", "general practitioner")))
    for _ in range(happens(rng, 0.03 + 0.03 * neglect)):
        clinic = rng.choice(("community paediatrics", "dental", "audiology", "ophthalmology", "dermatology"))
        yield _appointment(child, rng, since, neglect, "health.hospital", clinic)
    if rng.random() < 0.05:
        yield Happening(
            kind="health.medicine_issued", agency="health.gp", when=_weekday(rng, since), about=(child.true_id,),
            attributes={"medicine": "other", "quantity": 1, "days_supply": rng.choice((5, 7, 28))},
        )  # fmt: skip


def _emergency(child: Person, rng: Random, since: date, age: float) -> Happening:
    teen = 4 if age > 11 else 0
    reason = rng.choices(
        ("injury", "other", "ingestion", "seizure", "self_harm"), (42, 50, 2 if age < 5 else 0, 2, teen)
    )[0]
    return Happening(
        kind="health.emergency_attendance", agency="health.hospital", about=(child.true_id,),
        when=moment(rng, since + timedelta(days=rng.randrange(30)), (0, 23)), attributes={"reason": reason},
    )  # fmt: skip


def _appointment(child: Person, rng: Random, since: date, neglect: float, agency: str, service: str) -> Happening:
    result = rng.choices(
        ("attended", "not_brought", "cancelled_by_carer", "cancelled_by_service", "rescheduled_by_carer"),
        (88 - 40 * neglect, 4 + 45 * neglect, 3 + 6 * neglect, 2, 3 + 5 * neglect),
    )[0]
    when = moment(rng, _weekday(rng, since), (8, 17))
    return Happening(
        kind="health.appointment", agency=agency, when=when, about=(child.true_id,),
        attributes={"result": result, "service": service},
    )  # fmt: skip


def _asthma(
    family: Family, child: Person, rng: Random, since: date, habit: _Habit, *, first: bool
) -> Iterator[Happening]:
    neglect = family.strength("neglect", since)
    if first:
        yield Happening(
            kind="health.condition", agency="health.gp", about=(child.true_id,),
            when=min(since, child.born + timedelta(days=rng.randint(900, 1800))), attributes={"condition": "asthma"},
        )  # fmt: skip
    for medicine, supply, rate, collected in (
        ("reliever", 100, habit.reliever_a_month * (1 + neglect), 0.95),
        ("preventer", 30, habit.preventer_a_month * habit.preventer * (1 - 0.6 * neglect), 0.9 - 0.5 * neglect),
        ("oral_steroid", 3, 0.009 * (1 + neglect), 0.97),
    ):
        for _ in range(happens(rng, rate)):
            yield from _medicine(child, rng, since, medicine, supply, collected)
    if rng.random() < 0.05 - 0.03 * neglect:
        yield Happening(
            kind="health.review", agency="health.gp", when=moment(rng, _weekday(rng, since), (9, 16)),
            about=(child.true_id,), attributes={"condition": "asthma"},
        )  # fmt: skip
    if rng.random() < 0.012 * (1 + 2 * neglect):
        yield from _attack(child, rng, since)


def _medicine(
    child: Person, rng: Random, since: date, medicine: str, supply: int, collected: float
) -> Iterator[Happening]:
    day = _weekday(rng, since)
    attributes = {"medicine": medicine, "quantity": 1, "days_supply": supply}
    yield Happening(
        kind="health.medicine_issued", agency="health.gp", when=day, about=(child.true_id,), attributes=attributes
    )
    if rng.random() < collected:
        yield Happening(
            kind="health.medicine_collected", agency="health.gp", when=day + timedelta(days=rng.randint(0, 4)),
            about=(child.true_id,), attributes=attributes,
        )  # fmt: skip


def _attack(child: Person, rng: Random, since: date) -> Iterator[Happening]:
    when: datetime = moment(rng, since + timedelta(days=rng.randrange(30)), (0, 23))
    yield Happening(
        kind="health.emergency_attendance", agency="health.hospital", when=when, about=(child.true_id,),
        attributes={"reason": "asthma"},
    )  # fmt: skip
    if rng.random() < 0.35:
        yield Happening(
            kind="health.admission", agency="health.hospital", when=when + timedelta(hours=3), about=(child.true_id,),
            until=when.date() + timedelta(days=rng.randint(1, 4)), attributes={"reason": "asthma"},
        )  # fmt: skip


def _weekday(rng: Random, since: date) -> date:
    day = since + timedelta(days=rng.randrange(30))
    return day - timedelta(days=max(0, day.weekday() - 4))

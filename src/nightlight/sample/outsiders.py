"""Pupils whom no service knows and nobody worries about: they stand in the registers, and a hub must turn them away."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from nightlight.sample import names, numbers
from nightlight.sample.happenings import Happening
from nightlight.sample.population import Family, Home, Person, address

A_SCHOOL = 2
"""How many of them each school has."""
WEEKS = 6
_SERIALS = 8_900_000
"""UPNs and dwellings from here on are theirs; no other child of a sample reaches it."""


def pupil(number: int, school: str, seed: int, until: date) -> tuple[Family, Person]:
    """The pupil of that number, at this school; the same for the same seed."""
    rng = Random(f"{seed}/outside/{number}/{school}")  # noqa: S311 - play, not secrets
    heritage, sex = names.choose_heritage(rng), rng.choice("MF")
    years = (12, 17) if "Academy" in school else (6, 10)
    born = until - timedelta(days=rng.randint(365 * years[0], 365 * years[1] - 1))
    child = Person(
        true_id=f"outside-{number}", role="child", given=names.given_name(rng, heritage, sex), sex=sex, born=born,
        family=names.worn_by(names.family_name(rng, heritage), sex), ethnicity=rng.choice(heritage.ethnicities),
        upn=numbers.upn(_SERIALS + number, born.year + 4),
    )  # fmt: skip
    home = Home(born, address(rng, _SERIALS + number, number))
    family = Family(number=-1000 - number, name=child.family, locality=0, children=(child,), adults=(), homes=(home,))
    return family, child


def weeks(child: Person, mondays: list[date]) -> list[Happening]:
    """An ordinary pupil's last weeks: all there."""
    counts = {"possible": 10, "attended": 10, "late": 0, "authorised": 0, "unauthorised": 0, "unexplained": 0}
    return [
        Happening(kind="education.register", agency="education", when=monday, about=(child.true_id,), attributes=counts)
        for monday in mondays[-WEEKS:]
    ]

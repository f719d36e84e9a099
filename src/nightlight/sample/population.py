"""Invented families: who is in them, where they live and go to school, and what lies beneath (never written to a feed).

Families are drawn one after another, each from its own stream of chance, so that the population of ten children is the
beginning of the population of ten thousand, and only one family is ever in memory. Nothing here is an event.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from random import Random

from nightlight.sample import names, numbers
from nightlight.sample.terms import year_group

FAMILIES_IN_A_LOCALITY = 100
LOCALITIES_TO_A_SECONDARY = 2
LOCALITIES_TO_A_PRACTICE = 2
_STREETS = 30
_INWARD = "ABDEFGHJLNPQRSTUWXYZ"

TROUBLES = ("neglect", "domestic_abuse", "substance_misuse", "mental_health")
"""What may go on in a family for a time. A family without any is coping, or strained where its strain is high."""


@dataclass(frozen=True, slots=True)
class Address:
    """A dwelling. Its postcode area, ZX, is none of the real ones."""

    key: str
    number: str
    street: str
    town: str
    postcode: str
    uprn: str

    @property
    def lines(self) -> tuple[str, ...]:
        return (f"{self.number} {self.street}", self.town)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A person as they are. `role`: child, mother, father, step_father, step_mother or grandmother.

    former_family is the name worn before, if any; a source that has not heard still writes it.
    """

    true_id: str
    role: str
    given: str
    family: str
    born: date
    sex: str
    ethnicity: str
    nhs_number: str = ""
    upn: str = ""
    former_family: str = ""

    @property
    def is_child(self) -> bool:
        return self.role == "child"


@dataclass(frozen=True, slots=True)
class Home:
    """A family at an address from a day on, until the next."""

    since: date
    address: Address


@dataclass(frozen=True, slots=True)
class Spell:
    """A trouble in a family over a time; weight, 0 to 1, is how bad it gets by its middle."""

    trouble: str
    since: date
    until: date
    weight: float

    def strength(self, day: date) -> float:
        """How much of it there is on a day: it develops over its first half."""
        if not self.since <= day < self.until:
            return 0.0
        grown = (day - self.since).days / max(1, (self.until - self.since).days / 2)
        return self.weight * min(1.0, 0.3 + 0.7 * grown)


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """A household, its dwellings in order, and its hidden state."""

    number: int
    name: str
    locality: int
    children: tuple[Person, ...]
    adults: tuple[Person, ...]
    homes: tuple[Home, ...]
    strain: float = 0.0
    spells: tuple[Spell, ...] = ()
    twins: bool = False
    asthma: frozenset[str] = field(default_factory=frozenset)

    def home_on(self, day: date) -> Address:
        return next((home.address for home in reversed(self.homes) if home.since <= day), self.homes[0].address)

    def strength(self, trouble: str, day: date) -> float:
        if not self.spells:
            return 0.0
        return max((s.strength(day) for s in self.spells if s.trouble == trouble), default=0.0)

    def people(self) -> tuple[Person, ...]:
        return (*self.children, *self.adults)


def families(
    *, children: int, seed: int, until: date, years: int, taken: NumbersTaken | None = None
) -> Iterator[Family]:
    """Families until there are so many children; the last is cut short where it would make one too many."""
    taken = taken or NumbersTaken(seed)
    made = number = 0
    while made < children:
        family = _family(number, Random(f"{seed}/family/{number}"), taken, until, years)  # noqa: S311 - play, not secrets
        if len(family.children) > children - made:
            family = replace(family, children=family.children[: children - made])
        made += len(family.children)
        number += 1
        yield family


_FIRST_SERIAL = 10
"""The serials before it are the case families'."""


class NumbersTaken:
    """The counters that families draw identifiers from, in their order."""

    def __init__(self, seed: int) -> None:
        self._nhs = numbers.NhsNumbers(seed)
        self.children = _FIRST_SERIAL

    def child(self, born: date) -> tuple[str, str]:
        """The next NHS number, and the UPN that the child gets on starting school."""
        self.children += 1
        return self._nhs.next(), numbers.upn(self.children, born.year + 4)


@dataclass(frozen=True, slots=True)
class Block:
    """Families one after another: the first, one past the last, and how many children they have together."""

    first: int
    end: int
    children: int


def blocks(*, children: int, seed: int, size: int) -> Iterator[Block]:
    """The families of a population in blocks of about so many children, without drawing more of them than their number.

    >>> [block.children for block in blocks(children=10, seed=1, size=4)]
    [4, 4, 2]
    """
    made = first = number = held = 0
    while made < children:
        count = min(_drawn(Random(f"{seed}/family/{number}"))[2], children - made)  # noqa: S311
        made, held, number = made + count, held + count, number + 1
        if held >= size or made == children:
            yield Block(first, number, held)
            first, held = number, 0


def families_of(block: Block, *, seed: int, until: date, years: int) -> Iterator[Family]:
    """The families of a block as they are in the whole population, but for their NHS numbers and UPNs."""
    taken, left = NumbersTaken(seed), block.children
    for number in range(block.first, block.end):
        family = _family(number, Random(f"{seed}/family/{number}"), taken, until, years)  # noqa: S311
        yield replace(family, children=family.children[:left])
        left -= len(family.children)


def _drawn(rng: Random) -> tuple[names.Heritage, names.Heritage, int]:
    """What is drawn of a family first: its heritages, and how many children it has."""
    heritage = names.choose_heritage(rng)
    other = heritage if rng.random() > 0.08 else names.choose_heritage(rng)
    return heritage, other, rng.choices((1, 2, 3, 4, 5), (36, 37, 17, 7, 3))[0]


def _family(number: int, rng: Random, taken: NumbersTaken, until: date, years: int) -> Family:
    heritage, other, count = _drawn(rng)
    births, twins = _births(rng, count, until)
    adults = _adults(rng, number, heritage, other, min(births))
    children = _children(rng, number, births, heritage, adults, taken, until)
    locality = number // FAMILIES_IN_A_LOCALITY
    strain = rng.gauss(0, 1)
    start = until - timedelta(days=365 * years)
    spells = _spells(rng, strain, start, until)
    return Family(
        number=number, name=children[0].family, locality=locality, children=children, adults=adults, twins=twins,
        homes=_homes(rng, number, locality, start, until, len(spells)), strain=strain, spells=spells,
        asthma=frozenset(c.true_id for c in children if rng.random() < 0.1),
    )  # fmt: skip


_OLDEST = 365 * 18 - 40
_GAP = (330, 365 * 5)


def _births(rng: Random, count: int, until: date) -> tuple[list[date], bool]:
    """Birth dates of children now under 18, oldest first; some are twins.

    The youngest leaves room for the others, and each gap for those before: clamped to the oldest age, a tenth of all
    brothers and sisters would share four birthdays.
    """
    least, most = _GAP
    age = rng.randint(30, min(365 * 17, _OLDEST - least * (count - 1)))
    ages = [age]
    for older in range(count - 2, -1, -1):
        age += rng.randint(least, min(most, _OLDEST - least * older - age))
        ages.append(age)
    twins = count > 1 and rng.random() < 0.035
    if twins:
        ages[1] = ages[0]
    return sorted(until - timedelta(days=each) for each in ages), twins


def _adults(
    rng: Random, number: int, heritage: names.Heritage, other: names.Heritage, first_birth: date
) -> tuple[Person, ...]:
    shape = rng.choices(("both", "mother", "step", "father", "grandmother"), (56, 22, 15, 4, 3))[0]
    roles = {
        "both": ("mother", "father"), "mother": ("mother",), "step": ("mother", "step_father"),
        "father": ("father",), "grandmother": ("grandmother",),
    }[shape]  # fmt: skip
    shared = names.family_name(rng, heritage)
    return tuple(
        _adult(rng, number, role, heritage if i == 0 else other, first_birth, shared) for i, role in enumerate(roles)
    )


def _adult(rng: Random, number: int, role: str, heritage: names.Heritage, first_birth: date, shared: str) -> Person:
    sex = "M" if role in ("father", "step_father") else "F"
    older = rng.randint(43, 62) if role == "grandmother" else int(rng.triangular(17, 42, 27))
    family = shared if rng.random() < 0.65 and role != "step_father" else names.family_name(rng, heritage)
    return Person(
        true_id=f"A{number:06d}-{role}", role=role, given=names.given_name(rng, heritage, sex),
        family=names.worn_by(family, sex), sex=sex, ethnicity=rng.choice(heritage.ethnicities),
        born=first_birth - timedelta(days=older * 365 + rng.randint(0, 364)),
    )  # fmt: skip


def _children(
    rng: Random, number: int, births: list[date], heritage: names.Heritage, adults: tuple[Person, ...],
    taken: NumbersTaken, until: date,
) -> tuple[Person, ...]:  # fmt: skip
    base, former = _childrens_name(rng, heritage, adults)
    ethnicity = rng.choice(heritage.ethnicities)
    given: set[str] = set()
    made = []
    for index, born in enumerate(births):
        sex = rng.choice("MF")
        first = names.given_name(rng, heritage, sex, frozenset(given))
        given.add(first)
        nhs_number, upn = taken.child(born)
        half = index == len(births) - 1 and len(adults) == 2 and adults[1].role == "step_father" and len(births) > 1
        made.append(
            Person(
                true_id=f"C{number:06d}-{index + 1}",
                role="child",
                given=first,
                sex=sex,
                born=born,
                ethnicity=ethnicity,
                family=names.worn_by(adults[1].family if half else base, sex),
                former_family="" if half else names.worn_by(former, sex) if former else "",
                nhs_number=nhs_number,
                upn=upn if year_group(born, until) >= 0 else "",
            )
        )
    return tuple(made)


def _childrens_name(rng: Random, heritage: names.Heritage, adults: tuple[Person, ...]) -> tuple[str, str]:
    """The children's family name, and the one they wore before, for the one family in sixteen that changed it."""
    one, other = adults[0].family, adults[-1].family
    roll = rng.random()
    if adults[-1].role == "father" and roll < 0.6:
        name = other
    elif adults[-1].role == "father" and roll < 0.72:
        name = names.double_barrelled(one, other)
    elif adults[-1].role == "step_father" and roll < 0.5:
        name = names.family_name(rng, heritage)
    else:
        name = one
    former = names.family_name(rng, heritage) if rng.random() < 0.06 else ""
    return name, former if former != name else ""


_STREET_NAMES = (
    "Lantern", "Kiln", "Larkrise", "Mill", "Orchard", "Chapel", "Harbour", "Beacon", "Foundry", "Tannery", "Meadow",
    "Quarry", "Weir", "Saltmarsh", "Juniper", "Hazel", "Ferry", "Granary", "Windmill", "Cobbler", "Bramble", "Heron",
    "Drovers", "Signal", "Copper", "Sorrel", "Thimble", "Wharf", "Plover", "Cinder",
)  # fmt: skip
_STREET_KINDS = ("Street", "Road", "Close", "Lane", "Avenue", "Rise", "Court")
TOWNS = ("Aldmoor", "Brackenfold", "Calderwick", "Dunmarsh", "Eskerby", "Fenlow", "Garthwaite Cross", "Hollinbeck")


def postcode(locality: int, street: int) -> str:
    """A postcode in the invented area ZX; a few families share each.

    >>> postcode(0, 0)
    'ZX1 0AA'
    """
    district, rest = locality % 99 + 1, locality // 99
    unit = (rest // 10) * _STREETS + street
    return f"ZX{district} {rest % 10}{_INWARD[unit // 20 % 20]}{_INWARD[unit % 20]}"


def address(rng: Random, serial: int, locality: int) -> Address:
    street = rng.randrange(_STREETS)
    number = str(rng.randint(1, 180)) if rng.random() < 0.8 else f"Flat {rng.randint(1, 24)}, {rng.randint(1, 60)}"
    return Address(
        f"AD{serial:08d}", number, f"{_STREET_NAMES[street]} {_STREET_KINDS[(street + locality) % len(_STREET_KINDS)]}",
        TOWNS[locality % len(TOWNS)], postcode(locality, street), numbers.uprn(serial),
    )  # fmt: skip


def _homes(rng: Random, number: int, locality: int, start: date, until: date, troubles: int) -> tuple[Home, ...]:
    moves = min(7, sum(rng.random() < 0.07 + 0.05 * troubles for _ in range(5)))
    days = sorted(rng.sample(range((until - start).days), moves))
    since = [start - timedelta(days=rng.randint(100, 2500)), *(start + timedelta(days=d) for d in days)]
    return tuple(Home(day, address(rng, number * 8 + i, locality)) for i, day in enumerate(since))


_OFTEN = {"neglect": 0.16, "domestic_abuse": 0.26, "substance_misuse": 0.15, "mental_health": 0.24}


def _spells(rng: Random, strain: float, start: date, until: date) -> tuple[Spell, ...]:
    """The troubles of a family. Strain makes each likelier, so that they come together more often than by chance."""
    found = []
    for trouble in TROUBLES:
        if rng.random() < min(0.9, _OFTEN[trouble] * (1.8**strain)):
            since = start + timedelta(days=rng.randint(-240, (until - start).days - 30))
            lasting = timedelta(days=90 + int(rng.expovariate(1 / 360)))
            found.append(Spell(trouble, since, since + lasting, rng.uniform(0.3, 1.0)))
    return tuple(found)

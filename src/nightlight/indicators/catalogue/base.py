"""What an indicator of the catalogue is, beside its expression: its level, its sources, and what to ask next.

An indicator is a rule with a code and a plain sentence. It has no weight, and nothing here adds two of them up.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Generic, TypeVar

from nightlight.domain.kinds import LEVELS
from nightlight.domain.roles import ROLES
from nightlight.indicators.cases import Cases
from nightlight.indicators.checks import IndicatorError, instead_of
from nightlight.indicators.language import Condition
from nightlight.indicators.nodes import Expression, Named, Window
from nightlight.indicators.plain import content_hash
from nightlight.indicators.reference import kinds_used

T = TypeVar("T", int, float, Window)


class Provenance(StrEnum):
    """Where a threshold's number comes from, firmest first."""

    STATED = "G"
    CONCEPT = "g"
    CHOSEN = "D"
    UNVERIFIED = "U"

    @property
    def words(self) -> str:
        """As it is shown on screen."""
        return _PROVENANCE_WORDS[self]


_PROVENANCE_WORDS = {
    Provenance.STATED: "threshold stated in the source",
    Provenance.CONCEPT: "pattern named in the source; threshold chosen locally",
    Provenance.CHOSEN: "threshold chosen locally",
    Provenance.UNVERIFIED: "UNVERIFIED: threshold believed to be in guidance, not checked against it",
}


class SpeaksOf(StrEnum):
    """Whether an indicator is about what a family does, or about what a service failed to do."""

    FAMILY = "family"
    SERVICE = "service"


@dataclass(frozen=True, slots=True)
class Parameter(Generic[T]):
    """A number of a rule by its name, with where it comes from. `words`: what the source says, or why we chose it."""

    name: str
    value: T
    provenance: Provenance
    words: str


@dataclass(frozen=True, slots=True)
class Reference:
    """A document that an indicator rests on."""

    document: str
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator:
    """One rule of the catalogue.

    code: stable, `theme.name`. catalogue_id: its row in the evidence catalogue (docs/reference/indicators.md).
    meaning: the rule in a plain sentence. question: firings with the same question share one open duty.
    caveat: what a reader must know before making anything of it.
    cases: small histories that come with an indicator written outside the package; ours are among the tests.
    """

    code: str
    catalogue_id: str
    title: str
    meaning: str
    level: str
    expression: Expression
    parameters: tuple[Parameter[int] | Parameter[float] | Parameter[Window], ...]
    sources: tuple[Reference, ...]
    speaks_of: SpeaksOf
    ask_next: tuple[str, ...]
    owner_role: str
    question: str
    caveat: str = ""
    cases: Cases | None = field(default=None, compare=False)
    rule: str = field(init=False)
    kinds: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        _check(self)
        object.__setattr__(self, "rule", content_hash(self.expression))
        object.__setattr__(self, "kinds", kinds_used(self.expression))

    @property
    def theme(self) -> str:
        return self.code.partition(".")[0]

    @property
    def holds(self) -> Condition:
        """This indicator as a condition of another.

        >>> from nightlight.indicators.catalogue import CATALOGUE
        >>> CATALOGUE["place.missing"].holds | CATALOGUE["place.drug_incident"].holds
        Condition(AnyOf)
        """
        return Condition(Named(self.code, self.expression))

    @property
    def provenance(self) -> Provenance:
        """The least firm of its parameters'."""
        return weakest(self.parameters)


@dataclass(frozen=True, slots=True, kw_only=True)
class Protective:
    """A fact that speaks for safety. It is shown beside what it answers (`beside`: questions), never subtracted."""

    code: str
    title: str
    meaning: str
    expression: Expression
    parameters: tuple[Parameter[int] | Parameter[float] | Parameter[Window], ...]
    beside: tuple[str, ...]
    rule: str = field(init=False)
    kinds: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "rule", content_hash(self.expression))
        object.__setattr__(self, "kinds", kinds_used(self.expression))


def weakest(parameters: tuple[Parameter[int] | Parameter[float] | Parameter[Window], ...]) -> Provenance:
    """The least firm provenance of some parameters; of none, the one that promises least but is checked."""
    order = list(Provenance)
    return max((each.provenance for each in parameters), key=order.index, default=Provenance.CHOSEN)


def _check(indicator: Indicator) -> None:
    wrong = {
        "code": ("." not in indicator.code, "Write theme.name, as local.dentist_missed."),
        "level": (indicator.level not in LEVELS, instead_of(indicator.level, LEVELS)),
        "owner_role": (indicator.owner_role not in ROLES, instead_of(indicator.owner_role, tuple(ROLES))),
        "meaning": (
            not indicator.meaning.endswith("."),
            "Write the rule in a plain sentence, with its full stop, in triple quotes under the name.",
        ),
        "sources": (not indicator.sources, "Give sources=(Reference(document, url),)."),
        "parameters": (not indicator.parameters, "Give parameters=(Parameter(name, value, provenance, words),)."),
        "ask_next": (not indicator.ask_next, "Give ask_next=(a question,): what whoever reads it should ask."),
        "question": (not indicator.question, "Give question=..., the same for rules that one duty answers."),
    }
    for name, (is_wrong, instead) in wrong.items():
        if is_wrong:
            raise IndicatorError(f"{indicator.code}: its {name} is missing or not one that there is.\n  {instead}")


def indicator(
    code: str,
    catalogue_id: str,
    title: str,
    *,
    level: str,
    parameters: tuple[Parameter[int] | Parameter[float] | Parameter[Window], ...],
    sources: tuple[Reference, ...],
    ask_next: tuple[str, ...],
    owner_role: str,
    question: str,
    speaks_of: SpeaksOf = SpeaksOf.FAMILY,
    caveat: str = "",
) -> Callable[[Callable[[], Condition]], Indicator]:
    """Make an indicator of a function that builds its condition; the function's docstring is its meaning."""

    def make(build: Callable[[], Condition]) -> Indicator:
        return Indicator(
            code=code,
            catalogue_id=catalogue_id,
            title=title,
            meaning=_sentence(build),
            level=level,
            expression=build().node,
            parameters=parameters,
            sources=sources,
            speaks_of=speaks_of,
            ask_next=ask_next,
            owner_role=owner_role,
            question=question,
            caveat=caveat,
        )

    return make


def protective(
    code: str,
    title: str,
    *,
    parameters: tuple[Parameter[int] | Parameter[float] | Parameter[Window], ...],
    beside: tuple[str, ...],
) -> Callable[[Callable[[], Condition]], Protective]:
    """Make a protective fact of a function that builds its condition; the function's docstring is its meaning."""

    def make(build: Callable[[], Condition]) -> Protective:
        return Protective(
            code=code,
            title=title,
            meaning=_sentence(build),
            expression=build().node,
            parameters=parameters,
            beside=beside,
        )

    return make


def _sentence(build: Callable[[], Condition]) -> str:
    return " ".join((build.__doc__ or "").split())

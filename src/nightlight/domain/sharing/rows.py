"""The sharing rules as dated rows: what each asks for, what it proposes, on what basis, from which source.

Read from `rows.yaml`, and from a partnership's own rows before them. It decides nothing: `deciding` does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from importlib import resources
from pathlib import Path
from types import MappingProxyType

from nightlight.domain import dated_rows
from nightlight.domain.documents import Document, Item
from nightlight.domain.rule_rows import date_at
from nightlight.domain.rule_types import SECTIONS, Grade
from nightlight.domain.sharing.vocabulary import (
    Asked,
    Category,
    Consent,
    ConsentIs,
    Harm,
    Outcome,
    Party,
    Request,
    Standing,
)
from nightlight.timeline.london import local_date


@dataclass(frozen=True, slots=True)
class Dated:
    """A moment of law on which rows depend, with how sure it is, and what is still to be confirmed."""

    code: str
    on: date
    what: str
    source: str
    grade: Grade
    confirm: str = ""


@dataclass(frozen=True, slots=True)
class Basis:
    """A basis that rows name by its code."""

    code: str
    title: str
    source: str
    grade: Grade


@dataclass(frozen=True, slots=True)
class When:
    """What a request must be for a row to fit: of each word named, one of its values; of `any`, one at least."""

    all: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    any: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))

    def fits(self, request: Request) -> bool:
        """Whether a request is what this asks for."""
        if any(_said(request, name) not in values for name, values in self.all.items()):
            return False
        return not self.any or any(_said(request, name) in values for name, values in self.any.items())


def _said(request: Request, name: str) -> str:
    values = {
        "asked": request.asked,
        "harm": request.harm,
        "sender": request.sender.standing,
        "recipient": request.recipient.standing,
        "sender_agency": request.sender.agency,
        "recipient_agency": request.recipient.agency,
        "consent": request.consent,
        "function": str(request.function).lower(),
        "detriment": str(request.detriment).lower(),
        "necessary": str(request.necessary).lower(),
    }
    return str(values[name])


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRow:
    """One dated version of one rule of the decision. depends: the moment of law that its dates come from, if any."""

    code: str
    version: int
    valid_from: date
    title: str
    says: str
    when: When
    outcome: Outcome
    consent: ConsentIs
    source: str
    grade: Grade
    valid_to: date | None = None
    depends: str = ""
    powers: tuple[str, ...] = ()
    article_6: tuple[str, ...] = ()
    article_9: tuple[str, ...] = ()
    confidentiality: str = ""
    consent_says: str = ""
    consent_source: str = ""
    inform: str = ""
    record: tuple[str, ...] = ()
    approvers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Restriction:
    """One dated version of a restriction: of which categories it withholds what, before which rules it gives way."""

    code: str
    version: int
    valid_from: date
    categories: frozenset[Category]
    effect: str
    says: str
    source: str
    grade: Grade
    valid_to: date | None = None
    lifted_by: tuple[str, ...] = ()
    yields_to: tuple[str, ...] = ()
    yields_to_harm: tuple[str, ...] = ()
    unless_consent: bool = False


@dataclass(frozen=True, slots=True)
class SharingRows:
    """All that the decision is made with. rules: in the order in which they are asked."""

    rules: tuple[RuleRow, ...]
    restrictions: tuple[Restriction, ...]
    dates: Mapping[str, Dated]
    bases: Mapping[str, Basis]
    standings: Mapping[str, Standing]

    def party(self, agency: str, organisation: str = "") -> Party:
        """An organisation as the rules know it; one that nobody listed is bound by nothing.

        >>> default_rows().party("health.gp").standing.value, default_rows().party("circus").standing.value
        ('section11', 'none')
        """
        found = self.standings.get(organisation) or self.standings.get(agency, Standing.NONE)
        return Party(agency, found)

    def rules_on(self, at: datetime) -> tuple[RuleRow, ...]:
        """The rules in force at that moment, in their order; of one code, the partnership's own."""
        day = local_date(at)
        found: dict[str, RuleRow] = {}
        for row in self.rules:
            if dated_rows.in_force_on(row, day):
                found.setdefault(row.code, row)
        return tuple(found.values())

    def restrictions_on(self, at: datetime) -> tuple[Restriction, ...]:
        """The restrictions in force at that moment; of one code, the partnership's own."""
        day = local_date(at)
        found: dict[str, Restriction] = {}
        for row in self.restrictions:
            if dated_rows.in_force_on(row, day):
                found.setdefault(row.code, row)
        return tuple(found.values())

    def basis(self, code: str) -> Basis:
        """A basis by its code; one that has no row is shown as it is written, and as unverified."""
        return self.bases.get(code) or Basis(code, code, "", Grade.UNVERIFIED)


# -- reading

_TOP = dict.fromkeys(("dates", "standings", "bases", "rules", "restrictions"), False)
_DATE_KEYS = {"code": True, "on": True, "what": True, "source": True, "grade": True, "confirm": False}
_BASIS_KEYS = {"code": True, "title": True, "source": True, "grade": True}
_WHEN_KEYS = (
    "asked", "harm", "sender", "recipient", "sender_agency", "recipient_agency", "consent", "function", "detriment",
    "necessary",
)  # fmt: skip
_WORDS = {
    "asked": tuple(Asked),
    "harm": tuple(Harm),
    "sender": tuple(Standing),
    "recipient": tuple(Standing),
    "consent": tuple(Consent),
    "function": ("true", "false"),
    "detriment": ("true", "false"),
    "necessary": ("true", "false"),
}
_RULE_KEYS = {
    **dict.fromkeys(("code", "version", "title", "says", "when", "outcome", "consent", "source", "grade"), True),
    **dict.fromkeys(
        ("valid_from", "valid_to", "from", "until", "powers", "article_6", "article_9", "confidentiality",
         "consent_says", "consent_source", "inform", "record", "approvers"), False,
    ),
}  # fmt: skip
_RESTRICTION_KEYS = {
    **dict.fromkeys(("code", "version", "valid_from", "categories", "effect", "says", "source", "grade"), True),
    **dict.fromkeys(("valid_to", "lifted_by", "yields_to", "yields_to_harm", "unless_consent"), False),
}
_INFORM = ("", "afterwards", "as_ordered", "unless_unsafe", "not_perpetrator", "expected")
EFFECTS = ("withhold", "existence", "impact")


@lru_cache(maxsize=1)
def default_rows() -> SharingRows:
    """The rows that come with the package."""
    text = resources.files("nightlight.domain.sharing").joinpath("rows.yaml").read_text(encoding="utf-8")
    return _rows([Document.parse(text, "rows.yaml")])


def rows_with(source: Path | str) -> SharingRows:
    """The package's rows with a partnership's own before them: every `.yaml` of a folder, a file, or YAML text.

    Raises `RulesError` with every mistake. A date of its own moves every row that depends on it:

    >>> later = '''
    ... sharing:
    ...   dates:
    ...     - {code: DUTY, on: 2027-01-01, what: In force., source: The order., grade: P}
    ... '''
    >>> [row.valid_from.isoformat() for row in rows_with(later).rules if row.code == "R4"]
    ['2027-01-01']
    """
    text = resources.files("nightlight.domain.sharing").joinpath("rows.yaml").read_text(encoding="utf-8")
    return _rows([*dated_rows.documents_of(source, "sharing"), Document.parse(text, "rows.yaml")])


_IN_USE: list[SharingRows] = []


def use_rows(source: Path | str) -> SharingRows:
    """From now on a partnership's own rows are in use. Called once, as the program starts, by `config`."""
    _IN_USE[:] = [rows_with(source)]
    return _IN_USE[0]


def rows_in_use() -> SharingRows:
    """The partnership's rows, where it has some of its own; else those that come with the package."""
    return _IN_USE[0] if _IN_USE else default_rows()


def _rows(documents: Iterable[Document]) -> SharingRows:
    """The rows of these documents, in the order of the last one's; of one thing, what the first says holds."""
    tops = [(document, _section(document)) for document in documents]
    dates: dict[str, Dated] = {}
    bases: dict[str, Basis] = {}
    standings: dict[str, Standing] = {}
    for document, top in tops:
        for item in document.items(top.get("dates")):
            row = _dated(document, item)
            dates.setdefault(row.code, row)
        for item in document.items(top.get("bases")):
            basis = _basis(document, item)
            bases.setdefault(basis.code, basis)
        for name, item in document.pairs(top.get("standings")):
            standings.setdefault(name, _standing(document, item))
    rules = _in_order(
        [[_rule(document, item, dates) for item in document.items(top.get("rules"))] for document, top in tops]
    )
    restrictions = [
        _restriction(document, item) for document, top in tops for item in document.items(top.get("restrictions"))
    ]
    dated_rows.checked(document for document, _ in tops)
    return SharingRows(
        tuple(rules), tuple(restrictions), MappingProxyType(dates), MappingProxyType(bases), MappingProxyType(standings)
    )


def _section(document: Document) -> dict[str, Item]:
    """What a file says under `sharing`; nothing where it says nothing of it."""
    found = document.only(document.root, dict.fromkeys(SECTIONS, False)).get("sharing")
    return document.only(found, _TOP) if found else {}


def _in_order(documents: list[list[RuleRow]]) -> list[RuleRow]:
    """A partnership's own version of a rule at that rule's place; a rule that is new, before the last of all."""
    shipped = list(dict.fromkeys(row.code for row in documents[-1]))
    place = {code: number for number, code in enumerate(shipped)}
    found = [row for rows in documents for row in rows]
    return sorted(found, key=lambda row: place.get(row.code, len(shipped) - 1.5))


def _dated(document: Document, item: Item) -> Dated:
    document.only(item, _DATE_KEYS)
    return Dated(
        document.words(item, "code"), date_at(document, item, "on") or date.min, document.words(item, "what"),
        document.words(item, "source"), _grade(document, item), document.words(item, "confirm"),
    )  # fmt: skip


def _basis(document: Document, item: Item) -> Basis:
    document.only(item, _BASIS_KEYS)
    code, title, source = (document.words(item, name) for name in ("code", "title", "source"))
    return Basis(code, title, source, _grade(document, item))


def _standing(document: Document, item: Item) -> Standing:
    if item.text in tuple(Standing):
        return Standing(item.text)
    document.refuse(item, f"one of {', '.join(Standing)}")
    return Standing.NONE


def _grade(document: Document, item: Item) -> Grade:
    return Grade(document.one_of(item, "grade", tuple(Grade), Grade.UNVERIFIED))


def _rule(document: Document, item: Item, dates: Mapping[str, Dated]) -> RuleRow:
    document.only(item, _RULE_KEYS)
    row = RuleRow(
        code=document.words(item, "code"),
        version=document.whole(item, "version") or 1,
        valid_from=date_at(document, item, "valid_from") or date.min,
        valid_to=date_at(document, item, "valid_to"),
        title=document.words(item, "title"),
        says=document.words(item, "says"),
        when=_when(document, (item.mapping or {}).get("when")),
        outcome=Outcome(document.one_of(item, "outcome", tuple(Outcome), Outcome.SEEK_ADVICE)),
        consent=ConsentIs(document.one_of(item, "consent", tuple(ConsentIs), ConsentIs.NO_MATTER)),
        source=document.words(item, "source"),
        grade=_grade(document, item),
        powers=_many(document, item, "powers"),
        article_6=_many(document, item, "article_6"),
        article_9=_many(document, item, "article_9"),
        confidentiality=document.words(item, "confidentiality"),
        consent_says=document.words(item, "consent_says"),
        consent_source=document.words(item, "consent_source"),
        inform=document.one_of(item, "inform", _INFORM),
        record=_many(document, item, "record"),
        approvers=_many(document, item, "approvers"),
    )
    return _dependent(document, item, row, dates)


def _dependent(document: Document, item: Item, row: RuleRow, dates: Mapping[str, Dated]) -> RuleRow:
    """The row with its days taken from the moment of law that it names, or the day before it."""
    starts, ends = document.words(item, "from"), document.words(item, "until")
    for name, code in (("from", starts), ("until", ends)):
        if code and code not in dates:
            document.refuse(item, f"a code under dates (there are: {', '.join(dates) or 'none'})", name)
            return row
    if starts:
        row = replace(row, valid_from=dates[starts].on, depends=starts)
    if ends:
        row = replace(row, valid_to=dates[ends].on - timedelta(days=1), depends=ends)
    return row


def _when(document: Document, item: Item | None) -> When:
    if item is None:
        return When()
    keys = document.only(item, dict.fromkeys((*_WHEN_KEYS, "any"), False))
    some = keys.pop("any", None)
    every = {name: _values(document, name, values) for name, values in keys.items()}
    of = document.only(some, dict.fromkeys(_WHEN_KEYS, False)) if some else {}
    return When(MappingProxyType(every), MappingProxyType({name: _values(document, name, v) for name, v in of.items()}))


def _values(document: Document, name: str, item: Item) -> tuple[str, ...]:
    found = tuple(document.words(each) for each in document.items(item))
    for value in found:
        if name in _WORDS and value not in _WORDS[name]:
            document.refuse(item, f"some of {', '.join(_WORDS[name])}")
    return found


def _restriction(document: Document, item: Item) -> Restriction:
    document.only(item, _RESTRICTION_KEYS)
    named = _many(document, item, "categories")
    if wrong := [name for name in named if name not in tuple(Category)]:
        document.refuse(item, f"some of {', '.join(Category)}, not {', '.join(wrong)}", "categories")
    return Restriction(
        code=document.words(item, "code"),
        version=document.whole(item, "version") or 1,
        valid_from=date_at(document, item, "valid_from") or date.min,
        valid_to=date_at(document, item, "valid_to"),
        categories=frozenset(Category(name) for name in named if name in tuple(Category)),
        effect=document.one_of(item, "effect", EFFECTS, "withhold"),
        says=document.words(item, "says"),
        source=document.words(item, "source"),
        grade=_grade(document, item),
        lifted_by=_many(document, item, "lifted_by"),
        yields_to=_many(document, item, "yields_to"),
        yields_to_harm=_many(document, item, "yields_to_harm"),
        unless_consent=document.yes(item, "unless_consent"),
    )


def _many(document: Document, item: Item, key: str) -> tuple[str, ...]:
    return tuple(document.words(each) for each in document.items((item.mapping or {}).get(key)))

"""The emergency routes out of uncovered danger: each with its own clock, and the lawful basis that is shown with it.

Dated rows (`routes.yaml`), with a partnership's own over them: what was taken is read as of the day it was taken on. A
route is a way to act now, not a protection: what it brings about (police protection, an order, a visit) is one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from importlib import resources
from pathlib import Path

from nightlight.domain import dated_rows
from nightlight.domain.clocks import RuleRow, Rules, due
from nightlight.domain.dated_rows import Placed
from nightlight.domain.documents import Document, Item
from nightlight.domain.rule_types import Force, Grade, NoRuleError
from nightlight.timeline.calendar import WorkingCalendar
from nightlight.timeline.london import local_date


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """One dated version of what makes a route, and the sharing that it needs, lawful; its source, and how it was read.

    sure: which part was read how, where one grade says too little.
    """

    code: str
    version: int
    valid_from: date
    words: str
    source: str
    grade: Grade
    force: Force
    valid_to: date | None = None
    sure: str = ""

    def read(self) -> str:
        """How it was read, never more certain than it is."""
        return self.sure or str(self.grade)


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One dated version of an emergency route. clock: the rule row by which it is answered. then: the row that runs
    once it is in force. basis: codes of `Basis`."""

    code: str
    version: int
    valid_from: date
    title: str
    clock: str
    basis: tuple[str, ...]
    source: str
    grade: Grade
    force: Force
    valid_to: date | None = None
    then: str = ""


@dataclass(frozen=True, slots=True)
class Routes:
    """All versions of all routes and of what makes them lawful; a partnership's own come first."""

    routes: tuple[Route, ...]
    bases: tuple[Basis, ...]

    @property
    def codes(self) -> tuple[str, ...]:
        """Every route, in the order of the package's rows."""
        return tuple(dict.fromkeys(row.code for row in default_routes().routes))

    def find(self, code: str, at: datetime) -> Route | None:
        """The route in force at that moment; None where there is none."""
        day = local_date(at)
        return next((row for row in self.routes if row.code == code and dated_rows.in_force_on(row, day)), None)

    def in_force(self, code: str, at: datetime) -> Route:
        """The same; raises `NoRuleError` where there is none."""
        if found := self.find(code, at):
            return found
        raise NoRuleError(f"no emergency route of that name is in force then; they are {', '.join(self.codes)}.")

    def on(self, at: datetime) -> tuple[Route, ...]:
        """Every route in force at that moment."""
        return tuple(found for code in self.codes if (found := self.find(code, at)))

    def lawful(self, codes: tuple[str, ...], at: datetime) -> tuple[Basis, ...]:
        """What these codes meant at that moment, with its source.

        >>> from datetime import UTC
        >>> friday = datetime(2026, 11, 20, 16, tzinfo=UTC)
        >>> default_routes().lawful(("S47",), friday)[0].source
        'Children Act 1989 s.47'
        """
        day = local_date(at)
        held = {row.code: row for row in reversed(self.bases) if dated_rows.in_force_on(row, day)}
        return tuple(held[code] for code in codes if code in held)


@dataclass(frozen=True, slots=True)
class Offered:
    """A route as it is offered at one moment: by when it is answered, what runs afterwards, on what basis."""

    route: Route
    row: RuleRow
    due: datetime
    then: RuleRow | None
    basis: tuple[Basis, ...]

    def words(self) -> str:
        """The route in a sentence."""
        after = f" Then {self.then.id} runs: {self.then.within()}." if self.then else ""
        return f"{self.route.title}: answered within {self.row.within()}.{after}"


def offered(
    now: datetime, rules: Rules, calendar: WorkingCalendar, routes: Routes | None = None
) -> tuple[Offered, ...]:
    """Every emergency route with its clock as it would run from now.

    >>> from datetime import UTC
    >>> from nightlight.domain.clocks import default_rules
    >>> friday = datetime(2026, 11, 20, 16, tzinfo=UTC)
    >>> offered(friday, default_rules(), WorkingCalendar.england())[1].words()
    'Police protection: answered within 1 hour. Then PPP-72 runs: 72 hours.'
    """
    known = routes or routes_in_use()
    return tuple(_offer(route, known, now, rules, calendar) for route in known.on(now))


def _offer(route: Route, known: Routes, now: datetime, rules: Rules, calendar: WorkingCalendar) -> Offered:
    row = rules.in_force(route.clock, now)
    then = rules.in_force(route.then, now) if route.then else None
    return Offered(route, row, due(row, now, calendar), then, known.lawful(route.basis, now))


# -- reading

_DATED = {**dict.fromkeys(("code", "version", "valid_from", "source", "force"), True), "grade": False,
          "valid_to": False}  # fmt: skip
_BASIS_KEYS = {**_DATED, "words": True, "sure": False}
_ROUTE_KEYS = {**_DATED, **dict.fromkeys(("title", "clock", "then", "basis"), False)}


@lru_cache(maxsize=1)
def default_routes() -> Routes:
    """The rows that come with the package."""
    text = resources.files("nightlight.domain.meetings").joinpath("routes.yaml").read_text(encoding="utf-8")
    documents = [Document.parse(text, "routes.yaml")]
    bases, routes = _placed(documents)
    dated_rows.apart(bases, _code)
    dated_rows.apart(routes, _code)
    dated_rows.checked(documents)
    return Routes(tuple(each.row for each in routes), tuple(each.row for each in bases))


def routes_with(source: Path | str) -> Routes:
    """The package's rows with a partnership's own before them: every `.yaml` of a folder, a file, or YAML text.

    It may add a basis of its own (an agreement with the police), and name it for a route; what the law says is not for
    it to reword, nor the clock of a route to change here (`local_values` make one shorter). Raises `RulesError`.
    """
    base, documents = default_routes(), dated_rows.documents_of(source, "routes")
    bases, routes = _placed(documents)
    routes = [_completed(each, base) for each in routes]
    dated_rows.lay_over(bases, base.bases, _code, name="code", looser=_reworded, may_add=True)
    dated_rows.lay_over(routes, base.routes, _code, name="code", looser=_looser)
    known = {row.code for row in (*base.bases, *(each.row for each in bases))}
    for each in routes:
        if unknown := [code for code in each.row.basis if code not in known]:
            each.refuse("basis", f"codes under bases: {', '.join(unknown)} are not among {', '.join(sorted(known))}")
    dated_rows.checked(documents)
    return Routes((*(each.row for each in routes), *base.routes), (*(each.row for each in bases), *base.bases))


_IN_USE: list[Routes] = []


def use_routes(source: Path | str) -> Routes:
    """From now on a partnership's own rows are in use. Called once, as the program starts, by `config`."""
    _IN_USE[:] = [routes_with(source)]
    return _IN_USE[0]


def routes_in_use() -> Routes:
    """The partnership's rows, where it has some of its own; else those that come with the package."""
    return _IN_USE[0] if _IN_USE else default_routes()


def _code(row: Basis | Route) -> str:
    return row.code


def _reworded(own: Placed[Basis], base: Basis) -> None:
    own.refuse("code", f"a code of your own: {base.code} is law, and its words are not for a partnership to change")


def _looser(own: Placed[Route], base: Route) -> None:
    if own.row.clock != base.clock or own.row.then != base.then:
        own.refuse("clock", f"{base.clock}: to make a route's time shorter, give that row a value under local_values")
    if missing := [code for code in base.basis if code not in own.row.basis]:
        own.refuse("basis", f"{', '.join(missing)} too: what makes {base.code} lawful is shown with it")


def _completed(placed: Placed[Route], base: Routes) -> Placed[Route]:
    """A row with what it leaves out as in the package's."""
    held = next((row for row in base.routes if row.code == placed.row.code), None)
    given = placed.item.mapping or {}
    left = {name: getattr(held, name) for name in ("title", "clock", "then", "basis") if held and name not in given}
    return replace(placed, row=replace(placed.row, **left))


def _placed(documents: list[Document]) -> tuple[list[Placed[Basis]], list[Placed[Route]]]:
    bases = [Placed(_basis(*each), *each) for each in dated_rows.section(documents, "bases")]
    return bases, [Placed(_route(*each), *each) for each in dated_rows.section(documents, "routes")]


def _basis(document: Document, item: Item) -> Basis:
    document.only(item, _BASIS_KEYS)
    return Basis(
        code=document.words(item, "code"),
        **dated_rows.dates(document, item),
        **dated_rows.evidence(document, item),
        words=document.words(item, "words"),
        sure=document.words(item, "sure"),
    )


def _route(document: Document, item: Item) -> Route:
    document.only(item, _ROUTE_KEYS)
    basis = document.items((item.mapping or {}).get("basis"))
    return Route(
        code=document.words(item, "code"),
        **dated_rows.dates(document, item),
        **dated_rows.evidence(document, item),
        title=document.words(item, "title"),
        clock=document.words(item, "clock"),
        then=document.words(item, "then"),
        basis=tuple(document.words(each) for each in basis),
    )

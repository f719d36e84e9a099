"""The sharing decision: what the rules propose, and every reason for it. It proposes; a named person decides.

The first rule that fits holds. Restrictions come before it: what one withholds is left out, and the rest goes on. No
score is made, and the same request on the same day always gives the same answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from nightlight.domain.rule_types import Grade
from nightlight.domain.sharing.rows import Restriction, RuleRow, SharingRows
from nightlight.domain.sharing.vocabulary import (
    Category,
    Consent,
    ConsentIs,
    Mode,
    Outcome,
    Request,
    Unsafe,
)

GOLDEN_RULES = "DfE advice on information sharing (2024), golden rules 2 and 3, as Cook Lawyers describe it"
UNSAFE = {
    Unsafe.RISK: "telling them would put a child or an adult at greater risk",
    Unsafe.CRIME: "telling them would get in the way of detecting a crime",
    Unsafe.EVIDENCE: "telling them could lead to evidence lost, or to flight",
    Unsafe.DELAY: "telling them first would delay it without good reason",
}
_INFORM = {
    "afterwards": "Tell the family afterwards, once it is safe.",
    "as_ordered": "Whom to tell, the order says.",
    "unless_unsafe": "Tell the child and family what is shared and why, unless that is not safe.",
    "not_perpetrator": "Tell the child and the parent who was harmed; never whoever harmed.",
    "expected": "Tell the child and family what is shared and why: they expect to be.",
}


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason: the code of its row, its sentence, where it comes from, and how surely that was read."""

    code: str
    words: str
    source: str
    grade: Grade


@dataclass(frozen=True, slots=True)
class Answer:
    """What the rules propose for a request at a moment, with its reasons.

    restrictions: those applied. withheld: categories that are left out. existence: categories of which only that there
    is something may be said, or what it means for the child (`impact`). also: other rules that would share it too.
    by_consent: nothing else carries it, or something would be withheld were it not for consent.
    """

    outcome: Outcome
    rule: RuleRow
    reasons: tuple[Reason, ...]
    mode: Mode
    restrictions: tuple[Restriction, ...] = ()
    withheld: frozenset[Category] = frozenset()
    existence: frozenset[Category] = frozenset()
    impact: frozenset[Category] = frozenset()
    informs: bool = False
    also: tuple[str, ...] = ()
    approvers: tuple[str, ...] = ()
    by_consent: bool = False

    @property
    def shares(self) -> bool:
        """Whether something is to be given."""
        return self.outcome.shares

    @property
    def part(self) -> bool:
        """Whether something of it is left out."""
        return self.shares and bool(self.restrictions)

    @property
    def is_duty(self) -> bool:
        """Whether not sharing is what has to be explained."""
        return self.outcome in (Outcome.SHARE_DUTY, Outcome.SHARE_NOW, Outcome.SHARE_AS_ORDERED)

    @property
    def consent_needed(self) -> bool:
        """Whether it rests on consent, or consent is to be asked for."""
        return self.rule.consent in (ConsentIs.BASIS, ConsentIs.AGREEMENT)

    @property
    def basis(self) -> tuple[str, ...]:
        """The codes of what it rests on."""
        return (*self.rule.article_6, *self.rule.article_9)


def decide(request: Request, rows: SharingRows, at: datetime) -> Answer:
    """What the rules in force at that moment propose for a request, with every reason.

    >>> from datetime import UTC
    >>> from nightlight.domain.sharing.rows import default_rows
    >>> from nightlight.domain.sharing.vocabulary import Harm
    >>> rows = default_rows()
    >>> nurse, school = rows.party("health.community"), rows.party("education")
    >>> asked = Request(sender=nurse, recipient=school, harm=Harm.WELFARE)
    >>> decide(asked, rows, datetime(2026, 10, 1, 9, tzinfo=UTC)).outcome.value
    'share_duty'
    >>> decide(asked, rows, datetime(2026, 9, 20, 9, tzinfo=UTC)).outcome.value
    'seek_agreement'
    """
    fitting = [row for row in rows.rules_on(at) if row.when.fits(request)]
    rule = fitting[0]
    applied = _applied(rule, request, rows, at) if rule.outcome.shares else ()
    left = _left(applied, request)
    nothing = bool(applied) and not (request.categories - left.withheld)
    outcome = Outcome.DO_NOT_SHARE if nothing else rule.outcome
    only_existence = applied and request.categories - left.withheld <= left.existence
    also = tuple(row.code for row in fitting[1:] if row.outcome.shares)
    return Answer(
        outcome=outcome,
        rule=rule,
        reasons=tuple(_reasons(rule, applied, request, rows, outcome)),
        mode=Mode.EXISTENCE if only_existence else request.mode,
        restrictions=applied,
        withheld=left.withheld,
        existence=left.existence,
        impact=left.impact,
        informs=outcome.shares and request.unsafe is None and rule.inform != "as_ordered",
        also=also,
        approvers=_approvers(rule, applied),
        by_consent=outcome.shares and _by_consent(rule, applied, request, rows, at),
    )


def _by_consent(
    rule: RuleRow, applied: Sequence[Restriction], request: Request, rows: SharingRows, at: datetime
) -> bool:
    if request.consent is not Consent.GIVEN:
        return False
    without = replace(request, consent=Consent.NOT_SOUGHT)
    return rule.consent is ConsentIs.BASIS or len(_applied(rule, without, rows, at)) > len(applied)


def _applied(rule: RuleRow, request: Request, rows: SharingRows, at: datetime) -> tuple[Restriction, ...]:
    return tuple(each for each in rows.restrictions_on(at) if _applies(each, rule, request))


def _applies(restriction: Restriction, rule: RuleRow, request: Request) -> bool:
    if not restriction.categories & request.categories or restriction.code in request.approved:
        return False
    if rule.code in restriction.yields_to or request.harm in restriction.yields_to_harm:
        return False
    if restriction.unless_consent and request.consent is Consent.GIVEN:
        return False
    return restriction.effect != "existence" or request.mode is Mode.CONTENT


@dataclass(frozen=True, slots=True)
class _Left:
    withheld: frozenset[Category]
    existence: frozenset[Category]
    impact: frozenset[Category]


def _left(applied: tuple[Restriction, ...], request: Request) -> _Left:
    def of(effect: str) -> frozenset[Category]:
        hit = (each.categories & request.categories for each in applied if each.effect == effect)
        return frozenset(category for categories in hit for category in categories)

    withheld = of("withhold")
    return _Left(withheld, of("existence") - withheld, of("impact") - withheld)


def _approvers(rule: RuleRow, applied: tuple[Restriction, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*rule.approvers, *(role for each in applied for role in each.lifted_by)]))


def _reasons(
    rule: RuleRow, applied: tuple[Restriction, ...], request: Request, rows: SharingRows, outcome: Outcome
) -> list[Reason]:
    found = [Reason(each.code, each.says, each.source, each.grade) for each in applied]
    found.append(Reason(rule.code, rule.says, rule.source, rule.grade))
    if moment := rows.dates.get(rule.depends):
        found.append(Reason(moment.code, f"{moment.what} {moment.confirm}".strip(), moment.source, moment.grade))
    if rule.consent_says:
        found.append(Reason(rule.code, rule.consent_says, rule.consent_source, rule.grade))
    if outcome.shares:
        found += _about_telling(rule, request)
    return found


def _about_telling(rule: RuleRow, request: Request) -> list[Reason]:
    found = []
    if request.consent in (Consent.REFUSED, Consent.WITHDRAWN) and rule.consent is ConsentIs.NOT_NEEDED:
        words = "Consent was refused or withdrawn: that is recorded and does not decide. Tell them so, unless unsafe."
        found.append(Reason("R14", words, GOLDEN_RULES, Grade.SECONDARY))
    if request.unsafe is not None:
        words = f"They are not told, because {UNSAFE[request.unsafe]}. Say when that is looked at again."
        found.append(Reason("R9", words, GOLDEN_RULES, Grade.SECONDARY))
    elif rule.inform:
        found.append(Reason("R9", _INFORM[rule.inform], GOLDEN_RULES, Grade.SECONDARY))
    return found

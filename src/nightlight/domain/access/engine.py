"""Asking the access policy. The one door to Cedar, which evaluates the text; whatever it does not allow is refused.

Questions are finitely many and the text does not change while a process runs, so each is put to Cedar once and its
answer remembered: a page of thousands of entries asks about the few sorts of entry that it has.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

import cedarpy

from nightlight.domain.access.texts import PolicyError, PolicyTexts, Rule
from nightlight.domain.access.vocabulary import Purpose, Relationship, Sort, Who
from nightlight.domain.roles import ROLES, Permission

_NO_ONE_ELSE = cedarpy.Entities.from_json_str("[]")
_MOST_REMEMBERED = 65_536
SERVICE = 'Service::"key"'
"""A system with its key, where the policy has roles for people."""
COMMAND = 'Operator::"command"'
"""Whoever runs a command on the hub's own machine."""
_SETS = {SERVICE: "rights", COMMAND: ""}
"""What a question's set of words is of, by who asks: of a person, the relationships."""

SCHEMA = """
entity Role;
entity Hub;
entity Record;
action {permissions} appliesTo {{ principal: Role, resource: Hub }};
action "open" appliesTo {{ principal: Role, resource: Record, context: {{
    agency: String, purpose: String, works_with_children: Bool, relationships: Set<String>, sealed: Bool }} }};
action "read" appliesTo {{ principal: Role, resource: Record, context: {{
    agency: String, relationships: Set<String>, sensitivity: String, matter: String, written_by: String,
    given: Bool, sealed: Bool }} }};
entity Service;
entity Delivery;
action "deliver", "receipt", "point" appliesTo {{ principal: Service, resource: Delivery, context: {{
    rights: Set<String>, names_feed: Bool, own: Bool }} }};
entity Operator;
entity Output;
action "give" appliesTo {{ principal: Operator, resource: Output, context: {{ gives: String, on_record: Bool }} }};
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether something is permitted, and the ids of the rules that decided: none, where no rule permits it."""

    allowed: bool
    rules: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self.allowed


class Policy:
    """A policy, ready to be asked. Raises `PolicyError` for a text that Cedar cannot read, or that names what is not.

    >>> policy().may("staff", Permission.CHILD_VIEW).allowed
    False
    """

    def __init__(self, texts: PolicyTexts) -> None:
        self.texts = texts
        self._set = _parsed(texts)
        self.rules: Mapping[str, Rule] = {rule.id: rule for rule in texts.rules(cedarpy.policies_to_json_str)}
        self._ask = lru_cache(maxsize=_MOST_REMEMBERED)(self._asked)

    def may(self, role: str, permission: str) -> Answer:
        """Whether a role may do this at all. Breaking the glass, or opening a child's record, asks more."""
        return self._ask(role, permission, 'Hub::"nightlight"', None)

    def open(
        self, who: Who, relationships: frozenset[str], *, purpose: str = Purpose.PROTECT, sealed: bool = False
    ) -> Answer:
        """Whether somebody with these relationships to a child may open the child's record for this purpose."""
        works = self.may(who.role, Permission.CHILD_VIEW).allowed
        context = (
            ("agency", who.agency), ("purpose", str(purpose)), ("works_with_children", works), ("sealed", sealed),
        )  # fmt: skip
        return self._ask(who.role, "open", 'Record::"child"', (relationships, *context))

    def read(self, who: Who, relationships: frozenset[str], sort: Sort) -> Answer:
        """Whether somebody who may open a child's record reads its entries of this sort."""
        context = (
            ("agency", who.agency), ("sensitivity", sort.sensitivity), ("matter", sort.matter),
            ("written_by", sort.written_by), ("given", sort.given), ("sealed", sort.sealed),
        )  # fmt: skip
        return self._ask(who.role, "read", 'Record::"entry"', (relationships, *context))

    def read_duty(self, who: Who, relationships: frozenset[str], *, sealed: bool) -> Answer:
        """Whether somebody who may open a child's record sees a duty; sealed: all of its evidence is, from them."""
        context = (
            ("agency", who.agency), ("sensitivity", "ordinary"), ("matter", "ordinary"), ("written_by", "other"),
            ("given", False), ("sealed", sealed),
        )  # fmt: skip
        return self._ask(who.role, "read", 'Record::"duty"', (relationships, *context))

    def serve(self, action: str, *, rights: frozenset[str], names_feed: bool = False, own: bool = False) -> Answer:
        """Whether a system may do this with its key. names_feed: its key does; own: it is its own organisation's.

        >>> policy().serve("receipt", rights=frozenset({"receipts"}), own=False).allowed
        False
        """
        return self._ask(SERVICE, action, 'Delivery::"delivery"', (rights, ("names_feed", names_feed), ("own", own)))

    def give(self, gives: str, *, on_record: bool) -> Answer:
        """Whether a command on the hub's own machine may give this away of children. on_record: it is in the log.

        >>> policy().give("ids", on_record=False).allowed
        False
        """
        return self._ask(COMMAND, "give", 'Output::"command"', ((), ("gives", gives), ("on_record", on_record)))

    def why(self, answer: Answer) -> str:
        """The reason of an answer in plain words, as the policy itself says it."""
        if not answer.rules:
            return "No rule of the access policy permits it."
        return " ".join(self.rules[rule].says for rule in answer.rules)

    def forget(self) -> None:
        """Ask Cedar anew from now on: for measuring it."""
        self._ask.cache_clear()

    def _asked(self, role: str, action: str, resource: str, context: Any) -> Answer:
        request = {
            "principal": role if role in _SETS else {"type": "Role", "id": role},
            "action": {"type": "Action", "id": action},
            "resource": resource,
            "context": _context(context, _SETS.get(role, "relationships")),
        }
        result = cedarpy.is_authorized(request, self._set, _NO_ONE_ELSE)
        found = result.diagnostics.id_annotations_by_reason
        rules = tuple(sorted(found[reason] for reason in result.diagnostics.reasons))
        # Only an allowance without an error is one: Cedar skips a rule that it could not evaluate.
        return Answer(result.allowed and not result.diagnostics.errors, rules)


def _context(context: Any, of: str) -> dict[str, Any]:
    if context is None:
        return {}
    several, *rest = context
    return ({of: sorted(several)} if of else {}) | dict(rest)


def _parsed(texts: PolicyTexts) -> cedarpy.PolicySet:
    whole = texts.whole
    try:
        policies = cedarpy.PolicySet.from_str(whole)
    except ValueError as error:
        raise PolicyError(f"the access policy cannot be read: {error}") from None
    checked = cedarpy.validate_policies(whole, schema())
    if not checked.validation_passed:
        raise PolicyError("the access policy cannot be used: " + "; ".join(str(e.error) for e in checked.errors))
    return policies


def schema() -> str:
    """What a policy may speak of, in Cedar's own words."""
    return SCHEMA.format(permissions=", ".join(json.dumps(str(each)) for each in Permission))


@lru_cache(maxsize=1)
def policy() -> Policy:
    """The policy of this installation: the text in the package."""
    folder = files("nightlight.domain.access") / "policy"
    names = sorted(each.name for each in folder.iterdir() if each.name.endswith(".cedar"))
    return Policy(PolicyTexts(tuple((name, (folder / name).read_text("utf-8")) for name in names)))


def every_who() -> list[Who]:
    """Every role in every agency, for tables and tests: finitely many."""
    from nightlight.domain.agencies import AGENCIES

    return [Who(role=role, agency=agency) for role in ROLES for agency in AGENCIES]


EVERY_RELATIONSHIP: tuple[str, ...] = tuple(Relationship)

"""The access policy as people read and sign it: its rules in plain words, who may see what, and whose signature it has.

What each role may see is asked of the policy, never written down beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from nightlight.actions.seeing.access import require
from nightlight.actions.trail import audit
from nightlight.domain.access.engine import Policy, policy
from nightlight.domain.access.texts import Rule
from nightlight.domain.access.vocabulary import WORDS, Purpose, Relationship, Sort, Who, purpose_of
from nightlight.domain.roles import ROLES, Permission
from nightlight.store.access import wall
from nightlight.store.access.models import PolicySignature
from nightlight.store.people.models import Practitioner

SORTS = {
    "ordinary entries": Sort(),
    "restricted entries": Sort(sensitivity="restricted"),
    "an adult's own health": Sort(matter="adult_health"),
    "both restricted and an adult's own health": Sort(sensitivity="restricted", matter="adult_health"),
    "what is in a sealed compartment": Sort(sealed=True),
}


class NotSigned(ValueError):
    """The policy can't be signed as it was asked for; the message says why."""


@dataclass(frozen=True, slots=True)
class MaySee:
    """One role: in which relationships it opens a child's record, and what it reads there; each in words."""

    role: str
    title: str
    opens: tuple[str, ...]
    reads: tuple[str, ...]
    reads_not: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """The policy of this version: digest, files, rules, what follows for each role, and who signed exactly this."""

    digest: str
    files: tuple[tuple[str, str], ...]
    rules: tuple[Rule, ...]
    roles: tuple[MaySee, ...]
    signatures: tuple[PolicySignature, ...]

    @property
    def is_signed(self) -> bool:
        return any(each.digest == self.digest for each in self.signatures)


def shown() -> Shown:
    """The policy, for anybody who signs in: that they can read it is part of it."""
    asked = policy()
    return Shown(
        digest=asked.texts.digest,
        files=asked.texts.files,
        rules=tuple(asked.rules.values()),
        roles=tuple(may_see(asked, role) for role in ROLES),
        signatures=tuple(PolicySignature.objects.order_by("-id")[:20]),
    )


def may_see(asked: Policy, role: str, agency: str = "education") -> MaySee:
    """What a role may see, as the policy answers it."""
    who, purpose = Who(role=role, agency=agency), purpose_of(role)
    opens = [WORDS[each] for each in Relationship if asked.open(who, frozenset({each}), purpose=purpose)]
    if asked.open(who, frozenset(), purpose=purpose):
        opens = [_WHATEVER[purpose]]
    reads = {name: bool(opens) and bool(asked.read(who, frozenset(), sort)) for name, sort in SORTS.items()}
    return MaySee(
        role, ROLES[role].title, tuple(opens),
        tuple(name for name, does in reads.items() if does), tuple(name for name, does in reads.items() if not does),
    )  # fmt: skip


_WHATEVER = {
    Purpose.MEND: "any child's record, to mend it",
    Purpose.OVERSEE: "any child's record, to see whether it is rightly shared",
    Purpose.PROTECT: "any child's record",
}


@wall.lifted("the web's role may not sign")
def sign(*, by: Practitioner, digest: str, note: str, now: datetime) -> PolicySignature:
    """Sign the policy as it reads: `digest` is of what was shown, so that nobody signs what they have not seen."""
    require(by, Permission.POLICY_SIGN)
    if digest != policy().texts.digest:
        raise NotSigned("The policy has changed since you opened this page. Read it again, then sign it")
    signature = PolicySignature.objects.create(digest=digest, at=now, by=by.username, note=note.strip())
    audit.record(at=now, by=by, act="policy.signed", about=digest, reason=note.strip())
    return signature

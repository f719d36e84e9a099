"""What of a child's record somebody may give: their own organisation's entries, sorted for the rules, as they may go.

It decides nothing and writes nothing. Whoever calls it has passed `access_child`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from nightlight.actions.record.recent import chronology_of
from nightlight.actions.seeing.sight import Sight
from nightlight.domain.chronology import Entry, Fact
from nightlight.domain.sharing.deciding import Answer, decide
from nightlight.domain.sharing.items import categories_of, mode_for
from nightlight.domain.sharing.rows import rows_in_use
from nightlight.domain.sharing.vocabulary import (
    Asked,
    Category,
    Consent,
    Harm,
    Mode,
    Request,
    Unsafe,
)
from nightlight.store.access import wall
from nightlight.store.people.models import Practitioner

_SEALED_IN = """
    WITH seals AS (
        SELECT c.kind::text AS kind, s.what::text AS what, s.item FROM access_seal s
        JOIN access_compartment c ON c.id = s.compartment_id
        WHERE s.since <= %(at)s AND (c.closed IS NULL OR c.closed > %(at)s)
    )
    SELECT item, kind FROM seals WHERE what = 'entry' AND item = ANY(%(entries)s::uuid[])
    UNION SELECT u.entry_id, kind FROM seals JOIN chronology_entrysubject u
        ON u.entry_id = ANY(%(entries)s::uuid[]) AND seals.item IN (u.source_person, u.address)
    UNION SELECT u.entry_id, kind FROM seals JOIN people_sourceperson p ON p.person_id = seals.item
        JOIN chronology_entrysubject u ON u.source_person = p.id AND u.entry_id = ANY(%(entries)s::uuid[])
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """On what terms somebody would give it: how serious, what brought it up, consent, and what was written down.

    necessary: why it is necessary and proportionate. consent_said: where it rests on consent, who gave it, when and to
    what, and how they take it back. anew: it was given again since it was taken back. approved: restrictions that
    whoever gives may lift, and lifts.
    """

    harm: Harm
    asked: Asked = Asked.SPONTANEOUS
    mode: Mode = Mode.CONTENT
    consent: Consent = Consent.NOT_SOUGHT
    necessary: str = ""
    consent_said: str = ""
    anew: bool = False
    function: bool = True
    detriment: bool = False
    unsafe: Unsafe | None = None
    approved: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Material:
    """The entries of a giver's organisation as they concern the child, newest first, and what sorts each is."""

    facts: tuple[Fact, ...]
    sorts: Mapping[str, frozenset[Category]]

    def entry(self, id_: str) -> Entry | None:
        """One of them by its id."""
        return next((fact.entry for fact in self.facts if fact.entry.id == id_), None)

    def categories(self, entries: Iterable[str]) -> frozenset[Category]:
        """All sorts among some of them."""
        return frozenset({Category.WELFARE}).union(*(self.sorts[each] for each in entries if each in self.sorts))


def material_of(*, by: Practitioner, sight: Sight, child: UUID, now: datetime) -> Material:
    """What this person's organisation wrote of a child and holds to be true, as far as this person sees it."""
    facts = [
        fact
        for fact in chronology_of(child, sight, now).history.facts
        if not fact.derived and fact.entry.source.organisation == by.organisation_id and fact.known_until > now
    ]
    facts.sort(key=lambda fact: (fact.at, fact.entry.id), reverse=True)
    sealed = sealed_in([fact.entry.id for fact in facts], now)
    sorts = {
        fact.entry.id: categories_of(fact.entry, child=str(child), sealed_in=sealed.get(fact.entry.id, ()))
        for fact in facts
    }
    return Material(tuple(facts), sorts)


@wall.lifted("that what somebody may see is sealed must be known before they may give it")
def sealed_in(entries: Sequence[str], now: datetime) -> dict[str, set[str]]:
    """The kinds of compartments in which each of these entries is; one that is in none is left out."""
    found: dict[str, set[str]] = {}
    if not entries:
        return found
    with connection.cursor() as cursor:
        cursor.execute(_SEALED_IN, {"entries": list(entries), "at": now})
        for entry, kind in cursor.fetchall():
            found.setdefault(str(entry), set()).add(kind)
    return found


def propose(
    *, by: Practitioner, to: Practitioner, terms: Terms, categories: frozenset[Category], now: datetime
) -> Answer:
    """What the rules propose for giving these sorts of information to somebody on these terms."""
    rows = rows_in_use()
    request = Request(
        sender=rows.party(by.agency, by.organisation_id),
        recipient=rows.party(to.agency, to.organisation_id),
        harm=terms.harm,
        asked=terms.asked,
        mode=terms.mode,
        categories=categories,
        consent=terms.consent,
        function=terms.function,
        detriment=terms.detriment,
        necessary=bool(terms.necessary.strip()),
        approved=_may_lift(by, terms.approved, now),
        unsafe=terms.unsafe,
    )
    return decide(request, rows, now)


def _may_lift(by: Practitioner, wanted: frozenset[str], now: datetime) -> frozenset[str]:
    """Of the restrictions that somebody would lift, those that their role may."""
    rows = rows_in_use().restrictions_on(now)
    return frozenset(row.code for row in rows if row.code in wanted and by.role in row.lifted_by)


def may_lift(by: Practitioner, code: str, now: datetime) -> bool:
    """Whether somebody's role may approve the detail that a restriction holds back."""
    return code in _may_lift(by, frozenset({code}), now)


def modes(material: Material, answer: Answer) -> dict[str, Mode | None]:
    """How each entry may be given under an answer: what it says, that it exists, or (None) not at all."""
    return {fact.entry.id: mode_for(material.sorts[fact.entry.id], answer) for fact in material.facts}

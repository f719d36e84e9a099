"""What somebody sees of a child whom they may open: the record with everything taken out that the policy refuses.

What is taken out is absent, for every reader after this: the page, its picture, indicators, counts and exports. Nothing
says that it was there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from nightlight.actions.seeing.access import Access, who_is
from nightlight.domain.access.engine import policy
from nightlight.domain.access.vocabulary import Sort, Who, matter_of, sensitivity_of
from nightlight.domain.chronology import Chronology, Entry
from nightlight.store.access.facts import Sealed, sealed_from
from nightlight.store.people.models import Practitioner


@dataclass(frozen=True, slots=True)
class Sight:
    """One person's eyes: who they are, how they stand to the child, and what is sealed from them.

    Two equal sights of one child see the same.
    """

    who: Who
    organisation: str
    relationships: frozenset[str]
    sealed: Sealed

    def sees(self, entry: Entry, child: str, given: bool = False) -> bool:
        """Whether the policy lets this person read the entry, as it concerns the child."""
        return policy().read(self.who, self.relationships, self.sort(entry, child, given)).allowed

    def sort(self, entry: Entry, child: str, given: bool = False) -> Sort:
        """The sort of an entry, as this person stands to it."""
        about_child = any(subject.ref == child for subject in entry.subjects)
        return Sort(
            sensitivity=sensitivity_of(entry.sensitivity),
            matter=matter_of(entry.kind, "child" if about_child else "adult"),
            written_by="organisation" if entry.source.organisation == self.organisation else "other",
            given=given,
            sealed=entry.id in self.sealed.entries,
        )

    def sees_duty(self, evidence: Iterable[object]) -> bool:
        """Whether the policy lets this person see a duty on this evidence."""
        ids = [str(id_) for id_ in evidence]
        sealed = bool(ids) and self.sealed.entries.issuperset(ids)
        return policy().read_duty(self.who, self.relationships, sealed=sealed).allowed

    def of(self, chronology: Chronology, now: datetime) -> Chronology:
        """The chronology as this person sees it; the same one where nothing has to be taken out."""
        hidden = self._hidden(chronology, now)
        addresses = self.sealed.addresses
        links = tuple(
            link for link in chronology.links if link.other not in addresses and link.id not in self.sealed.entries
        )
        if not hidden and len(links) == len(chronology.links):
            return chronology
        entries = tuple(entry for entry in chronology.entries if entry.id not in hidden)
        shared = {id_: agencies for id_, agencies in chronology.shared.items() if id_ not in hidden}
        return replace(chronology, entries=entries, links=links, shared=shared)

    def _hidden(self, chronology: Chronology, now: datetime) -> set[str]:
        """What must go; with a correction goes what it corrects, which would stand again as if it held."""
        hidden = {
            entry.id
            for entry in chronology.entries
            if not self.sees(entry, chronology.child, self._given(chronology, entry, now))
        }
        corrects = {entry.id: entry.supersedes for entry in chronology.entries if entry.supersedes}
        for id_ in list(hidden):
            while (id_ := corrects.get(id_, "")) and id_ not in hidden:
                hidden.add(id_)
        return hidden

    def _given(self, chronology: Chronology, entry: Entry, now: datetime) -> bool:
        since = chronology.shared.get(entry.id, {}).get(self.who.agency)
        return since is not None and since <= now


def sight_of(*, by: Practitioner, access: Access, now: datetime) -> Sight:
    """The eyes of somebody whom `access_child` let in."""
    sealed = sealed_from(by.username, now)
    return Sight(who_is(by), by.organisation_id, access.relationships, sealed)

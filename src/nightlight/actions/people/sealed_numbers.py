"""Numbers of somebody in a sealed compartment, where they come with a record from outside it.

Nothing here says to anybody but the compartment's keeper that there is such a person (`actions.people.sealed_matches`).
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime

from nightlight.store.people.linkage import SealedRecord, sealed_with
from nightlight.store.people.models import SealedMatch, SourcePerson


class SealedNumbers:
    """The numbers of a batch that somebody in a sealed compartment has.

    A record that comes with one is nobody's whom that would give away: it is matched as if the number were not there
    to be found, and the compartment's keeper alone is told (`actions.people.sealed_matches`).
    """

    def __init__(self, rows: Iterable[SourcePerson]) -> None:
        self._rows = list(rows)
        self._records = sealed_with(number for row in self._rows for number in (row.nhs_number, row.upn))
        self._within = {(record.id, record.compartment) for record in self._records}

    def _like(self, row: SourcePerson) -> list[tuple[SealedRecord, str]]:
        return [
            (record, "NHS number" if row.nhs_number and row.nhs_number == record.nhs_number else "UPN")
            for record in self._records
            if (row.id, record.compartment) not in self._within
            and ((row.nhs_number and row.nhs_number == record.nhs_number) or (row.upn and row.upn == record.upn))
        ]

    def barred(self, row: SourcePerson) -> frozenset[uuid.UUID]:
        """The people whom this record may not be compared with: what it shares with them is sealed."""
        if not self._records:
            return frozenset()
        return frozenset(record.person for record, _ in self._like(row) if record.person)

    def tell(self, now: datetime) -> None:
        """Put each such record before the compartment's keeper, once. Their source people are kept."""
        if self._records:
            rows = [
                SealedMatch(source_person=row, compartment=record.compartment, why=f"the same {why}", at=now)
                for row in self._rows
                for record, why in self._like(row)
            ]
            SealedMatch.objects.bulk_create(rows, ignore_conflicts=True)

"""What is wrong with a change to the rota: for whoever is about to make it, and for `edits`, which refuses it.

It only reads. The reasons are `domain.rota_changes`; here they meet the rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from nightlight.domain.roles import is_partnership_wide
from nightlight.domain.rota import Absence, OnCall, Shift
from nightlight.domain.rota_changes import Mistake, endless, of_absence, of_end, of_shift
from nightlight.store.duties import mapping
from nightlight.store.duties.models import RotaRow


def mistakes_of_shift(
    *, person: str, role: str, organisation: str, since: datetime, until: datetime | None, on_call: Sequence[OnCall],
    now: datetime,
) -> list[Mistake]:  # fmt: skip
    """What is wrong with putting somebody on the rota so."""
    wide = is_partnership_wide(role)
    wanted = Shift(
        role=role, person=person, organisation="" if wide else organisation, since=since, until=endless(until),
        on_call=tuple(on_call),
    )  # fmt: skip
    return of_shift(mapping.rota(), wanted, now)


def mistakes_of_end(*, shift: RotaRow, until: datetime, now: datetime) -> list[Mistake]:
    """What is wrong with ending a shift then."""
    return of_end(mapping.shift(shift), until, now)


def mistakes_of_absence(
    *, person: str, since: datetime, until: datetime | None, cover: str, now: datetime
) -> list[Mistake]:
    """What is wrong with recording an absence and its cover so."""
    return of_absence(mapping.rota(), Absence(person=person, since=since, until=endless(until), cover=cover), now)

"""Writing down who did what. Called inside the transaction of the act, so that neither stands without the other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from nightlight.store.audit.models import AuditEvent
from nightlight.store.people.models import Practitioner

_FIELDS = tuple(field for field in AuditEvent._meta.concrete_fields if not field.primary_key)
_INSERT = (
    f"INSERT INTO {AuditEvent._meta.db_table} ({', '.join(str(field.column) for field in _FIELDS)}) "  # noqa: S608 its own names
    f"VALUES ({', '.join('%s' for _ in _FIELDS)})"
)
"""Without asking for its number: a page adds rows that it may not read, of who failed to sign in."""
SYSTEM = "system"
"""Who acts when no person does: an evaluation, a feed's own service."""


def actor(by: Practitioner | str) -> str:
    """The name an act is written down under: the sign-in name of a practitioner, or a service's."""
    return by if isinstance(by, str) else by.username


def record(
    *,
    at: datetime,
    by: Practitioner | str,
    act: str,
    child: UUID | None = None,
    about: str = "",
    reason: str = "",
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Add one audit row. `about` and `detail` hold ids and counts, never what a record says."""
    added = row(at=at, by=by, act=act, child=child, about=about, reason=reason, detail=detail)
    with connection.cursor() as cursor:
        cursor.execute(
            _INSERT, [field.get_db_prep_save(getattr(added, field.attname), connection) for field in _FIELDS]
        )


def record_many(rows: Iterable[AuditEvent]) -> None:
    """Add the audit rows (`row`) of an act that concerns many children at once."""
    AuditEvent.objects.bulk_create(rows)


def row(
    *,
    at: datetime,
    by: Practitioner | str,
    act: str,
    child: UUID | None = None,
    about: str = "",
    reason: str = "",
    detail: Mapping[str, Any] | None = None,
) -> AuditEvent:
    """One audit row, not yet added."""
    return AuditEvent(
        at=at,
        by=actor(by),
        organisation="" if isinstance(by, str) else by.organisation_id,
        act=act,
        child=child,
        about=about,
        reason=reason,
        detail=dict(detail or {}),
    )

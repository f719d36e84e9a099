"""Model fields that are sealed on their way into the database and opened on their way out.

Nothing can be searched, sorted or compared by them in SQL. A query by value would find nothing, so it is refused.
Written past Django (COPY), a value must be sealed by hand: `vault.seal(value, "table.column")`.
"""

from __future__ import annotations

import json
from typing import Any

from django.core.exceptions import FieldError
from django.db import models

from nightlight.store.keys import vault

ALLOWED = frozenset({"isnull"})


class Sealed:
    """What the fields share: the column's name, no look-ups, and looking like a plain field to migrations."""

    plain: type[models.Field]

    @property
    def place(self) -> str:
        return f"{self.model._meta.db_table}.{self.column}"  # type: ignore[attr-defined]

    def get_lookup(self, name: str) -> Any:
        if name not in ALLOWED:
            raise FieldError(f"{self.place} is sealed: it can't be searched by value in the database.")
        return super().get_lookup(name)  # type: ignore[misc]

    def deconstruct(self) -> Any:
        """A sealed column is the plain one to the database, so that sealing it needs no change of the tables."""
        name, _, args, kwargs = super().deconstruct()  # type: ignore[misc]
        return name, f"django.db.models.{self.plain.__name__}", args, kwargs


class SealedBytes(Sealed, models.BinaryField):
    """Bytes, sealed."""

    plain = models.BinaryField

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        value = None if value is None else vault.seal(bytes(value), self.place)
        return super().get_db_prep_value(value, connection, prepared)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> bytes | None:
        return None if value is None else vault.unseal(bytes(value), self.place)


class SealedText(Sealed, models.TextField):
    """Text, sealed; empty stays empty."""

    plain = models.TextField

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        return super().get_db_prep_value(_sealed_text(value, self.place), connection, prepared)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> str | None:
        return None if value is None else vault.unseal_text(value, self.place)


class SealedJSON(Sealed, models.JSONField):
    """JSON, sealed: in the database it is one JSON string."""

    plain = models.JSONField

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        if value is not None:
            value = vault.seal_text(json.dumps(value, cls=self.encoder), self.place)
        return super().get_db_prep_save(value, connection)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        found = super().from_db_value(value, expression, connection)
        if isinstance(found, str) and found.startswith(vault.TEXT):
            return json.loads(vault.unseal_text(found, self.place), cls=self.decoder)
        return found


def _sealed_text(value: Any, place: str) -> Any:
    return vault.seal_text(value, place) if isinstance(value, str) else value

"""Where sessions are kept: in the database, out of reach of a page's own connection, which could take another's."""

from __future__ import annotations

from typing import Any

from django.contrib.sessions.backends.db import SessionStore as Kept

from nightlight.store.access import wall

_lifted = wall.lifted("somebody's own session, by a key that only their browser has")


class SessionStore(Kept):
    """Django's own, with the second wall lifted for it."""

    @_lifted
    def load(self) -> Any:
        return super().load()

    @_lifted
    def exists(self, session_key: str) -> bool:
        return super().exists(session_key)

    @_lifted
    def save(self, must_create: bool = False) -> None:
        super().save(must_create)

    @_lifted
    def delete(self, session_key: str | None = None) -> None:
        super().delete(session_key)

    @classmethod
    def get_model_class(cls) -> Any:
        return Kept.get_model_class()

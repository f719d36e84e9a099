"""PostgreSQL by two logins: what a page reads is asked by a login with no rights beyond a page's, all else by our own.

For Django both are one connection, and each thread has both open. Outside a transaction the second wall turns to either
at no cost; a transaction that begins behind the wall is a deed, and is our own login's in the page's role, so that what
it does stands or falls as one. It must not decide who may see what: that is `store.access.wall`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

from django.db.backends.postgresql import base

PAGES = "PAGES"
"""In Django's settings of the database: what differs for the pages' login (user, password, host, port)."""


class DatabaseWrapper(base.DatabaseWrapper):  # type: ignore[misc]
    """Django's own, which can turn from one login to the other between transactions."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.of_pages = False
        self.in_deed = False
        self.stand: Callable[[], None] | None = None
        self._aside: Any = None

    @property
    def has_two_logins(self) -> bool:
        return bool(self.settings_dict.get(PAGES))

    @property
    def own(self) -> Any:
        """The connection of our own login; none before it is opened."""
        return self._aside if self.of_pages else self.connection

    def turn(self, *, to_pages: bool) -> None:
        """Ask by the other login from now on; it is connected when the first question is asked."""
        if to_pages != self.of_pages:
            self.validate_no_atomic_block()
            self.connection, self._aside = self._aside, self.connection
            self.of_pages = to_pages

    def step_back(self) -> None:
        """Our own login, and no wall, until somebody stands behind it again."""
        self.stand, self.in_deed = None, False
        self.turn(to_pages=False)

    def get_connection_params(self) -> dict[str, Any]:
        """Those of whichever login is asked by now."""
        found: dict[str, Any] = super().get_connection_params()
        return found | self.settings_dict[PAGES] if self.of_pages else found

    def ensure_connection(self) -> None:
        if self.connection is None and self.in_deed and not self.in_atomic_block:
            self._end_deed()  # its transaction ended with its connection
        super().ensure_connection()

    def close(self) -> None:
        """Both; in a transaction that one alone, as Django has it."""
        super().close()
        if self.connection is None and self._aside is not None:
            aside, self._aside = self._aside, None
            with contextlib.suppress(self.Database.Error):
                aside.close()

    def _set_autocommit(self, autocommit: bool) -> None:
        if autocommit:
            super()._set_autocommit(True)
            if self.in_deed:
                self._end_deed()
        elif self.of_pages:
            self._begin_deed()
        else:
            super()._set_autocommit(False)

    def _begin_deed(self) -> None:
        self.turn(to_pages=False)
        try:
            self.ensure_connection()
            super()._set_autocommit(False)
            self.in_deed = True
            if self.stand is not None:
                self.stand()
        except BaseException:
            self.in_deed = False
            self.close()
            self.of_pages = True
            raise

    def _end_deed(self) -> None:
        """Behind the wall again, before anything is done that waited for the transaction's end."""
        self.in_deed = False
        self.turn(to_pages=True)
        self.autocommit = True
        if self.stand is not None:
            self.stand()

"""PostgreSQL by three logins: what a page reads is asked by one with no rights beyond a page's, what a deed does by one
that owns nothing either, and all else by our own.

For Django they are one connection, and each thread keeps each open that it used. Outside a transaction the second wall
turns to any at no cost; a transaction that begins behind the wall is a deed, and is the deeds' login's, so that what it
does stands or falls as one. It must not decide who may see what: that is `store.access.wall`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

from django.db import InterfaceError, OperationalError
from django.db.backends.postgresql import base

OWN = ""
PAGES = "PAGES"
DEEDS = "DEEDS"
"""The last two in Django's settings of the database: what differs for that login (user, password, host, port)."""


class DatabaseWrapper(base.DatabaseWrapper):  # type: ignore[misc]
    """Django's own, which can turn from one login to another between transactions."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.of = OWN
        self.in_deed = False
        self.lifted_in_deed = False
        self.stand: Callable[[], None] | None = None
        self._aside: dict[str, Any] = {}

    @property
    def has_two_logins(self) -> bool:
        return bool(self.settings_dict.get(PAGES))

    @property
    def has_deeds_login(self) -> bool:
        return self.has_two_logins and bool(self.settings_dict.get(DEEDS))

    @property
    def of_pages(self) -> bool:
        return self.of == PAGES

    def turn(self, to: str) -> None:
        """Ask by this login from now on; it is connected when the first question is asked."""
        if to != self.of:
            self.validate_no_atomic_block()
            self._aside[self.of], self.connection = self.connection, self._aside.pop(to, None)
            self.of = to

    def step_back(self) -> None:
        """Our own login, and no wall, until somebody stands behind it again."""
        self.stand, self.in_deed, self.lifted_in_deed = None, False, False
        self.turn(OWN)

    def get_connection_params(self) -> dict[str, Any]:
        """Those of whichever login is asked by now."""
        found: dict[str, Any] = super().get_connection_params()
        return found | self.settings_dict[self.of] if self.of else found

    def ensure_connection(self) -> None:
        if self.connection is None and self.in_deed and not self.in_atomic_block:
            self._end_deed()  # its transaction ended with its connection
        super().ensure_connection()

    def close(self) -> None:
        """All; in a transaction that one alone, as Django has it."""
        super().close()
        if self.connection is None:
            aside, self._aside = self._aside, {}
            for each in aside.values():
                with contextlib.suppress(self.Database.Error):
                    if each is not None:
                        each.close()

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
        try:
            try:
                self._stand_in_deed()
            except (OperationalError, InterfaceError):
                self._not_in_deed()  # a connection that was lost since the last deed: nothing was done by it yet
                self._stand_in_deed()
        except BaseException:
            self._not_in_deed()
            raise

    def _stand_in_deed(self) -> None:
        self.turn(DEEDS if self.has_deeds_login else OWN)
        self.ensure_connection()
        super()._set_autocommit(False)
        self.in_deed = True
        if self.stand is not None:
            self.stand()

    def _not_in_deed(self) -> None:
        self.in_deed = False
        self.close()
        self.of = PAGES

    def _end_deed(self) -> None:
        """Behind the wall again, before anything is done that waited for the transaction's end."""
        self.in_deed = self.lifted_in_deed = False
        self.turn(PAGES)
        self.autocommit = True
        if self.stand is not None:
            self.stand()

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import pytest
from support.access_world import AT, World, make_world

import nightlight.web.views as views


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """One world for a module: nothing in it is changed by reading, and what a page writes is rolled back at its end."""
    from django.db import transaction

    with django_db_blocker.unblock():
        atomic = transaction.atomic()
        atomic.__enter__()
        try:
            yield make_world()
        finally:
            transaction.set_rollback(True)
            atomic.__exit__(None, None, None)


@pytest.fixture(scope="module")
def lasting_world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """A world that stands in the tables for every connection, until the module ends: no test of it changes anything."""
    from django.core.management import call_command
    from django.db import connection
    from django.test import TransactionTestCase

    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _: None)
        try:
            yield make_world()
        finally:
            connection.close()
            call_command("flush", verbosity=0, interactive=False)
            connection.close()


@pytest.fixture(autouse=True)
def _the_pages_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, module in list(sys.modules.items()):
        if name.startswith(f"{views.__name__}.") and hasattr(module, "now"):
            monkeypatch.setattr(module, "now", lambda: AT)
    for name in ("clocks", "moment", "proving"):
        monkeypatch.setattr(f"nightlight.web.{name}.now", lambda: AT)

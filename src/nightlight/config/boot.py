"""Makes Django ready for a command: the database first (ours, or a private one), then the apps, then the tables."""

from __future__ import annotations

import atexit
import gc
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from nightlight.config import environment as env

if TYPE_CHECKING:
    from nightlight.store.cluster import Cluster


class TablesBehind(Exception):
    """The configured database has not the tables of this version; the message says which command makes them."""


def boot(*, tables: bool = True) -> None:
    """Set Django up; with no `NIGHTLIGHT_DATABASE_URL`, start the private PostgreSQL of the data folder.

    tables: whether the command needs them. A private database is brought up to this version by itself; a configured one
    is only checked, since whoever keeps it decides when it changes.
    Raises `SettingError`, `TablesBehind` or `store.cluster.ClusterError`, each saying what to do.
    """
    private = not env.read(env.DATABASE_URL)
    if private:
        _start_private()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nightlight.config.settings")

    import django  # late: settings read the environment above

    django.setup()
    if tables:
        _have_tables(make=private)
        _have_keys()
        _have_limits()


def ready_to_serve() -> None:
    """The last step of a server's start: what can be loaded now is waited for by nobody later."""
    from nightlight.web import beforehand  # late: Django is set up by then

    beforehand.load()
    collect_seldom(50_000)


def collect_seldom(objects: int) -> None:
    """Look for rings of rubbish once in so many new objects, and never through what was there at the start.

    Entries, facts and duties are objects by the thousand without a ring: looking took a third of the time.
    """
    gc.freeze()
    gc.set_threshold(objects, 20, 20)


def _start_private() -> None:
    from nightlight.store.cluster import Cluster  # late: a configured database needs no cluster

    cluster = Cluster(env.data_folder())
    cluster.start()
    atexit.register(cluster.release)  # the last to leave stops it
    os.environ.update(logins_of(cluster))


def logins_of(cluster: Cluster) -> dict[str, str]:
    """The settings by which a private database is used: by our own login, and by those of pages and of their deeds."""
    from nightlight.store.cluster import DEEDS_ROLE, PAGES_ROLE  # late, as above

    return {
        env.DATABASE_URL.name: cluster.url(),
        env.PAGES_DATABASE_URL.name: cluster.url(role=PAGES_ROLE),
        env.DEEDS_DATABASE_URL.name: cluster.url(role=DEEDS_ROLE),
    }


def _have_keys() -> None:
    from nightlight.actions.keeping import keys

    keys.check_in(now=datetime.now(UTC))


def _have_limits() -> None:
    """The database keeps to some limits by itself: to those that are in use in this process."""
    from nightlight.store.access import limits_laid

    limits_laid.lay()


def _have_tables(*, make: bool) -> None:
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    missing = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    if missing and make:
        call_command("migrate", verbosity=0, interactive=False)
    elif missing:
        raise TablesBehind(
            f"the database of {env.DATABASE_URL.name} is {missing} steps behind this version of Nightlight. "
            "Back it up, then run: nightlight migrate"
        )

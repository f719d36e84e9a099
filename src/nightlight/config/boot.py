"""Makes Django ready for a command: the database first (ours, or a private one), then the apps."""

from __future__ import annotations

import atexit
import os

from nightlight.config import environment as env


def boot() -> None:
    """Set Django up; with no `NIGHTLIGHT_DATABASE_URL`, start the private PostgreSQL of the data folder.

    Raises `SettingError` or `store.cluster.ClusterError`, each saying what to do.
    """
    if not env.read(env.DATABASE_URL):
        from nightlight.store.cluster import Cluster  # late: a configured database needs no cluster

        cluster = Cluster(env.data_folder())
        cluster.start()
        atexit.register(cluster.release)  # the last to leave stops it
        os.environ[env.DATABASE_URL.name] = cluster.url()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nightlight.config.settings")

    import django  # late: settings read the environment above

    django.setup()

"""What can be wrong with the private PostgreSQL, each telling its reader what to do. No more than that.

::

    ClusterError
    ├── NoBinaries        no PostgreSQL 15 or later on the machine or in the package
    ├── OtherVersion      the data were made by a major version that is not here
    ├── DiskFull          too little room to make or to start it
    ├── FilesMissing      the folder that cluster.json names is gone
    ├── NoPlace           nowhere that the server's user could keep its files
    ├── OtherOwner        the data belong to another user of the machine
    ├── Busy              another process has been starting or stopping it for a minute
    └── StartFailed       PostgreSQL would not start; its own last words are given
"""

from __future__ import annotations


class ClusterError(Exception):
    """The private PostgreSQL can't be used; the message says why and what to do."""


class NoBinaries(ClusterError):
    """No PostgreSQL 15 or later was found."""


class OtherVersion(ClusterError):
    """The data were made by another major version."""


class DiskFull(ClusterError):
    """There is too little room."""


class FilesMissing(ClusterError):
    """The folder that holds the database is gone."""


class NoPlace(ClusterError):
    """No folder that the server's user can reach."""


class OtherOwner(ClusterError):
    """The data belong to another user."""


class Busy(ClusterError):
    """Another process holds the lock."""


class StartFailed(ClusterError):
    """PostgreSQL would not start."""

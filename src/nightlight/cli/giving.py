"""What each command may print of children, said in one line each: a command that is not here fails the tests.

Whoever runs a command on the hub's own machine is its operator, who owns the database and the keys: the access policy,
which is about practitioners, stands behind none of it. So a command prints no child's record at all; what it writes of
one goes to a file, encrypted or of the operator's asking, and is on record.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Gives(StrEnum):
    """What of children a command's output holds."""

    NOTHING = "nothing"
    COUNTS = "counts"
    ITS_OWN_FILE = "its own file"
    ASKED_FOR = "asked for"


GIVES: Mapping[str, Gives] = MappingProxyType(
    {
        "demo": Gives.COUNTS,  # of fictional children only: it refuses a database with anything else
        "sample": Gives.NOTHING,
        "ingest": Gives.COUNTS,
        "evaluate": Gives.COUNTS,
        "backtest": Gives.COUNTS,
        "replay": Gives.ITS_OWN_FILE,  # the case file that whoever runs it has in their hand
        "matcher": Gives.COUNTS,
        "indicators": Gives.NOTHING,
        "policy": Gives.NOTHING,
        "agreement": Gives.NOTHING,
        "account": Gives.NOTHING,
        "key": Gives.NOTHING,
        "migrate": Gives.NOTHING,
        "worker": Gives.NOTHING,
        "contact": Gives.NOTHING,
        "bounce": Gives.NOTHING,
        "verify": Gives.COUNTS,
        "backup": Gives.COUNTS,  # the records are in a file, encrypted
        "restore": Gives.COUNTS,
        "retention": Gives.ASKED_FOR,  # ids and dates; no name, and nothing that a record says
        "keys": Gives.NOTHING,
        "audit": Gives.ASKED_FOR,  # who looked at which id; a child's name only into the file made for that child
        "copies": Gives.ASKED_FOR,  # ids and dates; what is held only into the file made for whom it is about
        "source": Gives.ASKED_FOR,  # counts, and the ids of requests; what goes to a hub is of a decision on record
        "serve": Gives.NOTHING,
    }
)

"""What each command gives away of children, as the access policy permits it, and how it is on record who asked.

Whoever runs a command on the hub's own machine is its operator: they sign in for no person, so that no role or
relationship stands for them. A command that is not here is refused, and one that gives more than counts is in the audit
log with the operator's name, which is the machine's own word and not the environment's.
"""

from __future__ import annotations

import argparse
import os
import pwd
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

LEAF = "leaf"
"""Under which name the words of a command, without its options, are kept with what was typed."""
READ, TURNED_AWAY = "command.read", "command.refused"
_NOBODY = 2**32 - 1


class Gives(StrEnum):
    """What of children a command's output holds."""

    NOTHING = "nothing"
    COUNTS = "counts"
    ITS_OWN_FILE = "its own file"
    IDS = "ids"
    COMPARISON = "a comparison"
    LOG = "the log"
    ENCRYPTED = "encrypted"
    LOOKERS = "lookers"
    DECIDED = "a decided copy"


OF_NOBODY = frozenset({Gives.NOTHING, Gives.COUNTS, Gives.ITS_OWN_FILE})


class Rule(NamedTuple):
    """What a command gives, and the act under which it writes itself down; none of its own: it is written down here."""

    gives: Gives
    act: str = ""

    @property
    def on_record(self) -> bool:
        return self.gives not in OF_NOBODY


def _all(gives: Gives, *commands: str) -> dict[str, Rule]:
    return dict.fromkeys(commands, Rule(gives))


RULES: Mapping[str, Rule] = MappingProxyType(
    _all(
        Gives.NOTHING,
        "sample", "migrate", "worker", "contact", "bounce", "serve",
        "indicators list", "indicators show", "indicators check", "indicators diff", "policy show", "policy check",
        "agreement add", "agreement list", "agreement end", "keys make", "keys list", "keys rotate", "keys forget",
        "account list", "account add", "account link", "account password", "account unlock", "account reset",
        "account stop", "account start", "account unlink", "key create", "key list", "key revoke",
        "audit public-key", "matcher show", "matcher thresholds",
    )
    | _all(
        Gives.COUNTS,
        "demo",  # of fictional children only: it refuses a database with anything else
        "ingest", "evaluate", "backtest", "verify", "restore", "audit checkpoint", "audit seal",
        "retention hold", "retention release", "retention erase", "retention lift", "matcher train", "matcher report",
        "matcher rebuild", "source run", "source send", "source status",
    )
    | _all(Gives.ITS_OWN_FILE, "replay")  # the case file that whoever runs it has in their hand
    | _all(Gives.IDS, "copies list", "source requests")
    | _all(Gives.COMPARISON, "matcher explain")
    | {
        "retention list": Rule(Gives.IDS, "retention.listed"),
        "audit export": Rule(Gives.LOG, "audit.exported"),
        "audit subject": Rule(Gives.LOOKERS, "lookers.exported"),
        "copies take": Rule(Gives.DECIDED, "subject.exported"),
        "backup": Rule(Gives.ENCRYPTED, "backup.made"),
    }
)  # fmt: skip


def leaves(
    parser: argparse.ArgumentParser, words: tuple[str, ...] = ()
) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Every command that can be run by itself: its words, and its own parser."""
    inner = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    if not inner:
        yield " ".join(words), parser
    for action in inner:
        for word, part in action.choices.items():
            yield from leaves(part, (*words, word))


def name_leaves(parser: argparse.ArgumentParser) -> None:
    """Have each command keep its own words with what was typed, so that its rule is found."""
    for words, part in leaves(parser):
        part.set_defaults(**{LEAF: words})


def let(command: str) -> None:
    """Refuse a command that no rule permits; write down one that gives more than counts and does not do so itself.

    Raises `Refused`.
    """
    rule = RULES.get(command)
    if rule is not None and not rule.on_record:
        return
    from nightlight.actions.seeing.access import Refused
    from nightlight.actions.trail import audit
    from nightlight.config.boot import boot
    from nightlight.domain.access.engine import policy

    boot()
    answer = rule and policy().give(rule.gives, on_record=rule.on_record)
    now, about = datetime.now(UTC), command[:80]
    if not answer:
        audit.record(at=now, by=operator(), act=TURNED_AWAY, about=about)
        raise Refused(f"No rule of the access policy permits this command ({command}) what it would give away.")
    if rule is not None and not rule.act:
        audit.record(at=now, by=operator(), act=READ, about=about, detail={"rules": list(answer.rules)})


def operator() -> str:
    """Who runs a command, as the audit log names them."""
    return f"operator {user()}"[:80]


def user() -> str:
    """Whose process this is, by the system's own word; and whose sign-in, where somebody became another."""
    own, signed_in = os.getuid(), _signed_in()
    if signed_in in (own, _NOBODY):
        return _name(own)
    return f"{_name(own)}, signed in as {_name(signed_in)}"[:70]


def _signed_in() -> int:
    """The user who signed in to the machine, which no `sudo` or `su` changes; `_NOBODY` where the system says none."""
    try:
        return int(Path("/proc/self/loginuid").read_text("ascii"))
    except (OSError, ValueError):
        return _NOBODY


def _name(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)

"""The rules of the catalogue as they were and are: each version with the day from which it was in force.

A result names its rule by hash; here the hash gives back the rule, in its words and as an expression that still runs.
`versions.jsonl` is only ever added to, a line a version. When an expression of the catalogue changes, keep it:

    python -m nightlight.indicators.versions

A rule counts from when it is installed, so it is kept as of today, and none begins on a day to come. Where one changes
twice in a day, both are kept with that day, and the later is the one in force.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from nightlight.indicators.catalogue import CATALOGUE
from nightlight.indicators.checks import IndicatorError, instead_of
from nightlight.indicators.nodes import Expression
from nightlight.indicators.plain import content_hash, from_plain, to_plain
from nightlight.timeline.calendar import local_date

KEPT = Path(__file__).with_name("versions.jsonl")


class UnknownRule(IndicatorError):
    """A hash or a code that no version has; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Version:
    """A rule as it was in force from a day on. `rule` is empty from the day on which the indicator was withdrawn."""

    code: str
    since: date
    rule: str
    meaning: str = ""
    level: str = ""
    expression: Expression | None = None


def versions(code: str) -> tuple[Version, ...]:
    """Every version of one indicator, the oldest first.

    >>> [each.since.isoformat() for each in versions("process.not_seen_alone")]
    ['2026-11-01', '2026-11-23']
    """
    found = tuple(each for each in _kept() if each.code == code)
    if not found:
        known = tuple(dict.fromkeys(each.code for each in _kept()))
        raise UnknownRule(f"There was never an indicator {code!r}. {instead_of(code, known)}")
    return found


def rule_in_force(code: str, at: datetime) -> Version | None:
    """The version in force at a moment, by the calendar in London; None before the first and after it was withdrawn.

    >>> from datetime import UTC
    >>> rule_in_force("process.not_seen_alone", datetime(2026, 11, 10, tzinfo=UTC)).since
    datetime.date(2026, 11, 1)
    """
    day = local_date(at)
    begun = [each for each in versions(code) if each.since <= day]
    return begun[-1] if begun and begun[-1].rule else None


def rule_by_hash(rule: str) -> Version:
    """The version that a result names by its hash.

    >>> rule_by_hash(CATALOGUE["place.missing"].rule).code
    'place.missing'
    """
    for each in _kept():
        if each.rule == rule and rule:
            return each
    raise UnknownRule(
        f"No version has the hash {rule!r}. A rule that was written elsewhere is kept by whoever wrote it; "
        "`nightlight indicators list --json --file FILE` shows the hashes of a file."
    )


def catalogue_on(day: date) -> dict[str, Version]:
    """Every rule in force on a day, by its code."""
    last = {each.code: each for each in _kept() if each.since <= day}
    return {code: each for code, each in last.items() if each.rule}


def unkept() -> tuple[str, ...]:
    """The codes whose rule in the catalogue is not the last one kept, or that are gone from it and not withdrawn."""
    last = {each.code: each.rule for each in _kept()}
    changed = (code for code, each in CATALOGUE.items() if last.get(code) != each.rule)
    gone = (code for code, rule in last.items() if rule and code not in CATALOGUE)
    return (*changed, *gone)


def keep(since: date, *, today: date) -> tuple[str, ...]:
    """Add a version, in force from that day, of each rule that is not kept; their codes."""
    codes = unkept()
    if since > today:
        raise IndicatorError(f"A version cannot begin on {since}, which is to come: a rule counts once it is here.")
    latest = max((each.since for each in _kept()), default=date.min)
    if codes and since < latest:
        raise IndicatorError(f"A version cannot begin on {since}: {latest} is kept. Give that day or a later one.")
    with KEPT.open("a", encoding="utf-8") as file:
        file.writelines(json.dumps(_line(code, since), separators=(",", ":")) + "\n" for code in codes)
    _kept.cache_clear()
    return codes


def _line(code: str, since: date) -> dict[str, Any]:
    if code not in CATALOGUE:
        return {"code": code, "since": since.isoformat(), "rule": ""}
    each = CATALOGUE[code]
    plain = _short(to_plain(each.expression))
    return {
        "code": code, "since": since.isoformat(), "rule": each.rule, "level": each.level, "meaning": each.meaning,
        "expression": plain,
    }  # fmt: skip


def _short(plain: Any) -> Any:
    """Another indicator within an expression is written once, at its own line: here by its hash."""
    if isinstance(plain, dict) and plain.get("node") == "Named":
        inner = from_plain(plain["expression"])
        return {"node": "Named", "code": plain["code"], "rule": content_hash(inner)}
    if isinstance(plain, dict):
        return {key: _short(value) for key, value in plain.items()}
    return [_short(each) for each in plain] if isinstance(plain, list) else plain


@cache
def _kept() -> tuple[Version, ...]:
    lines = [json.loads(line) for line in KEPT.read_text(encoding="utf-8").splitlines()]
    by_hash = {line["rule"]: line for line in lines if line["rule"]}
    return tuple(_version(line, by_hash) for line in lines)


def _version(line: Mapping[str, Any], by_hash: Mapping[str, Mapping[str, Any]]) -> Version:
    since = date.fromisoformat(line["since"])
    if not line["rule"]:
        return Version(line["code"], since, "")
    expression = from_plain(_whole(line["expression"], by_hash))
    assert isinstance(expression, Expression)  # noqa: S101
    return Version(line["code"], since, line["rule"], line["meaning"], line["level"], expression)


def _whole(plain: Any, by_hash: Mapping[str, Mapping[str, Any]]) -> Any:
    if isinstance(plain, dict) and plain.get("node") == "Named":
        inner = by_hash[plain["rule"]]["expression"]
        return {"node": "Named", "code": plain["code"], "expression": _whole(inner, by_hash)}
    if isinstance(plain, dict):
        return {key: _whole(value, by_hash) for key, value in plain.items()}
    return [_whole(each, by_hash) for each in plain] if isinstance(plain, list) else plain


def _main(words: list[str], now: datetime) -> Iterator[str]:
    today = local_date(now)
    yield from keep(date.fromisoformat(words[0]) if words else today, today=today)


if __name__ == "__main__":
    print("\n".join(_main(sys.argv[1:], datetime.now(UTC))) or "every rule is kept")  # noqa: T201

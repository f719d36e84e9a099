"""What a partnership's own row of a meeting may not be: looser than the row that it would hold instead of.

Each check says what was expected and what to do. A quorum that was found in no source (UNVERIFIED) is the partnership's
own to set, and the one thing here that may come out lower.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nightlight.domain.agencies import AGENCIES
from nightlight.domain.dated_rows import Placed
from nightlight.domain.meetings.row_types import SECTORS, MeetingRow, Need, Part
from nightlight.domain.rule_types import Grade

_STRICTER = "may be made stricter, never looser"


def row(own: Placed[MeetingRow], base: MeetingRow) -> None:
    """Note everything in which the partnership's row is looser than the package's."""
    mine = own.row
    if mine.gate != base.gate:
        own.refuse("gate", f"{base.gate}: the gate that a meeting answers is not for a partnership to set")
    _holds(own, "clocks", mine.clocks, base.clocks)
    _holds(own, "asks", mine.asks, base.asks)
    if missing := [need for need in base.quorum if not any(_is_met_by(need, each) for each in mine.quorum)]:
        if not (mine.quorum and base.local and base.quorum_grade is Grade.UNVERIFIED):
            own.refuse("quorum", f"at least {'; '.join(map(_words, missing))}: {base.kind} {_STRICTER}")
    _contents(own, base)
    if not mine.outcomes or mine.outcomes.keys() - base.outcomes.keys():
        own.refuse("outcomes", f"one or more of {', '.join(base.outcomes)}: the record and the clocks know no others")
    if base.weekdays_only and not mine.weekdays_only:
        own.refuse("weekdays_only", "true: the national return refuses a Saturday or Sunday")


def _holds(own: Placed[MeetingRow], key: str, mine: Sequence[str], base: Sequence[str]) -> None:
    if missing := [each for each in base if each not in mine]:
        own.refuse(key, f"{', '.join(missing)} too: {own.row.kind} {_STRICTER}")


def _contents(own: Placed[MeetingRow], base: MeetingRow) -> None:
    mine = {content.code: content for content in own.row.contents}
    if missing := [content.code for content in base.contents if content.code not in mine]:
        own.refuse("contents", f"{', '.join(missing)} too: {base.kind} {_STRICTER}")
    open_ = [each.code for each in base.contents if each.closes and each.code in mine and not mine[each.code].closes]
    if open_:
        own.refuse("contents", f"closes: true of {', '.join(open_)}: {base.kind} {_STRICTER}")


def _is_met_by(need: Need, by: Need) -> bool:
    """Whether whoever meets the one has met the other: as many at least, of no more parts."""
    return set(by.of) <= set(need.of) and by.at_least >= need.at_least


def _words(need: Need) -> str:
    return f"{need.at_least} of {', '.join(need.of)}"


def known_parts(own: Placed[MeetingRow], parts: Mapping[str, Part]) -> None:
    """Note every part that a row names and nobody can come as."""
    mine = own.row
    for key, codes in (
        ("asks", mine.asks), ("may_ask", mine.may_ask), ("quorum", [c for need in mine.quorum for c in need.of])
    ):  # fmt: skip
        if unknown := [code for code in codes if code not in parts]:
            own.refuse(key, f"parts that there are, or that `parts` adds: {', '.join(unknown)} are not among them")
    if any(need.at_least > len(need.of) or need.at_least < 1 for need in mine.quorum):
        own.refuse("quorum", "at_least between 1 and the number of parts that it is of: each counts once")


def parts(own: Sequence[Placed[Part]], base: Mapping[str, Part]) -> None:
    """Note where a part of the partnership's would let somebody stand for an agency that they are not of."""
    for each in own:
        part = each.row
        if unknown := [agency for agency in part.agencies if agency not in AGENCIES]:
            each.refuse("agencies", f"agencies that there are: {', '.join(unknown)} are not (docs/reference/kinds.md)")
        if (held := base.get(part.code)) is not None:
            _no_wider(each, held)
        for code in part.counts_as:
            stands = base.get(code)
            if stands is None:
                each.refuse("counts_as", f"parts that there are: {code} is not")
            elif code in SECTORS and not (part.agencies and set(part.agencies) <= set(stands.agencies)):
                each.refuse("counts_as", f"{code} only where its agencies are of {', '.join(stands.agencies)}")


def _no_wider(own: Placed[Part], base: Part) -> None:
    if set(own.row.agencies) - set(base.agencies):
        own.refuse("agencies", f"no others than {', '.join(base.agencies) or 'none'}: {base.code} {_STRICTER}")
    if set(own.row.counts_as) - set(base.counts_as):
        own.refuse("counts_as", f"no others than {', '.join(base.counts_as) or 'none'}: {base.code} {_STRICTER}")
    if base.scores and not own.row.scores:
        own.refuse("scores", f"true: whoever comes as {base.code} gives a safety score")

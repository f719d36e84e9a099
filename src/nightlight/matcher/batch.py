"""Linking a whole population at once: Splink scores the pairs; the rules and groups are those of one record alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nightlight.matcher import linker
from nightlight.matcher.groups import Pair, ordered
from nightlight.matcher.placing import group_all
from nightlight.matcher.prepared import Prepared
from nightlight.matcher.verdicts import Judge, Outcome, Verdict


@dataclass(frozen=True, slots=True)
class Linked:
    """The groups of a population, the verdicts of all pairs that are not different, and the groups to ask about.

    asked: pairs of groups between which a person has to decide, each by the surest pair of records: a record that is
    with nobody yet and may be somebody's, and two groups that are certainly the same and have a rival.
    """

    groups: list[frozenset[str]]
    links: Mapping[Pair, Verdict]
    asked: Mapping[Pair, Verdict]


def link_all(records: Sequence[Prepared], judge: Judge) -> Linked:
    """Who is whom among these records."""
    by = {record.id: record for record in records}
    links: dict[Pair, Verdict] = {}
    for one, other in linker.pairs_worth_judging(records, judge.scorer.model, above=judge.thresholds.ask_weight):
        verdict = judge.verdict(by[one], by[other])
        if verdict.outcome is not Outcome.DIFFERENT:
            links[ordered(one, other)] = verdict
    groups = group_all(by, links, judge)
    return Linked(groups, links, _asked(groups, links))


def _asked(groups: Sequence[frozenset[str]], links: Mapping[Pair, Verdict]) -> dict[Pair, Verdict]:
    of = {each: min(group) for group in groups for each in group}
    alone = {min(group) for group in groups if len(group) == 1}
    asked: dict[Pair, Verdict] = {}
    for (one, other), verdict in links.items():
        between = ordered(of[one], of[other])
        open_ = between[0] != between[1] and (verdict.outcome is Outcome.SAME or not alone.isdisjoint(between))
        if open_ and (between not in asked or asked[between].probability < verdict.probability):
            asked[between] = verdict
    return asked

"""How well the linkage model does, and for whom: a page and a file that a partnership can publish.

Measured on invented people, whose truth is known; nothing of anybody real is in it. A model that misses one community's
children more than another's hides their danger more, so that errors are shown by group and not only in all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from html import escape
from typing import Any

from nightlight.actions.research.people_on_record import UNTIL, Known, known
from nightlight.matcher import thresholds
from nightlight.matcher.groups import ordered
from nightlight.matcher.model import Model, starting_model
from nightlight.matcher.placing import Memory, candidates, group_all
from nightlight.matcher.scoring import Scorer
from nightlight.matcher.verdicts import Judge

_ETHNICITY: tuple[tuple[str, Callable[[str], bool]], ...] = (
    ("White British", lambda code: code == "WBRI"),
    ("Other White, Irish, Gypsy, Roma or Traveller", lambda code: code.startswith("W") and code != "WBRI"),
    ("Asian or Chinese", lambda code: code.startswith(("A", "CHNE"))),
    ("Black", lambda code: code.startswith("B")),
    ("Mixed", lambda code: code.startswith("M")),
)


@dataclass(frozen=True, slots=True)
class Found:
    """How one group's people are found. people: with several records. whole: all their records together, and no other.

    apart: some of their records are with nobody or with one another only. wrong: with somebody else's record.
    """

    name: str
    people: int
    whole: int
    apart: int
    wrong: int

    @property
    def share_whole(self) -> float:
        return self.whole / self.people if self.people else 0.0

    @property
    def in_words(self) -> str:
        """The figures in a sentence."""
        return (
            f"of {self.people:,} people with several records {self.share_whole:.1%} are found whole, {self.apart:,} in "
            f"parts, {self.wrong:,} with somebody else's record"
        )


@dataclass(frozen=True, slots=True)
class Report:
    """The figures in all and by group, of one model on one day."""

    model: str
    trained: str
    on: str
    day: str
    children: int
    overall: Found
    groups: Mapping[str, Sequence[Found]]

    def as_json(self) -> dict[str, Any]:
        """The report as a document."""
        return asdict(self)


def measure(*, children: int, day: date, model: Model | None = None, seed: int = 11) -> Report:
    """How a model does on so many invented children and their parents; without one, the package's own."""
    model = model or starting_model()
    people = known(children, seed=seed)
    judge = Judge(Scorer(model), thresholds.on(day))
    memory = Memory(each.record for each in people)
    links = {
        ordered(each.record.id, found.record.id): found.verdict
        for each in people
        for found in candidates(each.record, memory, judge)
    }
    overall, groups = counted(people, group_all(memory.records, links, judge))
    return Report(
        model=model.version, trained=model.training.at, on=model.training.on, day=day.isoformat(), children=children,
        overall=overall, groups=groups,
    )  # fmt: skip


def counted(people: Iterable[Known], groups: Iterable[frozenset[str]]) -> tuple[Found, Mapping[str, Sequence[Found]]]:
    """How these people are found whose records are in these groups: in all, and by group."""
    of = {id_: group for group in groups for id_ in group}
    theirs: dict[str, list[Known]] = defaultdict(list)
    for each in people:
        theirs[each.truth].append(each)
    several = [records for records in theirs.values() if len(records) > 1]
    found = {records[0].truth: _found(records, of) for records in several}
    overall = _counted("Everybody", several, found, lambda _first: True)
    return overall, {title: _by(several, found, groups) for title, groups in _GROUPS.items()}


def _found(records: Sequence[Known], of: Mapping[str, frozenset[str]]) -> str:
    mine = {each.record.id for each in records}
    groups = {of[id_] for id_ in mine}
    if any(not group <= mine for group in groups):
        return "wrong"
    return "whole" if len(groups) == 1 else "apart"


Belongs = Callable[[Known], bool]


def _aged(least: int, below: int) -> Belongs:
    return lambda each: each.child and least * 365.25 <= (UNTIL - each.born).days < below * 365.25


def _named(belongs: Callable[[str], bool]) -> Belongs:
    return lambda each: belongs(each.ethnicity)


def _none_of(each: Known) -> bool:
    return not any(belongs(each.ethnicity) for _, belongs in _ETHNICITY)


_GROUPS: Mapping[str, Sequence[tuple[str, Belongs]]] = {
    "By ethnicity of name": [*((name, _named(belongs)) for name, belongs in _ETHNICITY), ("Any other", _none_of)],
    "By age": [
        ("Under 1", _aged(0, 1)), ("1 to 4", _aged(1, 5)), ("5 to 10", _aged(5, 11)), ("11 to 17", _aged(11, 19)),
        ("Adults", lambda each: not each.child),
    ],
    "By moves": [("Moved in three years", lambda e: e.moved), ("Did not move", lambda e: not e.moved)],
}  # fmt: skip


def _by(
    several: Sequence[Sequence[Known]], found: Mapping[str, str], groups: Iterable[tuple[str, Belongs]]
) -> list[Found]:
    return [_counted(name, several, found, belongs) for name, belongs in groups]


def _counted(name: str, several: Sequence[Sequence[Known]], found: Mapping[str, str], belongs: Belongs) -> Found:
    kinds = [found[records[0].truth] for records in several if belongs(records[0])]
    return Found(name, len(kinds), kinds.count("whole"), kinds.count("apart"), kinds.count("wrong"))


_STYLE = (
    "body{font:18px/1.5 Arial,Helvetica,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#0b0c0c}"
    "table{border-collapse:collapse;width:100%;margin:0 0 2rem}caption{text-align:left;font-weight:bold}"
    "th,td{text-align:left;padding:.4rem .6rem;border-bottom:1px solid #b1b4b6}td{text-align:right}"
    "thead th+th{text-align:right}div{overflow-x:auto}@media(max-width:40em){body{font-size:16px}th,td{padding:.3rem}}"
)


def page(report: Report) -> str:
    """The report as one page that needs nothing beside it."""
    tables = "".join(_table(title, rows) for title, rows in report.groups.items())
    heading = "How well records are matched"
    about = (
        f"Model {report.model}, trained {report.trained} on {report.on}. Measured {report.day} on {report.children:,} "
        "invented children and their parents, each as up to four agencies have them on record, with the mistakes that "
        "agencies make. No real person is in it."
    )
    meant = (
        "Found in parts: some of the records wait for a person to decide, or were not recognised. Wrongly joined, with "
        "somebody else's record: the worst error, since it shows a family another family's life."
    )
    return (
        '<!doctype html><html lang="en-GB"><head><meta charset="utf-8"><meta name="viewport" '
        f'content="width=device-width"><title>{heading}</title><style>{_STYLE}</style></head><body><main><h1>{heading}'
        f"</h1><p>{escape(about)}</p><p><strong>{escape(report.overall.in_words.capitalize())}.</strong></p>"
        f"<p>{escape(meant)}</p>{tables}</main></body></html>\n"
    )


def _share(row: Found) -> str:
    return f"{row.share_whole:.1%}" if row.people else "none"


def _table(title: str, rows: Iterable[Found]) -> str:
    lines = "".join(
        f'<tr><th scope="row">{escape(row.name)}</th><td>{row.people:,}</td><td>{_share(row)}</td>'
        f"<td>{row.apart:,}</td><td>{row.wrong:,}</td></tr>"
        for row in rows
    )
    heads = "".join(
        f'<th scope="col">{head}</th>' for head in ("Group", "People", "Whole", "In parts", "Wrongly joined")
    )
    table = f"<table><caption>{escape(title)}</caption><thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table>"
    return f'<div role="region" tabindex="0" aria-label="{escape(title)}">{table}</div>'

"""A backtest as text for whoever runs it, and as one JSON document: exact counts, small ones too.

What is published is backtest_page.py, which leaves small numbers out.
"""

from __future__ import annotations

from typing import Any

from nightlight.indicators.catalogue import Indicator
from nightlight.review.backtest import ANY, HORIZONS, Backtest, TeamLoad
from nightlight.review.backtest_sections import (
    SYNTHETIC,
    About,
    Section,
    day_iso,
    kinds_of,
    load_of,
    opening,
    sections,
)
from nightlight.review.compare import Comparison, Pairs
from nightlight.review.figures import Share


def as_text(backtest: Backtest, about: About, comparison: Comparison | None = None) -> str:
    """Exact figures for whoever runs it, as columns of text."""
    parts = [
        "\n".join(opening(backtest, about)),
        "Exact counts, small ones too: not for publication (--html leaves those out).",
    ]
    parts += [_section_text(each) for each in sections(backtest, about, comparison, published=False) if each.rows]
    return "\n\n".join(parts)


_WIDEST = 44


def _section_text(section: Section) -> str:
    rows = [section.columns, *section.rows]
    cut = [[cell if len(cell) <= _WIDEST else cell[: _WIDEST - 1] + "…" for cell in row] for row in rows]
    widths = [max(len(row[at]) for row in cut) for at in range(len(section.columns))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cut]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join([section.title, *section.words, "", *lines])


# -- as JSON


def as_json(backtest: Backtest, about: About, comparison: Comparison | None = None) -> dict[str, Any]:
    """The document of docs/reference/backtest.md: exact counts, and what follows from them."""
    document: dict[str, Any] = {
        "population": about.name,
        "synthetic": about.synthetic,
        "warning": SYNTHETIC if about.synthetic else "Exact counts of real children: not for publication.",
        "since": day_iso(backtest.since),
        "until": day_iso(backtest.until),
        "children": backtest.children,
        "child_years": round(backtest.child_years, 3),
        "answered_after_days": backtest.answered_after,
        "outcomes": {kind: _outcome_json(backtest, kind) for kind in kinds_of(backtest)},
        "indicators": [_indicator_json(backtest, each, about) for each in backtest.indicators],
        "any": _tally_json(backtest, ANY),
        "teams": {agency: _load_json(load) for agency, load in backtest.team_load().items()},
        "groups": {
            dimension: {value: backtest.by_group[dimension, value].children for value in values}
            for dimension, values in backtest.dimensions().items()
        },
    }
    if comparison is not None:
        document["against"] = _comparison_json(comparison)
    return document


def _share_json(share: Share) -> dict[str, Any]:
    interval = share.interval
    return {
        "part": share.part,
        "of": share.of,
        "share": None if share.value is None else round(share.value, 6),
        "wilson_95": None if interval is None else [round(end, 6) for end in interval],
    }


def _outcome_json(backtest: Backtest, kind: str) -> dict[str, Any]:
    tally = backtest.by_outcome[kind]
    return {
        "times": tally.occurrences,
        "children": tally.children,
        "per_1000_child_years": _rounded(backtest.rate(tally.occurrences)),
        "base": {str(months): _share_json(tally.base(months)) for months in HORIZONS},
    }


def _indicator_json(backtest: Backtest, each: Indicator, about: About) -> dict[str, Any]:
    return {
        "code": each.code,
        "title": each.title,
        "level": each.level,
        "question": each.question,
        "speaks_of": each.speaks_of.value,
        "rule": each.rule,
        "has_entries": about.can_fire(each),
        **_tally_json(backtest, each.code),
    }


def _tally_json(backtest: Backtest, code: str) -> dict[str, Any]:
    tally = backtest.by_indicator[code]
    return {
        "firings": tally.firings,
        "first_firings": tally.children,
        "alerts": tally.alerts,
        "per_1000_child_years": {
            "firings": _rounded(backtest.rate(tally.firings)),
            "first_firings": _rounded(backtest.rate(tally.children)),
            "alerts": _rounded(backtest.rate(tally.alerts)),
        },
        "outcomes": {kind: _led_json(backtest, code, kind) for kind in kinds_of(backtest)},
        "groups": {
            dimension: {value: _share_json(backtest.share_of(code, (dimension, value))) for value in values}
            for dimension, values in backtest.dimensions().items()
        },
    }


def _led_json(backtest: Backtest, code: str, kind: str) -> dict[str, Any]:
    tally = backtest.by_indicator[code]
    lead = tally.lead(kind)
    return {
        "followed": {str(months): _share_json(tally.precision(kind, months)) for months in HORIZONS},
        "preceded": _share_json(backtest.recall(code, kind)),
        "lead_days": {"lower": lead.lower, "median": lead.median, "upper": lead.upper, "of": lead.of},
    }


def _load_json(load: TeamLoad) -> dict[str, Any]:
    median, most, busiest = load_of(load)
    return {
        "teams": load.teams,
        "weeks": load.weeks,
        "alerts": load.alerts,
        "alerts_per_team_week": _rounded(load.mean),
        "median": median,
        "ninety_fifth": most,
        "busiest": busiest,
    }


def _comparison_json(comparison: Comparison) -> dict[str, Any]:
    return {
        "indicators": [
            {
                "code": code,
                "change": None if code == ANY else comparison.change(code),
                "alerts": {"these": comparison.second.by_indicator[code].alerts,
                           "those": comparison.first.by_indicator[code].alerts},
                "found": _pairs_json(comparison.found[code]),
                "earlier_by_these": comparison.moved[code].earlier,
                "same_moment": comparison.moved[code].same,
                "earlier_by_those": comparison.moved[code].later,
                "preceded": {kind: _pairs_json(comparison.led[code, kind]) for kind in kinds_of(comparison.first)},
            }
            for code in [*comparison.codes(), ANY]
        ]
    }  # fmt: skip


def _pairs_json(pairs: Pairs) -> dict[str, int]:
    return {"both": pairs.both, "these_only": pairs.second_only, "those_only": pairs.first_only}


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)

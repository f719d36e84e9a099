"""A backtest in sections: plain tables with what must be said before each, and plots of them.

The text (backtest_report.py) and the published page (backtest_page.py) are made of the same sections; in what is
published small numbers are left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from nightlight.domain.agencies import AGENCIES
from nightlight.indicators.catalogue import Indicator
from nightlight.indicators.catalogue.base import SpeaksOf
from nightlight.review.backtest import ANY, DAY, HORIZONS, Backtest, TeamLoad
from nightlight.review.compare import Comparison, Pairs
from nightlight.review.figures import Share, quantile
from nightlight.review.plots import Plot, Row
from nightlight.review.suppression import NONE, NOT_SHOWN, Showing, is_small
from nightlight.timeline.partial import Partial

OUTCOME_NAMES: Mapping[str, str] = {
    "section_47": "Section 47 enquiry",
    "plan": "Child protection plan",
    "admission": "Unplanned admission (asthma, injury, self-harm, ingestion)",
    "serious_harm": "Serious harm",
}
DIMENSION_NAMES: Mapping[str, str] = {"ethnicity": "ethnicity", "disability": "disability", "area": "area"}
SYNTHETIC = (
    "SYNTHETIC POPULATION. Every child here is invented. How often an indicator fires, how early, and on whom, follows "
    "from rates that the makers of the population chose. Nothing here is a finding about real children."
)
ANY_TITLE = "Any indicator above note"
_EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """Of what population: its name, whether it is invented, what it says of itself, and how many entries of each kind
    it has (None where that is not known)."""

    name: str
    synthetic: bool
    says: str = ""
    kinds: Mapping[str, int] | None = None

    def can_fire(self, indicator: Indicator) -> bool:
        """Whether the population has any entry that the indicator counts; taken to be so where nobody knows."""
        return self.kinds is None or any(self.kinds.get(kind) for kind in indicator.kinds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One table with what must be said before it, and a plot of it."""

    id: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    words: tuple[str, ...] = ()
    plots: tuple[Plot, ...] = field(default=())


def day_of(moment: int) -> str:
    """The date (UTC) of a moment in microseconds, in words."""
    return Partial.day(date.fromordinal(_EPOCH + moment // DAY)).describe()


def day_iso(moment: int) -> str:
    """The date (UTC) of a moment in microseconds."""
    return date.fromordinal(_EPOCH + moment // DAY).isoformat()


def opening(backtest: Backtest, about: About) -> list[str]:
    """What stands above everything else."""
    lines = [SYNTHETIC] if about.synthetic else []
    lines += [about.says] if about.says else []
    number = len(backtest.indicators)
    lines.append(
        f"{backtest.children:,} children, {backtest.child_years:,.0f} child-years, {day_of(backtest.since)} to "
        f"{day_of(backtest.until)}; {number} indicator{'s' * (number != 1)}, on what all agencies together recorded."
    )
    return lines


def sections(
    backtest: Backtest, about: About, comparison: Comparison | None = None, *, published: bool
) -> list[Section]:
    """Everything, in the order in which it is read. published: small numbers left out."""
    showing = Showing(published)
    found = [_outcomes(backtest, showing), _cost(backtest, about, showing)]
    found += [_led(backtest, kind, showing) for kind in kinds_of(backtest)]
    found += [_teams(backtest, showing)]
    found += [_groups(backtest, dimension, showing) for dimension in backtest.dimensions()]
    if comparison is not None:
        found += [_found(comparison, showing), *(_led_by(comparison, kind, showing) for kind in kinds_of(backtest))]
    return found


def kinds_of(backtest: Backtest) -> list[str]:
    return [
        *(k for k in OUTCOME_NAMES if k in backtest.by_outcome),
        *sorted(backtest.by_outcome.keys() - OUTCOME_NAMES),
    ]


def _called(kind: str) -> str:
    return OUTCOME_NAMES.get(kind, kind.replace("_", " ").capitalize())


def _rows(backtest: Backtest) -> list[tuple[str, str]]:
    """Code and title of every row of a table of indicators: all of them, and then any."""
    return [*((each.code, each.title) for each in backtest.indicators), (ANY, ANY_TITLE)]


# -- what came


def _outcomes(backtest: Backtest, showing: Showing) -> Section:
    rows = []
    for kind in kinds_of(backtest):
        tally = backtest.by_outcome[kind]
        rows.append(
            (
                _called(kind),
                showing.count(tally.occurrences),
                showing.count(tally.children),
                showing.rate(tally.occurrences, backtest.child_years),
                *(showing.share(tally.base(months)) for months in HORIZONS),
            )
        )
    return Section(
        id="outcomes",
        title="What came to children",
        words=(
            "The last two columns are the base rate: of moments chosen without regard to any indicator (a child's "
            "first, and each year after), after how many the outcome came within so many months.",
        ),
        columns=("Outcome", "Times", "Children", "Per 1,000 child-years", *_within("of any moments")),
        rows=tuple(rows),
    )


def of_any(share: str) -> str:
    """How many of any moments the outcome followed, where that can be said."""
    return "" if share in (NONE, NOT_SHOWN) else f"Of any moment, {share} were followed within 12 months. "


def _within(what: str) -> tuple[str, ...]:
    return tuple(f"Within {months} months, {what}" for months in HORIZONS)


# -- what it would cost


def _cost(backtest: Backtest, about: About, showing: Showing) -> Section:
    years = backtest.child_years
    rows, plotted = [], []
    for each in backtest.indicators:
        tally = backtest.by_indicator[each.code]
        silent = "" if about.can_fire(each) else " (no entries of its kinds here)"
        alerts = [NONE, NONE]
        if each.level != "note":
            alerts = [showing.count(tally.alerts), showing.rate(tally.alerts, years)]
            if tally.alerts and not (showing.published and is_small(tally.alerts)):
                plotted.append(Row(each.title, backtest.rate(tally.alerts)))
        speaks = "service" if each.speaks_of is SpeaksOf.SERVICE else "family"
        counts = [tally.firings, tally.children]
        rates = [showing.rate(count, years) for count in counts]
        rows.append(
            (each.code, each.title + silent, each.level, speaks, showing.count(counts[0]), rates[0],
             showing.count(counts[1]), rates[1], *alerts)
        )  # fmt: skip
    total = backtest.by_indicator[ANY]
    rows.append(
        (ANY, ANY_TITLE, NONE, NONE, showing.count(total.firings), showing.rate(total.firings, years),
         showing.count(total.children), showing.rate(total.children, years), showing.count(total.alerts),
         showing.rate(total.alerts, years))
    )  # fmt: skip
    return Section(
        id="cost",
        title="How often indicators fire, and what that asks of people",
        words=(
            "A firing is a stretch of time over which an indicator holds, counted where it begins. A first firing is a "
            "child's first in the period. An alert is a duty that a firing opens: a firing that finds a duty on the "
            f"same question open joins it, and a duty is taken to be answered after {backtest.answered_after} days. "
            "A note asks nothing of anybody. Rates are per 1,000 child-years.",
        ),
        columns=(
            "Code", "Indicator", "Level", "Speaks of", "Firings", "Firings rate", "First firings",
            "First firings rate", "Alerts", "Alerts rate",
        ),
        rows=tuple(rows),
        plots=(
            Plot(
                id="plot-cost",
                title="Alerts per 1,000 child-years, by indicator",
                description="A bar for each indicator that opened a duty, in the catalogue's order; the table has all.",
                unit="alerts per 1,000 child-years",
                rows=tuple(plotted),
                bars=True,
            ),
        ),
    )  # fmt: skip


# -- how early, and how rightly


def _led(backtest: Backtest, kind: str, showing: Showing) -> Section:
    rows, precision, leads = [], [], []
    for code, title in _rows(backtest):
        tally = backtest.by_indicator[code]
        shares = [tally.precision(kind, months) for months in HORIZONS]
        lead, recall = tally.lead(kind), backtest.recall(code, kind)
        rows.append((title, *(showing.share(each) for each in shares), showing.interval(shares[-1]),
                     showing.share(recall), *_lead(showing, recall, lead)))  # fmt: skip
        if shares[-1].value is not None and shares[-1].interval and not showing.hides(shares[-1]):
            precision.append(Row(title, 100 * shares[-1].value, *(100 * end for end in shares[-1].interval)))
        if lead.median is not None and not showing.hides(recall):
            leads.append(Row(title, lead.median, lead.lower, lead.upper))
    base = backtest.by_outcome[kind].base(12)
    name = _called(kind)
    held = 100 * base.value if base.value is not None and not showing.hides(base) else None
    return Section(
        id=f"outcome-{kind.replace('_', '-')}",
        title=f"{name}: how early, and how often rightly",
        words=(
            "Followed: of first firings with so long a time after them, how many the outcome followed; the interval is "
            f"Wilson's, 95%. {of_any(showing.share(base))}Preceded: of children to whom the outcome came, for how "
            "many a firing had begun before the first and held in the year before. Lead: days from the beginning of "
            "the first such firing to the outcome.",
        ),
        columns=("Indicator", *_within("followed"), "Interval at 12 months", "Preceded", "Lead, median days",
                 "Lead, quartiles"),
        rows=tuple(rows),
        plots=(
            Plot(
                id=f"plot-followed-{kind.replace('_', '-')}", title=f"{name} within 12 months of a first firing",
                description="A dot an indicator with its 95% interval; the dashed line is the share of any moments.",
                unit="% of first firings", rows=tuple(precision), line=held, line_label="any moment",
            ),
            Plot(
                id=f"plot-lead-{kind.replace('_', '-')}", title=f"Days from the first firing to: {name}",
                description="A dot an indicator at the median, with a line from the lower to the upper quartile.",
                unit="days", rows=tuple(leads),
            ),
        ),
    )  # fmt: skip


def _lead(showing: Showing, recall: Share, lead: Any) -> list[str]:
    return [NOT_SHOWN, NOT_SHOWN] if showing.hides(recall) and lead.of else showing.days(lead)


# -- by team


def _teams(backtest: Backtest, showing: Showing) -> Section:
    rows = []
    for agency, load in backtest.team_load().items():
        name = AGENCIES.get(agency, "No organisation known")
        mean = NONE if load.mean is None else f"{load.mean:,.2f}"
        hidden = showing.published and is_small(load.alerts)
        quantiles = [NOT_SHOWN] * 3 if hidden else [str(value) for value in load_of(load)]
        rows.append((name, f"{load.teams:,}", showing.count(load.alerts), NOT_SHOWN if hidden else mean, *quantiles))
    return Section(
        id="teams",
        title="What a team would meet in a week",
        words=(
            "A team is the organisation in which the indicator's owner answers: children's social care for a role of "
            "the whole partnership, else an organisation that holds the entries counted. Quantiles are over all weeks "
            "of all teams of an agency, quiet ones too.",
        ),
        columns=("Agency", "Teams", "Alerts", "Alerts per team-week", "Median week", "95th of 100", "Busiest"),
        rows=tuple(rows),
    )


def load_of(load: TeamLoad) -> tuple[int | None, ...]:
    busiest = max((alerts for alerts, times in load.counted.items() if times), default=0)
    return quantile(load.counted, 0.5), quantile(load.counted, 0.95), busiest


# -- by group


def _groups(backtest: Backtest, dimension: str, showing: Showing) -> Section:
    groups = [group for group in backtest.by_group if group[0] == dimension]
    groups.sort(key=lambda group: group[1])
    rows = [("All children", *(showing.count(backtest.by_group[group].children) for group in groups))]
    for code, title in _rows(backtest):
        shares = [backtest.share_of(code, group) for group in groups]
        if any(share.part for share in shares):
            hidden = showing.row_of_shares(shares)
            rows.append((title, *(_group_cell(s, h, showing) for s, h in zip(shares, hidden, strict=True))))
    return Section(
        id=f"by-{dimension}",
        title=f"First firings by {DIMENSION_NAMES.get(dimension, dimension)}",
        words=(
            "Of the children of each group, the share with at least one firing, with Wilson's 95% interval. None of "
            "this is an input of any indicator. Of many intervals one in twenty misses by chance alone; a difference "
            "asks for its cause (who is recorded, how often, by whom) before it says anything about families.",
        ),
        columns=("Indicator", *(value for _, value in groups)),
        rows=tuple(rows),
        plots=(_group_plot(backtest, dimension, groups, showing),),
    )


def _group_cell(share: Share, hidden: bool, showing: Showing) -> str:
    if hidden:
        return NOT_SHOWN
    return NONE if share.value is None else f"{share.value:.1%} ({showing.interval(share)})"


def _group_plot(backtest: Backtest, dimension: str, groups: Sequence[tuple[str, str]], showing: Showing) -> Plot:
    shares = [backtest.share_of(ANY, group) for group in groups]
    rows = []
    for group, share, hidden in zip(groups, shares, showing.row_of_shares(shares), strict=True):
        if share.value is not None and share.interval and not hidden:
            rows.append(Row(group[1], 100 * share.value, *(100 * end for end in share.interval)))
    whole = Share(backtest.by_indicator[ANY].children, backtest.children)
    return Plot(
        id=f"plot-by-{dimension}",
        title=f"Children with any firing above note, by {DIMENSION_NAMES.get(dimension, dimension)}",
        description="A dot a group with its 95% interval; the dashed line is the share of all children.",
        unit="% of children",
        rows=tuple(rows),
        line=None if whole.value is None or showing.hides(whole) else 100 * whole.value,
        line_label="all children",
    )


# -- two sets of indicators


def _found(comparison: Comparison, showing: Showing) -> Section:
    rows = []
    years = comparison.first.child_years
    for code in [*comparison.codes(), ANY]:
        pairs, moved = comparison.found[code], comparison.moved[code]
        change = NONE if code == ANY else comparison.change(code)
        rates = [showing.rate(each.by_indicator[code].alerts, years) for each in (comparison.second, comparison.first)]
        rows.append((code, change, *showing.counts(_pair(pairs)),
                     *showing.counts((moved.earlier, moved.same, moved.later)), *rates))  # fmt: skip
    return Section(
        id="compared-found",
        title="Compared: who is found",
        words=(
            "The same children under the indicators asked (these) and under those compared against (those). Children "
            "with a firing; of those found by both, by which earlier. Alerts are per 1,000 child-years.",
        ),
        columns=("Code", "Against those", "Both", "These only", "Those only", "Earlier by these", "Same moment",
                 "Earlier by those", "Alerts, these", "Alerts, those"),
        rows=tuple(rows),
    )  # fmt: skip


def _pair(pairs: Pairs) -> tuple[int, int, int]:
    return pairs.both, pairs.second_only, pairs.first_only


def _led_by(comparison: Comparison, kind: str, showing: Showing) -> Section:
    rows = [
        (code, *showing.counts(_pair(comparison.led[code, kind])))
        for code in [*comparison.codes(), ANY]
        if any(_pair(comparison.led[code, kind]))
    ]
    return Section(
        id=f"compared-{kind.replace('_', '-')}",
        title=f"Compared: {_called(kind)}, preceded by a firing",
        words=("Children to whom the outcome came, by which set a firing led up to the first.",),
        columns=("Code", "Both", "These only", "Those only"),
        rows=tuple(rows),
    )

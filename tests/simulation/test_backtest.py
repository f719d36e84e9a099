"""A small population made and backtested from end to end, as the how-to does it."""

from __future__ import annotations

import hashlib
import json
import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from support.page_outline import Outline

from nightlight.actions.research.backtest import backtest_population
from nightlight.actions.research.population import Drawing, Made, make_population
from nightlight.cli.main import main
from nightlight.domain.views import Pooled
from nightlight.engines.layout import micros
from nightlight.engines.population import read_children, read_manifest, watched
from nightlight.engines.running import spans_of
from nightlight.indicators.catalogue import CATALOGUE
from nightlight.indicators.nodes import Expression
from nightlight.indicators.reference import History, spans
from nightlight.review.backtest import ANY, Backtest, Firings, Watched
from nightlight.sample.facts import chronologies
from nightlight.sample.life import lived, lived_wider
from nightlight.sample.population import families
from nightlight.timeline.calendar import WorkingCalendar

ROOT = Path(__file__).resolve().parents[2]
HOW_TO = ROOT / "docs" / "how-to" / "backtest-an-indicator.md"
CHILDREN = 90
DRAWING = Drawing(seed=6, until=date(2026, 11, 23), years=3, register_years=1.0)
ASKED = {code: each.expression for code, each in CATALOGUE.items()}


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("population") / "town"
    make_population(folder, children=CHILDREN, drawing=DRAWING, block=40)
    return folder


def _digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_population_is_the_same_however_many_processes_made_it(town: Path, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    make_population(
        tmp_path / "again", children=CHILDREN, drawing=DRAWING, block=40, jobs=2,
        progress=lambda done, total: told.append((done, total)),
    )  # fmt: skip
    assert _digests(tmp_path / "again") == _digests(town)
    assert told[-1] == (CHILDREN, CHILDREN)
    assert pq.ParquetFile(town / "facts.parquet").num_row_groups == 3


def test_another_seed_is_another_population(town: Path, tmp_path: Path) -> None:
    other = Drawing(seed=7, until=DRAWING.until, years=3, register_years=1.0)
    make_population(tmp_path / "other", children=CHILDREN, drawing=other, block=40)
    there, here = _digests(tmp_path / "other"), _digests(town)
    assert there["facts.parquet"] != here["facts.parquet"]
    assert there["outcomes.parquet"] != here["outcomes.parquet"]


def test_population_says_that_it_is_synthetic_and_what_is_in_it(town: Path) -> None:
    manifest = read_manifest(town)
    assert manifest.synthetic
    assert manifest.kinds is not None
    assert sum(manifest.kinds.values()) == manifest.more["entries"]
    assert {row["code"] for row in manifest.more["marginals"]} >= {"referrals", "absence", "asthma"}
    assert "SYNTHETIC" in (town / "synthetic.txt").read_text("utf-8")
    children = list(read_children(town))
    assert len(children) == len({row.child for row in children}) == CHILDREN
    assert all(manifest.since <= row.since < row.until == manifest.until for row in children)
    assert {*children[0].groups} == {"area", "ethnicity", "disability"}


def _reference(folder: Path, asked: Mapping[str, Expression]) -> Iterable[tuple[str, Firings]]:
    """The definition's answer, on the families drawn again and never written."""
    calendar = WorkingCalendar.england()
    for family in families(children=CHILDREN, seed=DRAWING.seed, until=DRAWING.until, years=DRAWING.years):
        life = lived(family, seed=DRAWING.seed, until=DRAWING.until, years=3, register_years=1.0)
        everything = lived_wider(family, life, seed=DRAWING.seed, until=DRAWING.until, years=3)
        for chronology in chronologies(family, everything):
            history = History(chronology.facts(Pooled()), chronology.born, calendar)
            held = {code: spans(expression, history) for code, expression in asked.items()}
            yield chronology.child, {c: [(micros(s), micros(e)) for s, e in each] for c, each in held.items() if each}


def test_backtest_by_the_kernel_is_that_of_the_definition(town: Path) -> None:
    indicators = tuple(CATALOGUE.values())
    kernel = backtest_population(town, indicators=indicators, spans_of=spans_of).backtest
    defined = backtest_population(town, indicators=indicators, spans_of=_reference).backtest
    assert kernel == defined
    assert kernel.children == CHILDREN
    assert kernel.by_indicator[ANY].alerts > 20
    assert sum(tally.firings > 0 for tally in kernel.by_indicator.values()) > 12


def test_outcomes_of_the_folder_are_those_that_are_counted(town: Path) -> None:
    counted = backtest_population(town, indicators=(CATALOGUE["school.neglect_log"],), spans_of=spans_of).backtest
    alone = Backtest(counted.indicators, counted.outcomes, counted.since, counted.until)
    for row, came in watched(town):
        alone.add(Watched(child=row.child, since=row.since, until=row.until), {}, came)
    assert {kind: tally.occurrences for kind, tally in counted.by_outcome.items()} == {
        kind: tally.occurrences for kind, tally in alone.by_outcome.items()
    }
    assert counted.by_outcome["section_47"].occurrences > 0


def test_a_set_compared_with_itself_differs_in_nothing(town: Path) -> None:
    indicators = tuple(CATALOGUE.values())
    differ: list[object] = []
    result = backtest_population(
        town, indicators=indicators, against=indicators, spans_of=spans_of, changed=differ.append
    )
    assert differ == []
    assert result.comparison is not None
    assert result.comparison.first == result.comparison.second
    assert all(pairs.first_only == pairs.second_only == 0 for pairs in result.comparison.found.values())


def test_a_catalogue_without_a_rule_finds_what_is_left(town: Path) -> None:
    without = tuple(each for each in CATALOGUE.values() if each.code != "place.domestic_abuse_incident")
    result = backtest_population(town, indicators=without, against=tuple(CATALOGUE.values()), spans_of=spans_of)
    assert result.comparison is not None
    lost = result.comparison.found["place.domestic_abuse_incident"]
    assert lost.first_only > 0
    assert lost.both == lost.second_only == 0
    assert result.comparison.change("place.domestic_abuse_incident") == "removed"
    assert result.comparison.found["school.neglect_log"].first_only == 0


def test_a_changed_rule_of_the_same_code_is_run_beside_the_old_one(town: Path) -> None:
    [stricter] = [each for each in CATALOGUE.values() if each.code == "place.domestic_abuse_incident"]
    other = replace(stricter, expression=CATALOGUE["place.domestic_abuse_high_risk"].expression)
    result = backtest_population(town, indicators=(other,), against=(stricter,), spans_of=spans_of)
    alone = [backtest_population(town, indicators=(each,), spans_of=spans_of).backtest for each in (stricter, other)]
    assert result.comparison is not None
    assert [result.comparison.first, result.comparison.second] == alone
    assert result.backtest == alone[1]
    assert result.comparison.change(other.code) == "changed rule"
    assert result.comparison.found[other.code].first_only > 0


# -- the command


def test_how_to_runs_as_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    text = HOW_TO.read_text("utf-8").replace("--children 3000", "--children 150")
    [written] = re.findall(r"^```python\n(.*?)^```", text, re.M | re.S)
    (tmp_path / "neglect.py").write_text(written, encoding="utf-8")
    commands = re.findall(r"^\$ nightlight (.*)$", text, re.M)
    assert len(commands) >= 6
    for command in commands:
        extra = ["--jobs", "1", "--register-years", "0.5"] if command.startswith("sample") else []
        assert main([*shlex.split(command), *extra]) == 0, capsys.readouterr().err
        assert "ynthetic" in capsys.readouterr().out.replace("SYNTHETIC", "synthetic"), command
    for page in ("report.html", "compared.html"):
        outline = Outline.of((tmp_path / page).read_text("utf-8"))
        assert outline.named("script") == []
        assert "synthetic" in outline.words_in("h1")[0]
    assert (tmp_path / "differ.csv").read_text("utf-8").startswith("child,indicator,first_by_those,first_by_these")


def test_json_is_one_document(town: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["backtest", str(town), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["synthetic"] is True
    assert document["children"] == CHILDREN
    assert len(document["indicators"]) == len(CATALOGUE)
    assert sum(document["groups"]["area"].values()) == CHILDREN
    assert set(document["groups"]["ethnicity"]) <= {"White", "Mixed", "Asian", "Black", "Other", "Not known"}


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda folder: (folder / "population.json").unlink(), "not a population"),
        (lambda folder: (folder / "population.json").write_text('{"name": "x", "synthetic": "no"}'), "true or false"),
        (lambda folder: (folder / "outcomes.parquet").unlink(), "outcomes.parquet"),
    ],
    ids=["no manifest", "does not say whether invented", "no outcomes"],
)
def test_folder_that_is_no_population_is_refused_with_what_it_lacks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], spoil: object, words: str
) -> None:
    small: Made = make_population(tmp_path / "town", children=12, drawing=DRAWING)
    assert small.children == 12
    spoil(tmp_path / "town")  # type: ignore[operator]
    assert main(["backtest", str(tmp_path / "town")]) == 4
    assert words in capsys.readouterr().err


def test_changed_needs_something_to_compare_with(town: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["backtest", str(town), "--changed", "x.csv"]) == 2
    assert "--against" in capsys.readouterr().err

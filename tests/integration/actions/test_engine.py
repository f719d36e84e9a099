"""Evaluation chooses its engine by speed alone: the kernel where it is compiled, the reference until then."""

from __future__ import annotations

from pathlib import Path

import pytest

from nightlight.actions.record import engine
from nightlight.domain.views import Alone, Pooled, View
from nightlight.engines import ready
from nightlight.indicators.catalogue import CATALOGUE
from nightlight.review.casefile import read_case

CASES = Path(__file__).parents[3] / "cases"
INDICATORS = tuple(CATALOGUE.values())


@pytest.mark.parametrize("view", [Pooled(), Alone("education"), Alone("social_care")], ids=lambda view: view.name)
def test_both_engines_give_the_same_for_the_published_cases(view: View, monkeypatch: pytest.MonkeyPatch) -> None:
    children = []
    for path in sorted(CASES.glob("*.yaml")):
        case = read_case(path)
        chronology = case.chronology(case.children[0])
        children.append((chronology.facts(view), chronology.born))
    given = []
    for is_ready in (True, False):
        monkeypatch.setattr(ready, "is_ready", lambda is_ready=is_ready: is_ready)
        given.append(engine.spans_of(children, INDICATORS))
    assert given[0] == given[1]
    assert any(spans for child in given[0] for spans in child.values())


def test_mark_is_made_once_the_kernel_is_compiled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    assert not ready.is_ready()
    monkeypatch.setattr("nightlight.engines.live.LiveEvaluator", lambda calendar: None)
    ready.warm()
    assert ready.is_ready()

"""Runs every spec on every engine."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest
from support.facts import facts, spans

from nightlight.indicators import nodes
from nightlight.indicators.nodes import Expression
from nightlight.timeline.partial import Partial


def _beside(name: str) -> ModuleType:
    """A module beside this one: with importlib's import mode the folder is not on the path."""
    full = f"spec_indicators_{name}"
    found = importlib.util.spec_from_file_location(full, Path(__file__).with_name(f"{name}.py"))
    assert found is not None
    assert found.loader is not None
    module = sys.modules[full] = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


SPECS, ENGINES = _beside("specs").SPECS, _beside("engines").ENGINES
PAGE = Path(__file__).parents[3] / "docs" / "reference" / "language-by-example.md"
ALL = [pytest.param(spec, id=f"{chapter}: {spec.says}") for chapter, specs in SPECS.items() for spec in specs]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("spec", ALL)
def test_spec(spec, engine):
    born = Partial.parse(spec.born) if spec.born else None
    assert ENGINES[engine](spec.condition.node, facts(spec.table), born) == spans(spec.expected)


def test_specs_say_every_expression():
    said = {type(node) for param in ALL for node in nodes.walk(param.values[0].condition.node)}
    known = {kind for kind in vars(nodes).values() if isinstance(kind, type) and issubclass(kind, Expression)}
    assert known - said == {Expression, nodes.Named}  # a name changes no meaning: tests/unit/indicators


def test_specs_are_the_manual():
    assert PAGE.read_text(encoding="utf-8") == _beside("manual").page(SPECS), "run: make docs"

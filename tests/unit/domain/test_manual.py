"""The pages of the manual that speak of duties and case files say what the program does."""

from __future__ import annotations

import json
import re
from pathlib import Path

from nightlight.domain.manual import page
from nightlight.review.casefile import parse_case

REFERENCE = Path(__file__).parents[3] / "docs" / "reference"


def fenced(name, language):
    return re.findall(rf"^```{language}\n(.*?)^```", (REFERENCE / name).read_text(), re.M | re.S)


def test_the_page_on_duties_is_current():
    assert (REFERENCE / "duties.md").read_text() == page(), "run: make docs"


def test_the_example_of_a_case_file_is_one():
    (example,) = fenced("case-format.md", "yaml")
    assert [entry.id for entry in parse_case(example).entries] == ["e07", "e22"]


def test_the_example_of_a_replay_is_json():
    (example,) = fenced("case-format.md", "json")
    assert json.loads(example)["case"] == "child-h"

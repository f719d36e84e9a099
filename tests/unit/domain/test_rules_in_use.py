"""The setting that names a partnership's rules, as a program starts with it: its rows in use, or every mistake said."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

READ = "import django; django.setup(); from nightlight.domain.raising import Arrangements as A; " \
       "print(*(r.amount for r in A().rules.rows if r.id == 'ASSESS-45'))"  # fmt: skip
ROW = """
local_values:
  - {id: ASSESS-45, version: 100, valid_from: 2026-01-01, amount: %s, unit: working_days, source: Our board.}
"""


def start(folder):
    settings = {"NIGHTLIGHT_RULES": str(folder), "DJANGO_SETTINGS_MODULE": "nightlight.config.settings"}
    return subprocess.run(
        [sys.executable, "-c", READ], env=os.environ | settings, capture_output=True, text=True, check=False
    )


def test_a_folder_of_rules_is_laid_over_the_package_s(tmp_path):
    (tmp_path / "ours.yaml").write_text(ROW % 35)
    assert start(tmp_path).stdout.split() == ["45", "35"]


@pytest.mark.parametrize(("amount", "said"), [("50", "ours.yaml, line 3: local_values[0].amount: expected at most 45")])
def test_what_is_looser_than_statute_stops_the_program_and_says_where(tmp_path, amount, said):
    (tmp_path / "ours.yaml").write_text(ROW % amount)
    done = start(tmp_path)
    assert done.returncode != 0
    assert said in done.stderr


def test_a_folder_that_is_not_there_is_said(tmp_path):
    assert "must name a folder that there is" in start(tmp_path / "none").stderr

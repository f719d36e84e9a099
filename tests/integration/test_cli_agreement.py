"""`nightlight agreement`: record, list and end; and an ingest at the door without one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from nightlight.cli import main as cli
from nightlight.store.intake.models import Delivery

pytestmark = pytest.mark.django_db
ADD = [
    "agreement", "add", "--title", "Registers", "--purpose", "To see when a child stops coming", "--party", "oak",
    "--feed", "school-register", "--user", "safeguarding_lead", "--from", "2020-01-01",
]  # fmt: skip


@pytest.fixture(autouse=True)
def _booted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nightlight.config.boot.boot", lambda **_: None)


def test_an_agreement_is_recorded_listed_and_ended(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["agreement", "list"]) == 0
    assert "any feed is taken in" in capsys.readouterr().out
    assert cli.main(ADD) == 0
    said = capsys.readouterr().out
    assert "From now on a feed that no agreement in force names is refused." in said
    id_ = re.findall(r"Recorded: (\S+)", said)[0]
    assert cli.main(["agreement", "end", id_, "--on", "2020-12-31"]) == 0
    capsys.readouterr()
    assert cli.main(["agreement", "list"]) == 0
    listed = capsys.readouterr().out
    assert "not in force" in listed
    assert "school-register" in listed


@pytest.mark.parametrize(
    ("more", "code"), [(["--feed", "none"], cli.INPUT.code), (["--until", "2019-01-01"], cli.INPUT.code)]
)
def test_an_agreement_that_cannot_be_is_refused(more: list[str], code: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([*ADD, *more]) == code
    assert "Traceback" not in capsys.readouterr().err


def test_a_date_that_is_none_is_a_mistake_of_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        cli.main(["agreement", "end", "5f0c0a52-8f0d-4a36-9a0b-5a7a1b0c0d0e", "--on", "soon"])
    assert stopped.value.code == cli.USAGE.code
    assert "expected one as 2027-03-31" in capsys.readouterr().err


def test_a_delivery_without_an_agreement_is_refused_before_anything_is_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "incidents.csv"
    file.write_text("nothing that is read\n", "utf-8")
    assert cli.main(ADD) == 0
    assert cli.main(["ingest", "police", str(file), "--organisation", "force-1"]) == cli.REFUSED.code
    said = capsys.readouterr().err
    assert "force-1 has no information-sharing agreement in force" in said
    assert "nightlight agreement add" in said
    assert not Delivery.objects.exists()

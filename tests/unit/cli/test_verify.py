"""`nightlight verify FILE`: with no database and no key file, it names the first fault and ends with its own code."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from support.chain import RING, a_chain

from nightlight.cli import main as cli
from nightlight.domain.audit_chain import Checkpoint
from nightlight.domain.audit_export import Head, lines


@pytest.fixture
def export(tmp_path: Path) -> Path:
    keys = {id_: key.hex() for id_, key in RING.public_keys().items()}
    path = tmp_path / "log.jsonl"
    path.write_text("".join(lines(Head("2026-11-23", keys), a_chain())))
    return path


@pytest.fixture
def public_key(tmp_path: Path) -> Path:
    path = tmp_path / "key"
    path.write_text("".join(f"{id_} {key.hex()}\n" for id_, key in RING.public_keys().items()))
    return path


def test_a_whole_export_is_said_to_be_whole(export, public_key, capsys) -> None:
    assert cli.main(["verify", str(export), "--public-key", str(public_key)]) == 0
    said = capsys.readouterr().out
    assert "9 rows in 3 seals" in said
    assert said.endswith("The audit log is whole.\n")


def test_without_a_key_that_was_given_it_says_whose_word_it_took(export, capsys) -> None:
    assert cli.main(["verify", str(export)]) == 0
    assert "the keys that the export itself names" in capsys.readouterr().out


def test_an_altered_export_names_the_first_row(export, public_key, capsys) -> None:
    export.write_text(export.read_text().replace("a reason", "no reason"))
    assert cli.main(["verify", str(export), "--public-key", str(public_key)]) == 9
    said = capsys.readouterr()
    assert said.err == "nightlight: the audit log is not whole: Row 1 of seal 1 was altered.\n"
    assert "Row 9 of seal 3 was altered." in said.out


def test_as_json_every_fault_is_listed(export, capsys) -> None:
    export.write_text(export.read_text().replace("a reason", "no reason"))
    assert cli.main(["verify", str(export), "--json"]) == 9
    found = json.loads(capsys.readouterr().out)
    assert not found["whole"]
    assert [(each["fault"], each["row"]) for each in found["faults"]] == [("altered", n) for n in range(1, 10)]


def test_an_export_cut_short_after_a_checkpoint_is_found(export, tmp_path, capsys) -> None:
    seal = a_chain()[2][0]
    kept = tmp_path / "checkpoints"
    kept.write_text(Checkpoint(seal.number, seal.sealed, seal.hash, seal.key, seal.signature).line() + "\n")
    keys = {id_: key.hex() for id_, key in RING.public_keys().items()}
    export.write_text("".join(lines(Head("2026-11-23", keys), a_chain()[:2])))
    assert cli.main(["verify", str(export)]) == 0
    capsys.readouterr()
    assert cli.main(["verify", str(export), "--checkpoint", str(kept)]) == 9
    assert "ends at seal 2; a checkpoint shows that seal 3 was there" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("option", "text"), [("--public-key", "one\n"), ("--public-key", "a zz\n"), ("--checkpoint", "none\n")]
)
def test_a_file_of_keys_or_checkpoints_that_is_none_says_what_was_expected(export, tmp_path, capsys, option, text):
    (tmp_path / "other").write_text(text)
    assert cli.main(["verify", str(export), option, str(tmp_path / "other")]) == 4
    assert "as `nightlight audit" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["", "child,name\n", "{}\n"])
def test_a_file_that_is_no_export_is_refused(tmp_path, capsys, text: str) -> None:
    (tmp_path / "file").write_text(text)
    assert cli.main(["verify", str(tmp_path / "file")]) == 4
    assert "nightlight: " in capsys.readouterr().err


def test_checking_a_file_loads_no_framework_and_reads_no_keys(export, tmp_path) -> None:
    code = (
        "import sys; from nightlight.cli.main import main; code = main(sys.argv[1:]);"
        "assert 'django' not in sys.modules and 'psycopg' not in sys.modules; sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "verify", str(export)],
        env={"NIGHTLIGHT_DATA": str(tmp_path / "none")},
        check=False,
    )
    assert done.returncode == 0
    assert not (tmp_path / "none").exists()

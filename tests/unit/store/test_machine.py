"""What the private PostgreSQL asks of the machine, where no server is needed to see it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from nightlight.store import machine
from nightlight.store.cluster_errors import NoPlace


def test_private_folder_made_by_another_process_meanwhile_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    monkeypatch.setattr(Path, "is_dir", _not_there_at_first(folder))
    machine.make_private_folder(folder)
    assert folder.is_dir()


def test_private_folder_where_a_file_lies_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(NoPlace, match="NIGHTLIGHT_DATA"):
        machine.make_private_folder(tmp_path / "data")


def _not_there_at_first(folder: Path) -> Callable[[Path], bool]:
    real = Path.is_dir
    asked: list[Path] = []

    def is_dir(path: Path) -> bool:
        if path == folder and not asked:
            asked.append(path)
            return False
        return real(path)

    return is_dir

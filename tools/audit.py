"""Asks whether any locked package has a known hole: the advisory service first, then the package index.

It must not pass what it could not ask about: `pip-audit` by itself calls that "no known vulnerabilities". Ends with 0
when every package was asked about and none has a hole, 1 when one has, 2 when nobody could be asked about some of them.
Names no registry host.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements.lock"
SECONDS = 20
HOLE, NOT_ASKED = 1, 2

Ask = Callable[[str], Any]
"""What the index holds of a package, by its name; raises OSError where it cannot be asked."""


@dataclass(frozen=True)
class Asked:
    """What is known of one locked package. holes: None where nobody could be asked."""

    name: str
    version: str
    holes: tuple[str, ...] | None

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


def locked(text: str) -> list[tuple[str, str]]:
    """The packages of a lock and their versions: one may have two, for different machines.

    >>> locked("argon2-cffi==25.1.0 \\\\\\n    --hash=sha256:ab\\nrpds-py==1.0 ; python_version < '4'\\n")
    [('argon2-cffi', '25.1.0'), ('rpds-py', '1.0')]
    """
    return re.findall(r"^([A-Za-z0-9._-]+)==([^\s;]+)", text, re.MULTILINE)


def of_service(report: Mapping[str, Any], packages: Iterable[tuple[str, str]]) -> list[Asked]:
    """What the advisory service said, by pip-audit's own report; a package that it left out was not asked about."""
    told = [one for one in report.get("dependencies", ()) if "skip_reason" not in one]
    holes = {(one["name"], one["version"]): tuple(hole["id"] for hole in one["vulns"]) for one in told}
    return [Asked(*one, holes.get(one)) for one in packages]


def of_index(asked: Asked, ask: Ask) -> Asked:
    """The same package by what the index says of it, which is of its newest version only."""
    try:
        held = ask(asked.name)
    except (OSError, ValueError):
        return asked
    holes = held.get("vulnerabilities")
    if held.get("info", {}).get("version") != asked.version or not isinstance(holes, list):
        return asked
    return Asked(asked.name, asked.version, tuple(hole["id"] for hole in holes))


def verdict(found: Iterable[Asked]) -> tuple[int, list[str]]:
    """The number to end with, and what to say."""
    found = list(found)
    holes = [one for one in found if one.holes]
    unasked = [one for one in found if one.holes is None]
    said = [f"{one}: {', '.join(one.holes or ())}" for one in holes]
    said += [f"{len(found) - len(unasked)} of {len(found)} packages were asked about, {len(holes)} with a known hole."]
    if unasked:
        said += [f"NOTHING IS KNOWN of {len(unasked)}: {', '.join(map(str, unasked))}."]
        said += [
            "No advisory service could be asked about them from here, and the package index speaks of newest versions "
            "only. Run make audit where the advisory service can be reached, or lock the newest with: make lock "
            "ARGS=--upgrade"
        ]
    return (HOLE if holes else NOT_ASKED if unasked else 0), said


def main() -> int:
    """Ask about every package of the lock."""
    found = of_service(_service(), locked(LOCK.read_text("utf-8")))
    base = _index()
    found = [
        one if one.holes is not None else of_index(one, lambda name: _read(f"{base}/{name}/json")) for one in found
    ]
    number, said = verdict(found)
    print("\n".join(said), file=sys.stderr if number else sys.stdout)
    return number


def _service() -> dict[str, Any]:
    """pip-audit's report, from a throw-away environment; empty where it could not make one."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        tools = Path(folder, "bin")
        subprocess.run([tools / "pip", "install", "--quiet", "--disable-pip-version-check", "pip-audit"], check=True)
        command = ["--progress-spinner", "off", "--format", "json", "--require-hashes", "--requirement", str(LOCK)]
        run = subprocess.run([tools / "pip-audit", *command], check=False, capture_output=True, text=True)
    try:
        report: dict[str, Any] = json.loads(run.stdout)
    except ValueError:
        print(f"pip-audit could ask nobody: {run.stderr.strip()[-300:]}", file=sys.stderr)
        return {}
    return report


def _index() -> str:
    """Where the index that pip uses describes packages: beside the list that it installs from."""
    pip = [sys.executable, "-m", "pip", "config", "get", "global.index-url"]
    configured = subprocess.run(pip, check=False, capture_output=True, text=True).stdout.strip()
    if configured:
        return configured.rstrip("/").removesuffix("/simple") + "/pypi"
    from pip._internal.models.index import PyPI  # the default is pip's to know

    return str(PyPI.pypi_url)


def _read(address: str) -> Any:
    with urlopen(address, timeout=SECONDS) as answer:
        return json.load(answer)


if __name__ == "__main__":
    sys.exit(main())

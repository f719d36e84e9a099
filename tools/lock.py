"""Works out the locks (requirements*.lock) from pyproject.toml, for every platform, with hashes.

In a throw-away environment, so that the tool which locks the project is no part of it. Names no registry host.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OPTIONS = (
    "--universal",
    "--python-version",
    "3.11",
    "--generate-hashes",
    "--no-emit-index-url",
    "--no-header",
    "--quiet",
)


def main() -> None:
    """Keep the versions that are locked and still fit; `--upgrade` takes the newest."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        tools = Path(folder, "bin")
        subprocess.run([tools / "pip", "install", "--quiet", "--disable-pip-version-check", "uv"], check=True)
        for extra, lock in (("build", "requirements.lock"), ("dev", "requirements-dev.lock")):
            command = [tools / "uv", "pip", "compile", "pyproject.toml", "--extra", extra, *OPTIONS, *sys.argv[1:]]
            subprocess.run([*command, "--output-file", lock], cwd=ROOT, check=True)
        spark = [tools / "uv", "pip", "compile", "pyproject.toml", "--extra", "spark", *OPTIONS, *sys.argv[1:]]
        beside = ["--constraint", "requirements-dev.lock", "--output-file", "requirements-spark.lock"]
        subprocess.run([*spark, *beside], cwd=ROOT, check=True)
        installer = [
            tools / "uv",
            "pip",
            "compile",
            "-",
            *OPTIONS,
            *sys.argv[1:],
            "--output-file",
            "requirements-uv.lock",
        ]
        subprocess.run(installer, cwd=ROOT, check=True, input=b"uv")


if __name__ == "__main__":
    main()

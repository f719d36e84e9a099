"""Makes the project's virtual environment from a lock, or says in one line why it can't. Used by the Makefile.

Plain Python in words that an old one can still read, because it is the one to say "too old". pip fetches uv, which puts
the packages in place in a seventh of pip's time; where uv can't, pip does. A stamp in the environment says which locks
it holds; one without a stamp was never finished and is made again.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".venv"
STAMP = ENVIRONMENT / "nightlight.json"
PYTHON = ENVIRONMENT / "bin" / "python"
UV = ENVIRONMENT / "bin" / "uv"
UV_LOCK = ROOT / "requirements-uv.lock"
LOCKS = {
    "runtime": ROOT / "requirements.lock",
    "dev": ROOT / "requirements-dev.lock",
    "spark": ROOT / "requirements-spark.lock",
}
OLDEST = (3, 11)


def main(kind):
    if sys.version_info < OLDEST:
        return _stop(
            "Nightlight needs Python %d.%d or later, and `%s` is %s. Install one and name it: make PYTHON=python3.11"
            % (OLDEST[0], OLDEST[1], sys.executable, sys.version.split()[0])
        )
    held = _held()
    if held.get("python") == _python() and _satisfies(held, kind):
        return 0
    if ENVIRONMENT.exists() and held.get("python") != _python():
        _say("The environment in .venv is unfinished or of another Python. Making it again.")
        shutil.rmtree(str(ENVIRONMENT))
    return _make(kind, held) if ENVIRONMENT.exists() else _make(kind, {})


def _make(kind, held):
    if not PYTHON.exists():
        _say("Making a virtual environment in .venv with Python %s." % sys.version.split()[0])
        if not _runs([sys.executable, "-m", "venv", "--without-pip", str(ENVIRONMENT)]):
            return _stop(
                "Python could not make a virtual environment (its words are above). On Debian and Ubuntu the part that "
                "makes them is a package of its own: apt install python3-venv. A full disk looks like this too."
            )
    _say("Installing the %s packages of %s." % ("development" if kind == "dev" else "locked", LOCKS[kind].name))
    if not _installs(["--require-hashes", "--requirement", str(LOCKS[kind])]):
        return _stop(
            "The packages could not be installed (the words above say why). Run the same command again to retry."
        )
    if not _installs(["--no-build-isolation", "--editable", str(ROOT)]):
        return _stop("Nightlight itself could not be put into the environment (the words above say why).")
    kept = {name: digest for name, digest in held.items() if name in LOCKS}
    STAMP.write_text(json.dumps({"python": _python(), **kept, kind: _digest(kind)}), "utf-8")
    return 0


def _installs(what):
    if _has_uv():
        uv = [str(UV), "pip", "install", "--quiet", "--python", str(PYTHON), "--no-deps", *_as_pip_is_told()]
        if _runs([*uv, *what]):
            return True
        _say("uv could not install them (its words are above). Trying with pip.")
    return _runs([str(PYTHON), "-m", "ensurepip"], quietly=True) and _runs([str(PYTHON), *_PIP, *what])


_PIP = ["-m", "pip", "install", "-qq", "--disable-pip-version-check", "--no-input", "--no-deps", "--no-compile"]


def _has_uv():
    """Fetched by the pip that this Python has: to make another for the environment takes longer than all the rest."""
    fetch = [*_PIP[2:], "--require-hashes", "--requirement", str(UV_LOCK)]
    if UV.exists() or _runs([sys.executable, "-m", "pip", "--python", str(PYTHON), *fetch], quietly=True):
        return True
    return _runs([str(PYTHON), "-m", "ensurepip"], quietly=True) and _runs([str(PYTHON), "-m", "pip", *fetch])


def _as_pip_is_told():
    """Where this machine's pip looks for packages, as options of uv, which does not read pip's settings."""
    said = _pip_settings()
    told = ["--index-strategy", "unsafe-best-match"]  # as pip does; the hashes say what may be installed
    for name, option in (("index-url", "--index-url"), ("extra-index-url", "--extra-index-url")):
        for where in said.get(name, "").split():
            told += [option, where]
    for where in said.get("find-links", "").split():
        told += ["--find-links", where]
    if "cert" in said:
        os.environ.setdefault("SSL_CERT_FILE", said["cert"])
    return told


@lru_cache(maxsize=None)  # an install asks twice, and to ask starts a Python
def _pip_settings():
    """Each setting by its name; one of the environment before one of a file."""
    listed = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False
    ).stdout.decode("utf-8", "replace")
    found = {}
    for line in sorted(listed.splitlines(), key=lambda line: not line.startswith(":env:")):
        name, equals, value = line.partition("=")
        if equals:
            found.setdefault(name.rpartition(".")[2], value.strip().strip("'\""))
    return found


def _held():
    try:
        return json.loads(STAMP.read_text("utf-8")) if PYTHON.exists() else {}
    except (OSError, ValueError):
        return {}


def _satisfies(held, kind):
    """The development environment holds everything that the program needs to run."""
    wanted = ["runtime", "dev"] if kind == "runtime" else [kind]
    return any(held.get(name) == _digest(name) for name in wanted)


def _digest(kind):
    project = (ROOT / "pyproject.toml").read_bytes()
    return hashlib.sha256(LOCKS[kind].read_bytes() + project).hexdigest()


def _python():
    return "%d.%d %s" % (sys.version_info[0], sys.version_info[1], sys.base_prefix)


def _runs(command, quietly=False):
    heard = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL} if quietly else {}
    return subprocess.run(command, check=False, **heard).returncode == 0


def _say(line):
    print(line, file=sys.stderr, flush=True)


def _stop(line):
    _say("make: " + line)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

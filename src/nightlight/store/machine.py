"""What the private PostgreSQL asks of the machine: who may run it, what that user reaches, locks, its process.

It looks and reports; the folders it makes are the caller's to name. It knows nothing of databases.
"""

from __future__ import annotations

import contextlib
import fcntl
import locale
import os
import pwd
import subprocess
import tempfile
from pathlib import Path
from typing import IO, Any

from nightlight.store.cluster_errors import NoPlace, OtherOwner


def make_private_folder(folder: Path) -> None:
    """The data folder, closed to other users. Root's may be passed through (not listed) by the server's user.

    Another process may make it between our look and our making: that is no error (a file in its place is).
    """
    if folder.is_dir():
        return
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o711 if os.geteuid() == 0 else 0o700)
    except OSError as error:
        raise NoPlace(
            f"The data folder {folder} can't be made ({error.strerror}). "
            "Set NIGHTLIGHT_DATA to a folder you can write to."
        ) from None


def server_user(data: Path | None) -> pwd.struct_passwd:
    """Who runs the server: ourselves, or for root (whom PostgreSQL refuses) an unprivileged user already there.

    Existing data keep their owner. The ``postgres`` user, where the machine has one, shares with fewer programs
    than ``nobody``. No user is ever added.
    """
    if os.geteuid() != 0:
        return named_user(os.geteuid())
    if data is not None and data.is_dir() and data.stat().st_uid != 0:
        return pwd.getpwuid(data.stat().st_uid)
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise NoPlace(
        "PostgreSQL refuses to run as root, and this machine has no user 'postgres' or 'nobody' to run it as."
    )


def named_user(uid: int) -> pwd.struct_passwd:
    try:
        return pwd.getpwuid(uid)
    except KeyError:
        raise NoPlace(
            f"PostgreSQL will not run as user id {uid}, which has no name on this machine. Add a line for it to "
            "/etc/passwd, or set NIGHTLIGHT_DATABASE_URL to a server you have."
        ) from None


def as_user(user: pwd.struct_passwd) -> dict[str, Any]:
    """What ``subprocess`` needs to run a program as that user and nothing more."""
    if user.pw_uid == os.geteuid():
        return {}
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def reaches(path: Path, user: pwd.struct_passwd) -> bool:
    """Asked of the system as that user, because mode bits are not the whole story (access lists, mounts)."""
    asked = ["/bin/sh", "-c", 'test -x "$1"', "sh", str(path)]
    return subprocess.run(asked, cwd="/", check=False, **as_user(user)).returncode == 0


def private_folder(parent: Path, prefix: str, user: pwd.struct_passwd) -> Path:
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
    os.chown(folder, user.pw_uid, user.pw_gid)
    return folder


def make_folder(folder: Path, mode: int, owner: pwd.struct_passwd | None = None) -> None:
    """A folder with exactly this mode (a narrow umask would take from it) and this owner."""
    folder.mkdir(exist_ok=True)
    folder.chmod(mode)
    if owner is not None:
        os.chown(folder, owner.pw_uid, owner.pw_gid)


def locale_options(major: int) -> list[str]:
    """Letters beyond ASCII are letters (names have them); order is by code point, the same on every machine."""
    ctype = next(name for name in ("C.UTF-8", "en_GB.UTF-8", "en_US.UTF-8", "C") if has_locale(name))
    options = ["--locale", "C", "--lc-ctype", ctype]
    return options + (["--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"] if major >= 17 else [])


def has_locale(name: str) -> bool:
    before = locale.setlocale(locale.LC_CTYPE)
    try:
        locale.setlocale(locale.LC_CTYPE, name)
    except locale.Error:
        return False
    locale.setlocale(locale.LC_CTYPE, before)
    return True


def open_lock(path: Path) -> IO[bytes]:
    try:
        return path.open("ab")
    except PermissionError:
        raise OtherOwner(
            f"{path.parent} belongs to another user of this machine. Run Nightlight as that user, or give it a data "
            "folder of your own with NIGHTLIGHT_DATA."
        ) from None


def try_lock(file: IO[bytes], kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def first_line(path: Path) -> str | None:
    with contextlib.suppress(OSError):
        return path.read_text("utf-8").strip().partition("\n")[0]
    return None


def pid(data: Path) -> int | None:
    line = first_line(data / "postmaster.pid")
    return int(line) if line and line.isdigit() else None


def ready(data: Path) -> bool:
    """The eighth line of ``postmaster.pid`` is the server's own word on whether it takes connections."""
    with contextlib.suppress(OSError):
        lines = (data / "postmaster.pid").read_text("utf-8").splitlines()
        return len(lines) >= 8 and lines[7].strip() == "ready"
    return False


def live_pid(data: Path) -> int | None:
    """The process named in ``postmaster.pid`` if it lives and serves these data; ids are used again after a crash."""
    named = pid(data)
    if named is None:
        return None
    process = Path("/proc") / str(named)
    if Path("/proc/self").exists():
        with contextlib.suppress(OSError):
            return named if (process / "cwd").resolve(strict=True) == data.resolve() else None
        return None
    with contextlib.suppress(OSError):
        os.kill(named, 0)
        return named
    return None

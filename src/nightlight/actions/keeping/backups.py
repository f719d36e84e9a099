"""Backing the whole database up into one sealed file, and restoring it into an empty one, or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import Error, connection, transaction
from django.db.migrations.executor import MigrationExecutor

from nightlight.actions.keeping import audit_log, erasures
from nightlight.actions.trail import audit
from nightlight.store.audit import sealing
from nightlight.store.audit.models import KeyInUse
from nightlight.store.backup import tables
from nightlight.store.backup.blocks import BlockReader, BlockWriter, NotBlocks
from nightlight.store.keys.keyring import KeysMissing
from nightlight.store.keys.stream import NotASealedFile, Writer, pieces
from nightlight.store.keys.vault import keyring

FORMAT = 1
Progress = Callable[[int, int], None]


class BackupError(Exception):
    """A backup can't be written or restored; the message says why and what to do. Nothing half done is left."""


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup holds. seal: the newest seal of the audit log in it; rows: by table."""

    made: str
    seal: int
    hash: str
    rows: Mapping[str, int]


def back_up(*, path: Path, version: str, by: str, now: datetime, progress: Progress | None = None) -> Backup:
    """Write everything, as it is at one moment, into a new file; then read the file back and compare."""
    if path.exists():
        raise BackupError(f"{path} is there already. Give the name of a new file.")
    erasures.complete()
    with transaction.atomic():
        audit.record(at=now, by=by, act="backup.made")
    sealing.seal_all()
    draft = path.with_name(f"{path.name}.part")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            written = _write(Writer(file, keyring().current, {"made": now.isoformat()}), version, now, progress)
            file.flush()
            os.fsync(file.fileno())
        if check(path=draft) != written:
            raise BackupError(f"{path} could not be read back as it was written. Check the disk and try again.")
        draft.rename(path)
    except OSError as error:
        raise _no_room(path, error) from None
    finally:
        draft.unlink(missing_ok=True)
    return written


def check(*, path: Path) -> Backup:
    """Read a backup through to its end, with no database: whether it is whole, and what it holds."""
    try:
        with path.open("rb") as file:
            return _through(BlockReader(pieces(file, keyring())), lambda about, data: _lines_in(data))[1]
    except (NotASealedFile, NotBlocks) as error:
        raise BackupError(f"{path}: {error}") from None


def restore(*, path: Path, by: str, now: datetime, progress: Progress | None = None) -> Backup:
    """Fill an empty database from a backup, in one transaction that ends only if the audit log in it is whole."""
    try:
        with path.open("rb") as file:
            manifest = _manifest(BlockReader(pieces(file, keyring())))
            _have_keys(manifest)
            _have_tables(manifest)
            restored = _restore_rows(BlockReader(_counted(pieces(file, keyring()), path.stat().st_size, progress)))
    except (NotASealedFile, NotBlocks) as error:
        raise BackupError(f"{path}: {error} Nothing was restored.") from None
    with transaction.atomic():
        audit.record(at=now, by=by, act="backup.restored", detail={"made": restored.made, "seal": restored.seal})
    audit_log.seal()
    return restored


def _write(out: Writer, version: str, now: datetime, progress: Progress | None) -> Backup:
    blocks = BlockWriter(out)
    with sealing.one_moment():
        tables.see_all()
        newest, names, size = sealing.newest(), tables.names(), tables.size()
        head = Backup(now.isoformat(), newest.number if newest else 0, newest.hash.hex() if newest else "", {})
        blocks.block(_manifest_of(head, version))
        rows, done = {}, 0
        for name in names:
            counted = _Counted(tables.copy_out(name))
            blocks.block({"table": name, "columns": tables.columns(name)}, counted)
            rows[name], done = counted.lines, done + counted.size
            if progress:
                progress(done, size)
    blocks.block({"end": rows})
    blocks.finish()
    out.finish()
    return Backup(head.made, head.seal, head.hash, rows)


def _manifest_of(head: Backup, version: str) -> dict[str, Any]:
    return {
        "nightlight_backup": FORMAT,
        "made": head.made,
        "version": version,
        "server": tables.server(),
        "migrations": tables.migrations(),
        "sequences": tables.sequences(),
        "seal": head.seal,
        "hash": head.hash,
        "keys": list(KeyInUse.objects.filter(kind="data", retired=None).values_list("id", flat=True)),
    }


def _manifest(reader: BlockReader) -> dict[str, Any]:
    manifest, _ = next(reader.blocks(), ({}, iter(())))
    if manifest.get("nightlight_backup") != FORMAT:
        raise NotBlocks("it is no backup that this version of Nightlight knows.")
    return manifest


def _through(
    reader: BlockReader, take: Callable[[dict[str, Any], Iterator[bytes]], int]
) -> tuple[dict[str, Any], Backup]:
    """Every block in turn; what was taken must be what its writer counted."""
    manifest: dict[str, Any] = {}
    rows: dict[str, int] = {}
    counted: dict[str, int] | None = None
    for about, data in reader.blocks():
        if "table" in about:
            rows[about["table"]] = take(about, data)
        elif "end" in about:
            counted = about["end"]
        else:
            manifest = about
    if manifest.get("nightlight_backup") != FORMAT or counted != rows:
        raise NotBlocks("it does not hold the rows that were counted when it was written.")
    return manifest, Backup(manifest["made"], manifest["seal"], manifest["hash"], rows)


def _restore_rows(reader: BlockReader) -> Backup:
    try:
        with transaction.atomic():
            tables.see_all()
            tables.make_room()
            manifest, found = _through(
                reader, lambda about, data: tables.copy_in(about["table"], about["columns"], data)
            )
            tables.close_up(manifest["sequences"])
            _same_log(found)
    except Error as error:
        if (kind := type(error.__cause__).__name__) in ("DiskFull", "OperationalError", "AdminShutdown"):
            raise
        raise BackupError(f"the database refused what the backup holds ({kind}). Nothing was restored.") from None
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return found


def _same_log(found: Backup) -> None:
    """The audit log that was restored is whole, and ends where the backup says."""
    verdict = audit_log.verify_live()
    newest = sealing.newest()
    if not verdict.checked.sound:
        first = verdict.checked.findings[0].sentence
        raise BackupError(f"the audit log in the backup is not whole: {first} Nothing was restored.")
    if (newest.number if newest else 0, newest.hash.hex() if newest else "") != (found.seal, found.hash):
        raise BackupError("the audit log in the backup does not end where the backup says. Nothing was restored.")


def _have_keys(manifest: Mapping[str, Any]) -> None:
    held = {key.id for key in keyring().data}
    if missing := sorted(set(manifest["keys"]) - held):
        raise KeysMissing(
            f"the backup's records are sealed with the key {', '.join(missing)}, which is not in the key file. Put "
            "back the key file that was in use when it was made (NIGHTLIGHT_KEYS). Nothing was restored."
        )


def _have_tables(manifest: Mapping[str, Any]) -> None:
    """An empty database, with the tables that the backup's rows came from."""
    wanted = {(app, name) for app, name in manifest["migrations"]}
    executor = MigrationExecutor(connection)
    if unknown := sorted(wanted - executor.loader.graph.nodes.keys()):
        app, name = unknown[0]
        raise BackupError(
            f"the backup is of a newer version of Nightlight ({manifest['version']}; it has the step {app} {name}). "
            "Install that version, then restore. Nothing was restored."
        )
    if not tables.migrations():
        executor.migrate(_last_steps(wanted, executor.loader.graph.node_map))
    elif full := tables.with_rows():
        raise BackupError(
            f"the database is not empty ({', '.join(full[:3])} {'have' if len(full) > 1 else 'has'} rows). Restore "
            "into a new one: create it and set NIGHTLIGHT_DATABASE_URL, or set NIGHTLIGHT_DATA to a new folder."
        )
    if set(tables.migrations()) != wanted:
        raise BackupError(
            "the tables of the database are of another version than the backup. Restore into a new database, without "
            "tables: they are made as the backup needs them."
        )


def _last_steps(wanted: set[tuple[str, str]], nodes: Mapping[tuple[str, str], Any]) -> list[tuple[str, str]]:
    """The steps after which no other of the same app was taken."""
    followed = {
        key for key in wanted for child in nodes[key].children if child.key in wanted and child.key[0] == key[0]
    }
    return sorted(wanted - followed)


def _no_room(path: Path, error: OSError) -> Exception:
    if error.errno == 28:
        return OSError(28, f"no room on the disk for the backup, which was not kept. Make room and run again; {path}")
    return BackupError(f"{path} can't be written ({error.strerror}).")


class _Counted:
    """Pieces of rows, counted as they pass."""

    def __init__(self, data: Iterable[bytes]) -> None:
        self._data, self.lines, self.size = data, 0, 0

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._data:
            self.lines += piece.count(b"\n")
            self.size += len(piece)
            yield piece


def _lines_in(data: Iterable[bytes]) -> int:
    return sum(piece.count(b"\n") for piece in data)


def _counted(data: Iterable[bytes], total: int, progress: Progress | None) -> Iterator[bytes]:
    done = 0
    for piece in data:
        done += len(piece)
        if progress:
            progress(done, total)
        yield piece

"""The keys of an installation against its database: that they fit, rotating them, forgetting one that is done with."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db import connection, transaction
from django.db.models import Model

from nightlight.actions.trail import audit
from nightlight.store.audit.models import AuditEvent, KeyInUse
from nightlight.store.keys import keyring, vault
from nightlight.store.keys.fields import Sealed, SealedBytes, SealedJSON
from nightlight.store.keys.keyring import Key, KeysError, KeysMissing

BATCH = 500
_LOCK = 0x4E4C4B59
Progress = Callable[[int, int], None]


class KeysBusy(KeysError):
    """Another command is changing the keys just now. Nothing was changed."""


class KeyNeeded(KeysError):
    """A key can't be forgotten: something is sealed with it, or it is the one in use."""


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """A column whose values are sealed, found from the models."""

    model: type[Model]
    field: Any

    @property
    def name(self) -> str:
        return str(self.field.place)

    @property
    def head(self) -> str:
        """SQL for what a stored value begins with, as far as the key's id."""
        column = f'"{self.field.column}"'
        if isinstance(self.field, SealedBytes):
            return f"substring({column} for {len(vault.mark('d' * 11)[0])})"
        text = f"({column} #>> '{{}}')" if isinstance(self.field, SealedJSON) else column
        return f"left({text}, {len(vault.mark('d' * 11)[1])})"

    def mark(self, id_: str) -> bytes | str:
        """What a value sealed with a key begins with in this column."""
        return vault.mark(id_)[0 if isinstance(self.field, SealedBytes) else 1]


def sealed_columns() -> Iterator[SealedColumn]:
    """Every sealed column of every model."""
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, Sealed):
                yield SealedColumn(model, field)


def check_in(*, now: datetime) -> None:
    """Note the keys in use here; raises `KeysMissing` where the database was written with one that is not among them.

    A machine that was given the wrong key file, or a new one, is thus stopped before it writes what others can't read.
    """
    ring = vault.keyring()
    known = set(KeyInUse.objects.filter(kind="data", retired=None).values_list("id", flat=True))
    if missing := known - {key.id for key in ring.data}:
        raise KeysMissing(
            f"the database was written with the key {', '.join(sorted(missing))}, which is not in the key file. Put "
            "the key file of this installation in its place (NIGHTLIGHT_KEYS; by default keys.json in the data folder)."
        )
    KeyInUse.objects.bulk_create([*_rows("data", ring.data), *_rows("signing", ring.signing)], ignore_conflicts=True)


def rotate(*, path: Path, by: str, now: datetime, progress: Progress | None = None) -> int:
    """Make new keys, and seal with the newest whatever an older one sealed, or nobody; how many values.

    Stopped at any moment, what is sealed either way can be read; `reseal` goes on. Other processes use the new keys
    within seconds. Raises `KeysBusy` while another command changes them: of two that wrote the file, one would undo the
    other's key, and with it whatever that had sealed.
    """
    with _alone():
        ring = keyring.with_new(keyring.read(path), now)
        keyring.write(path, ring)
        vault.use(ring, path)
        check_in(now=now)
        with transaction.atomic():
            audit.record(at=now, by=by, act="keys.rotated", about=ring.current.id, detail={"signing": ring.signer.id})
        return _reseal(by, now, progress)


def reseal(*, by: str, now: datetime, progress: Progress | None = None) -> int:
    """Seal with the newest key whatever an older one sealed; how many values. Retires keys that are done with."""
    with _alone():
        return _reseal(by, now, progress)


def _reseal(by: str, now: datetime, progress: Progress | None) -> int:
    columns = list(sealed_columns())
    total, done = sum(map(_count, columns)), 0
    for column in columns:
        while count := _reseal_batch(column, by, now):
            done += count
            if progress:
                progress(done, total)
    current = vault.keyring().current.id
    KeyInUse.objects.filter(kind="data", retired=None).exclude(id=current).update(retired=now)
    return done


def forget(*, path: Path, id_: str, by: str, now: datetime) -> None:
    """Take a data key that seals nothing any more out of the key file: backups made under it can't be read then."""
    with _alone():
        _forget(path, id_, by, now)


def _forget(path: Path, id_: str, by: str, now: datetime) -> None:
    ring = keyring.read(path)
    if id_ not in {key.id for key in ring.data}:
        raise KeysMissing(f"there is no data key {id_} in the key file. `nightlight keys list` names those there are.")
    if ring.current.id == id_:
        raise KeyNeeded(f"{id_} is the key in use. Rotate first: nightlight keys rotate")
    if held := [column.name for column in sealed_columns() if _sealed_with(column, id_)]:
        raise KeyNeeded(f"{id_} still seals values of {', '.join(held)}. Seal them anew first: nightlight keys rotate")
    with transaction.atomic():
        audit.record(at=now, by=by, act="keys.forgotten", about=id_)
        KeyInUse.objects.filter(id=id_).update(retired=now)
    ring = replace(ring, data=tuple(key for key in ring.data if key.id != id_))
    keyring.write(path, ring)
    vault.use(ring, path)


@contextmanager
def _alone() -> Iterator[None]:
    """One command changes the keys at a time; whoever is killed lets go with its connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
        mine = cursor.fetchone()[0]
    if not mine:
        raise KeysBusy("another command is changing the keys just now. Wait until it has ended, then look again.")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


def _rows(kind: str, keys: Sequence[Key]) -> list[KeyInUse]:
    return [KeyInUse(id=key.id, kind=kind, made=key.made) for key in keys]


def _older(column: SealedColumn) -> tuple[str, list[Any]]:
    """SQL for the values that the current key did not seal. Empty text is not sealed, and no JSON is empty text."""
    stated = f"{column.head} <> %s"
    if isinstance(column.field, SealedJSON):
        return f"coalesce({stated}, true)", [column.mark(vault.keyring().current.id)]
    if not isinstance(column.field, SealedBytes):
        stated += f" AND \"{column.field.column}\" <> ''"
    return stated, [column.mark(vault.keyring().current.id)]


def _select(column: SealedColumn, what: str, where: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT {what} FROM "{column.model._meta.db_table}" WHERE {where}', values)  # noqa: S608
        return list(cursor.fetchall())


def _count(column: SealedColumn) -> int:
    where, values = _older(column)
    return int(_select(column, "count(*)", where, values)[0][0])


def _sealed_with(column: SealedColumn, id_: str) -> bool:
    return bool(_select(column, "1", f"{column.head} = %s LIMIT 1", [column.mark(id_)]))


def _reseal_batch(column: SealedColumn, by: str, now: datetime) -> int:
    """One transaction: its audit row opens the passage through the guard of tables that are only added to."""
    where, values = _older(column)
    with transaction.atomic():
        key = column.model._meta.pk
        found = _select(column, f'"{key.column}"', f"{where} LIMIT {BATCH} FOR UPDATE", values)
        if not found:
            return 0
        detail = {"column": column.name, "values": len(found)}
        row = audit.row(at=now, by=by, act="keys.resealed", about=vault.keyring().current.id, detail=detail)
        row.save(force_insert=True)
        open_passage(row)
        objects = column.model._default_manager
        for id_, value in objects.filter(pk__in=[row[0] for row in found]).values_list("pk", column.field.attname):
            objects.filter(pk=id_).update(**{column.field.attname: value})
    return len(found)


def open_passage(row: AuditEvent) -> None:
    """Until this transaction ends, the guards let through what this audit row says is done (`record.erased`, ...)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('nightlight.passage', %s, true)", [str(row.id)])

"""What is written with COPY is read back as it was, whatever is in it."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, timedelta, timezone
from enum import StrEnum
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from nightlight.store.bulk import copy_rows

pytestmark = pytest.mark.django_db

COLUMNS = {
    "words": "text", "id": "uuid", "at": "timestamptz", "day": "date", "sure": "boolean", "many": "integer",
    "share": "double precision", "raw": "bytea", "ids": "uuid[]", "texts": "text[]",
}  # fmt: skip


class Sort(StrEnum):
    ORDINARY = "ordi\tnary"


@pytest.fixture
def table() -> None:
    with connection.cursor() as cursor:
        columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
        cursor.execute(f"CREATE TEMPORARY TABLE copied (place integer, {columns}) ON COMMIT DROP")


def read_back(*rows: dict[str, Any]) -> list[dict[str, Any]]:
    copy_rows("copied", ["place", *COLUMNS], ([n, *(row.get(c) for c in COLUMNS)] for n, row in enumerate(rows)))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(COLUMNS)} FROM copied ORDER BY place")
        return [{c: v for c, v in zip(COLUMNS, row, strict=True) if v is not None} for row in cursor.fetchall()]


@pytest.mark.usefixtures("table")
def test_every_value_is_read_back_as_it_was() -> None:
    summer = datetime(2026, 7, 1, 12, 0, 0, 5, tzinfo=timezone(timedelta(hours=1)))
    rows = [
        {"words": "tab\there\nand \\N and \\. \\t and \r and \x7f and “é” 🌙"},
        {"words": "", "texts": []},
        {"words": "\\N"},
        {"words": "\\."},
        {"id": uuid.UUID(int=7), "at": summer, "day": date(2026, 2, 28), "sure": True, "many": -3, "share": 0.1},
        {"at": datetime(1, 1, 1, tzinfo=UTC), "sure": False, "raw": b"\x00\\\t\n\xff", "many": 0},
        {
            "ids": [uuid.UUID(int=1), uuid.UUID(int=2)],
            "texts": ["a,b", 'say "so"', "back\\slash", "{}", "NULL", "", "\t"],
        },
        {"texts": ["a", None]},
    ]
    assert read_back(*rows) == rows


@pytest.mark.usefixtures("table")
def test_code_of_an_enumeration_is_its_text_and_a_tuple_is_an_array() -> None:
    assert read_back({"words": Sort.ORDINARY, "texts": ("a", Sort.ORDINARY)}) == [
        {"words": "ordi\tnary", "texts": ["a", "ordi\tnary"]}
    ]


@pytest.mark.usefixtures("table")
def test_more_rows_than_are_written_at_once_are_all_written() -> None:
    assert len(read_back(*({"many": n} for n in range(2501)))) == 2501


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize(
    "value", ["nul \x00 byte", "half \ud800 a letter", {"a": "mapping"}], ids=["nul", "half", "map"]
)
def test_what_cannot_be_kept_is_refused_and_not_changed(value: Any) -> None:
    with pytest.raises((DatabaseError, ValueError)), transaction.atomic():
        read_back({"words": value})

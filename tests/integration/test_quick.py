"""Reads asked of PostgreSQL directly."""

from __future__ import annotations

from uuid import UUID

import pytest
from django.db import DatabaseError, connection, transaction
from support.deliveries import NOW

from nightlight.store import quick
from nightlight.store.people.models import Organisation, Person

pytestmark = pytest.mark.django_db

_HERE = "SELECT id, given, nullif(family, '') FROM people_person WHERE id = ANY($1::uuid[])"


def test_rows_are_those_that_the_transaction_sees() -> None:
    made = Person.objects.create(given="Zoë", created=NOW)
    ident = made.id
    assert quick.rows(_HERE, [ident, UUID(int=1)]) == [(str(ident), "Zoë", None)]
    made.delete()
    assert quick.rows(_HERE, [ident]) == []


def test_rows_of_no_values_and_of_many() -> None:
    assert quick.rows("SELECT unnest($1::bigint[])", []) == []
    assert len(quick.rows("SELECT unnest($1::bigint[])", range(-5000, 5000))) == 10_000


def test_rows_that_cannot_be_read_say_so_as_any_other_statement_does() -> None:
    with pytest.raises(DatabaseError, match="nowhere"), transaction.atomic():
        quick.rows("SELECT 1 FROM nowhere WHERE id = ANY($1::uuid[])", [])
    assert not Organisation.objects.filter(code="still-asked").exists()


def test_rows_are_read_though_the_driver_has_the_server_forget_what_was_prepared() -> None:
    Person.objects.create(given="Zoë", created=NOW)
    assert quick.rows(_HERE, []) == []
    raw = connection.connection
    raw.prepare_threshold = 5
    try:
        raw.execute("DEALLOCATE ALL")
        assert quick.rows(_HERE, []) == []
    finally:
        raw.prepare_threshold = None
        quick._prepared.pop(raw)

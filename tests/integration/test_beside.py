"""Work that is done beside, on the connection of whoever gave it: in its order, seen by all that is asked after, and
left undone once anything before it went wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, current_thread
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from nightlight.store import quick
from nightlight.store.bulk import copy_rows
from nightlight.store.database import beside

pytestmark = pytest.mark.django_db


class OurFault(Exception):
    """Something that went wrong at whoever gives the work."""


@pytest.fixture(autouse=True)
def table() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE given (n integer PRIMARY KEY) ON COMMIT DROP")


def add(n: int) -> None:
    beside.execute("INSERT INTO given VALUES (%s)", [n])


def there() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT n FROM given ORDER BY n")
        return [n for (n,) in cursor.fetchall()]


def test_what_is_asked_next_sees_all_that_was_given() -> None:
    with beside.helped():
        copy_rows("given", ["n"], ([n] for n in range(5000)))
        add(5000)
        assert there() == list(range(5001))


def test_cursor_that_was_there_before_waits_too() -> None:
    with beside.helped(), connection.cursor() as cursor:
        copy_rows("given", ["n"], ([n] for n in range(5000)))
        cursor.execute("SELECT count(*) FROM given")
        assert cursor.fetchone() == (5000,)


def test_quick_question_waits_too() -> None:
    with beside.helped():
        copy_rows("given", ["n"], ([n] for n in range(5000)))
        assert quick.rows("SELECT count(*) FROM given WHERE n <> ALL($1::bigint[])", [1]) == [("4999",)]


def test_whoever_gave_it_goes_on_meanwhile() -> None:
    went_on = Event()

    def job(raw: Any) -> bool:
        return went_on.wait(60) and current_thread().name == "beside"

    with beside.helped():
        given = beside.give(job)
        went_on.set()
        assert given.result()


def test_without_a_helper_it_is_done_at_once() -> None:
    assert beside.give(lambda raw: current_thread().name).result() == current_thread().name
    assert not beside.is_helped()


def test_all_is_done_when_the_helper_goes() -> None:
    with beside.helped():
        add(1)
        assert beside.is_helped()
    assert not beside.is_helped()
    assert there() == [1]


def give_one_twice(then: Callable[[], object] = lambda: None) -> None:
    with transaction.atomic(), beside.helped():
        add(1)
        add(1)
        then()


def give_another_and_look() -> None:
    add(2)
    there()


@pytest.mark.parametrize(
    "then",
    [lambda: None, there, give_another_and_look, lambda: beside.give(lambda raw: 3).result()],
    ids=["nobody asks", "somebody asks", "more is given", "somebody waits for what comes of it"],
)
def test_fault_is_raised_and_nothing_given_stands(then: Callable[[], object]) -> None:
    with pytest.raises(DatabaseError, match="duplicate"):
        give_one_twice(then)
    assert there() == []


def fail_within() -> None:
    with transaction.atomic():
        add(1)
        add(1)
        there()


def test_fault_is_raised_once() -> None:
    with beside.helped():
        with pytest.raises(DatabaseError, match="duplicate"):
            fail_within()
        add(3)
        assert there() == [3]


def test_what_is_not_begun_is_left_undone_after_a_fault_of_ours() -> None:
    began, go_on = Event(), Event()
    done: list[int] = []

    def long(raw: Any) -> None:
        began.set()
        go_on.wait(60)
        done.append(1)

    def fail() -> None:
        beside.give(long)
        beside.give(lambda raw: done.append(2))
        began.wait(60)
        beside._helpers[connection.connection]._left = True  # as it is from the moment at which we are on our way out
        go_on.set()
        raise OurFault

    with pytest.raises(OurFault), beside.helped():
        fail()
    assert done == [1]

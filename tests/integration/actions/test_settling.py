"""Who is with whom, on the real path through the database: the same whatever the order, and never against what people
know."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from random import Random
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from support import likenesses
from support.deliveries import NHS_ONE, NHS_TWO, NOW

from nightlight.actions.people import identity, linkage
from nightlight.domain.records import PersonRecord
from nightlight.matcher.groups import ordered
from nightlight.matcher.placing import Memory, candidates, group_all
from nightlight.store.people.models import SourcePerson
from nightlight.timeline.partial import Partial

Groups = frozenset[frozenset[str]]
BEN = PersonRecord(
    source_id="b", role="child", given="Benjamin", family="Nowak", born=Partial.parse("2015-03-09"), sex="M",
    postcode="ZX1 0AA",
)  # fmt: skip


def described(chance: Random, count: int) -> list[tuple[str, PersonRecord]]:
    """So many records of few people: each with its system, from values that clash with one another."""
    made = []
    for number in range(count):
        born, postcode = chance.choice(likenesses.BORN), chance.choice(likenesses.POSTCODES)
        numbers = [n for n in likenesses.NUMBERS if n is None or len(n) == 10]
        record = PersonRecord(
            source_id=f"r{number:02d}", role=chance.choice(likenesses.ROLES), given=chance.choice(likenesses.GIVEN[:9]),
            family=chance.choice(likenesses.FAMILY[:6]), born=Partial.parse(born) if born else None,
            sex=chance.choice("FM"), postcode=postcode, nhs_number=chance.choice(numbers), upn=chance.choice(numbers),
        )  # fmt: skip
        made.append((f"system-{chance.randrange(6)}", record))
    return made


def take(told: Iterable[tuple[str, PersonRecord]]) -> None:
    """Take records in, those of one system at a time, as a delivery does."""
    by_system: dict[str, dict[str, PersonRecord]] = defaultdict(dict)
    for system, record in told:
        by_system[system][record.source_id] = record
    for system, people in by_system.items():
        identity.resolve(people, system=system, agency="education", organisation="school-1", now=NOW)


def groups() -> Groups:
    """The records by whom they are; one that waits is with nobody."""
    held: dict[UUID, set[str]] = defaultdict(set)
    for row in SourcePerson.objects.all():
        held[row.person_id or row.id].add(row.source_id)
    return frozenset(map(frozenset, held.values()))


def systems() -> list[list[str]]:
    """The systems whose records are together."""
    held: dict[UUID, list[str]] = defaultdict(list)
    for row in SourcePerson.objects.order_by("system"):
        held[row.person_id or row.id].append(row.system)
    return sorted(held.values())


def in_one_run() -> Groups:
    """What comes of all that is kept, compared at once and grouped at once."""
    names = {str(row.id): row.source_id for row in SourcePerson.objects.all()}
    memory, judge = Memory(map(linkage.prepared, SourcePerson.objects.all())), linkage.judge_on(NOW)
    links = {
        ordered(record.id, found.record.id): found.verdict
        for record in memory.records.values()
        for found in candidates(record, memory, judge)
    }
    return frozenset(frozenset(names[id_] for id_ in group) for group in group_all(memory.records, links, judge))


def afterwards(*deliveries: Iterable[tuple[str, PersonRecord]]) -> tuple[Groups, Groups]:
    """The groups after these deliveries, and those of one run over all; then all is as it was."""
    with transaction.atomic():
        for each in deliveries:
            take(each)
        found = groups(), in_one_run()
        transaction.set_rollback(True)
    return found


class TestOrder(TestCase):
    """Hypothesis runs each example in a transaction of its own."""

    @seed(20251123)
    @settings(max_examples=25, deadline=None, database=None, phases=[Phase.explicit, Phase.generate])
    @given(number=st.integers(0, 10**6), count=st.integers(2, 14), order=st.randoms(use_true_random=False))
    def test_any_order_in_batch_or_one_by_one_ends_in_the_groups_of_one_run(
        self, number: int, count: int, order: Random
    ) -> None:
        records = described(Random(number), count)
        shuffled = list(records)
        order.shuffle(shuffled)
        cut = order.randint(0, count)
        at_once, one_run = afterwards(records)
        assert at_once == one_run
        assert afterwards(*([each] for each in shuffled)) == (one_run, one_run)
        assert afterwards(shuffled[cut:], shuffled[:cut]) == (one_run, one_run)

    @seed(20251124)
    @settings(max_examples=15, deadline=None, database=None, phases=[Phase.explicit, Phase.generate])
    @given(number=st.integers(0, 10**6), count=st.integers(2, 14), order=st.randoms(use_true_random=False))
    def test_who_waits_is_alone_in_any_order_and_may_be_somebody(self, number: int, count: int, order: Random) -> None:
        records = described(Random(number), count)
        alone = [{id_ for group in afterwards(records)[0] if len(group) == 1 for id_ in group}]
        order.shuffle(records)
        for deliveries in ([records], [[each] for each in records]):
            with transaction.atomic():
                for each in deliveries:
                    take(each)
                waiting = SourcePerson.objects.filter(person=None)
                alone.append({row.source_id for row in waiting})
                nobodys = [row for row in waiting if not identity.candidates_for(row, NOW)]
                transaction.set_rollback(True)
            assert not [row for row in nobodys if row.given or row.family or row.nhs_number or row.upn]
        assert alone[0] >= alone[1] | alone[2]


@pytest.mark.django_db
def test_who_turns_out_to_be_another_rivals_nobody_any_more() -> None:
    take([("practice", BEN), ("school", replace(BEN, nhs_number=NHS_ONE))])
    together = systems()
    take([("police", replace(BEN, nhs_number=NHS_TWO))])
    rivalled = systems()
    other = PersonRecord(source_id="b", role="child", given="Maja", family="Okafor", born=Partial.parse("2011-01-30"))
    take([("police", replace(other, nhs_number=NHS_TWO))])
    assert (together, rivalled) == ([["practice", "school"]], [["police"], ["practice"], ["school"]])
    assert systems() == [["police"], ["practice", "school"]]


@pytest.mark.django_db
def test_who_is_only_alike_leaves_others_together() -> None:
    """Two that were joined by another model, and nobody knows of: who may be one of them settles nothing of theirs."""
    take([("practice", BEN), ("school", replace(BEN, family="Novak", postcode="ZX9 9ZZ"))])
    first, other = SourcePerson.objects.order_by("system")
    assert systems() == [["practice", "school"]]
    SourcePerson.objects.filter(id=other.id).update(given="Leo")
    linkage.keep(SourcePerson.objects.all())
    take([("police", replace(BEN, given="Ben"))])
    assert systems() == [["police"], ["practice", "school"]]
    assert set(SourcePerson.objects.filter(person=first.person_id)) == {first, other}

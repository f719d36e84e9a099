"""Ten thousand simulated days of clocks, people and failures; every invariant is checked as it goes (`support.world`).

A failure prints its seed. `make soak-simulation` runs a million days, with seeds that nobody chose.
"""

from __future__ import annotations

import pytest
from support import twin, world
from support.twin import Append, Transaction, TwinOutbox
from support.world import Broken, World, simulate

from nightlight.domain.clockwork import Clockwork
from nightlight.domain.duties import Status


@pytest.mark.parametrize("block", range(10))
def test_a_thousand_days_hold_every_invariant(block):
    """Ten of these are ten thousand days."""
    runs = [simulate(block * 20 + n, 50) for n in range(20)]
    assert sum(run.counted["days"] for run in runs) == 1000
    assert all(sum(run.counted[what] for run in runs) for what in ("crashes", "climbed", "discharged", "messages"))


def test_same_seed_is_the_same_run():
    assert str(simulate(7, 50)) == str(simulate(7, 50))


def test_a_crash_at_any_step_loses_and_doubles_nothing():
    """The same fortnight again and again, the machine stopping one step later each time."""
    quiet = dict.fromkeys(world.CHANCES, 0)
    without = World(3, chances=quiet)
    without.run(14)
    assert without.steps > 100
    for crash_at in range(1, without.steps + 1, 3):
        counts = simulate(3, 14, chances=quiet, crash_at=crash_at).counted
        assert counts["crashes"] == 1
        assert counts["raised"] == without.counts.counted["raised"]


@pytest.mark.parametrize("seed", range(3))
def test_nobody_ever_answers_and_everything_climbs_to_the_top(seed):
    here = World(seed, duties_a_day=0.2)
    here.people = {person: ("never", channels) for person, (_, channels) in here.people.items()}
    here.run(120)
    here.check_end()
    assert here.counts.counted["discharged"] == 0
    old = [row for row in here.memory.rows.values() if (here.now - row.state.due).days > 30]
    assert old
    assert all(len(row.state.climbs) == len(Clockwork().row(row.state).ladder) for row in old)


# What breaks a promise is noticed: each of these takes one safeguard away.


def test_it_notices_a_clock_that_acknowledging_stops(monkeypatch):
    honest = Clockwork._clock_edge

    def stopped(self, state):
        return world.START.replace(year=2100) if state.status is Status.ACKNOWLEDGED else honest(self, state)

    monkeypatch.setattr(Clockwork, "_clock_edge", stopped)
    assert_broken("nothing has happened")


def test_it_notices_events_kept_without_their_notices(monkeypatch):
    monkeypatch.setattr(twin, "add_note", lambda memory, wanted, now: None)
    assert_broken("never told")


def test_it_notices_a_notice_taken_without_a_lease(monkeypatch):
    monkeypatch.setattr(TwinOutbox, "_counted", lambda self, note, one, until: _take_for_good(note, one))
    assert_broken("nobody will send it")


def _take_for_good(note, one):
    note.taken, note.next_at = one, None


def test_it_notices_a_worker_that_writes_what_it_had_already_written(monkeypatch):
    monkeypatch.setattr(Append, "check", lambda self: None)
    monkeypatch.setattr(Transaction, "lock", lambda self, id_: True)
    assert_broken("seed")


def assert_broken(words):
    """Within a few seeds: the safeguard that is missing shows as a promise that is broken."""
    with pytest.raises(Broken, match=words):
        some_seeds()


def some_seeds():
    for seed in range(40):
        simulate(seed, 50)

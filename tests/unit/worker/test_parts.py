"""The parts of a worker, where they give way to each other."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from nightlight.worker import parts

NOW = datetime(2025, 11, 21, 12, tzinfo=UTC)


def sealed_at(monkeypatch, catching_up, seconds):
    """After how many of these seconds, each a waking of the sealer, something was sealed."""
    sealed, clocks = [], parts.Clocks(print, catching_up=catching_up)
    seals = parts.Seals(clocks)
    for each in seconds:
        monkeypatch.setattr(parts.audit_log, "seal", lambda each=each: sealed.append(each))
        seals.work(NOW + timedelta(seconds=each))
        assert seals.next_edge(NOW) == NOW + timedelta(seconds=each) + parts.SEAL_EVERY
    return sealed


def test_rows_are_sealed_every_few_seconds(monkeypatch):
    assert sealed_at(monkeypatch, False, (0, 5, 10)) == [0, 5, 10]


def test_while_a_backlog_is_cleared_rows_wait_for_their_seal_but_not_for_long(monkeypatch):
    assert sealed_at(monkeypatch, True, (0, 5, 10, 29, 30, 35, 61)) == [0, 30, 61]


def test_a_clock_that_was_put_back_delays_no_seal(monkeypatch):
    assert sealed_at(monkeypatch, True, (0, -3600)) == [0, -3600]


def test_oversight_is_once_an_hour_and_gives_way_to_a_backlog(monkeypatch):
    looked, clocks = [], parts.Clocks(print, catching_up=True)
    monkeypatch.setattr(parts.unusual, "turn", lambda now: looked.append(now))
    monkeypatch.setattr(parts.erased, "turn", lambda now: looked.append("erased"))
    monkeypatch.setattr(parts.audit_log, "send_checkpoint", lambda now: looked.append("checkpoint"))
    oversight = parts.Oversight(clocks)
    oversight.work(NOW)
    assert (looked, oversight.next_edge(NOW)) == ([], NOW + parts.SEAL_AT_LATEST)
    clocks.catching_up = False
    oversight.work(NOW)
    assert (looked, oversight.next_edge(NOW)) == ([NOW, "erased", "checkpoint"], NOW + timedelta(hours=1))

"""Coverage against brute force over minutes: any dangers and protections, the clocks changing, dangers without end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from nightlight.domain.coverage import coverage, picture, why_not
from nightlight.domain.protection import Danger, Protection, hours, uncovered
from nightlight.timeline.partial import Partial
from nightlight.timeline.spans import END, Span

MINUTE = timedelta(minutes=1)
WINDOW = 3 * 24 * 60
# Friday afternoons; over the second weekend the clocks go back, over the third forward.
FRIDAYS = [datetime(2026, 11, 20, 15, tzinfo=UTC), datetime(2026, 10, 23, 14, tzinfo=UTC),
           datetime(2027, 3, 26, 15, tzinfo=UTC)]  # fmt: skip
edges = st.integers(0, WINDOW)


def at(friday, minute):
    return Partial.instant(friday + minute * MINUTE)


@st.composite
def asked(draw):
    friday = draw(st.sampled_from(FRIDAYS))
    ids = [f"d{n}" for n in range(draw(st.integers(1, 4)))]
    dangers = [Danger(id=id_, **_ends(draw, friday, "starts", "ends")) for id_ in ids]
    protections = [
        Protection(
            id=f"p{n}", owner=draw(st.sampled_from(["Asha Grant", "police", ""])), accepted=draw(st.booleans()),
            how_confirmed=draw(st.sampled_from(["a call", ""])), answers=draw(st.frozensets(st.sampled_from(ids))),
            failed=draw(st.none() | st.just(friday)), **_ends(draw, friday, "in_force_from", "until"),
        )
        for n in range(draw(st.integers(0, 6)))
    ]  # fmt: skip
    return friday, dangers, protections


def _ends(draw, friday, first, last):
    start, end = sorted((draw(edges), draw(edges)))
    return {first: at(friday, start), last: draw(st.sampled_from([None, at(friday, end)]))}


def there(friday, span, minute):
    start, end = span
    moment = friday + minute * MINUTE
    return start.earliest <= moment and (end is None or moment < end.earliest)


@given(asked())
def test_coverage_is_what_marking_every_minute_gives(case):
    friday, dangers, protections = case
    counts = [p for p in protections
              if p.owner == "Asha Grant" and p.accepted and p.how_confirmed and p.failed is None]  # fmt: skip
    found = coverage(dangers, protections, friday)
    for each in found.dangers:
        against = [p for p in counts if not p.answers or each.danger.id in p.answers]
        marked = [
            there(friday, (each.danger.starts, each.danger.ends), m)
            and not any(there(friday, (p.in_force_from, p.until), m) for p in against)
            for m in range(0, WINDOW, 7)
        ]
        assert marked == [friday + m * MINUTE in each.possible for m in range(0, WINDOW, 7)]
        total = each.possible.clip(friday, friday + WINDOW * MINUTE).total()
        assert total == sum(
            there(friday, (each.danger.starts, each.danger.ends), m)
            and not any(there(friday, (p.in_force_from, p.until), m) for p in against)
            for m in range(WINDOW)
        ) * MINUTE  # fmt: skip


@given(asked())
def test_every_protection_counts_or_has_a_reason(case):
    friday, dangers, protections = case
    found = coverage(dangers, protections, friday)
    assert [p for p in protections if not why_not(p, friday)] == list(found.counted)
    assert len(found.counted) + len(found.not_counted) == len(protections)
    assert all(n.why and not n.why.endswith(".") for n in found.not_counted)


@given(asked(), st.integers(0, WINDOW))
def test_what_is_still_open_is_what_is_uncovered_from_now_on(case, later):
    friday, dangers, protections = case
    now = friday + later * MINUTE
    found = coverage(dangers, protections, now)
    still = {u.danger.id: u.possible for u in found.still_open()}
    for each in found.dangers:
        assert still.get(each.danger.id, each.possible.clip(now, now)) == each.possible.clip(now, END)
        assert (hours(each.possible) is None) == (bool(each.possible) and each.possible.end == END)


@given(asked())
def test_the_picture_adds_up(case):
    friday, dangers, protections = case
    window = Span(friday, friday + WINDOW * MINUTE)
    for lane in picture(coverage(dangers, protections, friday), window).values():
        assert lane["covered"] | lane["uncovered"] == lane["danger"]
        assert not lane["covered"] & lane["uncovered"]


@given(asked())
def test_dangers_do_not_change_one_another(case):
    _, dangers, protections = case
    together = uncovered(dangers, protections)
    alone = [uncovered([danger], protections)[0] for danger in dangers]
    assert [u.possible for u in together] == [u.possible for u in alone]

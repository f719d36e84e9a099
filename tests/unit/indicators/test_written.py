"""A rule as it is written reads back as the same rule."""

from __future__ import annotations

import pytest

from nightlight.domain.kinds import KINDS
from nightlight.indicators import author, nodes
from nightlight.indicators.catalogue import CATALOGUE, PROTECTIVE
from nightlight.indicators.language import days, entries, months, percent
from nightlight.indicators.written import written

EVERY = {**CATALOGUE, **PROTECTIVE}
AT_HAND = {name: getattr(author, name) for name in author.__all__}
concerns = entries("education.concern")


def read_back(text):
    return eval(f"({text})", dict(AT_HAND)).node


@pytest.mark.parametrize("code", EVERY)
def test_written_rule_reads_back(code):
    assert read_back(written(EVERY[code].expression)) == EVERY[code].expression


ODD = {
    "an agency and a part": entries("health.injury", agency=("police", "health.gp"), part="mentioned").ever() >= 1,
    "a path": entries("police.incident", through=("adult", "address")).ever() >= 1,
    "quotation marks": entries("education.concern", observer='a "b" \\ c').ever() >= 1,
    "a word of Python": entries("social_care.contact", from_="police").ever() >= 1,
    "a share among others": concerns.share_of(entries("education")).in_last(days(5), minimum=2) > percent(5),
    "a share of other entries": entries("education.register").share(
        "attended", of="possible", among=entries("education.register", late=0)
    ).in_last(days(5), minimum=2) <= percent(5),
    "a latest word": entries("health.universal_review").latest("result") == "missed",
    "a change over three": entries("voice.scale").latest("score").in_last(months(3)).fallen_by(2, over=3),
    "no fall": entries("voice.scale").latest("score").not_fallen(),
}  # fmt: skip


@pytest.mark.parametrize("condition", ODD.values(), ids=ODD)
def test_odd_things_read_back(condition):
    assert read_back(written(condition.node)) == condition.node


def test_what_no_writer_can_write_is_shown_as_it_is():
    total = nodes.Total(entries("education.register").node, "possible", days(5))
    longer = nodes.Total(total.entries, "possible", days(6))
    share = nodes.Share(total, longer, nodes.Op.AT_LEAST, 5, 1)
    mixed = nodes.Share(total, nodes.Count(total.entries, days(5)), nodes.Op.AT_LEAST, 5, 1)
    change = nodes.Change(longer, longer, days(5), days(5), "fall", 5, 1)
    risen = nodes.LatestChange(entries("voice.scale").node, "score", nodes.Op.AT_LEAST, -2, 2)
    assert [written(each) for each in (share, mixed, change, risen)] == [repr(e) for e in (share, mixed, change, risen)]


def test_no_attribute_of_a_kind_has_the_name_of_another_condition():
    """Such an attribute would be taken for the agency, the part or the path."""
    taken = {"agency", "part", "through", "where"}
    assert not [kind.name for kind in KINDS.values() if taken & set(kind.attributes)]


def test_part_of_a_rule_alone_is_shown_as_it_is():
    where = nodes.Where("result", nodes.Op.EQUAL, ("attended",))
    assert written(where) == repr(where)


def test_long_rules_are_laid_out_in_lines():
    lines = written(CATALOGUE["convergence.three_agencies"].expression).splitlines()
    assert len(lines) > 10
    assert max(map(len, lines)) < 140

"""What of an entry goes: fields, sorts, modes and what the receiver sees; and what a refusal must say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from nightlight.domain.chronology import Entry, Source, Subject
from nightlight.domain.sharing.deciding import decide
from nightlight.domain.sharing.items import COMPARTMENTS, Chosen, categories_of, digest, fields_of, mode_for, show
from nightlight.domain.sharing.refusing import NotWritten, Refusal
from nightlight.domain.sharing.rows import default_rows
from nightlight.domain.sharing.vocabulary import Category, Harm, Mode, Request
from nightlight.timeline.partial import Partial

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
ROWS = default_rows()


def entry(kind: str = "education.concern", agency: str = "education", **more: Any) -> Entry:
    said = {"attributes": {"category": "hunger"}, "words": "I am hungry", "text": "Thin.", **more}
    day = Partial.parse("2026-11-02")
    subjects = (Subject(said.pop("about", "c")),)
    return Entry(id="e", kind=kind, subjects=subjects, occurred=day, recorded=day, source=Source(agency=agency), **said)


def test_fields_are_the_kind_the_time_each_attribute_and_the_words() -> None:
    assert [field.code for field in fields_of(entry())] == ["kind", "when", "attribute:category", "words", "text"]


def test_an_episode_has_its_end_as_a_field() -> None:
    ended = entry("social_care.looked_after", until=Partial.parse("2026-11-03"), attributes={})
    assert "until" in [field.code for field in fields_of(ended)]


def test_the_receiver_sees_what_was_chosen_and_nothing_else() -> None:
    shown = show(entry(), Chosen("e", Mode.CONTENT, ("kind", "text")))
    assert [field.value for field in shown.fields] == ["education.concern", "Thin."]
    assert shown.part


def test_that_there_is_a_record_shows_no_field_whatever_was_chosen() -> None:
    chosen = Chosen("e", Mode.EXISTENCE, ("kind", "text"))
    assert show(entry(), chosen).fields == ()
    assert len(chosen.left_out(entry())) == 5


def test_what_goes_whole_leaves_nothing_out() -> None:
    whole = Chosen("e", Mode.CONTENT, tuple(field.code for field in fields_of(entry())))
    assert whole.left_out(entry()) == ()
    assert not show(entry(), whole).part


@pytest.mark.parametrize(
    ("of", "sealed", "sort"),
    [
        (entry(), (), Category.WELFARE),
        (entry("health.condition"), (), Category.SPECIAL),
        (entry("health.condition", about="mother"), (), Category.ADULT_HEALTH),
        (entry("adult.treatment", about="mother"), (), Category.SENSITIVE_SERVICE),
        (entry("police.missing", "police"), (), Category.CRIMINAL),
        (entry("police.missing", "police", sensitivity="restricted"), (), Category.POLICE_SENSITIVE),
        *[(entry(), (kind,), sort) for kind, sort in COMPARTMENTS.items()],
    ],
)
def test_the_sorts_of_an_entry(of: Entry, sealed: tuple[str, ...], sort: Category) -> None:
    assert sort in categories_of(of, child="c", sealed_in=sealed)


def test_every_kind_of_compartment_is_a_sort_that_a_restriction_knows() -> None:
    from nightlight.actions.seeing.compartments import KINDS

    assert COMPARTMENTS.keys() == KINDS.keys()
    restricted = {category for row in ROWS.restrictions for category in row.categories}
    assert set(COMPARTMENTS.values()) <= restricted


def _answer(*sorts: Category) -> Any:
    request = Request(
        sender=ROWS.party("police"), recipient=ROWS.party("education"), harm=Harm.WELFARE, categories=frozenset(sorts)
    )
    return decide(request, ROWS, AT)


def test_each_entry_goes_as_its_own_sorts_allow() -> None:
    answer = _answer(Category.WELFARE, Category.POLICE_SENSITIVE, Category.ADOPTION)
    assert mode_for(frozenset({Category.WELFARE}), answer) is Mode.CONTENT
    assert mode_for(frozenset({Category.WELFARE, Category.POLICE_SENSITIVE}), answer) is Mode.EXISTENCE
    assert mode_for(frozenset({Category.WELFARE, Category.ADOPTION}), answer) is None


def test_the_mark_of_a_preview_changes_with_all_that_it_shows() -> None:
    chosen = Chosen("e", Mode.CONTENT, ("kind",))
    marks = {
        digest([chosen], "", "a"), digest([chosen], "", "b"), digest([chosen], "note", "a"), digest([], "", "a"),
        digest([Chosen("e", Mode.EXISTENCE)], "", "a"), digest([Chosen("e", Mode.CONTENT, ("kind", "when"))], "", "a"),
    }  # fmt: skip
    assert len(marks) == 6


def refusal(**more: Any) -> Refusal:
    said = {
        "at": AT, "decider": "a", "detriment": "d", "comparison": "c", "alternatives": "n", "reviewer": "b",
        "review_at": AT + timedelta(days=1), "latest": AT + timedelta(days=7),
    }  # fmt: skip
    return Refusal(**{**said, **more})


def test_a_refusal_with_all_that_it_needs_stands() -> None:
    assert refusal().reviewer == "b"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("decider", ""), ("detriment", " "), ("comparison", ""), ("alternatives", ""), ("reviewer", ""),
        ("reviewer", "a"), ("review_at", AT), ("review_at", AT + timedelta(days=8)),
    ],
)  # fmt: skip
def test_a_refusal_that_leaves_something_out_is_refused(field: str, value: Any) -> None:
    with pytest.raises(NotWritten) as caught:
        refusal(**{field: value})
    assert caught.value.field == field

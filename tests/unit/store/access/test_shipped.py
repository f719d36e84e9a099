"""The answers that are shipped are those of the text that is shipped, each of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nightlight.domain.access.engine import Policy, policy
from nightlight.domain.access.texts import PolicyTexts
from nightlight.store.access import compiled, shipped


def test_shipped_answers_are_what_cedar_answers_now() -> None:
    kept = shipped.rows(policy())
    assert kept is not None, "the access policy changed: make docs works its answers out again"
    assert len(kept) == len(set(kept)), "a row is permitted once"
    assert set(kept) == set(compiled.questions(policy())), "make docs works the answers out again"


def test_shipped_answers_are_of_one_text_to_the_byte() -> None:
    name, text = policy().texts.files[0]
    changed = PolicyTexts(((name, text + "\n"), *policy().texts.files[1:]))
    assert shipped.rows(Policy(changed)) is None


@pytest.mark.parametrize("words", ["EVERY_RELATIONSHIP", "SENSITIVITIES", "MATTERS", "WRITTEN_BY"])
def test_shipped_answers_are_of_one_set_of_questions(words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shipped, words, ("another", *getattr(shipped, words)))
    assert shipped.rows(policy()) is None


def test_shipped_answers_are_of_one_cedar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shipped, "version", lambda _: "0.0.0")
    assert shipped.rows(policy()) is None


def test_shipped_answers_are_of_the_roles_and_agencies_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    who = shipped.every_who()
    monkeypatch.setattr(shipped, "every_who", lambda: [*who, replace(who[0], role="a role of tomorrow")])
    assert shipped.rows(policy()) is None


def test_shipped_page_says_few_lines_and_no_more_than_was_permitted() -> None:
    rows = {("read", role, agency, "", "q") for role in "ab" for agency in "xy"} | {("open", "a", "x", "team", "p")}
    page = shipped.page(policy(), rows)
    assert page.count("\n") == 4
    assert page.count('["read"') == 1

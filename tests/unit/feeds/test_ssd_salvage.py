"""Columns that should be JSON and are not: what is recovered, and what is said to be lost."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nightlight.feeds.ssd.salvage import ADDRESS_KEYS, OUTCOME_KEYS, salvage
from nightlight.feeds.ssd.values import NO_DATE, Refused, code_means, flag, moment, words_mean


def test_salvage_json_by_known_keys_with_or_without_their_prefix():
    found = salvage('{"OUTCOME_NFA_FLAG": "Y", "CP_FLAG": true, "X": 1, "COMMENTS": null}', OUTCOME_KEYS)
    assert (found.values, found.problem) == ({"NFA_FLAG": "Y", "CP_FLAG": "Y"}, "")


def test_salvage_list_takes_the_first_that_says_something():
    found = salvage('[{"NFA_FLAG": ""}, {"NFA_FLAG": "Y"}, "x"]', OUTCOME_KEYS)
    assert found.values == {"NFA_FLAG": "Y"}


def test_salvage_unescaped_quotes_and_line_breaks():
    text = '{"NFA_FLAG":"N","COMMENTS":"He said "no", then\n"go", {sic}","CP_FLAG":"Y"}'
    found = salvage(text, OUTCOME_KEYS)
    assert found.values == {"NFA_FLAG": "N", "COMMENTS": 'He said "no", then\n"go", {sic}', "CP_FLAG": "Y"}
    assert found.problem == ""


def test_salvage_unknown_keys_are_no_part_of_the_value_before_them():
    found = salvage('{"NFA_FLAG":"Y","MYSTERY_FLAG":"N","COMMENTS":"said "no""}', OUTCOME_KEYS)
    assert found.values == {"NFA_FLAG": "Y", "COMMENTS": 'said "no"'}


@pytest.mark.parametrize(
    "cut", ['{"NFA_FLAG":"Y","CP_FL', '{"NFA_FLAG":"Y","', '{"NFA_FLAG":"Y",', '{"NFA_FLAG":"Y","CP_FLAG"']
)
def test_salvage_cut_in_a_key_leaves_the_value_before_it(cut):
    found = salvage(cut, OUTCOME_KEYS)
    assert (found.values, found.problem) == ({"NFA_FLAG": "Y"}, "truncated")


def test_salvage_truncated_keeps_what_came_before_the_cut():
    found = salvage('{"FLAT":"2","HOUSE":"14","STREET":"Canal Ro', ADDRESS_KEYS)
    assert found.values == {"FLAT": "2", "HOUSE": "14", "STREET": "Canal Ro"}
    assert found.problem == "truncated"


@pytest.mark.parametrize("text", ['{"FOO":"1', "{", '[{"a":'])
def test_salvage_of_nothing_known_says_so(text):
    assert salvage(text, OUTCOME_KEYS).problem == "not_json"


@pytest.mark.parametrize("text", ["", "CIN Referral"])
def test_salvage_plain_text_is_words(text):
    found = salvage(text, OUTCOME_KEYS)
    assert (found.words, found.values, found.problem) == (text, {}, "")


@given(st.text(max_size=400))
def test_salvage_never_fails(text):
    found = salvage(text, OUTCOME_KEYS)
    assert set(found.values) <= OUTCOME_KEYS


@given(st.dictionaries(st.sampled_from(sorted(OUTCOME_KEYS)), st.text("abc XYZ,.{}:'", max_size=20), min_size=1))
def test_salvage_of_text_joined_without_escapes_gives_the_same(values):
    joined = "{" + ",".join(f'"{key}":"{value}"' for key, value in values.items()) + "}"
    broken = joined[:-1] + ',"COMMENTS2":"a "b" c"}'
    wanted = {key: value.strip() for key, value in values.items()}
    assert salvage(joined, OUTCOME_KEYS).values == wanted
    assert salvage(broken, OUTCOME_KEYS).values == wanted


@given(st.integers(0, 200))
def test_salvage_of_any_prefix_states_nothing_that_was_not_there(length):
    whole = json.dumps({"NEW_REFERRAL_FLAG": "N", "EXISTING_REFERRAL_FLAG": "Y", "COMMENTS": "a longer comment here"})
    for key, value in salvage(whole[:length], OUTCOME_KEYS).values.items():
        assert json.loads(whole)[key].startswith(value)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("2024-03-01 00:00:00.000", "2024-03-01"), ("2024-03-01", "2024-03-01"), ("01/03/2024", "2024-03-01"),
        ("1/3/2024 09:05", "2024-03-01T09:05:00Z"), ("2024-07-01T09:30:00", "2024-07-01T08:30:00Z"),
    ],
)  # fmt: skip
def test_moment_in_each_form(text, read):
    found = moment(text, "x")
    assert found is not None
    assert found.isoformat() == read


@pytest.mark.parametrize("text", ["", "NULL", "1900-01-01 00:00:00.000", "n/a"])
def test_moment_of_nothing_is_none(text):
    assert moment(text, "x") is None
    assert NO_DATE.year == 1900


@pytest.mark.parametrize("text", ["2024-02-31", "31/02/2024", "2024-13-01", "13/13/2024", "01/03/24", "yesterday"])
def test_moment_that_cannot_be_is_refused_without_its_value(text):
    with pytest.raises(Refused) as refused:
        moment(text, "cont_contact_date")
    assert (refused.value.field, refused.value.code) == ("cont_contact_date", "bad_date")
    assert text not in str(refused.value)


@pytest.mark.parametrize(("text", "read"), [("Y", True), ("0", False), ("TRUE", True), ("f", False), ("NULL", None)])
def test_flag_in_each_form(text, read):
    assert flag(text, "x") is read


@pytest.mark.parametrize(
    ("code", "agency"),
    [
        ("1A", "family"), ("1B", "public"), ("2A", "education"), ("3A", "health.gp"), ("3B", "health.community"),
        ("3E", "health.hospital"), ("4", "housing"), ("5A", "adult_services"), ("5D", "social_care"),
        ("6", "police"), ("8", "voluntary"), ("9", "anonymous"), ("7", ""), ("10", ""), ("11", None),
    ],
)  # fmt: skip
def test_referral_source_codes(code, agency):
    assert code_means("source", code) == agency


@pytest.mark.parametrize(
    ("label", "agency"),
    [
        ("HEALTH SERVICES - A&E (accident and emergency department)", "health.hospital"),
        ("HEALTH SERVICES - school nurse", "health.community"), ("SCHOOLS", "education"), ("Police", "police"),
        ("INDIVIDUAL - family member, relative or carer", "family"), ("LA SERVICES - early help", "social_care"),
    ],
)  # fmt: skip
def test_referral_source_by_its_label(label, agency):
    assert words_mean("source", label) == agency

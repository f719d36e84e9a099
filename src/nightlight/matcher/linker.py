"""The one door to Splink and DuckDB: training without labels, and every pair of a population scored at once.

Its settings are made from `comparisons`, and a pair found here is one that shares a key, as it is when a record comes
alone (`placing`). Needs the extra `nightlight[matcher]`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa
import splink
from splink import DuckDBAPI, Linker, SettingsCreator

from nightlight.matcher.comparisons import BY_NAME, COMPARISONS, Comparison, Level
from nightlight.matcher.model import LEAST_BEARERS, Chances, Model, Rarity, Training
from nightlight.matcher.prepared import FIELDS, LISTS, Prepared

STARTING_M: Mapping[str, Mapping[str, float]] = {
    "given_name": {"same": 0.85, "spelling": 0.03, "swapped": 0.01, "short": 0.03, "alike": 0.05, "other": 0.03},
    "family_name": {"same": 0.82, "spelling": 0.02, "part": 0.02, "alike": 0.04, "other": 0.1},
    "birth_date": {"year": 0.01, "same": 0.95, "turned": 0.005, "slip": 0.02, "near": 0.005, "other": 0.01},
    "sex": {"same": 0.99, "other": 0.01},
    "postcode": {"same": 0.75, "slip": 0.03, "near": 0.07, "other": 0.15},
    "place": {"same": 0.7, "alike": 0.1, "other": 0.2},
    "number": {"same": 0.93, "slip": 0.04, "other": 0.03},
}
"""Where training starts, and what a level keeps that no pair in training came out at."""
STARTING_U: Mapping[tuple[str, str], float] = {
    ("birth_date", "year"): 5.5e-4, ("birth_date", "turned"): 3e-5, ("birth_date", "slip"): 4e-3,
    ("number", "slip"): 1e-5, ("postcode", "slip"): 1e-3, ("place", "alike"): 1e-3,
}  # fmt: skip
"""What a level that no pair drawn at random came out at is taken to come out at; any other, `LEAST_U`."""
LEAST_M, LEAST_U = 1e-3, 1e-7
"""Agencies make every sort of mistake now and then, so that none may rule a pair out; and what was never met by chance
is not thereby impossible."""
RARE = ("given", "family")
TOGETHER = "whole"
"""Beside how rare each name is: how much more often two go together than chance would have it."""
MOST_OF_A_NAME = 60
"""Names that more records bear are left out where pairs of one name are learned from: they make most of the pairs, and
hardly one of those is of one person."""
LEAST_FILLED = 0.05
"""A column that fewer records fill is not compared: there would be nothing to learn what it says from."""
_SESSIONS = (
    (
        "l.given_spelling = r.given_spelling and l.family_spelling = r.family_spelling and l.uncommon = r.uncommon",
        ("given_name", "family_name"),
    ),
    ("l.born = r.born and l.family_sound = r.family_sound", ("birth_date", "family_name")),
    ("l.born = r.born and l.given_sound = r.given_sound", ("birth_date", "given_name")),
)
_CERTAIN = (
    "l.nhs_number = r.nhs_number",
    "l.upn = r.upn",
    "l.number = r.number and l.given = r.given",
    "l.given_spelling = r.given_spelling and l.family_spelling = r.family_spelling and l.born = r.born",
)
RECALL = 0.85
"""The share of true pairs that the certain rules are taken to find; the prior follows from it."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two records that share a key, by their ids in order, and what Splink makes of them."""

    one: str
    other: str
    weight: float


def train(records: Sequence[Prepared], *, at: str, on: str, pairs: float = 5e6) -> Model:
    """A model of these records, without labels. at: when, as the caller says; on: what they are, in words."""
    with _Population(records) as population:
        compared = population.compared()
        population.mark_uncommon()
        linker = population.linker(_settings(compared))
        rules: list[Any] = [rule for rule in _CERTAIN if population.has(rule)]
        linker.training.estimate_probability_two_random_records_match(rules, recall=RECALL)
        linker.training.estimate_u_using_random_sampling(max_pairs=pairs, seed=1)
        for rule, fixed in _SESSIONS:
            if any(name not in fixed for name in compared):
                linker.training.estimate_parameters_using_expectation_maximisation(
                    rule, fix_u_probabilities=True, estimate_without_term_frequencies=True
                )
        learned = linker.misc.save_model_to_json()
        rarity = {column: population.rarity(column) for column in RARE}
        rarity[TOGETHER] = population.together(rarity)
    return Model(
        prior=learned["probability_two_random_records_match"],
        levels={**{each["output_column_name"]: _chances(each) for each in learned["comparisons"]}, **_NAMES_TOGETHER},
        rarity=rarity,
        training=Training(
            at=at, records=len(records), on=on, splink=splink.__version__,
            parameters={"pairs for u": pairs, "recall of the certain rules": RECALL, "certain rules": rules,
                        "sessions": [rule for rule, _ in _SESSIONS]},
        ),
    )  # fmt: skip


_NAMES_TOGETHER: Mapping[str, Mapping[str, Chances]] = {
    "whole_name": {"same": Chances(1.0, 1.0), "other": Chances(1.0, 1.0)}
}
"""It says nothing by itself, and takes back what two names are taken to say that often go together."""


def _chances(learned: Mapping[str, Any]) -> dict[str, Chances]:
    """What was learned; a level that no pair came out at keeps where it started, and a chance is never nothing."""
    comparison = BY_NAME[learned["output_column_name"]]
    start = STARTING_M[comparison.name]
    chances = {}
    for level, each in zip(comparison.levels, learned["comparison_levels"], strict=True):
        if not level.missing:
            m, u = each.get("m_probability"), each.get("u_probability")
            m = m if isinstance(m, float) else start[level.code]
            u = u if isinstance(u, float) else STARTING_U.get((comparison.name, level.code), LEAST_U)
            chances[level.code] = Chances(min(max(m, LEAST_M), 1.0), min(max(u, LEAST_U), 1.0))
    return chances


def score_all(records: Sequence[Prepared], model: Model, *, above: float = -1e9) -> list[Pair]:
    """Every pair that shares a key, scored by Splink with the model's weights, where its weight is so much or more."""
    with _Population(records) as population:
        linker = population.linker(_settings(list(model.levels), model))
        for column, rarity in model.rarity.items():
            population.register_rarity(linker, column, rarity)
        found = linker.inference.predict(threshold_match_weight=above if above > -1e8 else None)
        return list(population.pairs(found.physical_name))


_ALWAYS = (
    "l.nhs_number = r.nhs_number",
    "l.upn = r.upn",
    "l.given = r.given and l.family = r.family and l.born = r.born and l.postcode = r.postcode",
)
"""Pairs that a rule may find the same however little the model makes of them. Each of them shares a key."""


def pairs_worth_judging(records: Sequence[Prepared], model: Model, *, above: float) -> Iterator[tuple[str, str]]:
    """The pairs that share a key and whose weight is so much or more, and those that a rule may join, each once."""
    with _Population(records) as population:
        linker = population.linker(_settings(list(model.levels), model))
        for column, rarity in model.rarity.items():
            population.register_rarity(linker, column, rarity)
        found = linker.inference.predict(threshold_match_weight=above).physical_name
        yield from population.joined(found)


def _settings(names: Iterable[str], model: Model | None = None) -> dict[str, Any]:
    wanted = set(names)
    return {
        "link_type": "dedupe_only",
        "unique_id_column_name": "id",
        "probability_two_random_records_match": model.prior if model else 1e-4,
        "retain_intermediate_calculation_columns": False,
        "retain_matching_columns": False,
        "comparisons": [_comparison(each, model) for each in COMPARISONS if each.name in wanted],
        "blocking_rules_to_generate_predictions": [
            {"blocking_rule": "l.keys = r.keys", "sql_dialect": "duckdb", "arrays_to_explode": ["keys"]}
        ],
    }


def _comparison(comparison: Comparison, model: Model | None) -> dict[str, Any]:
    return {
        "output_column_name": comparison.name,
        "comparison_description": comparison.title,
        "comparison_levels": [_level(comparison, level, model) for level in comparison.levels],
    }


def _level(comparison: Comparison, level: Level, model: Model | None) -> dict[str, Any]:
    said: dict[str, Any] = {"sql_condition": level.sql, "label_for_charts": level.words}
    if level.missing:
        return {**said, "is_null_level": True}
    if model is None:
        said["m_probability"] = STARTING_M[comparison.name][level.code]
    else:
        chances = model.levels[comparison.name][level.code]
        said |= {"m_probability": chances.m, "u_probability": chances.u}
    if level.rarity:
        said |= {"tf_adjustment_column": level.rarity, "tf_adjustment_weight": 1.0}
    return said


class _Population:
    """Records in a DuckDB of their own, for as long as they are looked at."""

    def __init__(self, records: Sequence[Prepared]) -> None:
        self._records = len(records)
        self.connection = duckdb.connect()
        table = _table(records)
        self.connection.register("given_records", table)
        self.connection.execute("create table records as select * from given_records")

    def __enter__(self) -> _Population:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def linker(self, settings: Mapping[str, Any]) -> Linker:
        logging.getLogger("splink").setLevel(logging.ERROR)  # it says on the screen what it does otherwise
        api = DuckDBAPI(connection=self.connection)
        return Linker(api.register("records"), SettingsCreator.from_path_or_dict(dict(settings)), log_level=None)

    def compared(self) -> list[str]:
        """The comparisons that enough records have something for."""
        columns = ", ".join(f"count({each.needs})" for each in COMPARISONS)
        row = self.connection.execute(f"select {columns} from records").fetchall()[0]  # noqa: S608 - our own names
        least = LEAST_FILLED * self._records
        enough = [each.name for each, filled in zip(COMPARISONS, row, strict=True) if filled and filled >= least]
        return [name for name in enough if name not in _NAMES_TOGETHER]

    def mark_uncommon(self) -> None:
        """Say of each record whether few have its two names."""
        self.connection.execute(
            "create or replace table records as select *, case when count(*) over (partition by given_spelling, "  # noqa: S608
            f"family_spelling) <= {MOST_OF_A_NAME} then 1 end as uncommon from records"
        )

    def has(self, rule: str) -> bool:
        """Whether any record fills all that a rule asks of it."""
        columns = sorted({word[2:] for word in rule.split() if word.startswith("l.")})
        filled = " and ".join(f"{column} is not null" for column in columns)
        sql = f"select count(*) from records where {filled}"  # noqa: S608 - our own names
        return bool(self.connection.execute(sql).fetchall()[0][0])

    def rarity(self, column: str) -> Rarity:
        """The shares of the values that enough records bear, and the share taken for all others."""
        sql = f"select {column}, count(*) from records where {column} is not null group by 1"  # noqa: S608
        counts = dict(self.connection.execute(sql).fetchall())
        total = sum(counts.values()) or 1
        shares = {value: count / total for value, count in sorted(counts.items()) if count >= LEAST_BEARERS}
        return Rarity(floor=min(1.0, LEAST_BEARERS / 2 / total), shares=shares)

    def together(self, rarity: Mapping[str, Rarity]) -> Rarity:
        """For names that go together in people born on enough days: how many times as often as chance would have it."""
        sql = (
            "select given, family, count(*) / sum(count(*)) over () from records "  # noqa: S608 - our own number
            "where given is not null and family is not null group by 1, 2 "
            f"qualify count(distinct born) >= {LEAST_BEARERS} order by 1, 2"
        )
        given, family = rarity["given"], rarity["family"]
        found = self.connection.execute(sql).fetchall()
        times = {f"{one} {two}": round(share / (given.of(one) * family.of(two)), 3) for one, two, share in found}
        return Rarity(floor=1.0, shares={name: much for name, much in times.items() if much > 1.0})

    def register_rarity(self, linker: Linker, column: str, rarity: Rarity) -> None:
        """The model's own shares, for each value that is met: what is scored does not depend on who else is there."""
        sql = f"select distinct {column} from records where {column} is not null"  # noqa: S608 - our own names
        values = [row[0] for row in self.connection.execute(sql).fetchall()]
        shares = pa.table({column: pa.array(values, pa.string()), f"tf_{column}": [rarity.of(v) for v in values]})
        self.connection.register(f"given_{column}", shares)
        self.connection.execute(f"create table shares_{column} as select * from given_{column}")  # noqa: S608
        api = linker._db_api
        linker.table_management.register_term_frequency_lookup(api.register(f"shares_{column}"), column)

    def joined(self, name: str) -> list[tuple[str, str]]:
        """The pairs of a table, and all that a rule may join."""
        ruled = " union ".join(
            f"select l.id as one, r.id as other from records l join records r on {rule} and l.id < r.id"  # noqa: S608
            for rule in _ALWAYS
        )
        scored = f"select least(id_l, id_r), greatest(id_l, id_r) from {name}"  # noqa: S608 - Splink's own
        return self.connection.execute(f"{scored} union {ruled}").fetchall()

    def pairs(self, name: str) -> Iterator[Pair]:
        sql = f"select least(id_l, id_r), greatest(id_l, id_r), match_weight from {name}"  # noqa: S608 - Splink's own
        for one, other, weight in self.connection.execute(sql).fetchall():
            yield Pair(one, other, weight)


def _table(records: Sequence[Prepared]) -> pa.Table:
    """The records in columns, as DuckDB takes them."""
    types = {name: pa.list_(pa.int64() if name == "keys" else pa.string()) for name in LISTS}
    columns = (*FIELDS, TOGETHER)
    return pa.table(
        {name: pa.array([getattr(r, name) for r in records], types.get(name, pa.string())) for name in columns}
    )

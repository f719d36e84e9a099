"""Who is whom: the linkage model beside Splink's default settings, on FEBRL 1 to 4 and on the sample's hidden truth.

    python benchmarks/matcher.py [--quick] [--million] [--starting-model FILE]

Both are trained without labels, on the same records and fields, in the same run; a pair counts as linked from a
probability of 0.95. By pairs: of those linked, how many are true (precision), and of the true, how many are linked
(recall). By clusters, which are what linked pairs connect: how many of those found are all the records of one person
(pure), and how many people of several records are found so (whole). `placed` is what the program does with the sample:
rules, rivals and all. It fails where the model is below Splink's on any of the four. --million: 300,000 children and
their parents, about a million records (`matcher_million.py`, which also places records one at a time). The last line is
JSON. Needs the extras `matcher` and `bench`.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import combinations
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from splink import DuckDBAPI, Linker, SettingsCreator, block_on
from splink import comparison_library as cl

from nightlight.actions.research.people_on_record import Known, known, without_numbers
from nightlight.matcher import linker, thresholds
from nightlight.matcher.batch import link_all
from nightlight.matcher.groups import components
from nightlight.matcher.prepared import Prepared, prepare
from nightlight.matcher.scoring import Scorer
from nightlight.matcher.verdicts import Judge

DATA = Path(__file__).parent / "data" / "febrl"
SURE = 4.2479275134435852
"""0.95 in bits."""


@dataclass(frozen=True)
class Case:
    """Records with the truth; `between`: pairs count only between these two sets of ids, as in a link of two files."""

    name: str
    records: list[Prepared]
    truth: Mapping[str, str]
    between: Callable[[str, str], bool] = lambda _one, _other: True


@dataclass(frozen=True)
class Measured:
    precision: float
    recall: float
    pure: float
    whole: float

    def __str__(self) -> str:
        return "  ".join(f"{name} {value:.4f}" for name, value in vars(self).items())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="FEBRL 1, and 2,000 children: under a minute")
    parser.add_argument("--million", action="store_true", help="300,000 children, about a million records")
    parser.add_argument("--starting-model", type=Path, metavar="FILE", help="train the package's starting model again")
    args = parser.parse_args()
    logging.getLogger("splink").setLevel(logging.ERROR)
    if args.starting_model:
        people = known(40_000, seed=7)
        model = linker.train([each.record for each in people], at="2026-11-23", on=STARTING)
        args.starting_model.write_text(model.as_json(), encoding="utf-8")
        return
    result: dict[str, Any] = {"benchmark": "matcher"}
    people = known(2_000 if args.quick else 20_000)
    samples = [sample(without_numbers(people), "sample without numbers")]
    if not args.quick:
        samples.append(sample(people, "sample with numbers"))
    cases = [*febrl(("1",) if args.quick else ("1", "2", "3", "4")), *samples]
    result["cases"] = [compared(case) for case in cases]
    if args.million:
        from matcher_million import CHILDREN, bulk

        result["million"] = bulk(CHILDREN)
    print(json.dumps(result))
    if below := [case["case"] for case in result["cases"] if _below(case)]:
        raise SystemExit(f"below Splink's default settings: {', '.join(below)}")


def _below(case: Mapping[str, Any]) -> bool:
    return any(case["nightlight"][name] < value for name, value in case["splink"].items())


STARTING = (
    "the invented sample of 40,000 children, seed 7 (benchmarks/matcher.py --starting-model): a start, until a "
    "partnership trains its own"
)


def febrl(numbers: Iterable[str]) -> Iterable[Case]:
    """Each data set with its identifier, and without."""
    for number in numbers:
        rows = [row for part in (("4a", "4b") if number == "4" else (number,)) for row in _rows(part)]
        truth = {row["rec_id"]: row["rec_id"].split("-")[1] for row in rows}
        between = _of_two_files if number == "4" else (lambda _one, _other: True)
        yield Case(f"FEBRL {number} with identifier", [_febrl(row, True) for row in rows], truth, between)
        yield Case(f"FEBRL {number} without", [_febrl(row, False) for row in rows], truth, between)


def _of_two_files(one: str, other: str) -> bool:
    return one.endswith("-org") != other.endswith("-org")


def _rows(part: str) -> list[dict[str, str]]:
    with gzip.open(DATA / f"dataset{part}.csv.gz", "rt", encoding="utf-8") as file:
        return list(csv.DictReader(file, skipinitialspace=True))


def _febrl(row: Mapping[str, str], numbered: bool) -> Prepared:
    day = row["date_of_birth"]
    born = f"{day[:4]}-{day[4:6]}-{day[6:]}" if _is_day(day) else day[:4]
    street = f"{row['street_number']} {row['address_1']}".strip()
    return prepare(
        row["rec_id"], given=row["given_name"], family=row["surname"], born=born, postcode=row["postcode"] or None,
        lines=(street,) if street else (), number=row["soc_sec_id"] if numbered else None,
    )  # fmt: skip


def _is_day(text: str) -> bool:
    try:
        date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return False
    return True


def sample(people: Sequence[Known], name: str) -> Case:
    return Case(name, [each.record for each in people], {each.record.id: each.truth for each in people})


def compared(case: Case) -> dict[str, Any]:
    """Both on one case; for the sample also what is placed."""
    said: dict[str, Any] = {"case": case.name, "records": len(case.records)}
    model = linker.train(_numbered(case.records), at="2026-11-23", on=case.name)
    pairs = linker.score_all(_numbered(case.records), model)
    ours = [(p.one, p.other) for p in pairs if p.weight >= SURE]
    theirs = [pair for pair, weight in plain(case.records) if weight >= SURE]
    for name, linked in (("nightlight", ours), ("splink", theirs)):
        said[name] = _said(case, name, linked, components(case.truth, linked))
    if case.name.startswith("sample"):
        judge = Judge(
            Scorer(linker.train(case.records, at="2026-11-23", on=case.name)), thresholds.on(date(2026, 11, 23))
        )
        linked = link_all(case.records, judge)
        together = [pair for group in linked.groups for pair in combinations(sorted(group), 2)]
        said["placed"] = _said(case, "placed", together, linked.groups)
        said["asked per 100 people"] = round(100 * len(linked.asked) / len(set(case.truth.values())), 2)
        print(f"{'':<34}asked of people: {said['asked per 100 people']} a hundred people")
    return said


def _numbered(records: list[Prepared]) -> list[Prepared]:
    """For the model alone the numbers are a field like others, as they are for Splink."""
    return [replace(r, number=r.number or r.upn or r.nhs_number) for r in records]


def _said(
    case: Case, name: str, linked: Iterable[tuple[str, str]], groups: Iterable[frozenset[str]]
) -> dict[str, float]:
    measured = measure(case, linked, groups)
    print(f"{case.name:<26} {name:<11} {measured}")
    return {key: round(value, 4) for key, value in vars(measured).items()}


def measure(case: Case, linked: Iterable[tuple[str, str]], groups: Iterable[frozenset[str]]) -> Measured:
    """Precision and recall of pairs, and of the sets of several records that they make: all of one person's, or not."""
    counted = [case.truth[one] == case.truth[other] for one, other in linked if case.between(one, other)]
    people: dict[str, set[str]] = defaultdict(set)
    for record, person in case.truth.items():
        people[person].add(record)
    several = [frozenset(each) for each in people.values() if len(each) > 1]
    true = sum(case.between(one, other) for each in several for one, other in combinations(sorted(each), 2))
    found = {group for group in groups if len(group) > 1}
    right = len(found & set(several))
    return Measured(
        sum(counted) / max(1, len(counted)), sum(counted) / true, right / max(1, len(found)), right / len(several)
    )


def plain(records: Sequence[Prepared]) -> list[tuple[tuple[str, str], float]]:
    """Splink as its documentation sets it up: its ready-made comparisons and blocking rules, nothing changed."""
    connection = duckdb.connect()
    columns = ("id", "given", "family", "born", "sex", "postcode", "place", "number", "nhs_number", "upn")
    table = pa.table({name: pa.array([getattr(r, name) for r in records], pa.string()) for name in columns})
    connection.register("given_records", table)
    connection.execute("create table people as select * from given_records")
    filled = {name for name in columns if any(getattr(r, name) for r in records)}
    link = Linker(DuckDBAPI(connection=connection).register("people"), _plain_settings(filled), log_level=logging.ERROR)
    rules = [
        block_on("given", "family", "born"),
        *(block_on(n) for n in ("number", "nhs_number", "upn") if n in filled),
    ]
    link.training.estimate_probability_two_random_records_match(rules, recall=0.7)
    link.training.estimate_u_using_random_sampling(max_pairs=5e6, seed=1)
    for rule in (block_on("given", "family"), block_on("born", "family"), block_on("born", "given")):
        link.training.estimate_parameters_using_expectation_maximisation(rule)
    found = link.inference.predict(threshold_match_weight=SURE).physical_name
    rows = connection.execute(f"select id_l, id_r, match_weight from {found}").fetchall()
    connection.close()
    return [((one, other), weight) for one, other, weight in rows]


def _plain_settings(filled: set[str]) -> SettingsCreator:
    ready = {
        "given": cl.NameComparison("given"), "family": cl.NameComparison("family"),
        "born": cl.DateOfBirthComparison("born", input_is_string=True, datetime_format="%Y%m%d"),
        "sex": cl.ExactMatch("sex"), "postcode": cl.PostcodeComparison("postcode"),
        "place": cl.JaroWinklerAtThresholds("place"), "number": cl.LevenshteinAtThresholds("number"),
        "nhs_number": cl.ExactMatch("nhs_number"), "upn": cl.ExactMatch("upn"),
    }  # fmt: skip
    blocking = [block_on("given", "family"), block_on("born", "family"), block_on("born", "given"),
                block_on("postcode", "family"), block_on("postcode", "given")]  # fmt: skip
    blocking += [block_on(name) for name in ("number", "nhs_number", "upn") if name in filled]
    return SettingsCreator(
        link_type="dedupe_only", unique_id_column_name="id", blocking_rules_to_generate_predictions=blocking,
        comparisons=[comparison for name, comparison in ready.items() if name in filled],
    )  # fmt: skip


if __name__ == "__main__":
    main()

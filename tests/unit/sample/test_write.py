"""What is written is read back by the feeds: the clean is accepted, what is broken on purpose is refused, no more."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from nightlight.domain.people import normal_nhs_number, normal_upn
from nightlight.feeds.mapping import shipped_mapping
from nightlight.feeds.records import Feed, FeedContext, Record, Rejection
from nightlight.feeds.registry import FEEDS
from nightlight.sample.cases import Case, cases
from nightlight.sample.dirt import FATES, misspelt, source_id, wrong_check
from nightlight.sample.happenings import at
from nightlight.sample.organisations import Delivery
from nightlight.sample.write import Manifest, NotEmptyError, deliveries_of, write

UNTIL = date(2026, 11, 23)
CHILDREN = 400
Read = list[tuple[Delivery, Record | Rejection]]


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Manifest]:
    folder = tmp_path_factory.mktemp("sample")
    return folder, write(folder, children=CHILDREN, seed=9, until=UNTIL)


@pytest.fixture(scope="module")
def read_back(sample: tuple[Path, Manifest]) -> Read:
    return list(_read_all(sample[0]))


def _read_all(folder: Path) -> Iterator[tuple[Delivery, Record | Rejection]]:
    for delivery in deliveries_of(folder):
        feed = FEEDS[delivery.feed]
        for path in _files(folder / delivery.path, feed):
            context = FeedContext(
                agency=delivery.agency, organisation=delivery.organisation, system=delivery.system, now=at(UNTIL, 0),
                mapping=shipped_mapping(delivery.mapping) if delivery.mapping else None, file_name=path.name,
            )  # fmt: skip
            with path.open("rb") as stream:
                for found in feed.read(stream, context):
                    yield delivery, found


def _files(path: Path, feed: Feed) -> list[Path]:
    if path.is_file():
        return [path]
    return sorted((p for p in path.iterdir() if p.name.endswith(feed.suffixes)), key=lambda p: (feed.order(p.name), p))


def test_every_feed_is_delivered(sample: tuple[Path, Manifest]) -> None:
    assert {delivery.feed for delivery in sample[1].deliveries} == set(FEEDS)


def test_feeds_refuse_what_was_broken_on_purpose_and_nothing_else(
    sample: tuple[Path, Manifest], read_back: Read
) -> None:
    refused = Counter(delivery.feed for delivery, found in read_back if isinstance(found, Rejection))
    assert dict(refused) == {feed: count for feed, count in sample[1].refused.items() if count}
    assert sum(refused.values()) > 0


def test_every_fact_written_is_an_entry_read(sample: tuple[Path, Manifest], read_back: Read) -> None:
    manifest = sample[1]
    for feed, written in manifest.records.items():
        records = {
            (delivery.system, found.record_id): found
            for delivery, found in read_back
            if delivery.feed == feed and isinstance(found, Record) and found.entries
        }
        dirt = manifest.dirt.get(feed, {})
        whole_rows_lost = manifest.refused.get(feed, 0) if feed in ("concern-log", "police") else 0
        assert len(records) == written - whole_rows_lost, (feed, dirt)


def test_repeated_records_are_the_same_record_again(sample: tuple[Path, Manifest], read_back: Read) -> None:
    digests: dict[tuple[str, str], set[str]] = {}
    times: Counter[tuple[str, str]] = Counter()
    for delivery, found in read_back:
        if isinstance(found, Record) and delivery.feed in ("police", "concern-log", "fhir"):
            digests.setdefault((delivery.system, found.record_id), set()).add(found.digest)
            times[delivery.system, found.record_id] += 1
    assert all(len(found) == 1 for found in digests.values())
    repeats = sum(sample[1].dirt[feed].get("repeated_record", 0) for feed in ("police", "concern-log", "fhir"))
    assert sum(times.values()) - len(times) == repeats > 0


def test_identifiers_read_are_those_of_nobody(read_back: Read) -> None:
    people = [p for _d, found in read_back if isinstance(found, Record) for p in found.people]
    numbers = {p.nhs_number for p in people if p.nhs_number}
    assert numbers
    assert all(number.startswith("999") for number in numbers)
    assert all(p.upn[1:4] == "999" for p in people if p.upn)
    assert {p.postcode[:2] for p in people if p.postcode} == {"ZX"}


def test_two_children_are_recorded_under_one_nhs_number(sample: tuple[Path, Manifest], read_back: Read) -> None:
    by_number: dict[str, set[str]] = {}
    for delivery, found in read_back:
        if delivery.feed == "fhir" and delivery.agency == "health.gp" and isinstance(found, Record):
            for person in found.people:
                if person.nhs_number:
                    by_number.setdefault(person.nhs_number, set()).add(person.source_id)
    shared = [people for people in by_number.values() if len(people) > 1]
    assert len(shared) == sample[1].dirt["fhir"]["shared_nhs_number"] == 1


def test_truth_knows_every_source_id(sample: tuple[Path, Manifest], read_back: Read) -> None:
    rows = [json.loads(line) for line in (sample[0] / "truth.jsonl").read_text(encoding="utf-8").splitlines()]
    told = {(system, source) for row in rows for system, source, _true in row["sources"]}
    for delivery, found in read_back:
        if isinstance(found, Record):
            assert {(delivery.system, person.source_id) for person in found.people} <= told
    assert sum(len([p for p in row["people"] if p["role"] == "child"]) for row in rows) == CHILDREN
    assert any(row["spells"] for row in rows)


CARRIED = {
    "health.medicine_issued", "health.medicine_collected", "health.condition", "health.emergency_attendance",
    "health.admission", "health.appointment", "health.review", "education.register", "police.incident", "voice.words",
    "social_care.contact", "social_care.referral", "social_care.assessment", "social_care.section_47",
    "social_care.conference", "social_care.child_in_need_plan", "social_care.child_protection_plan",
    "social_care.visit", "social_care.worker_changed",
}  # fmt: skip
"""Kinds of which a case's facts come back one for one. (Words alone make a concern of their own: see the next test.)"""


def _case_entries(sample: tuple[Path, Manifest], read_back: Read, case: Case) -> Counter[tuple[str, date]]:
    rows = [json.loads(line) for line in (sample[0] / "truth.jsonl").read_text(encoding="utf-8").splitlines()]
    mine = {
        (system, source)
        for row in rows
        for system, source, true_id in row["sources"]
        if true_id.startswith(f"case-{case.name}")
    }
    found: Counter[tuple[str, date]] = Counter()
    for delivery, record in read_back:
        if isinstance(record, Record):
            for entry in record.entries:
                ids = {(delivery.system, s.source_id) for s in entry.subjects}
                places = (s for s in entry.subjects if s.address)
                if ids & mine or any(place.source_id.startswith(f"case-{case.name}") for place in places):
                    found[entry.kind, _day(entry.occurred.earliest)] += 1
    return found


def _day(moment: object) -> date:
    from nightlight.timeline.london import local_date

    return local_date(moment)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["family-r", "family-q"])
def test_case_comes_back_as_it_was(sample: tuple[Path, Manifest], read_back: Read, name: str) -> None:
    case = next(case for case in cases(UNTIL) if case.name == name)
    found = _case_entries(sample, read_back, case)
    expected = Counter((h.kind, h.day) for h in case.happenings if h.kind in CARRIED)
    assert Counter({key: n for key, n in found.items() if key[0] in CARRIED}) == expected
    concerns = sum(n for (kind, _day), n in found.items() if kind == "education.concern")
    alone = {h.day for h in case.happenings if h.kind == "voice.words"} - {
        h.day for h in case.happenings if h.kind == "education.concern"
    }
    assert concerns == sum(h.kind == "education.concern" for h in case.happenings) + len(alone)


def test_manifest_lists_what_of_a_case_no_feed_carries(sample: tuple[Path, Manifest]) -> None:
    for stated in sample[1].cases:
        case = next(case for case in cases(UNTIL) if case.name == stated["case"])
        left_out = {row["id"] for row in stated["not_carried"]}
        assert left_out == {h.mark for h in case.happenings if h.kind not in CARRIED | {"education.concern"}}
        assert normal_nhs_number(stated["nhs_number"])
        assert normal_upn(stated["upn"])


def test_dirt_has_a_fate_and_most_of_it_is_there(sample: tuple[Path, Manifest]) -> None:
    made = {code for counts in sample[1].dirt.values() for code in counts}
    assert made <= set(FATES)
    assert set(FATES) - made <= {"day_and_month_swapped", "wrong_encoding"}
    assert set(sample[1].fates) == made


def test_one_identifier_in_seven_is_missing(sample: tuple[Path, Manifest]) -> None:
    rows = [json.loads(line) for line in (sample[0] / "truth.jsonl").read_text(encoding="utf-8").splitlines()]
    children = {p["true_id"] for row in rows for p in row["people"] if p["role"] == "child"}
    pupils = sum(
        true in children for row in rows for system, _source, true in row["sources"] if system.startswith("sims:")
    )
    assert sample[1].dirt["school-register"]["missing_identifier"] / pupils == pytest.approx(0.15, abs=0.06)


def test_every_file_that_can_says_it_is_synthetic(sample: tuple[Path, Manifest]) -> None:
    folder = sample[0]
    assert (folder / "synthetic.txt").read_text(encoding="utf-8").startswith("SYNTHETIC DATA")
    assert json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["synthetic"].startswith("SYNTHETIC")
    for path in (folder / "police").iterdir():
        assert all(json.loads(line)["meta"]["synthetic"] for line in path.read_bytes().splitlines())
    for path in folder.glob("fhir/*.ndjson"):
        assert all(json.loads(line)["meta"]["tag"][0]["code"] == "HTEST" for line in path.read_bytes().splitlines())


def test_same_seed_and_day_give_the_same_files(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    for folder in (one, other):
        write(folder, children=30, seed=2, until=UNTIL)
    names = sorted(p.relative_to(one) for p in one.rglob("*") if p.is_file())
    assert names == sorted(p.relative_to(other) for p in other.rglob("*") if p.is_file())
    assert all((one / name).read_bytes() == (other / name).read_bytes() for name in names)


def test_progress_reaches_the_number_asked_for(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    write(tmp_path / "s", children=25, seed=2, until=UNTIL, progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (25, 25)
    assert seen == sorted(seen)


def test_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("kept", encoding="utf-8")
    with pytest.raises(NotEmptyError, match="empty folder"):
        write(tmp_path, children=10, seed=1, until=UNTIL)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_misspelling_is_another_spelling() -> None:
    from random import Random

    rng = Random(3)
    for name in ("Muhammad", "Willow", "Li", "O'Brien", "Zoë"):
        assert all(misspelt(name, rng) for _ in range(20))
    assert misspelt("Muhammad", rng) != "Muhammad"


def test_wrong_check_digit_is_wrong() -> None:
    child = next(cases(UNTIL)).family.children[0]
    assert normal_nhs_number(wrong_check(child.nhs_number)) is None
    assert normal_upn(wrong_check(child.upn)) is None


def test_source_ids_say_nothing_of_each_other() -> None:
    assert source_id("a", "C1") != source_id("b", "C1")
    assert source_id("a", "C1") == source_id("a", "C1")


def test_register_years_reach_as_far_back_as_asked(tmp_path: Path) -> None:
    manifest = write(tmp_path / "s", children=30, seed=2, until=UNTIL, register_years=0.25)
    less = manifest.records["school-register"]
    more = write(tmp_path / "t", children=30, seed=2, until=UNTIL, register_years=2).records["school-register"]
    assert less < more

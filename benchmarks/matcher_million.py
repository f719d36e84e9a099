"""A million records in bulk beside plain Splink, and a million people among whom records are placed one at a time.

    python benchmarks/matcher_million.py [--quick] [--bulk | --online] [--folder DIR]

In bulk: 300,000 children and their parents as four agencies have them, about a million records. Both are trained on
them, each in a process of its own: times, the most memory (the records included), pairs joined wrongly, twins and
siblings, and people by group. One at a time: 690,000 children and their parents, a million people, are kept in a
PostgreSQL of their own; records that were held back are made ready, found by their keys, judged, settled with all that
they bear on, and given grounds, as a delivery of one record is (`actions.people.settling`). --folder: where that
PostgreSQL is kept, and found again by the next run. --quick: 5,000 children, under a minute. The last line is JSON.
Needs the extras `matcher` and `bench`.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import resource
import statistics
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from hashlib import blake2b
from itertools import combinations
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from nightlight.actions.research import matcher_report
from nightlight.actions.research.people_on_record import Known, known, known_by_block
from nightlight.matcher import thresholds
from nightlight.matcher.prepared import Comparable, Packed, Prepared, opened, pack, prepare
from nightlight.matcher.scoring import Scorer
from nightlight.matcher.settling import linked, settled
from nightlight.matcher.verdicts import Judge

CHILDREN = 300_000
CHILDREN_OF_A_MILLION = 690_000
QUICK = 5_000
ONE_AT_A_TIME = 5_000
WARMING = 500
DAY = thresholds.on(date(2026, 11, 23))
MEMORY = "2GB"
"""What PostgreSQL keeps of its tables in memory: what a million people's records and keys take."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="5,000 children: under a minute")
    parser.add_argument("--bulk", action="store_true", help="only what is linked in bulk")
    parser.add_argument("--online", action="store_true", help="only what is placed one at a time")
    parser.add_argument("--folder", type=Path, help="where the million people are kept, and found again")
    args = parser.parse_args()
    result: dict[str, Any] = {"benchmark": "matcher_million", "load": round(os.getloadavg()[0], 1)}
    if not args.online:
        result["bulk"] = bulk(QUICK if args.quick else CHILDREN)
    if not args.bulk:
        result["online"] = online(QUICK if args.quick else CHILDREN_OF_A_MILLION, args.folder)
    print(json.dumps(result))


# -- in bulk


def bulk(children: int) -> dict[str, Any]:
    """Ours and plain Splink's, on the same records in the same run."""
    people = known(children)
    said = {"children": children, "records": len(people), "people": len({each.truth for each in people})}
    say(said)
    said["pairs in the sample"] = kinds(pairs_of_families(people), {each.record.id: each for each in people})
    for name, work in (("nightlight", ours), ("splink", theirs)):
        said[name] = in_its_own_process(work, people)
        say({name: said[name]})
    return said


def ours(people: Sequence[Known]) -> dict[str, Any]:
    from nightlight.matcher import linker
    from nightlight.matcher.batch import link_all

    records = [each.record for each in people]
    model, train_s = timed(lambda: linker.train(records, at="2026-11-23", on="benchmark"))
    linked, link_s = timed(lambda: link_all(records, Judge(Scorer(model), DAY)))
    cpu_s, rss = used()
    truth = {each.record.id: each for each in people}
    together = [pair for group in linked.groups for pair in combinations(sorted(group), 2)]
    sure = [pair for pair, verdict in linked.links.items() if verdict.probability >= DAY.same]
    overall, groups = matcher_report.counted(people, linked.groups)
    rows = [overall, *(row for each in groups.values() for row in each)]
    return {
        "train_s": train_s, "link_s": link_s, "cpu_s": cpu_s, "rss_mb": rss, **errors(together, truth),
        "at 0.95 or more": errors(sure, truth), "asked": len(linked.asked),
        "by group": [f"{row.name}: {row.in_words}" for row in rows],
    }  # fmt: skip


def theirs(people: Sequence[Known]) -> dict[str, Any]:
    from matcher import plain

    pairs, seconds = timed(lambda: plain([each.record for each in people]))
    cpu_s, rss = used()
    truth = {each.record.id: each for each in people}
    return {
        "train_and_link_s": seconds,
        "cpu_s": cpu_s,
        "rss_mb": rss,
        "at 0.95 or more": errors((pair for pair, _ in pairs), truth),
    }


def in_its_own_process(work: Callable[[Sequence[Known]], dict[str, Any]], people: Sequence[Known]) -> dict[str, Any]:
    forked = multiprocessing.get_context("fork")
    mine, its = forked.Pipe(duplex=False)
    process = forked.Process(target=lambda: its.send(work(people)))
    process.start()
    its.close()
    said: dict[str, Any] = mine.recv()
    process.join()
    return said


def used() -> tuple[float, int]:
    """Seconds of processor time that this process has taken, and the most memory that it had at once."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return round(usage.ru_utime + usage.ru_stime, 1), usage.ru_maxrss // 1024


def say(said: dict[str, Any]) -> None:
    print("  ".join(f"{key} {value}" for key, value in said.items()), flush=True)


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    start = time.perf_counter()
    done = work()
    return done, round(time.perf_counter() - start, 1)


def errors(pairs: Iterable[tuple[str, str]], truth: dict[str, Known]) -> dict[str, Any]:
    """Joined pairs, those that are wrong by who the two are to one another, and the share of true pairs joined."""
    joined = list(pairs)
    wrong = [(one, other) for one, other in joined if truth[one].truth != truth[other].truth]
    true = sum(n * (n - 1) // 2 for n in Counter(each.truth for each in truth.values()).values())
    right = len(joined) - len(wrong)
    return {"joined": len(joined), "wrong": len(wrong), **kinds(wrong, truth), "recall": round(right / true, 4)}


def kinds(pairs: Iterable[tuple[str, str]], truth: dict[str, Known]) -> dict[str, int]:
    counted = Counter(kind(truth[one], truth[other]) for one, other in pairs)
    return {name: counted[name] for name in ("twins", "siblings", "others of a family", "strangers")}


def kind(one: Known, other: Known) -> str:
    if one.family != other.family:
        return "strangers"
    if not (one.child and other.child):
        return "others of a family"
    return "twins" if one.born == other.born else "siblings"


def pairs_of_families(people: Iterable[Known]) -> Iterator[tuple[str, str]]:
    """Pairs of different people of one family, by a record of each: how many there are to be mistaken for one."""
    first: dict[int, dict[str, str]] = {}
    for each in people:
        first.setdefault(each.family, {}).setdefault(each.truth, each.record.id)
    for ids in first.values():
        yield from combinations(ids.values(), 2)


# -- one at a time


def online(children: int, folder: Path | None) -> dict[str, Any]:
    """Percentiles of placing one new record among all that are kept, in milliseconds."""
    home = folder or Path(tempfile.mkdtemp(prefix="nightlight-matcher-"))
    home.mkdir(mode=0o711, exist_ok=True)
    os.environ["NIGHTLIGHT_DATA"] = str(home)
    os.environ.pop("NIGHTLIGHT_DATABASE_URL", None)
    from nightlight.config.boot import boot, collect_seldom
    from nightlight.store import cluster

    cluster.SETTINGS["shared_buffers"] = MEMORY
    boot()
    collect_seldom(50_000)  # as an intake does
    from nightlight.actions.people import linkage

    held = home / "held.txt"
    said: dict[str, Any] = {}
    if not held.exists():
        said["keep_s"] = timed(lambda: fill(children, held))[1]
    said |= sizes()
    say(said)
    warm(cluster.Cluster(home))
    judge = linkage.judge_on(NOW)
    asked = [opened(line) for line in held.read_text("utf-8").splitlines()][: ONE_AT_A_TIME + WARMING]
    placed = [place(record, judge) for record in [*asked[-WARMING:], *asked[:-WARMING]]][WARMING:]
    cut = statistics.quantiles((ms for ms, _ in placed), n=100)
    said |= {"placed": len(placed), "p50_ms": round(cut[49], 3), "p95_ms": round(cut[94], 3),
             "p99_ms": round(cut[98], 3), "max_ms": round(max(ms for ms, _ in placed), 2),
             "load": round(os.getloadavg()[0], 1), **Counter(outcome for _, outcome in placed)}  # fmt: skip
    say(said)
    return said


def warm(server: Any) -> None:
    """The tables into memory, as they are after a day's work."""
    with server.as_superuser("nightlight") as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS pg_prewarm")
        connection.execute(
            "SELECT pg_prewarm(t), (SELECT sum(pg_prewarm(indexrelid)) FROM pg_index WHERE indrelid = t) "
            "FROM unnest(ARRAY['people_matchrecord', 'people_sourceperson']::regclass[]) t"
        )


def place(record: Packed, judge: Judge) -> tuple[float, str]:
    """How long one takes, and how it came out against the truth."""
    from nightlight.actions.people.linkage import Found
    from nightlight.actions.people.settling import settle

    start = time.perf_counter()
    mine = prepare(
        str(uuid5(SPACE, record.id)), system=record.system, role=record.role, given=record.given, family=record.family,
        born=dashed(record), sex=record.sex, postcode=record.postcode, nhs_number=record.nhs_number,
        upn=record.upn,
    )  # fmt: skip
    found = Found([mine], judge)
    settlement = settle(found, {})
    group, surest = settlement.of[mine.id], settlement.surest(mine.id)
    likely = [] if surest else found.likely(mine)
    grounds = found.grounds(mine, found.records[surest[0]]) if surest else ()
    took = 1000 * (time.perf_counter() - start)
    if grounds and group.person is not None:
        return took, "right" if is_of(group.person, record.id.split(":")[1]) else "wrong"
    return took, "asked" if likely else "new"


def dashed(record: Packed) -> str:
    day = record.born
    return f"{day[:4]}-{day[4:6]}-{day[6:]}" if day else record.born_year


SPACE = UUID(int=7)
NOW = datetime(2026, 11, 23, tzinfo=UTC)


def person_of(truth: str, number: int = 0) -> UUID:
    """The first person, or another, whom the program has made of somebody's records."""
    return uuid5(SPACE, truth + "/" * number)


def is_of(person: UUID, truth: str) -> bool:
    return any(person == person_of(truth, number) for number in range(9))


def placed(people: Iterable[Known], judge: Judge) -> dict[str, UUID]:
    """Whose each record is kept as: somebody's, as far as the program is sure that their records are of one person.

    Kept as the truth has it, one new record in thirty would be judged beside records that no program put together.
    """
    theirs: dict[str, dict[str, Comparable]] = defaultdict(dict)
    for each in people:
        theirs[each.truth][each.record.id] = each.record
    return {
        id_: person_of(truth, number)
        for truth, records in theirs.items()
        for number, group in enumerate(sorted(map(sorted, groups_of_one(records, judge))))
        for id_ in group
    }


def groups_of_one(records: dict[str, Comparable], judge: Judge) -> list[frozenset[str]]:
    return [group.records for group in settled(records, linked(records, judge), judge, held={})]


def is_held_back(id_: str, one_in: int) -> bool:
    return int.from_bytes(blake2b(id_.encode(), digest_size=8).digest(), "big") % one_in == 0


def fill(children: int, held: Path) -> None:
    """Every record with its person as it would have been placed, but for those that are held back to be placed."""
    from django.db import connection

    from nightlight.actions.people import linkage

    judge = linkage.judge_on(NOW)
    one_in = max(2, 3 * children // (ONE_AT_A_TIME + 2 * WARMING))
    back: list[Prepared] = []
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX match_record_keys")
    for block in known_by_block(children):
        back += [each.record for each in block if is_held_back(each.record.id, one_in)]
        kept = [each for each in block if not is_held_back(each.record.id, one_in)]
        keep(kept, placed(kept, judge))
    with connection.cursor() as cursor:
        cursor.execute("SET maintenance_work_mem = '512MB'")
        cursor.execute("CREATE INDEX match_record_keys ON people_matchrecord USING gin (keys) WITH (fastupdate = off)")
        for table in ("people_matchrecord", "people_sourceperson", "people_person"):
            cursor.execute(f"VACUUM ANALYZE {table}")
    back.sort(key=lambda record: blake2b(record.id.encode(), digest_size=8, salt=b"order").digest())
    held.write_text("".join(f"{pack(record)}\n" for record in back), "utf-8")


def keep(people: Sequence[Known], whose: Mapping[str, UUID]) -> None:
    from nightlight.store.bulk import copy_rows

    when, ids = "2026-11-23T00:00:00Z", [uuid5(SPACE, each.record.id) for each in people]
    described = ("given", "family", "born", "sex", "nhs_number", "upn", "postcode", "details")
    copy_rows(
        "people_person", ("id", *described, "search_name", "is_child", "created"),
        ((person, *[""] * 7, "{}", "", True, when) for person in set(whose.values())),
    )  # fmt: skip
    copy_rows(
        "people_sourceperson",
        ("id", "system", "source_id", "agency", "organisation", "role", "updated", "person_id", *described),
        ((id_, p.record.system, p.record.id, "education", "", p.record.role, when, whose[p.record.id],
          p.record.given or "", p.record.family or "", p.record.born or "", "", "", "", p.record.postcode or "", "{}")
         for id_, p in zip(ids, people, strict=True)),
    )  # fmt: skip
    copy_rows(
        "people_matchrecord", ("source_person_id", "form", "keys"),
        ((id_, pack(replace(p.record, id=str(id_))), list(p.record.keys)) for id_, p in zip(ids, people, strict=True)),
    )  # fmt: skip


def sizes() -> dict[str, Any]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT count(*) FROM people_person), count(*), pg_relation_size('people_matchrecord') / 1048576, "
            "pg_relation_size('match_record_keys') / 1048576 FROM people_matchrecord"
        )
        return dict(zip(("people", "records", "records_mb", "keys_mb"), cursor.fetchone(), strict=True))


if __name__ == "__main__":
    main()

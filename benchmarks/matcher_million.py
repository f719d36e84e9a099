"""A million records: times in bulk beside plain Splink's, memory, twins and siblings, and records placed one at a time.

Records are placed out of a PostgreSQL of their own, by the statement that `store.people.linkage` uses, with all that is
done for one record: made ready, looked up by its keys, read, scored, judged.
"""

from __future__ import annotations

import os
import resource
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from datetime import date
from itertools import combinations
from pathlib import Path
from random import Random
from typing import Any

CHILDREN = 300_000
ONE_AT_A_TIME = 5_000


def million(children: int = CHILDREN, plainly: Callable[..., Any] | None = None) -> dict[str, Any]:
    from nightlight.actions.matcher_people import known
    from nightlight.matcher import linker, thresholds
    from nightlight.matcher.batch import link_all
    from nightlight.matcher.scoring import Scorer
    from nightlight.matcher.verdicts import Judge

    people = known(children)
    records = [each.record for each in people]
    said: dict[str, Any] = {"records": len(records), "people": len({each.truth for each in people})}
    say(said)
    model, said["train_s"] = timed(lambda: linker.train(records, at="2026-11-23", on="benchmark"))
    judge = Judge(Scorer(model), thresholds.on(date(2026, 11, 23)))
    linked, said["link_s"] = timed(lambda: link_all(records, judge))
    said["rss_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    truth = {each.record.id: each for each in people}
    said |= errors(linked.groups, truth)
    said["asked per 100 people"] = round(100 * len(linked.asked) / said["people"], 2)
    say(said)
    said |= online(records, judge)
    say(said)
    if plainly is not None:
        _, said["splink_s"] = timed(lambda: plainly(records))
        say(said)
    return said


def say(said: dict[str, Any]) -> None:
    print("  ".join(f"{key} {value}" for key, value in said.items()), flush=True)


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    start = time.perf_counter()
    done = work()
    return done, round(time.perf_counter() - start, 1)


def errors(groups: list[frozenset[str]], truth: dict[str, Any]) -> dict[str, Any]:
    """Joined pairs that are wrong, how many of them are of one family, and the share of true pairs that are joined."""
    right = wrong = of_a_family = 0
    for group in groups:
        for one, other in combinations(sorted(group), 2):
            if truth[one].truth == truth[other].truth:
                right += 1
            else:
                wrong += 1
                of_a_family += truth[one].family == truth[other].family
    true = sum(n * (n - 1) // 2 for n in Counter(each.truth for each in truth.values()).values())
    return {"joined": right + wrong, "wrong": wrong, "wrong in a family": of_a_family, "recall": round(right / true, 4)}


def online(records: list[Any], judge: Any) -> dict[str, Any]:
    """Percentiles of placing one record against all that are kept, in milliseconds."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nightlight.config.settings")
    folder = Path(tempfile.mkdtemp(prefix="nightlight-matcher-"))
    folder.chmod(0o711)
    os.environ["NIGHTLIGHT_DATA"] = str(folder)
    os.environ.pop("NIGHTLIGHT_DATABASE_URL", None)
    from nightlight.config.boot import boot

    boot()
    from django.db import connection

    from nightlight.matcher.prepared import unpack
    from nightlight.matcher.verdicts import Outcome
    from nightlight.store.people import linkage

    _, kept_s = timed(lambda: fill(records))
    chance, times, found = Random(1), [], 0
    asked = chance.sample(records, ONE_AT_A_TIME + 200)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_total_relation_size('people_matchrecord') / 1048576")
        size = cursor.fetchone()[0]
    for record in asked:
        start = time.perf_counter()
        likely = []
        for form, _person in linkage.sharing(record.keys):
            other = unpack(form)
            if judge.verdict(record, other).outcome is not Outcome.DIFFERENT:
                likely.append(other.id)
        times.append(1000 * (time.perf_counter() - start))
        found += len(likely)
    cut = statistics.quantiles(times[200:], n=100)
    return {
        "keep_s": kept_s, "index_mb": size, "p50_ms": round(cut[49], 3), "p99_ms": round(cut[98], 3),
        "max_ms": round(max(times[200:]), 2), "found": round(found / len(asked), 2),
    }  # fmt: skip


def fill(records: list[Any]) -> None:
    """Every record with a source person of its own, as if none were matched yet."""
    from uuid import UUID, uuid5

    from django.db import connection

    from nightlight.matcher.prepared import pack
    from nightlight.store.bulk import copy_rows

    space = UUID(int=7)
    rows = [(uuid5(space, record.id), record) for record in records]
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX match_record_keys")
    copy_rows(
        "people_sourceperson",
        ("id", "system", "source_id", "agency", "organisation", "role", "given", "family", "born", "sex", "nhs_number",
         "upn", "postcode", "details", "updated"),
        ((id_, r.system, r.id, "education", "", r.role, r.given or "", r.family or "", r.born or "", "", "", "",
          (r.postcode or "")[:8], "{}", "2026-11-23T00:00:00Z") for id_, r in rows),
    )  # fmt: skip
    copy_rows("people_matchrecord", ("source_person_id", "form", "keys"), ((i, pack(r), list(r.keys)) for i, r in rows))
    with connection.cursor() as cursor:
        cursor.execute("CREATE INDEX match_record_keys ON people_matchrecord USING gin (keys) WITH (fastupdate = off)")
        cursor.execute("ANALYZE people_matchrecord; ANALYZE people_sourceperson")

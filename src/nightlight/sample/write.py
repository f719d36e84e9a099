"""Write a sample: every family through every feed's writer, then the manifest, the hidden truth and the notice.

Families pass one at a time, so memory stays flat and any number of children is the beginning of a greater number.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from nightlight.sample import measure
from nightlight.sample.cases import Case, cases
from nightlight.sample.dirt import FATES
from nightlight.sample.happenings import Happening
from nightlight.sample.life import lives
from nightlight.sample.organisations import Delivery
from nightlight.sample.population import Family
from nightlight.sample.stats import Tally
from nightlight.sample.writers.base import Files, Setting, Writer
from nightlight.sample.writers.concern import ConcernWriter
from nightlight.sample.writers.fhir import FhirWriter
from nightlight.sample.writers.police import PoliceWriter
from nightlight.sample.writers.school import SchoolWriter
from nightlight.sample.writers.ssd import SsdWriter

NOTICE = (
    "SYNTHETIC DATA. Every person, family, address, number, school, practice, hospital, force and authority in this "
    "folder is invented by `nightlight sample`. NHS numbers are of the range 999 000 0000 to 999 999 9999, which is "
    "never issued; postcodes of the area ZX, UPNs of authority 999 and property numbers from 9990 0000 0000 do not "
    "exist. Any likeness to a real person is chance. Not for decisions, statistics or research about real children.\n"
)
_SHARED_EVERY = 400
"""One family in so many has its eldest child recorded under another child's NHS number at the practice."""


class NotEmptyError(ValueError):
    """The folder holds something that a sample would be mixed with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What was written: the deliveries in the order to ingest, the dirt in them, the case children, the marginals."""

    synthetic: str
    children: int
    families: int
    seed: int
    until: str
    years: int
    register_years: float
    deliveries: tuple[Delivery, ...]
    records: dict[str, int]
    refused: dict[str, int]
    outside: dict[str, int]
    dirt: dict[str, dict[str, int]]
    fates: dict[str, str]
    cases: tuple[dict[str, Any], ...]
    marginals: list[Any]
    not_carried: dict[str, int]

    def as_json(self) -> str:
        return json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n"


def write(
    folder: Path,
    *,
    children: int,
    seed: int,
    until: date,
    years: int = 3,
    register_years: float = 1.0,
    progress: Callable[[int, int], None] | None = None,
) -> Manifest:
    """Write the files of an invented partnership into a folder, and say what they are.

    `until` is the day of delivery: nothing is later. `progress` is told (children so far, children in all).
    """
    prepare(folder)
    setting = Setting(Files(folder), seed, until, years, register_years)
    making = _Making(setting)
    try:
        for case in cases(until):
            making.case(case)
        rest = children - making.children
        for family, happenings in lives(
            children=rest, seed=seed, until=until, years=years, register_years=register_years
        ):
            making.family(family, happenings)
            if progress:
                progress(making.children, children)
        manifest = making.manifest(children)
    finally:
        making.close()
    (folder / "manifest.json").write_text(manifest.as_json(), encoding="utf-8")
    return manifest


def prepare(folder: Path) -> None:
    """An empty folder with a notice that all in it is invented; `NotEmptyError` for one in use."""
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise NotEmptyError(
            f"{folder} is not empty. Name a new or empty folder: a sample is never mixed with other files."
        )
    (folder / "synthetic.txt").write_text(NOTICE, encoding="utf-8")


class _Making:
    """A sample as it is being made."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._writers: tuple[Writer, ...] = (
            SsdWriter(setting), FhirWriter(setting), SchoolWriter(setting), ConcernWriter(setting),
            PoliceWriter(setting),
        )  # fmt: skip
        self._tally = Tally.empty()
        self._not_carried: Counter[str] = Counter()
        self._cases: list[dict[str, Any]] = []
        self._truth = (setting.files.folder / "truth.jsonl").open("w", encoding="utf-8")
        self._last_number = ""
        self.children = self.families = 0

    def case(self, case: Case) -> None:
        left_out = self._write(case.family, case.happenings)
        child = case.family.children[0]
        self._cases.append(
            {
                "case": case.name, "true_id": child.true_id, "given": child.given, "family": child.family,
                "born": child.born.isoformat(), "nhs_number": child.nhs_number, "upn": child.upn,
                "not_carried": [{"id": h.mark, "kind": h.kind} for h in left_out],
            }
        )  # fmt: skip

    def family(self, family: Family, happenings: list[Happening]) -> None:
        setting = self._setting
        first = family.children[0]
        if family.number % _SHARED_EVERY == 7:
            setting.shared_numbers[first.true_id] = self._last_number
        self._last_number = first.nhs_number
        measure.count(self._tally, family, happenings, until=setting.until, years=setting.years)
        self._not_carried.update(h.kind for h in self._write(family, happenings))

    def _write(self, family: Family, happenings: Iterable[Happening]) -> list[Happening]:
        """Write a family through every feed; what none of them has a place for comes back."""
        mine: dict[str, list[Happening]] = {writer.feed: [] for writer in self._writers}
        left_out: list[Happening] = []
        for happening in happenings:
            writer = next((w for w in self._writers if w.carries(happening)), None)
            (left_out if writer is None else mine[writer.feed]).append(happening)
        for writer in self._writers:
            writer.family(family, mine[writer.feed])
        self._tell_truth(family)
        self._setting.forget()
        self.children += len(family.children)
        self.families += 1
        return left_out

    def _tell_truth(self, family: Family) -> None:
        line = {
            "family": family.number, "locality": family.locality, "twins": family.twins,
            "people": [{"true_id": p.true_id, "role": p.role, "born": p.born.isoformat()} for p in family.people()],
            "spells": [
                [s.trouble, s.since.isoformat(), s.until.isoformat(), round(s.weight, 2)] for s in family.spells
            ],
            "sources": [list(row) for row in self._setting.truth],
        }  # fmt: skip
        self._truth.write(json.dumps(line) + "\n")

    def manifest(self, children: int) -> Manifest:
        setting = self._setting
        return Manifest(
            synthetic=NOTICE.strip(), children=self.children, families=self.families, seed=setting.seed,
            until=setting.until.isoformat(), years=setting.years, register_years=setting.register_years,
            deliveries=tuple(d for writer in self._writers for d in writer.finish()),
            records=dict(sorted(setting.records.items())), refused=dict(sorted(setting.refused.items())),
            outside=dict(sorted(setting.outside.items())),
            dirt=setting.dirt.as_counts(), fates={code: FATES[code] for code in sorted(setting.dirt.made)},
            cases=tuple(self._cases), marginals=self._tally.marginals(),
            not_carried=dict(sorted(self._not_carried.items())),
        )  # fmt: skip

    def close(self) -> None:
        self._setting.files.close()
        self._truth.close()


def deliveries_of(folder: Path) -> Sequence[Delivery]:
    """The deliveries of a written sample, in the order to ingest."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return tuple(Delivery(**row) for row in manifest["deliveries"])

"""Linkage as it is used: the model in use, whom a source's record may be by it, and the record of training it.

It proposes and decides nothing (`identity`). A record is compared with everybody's, whoever asks; what is shown of that
is for the caller to sieve.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from django.db import transaction

from nightlight.actions.people.describing import search_name
from nightlight.actions.trail import audit
from nightlight.matcher import explaining, model, thresholds
from nightlight.matcher.groups import Pair, ordered
from nightlight.matcher.placing import Memory
from nightlight.matcher.prepared import Comparable, Prepared, opened, pack, prepare
from nightlight.matcher.scoring import Scorer
from nightlight.matcher.verdicts import Basis, Judge, Outcome, Verdict
from nightlight.store.people import linkage as store
from nightlight.store.people.models import MatchModel, MatchThreshold, SourcePerson


class TooFew(ValueError):
    """There is too little to train on; the message says how much is needed."""


LEAST_RECORDS = 2000
"""Fewer records teach a model nothing that the starting model does not know."""


@lru_cache(4)
def _scorer(version: str, text: str) -> Scorer:
    return Scorer(model.read(text) if text else model.starting_model())


def model_in_use() -> model.Model:
    """The model that the partnership trained last, else the one that comes with the package."""
    return _scorer_in_use().model


def judge_on(now: datetime) -> Judge:
    """Who gives verdicts now: the newest model, and the thresholds of the day."""
    own = [
        thresholds.Thresholds(valid_from=row.valid_from, same=row.same, ask=row.ask, source=row.source)
        for row in MatchThreshold.objects.order_by("valid_from", "id")
    ]
    return Judge(_scorer_in_use(), thresholds.on(now.date(), [*thresholds.packaged(), *own]))


def _scorer_in_use() -> Scorer:
    return _scorer(*(MatchModel.objects.order_by("-at").values_list("version", "text").first() or ("", "")))


def prepared(row: SourcePerson) -> Prepared:
    """A source person as they are compared."""
    return prepare(
        str(row.id), system=row.system, role=row.role, given=row.given, family=row.family, born=row.born, sex=row.sex,
        postcode=row.postcode or None, nhs_number=row.nhs_number or None, upn=row.upn or None,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Likely:
    """A person whom a record may be, by the surest of their records: the verdict, and the grounds for and against."""

    person: UUID
    verdict: Verdict
    grounds: tuple[explaining.Ground, ...]

    @property
    def why(self) -> str:
        """The verdict in a line, fit to be kept with a decision: it names no value."""
        return f"{self.verdict.why} ({explaining.in_a_line(self.grounds)})"


class Found:
    """Whom the records of a batch may be: found by their keys in one search, and whose those are in another.

    may_be: for each of the batch's, those kept that share a key and are not soon seen to be another's. own: whose
    those of the batch are that were kept before. kept: those of the batch that were kept, whosever they are. records,
    person: what is in sight, and whose each is; nobody's while that waits.
    """

    def __init__(
        self,
        records: Sequence[Prepared],
        judge: Judge,
        own: Mapping[str, UUID] | None = None,
        kept: Iterable[str] = (),
    ) -> None:
        self.judge = judge
        self.mine = {record.id: record for record in records}
        self.may_be = _sharing_one(records[0], judge) if len(records) == 1 else _sharing(records, judge)
        self.records: dict[str, Comparable] = dict(self.mine)
        self.person: dict[str, UUID] = dict(own or {})
        self._theirs: dict[UUID, list[Comparable]] = defaultdict(list)
        self._batch = Memory(records)
        self._with_open_links = set(kept)
        for id_, person in self.person.items():
            self._theirs[person].append(self.mine[id_])
        self._load(store.with_theirs({UUID(each) for ids in self.may_be.values() for each in ids}))
        self._load(store.of_people(set(self.person.values())) if own else ())

    def _load(self, found: Iterable[store.Found]) -> None:
        for form, person, has_open_links in found:
            record = opened(form)
            if record.id in self.records:
                continue
            self.records[record.id] = record
            if person is not None:
                self.person[record.id] = person
                self._theirs[person].append(record)
            if has_open_links:
                self._with_open_links.add(record.id)

    def _look_up(self, people: Collection[UUID]) -> None:
        """All the records of people who were found otherwise: one that speaks against a match may share no key."""
        self._load(store.of_people(people) if people else ())

    def widen(self, links: Iterable[Pair]) -> tuple[set[str], set[Pair]]:
        """The records in sight that the batch bears on, and the open links among them: nothing else can change.

        It bears on what links lead to, on all records of one person where it does on one of them, and on what has an
        open link to any of these, which is brought into sight until nothing more has.
        """
        pairs: set[Pair] = set()
        looked: set[str] = set()
        reached = self._with_theirs([*self.mine, *(id_ for pair in links for id_ in pair)])
        while ahead := (reached & self._with_open_links) - looked:
            found = [(str(one), str(other)) for one, other in store.open_links(map(UUID, ahead))]
            pairs |= {ordered(*pair) for pair in found}
            looked |= ahead
            self._load(store.with_theirs({UUID(other) for _, other in found if other not in self.records}))
            reached |= self._with_theirs(other for _, other in found if other in self.records)
        return reached, {pair for pair in pairs if pair[0] in reached and pair[1] in reached}

    def _with_theirs(self, ids: Iterable[str]) -> set[str]:
        """These records, and those in sight of the people whose they are."""
        found = set(ids)
        return found | {record.id for id_ in found if id_ in self.person for record in self._theirs[self.person[id_]]}

    def placed(self, id_: str, person: UUID | None) -> None:
        """A record is somebody's now, or waits; others may be theirs too."""
        if (before := self.person.pop(id_, None)) is not None:
            self._theirs[before] = [record for record in self._theirs[before] if record.id != id_]
        if person is not None:
            self.person[id_] = person
            self._theirs[person].append(self.records[id_])

    def likely(self, mine: Prepared) -> list[Likely]:
        """Whom a record may be, the surest first."""
        return self.among(mine, {self.person[each] for each in self.beside(mine.id) if each in self.person})

    def namesakes(self, mine: Prepared, people: Sequence[UUID]) -> list[Likely]:
        """Those of these people, found by their name, who are not another by what else is known: somebody is asked."""
        self._look_up([who for who in people if who not in self._theirs])
        made = []
        for person in people:
            for record in self._theirs.get(person, [])[:1]:
                verdict = self.judge.verdict(mine, record)
                if not verdict.apart and not (mine.born and record.born):
                    asked = replace(verdict, outcome=Outcome.ASK, basis=Basis.NONE, why="the same name")
                    made.append(Likely(person, asked, self.grounds(mine, record)))
        return made

    def among(self, mine: Comparable, people: Iterable[UUID]) -> list[Likely]:
        """What is made of a record in sight and each of these people, the surest first."""
        made = [self._of(mine, person, [r for r in self._theirs[person] if r.id != mine.id]) for person in people]
        return sorted((m for m in made if m), key=lambda m: (-m.verdict.probability, -m.verdict.weight, m.person))

    def beside(self, id_: str) -> set[str]:
        """The records in sight, kept before or in this batch, that may be the same person's as one of the batch's."""
        found = self.may_be[id_] | {each.id for each in self._batch.sharing(self.mine[id_].keys)}
        return {each for each in found if each != id_ and each in self.records}

    def _of(self, mine: Comparable, person: UUID, records: Sequence[Comparable]) -> Likely | None:
        verdicts = [(self.judge.verdict(mine, record), record) for record in records]
        worth = [(v, r) for v, r in verdicts if v.outcome is not Outcome.DIFFERENT]
        if not worth:
            return None
        verdict, record = max(worth, key=lambda pair: (_SURER[pair[0].outcome], pair[0].weight, pair[1].id))
        if verdict.outcome is Outcome.SAME and (but := self._but(mine, records, [v for v, _ in verdicts])):
            verdict = replace(verdict, outcome=Outcome.ASK, basis=Basis.NONE, why=f"{verdict.why}, but {but}")
        return Likely(person, verdict, self.grounds(mine, record))

    def grounds(self, one: Comparable, other: Comparable) -> tuple[explaining.Ground, ...]:
        """What the model makes of two records, field by field."""
        return explaining.grounds(self.judge.scorer, one, other)

    def _but(self, mine: Comparable, theirs: Sequence[Comparable], verdicts: Sequence[Verdict]) -> str:
        """What keeps a pair that is certainly the same from being joined: one of theirs, or a rival that waits."""
        if any(verdict.apart for verdict in verdicts):
            return "another record of theirs cannot be the same person's"
        beside = sorted(self.beside(mine.id)) if mine.id in self.mine else ()
        for rival in (self.records[each] for each in beside if each not in self.person):
            if self.judge.verdict(mine, rival).outcome is Outcome.SAME:
                if any(self.judge.verdict(rival, record).apart for record in theirs):
                    return "a record that waits is as like, and cannot be the same person's"
        return ""


def _sharing_one(record: Prepared, judge: Judge) -> dict[str, set[str]]:
    may_be = judge.screen(record)
    rows = map(opened, store.sharing(record.keys))
    return {record.id: {row.id for row in rows if may_be(row)}}


def _sharing(records: Iterable[Prepared], judge: Judge) -> dict[str, set[str]]:
    by_key: dict[int, list[str]] = defaultdict(list)
    for key, form in store.sharing_each(sorted({key for record in records for key in record.keys})):
        by_key[key].append(form)
    found = {}
    for record in records:
        may_be = judge.screen(record)
        rows = map(opened, {form for key in record.keys for form in by_key.get(key, ())})
        found[record.id] = {row.id for row in rows if may_be(row)}
    return found


class Known:
    """Whom the source people of one batch may be, by the model in use."""

    def __init__(self, rows: Iterable[SourcePerson], now: datetime) -> None:
        rows = list(rows)
        self.judge = judge_on(now)
        self._mine = {row.id: prepared(row) for row in rows}
        own = {str(row.id): row.person_id for row in rows if row.person_id is not None}
        kept = [str(row.id) for row in rows if not row._state.adding]
        self.found = Found(list(self._mine.values()), self.judge, own, kept)
        self._namesakes = _namesakes(rows)

    def placed(self, id_: UUID, person: UUID | None) -> None:
        """A record is somebody's now, or waits; later ones may be theirs too, or have a rival in it."""
        self.found.placed(str(id_), person)

    def likely(self, row: SourcePerson) -> list[Likely]:
        """Whom a record may be, the surest first; last those of its name, where one birth date is not known."""
        likely = self.found.likely(self._mine[row.id])
        said = {each.person for each in likely} | {row.person_id}
        others = [who for who in self._namesakes.get(search_name(row.given, row.family), ()) if who not in said]
        return likely + self.found.namesakes(self._mine[row.id], others)

    def keep(self) -> None:
        """Keep the batch's records as they are compared now; their source people are there."""
        _keep(self._mine.values())


def keep(rows: Iterable[SourcePerson]) -> None:
    """Keep these source people as they are compared now."""
    _keep(map(prepared, rows))


def _keep(records: Iterable[Prepared]) -> None:
    store.keep([(UUID(each.id), pack(each), each.keys) for each in records])


MOST_NAMESAKES = 20


def _namesakes(rows: Iterable[SourcePerson]) -> dict[str, list[UUID]]:
    """People of a record's name, where one or the other has no birth date: no key finds one by the other."""
    undated = {search_name(row.given, row.family) for row in rows if row.given and row.family and not row.born}
    dated = {search_name(row.given, row.family) for row in rows if row.given and row.family and row.born}
    by: dict[str, list[UUID]] = defaultdict(list)
    for name, id_ in store.namesakes(undated, dated):
        if len(by[name]) < MOST_NAMESAKES:
            by[name].append(id_)
    return by


_SURER: Mapping[Outcome, int] = {Outcome.SAME: 2, Outcome.ASK: 1, Outcome.DIFFERENT: 0}


def pair(one: SourcePerson, other: SourcePerson, now: datetime) -> Likely:
    """What the model and the rules make of two source people, with the grounds."""
    judge = judge_on(now)
    mine, yours = prepared(one), prepared(other)
    grounds = explaining.grounds(judge.scorer, mine, yours)
    return Likely(other.person_id or other.id, judge.verdict(mine, yours), grounds)


# -- training, and how sure the model must be


def train(*, by: str, now: datetime) -> model.Model:
    """Train a model on every source person that is kept, without labels; it counts from now on. Needs the extra.

    Every record is made ready again first, so that what is compared is what this version of the package compares.
    """
    from nightlight.matcher import linker  # heavy, and an extra

    records = [prepared(row) for row in SourcePerson.objects.order_by("id").iterator(5000)]
    if len(records) < LEAST_RECORDS:
        raise TooFew(
            f"There are {len(records):,} records of people, and a model is trained on {LEAST_RECORDS:,} or more. The "
            "one that comes with the package goes on counting."
        )
    trained = linker.train(records, at=now.isoformat(), on="every record of a person that this partnership keeps")
    with transaction.atomic():
        _keep(records)
        MatchModel.objects.create(version=trained.version, at=now, by=by, text=trained.as_json())
        audit.record(at=now, by=by, act="matcher.trained", about=trained.version, detail={"records": len(records)})
    return trained


def set_thresholds(*, by: str, row: thresholds.Thresholds, now: datetime) -> None:
    """Be stricter from a day on, in this partnership; the days before keep what they had."""
    with transaction.atomic():
        MatchThreshold.objects.create(
            valid_from=row.valid_from, same=row.same, ask=row.ask, at=now, by=by, source=row.source
        )
        audit.record(at=now, by=by, act="matcher.thresholds", detail={"same": row.same, "ask": row.ask})

"""Case files: one family's chronology in one YAML document (docs/reference/case-format.md), read and checked whole.

Every mistake is reported at once, with line, field and what was expected. Nothing is guessed and nothing is made more
precise than it was written: a month stays a month.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from nightlight.domain.agencies import AGENCIES
from nightlight.domain.chronology import Chronology, Entry, Link, Source, Subject
from nightlight.domain.documents import Document, DocumentError, Item
from nightlight.domain.kinds import KINDS, TEXT, WHEN, Kind
from nightlight.domain.people import LinkKind
from nightlight.timeline.instants import TimelineError
from nightlight.timeline.partial import Partial

A_DATE = "a date that exists (YYYY, YYYY-MM or YYYY-MM-DD), or an instant with its offset (2017-11-24T14:40:00+00:00)"
ROLES = ("child", "parent", "carer", "sibling", "household", "other")
_OF = {"parent": LinkKind.PARENT, "carer": LinkKind.CARER, "sibling": LinkKind.SIBLING, "household": LinkKind.HOUSEHOLD}
_ABOUT = {"child": "child", "sibling": "child", "parent": "adult", "carer": "adult", "household": "adult"}
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*", re.ASCII)


class CaseFileError(DocumentError):
    """A case file that cannot be replayed; each mistake names file, line, field and what was expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CasePerson:
    """One of the people of a case, by the name the file gives them."""

    name: str
    role: str
    of: tuple[str, ...] = ()
    born: Partial | None = None
    parental_responsibility: bool = False


@dataclass(frozen=True, slots=True)
class Harm:
    """What came to the child, and when."""

    when: Partial
    kind: str


@dataclass(frozen=True, slots=True)
class Missed:
    """An opportunity that the published review says was missed."""

    when: Partial
    what: str


@dataclass(frozen=True, slots=True)
class PublishedReview:
    """What the published review says, where it does."""

    recognisable_from: Partial | None = None
    missed: tuple[Missed, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A case file that has been read.

    known_to: for an entry's id, the agencies that in fact learned of it besides its own, and when.
    response: the ids of the entries that are what was in fact done.
    """

    id: str
    title: str
    people: Mapping[str, CasePerson]
    entries: tuple[Entry, ...]
    about: str = ""
    fictional: bool = False
    sources: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    known_to: Mapping[str, Mapping[str, Partial]] = field(default_factory=dict)
    response: tuple[str, ...] = ()
    harm: Harm | None = None
    review: PublishedReview = PublishedReview()

    @property
    def children(self) -> tuple[str, ...]:
        """The children of the case: each is replayed."""
        return tuple(person.name for person in self.people.values() if person.role == "child")

    def chronology(self, child: str) -> Chronology:
        """The chronology of one child; what is imprecise counts from the last moment that it may have been."""
        shared = {id_: {who: when.latest for who, when in each.items()} for id_, each in self.known_to.items()}
        return Chronology(
            child=child,
            born=self.people[child].born,
            entries=self.entries,
            links=tuple(_links(self.people.values())),
            shared=shared,
            homes=frozenset(self.addresses),
        )


def _links(people: Any) -> list[Link]:
    return [
        Link(kind=_OF[person.role], person=person.name, other=other)
        for person in people
        if person.role in _OF
        for other in person.of
    ]


def read_case(path: Path) -> Case:
    """Read a case file; raises `CaseFileError` listing everything that is wrong with it."""
    try:
        document = Document.read(path)
    except DocumentError as error:
        raise CaseFileError(list(error.mistakes)) from None
    return _read(document)


def parse_case(text: str, name: str = "case") -> Case:
    """Read the text of a case file, as `read_case` does a file."""
    try:
        document = Document.parse(text, name)
    except DocumentError as error:
        raise CaseFileError(list(error.mistakes)) from None
    return _read(document)


_TOP = {
    "case": True, "title": True, "about": False, "fictional": False, "sources": False, "people": True,
    "addresses": False, "entries": True, "response": False, "harm": False, "review": False,
}  # fmt: skip


def _read(document: Document) -> Case:
    reading = _Reading(document)
    case = reading.case()
    if document.mistakes:
        raise CaseFileError(document.mistakes)
    return case


class _Reading:
    """One reading of one document. It goes on after a mistake, so that all are found."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.people: dict[str, CasePerson] = {}
        self.addresses: tuple[str, ...] = ()
        self.sources: tuple[str, ...] = ()
        self.entries: list[Entry] = []
        self.ids: dict[str, int] = {}
        self.known_to: dict[str, Mapping[str, Partial]] = {}

    def case(self) -> Case:
        document, root = self.document, self.document.root
        top = document.only(root, _TOP)
        name = document.words(root, "case")
        if name and not _ID.fullmatch(name):
            document.refuse(top["case"], "lower-case letters a to z, digits and hyphens")
        self.sources = tuple(document.words(item) for item in document.items(top.get("sources")))
        self.addresses = tuple(self.address(key, item) for key, item in document.pairs(top.get("addresses")))
        self.read_people(top.get("people"))
        for number, item in enumerate(document.items(top.get("entries")), start=1):
            self.read_entry(number, item)
        return Case(
            id=name,
            title=document.words(root, "title"),
            about=document.words(root, "about"),
            fictional=document.yes(root, "fictional"),
            sources=self.sources,
            people=self.people,
            addresses=self.addresses,
            entries=tuple(self.entries),
            known_to=self.known_to,
            response=tuple(self.response(item) for item in document.items(top.get("response"))),
            harm=self.harm(top["harm"]) if "harm" in top else None,
            review=self.review(top["review"]) if "review" in top else PublishedReview(),
        )

    # -- people and addresses

    def address(self, name: str, item: Item) -> str:
        if item.mapping or (item.mapping is None and not item.is_nothing):
            self.document.refuse(item, "{}: an address has a name and nothing else")
        return name

    def read_people(self, item: Item | None) -> None:
        pairs = list(self.document.pairs(item))
        for name, each in pairs:
            if name in self.addresses:
                self.document.refuse(each, "a name that no address has")
            self.people[name] = self.person(name, each)
        for name, each in pairs:
            self.check_of(self.people[name], each)
        if item is not None and not any(person.role == "child" for person in self.people.values()):
            self.document.refuse(item, "at least one person with role: child")

    def person(self, name: str, item: Item) -> CasePerson:
        keys = {"role": True, "of": False, "born": False, "parental_responsibility": False}
        given = self.document.only(item, keys)
        return CasePerson(
            name=name,
            role=self.document.one_of(item, "role", ROLES),
            of=tuple(self.document.words(each) for each in self.document.items(given.get("of"))),
            born=self.when(given["born"]) if "born" in given else None,
            parental_responsibility=self.document.yes(item, "parental_responsibility"),
        )

    def check_of(self, person: CasePerson, item: Item) -> None:
        children = {each.name for each in self.people.values() if each.role == "child"}
        of = (item.mapping or {}).get("of")
        if person.role in _OF and not person.of:
            self.document.refuse(item, f"the children this {person.role} is linked to, as of: [child]", "of")
        elif of is not None and not children.issuperset(person.of):
            self.document.refuse(of, "only people of this file with role: child")

    # -- entries

    _ENTRY = {
        "id": False, "when": True, "until": False, "kind": True, "about": True, "agency": True, "attributes": False,
        "words": False, "text": False, "recorded": False, "known_to": False, "source": False,
    }  # fmt: skip

    def read_entry(self, number: int, item: Item) -> None:
        before = len(self.document.mistakes)
        given = self.document.only(item, self._ENTRY)
        id_ = self.entry_id(number, item, given)
        kind = self.kind(given.get("kind"))
        agency = self.document.one_of(item, "agency", tuple(AGENCIES))
        occurred = self.when(given["when"]) if "when" in given else None
        recorded = self.when(given["recorded"]) if "recorded" in given else occurred
        until = self.when(given["until"]) if "until" in given else None
        subjects = self.subjects(given.get("about"), kind)
        attributes = self.attributes(given.get("attributes"), kind)
        known_to = self.learned(given.get("known_to"), agency, occurred)
        self.check_order(given, kind, occurred, recorded)
        self.check_source(item, given)
        if len(self.document.mistakes) > before or kind is None or occurred is None or recorded is None:
            return
        self.entries.append(
            Entry(
                id=id_,
                kind=kind.name,
                subjects=subjects,
                occurred=occurred,
                until=until,
                recorded=recorded,
                source=Source(agency=agency, system="case-file", record_id=id_),
                attributes=attributes,
                words=self.document.words(item, "words"),
                text=self.document.words(item, "text"),
            )
        )
        if known_to:
            self.known_to[id_] = known_to

    def entry_id(self, number: int, item: Item, given: Mapping[str, Item]) -> str:
        id_ = self.document.words(item, "id", f"entry-{number}")
        if id_ in self.ids:
            self.document.refuse(given.get("id", item), f"an id of its own; line {self.ids[id_]} has this one already")
        self.ids.setdefault(id_, item.line)
        return id_

    def kind(self, item: Item | None) -> Kind | None:
        if item is None:
            return None
        kind = KINDS.get(self.document.words(item))
        if kind is None:
            self.document.refuse(item, "a kind of docs/reference/kinds.md, as theme.what")
        return kind

    def subjects(self, item: Item | None, kind: Kind | None) -> tuple[Subject, ...]:
        named = [(each, self.document.words(each)) for each in self.document.items(item)]
        if item is not None and item.items is not None and not named:
            self.document.refuse(item, "at least one person or address")
        for each, name in named:
            if name not in self.people and name not in self.addresses:
                self.document.refuse(each, "the name of one of the file's people or addresses")
            elif kind is not None and self.what_is(name) not in (*kind.about, "other"):
                self.document.refuse(each, f"{' or '.join(sorted(kind.about))}, which {kind.name} is about")
        return tuple(Subject(name) for _, name in named)

    def what_is(self, name: str) -> str:
        return "address" if name in self.addresses else _ABOUT.get(self.people[name].role, "other")

    def attributes(self, item: Item | None, kind: Kind | None) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for name, each in self.document.pairs(item):
            if kind is None:
                continue
            takes = kind.attributes.get(name)
            # A year, or a number that stands for text, is text; only quoting would say so in YAML.
            values[name] = each.text if takes in (TEXT, WHEN) and each.text is not None else each.value()
            for problem in kind.problems({name: values[name]}):
                self.document.refuse(each, problem.expected)
            if takes is WHEN and each.text is not None:
                self.when(each)
            if name == "address" and each.text not in self.addresses:
                self.document.refuse(each, "the name of one of the file's addresses")
        return values

    def learned(self, item: Item | None, agency: str, occurred: Partial | None) -> dict[str, Partial]:
        found = {}
        for name, each in self.document.pairs(item):
            if name not in AGENCIES:
                self.document.refuse(each, "an agency: one of " + ", ".join(AGENCIES))
            elif name == agency:
                self.document.refuse(each, "another agency than the one that holds the entry")
            when = self.when(each)
            if when and occurred and when.certainly_before(occurred):
                self.document.refuse(each, "a moment that is not before `when`: nobody knows of it before it happens")
            if when:
                found[name] = when
        return found

    def check_order(
        self, given: Mapping[str, Item], kind: Kind | None, occurred: Partial | None, recorded: Partial | None
    ) -> None:
        until = given.get("until")
        if until and kind and not kind.episode:
            self.document.refuse(until, f"no end: {kind.name} is not an episode")
        elif until and occurred and (end := self.quiet_when(until)) and end.certainly_before(occurred):
            self.document.refuse(until, "an end that is not before `when`")
        if occurred and recorded and recorded.certainly_before(occurred):
            self.document.refuse(given["recorded"], "a moment that is not before `when`: it is written down afterwards")

    def check_source(self, item: Item, given: Mapping[str, Item]) -> None:
        index = self.document.whole(item, "source")
        if index is not None and not 0 <= index < len(self.sources):
            self.document.refuse(given["source"], f"the place of one of the {len(self.sources)} sources, from 0")

    # -- what was done, what came, what was said of it

    def response(self, item: Item) -> str:
        id_ = self.document.words(item)
        if id_ not in self.ids:
            self.document.refuse(item, "the id of an entry of this file")
        return id_

    def harm(self, item: Item) -> Harm | None:
        given = self.document.only(item, {"when": True, "kind": True})
        outcomes = tuple(name for name in KINDS if name.startswith("outcome."))
        kind = self.document.one_of(item, "kind", outcomes)
        when = self.when(given["when"]) if "when" in given else None
        return Harm(when, kind) if when else None

    def review(self, item: Item) -> PublishedReview:
        given = self.document.only(item, {"recognisable_from": False, "missed": False})
        missed = [self.missed(each) for each in self.document.items(given.get("missed"))]
        return PublishedReview(
            self.when(given["recognisable_from"]) if "recognisable_from" in given else None,
            tuple(each for each in missed if each),
        )

    def missed(self, item: Item) -> Missed | None:
        given = self.document.only(item, {"when": True, "what": True})
        when = self.when(given["when"]) if "when" in given else None
        return Missed(when, self.document.words(item, "what")) if when else None

    # -- dates

    def when(self, item: Item) -> Partial | None:
        """A date as precise as it was written; None, with the mistake noted, when it is not one."""
        if item.mapping is None:
            return self.date(item)
        given = self.document.only(item, {"not_before": False, "not_after": False})
        if not given:
            self.document.refuse(item, "not_before, not_after or both")
            return None
        sides = {name: self.date(each) for name, each in given.items()}
        if None in sides.values():
            return None
        try:
            return Partial.bounds(sides.get("not_before"), sides.get("not_after"))
        except TimelineError:
            self.document.refuse(item, "not_before no later than not_after")
            return None

    def date(self, item: Item) -> Partial | None:
        found = self.quiet_when(item) if item.text is not None and ".." not in item.text else None
        if found is None:
            self.document.refuse(item, A_DATE)
        return found

    def quiet_when(self, item: Item) -> Partial | None:
        try:
            return Partial.parse(item.text or "")
        except TimelineError:
            return None


def _moment(value: object) -> Partial | None:
    """A date among what a kind holds (from when a danger is, or a protection in force); None for anything else."""
    try:
        return Partial.parse(value) if isinstance(value, str) else None
    except TimelineError:
        return None


def moments(case: Case) -> tuple[datetime, ...]:
    """Every exact instant that the file gives, so that what merely ends a day can be told from a real midnight."""
    found = [p for entry in case.entries for p in (entry.occurred, entry.recorded, entry.until) if p]
    found += [when for each in case.known_to.values() for when in each.values()]
    found += [said for entry in case.entries for value in entry.attributes.values() if (said := _moment(value))]
    return tuple(p.latest for p in found if p.precision == "instant")

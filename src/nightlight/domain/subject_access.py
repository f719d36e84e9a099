"""A copy of all that is held on a person, for them: each field marked by whose it is, and given or left out.

A mark proposes and a person decides, field by field: what the law leaves out (somebody else's data, what would do
serious harm) can't be told by a machine. Pure: what is held comes in, and a document goes out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from nightlight.domain.people import normal_name


class Mark(StrEnum):
    """Whose a field is, or what giving it might do."""

    THEIRS = "theirs"
    THIRD_PARTY = "third_party"
    HARM = "harm"
    RESTRICTED = "restricted"


WORDS: Mapping[Mark, str] = MappingProxyType(
    {
        Mark.THEIRS: "Theirs",
        Mark.THIRD_PARTY: "Somebody else's",
        Mark.HARM: "May cause serious harm",
        Mark.RESTRICTED: "Restricted by its source",
    }
)
GROUNDS: Mapping[Mark, str] = MappingProxyType(
    {
        Mark.THIRD_PARTY: "DPA 2018 Sch 2 para 16-17: another person's data, unless they agree or it is reasonable "
        "to give it without (UNVERIFIED: text not read)",
        Mark.HARM: "DPA 2018 Sch 3: likely serious harm to the physical or mental health of anybody; for health data "
        "the health professional is asked (UNVERIFIED: text not read)",
        Mark.RESTRICTED: "DPA 2018 Sch 2 para 2 (crime) or the source's own restriction: ask the source "
        "(UNVERIFIED: text not read)",
    }
)
"""On what ground a field of each mark can be left out, as far as is known here."""
LEFT_OUT = "[left out]"
"""What stands for a field that is not given: the same whatever the reason, which could itself tell."""

_INFORMANTS = frozenset({"observer"})
_PLACES = frozenset({"address", "destination", "setting"})
_VIOLENCE = frozenset({"police.marac", "adult.hostility"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of what is held. id: where it stands, by ids; why: what gave it its mark; file: the id of one."""

    id: str
    label: str
    value: str
    mark: Mark = Mark.THEIRS
    why: str = ""
    file: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Fields that belong together: one entry, one source's description. under: the heading it stands under."""

    under: str
    title: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One entry as it is held, and who else is in it. others: the parts of other people; names: of people linked."""

    id: str
    kind: str
    title: str
    when: str
    organisation: str
    sensitivity: str = "ordinary"
    attributes: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    words: str = ""
    text: str = ""
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What was decided about a field."""

    give: bool
    why: str = ""


def entry_part(held: Held, *, is_child: bool, names: Iterable[str] = (), violence: bool = False) -> Part:
    """One entry, marked. names: of other people whom the record knows; violence: whether it speaks of violence at home.

    >>> entry = Held(id="e1", kind="education.concern", title="Concern", when="2 May 2026", organisation="A school",
    ...              attributes={"observer": "neighbour"}, text="Mara shouted.")
    >>> [(each.label, each.mark.value) for each in entry_part(entry, is_child=True, names=["Mara"]).fields]
    [('observer', 'third_party'), ('text', 'third_party')]
    """
    given = {**{name: plain(value) for name, value in held.attributes.items()}, "words": held.words, "text": held.text}
    fields = []
    for name, value in given.items():
        if value:
            mark, why = _mark(name, value, held, is_child, tuple(names), violence)
            label = name.replace("_", " ")
            fields.append(Field(id=f"entry:{held.id}:{name}", label=label, value=value, mark=mark, why=why))
    if held.others:
        also = ", ".join(held.others)
        why = "other people in the same entry"
        fields.append(
            Field(id=f"entry:{held.id}:others", label="also about", value=also, mark=Mark.THIRD_PARTY, why=why)
        )
    return Part(
        under="What was recorded", title=f"{held.title}, {held.when} ({held.organisation})", fields=tuple(fields)
    )


def raw_part(
    held: Held, sent: Iterable[tuple[str, str]], *, is_child: bool, names: Iterable[str] = (), violence: bool = False,
    free: Callable[[str], bool] = lambda value: False,
) -> Part:  # fmt: skip
    """What a record says as it was sent beyond its entries, marked. free: whether a text was written freely.

    >>> entry = Held(id="r1", kind="education.concern", title="Concern", when="2 May 2026", organisation="A school")
    >>> [each.mark.value for each in raw_part(entry, [("house", "Red")], is_child=True).fields]
    ['theirs']
    """
    fields = []
    for label, value in sent:
        mark, why = _mark(label.rpartition(", ")[2], value, held, is_child, tuple(names), violence)
        if mark is Mark.THEIRS and held.others:
            mark, why = Mark.THIRD_PARTY, "from a record that is about others, too"
        elif mark is Mark.THEIRS and free(value):
            mark, why = Mark.THIRD_PARTY, "written freely: read it for whom it speaks of"
        which = hashlib.sha256(f"{label}={value}".encode()).hexdigest()[:12]
        fields.append(Field(id=f"raw:{held.id}:{which}", label=label, value=value, mark=mark, why=why))
    return Part(under="As it was sent", title=f"{held.title}, {held.when} ({held.organisation})", fields=tuple(fields))


def _mark(name: str, value: str, held: Held, is_child: bool, names: Sequence[str], violence: bool) -> tuple[Mark, str]:
    if held.sensitivity != "ordinary":
        return Mark.RESTRICTED, "marked so by its source"
    if is_child and held.kind.startswith("adult."):
        return Mark.THIRD_PARTY, "about an adult"
    if name == "words" or held.kind.startswith("voice."):
        return Mark.HARM, "the child's own words: whoever asks may be whom they are about"
    if name in _PLACES and violence:
        return Mark.HARM, "a place, in a record that speaks of violence at home"
    if name in _INFORMANTS:
        return Mark.THIRD_PARTY, "who saw or told"
    if name == "text" and held.others:
        return Mark.THIRD_PARTY, "somebody else is in the same entry"
    named = _named(value, names)
    return (Mark.THIRD_PARTY, "names somebody else") if named else (Mark.THEIRS, "")


def _named(value: str, names: Sequence[str]) -> bool:
    said = set(normal_name(value).split())
    return any(normal_name(name) in said for name in names if len(name) > 2)


def speaks_of_violence(kinds: Iterable[str]) -> bool:
    """Whether a record speaks of violence at home, so that a place in it may lead somebody to a victim.

    >>> speaks_of_violence(["education.concern"]), speaks_of_violence(["police.marac"])
    (False, True)
    """
    return not _VIOLENCE.isdisjoint(kinds)


def plain(value: Any) -> str:
    """A value as people read it.

    >>> plain({"seen": True, "by": ["a", "b"]}), plain(28.0), plain(None)
    ('seen: yes; by: a, b', '28', '')
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list | tuple):
        return ", ".join(plain(each) for each in value)
    if isinstance(value, Mapping):
        return "; ".join(f"{name}: {plain(each)}" for name, each in value.items())
    return "" if value is None else str(value)


def proposed(of: Field) -> Choice:
    """What the mark proposes: theirs is given, the rest is left out until a person decides."""
    return Choice(give=of.mark is Mark.THEIRS)


def undecided(parts: Iterable[Part], choices: Mapping[str, Choice]) -> tuple[Field, ...]:
    """The fields that a person must still decide about: every one that is not plainly theirs."""
    fields = (each for part in parts for each in part.fields)
    return tuple(each for each in fields if each.mark is not Mark.THEIRS and each.id not in choices)


def redacted(parts: Iterable[Part], choices: Mapping[str, Choice]) -> tuple[Part, ...]:
    """What the person is given: each field that is left out says so and nothing else."""
    return tuple(
        Part(under=part.under, title=part.title, fields=tuple(_given(each, choices) for each in part.fields))
        for part in parts
    )


def _given(held: Field, choices: Mapping[str, Choice]) -> Field:
    give = choices.get(held.id, proposed(held)).give
    return Field(id="", label=held.label, value=held.value if give else LEFT_OUT)


def counts(parts: Iterable[Part], choices: Mapping[str, Choice]) -> tuple[int, int]:
    """How many fields are given, and how many left out."""
    given = [choices.get(each.id, proposed(each)).give for part in parts for each in part.fields]
    return sum(given), len(given) - sum(given)


def given_files(parts: Iterable[Part], choices: Mapping[str, Choice]) -> tuple[str, ...]:
    """The files that are given, by id, in the order in which they are held."""
    fields = (each for part in parts for each in part.fields if each.file)
    return tuple(each.file for each in fields if choices.get(each.id, proposed(each)).give)


def as_data(name: str, made: date, parts: Iterable[Part], files: Iterable[Mapping[str, str]] = ()) -> dict[str, Any]:
    """The copy as data to keep: headings, parts and their fields, as given; and the files that go with it."""
    return {
        "copy_of_what_is_held_on": name,
        "made": made.isoformat(),
        "files": [dict(each) for each in files],
        "parts": [
            {"under": part.under, "title": part.title, "fields": [[f.label, f.value] for f in part.fields]}
            for part in parts
        ],
    }

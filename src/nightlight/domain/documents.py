"""YAML documents read as people wrote them: each value as text with its line, and every mistake found in one reading.

Case files, rule rows and rotas are written by people, so a mistake names file, line, field and what was expected, and
all of them come at once. A mistake never repeats a value: what is in these files may be about a child. No YAML type is
guessed (a month stays a month), and anchors, tags and deep nesting are refused: nothing here needs them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DEEPEST = 12
_WHOLE = re.compile(r"-?\d{1,15}", re.ASCII)
_DECIMAL = re.compile(r"-?\d{1,15}\.\d{1,15}", re.ASCII)
_NOTHING = frozenset({"", "~", "null"})
_NAMEABLE = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,39}", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Mistake:
    """One thing wrong in a document: where, and what was expected there. Never the value itself."""

    file: str
    line: int
    field: str
    expected: str

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}: {self.field}: expected {self.expected}"


class DocumentError(ValueError):
    """A document that cannot be used as it is; `mistakes` lists everything found wrong, in the order of its lines."""

    def __init__(self, mistakes: list[Mistake]) -> None:
        self.mistakes = tuple(sorted(set(mistakes)))
        super().__init__("\n".join(str(mistake) for mistake in self.mistakes))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (list(self.mistakes),)


@dataclass(slots=True)
class Item:
    """One value of a document: text, a list, or a mapping, with the line it starts on and the path that names it."""

    line: int
    path: str
    text: str | None = None
    plain: bool = True
    items: list[Item] | None = None
    mapping: dict[str, Item] | None = None

    @property
    def is_nothing(self) -> bool:
        """Whether the value was left out: `key:`, `~` or `null`."""
        return self.plain and self.text is not None and self.text in _NOTHING

    def value(self) -> Any:
        """As an attribute holds it: true and false, numbers and text; quoted is always text, and so is a date."""
        if self.items is not None:
            return [item.value() for item in self.items]
        if self.mapping is not None:
            return {key: item.value() for key, item in self.mapping.items()}
        return _scalar(self.text or "", self.plain)


def _scalar(text: str, plain: bool) -> Any:
    if not plain:
        return text
    if text in ("true", "false"):
        return text == "true"
    if text in _NOTHING:
        return None
    if _WHOLE.fullmatch(text):
        return int(text)
    return float(text) if _DECIMAL.fullmatch(text) else text


@dataclass(slots=True)
class Document:
    """A document being read: its root, and the mistakes found so far.

    >>> document = Document.parse("amount: soon", "example.yaml")
    >>> document.whole(document.root, "amount") is None
    True
    >>> str(document.mistakes[0])
    'example.yaml, line 1: amount: expected a whole number'
    """

    file: str
    root: Item
    mistakes: list[Mistake] = field(default_factory=list)

    @classmethod
    def parse(cls, text: str, file: str) -> Document:
        """Read YAML text; raises `DocumentError` when it is not YAML at all."""
        document = cls(file, Item(1, "document", mapping={}))
        try:
            _Builder(document).build(text)
        except yaml.YAMLError as error:
            document.mistakes.append(Mistake(file, _error_line(error, text), "document", f"YAML ({_problem(error)})"))
            raise DocumentError(document.mistakes) from None
        if document.root.mapping is None:
            raise DocumentError([Mistake(file, document.root.line, "document", "a mapping (key: value) at the top")])
        return document

    @classmethod
    def read(cls, path: Path) -> Document:
        """Read a file; raises `DocumentError` when it is missing, is not UTF-8, or is not YAML."""
        try:
            text = path.read_bytes().decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = error.object[: error.start].count(b"\n") + 1
            raise DocumentError([Mistake(path.name, line, "document", "text in UTF-8")]) from None
        except OSError as error:
            what = f"a file that can be read ({(error.strerror or 'it cannot be opened').lower()})"
            raise DocumentError([Mistake(path.name, 1, "document", what)]) from None
        return cls.parse(text, path.name)

    def refuse(self, item: Item, expected: str, name: str = "") -> None:
        """Note a mistake at this value (or at the named key within it)."""
        self.mistakes.append(Mistake(self.file, item.line, _joined(item.path, name) if name else item.path, expected))

    def only(self, item: Item, keys: Mapping[str, bool]) -> dict[str, Item]:
        """The values of a mapping by key. `keys`: those it may have, and whether each must be there."""
        if item.mapping is None:
            self.refuse(item, "a mapping (key: value) with " + ", ".join(keys))
            return {}
        for key, value in item.mapping.items():
            if key not in keys:
                self.refuse(value, "no such key here; the keys are " + ", ".join(keys))
        for key, needed in keys.items():
            if needed and (key not in item.mapping or item.mapping[key].is_nothing):
                self.refuse(item, "a value: it must be given", key)
        return {key: value for key, value in item.mapping.items() if key in keys and not value.is_nothing}

    def items(self, item: Item | None) -> list[Item]:
        """The values of a list; none for a list that was left out."""
        if item is None or item.is_nothing:
            return []
        if item.items is None:
            self.refuse(item, "a list")
            return []
        return item.items

    def pairs(self, item: Item | None) -> Iterator[tuple[str, Item]]:
        """The keys and values of a mapping whose keys are names the author chose; none for one left out."""
        if item is None or item.is_nothing:
            return
        if item.mapping is None:
            self.refuse(item, "a mapping (name: value)")
            return
        yield from item.mapping.items()

    def words(self, item: Item, key: str = "", default: str = "") -> str:
        """Text at a key (or the value itself); the default where it was left out."""
        found = self._at(item, key)
        if found is None:
            return default
        if found.text is None:
            self.refuse(found, "text")
            return default
        return found.text

    def one_of(self, item: Item, key: str, allowed: tuple[str, ...], default: str = "") -> str:
        """Text that is one of a closed list; the default where it was left out or is wrong."""
        text = self.words(item, key, default)
        if text in allowed or text == default:
            return text
        self.refuse(self._at(item, key) or item, "one of " + ", ".join(allowed))
        return default

    def whole(self, item: Item, key: str, default: int | None = None) -> int | None:
        """A whole number; the default where it was left out."""
        found = self._at(item, key)
        if found is None:
            return default
        if found.text is None or not _WHOLE.fullmatch(found.text):
            self.refuse(found, "a whole number")
            return default
        return int(found.text)

    def yes(self, item: Item, key: str, default: bool = False) -> bool:
        """true or false; the default where it was left out."""
        found = self._at(item, key)
        if found is None:
            return default
        if found.text not in ("true", "false"):
            self.refuse(found, "true or false")
            return default
        return found.text == "true"

    def _at(self, item: Item, key: str) -> Item | None:
        found = (item.mapping or {}).get(key) if key else item
        return None if found is None or found.is_nothing else found


class _Builder:
    """Builds the tree from YAML's events, so that depth is bounded and nothing is constructed."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.stack: list[Item] = []
        self.keys: list[str | None] = []
        self.roots = 0

    def build(self, text: str) -> None:
        for event in yaml.parse(text, Loader=_LOADER):
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                self._stop(event, "no anchors or aliases (& and *): write the value out")
            if isinstance(event, yaml.ScalarEvent):
                self._scalar(event)
            elif isinstance(event, yaml.CollectionStartEvent):
                self._open(event)
            elif isinstance(event, yaml.CollectionEndEvent):
                self.stack.pop()
                self.keys.pop()

    def _scalar(self, event: Any) -> None:
        if self._wants_key():
            self.keys[-1] = event.value
            return
        self._place(Item(event.start_mark.line + 1, "", text=event.value, plain=event.style in (None, "")), event)

    def _open(self, event: Any) -> None:
        if len(self.stack) >= _DEEPEST:
            self._stop(event, f"at most {_DEEPEST} levels of nesting")
        if self._wants_key():
            self._stop(event, "a plain name as key")
        item = Item(event.start_mark.line + 1, "")
        if isinstance(event, yaml.MappingStartEvent):
            item.mapping = {}
        else:
            item.items = []
        self._place(item, event)
        self.stack.append(item)
        self.keys.append(None)

    def _wants_key(self) -> bool:
        return bool(self.stack) and self.stack[-1].mapping is not None and self.keys[-1] is None

    def _place(self, item: Item, event: Any) -> None:
        if event.tag not in (None, "!"):
            self.document.refuse(Item(item.line, "document"), "no tags (!...): write the value plainly")
        if not self.stack:
            self._place_root(item, event)
            return
        parent = self.stack[-1]
        if parent.items is not None:
            item.path = f"{parent.path}[{len(parent.items)}]"
            parent.items.append(item)
        elif parent.mapping is not None:
            key, self.keys[-1] = self.keys[-1] or "", None
            item.path = _joined(parent.path, key)
            if key in parent.mapping:
                self.document.refuse(item, "each key once; this one was given above")
            else:
                parent.mapping[key] = item

    def _place_root(self, item: Item, event: Any) -> None:
        self.roots += 1
        if self.roots > 1:
            self._stop(event, "one document in a file (a single ---)")
        item.path = "document"
        self.document.root = item

    def _stop(self, event: Any, expected: str) -> None:
        line = event.start_mark.line + 1
        raise DocumentError([*self.document.mistakes, Mistake(self.document.file, line, "document", expected)])


def _joined(path: str, key: str) -> str:
    name = key if _NAMEABLE.fullmatch(key) else "(a key)"
    return name if path in ("", "document") else f"{path}.{name}"


def _error_line(error: yaml.YAMLError, text: str) -> int:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if mark is not None:
        return int(mark.line) + 1
    return text.count("\n", 0, getattr(error, "position", 0) or 0) + 1


def _problem(error: yaml.YAMLError) -> str:
    return str(getattr(error, "problem", None) or "a character that may not appear in text")

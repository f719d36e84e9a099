"""The access policy as text: its files, their digest (what a guardian signs), and its rules in plain words."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property


class PolicyError(ValueError):
    """A policy that cannot be used; the message says what is wrong with its text."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: its id, whether it permits or forbids, what it says in plain words, and where that comes from."""

    id: str
    effect: str
    says: str
    source: str
    file: str


@dataclass(frozen=True)
class PolicyTexts:
    """The files of a policy, by name and in their order."""

    files: tuple[tuple[str, str], ...]

    @property
    def whole(self) -> str:
        return "\n".join(text for _, text in self.files)

    @cached_property
    def digest(self) -> str:
        """What a signature is of: it changes with every byte of every file.

        >>> PolicyTexts((("a.cedar", "permit (principal, action, resource);"),)).digest[:8]
        'f9f9b11c'
        """
        digest = hashlib.sha256()
        for name, text in self.files:
            for part in (name.encode(), text.encode()):
                digest.update(len(part).to_bytes(8, "big") + part)
        return digest.hexdigest()

    def rules(self, to_json: Callable[[str], str]) -> list[Rule]:
        """The rules in their order; raises `PolicyError` for one without an id, plain words and a source."""
        found = []
        for name, text in self.files:
            for each in json.loads(to_json(text))["staticPolicies"].values():
                found.append(_rule(name, each))
        ids = [rule.id for rule in found]
        if twice := sorted({id_ for id_ in ids if ids.count(id_) > 1}):
            raise PolicyError(f"two rules of the access policy are called {', '.join(twice)}: give each its own @id.")
        return found


def _rule(file: str, stated: dict) -> Rule:  # type: ignore[type-arg]
    notes = stated.get("annotations") or {}
    if missing := [name for name in ("id", "says", "source") if not notes.get(name)]:
        called = notes.get("id") or "without an id"
        raise PolicyError(f"{file}: the rule {called} needs @{', @'.join(missing)}, so that a guardian can sign it.")
    return Rule(notes["id"], stated["effect"], notes["says"], notes["source"], file)

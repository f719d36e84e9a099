"""The answers of this version's policy, as they are shipped: worked out once a change of the text, not once a database.

Never to be believed of another policy: what the answers depend on is digested into the key, and with another key there
is no table. `make docs` prints it again, and a test asks Cedar every question of it.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from importlib.resources import files
from itertools import product
from typing import Any

from nightlight.domain.access.engine import EVERY_RELATIONSHIP, Policy, every_who, schema
from nightlight.domain.access.vocabulary import MATTERS, SENSITIVITIES, WRITTEN_BY, Purpose

NAME = "answers.json"
Row = tuple[str, str, str, str, str]
"""Action, role, agency, relationship, question."""


def key(asked: Policy) -> str:
    """A digest of all that an answer depends on: the text, the words of the questions, and Cedar itself."""
    who = [(each.role, each.agency) for each in every_who()]
    words = [who, EVERY_RELATIONSHIP, [str(each) for each in Purpose], SENSITIVITIES, MATTERS, WRITTEN_BY, schema()]
    whole = json.dumps([asked.texts.digest, words, version("cedarpy")])
    return hashlib.sha256(whole.encode()).hexdigest()


def rows(asked: Policy) -> list[Row] | None:
    """Every question that this policy permits; None when what is shipped is of another."""
    held = json.loads(files(__package__).joinpath(NAME).read_text("utf-8"))
    return list(_apart(held["permitted"])) if held["key"] == key(asked) else None


def page(asked: Policy, permitted: Iterable[Row]) -> str:
    """The file to ship: a line for each set of roles that may do the same, so that a change can be read in review."""
    lines = ",\n".join("  " + json.dumps(each) for each in _together(permitted))
    return f'{{"key": "{key(asked)}", "permitted": [\n{lines}\n]}}\n'


def _apart(groups: Iterable[list[Any]]) -> Iterator[Row]:
    for action, relationships, roles, agencies, questions in groups:
        yield from (
            (action, role, agency, relationship, question)
            for role, agency, relationship, question in product(roles, agencies, relationships, questions)
        )


def _together(permitted: Iterable[Row]) -> list[list[Any]]:
    """Rows as few products of sets, joined one column after another: 5,000 rows are some twenty."""
    groups: Iterable[tuple[Any, ...]] = [
        (action, (str(relationship),), (role,), (agency,), (question,))
        for action, role, agency, relationship, question in permitted
    ]
    for column in (3, 4, 2, 1):
        groups = _joined(groups, column)
    return sorted([action, *(list(each) for each in rest)] for action, *rest in groups)


def _joined(groups: Iterable[tuple[Any, ...]], column: int) -> list[tuple[Any, ...]]:
    """Groups that differ in this column only, as one."""
    alike: defaultdict[tuple[Any, ...], set[str]] = defaultdict(set)
    for group in groups:
        alike[group[:column] + group[column + 1 :]].update(group[column])
    return [(*rest[:column], tuple(sorted(held)), *rest[column:]) for rest, held in alike.items()]

"""A trained model as a file: what each level is worth, how rare names are, and the record of its training.

It is read without Splink. A model is never changed: training again makes another, with its own version.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from importlib import resources
from math import log2
from typing import Any

from nightlight.matcher.comparisons import BY_NAME

FORMAT = 1
LEAST_BEARERS = 5
"""A name that fewer records bear is not in the file: its rarity is taken as theirs, and nobody can be found by it."""


class UnreadableModel(ValueError):
    """The file is no model that this version of the package can use; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Chances:
    """How often a level comes out among records of one person (m) and of two (u)."""

    m: float
    u: float

    @property
    def weight(self) -> float:
        """What the level says, in bits: above nothing for the same person, below for two.

        >>> Chances(m=0.8, u=0.1).weight
        3.0
        """
        return log2(self.m / self.u)


@dataclass(frozen=True, slots=True)
class Rarity:
    """The share of records that bear each common value; `floor` is taken for one that is not among them.

    Of two names together: how many times as often they go together as chance would have it; once where that is not
    known.
    """

    floor: float
    shares: Mapping[str, float]

    def of(self, value: str | None) -> float:
        return self.shares.get(value or "", self.floor)


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """The record of a training: when (as told), on how many records, with what, and how it was done."""

    at: str
    records: int
    on: str
    splink: str
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """Weights for comparing two records. prior: the chance that two records drawn at random are of one person."""

    prior: float
    levels: Mapping[str, Mapping[str, Chances]]
    rarity: Mapping[str, Rarity]
    training: Training

    @property
    def version(self) -> str:
        """The digest of everything that a score depends on, and of how it came about."""
        return hashlib.sha256(_text(self).encode()).hexdigest()[:12]

    def as_json(self) -> str:
        """The model's file."""
        return json.dumps({"format": FORMAT, "version": self.version, **asdict(self)}, indent=1, sort_keys=True) + "\n"


def _text(model: Model) -> str:
    return json.dumps(asdict(model), sort_keys=True)


def read(text: str) -> Model:
    """The model in a file; `UnreadableModel` for anything else, or for one that was altered since it was trained."""
    try:
        held = json.loads(text)
        model = _model(held)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise UnreadableModel("This is no model of nightlight matcher train: train one, or name its file.") from None
    if held.get("format") != FORMAT or held["version"] != model.version:
        raise UnreadableModel(
            "The model was made by another version of the package, or altered since it was trained: train it again."
        )
    return model


def _model(held: Mapping[str, Any]) -> Model:
    levels = {
        name: {code: Chances(**chances) for code, chances in held["levels"][name].items()} for name in held["levels"]
    }
    for name, codes in levels.items():
        if set(codes) != {level.code for level in BY_NAME[name].levels if not level.missing}:
            raise KeyError(name)
    return Model(
        prior=held["prior"],
        levels=levels,
        rarity={name: Rarity(**each) for name, each in held["rarity"].items()},
        training=Training(**held["training"]),
    )


def starting_model() -> Model:
    """The model that comes with the package, trained on the invented sample until a partnership trains its own."""
    return read(resources.files("nightlight.matcher").joinpath("tables/starting_model.json").read_text("utf-8"))

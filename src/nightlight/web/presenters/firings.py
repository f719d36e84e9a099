"""What holds for a child, in groups: what speaks of the family, of a service's failure, and what protects. No sum."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from nightlight.domain.kinds import LEVELS
from nightlight.indicators.catalogue.base import Indicator, SpeaksOf
from nightlight.web.presenters.timeline import Band


@dataclass(frozen=True, slots=True)
class Group:
    """Indicators of one sort: those that hold, most serious and then newest first, and those that held once."""

    holding: tuple
    past: tuple


def groups(firings: Sequence, protective: Sequence, at: datetime) -> dict[str, Group]:
    """What speaks of the family and what of a service, apart; and what protects."""
    by_subject = {str(of): [f for f in firings if f.indicator.speaks_of == of] for of in SpeaksOf}
    return {of: _group(found, at) for of, found in {**by_subject, "protective": list(protective)}.items()}


def by_speaks_of(indicators: Iterable[Indicator]) -> dict[str, list[Indicator]]:
    """The catalogue in two lists, the most serious first."""
    ordered = sorted(indicators, key=lambda each: (-LEVELS.index(each.level), each.title))
    return {str(of): [each for each in ordered if each.speaks_of == of] for of in SpeaksOf}


def _group(firings: list, at: datetime) -> Group:
    newest = sorted(firings, key=lambda f: f.since(at), reverse=True)
    ordered = sorted(newest, key=lambda f: -_rank(f))
    return Group(
        holding=tuple((f, f.since(at)) for f in ordered if f.holds(at)),
        past=tuple((f, max(end for _, end in f.spans)) for f in ordered if not f.holds(at)),
    )


def _rank(firing) -> int:
    level = getattr(firing.indicator, "level", None)
    return LEVELS.index(level) if level else 0


def _of_service(firing) -> bool:
    return firing.indicator.speaks_of == SpeaksOf.SERVICE


def bands(firings: Sequence, at: datetime, here: str, look: str = "") -> list[Band]:
    """The bands of the picture: each indicator that holds or held, most serious first, and services' own last."""
    ordered = sorted(firings, key=lambda f: (_of_service(f), -_rank(f), f.spans[0][0]))
    return [
        Band(
            title=f.indicator.title,
            level=f.indicator.level,
            group="About services" if _of_service(f) else f.indicator.level.capitalize(),
            href=f"{here}/indicators/{f.indicator.code}{look}",
            spans=tuple((start, min(end, at)) for start, end in f.spans if start <= at),
        )
        for f in ordered
    ]

"""What stops content from being erased here once its source has erased it, and why: reasons, each with its words.

Pure. It erases nothing; what stops nothing is erased by itself, and the rest is decided by a person.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Stop(StrEnum):
    """Why it is not erased by itself."""

    HELD = "held"
    OPEN_DUTY = "open_duty"
    OPEN_MEETING = "open_meeting"
    RESTED_ON = "rested_on"
    GIVEN = "given"
    MET = "met"
    LONGER = "longer"


WORDS: Mapping[Stop, str] = MappingProxyType(
    {
        Stop.HELD: "The record is held. Whoever placed the hold must release it first.",
        Stop.OPEN_DUTY: "Somebody still owns an open duty about this child. It must be discharged first.",
        Stop.OPEN_MEETING: "A meeting about this child is not closed, or a plan runs. It must be ended first.",
        Stop.RESTED_ON: "A duty here was raised on it: what people did then would rest on nothing.",
        Stop.GIVEN: "Something of it was given to somebody here.",
        Stop.MET: "A meeting was held, or a plan kept, that may have rested on it.",
        Stop.LONGER: "The child was on a plan or looked after, and such a record is kept for longer here.",
    }
)
FIRM = frozenset({Stop.HELD, Stop.OPEN_DUTY, Stop.OPEN_MEETING})
"""What nobody may set aside while it lasts; the others, the guardian may, with a reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rests:
    """What there is here that stands in the way."""

    held: bool = False
    open_duty: bool = False
    open_meeting: bool = False
    rested_on: bool = False
    given: bool = False
    met: bool = False
    longer: bool = False


def stops(rests: Rests) -> tuple[Stop, ...]:
    """What stops it, what is firm first; nothing where it is erased by itself.

    >>> [each.value for each in stops(Rests(given=True, held=True))]
    ['held', 'given']
    >>> stops(Rests())
    ()
    """
    return tuple(stop for stop in Stop if getattr(rests, stop.value))

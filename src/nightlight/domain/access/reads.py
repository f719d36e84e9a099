"""What a page reads, said by its view in one line: `@reads(Of.CHILD)`. A view that says nothing is not served.

It checks nothing of what it says: the actions ask the access policy. The tests open every page as everybody and hold
it to what it says here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from nightlight.domain.roles import Permission

V = TypeVar("V", bound=Callable[..., Any])


class Of(StrEnum):
    """What of children a page shows."""

    NOTHING = "nothing"
    OWN = "own"
    LISTED = "listed"
    CHILD = "child"


@dataclass(frozen=True, slots=True)
class Reads:
    """of: whose records. needs: what a role must be allowed at all; any of them does. public: before signing in."""

    of: Of
    needs: tuple[Permission, ...] = ()
    public: bool = False


def reads(of: Of, *needs: Permission, public: bool = False) -> Callable[[V], V]:
    """Say what a view reads.

    - `Of.CHILD`: one child's record, a duty, a concern, a meeting: whatever an address names that is about one child.
      To whoever may not open it, it must answer exactly as if there were no such thing.
    - `Of.LISTED`: lists, counts and searches over children; every row and every count only of what may be opened.
    - `Of.OWN`: what somebody wrote or was sent themselves.
    - `Of.NOTHING`: nothing about any child.
    """

    def declare(view: V) -> V:
        view.reads = Reads(of, needs, public)  # type: ignore[attr-defined]
        return view

    return declare


def declared(view: Callable[..., Any]) -> Reads | None:
    """What a view says that it reads; None for one that says nothing."""
    return getattr(view, "reads", None)

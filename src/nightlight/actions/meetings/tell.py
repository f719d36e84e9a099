"""Telling people of a meeting and of what it decided: notices that hold a link and no child's details."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from nightlight.actions.telling import notices
from nightlight.domain.notices import Wanted, Why


def invited(meeting: UUID, people: Iterable[str], *, besides: str, now: datetime) -> None:
    """They are asked to a meeting. Somebody asked twice is told once."""
    _tell(meeting, people, Why.INVITED, "invited", besides, now)


def decided(meeting: UUID, people: Iterable[str], number: int, *, besides: str, now: datetime) -> None:
    """What the meeting decided waits for them to read, and to say that they did."""
    _tell(meeting, people, Why.DECISIONS, f"decisions.{number}", besides, now)


def given(meeting: UUID, person: str, item: str, *, besides: str, now: datetime) -> None:
    """Something in a meeting was given to them and waits for their word."""
    _tell(meeting, [person], Why.ASKED, f"asked.{item}", besides, now)


def given_in_plan(plan: UUID, person: str, mark: str, *, besides: str, now: datetime) -> None:
    """Something in a plan was given to them, or the plan itself, and waits for their word."""
    _keep(f"plan:{plan}", [person], Why.ASKED, f"asked.{mark}", besides, now)


def _tell(meeting: UUID, people: Iterable[str], why: Why, mark: str, besides: str, now: datetime) -> None:
    _keep(f"meeting:{meeting}", people, why, mark, besides, now)


def _keep(about: str, people: Iterable[str], why: Why, mark: str, besides: str, now: datetime) -> None:
    wanted = [
        Wanted(key=f"{about}.{mark}.{person}"[:200], why=why, person=person, about=about, fast=True)
        for person in people
        if person and person != besides
    ]
    notices.keep([(each, "") for each in wanted], now)

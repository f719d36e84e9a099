"""Somebody at a browser who has just proved who they are, for tests of deeds that ask for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from nightlight.actions.signin import proof, sessions
from nightlight.store.people.models import Practitioner


@contextmanager
def sitting(by: Practitioner | str, at: datetime) -> Iterator[None]:
    """What is done until it ends, this person does in a sign-in that began at that moment."""
    who = Practitioner.objects.get(username=by) if isinstance(by, str) else by
    with proof.sitting(sessions.keep(practitioner=who, how="test", device="", now=at)):
        yield

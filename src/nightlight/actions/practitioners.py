"""What to call the people who act: names for the user names that events and audit rows hold."""

from __future__ import annotations

from collections.abc import Iterable

from nightlight.store.people.models import Practitioner


def names(usernames: Iterable[str]) -> dict[str, str]:
    """The name of each practitioner, by user name; a service's or an unknown one is left out."""
    return dict(Practitioner.objects.filter(username__in=set(usernames)).values_list("username", "name"))

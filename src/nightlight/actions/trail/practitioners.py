"""What to call the people who act, and organisations: names for what events and audit rows hold."""

from __future__ import annotations

from collections.abc import Iterable

from nightlight.store.people.models import Organisation, Practitioner


def names(usernames: Iterable[str]) -> dict[str, str]:
    """The name of each practitioner, by user name; a service's or an unknown one is left out."""
    return dict(Practitioner.objects.filter(username__in=set(usernames)).values_list("username", "name"))


def organisations(codes: Iterable[str]) -> list[tuple[str, str]]:
    """The code and name of each of these organisations, by name; one that is not known is left out."""
    return list(Organisation.objects.filter(code__in=set(codes)).order_by("name").values_list("code", "name"))

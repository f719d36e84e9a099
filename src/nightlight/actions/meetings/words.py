"""The names of those whom a meeting knows by an id: practitioners, and people of the family who do not sign in."""

from __future__ import annotations

from nightlight.domain.meetings.state import Meeting
from nightlight.store.people.models import Person, Practitioner


def names_in(state: Meeting) -> dict[str, str]:
    """A name for each id in a meeting."""
    given = {each.person: each.name for each in state.participants.values()}
    given |= {each.person: each.name for each in state.responsible.values() if each.name}
    ids = {*given, state.chair, state.minutes, state.called.by}
    for item in state.items.values():
        ids |= {item.author, item.by, str(item.fields.get("owner") or ""), str(item.fields.get("confirmer") or "")}
        if name := str(item.fields.get("owner_name") or ""):
            given[str(item.fields.get("owner") or name)] = name
    ids |= {each.invoked.owner for each in state.emergencies.values()} | set(state.overrides)
    found = dict(Practitioner.objects.filter(username__in=ids - {""}).values_list("username", "name"))
    return {**{id_: name for id_, name in given.items() if name}, **found}


def children_of(state: Meeting) -> dict[str, Person]:
    """The children whom it is about, by id, in their order."""
    people = {str(person.id): person for person in Person.objects.filter(id__in=state.called.children)}
    return {child: people[child] for child in state.called.children if child in people}

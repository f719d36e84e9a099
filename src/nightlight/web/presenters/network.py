"""A family and its places, drawn: people on the left, places on the right, a line for each who lives or stays there.

Attributes only, no style. Everything it shows stands in the tables below it, so that nobody needs to see it.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from markupsafe import Markup

from nightlight.actions.record.households import Member, Network, Place
from nightlight.domain.agencies import AGENCIES
from nightlight.domain.households import There
from nightlight.domain.people import LinkKind
from nightlight.timeline import BEGINNING, END, local_date
from nightlight.web.presenters import words

TIES: Mapping[LinkKind, str] = MappingProxyType(
    {
        LinkKind.PARENT: "Parent",
        LinkKind.CARER: "Carer",
        LinkKind.SIBLING: "Brother or sister",
        LinkKind.HOUSEHOLD: "Of the household",
    }
)
WIDTH, ROW, TOP = 720, 64, 34
_PEOPLE, _PLACES, _WIDE = 240, 450, 262
_INK, _QUIET, _BLUE, _RED, _PAPER = "#0b0c0c", "#505a5f", "#1d70b8", "#d4351c", "#f3f2f1"
_LONGEST_NAME = 27
BY_AN_ADULT = " by an adult of the family"


@dataclass(frozen=True, slots=True)
class Row:
    """One person in the table: who they are to the child, by whose word, where they are, and who has a record."""

    member: Member
    tie: str
    where: tuple[tuple[str, str], ...]
    known: str


def rows(network: Network) -> list[Row]:
    """The people on the date, as the table shows them."""
    text = {place.id: place.text for place in network.places}
    return [Row(each, tie(each, network), _where(each, network, text), known_to(each)) for each in network.members]


def _where(member: Member, network: Network, text: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    there = [each for each in network.there if each.person == member.id]
    return tuple((text.get(each.place, "Address not given"), by_whose_word(each)) for each in there)


def by_whose_word(there: There) -> str:
    """Who says so, and since when: "Police and school; since 3 May 2026"."""
    agencies = in_words([agency(code) for code in there.agencies])
    if not there.registered:
        return f"Stays there though no register says so: {agencies}, {words.day(there.since)}"
    return agencies if there.since == BEGINNING else f"{agencies}; since {words.day(there.since)}"


def tie(member: Member, network: Network) -> str:
    """What somebody is to the child, in words."""
    if member.id == network.child.id:
        return "This child"
    kinds = list(dict.fromkeys(TIES[t.kind] for t in member.ties if t.holds(network.at)))
    if kinds:
        return in_words(kinds)
    if member.ties:
        return f"Until {words.day(max(t.until for t in member.ties))}: {TIES[member.ties[-1].kind].lower()}"
    return f"Brother or sister{BY_AN_ADULT}" if member.is_child else "No tie is recorded"


def known_to(member: Member) -> str:
    """Which agencies have a record of somebody; one alone is said so."""
    names = [agency(code) for code in member.agencies]
    if not names:
        return "No agency"
    said = in_words(names)
    if len(names) > 1 or member.is_child:
        return said
    return f"{said} alone"


def agency(code: str) -> str:
    return AGENCIES.get(code, code)


def in_words(said: Sequence[str]) -> str:
    """Several things as one would say them: "school, police and health"."""
    if len(said) < 2:
        return "".join(said)
    return f"{', '.join(said[:-1])} and {said[-1]}"


def span(since: datetime, until: datetime) -> str:
    """From when to when somebody lived at a place."""
    begun = "" if since == BEGINNING else f"from {words.day(since)} "
    return f"{begun}until {words.day(until)}" if until != END else f"{begun}on"


def picture(network: Network) -> Markup:
    """The picture; its label says in a sentence what it shows."""
    places = {place.id: n for n, place in enumerate(_drawn_places(network))}
    people = {member.id: n for n, member in enumerate(network.members)}
    height = TOP + ROW * max(len(places), len(people), 1)
    differing = {place for each in network.conflicts for place in each.places}
    drawn = [_line(each, people, places) for each in network.there if each.person in people and each.place in places]
    drawn += [_person(member, people[member.id], network) for member in network.members]
    drawn += [_place(p, places[p.id], differing=p.id in differing) for p in network.places if p.id in places]
    return Markup(
        '<svg class="nl-network" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        'aria-label="{label}">{heads}{drawn}</svg>'
    ).format(
        width=WIDTH, height=height, label=said(network), heads=_heads(), drawn=Markup("").join(drawn)
    )  # fmt: skip


def said(network: Network) -> str:
    """What the picture shows, in words."""
    parts = []
    names = {member.id: member.name for member in network.members}
    for place in _drawn_places(network):
        there = [names[each.person] for each in network.there if each.place == place.id and each.person in names]
        if there:
            parts.append(f"{place.text}: {in_words(there)}")
    on = words.day(local_date(network.at - timedelta(microseconds=1)))  # a day is looked at from its end
    return f"Picture of who lives or stays where on {on}. {'. '.join(parts) or 'No place is recorded'}."


def _drawn_places(network: Network) -> list[Place]:
    used = {each.place for each in network.there}
    return [place for place in network.places if place.id in used]


def _heads() -> Markup:
    return Markup(
        '<text x="4" y="16" font-size="14" fill="{quiet}">People</text>'
        '<text x="{places}" y="16" font-size="14" fill="{quiet}">Places</text>'
    ).format(quiet=_QUIET, places=_PLACES)


def _person(member: Member, number: int, network: Network) -> Markup:
    y = TOP + number * ROW
    mine = member.id == network.child.id
    fill, stroke = (_BLUE, _BLUE) if mine else ("#ffffff", _INK)
    shape = (
        Markup('<circle cx="16" cy="{y}" r="11" fill="{fill}" stroke="{stroke}" stroke-width="2"/>')
        if member.is_child
        else Markup('<rect x="5" y="{top}" width="22" height="22" fill="{fill}" stroke="{stroke}" stroke-width="2"/>')
    ).format(y=y + 22, top=y + 11, fill=fill, stroke=stroke)
    return shape + Markup(
        '<text x="36" y="{name_y}" font-size="15" font-weight="{weight}" fill="{ink}">{name}</text>'
        '<text x="36" y="{tie_y}" font-size="13" fill="{quiet}">{tie}</text>'
    ).format(
        name_y=y + 20, tie_y=y + 37, weight="700" if mine else "400", ink=_INK, quiet=_QUIET,
        name=_short(member.name), tie=_short(tie(member, network).removesuffix(BY_AN_ADULT)),
    )  # fmt: skip


def _place(place: Place, number: int, *, differing: bool) -> Markup:
    y = TOP + number * ROW
    lines = textwrap.wrap(place.text, 34, max_lines=2, placeholder="...") or ["Address not given"]
    drawn = Markup("").join(
        Markup('<text x="{x}" y="{y}" font-size="14" fill="{ink}">{line}</text>').format(
            x=_PLACES + 10, y=y + (20 if len(lines) > 1 else 27) + 18 * n, ink=_INK, line=line
        )
        for n, line in enumerate(lines)
    )
    return Markup(
        '<rect x="{x}" y="{y}" width="{wide}" height="48" fill="{paper}" stroke="{stroke}" '
        'stroke-width="{thick}"/>{drawn}'
    ).format(
        x=_PLACES, y=y - 1, wide=_WIDE, paper=_PAPER, stroke=_RED if differing else _QUIET,
        thick=3 if differing else 1, drawn=drawn,
    )  # fmt: skip


def _line(there: There, people: Mapping[str, int], places: Mapping[str, int]) -> Markup:
    dashes = Markup("") if there.registered else Markup(' stroke-dasharray="6 5"')
    return Markup(
        '<path d="M{x} {y} L{to_x} {to_y}" stroke="{ink}" stroke-width="2" fill="none"{dashes}/>'
    ).format(
        x=_PEOPLE, y=TOP + people[there.person] * ROW + 22, to_x=_PLACES, to_y=TOP + places[there.place] * ROW + 22,
        ink=_INK if there.registered else _RED, dashes=dashes,
    )  # fmt: skip


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_NAME else f"{text[: _LONGEST_NAME - 2].rstrip()}..."

"""Police incidents, missing episodes and notifications, one JSON document a line.

The force knows people by its own ids, names and birth dates, holds no NHS number or UPN, and has each at the address
where they lived on the day.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import orjson

from nightlight.sample.dirt import Written
from nightlight.sample.happenings import Happening, at
from nightlight.sample.organisations import POLICE, Delivery, slug
from nightlight.sample.population import Address, Family
from nightlight.sample.writers.base import Setting, person_of

_FEED = "police"
SYSTEM = "niche:" + slug(POLICE)
PATH = "police/documents.ndjson"
Document = dict[str, Any]
_TYPES = {
    "police.incident": "incident",
    "police.notification": "notification",
    "police.missing": "missingEpisode",
}


class PoliceWriter:
    """One force's stream, a document a line."""

    feed = _FEED

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._any = False

    def carries(self, happening: Happening) -> bool:
        return happening.kind in _TYPES

    def family(self, family: Family, happenings: Sequence[Happening]) -> None:
        for number, happening in enumerate(happenings):
            self._any = True
            self._setting.count(_FEED)
            document = self._document(family, number, happening)
            self._setting.files.append(PATH, self._dirtied(document, family, number, happening))

    def _document(self, family: Family, number: int, happening: Happening) -> Document:
        people = [self._written(family, true_id) for true_id in happening.about]
        home = happening.place or family.home_on(happening.day)
        relationships: dict[str, list[Document]] = {}
        for name, person in _parts(family, happening, people):
            relationships.setdefault(name, []).append({"id": person.source_id, "type": "person"})
        places = {}
        if happening.kind == "police.incident":
            relationships["incidentLocation"] = [{"id": home.key, "type": "location"}]
            places[home.key] = _location(home)
        lived = family.home_on(happening.day)
        places[lived.key] = _location(lived)
        return {
            "meta": {"synthetic": True},
            "data": {
                "id": f"{slug(POLICE)[:3].upper()}{family.number + 10:07d}{number:03d}",
                "type": _TYPES[happening.kind],
                "attributes": _attributes(happening),
                "relationships": {name: {"data": data} for name, data in relationships.items()},
            },
            "included": [*places.values(), *(_person(each, people, lived) for each in people)],
        }

    def _written(self, family: Family, true_id: str) -> Written:
        return self._setting.written(person_of(family, true_id), family, system=SYSTEM, feed=_FEED)

    def _dirtied(self, document: Document, family: Family, number: int, happening: Happening) -> bytes:
        if family.number < 0:
            return orjson.dumps(document) + b"\n"
        roll = self._setting.rng("police", family.number, number).random()
        if roll < 0.01 and happening.kind == "police.incident":
            document["data"]["attributes"]["incidentCategory"] = "affray"
            self._note("unknown_code", refused=True)
        elif roll < 0.02:
            self._note("repeated_record")
            return 2 * (orjson.dumps(document) + b"\n")
        elif roll < 0.035:
            self._late(document, happening)
        return orjson.dumps(document) + b"\n"

    def _note(self, code: str, *, refused: bool = False) -> None:
        self._setting.dirt.note(code, _FEED)
        if refused:
            self._setting.refuse(_FEED)

    def _late(self, document: Document, happening: Happening) -> None:
        late = replace(happening, recorded=happening.written + timedelta(days=35))
        if late.written < datetime.combine(self._setting.until, time(), UTC):
            document["data"]["attributes"]["recordedDateTime"] = _instant(late.written)
            self._note("late_record")

    def finish(self) -> list[Delivery]:
        if not self._any:
            return []
        return [
            Delivery(
                feed=_FEED,
                path=PATH,
                agency="police",
                organisation=slug(POLICE),
                organisation_name=POLICE,
                system=SYSTEM,
            )
        ]


def _parts(family: Family, happening: Happening, people: Sequence[Written]) -> Iterator[tuple[str, Written]]:
    """Who took which part. In a case file an adult is the subject, as its author wrote."""
    category = happening.attributes.get("category")
    adults = 0
    for person in people:
        if person.person.is_child:
            absent = happening.attributes.get("child_present") in ("absent", "unknown")
            name = "involved" if absent else "childPresent" if happening.kind == "police.incident" else "subject"
            yield name, person
            continue
        adults += 1
        if family.number < 0 or category is None:
            yield "subject", person
        else:
            yield "victim" if category == "domestic_abuse" and adults == 1 else "suspect", person


def _attributes(happening: Happening) -> Document:
    stated = happening.attributes
    common = {"recordedDateTime": _instant(happening.written), "description": happening.text or None}
    own: Document = {}
    if happening.kind == "police.incident":
        own = {
            "incidentStartDateTime": _when(happening), "incidentCategory": stated["category"],
            "childPresent": stated.get("child_present"), "riskLevel": stated.get("risk"),
            "dashTicks": stated.get("dash"),
            "riskTool": "DASH" if "dash" in stated else None,
        }  # fmt: skip
    elif happening.kind == "police.notification":
        own = {"notificationDateTime": _when(happening), "to": stated["to"], "scheme": stated["scheme"]}
    else:
        own = {"missingFrom": _when(happening), "missingTo": _found(happening), "overnight": stated.get("overnight")}
    return {name: value for name, value in {**own, **common}.items() if value is not None}


def _found(happening: Happening) -> str | None:
    """When a missing child was found: the next morning, or some hours later the same day."""
    if happening.until is None:
        return None
    same_day = happening.until <= happening.day
    return _instant(happening.instant + timedelta(hours=2) if same_day else at(happening.until, 10))


def _when(happening: Happening) -> str:
    return _instant(happening.when) if isinstance(happening.when, datetime) else happening.when.isoformat()


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _location(address: Address) -> Document:
    attributes = {"addressLines": list(address.lines), "postcode": address.postcode, "uprn": address.uprn}
    return {"id": address.key, "type": "location", "attributes": attributes}


def _person(written: Written, people: Sequence[Written], lived: Address) -> Document:
    """A person, where they lived, and whose parent or carer they are of the children in the document."""
    relationships: Document = {"currentAddress": {"data": {"id": lived.key, "type": "location"}}}
    children = [{"id": p.source_id, "type": "person"} for p in people if p.person.is_child]
    if children and not written.person.is_child:
        name = "parentOf" if written.person.role in ("mother", "father") else "carerOf"
        relationships[name] = {"data": children}
    return {
        "id": written.source_id, "type": "person",
        "attributes": {
            "givenName": [written.given], "surname": written.family, "dateOfBirth": written.born.isoformat(),
            "sex": written.sex, "under18": written.person.is_child,
        },
        "relationships": relationships,
    }  # fmt: skip

"""From a police file to the child: what happens in a home where the child stays though no register says so."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import orjson
import pytest
from support import families
from support.deliveries import NHS_ONE, NOW, days_ago
from support.pages import GUARDIAN, LEAD, partnership

from nightlight.actions.child.children import Look, child_page, indicator_page
from nightlight.actions.intake.ingest import deliver_stream
from nightlight.actions.seeing import relationships
from nightlight.actions.watching import evaluation
from nightlight.feeds import police
from nightlight.feeds.records import FeedContext
from nightlight.store.chronology.models import FiringRow
from nightlight.store.people.models import Person, Practitioner

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(hours=1)
STAYS, DRUGS = "place.not_on_record", "place.drug_incident"
CHILD = {
    "id": "N7", "type": "person",
    "attributes": {"givenName": "Robin", "surname": "Fictional", "nhsNumber": NHS_ONE, "under18": True,
                   "dateOfBirth": "2017-05-10"},
}  # fmt: skip
FLAT = {"id": "L1", "type": "location", "attributes": {"addressLines": ["Flat 2, 9 Mill Lane"], "postcode": "ZX1 1AA"}}
SHOP = {
    "id": "L1",
    "type": "location",
    "attributes": {"addressLines": ["Corner Shop, Mill Lane"], "postcode": "ZX1 1AA"},
}


def document(id_: str, ago: float, place: dict[str, Any], category: str, *, child: bool = False) -> bytes:
    related: dict[str, Any] = {"incidentLocation": {"data": [{"id": "L1", "type": "location"}]}}
    if child:
        related["childPresent"] = {"data": [{"id": "N7", "type": "person"}]}
    attributes = {"incidentCategory": category, "incidentStartDateTime": days_ago(ago).isoformat()}
    data = {"id": id_, "type": "incident", "attributes": attributes, "relationships": related}
    return orjson.dumps({"data": data, "included": [place, *([CHILD] if child else [])]})


def police_file(*documents: bytes) -> None:
    context = FeedContext(
        agency="police", organisation="force-1", system="niche:force-1", now=NOW, file_name="p.ndjson"
    )
    report = deliver_stream(feed=police.FEED, stream=io.BytesIO(b"\n".join(documents)), context=context, by="loader")
    assert (report.accepted, report.refused) == (len(documents), 0)


def holding() -> set[str]:
    rows = FiringRow.objects.filter(starts__lte=LATER).exclude(ends__lte=LATER)
    return set(rows.values_list("indicator", flat=True)) & {STAYS, DRUGS}


@pytest.fixture
def child() -> Person:
    partnership()
    found = families.social_care()
    relationships.begin(
        kind="given", child=found.id, person=LEAD, about=str(found.id), since=NOW, until=None,
        by=Practitioner.objects.get(username=GUARDIAN), now=NOW,
    )  # fmt: skip
    return found


SEEN = document("I1", 20, FLAT, "domestic_abuse", child=True)
DRUGS_THERE = document("I2", 10, FLAT, "drugs")


@pytest.mark.parametrize("files", [[[SEEN, DRUGS_THERE]], [[SEEN], [DRUGS_THERE]], [[DRUGS_THERE], [SEEN]]])
def test_incident_where_the_child_only_stays_reaches_the_chronology_and_the_indicators(
    child: Person, files: list[list[bytes]]
) -> None:
    for each in files:
        police_file(*each)
    assert holding() == {STAYS, DRUGS}
    lead = Practitioner.objects.get(username=LEAD)
    page = child_page(by=lead, child=child.id, now=LATER)
    shown = {(f.kind, f.entry.attributes.get("category"), f.through) for f in page.facts}
    assert {("police.incident", "domestic_abuse", "child"), ("police.incident", "drugs", "address")} <= shown
    assert not any(fact.derived for fact in page.facts)
    why = indicator_page(by=lead, child=child.id, indicator=STAYS, now=LATER)
    assert [fact.entry.attributes["category"] for fact in why.facts] == ["domestic_abuse"]
    # And the same when all that is derived is made again.
    FiringRow.objects.all().delete()
    evaluation.evaluate_all(now=NOW)
    assert holding() == {STAYS, DRUGS}


def test_to_an_agency_alone_that_was_told_of_neither_it_is_not_there(child: Person) -> None:
    police_file(SEEN, DRUGS_THERE)
    lead = Practitioner.objects.get(username=LEAD)
    page = child_page(by=lead, child=child.id, now=LATER, look=Look(agency="education"))
    assert not [fact for fact in page.facts if fact.kind == "police.incident"]
    assert not {each.indicator.code for each in page.firings} & {STAYS, DRUGS}


def test_what_happens_in_a_shop_where_the_child_was_seen_is_not_the_child_s(child: Person) -> None:
    police_file(document("I1", 20, SHOP, "asb", child=True), document("I2", 10, SHOP, "drugs"))
    assert holding() == set()


def test_child_seen_in_a_flat_before_anybody_is_known_to_live_there(child: Person) -> None:
    police_file(document("I1", 20, FLAT, "violence", child=True), DRUGS_THERE)
    assert holding() == set()
    tenant, flat = families.adult("l1", "Lorne"), families.place("h", "Flat 2", "9 Mill Lane")
    lives_there = families.record("tenant", people=[tenant], addresses=[flat], links=[families.lives("l1", "h", 30)])
    families.take_in(lives_there, agency="housing", organisation="homes")
    assert holding() == {STAYS, DRUGS}

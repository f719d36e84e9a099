"""Finding a child and deciding matches, on their pages: reasons on record, names in no address, decisions undone."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from support.deliveries import NHS_ONE, NHS_TWO, NOW, entry, person, record, take_in
from support.pages import FRONT_DOOR, LEAD, STAFF, STRANGER, client_of, partnership, school_log

from nightlight.store.audit.models import AuditEvent
from nightlight.store.chronology.models import EntryRow
from nightlight.store.people.models import IdentityDecision, MatchProposal, Person, SourcePerson
from nightlight.timeline.partial import Partial
from nightlight.web.views import child as child_views
from nightlight.web.views import people

pytestmark = pytest.mark.django_db
STEWARD = "data-steward"
WHY = "He came to the front desk alone"


@pytest.fixture(autouse=True)
def given_a_child(monkeypatch: pytest.MonkeyPatch) -> Person:
    for module in (people, child_views):
        monkeypatch.setattr(module, "now", lambda: NOW + timedelta(hours=1))
    partnership()
    return school_log(1)


def search(username: str = STRANGER, **asked: str) -> Any:
    return client_of(username).post("/people", {"reason": WHY, **asked})


def waiting() -> SourcePerson:
    """The police know a child of the same birth date and family name, under a shorter name and no number."""
    same = person("p1", given="Rob", family="Fictional", born=Partial.day(date(2018, 5, 10)))
    take_in(
        record("i1", entry("police.welfare_check", 2, "p1"), people=[same]), agency="police", organisation="force-1"
    )
    return SourcePerson.objects.get(source_id="p1")


def decide(row: SourcePerson, outcome: str, reason: str = "Same address and school", username: str = STEWARD) -> Any:
    return client_of(username).post(f"/matches/{row.id}", {"outcome": outcome, "reason": reason})


@pytest.mark.parametrize(
    "asked",
    [
        {"number": NHS_ONE},
        {"number": "999 000 0018"},
        {"number": "c1"},
        {"name": "Robin Fictional", "born": "10/5/2018"},
        {"name": "Robyn Fictonal", "born": "2018-05-10"},
        {"name": "Robin Fictional", "born": "2018"},
    ],
)
def test_child_is_found_and_the_reason_is_on_record(asked: dict[str, str]) -> None:
    page = search(**asked).content.decode()
    assert "1 child found" in page
    assert "Fictional School" in page
    found = AuditEvent.objects.get(act="person.found")
    assert (found.child, found.reason, found.by) == (Person.objects.get().id, WHY, STRANGER)


def test_reason_longer_than_can_be_kept_is_not_cut_but_refused_in_words() -> None:
    looks = AuditEvent.objects.count()
    answer = search(reason="a" * 501, nhs_number=NHS_ONE)
    assert answer.status_code == 422
    assert "One field has 501 characters; at most 500 can be kept in it." in answer.content.decode()
    assert AuditEvent.objects.count() == looks


def test_what_was_looked_for_is_in_no_audit_row() -> None:
    search(name="Robin Fictional", born="10/5/2018")
    assert "Robin" not in str(list(AuditEvent.objects.values()))


def test_found_child_may_be_opened_by_whoever_gave_the_reason() -> None:
    path = f"/children/{Person.objects.get().id}"
    assert client_of(STRANGER).get(path).status_code == 403
    search(number=NHS_ONE)
    assert client_of(STRANGER).get(path).status_code == 200


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({}, "number"),
        ({"name": "Robin Fictional"}, "born"),
        ({"name": "Robin Fictional", "born": "31/2/2018"}, "born"),
        ({"name": "Robin Fictional", "born": "2031-01-01"}, "born"),
        ({"number": NHS_ONE, "reason": "x"}, "reason"),
    ],
)
def test_search_that_is_not_enough_finds_nothing_and_says_what_is_missing(asked: dict[str, str], field: str) -> None:
    answer = search(**asked)
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.content.decode()
    assert not AuditEvent.objects.filter(act="person.found").exists()


def test_another_birth_date_or_number_finds_nobody() -> None:
    for asked in ({"name": "Robin Fictional", "born": "11/5/2018"}, {"number": NHS_TWO}):
        assert "0 children found" in search(**asked).content.decode()


def test_only_ten_are_shown_and_the_rest_counted() -> None:
    known = Person.objects.get()
    for n in range(12):
        Person.objects.create(
            given="Robin", family=f"Fictional{n}", search_name=f"fictional{n} robin", is_child=True, created=NOW,
            born=known.born, born_from=known.born_from, born_to=known.born_to,
        )  # fmt: skip
    page = search(name="Robin Fictional", born="10/5/2018").content.decode()
    assert "10 children found" in page
    assert "3 more match" in page
    assert AuditEvent.objects.filter(act="person.found").count() == 10


@pytest.mark.parametrize("path", ["/people", "/matches", "/deliveries", "/refusals"])
def test_role_without_permission_is_refused(path: str) -> None:
    assert client_of(STAFF).get(path).status_code == 403


def test_only_a_role_that_decides_matches_sees_them() -> None:
    row = waiting()
    for username in (LEAD, FRONT_DOOR):
        assert client_of(username).get("/matches").status_code == 403
        assert client_of(username).get(f"/matches/{row.id}").status_code == 403
        assert decide(row, "new", username=username).status_code == 403


def test_queue_counts_what_it_lists_and_one_shows_differences_in_words() -> None:
    row = waiting()
    page = client_of(STEWARD).get("/matches").content.decode()
    assert "1 match waits" in page
    assert "1 entry" in page
    one = client_of(STEWARD).get(f"/matches/{row.id}").content.decode()
    assert "Only one says" in one
    assert "The same" in one
    assert AuditEvent.objects.filter(act="match.viewed", child=Person.objects.get().id).exists()


def test_same_person_brings_the_entries_to_the_child() -> None:
    row, known = waiting(), Person.objects.get()
    assert decide(row, f"same:{known.id}").status_code == 302
    row.refresh_from_db()
    assert (row.person_id, row.waiting_since) == (known.id, None)
    assert not MatchProposal.objects.exists()
    assert "Police: welfare check" in client_of(LEAD).get(f"/children/{known.id}").content.decode()
    decision = IdentityDecision.objects.filter(source_person=row.id).latest("id")
    assert (decision.outcome, decision.by, decision.reason) == ("same", STEWARD, "Same address and school")


def test_decision_is_undone_by_deciding_again_and_the_entries_go_back() -> None:
    row, known = waiting(), Person.objects.get()
    before = EntryRow.objects.count()
    decide(row, f"same:{known.id}")
    decide(row, "new", "It was his cousin")
    row.refresh_from_db()
    assert row.person_id != known.id
    assert "Police: welfare check" not in client_of(LEAD).get(f"/children/{known.id}").content.decode()
    assert EntryRow.objects.count() == before
    decide(row, "waits", "Not sure after all")
    row.refresh_from_db()
    assert (row.person_id, row.waiting_since is None) == (None, False)
    assert [p.person_id for p in row.proposals.all()] == [known.id]


def test_not_enough_to_say_stays_with_its_note() -> None:
    row = waiting()
    decide(row, "waits", "Ask the school on Monday")
    page = client_of(STEWARD).get(f"/matches/{row.id}").content.decode()
    assert "Ask the school on Monday" in page
    assert "1 match waits" in client_of(STEWARD).get("/matches").content.decode()


@pytest.mark.parametrize(
    ("outcome", "reason", "field"),
    [
        ("", "Because", "outcome"),
        ("new", " ", "reason"),
        ("same:0", "Because", "outcome"),
        ("all", "Because", "outcome"),
    ],
)
def test_decision_without_what_it_needs_is_refused_by_field(outcome: str, reason: str, field: str) -> None:
    row = waiting()
    answer = decide(row, outcome, reason)
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.content.decode()
    row.refresh_from_db()
    assert row.waiting_since is not None


def test_somebody_who_was_not_proposed_cannot_be_chosen() -> None:
    row = waiting()
    stranger = Person.objects.create(given="No", family="Relation", created=NOW, is_child=True)
    assert decide(row, f"same:{stranger.id}").status_code == 422


def test_record_is_taken_off_a_child() -> None:
    row, known = waiting(), Person.objects.get()
    decide(row, f"same:{known.id}")
    page = client_of(STEWARD).get(f"/children/{known.id}/records").content.decode()
    assert "2 source records" in page
    assert f"/matches/{row.id}" in page
    assert f"/matches/{row.id}" not in client_of(LEAD).get(f"/children/{known.id}/records").content.decode()
    decide(row, "new", "Two boys of one name")
    assert "1 source record" in client_of(STEWARD).get(f"/children/{known.id}/records").content.decode()

"""Meetings and plans are kept, sealed anew and erased as the child's record is."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from support.deliveries import NHS_TWO, NOW, entry, person, record, take_in
from support.meetings import FRIDAY, conference, key

from nightlight.actions.keeping import keys, retention
from nightlight.actions.meetings import after as meeting_after
from nightlight.actions.meetings import calling as meetings
from nightlight.actions.meetings import closing as meeting_closing
from nightlight.actions.meetings import typing as meeting_drafts
from nightlight.actions.meetings import view as meeting_view
from nightlight.actions.plans import deeds as plans
from nightlight.store.duties.models import DutyEvent, DutyNow, Notice
from nightlight.store.keys import keyring, vault
from nightlight.store.meetings import mapping
from nightlight.store.meetings.models import MeetingEvent, MeetingRow, PlanRow
from nightlight.store.people.models import Person

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=9000)


def end_duties(child):
    """As if each had been discharged by a person, long since."""
    DutyNow.objects.filter(child=child).update(status="discharged")


def closed():
    held = conference()
    held.everything_else()
    held.weekend_danger()
    held.protection()
    held.do(meeting_closing.close, "chair")
    return held


def test_a_running_meeting_keeps_the_record_from_being_erased():
    held = conference()
    end_duties(held.child)
    with pytest.raises(retention.NotErased, match="not closed"):
        retention.erase(child=held.child, why="Reviewed.", by="operator test", now=LATER)


def test_a_plan_that_runs_keeps_it_too():
    held = closed()
    plans.begin(by=held.people["chair"], kind="child_in_need", children=[held.child], why="x", key=key(),
                meeting=held.meeting, now=held.now)  # fmt: skip
    end_duties(held.child)
    with pytest.raises(retention.NotErased, match="a plan runs"):
        retention.erase(child=held.child, why="Reviewed.", by="operator test", now=LATER)


def test_an_erased_child_s_meeting_is_gone_with_all_that_was_said():
    held = closed()
    end_duties(held.child)
    gone = retention.erase(child=held.child, why="Reviewed; ref 1.", by="operator test", now=LATER)
    assert gone["meetings_meetingevent"] > 10
    assert not MeetingRow.objects.exists()
    assert not Notice.objects.filter(about=f"meeting:{held.meeting}").exists()
    assert not DutyEvent.objects.exists()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' "
            "AND relname !~ '^(audit_|access_)'"
        )
        for (table,) in cursor.fetchall():
            cursor.execute(f"SELECT count(*) FROM {table} t WHERE t::text ~ %s", [f"{held.child}|{held.meeting}"])
            assert cursor.fetchone() == (0,), table


def test_a_meeting_about_two_stays_the_other_s_without_what_was_said_of_the_erased_one():
    held = conference()
    take_in(record("s2", entry("health.review", 8, "c2"), people=[person("c2", given="Other", nhs_number=NHS_TWO)]),
            agency="social_care", organisation="la")  # fmt: skip
    other = Person.objects.get(nhs_number=NHS_TWO).id
    worker = held.people["worker"]
    both = meetings.call(
        by=worker, kind="strategy_discussion", children=[held.child, other], why="Both.", key=key(), chair="chair",
        now=FRIDAY,
    )  # fmt: skip
    plan = plans.begin(by=worker, kind="family_help", children=[held.child, other], why="Both.", key=key(), now=FRIDAY)
    first, held.meeting = held.meeting, both
    for child, words in ((held.child, "I am cold."), (other, "I am well.")):
        held.add("chair", "view", words, child=str(child), words=words, how="at school", seen_alone=True)
    held.do(meeting_closing.stand_down, "chair", reason="x")
    held.meeting = first
    mapping.MeetingNow.objects.update(status="closed")
    mapping.PlanNow.objects.update(status="ended")
    end_duties(held.child)
    retention.erase(child=held.child, why="Reviewed.", by="operator test", now=LATER)
    page = meeting_view.page(by=worker, meeting=both, now=LATER)
    assert list(page.children) == [str(other)]
    assert [view.text("words") for view in page.state.views] == ["I am well."]
    assert page.state.called.children == (str(other),)
    assert [row.children for row in plans.of_child(child=other)] == [[other]]
    assert [each.id for each in plans.page(by=worker, plan=plan, now=LATER).children] == [other]
    assert PlanRow.objects.count() == MeetingRow.objects.count() == 1


def test_a_new_key_seals_what_was_said_in_meetings_anew(tmp_path):
    before, path = vault.keyring(), tmp_path / "keys.json"
    vault.use(keyring.make(path, NOW), path)
    try:
        held = closed()
        meeting_after.withhold(by=held.people["chair"], meeting=held.meeting, person="nurse", reason="Why.", now=NOW)
        plans.begin(by=held.people["chair"], kind="family_help", children=[held.child], why="x", key=key(),
                    meeting=held.meeting, now=held.now)  # fmt: skip
        meeting_drafts.save(by=held.people["lead"], meeting=held.meeting, place="danger:x", content={"what": "Cold."},
                            sequence=1, now=NOW)  # fmt: skip
        old = vault.keyring().current.id
        keys.rotate(path=path, by="operator test", now=NOW)
        for table, column in (
            ("meetings_meetingevent", "detail #>> '{}'"), ("meetings_planevent", "detail #>> '{}'"),
            ("meetings_meetingdraft", "content #>> '{}'"), ("meetings_sending", "why_withheld"),
        ):  # fmt: skip
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT {column} FROM {table}")
                sealed = [value for (value,) in cursor.fetchall() if value]
            assert sealed, table
            assert {vault.key_of(value) for value in sealed} == {vault.keyring().current.id}, table
        keys.forget(path=path, id_=old, by="operator test", now=NOW)
        assert MeetingEvent.objects.filter(kind="DangerVoiced").get().detail["what"].startswith("Could have")
    finally:
        vault.use(before)

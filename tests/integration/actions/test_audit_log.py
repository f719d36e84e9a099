"""On a real database: whatever somebody with every right changes in a sealed log is found, and named."""

from __future__ import annotations

import contextlib
import uuid
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, models, transaction
from support.deliveries import NOW

from nightlight.actions.demo.staff import make_people
from nightlight.actions.keeping import audit_log
from nightlight.actions.telling import notices
from nightlight.actions.trail import audit
from nightlight.domain.audit_chain import FIELDS, VERSION, Fault, read_checkpoint
from nightlight.domain.audit_export import Reader
from nightlight.notify.wording import message
from nightlight.store.audit import sealing
from nightlight.store.audit.models import AuditEvent, SealRow, Waiting
from nightlight.store.duties.outbox import Outbox

CHILD = uuid.UUID("11111111-2222-4333-8444-555555555555")
FIELD_NAMES = [field.attname for field in AuditEvent._meta.concrete_fields]


def written(count=6, batch=3):
    """A log of so many rows, sealed in batches; the ids of its rows."""
    rows = [
        audit.row(at=NOW + timedelta(minutes=n), by="a.lead", act="child.viewed", child=CHILD, reason=f"reason {n}",
                  about="a ground", detail={"shown": n})
        for n in range(count)
    ]  # fmt: skip
    for start in range(0, count, batch):
        audit.record_many(rows[start : start + batch])
        audit_log.seal()
    return list(AuditEvent.objects.order_by("id").values_list("id", flat=True))


def found(checkpoints=()):
    verdict = audit_log.verify_live(checkpoints=checkpoints)
    return [(each.fault, each.row) for each in verdict.checked.findings]


@pytest.fixture
def past_the_guards(transactional_db, cluster):
    """Runs SQL as the superuser, with every trigger off: what somebody who owns the machine can do."""

    def run(statement, *values):
        with cluster.as_superuser(connection.settings_dict["NAME"]) as superuser:
            superuser.execute("SET session_replication_role = replica")
            superuser.execute(statement, values)

    return run


def test_the_digest_covers_every_field_of_the_model() -> None:
    """A field that is added to the model needs a new version of the encoding."""
    assert set(FIELD_NAMES) == set(FIELDS[VERSION]) == set(sealing.COLUMNS)


@pytest.mark.django_db
def test_a_log_that_nobody_touched_is_whole() -> None:
    written()
    verdict = audit_log.verify_live()
    assert verdict.checked.sound
    assert (verdict.checked.seals, verdict.checked.rows, verdict.waiting) == (2, 6, 0)


@pytest.mark.django_db
def test_rows_not_sealed_yet_are_counted_and_nothing_is_said_of_them() -> None:
    written()
    audit.record(at=NOW, by="a.lead", act="child.viewed")
    assert audit_log.verify_live().waiting == 1
    assert audit_log.seal() == 1
    assert audit_log.verify_live().waiting == 0


@pytest.mark.django_db
def test_an_act_that_is_undone_leaves_nothing_to_seal() -> None:
    with contextlib.suppress(ZeroDivisionError), transaction.atomic():
        audit.record(at=NOW, by="a.lead", act="child.viewed")
        raise ZeroDivisionError
    assert not Waiting.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("change", ["DELETE FROM audit_seal", "UPDATE audit_seal SET key = 'x'", "TRUNCATE audit_seal"])
def test_a_seal_is_only_ever_added(change) -> None:
    written()
    with pytest.raises(DatabaseError, match="only takes new rows"), transaction.atomic():
        connection.cursor().execute(change)


@pytest.mark.django_db
@pytest.mark.parametrize("act", ["record.erased", "keys.resealed"])
@pytest.mark.parametrize("change", ["DELETE FROM audit_auditevent", "UPDATE audit_auditevent SET reason = 'nl1:'"])
def test_the_log_itself_has_no_passage(act, change) -> None:
    written()
    audit.record(at=NOW, by="a.lead", act=act)
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('nightlight.passage', %s, true)", [str(AuditEvent.objects.latest("id").id)])
        with pytest.raises(DatabaseError, match="only takes new rows"), transaction.atomic():
            cursor.execute(change)


OTHER = {
    models.BigAutoField: "id + 1000", models.DateTimeField: "at - interval '1 microsecond'",
    models.UUIDField: "gen_random_uuid()", models.JSONField: """'{"shown": 99}'""",
}  # fmt: skip


@pytest.mark.parametrize("name", FIELD_NAMES)
def test_a_stored_field_that_was_altered_names_its_row(past_the_guards, name) -> None:
    ids = written()
    other = OTHER.get(type(AuditEvent._meta.get_field(name)), f"{name} || 'x'")
    past_the_guards(f"UPDATE audit_auditevent SET {name} = {other} WHERE id = %s", ids[4])
    expected = [(Fault.MISSING, ids[4]), (Fault.INSERTED, ids[4] + 1000)] if name == "id" else [(Fault.ALTERED, ids[4])]
    assert found() == expected


def test_a_field_emptied_to_null_is_an_alteration(past_the_guards) -> None:
    ids = written()
    past_the_guards("UPDATE audit_auditevent SET child = NULL WHERE id = %s", ids[0])
    assert found() == [(Fault.ALTERED, ids[0])]


def test_a_row_that_was_dropped_is_named(past_the_guards) -> None:
    ids = written()
    past_the_guards("DELETE FROM audit_auditevent WHERE id = %s", ids[1])
    assert found() == [(Fault.MISSING, ids[1])]


def test_rows_that_were_swapped_are_named(past_the_guards) -> None:
    ids = written()
    first, second = ids[1], ids[4]
    for old, new in ((first, -1), (second, first), (-1, second)):
        past_the_guards("UPDATE audit_auditevent SET id = %s WHERE id = %s", new, old)
    assert found() == [(Fault.ALTERED, first), (Fault.ALTERED, second)]


def test_a_row_that_was_back_dated_is_named(past_the_guards) -> None:
    ids = written()
    past_the_guards("UPDATE audit_auditevent SET at = at - interval '30 days' WHERE id = %s", ids[5])
    assert found() == [(Fault.ALTERED, ids[5])]


def test_a_row_inserted_past_the_guards_is_named(past_the_guards) -> None:
    ids = written()
    past_the_guards(
        "INSERT INTO audit_auditevent (id, at, by, organisation, act, about, reason, detail) "
        "VALUES (%s, now(), 'x', '', 'child.viewed', '', '', '{}')",
        ids[-1] + 500,
    )
    assert found() == [(Fault.INSERTED, ids[-1] + 500)]


def test_a_row_inserted_with_an_old_moment_through_the_front_is_told(past_the_guards) -> None:
    written()
    audit.record(at=NOW - timedelta(days=300), by="a.lead", act="child.viewed", child=CHILD)
    audit_log.seal()
    assert AuditEvent.objects.latest("id").id in audit_log.verify_live().checked.late


def test_a_row_dropped_before_it_was_sealed_is_missed_all_the_same(past_the_guards) -> None:
    written()
    audit.record(at=NOW, by="a.lead", act="child.viewed")
    last = AuditEvent.objects.latest("id").id
    past_the_guards("DELETE FROM audit_auditevent WHERE id = %s", last)
    audit_log.seal()
    assert found() == [(Fault.MISSING, last)]


def test_a_row_hidden_from_the_sealer_is_named(past_the_guards) -> None:
    written()
    audit.record(at=NOW, by="a.lead", act="child.viewed")
    past_the_guards("DELETE FROM audit_waiting")
    audit_log.seal()
    assert found() == [(Fault.INSERTED, AuditEvent.objects.latest("id").id)]


SEAL_CHANGES = {
    "number": "number + 50",
    "version": "version + 1",
    "sealed": "sealed || ' '",
    "before": "hash",
    "rows": "rows[2:]",
    "digests": "set_byte(digests, 40, 255 - get_byte(digests, 40))",
    "hash": "before",
    "key": "'s0000000000'",
    "signature": "'\\x00'",
}


@pytest.mark.parametrize("name", [field.attname for field in SealRow._meta.concrete_fields])
def test_a_seals_field_that_was_altered_is_found(past_the_guards, name) -> None:
    written()
    past_the_guards(f"UPDATE audit_seal SET {name} = {SEAL_CHANGES[name]} WHERE number = 1")
    assert found()


def test_a_seal_dropped_with_its_rows_is_found(past_the_guards) -> None:
    written(9)
    past_the_guards("DELETE FROM audit_auditevent WHERE id IN (SELECT unnest(rows) FROM audit_seal WHERE number = 2)")
    past_the_guards("DELETE FROM audit_seal WHERE number = 2")
    assert found()[0][0] is Fault.SEAL_MISSING


def test_the_end_cut_off_is_found_by_a_checkpoint_kept_elsewhere(past_the_guards) -> None:
    written(9)
    kept = audit_log.checkpoint(by="operator test", now=NOW)
    assert found([kept]) == []
    past_the_guards("DELETE FROM audit_auditevent WHERE id IN (SELECT unnest(rows) FROM audit_seal WHERE number > 2)")
    past_the_guards("DELETE FROM audit_seal WHERE number > 2")
    assert found() == []
    assert found([kept]) == [(Fault.CUT_SHORT, None)]


def mailed(now=NOW):
    """The checkpoints in the messages that the guardian's mailbox has had."""
    taken = Outbox().take(now + timedelta(days=3), 10)
    texts = [message(each, "guardian@hub.example", "https://hub.example").text for each in taken]
    return [
        read_checkpoint(line) for text in texts for line in text.splitlines() if line.startswith("nightlight-audit")
    ]


def the_guardian_has_a_mailbox():
    make_people([], now=NOW)
    notices.set_contact(
        by="t", person="caldicott-guardian", channel="email", address="guardian@hub.example", now=NOW
    )  # fmt: skip


def test_a_past_that_was_sealed_anew_is_found_by_a_checkpoint_in_the_guardians_mailbox(past_the_guards) -> None:
    """By somebody with the database and the key file, for whom the log alone is whole again."""
    the_guardian_has_a_mailbox()
    written(9)
    assert audit_log.send_checkpoint(now=NOW)
    [kept] = mailed()
    assert found([kept]) == []
    past_the_guards("UPDATE audit_auditevent SET by = 'somebody else' WHERE act = 'child.viewed'")
    past_the_guards("INSERT INTO audit_waiting SELECT unnest(rows) FROM audit_seal")
    past_the_guards("DELETE FROM audit_seal")
    sealing.seal_all()
    assert found() == []
    assert found([kept]) != []


@pytest.mark.django_db
def test_a_checkpoint_goes_out_once_a_day_and_is_on_record() -> None:
    assert not audit_log.send_checkpoint(now=NOW)  # nobody is the guardian yet
    the_guardian_has_a_mailbox()
    written()
    assert audit_log.send_checkpoint(now=NOW)
    assert not audit_log.send_checkpoint(now=NOW + timedelta(hours=1))
    written()
    assert audit_log.send_checkpoint(now=NOW + timedelta(days=1))
    first, second = sorted(kept.number for kept in mailed())
    assert first < second
    assert AuditEvent.objects.filter(act="audit.checkpoint_sent", about="caldicott-guardian").count() == 2


@pytest.mark.django_db
def test_an_export_holds_itself_and_is_checked_with_no_database() -> None:
    written()
    lines = list(audit_log.export(by="operator test", now=NOW))
    reader = Reader(lines)
    assert [row["act"] for _, rows in reader.links() for row in rows][-1] == "audit.exported"
    assert not reader.faults


def test_rows_of_an_act_that_ends_late_are_sealed_after_those_that_ended_before(transactional_db, cluster) -> None:
    """The order of the log is that in which rows came to be seen: an act that is still open holds nobody up."""
    with cluster.as_superuser(connection.settings_dict["NAME"]) as other:
        other.autocommit = False
        other.execute(
            "INSERT INTO audit_auditevent (at, by, organisation, act, about, reason, detail) "
            "VALUES (now(), 'slow', '', 'feed.kept', '', '', '{}')"
        )
        audit.record(at=NOW, by="quick", act="child.viewed")
        assert audit_log.seal() == 1
        other.commit()
    assert audit_log.seal() == 1
    order = [row["by"] for _, rows in sealing.links() for row in rows]
    assert order == ["quick", "slow"]
    assert found() == []


def test_a_sealer_finds_another_at_it_and_leaves_it_to_that_one(transactional_db, cluster) -> None:
    audit.record(at=NOW, by="a.lead", act="child.viewed")
    with cluster.as_superuser(connection.settings_dict["NAME"]) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [sealing._LOCK])
        assert audit_log.seal() == 0
        other.execute("SELECT pg_advisory_unlock(%s)", [sealing._LOCK])
    assert audit_log.seal() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    ["DELETE FROM audit_waiting", "INSERT INTO audit_seal (number) VALUES (9)", "DELETE FROM audit_hold",
     "UPDATE audit_keyinuse SET retired = now()"],
)  # fmt: skip
def test_pages_can_add_to_the_log_and_can_neither_hide_nor_seal_a_row(change) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE nightlight_web")
        audit.record(at=NOW, by="a.lead", act="child.viewed")
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            cursor.execute(change)
        cursor.execute("RESET ROLE")
    assert audit_log.seal() == 1

"""Keys and addresses made again: what is wrong is mended, what is right is left, and a stopped run goes on."""

from __future__ import annotations

from typing import Any

import pytest
from support import families
from support.deliveries import NOW
from support.pages import partnership

from nightlight.actions.people import rebuild as matcher_rebuild
from nightlight.actions.people.rebuild import rebuild
from nightlight.cli import main
from nightlight.store.audit.models import AuditEvent
from nightlight.store.people.models import Address, MatchRecord, SourcePerson

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def given_a_family() -> None:
    partnership()
    families.social_care()


def held() -> dict[Any, Any]:
    keys = {row.pk: (row.form, row.keys) for row in MatchRecord.objects.all()}
    return keys | dict(Address.objects.values_list("id", "form"))


def test_what_is_as_it_should_be_is_left_alone() -> None:
    before = held()
    found = rebuild(by="upgrade", now=NOW)
    assert (found.records_changed, found.addresses_changed) == (0, 0)
    assert (found.records, found.addresses) == (SourcePerson.objects.count(), Address.objects.count())
    assert held() == before


def test_wrong_keys_and_forms_are_made_again_and_who_did_it_is_on_record() -> None:
    before = held()
    MatchRecord.objects.filter(pk=MatchRecord.objects.first().pk).delete()
    MatchRecord.objects.filter(pk=MatchRecord.objects.first().pk).update(keys=[1])
    Address.objects.update(form="as an earlier version wrote it")
    found = rebuild(by="upgrade", now=NOW)
    assert (found.records_changed, found.addresses_changed) == (2, Address.objects.count())
    assert held() == before
    event = AuditEvent.objects.get(act="matcher.rebuilt")
    assert (event.by, event.detail["records"]) == ("upgrade", 2)


def test_run_that_was_stopped_goes_on_where_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    before = held()
    MatchRecord.objects.update(keys=[1])

    def stop(done: int, _of: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rebuild(by="upgrade", now=NOW, progress=stop, part=1)
    assert MatchRecord.objects.exclude(keys=[1]).count() == 2
    told: list[tuple[int, int]] = []
    found = rebuild(by="upgrade", now=NOW, progress=lambda done, of: told.append((done, of)), part=1)
    assert found.records_changed == found.records - 2
    assert told[-1] == (found.records + found.addresses,) * 2
    assert held() == before


def test_command_says_what_it_did(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("nightlight.config.boot.boot", lambda: None)
    monkeypatch.setattr(matcher_rebuild, "PART", 1)
    assert main.main(["matcher", "rebuild", "--by", "upgrade"]) == 0
    assert "0 of them made again" in capsys.readouterr().out

"""`nightlight account` and `nightlight key`: each deed does what it says, is on record, and shows a secret once."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.test import Client
from support.deliveries import NOW
from support.pages import LEAD, partnership

from nightlight.actions.signin import service_keys
from nightlight.cli import main as cli
from nightlight.store.audit.models import AuditEvent
from nightlight.store.people.models import Practitioner
from nightlight.store.signin.models import Factor, RecoveryCode, ServiceKey, SignIn, Subject, WrongTry

pytestmark = pytest.mark.django_db
PASSWORD = r"(?:[a-z2-9]{5}-){3}[a-z2-9]{5}"
ADD = [
    "account",
    "add",
    "new.nurse",
    "--name",
    "Nell Fictional",
    "--role",
    "school_nurse",
    "--organisation",
    "school-1",
]


@pytest.fixture(autouse=True)
def _booted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nightlight.config.boot.boot", lambda **_: None)
    partnership()


def said(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> str:
    assert cli.main(list(words)) == code, words
    found = capsys.readouterr()
    assert "Traceback" not in found.err
    return found.out if code == 0 else found.err


def on_record(act: str) -> AuditEvent:
    row = AuditEvent.objects.get(act=act)
    assert row.by.startswith("cli:")
    return row


def person(username: str = LEAD) -> Practitioner:
    return Practitioner.objects.get(username=username)


def signed_in(username: str = LEAD) -> SignIn:
    at = datetime.now(UTC)
    return SignIn.objects.create(practitioner=person(username), how="password", began=at, seen=at, proved=at)


# -- accounts


def test_an_account_is_made_and_its_password_shown_once_lets_in(capsys: pytest.CaptureFixture[str]) -> None:
    out = said(capsys, *ADD)
    secret = re.findall(PASSWORD, out)[0]
    assert Client().post("/sign-in", {"username": "new.nurse", "password": secret}).status_code == 302
    assert secret not in str(list(AuditEvent.objects.values_list("about", "reason", "detail")))
    assert secret not in said(capsys, "account", "list")
    assert on_record("account.added").about == "new.nurse"


@pytest.mark.parametrize(
    ("instead", "expected"),
    [
        (("school_nurse", "nurse"), "there is no role nurse. The roles are staff"),
        (("school-1", "nowhere"), "there is no organisation nowhere"),
        (("new.nurse", LEAD), f"there is a {LEAD} already"),
    ],
)
def test_an_account_that_cannot_be_is_refused_with_what_to_do(
    instead: tuple[str, str], expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [instead[1] if word == instead[0] else word for word in ADD]
    before = Practitioner.objects.count()
    assert expected in said(capsys, *words, code=cli.INPUT.code)
    assert Practitioner.objects.count() == before


def test_accounts_are_listed_with_who_is_stopped(capsys: pytest.CaptureFixture[str]) -> None:
    said(capsys, "account", "stop", LEAD)
    lines = said(capsys, "account", "list").splitlines()
    assert f"{LEAD}\tsafeguarding_lead\tschool-1\tstopped" in lines
    assert len(lines) == Practitioner.objects.count()


def test_a_new_password_ends_every_sign_in_and_the_wait(capsys: pytest.CaptureFixture[str]) -> None:
    row = signed_in()
    WrongTry.objects.create(name=LEAD, at=NOW)
    secret = re.findall(PASSWORD, said(capsys, "account", "password", LEAD))[0]
    row.refresh_from_db()
    assert row.ended
    assert not WrongTry.objects.exists()
    assert person().check_password(secret)
    on_record("account.password_made")


def test_somebody_who_stopped_is_out_everywhere_until_started(capsys: pytest.CaptureFixture[str]) -> None:
    row = signed_in()
    said(capsys, "account", "stop", LEAD)
    row.refresh_from_db()
    assert row.ended
    assert not person().is_active
    said(capsys, "account", "start", LEAD)
    assert person().is_active
    assert [on_record(act).about for act in ("account.stopped", "account.started")] == [LEAD, LEAD]


def test_unlocking_lets_try_again_and_ends_no_sign_in(capsys: pytest.CaptureFixture[str]) -> None:
    row = signed_in()
    WrongTry.objects.create(name=LEAD, at=NOW)
    said(capsys, "account", "unlock", LEAD)
    row.refresh_from_db()
    assert not WrongTry.objects.exists()
    assert row.ended is None
    on_record("account.unlocked")


def test_a_reset_forgets_second_factors_and_codes_on_paper(capsys: pytest.CaptureFixture[str]) -> None:
    Factor.objects.create(practitioner=person(), kind="app", name="A telephone", secret=b"x", made=NOW, confirmed=NOW)
    RecoveryCode.objects.create(practitioner=person(), digest="d")
    said(capsys, "account", "reset", LEAD)
    assert not Factor.objects.exists()
    assert not RecoveryCode.objects.exists()
    on_record("account.reset")


def test_a_providers_subject_is_linked_moved_and_unlinked(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    link = ["account", "link", LEAD, "--subject", "abc"]
    monkeypatch.delenv("NIGHTLIGHT_OIDC_ISSUER", raising=False)
    assert "--issuer" in said(capsys, *link, code=cli.SETTING.code)
    said(capsys, *link, "--issuer", "https://id.example.org")
    said(capsys, "account", "link", "staff.school-1", "--subject", "abc", "--issuer", "https://id.example.org")
    assert Subject.objects.get(ended=None).practitioner.username == "staff.school-1"
    said(capsys, "account", "unlink", "staff.school-1")
    assert not Subject.objects.filter(ended=None).exists()
    assert AuditEvent.objects.filter(act="account.linked").count() == 2


@pytest.mark.parametrize("deed", ["password", "unlock", "reset", "stop", "start", "unlink"])
def test_a_name_that_nobody_has_is_refused_and_nothing_is_on_record(
    deed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "nobody is called nemo" in said(capsys, "account", deed, "nemo", code=cli.INPUT.code)
    assert not AuditEvent.objects.filter(act__startswith="account.").exists()


# -- keys


def create(*more: str) -> list[str]:
    return ["key", "create", "Registers of the school", "--organisation", "school-1", *more]


def test_a_key_is_shown_once_and_is_kept_as_a_digest(capsys: pytest.CaptureFixture[str]) -> None:
    out = said(capsys, *create("--feed", "school-register", "--receipts", "--days", "30"))
    secret = re.findall(r"nlk_\S+", out)[0]
    row = ServiceKey.objects.get()
    assert service_keys.whose(secret=secret, now=datetime.now(UTC)) == row
    assert (sorted(row.may), row.feeds) == (["deliver", "receipts"], ["school-register"])
    assert secret not in str(row.__dict__)
    listed = said(capsys, "key", "list")
    assert str(row.id) in listed
    assert secret not in listed
    assert on_record("key.made").about == str(row.id)


def test_a_revoked_key_works_no_more_and_is_revoked_once(capsys: pytest.CaptureFixture[str]) -> None:
    secret = re.findall(r"nlk_\S+", said(capsys, *create("--receipts")))[0]
    id_ = str(ServiceKey.objects.get().id)
    said(capsys, "key", "revoke", id_)
    assert service_keys.whose(secret=secret, now=datetime.now(UTC)) is None
    assert "revoked" in said(capsys, "key", "list")
    assert "no such key that still works" in said(capsys, "key", "revoke", id_, code=cli.INPUT.code)
    on_record("key.revoked")


def test_a_key_whose_time_is_over_is_listed_as_ended(capsys: pytest.CaptureFixture[str]) -> None:
    said(capsys, *create("--receipts", "--days", "1"))
    ServiceKey.objects.update(expires=datetime.now(UTC) - timedelta(minutes=1))
    assert "ended" in said(capsys, "key", "list")


@pytest.mark.parametrize(
    "more",
    [
        (),
        ("--feed", "none-such"),
        ("--receipts", "--days", "0"),
        ("--receipts", "--days", "367"),
        ("--receipts", "--organisation", "nowhere"),
    ],
)
def test_a_key_that_cannot_be_is_refused_and_none_is_made(
    more: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert said(capsys, *create(*more), code=cli.INPUT.code).startswith("nightlight: ")
    assert not ServiceKey.objects.exists()


def test_a_key_that_is_none_is_a_mistake_of_usage_or_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        cli.main(["key", "revoke", "not-an-id"])
    assert stopped.value.code == cli.USAGE.code
    capsys.readouterr()
    said(capsys, "key", "revoke", str(uuid4()), code=cli.INPUT.code)

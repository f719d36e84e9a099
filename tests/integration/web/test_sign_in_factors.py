"""A second factor: demanded, set up, asked for, lost and found; sign-ins that end; nothing said of accounts."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pyotp
import pytest
from django.db import connection
from django.test import Client
from support.pages import LEAD, STAFF, partnership

from nightlight.actions.demo.staff import PASSWORD
from nightlight.actions.signin import factors, sessions
from nightlight.store.access import wall
from nightlight.store.audit.models import AuditEvent
from nightlight.store.people.models import Practitioner
from nightlight.store.signin.models import Factor, RecoveryCode, SignIn, WrongTry
from nightlight.web import moment, proving
from nightlight.web.views import my_sign_in, session

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


class Clock:
    """The pages' clock, to be moved on."""

    def __init__(self) -> None:
        self.at = AT

    def __call__(self) -> datetime:
        return self.at

    def on(self, **much: int) -> None:
        self.at += timedelta(**much)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Clock:
    settings.SECOND_FACTOR = True
    partnership()
    clock = Clock()
    for module in (moment, proving, session, my_sign_in):
        monkeypatch.setattr(module, "now", clock)
    return clock


def password(client: Client, username: str = LEAD, secret: str = PASSWORD) -> Any:
    return client.post("/sign-in", {"username": username, "password": secret, "next": "/indicators"})


def app_of(page: str) -> pyotp.TOTP:
    key = re.search(r'nl-secret">([A-Z2-7 ]+)<', page)
    assert key is not None
    return pyotp.TOTP(key[1].replace(" ", ""))


def enrolled(clock: Clock, username: str = LEAD) -> tuple[Client, pyotp.TOTP, list[str]]:
    """A browser in which somebody has just set up an app, the app, and the codes on paper."""
    client = Client()
    assert password(client, username)["Location"] == "/sign-in/set-up"
    app = app_of(client.get("/sign-in/set-up").content.decode())
    shown = client.post("/sign-in/set-up", {"code": app.at(clock())})
    assert shown.status_code == 200
    codes = re.findall(r'<li class="nl-secret">([^<]+)</li>', shown.content.decode())
    assert len(codes) == 10
    clock.on(minutes=1)
    return client, app, codes


def test_a_password_alone_signs_nobody_in_where_a_second_factor_is_demanded() -> None:
    client = Client()
    assert password(client)["Location"] == "/sign-in/set-up"
    assert client.get("/duties").status_code == 302
    assert not SignIn.objects.exists()


def test_setting_up_an_app_signs_in_and_gives_codes_on_paper(clock: Clock) -> None:
    client, _, _ = enrolled(clock)
    assert client.get("/duties").status_code == 200
    assert {row.act for row in AuditEvent.objects.filter(by=LEAD)} >= {"factor.added", "session.started"}


def test_a_wrong_code_sets_nothing_up(clock: Clock) -> None:
    client = Client()
    password(client)
    client.get("/sign-in/set-up")
    assert client.post("/sign-in/set-up", {"code": "000000"}).status_code == 422
    assert not Factor.objects.filter(confirmed__isnull=False).exists()
    assert client.get("/duties").status_code == 302


def test_the_code_is_asked_for_and_leads_to_the_page_that_asked(clock: Clock) -> None:
    _, app, _ = enrolled(clock)
    client = Client()
    assert password(client)["Location"] == "/sign-in/second"
    assert client.get("/duties").status_code == 302
    assert client.post("/sign-in/second", {"code": "000000"}).status_code == 422
    assert client.post("/sign-in/second", {"code": app.at(clock())})["Location"] == "/indicators"


def test_a_code_works_once(clock: Clock) -> None:
    _, app, _ = enrolled(clock)
    code = app.at(clock())
    for client, status in ((Client(), 302), (Client(), 422)):
        password(client)
        assert client.post("/sign-in/second", {"code": code}).status_code == status


def test_a_code_of_three_steps_ago_does_not_work(clock: Clock) -> None:
    _, app, _ = enrolled(clock)
    client = Client()
    password(client)
    old = app.at(clock())
    clock.on(seconds=90)
    assert client.post("/sign-in/second", {"code": old}).status_code == 422


def test_a_code_on_paper_works_once_however_it_is_typed(clock: Clock) -> None:
    _, _, codes = enrolled(clock)
    for client, status in ((Client(), 302), (Client(), 422)):
        password(client)
        assert client.post("/sign-in/second", {"code": codes[0].lower().replace("-", " ")}).status_code == status


def test_new_codes_on_paper_make_the_old_ones_useless(clock: Clock) -> None:
    client, _, codes = enrolled(clock)
    assert client.post("/my-sign-in/codes").status_code == 200
    assert not factors.right_code(by=Practitioner.objects.get(username=LEAD), code=codes[1], now=clock())


def test_somebody_who_began_cannot_reach_the_set_up_of_whoever_has_a_factor(clock: Clock) -> None:
    enrolled(clock)
    client = Client()
    password(client)
    assert client.get("/sign-in/set-up")["Location"] == "/sign-in"


def test_half_a_sign_in_is_forgotten_after_a_quarter_of_an_hour(clock: Clock) -> None:
    _, app, _ = enrolled(clock)
    client = Client()
    password(client)
    clock.on(minutes=16)
    assert client.post("/sign-in/second", {"code": app.at(clock())})["Location"] == "/sign-in"


def test_ten_wrong_codes_refuse_the_eleventh_and_a_right_password_does_not_wipe_them(clock: Clock) -> None:
    _, app, _ = enrolled(clock)
    for n in range(10):
        client = Client()
        password(client)
        client.post("/sign-in/second", {"code": f"00000{n}"})
    said = password(Client()).content.decode()
    assert "ten wrong tries" in said
    clock.on(minutes=16)
    client = Client()
    password(client)
    assert client.post("/sign-in/second", {"code": app.at(clock())}).status_code == 302
    assert not WrongTry.objects.filter(name=LEAD).exists()


@pytest.mark.parametrize("tries", [1, 11])
def test_what_is_said_is_the_same_for_an_account_and_for_none(tries: int) -> None:
    for _ in range(tries):
        there, none = password(Client(), LEAD, "guess"), password(Client(), "nobody-here", "guess")
    texts = [re.sub(r'value="[^"]*"', "", each.content.decode()) for each in (there, none)]
    assert texts[0] == texts[1]
    assert there.status_code == none.status_code == 422


def test_a_person_who_works_meanwhile_does_not_hide_wrong_tries(clock: Clock) -> None:
    client, _, _ = enrolled(clock)
    for n in range(10):
        password(Client(), LEAD, f"guess-{n}")
        AuditEvent.objects.create(at=clock(), by=LEAD, act="child.viewed")
    assert "ten wrong tries" in password(Client()).content.decode()
    assert client.get("/duties").status_code == 200


def test_somebody_who_was_deactivated_is_out_at_once_and_stays_out(clock: Clock) -> None:
    client, _, _ = enrolled(clock)
    Practitioner.objects.filter(username=LEAD).update(is_active=False)
    assert client.get("/duties").status_code == 302
    assert password(Client()).status_code == 422


def test_a_sign_in_left_idle_ends_and_one_in_use_does_not(clock: Clock) -> None:
    client, _, _ = enrolled(clock)
    for _ in range(3):
        clock.on(minutes=20)
        assert client.get("/duties").status_code == 200
    clock.on(minutes=31)
    assert client.get("/duties")["Location"] == "/sign-in?next=/duties"
    assert AuditEvent.objects.filter(by=LEAD, act="session.timed_out").count() == 1


@pytest.mark.parametrize("asked", ["meetings/{}/stream", "plans/{}/stream"])
def test_what_a_page_asks_by_itself_keeps_no_sign_in_alive(clock: Clock, asked: str) -> None:
    client, _, _ = enrolled(clock)
    for _ in range(2):
        clock.on(minutes=16)
        client.get("/" + asked.format("00000000-0000-4000-8000-000000000000"))
    assert client.get("/duties").status_code == 302


def test_no_sign_in_lasts_longer_than_the_longest(clock: Clock) -> None:
    client, _, _ = enrolled(clock)
    for _ in range(28):
        clock.on(minutes=25)
        assert client.get("/duties").status_code == 200
    clock.on(minutes=25)
    assert client.get("/duties").status_code == 302


def test_ones_sign_ins_are_listed_and_one_is_ended_from_another(clock: Clock) -> None:
    one, app, _ = enrolled(clock)
    two = Client()
    password(two)
    two.post("/sign-in/second", {"code": app.at(clock())})
    page = two.get("/my-sign-in").content.decode()
    assert page.count("Another browser") == 1
    other = SignIn.objects.filter(practitioner__username=LEAD).order_by("began").first()
    assert other is not None
    two.post(f"/my-sign-in/{other.id}/end")
    assert one.get("/duties").status_code == 302
    assert two.get("/duties").status_code == 200


def test_nobody_ends_anothers_sign_in(clock: Clock) -> None:
    one, _, _ = enrolled(clock)
    other, _, _ = enrolled(clock, STAFF)
    mine = SignIn.objects.get(practitioner__username=LEAD)
    assert other.post(f"/my-sign-in/{mine.id}/end").status_code == 403
    assert one.get("/duties").status_code == 200


def test_signing_out_ends_the_row_so_that_a_copied_cookie_is_useless(clock: Clock) -> None:
    client, _, _ = enrolled(clock)
    thief = Client()
    thief.cookies = client.cookies.__class__(client.cookies.output(header=""))
    client.post("/sign-out")
    assert thief.get("/duties").status_code == 302
    assert not sessions.mine(by=Practitioner.objects.get(username=LEAD), now=clock())


def test_changing_how_one_signs_in_asks_for_proof_once_it_is_stale(clock: Clock) -> None:
    client, app, _ = enrolled(clock)
    assert client.get("/my-sign-in/app").status_code == 200
    clock.on(minutes=16)
    asked = client.post("/my-sign-in/codes")
    assert asked.status_code == 403
    assert "Prove again who you are" in asked.content.decode()
    assert client.post("/my-sign-in/codes", {"proof_secret": "000000"}).status_code == 403
    assert client.post("/my-sign-in/codes", {"proof_secret": PASSWORD}).status_code == 403
    assert client.post("/my-sign-in/codes", {"proof_secret": app.at(clock())}).status_code == 200


def test_the_only_second_factor_is_not_removed(clock: Clock) -> None:
    client, _, _ = enrolled(clock)
    factor = Factor.objects.get()
    assert client.post(f"/my-sign-in/factors/{factor.id}/remove").status_code == 403
    assert Factor.objects.filter(id=factor.id).exists()


def test_a_demonstration_asks_for_no_second_factor(settings: Any) -> None:
    settings.DEMO, settings.SECOND_FACTOR = True, False
    client = Client()
    assert client.post("/sign-in/as", {"username": LEAD}).status_code == 302
    assert client.get("/duties").status_code == 200


def test_no_secret_is_kept_in_plain(clock: Clock) -> None:
    _, app, codes = enrolled(clock)
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM signin_factor")
        assert app.secret.encode() not in bytes(cursor.fetchone()[0])
    digests = set(RecoveryCode.objects.values_list("digest", flat=True))
    assert len(digests) == 10
    assert not digests & {code.replace("-", "") for code in codes}


@pytest.mark.parametrize("table", ["factor", "recoverycode", "signin", "wrongtry", "subject", "servicekey", "counted"])
def test_a_pages_connection_reads_no_table_of_signing_in(table: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_table_privilege(%s, %s, 'SELECT, INSERT')", [wall.ROLE, f"signin_{table}"])
        assert cursor.fetchone() == (False,)

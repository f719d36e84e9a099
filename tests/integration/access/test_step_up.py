"""Breaking the glass asks for a proof that is fresh; the reason that was typed goes on with it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from support.access_world import AT, World

from nightlight.store.access.models import Granted
from nightlight.store.people.models import Practitioner
from nightlight.store.signin.models import SignIn

pytestmark = pytest.mark.django_db
PASSWORD = "a long enough password"
REASON = "Collapsed at school and nobody answers"


@pytest.fixture
def nurse(world: World) -> Client:
    """Signed in an hour ago."""
    by = Practitioner.objects.get(username=world.viewers["school_nurse"].username)
    by.set_password(PASSWORD)
    by.save()
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(by)
    SignIn.objects.filter(practitioner=by).update(proved=AT - timedelta(hours=1))
    return client


def ask(world: World, client: Client, **more: str) -> Any:
    return client.post(f"/children/{world.children['none']}/break-glass", {"reason": REASON, **more})


def broken(world: World) -> bool:
    return bool(Granted.objects.filter(child=world.children["none"], kind="broken_glass").exists())


def test_a_stale_sign_in_is_asked_to_prove_and_the_reason_is_carried_on(world: World, nurse: Client) -> None:
    asked = ask(world, nurse)
    page = asked.content.decode()
    assert asked.status_code == 403
    assert f'name="reason" value="{REASON}"' in page
    assert not broken(world)


def test_a_password_proves_it_where_there_is_no_second_factor(world: World, nurse: Client) -> None:
    assert ask(world, nurse, proof_secret="not it").status_code == 403
    assert not broken(world)
    assert ask(world, nurse, proof_secret=PASSWORD).status_code == 302
    assert broken(world)


def test_a_demonstrations_click_is_no_proof_elsewhere(world: World, nurse: Client, settings: Any) -> None:
    settings.DEMO = False
    assert ask(world, nurse, proof_demo="1").status_code == 403
    settings.DEMO = True
    assert ask(world, nurse, proof_demo="1").status_code == 302


def test_a_passkeys_answer_that_is_nonsense_is_refused_in_words(world: World, nurse: Client) -> None:
    asked = ask(world, nurse, proof_passkey="{}")
    assert asked.status_code == 403
    assert "That passkey is not known here" in asked.content.decode()

"""A teaching assistant raises a concern: on a telephone, with and without scripts, and loses no word to anything."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.contrib.sessions.models import Session
from support import axe
from support.browsing import give_name_and_password, sign_in
from support.pages import LEAD, STAFF, partnership, school_log

from nightlight.actions.demo.staff import PASSWORD
from nightlight.store.intake.models import Draft, RaisedConcern
from nightlight.store.people.models import Person, Practitioner

pytestmark = pytest.mark.django_db(transaction=True)
WORDS = "Came in with a bruise on her left arm. Said she “fell”. "


@pytest.fixture(autouse=True)
def given_a_school_that_knows_a_child(settings: Any) -> Person:
    hashers = "django.contrib.auth.hashers"
    settings.PASSWORD_HASHERS = [f"{hashers}.MD5PasswordHasher", f"{hashers}.Argon2PasswordHasher"]
    partnership()
    return school_log(1)


@pytest.fixture
def telephone(page: Any) -> Any:
    page.set_viewport_size({"width": 320, "height": 640})
    return page


@pytest.fixture
def plain(browser: Any) -> Iterator[Any]:
    """A browser on a telephone that runs no scripts."""
    context = browser.new_context(java_script_enabled=False, viewport={"width": 320, "height": 640}, locale="en-GB")
    yield context.new_page()
    context.close()


def begin(page: Any, url: str, danger: str = "No") -> None:
    page.goto(f"{url}/concerns/new")
    page.get_by_label(danger, exact=True).check()
    page.click("text=Continue")
    page.wait_for_url("**/concerns/drafts/**")


def choose_child(page: Any, name: str = "robin fictonal") -> None:
    page.fill("#child_search", name)
    page.click("button:has-text('Find')")
    page.wait_for_selector("text=Robin Fictional,")
    page.get_by_label("Robin Fictional").check()


def kept(page: Any) -> None:
    page.wait_for_selector("[data-saved]:has-text('Kept at')")


def until(claim: Callable[[], bool]) -> None:
    for _ in range(1200):
        if claim():
            return
        time.sleep(0.1)
    raise AssertionError("it did not come to be within two minutes")


def test_raised_with_no_javascript_from_first_question_to_what_became_of_it(plain: Any, live_server: Any) -> None:
    sign_in(plain, live_server, STAFF)
    begin(plain, live_server.url)
    plain.fill("#what", WORDS)
    plain.fill("#words", "I felled over.")
    choose_child(plain)
    plain.click("button:has-text('Raise this concern')")
    assert "Concern raised" in plain.inner_text("main")
    assert "I felled over." in plain.inner_text("main")
    plain.goto(f"{live_server.url}/concerns")
    assert "not acknowledged yet" in plain.inner_text("main")
    sign_in(plain, live_server, LEAD)
    plain.goto(f"{live_server.url}/duties")
    assert "Robin Fictional" in plain.inner_text("main")


def test_raised_with_scripts_by_keyboard_alone(telephone: Any, live_server: Any) -> None:
    page = telephone
    sign_in(page, live_server, STAFF)
    page.goto(f"{live_server.url}/concerns/new")
    page.locator("#danger").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/concerns/drafts/**")
    assert page.locator("text=Do this first").is_visible()
    page.locator("#what").focus()
    page.keyboard.type(WORDS)
    page.locator("#child_search").focus()
    page.keyboard.type("Robin")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Robin Fictional,")
    page.locator("#child").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Raise this concern").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Concern raised")
    assert RaisedConcern.objects.get().danger_now


def test_every_page_and_error_is_accessible_at_both_widths(page: Any, live_server: Any) -> None:
    sign_in(page, live_server, STAFF)
    for width in (1280, 320):
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(f"{live_server.url}/concerns/new")
        axe.check(page)
        page.click("text=Continue")
        axe.check(page)
        begin(page, live_server.url, "Yes, or I am not sure")
        for part in page.locator("details summary").all():
            part.click()
        axe.check(page)
        page.click("button:has-text('Raise this concern')")
        page.wait_for_selector("text=There is a problem")
        axe.check(page)
        page.get_by_label("Not in the list: I will describe the child").check()
        page.get_by_label("Some time in a month").check()
        axe.check(page)
        page.fill("#what", WORDS)
        page.get_by_label("I am not sure", exact=True).check()
        page.fill("#child_about", "Red coat, reception class")
        page.click("button:has-text('Raise this concern')")
        page.wait_for_selector("text=Concern raised")
        axe.check(page)
        one = RaisedConcern.objects.latest("at").id
        for path in ("/concerns", f"/concerns/{one}", f"/concerns/{one}/more", f"/concerns/{one}/correct"):
            page.goto(live_server.url + path)
            axe.check(page)
        page.click("button:has-text('Correct it')")
        axe.check(page)


def test_time_out_while_typing_loses_no_word(telephone: Any, live_server: Any) -> None:
    page = telephone
    sign_in(page, live_server, STAFF)
    begin(page, live_server.url)
    page.fill("#what", WORDS)
    kept(page)
    Session.objects.all().delete()
    page.locator("#what").press_sequentially("And then more.")
    page.wait_for_selector("text=You have been signed out")
    page.click("text=sign in again")
    give_name_and_password(page, STAFF)
    assert page.input_value("#what").startswith(WORDS)
    assert "And then more." in page.input_value("#what")


def test_time_out_with_no_javascript_brings_the_draft_back_after_signing_in(plain: Any, live_server: Any) -> None:
    sign_in(plain, live_server, STAFF)
    begin(plain, live_server.url)
    plain.fill("#what", WORDS)
    Session.objects.all().delete()
    plain.click("button:has-text('Raise this concern')")
    give_name_and_password(plain, STAFF)
    assert "You had been signed out" in plain.inner_text("main")
    assert plain.input_value("#what") == WORDS


def test_two_windows_keep_both_and_say_so(page: Any, live_server: Any) -> None:
    sign_in(page, live_server, STAFF)
    begin(page, live_server.url)
    other = page.context.new_page()
    other.goto(page.url)
    page.fill("#what", "The first window.")
    kept(page)
    other.fill("#what", "The second window.")
    other.wait_for_selector("text=Both are kept")
    axe.check(other)
    assert {d.content["what"] for d in Draft.objects.all()} == {"The first window.", "The second window."}
    other.reload()
    assert "The first window." in other.text_content("main")
    assert page.input_value("#what") == "The first window."
    axe.check(other)


def test_going_back_shows_what_was_typed(telephone: Any, live_server: Any) -> None:
    page = telephone
    sign_in(page, live_server, STAFF)
    begin(page, live_server.url)
    page.fill("#what", WORDS)
    kept(page)
    page.goto(f"{live_server.url}/concerns")
    page.go_back()
    assert page.input_value("#what") == WORDS
    page.locator("#what").press_sequentially("More.")
    until(lambda: "More." in Draft.objects.get().content["what"])


def test_no_word_is_written_to_the_browsers_storage(page: Any, live_server: Any) -> None:
    sign_in(page, live_server, STAFF)
    begin(page, live_server.url)
    page.fill("#what", WORDS)
    kept(page)
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0


def test_double_press_raises_one(page: Any, live_server: Any) -> None:
    sign_in(page, live_server, STAFF)
    begin(page, live_server.url)
    page.fill("#what", WORDS)
    choose_child(page)
    page.dblclick("button:has-text('Raise this concern')")
    page.wait_for_selector("text=Concern raised")
    assert RaisedConcern.objects.count() == 1


# -- the server is killed


class Served:
    """The program's own server in a process of its own, on the test's database, to be killed and started again."""

    def __init__(self, database_url: str, logs: Path) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            self.port = taken.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._log = (logs / "server.log").open("ab")
        self._environment = {**os.environ, "NIGHTLIGHT_DATABASE_URL": database_url, "HOME": str(logs)}
        self.start()

    def start(self) -> None:
        command = [
            sys.executable, "-m", "gunicorn", "nightlight.config.wsgi:application",
            "--bind", f"127.0.0.1:{self.port}", "--workers", "1",
        ]  # fmt: skip
        self.process = subprocess.Popen(command, env=self._environment, stderr=self._log, start_new_session=True)
        for _ in range(600):
            try:
                urllib.request.urlopen(f"{self.url}/sign-in", timeout=10).close()
            except OSError:
                time.sleep(0.1)
            else:
                return
        self.close()
        raise AssertionError("the server did not start within a minute: see its log")

    def kill(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def close(self) -> None:
        if self.process.poll() is None:
            self.kill()
        self._log.close()


@pytest.fixture
def served(database_url: str, tmp_path: Path) -> Iterator[Served]:
    # The program's own settings know no quick hasher.
    Practitioner.objects.filter(username=STAFF).update(password=make_password(PASSWORD, hasher="argon2"))
    server = Served(database_url, tmp_path)
    yield server
    server.close()


def test_server_killed_while_typing_and_every_word_is_found_again(browser: Any, page: Any, served: Served) -> None:
    sign_in(page, served, STAFF)
    begin(page, served.url)
    page.fill("#what", WORDS)
    kept(page)
    served.kill()
    page.locator("#what").press_sequentially("She would not say who. ")
    page.wait_for_selector("text=Not kept yet")
    page.locator("#what").press_sequentially("Her mother was there.")
    served.start()
    page.wait_for_selector("[data-saved]:has-text('Kept at')")
    context = browser.new_context(java_script_enabled=False)  # and then the telephone is dropped in a puddle
    another = context.new_page()
    sign_in(another, served, STAFF)
    another.goto(f"{served.url}/concerns")
    another.click("text=Came in with a bruise")
    assert another.input_value("#what") == WORDS + "She would not say who. Her mother was there."
    context.close()

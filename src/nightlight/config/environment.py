"""The one place that reads the environment; each setting says what it is for and how to mend it.

`.env-sample` lists every one of them, and a test holds the two together.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


class SettingError(Exception):
    """A setting is missing or can't be read; the message names it and says what to do."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One environment variable: its name, what it is for, and the value when it is not set (None: it must be)."""

    name: str
    meaning: str
    default: str | None = None


DATABASE_URL = Setting(
    "NIGHTLIGHT_DATABASE_URL",
    "PostgreSQL to use, as postgresql://user@host/database; empty: a private one in the data folder",
    "",
)
PAGES_DATABASE_URL = Setting(
    "NIGHTLIGHT_PAGES_DATABASE_URL",
    "the same PostgreSQL by the login nightlight_web, which pages read by; empty: the login above, in that role",
    "",
)
DEEDS_DATABASE_URL = Setting(
    "NIGHTLIGHT_DEEDS_DATABASE_URL",
    "the same PostgreSQL by the login nightlight_deeds, which deeds of pages are done by; empty: the first login",
    "",
)
DATA = Setting("NIGHTLIGHT_DATA", "folder for the private PostgreSQL, the demo's files and keys", ".nightlight")
SECRET_KEY = Setting(
    "NIGHTLIGHT_SECRET_KEY", "signs sessions; 50 random characters; empty: one is made and kept in the data folder", ""
)
KEYS = Setting(
    "NIGHTLIGHT_KEYS", "file of the keys that encrypt and sign; empty: one is made and kept in the data folder", ""
)
HOSTS = Setting("NIGHTLIGHT_HOSTS", "host names the pages are served under, with commas", "127.0.0.1,localhost")
SECURE = Setting("NIGHTLIGHT_SECURE", "1 where the pages are served over https: cookies are then https only", "0")
DEMO = Setting("NIGHTLIGHT_DEMO", "1 shows ready-made users on the sign-in page; never set it with real records", "0")
SECOND_FACTOR = Setting(
    "NIGHTLIGHT_SECOND_FACTOR",
    "1: a password needs a second factor; 0: it does not; empty: 1, but in a demonstration 0",
    "",
)
OIDC_ISSUER = Setting(
    "NIGHTLIGHT_OIDC_ISSUER", "identity provider to sign in with, such as https://login.example; empty: none", ""
)
OIDC_CLIENT = Setting("NIGHTLIGHT_OIDC_CLIENT", "as what Nightlight is registered with that provider", "")
OIDC_SECRET = Setting("NIGHTLIGHT_OIDC_SECRET", "the secret that the provider gave for it", "")
RULES = Setting(
    "NIGHTLIGHT_RULES", "folder of the partnership's own rule rows (.yaml), within what statute allows; empty: none", ""
)
DEBUG = Setting("NIGHTLIGHT_DEBUG", "1 shows where an unexpected error arose; its words may hold a child's data", "0")
URL = Setting(
    "NIGHTLIGHT_URL", "where the pages are served: what links in messages start with", "http://127.0.0.1:8000"
)
SMTP = Setting(
    "NIGHTLIGHT_SMTP", "mail server, as smtp://user:password@host:587?tls=starttls; empty: no e-mail by SMTP", ""
)
EMAIL_FROM = Setting("NIGHTLIGHT_EMAIL_FROM", "whom e-mails are from; bounces come back to it with +ID added", "")
NOTIFY_KEY = Setting("NIGHTLIGHT_NOTIFY_KEY", "API key of GOV.UK Notify; empty: nothing is sent by it", "")
NOTIFY_URL = Setting("NIGHTLIGHT_NOTIFY_URL", "GOV.UK Notify's API", "https://api.notifications.service.gov.uk")
NOTIFY_EMAIL = Setting("NIGHTLIGHT_NOTIFY_EMAIL", "id of its e-mail template, with ((subject)) and ((body))", "")
NOTIFY_TEXT = Setting("NIGHTLIGHT_NOTIFY_TEXT", "id of its text message template, with ((body))", "")
WEBHOOK_SECRET = Setting(
    "NIGHTLIGHT_WEBHOOK_SECRET", "50 random characters that receivers' secrets are drawn from; empty: no webhooks", ""
)
SOURCE_HUB = Setting(
    "NIGHTLIGHT_SOURCE_HUB", "this is a source: the hub that its pointers go to, as https://hub.example; empty: no", ""
)
SOURCE_KEY = Setting("NIGHTLIGHT_SOURCE_KEY", "the key that the hub made for this source, as nlk_...", "")
SOURCE_SECRET = Setting("NIGHTLIGHT_SOURCE_SECRET", "the signing secret that came with that key, as whsec_...", "")
SOURCE_ORGANISATION = Setting("NIGHTLIGHT_SOURCE_ORGANISATION", "code of this source's organisation at the hub", "")
SOURCE_CONTACT = Setting(
    "NIGHTLIGHT_SOURCE_CONTACT", "whom a hub's people call about a pointer: a team and its number, no child's name", ""
)

SETTINGS = (
    DATABASE_URL, PAGES_DATABASE_URL, DEEDS_DATABASE_URL, DATA, SECRET_KEY, KEYS, HOSTS, SECURE, DEMO, SECOND_FACTOR,
    OIDC_ISSUER, OIDC_CLIENT, OIDC_SECRET, RULES, DEBUG, URL, SMTP, EMAIL_FROM,
    NOTIFY_KEY, NOTIFY_URL, NOTIFY_EMAIL, NOTIFY_TEXT, WEBHOOK_SECRET,
    SOURCE_HUB, SOURCE_KEY, SOURCE_SECRET, SOURCE_ORGANISATION, SOURCE_CONTACT,
)  # fmt: skip


def read(setting: Setting, environ: Mapping[str, str] | None = None) -> str:
    """The value of a setting; `SettingError` says how to set one that has no default."""
    value = (os.environ if environ is None else environ).get(setting.name, "")
    if value:
        return value
    if setting.default is None:
        raise SettingError(
            f"{setting.name} is not set ({setting.meaning}). Set it in the environment; see .env-sample."
        )
    return setting.default


def flag(setting: Setting, environ: Mapping[str, str] | None = None) -> bool:
    """A setting that is 1 or 0; anything else is refused."""
    value = read(setting, environ)
    if value not in {"0", "1"}:
        raise SettingError(f"{setting.name} must be 1 or 0 ({setting.meaning}).")
    return value == "1"


def key_file() -> Path:
    """The file of this installation's keys."""
    named = read(KEYS)
    return Path(named).expanduser().resolve() if named else data_folder() / "keys.json"


def data_folder() -> Path:
    """The folder for what this installation keeps on disk, absolute."""
    return Path(read(DATA)).expanduser().resolve()

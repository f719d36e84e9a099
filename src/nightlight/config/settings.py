"""Django's settings. Nothing here is a legal or procedural value: those are dated rule rows in `domain/rules`."""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from csp.constants import NONE, SELF
from psycopg.conninfo import conninfo_to_dict

from nightlight.config import environment as env
from nightlight.domain.clocks import RulesError, rules_in_use, use_rules
from nightlight.domain.keeping import use_keeping
from nightlight.domain.limits import out_of_bounds, use_limits
from nightlight.domain.meetings.gate_rows import use_gates
from nightlight.domain.meetings.routes import use_routes
from nightlight.domain.meetings.rows import use_rows
from nightlight.domain.plans.rows import use_plans
from nightlight.domain.school_holidays import use_holidays
from nightlight.domain.scope.rows import use_own_records
from nightlight.domain.scope.rows import use_rows as use_scope_rows
from nightlight.domain.sharing.rows import use_rows as use_sharing_rows
from nightlight.domain.unusual_rows import use_rows as use_unusual_rows
from nightlight.store.keys.keyring import make as make_keys
from nightlight.store.keys.keyring import read as read_keys
from nightlight.store.keys.vault import use as use_keys

PACKAGE = Path(__file__).resolve().parent.parent


def _database(url: str) -> dict[str, Any]:
    """Django's description of a PostgreSQL given by its URL; an empty URL is filled in by `config.boot`."""
    if not url:
        return {"ENGINE": "nightlight.store.database", "NAME": "not-started"}
    parts = conninfo_to_dict(url)
    options = {k: v for k, v in parts.items() if k not in {"host", "port", "user", "password", "dbname"}}
    return {
        "ENGINE": "nightlight.store.database",
        "NAME": parts.get("dbname", "nightlight"),
        "USER": parts.get("user", ""),
        "PASSWORD": parts.get("password", ""),
        "HOST": unquote(str(parts.get("host", ""))),
        "PORT": parts.get("port", ""),
        "OPTIONS": {**options, "application_name": "nightlight"},
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "ATOMIC_REQUESTS": False,
        "PAGES": _login(env.read(env.PAGES_DATABASE_URL)),
        "DEEDS": _login(env.read(env.DEEDS_DATABASE_URL)),
    }


def _login(url: str) -> dict[str, str]:
    """What differs for another login of it (`store.database`): everything but the database's name."""
    if not url:
        return {}
    parts = conninfo_to_dict(url)
    return {name: unquote(str(parts[name])) for name in ("user", "password", "host", "port") if parts.get(name)}


_USES: tuple[Callable[[Path], object], ...] = (
    use_rules, use_rows, use_routes, use_gates, use_plans, use_holidays, use_sharing_rows, use_scope_rows,
    use_unusual_rows, use_limits, use_keeping,
)  # fmt: skip
"""Each reads its own section of a partnership's files, in this order: later ones are checked against earlier."""


def _use_rules() -> None:
    """Lay the partnership's own rule rows over the package's, before anything reads a rule."""
    if not env.read(env.RULES):
        return
    folder = Path(env.read(env.RULES)).expanduser()
    if not folder.is_dir():
        raise env.SettingError(f"{env.RULES.name} must name a folder that there is ({env.RULES.meaning}).")
    try:
        for use in _USES:
            use(folder)
    except RulesError as error:
        raise env.SettingError(f"the rows in the folder of {env.RULES.name} cannot be used:\n{error}") from None
    if beyond := out_of_bounds(rules_in_use().rows):
        raise env.SettingError(f"the rows in the folder of {env.RULES.name} cannot be used:\n" + "\n".join(beyond))


def _provider() -> dict[str, str]:
    """The identity provider, by name of its parts; none where no issuer is named. It is never asked over plain http."""
    issuer = env.read(env.OIDC_ISSUER).rstrip("/")
    if issuer and not issuer.startswith(("https://", "http://127.0.0.1:", "http://localhost:")):
        raise env.SettingError(f"{env.OIDC_ISSUER.name} must begin with https:// ({env.OIDC_ISSUER.meaning}).")
    client, secret = env.read(env.OIDC_CLIENT), env.read(env.OIDC_SECRET)
    if issuer and not (client and secret):
        raise env.SettingError(f"{env.OIDC_ISSUER.name} is set: {env.OIDC_CLIENT.name} and {env.OIDC_SECRET.name} too.")
    return {"issuer": issuer, "client": client, "secret": secret} if issuer else {}


def _secret_key() -> str:
    """The configured key, or one made once and kept in the data folder, readable by its owner only."""
    if configured := env.read(env.SECRET_KEY):
        return configured
    kept = env.data_folder() / "secret-key"
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=kept.parent, prefix=".secret-key.") as draft:  # the owner's alone
            draft.write(secrets.token_urlsafe(50))
            draft.flush()
            with contextlib.suppress(FileExistsError):  # another process made one just now: that one, whole
                os.link(draft.name, kept)
    return kept.read_text().strip()


def _use_keys() -> None:
    """Read the key file, before anything is written or read. One that is named must be there; else it is made once."""
    path = env.key_file()
    named = bool(env.read(env.KEYS))
    ring = read_keys(path) if named or path.exists() else make_keys(path, datetime.now(UTC))
    use_keys(ring, path)


DATABASES = {"default": _database(env.read(env.DATABASE_URL))}
SECRET_KEY = _secret_key()
DEBUG = False
DEMO = env.flag(env.DEMO)
SECOND_FACTOR = env.flag(env.SECOND_FACTOR) if env.read(env.SECOND_FACTOR) else not DEMO
OIDC = _provider()
ALLOWED_HOSTS = env.read(env.HOSTS).split(",")

_use_rules()
if env.read(env.SOURCE_HUB):
    use_own_records()
_use_keys()
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "nightlight.store.audit",
    "nightlight.store.people",
    "nightlight.store.chronology",
    "nightlight.store.intake",
    "nightlight.store.duties",
    "nightlight.store.meetings",
    "nightlight.store.access",
    "nightlight.store.signin",
    "nightlight.store.sharing",
    "nightlight.store.source",
    "nightlight.store.oversight",
    "nightlight.store.keeping",
    "nightlight.web",
]
MIDDLEWARE = [
    "nightlight.web.headers.Headers",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "nightlight.web.signed_in.SignedIn",
    "nightlight.web.behind.BehindTheWall",
    "nightlight.web.too_often.TooOften",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
]
AUTH_USER_MODEL = "people.Practitioner"
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
ROOT_URLCONF = "nightlight.config.urls"
WSGI_APPLICATION = "nightlight.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [PACKAGE / "web" / "templates"],
        "OPTIONS": {"environment": "nightlight.web.environment.environment"},
    }
]
LOGIN_URL = "/sign-in"
SESSION_ENGINE = "nightlight.web.kept_sessions"
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = env.flag(env.SECURE)
if SESSION_COOKIE_SECURE:
    # Served over https, by a proxy that says so: browsers are to ask for nothing else for a year.
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS, SECURE_HSTS_INCLUDE_SUBDOMAINS = 365 * 24 * 60 * 60, True
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "nightlight.web.page.denied"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "media-src": [SELF, "blob:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
USE_TZ = True
TIME_ZONE = "Europe/London"
LANGUAGE_CODE = "en-gb"
STATIC_URL = "/static/"
STATICFILES_DIRS = [PACKAGE / "web" / "static"]
WHITENOISE_USE_FINDERS = True
DATA_UPLOAD_MAX_MEMORY_SIZE = 30 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}

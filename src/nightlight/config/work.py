"""The wiring of the worker: its parts, and the channels that the environment configures."""

from __future__ import annotations

import signal
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from types import FrameType
from typing import TYPE_CHECKING
from uuid import UUID

from nightlight.config import environment as env
from nightlight.config.boot import collect_seldom
from nightlight.notify.govuk import GovUkNotify
from nightlight.notify.hub import HubLink
from nightlight.notify.ports import Channel
from nightlight.notify.reach import Reach
from nightlight.notify.smtp import BadAddress, Smtp, bounced_notice
from nightlight.notify.webhook import Webhook, secret_for
from nightlight.store.keys.link import seal_child

if TYPE_CHECKING:
    from nightlight.worker.source import Source


def run(say: Callable[[str], None]) -> int:
    """Run a worker in this process until SIGTERM or SIGINT."""
    from nightlight.worker.loop import Stopped, Worker
    from nightlight.worker.parts import Clocks, Indicators, Meetings, Notices, Oversight, Part, Seals

    clocks = Clocks(say)
    parts: list[Part] = [clocks, Indicators(), Meetings(), Notices(reach()), Seals(clocks), Oversight(clocks)]
    worker = Worker([*parts, source()] if env.read(env.SOURCE_HUB) else parts, say)

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise Stopped

    collect_seldom(200_000)  # a batch of duties is a hundred thousand objects
    with suppress(Stopped):  # told to end before it had begun, or told twice
        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        worker.run()
    return 0


def run_source(say: Callable[[str], None]) -> int:
    """Run a source in this process until SIGTERM or SIGINT; a setting that is missing is said at once."""
    source()
    return run(say)


def source() -> Source:
    """The part of the worker that tells a hub of what holds here. Raises `SettingError` where one is missing."""
    from nightlight.actions.source.outbox import Own
    from nightlight.store.people.models import Organisation
    from nightlight.worker.source import Source

    hub, key, secret, organisation = (_needed(each) for each in _SOURCE)
    if not hub.startswith(("https://", "http://127.0.0.1:", "http://localhost:")):
        raise env.SettingError(f"{env.SOURCE_HUB.name} must begin with https:// ({env.SOURCE_HUB.meaning}).")
    where = Organisation.objects.filter(code=organisation).first()
    if where is None:
        raise env.SettingError(
            f"{env.SOURCE_ORGANISATION.name}: there is no organisation of this code here yet. It comes with its first "
            "delivery: nightlight ingest FEED PATH --organisation CODE"
        )
    own = Own(organisation=organisation, agency=where.agency, contact=env.read(env.SOURCE_CONTACT))
    return Source(HubLink(base=hub, key=key, secret=secret), own, partial(seal_child, secret))


_SOURCE = (env.SOURCE_HUB, env.SOURCE_KEY, env.SOURCE_SECRET, env.SOURCE_ORGANISATION)


def _needed(setting: env.Setting) -> str:
    if not (value := env.read(setting)):
        raise env.SettingError(f"{setting.name} is not set ({setting.meaning}). See docs/how-to/run-a-source.md.")
    return value


def reach() -> Reach:
    """The channels that are set up; one that is not is passed over for a person's next."""
    found: dict[str, Channel] = {}
    if channel := _email():
        found["email"] = channel
    if channel := _govuk("text", env.NOTIFY_TEXT):
        found["text"] = channel
    if master := env.read(env.WEBHOOK_SECRET):
        found["webhook"] = Webhook(source=env.read(env.URL), master=master)
    return Reach(env.read(env.URL), found)


def webhook_secret(address: str) -> str:
    """The secret to give to the receiver at an address."""
    if not env.read(env.WEBHOOK_SECRET):
        raise env.SettingError(f"{env.WEBHOOK_SECRET.name} is not set ({env.WEBHOOK_SECRET.meaning}). Set it first.")
    return secret_for(address, env.read(env.WEBHOOK_SECRET))


def _email() -> Channel | None:
    if url := env.read(env.SMTP):
        try:
            return Smtp.at(url, env.read(env.EMAIL_FROM))
        except BadAddress as error:
            raise env.SettingError(f"{env.SMTP.name} or {env.EMAIL_FROM.name} can't be used: {error}") from None
    return _govuk("email", env.NOTIFY_EMAIL)


def _govuk(medium: str, template: env.Setting) -> Channel | None:
    key, chosen = env.read(env.NOTIFY_KEY), env.read(template)
    if not (key and chosen):
        return None
    return GovUkNotify(key=key, template=chosen, medium=medium, base_url=env.read(env.NOTIFY_URL))


def bounce_in(report: bytes) -> tuple[UUID, str] | None:
    """The notice that a delivery status report says did not arrive, and its code; None for any other mail."""
    found = bounced_notice(report)
    return (found.notice, found.code) if found and found.permanent else None

"""E-mail and text by GOV.UK Notify, through its own Python client (the `notify` extra).

Each service has one template for each with `((subject))` and `((body))` (a text: `((body))`). The notice's id is the
reference: before a message is sent again, Notify is asked whether it has that reference already.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from nightlight.domain.delivery import Delivered, NotSent, Outcome, Sent, StillOnItsWay
from nightlight.notify.ports import Message

API = "https://api.notifications.service.gov.uk"
_ON_ITS_WAY = frozenset({"created", "sending", "pending", "sent", "accepted"})


class ClientMissing(Exception):
    """The client is not installed; the message says how to."""


def _client(key: str, base_url: str, timeout: float) -> Any:
    try:
        from notifications_python_client.notifications import NotificationsAPIClient
    except ImportError:
        raise ClientMissing(
            "GOV.UK Notify is configured and its client is not installed. Install it: pip install 'nightlight[notify]'."
        ) from None
    client: Any = NotificationsAPIClient
    return client(key, base_url=base_url, timeout=timeout)


@dataclass(frozen=True, slots=True, kw_only=True)
class GovUkNotify:
    """One template of a service: medium is `email` or `text`."""

    key: str = field(repr=False)
    template: str
    medium: str
    base_url: str = API
    timeout: float = 20

    def send(self, message: Message) -> Outcome:
        """See `notify.ports.Channel`."""
        return self._tried(lambda client: self._send(client, message))

    def ask(self, provider_id: str) -> Outcome:
        """What Notify says of it: delivered, failed for good, failed for now, or on its way."""
        return self._tried(lambda client: _status(client.get_notification_by_id(provider_id)["status"]))

    def _tried(self, act: Any) -> Outcome:
        client = _client(self.key, self.base_url, self.timeout)
        from notifications_python_client.errors import HTTPError

        try:
            outcome: Outcome = act(client)
        except HTTPError as error:
            # 403 is our own key, which somebody can put right; only 400 is about this message.
            return NotSent(f"govuk-{error.status_code}", passing=error.status_code != 400)
        except (OSError, ValueError, KeyError, TypeError) as error:
            return NotSent(f"govuk-{type(error).__name__}", passing=True)
        return outcome

    def _send(self, client: Any, message: Message) -> Outcome:
        if message.again:
            kind = "email" if self.medium == "email" else "sms"
            found = client.get_all_notifications(reference=message.id, template_type=kind)["notifications"]
            if found:
                return Sent(found[0]["id"], asks=True)
        if self.medium == "email":
            taken = client.send_email_notification(
                email_address=message.to,
                template_id=self.template,
                personalisation={"subject": message.subject, "body": message.text},
                reference=message.id,
            )
        else:
            taken = client.send_sms_notification(
                phone_number=message.to,
                template_id=self.template,
                personalisation={"body": f"{message.subject}. {message.link}"},
                reference=message.id,
            )
        return Sent(taken["id"], asks=True)


def _status(status: str) -> Outcome:
    if status == "delivered":
        return Delivered()
    if status in _ON_ITS_WAY:
        return StillOnItsWay()
    return NotSent(f"govuk-{status}", passing=False)

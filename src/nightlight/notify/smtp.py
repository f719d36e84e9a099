"""E-mail by SMTP. The Message-ID is the notice's own, so that a repeat is one message to mail programs that look.

A bounce comes back to the envelope's sender, which carries the notice's id: `bounced_notice` reads it from the report.
"""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.message import Message as MailMessage
from email.utils import format_datetime
from typing import cast
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import UUID

from nightlight.domain.delivery import NotSent, Outcome, Sent, StillOnItsWay
from nightlight.notify.ports import Message


class BadAddress(ValueError):
    """The setting of a mail server cannot be read; the message says how it is written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Smtp:
    """A mail server and whom messages are from. tls: `none`, `starttls` (default) or `tls` from the start."""

    host: str
    port: int
    sender: str
    user: str = ""
    password: str = ""
    tls: str = "starttls"
    timeout: float = 20

    @staticmethod
    def at(url: str, sender: str, *, timeout: float = 20) -> Smtp:
        """From `smtp://user:password@host:port?tls=starttls`.

        >>> Smtp.at("smtp://mail.example.org:587", "hub@example.org").tls
        'starttls'
        """
        parts = urlsplit(url)
        tls = parse_qs(parts.query).get("tls", ["starttls"])[0]
        if parts.scheme != "smtp" or not parts.hostname or tls not in ("none", "starttls", "tls") or "@" not in sender:
            raise BadAddress(
                "a mail server is written smtp://user:password@host:587?tls=starttls (or tls=tls, tls=none), and the "
                "sender is an e-mail address."
            )
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        return Smtp(host=parts.hostname, port=parts.port or 587, sender=sender, user=user, password=password, tls=tls,
                    timeout=timeout)  # fmt: skip

    def send(self, message: Message) -> Outcome:
        """See `notify.ports.Channel`. A refusal of 500 or more will not pass; anything else may."""
        try:
            with self._open() as server:
                server.send_message(self._mail(message), envelope_sender(self.sender, message.id), [message.to])
        except smtplib.SMTPRecipientsRefused as refused:
            return _refused(next(iter(refused.recipients.values()))[0])
        except smtplib.SMTPAuthenticationError:
            return NotSent("smtp-sign-in", passing=True)
        except smtplib.SMTPResponseException as refused:
            return _refused(refused.smtp_code)
        except (OSError, smtplib.SMTPException) as error:
            return NotSent(f"smtp-{type(error).__name__}", passing=True)
        return Sent(message.id)

    def ask(self, provider_id: str) -> Outcome:
        """A mail server does not say: a bounce is what tells."""
        return StillOnItsWay()

    def _open(self) -> smtplib.SMTP:
        if self.tls == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                self.host, self.port, timeout=self.timeout, context=ssl.create_default_context()
            )
        else:
            server = smtplib.SMTP(self.host, self.port, timeout=self.timeout)
        if self.tls == "starttls":
            server.starttls(context=ssl.create_default_context())
        if self.user:
            server.login(self.user, self.password)
        return server

    def _mail(self, message: Message) -> EmailMessage:
        mail = EmailMessage()
        mail["From"] = self.sender
        mail["To"] = message.to
        mail["Subject"] = message.subject
        mail["Date"] = format_datetime(message.made)
        mail["Message-ID"] = f"<{message.id}@{self.sender.rpartition('@')[2]}>"
        mail["Auto-Submitted"] = "auto-generated"
        if message.fast:
            mail["Importance"] = "high"
        mail.set_content(message.text)
        return mail


def _refused(code: int) -> NotSent:
    return NotSent(f"smtp-{code}", passing=code < 500)


def envelope_sender(sender: str, notice: str) -> str:
    """Where a bounce of this notice comes back to.

    >>> envelope_sender("hub@example.org", "8b1f")
    'hub+8b1f@example.org'
    """
    name, _, domain = sender.rpartition("@")
    return f"{name}+{notice}@{domain}"


@dataclass(frozen=True, slots=True)
class Bounce:
    """A report that a message did not arrive. code: the status of RFC 3463, as 5.1.1."""

    notice: UUID
    code: str
    permanent: bool


def bounced_notice(report: bytes) -> Bounce | None:
    """What a delivery status report (RFC 3464) says, or None for mail that is no such report or is not ours."""
    mail = message_from_bytes(report)
    notice = _notice_of(" ".join([mail.get("To", ""), mail.get("Delivered-To", ""), mail.get("X-Original-To", "")]))
    for part in mail.walk():
        if part.get_content_type() != "message/delivery-status":
            continue
        for block in cast("list[MailMessage]", part.get_payload()):
            action, status = str(block.get("Action", "")).lower(), str(block.get("Status", "")).strip()
            if action in ("failed", "delayed") and notice is not None:
                return Bounce(notice, f"bounce-{status}"[:40], permanent=action == "failed")
    return None


def _notice_of(addresses: str) -> UUID | None:
    for word in addresses.replace("<", " ").replace(">", " ").replace(",", " ").split():
        _, _, id_ = word.partition("@")[0].rpartition("+")
        try:
            return UUID(id_)
        except ValueError:
            continue
    return None

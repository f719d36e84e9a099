"""Bounces, and the setting of a mail server."""

from __future__ import annotations

from uuid import UUID

import pytest

from nightlight.notify.smtp import BadAddress, Bounce, Smtp, bounced_notice, envelope_sender

NOTICE = UUID("8b1f9c3e-0000-4000-8000-000000000001")
REPORT = """From: MAILER-DAEMON@mail.example
To: <{to}>
Content-Type: multipart/report; report-type=delivery-status; boundary=b
MIME-Version: 1.0

--b
Content-Type: text/plain

It did not arrive.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example

Final-Recipient: rfc822; lead@school.example
Action: {action}
Status: 5.1.1

--b--
"""


def report(to=None, action="failed"):
    return REPORT.format(to=to or envelope_sender("hub@partnership.example", str(NOTICE)), action=action).encode()


def test_report_names_the_notice_and_the_code():
    assert bounced_notice(report()) == Bounce(NOTICE, "bounce-5.1.1", permanent=True)


def test_delay_is_no_failure():
    assert not bounced_notice(report(action="delayed")).permanent


@pytest.mark.parametrize(
    "mail", [b"", b"To: hub@partnership.example\n\nThank you.", report(to="hub@partnership.example")]
)
def test_other_mail_is_left_alone(mail):
    assert bounced_notice(mail) is None


@pytest.mark.parametrize("url", ["mail.example", "smtp://", "http://mail.example", "smtp://mail.example?tls=maybe"])
def test_setting_that_cannot_be_read_says_how_it_is_written(url):
    with pytest.raises(BadAddress, match="smtp://user:password@host:587"):
        Smtp.at(url, "hub@partnership.example")


def test_signing_in_and_encryption_come_from_the_url():
    server = Smtp.at("smtp://hub%40x:p%3Aw@mail.example?tls=tls", "hub@partnership.example")
    assert (server.user, server.password, server.port, server.tls) == ("hub@x", "p:w", 587, "tls")

"""One suite for every channel: each takes a message, says what came of it, and a repeat reaches a person once.

E-mail goes to a real mail server, GOV.UK Notify's own client to a receiver that speaks its API, webhooks to a receiver.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from support.receivers import MADE, MASTER, SMTP, GovUk, Hook

from nightlight.domain.delivery import Delivered, NotSent, Sent, StillOnItsWay, Taken
from nightlight.domain.notices import Why
from nightlight.notify.ports import Message
from nightlight.notify.webhook import secret_for
from nightlight.notify.wording import message

CHANNELS = {"smtp": SMTP, "govuk-email": lambda: GovUk("email"), "govuk-text": lambda: GovUk("text"), "webhook": Hook}


@pytest.fixture(params=CHANNELS)
def far(request):
    """The far end of a channel, with the adapter that reaches it."""
    with CHANNELS[request.param]() as end:
        yield end


def a_message(end, number=1, **changes):
    given = {
        "id": f"00000000-0000-4000-8000-{number:012d}", "why": "climbed", "person": "lead", "about": "",
        "duty": "11111111-0000-4000-8000-000000000000", "fast": True, "made": end.made, "state": "waiting",
        "channel": "x", "tries": 1, "provider_id": "", "contacts": {},
    }  # fmt: skip
    return message(Taken(**given | changes), end.address, "https://hub.example")


def test_what_is_sent_arrives_with_its_link_and_nothing_else(far):
    outcome = far.channel.send(a_message(far))
    assert isinstance(outcome, Sent | Delivered)
    (arrived,) = far.arrived
    assert "https://hub.example/duties/11111111-0000-4000-8000-000000000000" in arrived
    assert "has come up to you" in arrived


def test_repeat_reaches_a_person_once(far):
    """A worker died between sending and writing that it had; the next one sends it again."""
    far.channel.send(a_message(far))
    again = far.channel.send(a_message(far, tries=2))
    assert isinstance(again, Sent | Delivered)
    assert len(far.seen_by_the_person) == 1


def test_other_message_is_another(far):
    far.channel.send(a_message(far))
    far.channel.send(a_message(far, number=2))
    assert len(far.seen_by_the_person) == 2


def test_far_end_that_is_busy_may_be_tried_again(far):
    far.answer("busy")
    outcome = far.channel.send(a_message(far))
    assert isinstance(outcome, NotSent)
    assert outcome.passing


def test_address_that_is_refused_will_not_pass(far):
    far.answer("refused")
    outcome = far.channel.send(a_message(far))
    assert isinstance(outcome, NotSent)
    assert not outcome.passing


def test_far_end_that_is_away_may_be_tried_again(far):
    far.close()
    outcome = far.channel.send(a_message(far))
    assert isinstance(outcome, NotSent)
    assert outcome.passing


def test_no_outcome_says_whom_it_was_for(far):
    for answer in ("busy", "refused"):
        far.answer(answer)
        assert far.address not in repr(far.channel.send(a_message(far)))


def test_what_became_of_it_is_asked_where_the_channel_can_say(far):
    sent = far.channel.send(a_message(far))
    said = far.channel.ask(getattr(sent, "provider_id", ""))
    assert isinstance(said, StillOnItsWay)
    if far.says_what_became_of_it:
        far.became("delivered")
        assert far.channel.ask(sent.provider_id) == Delivered()
        far.became("permanent-failure")
        assert far.channel.ask(sent.provider_id) == NotSent("govuk-permanent-failure", passing=False)


@pytest.mark.parametrize("why", list(Why))
def test_every_reason_has_words(why):
    with Hook() as end:
        written = a_message(end, why=why.value)
    assert isinstance(written, Message)
    assert "telephone 999" in written.text


def test_signature_is_one_that_a_receiver_can_check():
    with Hook() as end:
        end.channel.send(a_message(end))
        assert end.signed_rightly == [True]
        assert end.events[0]["specversion"] == "1.0"
        assert end.events[0]["type"] == "uk.nightlight.notice.climbed"


def documented(language):
    text = (Path(__file__).parents[2] / "docs/reference/notices.md").read_text("utf-8")
    return re.search(rf"```{language}\n(.*?)```", text, re.S)[1]


def test_receiver_who_checks_as_the_manual_says_takes_ours_and_nothing_else():
    manual = {}
    exec(documented("python"), manual)
    with Hook() as end:
        end.channel.send(a_message(end))
        (headers, body), secret, now = end.posts[0], secret_for(end.address, MASTER), MADE.timestamp()
    is_ours = manual["is_ours"]
    assert is_ours(secret, headers, body, now=now + 299)
    refused = [
        (secret, headers, body, now + 301),
        (secret, headers, body, now - 301),
        (secret, headers, body + b" ", now),
        (secret, {**headers, "webhook-id": "another"}, body, now),
        (secret_for("https://another.example/hook", MASTER), headers, body, now),
    ]
    assert [is_ours(*given, now=moment) for *given, moment in refused] == [False] * len(refused)


def test_event_is_the_one_that_the_manual_shows():
    shown = json.loads(documented("json"))
    with Hook() as end:
        end.channel.send(a_message(end))
        sent = end.events[0]
    assert sent.keys() == shown.keys()
    assert {name: type(value) for name, value in sent["data"].items()} == {
        name: type(value) for name, value in shown["data"].items()
    }


def test_redirect_is_not_followed():
    with Hook() as end:
        end.answer("elsewhere")
        assert end.channel.send(a_message(end)) == NotSent("http-302", passing=False)

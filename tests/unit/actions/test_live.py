"""The streams of open pages: nothing is missed and nothing sent twice, whatever breaks."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from queue import SimpleQueue
from uuid import UUID

import pytest

from nightlight.actions.telling.live import Heard, Hub, Message

TOPIC = UUID(int=1)


class Log:
    """A log in memory, whose line can break and whose reading can fail."""

    def __init__(self):
        self.messages = []
        self.drafts = {}
        self.heard = SimpleQueue()
        self.allowed = {"a", "b", "c"}
        self.failures = 0
        self.lines = 0

    def add(self, text, *, to=None, say=True):
        self.messages.append(Message(len(self.messages) + 1, "changed", text.encode(), to))
        if say:
            self.heard.put(Heard(TOPIC))

    def type(self, person, text):
        self.drafts[1] = Message(0, "typing", text.encode(), besides=frozenset({person}))
        self.heard.put(Heard(TOPIC, 1))

    async def listen(self):
        self.lines += 1
        yield Heard(None)
        while True:
            while self.heard.empty():
                await asyncio.sleep(0.005)
            said = self.heard.get()
            if said == "break":
                raise OSError
            yield said

    def since(self, topic, number):
        if self.failures:
            self.failures -= 1
            raise OSError
        return [each for each in self.messages if each.number > number]

    def typed(self, topic, drafts):
        return list(self.drafts.values())

    def may_hear(self, topic, person):
        return person in self.allowed


class Page:
    """A page that is open: what its connection brought."""

    def __init__(self, hub, person="a", number=0):
        ours, theirs = socket.socketpair()
        ours.settimeout(60)
        self.connection, self.text = ours, ""
        hub.take(theirs, topic=TOPIC, person=person, number=number)

    def until(self, *words):
        while not all(word in self.text for word in words):
            chunk = self.connection.recv(4096).decode()
            assert chunk, f"the stream ended before {words}: {self.text}"
            self.text += chunk
        return self.text

    def ended(self):
        while chunk := self.connection.recv(4096).decode():
            self.text += chunk
        return self.text


@pytest.fixture
def log():
    return Log()


@pytest.fixture
def hubs(log):
    made = []

    def make(**timing):
        made.append(Hub(log, **timing))
        return made[-1]

    yield make
    for hub in made:
        hub.stop()


@pytest.fixture
def hub(hubs):
    return hubs(beat=0.05)


@pytest.fixture
def opened():
    """Opens pages, and closes them in the end."""
    made = []

    def make(hub, *args, **named):
        made.append(Page(hub, *args, **named))
        return made[-1]

    yield make
    for page in made:
        page.connection.close()


def test_everybody_sees_what_is_added_once_and_in_order(hub, log, opened):
    log.add("first")
    pages = [opened(hub, person) for person in "abc"]
    for page in pages:
        page.until("first", "event: ready")
    log.add("second")
    log.add("third")
    for page in pages:
        text = page.until("third")
        assert text.startswith("HTTP/1.1 200 OK\r\n")
        assert [text.count(word) for word in ("first", "second", "third")] == [1, 1, 1]
        assert text.index("id: 2") < text.index("id: 3")


def test_who_comes_back_is_sent_what_came_since_and_no_more(hub, log, opened):
    for text in ("one", "two", "three"):
        log.add(text)
    text = opened(hub, number=2).until("three", "event: ready")
    assert "one" not in text
    assert "two" not in text


def test_what_is_for_some_is_sent_to_them_only(hub, log, opened):
    one, other = opened(hub, "a"), opened(hub, "b")
    one.until("ready")
    other.until("ready")
    log.add("secret", to=frozenset({"a"}))
    log.add("open")
    assert "secret" in one.until("open")
    assert "secret" not in other.until("open")


def test_what_is_typed_reaches_the_others_and_not_its_author(hub, log, opened):
    author, other = opened(hub, "a"), opened(hub, "b")
    author.until("ready")
    other.until("ready")
    log.type("a", "half a sent")
    log.add("done")
    assert "half a sent" in other.until("half a sent", "done")
    assert "half a sent" not in author.until("done")


def test_a_line_that_breaks_costs_nothing(hub, log, opened):
    page = opened(hub)
    page.until("ready")
    log.heard.put("break")
    log.add("said while it was away", say=False)
    assert page.until("said while it was away").count("said while") == 1
    assert log.lines >= 2


def test_a_reading_that_fails_is_tried_again(hub, log, opened):
    page = opened(hub)
    page.until("ready")
    log.failures = 1
    log.add("in the end")
    page.until("in the end")


def test_who_may_hear_no_more_is_sent_away(hub, log, opened):
    page = opened(hub)
    page.until("ready")
    log.allowed = set()
    page.ended()
    assert not hub.open()


def test_a_page_that_is_closed_is_let_go(hub, log, opened):
    page = opened(hub)
    page.until("ready")
    page.connection.close()
    gone = threading.Event()
    for _ in range(2000):
        if not hub.open():
            break
        gone.wait(0.01)
    assert not hub.open()


def test_a_stream_ends_in_time_so_that_its_page_is_asked_again_who_it_is(hubs, opened):
    page = opened(hubs(lasts=0.05, beat=0.02))
    assert ": alive" in page.ended()


def test_behind_another_server_the_same_comes_as_chunks(hub, log):
    chunks = hub.chunks(topic=TOPIC, person="a", number=0)
    log.add("first")
    text = ""
    for chunk in chunks:
        text += chunk.decode()
        if "first" in text:
            break
    chunks.close()
    assert "id: 1" in text


def test_what_is_typed_while_a_page_opens_is_not_missed(hub, log, opened):
    typed = log.typed

    def then_somebody_types(topic, drafts):
        said = typed(topic, drafts)
        if drafts is None and not log.drafts:
            log.type("b", "just now")
            until = time.monotonic() + 60
            while not hub._reader._work_queue.qsize() and time.monotonic() < until:  # until it has been heard
                time.sleep(0.001)
        return said

    log.typed = then_somebody_types
    assert "just now" in opened(hub).until("just now")

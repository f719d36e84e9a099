"""The streams of open pages: what one person saves, everybody who has the same page open sees at once.

One thread and one LISTEN connection a process, however many pages are open; a stream takes no thread of those that
answer requests. What is sent is read from the store, so that whatever breaks (a page's connection, the database's, the
server itself) costs time only: who comes back says the number of what they saw last and is sent what came after.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Any, Protocol, TypeVar
from uuid import UUID

_T = TypeVar("_T")
TAKE = "nightlight.take_connection"
"""What a server that gives connections away has in a request's environ (`cli.giving_away`)."""
LASTS = 300.0
"""Seconds after which a stream ends, so that the page asks again and is asked again who it is."""
BEAT = 15.0
"""Seconds of silence after which a stream says that it is alive."""
MOST_WAITING = 1_000_000
"""Bytes that a page may be behind before its stream ends; it comes back and is sent what it missed."""
_LOOK_AGAIN = 1.0
RETRY = 500
"""Milliseconds that a browser waits before it comes back."""
_HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nCache-Control: no-store, private\r\n"
    b"X-Accel-Buffering: no\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n"
)


@dataclass(frozen=True, slots=True)
class Message:
    """One thing to show. number: its place, 0 for what is only being typed. to: who may see it; None for all there.
    besides: who does not, all the same."""

    number: int
    event: str
    data: bytes
    to: frozenset[str] | None = None
    besides: frozenset[str] = frozenset()

    def is_for(self, person: str) -> bool:
        return person not in self.besides and (self.to is None or person in self.to)

    def wire(self) -> bytes:
        """As a browser's EventSource reads it. `data` is JSON and so holds no line break."""
        number = f"id: {self.number}\n".encode() if self.number else b""
        return b"%sevent: %s\ndata: %s\n\n" % (number, self.event.encode(), self.data)


@dataclass(frozen=True, slots=True)
class Heard:
    """Something changed on a page. draft: what somebody types; topic None: the line is new and may have missed some."""

    topic: UUID | None
    draft: int = 0


class Source(Protocol):
    """Where changes are heard of and read. `listen` raises when its line breaks; it is listened to again."""

    def listen(self) -> AsyncIterator[Heard]: ...

    def since(self, topic: UUID, number: int) -> Sequence[Message]: ...

    def typed(self, topic: UUID, drafts: Sequence[int] | None) -> Sequence[Message]: ...

    def may_hear(self, topic: UUID, person: str) -> bool: ...


class Pipe(Protocol):
    """What a stream is written to. `put` says whether it can still take more."""

    def put(self, chunk: bytes) -> bool: ...

    def close(self) -> None: ...


@dataclass(eq=False, slots=True)
class Stream:
    """One open page."""

    topic: UUID
    person: str
    number: int
    pipe: Pipe
    ready: bool = False
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    def send(self, messages: Sequence[Message]) -> None:
        """What it has not seen and may."""
        due = [each for each in messages if not each.number or each.number > self.number]
        self.number = max([self.number, *(each.number for each in due)])
        chunk = b"".join(each.wire() for each in due if each.is_for(self.person))
        if chunk and not self.pipe.put(chunk):
            self.ended.set()


@dataclass(eq=False, slots=True)
class _Topic:
    """One page that somebody has open: its streams, how far they were sent, and what is to be read."""

    streams: set[Stream] = field(default_factory=set)
    number: int = -1
    drafts: set[int] = field(default_factory=set)
    changed: bool = False
    reading: bool = False


class Hub:
    """Every stream of this process. Its loop runs in a thread that starts with the first stream."""

    def __init__(self, source: Source, *, lasts: float = LASTS, beat: float = BEAT) -> None:
        self._source, self._lasts, self._beat = source, lasts, beat
        self._topics: dict[UUID, _Topic] = {}
        self._starting = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._reader = ThreadPoolExecutor(1, "live-read")
        self._tasks: set[asyncio.Task[None]] = set()

    # -- from a thread that answers a request

    def take(self, connection: socket.socket, *, topic: UUID, person: str, number: int) -> None:
        """Answer over this connection, which is ours from now on, until its page is closed."""
        self._run(self._over(connection, topic, person, number))

    def chunks(self, *, topic: UUID, person: str, number: int) -> Chunks:
        """The same for a server that gives no connection away: it keeps one of its threads until the page is closed."""
        pipe = Chunks(self._beat)
        self._run(self._serve(topic, person, number, pipe, pipe.closed))
        return pipe

    def open(self) -> int:
        """How many streams are open in this process."""
        return sum(len(topic.streams) for topic in list(self._topics.values()))

    def stop(self) -> None:
        """End every stream and the thread. A page that comes back starts another."""
        with self._starting:
            loop, thread = self._loop, self._thread
            if loop is None or thread is None:
                return
            asyncio.run_coroutine_threadsafe(_cancel_all(), loop).result(10)
            loop.call_soon_threadsafe(loop.stop)
            thread.join(10)
            loop.close()
            self._loop, self._thread = None, None

    def _run(self, coroutine: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(coroutine, self._started())

    def _started(self) -> asyncio.AbstractEventLoop:
        with self._starting:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=self._loop.run_forever, name="live", daemon=True)
                self._thread.start()
                asyncio.run_coroutine_threadsafe(self._listen(), self._loop)
        return self._loop

    # -- in the loop

    async def _listen(self) -> None:
        """Hear of changes, for ever. A line that breaks is opened again, and then everything is looked at once."""
        wait = 0.1
        while True:
            with contextlib.suppress(Exception):
                async for heard in self._source.listen():
                    wait = 0.1
                    self._heard(heard)
            await asyncio.sleep(wait)
            wait = min(wait * 2, 2.0)

    def _heard(self, heard: Heard) -> None:
        if heard.topic is None:
            for topic in self._topics:
                self._look(topic)
        elif heard.topic in self._topics:
            self._look(heard.topic, heard.draft)

    def _look(self, id_: UUID, draft: int = 0) -> None:
        """Read what is new, once for all who have the page open; what is heard meanwhile is read right after."""
        topic = self._topics[id_]
        if draft:
            topic.drafts.add(draft)
        else:
            topic.changed = True
        if not topic.reading:
            topic.reading = True
            self._spawn(self._read(id_, topic))

    async def _read(self, id_: UUID, topic: _Topic) -> None:
        try:
            while (topic.changed or topic.drafts) and topic.streams:
                changed, drafts = topic.changed, sorted(topic.drafts)
                topic.changed, topic.drafts = False, set()
                messages = list(await self._ask(self._source.since, id_, topic.number)) if changed else []
                topic.number = max([topic.number, *(each.number for each in messages)])
                if drafts:
                    messages += await self._ask(self._source.typed, id_, drafts)
                for stream in topic.streams:
                    if stream.ready:
                        stream.send(messages)
        except Exception:  # the database is away, and there may be nobody left to say that it is back
            asyncio.get_running_loop().call_later(_LOOK_AGAIN, self._heard, Heard(id_))
        finally:
            topic.reading = False

    async def _ask(self, what: Callable[..., _T], *args: Any) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._reader, what, *args)

    def _spawn(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _over(self, connection: socket.socket, topic: UUID, person: str, number: int) -> None:
        connection.setblocking(False)
        reader, writer = await asyncio.open_connection(sock=connection)
        gone = asyncio.Event()
        watching = asyncio.get_running_loop().create_task(_until_gone(reader, gone))
        try:
            writer.write(_HEAD)
            await self._serve(topic, person, number, _Socket(writer), gone)
        finally:
            watching.cancel()
            writer.close()

    async def _serve(self, id_: UUID, person: str, number: int, pipe: Pipe, gone: asyncio.Event) -> None:
        stream = Stream(id_, person, number, pipe, ended=gone)
        topic = self._topics.setdefault(id_, _Topic())
        topic.streams.add(stream)
        try:
            pipe.put(f"retry: {RETRY}\n\n".encode())
            await self._catch_up(stream, topic)
            await self._keep(stream)
        except Exception:  # noqa: S110 the database is away: the page comes back and is sent what it missed
            pass
        finally:
            pipe.close()
            topic.streams.discard(stream)
            if not topic.streams and self._topics.get(id_) is topic:
                del self._topics[id_]

    async def _catch_up(self, stream: Stream, topic: _Topic) -> None:
        """What came since the page was drawn; then it hears of everything as it comes, and of what others are typing
        already: read after it hears, so that nothing is typed in between."""
        while True:
            stream.send(await self._ask(self._source.since, stream.topic, stream.number))
            topic.number = max(topic.number, stream.number) if topic.number < 0 else topic.number
            if stream.number >= topic.number:
                break
        stream.ready = True
        stream.send(await self._ask(self._source.typed, stream.topic, None))
        hello = Message(0, "ready", b'{"number":%d}' % stream.number)
        stream.send([hello])

    async def _keep(self, stream: Stream) -> None:
        """Until it is closed, falls behind, may hear no more, or has lasted long enough to be asked again who it is."""
        loop = asyncio.get_running_loop()
        ends = loop.time() + self._lasts
        while loop.time() < ends and not stream.ended.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stream.ended.wait(), min(self._beat, max(ends - loop.time(), 0)))
            if stream.ended.is_set() or not await self._ask(self._source.may_hear, stream.topic, stream.person):
                return
            if not stream.pipe.put(b": alive\n\n"):
                return


async def _cancel_all() -> None:
    """End every task but this one, and wait until they have let go of what they hold."""
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.sleep(0)


async def _until_gone(reader: asyncio.StreamReader, gone: asyncio.Event) -> None:
    """A page sends nothing more; the end of what it sends is that it was closed."""
    with contextlib.suppress(OSError):
        while await reader.read(1024):
            pass
    gone.set()


@dataclass(slots=True)
class _Socket:
    """A connection that was given to us."""

    writer: asyncio.StreamWriter

    def put(self, chunk: bytes) -> bool:
        self.writer.write(chunk)
        waiting: int = self.writer.transport.get_write_buffer_size()
        return waiting < MOST_WAITING and not self.writer.is_closing()

    def close(self) -> None:
        self.writer.close()


class Chunks:
    """The chunks of a stream as a response iterates over them; `close` (by the server) ends it."""

    def __init__(self, beat: float) -> None:
        self._queue: SimpleQueue[bytes | None] = SimpleQueue()
        self._waits = 2 * beat
        self._shut = False
        self.closed = asyncio.Event()

    def put(self, chunk: bytes) -> bool:
        self._queue.put(chunk)
        return not self._shut

    def close(self) -> None:
        self._shut = True
        self._queue.put(None)

    def __iter__(self) -> Chunks:
        return self

    def __next__(self) -> bytes:
        try:
            chunk = self._queue.get(timeout=self._waits)
        except Empty:
            chunk = None
        if chunk is None:
            raise StopIteration
        return chunk

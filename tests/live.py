"""A desk without a browser: the live line as a Python client that obeys the same rules as live.js."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidMessage

from screenpop.hub import Hub
from screenpop.server import LiveSettings, serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

Message = dict[str, Any]


class House:
    """A live server alone. Session tokens are `<user>-<anything>`, unless revoked."""

    def __init__(self) -> None:
        self.hub = Hub()
        self.hub.snapshot_source = lambda user_id: {"pops": [], "whose": user_id}
        self.port = 0
        self.revoked: set[str] = set()

    @asynccontextmanager
    async def running(self, settings: LiveSettings) -> AsyncIterator[House]:
        async with serving(self.hub, self.authenticate, settings) as live:
            self.port = live.port
            yield self

    async def authenticate(self, token: str) -> str | None:
        user_id, dash, _ = token.partition("-")
        return user_id if dash and token not in self.revoked else None

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/"


def open_line(url: str, *, session: str = "", origin: str | None = None) -> connect:
    """A socket as a page of `origin` would open it, with the session cookie."""
    headers = {"Cookie": f"theme=dark; trunkline_session={session}"} if session else {}
    return connect(
        url,
        origin=origin,  # type: ignore[arg-type]  # websockets' own NewType of str
        additional_headers=headers,
        compression=None,
        proxy=None,
        max_size=None,
    )


@dataclass(slots=True)
class Desk:
    """Stays connected and keeps every message of the stream, as often and in the order it took them."""

    url: str
    session: str
    origin: str
    stream: str = ""
    last: int = 0
    taken: list[Message] = field(default_factory=list)
    snapshots: list[Message] = field(default_factory=list)
    connections: int = 0
    heard: Callable[[Message], None] = lambda _: None
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def run(self) -> None:
        """Never returns; comes back at once whenever the line is cut."""
        while True:
            try:
                async with open_line(self.url, session=self.session, origin=self.origin) as socket:
                    await self._listen(socket)
            except (ConnectionClosed, ConnectionError, InvalidMessage, EOFError, TimeoutError):
                await asyncio.sleep(0.01)

    async def _listen(self, socket: ClientConnection) -> None:
        self.connections += 1
        await socket.send(json.dumps({"type": "resume", "stream": self.stream, "last": self.last}))
        coming = ""
        async for text in socket:
            message: Message = json.loads(text)
            match message["type"]:
                case "hello":
                    coming = message["stream"]
                case "snapshot":
                    self.stream, self.last = coming, message["n"]
                    self.snapshots.append(message)
                    self.heard(message)
                case "beat":
                    pass
                case _:
                    self._take(message)
            async with self._news:
                self._news.notify_all()

    def _take(self, message: Message) -> None:
        if message["n"] != self.last + 1:
            raise AssertionError(f"message {message['n']} came after {self.last}")
        self.last = message["n"]
        self.taken.append(message)
        self.heard(message)

    async def wait(self, seen: Callable[[Desk], bool], *, within_s: float = 10.0) -> None:
        """Wait until what this desk has seen satisfies `seen`."""
        async with asyncio.timeout(within_s), self._news:
            await self._news.wait_for(lambda: seen(self))


@asynccontextmanager
async def at_desk(url: str, session: str, origin: str) -> AsyncIterator[Desk]:
    """A desk that is connected and has its snapshot."""
    desk = Desk(url, session, origin)
    running = asyncio.create_task(desk.run())
    try:
        await desk.wait(lambda d: bool(d.snapshots))
        yield desk
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running  # a broken rule of the stream shows here


@dataclass(slots=True)
class CuttingProxy:
    """A TCP line that can be cut: at once with `cut()`, or after so many more bytes to the client."""

    target_port: int
    port: int = 0
    cuts: int = 0
    swallows: bool = False
    """While set, the line looks alive and carries nothing: a half-open connection."""
    _lines: set[asyncio.StreamWriter] = field(default_factory=set)
    _left: int | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[CuttingProxy]:
        server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            self.cut()

    def cut(self) -> None:
        """Reset every line: both sides lose what was in flight."""
        self.cuts += 1
        for writer in list(self._lines):
            writer.transport.abort()

    def cut_after(self, byte_count: int) -> None:
        """Cut in the middle of whatever is sent to the client then, be it half a frame."""
        self._left = byte_count

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target_port)
        except OSError:
            writer.transport.abort()
            return
        ends = {writer, far_writer}
        self._lines |= ends
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._pump(reader, far_writer, ends, metered=False))
                tasks.create_task(self._pump(far_reader, writer, ends, metered=True))
        finally:
            self._lines -= ends

    async def _pump(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        ends: set[asyncio.StreamWriter],
        *,
        metered: bool,
    ) -> None:
        try:
            while data := await reader.read(65536):
                if self.swallows:
                    continue
                if metered and self._left is not None:
                    data, cut = data[: self._left], len(data) >= self._left
                    self._left -= len(data)
                    if cut:
                        self._left = None
                        writer.write(data)
                        self.cut()
                        return
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            for end in ends:
                end.transport.abort()

"""The live socket's doors: who may come in, what he may say, how he is let go.

Does not decide what is sent: that is the hub's.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, assert_never, cast

from websockets.asyncio.server import ServerConnection, broadcast, serve
from websockets.exceptions import ConnectionClosed

from screenpop import messages
from screenpop.messages import BadMessageError, Dismiss, Painted, Ping, Resume

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator

    from websockets.http11 import Request, Response
    from websockets.typing import Origin

    from screenpop.hub import Hub

log = logging.getLogger(__name__)

Authenticate = Callable[[str], Awaitable[str | None]]
"""Session token → user id, or None when the session is unknown, over or revoked."""

COOKIE = "trunkline_session"
POLICY_VIOLATION = 1008
SIGNED_OUT = 4401  # RFC 6455 leaves 4000-4999 to applications


@dataclass(frozen=True, slots=True)
class LiveSettings:
    """`origins` are our own pages', e.g. `https://desk.example.org`; no other page may connect."""

    origins: tuple[str, ...]
    host: str = "127.0.0.1"
    port: int = 0
    tls: ssl.SSLContext | None = None
    beat_s: float = 15.0
    hello_s: float = 5.0  # how long a client may take to say where it stands
    farewell_s: float = 2.0  # how long one may take to answer our goodbye
    recheck_s: float = 60.0  # how long a session that is over may go on
    message_max_bytes: int = 4096
    messages_per_s: float = 5.0
    burst: int = 20


@dataclass(frozen=True, slots=True)
class LiveServer:
    """Where it listens."""

    port: int


@asynccontextmanager
async def serving(
    hub: Hub, authenticate: Authenticate, settings: LiveSettings
) -> AsyncIterator[LiveServer]:
    """Serve the hub's streams for as long as the block runs.

    Raises:
        OSError: the port cannot be had.
    """
    door = _Door(hub, authenticate, settings)
    async with serve(
        door.handle,
        settings.host,
        settings.port,
        process_request=door.let_in,
        create_connection=_Socket,
        origins=[cast("Origin", origin) for origin in settings.origins],
        compression=None,
        close_timeout=settings.farewell_s,
        max_size=settings.message_max_bytes,
        ssl=settings.tls,
        server_header=None,
        logger=logging.getLogger("websockets.server"),
    ) as server:
        beats = asyncio.create_task(_beat(hub, settings.beat_s))
        try:
            yield LiveServer(port=next(iter(server.sockets)).getsockname()[1])
        finally:
            beats.cancel()
            with suppress(asyncio.CancelledError):
                await beats


async def _beat(hub: Hub, every_s: float) -> None:
    while True:
        await asyncio.sleep(every_s)
        hub.beat_all()


class _Socket(ServerConnection):
    """A connection that remembers who signed in by which token."""

    user_id = ""
    token = ""


class _Tab:
    """A browser's socket as the hub sees it."""

    def __init__(self, socket: _Socket) -> None:
        self.in_doubt = asyncio.Event()
        self._socket = socket

    @property
    def backlog_bytes(self) -> int:
        return self._socket.transport.get_write_buffer_size()

    def send(self, text: bytes) -> None:
        broadcast([self._socket], text, text=True)

    def abort(self) -> None:
        self._socket.transport.abort()

    def recheck(self) -> None:
        self.in_doubt.set()


class _Allowance:
    """How much a client may say: `burst` messages at once, `per_s` in the long run."""

    def __init__(self, per_s: float, burst: int, at: float) -> None:
        self._per_s = per_s
        self._burst = float(burst)
        self._left = self._burst
        self._at = at

    def spend(self, at: float) -> bool:
        """Whether one more message is within it."""
        self._left = min(self._burst, self._left + (at - self._at) * self._per_s)
        self._at = at
        if self._left < 1:
            return False
        self._left -= 1
        return True


class _Door:
    def __init__(self, hub: Hub, authenticate: Authenticate, settings: LiveSettings) -> None:
        self._hub = hub
        self._authenticate = authenticate
        self._settings = settings

    async def let_in(self, connection: ServerConnection, request: Request) -> Response | None:
        """The handshake's check of the session; that of the Origin is websockets' own and follows."""
        token = _cookie(request)
        user_id = await self._authenticate(token) if token else None
        if user_id is None:
            return connection.respond(HTTPStatus.UNAUTHORIZED, "Sign in first.\n")
        socket = cast("_Socket", connection)
        socket.user_id, socket.token = user_id, token
        return None

    async def handle(self, connection: ServerConnection) -> None:
        """One tab, from its first word to the end of its socket."""
        socket = cast("_Socket", connection)
        async with asyncio.TaskGroup() as tasks:
            tab = _Tab(socket)
            watch = tasks.create_task(self._watch_session(socket, tab))
            try:
                await self._converse(socket, tab)
            except ConnectionClosed:
                pass
            except (BadMessageError, TimeoutError) as error:
                await socket.close(POLICY_VIOLATION, str(error) or "no first word in time")
            finally:
                self._hub.leave(socket.user_id, tab)
                watch.cancel()

    async def _converse(self, socket: _Socket, tab: _Tab) -> None:
        settings = self._settings
        async with asyncio.timeout(settings.hello_s):
            first = messages.decode(await socket.recv())
        if not isinstance(first, Resume):
            raise BadMessageError("The first message has to be a resume.")
        self._hub.join(socket.user_id, tab, first)
        clock = asyncio.get_running_loop().time
        allowance = _Allowance(settings.messages_per_s, settings.burst, clock())
        async for text in socket:
            if not allowance.spend(clock()):
                raise BadMessageError("Too many messages.")
            self._hear(socket.user_id, tab, text)

    def _hear(self, user_id: str, tab: _Tab, text: str | bytes) -> None:
        match messages.decode(text):
            case Painted() as painted:
                self._hub.on_painted(user_id, painted)
            case Dismiss() as dismiss:
                self._hub.on_dismiss(user_id, dismiss)
            case Ping(at=at):
                self._hub.beat(user_id, tab, echo=at)
            case Resume():
                raise BadMessageError("Only the first message may be a resume.")
            case unknown:
                assert_never(unknown)

    async def _watch_session(self, socket: _Socket, tab: _Tab) -> None:
        """Close the tab when its session is over; one that runs out tells nobody, so ask now and then."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._settings.recheck_s):
                    await tab.in_doubt.wait()
            tab.in_doubt.clear()
            if await self._authenticate(socket.token) != socket.user_id:
                await socket.close(SIGNED_OUT, "signed out")
                return


def _cookie(request: Request) -> str:
    """The session token among the cookies; '' when there is none."""
    for header in request.headers.get_all("Cookie"):
        for pair in header.split(";"):
            name, _, value = pair.strip().partition("=")
            if name == COOKIE:
                return value.strip('"')
    return ""

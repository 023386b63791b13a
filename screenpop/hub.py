"""Who is connected, and what goes to whom.

Everything here is synchronous: a push numbers the message, keeps it and hands it to the sockets in
one go, so that a resume can never fall between two halves of it. Nobody is ever waited for. Does not
know websockets: a connection is whatever can `send` and be dropped.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

from screenpop import messages
from screenpop.coalesce import Coalescer
from screenpop.stream import Rest, SnapshotNeeded, Stream

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from screenpop.messages import Dismiss, Painted, Resume, ServerMessage

log = logging.getLogger(__name__)


class Connection(Protocol):
    """One tab."""

    @property
    def backlog_bytes(self) -> int:
        """What the other side has not taken yet."""
        ...

    def send(self, text: bytes) -> None:
        """Hand on without waiting."""
        ...

    def abort(self) -> None:
        """Drop at once, without a farewell."""
        ...

    def recheck(self) -> None:
        """Find out whether its session still stands, and close for good if not."""
        ...


@dataclass(frozen=True, slots=True)
class Online:
    """A user with at least one tab open."""

    since: datetime
    tabs: int


@dataclass(slots=True)
class _User:
    stream: Stream
    tabs: set[Connection] = field(default_factory=set)
    since: datetime | None = None
    left_at: float = 0.0


def _nothing(_user_id: str) -> Mapping[str, Any]:
    return {}


def _ignore(*_: object) -> None:
    return


class Hub:
    """The streams of all users who are, or were lately, connected.

    The wiring sets the four callables: `snapshot_source` tells what a user may see now, the `on_…`
    are told what browsers report. They are called synchronously and must not block.
    """

    def __init__(
        self,
        *,
        backlog_limit_bytes: int = 1024 * 1024,
        keep_stream_s: float = 600.0,
        state_interval_s: float = 0.1,
        new_stream_id: Callable[[], str] = lambda: secrets.token_urlsafe(9),
    ) -> None:
        self.snapshot_source: Callable[[str], Mapping[str, Any]] = _nothing
        self.on_presence: Callable[[str, bool], None] = _ignore
        self.on_painted: Callable[[str, Painted], None] = _ignore
        self.on_dismiss: Callable[[str, Dismiss], None] = _ignore
        self.dropped_slow = 0
        self._users: dict[str, _User] = {}
        self._backlog_limit_bytes = backlog_limit_bytes
        self._keep_stream_s = keep_stream_s
        self._new_stream_id = new_stream_id
        self._states: Coalescer[tuple[Collection[str] | None, bytes]] = Coalescer(state_interval_s)
        self._flush: asyncio.TimerHandle | None = None

    # Sending

    def push(self, user_id: str, message: ServerMessage) -> None:
        """To every tab of one user, and to those that come back soon."""
        self.push_to((user_id,), message)

    def push_all(self, message: ServerMessage) -> None:
        """To everybody who has, or lately had, a tab open."""
        self.push_to(None, message)

    def push_to(self, user_ids: Collection[str] | None, message: ServerMessage) -> None:
        """To several users (None: to all). What is only the newest state of something is coalesced."""
        audience = None if user_ids is None else tuple(user_ids)
        body = messages.encode(message)
        key = messages.state_key(message)
        if key is None:
            self._append(audience, body)
            return
        now = asyncio.get_running_loop().time()
        ready = self._states.offer((audience, key), (audience, body), now)
        if ready is not None:
            self._append(*ready)
        elif self._flush is None:
            self._flush_later()

    def _append(self, audience: Iterable[str] | None, body: bytes) -> None:
        for user_id in list(self._users) if audience is None else audience:
            user = self._users.get(user_id)
            if user is None:
                continue  # never seen, or long gone: a snapshot will tell him
            text = user.stream.append(body)
            for tab in list(user.tabs):
                self._send(tab, text)

    def _send(self, tab: Connection, text: bytes) -> None:
        if tab.backlog_bytes > self._backlog_limit_bytes:
            self.dropped_slow += 1
            log.warning("slow client dropped", extra={"backlog_bytes": tab.backlog_bytes})
            tab.abort()  # it reports itself gone; until then nothing more is heaped on it
            return
        tab.send(text)

    def _flush_later(self) -> None:
        due_at = self._states.due_at
        loop = asyncio.get_running_loop()
        self._flush = None if due_at is None else loop.call_at(due_at, self._flush_now)

    def _flush_now(self) -> None:
        for audience, body in self._states.take_due(asyncio.get_running_loop().time()):
            self._append(audience, body)
        self._flush_later()

    # Coming and going

    def join(self, user_id: str, tab: Connection, resume: Resume) -> None:
        """Put a tab at its place of the user's stream: what it missed, or a snapshot, then what comes."""
        at = datetime.now(UTC)
        user = self._users.get(user_id)
        if user is None:
            self._forget_the_long_gone()
            user = self._users[user_id] = _User(Stream(self._new_stream_id()))
        stream = user.stream
        match stream.resume(resume.stream, resume.last):
            case Rest(texts):
                tab.send(_hello(stream, user_id, n=resume.last, resumed=True, at=at))
                for text in texts:
                    self._send(tab, text)
            case SnapshotNeeded():
                content = self.snapshot_source(user_id)
                tab.send(_hello(stream, user_id, n=stream.last, resumed=False, at=at))
                tab.send(messages.snapshot(n=stream.last, at=at, content=content))
        user.tabs.add(tab)
        if user.since is None:
            user.since = at
            self.on_presence(user_id, True)

    def leave(self, user_id: str, tab: Connection) -> None:
        """Its socket is gone. The stream stays for a while, for the tab to come back to."""
        user = self._users.get(user_id)
        if user is None or tab not in user.tabs:
            return
        user.tabs.remove(tab)
        if not user.tabs:
            user.since = None
            user.left_at = asyncio.get_running_loop().time()
            self.on_presence(user_id, False)

    def _forget_the_long_gone(self) -> None:
        oldest = asyncio.get_running_loop().time() - self._keep_stream_s
        gone = [
            user_id
            for user_id, user in self._users.items()
            if not user.tabs and user.left_at < oldest
        ]
        for user_id in gone:
            del self._users[user_id]

    def recheck_user(self, user_id: str) -> None:
        """Sessions of a user have ended: those of his tabs that stood on them close."""
        user = self._users.get(user_id)
        for tab in user.tabs if user else ():
            tab.recheck()

    def online(self) -> dict[str, Online]:
        """Who has a desk open, by user id."""
        return {
            user_id: Online(user.since, len(user.tabs))
            for user_id, user in self._users.items()
            if user.since is not None
        }

    # Signs of life

    def beat(self, user_id: str, tab: Connection, *, echo: float | None = None) -> None:
        """Answer one tab's question whether we are here."""
        user = self._users.get(user_id)
        if user is not None:
            self._send(tab, messages.beat(n=user.stream.last, at=datetime.now(UTC), echo=echo))

    def beat_all(self) -> None:
        """Tell everybody that the line is alive: a browser cannot see a protocol ping."""
        at = datetime.now(UTC)
        for user in self._users.values():
            text = messages.beat(n=user.stream.last, at=at)
            for tab in list(user.tabs):
                self._send(tab, text)


def _hello(stream: Stream, user_id: str, *, n: int, resumed: bool, at: datetime) -> bytes:
    return messages.hello(n=n, stream=stream.id, user=user_id, resumed=resumed, at=at)

"""An AMI server that says what a test wants, in the words of a real Asterisk 22 (recorded)."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    Action = dict[str, str]
    Answer = Callable[["Line", Action], None]

BANNER = b"Asterisk Call Manager/11.0.0\r\n"
FULLY_BOOTED = """
Event: FullyBooted
Privilege: system,all
Uptime: 1
LastReload: 1
Status: Fully Booted
"""
_RIGHTS = """
Hangup Redirect Bridge Atxfer CancelAtxfer Park PlayDTMF Setvar StopMixMonitor MixMonitorMute
QueueAdd QueueRemove QueuePause Originate
CoreShowChannels CoreStatus CoreSettings DeviceStateList
"""


class Line:
    """One client's connection, the server's end."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self.dead = False

    def say(self, text: str, **values: str) -> None:
        """A message, its lines as they stand; `values` are more headers."""
        lines = [*text.strip().splitlines(), *(f"{key}: {value}" for key, value in values.items())]
        self.send("".join(f"{line}\r\n" for line in lines).encode() + b"\r\n")

    def answer(self, action: Action, text: str) -> None:
        """A response or list item to this action."""
        self.say(text, ActionID=action.get("ActionID", ""))

    def send(self, data: bytes) -> None:
        if not self.dead:
            self._writer.write(data)

    def hang_up(self) -> None:
        """Close in order: what was said still arrives."""
        self.dead = True
        self._writer.close()

    def drop(self) -> None:
        self.dead = True
        self._writer.transport.abort()


class ScriptedAmi:
    """Answers as Asterisk would; `answers` replaces that for an action."""

    def __init__(self) -> None:
        self.port = 0
        self.lines: list[Line] = []
        self.actions: list[Action] = []
        self.answers: dict[str, Answer] = {}
        self.says_booted = True
        self._serving: list[asyncio.Task[None]] = []
        self._news = asyncio.Condition()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[ScriptedAmi]:
        server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            for line in self.lines:
                line.drop()
            await asyncio.gather(*self._serving)

    @property
    def line(self) -> Line:
        """The newest."""
        return self.lines[-1]

    def times(self, name: str) -> int:
        """How often an action of that name came, over all connections."""
        return sum(action.get("Action") == name for action in self.actions)

    async def until(self, holds: Callable[[], bool], deadline_s: float = 5.0) -> None:
        """Wait until `holds`, looked at after each action and each connection."""
        async with asyncio.timeout(deadline_s), self._news:
            await self._news.wait_for(holds)

    async def until_asked(self, name: str, times: int = 1) -> None:
        await self.until(lambda: self.times(name) >= times)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._serving.append(asyncio.create_task(self._serve(reader, writer)))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = Line(writer)
        self.lines.append(line)
        line.send(BANNER)
        await self._tell()
        try:
            while True:
                block = await reader.readuntil(b"\r\n\r\n")
                headers = (part.partition(": ") for part in block.decode().strip().split("\r\n"))
                action = {name: value for name, _, value in headers}
                self.actions.append(action)
                self._reply(line, action)
                await self._tell()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            line.drop()

    async def _tell(self) -> None:
        async with self._news:
            self._news.notify_all()

    def _reply(self, line: Line, action: Action) -> None:
        name = action.get("Action", "")
        (self.answers.get(name) or _USUAL.get(name, accept))(line, action)
        if name == "Login" and self.says_booted:
            line.say(FULLY_BOOTED)


def silent(line: Line, action: Action) -> None:
    """No answer at all."""


def accept(line: Line, action: Action) -> None:
    line.answer(action, "Response: Success")


def saying(*texts: str) -> Answer:
    """These messages, one after another, each with the ActionID."""

    def answer(line: Line, action: Action) -> None:
        for text in texts:
            line.answer(action, text)

    return answer


def refuse_log_in(line: Line, action: Action) -> None:
    line.answer(action, "Response: Error\nMessage: Authentication failed")
    line.hang_up()


def listing(name: str, *items: str) -> Answer:
    return saying(
        "Response: Success\nEventList: start\nMessage: will follow",
        *items,
        f"Event: {name}\nEventList: Complete\nListItems: {len(items)}",
    )


_USUAL: dict[str, Answer] = {
    "Challenge": saying("Response: Success\nChallenge: 214182149"),
    "Login": saying("Response: Success\nMessage: Authentication accepted"),
    "Ping": saying("Response: Success\nPing: Pong\nTimestamp: 1795514942.895107"),
    "ListCommands": saying(
        "Response: Success\n" + "\n".join(f"{name}: (Priv: all)" for name in _RIGHTS.split())
    ),
    "CoreStatus": saying(
        "Response: Success\nCoreStartupDate: 2026-11-24\nCoreStartupTime: 10:09:01"
    ),
    "CoreShowChannels": listing("CoreShowChannelsComplete"),
    "QueueStatus": listing("QueueStatusComplete"),
    "DeviceStateList": listing("DeviceStateListComplete"),
}

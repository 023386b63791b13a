"""A plain manager session that keeps every byte Asterisk sends: the raw material of traces.

Does not reconnect, parse or judge; the service's own connection is pbx_bridge's.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_END = b"\r\n\r\n"


class AmiTap:
    """`sent` is all that came since the log-in, the banner included and our own answers left out."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._banner = b""
        self._frames: list[bytes] = []
        self._came = asyncio.Condition()

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls, host: str, port: int, user: str, secret: str) -> AsyncIterator[AmiTap]:
        reader, writer = await asyncio.open_connection(host, port)
        tap = cls(reader, writer)
        tap._banner = await reader.readline()
        tap.do(Action="Login", Username=user, Secret=secret)
        pump = asyncio.create_task(tap._pump())
        try:
            await tap.heard("Event: FullyBooted")
            yield tap
        finally:
            pump.cancel()
            writer.close()
            with contextlib.suppress(asyncio.CancelledError, ConnectionError):
                await pump
                await writer.wait_closed()

    async def _pump(self) -> None:
        while True:
            frame = await self._reader.readuntil(_END)
            async with self._came:
                self._frames.append(frame)
                self._came.notify_all()

    def do(self, **headers: str) -> None:
        """Send one action."""
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self._writer.write(f"{lines}\r\n".encode())

    async def heard(self, *texts: str, times: int = 1, within_s: float = 20.0) -> bytes:
        """The first message that holds all `texts` (the `times`-th), come or still to come."""
        wanted = [text.encode() for text in texts]

        def found() -> list[bytes]:
            return [each for each in self._frames if all(text in each for text in wanted)]

        async with asyncio.timeout(within_s), self._came:
            await self._came.wait_for(lambda: len(found()) >= times)
        return found()[times - 1]

    async def all_over(self, within_s: float = 30.0) -> None:
        """Every channel that began has ended, and there was one."""

        def over() -> bool:
            begun = sum(b"Event: Newchannel\r\n" in each for each in self._frames)
            ended = sum(b"Event: Hangup\r\n" in each for each in self._frames)
            return 0 < begun == ended

        async with asyncio.timeout(within_s), self._came:
            await self._came.wait_for(over)

    @property
    def sent(self) -> bytes:
        events = [each for each in self._frames if each.startswith(b"Event: ")]
        return self._banner + b"".join(events)

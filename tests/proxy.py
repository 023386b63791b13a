"""A TCP proxy that misbehaves on demand: cuts, stalls, splits what it carries."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class Proxy:
    """Leads from `port` to `target_port`, both on loopback."""

    def __init__(self, target_port: int) -> None:
        self.port = 0
        self.connections = 0
        """How many came, since the beginning."""
        self.split_at: int | None = None
        """Pass on so many bytes at a time."""
        self.carries = asyncio.Event()
        """Set while a connection is open."""
        self._target_port = target_port
        self._open: set[asyncio.StreamWriter] = set()
        self._flows = asyncio.Event()
        self._flows.set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Proxy]:
        server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            self._flows.set()
            self.cut()
            server.close()
            await server.wait_closed()

    def cut(self) -> None:
        """Break every connection, both ways, without a farewell."""
        self.carries.clear()
        for writer in list(self._open):
            writer.transport.abort()

    def stall(self) -> None:
        """Carry nothing on, but leave the connections open: a half-open link."""
        self._flows.clear()

    def flow(self) -> None:
        self._flows.set()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            beyond = await asyncio.open_connection("127.0.0.1", self._target_port)
        except OSError:
            writer.transport.abort()
            return
        self._open |= {writer, beyond[1]}
        self.carries.set()
        await asyncio.gather(self._pump(reader, beyond[1]), self._pump(beyond[0], writer))
        self._open -= {writer, beyond[1]}
        if not self._open:
            self.carries.clear()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                await self._flows.wait()
                step = self.split_at or len(data)
                for begin in range(0, len(data), step):
                    writer.write(data[begin : begin + step])
                    await writer.drain()
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()

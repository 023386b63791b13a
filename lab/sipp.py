"""One sipp process and what it says: every line of its log is a fact that can be awaited.

Does not know phones or trunks (sip.py does).
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from lab.errors import LabError, StartError
from lab.ports import is_free
from lab.process import end, spawn
from lab.scenario import SEPARATOR

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

_GRACE_S = 2.0
_STARTS_S = 5.0


@dataclass(frozen=True, slots=True)
class Heard:
    """A line of sipp's log: `word` is invite, ringing, answered, refused, cancelled or ended."""

    word: str
    call: str
    fields: tuple[str, ...]


class Sipp:
    """A running sipp. `heard` holds all it said, in order; `count` is the ground truth of INVITEs and the like."""

    def __init__(self, folder: Path, port: int) -> None:
        self.port = port
        self.heard: list[Heard] = []
        self.count: Counter[str] = Counter()
        self._folder = folder
        self._news = asyncio.Condition()
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._pipe: asyncio.ReadTransport | None = None
        self._held_end = -1

    @classmethod
    @asynccontextmanager
    async def running(cls, scenario: str, port: int, *arguments: str) -> AsyncIterator[Self]:
        """Play `scenario` on UDP `port` for the length of the block.

        Raises:
            LabError: sipp is not installed or does not start.
        """
        with tempfile.TemporaryDirectory(prefix="trunkline-sipp-") as name:
            sipp = cls(Path(name), port)
            try:
                await sipp._start(scenario, arguments)
                yield sipp
            finally:
                await sipp._stop()

    async def _start(self, scenario: str, arguments: tuple[str, ...]) -> None:
        script, pipe = self._folder / "scenario.xml", self._folder / "log"
        script.write_text(scenario, encoding="utf-8", errors="surrogateescape")
        os.mkfifo(pipe)
        lines = await self._open(pipe)
        with (self._folder / "screen").open("wb") as screen:
            self._process = await spawn(
                [
                    *("sipp", "-sf", str(script), "-i", "127.0.0.1", "-mi", "127.0.0.1"),
                    *("-p", str(self.port), "-nostdin", "-trace_logs", "-log_file", str(pipe)),
                    *arguments,
                ],
                output=screen,
                cwd=self._folder,
            )
        self._reader = asyncio.create_task(self._read(lines))
        await self._until_bound()

    async def _until_bound(self) -> None:
        """What is sent before sipp listens is lost, and only sent again half a second later."""
        try:
            async with asyncio.timeout(_STARTS_S):
                while is_free(self.port):  # the kernel tells nobody
                    code = self._process.returncode if self._process else None
                    if code == 0:
                        return  # a short scenario is played already
                    if code is not None:
                        raise StartError(f"sipp ended at once: {self._screen()}")
                    await asyncio.sleep(0.005)
        except TimeoutError:
            raise StartError(f"sipp does not start: {self._screen()}") from None

    def _screen(self) -> str:
        return (self._folder / "screen").read_text(errors="replace")[-500:]

    async def _open(self, pipe: Path) -> asyncio.StreamReader:
        # A writing end of our own: so there is no end of file before sipp is gone and all is read.
        stream = os.fdopen(os.open(pipe, os.O_RDONLY | os.O_NONBLOCK), "rb", buffering=0)
        self._held_end = os.open(pipe, os.O_WRONLY)
        reader = asyncio.StreamReader()
        self._pipe, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), stream
        )
        return reader

    async def _read(self, lines: asyncio.StreamReader) -> None:
        while line := await lines.readline():
            word, _, call, *fields = line.decode("utf-8", "replace").rstrip("\n").split(SEPARATOR)
            self.heard.append(Heard(word, call, tuple(fields)))
            self.count[word] += 1
            async with self._news:
                self._news.notify_all()

    async def until(
        self, told: Callable[[Heard], bool], *, since: int = 0, deadline_s: float = 10.0
    ) -> Heard:
        """The first thing heard (from number `since` on) that `told` accepts.

        Raises:
            LabError: it did not come within `deadline_s`.
        """
        try:
            async with asyncio.timeout(deadline_s), self._news:
                while True:
                    for heard in self.heard[since:]:
                        if told(heard):
                            return heard
                    since = len(self.heard)
                    await self._news.wait()
        except TimeoutError:
            raise LabError(
                f"sipp did not say it within {deadline_s} s; it said {self.heard}"
            ) from None

    async def until_word(self, word: str, *, since: int = 0, deadline_s: float = 10.0) -> Heard:
        return await self.until(
            lambda heard: heard.word == word, since=since, deadline_s=deadline_s
        )

    async def until_count(self, word: str, count: int, *, deadline_s: float) -> None:
        """Wait until `word` was said `count` times.

        Raises:
            LabError: not within `deadline_s`.
        """
        try:
            async with asyncio.timeout(deadline_s), self._news:
                await self._news.wait_for(lambda: self.count[word] >= count)
        except TimeoutError:
            raise LabError(f"sipp said {word} {self.count[word]} times, not {count}") from None

    async def finished(self, *, deadline_s: float) -> int:
        """Wait until sipp has played all its calls; its exit status."""
        if self._process is None:
            raise LabError("this sipp was never started")
        try:
            async with asyncio.timeout(deadline_s):
                status = await self._process.wait()
                await self._read_to_end()
        except TimeoutError:
            raise LabError(f"sipp is not done after {deadline_s} s") from None
        return status

    async def _read_to_end(self) -> None:
        """Hear what a sipp that has gone said last."""
        if self._held_end >= 0:
            os.close(self._held_end)
            self._held_end = -1
        if self._reader is not None:
            await self._reader

    async def _stop(self) -> None:
        if self._process is not None and self._process.returncode is None:
            await end(self._process, grace_s=_GRACE_S)
        await self._read_to_end()
        if self._pipe is not None:
            self._pipe.close()

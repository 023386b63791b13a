"""Keeps the log of calls true: each call's newest version goes to the store, many in one commit.

Does not decide what a call is (the floor does) nor how it is stored (crm_store does).
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Protocol

from callcore.changes import CallChanged, CallEnded, CallsMerged, CallStarted
from callcore.errors import TrunklineError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from callcore.call import Call
    from callcore.changes import Change
    from callcore.ids import CallId

log = logging.getLogger(__name__)

MAX_WAITING = 20_000
GATHER_S = 0.05
"""How long changes gather for the next commit: a ringing call changes several times in that time,
and half of the service's work would be writing versions that nobody ever reads."""

RETRY_S = (0.2, 0.5, 1.0, 2.0, 5.0)


class CallLog(Protocol):
    """Where calls are recorded, durably when the methods return."""

    async def record(self, calls: Sequence[Call]) -> None: ...

    async def merge(self, kept: Call, gone: CallId) -> None: ...


class CallLogger:
    """The outlet that writes.

    While a commit runs, newer versions of a call replace older ones that wait. When the store fails,
    what waits is kept and tried again; above `MAX_WAITING` calls the pipeline itself waits.
    """

    def __init__(self, store: CallLog) -> None:
        self._store = store
        self._waiting: dict[CallId, Call] = {}
        self._merges: list[tuple[Call, CallId]] = []
        self._work = asyncio.Event()
        self._room = asyncio.Condition()
        self._idle = asyncio.Event()
        self._idle.set()
        self.trouble = ""
        """Why calls cannot be written now, for health; empty when all is well."""

    async def outlet(self, changes: Sequence[Change]) -> None:
        for change in changes:
            match change:
                case CallStarted(call) | CallChanged(call) | CallEnded(call):
                    await self.record(call)
                case CallsMerged(call, gone):
                    self._waiting.pop(gone, None)
                    self._merges.append((call, gone))
                    await self.record(call)
                case _:
                    pass

    async def record(self, call: Call) -> None:
        """Have `call` written soon; waits only when too many wait already."""
        if len(self._waiting) >= MAX_WAITING and call.id not in self._waiting:
            async with self._room:
                await self._room.wait_for(lambda: len(self._waiting) < MAX_WAITING)
        self._waiting[call.id] = call
        self._idle.clear()
        self._work.set()

    async def flush(self) -> None:
        """Wait until all that was handed over so far is durable."""
        await self._idle.wait()

    async def run(self) -> None:
        """Never returns."""
        failures = 0
        while True:
            await self._work.wait()
            self._work.clear()
            batch, merges = self._waiting, self._merges
            self._waiting, self._merges = {}, []
            try:
                await self._write(batch, merges)
            except TrunklineError as error:
                self._waiting = batch | self._waiting
                self._merges = merges + self._merges
                self._work.set()
                if self.trouble != error.message:
                    log.error("call_log_write_failed", extra={"reason": error.message})
                self.trouble = error.message
                await asyncio.sleep(RETRY_S[min(failures, len(RETRY_S) - 1)])
                failures += 1
                continue
            if self.trouble:
                log.warning("call_log_writes_again", extra={"calls": len(batch)})
            failures, self.trouble = 0, ""
            async with self._room:
                self._room.notify_all()
            if not self._waiting:
                self._idle.set()
            await asyncio.sleep(GATHER_S)

    async def _write(self, batch: dict[CallId, Call], merges: list[tuple[Call, CallId]]) -> None:
        for kept, gone in merges:
            await self._store.merge(batch.get(kept.id, kept), gone)
        if batch:
            await self._store.record(list(batch.values()))

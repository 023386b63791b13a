"""Closes the gap after an outage: what happened unseen is read from the PBX's own records.

Does not interpret the records (pbx_bridge.reconcile does) and never writes a call that lives now.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from callcore.call import Result
from callcore.changes import CallChanged, CallEnded, CallStarted, FloorFresh
from callcore.errors import TrunklineError
from callcore.ids import call_id

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from callcore.call import Call
    from callcore.changes import Change
    from callcore.floor import Floor
    from callcore.ids import PbxId
    from crm_store.call_log import CallLog
    from trunkline.call_logger import CallLogger

log = logging.getLogger(__name__)

MARGIN = timedelta(seconds=60)
"""How much before the gap is read again: records are written a little out of order."""

ROUNDS_S = (0.0, 2.0, 10.0)
"""When the records are read after a reconnect: some of them are written late."""

MARK_EVERY_S = 5.0


class Recovery:
    """The outlet that waits for a fresh floor and then fills in what the log lacks.

    It also moves the watermark — until when nothing is missing — and only it does: while a gap is
    being closed, newer calls are recorded already. `read` tells, from the PBX's records, of the calls
    that did anything since a time; it runs in a thread.
    """

    def __init__(
        self,
        read: Callable[[datetime], Sequence[Call]],
        pbx: PbxId,
        call_log: CallLog,
        floor: Floor,
        call_logger: CallLogger,
    ) -> None:
        self._read = read
        self._pbx = pbx
        self._call_log = call_log
        self._floor = floor
        self._call_logger = call_logger
        self._fresh = asyncio.Event()
        self._fresh_at: datetime | None = None
        self._newest: datetime | None = None

    async def outlet(self, changes: Sequence[Change]) -> None:
        for change in changes:
            match change:
                case FloorFresh(at):
                    self._fresh_at = at
                    self._fresh.set()
                case CallStarted(call) | CallChanged(call) | CallEnded(call):
                    if call.changed_at is not None:
                        self._newest = max(self._newest or call.changed_at, call.changed_at)
                case _:
                    pass

    async def run(self) -> None:
        """Never returns."""
        while True:
            await self._fresh.wait()
            self._fresh.clear()
            if await self._close_gap():
                await self._mark_while_fresh()

    async def _close_gap(self) -> bool:
        """Whether the gap is closed; False when a newer one opened, or the store failed for now."""
        upto = self._fresh_at
        try:
            for wait_s in ROUNDS_S:
                await asyncio.sleep(wait_s)
                await self._fill_in()
                if self._fresh.is_set():
                    return False
            if upto is not None:
                await self._give_up_on_the_lost(upto)
                await self._call_log.mark_seen(self._pbx, upto)
        except TrunklineError as error:
            log.error("recovery_failed", extra={"reason": error.message})
            self._fresh.set()
            await asyncio.sleep(ROUNDS_S[-1])
            return False
        return True

    async def _fill_in(self) -> None:
        begins = [call.started_at for call in await self._lost()]
        seen_at = await self._call_log.last_seen_at(self._pbx)
        if seen_at is not None:
            begins.append(seen_at)
        if not begins:  # a first start: what was before us is not ours to log, all that follows is
            if self._fresh_at is not None:
                await self._call_log.mark_seen(self._pbx, self._fresh_at)
            return
        since = min(begins) - MARGIN
        found = await asyncio.to_thread(self._read, since)
        live = self._floor.calls
        recovered = [call for call in found if call.id not in live]
        for call in recovered:
            for linkedid in call.linkedids[1:]:  # joined while nobody looked
                await self._call_log.merge(call, call_id(self._pbx, linkedid))
        await self._call_log.record(recovered)
        log.info("recovery_read", extra={"since": since.isoformat(), "calls": len(recovered)})

    async def _lost(self) -> list[Call]:
        """Calls whose end we did not see and that no longer live."""
        live = self._floor.calls
        return [each for each in await self._call_log.open_calls(self._pbx) if each.id not in live]

    async def _give_up_on_the_lost(self, at: datetime) -> None:
        """Calls that no record tells the end of are over all the same."""
        over = [
            replace(call, ended_at=at, result=call.result or Result.UNKNOWN, recovered=True)
            for call in await self._lost()
            if call.started_at < at
        ]
        if over:
            log.warning("calls_without_records", extra={"calls": len(over)})
            await self._call_log.record(over)

    async def _mark_while_fresh(self) -> None:
        """Move the watermark on as long as nothing is missing."""
        while not self._fresh.is_set():
            newest = self._newest
            try:
                async with asyncio.timeout(MARK_EVERY_S):
                    await self._fresh.wait()
            except TimeoutError:
                if newest is not None and self._floor.stale_since is None:
                    await self._mark(newest)

    async def _mark(self, at: datetime) -> None:
        await self._call_logger.flush()
        try:
            await self._call_log.mark_seen(self._pbx, at)
        except TrunklineError as error:
            log.warning("watermark_not_moved", extra={"reason": error.message})

"""From AMI bytes to a committed interaction: `make bench NAME=pipeline`.

A recorded queue call is told again and again under new ids. Beside our whole way — frames, events, floor, call
log, SQLite with synchronous=FULL — the same bytes go through plain panoramisk's parser alone, in the same
run. CALLS=… in the environment makes it shorter.
"""

from __future__ import annotations

import asyncio
import os
import re
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from panoramisk.ami_protocol import AMIProtocol

from callcore.changes import CallEnded, Change
from callcore.floor import Floor
from callcore.ids import PbxId
from callcore.numbering import Numbering
from crm_store import migrate
from crm_store.store import Store, StoreSettings
from pbx_bridge.translate import Unreadable, translate
from pbx_bridge.wire import Framer
from trunkline.call_logger import CallLogger

if TYPE_CHECKING:
    from collections.abc import Sequence

    from callcore.call import Call
    from callcore.ids import CallId

CALLS = int(os.environ.get("CALLS", "3000"))
OFFERED = 100.0
"""Calls a second in the run that measures lag."""
TRACE = Path(__file__).parents[1] / "tests" / "traces" / "queue-answered.ami"
PBX = PbxId("lab")
BANNER = b"Asterisk Call Manager/11.0.0\r\n"
CHUNK = 16_384
TARGET_CALLS_S = 100.0
TARGET_LAG_P99_MS = 100.0


def stories(count: int) -> list[bytes]:
    """The recorded call `count` times, each with channels and ids of its own."""
    told = TRACE.read_bytes().partition(b"\r\n")[2]
    begin = told.index(b"Event: Newchannel")
    return [_again(told[begin:], n) for n in range(count)]


def _again(told: bytes, n: int) -> bytes:
    ids = re.sub(
        rb"lab-(\d+)\.(\d+)", lambda found: b"lab-%d.%s" % (int(found[1]) + n, found[2]), told
    )
    return ids.replace(b"-0000000", b"-%07x" % (n + 16))


class _NoFactory:
    """What plain panoramisk hands its events to."""

    def __init__(self) -> None:
        self.events = 0

    def dispatch(self, _: object) -> None:
        self.events += 1


def plain_panoramisk(stream: bytes) -> tuple[float, int]:
    """Seconds and events of its parser over the whole stream."""
    protocol: Any = AMIProtocol()
    protocol.connection_made(None)
    protocol.factory = factory = _NoFactory()
    began = time.perf_counter()
    for at in range(0, len(stream), CHUNK):
        protocol.data_received(stream[at : at + CHUNK])
    return time.perf_counter() - began, factory.events


def events_only(stream: bytes) -> tuple[float, int]:
    """Seconds and events of our framing and translation."""
    framer, events = Framer(), 0
    began = time.perf_counter()
    for at in range(0, len(stream), CHUNK):
        for message in framer.feed(stream[at : at + CHUNK]):
            events += "Event" in message
            translate(message, PBX, events)
    return time.perf_counter() - began, events


class _Committed:
    """The call log, with the time at which each ended call was durable."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.at: dict[CallId, float] = {}

    async def record(self, calls: Sequence[Call]) -> None:
        await self._store.call_log.record(calls)
        now = time.perf_counter()
        for call in calls:
            if call.ended_at is not None:
                self.at[call.id] = now

    async def merge(self, kept: Call, gone: CallId) -> None:
        await self._store.call_log.merge(kept, gone)


async def whole_way(calls: Sequence[bytes], offered: float | None) -> tuple[float, list[float]]:
    """Seconds until all is committed, and each call's lag from its last byte to its commit (ms)."""
    with tempfile.TemporaryDirectory(prefix="trunkline-bench-") as folder:
        url = f"sqlite+aiosqlite:///{folder}/bench.db"
        await migrate.upgrade(url)
        async with Store.opened(StoreSettings(url)) as store:
            committed = _Committed(store)
            logger = CallLogger(committed)
            writing = asyncio.create_task(logger.run())
            floor, framer = Floor(Numbering(frozenset({"trunk-a"}))), Framer()
            framer.feed(BANNER)
            heard: dict[CallId, float] = {}
            began = time.perf_counter()
            for number, story in enumerate(calls):
                if offered is not None:
                    due = began + number / offered
                    await asyncio.sleep(max(0.0, due - time.perf_counter()))
                for message in framer.feed(story):
                    match translate(message, PBX, number):
                        case Unreadable(name, reason):
                            raise SystemExit(f"{name}: {reason}")
                        case events:
                            for event in events:
                                await _log(floor.apply(event), logger, heard)
                if offered is None:
                    await asyncio.sleep(0)  # as the socket does between two reads
            await logger.flush()
            took = time.perf_counter() - began
            writing.cancel()
    if len(committed.at) != len(calls):
        raise SystemExit(f"{len(committed.at)} of {len(calls)} calls were committed")
    return took, [(committed.at[call] - heard[call]) * 1000 for call in heard]


async def _log(changes: Sequence[Change], logger: CallLogger, heard: dict[CallId, float]) -> None:
    for change in changes:
        if isinstance(change, CallEnded):
            heard[change.call.id] = time.perf_counter()
    if changes:
        await logger.outlet(changes)


def main() -> None:
    calls = stories(CALLS)
    stream = BANNER + b"".join(calls)
    plain_s, plain_events = plain_panoramisk(stream)
    ours_s, our_events = events_only(stream)
    if plain_events != our_events:
        raise SystemExit(f"plain panoramisk heard {plain_events} events, we heard {our_events}")
    took, _ = asyncio.run(whole_way(calls, None))
    few = calls[: round(OFFERED * 10)]
    _, lags = asyncio.run(whole_way(few, OFFERED))
    a_call = our_events / CALLS
    cuts = statistics.quantiles(lags, n=100)
    print(f"{CALLS} calls, {a_call:.0f} events each, {len(stream) / 1e6:.1f} MB")
    print(f"plain panoramisk, parsing alone   {plain_events / plain_s:10,.0f} events/s  (baseline)")
    print(
        f"ours, parsed and translated       {our_events / ours_s:10,.0f} events/s  "
        f"{plain_s / ours_s:.2f}× the baseline"
    )
    print(
        f"ours, committed to SQLite (FULL)  {CALLS * a_call / took:10,.0f} events/s  "
        f"{plain_s / took:.2f}× the baseline = {CALLS / took:,.0f} calls/s (aim {TARGET_CALLS_S:.0f})"
    )
    print(
        f"lag at {OFFERED:.0f} calls/s, last byte to commit: p50 {cuts[49]:.1f} ms, p95 {cuts[94]:.1f} ms, "
        f"p99 {cuts[98]:.1f} ms (aim {TARGET_LAG_P99_MS:.0f})"
    )


if __name__ == "__main__":
    main()

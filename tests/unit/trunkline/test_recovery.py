"""After an outage the log is filled in from the PBX's records, and the watermark moves only when it may."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, cast

import pytest

from callcore.call import Call, Direction, Result
from callcore.changes import CallChanged, FloorFresh
from callcore.errors import TrunklineError
from callcore.events import Party
from callcore.ids import CallId, Linkedid, PbxId, call_id
from trunkline import recovery
from trunkline.recovery import Recovery

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from callcore.floor import Floor
    from crm_store.call_log import CallLog
    from trunkline.call_logger import CallLogger

PBX = PbxId("lab")
FRESH_AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def call(linkedid: str, *, minutes_ago: float = 5, over: bool = True) -> Call:
    began = FRESH_AT - timedelta(minutes=minutes_ago)
    return Call(
        id=call_id(PBX, Linkedid(linkedid)),
        pbx=PBX,
        linkedids=(Linkedid(linkedid),),
        direction=Direction.INBOUND,
        started_at=began,
        customer=Party("+12025550101"),
        ended_at=began + timedelta(seconds=30) if over else None,
        result=Result.ANSWERED if over else None,
        recovered=over,
    )


class Log:
    """What the store knows; `open` are the calls without an end, `broken` fails its next writes."""

    def __init__(self) -> None:
        self.seen_at: datetime | None = None
        self.open: list[Call] = []
        self.recorded: list[Call] = []
        self.merged: list[tuple[CallId, CallId]] = []
        self.broken = 0
        self.marked = asyncio.Event()

    async def last_seen_at(self, _: PbxId) -> datetime | None:
        return self.seen_at

    async def open_calls(self, _: PbxId) -> tuple[Call, ...]:
        known = {each.id for each in self.recorded}
        return tuple(each for each in self.open if each.id not in known)

    async def record(self, calls: Sequence[Call]) -> None:
        if self.broken:
            self.broken -= 1
            raise TrunklineError("The disk is full.")
        self.recorded += calls

    async def merge(self, kept: Call, gone: CallId) -> None:
        self.merged.append((kept.id, gone))

    async def mark_seen(self, _: PbxId, at: datetime) -> None:
        self.seen_at = at
        self.marked.set()

    async def flush(self) -> None:
        """The logger's: nothing waits."""


class Live:
    """The floor as far as recovery looks at it."""

    def __init__(self) -> None:
        self.calls: dict[CallId, Call] = {}
        self.stale_since: datetime | None = None


class Records:
    """The PBX's files; remembers from when on it was asked."""

    def __init__(self, *calls: Call) -> None:
        self.calls = calls
        self.asked: list[datetime] = []

    def read(self, since: datetime) -> list[Call]:
        self.asked.append(since)
        return list(self.calls)


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recovery, "ROUNDS_S", (0.0, 0.0))


@asynccontextmanager
async def recovering(log: Log, live: Live, records: Records) -> AsyncIterator[Recovery]:
    made = Recovery(
        records.read,
        PBX,
        cast("CallLog", log),
        cast("Floor", live),
        cast("CallLogger", log),
    )
    task = asyncio.create_task(made.run())
    try:
        yield made
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def fresh(made: Recovery, log: Log) -> None:
    await made.outlet([FloorFresh(FRESH_AT)])
    async with asyncio.timeout(5):
        await log.marked.wait()


async def test_a_first_start_takes_nothing_from_before() -> None:
    log, records = Log(), Records(call("lab-1.1"))
    async with recovering(log, Live(), records) as made:
        await fresh(made, log)
    assert log.recorded == []
    assert records.asked == []
    assert log.seen_at == FRESH_AT


async def test_what_happened_since_the_watermark_is_recorded_with_a_margin() -> None:
    log, records = Log(), Records(call("lab-1.1"))
    log.seen_at = FRESH_AT - timedelta(minutes=10)
    async with recovering(log, Live(), records) as made:
        await fresh(made, log)
    assert {each.id for each in log.recorded} == {call("lab-1.1").id}
    assert records.asked[0] == FRESH_AT - timedelta(minutes=10) - recovery.MARGIN


async def test_a_call_that_was_up_when_we_died_is_looked_for_from_its_beginning() -> None:
    log, records = Log(), Records()
    log.open = [call("lab-1.1", minutes_ago=90, over=False)]
    log.seen_at = FRESH_AT - timedelta(minutes=1)
    async with recovering(log, Live(), records) as made:
        await fresh(made, log)
    assert records.asked[0] == FRESH_AT - timedelta(minutes=90) - recovery.MARGIN


async def test_a_call_no_record_tells_of_is_over_all_the_same() -> None:
    log = Log()
    log.open = [call("lab-1.1", over=False)]
    async with recovering(log, Live(), Records()) as made:
        await fresh(made, log)
    (ended,) = log.recorded
    assert (ended.ended_at, ended.result, ended.recovered) == (FRESH_AT, Result.UNKNOWN, True)


async def test_a_call_that_lives_is_left_to_the_live_line() -> None:
    log, live = Log(), Live()
    log.seen_at = FRESH_AT - timedelta(minutes=10)
    living = call("lab-1.1")
    live.calls = {living.id: living}
    async with recovering(log, live, Records(living)) as made:
        await fresh(made, log)
    assert log.recorded == []


async def test_calls_that_were_joined_unseen_become_one() -> None:
    log = Log()
    log.seen_at = FRESH_AT - timedelta(minutes=10)
    joined = replace(call("lab-1.1"), linkedids=(Linkedid("lab-1.1"), Linkedid("lab-2.2")))
    async with recovering(log, Live(), Records(joined)) as made:
        await fresh(made, log)
    assert (joined.id, call("lab-2.2").id) in log.merged


async def test_the_watermark_stays_while_the_store_fails() -> None:
    log = Log()
    log.seen_at = FRESH_AT - timedelta(minutes=10)
    log.broken = 1
    async with recovering(log, Live(), Records(call("lab-1.1"))) as made:
        await fresh(made, log)
    assert log.recorded  # the second time
    assert log.seen_at == FRESH_AT


@pytest.mark.parametrize(("stale", "moves"), [(None, True), (FRESH_AT, False)])
async def test_the_watermark_follows_the_live_line_only_while_nothing_is_missing(
    monkeypatch: pytest.MonkeyPatch,
    stale: datetime | None,
    moves: bool,  # noqa: FBT001
) -> None:
    monkeypatch.setattr(recovery, "MARK_EVERY_S", 0.01)
    log, live = Log(), Live()
    log.seen_at = FRESH_AT - timedelta(minutes=1)
    async with recovering(log, live, Records()) as made:
        await fresh(made, log)
        live.stale_since = stale
        log.marked.clear()
        newer = FRESH_AT + timedelta(seconds=9)
        await made.outlet([CallChanged(replace(call("lab-1.1"), changed_at=newer))])
        if moves:
            async with asyncio.timeout(5):
                await log.marked.wait()
            assert log.seen_at == newer
        else:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.1):
                    await log.marked.wait()
            assert log.seen_at == FRESH_AT

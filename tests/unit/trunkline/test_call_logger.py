"""The call logger writes each call's newest version, keeps what cannot be written, and tries again."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from callcore.call import Call, Direction
from callcore.changes import CallChanged, CallEnded, CallsMerged, CallStarted
from callcore.errors import TrunklineError
from callcore.events import Party
from callcore.ids import CallId, Linkedid, PbxId
from trunkline import call_logger
from trunkline.call_logger import CallLogger

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def call(name: str, **changed: object) -> Call:
    made = Call(
        id=CallId(name),
        pbx=PbxId("lab"),
        linkedids=(Linkedid(name),),
        direction=Direction.INBOUND,
        started_at=AT,
        customer=Party("+12025550101"),
    )
    return replace(made, **changed)  # type: ignore[arg-type]


class SlowStore:
    """Records what it was given; a commit lasts until `gate` is open; fails while `broken` says why."""

    def __init__(self) -> None:
        self.commits: list[list[Call]] = []
        self.merges: list[tuple[CallId, CallId]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.entered = asyncio.Event()
        self.broken = ""

    async def record(self, calls: Sequence[Call]) -> None:
        self.entered.set()
        await self.gate.wait()
        if self.broken:
            raise TrunklineError(self.broken)
        self.commits.append(list(calls))

    async def merge(self, kept: Call, gone: CallId) -> None:
        self.merges.append((kept.id, gone))


@asynccontextmanager
async def running(store: SlowStore) -> AsyncIterator[CallLogger]:
    logger = CallLogger(store)
    task = asyncio.create_task(logger.run())
    try:
        yield logger
    finally:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_a_call_is_durable_when_flush_returns() -> None:
    store = SlowStore()
    async with running(store) as logger:
        await logger.outlet([CallStarted(call("a"))])
        await logger.flush()
        assert [[c.id for c in commit] for commit in store.commits] == [["a"]]


async def test_versions_that_come_during_a_commit_share_the_next_one_and_the_newest_wins() -> None:
    store = SlowStore()
    async with running(store) as logger:
        store.gate.clear()
        await logger.outlet([CallStarted(call("a"))])
        await store.entered.wait()
        await logger.outlet([CallChanged(call("a", answered_at=AT))])
        await logger.outlet([CallStarted(call("b"))])
        await logger.outlet([CallEnded(call("a", answered_at=AT, ended_at=AT))])
        store.gate.set()
        await logger.flush()
    assert [len(commit) for commit in store.commits] == [1, 2]
    assert store.commits[1][0].ended_at == AT


async def test_a_merge_is_written_and_the_gone_call_is_not_recorded_again() -> None:
    store = SlowStore()
    async with running(store) as logger:
        store.gate.clear()
        await logger.outlet([CallStarted(call("x"))])
        await store.entered.wait()
        await logger.outlet([CallStarted(call("gone"))])
        await logger.outlet([CallsMerged(call("kept"), CallId("gone"))])
        store.gate.set()
        await logger.flush()
    assert store.merges == [("kept", "gone")]
    assert [c.id for c in store.commits[1]] == ["kept"]


async def test_nothing_is_lost_while_the_store_fails_and_the_trouble_is_named(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(call_logger, "RETRY_S", (0.0,))
    store = SlowStore()
    store.broken = "The disk is full: free some space."
    async with running(store) as logger:
        await logger.outlet([CallStarted(call("a"))])
        await store.entered.wait()
        store.entered.clear()
        await store.entered.wait()  # tried again
        assert logger.trouble == "The disk is full: free some space."
        await logger.outlet([CallStarted(call("b"))])
        store.broken = ""
        await logger.flush()
    assert {c.id for commit in store.commits for c in commit} == {"a", "b"}
    assert logger.trouble == ""
    assert [r.message for r in caplog.records].count("call_log_write_failed") == 1


async def test_too_many_waiting_calls_hold_the_pipeline_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(call_logger, "MAX_WAITING", 1)
    store = SlowStore()
    async with running(store) as logger:
        store.gate.clear()
        await logger.outlet([CallStarted(call("a"))])
        await store.entered.wait()
        await logger.outlet([CallStarted(call("b"))])
        held = asyncio.create_task(logger.outlet([CallStarted(call("c"))]))
        await asyncio.sleep(0)
        assert not held.done()
        store.gate.set()
        await held
        await logger.flush()
    assert {c.id for commit in store.commits for c in commit} == {"a", "b", "c"}

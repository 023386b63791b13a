"""A thousand calls, five cuts of the AMI link and two `kill -9` of the service: the log is one for one."""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from crm_store import migrate
from crm_store.records import Interaction, InteractionFilter
from crm_store.rights import SYSTEM
from crm_store.store import Store, StoreSettings
from lab import behaviour, sip, truth
from lab.pbx import Asterisk
from lab.settings import big_lab
from tests.proxy import Proxy

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = [pytest.mark.pbx, pytest.mark.chaos, pytest.mark.slow]

CALLS, RATE, PHONES = 1000, 20.0, 60
CUT_AT = (100, 250, 450, 650, 850)
KILL_AT = (350, 750)
SETTLES_S = 90.0

CALLERS = [sip.Caller("+442079460100", f"+1212555{n:04}", f"Caller {n}") for n in range(100)]


class Service:
    """`trunkline serve` as a process of its own, behind a proxy to the PBX."""

    def __init__(self, folder: Path, pbx: Asterisk, proxy: Proxy) -> None:
        self.url = f"sqlite+aiosqlite:///{folder / 'chaos.db'}"
        self._folder = folder
        self._process: asyncio.subprocess.Process | None = None
        told = {
            "PBX__NAME": pbx.systemname,
            "PBX__PORT": proxy.port,
            "PBX__SECRET": pbx.ami_secret,
            "PBX__CEL_CSV": pbx.cel_csv,
            "PBX__CDR_CSV": pbx.cdr_csv,
            "PBX__QUEUE_LOG": pbx.queue_log,
            "WEB__PORT": 0,
            "LIVE__PORT": 0,
            "STORE__URL": self.url,
        }
        self._env = os.environ | {f"TRUNKLINE_{name}": str(value) for name, value in told.items()}

    async def start(self) -> None:
        with (self._folder / "service.log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-c", "from trunkline.cli import main; main()", "serve"),
                stdout=log,
                stderr=log,
                cwd=self._folder,
                env=self._env,
            )

    async def kill(self) -> None:
        assert self._process is not None
        assert self._process.returncode is None, "the service ended by itself"
        self._process.kill()
        await self._process.wait()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        await migrate.upgrade(self.url)
        await self.start()
        try:
            yield
        finally:
            if self._process is not None and self._process.returncode is None:
                self._process.terminate()
                await self._process.wait()


async def make_trouble(crowd: sip.Crowd, proxy: Proxy, service: Service) -> None:
    """Cut and kill when so many calls have been placed."""
    for placed in sorted((*CUT_AT, *KILL_AT)):
        await crowd.sipp.until_count("invite", placed, deadline_s=CALLS / RATE + 30)
        await proxy.carries.wait()
        if placed in CUT_AT:
            proxy.cut()
        else:
            await service.kill()
            await service.start()


async def test_the_log_equals_cel_and_cdr_one_for_one(tmp_path: Path) -> None:
    async with Asterisk.running(big_lab(PHONES)) as pbx, Proxy(pbx.ami_port).running() as proxy:
        service = Service(tmp_path, pbx, proxy)
        async with (
            service.running(),
            sip.Phones.playing(pbx, default=behaviour.answers(0.2)),
            started(proxy),
            sip.crowding(pbx, sip.Load(CALLS, RATE, CALLERS, talk_s=1.5)) as crowd,
        ):
            trouble = asyncio.create_task(make_trouble(crowd, proxy, service))
            report = await crowd.is_over()
            await trouble
            assert report.placed == CALLS
            await sip.all_over(pbx, deadline_s=SETTLES_S)
            expected = truth.conversations(pbx.cel_csv, pbx.cdr_csv)
            queued = truth.queued(pbx.queue_log)
            async with Store.opened(StoreSettings(service.url)) as store:
                entries = await until_settled(store, len(expected))
        verdict = truth.compare(expected, entries)
        assert verdict.calls == CALLS
        assert verdict.ok, str(verdict)
        assert all(conversation.cdrs for conversation in expected)
        in_queue = {
            uniqueid for entry in entries if entry["queue"] for uniqueid in entry["channels"]
        }
        assert in_queue >= queued
        recovered = sum(entry["recovered"] for entry in entries)
        assert 0 < recovered < CALLS
        assert proxy.connections > len(CUT_AT) + len(KILL_AT)


@asynccontextmanager
async def started(proxy: Proxy) -> AsyncIterator[None]:
    """The service has come to the PBX."""
    async with asyncio.timeout(30):
        await proxy.carries.wait()
    yield


async def until_settled(store: Store, calls: int) -> list[dict[str, Any]]:
    """The whole log, once it knows how `calls` ended, or what there is of it after a while.

    What a snapshot found gone has ended at once; how, the PBX's records tell some seconds later.
    """
    entries: list[dict[str, Any]] = []
    try:
        async with asyncio.timeout(SETTLES_S):
            while sum(entry["result"] not in {None, "unknown"} for entry in entries) < calls:
                await asyncio.sleep(1.0)
                entries = await read_log(store)
    except TimeoutError:
        pass
    return entries


async def read_log(store: Store) -> list[dict[str, Any]]:
    rows: list[Interaction] = []
    cursor: str | None = None
    while True:
        page = await store.interactions.list(SYSTEM, InteractionFilter(), cursor=cursor, limit=200)
        rows += page.items
        cursor = page.next_cursor
        if cursor is None:
            break
    entries = []
    for row in rows:
        details = await store.interactions.get(SYSTEM, row.id)
        entries.append(
            {
                "id": row.id,
                "direction": row.direction.value if row.direction else None,
                "result": row.result.value if row.result else None,
                "started_at": row.started_at.timestamp(),
                "ended_at": row.ended_at.timestamp() if row.ended_at else None,
                "channels": [leg.uniqueid for leg in details.legs],
                "queue": row.queue,
                "recovered": row.recovered,
            }
        )
    return entries

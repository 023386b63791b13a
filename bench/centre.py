"""A whole call centre to measure: a real Asterisk, many agents, their customers, the service in its own process.

Measures nothing itself.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import tempfile
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp

from callcore.ids import Extension
from crm_store import migrate
from crm_store.records import CustomerData, CustomerKind, NewPhone, UserData
from crm_store.rights import SYSTEM, Role
from crm_store.store import Store, StoreSettings
from lab.pbx import Asterisk
from lab.settings import Did, Goes, LabSettings, Queue, phone_range

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

CUSTOMERS = 1000
_UP_S = 30.0
_NAMES = ("Amber", "Birch", "Cedar", "Delta", "Elm", "Flint", "Grove", "Heath")


@dataclass(frozen=True, slots=True)
class Agent:
    """An agent, the number that rings his phone alone, and a session of his."""

    user_id: str
    extension: str
    did: str
    session: str


@dataclass(frozen=True, slots=True)
class Centre:
    pbx: Asterisk
    web_url: str
    ws_url: str
    agents: tuple[Agent, ...]
    manager_session: str
    service_pid: int


def did_of(place: int) -> str:
    """The number of an agent's own, from the range that is kept for fiction."""
    return f"+44207946{200 + place:04}"


def number_of(customer: int) -> str:
    return f"+1212555{customer % 10_000:04}"


@asynccontextmanager
async def centre(agents: int) -> AsyncIterator[Centre]:
    """All of it for the length of the block; nothing is left behind."""
    phones = phone_range(agents)
    lab = LabSettings(
        phones=phones,
        queues=(Queue("support", phones[:4]), Queue("sales", phones[:4])),
        dids=tuple(Did(did_of(i), Goes.PHONES, (phone,)) for i, phone in enumerate(phones)),
    )
    with tempfile.TemporaryDirectory(prefix="trunkline-bench-") as folder:
        url = f"sqlite+aiosqlite:///{folder}/bench.db"
        async with Asterisk.running(lab) as pbx:
            staff, manager = await _seed(url, phones)
            ports = _free_port(), _free_port()
            async with _service(pbx, url, Path(folder), *ports) as pid:
                web_url = f"http://127.0.0.1:{ports[0]}"
                ws_url = f"ws://127.0.0.1:{ports[1]}/"
                yield Centre(pbx, web_url, ws_url, staff, manager, pid)


async def _seed(url: str, phones: tuple[str, ...]) -> tuple[tuple[Agent, ...], str]:
    await migrate.upgrade(url)
    async with Store.opened(StoreSettings(url, default_region="US")) as store:
        manager = await store.users.create(
            SYSTEM, UserData("manager", "Manager One", Role.MANAGER), "correct horse 1"
        )
        staff: list[Agent] = []
        for i, phone in enumerate(phones):
            data = UserData(f"agent{i}", f"Agent {i}", Role.AGENT, extension=Extension(phone))
            user = await store.users.create(SYSTEM, data, "correct horse 2")
            session = await store.sessions.start(SYSTEM, user.id)
            staff.append(Agent(user.id, phone, did_of(i), session.secret))
        for i in range(CUSTOMERS):
            person = CustomerData(f"{_NAMES[i % len(_NAMES)]} {i}", CustomerKind.PERSON)
            await store.customers.create(SYSTEM, person, [NewPhone(number_of(i), "mobile")])
        return tuple(staff), (await store.sessions.start(SYSTEM, manager.id)).secret


@asynccontextmanager
async def _service(
    pbx: Asterisk, store_url: str, folder: Path, web_port: int, live_port: int
) -> AsyncIterator[int]:
    """`trunkline serve` by itself, so that it has a processor and a memory of its own."""
    told = {
        "PBX__NAME": pbx.systemname,
        "PBX__PORT": pbx.ami_port,
        "PBX__USERNAME": pbx.ami_user,
        "PBX__SECRET": pbx.ami_secret,
        "PBX__CEL_CSV": pbx.cel_csv,
        "PBX__CDR_CSV": pbx.cdr_csv,
        "PBX__QUEUE_LOG": pbx.queue_log,
        "WEB__PORT": web_port,
        "LIVE__PORT": live_port,
        "STORE__URL": store_url,
    }
    with (folder / "service.log").open("wb") as log:
        service = await asyncio.create_subprocess_exec(
            Path(sys.executable).with_name("trunkline"),
            "serve",
            stdout=log,
            stderr=log,
            cwd=folder,
            env=os.environ | {f"TRUNKLINE_{name}": str(value) for name, value in told.items()},
        )
    try:
        await _is_up(service, f"http://127.0.0.1:{web_port}/health", folder / "service.log")
        yield service.pid
    finally:
        if service.returncode is None:
            service.send_signal(signal.SIGTERM)
        await service.wait()


async def _is_up(service: asyncio.subprocess.Process, url: str, log: Path) -> None:
    """Wait until it answers and has its PBX."""
    async with asyncio.timeout(_UP_S), aiohttp.ClientSession() as web:
        while service.returncode is None:
            try:
                async with web.get(url) as answer:
                    if (await answer.json()).get("status") == "ok":
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.1)
    said = await asyncio.to_thread(log.read_text)
    raise SystemExit(f"The service has ended:\n{said}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port

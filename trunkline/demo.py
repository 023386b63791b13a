"""`trunkline demo`: the whole product alive on a real Asterisk, with demo customers who keep calling.

Does not belong into production: everything lies in a temporary folder and goes with it.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr
from rich.console import Console
from rich.panel import Panel
from rich.table import Table

from callcore.ids import Extension
from crm_store import demo as demo_store
from crm_store import migrate
from lab import behaviour, sip, speech
from lab.pbx import Asterisk
from lab.settings import LabSettings
from lab.traffic import Day, Someone, keep_calling
from trunkline import service
from trunkline.settings import (
    LiveSettings,
    NumberSettings,
    PbxSettings,
    Settings,
    StoreSettings,
    WebSettings,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from trunkline.service import Service

STRANGERS = (
    Someone("+12125550177", "Unknown caller"),
    Someone("+33199001188"),
    Someone("anonymous", "Anonymous"),
)
"""Callers nobody knows yet, for the quick form."""


@dataclass(frozen=True, slots=True)
class Demo:
    """What runs: the lab's PBX, its people, the service before it, and who may sign in."""

    pbx: Asterisk
    phones: sip.Phones
    trunk: sip.Trunk
    service: Service
    settings: Settings
    passwords: Mapping[str, str]
    people: Sequence[Someone]


@asynccontextmanager
async def running(
    *, port: int = 0, live_port: int = 0, lab: LabSettings | None = None
) -> AsyncIterator[Demo]:
    """Lab and service for the length of the block; nothing is left behind."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="trunkline-")))
        pbx = await stack.enter_async_context(Asterisk.running(lab or LabSettings()))
        voice = await asyncio.to_thread(speech.say, "Hello, how may I help you?")
        picks_up = behaviour.answers(2.5, says=voice)
        phones = await stack.enter_async_context(sip.Phones.playing(pbx, default=picks_up))
        trunk = await stack.enter_async_context(
            sip.Trunk.playing(pbx, default=behaviour.answers(2.0, talk_s=15.0, says=voice))
        )
        settings = settings_for(
            pbx, f"sqlite+aiosqlite:///{folder / 'demo.db'}", port=port, live_port=live_port
        )
        await migrate.upgrade(settings.store.url)
        running_service = await stack.enter_async_context(service.running(settings))
        seed = await demo_store.seed(
            running_service.store,
            extensions=[Extension(phone) for phone in pbx.settings.phones[:-1]],
            supervisor_extension=Extension(pbx.settings.phones[-1]),
        )
        await running_service.directory.refresh()
        people = [
            Someone(phone.raw, details.customer.name)
            for details in seed.customers
            for phone in details.phones
        ]
        yield Demo(
            *(pbx, phones, trunk, running_service, settings, seed.passwords),
            [*people, *STRANGERS],
        )


def settings_for(pbx: Asterisk, store_url: str, *, port: int = 0, live_port: int = 0) -> Settings:
    """The settings of a service beside a lab's PBX."""
    return Settings(
        pbx=PbxSettings(
            name=pbx.systemname,
            host=pbx.host,
            port=pbx.ami_port,
            username=pbx.ami_user,
            secret=SecretStr(pbx.ami_secret),
            cel_csv=pbx.cel_csv,
            cdr_csv=pbx.cdr_csv,
            queue_log=pbx.queue_log,
        ),
        web=WebSettings(port=port),
        live=LiveSettings(port=live_port),
        store=StoreSettings(url=store_url),
        numbers=NumberSettings(
            region="US",
            own=frozenset(did.number for did in pbx.settings.dids),
            allowed_regions=frozenset({"US", "GB", "FR", "RU", "DE"}),
        ),
    )


async def show(*, port: int, calls_per_minute: float) -> None:
    """Run until told to stop, with calls coming in."""
    console = Console(stderr=True)
    with console.status("Starting a real Asterisk, phones and the service …"):
        stack = AsyncExitStack()
        try:
            demo = await stack.enter_async_context(
                running(port=port, live_port=port + 1 if port else 0)
            )
        except service.PortTakenError as error:
            raise service.PortTakenError(f"{error.message} Here: make run PORT=9090.") from None
    async with stack:
        console.print(_welcome(demo))
        day = Day(per_minute=calls_per_minute)
        await keep_calling(demo.pbx, demo.people, day, random.Random())  # noqa: S311 # a demo's dice


def _welcome(demo: Demo) -> Panel:
    table = Table(box=None, padding=(0, 2), show_header=False)
    table.add_row("Open", f"[bold]{demo.service.web_url}[/]")
    for login in ("agent1", "supervisor", "manager", "admin"):
        table.add_row(
            "Sign in as", f"[bold]{login}[/] with password [bold]{demo.passwords[login]}[/]"
        )
    table.add_row(
        "Phones", f"{', '.join(demo.pbx.settings.phones)}, played here; they answer by themselves"
    )
    table.add_row("Try", "wait for a call at agent1's desk, or dial +1 212 555 0140 from it")
    table.add_row("End", "Ctrl-C")
    return Panel(table, title="Trunkline is alive", expand=False)

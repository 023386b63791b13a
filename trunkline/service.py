"""The wiring: which parts there are, who is given what, and how long they live.

Holds no logic of its own; `running` is what `trunkline serve`, the demo and the tests all start.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from aiohttp import web

from callcore.errors import TrunklineError
from callcore.floor import Floor
from callcore.ids import PbxId
from callcore.numbering import Numbering
from crm_store.store import Store, StoreSettings
from pbx_bridge.bridge import Bridge
from pbx_bridge.reconcile import Records, missed_calls
from pbx_bridge.settings import BridgeSettings, Tls
from screenpop.hub import Hub
from screenpop.pops import Pops
from screenpop.server import LiveSettings, serving
from trunkline.call_logger import CallLogger
from trunkline.directory import Directory
from trunkline.pipeline import Pipeline
from trunkline.pop_lookup import PopLookup
from trunkline.popper import Popper
from trunkline.recovery import Recovery
from trunkline.snapshots import Snapshots
from web.app import create_app
from web.keys import LOOPBACK_HOSTS, Deps, Hooks, WebSettings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence

    from callcore.events import Event
    from trunkline.settings import Settings

log = logging.getLogger(__name__)

FLUSH_DEADLINE_S = 5.0
INBOX_SIZE = 5_000
"""Events that may wait for the pipeline; beyond it the socket of the PBX is read no further."""


class PortTakenError(TrunklineError):
    """Another program listens where we should."""

    code = "port-taken"


@dataclass(frozen=True, slots=True)
class Service:
    """A running service: its parts, for those who look inside, and where it is reached."""

    store: Store
    floor: Floor
    bridge: Bridge
    hub: Hub
    call_logger: CallLogger
    directory: Directory
    web_url: str
    ws_url: str


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Service]:
    """The whole service, for as long as the block runs.

    Raises:
        StoreError: the database is not there, not writable or not at the newest migration.
        PortTakenError: a port is in use.
    """
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(Store.opened(store_settings(settings)))
        directory = Directory(store)
        await directory.refresh()

        inbox: asyncio.Queue[Event] = asyncio.Queue(INBOX_SIZE)
        pbx, numbering = PbxId(settings.pbx.name), Numbering(settings.pbx.trunks)
        floor = Floor(numbering)
        bridge = Bridge(bridge_settings(settings), inbox)
        hub, pops = Hub(), Pops()
        call_logger = CallLogger(store.call_log)
        popper = Popper(hub, pops, PopLookup(store).find, directory.users)
        read = partial(missed_calls, _records(settings), pbx, numbering)
        recovery = Recovery(read, pbx, store.call_log, floor, call_logger)

        pipeline = Pipeline(floor, inbox, (popper.outlet, call_logger.outlet, recovery.outlet))
        hub.snapshot_source = Snapshots(pops, floor, bridge, directory).of
        hub.on_dismiss = popper.dismiss
        hub.on_painted = popper.painted

        door = listen(settings.web.host, settings.web.port, "web.port")
        stack.callback(door.close)
        web_url = settings.web.public_url or f"http://{settings.web.host}:{door.getsockname()[1]}"
        live_port = await stack.enter_async_context(_live(hub, store, settings, web_url))
        ws_url = settings.live.public_url or f"ws://{{host}}:{live_port}"
        deps = Deps(
            store=store,
            pbx=bridge,
            floor=floor,
            settings=_web_settings(settings, web_url, ws_url),
            troubles=lambda: [text for text in (bridge.trouble, call_logger.trouble) if text],
            hooks=Hooks(on_sign_out=_recheck(hub), on_user_changed=directory.changed),
        )
        await stack.enter_async_context(_web(create_app(deps), door))
        parts = (bridge, pipeline, popper, call_logger, recovery, directory)
        await stack.enter_async_context(_background([part.run() for part in parts]))
        stack.push_async_callback(_flush, call_logger)
        log.info("service_started", extra={"web": web_url, "live": ws_url})
        yield Service(store, floor, bridge, hub, call_logger, directory, web_url, ws_url)


@asynccontextmanager
async def _background(works: Sequence[Coroutine[Any, Any, None]]) -> AsyncIterator[None]:
    """Works that go on while the block does; the failure of one ends the block."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(work) for work in works]
        yield
        for task in tasks:
            task.cancel()


async def _flush(call_logger: CallLogger) -> None:
    """Write what is known before we go; what cannot be written now is found again in the PBX's records."""
    with suppress(TimeoutError):
        async with asyncio.timeout(FLUSH_DEADLINE_S):
            await call_logger.flush()


@asynccontextmanager
async def _web(app: web.Application, door: socket.socket) -> AsyncIterator[None]:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=2.0)
    await runner.setup()
    try:
        await web.SockSite(runner, door).start()
        yield
    finally:
        await runner.cleanup()


@asynccontextmanager
async def _live(hub: Hub, store: Store, settings: Settings, web_url: str) -> AsyncIterator[int]:
    async def user_of(token: str) -> str | None:
        session = await store.sessions.find(token)
        return session.user.id if session else None

    listen(settings.live.host, settings.live.port, "live.port").close()  # a clear error, early
    wanted = LiveSettings(
        origins=_origins(web_url), host=settings.live.host, port=settings.live.port
    )
    async with serving(hub, user_of, wanted) as server:
        yield server.port


def listen(host: str, port: int, setting: str) -> socket.socket:
    """A listening socket.

    Raises:
        PortTakenError: somebody else has it, or it may not be had; names the `setting` to change.
    """
    door = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        door.bind((host, port))
        door.listen(512)
    except OSError as error:
        door.close()
        if error.errno == errno.EADDRINUSE:
            raise PortTakenError(
                f"Port {port} on {host} is in use. Stop the other program or set {setting}."
            ) from None
        raise PortTakenError(
            f"Cannot listen on {host}:{port}: {error.strerror}. Set {setting} and its host."
        ) from None
    return door


def _origins(web_url: str) -> tuple[str, ...]:
    """The pages that may open a live line: ours, by each name a loopback address goes by."""
    parts = urlsplit(web_url)
    if parts.hostname in LOOPBACK_HOSTS:
        return tuple(f"{parts.scheme}://{host}:{parts.port}" for host in ("127.0.0.1", "localhost"))
    return (web_url,)


def _recheck(hub: Hub) -> Callable[[str], Awaitable[None]]:
    async def sign_out(user_id: str) -> None:
        hub.recheck_user(user_id)

    return sign_out


def store_settings(settings: Settings) -> StoreSettings:
    """How the store is opened by these settings."""
    return StoreSettings(
        url=settings.store.url,
        default_region=settings.numbers.region,
        own_numbers=settings.numbers.own,
    )


def bridge_settings(settings: Settings) -> BridgeSettings:
    """How the PBX is reached by these settings."""
    pbx = settings.pbx
    return BridgeSettings(
        pbx=PbxId(pbx.name),
        host=pbx.host,
        port=pbx.port,
        username=pbx.username,
        secret=pbx.secret.get_secret_value(),
        tls=Tls(pbx.ca_file) if pbx.tls else None,
    )


def _records(settings: Settings) -> Records:
    return Records(
        cel_csv=settings.pbx.cel_csv,
        cdr_csv=settings.pbx.cdr_csv,
        queue_log=settings.pbx.queue_log,
    )


def _web_settings(settings: Settings, web_url: str, ws_url: str) -> WebSettings:
    numbers = settings.numbers
    return WebSettings(
        public_url=web_url,
        ws_url=ws_url,
        default_region=numbers.region,
        dial_regions=numbers.allowed_regions,
        dials_per_minute=numbers.dials_per_minute,
        proxies=settings.web.proxies,
    )

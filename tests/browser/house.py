"""A call centre for looking at: the real web, store and live line; only the PBX is played.

`House` rings phones as the floor would, through the same popper and call log as in service.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from aiohttp import web

from callcore.call import Call, Direction, Leg, LegRole, Result
from callcore.changes import (
    CallChanged,
    CallEnded,
    CallStarted,
    FloorFresh,
    FloorStale,
    PhoneRinging,
    PhoneStateChanged,
    PhoneStoppedRinging,
    StopReason,
)
from callcore.commands import Done
from callcore.events import Party, PhoneState
from callcore.ids import CallId, Extension, Linkedid, PbxId, QueueName, Uniqueid, call_id
from crm_store import migrate
from crm_store.store import Store, StoreSettings
from screenpop.hub import Hub
from screenpop.pops import Pops
from screenpop.server import LiveSettings, serving
from tests.browser.people import People, make_people
from tests.live import CuttingProxy
from trunkline.directory import Directory
from trunkline.pop_lookup import PopLookup
from trunkline.popper import Popper
from trunkline.service import listen
from trunkline.snapshots import Snapshots
from web.app import create_app
from web.keys import Deps, Hooks, WebSettings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from callcore.changes import Change
    from callcore.commands import Command
    from callcore.errors import TrunklineError
    from callcore.events import Event
    from callcore.queues import Membership

PBX = PbxId("lab")


@dataclass
class PlayedPbx:
    """Carries out nothing and remembers everything; `refusal` is raised instead when set."""

    connected: bool = True
    refusal: TrunklineError | None = None
    commands: asyncio.Queue[Command] = field(default_factory=asyncio.Queue)

    async def execute(self, command: Command, *, deadline_s: float = 5.0) -> Done:  # noqa: ARG002
        self.commands.put_nowait(command)
        if self.refusal is not None:
            raise self.refusal
        return Done(Uniqueid("web-1"))


@dataclass
class PlayedFloor:
    """What lives now, as the house rings it."""

    calls: dict[CallId, Call] = field(default_factory=dict)
    phones: dict[Extension, PhoneState] = field(default_factory=dict)
    waiting: dict[QueueName, int] = field(default_factory=dict)
    members: dict[QueueName, dict[Extension, Membership]] = field(default_factory=dict)
    stale_since: datetime | None = None


@dataclass
class House:
    """Where it is reached, who works there, and what the test lets happen."""

    url: str
    store: Store
    people: People
    pbx: PlayedPbx
    floor: PlayedFloor
    popper: Popper
    line: CuttingProxy
    runner: web.AppRunner
    _calls: int = 0

    async def tell(self, *changes: Change) -> None:
        await self.popper.outlet(changes)

    async def phone(self, extension: str, state: PhoneState) -> None:
        self.floor.phones[Extension(extension)] = state
        await self.tell(PhoneStateChanged(Extension(extension), state, datetime.now(UTC)))

    async def ring(
        self,
        number: str,
        name: str = "",
        *,
        extension: str = "1001",
        queue: str | None = "support",
        waited_s: float = 6.0,
    ) -> Call:
        """A caller whom `extension` rings for."""
        self._calls += 1
        linkedid = Linkedid(f"1764000000.{self._calls}")
        now = datetime.now(UTC)
        start = now - timedelta(seconds=waited_s)
        caller = _leg(
            f"{linkedid}1", "PJSIP/trunk-a-1", LegRole.CUSTOMER, Party(number, name), start
        )
        phone = _leg(f"{linkedid}2", f"PJSIP/{extension}-2", LegRole.AGENT, Party(extension), now)
        call = Call(
            id=call_id(PBX, linkedid),
            pbx=PBX,
            linkedids=(linkedid,),
            direction=Direction.INBOUND,
            started_at=start,
            customer=Party(number, name),
            dialled="+33199001100",
            legs=(replace(caller, answered_at=start), replace(phone, ringing_at=now)),
            queue=QueueName(queue) if queue else None,
            ringing=(Extension(extension),),
            wait_s=waited_s,
        )
        await self._become(call, CallStarted(call), PhoneRinging(call, Extension(extension), now))
        await self.phone(extension, PhoneState.RINGING)
        return call

    async def answer(self, call: Call) -> Call:
        now = datetime.now(UTC)
        (extension,) = call.ringing
        caller, phone = call.legs
        call = replace(
            call,
            answered_at=now,
            ringing=(),
            agents=(extension,),
            legs=(caller, replace(phone, answered_at=now)),
        )
        stopped = PhoneStoppedRinging(call, extension, now, StopReason.ANSWERED)
        await self._become(call, stopped, CallChanged(call))
        await self.phone(extension, PhoneState.IN_USE)
        return call

    async def end(self, call: Call, ladder: tuple[Event, ...] = ()) -> Call:
        now = datetime.now(UTC)
        answered = call.answered_at is not None
        call = replace(
            call,
            ended_at=now,
            result=Result.ANSWERED if answered else Result.ABANDONED,
            ringing=(),
            legs=tuple(replace(leg, ended_at=now, cause=16) for leg in call.legs),
            talk_s=(now - call.answered_at).total_seconds() if call.answered_at else 0.0,
            ladder=ladder,
        )
        await self._become(call, CallEnded(call))
        await self.phone(call.legs[1].endpoint, PhoneState.IDLE)
        return call

    async def take_elsewhere(self, call: Call) -> None:
        """A colleague was quicker."""
        now, (extension,) = datetime.now(UTC), call.ringing
        call = replace(call, ringing=(), agents=(Extension("1002"),), answered_at=now)
        stopped = PhoneStoppedRinging(call, extension, now, StopReason.ANSWERED_ELSEWHERE)
        await self._become(call, stopped)

    async def lose_pbx(self) -> None:
        await self.tell(FloorStale(datetime.now(UTC), "the line to the PBX is down"))

    async def find_pbx(self) -> None:
        await self.tell(FloorFresh(datetime.now(UTC)))

    async def _become(self, call: Call, *changes: Change) -> None:
        if call.ended_at:
            self.floor.calls.pop(call.id, None)
        else:
            self.floor.calls[call.id] = call
        await self.store.call_log.record([call])
        await self.tell(*changes)


async def eventually(holds: Callable[[], Awaitable[bool]], *, within_s: float = 5.0) -> None:
    """Wait until the store, which nobody watches from here, says so."""
    async with asyncio.timeout(within_s):
        while not await holds():  # noqa: ASYNC110 – there is no event to wait for
            await asyncio.sleep(0.02)


def _leg(uniqueid: str, channel: str, role: LegRole, party: Party, at: datetime) -> Leg:
    endpoint = channel.removeprefix("PJSIP/").rpartition("-")[0]
    return Leg(Uniqueid(uniqueid), channel, role, endpoint, party, at)


@asynccontextmanager
async def open_house(folder: Path) -> AsyncIterator[House]:
    """The house, for as long as the block runs."""
    url = f"sqlite+aiosqlite:///{folder}/house.db"
    await migrate.upgrade(url)
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(
            Store.opened(StoreSettings(url, default_region="FR"))
        )
        people = await make_people(store)
        directory = Directory(store)
        await directory.refresh()
        pbx, floor, hub, pops = PlayedPbx(), PlayedFloor(), Hub(), Pops()
        floor.phones[Extension("1001")] = PhoneState.IDLE
        popper = Popper(hub, pops, PopLookup(store).find, directory.users)
        hub.snapshot_source = Snapshots(pops, floor, pbx, directory).of
        hub.on_dismiss = popper.dismiss

        door = listen("127.0.0.1", 0, "web.port")
        stack.callback(door.close)
        origin = f"http://127.0.0.1:{door.getsockname()[1]}"

        async def user_of(token: str) -> str | None:
            session = await store.sessions.find(token)
            return session.user.id if session else None

        live = await stack.enter_async_context(
            serving(hub, user_of, LiveSettings(origins=(origin,), farewell_s=0.1))
        )
        line = CuttingProxy(live.port)
        await stack.enter_async_context(line.running())

        async def sign_out(user_id: str) -> None:
            hub.recheck_user(user_id)

        settings = WebSettings(
            public_url=origin,
            ws_url=f"ws://127.0.0.1:{line.port}",
            default_region="FR",
            dial_regions=frozenset({"FR", "DE"}),
        )
        app = create_app(Deps(store, pbx, floor, settings, Hooks(sign_out, directory.changed)))
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.SockSite(runner, door).start()
        tasks = await stack.enter_async_context(asyncio.TaskGroup())
        running = tasks.create_task(popper.run())
        stack.callback(running.cancel)
        yield House(origin, store, people, pbx, floor, popper, line, runner)

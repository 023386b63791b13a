"""A real Asterisk for each test that wants one: it starts in a third of a second."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from callcore.changes import CallChanged, CallEnded, CallsMerged, CallStarted
from callcore.events import BridgeEntered, BridgeLeft
from callcore.floor import Floor
from callcore.ids import PbxId
from callcore.numbering import Numbering
from lab.pbx import Asterisk
from pbx_bridge.bridge import Bridge
from pbx_bridge.settings import BridgeSettings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from callcore.call import Call
    from callcore.changes import Change
    from callcore.events import Event

NUMBERING = Numbering(frozenset({"trunk-a"}))


@pytest.fixture
async def pbx() -> AsyncIterator[Asterisk]:
    """The lab as it comes: phones 1001 … 1008 (played by nobody yet), queues support and sales."""
    async with Asterisk.running() as asterisk:
        yield asterisk


class Watched:
    """A bridge with a floor behind it, and everything the floor told."""

    def __init__(self, bridge: Bridge, floor: Floor) -> None:
        self.bridge = bridge
        self.floor = floor
        self.told: list[Change] = []
        self.calls: dict[str, Call] = {}
        self.rooms: dict[str, str] = {}
        """Channel → the bridge it is in."""
        self._news = asyncio.Condition()

    async def follow(self, inbox: asyncio.Queue[Event]) -> None:
        """Never returns."""
        while True:
            event = await inbox.get()
            match event:
                case BridgeEntered(bridge=bridge, channel=channel):
                    self.rooms[channel.name] = bridge
                case BridgeLeft(channel=channel):
                    self.rooms.pop(channel.name, None)
                case _:
                    pass
            for change in self.floor.apply(event):
                self._note(change)
            async with self._news:
                self._news.notify_all()

    def _note(self, change: Change) -> None:
        self.told.append(change)
        match change:
            case CallStarted(call) | CallChanged(call) | CallEnded(call):
                self.calls[call.id] = call
            case CallsMerged(call, gone):
                self.calls.pop(gone, None)
                self.calls[call.id] = call
            case _:
                pass

    async def until(self, holds: Callable[[], bool], *, deadline_s: float = 15.0) -> None:
        """Wait until `holds`, looked at after each event."""
        try:
            async with asyncio.timeout(deadline_s), self._news:
                await self._news.wait_for(holds)
        except TimeoutError:
            pytest.fail(f"not within {deadline_s} s; calls: {list(self.calls.values())}")

    def together(self, *channels: str) -> bool:
        """Whether these channels speak with each other."""
        rooms = {self.rooms.get(channel) for channel in channels}
        return len(rooms) == 1 and None not in rooms

    async def until_told(self, kind: type[Change], *, deadline_s: float = 15.0) -> None:
        await self.until(
            lambda: any(isinstance(change, kind) for change in self.told), deadline_s=deadline_s
        )

    @property
    def only_call(self) -> Call:
        (call,) = self.calls.values()
        return call


def bridge_settings(pbx: Asterisk, **changes: object) -> BridgeSettings:
    values: dict[str, object] = {
        "pbx": PbxId(pbx.systemname),
        "port": pbx.ami_port,
        "username": pbx.ami_user,
        "secret": pbx.ami_secret,
        **changes,
    }
    return BridgeSettings(**values)  # type: ignore[arg-type] # by name


@asynccontextmanager
async def watching(settings: BridgeSettings) -> AsyncIterator[Watched]:
    """Follow a PBX for the length of the block; `settings` may lead through a proxy."""
    inbox: asyncio.Queue[Event] = asyncio.Queue(1000)
    bridge = Bridge(settings, inbox)
    watched = Watched(bridge, Floor(NUMBERING))
    tasks = [asyncio.create_task(bridge.run()), asyncio.create_task(watched.follow(inbox))]
    try:
        yield watched
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture
async def watched(pbx: Asterisk) -> AsyncIterator[Watched]:
    """The lab, followed by a bridge and a floor that is fresh already."""
    async with watching(bridge_settings(pbx)) as following:
        await following.until(lambda: bool(following.told))
        yield following

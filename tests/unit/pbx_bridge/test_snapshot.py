"""A snapshot holds what lives, who waits, who serves and what each telephone does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from callcore.events import PhoneState
from callcore.ids import PbxId
from pbx_bridge import snapshot
from pbx_bridge.connection import Connection
from pbx_bridge.settings import BridgeSettings
from tests.scripted_ami import ScriptedAmi, listing, saying

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from callcore.events import SnapshotTaken

AT = datetime.fromtimestamp(1795514942.895107, UTC)
"""What the scripted server says its time is."""

CHANNEL = """
Event: CoreShowChannel
Channel: PJSIP/trunk-a-00000001
ChannelState: 6
ChannelStateDesc: Up
CallerIDNum: +12125550142
CallerIDName: Zo\\"e
ConnectedLineNum: <unknown>
Context: queues
Exten: support
Uniqueid: lab-1.1
Linkedid: lab-1.1
BridgeId:
Duration: {duration}
"""
ENTRY = """
Event: QueueEntry
Queue: support
Position: 2
Channel: PJSIP/trunk-a-00000001
Uniqueid: {uniqueid}
Wait: 12
"""
MEMBER = """
Event: QueueMember
Queue: support
Name: 1004
Location: {location}
StateInterface: {location}
Penalty: 3
Status: 1
Paused: 1
PausedReason: lunch
"""


@pytest.fixture
async def server() -> AsyncIterator[ScriptedAmi]:
    async with ScriptedAmi().running() as ami:
        yield ami


async def taken(server: ScriptedAmi) -> SnapshotTaken:
    connection = Connection(BridgeSettings(PbxId("lab"), port=server.port))
    await connection.open()
    try:
        return await snapshot.take(connection, PbxId("lab"), deadline_s=5)
    finally:
        connection.close()


async def test_an_idle_pbx_is_an_empty_snapshot_of_its_own_time(server: ScriptedAmi) -> None:
    found = await taken(server)
    assert (found.at, found.channels, found.waiting, found.members) == (AT, (), (), ())
    assert found.boot.tzinfo is not None


@pytest.mark.parametrize(
    ("duration", "age_s"), [("00:00:07", 7), ("26:01:02", 93662), ("", 0), ("soon", 0)]
)
async def test_a_channel_tells_its_age(server: ScriptedAmi, duration: str, age_s: int) -> None:
    server.answers["CoreShowChannels"] = listing("X", CHANNEL.format(duration=duration))
    (live,) = (await taken(server)).channels
    assert AT - live.created_at == timedelta(seconds=age_s)
    assert live.channel.caller.name == 'Zo"e'
    assert live.channel.connected.number == ""
    assert live.bridge == ""


async def test_a_caller_in_a_queue_waits_since_he_came(server: ScriptedAmi) -> None:
    server.answers["CoreShowChannels"] = listing("X", CHANNEL.format(duration="00:00:20"))
    server.answers["QueueStatus"] = listing(
        "X", ENTRY.format(uniqueid="lab-1.1"), ENTRY.format(uniqueid="gone")
    )
    (waiting,) = (await taken(server)).waiting
    assert (waiting.queue, waiting.position, waiting.channel.uniqueid) == ("support", 2, "lab-1.1")
    assert AT - waiting.at == timedelta(seconds=12)


async def test_members_tell_pause_and_penalty_and_strangers_are_left_out(
    server: ScriptedAmi,
) -> None:
    server.answers["QueueStatus"] = listing(
        "X", MEMBER.format(location="PJSIP/1004"), MEMBER.format(location="Custom:lamp")
    )
    (member,) = (await taken(server)).members
    assert (member.extension, member.paused, member.reason, member.penalty) == (
        *("1004", True, "lunch"),
        3,
    )
    assert member.phone is PhoneState.IDLE


async def test_only_telephones_have_a_state(server: ScriptedAmi) -> None:
    server.answers["DeviceStateList"] = listing(
        "X",
        "Event: DeviceStateChange\nDevice: PJSIP/1001\nState: RINGING",
        "Event: DeviceStateChange\nDevice: Queue:support_avail\nState: INUSE",
    )
    assert (await taken(server)).phones == {"1001": PhoneState.RINGING}


async def test_a_boot_that_is_not_told_is_no_error(server: ScriptedAmi) -> None:
    server.answers["CoreStatus"] = saying("Response: Success")
    assert (await taken(server)).boot == AT

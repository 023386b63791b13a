"""A PBX is followed in order from a snapshot on, and each command's outcome is told once."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from callcore.commands import Hangup, Originate, PlayDigits, RecordStart
from callcore.errors import (
    BadValueError,
    CommandTimeoutError,
    PbxRefusedError,
    PbxUnavailableError,
)
from callcore.events import ChannelCreated, DialplanSignalled, LinkLost, SnapshotTaken
from callcore.ids import PbxId
from pbx_bridge.bridge import Bridge
from pbx_bridge.settings import BridgeSettings, Tls
from tests.scripted_ami import ScriptedAmi, listing, saying, silent

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from callcore.events import Event

STAMP = "Timestamp: 1795514942.9"
LIVE = """
Event: CoreShowChannel
Channel: PJSIP/trunk-a-00000001
ChannelState: 6
CallerIDNum: +12125550142
CallerIDName: <unknown>
Exten: +442079460110
Uniqueid: lab-1.1
Linkedid: lab-1.1
BridgeId: room
Duration: 00:01:30
"""
QUEUED = "Response: Success\nMessage: Originate successfully queued"
ORIGINATE = Originate("PJSIP/1001", "click-to-call", "+442079460123", "+442079460100")


class Followed:
    def __init__(
        self, bridge: Bridge, events: asyncio.Queue[Event], running: asyncio.Task[None]
    ) -> None:
        self.bridge = bridge
        self.events = events
        self.running = running

    async def next(self) -> Event:
        async with asyncio.timeout(5):
            return await self.events.get()


@pytest.fixture
async def server() -> AsyncIterator[ScriptedAmi]:
    async with ScriptedAmi().running() as ami:
        ami.says_booted = False
        yield ami


@asynccontextmanager
async def following(server: ScriptedAmi, room: int = 100) -> AsyncIterator[Followed]:
    settings = BridgeSettings(PbxId("lab"), port=server.port, backoff_first_s=0.01, inbox_size=20)
    events: asyncio.Queue[Event] = asyncio.Queue(room)
    bridge = Bridge(settings, events)
    running = asyncio.create_task(bridge.run())
    try:
        yield Followed(bridge, events, running)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


@pytest.fixture
async def followed(server: ScriptedAmi) -> AsyncIterator[Followed]:
    async with following(server) as link:
        assert isinstance(await link.next(), SnapshotTaken)
        yield link


def signal(server: ScriptedAmi, name: str) -> None:
    server.line.say(f"Event: UserEvent\n{STAMP}\nUserEvent: {name}")


async def test_the_snapshot_comes_first_then_what_came_meanwhile_in_order(
    server: ScriptedAmi,
) -> None:
    usual = listing("CoreShowChannelsComplete", LIVE)

    def with_news(line: object, action: dict[str, str]) -> None:
        signal(server, "before")
        usual(server.line, action)
        signal(server, "after")

    server.answers["CoreShowChannels"] = with_news
    async with following(server) as link:
        snapshot, before, after = [await link.next() for _ in range(3)]
    assert isinstance(snapshot, SnapshotTaken)
    assert isinstance(before, DialplanSignalled)
    assert isinstance(after, DialplanSignalled)
    assert (before.name, after.name) == ("before", "after")
    assert 0 < before.seq < after.seq
    (live,) = snapshot.channels
    assert (live.bridge, live.channel.uniqueid) == ("room", "lab-1.1")
    assert (snapshot.at - live.created_at).total_seconds() == 90
    names = [action["Action"] for action in server.actions]
    assert names.index("Events") < names.index("CoreShowChannels")


async def test_a_flood_during_the_snapshot_does_not_hold_it_up(server: ScriptedAmi) -> None:
    usual = listing("QueueStatusComplete")

    def flooded(line: object, action: dict[str, str]) -> None:
        for number in range(200):  # ten times the inbox
            signal(server, str(number))
        usual(server.line, action)

    server.answers["QueueStatus"] = flooded
    async with following(server, room=1000) as link:
        assert isinstance(await link.next(), SnapshotTaken)
        numbers = [(await link.next()).name for _ in range(200)]  # type: ignore[union-attr]
    assert numbers == [str(number) for number in range(200)]


async def test_a_slow_reader_loses_nothing_and_stops_the_socket(server: ScriptedAmi) -> None:
    async with following(server, room=2) as link:
        await link.next()
        for number in range(5000):
            signal(server, str(number))
        assert link.bridge._connection is not None
        async with asyncio.timeout(5):
            while not link.bridge._connection.inbox.paused:  # noqa: ASYNC110 # nobody is told
                await asyncio.sleep(0.002)
        numbers = [(await link.next()).name for _ in range(5000)]  # type: ignore[union-attr]
    assert numbers == [str(number) for number in range(5000)]


async def test_after_a_drop_comes_the_loss_and_then_a_new_snapshot(
    server: ScriptedAmi, followed: Followed
) -> None:
    server.line.drop()
    lost, back = await followed.next(), await followed.next()
    assert isinstance(lost, LinkLost)
    assert isinstance(back, SnapshotTaken)
    assert followed.bridge.trouble == ""


async def test_an_unreadable_event_is_counted_and_passed_over(
    server: ScriptedAmi, followed: Followed
) -> None:
    server.line.say(f"Event: Newchannel\n{STAMP}\nChannel: PJSIP/1001-1")
    server.line.say(f"Event: Newchannel\n{STAMP}\nChannel: PJSIP/1001-1\nUniqueid: lab-1.2")
    assert isinstance(await followed.next(), ChannelCreated)
    assert followed.bridge.unreadable == 1


async def test_an_originate_is_done_when_its_response_tells_the_channel(
    server: ScriptedAmi, followed: Followed
) -> None:
    server.answers["Originate"] = saying(
        QUEUED, "Event: OriginateResponse\nResponse: Success\nReason: 4\nUniqueid: lab-1.7"
    )
    assert (await followed.bridge.execute(ORIGINATE)).uniqueid == "lab-1.7"


async def test_an_outcome_that_overtakes_the_answer_counts(
    server: ScriptedAmi, followed: Followed
) -> None:
    server.answers["Originate"] = saying(
        "Event: OriginateResponse\nResponse: Success\nReason: 4\nUniqueid: lab-1.7", QUEUED
    )
    assert (await followed.bridge.execute(ORIGINATE)).uniqueid == "lab-1.7"


@pytest.mark.parametrize(("reason", "says"), [("5", "busy"), ("3", "Nobody"), ("99", "not come")])
async def test_a_phone_that_does_not_answer_is_a_refusal_that_says_why(
    server: ScriptedAmi, followed: Followed, reason: str, says: str
) -> None:
    server.answers["Originate"] = saying(
        QUEUED, f"Event: OriginateResponse\nResponse: Failure\nReason: {reason}\nUniqueid: <null>"
    )
    with pytest.raises(PbxRefusedError, match=says):
        await followed.bridge.execute(ORIGINATE)


async def test_asterisks_no_is_passed_on_in_its_words(
    server: ScriptedAmi, followed: Followed
) -> None:
    server.answers["Hangup"] = saying("Response: Error\nMessage: No such channel")
    with pytest.raises(PbxRefusedError, match="No such channel"):
        await followed.bridge.execute(Hangup("PJSIP/1001-1"))


async def test_one_deadline_is_for_the_whole_command(
    server: ScriptedAmi, followed: Followed
) -> None:
    def slowly(line: object, action: dict[str, str]) -> None:
        late = saying("Response: Success")
        asyncio.get_running_loop().call_later(0.1, late, server.line, action)

    server.answers["PlayDTMF"] = slowly
    with pytest.raises(CommandTimeoutError, match="may still happen"):
        await followed.bridge.execute(PlayDigits("PJSIP/1001-1", "1234567890"), deadline_s=0.35)
    assert server.times("PlayDTMF") < 6


async def test_a_recording_has_begun_when_asterisk_says_so(
    server: ScriptedAmi, followed: Followed
) -> None:
    customer = "PJSIP/trunk-a-00000001"
    server.answers["PlayDTMF"] = saying("Response: Success")
    starting = asyncio.create_task(
        followed.bridge.execute(RecordStart(customer, "PJSIP/1001-1", "call-7"))
    )
    await server.until_asked("PlayDTMF", 2)
    assert not starting.done()
    server.line.say(f"Event: MixMonitorStart\n{STAMP}\nChannel: {customer}\nUniqueid: lab-1.1")
    await starting


async def test_a_bad_value_is_refused_before_anything_is_sent(
    server: ScriptedAmi, followed: Followed
) -> None:
    with pytest.raises(BadValueError):
        await followed.bridge.execute(Hangup("PJSIP/1001-1\r\nAction: Originate"))
    await followed.bridge.execute(Hangup("PJSIP/1001-1"))
    assert server.times("Hangup") == 1


async def test_without_a_connection_a_command_fails_at_once(server: ScriptedAmi) -> None:
    bridge = Bridge(BridgeSettings(PbxId("lab"), port=server.port), asyncio.Queue())
    with pytest.raises(PbxUnavailableError, match="Nothing was sent"):
        await bridge.execute(Hangup("PJSIP/1001-1"))


async def test_it_ends_when_told_even_while_the_link_is_dropping(
    server: ScriptedAmi, followed: Followed
) -> None:
    for _ in range(20):
        server.line.drop()
        await asyncio.sleep(0)
    followed.running.cancel()
    done, _ = await asyncio.wait({followed.running}, timeout=5)
    assert done


async def test_a_pbx_that_never_answers_the_log_in_is_given_up_in_time(
    server: ScriptedAmi,
) -> None:
    server.answers["Challenge"] = silent
    settings = BridgeSettings(PbxId("lab"), port=server.port, connect_deadline_s=0.1)
    bridge = Bridge(settings, asyncio.Queue())
    running = asyncio.create_task(bridge.run())
    await server.until(lambda: len(server.lines) >= 2)
    assert "No answer" in bridge.trouble
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"username": "a\r\nb"}, "line break"),
        ({"tls": Tls(Path("no-such-file.pem"))}, "no-such-file.pem"),
    ],
)
async def test_settings_that_cannot_be_used_are_said_and_end_nothing_else(
    changes: dict[str, object], said: str, server: ScriptedAmi, caplog: pytest.LogCaptureFixture
) -> None:
    settings = BridgeSettings(
        PbxId("lab"),
        port=server.port,
        refused_retry_s=0.01,
        **changes,  # type: ignore[arg-type] # parametrised
    )
    bridge = Bridge(settings, asyncio.Queue())
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await bridge.run()
    assert said in bridge.trouble
    assert [record.levelname for record in caplog.records] == ["ERROR"]

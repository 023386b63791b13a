"""Why panoramisk is not used as it is: each scenario runs against it and against our link.

The first value of each pair is the defect, seen on plain panoramisk; the second is what ours does.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from panoramisk.manager import Manager

from callcore.errors import (
    BadValueError,
    CommandTimeoutError,
    OutcomeUnknownError,
    PbxUnavailableError,
)
from callcore.ids import PbxId
from pbx_bridge import connection
from pbx_bridge.bridge import Bridge
from pbx_bridge.connection import Connection
from pbx_bridge.settings import BridgeSettings
from tests.scripted_ami import ScriptedAmi, refuse_log_in, saying, silent

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    Headers = dict[str, str]

ORIGINATE = {"Action": "Originate", "Channel": "PJSIP/1001", "Context": "agents", "Exten": "1002"}
QUEUED = "Response: Success\nMessage: Originate successfully queued"
ORIGINATED = "Event: OriginateResponse\nResponse: Success\nReason: 4\nUniqueid: lab-1.1"
A_MOMENT_S = 0.3
"""How long what should not happen is waited for."""
PATIENCE_S = 10.0
"""How long what should happen is."""


class Plain:
    """Panoramisk as it comes, used as its README does."""

    def __init__(self, port: int) -> None:
        self.heard: list[Headers] = []
        self.manager = Manager(
            loop=asyncio.get_running_loop(),
            port=port,
            username="trunkline",
            secret="secret",
            ping_delay=1,
            ping_interval=1,
        )
        self.manager.reconnect_timeout = 0.05  # two seconds by default
        self.manager.register_event("*", lambda _, event: self.heard.append(dict(event)))

    async def start(self) -> None:
        await self.manager.connect()
        await until(lambda: self.manager.authenticated_future is not None)
        await self.manager.authenticated_future

    async def send(
        self,
        headers: Headers,
        until: str | None = None,  # noqa: ARG002 # panoramisk judges by the words of the answer
        deadline_s: float = 5.0,
    ) -> Any:
        return await asyncio.wait_for(self.manager.send_action(dict(headers)), deadline_s)

    def pending(self, name: str) -> int:
        return _count(self.manager.protocol.responses, name)

    def down(self) -> bool:
        return bool(self.manager.protocol.closed)

    async def close(self) -> None:
        self.manager.close()

    async def stop(self) -> None:
        self.manager.connect = self.manager.on_disconnect = lambda *_: None
        self.manager.close()


class Ours:
    """The bridge, and the connection it has now."""

    def __init__(self, port: int) -> None:
        self.heard: list[Headers] = []
        self.settings = BridgeSettings(
            PbxId("lab"),
            port=port,
            secret="secret",
            auth="plain",
            ping_every_s=1.0,
            pong_deadline_s=0.5,
            backoff_first_s=0.01,
        )
        self.bridge = Bridge(self.settings, asyncio.Queue())
        self.bridge._hand_on = self._hear  # type: ignore[method-assign] # before translation
        self.hear: Callable[..., Awaitable[None]] | None = None

    async def _hear(self, message: Headers) -> None:
        self.heard.append(message)
        if self.hear is not None:
            await self.hear(message)

    async def start(self) -> None:
        self._running = asyncio.create_task(self.bridge.run())
        await until(lambda: self.bridge.connected)
        self.connection = self._connection

    @property
    def _connection(self) -> Connection:
        assert self.bridge._connection is not None
        return self.bridge._connection

    async def send(
        self, headers: Headers, until: str | None = None, deadline_s: float = 5.0
    ) -> Any:
        return await self.connection.ask(tuple(headers.items()), until=until, deadline_s=deadline_s)

    def pending(self, name: str) -> int:
        assert self.connection.protocol is not None
        return _count(self.connection.protocol.responses, name)

    def down(self) -> bool:
        return not self.connection.is_open

    async def close(self) -> None:
        self._running.cancel()
        with suppress(asyncio.CancelledError):
            await self._running

    stop = close


def _count(responses: dict[str, Any], name: str) -> int:
    """Pings come and go beside what a test asks for."""
    return sum(action["Action"] == name for action in responses.values())


Either = type[Plain] | type[Ours]


@pytest.fixture
async def server() -> AsyncIterator[ScriptedAmi]:
    async with ScriptedAmi().running() as ami:
        yield ami


@asynccontextmanager
async def connected(kind: Either, server: ScriptedAmi) -> AsyncIterator[Plain | Ours]:
    client = kind(server.port)
    await client.start()
    try:
        yield client
    finally:
        await client.stop()


async def fate(waiting: Awaitable[Any], expected: str) -> str:
    """How a wait ended: the name of its error, `answered`, or `never`."""
    try:
        async with asyncio.timeout(A_MOMENT_S if expected == "never" else PATIENCE_S):
            await waiting
    except TimeoutError:
        return "never"
    except Exception as error:  # noqa: BLE001 # whatever it is, by name
        return type(error).__name__
    return "answered"


async def until(holds: Callable[[], bool]) -> None:
    """For what tells nobody when it happens, panoramisk's state above all."""
    async with asyncio.timeout(PATIENCE_S):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.002)


async def soon(holds: Callable[[], bool], *, expected: bool) -> bool:
    """Whether it comes to hold; only what is not expected is given up soon."""
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE_S if expected else A_MOMENT_S):
            await until(holds)
    return holds()


def either(defect: object, right: object) -> pytest.MarkDecorator:
    cases = [pytest.param(Plain, defect, id="plain"), pytest.param(Ours, right, id="ours")]
    return pytest.mark.parametrize(("kind", "expected"), cases)


@either(2, 1)
async def test_an_originate_cut_off_by_a_drop_goes_out_once(
    server: ScriptedAmi, kind: Either, expected: int
) -> None:
    server.answers["Originate"] = silent
    async with connected(kind, server) as client:
        asking = asyncio.create_task(client.send(ORIGINATE))
        await server.until_asked("Originate")
        server.line.drop()
        await server.until(lambda: len(server.lines) == 2 and server.times("Login") == 2)
        await soon(lambda: server.times("Originate") > 1, expected=expected > 1)
        assert server.times("Originate") == expected
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)


@either((1, "never"), (0, PbxUnavailableError.__name__))
async def test_nothing_is_kept_for_later_while_the_link_is_down(
    server: ScriptedAmi, kind: Either, expected: tuple[int, str]
) -> None:
    server.answers["Originate"] = silent
    async with connected(kind, server) as client:
        line = server.line
        line.drop()
        await until(client.down)
        ended = await fate(client.send(ORIGINATE), expected[1])
        await server.until(lambda: server.times("Login") == 2)
        await soon(lambda: server.times("Originate") > 0, expected=expected[0] > 0)
        assert (server.times("Originate"), ended) == expected


@either((1, "answered"), (0, BadValueError.__name__))
async def test_a_line_break_in_a_value_adds_no_action(
    server: ScriptedAmi, kind: Either, expected: tuple[int, str]
) -> None:
    evil = {"Action": "Setvar", "Value": "x\r\n\r\nAction: Command\r\nCommand: core stop now"}
    async with connected(kind, server) as client:
        ended = await fate(client.send(evil), expected[1])
        await soon(lambda: server.times("Command") > 0, expected=expected[0] > 0)
        assert (server.times("Command"), ended) == expected


@either("Zo", "Zoë Łuk")
async def test_a_letter_split_between_two_segments_stays_whole(
    server: ScriptedAmi, kind: Either, expected: str
) -> None:
    async with connected(kind, server) as client:
        wire = "Event: Newchannel\r\nCallerIDName: Zoë Łuk\r\n\r\n".encode()
        border = wire.index("ë".encode()) + 1
        server.line.send(wire[:border])
        await asyncio.sleep(0.05)
        server.line.send(wire[border:])
        await until(lambda: any(e["Event"] == "Newchannel" for e in client.heard))
        name = client.heard[-1]["CallerIDName"]
        assert name.startswith(expected)
        assert ("ë" in name) == ("ë" in expected)


@either("gone", "alive")
async def test_successfully_queued_without_async_does_not_kill_the_link(
    server: ScriptedAmi, kind: Either, expected: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL, "asyncio")
    server.answers["PlayDTMF"] = saying("Response: Success\nMessage: DTMF successfully queued")
    async with connected(kind, server) as client:
        asking = asyncio.create_task(client.send({"Action": "PlayDTMF", "Digit": "1"}))
        gone = await soon(lambda: server.lines[0].dead, expected=expected == "gone")
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        assert ("gone" if gone else "alive") == expected


@either(0, 1)
async def test_an_originate_response_is_told_as_an_event_too(
    server: ScriptedAmi, kind: Either, expected: int
) -> None:
    server.answers["Originate"] = saying(QUEUED, ORIGINATED)
    async with connected(kind, server) as client:
        ended = await fate(
            client.send({**ORIGINATE, "Async": "true"}, until="OriginateResponse"), "answered"
        )
        assert ended == "answered"
        await soon(
            lambda: any(e["Event"] == "OriginateResponse" for e in client.heard),
            expected=expected > 0,
        )
        assert sum(e["Event"] == "OriginateResponse" for e in client.heard) == expected


@either("never", OutcomeUnknownError.__name__)
async def test_without_fully_booted_an_action_cut_off_still_ends(
    server: ScriptedAmi, kind: Either, expected: str
) -> None:
    server.says_booted = False  # the account has no read=system
    server.answers["Originate"] = silent
    async with connected(kind, server) as client:
        asking = asyncio.create_task(fate(client.send(ORIGINATE), expected))
        await server.until_asked("Originate")
        server.line.drop()
        assert await asking == expected


@either("never", OutcomeUnknownError.__name__)
async def test_a_list_cut_off_in_the_middle_ends(
    server: ScriptedAmi, kind: Either, expected: str
) -> None:
    async with connected(kind, server) as client:
        server.answers["CoreShowChannels"] = saying(
            "Response: Success\nEventList: start\nMessage: Channels will follow",
            "Event: CoreShowChannel\nChannel: PJSIP/1001-1\nUniqueid: lab-1.1",
        )
        asked = server.times("CoreShowChannels")
        asking = asyncio.create_task(fate(client.send({"Action": "CoreShowChannels"}), expected))
        await server.until_asked("CoreShowChannels", asked + 1)
        await asyncio.sleep(0.05)
        server.line.drop()
        assert await asking == expected


@either("never", OutcomeUnknownError.__name__)
async def test_closing_ends_what_is_pending(
    server: ScriptedAmi, kind: Either, expected: str
) -> None:
    server.answers["Hangup"] = silent
    async with connected(kind, server) as client:
        asking = asyncio.create_task(fate(client.send({"Action": "Hangup"}), expected))
        await server.until_asked("Hangup")
        await client.close()
        assert await asking == expected


@either("never", "answered")
async def test_queue_add_is_answered(server: ScriptedAmi, kind: Either, expected: str) -> None:
    server.answers["QueueAdd"] = saying("Response: Success\nMessage: Added interface to queue")
    async with connected(kind, server) as client:
        assert (
            await fate(client.send({"Action": "QueueAdd", "Queue": "support"}), expected)
            == expected
        )


@either(1, 2)
async def test_a_peer_that_answers_no_ping_is_left(
    server: ScriptedAmi, kind: Either, expected: int
) -> None:
    async with connected(kind, server):
        server.answers["Ping"] = silent
        pinged = server.times("Ping")
        await server.until_asked("Ping", pinged + 1)
        await soon(lambda: len(server.lines) > 1, expected=expected > 1)
        assert len(server.lines) == expected


@either("comes back", "stays closed")
async def test_closed_while_down_means_closed(
    server: ScriptedAmi, kind: Either, expected: str
) -> None:
    async with connected(kind, server) as client:
        server.line.drop()
        await until(client.down)
        await client.close()
        back = await soon(lambda: len(server.lines) > 1, expected=expected == "comes back")
        assert ("comes back" if back else "stays closed") == expected


@pytest.mark.parametrize(
    ("kind", "fewest", "most"),
    [pytest.param(Plain, 3, 10_000, id="plain"), pytest.param(Ours, 1, 1, id="ours")],
)
async def test_a_wrong_secret_is_not_tried_again_and_again(
    server: ScriptedAmi, kind: Either, fewest: int, most: int
) -> None:
    server.answers["Login"] = refuse_log_in
    server.says_booted = False
    client = kind(server.port)
    starting = asyncio.create_task(client.start())
    await server.until_asked("Login")
    await soon(lambda: server.times("Login") >= 3, expected=fewest >= 3)
    assert fewest <= server.times("Login") <= most
    starting.cancel()
    await asyncio.gather(starting, return_exceptions=True)
    await client.stop()


async def test_a_listener_with_a_fault_kills_the_link_of_panoramisk(
    server: ScriptedAmi, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL, "asyncio")
    async with connected(Plain, server) as client:
        assert isinstance(client, Plain)
        client.manager.register_event("Newchannel", _stumble)
        server.line.say("Event: Newchannel")
        await until(lambda: server.lines[0].dead)


async def test_a_listener_with_a_fault_is_no_matter_of_the_link(server: ScriptedAmi) -> None:
    """There are no call-backs: who listens takes messages out, in his own task."""
    server.says_booted = False
    link = Connection(Ours(server.port).settings)
    await link.open()
    server.line.say("Event: Newchannel")
    with pytest.raises(RuntimeError):
        _stumble(await link.next())
    server.line.say("Event: Hangup")
    assert (await link.next())["Event"] == "Hangup"
    link.close()


@either([2, 1], [1, 2])
async def test_a_listener_that_waits_is_told_in_order(
    server: ScriptedAmi, kind: Either, expected: list[int]
) -> None:
    done: list[int] = []

    async def slow_first(*message: Any) -> None:
        if number := int(message[-1].get("Number", 0)):
            await asyncio.sleep(0.2 / number)
            done.append(number)

    async with connected(kind, server) as client:
        if isinstance(client, Plain):
            client.manager.register_event("UserEvent", slow_first)
        else:
            client.hear = slow_first
        for number in (1, 2):
            server.line.say("Event: UserEvent", Number=str(number))
        await until(lambda: len(done) == 2)
        assert done == expected


@either(1, 0)
async def test_an_action_that_was_waited_for_in_vain_is_forgotten(
    server: ScriptedAmi, kind: Either, expected: int
) -> None:
    server.answers["Hangup"] = silent
    async with connected(kind, server) as client:
        with pytest.raises((TimeoutError, CommandTimeoutError)):
            await client.send({"Action": "Hangup"}, deadline_s=0.05)
        assert client.pending("Hangup") == expected


@either("", "KeyError")
async def test_a_header_that_is_not_there_is_not_an_empty_one(
    server: ScriptedAmi, kind: Either, expected: str
) -> None:
    async with connected(kind, server) as client:
        answer = await client.send({"Action": "Ping"})
        try:
            value = answer.Uniqueid if isinstance(client, Plain) else answer[0]["Uniqueid"]
        except KeyError as error:
            value = type(error).__name__
        assert value == expected


def test_no_other_part_of_panoramisk_is_used() -> None:
    """Its CallManager cuts uniqueids at the dot; its FastAGI server spins on a connect and close."""
    source = Path(connection.__file__).read_text("utf-8")
    used = {line for line in source.splitlines() if line.startswith("from panoramisk")}
    assert used == {
        "from panoramisk.actions import Action",
        "from panoramisk.ami_protocol import AMIProtocol",
        "from panoramisk.manager import Manager",
    }


def _stumble(*_: object) -> None:
    raise RuntimeError("a listener has a fault")

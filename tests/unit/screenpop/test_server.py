from __future__ import annotations

import asyncio
import json
import random
import socket as sockets
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from screenpop.messages import Custom, Dismiss, Painted
from screenpop.server import LiveSettings
from tests.live import CuttingProxy, Desk, House, at_desk, open_line

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from websockets.asyncio.client import ClientConnection, connect

ORIGIN = "http://desk.example.org"


SETTINGS = LiveSettings(origins=(ORIGIN,), hello_s=0.2, farewell_s=0.2)


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with House().running(SETTINGS) as house:
        yield house


def line(house: House, session: str = "ann-1", origin: str | None = ORIGIN) -> connect:
    return open_line(house.url, session=session, origin=origin)


async def resume(socket: ClientConnection, stream: str = "", last: int = 0) -> dict[str, Any]:
    await socket.send(json.dumps({"type": "resume", "stream": stream, "last": last}))
    hello: dict[str, Any] = json.loads(await socket.recv())
    return hello


async def close_code(socket: ClientConnection) -> int | None:
    """What the service closes with, after whatever it still says."""
    try:
        while True:
            await socket.recv()
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else None


@pytest.mark.parametrize("session", ["", "nobody", 'x"; DROP'])
async def test_who_has_not_signed_in_is_refused(house: House, session: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await line(house, session)
    assert refused.value.response.status_code == 401


@pytest.mark.parametrize("origin", ["https://evil.example", None, "null", ORIGIN + ":81"])
async def test_a_foreign_page_is_refused_even_with_the_cookie(
    house: House, origin: str | None
) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await line(house, origin=origin)
    assert refused.value.response.status_code == 403


async def test_a_signed_in_page_gets_hello_and_its_own_snapshot(house: House) -> None:
    async with line(house, "bob-1") as socket:
        hello = await resume(socket)
        snapshot = json.loads(await socket.recv())
        assert (hello["user"], hello["resumed"], snapshot["whose"]) == ("bob", False, "bob")
        assert socket.protocol.extensions == []  # uncompressed


async def test_a_client_that_does_not_say_where_it_stands_is_let_go(house: House) -> None:
    async with line(house) as socket:
        assert await close_code(socket) == 1008


@pytest.mark.parametrize(
    ("first", "code"),
    [
        ('{"type":"ping","at":1}', 1008),
        ("nonsense", 1008),
        (b"\x00\xff", 1008),
        ("x" * 5000, 1009),
    ],
)
async def test_a_wrong_first_word_closes_the_line(
    house: House, first: str | bytes, code: int
) -> None:
    async with line(house) as socket:
        await socket.send(first)
        assert await close_code(socket) == code
    assert house.hub.online() == {}


async def test_a_second_resume_closes_the_line(house: House) -> None:
    async with line(house) as socket:
        await resume(socket)
        await socket.send('{"type":"resume","stream":"","last":0}')
        assert await close_code(socket) == 1008


async def test_a_client_that_chatters_is_let_go(house: House) -> None:
    async with line(house) as socket:
        await resume(socket)
        for _ in range(40):
            await socket.send('{"type":"ping","at":1}')
        assert await close_code(socket) == 1008


async def test_what_browsers_report_reaches_the_wiring(house: House) -> None:
    heard: asyncio.Queue[tuple[str, object]] = asyncio.Queue()
    house.hub.on_painted = lambda user, painted: heard.put_nowait((user, painted))
    house.hub.on_dismiss = lambda user, dismiss: heard.put_nowait((user, dismiss))
    async with line(house) as socket:
        await resume(socket)
        await socket.send('{"type":"painted","call_id":"c1","ms":38}')
        await socket.send('{"type":"dismiss","call_id":"c1"}')
        assert await heard.get() == ("ann", Painted("c1", 38.0))
        assert await heard.get() == ("ann", Dismiss("c1"))


async def test_a_ping_is_answered_with_its_own_time(house: House) -> None:
    async with line(house) as socket:
        await resume(socket)
        await socket.recv()
        await socket.send('{"type":"ping","at":1764000000123}')
        beat = json.loads(await socket.recv())
        assert (beat["type"], beat["echo"]) == ("beat", 1764000000123)


async def test_a_quiet_line_shows_that_it_lives() -> None:
    settings = LiveSettings(origins=(ORIGIN,), beat_s=0.01)
    async with House().running(settings) as house, line(house) as socket:
        await resume(socket)
        await socket.recv()
        assert json.loads(await socket.recv())["type"] == "beat"


async def test_signing_out_closes_the_tabs_of_that_session_for_good(house: House) -> None:
    async with line(house, "ann-1") as gone, line(house, "ann-2") as stays:
        await resume(gone)
        await resume(stays)
        house.revoked.add("ann-1")
        house.hub.recheck_user("ann")
        assert await close_code(gone) == 4401
        house.hub.push("ann", Custom("m", {}))
        await stays.recv()
        assert json.loads(await stays.recv())["type"] == "m"


async def test_a_session_that_runs_out_while_connected_is_closed() -> None:
    settings = LiveSettings(origins=(ORIGIN,), recheck_s=0.02)
    async with House().running(settings) as house, line(house, "ann-1") as socket:
        await resume(socket)
        house.revoked.add("ann-1")
        assert await close_code(socket) == 4401


async def test_the_servers_end_is_told_to_the_clients() -> None:
    async with House().running(SETTINGS) as house:
        socket = await line(house)
        await resume(socket)
    assert await close_code(socket) == 1001
    assert house.hub.online() == {}


async def test_a_port_in_use_is_said_at_once(house: House) -> None:
    settings = LiveSettings(origins=(ORIGIN,), port=house.port)
    with pytest.raises(OSError, match="in use"):
        async with House().running(settings):
            pass


async def test_several_tabs_of_one_agent_see_the_same_messages(house: House) -> None:
    async with (
        at_desk(house.url, "ann-1", ORIGIN) as one,
        at_desk(house.url, "ann-2", ORIGIN) as two,
    ):
        for i in range(20):
            house.hub.push("ann", Custom("m", {"i": i}))
        await one.wait(lambda d: len(d.taken) == 20)
        await two.wait(lambda d: len(d.taken) == 20)
        assert one.taken == two.taken


async def test_a_client_away_for_too_long_gets_a_snapshot(house: House) -> None:
    proxy = CuttingProxy(house.port)
    async with (
        proxy.running(),
        at_desk(f"ws://127.0.0.1:{proxy.port}/", "ann-1", ORIGIN) as desk,
    ):
        proxy.cut()
        for i in range(2000):  # before the desk has had a chance to come back
            house.hub.push("ann", Custom("m", {"i": i}))
        await desk.wait(lambda d: len(d.snapshots) == 2)
        house.hub.push("ann", Custom("m", {"i": "after"}))
        await desk.wait(lambda d: bool(d.taken))
        assert (desk.snapshots[1]["n"], desk.taken[0]["i"]) == (2000, "after")


async def test_a_client_that_does_not_read_is_dropped_and_nobody_waits_for_it(house: House) -> None:
    big = "x" * 32_000
    async with (
        at_desk(house.url, "bob-1", ORIGIN) as bob,
        at_desk(house.url, "ann-1", ORIGIN) as ann,  # the same user's other tab, which reads
        _stuck_tab(house.port, "ann-2"),
    ):
        for i in range(300):
            house.hub.push_all(Custom("m", {"i": i, "text": big}))
            await bob.wait(lambda d, i=i: len(d.taken) > i)  # type: ignore[misc]
            await ann.wait(lambda d, i=i: len(d.taken) > i)  # type: ignore[misc]
        assert house.hub.dropped_slow == 1
        assert house.hub.online()["ann"].tabs == 1


@asynccontextmanager
async def _stuck_tab(port: int, session: str) -> AsyncIterator[None]:
    """A tab that says hello and then reads no more."""
    loop = asyncio.get_running_loop()
    with sockets.socket() as stuck:
        stuck.setblocking(False)
        stuck.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4096)
        await loop.sock_connect(stuck, ("127.0.0.1", port))
        await loop.sock_sendall(stuck, _handshake(port, session))
        while b"\r\n\r\n" not in await loop.sock_recv(stuck, 4096):
            pass
        await loop.sock_sendall(stuck, _masked('{"type":"resume","stream":"","last":0}'))
        while b"hello" not in await loop.sock_recv(stuck, 4096):
            pass
        yield


def _handshake(port: int, session: str) -> bytes:
    return (
        f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
        f"Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        f"Sec-WebSocket-Version: 13\r\nOrigin: {ORIGIN}\r\n"
        f"Cookie: trunkline_session={session}\r\n\r\n"
    ).encode()


def _masked(text: str) -> bytes:
    """A client's text frame; with a mask of zeros the bytes stay as they are."""
    return bytes([0x81, 0x80 | len(text)]) + bytes(4) + text.encode()


@pytest.mark.parametrize("seed", range(2))
async def test_two_hundred_drops_lose_nothing_and_double_nothing(house: House, seed: int) -> None:
    chance = random.Random(seed)
    proxy = CuttingProxy(house.port)
    async with proxy.running():
        url = f"ws://127.0.0.1:{proxy.port}/"
        async with at_desk(url, "ann-1", ORIGIN) as one, at_desk(url, "ann-2", ORIGIN) as two:
            sent = 0
            while proxy.cuts < 200:
                for _ in range(chance.randrange(4)):
                    house.hub.push(
                        "ann", Custom("m", {"i": sent, "text": "x" * chance.randrange(300)})
                    )
                    sent += 1
                match chance.randrange(4):
                    case 0:
                        proxy.cut()
                    case 1:
                        proxy.cut_after(chance.randrange(1, 900))
                    case _:
                        await asyncio.sleep(chance.random() / 50)
            await _caught_up(one, sent)
            await _caught_up(two, sent)
            assert [m["i"] for m in one.taken] == list(range(sent))
            assert [m["i"] for m in two.taken] == list(range(sent))
            assert len(one.snapshots) == len(two.snapshots) == 1
            assert one.connections > 20


async def _caught_up(desk: Desk, count: int) -> None:
    await desk.wait(lambda d: len(d.taken) >= count)

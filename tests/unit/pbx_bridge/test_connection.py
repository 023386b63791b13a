"""One link: what it answers for, how it ends, and that being slow is not being dead."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from callcore.errors import BadValueError, CommandTimeoutError, PbxUnavailableError
from callcore.ids import PbxId
from pbx_bridge.connection import Connection
from pbx_bridge.errors import LogInRefusedError
from pbx_bridge.settings import BridgeSettings, Tls
from tests.scripted_ami import ScriptedAmi, saying, silent

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

PING = (("Action", "Ping"),)


@pytest.fixture
async def server() -> AsyncIterator[ScriptedAmi]:
    async with ScriptedAmi().running() as ami:
        ami.says_booted = False
        yield ami


@pytest.fixture
async def link(server: ScriptedAmi) -> AsyncIterator[Connection]:
    settings = BridgeSettings(
        PbxId("lab"), port=server.port, ping_every_s=0.02, pong_deadline_s=0.1, inbox_size=4
    )
    connection = Connection(settings)
    await connection.open()
    yield connection
    connection.close()


async def test_the_secret_does_not_cross_the_wire_and_no_event_comes_before_it_is_asked_for(
    server: ScriptedAmi, link: Connection
) -> None:
    (log_in,) = [action for action in server.actions if action["Action"] == "Login"]
    assert "Secret" not in log_in
    assert (log_in["AuthType"], log_in["Events"]) == ("MD5", "off")
    assert link.version == "11.0.0"


def test_settings_do_not_show_the_secret() -> None:
    assert "hush" not in repr(BridgeSettings(PbxId("lab"), secret="hush"))


async def test_each_action_has_an_id_of_its_own_and_of_this_link(
    server: ScriptedAmi, link: Connection
) -> None:
    await asyncio.gather(*(link.ask(PING) for _ in range(20)))
    ids = [action["ActionID"] for action in server.actions]
    assert len(set(ids)) == len(ids)
    assert len({name.partition("-")[0] for name in ids}) == 1


async def test_a_late_answer_reaches_nobody_elses_action(
    server: ScriptedAmi, link: Connection
) -> None:
    server.answers["Hangup"] = silent
    with pytest.raises(CommandTimeoutError):
        await link.ask((("Action", "Hangup"),), deadline_s=0.01)
    late = server.actions[-1]
    asking = asyncio.create_task(link.ask(PING))
    server.line.answer(late, "Response: Success\nMessage: too late")
    (pong,) = await asking
    assert pong["Ping"] == "Pong"


async def test_who_stops_waiting_leaves_nothing_behind(
    server: ScriptedAmi, link: Connection
) -> None:
    server.answers["Hangup"] = silent
    asking = asyncio.create_task(link.ask((("Action", "Hangup"),)))
    await server.until_asked("Hangup")
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    assert link.protocol is not None
    assert link.protocol.responses == {}


async def test_a_full_inbox_is_not_taken_for_a_dead_peer(
    server: ScriptedAmi, link: Connection
) -> None:
    watching = asyncio.create_task(link.watch())
    for number in range(100):
        server.line.say("Event: UserEvent", Number=str(number))
    async with asyncio.timeout(5):
        while not link.inbox.paused:  # noqa: ASYNC110 # the socket tells nobody
            await asyncio.sleep(0.002)
    await asyncio.sleep(0.3)  # three Pongs late, if they were waited for
    assert link.is_open
    assert [(await link.next())["Number"] for _ in range(100)] == [str(n) for n in range(100)]
    watching.cancel()


async def test_a_ping_answered_with_something_else_ends_the_link(
    server: ScriptedAmi, link: Connection
) -> None:
    server.answers["Ping"] = saying("Response: Success")
    await asyncio.wait_for(link.watch(), 5)
    with pytest.raises(PbxUnavailableError, match="something else"):
        await link.next()


async def test_a_peer_that_reads_nothing_is_not_written_to_for_ever(link: Connection) -> None:
    assert link.protocol is not None
    link.protocol.transport.get_write_buffer_size = lambda: 1 << 20
    with pytest.raises(PbxUnavailableError, match="Nothing was sent"):
        await link.ask(PING)


async def test_a_peer_that_speaks_no_ami_any_more_is_left(
    server: ScriptedAmi, link: Connection
) -> None:
    server.line.send(b"x" * (2 << 20))
    with pytest.raises(PbxUnavailableError, match="megabyte"):
        await link.next()
    assert not link.is_open


async def test_before_it_is_open_nothing_can_be_asked() -> None:
    with pytest.raises(PbxUnavailableError):
        await Connection(BridgeSettings(PbxId("lab"), port=1)).ask(PING)


async def test_a_peer_that_hangs_up_during_the_log_in_is_unavailable(server: ScriptedAmi) -> None:
    server.answers["Login"] = lambda line, _: line.drop()
    with pytest.raises(PbxUnavailableError, match="hung up"):
        await Connection(BridgeSettings(PbxId("lab"), port=server.port)).open()


async def test_a_plain_log_in_is_refused_with_the_section_to_look_at(server: ScriptedAmi) -> None:
    server.answers["Login"] = saying("Response: Error\nMessage: Authentication failed")
    settings = BridgeSettings(PbxId("lab"), port=server.port, username="me", auth="plain")
    with pytest.raises(LogInRefusedError, match=r"section \[me\]"):
        await Connection(settings).open()


def test_a_certificate_file_that_is_none_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadValueError, match="PEM"):
        Tls(tmp_path / "missing.pem").context()
    (tmp_path / "empty.pem").write_text("not a certificate")
    with pytest.raises(BadValueError, match="PEM"):
        Tls(tmp_path / "empty.pem").context()

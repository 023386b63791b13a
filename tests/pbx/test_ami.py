"""The bridge on a real Asterisk whose line is cut, stalled and split, and which is killed itself."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from callcore.changes import CallEnded, FloorFresh, FloorStale
from callcore.commands import PlayDigits, QueuePause
from callcore.errors import OutcomeUnknownError, PbxError, PbxUnavailableError
from callcore.ids import Extension
from lab import behaviour, sip
from lab.pbx import Asterisk
from lab.settings import LabSettings
from pbx_bridge.connection import Connection
from pbx_bridge.errors import LogInRefusedError, NotAmiError, UntrustedError
from pbx_bridge.settings import Tls
from tests.fixtures_lab import bridge_settings, watching
from tests.proxy import Proxy

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.fixtures_lab import Watched

pytestmark = pytest.mark.pbx

CALLER = sip.Caller("+442079460110", "+12125550142", "Zoë Łukasiewicz", talk_s=None)
QUICK = {"ping_every_s": 0.2, "pong_deadline_s": 0.5, "backoff_first_s": 0.05}


@pytest.fixture
async def proxy(pbx: Asterisk) -> AsyncIterator[Proxy]:
    async with Proxy(pbx.ami_port).running() as between:
        yield between


@pytest.fixture
async def behind(pbx: Asterisk, proxy: Proxy) -> AsyncIterator[Watched]:
    """A bridge that reaches Asterisk through the proxy."""
    async with watching(bridge_settings(pbx, port=proxy.port, **QUICK)) as watched:
        await watched.until_told(FloorFresh)
        yield watched


def freshened(watched: Watched) -> int:
    return sum(isinstance(change, FloorFresh) for change in watched.told)


async def until_back(watched: Watched) -> None:
    times = freshened(watched)
    await watched.until(lambda: freshened(watched) > times)


async def test_a_call_that_began_before_a_cut_ends_after_it(
    pbx: Asterisk, proxy: Proxy, behind: Watched
) -> None:
    async with sip.Phones.playing(pbx, default=behaviour.answers(0.1)):
        async with sip.placing(pbx, replace(CALLER, talk_s=4.0)) as placed:
            await behind.until(lambda: any(call.agents for call in behind.calls.values()))
            back = asyncio.create_task(until_back(behind))
            proxy.cut()
            await back
            assert behind.only_call.ended_at is None
            await placed.is_over()
            await behind.until_told(CallEnded)
        assert behind.only_call.agents == (Extension("1001"),)


async def test_a_call_that_came_and_one_that_went_during_a_cut_are_known_after_it(
    pbx: Asterisk, proxy: Proxy, behind: Watched
) -> None:
    async with sip.Phones.playing(pbx, default=behaviour.answers(0.1)):
        async with sip.placing(pbx, replace(CALLER, talk_s=1.0)) as placed:
            await behind.until(lambda: any(call.agents for call in behind.calls.values()))
            proxy.stall()
            await placed.is_over()
        async with sip.placing(pbx, sip.Caller("+442079460111", "+12125550177", talk_s=None)):
            await behind.until_told(FloorStale)
            proxy.flow()
            proxy.cut()
            await behind.until(lambda: len(behind.calls) == 2)
            ended, alive = behind.calls.values()
            assert ended.ended_at is not None
            assert alive.ended_at is None
            assert alive.customer.number == "+12125550177"


async def test_a_letter_survives_a_line_that_splits_everything(
    pbx: Asterisk, proxy: Proxy, behind: Watched
) -> None:
    proxy.split_at = 1
    async with sip.Phones.playing(pbx, default=behaviour.never()), sip.placing(pbx, CALLER):
        await behind.until(lambda: bool(behind.calls))
        assert behind.only_call.customer.name == "Zoë Łukasiewicz"
        assert behind.bridge.unreadable == 0


async def test_a_half_open_line_is_noticed_and_left(proxy: Proxy, behind: Watched) -> None:
    proxy.stall()
    await behind.until_told(FloorStale)
    assert "ping" in behind.bridge.trouble
    back = asyncio.create_task(until_back(behind))
    proxy.flow()
    await back
    assert behind.bridge.connected


async def test_a_command_on_a_line_that_drops_ends_as_unknown_and_is_not_sent_again(
    pbx: Asterisk, proxy: Proxy, behind: Watched
) -> None:
    proxy.stall()
    asking = asyncio.create_task(
        behind.bridge.execute(QueuePause(Extension("1001"), paused=True), deadline_s=30)
    )
    await asyncio.sleep(0)  # it is written, and stuck in the proxy
    proxy.cut()
    with pytest.raises(OutcomeUnknownError):
        await asking
    proxy.flow()
    await until_back(behind)
    assert "PAUSEALL" not in pbx.queue_log.read_text("utf-8")


async def test_kill_9_of_asterisk_ends_its_calls_and_the_next_boot_is_followed(
    pbx: Asterisk, behind: Watched
) -> None:
    async with sip.Phones.playing(pbx, default=behaviour.answers(0.1)):
        async with sip.placing(pbx, CALLER):
            await behind.until(lambda: any(call.agents for call in behind.calls.values()))
            await pbx.kill9()
            await behind.until_told(FloorStale)
            with pytest.raises(PbxUnavailableError, match="Nothing was sent"):
                await behind.bridge.execute(PlayDigits("PJSIP/1001-00000001", "1"))
        back = asyncio.create_task(until_back(behind))
        await pbx.start_again()
        await back
        await behind.until_told(CallEnded)
        assert behind.only_call.ended_at is not None


@pytest.mark.parametrize("auth", ["md5", "plain"])
async def test_both_ways_to_sign_in_are_accepted(pbx: Asterisk, auth: str) -> None:
    connection = Connection(bridge_settings(pbx, auth=auth))
    await connection.open()
    assert connection.version.startswith("11.")
    connection.close()


@pytest.mark.parametrize("auth", ["md5", "plain"])
async def test_a_wrong_secret_is_said_with_what_to_compare(pbx: Asterisk, auth: str) -> None:
    with pytest.raises(LogInRefusedError, match=r"manager\.conf, section \[trunkline\]"):
        await Connection(bridge_settings(pbx, auth=auth, secret="wrong")).open()


async def test_a_wrong_secret_is_tried_slowly_and_said_once(
    pbx: Asterisk, proxy: Proxy, caplog: pytest.LogCaptureFixture
) -> None:
    settings = bridge_settings(
        pbx, port=proxy.port, secret="wrong", refused_retry_s=0.2, backoff_first_s=0.001
    )
    caplog.set_level(logging.WARNING)
    async with watching(settings) as watched:
        async with asyncio.timeout(15):
            while proxy.connections < 3:  # noqa: ASYNC110 # the proxy counts, and tells nobody
                await asyncio.sleep(0.01)
        assert not watched.bridge.connected
        assert "secret" in watched.bridge.trouble
    said = [record for record in caplog.records if record.message == "pbx_not_connected"]
    assert len(said) == 1


async def test_tls_is_trusted_by_the_pinned_certificate_alone(pbx: Asterisk) -> None:
    pinned = Tls(pbx.ami_ca, check_hostname=False)
    connection = Connection(bridge_settings(pbx, port=pbx.ami_tls_port, tls=pinned))
    await connection.open()
    connection.close()
    with pytest.raises(UntrustedError, match="not trusted"):
        await Connection(bridge_settings(pbx, port=pbx.ami_tls_port, tls=Tls())).open()


async def test_tls_asked_of_the_plain_port_is_an_error_in_time(pbx: Asterisk) -> None:
    settings = bridge_settings(pbx, tls=Tls(pbx.ami_ca), connect_deadline_s=5.0)
    with pytest.raises(PbxError):
        await Connection(settings).open()


async def test_the_port_of_something_else_is_told_from_asterisk(pbx: Asterisk) -> None:
    async def web(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(web, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(NotAmiError):
            await Connection(bridge_settings(pbx, port=port)).open()


async def test_a_right_that_is_missing_is_named_with_the_line_to_change(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING)
    lab = LabSettings(ami_write="call,reporting")
    async with Asterisk.running(lab) as pbx, watching(bridge_settings(pbx)) as watched:
        await watched.until_told(FloorFresh)
    (mend,) = [r.__dict__["mend"] for r in caplog.records if r.message == "pbx_rights_missing"]
    assert "add agent,originate to `write` in manager.conf, section [trunkline]" in mend


async def test_a_pbx_that_cannot_be_followed_is_not_followed() -> None:
    lab = LabSettings(ami_write="call")
    async with Asterisk.running(lab) as pbx, watching(bridge_settings(pbx)) as watched:
        async with asyncio.timeout(10):
            while "reporting" not in watched.bridge.trouble:  # noqa: ASYNC110 # it tells nobody
                await asyncio.sleep(0.01)
        assert not watched.told


async def test_the_rights_of_the_lab_are_all_that_is_needed(
    pbx: Asterisk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    async with watching(bridge_settings(pbx)) as watched:
        await watched.until_told(FloorFresh)
    assert not [record for record in caplog.records if record.message == "pbx_rights_missing"]

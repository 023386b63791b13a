"""A call that was asked for is placed once or not at all, whatever becomes of the line: counted at the telephones."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from callcore.changes import FloorFresh, FloorStale
from callcore.commands import Originate
from callcore.errors import OutcomeUnknownError
from lab import behaviour, sip
from tests.fixtures_lab import bridge_settings, watching
from tests.proxy import Proxy

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from lab.pbx import Asterisk
    from tests.fixtures_lab import Watched

pytestmark = pytest.mark.pbx

CUSTOMER = "+442079460123"
OURS = "attempt-1"
CLICK = Originate("PJSIP/1001", "click-to-call", CUSTOMER, "+442079460100", channel_id=OURS)


@pytest.fixture
async def proxy(pbx: Asterisk) -> AsyncIterator[Proxy]:
    async with Proxy(pbx.ami_port).running() as between:
        yield between


@pytest.fixture
async def behind(pbx: Asterisk, proxy: Proxy) -> AsyncIterator[Watched]:
    settings = bridge_settings(pbx, port=proxy.port, backoff_first_s=0.05)
    async with watching(settings) as watched:
        await watched.until_told(FloorFresh)
        yield watched


async def until_fresh_again(watched: Watched) -> None:
    await watched.until_told(FloorStale)
    await watched.until(lambda: watched.floor.stale_since is None)


async def test_a_call_whose_line_is_cut_while_the_phone_rings_is_placed_once(
    pbx: Asterisk, proxy: Proxy, behind: Watched
) -> None:
    async with (
        sip.Phones.playing(pbx, {"1001": behaviour.answers(1.5)}) as phones,
        sip.Trunk.playing(pbx, default=behaviour.answers(0.1, talk_s=1.0)) as trunk,
    ):
        asking = asyncio.create_task(behind.bridge.execute(CLICK, deadline_s=30.0))
        await phones.rings("1001")
        proxy.cut()
        with pytest.raises(OutcomeUnknownError, match="not sent again"):
            await asking
        await until_fresh_again(behind)
        # What the answer could not tell, the snapshot does: by the id that was ours to choose.
        await behind.until(
            lambda: any(leg.uniqueid == OURS for call in behind.calls.values() for leg in call.legs)
        )
        await trunk.ends(CUSTOMER)
        await sip.all_over(pbx)
        assert (phones.invites, trunk.invites) == (1, 1)


async def test_a_call_whose_request_never_arrived_is_not_placed_later(
    pbx: Asterisk, proxy: Proxy, behind: Watched
) -> None:
    async with sip.Phones.playing(pbx) as phones:
        proxy.stall()
        asking = asyncio.create_task(behind.bridge.execute(CLICK, deadline_s=30.0))
        await asyncio.sleep(0)  # it is written, and stuck in the proxy
        proxy.cut()
        with pytest.raises(OutcomeUnknownError, match="not sent again"):
            await asking
        proxy.flow()
        await until_fresh_again(behind)
        # Asterisk answers in order: an Originate that had been sent before would ring by now.
        assert phones.invites == 0
        assert not behind.calls

"""From a request of the API to a real telephone and back into the call log: the whole way."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import ClientSession, CookieJar

from callcore.ids import Extension
from crm_store import demo as demo_store
from crm_store import migrate
from lab import behaviour, sip
from trunkline import service
from trunkline.demo import settings_for

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from lab.pbx import Asterisk
    from trunkline.service import Service

pytestmark = pytest.mark.pbx

FAR_END = "+12125550140"
KEY = {"Idempotency-Key": "one-click-0001"}


@dataclass(frozen=True)
class Agent:
    """Agent 1001 at the API, with the telephones round him."""

    session: ClientSession
    service: Service
    pbx: Asterisk
    phones: sip.Phones
    trunk: sip.Trunk

    async def post(self, path: str, body: dict[str, Any], **headers: str) -> tuple[int, Any]:
        async with self.session.post(f"/api/v1{path}", json=body, headers=headers) as response:
            return response.status, await response.json()

    async def get(self, path: str) -> Any:
        async with self.session.get(f"/api/v1{path}") as response:
            assert response.status == 200, await response.text()
            return await response.json()

    async def until(self, path: str, holds: Callable[[Any], object]) -> Any:
        """What `path` answers once it `holds`; asked again and again, as a program would."""
        async with asyncio.timeout(20):
            while not holds(answer := await self.get(path)):  # noqa: ASYNC110 # HTTP has no event
                await asyncio.sleep(0.05)
        return answer


@pytest.fixture
async def agent(pbx: Asterisk, tmp_path: Path) -> AsyncIterator[Agent]:
    settings = settings_for(pbx, f"sqlite+aiosqlite:///{tmp_path / 'trunkline.db'}")
    await migrate.upgrade(settings.store.url)
    async with AsyncExitStack() as stack:
        picks_up, special = behaviour.answers(0.2), {"1003": behaviour.busy()}
        phones = await stack.enter_async_context(sip.Phones.playing(pbx, special, default=picks_up))
        trunk = await stack.enter_async_context(
            sip.Trunk.playing(pbx, default=behaviour.answers(0.2))
        )
        running = await stack.enter_async_context(service.running(settings))
        seed = await demo_store.seed(
            running.store, extensions=[Extension(name) for name in ("1001", "1002", "1003")]
        )
        await running.directory.refresh()
        session = await stack.enter_async_context(
            ClientSession(
                running.web_url,
                headers={"Origin": running.web_url},
                cookie_jar=CookieJar(unsafe=True),
            )
        )
        made = Agent(session, running, pbx, phones, trunk)
        login = {"login": "agent1", "password": seed.passwords["agent1"]}
        assert (await made.post("/session", login))[0] == 200
        await made.until("/live", lambda live: live["fresh"] and live["connected"])
        yield made
        await pbx.cli("channel request hangup all")
        await sip.all_over(pbx)


async def test_five_clicks_at_once_ring_one_phone_and_one_number(agent: Agent) -> None:
    clicks = [agent.post("/calls", {"number": FAR_END}, **KEY) for _ in range(5)]
    answers = await asyncio.gather(*clicks)
    assert {status for status, _ in answers} == {201}
    await agent.trunk.answers(FAR_END)
    live = await agent.until("/live", lambda live: [c for c in live["calls"] if c["answered_at"]])
    (call,) = live["calls"]
    assert (call["direction"], call["number"], call["talking"]) == ("outbound", FAR_END, ["1001"])
    assert (agent.phones.invites_of("1001"), agent.trunk.invites) == (1, 1)


async def test_a_clicked_call_is_in_the_log_when_it_is_over(agent: Agent) -> None:
    await agent.post("/calls", {"number": FAR_END})
    await agent.trunk.answers(FAR_END)
    call = (await agent.until("/live", lambda live: bool(live["calls"])))["calls"][0]
    status, _ = await agent.post(f"/calls/{call['id']}/hangup", {})
    assert status == 200
    logged = await agent.until(f"/calls/{call['id']}", lambda logged: logged["result"] is not None)
    assert (logged["direction"], logged["result"]) == ("outbound", "answered")
    assert (logged["user"]["name"], logged["number"]) == ("Agent 1", FAR_END)
    ladder = await agent.get(f"/calls/{call['id']}/ladder")
    assert len(ladder["lanes"]) >= 2
    assert ladder["steps"][-1]["offset_ms"] > 0


async def test_a_caller_is_held_taken_back_and_handed_on(agent: Agent) -> None:
    async with sip.placing(agent.pbx, sip.Caller("+442079460110", talk_s=None)) as caller:
        await caller.is_answered()
        live = await agent.until("/live", lambda live: [c for c in live["calls"] if c["mine"]])
        path = f"/calls/{live['calls'][0]['id']}"
        for action in ("hold", "unhold"):
            status, answer = await agent.post(f"{path}/{action}", {})
            assert status == 200, answer
        status, answer = await agent.post(f"{path}/transfer", {"to": "1002"})
        assert status == 200, answer
        await agent.phones.answers("1002")
        await agent.until(path, lambda call: call["agents"] == ["1001", "1002"])


async def test_a_busy_colleague_is_told_as_what_he_is(agent: Agent) -> None:
    status, _ = await agent.post("/calls", {"number": "1003"})
    assert status == 201  # one's own phone was picked up; the rest is the call's story
    calls = await agent.until(
        "/calls", lambda calls: [c for c in calls["items"] if c["result"] is not None]
    )
    assert calls["items"][0]["direction"] == "internal"


async def test_a_phone_that_is_switched_off_says_so(agent: Agent) -> None:
    await agent.pbx.cli("module unload chan_pjsip.so")
    status, problem = await agent.post("/calls", {"number": FAR_END})
    assert (status, problem["code"]) == (502, "pbx-refused")
    assert agent.trunk.invites == 0

"""Real calls through the whole service while the browsers' lines break."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import pytest

from crm_store.rights import SYSTEM
from lab import sip
from tests.live import CuttingProxy, Desk, at_desk
from trunkline import demo

if TYPE_CHECKING:
    from crm_store.records import User

pytestmark = [pytest.mark.pbx, pytest.mark.chaos, pytest.mark.slow]

DROPS = 200
CALLS = 150
CALLERS = [
    sip.Caller(did, number)
    for did in ("+442079460100", "+442079460101", "+442079460110", "+442079460120")
    for number in ("+12125550101", "+33199001188", "anonymous")
]


async def test_two_hundred_drops_lose_no_pop_and_double_none() -> None:
    """Each agent has a steady tab and one on a line that breaks: both see the same, and all of it."""
    async with demo.running() as alive, AsyncExitStack() as stack:
        agents = [user for user in await alive.service.store.users.list(SYSTEM) if user.extension]
        port = int(alive.service.ws_url.rpartition(":")[2])
        proxy = await stack.enter_async_context(CuttingProxy(port).running())
        steady: dict[str, Desk] = {}
        shaken: dict[str, Desk] = {}
        for agent in agents:
            for desks, at_port in ((steady, port), (shaken, proxy.port)):
                desks[str(agent.extension)] = await stack.enter_async_context(
                    at_desk(*await _seat(alive, agent, at_port))
                )
        load = sip.Load(CALLS, rate=5.0, callers=CALLERS, talk_s=2.0)
        async with sip.crowding(alive.pbx, load) as crowd, asyncio.TaskGroup() as tasks:
            tasks.create_task(_shake(proxy, random.Random(3)))
            report = await crowd.is_over()
        assert report.placed == CALLS
        await sip.all_over(alive.pbx)

        for extension, desk in steady.items():
            rings = alive.phones.invites_of(extension)
            await desk.wait(lambda d, rings=rings: _rings(d) >= rings)  # type: ignore[misc]
            last = desk.last
            await shaken[extension].wait(lambda d, last=last: d.last >= last)  # type: ignore[misc]
        assert proxy.cuts >= DROPS
        assert sum(_rings(desk) for desk in steady.values()) >= CALLS // 2
        for extension, desk in steady.items():
            assert _rings(desk) == alive.phones.invites_of(extension)
            assert _told(shaken[extension]) == _told(desk)
            assert len(shaken[extension].snapshots) == len(desk.snapshots) == 1
            assert max(_ends(desk).values(), default=1) == 1


async def _seat(alive: demo.Demo, agent: User, port: int) -> tuple[str, str, str]:
    """Where this agent's desk connects, by which session, from which page."""
    session = await alive.service.store.sessions.start(SYSTEM, agent.id)
    return f"ws://127.0.0.1:{port}/", session.secret, alive.service.web_url


async def _shake(proxy: CuttingProxy, chance: random.Random) -> None:
    while proxy.cuts < DROPS:
        await asyncio.sleep(chance.random() * 0.25)
        if chance.random() < 0.5:
            proxy.cut()
        else:
            proxy.cut_after(chance.randrange(1, 3000))


def _told(desk: Desk) -> list[dict[str, object]]:
    """All but phones and queues, whose states may reach a tab that joined later by its snapshot."""
    return [m for m in desk.taken if m["type"] not in {"phone", "queue"}]


def _rings(desk: Desk) -> int:
    return sum(m["type"] == "pop" and m["pop"]["state"] == "ringing" for m in desk.taken)


def _ends(desk: Desk) -> Counter[tuple[str, str]]:
    """How often each pop went away, by call and ring."""
    rung: dict[str, int] = {}
    ends: Counter[tuple[str, str]] = Counter()
    for message in desk.taken:
        if message["type"] == "pop":
            rung[message["pop"]["call_id"]] = message["pop"]["rang_at_ms"]
        elif message["type"] == "pop-closed":
            ends[message["call_id"], str(rung.get(message["call_id"]))] += 1
    return ends

"""web/static/js/live.js in a real Chromium, against the real live server behind a line that breaks."""

from __future__ import annotations

import asyncio
import random
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web

from screenpop import messages
from screenpop.messages import Custom, Painted
from screenpop.server import LiveSettings
from tests.live import CuttingProxy, House

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser, Page

pytestmark = pytest.mark.browser

LIVE_JS = Path(__file__).parents[2] / "web/static/js/live.js"

PAGE = """<!doctype html><meta charset="utf-8"><title>desk</title><script type="module">
import { Live } from './live.js';
const url = new URLSearchParams(location.search).get('ws');
const live = window.live = new Live({ url });
window.got = []; window.lines = []; window.snapshots = 0;
live.on('broken', () => { throw new Error('a part of the page broke'); });
live.on('*', (m) => m.type !== 'hello' && m.type !== 'snapshot' && window.got.push(m));
live.on('snapshot', () => { window.snapshots += 1; });
live.onLine(({ name }) => window.lines.push(name));
live.start();
</script>"""


class Desk:
    """The page, its live server, the line between them, and the site it comes from."""

    def __init__(self, page: Page, house: House, proxy: CuttingProxy, origin: str) -> None:
        self.page = page
        self.house = house
        self.proxy = proxy
        self.origin = origin
        self.session_stands = True

    async def open(self, session: str = "ann-1") -> None:
        await self.page.context.add_cookies(
            [{"name": "trunkline_session", "value": session, "url": self.origin}]
        )
        await self.page.goto(f"{self.origin}/?ws=ws://127.0.0.1:{self.proxy.port}/")

    async def until(self, js: str, *, within_s: float = 10.0) -> None:
        await self.page.wait_for_function(js, timeout=within_s * 1000)

    async def ask(self, js: str) -> Any:
        return await self.page.evaluate(js)

    def say(self, i: int) -> None:
        self.house.hub.push("ann", Custom("m", {"i": i}))


@pytest.fixture
async def desk(page: Page) -> AsyncIterator[Desk]:
    async with _site() as site:
        settings = LiveSettings(origins=(site["origin"],))
        async with House().running(settings) as house, CuttingProxy(house.port).running() as proxy:
            desk = site["desk"] = Desk(page, house, proxy, site["origin"])
            yield desk
            await page.close()


@asynccontextmanager
async def _site() -> AsyncIterator[dict[str, Any]]:
    site: dict[str, Any] = {}

    async def index(_: web.Request) -> web.Response:
        return web.Response(text=PAGE, content_type="text/html")

    async def script(_: web.Request) -> web.Response:
        return web.Response(text=LIVE_JS.read_text(), content_type="text/javascript")

    async def session(_: web.Request) -> web.Response:
        return web.Response(status=200 if site["desk"].session_stands else 401)

    async def icon(_: web.Request) -> web.Response:
        return web.Response(status=204)

    app = web.Application()
    app.router.add_get("/", index)
    app.router.add_get("/live.js", script)
    app.router.add_get("/api/v1/session", session)
    app.router.add_get("/favicon.ico", icon)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        server = web.TCPSite(runner, "127.0.0.1", 0)
        await server.start()
        site["origin"] = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield site
    finally:
        await runner.cleanup()


async def test_a_page_gets_its_snapshot_then_every_message_in_order(desk: Desk) -> None:
    await desk.open()
    await desk.until("snapshots === 1")
    for i in range(50):
        desk.say(i)
    await desk.until("got.length === 50")
    assert await desk.ask("got.map((m) => m.i)") == list(range(50))
    assert await desk.ask("lines") == ["connecting", "online"]


async def test_a_line_cut_thirty_times_loses_nothing_and_doubles_nothing(desk: Desk) -> None:
    chance = random.Random(7)
    await desk.open()
    await desk.until("snapshots === 1")
    sent = 0
    for _ in range(30):
        for _ in range(chance.randrange(1, 6)):
            desk.say(sent)
            sent += 1
        if chance.random() < 0.5:
            desk.proxy.cut()
        else:
            desk.proxy.cut_after(chance.randrange(1, 400))
        desk.say(sent)
        sent += 1
        if chance.random() < 0.7:
            await desk.until("live.line.name === 'online'")
    await desk.until(f"got.length >= {sent}")
    assert await desk.ask("got.map((m) => m.i)") == list(range(sent))
    assert await desk.ask("snapshots") == 1


async def test_the_page_says_since_when_the_line_is_down(desk: Desk) -> None:
    await desk.open()
    await desk.until("live.line.name === 'online'")
    desk.proxy.swallows = True
    before = await desk.ask("Date.now()")
    desk.proxy.cut()
    await desk.until("live.line.name === 'offline'")
    assert await desk.ask("live.line.since.getTime()") >= before
    assert await desk.ask("live.dismiss('c1')") is False


async def test_the_network_coming_back_ends_a_long_wait_at_once(desk: Desk) -> None:
    await desk.open()
    await desk.until("live.line.name === 'online'")
    await desk.page.clock.install()  # from here on the page's own timers stand still
    desk.proxy.cut()
    await desk.until("live.line.name === 'offline'")
    await desk.ask("window.dispatchEvent(new Event('online'))")
    await desk.until("live.line.name === 'online'")
    assert await desk.ask("snapshots") == 1


async def test_a_line_that_only_looks_alive_is_found_out(desk: Desk) -> None:
    await desk.page.clock.install()
    await desk.open()
    await desk.until("snapshots === 1")
    desk.proxy.swallows = True
    desk.say(1)
    await desk.page.clock.fast_forward(60_000)  # as after a night in a bag: one tick, late
    await desk.page.clock.run_for(3_000)
    assert await desk.ask("live.line.name") == "online"  # still time to answer
    desk.proxy.swallows = False
    await desk.page.clock.run_for(2_000)
    await desk.until("live.line.name === 'online' && got.length === 1")
    assert await desk.ask("lines") == ["connecting", "online", "offline", "online"]
    assert await desk.ask("snapshots") == 1


async def test_a_tab_that_slept_asks_before_it_gives_up_a_good_line(desk: Desk) -> None:
    await desk.page.clock.install()
    await desk.open()
    await desk.until("snapshots === 1")
    await desk.page.clock.fast_forward(3_600_000)
    desk.say(1)
    await desk.until("got.length === 1")
    await desk.page.clock.run_for(6_000)
    assert await desk.ask("lines") == ["connecting", "online"]


async def test_a_restarted_service_sends_a_snapshot_of_its_own(desk: Desk) -> None:
    await desk.open()
    await desk.until("snapshots === 1")
    desk.say(1)
    await desk.until("got.length === 1")
    async with House().running(LiveSettings(origins=(desk.origin,))) as restarted:
        desk.proxy.target_port = restarted.port
        desk.proxy.cut()
        await desk.until("snapshots === 2")
        restarted.hub.push("ann", Custom("m", {"i": 2}))
        await desk.until("got.length === 2")
        assert await desk.ask("got.map((m) => [m.n, m.i])") == [[1, 1], [1, 2]]


async def test_a_hole_in_the_numbers_is_filled_by_coming_back(desk: Desk) -> None:
    await desk.open()
    await desk.until("snapshots === 1")
    stream = desk.house.hub._users["ann"].stream
    stream.append(messages.encode(Custom("m", {"i": 1})))  # numbered and kept, but never sent
    desk.say(2)
    await desk.until("got.length === 2")
    assert await desk.ask("got.map((m) => m.i)") == [1, 2]
    stream.append(messages.encode(Custom("m", {"i": 3})))
    desk.house.hub.beat_all()  # the beat alone betrays it, without a later message
    await desk.until("got.length === 3")
    assert await desk.ask("snapshots") == 1


async def test_a_revoked_session_ends_the_line_for_good(desk: Desk) -> None:
    await desk.open()
    await desk.until("snapshots === 1")
    desk.house.revoked.add("ann-1")
    desk.house.hub.recheck_user("ann")
    await desk.until("live.line.name === 'signed-out'")
    await desk.ask("window.dispatchEvent(new Event('online'))")
    assert await desk.ask("lines") == ["connecting", "online", "signed-out"]


async def test_a_refused_handshake_is_explained_by_asking_for_the_session(desk: Desk) -> None:
    desk.house.revoked.add("ann-1")
    desk.session_stands = False
    await desk.open()
    await desk.until("live.line.name === 'signed-out'")


async def test_a_refused_handshake_of_a_good_session_is_tried_again(desk: Desk) -> None:
    desk.house.revoked.add("ann-1")
    await desk.open()
    await desk.until("live.line.name === 'offline'")
    desk.house.revoked.clear()
    await desk.until("live.line.name === 'online'")


async def test_what_is_painted_is_reported_once_with_its_time(desk: Desk) -> None:
    heard: asyncio.Queue[tuple[str, Painted]] = asyncio.Queue()
    desk.house.hub.on_painted = lambda user, painted: heard.put_nowait((user, painted))
    await desk.open()
    await desk.until("snapshots === 1")
    await desk.ask("live.painted('c1', live.now() - 500)")
    await desk.ask("{ const at = live.now() - 9; live.painted('c2', at); live.painted('c2', at); }")
    await desk.ask("live.painted('c3', live.now() + 3_600_000)")  # clocks never agree wholly
    reports = [await asyncio.wait_for(heard.get(), 5) for _ in range(3)]
    assert [(user, report.call_id) for user, report in reports] == [
        ("ann", "c1"),
        ("ann", "c2"),
        ("ann", "c3"),
    ]
    assert 500 <= reports[0][1].ms < 5_000
    assert reports[2][1].ms == 0


async def test_the_page_knows_the_services_clock(desk: Desk) -> None:
    await desk.page.clock.install(time=0)  # a computer that lives in 1970
    await desk.open()
    await desk.until("snapshots === 1")
    await desk.until("live.now() > 1_700_000_000_000")


async def test_a_broken_part_of_the_page_does_not_silence_the_others(
    desk: Desk, browser: Browser
) -> None:
    errors: list[str] = []
    async with await browser.new_context() as context:
        page = await context.new_page()
        page.on("pageerror", lambda error: errors.append(error.message))
        desk.page = page
        await desk.open()
        await desk.until("snapshots === 1")
        desk.house.hub.push("ann", Custom("broken", {}))
        desk.say(1)
        await desk.until("got.length === 2")
    assert errors == ["a part of the page broke"]

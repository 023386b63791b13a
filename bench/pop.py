"""From the INVITE to the card on the screen, while 200 agents are connected: `make bench NAME=pop`.

Beside it, in the same run and for the same calls: when the news reaches anybody at all who reads plain AMI (the
floor below us), and when a page would know that asks the API every second (what one builds first).
AGENTS, RATE, SECONDS and PAGES in the environment change the size.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
from playwright.async_api import async_playwright

from bench.centre import CUSTOMERS, Centre, centre, number_of
from callcore.ids import Linkedid, PbxId, call_id
from lab import behaviour, sip
from tests.fixtures_browser import CHROMIUM_ARGS
from tests.live import at_desk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.async_api import Browser, WebSocket

    from bench.centre import Agent

AGENTS = int(os.environ.get("AGENTS", "200"))
RATE = float(os.environ.get("RATE", "20"))
SECONDS = float(os.environ.get("SECONDS", "60"))
PAGES = int(os.environ.get("PAGES", "4"))
PAGE_RINGS_EVERY_S = 3.0
"""A desk that is a real page gets a call so often: the one before has ended by then."""

IN_FRONT = ("--disable-renderer-backgrounding", "--disable-backgrounding-occluded-windows")

TALK_S = 0.5
RINGS_S = 0.8
WARM_UP_CALLS = 40


@dataclass(slots=True)
class Timings:
    """For each call, by its id: when it began and rang by Asterisk's clock, and when who knew (epoch s)."""

    began: dict[str, float] = field(default_factory=dict)
    rang: dict[str, float] = field(default_factory=dict)
    socket: dict[str, float] = field(default_factory=dict)
    painted: dict[str, float] = field(default_factory=dict)
    ami: dict[str, float] = field(default_factory=dict)
    polled: dict[str, float] = field(default_factory=dict)

    def heard(self, message: dict[str, Any]) -> None:
        """A desk took a message of its stream."""
        now = time.time()
        if message["type"] != "pop" or message["pop"]["state"] != "ringing":
            return
        pop = message["pop"]
        if pop["call_id"] in self.socket:
            return
        self.socket[pop["call_id"]] = now
        self.began[pop["call_id"]] = datetime.fromisoformat(pop["started_at"]).timestamp()
        self.rang[pop["call_id"]] = pop["rang_at_ms"] / 1000

    def sent(self, frame: str | bytes) -> None:
        """A real page said something to the service."""
        message = json.loads(frame)
        if message["type"] == "painted" and (rang := self.rang.get(message["call_id"])):
            self.painted.setdefault(message["call_id"], rang + message["ms"] / 1000)

    def after(self, start: dict[str, float], end: dict[str, float]) -> list[float]:
        """Milliseconds from one to the other, sorted, for all calls that have both; without the first ones."""
        calls = list(self.began)[WARM_UP_CALLS:]
        return sorted((end[call] - start[call]) * 1000 for call in calls if call in end)


async def main() -> None:
    timings = Timings()
    async with AsyncExitStack() as stack:
        house = await stack.enter_async_context(centre(AGENTS))
        answers = behaviour.answers(RINGS_S)
        await stack.enter_async_context(sip.Phones.playing(house.pbx, default=answers))
        for agent in house.agents:
            desk = await stack.enter_async_context(
                at_desk(house.ws_url, agent.session, house.web_url)
            )
            desk.heard = timings.heard
        playwright = await stack.enter_async_context(async_playwright())
        browser = await stack.enter_async_context(
            await playwright.chromium.launch(
                executable_path="/usr/bin/chromium", args=[*CHROMIUM_ARGS, *IN_FRONT]
            )
        )
        for agent in house.agents[:PAGES]:
            await _open_page(browser, house, agent, timings)
        watchers = [
            asyncio.create_task(w) for w in (_read_ami(house, timings), _poll(house, timings))
        ]
        used = _cpu_s(house.service_pid)
        calls = round(RATE * SECONDS)
        load = sip.Load(calls, RATE, list(_callers(house, calls)), talk_s=TALK_S)
        began = time.monotonic()
        async with sip.crowding(house.pbx, load) as crowd:
            report = await crowd.is_over()
        busy = (_cpu_s(house.service_pid) - used) / (time.monotonic() - began)
        _report(timings, report.placed, busy, _rss_mib(house.service_pid))
        for watcher in watchers:
            watcher.cancel()
            with suppress(asyncio.CancelledError):
                await watcher


def _callers(house: Centre, calls: int) -> Iterator[sip.Caller]:
    """Known customers, in turn to agents at a page and to the many others."""
    pages, others = house.agents[:PAGES], house.agents[PAGES:]
    every = max(1, round(RATE * PAGE_RINGS_EVERY_S / max(1, PAGES)))
    for i in range(calls):
        agent = (
            pages[i // every % len(pages)] if pages and i % every == 0 else others[i % len(others)]
        )
        yield sip.Caller(agent.did, number_of(i % CUSTOMERS))


async def _open_page(browser: Browser, house: Centre, agent: Agent, timings: Timings) -> None:
    """The agent's real desk in a window of its own."""
    context = await browser.new_context()
    await context.add_cookies(
        [{"name": "trunkline_session", "value": agent.session, "url": house.web_url}]
    )
    page = await context.new_page()
    connected = asyncio.Event()

    def listen(socket: WebSocket) -> None:
        socket.on("framesent", lambda frame: timings.sent(frame))  # noqa: PLW0108 # it marks what it is given
        socket.on("framereceived", lambda _: connected.set())

    page.on("websocket", listen)
    await page.goto(f"{house.web_url}/")
    async with asyncio.timeout(20):
        await connected.wait()


async def _read_ami(house: Centre, timings: Timings) -> None:
    """The baseline below us: the same event, read from the socket and not understood."""
    reader, writer = await asyncio.open_connection(house.pbx.host, house.pbx.ami_port)
    login = (
        f"Action: Login\r\nUsername: {house.pbx.ami_user}\r\nSecret: {house.pbx.ami_secret}\r\n\r\n"
    )
    writer.write(login.encode())
    pbx = PbxId(house.pbx.systemname)
    try:
        while True:
            message = await reader.readuntil(b"\r\n\r\n")
            if not message.startswith(b"Event: DialBegin\r\n"):
                continue
            now = time.time()
            linkedid = message.partition(b"\r\nDestLinkedid: ")[2].partition(b"\r\n")[0].decode()
            timings.ami.setdefault(call_id(pbx, Linkedid(linkedid)), now)
    finally:
        writer.close()


async def _poll(house: Centre, timings: Timings) -> None:
    """The baseline above us: a page that asks every second."""
    headers = {"Cookie": f"trunkline_session={house.manager_session}"}
    async with aiohttp.ClientSession(headers=headers) as web:
        while True:
            async with web.get(f"{house.web_url}/api/v1/live/calls") as answer:
                answer.raise_for_status()
                body = await answer.json()
            now = time.time()
            for call in body["items"]:
                timings.polled.setdefault(call["id"], now)
            await asyncio.sleep(1.0)


def _report(timings: Timings, placed: int, busy: float, rss_mib: float) -> None:
    t = timings
    rows = (
        ("INVITE → phone rings, Asterisk alone", t.after(t.began, t.rang)),
        ("INVITE → plain AMI reader (baseline)", t.after(t.began, t.ami)),
        ("INVITE → pop at the socket", t.after(t.began, t.socket)),
        ("INVITE → card painted in Chromium", t.after(t.began, t.painted)),
        ("INVITE → page that polls every 1 s (baseline)", t.after(t.began, t.polled)),
        ("event → plain AMI reader (baseline)", t.after(t.rang, t.ami)),
        ("event → pop at the socket", t.after(t.rang, t.socket)),
        ("event → card painted in Chromium", t.after(t.rang, t.painted)),
    )
    print(f"{AGENTS} agents connected, {PAGES} of them real pages; {placed} calls at {RATE:g}/s")
    print(f"{'ms':46} {'p50':>8} {'p95':>8} {'p99':>8} {'n':>6}")
    for name, ms in rows:
        marks = " ".join(f"{_quantile(ms, q):8.1f}" for q in (0.50, 0.95, 0.99))
        print(f"{name:46} {marks} {len(ms):6}")
    p99 = {name: _quantile(ms, 0.99) for name, ms in rows}
    ours = p99["INVITE → pop at the socket"]
    print(
        f"p99 of the pop is {ours / p99['INVITE → plain AMI reader (baseline)']:.2f} × plain AMI's, "
        f"{p99['INVITE → page that polls every 1 s (baseline)'] / ours:.0f} × better than polling"
    )
    print(f"service: {busy:.0%} of a core, {rss_mib:.0f} MiB; {_machine()}")
    lost = placed - len(t.socket)
    print(f"pops: {len(t.socket)} of {placed}" + (f", {lost} LOST" if lost else ""))


def _quantile(values: list[float], q: float) -> float:
    return values[min(len(values) - 1, int(q * len(values)))] if values else float("nan")


def _cpu_s(pid: int) -> float:
    """Processor time that a process has used."""
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")


def _rss_mib(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def _machine() -> str:
    info = Path("/proc/cpuinfo").read_text()
    model = info.partition("model name")[2].partition(":")[2].partition("\n")[0].strip()
    return f"{os.cpu_count()} cores of {model or 'an unnamed processor'}"


if __name__ == "__main__":
    asyncio.run(main())

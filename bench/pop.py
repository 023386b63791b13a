"""From the INVITE to the card on the screen, while 200 agents are connected: `make bench NAME=pop`.

Beside it, in the same run and for the same calls: when the news reaches anybody at all who reads plain AMI (the
floor below us), and when a page would know that asks the API every second (what one builds first).
Twice: with nothing but sockets, then with a few desks open in Chromium, which takes processor time that agents'
own computers would give. AGENTS, RATE, SECONDS and PAGES in the environment change the size.
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
    from tests.live import Desk

AGENTS = int(os.environ.get("AGENTS", "200"))
RATE = float(os.environ.get("RATE", "20"))
SECONDS = float(os.environ.get("SECONDS", "60"))
PAGES = int(os.environ.get("PAGES", "2"))
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


@dataclass(frozen=True, slots=True)
class Run:
    """What came of one crowd of callers."""

    timings: Timings
    placed: int
    busy: float
    rss_mib: float


async def main() -> None:
    async with AsyncExitStack() as stack:
        house = await stack.enter_async_context(centre(AGENTS))
        answers = behaviour.answers(RINGS_S)
        await stack.enter_async_context(sip.Phones.playing(house.pbx, default=answers))
        desks = [
            await stack.enter_async_context(at_desk(house.ws_url, agent.session, house.web_url))
            for agent in house.agents
        ]
        print(f"{AGENTS} agents connected, {RATE:g} calls/s for {SECONDS:g} s; {_machine()}")
        _report(await _measure(house, desks), "nothing but sockets", _AT_SOCKET)
        playwright = await stack.enter_async_context(async_playwright())
        browser = await stack.enter_async_context(
            await playwright.chromium.launch(
                executable_path="/usr/bin/chromium", args=[*CHROMIUM_ARGS, *IN_FRONT]
            )
        )
        run = await _measure(house, desks, browser)
        _report(run, f"{PAGES} desks open in Chromium on the same machine", _PAINTED)


async def _measure(house: Centre, desks: list[Desk], browser: Browser | None = None) -> Run:
    """One crowd of callers, with or without real pages open."""
    timings = Timings()
    for desk in desks:
        desk.heard = timings.heard
    pages = house.agents[:PAGES] if browser else ()
    for agent in pages:
        assert browser is not None  # noqa: S101 # for the type checker
        await _open_page(browser, house, agent, timings)
    watchers = [asyncio.create_task(w) for w in (_read_ami(house, timings), _poll(house, timings))]
    used, began = _cpu_s(house.service_pid), time.monotonic()
    load = sip.Load(round(RATE * SECONDS), RATE, list(_callers(house, len(pages))), talk_s=TALK_S)
    async with sip.crowding(house.pbx, load) as crowd:
        report = await crowd.is_over()
    busy = (_cpu_s(house.service_pid) - used) / (time.monotonic() - began)
    for watcher in watchers:
        watcher.cancel()
        with suppress(asyncio.CancelledError):
            await watcher
    return Run(timings, report.placed, busy, _rss_mib(house.service_pid))


def _callers(house: Centre, with_page: int) -> Iterator[sip.Caller]:
    """Known customers, in turn to the agents at a page and to the many others."""
    pages, others = house.agents[:with_page], house.agents[with_page:]
    every = round(RATE * PAGE_RINGS_EVERY_S / with_page) if with_page else 0
    for i in range(round(RATE * SECONDS)):
        at_page = every and i % every == 0
        agent = pages[i // every % with_page] if at_page else others[i % len(others)]
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


_AMI, _POLLED = "plain AMI reader (baseline)", "page that polls every 1 s (baseline)"
_SOCKET, _CARD = "pop at the socket", "card painted in Chromium"
_AT_SOCKET = (_AMI, _SOCKET, _POLLED)
_PAINTED = (_AMI, _SOCKET, _CARD)


def _report(run: Run, title: str, rows: tuple[str, ...]) -> None:
    t = run.timings
    ends = {_AMI: t.ami, _SOCKET: t.socket, _CARD: t.painted, _POLLED: t.polled}
    print(f"\n{title + ', ms':52} {'p50':>8} {'p95':>8} {'p99':>8} {'n':>6}")
    _row("INVITE → phone rings, Asterisk alone", t.after(t.began, t.rang))
    for name in rows:
        _row(f"INVITE → {name}", t.after(t.began, ends[name]))
    for name in rows:
        _row(f"ring → {name}", t.after(t.rang, ends[name]))
    p99 = {name: _quantile(t.after(t.began, ends[name]), 0.99) for name in rows}
    ratios = ", ".join(
        f"{p99[_SOCKET] / p99[name]:.3g} × the {name}" for name in rows if name != _SOCKET
    )
    print(f"p99 of INVITE → {_SOCKET}: {ratios}")
    lost = run.placed - len(t.socket)
    print(
        f"pops: {len(t.socket)} of {run.placed}{f', {lost} LOST' if lost else ''};"
        f" service: {run.busy:.0%} of a core, {run.rss_mib:.0f} MiB"
    )


def _row(name: str, ms: list[float]) -> None:
    marks = " ".join(f"{_quantile(ms, q):8.1f}" for q in (0.50, 0.95, 0.99))
    print(f"{name:52} {marks} {len(ms):6}")


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

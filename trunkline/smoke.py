"""`trunkline smoke`: the demo for a while, unattended, held against what the lab itself knows.

Does not look inside the service: it signs in and asks the API, and listens on the live line, as a browser
does.
"""

from __future__ import annotations

import asyncio
import json
import random
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Self

import aiohttp
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from yarl import URL

from callcore.errors import TrunklineError
from lab import sip, truth
from lab.traffic import Day, keep_calling
from trunkline import demo

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trunkline.demo import Demo

_SETTLES_S = 60.0
_DIAL_EVERY_S = 7.0
_DAY = Day(per_minute=60.0, talk_s=(2.0, 6.0), impatient=0.0)
_DIALLED = "+12125550140"


class SmokeError(TrunklineError):
    """The service refused what it should have granted."""

    code = "smoke"


class BusyError(SmokeError):
    """The agent's phone did not take the call: it is in one already."""


@dataclass(frozen=True, slots=True)
class Report:
    """What the PBX's own records tell, what the log has of it, what reached the agents' screens.

    `rang` are the calls that rang a phone with an agent: each has to pop.
    """

    calls: int
    logged: int
    rang: int
    popped: int
    problems: tuple[str, ...]

    @property
    def passed(self) -> bool:
        return self.calls > 0 and not self.problems

    @property
    def last_line(self) -> str:
        return f"smoke: {self.calls} calls, {self.logged} logged, {self.popped} popped"


async def smoke(seconds: float) -> Report:
    """Let calls come and go for a while, then compare."""
    async with demo.running() as alive, AsyncExitStack() as stack:
        desks = {
            login: Desk(alive, login) for login in alive.passwords if login.startswith("agent")
        }
        for desk in desks.values():
            await stack.enter_async_context(desk)
        admin = await stack.enter_async_context(Desk(alive, "admin"))
        enough = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(
                keep_calling(alive.pbx, alive.people, _DAY, random.Random(1), enough=enough)  # noqa: S311
            )
            group.create_task(_keep_dialling(desks["agent1"], enough))
            await asyncio.sleep(seconds)
            enough.set()
        await sip.all_over(alive.pbx, deadline_s=_SETTLES_S)
        expected = truth.conversations(alive.pbx.cel_csv, alive.pbx.cdr_csv)
        entries = await admin.logged_calls(ended=len(expected))
        return _report(alive, expected, entries, desks)


async def _keep_dialling(desk: Desk, enough: asyncio.Event) -> None:
    while not enough.is_set():
        with suppress(BusyError):
            await desk.post("/api/v1/calls", {"number": _DIALLED})
        with suppress(TimeoutError):
            async with asyncio.timeout(_DIAL_EVERY_S):
                await enough.wait()


def _report(
    alive: Demo,
    expected: list[truth.Conversation],
    entries: list[dict[str, Any]],
    desks: Mapping[str, Desk],
) -> Report:
    verdict = truth.compare(expected, entries)
    manned = {desk.extension for desk in desks.values()}
    rang = [conversation for conversation in expected if conversation.phones & manned]
    seen = {call_id for desk in desks.values() for call_id in desk.popped}
    popped = sum(entry["id"] in seen for entry in entries)
    problems = [] if verdict.ok else [str(verdict)]
    if popped != len(rang):
        problems.append(f"{len(rang)} calls rang a phone, {popped} popped")
    if twice := [desk.login for desk in desks.values() if desk.doubled]:
        problems.append(f"numbers came twice at {', '.join(twice)}")
    if without := sum(conversation.cdrs == 0 for conversation in expected):
        problems.append(f"{without} calls have no CDR")
    if alive.service.bridge.unreadable:
        problems.append(f"{alive.service.bridge.unreadable} AMI messages could not be read")
    return Report(verdict.calls, verdict.logged, len(rang), popped, tuple(problems))


class Desk:
    """A user at work: signed in over HTTP, with the live line open."""

    def __init__(self, alive: Demo, login: str) -> None:
        self.login = login
        self.extension = ""
        self.popped: set[str] = set()
        self.doubled = False
        self._alive = alive
        self._url = alive.service.web_url
        self._ws_url = alive.service.ws_url.replace("{host}", "127.0.0.1")
        self._web = aiohttp.ClientSession(
            cookie_jar=aiohttp.CookieJar(unsafe=True), headers={"Origin": self._url}
        )
        self._listening: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        password = self._alive.passwords[self.login]
        me = await self.post("/api/v1/session", {"login": self.login, "password": password})
        self.extension = me["extension"] or ""
        ready = asyncio.Event()
        self._listening = asyncio.create_task(self._listen(ready))
        async with asyncio.timeout(10):
            await ready.wait()
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._listening is not None:
            self._listening.cancel()
            with suppress(asyncio.CancelledError):
                await self._listening
        await self._web.close()

    async def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        async with self._web.post(self._url + path, json=body) as response:
            return await _answer(response)

    async def get(self, path: str) -> dict[str, Any]:
        async with self._web.get(self._url + path) as response:
            return await _answer(response)

    async def logged_calls(self, *, ended: int) -> list[dict[str, Any]]:
        """The whole call log as `truth.compare` takes it; waits until `ended` calls have ended in it."""
        rows: list[dict[str, Any]] = []
        with suppress(TimeoutError):
            async with asyncio.timeout(_SETTLES_S):
                while sum(not row["live"] for row in rows) < ended:
                    rows = await self._pages("/api/v1/calls?kind=call&limit=200")
                    await asyncio.sleep(0.2)
        return [_entry(await self.get(f"/api/v1/calls/{row['id']}")) for row in rows]

    async def _pages(self, path: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        cursor: str | None = ""
        while cursor is not None:
            page = await self.get(f"{path}&cursor={cursor}" if cursor else path)
            rows += page["items"]
            cursor = page["next"]
        return rows

    async def _listen(self, ready: asyncio.Event) -> None:
        cookies = self._web.cookie_jar.filter_cookies(URL(self._url))
        cookie = "; ".join(f"{name}={morsel.value}" for name, morsel in cookies.items())
        headers = {"Cookie": cookie}
        async with connect(self._ws_url, origin=self._url, additional_headers=headers) as line:  # type: ignore[arg-type] # a NewType of str
            await line.send(json.dumps({"type": "resume", "stream": "", "last": 0}))
            last = -1
            with suppress(ConnectionClosed):
                async for text in line:
                    message = json.loads(text)
                    ready.set()
                    if message["type"] == "pop":
                        self.popped.add(message["pop"]["call_id"])
                    if message["type"] not in {"hello", "snapshot", "beat"}:
                        self.doubled |= message["n"] <= last
                        last = message["n"]


async def _answer(response: aiohttp.ClientResponse) -> dict[str, Any]:
    body: dict[str, Any] = await response.json(content_type=None)
    if response.status == HTTPStatus.BAD_GATEWAY:
        raise BusyError(str(body))
    if response.status >= HTTPStatus.BAD_REQUEST:
        raise SmokeError(f"{response.method} {response.url.path}: {response.status} {body}")
    return body


def _entry(call: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": call["id"],
        "direction": call["direction"],
        "result": call["result"],
        "started_at": _epoch(call["started_at"]),
        "ended_at": _epoch(call["ended_at"]) if call["ended_at"] else None,
        "channels": [leg["id"] for leg in call["legs"]],
    }


def _epoch(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()

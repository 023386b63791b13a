"""Tabs of people of the house. Whatever a page complains of in its console fails the test."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from crm_store.rights import SYSTEM
from tests.browser.house import House, open_house

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from playwright.async_api import Browser, ConsoleMessage, Page

    from crm_store.records import User


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as opened:
        yield opened


@dataclass
class Tabs:
    """Opens tabs; `complaints` are the errors of their consoles, the policy's violations among them."""

    browser: Browser
    house: House
    stack: AsyncExitStack
    complaints: list[str] = field(default_factory=list)

    async def open(self, user: User | None = None, path: str = "/", **options: Any) -> Page:
        """A tab with cookies of its own, in which `user` is signed in."""
        context = await self.stack.enter_async_context(
            await self.browser.new_context(
                **{"viewport": {"width": 1440, "height": 900}, "timezone_id": "Europe/Paris"}
                | options
            )
        )
        if user is not None:
            new = await self.house.store.sessions.start(SYSTEM, user.id)
            await context.add_cookies(
                [{"name": "trunkline_session", "value": new.secret, "url": self.house.url}]
            )
        page = await context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._hear)
        await page.goto(self.house.url + path)
        return page

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(message.text)

    def forgive(self, words: str) -> None:
        """A test that breaks something on purpose expects the browser to say so."""
        self.complaints[:] = [each for each in self.complaints if words not in each]


@pytest.fixture
async def tabs(browser: Browser, house: House) -> AsyncIterator[Tabs]:
    async with AsyncExitStack() as stack:
        opened = Tabs(browser, house, stack)
        yield opened
    assert opened.complaints == []


@pytest.fixture
async def desk(tabs: Tabs, house: House) -> Page:
    """Claire's desk, connected."""
    page = await tabs.open(house.people.claire)
    await page.locator("#bar-state .badge[data-state=idle]").wait_for()
    return page

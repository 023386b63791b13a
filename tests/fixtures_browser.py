"""A real Chromium for tests that look at pages."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

# What should come may come late on a busy machine; a test that fails waits this long once.
expect.set_options(timeout=20_000)

# Without these Chromium looks up its maker's hosts, and as root it needs its sandbox off.
CHROMIUM_ARGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """A Chromium of this test's own: Playwright's objects belong to one event loop."""
    path = shutil.which("chromium")
    if path is None:
        pytest.fail("There is no chromium on PATH. Run `make setup`.")
    async with (
        async_playwright() as playwright,
        await playwright.chromium.launch(executable_path=path, args=list(CHROMIUM_ARGS)) as browser,
    ):
        yield browser


@pytest.fixture
async def page(browser: Browser) -> AsyncIterator[Page]:
    """A tab with cookies of its own; the test fails if a script on it did."""
    broken: list[str] = []
    async with await browser.new_context() as context:
        page = await context.new_page()
        page.on("pageerror", lambda error: broken.append(str(error)))
        yield page
    assert broken == []

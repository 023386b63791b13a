"""The whole way: a real caller, a real Asterisk, the service as it runs, a real browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from lab.sip import Caller, placing
from trunkline import demo

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Page

    from trunkline.demo import Demo

pytestmark = [pytest.mark.browser, pytest.mark.pbx]

STRAIGHT_TO_1001 = "+442079460110"
SLOW_MS = 20_000


@pytest.fixture
async def alive() -> AsyncIterator[Demo]:
    async with demo.running() as running:
        yield running


@pytest.fixture
async def agent(alive: Demo, page: Page) -> Page:
    """The desk of the agent at phone 1001, connected."""
    await page.goto(f"{alive.service.web_url}/login")
    await page.fill("#login", "agent1")
    await page.fill("#password", alive.passwords["agent1"])
    await page.keyboard.press("Enter")
    await page.locator("#bar-state .badge[data-state=idle]").wait_for()
    return page


async def test_a_known_caller_is_on_the_desk_while_it_rings_and_in_the_log_afterwards(
    alive: Demo, agent: Page
) -> None:
    numbers = [each.number for each in alive.people]
    someone = next(each for each in alive.people if numbers.count(each.number) == 1)
    caller = Caller(STRAIGHT_TO_1001, someone.number, someone.name, talk_s=4.0)
    async with placing(alive.pbx, caller) as call:
        await expect(agent.locator("#call .badge")).to_have_text("Ringing", timeout=SLOW_MS)
        await expect(agent.locator("#customer .card-name")).to_contain_text(someone.name)
        await expect(agent.locator("#call .badge")).to_have_text("Talking", timeout=SLOW_MS)
        notes = agent.get_by_label("Notes", exact=True)
        await notes.fill("Asked for the price list")
        await expect(agent.locator(".save-state")).to_have_text("Saved")
        await call.is_over()
    await expect(agent.locator("#call .badge")).to_have_text("Ended", timeout=SLOW_MS)
    await agent.get_by_role("link", name="Open in the log").click()
    await expect(agent.locator("h1")).to_have_text(someone.name)
    await expect(agent.get_by_label("Notes", exact=True)).to_have_value("Asked for the price list")
    await expect(agent.locator(".ladder-head")).to_contain_text("PJSIP/1001", timeout=SLOW_MS)
    assert await agent.locator(".ladder-row").count() > 5


async def test_a_number_dialled_from_the_desk_rings_the_own_phone_and_then_the_number(
    alive: Demo, agent: Page
) -> None:
    await agent.get_by_label("Number to call").fill("+1 212 555 0140")
    await agent.keyboard.press("Enter")
    await expect(agent.locator("#call .badge")).to_have_text("Talking", timeout=SLOW_MS)
    await agent.get_by_role("button", name="Hang up").click()
    await expect(agent.locator("#call .badge")).to_have_text("Ended", timeout=SLOW_MS)


async def test_what_a_caller_writes_into_his_sip_name_stays_text(alive: Demo, agent: Page) -> None:
    name = "<script>hacked=1</script>"
    async with placing(alive.pbx, Caller(STRAIGHT_TO_1001, "+12125550199", name, cancel_s=1.5)):
        await expect(agent.locator("#call .call-name")).to_have_text(name, timeout=SLOW_MS)
    assert await agent.evaluate("window.hacked === undefined")

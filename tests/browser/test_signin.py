"""Signing in and out, with the keyboard alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.browser.people import PASSWORD

if TYPE_CHECKING:
    from tests.browser.conftest import Tabs

pytestmark = pytest.mark.browser


async def test_an_agent_signs_in_without_a_mouse_and_lands_where_he_wanted(tabs: Tabs) -> None:
    page = await tabs.open(path="/calls?result=missed")
    await expect(page).to_have_title("Sign in · Trunkline")
    await page.keyboard.type("claire")
    await page.keyboard.press("Tab")
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(f"{tabs.house.url}/calls?result=missed")


async def test_a_wrong_password_is_told_and_the_name_is_kept(tabs: Tabs) -> None:
    page = await tabs.open(path="/login")
    await page.fill("#login", "claire")
    await page.fill("#password", "guess")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_be_visible()
    await expect(page.locator("#login")).to_have_value("claire")
    await expect(page.locator("#password")).to_be_focused()
    tabs.forgive("401")


async def test_signing_out_in_one_tab_closes_the_desk_in_the_other(tabs: Tabs) -> None:
    page = await tabs.open(tabs.house.people.claire)
    other = await page.context.new_page()
    await other.goto(tabs.house.url)
    await other.locator("#bar-state .badge[data-state=idle]").wait_for()
    await page.get_by_role("button", name="Your menu").click()
    await page.get_by_role("button", name="Sign out").click()
    await expect(other).to_have_url(f"{tabs.house.url}/login?next=%2F")

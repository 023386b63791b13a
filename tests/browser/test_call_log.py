"""The call log, and a call's x-ray."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from callcore.call import Call, Direction, Result
from callcore.events import Party
from callcore.ids import Extension, Linkedid, call_id
from tests.browser.house import PBX

if TYPE_CHECKING:
    from datetime import datetime

    from tests.browser.conftest import Tabs

pytestmark = pytest.mark.browser


def past_call(at: datetime, n: int) -> Call:
    """One of many calls of Claire's."""
    linkedid = Linkedid(f"1700{n:06}.1")
    number = f"+44207946{n:04}"
    return Call(
        id=call_id(PBX, linkedid),
        pbx=PBX,
        linkedids=(linkedid,),
        direction=Direction.OUTBOUND,
        started_at=at,
        customer=Party(number),
        dialled=number,
        answered_at=at,
        ended_at=at,
        result=Result.ANSWERED,
        agents=(Extension("1001"),),
    )


async def test_the_log_is_filtered_and_the_address_keeps_the_filter(tabs: Tabs) -> None:
    page = await tabs.open(tabs.house.people.claire, "/calls")
    rows = page.locator("tbody tr[tabindex]")
    await expect(rows).to_have_count(9)
    await page.get_by_label("Result").select_option("abandoned")
    await expect(rows).to_have_count(1)
    await expect(rows).to_contain_text("01 99 00 11 42")
    await expect(page).to_have_url(f"{tabs.house.url}/calls?result=abandoned")
    await page.reload()
    await expect(rows).to_have_count(1)
    await page.get_by_role("button", name="Clear").click()
    await page.get_by_label("Name or number").fill("sample caller")
    await expect(rows).to_have_count(2)


async def test_rows_are_walked_and_opened_by_keys(tabs: Tabs) -> None:
    page = await tabs.open(tabs.house.people.claire, "/calls")
    await page.locator("tbody tr[tabindex]").first.focus()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(f"{tabs.house.url}/calls/{tabs.house.people.answered_call}")


async def test_the_x_ray_shows_a_lane_for_each_channel_and_a_row_for_each_event(tabs: Tabs) -> None:
    call_id = tabs.house.people.answered_call
    page = await tabs.open(tabs.house.people.claire, f"/calls/{call_id}")
    heads = page.locator(".ladder-head .ladder-lane")
    await expect(heads).to_have_text(["PJSIP/trunk-a", "PJSIP/1001"])
    steps = page.locator(".ladder-row:not(.ladder-head)")
    await expect(steps).to_have_count(10)
    await expect(steps.first).to_contain_text("Channel opens")
    await expect(page.locator(".ladder-arrow")).to_have_count(2)
    await expect(steps.last).to_contain_text("Normal Clearing")


async def test_a_long_log_is_read_as_one_scrolls_and_only_what_is_seen_is_drawn(tabs: Tabs) -> None:
    house = tabs.house
    newest = (await house.store.call_log.get(house.people.answered_call)).started_at
    older = [past_call(newest - timedelta(hours=n), n) for n in range(1, 301)]
    await house.store.call_log.record(older)
    page = await tabs.open(house.people.claire, "/calls")
    box = page.locator(".table-wrap")
    rows = page.locator("tbody tr[tabindex]")
    last = page.locator("tbody").get_by_text("+44 20 7946 0300")
    async with asyncio.timeout(20):
        while not await last.count():
            await box.evaluate("box => box.scrollTo(0, box.scrollHeight)")
            await page.wait_for_timeout(50)
    await last.first.scroll_into_view_if_needed()
    await expect(last.first).to_be_in_viewport()
    assert await rows.count() < 120
    await box.evaluate("box => box.scrollTo(0, 0)")
    await expect(rows.first).to_contain_text("Atelier Dupont")


async def test_a_supervisor_takes_the_calls_away_as_a_spreadsheet(tabs: Tabs) -> None:
    page = await tabs.open(tabs.house.people.susan, "/calls?result=answered")
    async with page.expect_download() as started:
        await page.get_by_role("link", name="Export CSV").click()
    download = await started.value
    text = (await download.path()).read_text("utf-8-sig")
    assert "Atelier Dupont" in text
    assert "abandoned" not in text

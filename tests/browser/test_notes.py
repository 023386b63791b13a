"""Notes: saved as they are typed, never lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from crm_store.ids import InteractionId
from crm_store.rights import SYSTEM
from tests.browser.house import eventually
from tests.browser.people import DUPONT, LEROY

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.browser.conftest import Tabs
    from tests.browser.house import House

pytestmark = pytest.mark.browser


async def stored(house: House, call_id: str) -> str:
    return (await house.store.interactions.get(SYSTEM, InteractionId(call_id))).interaction.notes


async def test_a_note_is_saved_as_it_is_typed_and_survives_a_reload(
    desk: Page, house: House
) -> None:
    call = await house.answer(await house.ring(DUPONT))
    notes = desk.get_by_label("Notes", exact=True)
    await notes.fill("Call back on Thursday")
    await expect(desk.locator(".save-state")).to_have_text("Saved")
    assert await stored(house, call.id) == "Call back on Thursday"
    await desk.reload()
    await expect(desk.get_by_label("Notes", exact=True)).to_have_value("Call back on Thursday")


async def test_a_note_typed_while_the_server_is_away_is_kept_and_sent_later(
    tabs: Tabs, desk: Page, house: House
) -> None:
    call = await house.answer(await house.ring(DUPONT))
    notes = desk.get_by_label("Notes", exact=True)
    await desk.route(f"**/api/v1/calls/{call.id}", lambda route: route.abort())
    await notes.fill("Typed in the dark")
    await expect(desk.locator(".save-state")).to_contain_text("Not saved yet")
    assert await stored(house, call.id) == ""
    await desk.reload()
    notes = desk.get_by_label("Notes", exact=True)
    await expect(notes).to_have_value("Typed in the dark")
    await desk.unroute(f"**/api/v1/calls/{call.id}")
    await desk.evaluate("dispatchEvent(new Event('online'))")
    await expect(desk.locator(".save-state")).to_have_text("Saved")
    assert await stored(house, call.id) == "Typed in the dark"
    tabs.forgive("ERR_FAILED")


async def test_each_call_keeps_its_own_note(desk: Page, house: House) -> None:
    first = await house.answer(await house.ring(DUPONT))
    notes = desk.get_by_label("Notes", exact=True)
    await notes.fill("About the panels")
    await desk.locator("#call .call-name").click()
    await house.end(first)
    second = await house.answer(await house.ring(LEROY))
    await expect(desk.locator("#call .call-name")).to_have_text("Sample Caller")
    await expect(notes).to_have_value("")
    await notes.fill("About the bill")
    await expect(desk.locator(".save-state")).to_have_text("Saved")

    async def kept() -> bool:
        return await stored(house, first.id) == "About the panels"

    await eventually(kept)
    assert await stored(house, second.id) == "About the bill"

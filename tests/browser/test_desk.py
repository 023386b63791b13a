"""The desk while phones ring: pops, chips, the customer, commands."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from callcore.commands import Hangup, Hold, Originate, Redirect
from callcore.errors import PbxRefusedError
from crm_store.ids import InteractionId
from crm_store.rights import SYSTEM
from tests.browser.house import eventually
from tests.browser.people import DUPONT, LEROY, SHARED, STRANGER

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.browser.conftest import Tabs
    from tests.browser.house import House

pytestmark = pytest.mark.browser


async def test_a_ringing_phone_puts_the_callers_card_on_the_desk(desk: Page, house: House) -> None:
    await house.ring(DUPONT, "ATELIER DUPONT")
    await expect(desk.locator("#call .call-name")).to_have_text("Atelier Dupont")
    await expect(desk.locator("#call .badge")).to_have_text("Ringing")
    await expect(desk.locator("#customer .card-name")).to_contain_text("Atelier Dupont")
    await expect(desk.locator("#customer .timeline")).to_contain_text("oak panels")
    await expect(desk).to_have_title("▲ Ringing: Atelier Dupont")


async def test_a_pop_never_takes_the_focus_nor_what_is_typed(desk: Page, house: House) -> None:
    field = desk.get_by_label("Number to call")
    await field.click()
    await desk.keyboard.type("0612")
    await house.ring(DUPONT)
    await expect(desk).to_have_title("▲ Ringing: Atelier Dupont")
    await desk.keyboard.type("345")
    call = await house.answer(await house.ring(LEROY))
    await house.end(call)
    notes = desk.get_by_label("Notes", exact=True)
    if await notes.count():
        await expect(notes).to_have_value("")


async def test_a_second_call_waits_as_a_chip_while_a_note_is_written(
    desk: Page, house: House
) -> None:
    first = await house.answer(await house.ring(DUPONT))
    notes = desk.get_by_label("Notes", exact=True)
    await notes.click()
    await desk.keyboard.type("Wants a quo")
    await house.end(first)
    await house.answer(await house.ring(LEROY))
    chip = desk.locator(".call-chip", has_text="Sample Caller")
    await expect(chip.locator(".badge")).to_have_text("Talking")
    await expect(notes).to_be_focused()
    await desk.keyboard.type("te")
    await expect(notes).to_have_value("Wants a quote")
    await expect(desk.locator("#call .call-name")).to_have_text("Atelier Dupont")
    await desk.keyboard.press("Alt+2")
    await expect(desk.locator("#call .call-name")).to_have_text("Sample Caller")
    await desk.keyboard.press("Alt+1")
    await expect(notes).to_have_value("Wants a quote")


async def test_a_call_taken_by_a_colleague_says_so_and_yields_to_the_next(
    desk: Page, house: House
) -> None:
    await house.take_elsewhere(await house.ring(DUPONT))
    await expect(desk.locator("#call .badge")).to_have_text("A colleague took it")
    await house.ring(LEROY)
    await expect(desk.locator("#call .call-name")).to_have_text("Sample Caller")
    await expect(desk.locator(".call-chip")).to_have_count(0)


async def test_done_gives_the_desk_back_to_the_day(desk: Page, house: House) -> None:
    await house.end(await house.answer(await house.ring(DUPONT)))
    await expect(desk.locator("#call .badge")).to_have_text("Ended")
    await desk.keyboard.press("Control+Enter")
    await expect(desk.locator("#call .call-name")).to_have_text("No call")
    await desk.reload()
    await expect(desk.locator("#call .call-name")).to_have_text("No call")


async def test_several_customers_with_one_number_are_a_choice_made_by_a_key(
    desk: Page, house: House
) -> None:
    call = await house.ring(SHARED)
    await expect(desk.get_by_text("2 customers share this number")).to_be_visible()
    await desk.keyboard.press("2")
    await expect(desk.locator("#customer .card-name")).to_contain_text("Lycée Paul Valéry")
    await _until_linked(house, call.id, "Lycée Paul Valéry")


async def test_a_stranger_becomes_a_lead_in_one_form(desk: Page, house: House) -> None:
    call = await house.answer(await house.ring(STRANGER, "J MOREAU"))
    name = desk.get_by_label("Name", exact=True)
    await expect(name).to_have_value("J MOREAU")
    await name.fill("Sample Visitor")
    await desk.get_by_role("button", name="Save lead").click()
    await expect(desk.locator("#customer .card-name")).to_contain_text("Sample Visitor")
    await expect(desk.locator("#customer .phones")).to_contain_text("01 99 00 11 42")
    await _until_linked(house, call.id, "Sample Visitor")


async def test_a_number_typed_into_the_box_rings_the_own_phone_first(
    desk: Page, house: House
) -> None:
    await desk.get_by_label("Number to call").fill("01 99 00 11 60")
    await desk.keyboard.press("Enter")
    command = await asyncio.wait_for(house.pbx.commands.get(), 5)
    assert isinstance(command, Originate)
    assert (command.endpoint, command.exten) == ("PJSIP/1001", "+33199001160")


async def test_slash_then_a_number_then_enter_dials(desk: Page, house: House) -> None:
    await desk.keyboard.press("/")
    await desk.keyboard.type("+33199001160")
    await expect(desk.get_by_role("option").first).to_have_text("Call +33199001160")
    await desk.keyboard.press("Enter")
    command = await asyncio.wait_for(house.pbx.commands.get(), 5)
    assert isinstance(command, Originate)


async def test_the_search_finds_a_customer_by_some_letters(desk: Page, house: House) -> None:
    await desk.keyboard.press("/")
    await desk.keyboard.type("dup")
    await expect(desk.get_by_role("option").first).to_contain_text("Atelier Dupont")
    await desk.keyboard.press("Enter")
    await expect(desk).to_have_url(f"{house.url}/customers/{house.people.dupont}")


async def test_a_call_is_held_handed_over_and_hung_up_by_keys(desk: Page, house: House) -> None:
    await house.answer(await house.ring(DUPONT))
    await expect(desk.get_by_role("button", name="Hang up")).to_be_visible()
    await desk.keyboard.press("Alt+h")
    assert isinstance(await asyncio.wait_for(house.pbx.commands.get(), 5), Hold)
    await expect(desk.get_by_role("button", name="Take back")).to_be_visible()
    await desk.keyboard.press("Alt+t")
    await desk.keyboard.type("two")
    await expect(desk.locator(".people .menu-row")).to_have_count(1)
    await desk.keyboard.press("Enter")
    command = await asyncio.wait_for(house.pbx.commands.get(), 5)
    assert isinstance(command, Redirect)
    assert command.exten == "1002"
    await desk.locator("#call .call-name").click()
    await desk.keyboard.press("Alt+x")
    assert isinstance(await asyncio.wait_for(house.pbx.commands.get(), 5), Hangup)


async def test_what_the_pbx_refuses_is_told_where_it_was_asked(
    tabs: Tabs, desk: Page, house: House
) -> None:
    await house.answer(await house.ring(DUPONT))
    house.pbx.refusal = PbxRefusedError("No such channel")
    await desk.get_by_role("button", name="Hold").click()
    await expect(desk.locator("#call [role=alert]")).to_be_visible()
    await expect(desk.get_by_role("button", name="Hold")).to_be_visible()
    tabs.forgive("502")


async def test_a_lost_line_is_a_thin_line_and_nothing_is_missing_when_it_is_back(
    tabs: Tabs, desk: Page, house: House
) -> None:
    port = house.line.target_port
    house.line.target_port = 1  # nobody listens there
    house.line.cut()
    await expect(desk.locator("#bar-lines .line")).to_contain_text("Live connection lost since")
    await house.ring(DUPONT)
    house.line.target_port = port
    await expect(desk.locator("#call .call-name")).to_have_text("Atelier Dupont", timeout=20_000)
    await expect(desk.locator("#bar-lines .line")).to_have_count(0)
    tabs.forgive("WebSocket connection")


async def test_a_lost_pbx_is_told_on_every_page(tabs: Tabs, house: House) -> None:
    page = await tabs.open(house.people.claire, "/calls")
    await page.locator("#bar-state .badge[data-state=idle]").wait_for()
    await house.lose_pbx()
    await expect(page.locator("#bar-lines .line")).to_contain_text("cannot be reached")
    await house.find_pbx()
    await expect(page.locator("#bar-lines .line")).to_have_count(0)


async def test_a_call_rings_through_to_other_pages(tabs: Tabs, house: House) -> None:
    page = await tabs.open(house.people.claire, "/customers")
    await page.locator("#bar-state .badge[data-state=idle]").wait_for()
    await house.ring(DUPONT)
    await page.get_by_role("link", name="Atelier Dupont Open the desk").click()
    await expect(page.locator("#call .call-name")).to_have_text("Atelier Dupont")


async def test_a_key_fact_is_edited_where_it_stands(desk: Page, house: House) -> None:
    await house.ring(DUPONT)
    await desk.get_by_role("button", name="Edit: E-mail").click()
    await desk.keyboard.press("Control+A")
    await desk.keyboard.type("office@dupont.example")
    await desk.keyboard.press("Enter")
    await expect(desk.get_by_role("button", name="Edit: E-mail")).to_contain_text("office@dupont")


async def _until_linked(house: House, call_id: str, name: str) -> None:
    async def linked() -> bool:
        found = await house.store.interactions.get(SYSTEM, InteractionId(call_id))
        return found.interaction.customer_name == name

    await eventually(linked)

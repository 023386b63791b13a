"""A caller may call himself whatever he likes: on every page it is inert text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.browser.people import STRANGER

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.browser.conftest import Tabs
    from tests.browser.house import House

pytestmark = pytest.mark.browser

NAMES = {
    "script": "<script>window.hacked = 1</script>",
    "image": '"><img src=x onerror="window.hacked=1">',
    "formula": "=cmd|' /C calc'!A0",
    "lines": "Eve\r\nAction: Originate\r\nChannel: x",
    "bidi": "\u202egnp.exe\u2066",
    "broken": b"Ren\xe9 \xff\xfe".decode("utf-8", "surrogateescape")
    .encode("utf-8", "replace")
    .decode(),
    "template": "{{7*7}}${7*7}",
}


async def untouched(page: Page) -> bool:
    return bool(
        await page.evaluate(
            "window.hacked === undefined && !document.querySelector('main img, main script')"
        )
    )


@pytest.mark.parametrize("kind", NAMES)
async def test_a_hostile_name_is_text_on_every_page(
    kind: str, tabs: Tabs, desk: Page, house: House
) -> None:
    call = await house.answer(await house.ring(STRANGER, NAMES[kind]))
    await expect(desk.locator("#call .call-name")).not_to_be_empty()
    assert await untouched(desk)
    await house.end(call)
    for path in ("/", "/calls", f"/calls/{call.id}"):
        page = await tabs.open(house.people.claire, path)
        await expect(page.locator("main")).to_contain_text(_visible(NAMES[kind]))
        assert await untouched(page)
    await desk.get_by_role("button", name="Save lead").click()
    await expect(desk.locator("#customer .card-name")).to_be_visible()
    page = await tabs.open(house.people.claire, "/customers")
    assert await untouched(page)


def _visible(name: str) -> str:
    """A piece of the name that must be readable whatever was cleaned from it."""
    return {"\r": "Eve", "\u202e": "gnp.exe"}.get(
        next((c for c in name if c in "\r\u202e"), ""), name[:8]
    )

"""Take the pictures of docs/images from the running pages: `python -m tools.screenshots`.

Plays the phones; the pages, the store and the live line are real. Chromium itself makes the WebP.
"""

from __future__ import annotations

import asyncio
import base64
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playwright.async_api import async_playwright

from crm_store.rights import SYSTEM
from tests.browser.house import House, open_house
from tests.browser.people import DUPONT, STRANGER
from tests.fixtures_browser import CHROMIUM_ARGS

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

    from crm_store.records import User

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"
SETTLE_MS = 700

_TO_WEBP = """async png => {
    const image = new Image();
    image.src = "data:image/png;base64," + png;
    await image.decode();
    const canvas = new OffscreenCanvas(image.width, image.height);
    canvas.getContext("2d").drawImage(image, 0, 0);
    const blob = await canvas.convertToBlob({type: "image/webp", quality: 0.82});
    return new Promise(done => {
        const reader = new FileReader();
        reader.onload = () => done(reader.result.split(",")[1]);
        reader.readAsDataURL(blob);
    });
}"""


class Camera:
    """Opens tabs and keeps what they show."""

    def __init__(self, browser: Browser, house: House) -> None:
        self._browser = browser
        self._house = house

    async def open(self, user: User, path: str = "/", **options: Any) -> Page:
        size = {"viewport": {"width": 1280, "height": 800}, "timezone_id": "Europe/Paris"}
        context = await self._browser.new_context(**{**size, "locale": "en-GB", **options})
        new = await self._house.store.sessions.start(SYSTEM, user.id)
        cookie = {"name": "trunkline_session", "value": new.secret, "url": self._house.url}
        await context.add_cookies([cookie])  # type: ignore[list-item]  # a TypedDict of Playwright's
        page = await context.new_page()
        await page.goto(self._house.url + path)
        await page.wait_for_load_state("networkidle")
        return page

    async def shoot(self, page: Page, name: str) -> None:
        await page.wait_for_timeout(SETTLE_MS)
        png = base64.b64encode(await page.screenshot()).decode()
        dark_room = await self._browser.new_page()
        webp = base64.b64decode(await dark_room.evaluate(_TO_WEBP, png))
        await dark_room.close()
        (IMAGES / f"{name}.webp").write_bytes(webp)
        print(f"{name}.webp {len(webp) // 1024} KiB")


async def shoot_all(camera: Camera, house: House) -> None:
    claire = house.people.claire
    desk = await camera.open(claire)
    await camera.shoot(desk, "desk-day")
    call = await house.ring(DUPONT, "ATELIER DUPONT")
    await camera.shoot(desk, "desk-ringing")
    call = await house.answer(call)
    await desk.get_by_label("Notes", exact=True).fill(
        "Panels on Thursday, before ten.\nAsks for a quote for the stairs."
    )
    await camera.shoot(desk, "desk-talking")
    log = await camera.open(claire, "/calls")
    await camera.shoot(log, "calls")
    xray = await camera.open(claire, f"/calls/{house.people.answered_call}", color_scheme="dark")
    await camera.shoot(xray, "x-ray")
    await desk.locator("#call .call-name").click()
    await house.end(call)
    await desk.locator("#call .badge[data-state=ended]").wait_for()
    await desk.keyboard.press("Control+Enter")
    call = await house.ring(STRANGER, "J MOREAU")
    await camera.shoot(desk, "desk-stranger")
    hand = {"width": 390, "height": 780}
    phone = await camera.open(claire, viewport=hand, is_mobile=True, has_touch=True)
    await camera.shoot(phone, "desk-phone")
    await house.end(call)


async def main() -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        async with open_house(Path(folder)) as house, async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=list(CHROMIUM_ARGS)
            )
            await shoot_all(Camera(browser, house), house)
            await browser.close()


if __name__ == "__main__":
    asyncio.run(main())

"""Every page, in both themes and at both ends of the widths: accessible, quiet, never too wide."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.async_api import expect

from tests.browser.people import DUPONT

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.browser.conftest import Tabs
    from tests.browser.house import House

pytestmark = pytest.mark.browser

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PAGES = {
    "sign-in": "/login",
    "desk": "/",
    "calls": "/calls",
    "nothing-found": "/calls?q=zzzz",
    "call": "/calls/{call}",
    "customers": "/customers",
    "customer": "/customers/{customer}",
    "account": "/account",
    "api": "/api/docs",
    "users": "/users",
    "audit": "/audit",
    "style-guide": "/styleguide",
    "missing": "/nothing/here",
}


async def violations(page: Page) -> list[str]:
    """What axe-core finds, one line each."""
    await page.evaluate(AXE)
    found: dict[str, Any] = await page.evaluate(
        "rules => axe.run(document, {runOnly: {type: 'tag', values: rules}, resultTypes: ['violations']})",
        RULES,
    )
    return [
        f"{each['id']}: {node['target']} {node['failureSummary']}"
        for each in found["violations"]
        for node in each["nodes"]
    ]


async def open_page(tabs: Tabs, name: str, **options: Any) -> Page:
    people = tabs.house.people
    user = {"sign-in": None, "users": people.ada, "audit": people.ada}.get(name, people.claire)
    path = PAGES[name].format(call=people.answered_call, customer=people.dupont)
    page = await tabs.open(user, path, **options)
    await page.wait_for_load_state("networkidle")
    return page


@pytest.mark.parametrize("name", PAGES)
async def test_a_page_has_no_barrier_in_either_theme_and_fits_a_narrow_phone(
    name: str, tabs: Tabs
) -> None:
    for theme in ("light", "dark"):
        page = await open_page(tabs, name, color_scheme=theme, reduced_motion="reduce")
        assert await violations(page) == []
    phone = {"viewport": {"width": 360, "height": 740}, "is_mobile": True, "has_touch": True}
    page = await open_page(tabs, name, **phone)
    widths = "[document.documentElement.scrollWidth, innerWidth]"
    assert await page.evaluate(widths) == [360, 360]
    if name == "missing":
        tabs.forgive("404 (Not Found)")


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_the_desk_has_no_barrier_in_any_state_of_a_call(
    theme: str, tabs: Tabs, house: House
) -> None:
    page = await tabs.open(house.people.claire, color_scheme=theme, reduced_motion="reduce")
    await page.locator("#bar-state .badge[data-state=idle]").wait_for()
    call = await house.ring(DUPONT, "ATELIER DUPONT")
    await page.locator("#customer .timeline").wait_for()
    assert await violations(page) == []
    call = await house.answer(call)
    await page.get_by_role("button", name="Transfer").click()
    await page.locator(".people .menu-row").first.wait_for()
    assert await violations(page) == []
    await house.end(call)
    await page.locator("#call .badge[data-state=ended]").wait_for()
    assert await violations(page) == []


@pytest.mark.parametrize(
    ("path", "opener"), [("/", "Keys"), ("/customers", "New customer"), ("/users", "New user")]
)
async def test_a_dialog_has_no_barrier_and_escape_closes_it(
    path: str, opener: str, tabs: Tabs
) -> None:
    page = await tabs.open(tabs.house.people.ada, path, reduced_motion="reduce")
    await page.get_by_role("button", name=opener).click()
    await page.get_by_role("dialog").wait_for()
    assert await violations(page) == []
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)


async def test_an_administrator_adds_somebody_who_can_sign_in(tabs: Tabs) -> None:
    page = await tabs.open(tabs.house.people.ada, "/users")
    await page.get_by_role("button", name="New user").click()
    await page.get_by_label("Name", exact=True).fill("Sample Neighbour")
    await page.get_by_label("Sign-in name").fill("noor")
    await page.get_by_label("Extension").fill("1004")
    await page.get_by_label("Password").fill("a long enough pass phrase")
    await page.get_by_role("button", name="Save").click()
    await expect(page.locator("tbody")).to_contain_text("Sample Neighbour")
    fresh = await tabs.open(path="/login")
    await fresh.fill("#login", "noor")
    await fresh.fill("#password", "a long enough pass phrase")
    await fresh.keyboard.press("Enter")
    await expect(fresh.locator(".me-name")).to_have_text("Sample Neighbour")


async def test_a_token_is_shown_once_and_can_be_taken_away(tabs: Tabs) -> None:
    page = await tabs.open(tabs.house.people.claire, "/account")
    await page.get_by_label("Name", exact=True).fill("wallboard")
    await page.get_by_label("customers:read").check()
    await page.get_by_role("button", name="Make a token").click()
    await expect(page.locator(".secret code")).to_contain_text("tl_")
    await page.reload()
    await expect(page.locator(".secret")).to_have_count(0)
    await page.get_by_role("button", name="Remove").click()
    await expect(page.get_by_text("No tokens")).to_be_visible()


async def test_the_theme_is_chosen_by_hand_and_remembered(tabs: Tabs, house: House) -> None:
    page = await tabs.open(house.people.claire, color_scheme="light")
    light = await page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    await page.get_by_role("button", name="Your menu").click()
    await page.get_by_role("button", name="Dark").click()
    await page.reload()
    assert await page.evaluate("document.documentElement.dataset.theme") == "dark"
    dark = await page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert dark != light


@pytest.mark.parametrize(("language", "word"), [("fr", "Appels"), ("ru", "Звонки")])
async def test_the_pages_speak_the_persons_language(
    language: str, word: str, tabs: Tabs, house: House
) -> None:
    page = await tabs.open(house.people.claire, "/account")
    await page.locator(f"input[name=language][value={language}]").check(force=True)
    await expect(page.locator("html")).to_have_attribute("lang", language)
    await page.goto(f"{house.url}/calls")
    await expect(page.locator("h1")).to_have_text(word)

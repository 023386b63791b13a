"""What people and programs are told when something does not work, and what the log keeps of it."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from callcore.errors import StoreBusyError, StoreFullError
from web.api.problems import STATUS, TITLES
from web.keys import DEPS

if TYPE_CHECKING:
    from tests.unit.web.conftest import Site, SiteMaker


async def test_a_problem_is_a_problem_document(site: Site) -> None:
    client = await site.client(site.world.alice)
    path = "/api/v1/customers/00000000-0000-7000-8000-000000000000"
    response = await client.get(path)
    assert response.content_type == "application/problem+json"
    assert await response.json() == {
        "type": "urn:trunkline:problem:not-found",
        "title": "Not found",
        "status": 404,
        "detail": "There is no such customer for you.",
        "code": "not-found",
    }


def test_every_status_has_a_title() -> None:
    assert set(STATUS.values()) <= set(TITLES)


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/v1/nothing", 404, "not-found"),
        ("DELETE", "/api/v1/customers", 405, "method-not-allowed"),
        ("GET", "/static/x/nothing.js", 404, "not-found"),
        ("GET", "/i18n/x/xx.json", 404, "not-found"),
    ],
)
async def test_programs_get_json(
    site: Site, method: str, path: str, status: int, code: str
) -> None:
    client = await site.client(site.world.alice)
    response = await client.request(method, path)
    assert (response.status, (await response.json())["code"]) == (status, code)


async def test_people_get_a_page(site: Site) -> None:
    client = await site.client(site.world.alice)
    response = await client.get("/nowhere", headers={"Accept-Language": "ru"})
    page = await response.text()
    assert (response.status, response.content_type) == (404, "text/html")
    assert "Not found" in page


async def test_whoever_is_not_signed_in_is_told_how(site: Site) -> None:
    response = await site.anonymous().get("/api/v1/customers")
    assert response.status == 401
    assert response.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    ("error", "code"), [(StoreFullError, "store-full"), (StoreBusyError, "store-busy")]
)
async def test_a_database_that_cannot_is_not_our_mistake(
    site: Site, monkeypatch: pytest.MonkeyPatch, error: type[StoreFullError], code: str
) -> None:
    async def refuse(*_: object, **__: object) -> None:
        raise error("The disk is full.")

    monkeypatch.setattr(site.store.customers, "list", refuse)
    client = await site.client(site.world.alice)
    response = await client.get("/api/v1/customers")
    assert (response.status, (await response.json())["code"]) == (503, code)


async def test_what_works_leaves_no_line_in_the_log(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    client = await site.client(site.world.alice)
    with caplog.at_level(logging.INFO):
        await client.get("/api/v1/customers")
        await client.get("/api/v1/nothing")
    assert [record for record in caplog.records if record.name.startswith("web")] == []


async def test_a_slow_request_leaves_a_line_without_what_was_asked(
    sites: SiteMaker, caplog: pytest.LogCaptureFixture
) -> None:
    async with sites(slow_request_s=0.0) as site:
        client = await site.client(site.world.alice)
        with caplog.at_level(logging.WARNING):
            await client.get("/api/v1/lookup", params={"number": "+33142685300"})
    (record,) = [r for r in caplog.records if r.getMessage() == "request_slow"]
    assert record.__dict__["route"] == "/api/v1/lookup"
    assert record.__dict__["user"] == site.world.alice.id
    assert "142685300" not in str(record.__dict__)


async def test_a_crash_leaves_its_story_in_the_log(
    site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def crash(*_: object, **__: object) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr(site.store.customers, "list", crash)
    client = await site.client(site.world.alice)
    await client.get("/api/v1/customers")
    (record,) = [r for r in caplog.records if r.getMessage() == "request_crashed"]
    assert record.exc_info is not None


async def test_whoever_watches_from_outside_learns_only_how_it_is(site: Site) -> None:
    client = site.anonymous()
    assert await (await client.get("/health")).json() == {"status": "ok"}
    site.pbx.connected = False
    assert await (await client.get("/health")).json() == {"status": "degraded"}
    admin = await site.client(site.world.ada)
    health = await (await admin.get("/api/v1/health")).json()
    assert (health["status"], health["pbx_connected"], health["live_calls"]) == (
        "degraded",
        False,
        1,
    )


async def test_trouble_behind_the_pages_is_told_to_the_administrator_alone(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = ["The disk is full: make room."]
    monkeypatch.setitem(site.app._state, DEPS, replace(site.app[DEPS], troubles=lambda: said))
    outside = await (await site.anonymous().get("/health")).text()
    assert "degraded" in outside
    assert "disk" not in outside
    admin = await site.client(site.world.ada)
    health = await (await admin.get("/api/v1/health")).json()
    assert (health["status"], health["troubles"]) == ("degraded", said)

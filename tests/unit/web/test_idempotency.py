"""The same request twice, one deed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from callcore.commands import Originate
from callcore.errors import OutcomeUnknownError, PbxRefusedError
from web.idempotency import KEPT_S, Keeper

if TYPE_CHECKING:
    from tests.unit.web.conftest import Site

KEY = {"Idempotency-Key": "click-0001"}
NUMBER = {"number": "01 42 68 53 00"}


async def test_a_retried_click_does_not_dial_twice(site: Site) -> None:
    client = await site.client(site.world.alice)
    first = await client.post("/api/v1/calls", json=NUMBER, headers=KEY)
    second = await client.post("/api/v1/calls", json=NUMBER, headers=KEY)
    assert (first.status, second.status) == (201, 201)
    assert await first.json() == await second.json()
    assert second.headers["Idempotent-Replayed"] == "true"
    assert len(site.pbx.commands) == 1


async def test_two_clicks_at_once_dial_once(site: Site) -> None:
    client = await site.client(site.world.alice)
    answers = await asyncio.gather(
        *(client.post("/api/v1/calls", json=NUMBER, headers=KEY) for _ in range(5))
    )
    assert {answer.status for answer in answers} == {201}
    assert len(site.pbx.commands) == 1


async def test_without_a_key_each_click_dials(site: Site) -> None:
    client = await site.client(site.world.alice)
    for _ in range(2):
        await client.post("/api/v1/calls", json=NUMBER)
    ids = {c.channel_id for c in site.pbx.commands if isinstance(c, Originate)}
    assert len(ids) == 2


async def test_a_key_used_for_something_else_is_refused(site: Site) -> None:
    client = await site.client(site.world.alice)
    await client.post("/api/v1/calls", json=NUMBER, headers=KEY)
    other = await client.post("/api/v1/calls", json={"number": "01 42 68 53 01"}, headers=KEY)
    assert (other.status, (await other.json())["code"]) == (422, "key-reused")


async def test_the_same_key_of_another_user_is_another_key(site: Site) -> None:
    for user in (site.world.alice, site.world.bob):
        client = await site.client(user)
        assert (await client.post("/api/v1/calls", json=NUMBER, headers=KEY)).status == 201
    assert len(site.pbx.commands) == 2


async def test_what_surely_failed_may_be_tried_again_with_the_same_key(site: Site) -> None:
    client = await site.client(site.world.alice)
    site.pbx.refusal = PbxRefusedError("The phone did not answer.")
    assert (await client.post("/api/v1/calls", json=NUMBER, headers=KEY)).status == 502
    site.pbx.refusal = None
    assert (await client.post("/api/v1/calls", json=NUMBER, headers=KEY)).status == 201
    one, two = site.pbx.commands
    assert isinstance(one, Originate)
    assert isinstance(two, Originate)
    assert one.channel_id == two.channel_id


async def test_what_may_have_happened_is_never_done_again(site: Site) -> None:
    client = await site.client(site.world.alice)
    site.pbx.refusal = OutcomeUnknownError("The link dropped.")
    assert (await client.post("/api/v1/calls", json=NUMBER, headers=KEY)).status == 504
    site.pbx.refusal = None
    again = await client.post("/api/v1/calls", json=NUMBER, headers=KEY)
    assert (again.status, (await again.json())["code"]) == (504, "outcome-unknown")
    assert len(site.pbx.commands) == 1


async def test_whoever_waits_on_a_request_that_is_cut_off_learns_that_nobody_knows() -> None:
    keeper = Keeper(lambda: 0.0)
    request = make_mocked_request("POST", "/", headers=KEY)
    begun = asyncio.Event()

    async def never() -> web.Response:
        begun.set()
        await asyncio.Event().wait()
        raise AssertionError

    first = asyncio.create_task(keeper.once("alice", request, b"", never))
    await begun.wait()
    second = asyncio.create_task(keeper.once("alice", request, b"", never))
    await asyncio.sleep(0)
    first.cancel()
    with pytest.raises(OutcomeUnknownError):
        await second
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_only_a_whole_answer_can_be_kept() -> None:
    async def streams() -> web.StreamResponse:
        return web.StreamResponse()

    request = make_mocked_request("POST", "/", headers=KEY)
    with pytest.raises(TypeError):
        await Keeper(lambda: 0.0).once("alice", request, b"", streams)


async def test_a_day_later_a_key_is_new_again() -> None:
    now = 0.0
    keeper = Keeper(lambda: now)
    request = make_mocked_request("POST", "/", headers=KEY)
    answers = iter(("first", "second"))

    async def answer() -> web.Response:
        return web.Response(text=next(answers))

    await keeper.once("alice", request, b"", answer)
    now = KEPT_S + 1
    again = await keeper.once("alice", request, b"", answer)
    assert isinstance(again, web.Response)
    assert again.text == "second"


@pytest.mark.parametrize("key", ["short", "x" * 101])
async def test_a_key_has_a_sensible_length(site: Site, key: str) -> None:
    client = await site.client(site.world.alice)
    response = await client.post("/api/v1/calls", json=NUMBER, headers={"Idempotency-Key": key})
    assert response.status == 422

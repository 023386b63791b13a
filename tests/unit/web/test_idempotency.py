"""The same request twice, one deed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from callcore.commands import Originate
from callcore.errors import OutcomeUnknownError, PbxRefusedError

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


@pytest.mark.parametrize("key", ["short", "x" * 101])
async def test_a_key_has_a_sensible_length(site: Site, key: str) -> None:
    client = await site.client(site.world.alice)
    response = await client.post("/api/v1/calls", json=NUMBER, headers={"Idempotency-Key": key})
    assert response.status == 422

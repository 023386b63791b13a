"""The call log by the API."""

from __future__ import annotations

import asyncio
import csv
import io
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import ClientError

from callcore.call import Result
from callcore.errors import StoreBusyError
from callcore.events import Party
from callcore.ids import Linkedid, Uniqueid, call_id
from tests.unit.web.world import HOSTILE_NAME, NOON, PBX, events, live_call
from web.api.export import inert

if TYPE_CHECKING:
    from callcore.call import Call
    from tests.unit.web.conftest import Client, Site


def _ended(n: int, **changes: Any) -> Call:
    linkedid = Linkedid(f"1700000{n:03}.1")
    at = NOON + timedelta(minutes=n)
    legs = tuple(
        replace(
            leg, uniqueid=Uniqueid(f"{linkedid}.{leg.endpoint}"), created_at=at, answered_at=None
        )
        for leg in live_call().legs
    )
    call = replace(
        live_call(),
        id=call_id(PBX, linkedid),
        linkedids=(linkedid,),
        legs=legs,
        started_at=at,
        answered_at=at + timedelta(seconds=4),
        ended_at=at + timedelta(seconds=64),
        result=Result.ANSWERED,
        talk_s=60.0,
        ladder=events(),
    )
    return replace(call, **changes)


async def _ids(client: Client, **params: str) -> list[str]:
    response = await client.get("/api/v1/calls", params=params)
    assert response.status == 200, await response.text()
    return [item["id"] for item in (await response.json())["items"]]


async def test_the_newest_call_is_first_and_the_list_goes_on(site: Site) -> None:
    calls = [_ended(n) for n in range(1, 6)]
    await site.store.call_log.record(calls)
    client = await site.client(site.world.alice)
    newest_first = [call.id for call in reversed(calls)] + [site.world.call_id]
    assert await _ids(client) == newest_first
    page = await (await client.get("/api/v1/calls?limit=4")).json()
    rest = await _ids(client, limit="4", cursor=page["next"])
    assert [item["id"] for item in page["items"]] + rest == newest_first


async def test_filters_hold_together(site: Site) -> None:
    busy = _ended(1, result=Result.BUSY, answered_at=None)
    await site.store.call_log.record([busy, _ended(2)])
    client = await site.client(site.world.alice)
    assert await _ids(client, result="busy", queue="support", direction="inbound") == [busy.id]
    assert await _ids(client, live="true") == [site.world.call_id]
    assert await _ids(client, until=NOON.isoformat(), user="me") == []
    assert busy.id in await _ids(client, q="0142685300", since="2026-11-24T12:00:30Z")
    assert await _ids(client, q="", queue="", user="") == await _ids(client)


@pytest.mark.parametrize(
    "query",
    [
        "result=lost",
        "since=yesterday",
        "since=2026-11-24T12:00:00",
        "limit=0",
        "limit=201",
        "user=you",
        "live=perhaps",
        "q=a&q=b",
        "secret=1",
        "cursor=%00",
    ],
)
async def test_a_query_that_does_not_fit_says_where(site: Site, query: str) -> None:
    client = await site.client(site.world.alice)
    response = await client.get(f"/api/v1/calls?{query}")
    problem = await response.json()
    assert response.status == 422
    assert problem["errors"][0]["where"] == "query"
    assert problem["errors"][0]["field"] == query.partition("=")[0]


async def test_a_call_tells_its_legs_and_its_ladder(site: Site) -> None:
    call = _ended(1)
    await site.store.call_log.record([call])
    client = await site.client(site.world.alice)
    shown = await (await client.get(f"/api/v1/calls/{call.id}")).json()
    assert {leg["role"] for leg in shown["legs"]} == {"customer", "agent"}
    assert (shown["user"]["name"], shown["talk_s"], shown["live"]) == ("Alice", 60.0, False)
    assert (shown["number"], shown["display"]) == ("+33142685300", "01 42 68 53 00")
    assert shown["customer"]["name"] == "Atelier Dupont"
    ladder = await (await client.get(f"/api/v1/calls/{call.id}/ladder")).json()
    assert [step["type"] for step in ladder["steps"]] == [
        "channel-created",
        "dial-began",
        "dial-ended",
    ]


async def test_notes_are_saved_as_they_are_typed(site: Site) -> None:
    client = await site.client(site.world.alice)
    path = f"/api/v1/calls/{site.world.call_id}"
    for text in ("w", "wa", "wants a quote\nby Friday"):
        response = await client.patch(path, json={"notes": text})
        assert (await response.json())["notes"] == text


async def test_two_tabs_that_type_at_once_lose_no_request(site: Site) -> None:
    client = await site.client(site.world.alice)
    path = f"/api/v1/calls/{site.world.call_id}"
    answers = await asyncio.gather(
        *(client.patch(path, json={"notes": f"tab {n}"}) for n in range(4))
    )
    assert {answer.status for answer in answers} == {200}


async def test_notes_typed_over_older_ones_show_the_newer(site: Site) -> None:
    client = await site.client(site.world.alice)
    path = f"/api/v1/calls/{site.world.call_id}"
    before = (await (await client.get(path)).json())["notes_version"]
    await client.patch(path, json={"notes": "other tab"})
    response = await client.patch(path, json={"notes": "here", "notes_version": before})
    problem = await response.json()
    assert (response.status, problem["current"]["notes"]) == (409, "other tab")


async def test_a_call_can_be_given_to_a_customer_and_taken_away(site: Site) -> None:
    client = await site.client(site.world.alice)
    path = f"/api/v1/calls/{site.world.call_id}/customer"
    assert (await (await client.delete(path)).json())["customer"] is None
    body = {"customer_id": site.world.customer_id, "contact_id": site.world.contact_id}
    linked = await (await client.put(path, json=body)).json()
    assert linked["customer"]["name"] == "Atelier Dupont"
    assert linked["contact"]["name"] == "Sample Director"


async def test_a_lead_is_made_of_a_call_with_its_number(site: Site) -> None:
    stranger = _ended(1, customer=Party("+4930901820", "Erika"))
    await site.store.call_log.record([stranger])
    client = await site.client(site.world.alice)
    response = await client.post(f"/api/v1/calls/{stranger.id}/lead", json={"name": "Erika"})
    lead = await response.json()
    assert response.status == 201, lead
    assert ([phone["e164"] for phone in lead["phones"]], lead["state"]) == (["+4930901820"], "lead")
    call = await (await client.get(f"/api/v1/calls/{stranger.id}")).json()
    assert call["customer"]["id"] == lead["id"]


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+33142685300", "'+33142685300"),
        ("-1", "'-1"),
        ("@x", "'@x"),
        ("\t=1", "'\t=1"),
        ("plain", "plain"),
        (None, ""),
        (4.5, "4.5"),
    ],
)
def test_no_cell_of_the_export_is_a_formula(value: object, cell: str) -> None:
    assert inert(value) == cell


async def test_the_export_holds_the_calls_of_the_list_and_leaves_a_trace(site: Site) -> None:
    calls = [_ended(n, customer=Party("+33142685300", "=cmd|' /C calc'!A0")) for n in range(250)]
    await site.store.call_log.record(calls)
    client = await site.client(site.world.susan)
    response = await client.get("/api/v1/calls.csv", params={"result": "answered"})
    text = (await response.read()).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert len(rows) == 250
    assert {row["name"] for row in rows} == {"'=cmd|' /C calc'!A0"}
    assert {row["number"] for row in rows} == {"'+33142685300"}
    admin = await site.client(site.world.ada)
    trail = await (await admin.get("/api/v1/audit?target=interactions")).json()
    assert (trail["items"][0]["action"], trail["items"][0]["user"]["name"]) == ("export", "Susan")
    assert trail["items"][0]["details"] == {"result": "answered"}


async def test_an_export_that_breaks_off_does_not_pass_for_a_whole_one(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    await site.store.call_log.record([_ended(n) for n in range(250)])
    whole = site.store.interactions.list

    async def first_page_only(*args: Any, **options: Any) -> Any:
        if "cursor" in options:
            raise StoreBusyError("Another program holds the database.")
        return await whole(*args, **options)

    monkeypatch.setattr(site.store.interactions, "list", first_page_only)
    client = await site.client(site.world.susan)
    response = await client.get("/api/v1/calls.csv")
    with pytest.raises(ClientError):
        await response.read()


async def test_what_a_caller_sent_as_his_name_is_inert_text(site: Site) -> None:
    client = await site.client(site.world.alice)
    shown = await (await client.get(f"/api/v1/calls/{site.world.call_id}")).json()
    assert shown["name"] == HOSTILE_NAME
    for path in ("/", "/calls", f"/calls/{site.world.call_id}"):
        page = await (await client.get(path)).text()
        assert "<script>alert" not in page, path

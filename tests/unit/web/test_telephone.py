"""Dialling and acting on live calls, against a played PBX that remembers what it was told."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from callcore.call import LegRole
from callcore.commands import (
    AttendedTransfer,
    CancelAttendedTransfer,
    Command,
    Hangup,
    Hold,
    Mute,
    Originate,
    Park,
    PlayDigits,
    RecordPause,
    RecordStart,
    RecordStop,
    Redirect,
    Spy,
    Unhold,
)
from callcore.errors import (
    CommandTimeoutError,
    OutcomeUnknownError,
    PbxRefusedError,
    PbxUnavailableError,
    TrunklineError,
)
from callcore.events import PhoneState
from callcore.ids import Extension, QueueName, Uniqueid
from callcore.queues import Membership
from tests.unit.web.world import live_call

if TYPE_CHECKING:
    from tests.unit.web.conftest import Site

AGENT, CALLER = "PJSIP/1001-2", "PJSIP/trunk-a-1"


async def test_ones_own_phone_rings_first_and_then_the_number_is_dialled(site: Site) -> None:
    client = await site.client(site.world.alice)
    response = await client.post("/api/v1/calls", json={"number": "01 42 68 53 00"})
    answer = await response.json()
    (sent,) = site.pbx.commands
    assert isinstance(sent, Originate)
    assert (sent.endpoint, sent.context, sent.exten) == (
        "PJSIP/1001",
        "click-to-call",
        "+33142685300",
    )
    assert answer == {
        "channel_id": sent.channel_id,
        "number": "+33142685300",
        "display": "01 42 68 53 00",
        "extension": "1001",
    }


@pytest.mark.parametrize(
    ("number", "status", "code"),
    [
        ("+49 30 901820", 201, None),
        ("+1 212 555 0100", 403, "forbidden"),
        ("+33 899 123456", 403, "forbidden"),
        ("112", 422, "bad-value"),
        ("1002", 201, None),
        ("1001", 422, "bad-value"),
        ("1099", 422, "bad-value"),
        ("s", 422, "bad-value"),
        ("anonymous", 422, "bad-value"),
        ("+33142685300\r\nAction: Command", 422, "bad-value"),
        ("+33 1 42", 422, "bad-value"),
        ("", 422, "bad-value"),
        ("0" * 51, 422, "bad-value"),
    ],
)
async def test_only_whole_numbers_of_allowed_countries_are_dialled(
    site: Site, number: str, status: int, code: str | None
) -> None:
    client = await site.client(site.world.alice)
    response = await client.post("/api/v1/calls", json={"number": number})
    assert (response.status, (await response.json()).get("code")) == (status, code)
    assert len(site.pbx.commands) == (status == 201)


async def test_a_program_dials_with_the_one_scope_for_it(site: Site) -> None:
    program = await site.program(site.world.alice, "calls:write")
    dialled = await program.post("/api/v1/calls", json={"number": "0142685300"})
    path = f"/api/v1/calls/{site.world.call_id}/hangup"
    hung_up = await program.post(path, json={})
    assert (dialled.status, hung_up.status) == (201, 200)


async def test_one_may_dial_so_many_a_minute(site: Site) -> None:
    client = await site.client(site.world.alice)
    statuses = [
        (await client.post("/api/v1/calls", json={"number": "0142685300"})).status for _ in range(6)
    ]
    assert statuses == [201] * 5 + [429]
    other = await site.client(site.world.bob)
    assert (await other.post("/api/v1/calls", json={"number": "0142685300"})).status == 201


@pytest.mark.parametrize(
    ("refusal", "status", "code"),
    [
        (PbxUnavailableError("down"), 503, "pbx-unavailable"),
        (PbxRefusedError("Extension does not exist."), 502, "pbx-refused"),
        (CommandTimeoutError("late"), 504, "command-timeout"),
        (OutcomeUnknownError("cut"), 504, "outcome-unknown"),
    ],
)
async def test_what_the_telephone_system_says_reaches_the_person(
    site: Site, refusal: TrunklineError, status: int, code: str
) -> None:
    site.pbx.refusal = refusal
    client = await site.client(site.world.alice)
    response = await client.post("/api/v1/calls", json={"number": "0142685300"})
    problem = await response.json()
    assert (response.status, problem["code"]) == (status, code)
    assert problem["detail"].endswith(".")


@pytest.mark.parametrize(
    ("action", "body", "command"),
    [
        ("hangup", {}, Hangup(AGENT)),
        ("hold", {}, Hold(AGENT, CALLER)),
        ("unhold", {}, Unhold(AGENT, CALLER)),
        ("transfer", {"to": "1002"}, Redirect(CALLER, "transfer", "1002")),
        ("transfer", {"to": "01 42 68 53 01"}, Redirect(CALLER, "transfer", "+33142685301")),
        ("attended-transfer", {"to": "1002"}, AttendedTransfer(AGENT, "transfer", "1002")),
        ("cancel-transfer", {}, CancelAttendedTransfer(AGENT)),
        ("park", {}, Park(CALLER, announce_to=AGENT)),
        ("mute", {"on": True}, Mute(AGENT, on=True)),
        ("mute", {"on": False}, Mute(AGENT, on=False)),
        ("digits", {"digits": "12#"}, PlayDigits(CALLER, "12#")),
        (
            "recording",
            {"action": "start"},
            RecordStart(CALLER, AGENT, f"trunkline-{live_call().id}"),
        ),
        ("recording", {"action": "stop"}, RecordStop(CALLER)),
        ("recording", {"action": "pause"}, RecordPause(CALLER, paused=True)),
        ("recording", {"action": "resume"}, RecordPause(CALLER, paused=False)),
    ],
)
async def test_an_action_on_a_call_is_one_command(
    site: Site, action: str, body: dict[str, Any], command: Command
) -> None:
    client = await site.client(site.world.alice)
    response = await client.post(f"/api/v1/calls/{site.world.call_id}/{action}", json=body)
    assert (response.status, await response.json()) == (200, {"done": True})
    assert site.pbx.commands == [command]


@pytest.mark.parametrize(
    ("action", "body"),
    [
        ("transfer", {"to": "+1 212 555 0100"}),
        ("transfer", {"to": "1002\r\nContext: trunk-out"}),
        ("transfer", {"to": "s@trunk-out"}),
        ("transfer", {"to": "h"}),
        ("attended-transfer", {"to": "../etc"}),
        ("digits", {"digits": "1,2"}),
        ("recording", {"action": "delete"}),
        ("hangup", {"extension": "PJSIP/1001"}),
        ("hangup", {"channel": "PJSIP/1002-1"}),
    ],
)
async def test_nothing_but_what_is_meant_reaches_the_telephone_system(
    site: Site, action: str, body: dict[str, Any]
) -> None:
    client = await site.client(site.world.alice)
    response = await client.post(f"/api/v1/calls/{site.world.call_id}/{action}", json=body)
    assert response.status in {403, 422}
    assert site.pbx.commands == []


async def test_an_agent_reaches_no_other_phone_of_his_own_call(site: Site) -> None:
    call = live_call()
    second = replace(
        call.legs[1], uniqueid=Uniqueid("1700000000.3"), channel="PJSIP/1002-3", endpoint="1002"
    )
    site.floor.calls[call.id] = replace(call, legs=(*call.legs, second))
    client = await site.client(site.world.alice)
    path = f"/api/v1/calls/{call.id}/hangup"
    assert (await client.post(path, json={"extension": "1002"})).status == 404
    assert (await client.post(path, json={})).status == 200
    assert site.pbx.commands == [Hangup(AGENT)]


async def test_a_supervisor_says_whose_leg_where_several_take_part(site: Site) -> None:
    call = live_call()
    second = replace(
        call.legs[1], uniqueid=Uniqueid("1700000000.3"), channel="PJSIP/1002-3", endpoint="1002"
    )
    site.floor.calls[call.id] = replace(call, legs=(*call.legs, second))
    client = await site.client(site.world.susan)
    path = f"/api/v1/calls/{call.id}/hangup"
    assert (await client.post(path, json={})).status == 409
    assert (await client.post(path, json={"extension": "1002"})).status == 200
    assert site.pbx.commands == [Hangup("PJSIP/1002-3")]


async def test_a_supervisor_listens_in_with_his_own_phone(site: Site) -> None:
    client = await site.client(site.world.susan)
    path = f"/api/v1/calls/{site.world.call_id}/spy"
    assert (await client.post(path, json={"mode": "whisper"})).status == 200
    assert site.pbx.commands == [Spy(Extension("1003"), AGENT, "whisper")]


async def test_an_internal_call_is_handed_on_too(site: Site) -> None:
    call = live_call()
    colleague = replace(call.legs[0], role=LegRole.AGENT, endpoint="1004", channel="PJSIP/1004-1")
    site.floor.calls[call.id] = replace(call, legs=(colleague, call.legs[1]))
    client = await site.client(site.world.alice)
    await client.post(f"/api/v1/calls/{call.id}/transfer", json={"to": "1002"})
    assert site.pbx.commands == [Redirect("PJSIP/1004-1", "transfer", "1002")]


async def test_a_call_that_has_ended_cannot_be_acted_on(site: Site) -> None:
    site.floor.calls.clear()
    client = await site.client(site.world.alice)
    response = await client.post(f"/api/v1/calls/{site.world.call_id}/hangup", json={})
    assert response.status == 404


async def test_each_sees_the_live_calls_that_are_his_business(site: Site) -> None:
    seen = {}
    for name in ("alice", "bob", "mallory", "susan", "martin", "ada"):
        client = await site.client(getattr(site.world, name))
        seen[name] = len((await (await client.get("/api/v1/live/calls")).json())["items"])
    assert seen == {"alice": 1, "bob": 0, "mallory": 0, "susan": 1, "martin": 1, "ada": 1}


async def test_the_floor_shows_phones_and_queues_with_names(site: Site) -> None:
    phone, queue = Extension("1001"), QueueName("support")
    site.floor.phones[phone] = PhoneState.IN_USE
    site.floor.waiting[queue] = 2
    site.floor.members[queue] = {phone: Membership(paused=True, reason="lunch")}
    client = await site.client(site.world.alice)
    live = await (await client.get("/api/v1/live")).json()
    assert live["fresh"]
    assert live["calls"][0]["mine"]
    assert live["calls"][0]["talking"] == ["1001"]
    alice = {"id": site.world.alice.id, "name": "Alice"}
    assert live["phones"] == [{"extension": "1001", "state": "in-use", "user": alice}]
    (shown,) = live["queues"]
    assert (shown["name"], shown["waiting"]) == ("support", 2)
    assert (shown["members"][0]["paused"], shown["members"][0]["reason"]) == (True, "lunch")

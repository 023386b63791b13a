"""The card is looked up before the pop goes out; a store that is slow or fails costs the card, not the pop."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from callcore.call import Call, Direction, Leg, LegRole
from callcore.changes import CallEnded, FloorStale, PhoneRinging
from callcore.errors import TrunklineError
from callcore.events import Party
from callcore.ids import CallId, Extension, Linkedid, PbxId, Uniqueid
from screenpop.messages import Dismiss, Notice, Painted, PopChanged, PopClosed, PopOpened
from screenpop.pops import Pops
from trunkline import popper
from trunkline.popper import Found, Popper

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from screenpop.messages import ServerMessage

AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
PHONE = Extension("1001")
CARD = {"customer_id": "c1", "name": "Northwind Bakery"}
CALL = Call(
    id=CallId("a"),
    pbx=PbxId("lab"),
    linkedids=(Linkedid("a"),),
    direction=Direction.INBOUND,
    started_at=AT,
    customer=Party("+12125550101"),
    legs=(Leg(Uniqueid("u"), "PJSIP/1001-1", LegRole.AGENT, "1001", Party(), AT, ringing_at=AT),),
    ringing=(PHONE,),
)


class Screen:
    """A hub that keeps what it is given."""

    def __init__(self) -> None:
        self.messages: list[tuple[str | None, ServerMessage]] = []
        self.news = asyncio.Event()

    def push(self, user_id: str, message: ServerMessage) -> None:
        self._keep(user_id, message)

    def push_all(self, message: ServerMessage) -> None:
        self._keep(None, message)

    def _keep(self, user_id: str | None, message: ServerMessage) -> None:
        self.messages.append((user_id, message))
        self.news.set()

    async def next(self) -> None:
        async with asyncio.timeout(5):
            await self.news.wait()
        self.news.clear()


@asynccontextmanager
async def popping(
    look_up: Callable[[str], Awaitable[Found]],
) -> AsyncIterator[tuple[Popper, Screen]]:
    screen = Screen()
    made = Popper(screen, Pops(), look_up, lambda: {PHONE: "alice"})  # type: ignore[arg-type]
    task = asyncio.create_task(made.run())
    try:
        yield made, screen
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def known(number: str) -> Found:
    assert number == "+12125550101"
    return Found([CARD], [])


async def test_a_pop_goes_out_once_with_its_card() -> None:
    async with popping(known) as (made, screen):
        await made.outlet([PhoneRinging(CALL, PHONE, AT)])
        await screen.next()
    ((user_id, message),) = screen.messages
    assert user_id == "alice"
    assert isinstance(message, PopOpened)
    assert message.pop.customers == (CARD,)


@pytest.mark.parametrize("fault", ["fails", "hangs"])
async def test_without_a_card_the_number_pops_all_the_same(
    monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    monkeypatch.setattr(popper, "LOOKUP_DEADLINE_S", 0.01)

    async def look_up(_: str) -> Found:
        if fault == "fails":
            raise TrunklineError("The database is locked.")
        await asyncio.Event().wait()
        raise AssertionError

    async with popping(look_up) as (made, screen):
        await made.outlet([PhoneRinging(CALL, PHONE, AT)])
        await screen.next()
    ((_, message),) = screen.messages
    assert isinstance(message, PopOpened)
    assert (message.pop.number, message.pop.customers) == ("+12125550101", None)


async def test_what_follows_waits_for_the_card_and_keeps_its_order() -> None:
    gate = asyncio.Event()

    async def slow(_: str) -> Found:
        await gate.wait()
        return Found([CARD], [])

    async with popping(slow) as (made, screen):
        await made.outlet([PhoneRinging(CALL, PHONE, AT)])
        ended = replace(CALL, ringing=(), ended_at=AT)
        await made.outlet([CallEnded(ended)])
        gate.set()
        while len(screen.messages) < 2:
            await screen.next()
    kinds = [type(message) for _, message in screen.messages]
    assert kinds[0] is PopOpened
    assert kinds[1] in {PopChanged, PopClosed}


async def test_everybody_hears_that_the_pbx_is_lost() -> None:
    async with popping(known) as (made, screen):
        await made.outlet([FloorStale(AT, "the link dropped")])
        await screen.next()
    assert screen.messages == [(None, Notice("pbx-lost", AT))]


async def test_an_ended_pop_can_be_dismissed_and_a_live_one_cannot() -> None:
    talking = replace(
        CALL, ringing=(), answered_at=AT, legs=(replace(CALL.legs[0], answered_at=AT),)
    )
    async with popping(known) as (made, screen):
        await made.outlet([PhoneRinging(CALL, PHONE, AT)])
        await screen.next()
        made.dismiss("alice", Dismiss("a"))
        assert len(screen.messages) == 1
        ended = replace(talking, ended_at=AT)
        await made.outlet([PhoneRinging(talking, PHONE, AT), CallEnded(ended)])
        while "pop-changed" not in [message.type for _, message in screen.messages]:
            await screen.next()
        made.dismiss("alice", Dismiss("a"))
    assert [message.type for _, message in screen.messages][-1] == "pop-closed"


def test_a_card_that_came_late_is_told_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    Popper.painted("ann", Painted("a", 40.0))
    Popper.painted("ann", Painted("b", 1500.4))
    assert [(r.getMessage(), vars(r)["call"], vars(r)["ms"]) for r in caplog.records] == [
        ("pop_painted", "b", 1500)
    ]

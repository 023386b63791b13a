"""The stories that traces are recorded from: what people do on a lab's telephones.

A story only acts and waits for facts; what should come of it is in tests/traces/NAME.expected.json.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lab import behaviour as does
from lab import sip
from lab.dialog import Dialog

if TYPE_CHECKING:
    from lab.behaviour import Behaviour
    from lab.pbx import Asterisk
    from lab.sip import Caller
    from tools.ami_tap import AmiTap

SUPPORT, SALES = "+442079460100", "+442079460101"
ANN, BEN, BOTH = "+442079460110", "+442079460111", "+442079460120"
LOCAL, LOCAL_KEPT = "+442079460130", "+442079460131"
CONFERENCE, BUSY, NOBODY = "+442079460140", "+442079460190", "+442079460191"
OUTSIDE = "+12025550188"


@dataclass(frozen=True, slots=True)
class Stage:
    pbx: Asterisk
    tap: AmiTap

    async def click(self, extension: str, number: str) -> None:
        """Click-to-call: the phone first, then `number`."""
        self.tap.do(
            Action="Originate",
            Channel=f"PJSIP/{extension}",
            Context="click-to-call",
            Exten=number,
            Priority="1",
            CallerID=f"<{number}>",
            Timeout="20000",
            Async="true",
        )
        await self.tap.heard("Event: Newchannel", f"Channel: PJSIP/{extension}-")

    async def channel_of(self, endpoint: str, *, times: int = 1) -> str:
        """The name of the channel of `endpoint` (its `times`-th) as soon as it is made."""
        message = await self.tap.heard(
            "Event: Newchannel", f"\r\nChannel: PJSIP/{endpoint}-", times=times
        )
        return next(
            line.removeprefix(b"Channel: ").decode()
            for line in message.split(b"\r\n")
            if line.startswith(b"Channel: ")
        )

    async def talk(self, *, bridged: int = 2) -> None:
        """Until so many have entered a bridge, and a little while more."""
        await self.tap.heard("Event: BridgeEnter", times=bridged)
        await asyncio.sleep(0.7)


Story = Callable[[Stage], Awaitable[None]]
STORIES: dict[str, Story] = {}


def story(tell: Story) -> Story:
    STORIES[tell.__name__.replace("_", "-")] = tell
    return tell


class People:
    """Who is at the telephones during a story."""

    def __init__(
        self,
        stage: Stage,
        phones: dict[str, Behaviour] | None = None,
        outside: dict[str, Behaviour] | None = None,
    ) -> None:
        self._stage, self._special, self._outside = stage, phones, outside
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> tuple[sip.Phones, sip.Trunk]:
        pbx = self._stage.pbx
        phones = await self._stack.enter_async_context(sip.Phones.playing(pbx, self._special))
        trunk = await self._stack.enter_async_context(sip.Trunk.playing(pbx, self._outside))
        return phones, trunk

    async def __aexit__(self, *failure: object) -> None:
        await self._stack.aclose()


def caller(did: str, **more: object) -> Caller:
    return sip.Caller(did, **{"number": "+12025550101", "name": "Anna", "talk_s": 1.0} | more)  # type: ignore[arg-type]


# --- inbound -----------------------------------------------------------------------------------


@story
async def inbound_answered(stage: Stage) -> None:
    async with People(stage):
        await sip.call(stage.pbx, caller(ANN))


@story
async def inbound_agent_hangs_up(stage: Stage) -> None:
    async with People(stage, {"1001": does.answers(0.3, talk_s=0.8)}):
        await sip.call(stage.pbx, caller(ANN, talk_s=None))


@story
async def inbound_busy(stage: Stage) -> None:
    async with People(stage, {"1001": does.busy()}):
        await sip.call(stage.pbx, caller(ANN))


@story
async def inbound_declined(stage: Stage) -> None:
    async with People(stage, {"1001": does.declines(0.4)}):
        await sip.call(stage.pbx, caller(ANN))


@story
async def inbound_caller_gives_up(stage: Stage) -> None:
    async with People(stage, {"1001": does.never()}):
        await sip.call(stage.pbx, caller(ANN, cancel_s=1.0))


@story
async def inbound_phone_not_registered(stage: Stage) -> None:
    async with sip.Phones.playing(stage.pbx, only=["1002"]), sip.Trunk.playing(stage.pbx):
        await sip.call(stage.pbx, caller(ANN))


@story
async def inbound_busy_line(stage: Stage) -> None:
    """A number of ours that is always busy: no phone is tried."""
    async with People(stage):
        await sip.call(stage.pbx, caller(BUSY))


@story
async def inbound_two_phones(stage: Stage) -> None:
    """Two phones ring, one takes it."""
    phones = {"1001": does.never(), "1002": does.answers(0.6)}
    async with People(stage, phones):
        await sip.call(stage.pbx, caller(BOTH))


@story
async def inbound_anonymous(stage: Stage) -> None:
    async with People(stage):
        await sip.call(stage.pbx, caller(ANN, number="anonymous", name="Anonymous"))


@story
async def hostile_names(stage: Stage) -> None:
    """What callers may call themselves; each reaches the same phone."""
    names = [
        "<script>alert(1)</script>",
        "=cmd|' /C calc'!A0",
        "Robert'); DROP TABLE calls;--",
        "right\u202eleft \u0645\u0631\u062d\u0628\u0627",
        "back\\\\slash tab\tbell",
        "Ünï ☎ 電話",
    ]
    async with People(stage):
        for at, name in enumerate(names):
            number = f"+1202555020{at}"
            await sip.call(stage.pbx, caller(ANN, number=number, name=name, talk_s=0.2))
        await sip.call(stage.pbx, caller(ANN, number="'OR'1'='1", name="", talk_s=0.2))


# --- queues ------------------------------------------------------------------------------------


@story
async def queue_answered(stage: Stage) -> None:
    async with People(stage):
        await sip.call(stage.pbx, caller(SUPPORT))


@story
async def queue_abandoned(stage: Stage) -> None:
    busy = {str(extension): does.never() for extension in range(1001, 1009)}
    async with People(stage, busy), sip.placing(stage.pbx, caller(SUPPORT, talk_s=1.5)) as call:
        await call.is_over()


@story
async def queue_rings_all(stage: Stage) -> None:
    """All phones of the queue ring together; the third takes it, the others hear that."""
    others = {str(extension): does.never() for extension in range(1001, 1009)}
    async with People(stage, others | {"1007": does.answers(0.8)}):
        await sip.call(stage.pbx, caller(SALES, talk_s=2.0))


@story
async def queue_agent_misses(stage: Stage) -> None:
    """The first phone is not taken; the caller gets the next."""
    phones = {"1001": does.declines(0.3), "1002": does.declines(0.3)}
    async with People(stage, phones):
        await sip.call(stage.pbx, caller(SUPPORT), deadline_s=60)


@story
async def queue_phone_rings_out(stage: Stage) -> None:
    """The first phone rings until the queue takes it back and tries the next."""
    async with People(stage, {"1001": does.never()}):
        await sip.call(stage.pbx, caller(SUPPORT, talk_s=6.0))


@story
async def same_second(stage: Stage) -> None:
    """Six callers at once."""
    who = [caller(SUPPORT, number=f"+1202555030{at}", name=f"Caller {at}") for at in range(6)]
    load = sip.Load(calls=6, rate=50, callers=who, talk_s=2.0)
    async with People(stage), sip.crowding(stage.pbx, load) as crowd:
        await crowd.is_over()


@story
async def hangups_together(stage: Stage) -> None:
    """Caller and agent put down in the same moment."""
    async with People(stage, {"1001": does.answers(0.3, talk_s=1.0)}):
        await sip.call(stage.pbx, caller(ANN, talk_s=1.0))


# --- outbound and internal ---------------------------------------------------------------------


@story
async def click_to_call(stage: Stage) -> None:
    async with People(stage, None, {OUTSIDE: does.answers(0.5, talk_s=1.0)}):
        await stage.click("1003", OUTSIDE)
        await stage.tap.all_over()


@story
async def click_to_call_busy(stage: Stage) -> None:
    async with People(stage, None, {OUTSIDE: does.busy()}):
        await stage.click("1003", OUTSIDE)
        await stage.tap.all_over()


@story
async def click_to_call_no_answer(stage: Stage) -> None:
    """The customer does not pick up; the agent gives up."""
    async with People(stage, {"1003": does.answers(0.3, talk_s=2.0)}, {OUTSIDE: does.never()}):
        await stage.click("1003", OUTSIDE)
        await stage.tap.all_over()


@story
async def click_to_call_agent_declines(stage: Stage) -> None:
    async with People(stage, {"1003": does.declines(0.4)}):
        await stage.click("1003", OUTSIDE)
        await stage.tap.all_over()


@story
async def click_to_call_colleague(stage: Stage) -> None:
    async with People(stage, {"1002": does.answers(0.3, talk_s=0.8)}):
        await stage.click("1003", "1002")
        await stage.tap.all_over()


@story
async def dialled_out(stage: Stage) -> None:
    """The agent dials at his own telephone."""
    async with People(stage):
        await sip.dial(stage.pbx, "1003", OUTSIDE, talk_s=1.0)


@story
async def dialled_out_failed(stage: Stage) -> None:
    async with People(stage, None, {OUTSIDE: does.unknown_number()}):
        await sip.dial(stage.pbx, "1003", OUTSIDE, talk_s=1.0)


@story
async def dialled_colleague(stage: Stage) -> None:
    async with People(stage):
        await sip.dial(stage.pbx, "1003", "1002", talk_s=1.0)


@story
async def dialled_echo(stage: Stage) -> None:
    """Nobody but the PBX is there."""
    async with People(stage):
        await sip.dial(stage.pbx, "1003", "600", talk_s=0.8)


# --- transfers ---------------------------------------------------------------------------------


@story
async def blind_transfer(stage: Stage) -> None:
    async with People(stage), sip.placing(stage.pbx, caller(ANN, talk_s=None)) as call:
        await stage.talk()
        agent = await stage.channel_of("1001")
        stage.tap.do(Action="BlindTransfer", Channel=agent, Context="transfer", Exten="1002")
        await stage.talk(bridged=4)
        stage.tap.do(Action="Hangup", Channel=await stage.channel_of("1002"))
        await call.is_over()


async def _consult(stage: Stage) -> str:
    """1001 talks to the customer, then asks 1002; the transferer's channel."""
    await stage.talk()
    agent = await stage.channel_of("1001")
    stage.tap.do(Action="Atxfer", Channel=agent, Context="transfer", Exten="1002")
    await stage.tap.heard("Event: BridgeEnter", "Channel: PJSIP/1002-")
    await asyncio.sleep(0.7)
    return agent


@story
async def attended_transfer(stage: Stage) -> None:
    async with People(stage), sip.placing(stage.pbx, caller(ANN, talk_s=None)) as call:
        agent = await _consult(stage)
        stage.tap.do(Action="Hangup", Channel=agent)
        await stage.tap.heard("Event: AttendedTransfer")
        await asyncio.sleep(0.7)
        stage.tap.do(Action="Hangup", Channel=await stage.channel_of("1002"))
        await call.is_over()


@story
async def attended_transfer_cancelled(stage: Stage) -> None:
    async with People(stage), sip.placing(stage.pbx, caller(ANN, talk_s=None)) as call:
        agent = await _consult(stage)
        stage.tap.do(Action="CancelAtxfer", Channel=agent)
        await stage.tap.heard("Event: Hangup", "Channel: PJSIP/1002-")
        await asyncio.sleep(0.7)
        stage.tap.do(Action="Hangup", Channel=agent)
        await call.is_over()


@story
async def hold(stage: Stage) -> None:
    """The agent's telephone puts the customer on hold and comes back."""
    async with (
        People(stage) as (phones, _),
        sip.placing(stage.pbx, caller(ANN, talk_s=None)) as call,
    ):
        await stage.talk()
        telephone = Dialog.of(phones.sipp, await phones.answers("1001"))
        await telephone.hold()
        await stage.tap.heard("Event: Hold")
        await asyncio.sleep(1.0)
        await telephone.resume()
        await stage.tap.heard("Event: Unhold")
        await asyncio.sleep(0.5)
        stage.tap.do(Action="Hangup", Channel=await stage.channel_of("1001"))
        await call.is_over()


@story
async def hold_abandoned(stage: Stage) -> None:
    """The customer does not wait till he is fetched back."""
    async with (
        People(stage) as (phones, _),
        sip.placing(stage.pbx, caller(ANN, talk_s=2.0)) as call,
    ):
        await stage.talk()
        await Dialog.of(phones.sipp, await phones.answers("1001")).hold()
        await call.is_over()


@story
async def hold_from_the_page(stage: Stage) -> None:
    """Both are taken out of the bridge, the customer to music, and bridged again."""
    async with People(stage), sip.placing(stage.pbx, caller(SUPPORT, talk_s=None)) as call:
        await stage.talk()
        agent, customer = await stage.channel_of("1001"), await stage.channel_of("trunk-a")
        stage.tap.do(
            Action="Redirect",
            Channel=customer,
            Context="hold",
            Exten="customer",
            Priority="1",
            ExtraChannel=agent,
            ExtraContext="hold",
            ExtraExten="agent",
            ExtraPriority="1",
        )
        await stage.tap.heard("Event: MusicOnHoldStart", times=2)  # the first was the queue's
        await asyncio.sleep(1.0)
        stage.tap.do(Action="Bridge", Channel1=agent, Channel2=customer, Tone="no")
        await stage.talk(bridged=4)
        stage.tap.do(Action="Hangup", Channel=agent)
        stage.tap.do(Action="Hangup", Channel=customer)
        await call.is_over()


@story
async def transfer_by_redirect(stage: Stage) -> None:
    """The page hands the customer on: he is sent to 1002, his agent is let go."""
    async with People(stage), sip.placing(stage.pbx, caller(ANN, talk_s=None)) as call:
        await stage.talk()
        stage.tap.do(
            Action="Redirect",
            Channel=await stage.channel_of("trunk-a"),
            Context="transfer",
            Exten="1002",
            Priority="1",
        )
        await stage.talk(bridged=4)
        stage.tap.do(Action="Hangup", Channel=await stage.channel_of("1002"))
        await call.is_over()


@story
async def transfer_to_a_queue(stage: Stage) -> None:
    """Handed on to another queue, the customer waits a while and gives up: still a call that was answered."""
    nobody = {str(extension): does.never() for extension in range(1005, 1009)}
    async with People(stage, nobody), sip.placing(stage.pbx, caller(ANN, talk_s=3.0)) as call:
        await stage.talk()
        stage.tap.do(
            Action="Redirect",
            Channel=await stage.channel_of("trunk-a"),
            Context="transfer",
            Exten="8002",
            Priority="1",
        )
        await call.is_over()


@story
async def transfer_outside(stage: Stage) -> None:
    """The customer is connected to somebody outside; two legs of the trunk."""
    async with People(stage), sip.placing(stage.pbx, caller(ANN, talk_s=None)) as call:
        await stage.talk()
        stage.tap.do(
            Action="Redirect",
            Channel=await stage.channel_of("trunk-a"),
            Context="transfer",
            Exten=OUTSIDE,
            Priority="1",
        )
        await stage.talk(bridged=4)
        stage.tap.do(Action="Hangup", Channel=await stage.channel_of("trunk-a"))
        await call.is_over()


@story
async def refer_blind(stage: Stage) -> None:
    """A transfer by the telephone's own key, not by AMI."""
    async with (
        People(stage) as (phones, _),
        sip.placing(stage.pbx, caller(ANN, talk_s=None)) as call,
    ):
        await stage.talk()
        await Dialog.of(phones.sipp, await phones.answers("1001")).transfer("1002")
        await stage.talk(bridged=4)
        stage.tap.do(Action="Hangup", Channel=await stage.channel_of("1002"))
        await call.is_over()


async def _consult_on_second_line(
    stage: Stage, phones: sip.Phones, consult: sip.PlacedCall
) -> tuple[Dialog, Dialog]:
    """1001 holds the customer and calls 1002 on his second line."""
    first = Dialog.of(phones.sipp, await phones.answers("1001"))
    await first.hold()
    second = Dialog.of(consult.sipp, await consult.is_answered())
    await stage.tap.heard("Event: BridgeEnter", "Channel: PJSIP/1002-")
    await asyncio.sleep(0.5)
    return first, second


@story
async def refer_attended(stage: Stage) -> None:
    """Two calls of his own, joined by the telephone: two linkedids become one call."""
    async with (
        People(stage) as (phones, _),
        sip.placing(stage.pbx, caller(ANN, talk_s=None)) as call,
    ):
        await stage.talk()
        async with sip.dialling(stage.pbx, "1001", "1002") as consult:
            first, second = await _consult_on_second_line(stage, phones, consult)
            await first.join(second, "1002")
            await stage.tap.heard("Event: AttendedTransfer")
            await asyncio.sleep(0.7)
            stage.tap.do(Action="Hangup", Channel=await stage.channel_of("1002"))
            await call.is_over()


@story
async def refer_attended_cancelled(stage: Stage) -> None:
    """The consult is ended; the agent returns to the customer. Two calls stay two."""
    async with (
        People(stage) as (phones, _),
        sip.placing(stage.pbx, caller(ANN, talk_s=None)) as call,
    ):
        await stage.talk()
        async with sip.dialling(stage.pbx, "1001", "1002") as consult:
            first, _second = await _consult_on_second_line(stage, phones, consult)
            stage.tap.do(Action="Hangup", Channel=await stage.channel_of("1002"))
            await consult.is_over()
            await first.resume()
            await asyncio.sleep(0.7)
            stage.tap.do(Action="Hangup", Channel=await stage.channel_of("1001"))
            await call.is_over()


@story
async def conference(stage: Stage) -> None:
    """Agent and customer are moved into a room; a second agent dials in."""
    async with People(stage), sip.placing(stage.pbx, caller(ANN, talk_s=None)) as call:
        await stage.talk()
        agent, customer = await stage.channel_of("1001"), await stage.channel_of("trunk-a")
        stage.tap.do(
            Action="Redirect",
            Channel=agent,
            Context="conference",
            Exten="800",
            Priority="1",
            ExtraChannel=customer,
            ExtraContext="conference",
            ExtraExten="800",
            ExtraPriority="1",
        )
        await stage.talk(bridged=4)
        stage.tap.do(
            Action="Originate",
            Channel="PJSIP/1002",
            Context="conference",
            Exten="800",
            Priority="1",
            Async="true",
        )
        await stage.tap.heard("Event: BridgeEnter", "Channel: PJSIP/1002-")
        await asyncio.sleep(0.7)
        for endpoint in ("1001", "trunk-a", "1002"):
            stage.tap.do(Action="Hangup", Channel=await stage.channel_of(endpoint))
        await call.is_over()


@story
async def parked(stage: Stage) -> None:
    """The customer is parked; a colleague fetches him."""
    async with People(stage), sip.placing(stage.pbx, caller(ANN, talk_s=None)) as call:
        await stage.talk()
        stage.tap.do(
            Action="Park",
            Channel=await stage.channel_of("trunk-a"),
            TimeoutChannel=await stage.channel_of("1001"),
        )
        await stage.tap.heard("Event: ParkedCall")
        await asyncio.sleep(0.7)
        fetching = asyncio.create_task(sip.dial(stage.pbx, "1003", "701", talk_s=1.0))
        await fetching
        await call.is_over()


@story
async def listened_to(stage: Stage) -> None:
    """A supervisor listens to a call: his own, beside it."""
    async with People(stage), sip.placing(stage.pbx, caller(ANN, talk_s=None)) as call:
        await stage.talk()
        agent = await stage.channel_of("1001")
        stage.tap.do(
            Action="Originate",
            Channel="PJSIP/1008",
            Application="ChanSpy",
            Data=f"{agent},qE",
            Async="true",
        )
        await stage.tap.heard("Event: ChanSpyStart")
        await asyncio.sleep(0.5)
        stage.tap.do(Action="Hangup", Channel=agent)
        await call.is_over()


# --- Local channels, reloads -------------------------------------------------------------------


@story
async def local_optimised(stage: Stage) -> None:
    async with People(stage):
        await sip.call(stage.pbx, caller(LOCAL, talk_s=1.5))


@story
async def local_kept(stage: Stage) -> None:
    async with People(stage):
        await sip.call(stage.pbx, caller(LOCAL_KEPT, talk_s=1.5))


@story
async def reload_during_a_call(stage: Stage) -> None:
    async with People(stage), sip.placing(stage.pbx, caller(SUPPORT, talk_s=None)) as call:
        await stage.talk()
        await stage.pbx.reload()
        await asyncio.sleep(0.7)
        stage.tap.do(Action="Hangup", Channel=await stage.channel_of("trunk-a"))
        await call.is_over()

"""Every command does on a real Asterisk what it says, and its outcome is told."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from callcore.call import Direction, LegRole
from callcore.commands import (
    AttendedTransfer,
    Bridge,
    CancelAttendedTransfer,
    Done,
    Hangup,
    Hold,
    Mute,
    Originate,
    Park,
    PlayDigits,
    QueueAdd,
    QueuePause,
    QueueRemove,
    RecordPause,
    RecordStart,
    RecordStop,
    Redirect,
    Spy,
    Unhold,
)
from callcore.errors import BadValueError, PbxRefusedError, PbxUnavailableError
from callcore.ids import Extension, QueueName
from lab import behaviour, sip
from pbx_bridge.bridge import Bridge as PbxBridge
from tests.fixtures_lab import bridge_settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from callcore.commands import Command
    from lab.pbx import Asterisk
    from tests.fixtures_lab import Watched

pytestmark = pytest.mark.pbx

CALLER = sip.Caller("+442079460110", talk_s=None)
AGENT = Extension("1001")
SUPPORT = QueueName("support")


class Talk:
    """A caller and agent 1001 in conversation."""

    def __init__(self, watched: Watched, phones: sip.Phones) -> None:
        self.watched = watched
        self.phones = phones
        legs = {leg.role: leg for leg in watched.only_call.legs}
        self.customer = legs[LegRole.CUSTOMER].channel
        self.agent = legs[LegRole.AGENT].channel

    async def do(self, command: Command) -> Done:
        return await self.watched.bridge.execute(command, deadline_s=15.0)

    async def answered(self, *extensions: str) -> None:
        await self.watched.until(lambda: self.watched.only_call.agents == extensions)

    @property
    def together(self) -> bool:
        return self.watched.together(self.customer, self.agent)

    def alive(self) -> set[str]:
        return {leg.endpoint for leg in self.watched.only_call.legs if leg.alive}


@pytest.fixture
async def phones(pbx: Asterisk) -> AsyncIterator[sip.Phones]:
    special = {"1002": behaviour.busy(), "1003": behaviour.never()}
    async with sip.Phones.playing(pbx, special, behaviour.answers(0.1)) as telephones:
        yield telephones


@pytest.fixture
async def talk(pbx: Asterisk, watched: Watched, phones: sip.Phones) -> AsyncIterator[Talk]:
    async with sip.placing(pbx, CALLER) as placed:
        await placed.is_answered()
        await watched.until(lambda: watched.only_call.agents == ("1001",))
        yield Talk(watched, phones)
        for call in watched.floor.calls.values():
            for leg in call.legs:
                with suppress(PbxRefusedError):  # gone meanwhile
                    await watched.bridge.execute(Hangup(leg.channel))
        await watched.until(lambda: not watched.floor.calls)


async def test_hang_up_ends_the_call(talk: Talk) -> None:
    await talk.do(Hangup(talk.agent))
    await talk.watched.until(lambda: talk.watched.only_call.ended_at is not None)


async def test_a_call_on_hold_counts_as_held_until_it_is_joined_again(talk: Talk) -> None:
    await talk.do(Hold(talk.agent, talk.customer))
    await talk.watched.until(lambda: not talk.together)
    await talk.do(Unhold(talk.agent, talk.customer))
    await talk.watched.until(lambda: talk.together)
    await talk.do(Hangup(talk.customer))
    await talk.watched.until(lambda: talk.watched.only_call.ended_at is not None)
    assert talk.watched.only_call.hold_s > 0
    assert talk.alive() == set()  # nobody is left waiting in the dialplan


async def test_a_held_customer_is_let_go_when_his_agent_hangs_up(talk: Talk) -> None:
    await talk.do(Hold(talk.agent, talk.customer))
    await talk.watched.until(lambda: not talk.together)
    await talk.do(Hangup(talk.agent))
    await talk.watched.until(lambda: not talk.alive(), deadline_s=20.0)


async def test_a_blind_transfer_moves_the_customer(talk: Talk) -> None:
    await talk.do(Redirect(talk.customer, "transfer", "1004"))
    await talk.answered("1001", "1004")
    await talk.watched.until(lambda: talk.alive() == {"trunk-a", "1004"})


async def test_an_attended_transfer_is_completed_by_hanging_up(talk: Talk) -> None:
    await talk.do(AttendedTransfer(talk.agent, "transfer", "1005"))
    await talk.phones.answers("1005")
    await talk.watched.until(lambda: _in_a_room(talk.watched, "1005"))
    await talk.do(Hangup(talk.agent))
    await talk.watched.until(
        lambda: {"trunk-a", "1005"} <= talk.alive() and "1001" not in talk.alive()
    )


def _in_a_room(watched: Watched, extension: str) -> bool:
    return any(channel.startswith(f"PJSIP/{extension}-") for channel in watched.rooms)


async def test_an_attended_transfer_that_is_cancelled_gives_the_customer_back(talk: Talk) -> None:
    await talk.do(AttendedTransfer(talk.agent, "transfer", "1003"))
    await talk.phones.rings("1003")
    # Not before Asterisk has heard it too: until then it has no consult that could be cancelled.
    await talk.watched.until(lambda: "1003" in _ringing(talk.watched))
    await talk.do(CancelAttendedTransfer(talk.agent))
    await talk.watched.until(lambda: talk.alive() == {"trunk-a", "1001"})


def _ringing(watched: Watched) -> set[str]:
    legs = [leg for call in watched.floor.calls.values() for leg in call.legs]
    return {leg.endpoint for leg in legs if leg.ringing_at}


async def test_parked_means_waiting_for_whoever_takes_it(talk: Talk) -> None:
    await talk.do(Park(talk.customer, talk.agent))
    await talk.watched.until(lambda: "1001" not in talk.alive() or not talk.together)
    assert "trunk-a" in talk.alive()


async def test_two_channels_are_bridged(talk: Talk) -> None:
    await talk.do(Hold(talk.agent, talk.customer))
    await talk.watched.until(lambda: not talk.together)
    await talk.do(Bridge(talk.agent, talk.customer))
    await talk.watched.until(lambda: talk.together)


@pytest.mark.parametrize("on", [True, False])
async def test_mute_is_accepted_both_ways(talk: Talk, on: bool) -> None:  # noqa: FBT001
    await talk.do(Mute(talk.agent, on=on))


async def test_digits_are_played(talk: Talk) -> None:
    await talk.do(PlayDigits(talk.customer, "12#"))


@pytest.mark.parametrize("mode", ["listen", "whisper", "barge"])
async def test_a_supervisor_joins_as_he_wants_once_his_phone_is_answered(
    talk: Talk, mode: str
) -> None:
    done = await talk.do(Spy(Extension("1008"), talk.agent, mode))  # type: ignore[arg-type]
    assert done.uniqueid
    assert talk.phones.invites_of("1008") == 1


async def test_a_recording_starts_pauses_goes_on_and_stops(pbx: Asterisk, talk: Talk) -> None:
    await talk.do(RecordStart(talk.customer, talk.agent, "test-recording"))
    (recording,) = (pbx.run_dir / "spool" / "monitor").glob("**/*test-recording*")
    await talk.do(RecordPause(talk.customer, paused=True))
    await talk.do(RecordPause(talk.customer, paused=False))
    await talk.do(RecordStop(talk.customer))
    assert recording.stat().st_size > 0


async def test_a_recording_that_is_not_running_cannot_be_stopped(talk: Talk) -> None:
    with pytest.raises(PbxRefusedError):
        await talk.do(RecordStop(talk.customer))


async def test_click_to_call_rings_the_agent_first_and_then_the_customer(
    pbx: Asterisk, watched: Watched, phones: sip.Phones
) -> None:
    async with sip.Trunk.playing(pbx, default=behaviour.answers(0.1)) as trunk:
        done = await watched.bridge.execute(_call_of("1001"), deadline_s=15.0)
        assert done.uniqueid == "tl-1"
        await trunk.answers("+12025550199")
        await watched.until(lambda: watched.only_call.agents == ("1001",))
        call = watched.only_call
        assert (call.direction, call.customer.number) == (Direction.OUTBOUND, "+12025550199")
        assert (phones.invites, trunk.invites) == (1, 1)
        await watched.bridge.execute(Hangup(call.legs[0].channel))
        await watched.until(lambda: not watched.floor.calls)


def _call_of(extension: str) -> Originate:
    number = "+12025550199"
    return Originate(f"PJSIP/{extension}", "click-to-call", number, number, channel_id="tl-1")


async def test_a_busy_agent_phone_is_a_refusal_that_says_so(
    watched: Watched, phones: sip.Phones
) -> None:
    with pytest.raises(PbxRefusedError, match="busy"):
        await watched.bridge.execute(_call_of("1002"), deadline_s=15.0)
    assert phones.invites_of("1002") == 1


async def test_a_channel_id_is_refused_while_its_channel_lives(
    watched: Watched, phones: sip.Phones
) -> None:
    ringing = asyncio.create_task(watched.bridge.execute(_call_of("1003"), deadline_s=30.0))
    await phones.rings("1003")
    with pytest.raises(PbxRefusedError):
        await watched.bridge.execute(_call_of("1004"), deadline_s=15.0)
    assert phones.invites_of("1004") == 0
    await watched.bridge.execute(Hangup(watched.only_call.legs[0].channel))
    with pytest.raises(PbxRefusedError):
        await ringing


async def test_a_country_that_is_not_allowed_is_never_dialled(
    pbx: Asterisk, watched: Watched, phones: sip.Phones
) -> None:
    async with sip.Trunk.playing(pbx) as trunk:
        for number in ("+8821234567890", "+19005550199", "00123", "*43"):
            command = Originate("PJSIP/1001", "click-to-call", number, number)
            with suppress(PbxRefusedError):  # some numbers the dialplan does not know at all
                await watched.bridge.execute(command, deadline_s=15.0)
            await watched.until(lambda: not watched.floor.calls)
        assert trunk.invites == 0


async def test_queue_members_come_pause_and_go(watched: Watched) -> None:
    extension = Extension("1008")
    await watched.bridge.execute(QueueAdd(SUPPORT, extension, penalty=3))
    await watched.until(lambda: extension in watched.floor.members.get(SUPPORT, {}))
    await watched.bridge.execute(QueuePause(extension, paused=True, queue=SUPPORT, reason="lunch"))
    await watched.until(lambda: watched.floor.members[SUPPORT][extension].paused)
    assert watched.floor.members[SUPPORT][extension].reason == "lunch"
    await watched.bridge.execute(QueueRemove(SUPPORT, extension))
    await watched.until(lambda: extension not in watched.floor.members[SUPPORT])


@pytest.mark.parametrize("channel", ["PJSIP/none-0", "x\r\nAction: Command\r\nCommand: core stop"])
async def test_a_channel_that_is_not_there_or_means_harm_is_refused(
    watched: Watched, channel: str
) -> None:
    with pytest.raises((PbxRefusedError, BadValueError)):
        await watched.bridge.execute(Hangup(channel))


async def test_nothing_is_sent_while_there_is_no_connection(pbx: Asterisk) -> None:
    bridge = PbxBridge(bridge_settings(pbx), asyncio.Queue())
    with pytest.raises(PbxUnavailableError, match="Nothing was sent"):
        await bridge.execute(Hangup("PJSIP/1001-00000000"))

"""What a real Asterisk wrote down while nobody looked, and when it was killed, becomes calls again."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from callcore.call import Result
from callcore.ids import PbxId
from lab import behaviour, sip
from pbx_bridge.reconcile import Records, missed_calls
from tests.fixtures_lab import NUMBERING

if TYPE_CHECKING:
    from callcore.call import Call
    from lab.pbx import Asterisk

pytestmark = pytest.mark.pbx

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
ANSWERED = sip.Caller("+442079460110", "+12125550001", "Zoë", talk_s=1.0)
BUSY = sip.Caller("+442079460111", "+12125550002", talk_s=1.0)
QUEUED = sip.Caller("+442079460100", "+12125550003", talk_s=1.0)
PHONES = {"1002": behaviour.busy()}


def by_customer(pbx: Asterisk, records: Records) -> dict[str, Call]:
    calls = missed_calls(records, PbxId(pbx.systemname), NUMBERING, LONG_AGO)
    return {call.customer.number: call for call in calls}


async def test_cel_and_cdr_tell_the_same_calls(pbx: Asterisk) -> None:
    async with sip.Phones.playing(pbx, PHONES, behaviour.answers(0.1)):
        for caller in (ANSWERED, BUSY, QUEUED):
            await sip.call(pbx, caller)
        await sip.all_over(pbx)
    await pbx.halt()  # everything is written
    fine = by_customer(pbx, Records(pbx.cel_csv, None, pbx.queue_log))
    coarse = by_customer(pbx, Records(None, pbx.cdr_csv, None))
    assert fine.keys() == coarse.keys() == {"+12125550001", "+12125550002", "+12125550003"}
    for number, call in fine.items():
        told = coarse[number]
        assert (told.id, told.result, told.agents) == (call.id, call.result, call.agents)
        assert (told.direction, told.queue) == (call.direction, call.queue)
        assert told.talk_s == pytest.approx(call.talk_s, abs=0.2)
    assert fine["+12125550002"].result is Result.BUSY
    assert fine["+12125550003"].queue == "support"


async def test_kill_9_leaves_a_call_that_has_no_end_yet_and_spoils_none(pbx: Asterisk) -> None:
    async with sip.Phones.playing(pbx, PHONES, behaviour.answers(0.1)) as phones:
        await sip.call(pbx, ANSWERED)
        await phones.ends("1001")
        before = len(phones.sipp.heard)
        async with sip.placing(pbx, sip.Caller(QUEUED.did, QUEUED.number, talk_s=None)) as placed:
            await placed.is_answered()
            await phones.answers("1001", since=before)
            await pbx.kill9()
    calls = by_customer(pbx, Records(pbx.cel_csv, pbx.cdr_csv, pbx.queue_log))
    assert calls["+12125550001"].ended_at is not None
    cut = calls["+12125550003"]
    assert (cut.ended_at, cut.queue, cut.recovered) == (None, "support", True)

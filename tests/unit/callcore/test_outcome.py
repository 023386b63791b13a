from __future__ import annotations

import pytest

from callcore.call import Direction, LegRole, Result
from callcore.events import Party
from callcore.ids import Uniqueid
from callcore.legs import LiveLeg
from callcore.outcome import outcome
from tests.unit.callcore.pretend_pbx import START


def tried(status: str = "", cause: int = 0, *, answered: bool = False) -> LiveLeg:
    return LiveLeg(
        Uniqueid("1.1"),
        "PJSIP/1001-1",
        LegRole.AGENT,
        "1001",
        Party(),
        START,
        START,
        cause=cause,
        dial_status=status,
        answered_at=START if answered else None,
    )


def of(
    direction: Direction,
    *tries: LiveLeg,
    talked: bool = False,
    abandoned: bool = False,
    served: bool = False,
    cause: int = 16,
) -> Result:
    lead = tried(cause=cause, answered=served)
    return outcome(direction, talked=talked, abandoned=abandoned, lead=lead, tries=tries)


@pytest.mark.parametrize("direction", Direction)
def test_who_talked_was_answered_whatever_else_happened(direction: Direction) -> None:
    assert of(direction, tried("BUSY"), talked=True, abandoned=True) is Result.ANSWERED


def test_an_inbound_call_is_abandoned_busy_or_missed() -> None:
    inbound = Direction.INBOUND
    assert of(inbound, tried("CANCEL"), abandoned=True) is Result.ABANDONED
    assert of(inbound, tried("BUSY"), tried("", 17)) is Result.BUSY
    assert of(inbound, tried("BUSY"), tried("NOANSWER")) is Result.MISSED
    assert of(inbound, served=True) is Result.MISSED
    assert of(inbound, cause=17) is Result.BUSY


def test_the_last_try_tells_of_an_outbound_call() -> None:
    outbound = Direction.OUTBOUND
    assert of(outbound, tried("CONGESTION"), tried("BUSY")) is Result.BUSY
    assert of(outbound, tried("ANSWER")) is Result.ANSWERED
    assert of(outbound, tried(answered=True)) is Result.ANSWERED
    assert of(outbound, tried("INVALIDARGS")) is Result.FAILED
    assert of(outbound, tried("NOANSWER", 19)) is Result.NO_ANSWER
    assert of(outbound, tried("NOANSWER", 1)) is Result.FAILED  # no such number
    assert of(outbound, tried("", 17)) is Result.BUSY
    assert of(outbound, served=True) is Result.FAILED


def test_among_ourselves_the_pbx_may_answer() -> None:
    assert of(Direction.INTERNAL, served=True) is Result.ANSWERED
    assert of(Direction.INTERNAL) is Result.FAILED
    assert of(Direction.INTERNAL, tried("NOANSWER"), served=True) is Result.NO_ANSWER

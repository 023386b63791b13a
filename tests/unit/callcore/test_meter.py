from __future__ import annotations

from datetime import timedelta

from callcore.meter import Meter, Phase
from tests.unit.callcore.pretend_pbx import START


def after(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


def test_time_is_booked_on_the_phase_that_lasted() -> None:
    meter = Meter()
    meter.advance(START)
    meter.advance(START + after(5))  # waiting counts nowhere: it follows from start and answer
    meter.phase = Phase.TALKING
    assert meter.advance(START + after(7)) == 2
    meter.phase = Phase.HELD
    assert meter.advance(START + after(10)) == 3
    meter.phase = Phase.OVER
    meter.advance(START + after(99))
    assert (meter.talk_s, meter.hold_s) == (2, 3)


def test_a_late_event_turns_no_clock_back() -> None:
    meter = Meter(phase=Phase.TALKING)
    meter.advance(START + after(5))
    assert meter.advance(START) == 0
    assert meter.advance(START + after(6)) == 1
    assert meter.talk_s == 1


def test_only_the_first_conversation_answers_a_call() -> None:
    meter = Meter()
    meter.advance(START + after(3))
    meter.answer(START + after(2))
    meter.answer(START + after(9))
    assert meter.answered_at == START + after(2)
    meter.phase = Phase.TALKING
    assert meter.advance(START + after(4)) == 2

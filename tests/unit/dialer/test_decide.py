from __future__ import annotations

from itertools import repeat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.pacing.decide import Verdict, for_ready, while_risk_is_low
from dialer.pacing.shortage import horizon
from dialer.pacing.state import Why


def decide(
    there: int, *, threshold: float, at_least: int = 0, at_most: int = 1000, chance: float = 0.25
) -> Verdict:
    horizons = [horizon(there, [(4, 0.1)], []), horizon(there, [(4, 0.3)], [])]
    return while_risk_is_low(
        horizons,
        repeat([chance / 2, chance]),
        threshold=threshold,
        at_least=at_least,
        at_most=at_most,
    )


def test_progressive_is_one_call_for_each_agent_without_one() -> None:
    assert for_ready(5, waiting=1, in_flight=2) == 2
    assert for_ready(1, waiting=0, in_flight=2) == 0


def test_a_ratio_multiplies_ready_agents() -> None:
    assert for_ready(5, waiting=0, in_flight=2, ratio=1.5) == 5


def test_calls_are_added_until_the_next_would_risk_too_much() -> None:
    verdict = decide(1, threshold=0.05)
    assert verdict.dial >= 1
    assert verdict.why is Why.RISK
    assert verdict.risk <= 0.05 < verdict.next_risk


def test_the_bolder_the_more() -> None:
    counts = [decide(2, threshold=t).dial for t in (0.001, 0.01, 0.1, 0.3)]
    assert counts == sorted(counts)
    assert counts[0] < counts[-1]


def test_lines_limit_whatever_the_risk() -> None:
    verdict = decide(50, threshold=0.05, at_most=3)
    assert (verdict.dial, verdict.why) == (3, Why.LINES)


def test_calls_that_have_an_agent_each_are_placed_at_any_risk() -> None:
    assert decide(0, threshold=0.0, at_least=2).dial == 2


@pytest.mark.parametrize("chance", [0.02, 0.5, 1.0])
def test_an_agent_who_is_there_is_always_dialled_for(chance: float) -> None:
    assert decide(1, threshold=1e-6, chance=chance).dial >= 1


@given(st.integers(0, 30), st.floats(1e-4, 0.5), st.integers(0, 40), st.floats(0.01, 1.0))
def test_never_more_than_the_lines_and_never_beyond_the_threshold(
    there: int, threshold: float, at_most: int, chance: float
) -> None:
    verdict = decide(there, threshold=threshold, at_most=at_most, chance=chance)
    assert 0 <= verdict.dial <= at_most
    assert verdict.risk <= threshold
    if verdict.why is Why.RISK:
        assert verdict.next_risk > threshold

"""The rule of each mode: how many calls to place, given what is foreseen. Functions of their arguments.

Does not foresee (answer, agents) nor keep the budget (balance); the pacer brings both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dialer.pacing.state import Why

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dialer.pacing.shortage import Horizon


@dataclass(frozen=True, slots=True)
class Verdict:
    """How many, what stopped it, the risk of the last call placed and of the one that was not."""

    dial: int
    why: Why
    risk: float = 0.0
    next_risk: float = 0.0


def for_ready(ready: int, waiting: int, in_flight: int, *, ratio: float = 1.0) -> int:
    """Each ready agent has `ratio` calls; those in flight and the people waiting are his already."""
    return max(0, int(ratio * ready + 1e-9) - waiting - in_flight)


def while_risk_is_low(
    horizons: Sequence[Horizon],
    chances: Iterator[Sequence[float]],
    *,
    threshold: float,
    at_least: int,
    at_most: int,
    limit: Why = Why.LINES,
) -> Verdict:
    """Add calls while the next one's chance to be answered with no agent there stays under `threshold`.

    The horizons are equally likely answer times of a new call; `chances` gives, call by call, the chance
    to be answered within each. `at_least` calls are placed at any risk: those that have an agent each.
    `limit` is the reason for there being no more than `at_most`.
    """
    placed, last = 0, 0.0
    risk = _risk(horizons)
    while risk <= threshold or placed < at_least:
        if placed >= at_most:
            return Verdict(placed, limit, last, risk)
        for horizon, chance in zip(horizons, next(chances), strict=True):
            horizon.add(chance)
        placed, last = placed + 1, risk
        risk = _risk(horizons)
    return Verdict(placed, Why.RISK, last, risk)


def _risk(horizons: Sequence[Horizon]) -> float:
    """The chance that one more call, if it is answered, finds no agent."""
    return sum(horizon.short() for horizon in horizons) / len(horizons)

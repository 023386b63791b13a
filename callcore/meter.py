"""Where a call's time goes: waiting, talking, held.

Does not know legs: the conversation says which phase it is in, and when.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


class Phase(Enum):
    """As the customer (or, among ourselves, the caller) feels it."""

    WAITING = "waiting"  # nobody has talked to him yet
    TALKING = "talking"
    HELD = "held"  # was talked to before, and waits now
    OVER = "over"  # has gone, or nobody of ours is there for him any more


@dataclass(slots=True, eq=False)
class Meter:
    """Adds up seconds by phase. Time never runs backwards here, whatever arrives late."""

    phase: Phase = Phase.WAITING
    answered_at: datetime | None = None
    talk_s: float = 0.0
    hold_s: float = 0.0
    _clock: datetime | None = None

    def advance(self, at: datetime) -> float:
        """Book the time up to `at` on the phase that lasted until then; how many seconds it was."""
        if self._clock is None or at <= self._clock:
            self._clock = self._clock or at
            return 0.0
        passed_s = (at - self._clock).total_seconds()
        self._clock = at
        if self.phase is Phase.TALKING:
            self.talk_s += passed_s
        elif self.phase is Phase.HELD:
            self.hold_s += passed_s
        return passed_s

    def answer(self, at: datetime) -> None:
        """The first conversation began at `at`, which may lie a little before the last event."""
        if self.answered_at is None:
            self.answered_at = self._clock = at

"""The abandonment budget: how many people may still be abandoned, and how bold that makes us.

Does not know the law (dialer's rules brake before its limit) nor single calls.
"""

from __future__ import annotations

from math import exp, log
from typing import TYPE_CHECKING

from dialer.pacing.state import Fact

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dialer.pacing.state import Happening, Settings

_CAUTION = 0.99  # aim a little under the target
_RESERVE = 1.0  # people kept back: a shift should end on the right side
_UNSEEN = 1.15  # people lost to machine detection are an estimate: take it generously
_PATIENCE_S = 900.0  # how long a debt may take to be paid where answers are many
_STEEPEST = 0.22  # … but where they are few, one person moves the threshold no more (in e-folds)
_LASTING = 0.06  # the part of such a move that stays, for each person of budget earned meanwhile
_FIRST_LEAN = -0.3  # about where it settles
_BOLDEST, _MEEKEST = 1.0, -2.5  # the most that the balance may move the threshold
_LEAST_CREDIT = 3.0
_CREDIT_S = 900.0  # unspent budget older than this is forgotten, lest it be spent at once
_RATE_S = 600.0  # over how long the rate of answers is taken


class Balance:
    """Counts answers and abandonments; turns what is left of the budget into a threshold of risk.

    `people` may still be abandoned: aim × answered − abandoned, those lost to machine detection taken off.
    """

    def __init__(self, people: float = 0.0) -> None:
        self.people = people
        self.answered = 0
        self.abandoned = 0
        self._answers_per_s = 0.0
        self._age_s = 0.0
        # the risk that spends the budget exactly, beside the budget's share: a logarithm, learned
        self._lean = _FIRST_LEAN

    def learn(self, passed_s: float, happenings: Iterable[Happening], settings: Settings) -> None:
        answered = abandoned = 0
        for what in happenings:
            answered += what.fact is Fact.ANSWERED
            abandoned += what.fact is Fact.ABANDONED
        self.answered += answered
        self.abandoned += abandoned
        self._clock(passed_s, answered)
        share = _share(settings)
        earned = answered * share
        credit = max(_LEAST_CREDIT, share * self._answers_per_s * _CREDIT_S)
        self.people = min(self.people + earned - abandoned, credit)
        if earned > 0.0:
            lasting = _LASTING * earned * self._steepness(share) * (self.people - _RESERVE)
            self._lean = min(max(self._lean + lasting, log(0.02)), log(20.0))

    def threshold(self, settings: Settings) -> float:
        """The chance to be answered with no agent there that one more call may run; 0: none."""
        share = _share(settings)
        if share <= 0.0:
            return 0.0
        now = self._steepness(share) * (self.people - _RESERVE)
        return min(share * exp(self._lean + min(max(now, _MEEKEST), _BOLDEST)), 0.9)

    def _clock(self, passed_s: float, answered: int) -> None:
        if passed_s > 0.0:
            self._age_s += passed_s
            weight = min(passed_s / min(self._age_s, _RATE_S), 1.0)
            self._answers_per_s += (answered / passed_s - self._answers_per_s) * weight

    def _steepness(self, share: float) -> float:
        """How far one person of balance moves the threshold."""
        earned_in_time = max(share, 0.0) * self._answers_per_s * _PATIENCE_S
        return min(_STEEPEST, 1.0 / max(earned_in_time, 1e-9))


def _share(settings: Settings) -> float:
    """Of the people seen to answer, the share that may be abandoned.

    Of all who answer, `lost` never show: machine detection hung up on them, and they count.
    """
    lost = min(settings.amd_loss * _UNSEEN, 0.5)
    return (settings.target * _CAUTION - lost) / (1.0 - lost)

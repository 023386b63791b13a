"""How much more often than usual something happens now: one factor, quick when it must be.

Does not know what happens, nor how often is usual: it is told how many were expected and how many came.
"""

from __future__ import annotations

from math import exp, log, sqrt

# How far back each opinion looks: so many expected happenings, but no less than so many seconds.
MEMORIES = ((8.0, 10.0), (32.0, 30.0), (128.0, 90.0), (512.0, 270.0))
_SCORED = (25.0, 20.0)  # … and over how many, how long, the opinions are compared
_STEADINESS = (
    0.8  # e-folds by which a longer memory is believed over the next shorter, unless proved wrong
)
_TRUST = 6.0  # the longer memory's opinion weighs as much as so many happenings of the shorter


class Level:
    """Several memories, each with an opinion; those that foresaw the recent past best are heard most.

    In quiet times that is the longest memory, which is the steadiest; after a step, the shortest.
    """

    def __init__(self) -> None:
        self._came = [0.0 for _ in MEMORIES]
        self._expected = [0.0 for _ in MEMORIES]
        self._score = [0.0 for _ in MEMORIES]
        self._opinions = [1.0 for _ in MEMORIES]
        self.value = 1.0
        self.doubt = 1.0 / sqrt(_TRUST)  # standard deviation ÷ value

    def observe(self, came: float, expected: float, passed_s: float) -> None:
        """In `passed_s` seconds `came` happened where `expected` were usual."""
        fade = _keep(_SCORED, expected, passed_s)
        above = 1.0
        for i in reversed(range(len(MEMORIES))):
            opinion = self._opinions[i]
            self._score[i] = self._score[i] * fade + came * log(opinion) - opinion * expected
            keep = _keep(MEMORIES[i], expected, passed_s)
            self._came[i] = self._came[i] * keep + came
            self._expected[i] = self._expected[i] * keep + expected
            above = (self._came[i] + _TRUST * above) / (self._expected[i] + _TRUST)
            self._opinions[i] = above
        self._weigh()

    def _weigh(self) -> None:
        heard = [score + i * _STEADINESS for i, score in enumerate(self._score)]
        best = max(heard)
        weights = [exp(h - best) for h in heard]
        total = sum(weights)
        self.value = sum(w * o for w, o in zip(weights, self._opinions, strict=True)) / total
        variance = sum(
            w * ((o - self.value) ** 2 + o * o / (came + _TRUST))
            for w, o, came in zip(weights, self._opinions, self._came, strict=True)
        )
        self.doubt = sqrt(variance / total) / self.value


def _keep(memory: tuple[float, float], expected: float, passed_s: float) -> float:
    happenings, least_s = memory
    return exp(-min(expected / happenings, passed_s / least_s))

"""How long things last, learned while they last: hazards by age, several ways to end.

Does not know what lasts: ringing, talking, wrapping up all use it. Unfinished lives count as
exposure, so that a short morning does not make conversations look short.
"""

from __future__ import annotations

from bisect import bisect_right
from math import exp
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class LifeTable:
    """Constant hazard within each age bin: ends of a kind ÷ seconds lived there.

    `edges_s` starts at 0; the last bin is open. `prior` gives for each kind the hazard per second in
    each bin that is believed before anything is seen, with the weight of `prior_lives` lives.
    When `memory` ends are known, everything seen is halved: the old fades.
    """

    def __init__(
        self,
        edges_s: Sequence[float],
        prior: Sequence[Sequence[float]],
        *,
        prior_lives: float,
        memory: float,
    ) -> None:
        self.edges_s = list(edges_s)
        self._inner = self.edges_s[1:]
        self.kinds = len(prior)
        self._memory = memory
        self._seen = 0.0
        self._lived_s = [0.0] * len(self.edges_s)
        self._ended = [[0.0] * len(self.edges_s) for _ in prior]
        alive = prior_lives
        for i in range(len(self.edges_s)):
            total = sum(hazards[i] for hazards in prior)
            here_s = alive * self.width_s(i) + 1e-3
            self._lived_s[i] = here_s
            for kind, hazards in enumerate(prior):
                self._ended[kind][i] = hazards[i] * here_s
            alive *= exp(-total * self.width_s(i))

    def width_s(self, bin_: int) -> float:
        """The width of a bin; of the last, open one its neighbour's."""
        if bin_ >= len(self._inner):
            bin_ = len(self._inner) - 1
        return self.edges_s[bin_ + 1] - self.edges_s[bin_]

    def bin(self, age_s: float) -> int:
        return bisect_right(self._inner, age_s)

    def lived(self, bin_: int, seconds: float) -> None:
        """Somebody spent `seconds` more in this bin and has not ended."""
        self._lived_s[bin_] += seconds

    def ended(self, age_s: float, kind: int = 0, weight: float = 1.0) -> None:
        """A life whose seconds were told to `lived` has ended at this age."""
        self._ended[kind][self.bin(age_s)] += weight
        self._seen += weight
        if self._seen > self._memory:
            self._fade()

    def life(self, age_s: float, kind: int = 0, weight: float = 1.0) -> None:
        """A whole life from 0 to its end at `age_s`, of which nothing was told before."""
        last = self.bin(age_s)
        for i in range(last):
            self._lived_s[i] += weight * (self.edges_s[i + 1] - self.edges_s[i])
        self._lived_s[last] += weight * (age_s - self.edges_s[last])
        self.ended(age_s, kind, weight)

    def hazards(self, kind: int = 0) -> list[float]:
        """Ends per second, for each bin."""
        return [e / s for e, s in zip(self._ended[kind], self._lived_s, strict=True)]

    def survival(self, step_s: float, steps: int, *, rate: float = 1.0) -> list[float]:
        """The chance to last beyond 0, step_s, 2·step_s …, all kinds of end together."""
        totals = [0.0] * len(self.edges_s)
        for ended in self._ended:
            for i, e in enumerate(ended):
                totals[i] += e
        hazards = [rate * e / s for e, s in zip(totals, self._lived_s, strict=True)]
        alive, out = 1.0, [1.0]
        for k in range(steps):
            alive *= exp(-hazards[self.bin((k + 0.5) * step_s)] * step_s)
            out.append(alive)
        return out

    def _fade(self) -> None:
        self._seen /= 2
        self._lived_s = [s / 2 for s in self._lived_s]
        self._ended = [[e / 2 for e in ended] for ended in self._ended]

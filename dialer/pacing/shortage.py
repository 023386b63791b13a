"""Too many answers for the agents: the chance of it, on the whole distribution.

Does not know calls and agents, only how many there are and each one's chance.

One horizon holds what will have happened a given time from now: `there` agents free for certain, others
free with a chance each, calls answered with a chance each. Few of them are counted exactly (a sum of
unequal coins); many, by a normal law bent to their skewness.
"""

from __future__ import annotations

from math import erfc, exp, pi, sqrt
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    Coins = Sequence[tuple[int, float]]  # how many, and the chance of each

_FEW_THERE = 12
_LITTLE_VARIANCE = 6.0
_NEGLIGIBLE = 1e-7


class Horizon(Protocol):
    """What will have happened a given time from now."""

    def short(self) -> float:
        """The chance that one more person who answers then finds no agent."""
        ...

    def add(self, chance: float) -> None:
        """One more call, answered by then with this chance."""
        ...


def horizon(there: int, free: Coins, answers: Coins, doubt: float = 0.0) -> Horizon:
    """`doubt` is by what share all the chances of `answers` may be wrong together."""
    bent = Bent(there, free, answers, doubt)
    if abs(there) <= _FEW_THERE and bent.variance <= _LITTLE_VARIANCE:
        return Exact(there, free, answers)
    return bent


class Exact:
    def __init__(self, there: int, free: Coins, answers: Coins) -> None:
        self._there = there
        total, self._at_most = 0.0, []
        for p in count(free):
            total += p
            self._at_most.append(total)
        self._answers = count(answers)

    def short(self) -> float:
        at_most, there = self._at_most, self._there
        most = len(at_most) - 1
        total = 0.0
        for answered, p in enumerate(self._answers):
            freed = answered - there
            if freed >= 0:
                total += p * at_most[min(freed, most)]
        return total

    def add(self, chance: float) -> None:
        _toss(self._answers, chance)


class Bent:
    def __init__(self, there: int, free: Coins, answers: Coins, doubt: float = 0.0) -> None:
        f1, f2, f3 = _power_sums(free)
        a1, a2, a3 = _power_sums(answers)
        self._mean = there + f1 - a1
        self._answers = a1
        self._doubt = doubt
        self.variance = (f1 - f2) + (a1 - a2)
        self._third = (f1 - 3.0 * f2 + 2.0 * f3) - (a1 - 3.0 * a2 + 2.0 * a3)

    def short(self) -> float:
        if self.variance <= 0.0:
            return 1.0 if self._mean <= 0.0 else 0.0
        doubted = self._doubt * self._answers
        deviation = sqrt(self.variance + doubted * doubted)
        z = (0.5 - self._mean) / deviation  # counts are whole: none left means under a half
        skewness = self._third / deviation**3
        density = exp(-z * z / 2.0) / sqrt(2.0 * pi)
        chance = erfc(-z / sqrt(2.0)) / 2.0 - skewness / 6.0 * (z * z - 1.0) * density
        return min(1.0, max(0.0, chance))

    def add(self, chance: float) -> None:
        spread = chance * (1.0 - chance)
        self._mean -= chance
        self._answers += chance
        self.variance += spread
        self._third -= spread * (1.0 - 2.0 * chance)


def _power_sums(coins: Coins) -> tuple[float, float, float]:
    one = two = three = 0.0
    for n, p in coins:
        np = n * p
        one += np
        np *= p
        two += np
        three += np * p
    return one, two, three


def count(coins: Coins) -> list[float]:
    """The distribution of how many come up; a negligible tail is cut."""
    spread = [1.0]
    for n, p in coins:
        if p > 0.0:
            for _ in range(n):
                _toss(spread, p)
    return spread


def _toss(spread: list[float], p: float) -> None:
    q = 1.0 - p
    above = spread[-1] * p
    for i in range(len(spread) - 1, 0, -1):
        spread[i] = spread[i] * q + spread[i - 1] * p
    spread[0] *= q
    if above > _NEGLIGIBLE:
        spread.append(above)

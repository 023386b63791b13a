"""Token buckets: how often somebody may do what a thief would like to do often.

Keeps its counts in memory only: a restart forgives everybody.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aiohttp import web

from callcore.errors import ThrottledError

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable


@dataclass(frozen=True, slots=True)
class Rate:
    """`burst` at once, then `per_minute`."""

    per_minute: float
    burst: int


@dataclass(slots=True)
class Limiter:
    """One rate for many keys; the `most` recently seen keys are remembered."""

    rate: Rate
    clock: Callable[[], float]
    most: int = 10_000
    _buckets: OrderedDict[Hashable, tuple[float, float]] = field(default_factory=OrderedDict)

    def take(self, key: Hashable) -> None:
        """Count one use by `key`.

        Raises:
            ThrottledError: the bucket is empty; its data say in how many seconds there is one again.
        """
        self.check(key)
        level, now = self._level(key)
        self._put(key, level - 1, now)

    def check(self, key: Hashable) -> None:
        """Raise `ThrottledError` when `key` has nothing left, without counting."""
        level, _ = self._level(key)
        if level < 1:
            wait_s = math.ceil((1 - level) * 60 / self.rate.per_minute)
            raise ThrottledError(
                "Too many attempts. Wait a little, then try again.", retry_after_s=wait_s
            )

    def forget(self, key: Hashable) -> None:
        """Give `key` a full bucket: it has shown to be no thief."""
        self._buckets.pop(key, None)

    def _level(self, key: Hashable) -> tuple[float, float]:
        now = self.clock()
        level, at = self._buckets.get(key, (float(self.rate.burst), now))
        return min(self.rate.burst, level + (now - at) * self.rate.per_minute / 60), now

    def _put(self, key: Hashable, level: float, now: float) -> None:
        self._buckets[key] = (level, now)
        self._buckets.move_to_end(key)
        while len(self._buckets) > self.most:
            self._buckets.popitem(last=False)


@dataclass(frozen=True, slots=True)
class Limits:
    """The limiters of the service, by what is limited; sign-in has its own in the store."""

    lookup: Limiter
    dial: Limiter
    export: Limiter


def limits(clock: Callable[[], float], dials_per_minute: int) -> Limits:
    return Limits(
        lookup=Limiter(Rate(per_minute=60, burst=60), clock),
        dial=Limiter(Rate(per_minute=dials_per_minute, burst=dials_per_minute), clock),
        export=Limiter(Rate(per_minute=2, burst=5), clock),
    )


LIMITS = web.AppKey("limits", Limits)

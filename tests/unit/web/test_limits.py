"""Token buckets: how often is too often."""

from __future__ import annotations

import pytest

from callcore.errors import ThrottledError
from web.limits import Limiter, Rate


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_passes_and_the_next_one_is_told_when_to_come_back() -> None:
    limiter = Limiter(Rate(per_minute=6, burst=2), Clock())
    limiter.take("a")
    limiter.take("a")
    with pytest.raises(ThrottledError) as refused:
        limiter.take("a")
    assert refused.value.data["retry_after_s"] == 10


def test_time_refills_the_bucket_but_not_beyond_the_burst() -> None:
    clock = Clock()
    limiter = Limiter(Rate(per_minute=6, burst=2), clock)
    clock.now += 3600
    limiter.take("a")
    limiter.take("a")
    with pytest.raises(ThrottledError):
        limiter.take("a")
    clock.now += 10
    limiter.take("a")


def test_one_key_does_not_pay_for_another() -> None:
    limiter = Limiter(Rate(per_minute=1, burst=1), Clock())
    limiter.take("a")
    limiter.take("b")


def test_a_flood_of_keys_does_not_fill_the_memory() -> None:
    limiter = Limiter(Rate(per_minute=1, burst=1), Clock(), most=10)
    for key in range(1000):
        limiter.take(key)
    assert len(limiter._buckets) == 10

from __future__ import annotations

from dialer.pacing.outage import OutageWatch
from dialer.pacing.state import Fact, Happening


def failures(n: int) -> list[Happening]:
    return [Happening(0, Fact.FAILED, i, 0.3) for i in range(n)]


def test_a_bad_list_is_not_an_outage() -> None:
    watch = OutageWatch()
    for _ in range(10):
        watch.learn([*failures(20), Happening(0, Fact.RINGING, "x", 1.0)])
    assert not watch.lasts
    assert watch.limit(50) > 10_000


def test_when_nothing_rings_a_few_calls_probe() -> None:
    watch = OutageWatch()
    watch.learn(failures(25))
    assert watch.lasts
    assert watch.limit(50) == 10
    assert watch.limit(1) == 2


def test_failures_of_an_outage_teach_nothing_about_numbers() -> None:
    watch = OutageWatch()
    told = watch.learn([*failures(100), Happening(0, Fact.TALK_ENDED, "anna", 60.0)])
    assert sum(h.fact is Fact.FAILED for h in told) == 24
    assert told[-1].fact is Fact.TALK_ENDED


def test_the_first_call_that_rings_ends_it() -> None:
    watch = OutageWatch()
    watch.learn(failures(100))
    watch.learn([Happening(0, Fact.RINGING, "x", 1.0)])
    assert not watch.lasts

from __future__ import annotations

from itertools import product
from math import prod

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dialer.pacing.shortage import Bent, Exact, count, horizon

chances = st.floats(0.0, 1.0)
few = st.lists(st.tuples(st.integers(0, 2), chances), max_size=3)


def by_hand(there: int, free: list[float], answers: list[float]) -> float:
    """Every outcome of every coin, one by one."""
    total = 0.0
    for outcome in product((0, 1), repeat=len(free) + len(answers)):
        freed, answered = sum(outcome[: len(free)]), sum(outcome[len(free) :])
        if there + freed - answered <= 0:
            total += prod(
                p if came else 1 - p for came, p in zip(outcome, [*free, *answers], strict=True)
            )
    return total


def single(coins: list[tuple[int, float]]) -> list[float]:
    return [p for n, p in coins for _ in range(n)]


@given(st.integers(-2, 3), few, few, chances)
def test_few_are_counted_exactly(
    there: int, free: list[tuple[int, float]], answers: list[tuple[int, float]], extra: float
) -> None:
    exact = Exact(there, free, answers)
    assert exact.short() == pytest.approx(by_hand(there, single(free), single(answers)), abs=1e-5)
    exact.add(extra)
    expected = by_hand(there, single(free), [*single(answers), extra])
    assert exact.short() == pytest.approx(expected, abs=1e-5)


@given(
    st.integers(-3, 20),
    st.lists(st.tuples(st.integers(1, 30), st.floats(0.02, 0.6)), min_size=2, max_size=6),
    st.lists(st.tuples(st.integers(20, 30), st.floats(0.05, 0.5)), min_size=2, max_size=6),
)
def test_many_are_bent_to_nearly_the_exact(
    there: int, free: list[tuple[int, float]], answers: list[tuple[int, float]]
) -> None:
    bent, exact = Bent(there, free, answers), Exact(there, free, answers)
    assume(bent.variance > 6)
    assert bent.short() == pytest.approx(exact.short(), abs=0.01)
    for _ in range(10):
        bent.add(0.2)
        exact.add(0.2)
    assert bent.short() == pytest.approx(exact.short(), abs=0.01)


def test_little_is_counted_and_much_is_bent() -> None:
    assert isinstance(horizon(1, [(5, 0.1)], [(5, 0.2)]), Exact)
    assert isinstance(horizon(1, [(500, 0.1)], [(5, 0.2)]), Bent)
    assert isinstance(horizon(100, [], []), Bent)


def test_nothing_uncertain_is_certain() -> None:
    assert horizon(100, [], []).short() == 0.0
    assert Bent(0, [], []).short() == 1.0
    assert horizon(0, [], []).short() == 1.0
    assert horizon(1, [], []).short() == 0.0


def test_doubt_about_all_answers_together_makes_shortage_likelier() -> None:
    free, answers = [(200, 0.1)], [(100, 0.15)]
    assert horizon(5, free, answers, 0.3).short() > horizon(5, free, answers).short()


@given(st.integers(0, 40), few, few, st.floats(0.01, 0.9))
def test_one_more_call_never_makes_shortage_less_likely(
    there: int, free: list[tuple[int, float]], answers: list[tuple[int, float]], extra: float
) -> None:
    one = Exact(there, free, answers)
    before = one.short()
    one.add(extra)
    assert one.short() >= before - 1e-6


def test_a_count_adds_up_to_one() -> None:
    assert sum(count([(30, 0.3), (4, 0.9), (2, 0.0)])) == pytest.approx(1.0, abs=1e-4)

from __future__ import annotations

from itertools import pairwise
from math import exp

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.pacing.lifetable import LifeTable


def table(prior: float = 0.1, *, lives: float = 0.001, memory: float = 1e9) -> LifeTable:
    return LifeTable((0, 1, 2, 4), [[prior] * 4, [0.0] * 4], prior_lives=lives, memory=memory)


def test_before_anything_is_seen_the_prior_is_believed() -> None:
    assert table(0.25, lives=10).hazards(0) == pytest.approx([0.25] * 4)


def test_hazard_is_ends_by_time_lived() -> None:
    t = table()
    for _ in range(100):
        t.life(1.5)
    assert t.hazards(0)[0] == pytest.approx(0.0, abs=1e-4)
    assert t.hazards(0)[1] == pytest.approx(100 / (100 * 0.5), rel=0.01)


def test_unfinished_lives_make_lives_longer() -> None:
    t = table()
    t.ended(0.5)
    t.lived(0, 0.5)
    short = t.hazards(0)[0]
    t.lived(0, 10.0)
    assert t.hazards(0)[0] < short / 10


def test_kinds_of_end_are_told_apart() -> None:
    t = table()
    t.life(0.5, kind=1)
    assert t.hazards(1)[0] > 1.0
    assert t.hazards(0)[0] < 0.1


def test_an_age_beyond_the_edges_falls_into_the_last_bin() -> None:
    t = table()
    assert t.bin(1e9) == 3
    assert t.width_s(3) == t.width_s(2) == 2


def test_the_old_fades_when_memory_is_full() -> None:
    t = table(memory=100)
    for _ in range(1000):
        t.life(0.5)
    for _ in range(1000):
        t.life(1.5)
    assert t.hazards(0)[0] == pytest.approx(0.0, abs=0.01)


def test_survival_counts_all_kinds() -> None:
    t = LifeTable((0, 10), [[0.1] * 2, [0.2] * 2], prior_lives=5, memory=10)
    assert t.survival(1.0, 3) == pytest.approx([1, exp(-0.3), exp(-0.6), exp(-0.9)])


@given(st.lists(st.tuples(st.floats(0, 100), st.integers(0, 1)), max_size=50))
def test_survival_never_rises_whatever_was_seen(lives: list[tuple[float, int]]) -> None:
    t = table(memory=20)
    for age_s, kind in lives:
        t.life(age_s, kind)
    survival = t.survival(0.5, 20)
    assert survival[0] == 1.0
    assert all(0.0 <= b <= a for a, b in pairwise(survival))

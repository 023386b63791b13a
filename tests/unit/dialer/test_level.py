from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.pacing.level import Level


def told(level: Level, rate: float, seconds: int, expected: float = 1.0) -> Level:
    for i in range(seconds):
        came = int((i + 1) * rate * expected) - int(i * rate * expected)
        level.observe(came, expected, 1.0)
    return level


def test_what_comes_as_expected_is_the_usual() -> None:
    assert told(Level(), 1.0, 500).value == pytest.approx(1.0, abs=0.05)


def test_a_step_is_seen_within_a_minute() -> None:
    level = told(Level(), 1.0, 1000, expected=2.0)
    assert told(level, 0.25, 50, expected=2.0).value == pytest.approx(0.25, abs=0.1)


def test_quiet_times_leave_little_doubt_and_a_step_leaves_much() -> None:
    level = told(Level(), 1.0, 2000)
    quiet = level.doubt
    told(level, 3.0, 6)
    assert quiet < 0.1
    assert level.doubt > 1.5 * quiet


def test_a_little_luck_does_not_move_a_steady_level() -> None:
    level = told(Level(), 1.0, 2000)
    level.observe(3, 1.0, 1.0)
    assert level.value == pytest.approx(1.0, abs=0.1)


@given(st.lists(st.tuples(st.integers(0, 50), st.floats(0, 50), st.floats(0.01, 100)), max_size=80))
def test_the_level_stays_positive_and_finite(seen: list[tuple[int, float, float]]) -> None:
    level = Level()
    for came, expected, passed_s in seen:
        level.observe(came, expected, passed_s)
        assert 0.0 < level.value < 1e3
        assert 0.0 < level.doubt < 1e3

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dialer.pacing.leaving import Leaving


def usual_day() -> Leaving:
    leaving = Leaving()
    for i in range(2000):
        if i % 100 == 50:
            leaving.left()
        else:
            leaving.returned()
    return leaving


def test_agents_are_expected_back() -> None:
    assert usual_day().return_chance > 0.97


def test_one_break_is_a_break() -> None:
    leaving = usual_day()
    leaving.left()
    assert leaving.return_chance > 0.9


def test_the_third_one_missing_is_a_team_that_leaves() -> None:
    leaving = usual_day()
    for _ in range(3):
        leaving.left()
    assert leaving.return_chance < 0.5


def test_some_who_come_back_end_it() -> None:
    leaving = usual_day()
    for _ in range(5):
        leaving.left()
    for _ in range(12):
        leaving.returned()
    assert leaving.return_chance > 0.9


def test_a_team_that_left_does_not_change_what_is_usual() -> None:
    leaving = usual_day()
    for _ in range(30):
        leaving.left()
    for _ in range(30):
        leaving.returned()
    assert leaving.return_chance > 0.95


@given(st.lists(st.booleans(), max_size=200))
def test_the_chance_to_return_is_a_chance(seen: list[bool]) -> None:
    leaving = Leaving()
    for left in seen:
        (leaving.left if left else leaving.returned)()
        assert 0.0 <= leaving.return_chance <= 1.0

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.pacing.numbers import History, NumberModel


def taught(odds: list[float], attempts: int = 4000) -> NumberModel:
    """A model that has seen a list whose numbers truly have these odds, five attempts at each."""
    model, random = NumberModel(), Random(3)
    for i in range(attempts // 5):
        history = History()
        for _ in range(5):
            answered = random.random() < 0.25 * odds[i % len(odds)]
            history = model.learn(history, 12, 0.25, answered=answered)
    return model


def test_a_number_nobody_called_is_average() -> None:
    assert NumberModel().odds(History(), 12) == pytest.approx(1.0)


def test_where_numbers_differ_a_history_tells() -> None:
    model = taught([0.2, 1.8])
    assert model.odds(History(answers=3, expected=1.25), 12) > 1.4
    assert model.odds(History(answers=0, expected=1.25), 12) < 0.75


def test_where_numbers_are_alike_a_history_is_luck() -> None:
    model = taught([1.0])
    assert model.odds(History(answers=3, expected=1.25), 12) == pytest.approx(1.0, abs=0.25)


def test_hours_differ_too() -> None:
    model, random = NumberModel(), Random(4)
    for i in range(6000):
        hour = 9 if i % 2 else 19
        chance = 0.15 if hour == 9 else 0.35
        model.learn(History(), hour, 0.25, answered=random.random() < chance)
    assert model.odds(History(), 19) > 1.2
    assert model.odds(History(), 9) < 0.8


def test_an_attempt_becomes_history() -> None:
    model = NumberModel()
    history = model.learn(History(), 10, 0.3, answered=True)
    history = model.learn(history, 10, 0.3, answered=False)
    assert history.answers == 1
    assert history.expected == pytest.approx(0.6, rel=0.02)


@given(
    st.lists(st.tuples(st.integers(0, 23), st.floats(0.0, 1.0), st.booleans()), max_size=60),
    st.integers(0, 20),
    st.floats(0.0, 20.0),
)
def test_odds_stay_positive_and_finite(
    attempts: list[tuple[int, float, bool]], answers: int, expected: float
) -> None:
    model, history = NumberModel(), History()
    for hour, chance, answered in attempts:
        history = model.learn(history, hour, chance, answered=answered)
    assert 0.0 < model.odds(History(answers, expected), 12) < 1000.0

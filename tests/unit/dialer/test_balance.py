from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.pacing.balance import Balance
from dialer.pacing.state import Fact, Happening, Settings

THREE = Settings(target=0.03)


def facts(answered: int, abandoned: int = 0) -> list[Happening]:
    return [Happening(0, Fact.ANSWERED, i) for i in range(answered)] + [
        Happening(0, Fact.ABANDONED, i) for i in range(abandoned)
    ]


def after(balance: Balance, answered: int, abandoned: int, settings: Settings = THREE) -> Balance:
    balance.learn(10.0, facts(answered, abandoned), settings)
    return balance


def test_answers_earn_and_abandonments_spend() -> None:
    assert after(Balance(), 100, 2).people == pytest.approx(100 * 0.03 * 0.99 - 2)


def test_a_debt_makes_meek_and_credit_makes_bold() -> None:
    even = Balance(1.0).threshold(THREE)
    assert Balance(-5.0).threshold(THREE) < even / 2
    assert Balance(3.0).threshold(THREE) > even * 1.3


def test_the_deepest_debt_still_leaves_a_threshold() -> None:
    assert Balance(-1e6).threshold(THREE) > 0.0


def test_credit_is_not_hoarded() -> None:
    balance = Balance()
    for _ in range(100):
        after(balance, 50, 0)
    assert balance.people <= 900 * 5 * 0.03


def test_people_lost_to_machine_detection_come_off_the_budget() -> None:
    lossy = Settings(target=0.03, amd_loss=0.01)
    assert after(Balance(), 100, 0, lossy).people < 100 * 0.02
    assert Balance().threshold(lossy) < Balance().threshold(THREE)


@pytest.mark.parametrize("settings", [Settings(target=0.0), Settings(target=0.02, amd_loss=0.03)])
def test_without_a_budget_no_risk_may_be_run(settings: Settings) -> None:
    balance = after(Balance(), 10, 0, settings)
    assert balance.threshold(settings) == 0.0


def test_a_lasting_surplus_raises_what_a_person_is_worth() -> None:
    balance = Balance()
    for _ in range(300):
        after(balance, 10, 0)
    bold = balance.threshold(THREE)
    balance.people = 0.0
    assert balance.threshold(THREE) > Balance().threshold(THREE)
    assert bold <= 0.9


def test_the_counts_are_kept_for_the_board() -> None:
    balance = after(Balance(), 7, 3)
    assert (balance.answered, balance.abandoned) == (7, 3)


@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30), st.floats(0, 60)), max_size=60),
    st.floats(0.0, 0.1),
    st.floats(0.0, 0.1),
)
def test_the_threshold_is_always_a_chance(
    seen: list[tuple[int, int, float]], target: float, loss: float
) -> None:
    settings = Settings(target=target, amd_loss=loss)
    balance = Balance()
    for answered, abandoned, passed_s in seen:
        balance.learn(passed_s, facts(answered, abandoned), settings)
        assert 0.0 <= balance.threshold(settings) <= 0.9

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.pacing.answer import STEP_S, AnswerModel
from dialer.pacing.state import CallNow, Fact, Happening

FAR = (60,)


class Network:
    """Calls that are answered with a chance that a test sets, fed to a model second by second."""

    def __init__(self, model: AnswerModel, seed: int = 1) -> None:
        self.model = model
        self.random = Random(seed)
        self.at_s = 0.0
        self.calls: dict[int, CallNow] = {}
        self.fates: dict[int, tuple[float, Fact]] = {}
        self.dialled = 0

    def run(self, seconds: int, *, chance: float, per_s: int = 5) -> AnswerModel:
        for _ in range(seconds):
            self.at_s += 1.0
            happenings = self._go_on()
            self.model.learn(self.at_s, happenings)
            self.model.watch(self.at_s, self.calls.values())
            for _ in range(per_s):
                self._dial(chance)
        return self.model

    def _dial(self, chance: float) -> None:
        call = self.dialled = self.dialled + 1
        self.calls[call] = CallNow(call, self.at_s)
        rings_s = self.at_s + 2.0
        if self.random.random() < chance:
            fate = (rings_s + self.random.gammavariate(4.0, 2.0), Fact.ANSWERED)
        else:
            fate = (rings_s + 20.0, Fact.NO_ANSWER)
        self.fates[call] = fate

    def _go_on(self) -> list[Happening]:
        happenings = []
        for call, now in list(self.calls.items()):
            if now.ringing_s is None and now.dialled_s + 2.0 <= self.at_s:
                rang_s = now.dialled_s + 2.0
                self.calls[call] = CallNow(call, now.dialled_s, rang_s)
                happenings.append(Happening(rang_s, Fact.RINGING, call, 2.0))
            ends_s, fact = self.fates[call]
            if ends_s <= self.at_s:
                del self.calls[call]
                happenings.append(Happening(ends_s, fact, call, ends_s - now.dialled_s))
        return happenings


def chance(model: AnswerModel, age_s: float, within_s: float) -> float:
    return model.chances(
        int(age_s / STEP_S), ringing=True, odds=1.0, within=(int(within_s / STEP_S),)
    )[0]


@pytest.mark.parametrize("true", [0.1, 0.3, 0.6])
def test_the_chance_of_a_new_call_is_learned(true: float) -> None:
    model = Network(AnswerModel()).run(900, chance=true)
    assert model.answer_chance == pytest.approx(true, rel=0.15)


def test_a_call_that_has_rung_long_is_unlikely_to_be_answered() -> None:
    model = Network(AnswerModel()).run(900, chance=0.4)
    assert chance(model, 15.0, 10.0) < 0.3 * chance(model, 2.0, 10.0)


def test_a_step_in_the_answer_rate_is_followed_within_a_minute() -> None:
    network = Network(AnswerModel())
    network.run(900, chance=0.2)
    model = network.run(60, chance=0.6)
    assert model.answer_chance == pytest.approx(0.6, rel=0.3)


def test_new_calls_are_answered_about_when_people_answer() -> None:
    model = Network(AnswerModel()).run(900, chance=0.4)
    times_s = [t * STEP_S for t in model.answer_times(4)]
    assert times_s == sorted(times_s)
    assert times_s[0] == pytest.approx(2.0 + 5.0, abs=2.0)
    assert times_s[-1] == pytest.approx(2.0 + 12.0, abs=3.0)


def test_odds_make_a_call_likelier_or_less_likely() -> None:
    model = Network(AnswerModel()).run(300, chance=0.3)

    def with_odds(odds: float) -> float:
        return model.chances(4, ringing=True, odds=odds, within=FAR)[0]

    assert with_odds(0.25) < 0.4 * with_odds(1.0)
    assert with_odds(1.0) < with_odds(3.0) <= 1.0


def test_odds_are_taken_beside_those_that_are_usual() -> None:
    model = AnswerModel()
    for i in range(3000):
        model.watch(float(i), [CallNow(1, i - 5.0, i - 3.0, odds=2.0)])
    usual = model.chances(4, ringing=True, odds=2.0, within=FAR)[0]
    assert usual == pytest.approx(chance(AnswerModel(), 2.0, 30.0), rel=0.02)


def test_machine_detection_delays_the_answer_and_may_yet_find_a_person() -> None:
    model = AnswerModel()
    for i in range(200):
        at_s = 10.0 * i
        fact = Fact.ANSWERED if i % 2 else Fact.MACHINE
        model.learn(
            at_s,
            [
                Happening(at_s, Fact.RINGING, i, 2.0),
                Happening(at_s + 5.5, Fact.PICKED_UP, i, 7.5),
                Happening(at_s + 8.5, fact, i, 10.5),
            ],
        )
    assert model.screened() == []
    model.learn(2000.0, [Happening(1999.0, Fact.RINGING, "x", 2.0)])
    model.learn(2006.0, [Happening(2004.5, Fact.PICKED_UP, "x", 7.5)])
    assert model.screened() == [pytest.approx(0.5, abs=0.15)]
    assert chance(model, 4.0, 2.0) == 0.0  # picked up at once, it would still be listened to


def test_a_verdict_that_never_comes_is_forgotten() -> None:
    model = AnswerModel()
    model.learn(10.0, [Happening(9.0, Fact.RINGING, 1), Happening(10.0, Fact.PICKED_UP, 1)])
    assert len(model.screened()) == 1
    model.learn(40.0, [])
    assert model.screened() == []
    model.learn(50.0, [Happening(49.0, Fact.RINGING, 2)])
    model.learn(500.0, [])
    model.learn(501.0, [Happening(501.0, Fact.ANSWERED, 2, 3.0)])  # as if it had not rung
    assert model.answer_chance > 0.0


def test_failing_numbers_are_counted_on_a_little_all_the_same() -> None:
    model = AnswerModel()
    model.learn(10.0, [Happening(10.0, Fact.FAILED, i, 0.4) for i in range(5000)])
    assert model.answer_chance > 0.1


def test_a_call_that_fails_after_ringing_says_nothing_about_set_up() -> None:
    model = AnswerModel()
    before = model.answer_chance
    happenings = [Happening(5.0, Fact.RINGING, 1, 2.0), Happening(9.0, Fact.FAILED, 1, 6.0)]
    model.learn(10.0, happenings)
    assert model.answer_chance == pytest.approx(before, rel=0.15)


def test_two_decisions_in_one_instant_lose_no_answer() -> None:
    once, twice = Network(AnswerModel()), Network(AnswerModel())
    once.run(300, chance=0.3)
    for _ in range(300):
        twice.run(1, chance=0.3)
        twice.model.learn(twice.at_s, [])
    assert twice.model.level == pytest.approx(once.model.level)
    assert twice.model.doubt > 0.0


@settings(max_examples=40, deadline=None)
@given(
    st.floats(0.0, 1.0),
    st.integers(0, 300),
    st.booleans(),
    st.floats(0.01, 20.0),
    st.lists(st.integers(0, 200), min_size=1, max_size=6),
)
def test_chances_are_chances_and_grow_with_time(
    true: float,
    age: int,
    ringing: bool,  # noqa: FBT001 — Hypothesis gives it by position
    odds: float,
    within: list[int],
) -> None:
    model = Network(AnswerModel()).run(40, chance=true, per_s=2)
    found = model.chances(age, ringing=ringing, odds=odds, within=sorted(within))
    assert found == sorted(found)
    assert all(0.0 <= p <= 1.0 for p in found)

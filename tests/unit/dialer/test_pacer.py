from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.pacing.pacer import Pacer
from dialer.pacing.state import (
    AgentNow,
    AgentState,
    CallNow,
    Fact,
    Happening,
    Mode,
    Moment,
    Settings,
    Why,
)
from tests.unit.dialer.floor import Floor


def ready(n: int) -> tuple[AgentNow, ...]:
    return tuple(AgentNow(i, AgentState.READY, 0.0) for i in range(n))


def ringing(n: int) -> tuple[CallNow, ...]:
    return tuple(CallNow(i, 0.0, 1.0) for i in range(n))


def moment(**changes: object) -> Moment:
    plain = Moment(at_s=5.0, agents=ready(4), calls=(), free_lines=100)
    return replace(plain, **changes)  # type: ignore[arg-type]


def test_progressive_places_one_call_for_each_ready_agent() -> None:
    pacer = Pacer(Settings(mode=Mode.PROGRESSIVE))
    decision = pacer.decide(moment(calls=ringing(1), waiting=1))
    assert (decision.dial, decision.why) == (2, Why.ENOUGH_FOR_READY)


def test_a_ratio_is_kept() -> None:
    assert Pacer(Settings(mode=Mode.RATIO, ratio=2.5)).decide(moment()).dial == 10


def test_preview_offers_contacts_and_leaves_the_call_to_the_agent() -> None:
    decision = Pacer(Settings(mode=Mode.PREVIEW)).decide(moment())
    assert (decision.dial, decision.why) == (4, Why.AGENT_DECIDES)


def test_predictive_dials_more_than_one_for_a_ready_agent() -> None:
    decision = Pacer(Settings()).decide(moment())
    assert decision.dial > 4
    assert decision.why is Why.RISK
    assert decision.risk <= decision.threshold < decision.next_risk


def test_nobody_at_work_dials_nothing() -> None:
    decision = Pacer(Settings()).decide(moment(agents=()))
    assert (decision.dial, decision.why) == (0, Why.NO_AGENTS)
    paused = (AgentNow(1, AgentState.PAUSED, 0.0),)
    assert Pacer(Settings()).decide(moment(agents=paused)).why is Why.NO_AGENTS


@pytest.mark.parametrize("mode", [Mode.PREDICTIVE, Mode.PROGRESSIVE])
def test_lines_are_never_exceeded(mode: Mode) -> None:
    decision = Pacer(Settings(mode=mode)).decide(moment(free_lines=2))
    assert (decision.dial, decision.why) == (2, Why.LINES)


def test_a_trunk_that_fails_every_call_is_probed() -> None:
    failures = tuple(Happening(4.0, Fact.FAILED, 100 + i, 0.3) for i in range(30))
    decision = Pacer(Settings()).decide(moment(agents=ready(50), happenings=failures))
    assert (decision.dial, decision.why) == (10, Why.PROBING)


def test_unlikely_numbers_are_dialled_more_of() -> None:
    likely = Pacer(Settings()).decide(moment(next_odds=(2.0,) * 100)).dial
    unlikely = Pacer(Settings()).decide(moment(next_odds=(0.2,) * 100)).dial
    assert unlikely > 2 * likely


def test_people_waiting_who_will_be_lost_take_no_agent_away() -> None:
    talking = tuple(AgentNow(i, AgentState.TALKING, 0.0) for i in range(40))
    few = Pacer(Settings()).decide(moment(agents=talking, waiting=0))
    many = Pacer(Settings()).decide(moment(agents=talking, waiting=30))
    assert many.dial >= few.dial - 5


def test_an_agent_whose_phone_rings_is_busy() -> None:
    reserved = (AgentNow(1, AgentState.RESERVED, 0.0),)
    assert Pacer(Settings()).decide(moment(agents=reserved)).busy == 1


def test_a_call_under_machine_detection_is_in_flight() -> None:
    heard = Happening(4.5, Fact.PICKED_UP, 77, 4.5)
    pacer = Pacer(Settings(mode=Mode.PROGRESSIVE))
    assert pacer.decide(moment(happenings=(heard,))).dial == 3
    verdict = Happening(6.5, Fact.MACHINE, 77, 6.5)
    assert pacer.decide(moment(at_s=7.0, happenings=(verdict,))).dial == 4


def test_target_zero_is_exactly_progressive() -> None:
    zero = Floor(Pacer(Settings(target=0.0)), agents=12).run(1500)
    progressive = Pacer(Settings(mode=Mode.PROGRESSIVE))
    assert [progressive.decide(m).dial for m in zero.moments] == [d.dial for d in zero.decisions]
    assert zero.abandoned == 0
    assert zero.answered > 50


def test_an_opening_debt_makes_the_first_decision_careful() -> None:
    bold = Pacer(Settings()).decide(moment(agents=ready(20)))
    careful = Pacer(Settings(), balance=-10.0).decide(moment(agents=ready(20)))
    assert careful.balance < 0.0
    assert careful.dial < bold.dial


def test_the_same_moments_give_the_same_decisions() -> None:
    floor = Floor(Pacer(Settings()), agents=10).run(900)
    replayed = Pacer(Settings())
    assert [replayed.decide(m) for m in floor.moments] == floor.decisions


def test_a_day_can_be_replayed_with_another_target() -> None:
    floor = Floor(Pacer(Settings(target=0.03)), agents=10).run(900)
    meek = Pacer(Settings(target=0.005))
    assert sum(meek.decide(m).dial for m in floor.moments) < sum(d.dial for d in floor.decisions)


@pytest.mark.slow
@pytest.mark.parametrize("target", [0.01, 0.05])
def test_a_target_is_met_and_agents_are_busy(target: float) -> None:
    floor = Floor(Pacer(Settings(target=target)), agents=40).run(5400)
    assert floor.abandoned / floor.answered == pytest.approx(target, abs=0.005)
    assert floor.utilisation > 0.85


def test_when_a_third_of_the_team_logs_out_dialling_shrinks_with_it() -> None:
    floor = Floor(Pacer(Settings()), agents=30).run(1500)
    before = sum(d.dial for d in floor.decisions[-900:])
    floor.leave(10)
    floor.run(1100)
    after = sum(d.dial for d in floor.decisions[-900:])
    assert after < 0.85 * before


def test_a_clock_that_starts_anywhere_changes_nothing() -> None:
    floor = Floor(Pacer(Settings()), agents=10).run(400)
    shift_s = 1_764_000_000.0
    shifted = Pacer(Settings())
    for now, decision in zip(floor.moments, floor.decisions, strict=True):
        later = replace(
            now,
            at_s=now.at_s + shift_s,
            agents=tuple(replace(a, since_s=a.since_s + shift_s) for a in now.agents),
            calls=tuple(
                replace(
                    c,
                    dialled_s=c.dialled_s + shift_s,
                    ringing_s=None if c.ringing_s is None else c.ringing_s + shift_s,
                )
                for c in now.calls
            ),
            happenings=tuple(replace(h, at_s=h.at_s + shift_s) for h in now.happenings),
        )
        assert shifted.decide(later).dial == decision.dial


agent_values = st.builds(
    AgentNow,
    id=st.integers(0, 50),
    state=st.sampled_from(AgentState),
    since_s=st.floats(-1000, 1000),
    last_talk_s=st.floats(0, 5000),
)
call_values = st.builds(
    CallNow,
    id=st.integers(0, 200),
    dialled_s=st.floats(-100, 1000),
    ringing_s=st.none() | st.floats(-100, 1000),
    odds=st.floats(0.01, 20.0),
)
happening_values = st.builds(
    Happening,
    at_s=st.floats(0, 1000),
    fact=st.sampled_from(Fact),
    subject=st.integers(0, 200),
    value_s=st.floats(0, 500),
)
moment_values = st.builds(
    Moment,
    at_s=st.floats(0, 1000),
    agents=st.lists(agent_values, max_size=30).map(tuple),
    calls=st.lists(call_values, max_size=40).map(tuple),
    waiting=st.integers(0, 10),
    free_lines=st.integers(0, 60),
    happenings=st.lists(happening_values, max_size=40).map(tuple),
    next_odds=st.lists(st.floats(0.01, 20.0), max_size=5).map(tuple),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(moment_values, min_size=1, max_size=6), st.sampled_from(Mode))
def test_no_history_however_odd_makes_a_decision_odd(moments: list[Moment], mode: Mode) -> None:
    pacer = Pacer(Settings(mode=mode, ratio=1.7))
    for now in sorted(moments, key=lambda m: m.at_s):
        decision = pacer.decide(now)
        assert decision.dial >= 0
        assert mode is Mode.PREVIEW or decision.dial <= now.free_lines
        assert 0.0 <= decision.risk <= 1.0
        assert 0.0 <= decision.answer_chance <= 1.0
        if decision.ready + decision.busy == 0:
            assert decision.dial == 0

from __future__ import annotations

from random import Random

import pytest

from dialer.pacing.agents import FreeModel
from dialer.pacing.state import AgentNow, AgentState, Fact, Happening

HORIZONS = (2, 5, 10, 20)


class Team:
    """Agents who talk and wrap up as long as a test says, fed to a model second by second."""

    def __init__(self, agents: int = 20, seed: int = 1) -> None:
        self.model = FreeModel()
        self.random = Random(seed)
        self.at_s = 0.0
        self.agents = [AgentNow(i, AgentState.READY, 0.0) for i in range(agents)]
        self.ends_s = [0.0] * agents

    def run(
        self, seconds: int, *, talk_s: float = 60.0, wrap_s: float = 10.0, slow: int = 0
    ) -> FreeModel:
        """The first `slow` agents take twice as long."""
        for _ in range(seconds):
            self.at_s += 1.0
            happenings: list[Happening] = []
            for i, agent in enumerate(self.agents):
                if self.ends_s[i] <= self.at_s:
                    self._next(i, agent, happenings, talk_s, wrap_s, 2.0 if i < slow else 1.0)
            self.model.learn(self.at_s, happenings)
            self.model.watch(self.at_s, self.agents)
        return self.model

    def _next(
        self,
        i: int,
        agent: AgentNow,
        happenings: list[Happening],
        talk_s: float,
        wrap_s: float,
        pace: float,
    ) -> None:
        took_s, now = self.at_s - agent.since_s, self.at_s
        if agent.state is AgentState.TALKING:
            happenings.append(Happening(now, Fact.TALK_ENDED, i, took_s))
            self.agents[i] = AgentNow(i, AgentState.WRAP_UP, now, took_s)
            self.ends_s[i] = now + pace * self.random.gammavariate(4.0, wrap_s / 4.0)
            return
        if agent.state is AgentState.WRAP_UP:
            happenings.append(Happening(now, Fact.WRAP_ENDED, i, took_s))
            happenings.append(Happening(now, Fact.AGENT_READY, i))
        self.agents[i] = AgentNow(i, AgentState.TALKING, now, agent.last_talk_s)
        self.ends_s[i] = now + pace * self.random.expovariate(1.0 / talk_s)


def chances(model: FreeModel, agent: AgentNow, at_s: float) -> list[float]:
    (group,) = model.watch(at_s, [agent])
    return model.chances(group, HORIZONS)


def talking(since_s: float, id_: int = 999) -> AgentNow:
    return AgentNow(id_, AgentState.TALKING, since_s)


def wrapping(since_s: float, talk_s: float = 60.0) -> AgentNow:
    return AgentNow(999, AgentState.WRAP_UP, since_s, talk_s)


def test_only_busy_agents_are_watched() -> None:
    agents = [AgentNow(state, state, 0.0) for state in AgentState]
    groups = FreeModel().watch(5.0, agents)
    assert sum(groups.values()) == 3  # talking, wrapping up, reserved


def test_wrap_up_ends_sooner_than_talk() -> None:
    model = Team().run(2000)
    wrapping_up, in_talk = chances(model, wrapping(-2.0), 0.0), chances(model, talking(-2.0), 0.0)
    assert all(w > t for w, t in zip(wrapping_up, in_talk, strict=True))
    assert wrapping_up[-1] > 0.8


def test_the_chance_to_be_free_is_about_what_happens() -> None:
    model = Team(agents=40).run(3000, talk_s=30.0)
    # exponential talk of 30 s, then about 10 s of wrap-up: within 20 s about a fifth to a third
    assert chances(model, talking(-10.0), 0.0)[-1] == pytest.approx(0.27, abs=0.07)


def test_chances_grow_with_time() -> None:
    model = Team().run(1000)
    for agent in (talking(-30.0), wrapping(-1.0), wrapping(-50.0, 5.0), talking(-5000.0)):
        found = chances(model, agent, 0.0)
        assert found == sorted(found)
        assert all(0.0 <= p <= 1.0 for p in found)


def test_when_conversations_become_shorter_agents_are_expected_sooner() -> None:
    team = Team(agents=40)
    before = chances(team.run(3000, talk_s=120.0), talking(-5.0), 0.0)[-1]
    after = chances(team.run(300, talk_s=20.0), talking(-5.0), 0.0)[-1]
    assert after > 1.8 * before


def test_a_slow_agent_is_expected_later_than_a_quick_one() -> None:
    model = Team(agents=10).run(8000, slow=5)
    slow, quick = (chances(model, talking(-10.0, i), 0.0)[-1] for i in (0, 9))
    assert slow < 0.8 * quick


def test_a_team_that_leaves_is_not_counted_on() -> None:
    team = Team()
    model = team.run(2000)
    before = chances(model, wrapping(-5.0), 0.0)[-1]
    model.learn(team.at_s + 1.0, [Happening(team.at_s, Fact.AGENT_LEFT, i) for i in range(4)])
    assert model.return_chance < 0.5
    assert chances(model, wrapping(-5.0), 0.0)[-1] < 0.6 * before

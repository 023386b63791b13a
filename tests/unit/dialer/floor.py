"""A small call centre to pace in tests: people, agents and a clock of its own, drawn from a seed.

Simpler than the real thing on purpose; what the pacer reaches before a judge is in the benchmarks.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING

from dialer.pacing.state import AgentNow, AgentState, CallNow, Fact, Happening, Moment

if TYPE_CHECKING:
    from dialer.pacing.pacer import Pacer
    from dialer.pacing.state import Decision

GRACE_S = 2.0


@dataclass
class Floor:
    """Second by second. `answer_rate` of calls are answered, after about nine seconds of ringing."""

    pacer: Pacer
    agents: int
    seed: int = 1
    answer_rate: float = 0.25
    lines: int = 10_000
    at_s: float = 0.0
    answered: int = 0
    abandoned: int = 0
    busy_s: float = 0.0
    decisions: list[Decision] = field(default_factory=list)
    moments: list[Moment] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._random = Random(self.seed)
        self._states: dict[int, tuple[AgentState, float, float]] = dict.fromkeys(
            range(self.agents), (AgentState.READY, 0.0, 0.0)
        )
        self._ends: dict[int, float] = {}
        self._calls: dict[int, CallNow] = {}
        self._fates: dict[int, tuple[float, Fact, float]] = {}
        self._waiting: list[tuple[float, int]] = []
        self._facts: list[Happening] = []
        self._next = 0

    def run(self, seconds: int) -> Floor:
        for _ in range(seconds):
            self._second()
        return self

    def leave(self, agents: int) -> None:
        """So many agents log out at once."""
        for i in list(self._states)[:agents]:
            self._states[i] = (AgentState.OFFLINE, self.at_s, 0.0)
            self._ends.pop(i, None)
            self._facts.append(Happening(self.at_s, Fact.AGENT_LEFT, i))

    @property
    def utilisation(self) -> float:
        return self.busy_s / (self.at_s * self.agents)

    def _second(self) -> None:
        self.at_s += 1.0
        self._agents_go_on()
        self._calls_go_on()
        self._join()
        ready = self._moment()
        self.moments.append(ready)
        decision = self.pacer.decide(ready)
        self.decisions.append(decision)
        for _ in range(min(decision.dial, self.lines - len(self._calls))):
            self._dial()

    def _moment(self) -> Moment:
        facts, self._facts = tuple(self._facts), []
        return Moment(
            at_s=self.at_s,
            agents=tuple(AgentNow(i, *state) for i, state in self._states.items()),
            calls=tuple(self._calls.values()),
            waiting=len(self._waiting),
            free_lines=self.lines - len(self._calls),
            happenings=facts,
        )

    def _dial(self) -> None:
        random, call = self._random, self._next
        self._next += 1
        self._calls[call] = CallNow(call, self.at_s)
        rings_s = self.at_s + random.uniform(1.0, 3.0)
        if random.random() < self.answer_rate:
            fate = (rings_s + random.gammavariate(3.0, 3.0), Fact.ANSWERED, rings_s)
        else:
            fate = (rings_s + 22.0, Fact.NO_ANSWER, rings_s)
        self._fates[call] = fate

    def _calls_go_on(self) -> None:
        for call, now in list(self._calls.items()):
            ends_s, fact, rings_s = self._fates[call]
            since_s = now.dialled_s
            if now.ringing_s is None and rings_s <= self.at_s:
                self._calls[call] = CallNow(call, since_s, rings_s)
                self._facts.append(Happening(rings_s, Fact.RINGING, call, rings_s - since_s))
            if ends_s <= self.at_s:
                del self._calls[call]
                self._facts.append(Happening(ends_s, fact, call, ends_s - since_s))
                if fact is Fact.ANSWERED:
                    self.answered += 1
                    self._waiting.append((ends_s, call))

    def _agents_go_on(self) -> None:
        for i, (state, since_s, talk_s) in list(self._states.items()):
            if state not in {AgentState.TALKING, AgentState.WRAP_UP}:
                continue
            self.busy_s += 1.0
            if self._ends[i] > self.at_s:
                continue
            took_s = self.at_s - since_s
            if state is AgentState.TALKING:
                self._facts.append(Happening(self.at_s, Fact.TALK_ENDED, i, took_s))
                self._states[i] = (AgentState.WRAP_UP, self.at_s, took_s)
                self._ends[i] = self.at_s + self._random.expovariate(1 / 12.0)
            else:
                self._facts.append(Happening(self.at_s, Fact.WRAP_ENDED, i, took_s))
                self._facts.append(Happening(self.at_s, Fact.AGENT_READY, i))
                self._states[i] = (AgentState.READY, self.at_s, talk_s)

    def _join(self) -> None:
        ready = [i for i, (state, _, _) in self._states.items() if state is AgentState.READY]
        while ready and self._waiting:
            self._waiting.pop(0)
            agent = ready.pop()
            self._states[agent] = (AgentState.TALKING, self.at_s, 0.0)
            self._ends[agent] = self.at_s + self._random.lognormvariate(4.0, 0.8)
        for answered_s, call in list(self._waiting):
            if self.at_s - answered_s >= GRACE_S:
                self._waiting.remove((answered_s, call))
                self.abandoned += 1
                self._facts.append(Happening(self.at_s, Fact.ABANDONED, call))

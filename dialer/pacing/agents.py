"""Who will be free, and when: the chance of each busy agent, from what he does and for how long.

Does not know calls. Learns from every talk and wrap-up: how long they last by age, how long wrap-up
is after short and long talks, how quick each agent is beside the others, and whether those who
finish come back at all.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import pairwise
from math import exp, log
from typing import TYPE_CHECKING

from dialer.pacing.leaving import Leaving
from dialer.pacing.level import Level
from dialer.pacing.lifetable import LifeTable
from dialer.pacing.state import AgentState, Fact

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable, Iterable, Sequence

    from dialer.pacing.state import AgentNow, Happening

_TALK_EDGES_S = (
    *(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 25, 30, 35, 40, 50, 60),
    *(80, 100, 130, 160, 200, 250, 320, 400, 500, 700, 1000),
)
_WRAP_EDGES_S = (0, 1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 60, 90, 120)
_TALK_CLASSES_S = (10.0, 25.0, 60.0)  # wrap-up differs after talks shorter than these
_HORIZON_S = 40
_REFRESH_S = 20.0
_SPEED_PRIOR = 40.0  # talks and wrap-ups before an agent's own speed counts as much as the team's
_SPEED_STEP = 0.15  # speeds nearer than this are not told apart

_OLDEST_S = _TALK_EDGES_S[-1]
_TALK_BIN = [bisect_right(_TALK_EDGES_S, age) - 1 for age in range(_OLDEST_S + 1)]
_WRAP_BIN = [bisect_right(_WRAP_EDGES_S, age) - 1 for age in range(_OLDEST_S + 1)]
_TALKING, _WRAP_UP, _RESERVED = AgentState.TALKING, AgentState.WRAP_UP, AgentState.RESERVED

Group = tuple[bool, int, int, int]  # talking?, wrap-up's class, age's bin, speed's step


class FreeModel:
    """Learns from agents' work; tells each busy agent's chance to be free within given times."""

    def __init__(self) -> None:
        talk_prior = [0.02 if e < 60 else 0.008 for e in _TALK_EDGES_S]
        wrap_prior = [0.08 for _ in _WRAP_EDGES_S]
        self._talk = LifeTable(_TALK_EDGES_S, [talk_prior], prior_lives=5.0, memory=800.0)
        self._wrap = [
            LifeTable(_WRAP_EDGES_S, [wrap_prior], prior_lives=4.0, memory=400.0)
            for _ in range(len(_TALK_CLASSES_S) + 1)
        ]
        self._last_talk_s: dict[Hashable, float] = {}
        self._speed = _Speeds()
        self._haste = Level()  # of conversations now, beside what the life table says
        self._leaving = Leaving()
        self._busy: dict[Group, int] = {}
        self._busy_at_s = 0.0
        self._tabulated_s = float("-inf")
        self._asked: tuple[int, ...] = ()
        self._within: tuple[int, ...] = ()
        self._tabulate()

    @property
    def return_chance(self) -> float:
        """The chance that an agent who finishes is there for the next call."""
        return self._leaving.return_chance

    def learn(self, at_s: float, happenings: Iterable[Happening]) -> None:
        talks = 0
        for what in happenings:
            match what.fact:
                case Fact.TALK_ENDED:
                    talks += 1
                    self._last_talk_s[what.subject] = what.value_s
                    self._talk.ended(what.value_s)
                    self._speed.ended(what.subject, _sum_to(self._talk_hazard, what.value_s))
                case Fact.WRAP_ENDED:
                    kind = _class_of(self._last_talk_s.get(what.subject, 0.0))
                    self._wrap[kind].ended(what.value_s)
                    self._speed.ended(what.subject, _sum_to(self._wrap_hazard[kind], what.value_s))
                case Fact.AGENT_READY:
                    self._leaving.returned()
                case Fact.AGENT_LEFT:
                    self._leaving.left()
                case _:
                    pass
        passed_s = at_s - self._busy_at_s
        expected = 0.0
        for (talking, kind, bin_, _), n in self._busy.items():
            (self._talk if talking else self._wrap[kind]).lived(bin_, n * passed_s)
            if talking:
                expected += n * passed_s * self._talk_hazard[1][bin_]
        if expected > 0.0:
            self._haste.observe(talks, expected, passed_s)
        self._busy_at_s = at_s
        if at_s - self._tabulated_s >= _REFRESH_S:
            self._tabulated_s = at_s
            self._tabulate()

    def watch(self, at_s: float, agents: Collection[AgentNow]) -> dict[Group, int]:
        """Sort busy agents by what they do, how long already, how quick they are."""
        groups: dict[Group, int] = {}
        steps = self._speed.steps
        for agent in agents:
            state = agent.state
            if state is _TALKING:
                age = min(max(int(at_s - agent.since_s), 0), _OLDEST_S)
                group = (True, 0, _TALK_BIN[age], steps.get(agent.id, 0))
            elif state is _WRAP_UP:
                age = min(max(int(at_s - agent.since_s), 0), _OLDEST_S)
                kind = _class_of(agent.last_talk_s)
                group = (False, kind, _WRAP_BIN[age], steps.get(agent.id, 0))
            elif state is _RESERVED:
                group = (True, 0, 0, 0)
            else:
                continue
            groups[group] = groups.get(group, 0) + 1
        self._busy = groups
        return groups

    def chances(self, group: Group, within_s: tuple[int, ...]) -> list[float]:
        """The chance to be free within each of the `within_s` seconds."""
        if within_s != self._asked:
            self._asked = within_s
            self._within = tuple(min(s, _HORIZON_S) for s in within_s)
            self._forget()
        known = self._chances.get(group)
        if known is None:
            known = self._chances[group] = self._compute(group)
        back = self._leaving.return_chance
        if group[0]:
            haste = self._haste.value
            return [back * (1.0 - (1.0 - p) ** haste) for p in known]
        return [back * p for p in known]

    def _compute(self, group: Group) -> list[float]:
        talking, kind, bin_, step = group
        average = self._average.get(group[:3])
        if average is None:
            average = self._talk_free(bin_) if talking else self._wrap_free(kind, bin_)
            self._average[group[:3]] = average
        rate = exp(step * _SPEED_STEP)
        return [1.0 - (1.0 - p) ** rate for p in average]

    def _tabulate(self) -> None:
        self._talk_hazard = (_TALK_EDGES_S, self._talk.hazards())
        self._wrap_hazard = [(_WRAP_EDGES_S, table.hazards()) for table in self._wrap]
        self._wrap_done = []
        for table in self._wrap:
            done = [1.0 - alive for alive in table.survival(1.0, _HORIZON_S)]
            self._wrap_done.append([(a + b) / 2 for a, b in pairwise(done)])
        self._forget()

    def _forget(self) -> None:
        self._average: dict[tuple[bool, int, int], list[float]] = {}
        self._chances: dict[Group, list[float]] = {}

    def _talk_free(self, bin_: int) -> list[float]:
        """The talk ends, second by second, then the wrap-up that such a talk is followed by."""
        hazards = self._talk_hazard[1]
        age_s = _TALK_EDGES_S[bin_] + self._talk.width_s(bin_) / 2
        alive, ends = 1.0, []
        for u in range(max(self._within)):
            gone = alive * (1.0 - exp(-hazards[self._talk.bin(age_s + u)]))
            alive -= gone
            ends.append((u, gone, self._wrap_done[_class_of(age_s + u)]))
        return [sum(gone * done[s - u - 1] for u, gone, done in ends[:s]) for s in self._within]

    def _wrap_free(self, kind: int, bin_: int) -> list[float]:
        hazards = self._wrap_hazard[kind][1]
        table = self._wrap[kind]
        age_s = _WRAP_EDGES_S[bin_] + table.width_s(bin_) / 2
        alive, free = 1.0, [0.0]
        for u in range(max(self._within)):
            alive *= exp(-hazards[table.bin(age_s + u)])
            free.append(1.0 - alive)
        return [free[s] for s in self._within]


class _Speeds:
    """How quick each agent is beside the team: ends of his own ÷ ends the team's hazards promised."""

    def __init__(self) -> None:
        self._ends: dict[Hashable, float] = {}
        self._promised: dict[Hashable, float] = {}
        self.steps: dict[Hashable, int] = {}  # of the logarithm; 0: as the team

    def ended(self, agent: Hashable, promised: float) -> None:
        ends = self._ends[agent] = self._ends.get(agent, _SPEED_PRIOR) + 1.0
        total = self._promised[agent] = self._promised.get(agent, _SPEED_PRIOR) + promised
        self.steps[agent] = max(-3, min(3, round(log(ends / total) / _SPEED_STEP)))


def _class_of(talk_s: float) -> int:
    return bisect_right(_TALK_CLASSES_S, talk_s)


def _sum_to(hazard: tuple[Sequence[float], list[float]], age_s: float) -> float:
    """The hazard summed from 0 to `age_s`."""
    edges, rates = hazard
    total = 0.0
    for i, rate in enumerate(rates):
        end_s = edges[i + 1] if i + 1 < len(edges) else age_s
        total += rate * max(min(end_s, age_s) - edges[i], 0.0)
    return total

"""The dialer's own pacer behind the protocol of an outside judge: `make_policy()`.

Decides nothing: it spells the judge's state as a moment and hands it to the code the live dialer runs.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from dialer.pacing.pacer import Pacer
from dialer.pacing.state import (
    AgentNow,
    AgentState,
    CallNow,
    Fact,
    Happening,
    Moment,
    Settings,
)

if TYPE_CHECKING:
    from collections.abc import Callable

_FACTS = {
    "ringing": Fact.RINGING,
    "pickup": Fact.PICKED_UP,
    "answer": Fact.ANSWERED,
    "machine": Fact.MACHINE,
    "noanswer": Fact.NO_ANSWER,
    "failed": Fact.FAILED,
    "abandon": Fact.ABANDONED,
    "talk_end": Fact.TALK_ENDED,
    "wrap_end": Fact.WRAP_ENDED,
    "ready": Fact.AGENT_READY,
    "break": Fact.AGENT_LEFT,
    "logout": Fact.AGENT_LEFT,
}
_STATES = tuple(AgentState)


class Policy:
    """`odds_of(k)` tells the odds of the k-th number to be dialled next, where they are known."""

    name = "trunkline"
    odds_of: Callable[[int], float] | None = None

    def __init__(self) -> None:
        self.pacer: Pacer | None = None
        self._agents: dict[int, AgentNow] = {}
        self._calls: dict[int, CallNow] = {}
        self._next_odds: tuple[float, ...] = ()

    def decide(self, now: float, state: Any) -> int:
        pacer = self.pacer
        if pacer is None:
            pacer = self.pacer = Pacer(Settings(target=state.target, amd_loss=state.amd_fp))
        calls = self._see_calls(state.calls)
        if self.odds_of is not None:
            self._next_odds = tuple(map(self.odds_of, range(3 * len(state.agents))))
        moment = Moment(
            at_s=now,
            agents=self._see_agents(state.agents),
            calls=calls,
            waiting=state.waiting,
            free_lines=state.lines_free,
            happenings=tuple(
                Happening(at, _FACTS[kind], subject, value)
                for at, kind, subject, value in state.events
                if kind in _FACTS
            ),
            next_odds=self._next_odds,
        )
        return pacer.decide(moment).dial

    def _see_agents(self, views: dict[int, Any]) -> list[AgentNow]:
        known = self._agents
        for id_, view in views.items():
            agent = known.get(id_)
            if agent is None or agent.since_s != view.since or agent.state != view.state:
                known[id_] = AgentNow(id_, _STATES[view.state], view.since, view.talk_time)
        return list(known.values())

    def _see_calls(self, views: dict[int, Any]) -> list[CallNow]:
        before, now = self._calls, {}
        new = 0
        for id_, view in views.items():
            call = before.get(id_)
            if call is None:
                odds = self._next_odds[new] if new < len(self._next_odds) else 1.0
                call = CallNow(id_, view.dialed_at, view.ringing_at, odds)
                new += 1
            elif call.ringing_s != view.ringing_at:
                call = replace(call, ringing_s=view.ringing_at)
            now[id_] = call
        self._calls = now
        return list(now.values())


def make_policy() -> Policy:
    return Policy()

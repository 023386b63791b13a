"""A day of pacing as lines of text: what each decision knew and what it was, to be replayed.

Does not write files. A line holds what changed since the line before: a day of 500 agents stays small.

Replayed with other settings the decisions differ but the facts do not: a replay tells what would have
been dialled at each of yesterday's moments, not what would have come of it (a simulation does).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from dialer.pacing.pacer import Pacer
from dialer.pacing.state import AgentNow, AgentState, CallNow, Fact, Happening, Moment

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator

    from dialer.pacing.state import Decision, Settings


class Recorder:
    """Writes moments down. Ids must be texts or whole numbers."""

    def __init__(self) -> None:
        self._agents: dict[Hashable, AgentNow] = {}
        self._calls: dict[Hashable, CallNow] = {}

    def line(self, moment: Moment, decision: Decision) -> str:
        agents = {agent.id: agent for agent in moment.agents}
        calls = {call.id: call for call in moment.calls}
        row = {
            "at": moment.at_s,
            "agents": [_agent(a) for id_, a in agents.items() if self._agents.get(id_) != a],
            "agents_gone": [id_ for id_ in self._agents if id_ not in agents],
            "calls": [_call(c) for id_, c in calls.items() if self._calls.get(id_) != c],
            "calls_gone": [id_ for id_ in self._calls if id_ not in calls],
            "facts": [[h.at_s, h.fact.value, h.subject, h.value_s] for h in moment.happenings],
            "waiting": moment.waiting,
            "free_lines": moment.free_lines,
            "next_odds": moment.next_odds,
            "dial": decision.dial,
            "why": decision.why.value,
            "risk": round(decision.risk, 5),
            "next_risk": round(decision.next_risk, 5),
            "threshold": round(decision.threshold, 5),
            "balance": round(decision.balance, 3),
        }
        self._agents, self._calls = agents, calls
        always = {"at", "waiting", "free_lines", "dial", "why"}
        kept = {key: value for key, value in row.items() if value or key in always}
        return json.dumps(kept, separators=(",", ":"))


def read(lines: Iterable[str]) -> Iterator[tuple[Moment, int]]:
    """The moments, and how many calls were placed at each."""
    agents: dict[Hashable, AgentNow] = {}
    calls: dict[Hashable, CallNow] = {}
    for line in lines:
        row: dict[str, Any] = json.loads(line)
        for id_, state, since_s, last_talk_s in row.get("agents", ()):
            agents[id_] = AgentNow(id_, AgentState(state), since_s, last_talk_s)
        for id_, dialled_s, ringing_s, odds in row.get("calls", ()):
            calls[id_] = CallNow(id_, dialled_s, ringing_s, odds)
        for id_ in row.get("agents_gone", ()):
            del agents[id_]
        for id_ in row.get("calls_gone", ()):
            del calls[id_]
        moment = Moment(
            at_s=row["at"],
            agents=tuple(agents.values()),
            calls=tuple(calls.values()),
            waiting=row["waiting"],
            free_lines=row["free_lines"],
            happenings=tuple(
                Happening(at_s, Fact(fact), subject, value_s)
                for at_s, fact, subject, value_s in row.get("facts", ())
            ),
            next_odds=tuple(row.get("next_odds", ())),
        )
        yield moment, row["dial"]


def replay(lines: Iterable[str], settings: Settings) -> Iterator[tuple[int, Decision]]:
    """How many calls were placed at each moment, and what these settings would have decided."""
    pacer = Pacer(settings)
    for moment, dialled in read(lines):
        yield dialled, pacer.decide(moment)


def _agent(agent: AgentNow) -> list[object]:
    return [agent.id, int(agent.state), agent.since_s, agent.last_talk_s]


def _call(call: CallNow) -> list[object]:
    return [call.id, call.dialled_s, call.ringing_s, call.odds]

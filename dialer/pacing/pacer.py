"""The pacer: learns from each moment, then decides. The one object of pacing that remembers.

Does not read a clock, draw lots or place calls: the same moments give the same decisions, so that a
day can be replayed with other settings.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, repeat
from typing import TYPE_CHECKING

from dialer.pacing.agents import FreeModel
from dialer.pacing.answer import STEP_S, AnswerModel
from dialer.pacing.balance import Balance
from dialer.pacing.decide import Verdict, for_ready, while_risk_is_low
from dialer.pacing.outage import OutageWatch
from dialer.pacing.shortage import horizon
from dialer.pacing.state import AgentState, Decision, Mode, Why

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dialer.pacing.shortage import Horizon
    from dialer.pacing.state import Moment, Settings

_PARTS = 6  # how finely the time of a new call's answer is foreseen
_REFRESH_S = 10.0

Foreseen = list[tuple[int, list[float]]]  # how many, and each one's chance by each part's time


@dataclass(frozen=True, slots=True)
class _Outlook:
    """What is there, and what is foreseen."""

    ready: int
    busy: int
    in_flight: int  # not answered yet, or answered and under machine detection
    free: Foreseen
    answers: Foreseen


class Pacer:
    """One campaign's pacing. Call `decide` every second or two, and oftener as you like.

    `settings` may be replaced at any time; what was learned stays. `balance` is how many people might
    still be abandoned when the service was last here.
    """

    def __init__(self, settings: Settings, *, balance: float = 0.0) -> None:
        self.settings = settings
        self.balance = Balance(balance)
        self._answer = AnswerModel()
        self._agents = FreeModel()
        self._outage = OutageWatch()
        self._at_s: float | None = None
        self._times: list[int] = []
        self._within_s: tuple[int, ...] = ()
        self._timed_s = float("-inf")

    def decide(self, moment: Moment) -> Decision:
        self._learn(moment)
        outlook = self._look(moment)
        threshold = self._threshold()
        if outlook.ready + outlook.busy == 0:
            verdict = Verdict(0, Why.NO_AGENTS)
        elif threshold > 0.0:
            verdict = self._predict(moment, outlook, threshold)
        else:
            verdict = self._for_ready(moment, outlook)
        return Decision(
            at_s=moment.at_s,
            mode=self.settings.mode,
            dial=verdict.dial,
            why=verdict.why,
            ready=outlook.ready,
            busy=outlook.busy,
            in_flight=outlook.in_flight,
            waiting=moment.waiting,
            free_lines=moment.free_lines,
            risk=verdict.risk,
            next_risk=verdict.next_risk,
            threshold=threshold,
            balance=self.balance.people,
            answer_chance=self._answer.answer_chance,
            expected_answers=sum(n * p[-1] for n, p in outlook.answers),
            expected_free=sum(n * p[-1] for n, p in outlook.free),
        )

    def _learn(self, moment: Moment) -> None:
        at_s = moment.at_s
        passed_s = at_s - self._at_s if self._at_s is not None else 0.0
        self._at_s = at_s
        happenings = self._outage.learn(moment.happenings)
        self._answer.learn(at_s, happenings)
        self._agents.learn(at_s, happenings)
        self.balance.learn(passed_s, happenings, self.settings)
        if at_s - self._timed_s >= _REFRESH_S:
            self._timed_s = at_s
            self._times = self._answer.answer_times(_PARTS)
            grace_s = self.settings.grace_s
            self._within_s = tuple(int(t * STEP_S + grace_s + 0.5) for t in self._times)

    def _look(self, moment: Moment) -> _Outlook:
        # sorted, so that the order in which calls and agents are told decides nothing
        calls = sorted(self._answer.watch(moment.at_s, moment.calls).items())
        groups = sorted(self._agents.watch(moment.at_s, moment.agents).items())
        screened = self._answer.screened()
        answers = [
            (n, self._answer.chances(age, ringing=rings, odds=odds, within=self._times))
            for (age, rings, odds), n in calls
        ]
        answers += [(1, [chance] * _PARTS) for chance in screened]
        ready = AgentState.READY
        return _Outlook(
            ready=sum(agent.state is ready for agent in moment.agents),
            busy=sum(n for _, n in groups),
            in_flight=len(moment.calls) + len(screened),
            free=[(n, self._agents.chances(group, self._within_s)) for group, n in groups],
            answers=answers,
        )

    def _threshold(self) -> float:
        """The risk a call may run; 0 where only ready agents are dialled for."""
        if self.settings.mode is not Mode.PREDICTIVE or self.settings.target <= 0.0:
            return 0.0
        return self.balance.threshold(self.settings)

    def _for_ready(self, moment: Moment, outlook: _Outlook) -> Verdict:
        mode = self.settings.mode
        ratio = self.settings.ratio if mode is Mode.RATIO else 1.0
        wish = for_ready(outlook.ready, moment.waiting, outlook.in_flight, ratio=ratio)
        if mode is Mode.PREVIEW:
            return Verdict(wish, Why.AGENT_DECIDES)
        if wish > moment.free_lines:
            return Verdict(moment.free_lines, Why.LINES)
        return Verdict(wish, Why.ENOUGH_FOR_READY)

    def _predict(self, moment: Moment, outlook: _Outlook, threshold: float) -> Verdict:
        there = outlook.ready - self._served(moment.waiting, outlook)
        horizons: list[Horizon] = [
            horizon(
                there,
                [(n, p[k]) for n, p in outlook.free],
                [(n, p[k]) for n, p in outlook.answers],
                self._answer.doubt,
            )
            for k in range(_PARTS)
        ]
        probe = self._outage.limit(outlook.ready + outlook.busy)
        return while_risk_is_low(
            horizons,
            self._new_calls(moment.next_odds),
            threshold=threshold,
            at_least=for_ready(outlook.ready, moment.waiting, outlook.in_flight),
            at_most=min(moment.free_lines, probe),
            limit=Why.PROBING if probe < moment.free_lines else Why.LINES,
        )

    def _served(self, waiting: int, outlook: _Outlook) -> int:
        """How many of the people waiting an agent will take before their grace is over."""
        if waiting <= outlook.ready:
            return waiting
        in_time = self.settings.grace_s / 2.0 / max(self._within_s[0], 1.0)
        freed = in_time * sum(n * p[0] for n, p in outlook.free)
        return min(waiting, outlook.ready + round(freed))

    def _new_calls(self, odds: Sequence[float]) -> Iterator[Sequence[float]]:
        """The chances of the calls that would be placed now, one by one."""
        chances, within = self._answer.chances, self._times
        known = (chances(0, ringing=False, odds=o, within=within) for o in odds)
        usual = self._answer.usual_odds
        return chain(known, repeat(chances(0, ringing=False, odds=usual, within=within)))

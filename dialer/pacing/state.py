"""What a pacing decision is made from, and the decision: values that can be logged and replayed.

Does not decide. All times are seconds on one clock of the caller's choice that never runs backwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable


class Mode(Enum):
    """How calls are placed; may be changed while the campaign runs."""

    PREVIEW = "preview"  # a contact is shown to a ready agent, who places the call
    PROGRESSIVE = "progressive"  # one call for each ready agent, never more
    RATIO = "ratio"  # a fixed number of calls for each ready agent
    PREDICTIVE = "predictive"  # as many as the abandonment target allows


class AgentState(IntEnum):
    OFFLINE = 0
    READY = 1
    RESERVED = 2  # an answered call was given to him, his phone has not picked up yet
    TALKING = 3
    WRAP_UP = 4
    PAUSED = 5


class Fact(Enum):
    """What can have happened since the decision before."""

    RINGING = "ringing"  # the far end rings; value_s: seconds since dialling
    PICKED_UP = "picked-up"  # answered, machine detection listens; value_s: since dialling
    ANSWERED = "answered"  # a person, as far as we can tell; value_s: since dialling
    MACHINE = "machine"  # value_s: since dialling
    NO_ANSWER = "no-answer"  # value_s: since dialling
    FAILED = "failed"  # busy, invalid, congestion; value_s: since dialling
    ABANDONED = "abandoned"  # a person whom no agent took in time
    TALK_ENDED = "talk-ended"  # subject: the agent; value_s: how long he talked
    WRAP_ENDED = "wrap-ended"  # subject: the agent; value_s: how long he wrapped up
    AGENT_READY = "agent-ready"
    AGENT_LEFT = "agent-left"  # paused or logged out


@dataclass(frozen=True, slots=True)
class Happening:
    """A fact about `subject`: the attempt, or the agent where the fact is his."""

    at_s: float
    fact: Fact
    subject: Hashable
    value_s: float = 0.0


@dataclass(frozen=True, slots=True)
class AgentNow:
    """An agent: what he does, since when, and how long his last conversation was."""

    id: Hashable
    state: AgentState
    since_s: float
    last_talk_s: float = 0.0


@dataclass(frozen=True, slots=True)
class CallNow:
    """A call not answered yet; `ringing_s` is None until the far end rings.

    `odds` says how much likelier than the list's average this number is to be answered now (1: average).
    """

    id: Hashable
    dialled_s: float
    ringing_s: float | None = None
    odds: float = 1.0


@dataclass(frozen=True, slots=True)
class Moment:
    """All that a decision may know: it and the moments before it make the decision, nothing else does.

    `waiting` people have answered and no agent is theirs yet. `free_lines` is what trunks and call-rate
    limits leave. `next_odds` are the odds of the numbers that would be dialled next, in their order.
    """

    at_s: float
    agents: Collection[AgentNow]
    calls: Collection[CallNow]
    waiting: int = 0
    free_lines: int = 0
    happenings: tuple[Happening, ...] = ()
    next_odds: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Settings:
    """What the campaign's manager sets.

    `target` is the share of people answered that may be abandoned (0–1); 0 makes predictive progressive.
    `grace_s` is how long an answered person may wait for an agent before he counts as abandoned.
    `amd_loss` is the share of people whom machine detection takes for machines: nobody sees them, they
    count as abandoned all the same. `ratio` matters in that mode alone.
    """

    mode: Mode = Mode.PREDICTIVE
    target: float = 0.03
    grace_s: float = 2.0
    amd_loss: float = 0.0
    ratio: float = 1.0


class Why(Enum):
    """What kept the number of calls from being higher."""

    NO_AGENTS = "no-agents"  # nobody is at work
    AGENT_DECIDES = "agent-decides"  # preview: the agent places the call
    ENOUGH_FOR_READY = "enough-for-ready"  # progressive, ratio: each ready agent has his calls
    RISK = "risk"  # one more would too probably be answered with no agent there
    LINES = "lines"  # trunks or the call rate
    PROBING = "probing"  # everything fails at once: a few calls ask whether the trunk is back


@dataclass(frozen=True, slots=True)
class Decision:
    """Place `dial` calls now (preview: offer that many contacts), and what was thought.

    `risk` is the chance that the last of them, if answered, finds no agent; `next_risk` that of one more;
    `threshold` what the risk had to stay under. `balance` is in people who may still be abandoned.
    """

    at_s: float
    mode: Mode
    dial: int
    why: Why
    ready: int = 0
    busy: int = 0
    in_flight: int = 0
    waiting: int = 0
    free_lines: int = 0
    risk: float = 0.0
    next_risk: float = 0.0
    threshold: float = 0.0
    balance: float = 0.0
    answer_chance: float = 0.0
    expected_answers: float = 0.0
    expected_free: float = 0.0

"""The call: one conversation with its legs, as it stands at a moment.

Values only; how events change them is the floor's business.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from callcore.events import Event, Party
    from callcore.ids import CallId, Extension, Linkedid, PbxId, QueueName, Uniqueid


class Direction(Enum):
    INBOUND = "inbound"
    OUTBOUND = "outbound"
    INTERNAL = "internal"


class Result(Enum):
    """How a call ended, seen from its customer."""

    ANSWERED = "answered"
    MISSED = "missed"  # inbound, rang or waited at no queue, nobody took it
    ABANDONED = "abandoned"  # inbound, the caller left the queue
    BUSY = "busy"
    NO_ANSWER = "no-answer"
    FAILED = "failed"
    UNKNOWN = "unknown"  # ended while nobody looked and no record tells how


class LegRole(Enum):
    CUSTOMER = "customer"  # over a trunk
    AGENT = "agent"  # a phone of ours
    SERVICE = "service"  # Local halves and the like: the PBX talking to itself


@dataclass(frozen=True, slots=True)
class Leg:
    """One channel's life. `endpoint` is the name between the slash and the dash: `1001` or `trunk-a`."""

    uniqueid: Uniqueid
    channel: str
    role: LegRole
    endpoint: str
    party: Party
    created_at: datetime
    ringing_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    cause: int = 0
    hold_s: float = 0.0
    talk_s: float = 0.0

    @property
    def alive(self) -> bool:
        return self.ended_at is None


@dataclass(frozen=True, slots=True)
class Call:
    """A conversation. `customer` is as the network gave it; `dialled` is the DID or the number we rang.

    `linkedids` are all that Asterisk used for it, the first one being the call id's. `agents` are the
    extensions that spoke, in order. `wait_s` is from start to first agent; `hold_s` all the customer's holds.
    `ladder` holds the events it was made of, for the x-ray; only a CallEnded carries it.
    `changed_at` is Asterisk's time of the newest event in it: it tells a newer version from an older one.
    """

    id: CallId
    pbx: PbxId
    linkedids: tuple[Linkedid, ...]
    direction: Direction
    started_at: datetime
    customer: Party
    dialled: str = ""
    legs: tuple[Leg, ...] = ()
    queue: QueueName | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    result: Result | None = None
    agents: tuple[Extension, ...] = ()
    ringing: tuple[Extension, ...] = ()
    wait_s: float = 0.0
    talk_s: float = 0.0
    hold_s: float = 0.0
    recovered: bool = False
    ladder: tuple[Event, ...] = ()
    changed_at: datetime | None = None

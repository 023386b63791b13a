"""What an event changed on the floor: the floor's answer, read by the call log, the pops, the boards."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from callcore.call import Call
    from callcore.events import PhoneState
    from callcore.ids import CallId, Extension, QueueName
    from callcore.queues import Membership


@dataclass(frozen=True, slots=True)
class CallStarted:
    call: Call


@dataclass(frozen=True, slots=True)
class CallChanged:
    """Answered, queued, held, transferred, a leg more or less: `call` is the whole new truth."""

    call: Call


@dataclass(frozen=True, slots=True)
class CallEnded:
    call: Call


@dataclass(frozen=True, slots=True)
class CallsMerged:
    """A transfer joined two calls: `gone` lives on in `call`."""

    call: Call
    gone: CallId


@dataclass(frozen=True, slots=True)
class PhoneRinging:
    """An agent's phone began to ring for `call` (or rings out for his own click-to-call)."""

    call: Call
    extension: Extension
    at: datetime


class StopReason(Enum):
    ANSWERED = "answered"
    ANSWERED_ELSEWHERE = "answered-elsewhere"
    NO_ANSWER = "no-answer"
    CALLER_GONE = "caller-gone"


@dataclass(frozen=True, slots=True)
class PhoneStoppedRinging:
    call: Call
    extension: Extension
    at: datetime
    reason: StopReason


@dataclass(frozen=True, slots=True)
class PhoneStateChanged:
    extension: Extension
    phone: PhoneState
    at: datetime


@dataclass(frozen=True, slots=True)
class QueueChanged:
    """`waiting` callers stand in `queue` now."""

    queue: QueueName
    waiting: int
    at: datetime


@dataclass(frozen=True, slots=True)
class MembershipChanged:
    """`extension` serves `queue` as `membership` says; None when it no longer does."""

    queue: QueueName
    extension: Extension
    membership: Membership | None
    at: datetime


@dataclass(frozen=True, slots=True)
class FloorStale:
    """Facts are missing from `at` on; nothing live may be trusted until `FloorFresh`."""

    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class FloorFresh:
    at: datetime


Change = (
    CallStarted
    | CallChanged
    | CallEnded
    | CallsMerged
    | PhoneRinging
    | PhoneStoppedRinging
    | PhoneStateChanged
    | QueueChanged
    | MembershipChanged
    | FloorStale
    | FloorFresh
)

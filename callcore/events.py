"""Facts a PBX told us, in the past tense, in the order it told them.

Does not know AMI's spelling (pbx_bridge.translate does) nor what a fact means for a call (floor does).
Every event carries `pbx`, the time `at` by Asterisk's own clock (aware UTC) and `seq`, its number on
the connection it came by; an event made from CEL after an outage has seq 0.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from callcore.ids import Extension, Linkedid, PbxId, QueueName, Uniqueid


class ChannelState(IntEnum):
    """AMI `ChannelState` (Asterisk include/asterisk/channelstate.h)."""

    DOWN = 0
    RESERVED = 1
    OFF_HOOK = 2
    DIALING = 3
    RING = 4  # the far end rings *us*: an incoming channel
    RINGING = 5  # we ring the far end
    UP = 6
    BUSY = 7


class PhoneState(Enum):
    """What an agent's telephone does, by Asterisk's device state."""

    UNAVAILABLE = "unavailable"
    IDLE = "idle"
    RINGING = "ringing"
    IN_USE = "in-use"
    BUSY = "busy"
    ON_HOLD = "on-hold"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Party:
    """A number and a name exactly as the network gave them: hostile until rendered as text."""

    number: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel as one event described it."""

    uniqueid: Uniqueid
    linkedid: Linkedid
    name: str
    state: ChannelState
    caller: Party = Party()
    connected: Party = Party()
    context: str = ""
    exten: str = ""
    account: str = ""


@dataclass(frozen=True, slots=True)
class _Event:
    pbx: PbxId
    seq: int
    at: datetime


@dataclass(frozen=True, slots=True)
class ChannelCreated(_Event):
    channel: Channel


@dataclass(frozen=True, slots=True)
class ChannelChanged(_Event):
    """State, caller id or connected line of a channel became what `channel` says."""

    channel: Channel


@dataclass(frozen=True, slots=True)
class ChannelRenamed(_Event):
    """A masquerade gave the channel another name; its uniqueid stays."""

    uniqueid: Uniqueid
    name: str


@dataclass(frozen=True, slots=True)
class ChannelEnded(_Event):
    channel: Channel
    cause: int
    cause_text: str = ""


@dataclass(frozen=True, slots=True)
class DialBegan(_Event):
    """`source` (None for an Originate) started to ring `dest`."""

    source: Channel | None
    dest: Channel


@dataclass(frozen=True, slots=True)
class DialEnded(_Event):
    """`status` is Asterisk's DIALSTATUS: ANSWER, BUSY, NOANSWER, CANCEL, CONGESTION, CHANUNAVAIL and more."""

    source: Channel | None
    dest: Channel
    status: str


@dataclass(frozen=True, slots=True)
class BridgeEntered(_Event):
    """`holding` bridges are for waiting (parking, music), not for talking."""

    bridge: str
    channel: Channel
    holding: bool = False


@dataclass(frozen=True, slots=True)
class BridgeLeft(_Event):
    bridge: str
    channel: Channel


@dataclass(frozen=True, slots=True)
class LocalBridged(_Event):
    """The two halves of a Local channel belong together."""

    one: Channel
    two: Channel


@dataclass(frozen=True, slots=True)
class HoldBegan(_Event):
    channel: Channel


@dataclass(frozen=True, slots=True)
class HoldEnded(_Event):
    channel: Channel


@dataclass(frozen=True, slots=True)
class BlindTransferred(_Event):
    transferer: Channel
    transferee: Channel | None
    context: str
    exten: str


@dataclass(frozen=True, slots=True)
class AttendedTransferred(_Event):
    """`first` is the transferer's leg to the transferee, `second` his leg to the target."""

    first: Channel
    second: Channel
    transferee: Channel | None
    target: Channel | None


@dataclass(frozen=True, slots=True)
class QueueJoined(_Event):
    queue: QueueName
    channel: Channel
    position: int


@dataclass(frozen=True, slots=True)
class QueueLeft(_Event):
    queue: QueueName
    channel: Channel


@dataclass(frozen=True, slots=True)
class QueueAbandoned(_Event):
    queue: QueueName
    channel: Channel
    wait_s: float


@dataclass(frozen=True, slots=True)
class QueueAgentCalled(_Event):
    """app_queue rings `extension` for the caller `channel`; `dest` is the phone's channel."""

    queue: QueueName
    channel: Channel
    dest: Channel | None
    extension: Extension


@dataclass(frozen=True, slots=True)
class QueueAgentConnected(_Event):
    queue: QueueName
    channel: Channel
    dest: Channel | None
    extension: Extension
    wait_s: float


@dataclass(frozen=True, slots=True)
class QueueAgentMissed(_Event):
    queue: QueueName
    channel: Channel
    dest: Channel | None
    extension: Extension


@dataclass(frozen=True, slots=True)
class QueueAgentCompleted(_Event):
    queue: QueueName
    channel: Channel
    dest: Channel | None
    extension: Extension


@dataclass(frozen=True, slots=True)
class QueueMemberChanged(_Event):
    queue: QueueName
    extension: Extension
    phone: PhoneState
    paused: bool
    reason: str = ""
    penalty: int = 0


@dataclass(frozen=True, slots=True)
class QueueMemberRemoved(_Event):
    queue: QueueName
    extension: Extension


@dataclass(frozen=True, slots=True)
class PhoneChanged(_Event):
    extension: Extension
    phone: PhoneState


@dataclass(frozen=True, slots=True)
class RecordingBegan(_Event):
    channel: Channel
    filename: str = ""


@dataclass(frozen=True, slots=True)
class RecordingEnded(_Event):
    channel: Channel


@dataclass(frozen=True, slots=True)
class OriginateEnded(_Event):
    """The outcome of an Originate; `reason` is AMI's number (4 = answered)."""

    uniqueid: Uniqueid | None
    succeeded: bool
    reason: int


@dataclass(frozen=True, slots=True)
class DialplanSignalled(_Event):
    """The dialplan ran `UserEvent(name, …)`."""

    name: str
    channel: Channel | None
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LiveChannel:
    """A channel in a snapshot, with the bridge it sits in ('' when in none)."""

    channel: Channel
    bridge: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class SnapshotTaken(_Event):
    """All that lived on the PBX at `at`: what we thought alive and is not listed has ended meanwhile.

    `at` is the moment before the listing began: a channel heard of since then stays, listed or not.
    `boot` is when Asterisk started, by its own wall clock: good to show, too coarse to judge by.
    `waiting` are the callers who stand in queues.
    """

    boot: datetime
    channels: tuple[LiveChannel, ...] = ()
    waiting: tuple[QueueJoined, ...] = ()
    members: tuple[QueueMemberChanged, ...] = ()
    phones: Mapping[Extension, PhoneState] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LinkLost(_Event):
    """From here on facts are missing until the next snapshot: the floor is stale."""

    reason: str


Event = (
    ChannelCreated
    | ChannelChanged
    | ChannelRenamed
    | ChannelEnded
    | DialBegan
    | DialEnded
    | BridgeEntered
    | BridgeLeft
    | LocalBridged
    | HoldBegan
    | HoldEnded
    | BlindTransferred
    | AttendedTransferred
    | QueueJoined
    | QueueLeft
    | QueueAbandoned
    | QueueAgentCalled
    | QueueAgentConnected
    | QueueAgentMissed
    | QueueAgentCompleted
    | QueueMemberChanged
    | QueueMemberRemoved
    | PhoneChanged
    | RecordingBegan
    | RecordingEnded
    | OriginateEnded
    | DialplanSignalled
    | SnapshotTaken
    | LinkLost
)

"""What we ask of the PBX, as values. Sending one never changes our state; the events that follow do.

Does not know AMI: pbx_bridge turns these into actions.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from callcore.ids import Extension, QueueName, Uniqueid


@dataclass(frozen=True, slots=True)
class Originate:
    """Ring `endpoint` first; when it answers, run `exten` of `context` on it.

    `channel_id` becomes the Uniqueid of the new channel: Asterisk refuses a second one while the
    first lives. `timeout_s` is how long the endpoint may ring.
    """

    endpoint: str
    context: str
    exten: str
    caller_number: str
    caller_name: str = ""
    channel_id: str | None = None
    timeout_s: float = 30.0
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Hangup:
    channel: str
    cause: int = 16


@dataclass(frozen=True, slots=True)
class Hold:
    """Put `other`, whom `channel` speaks with, on music; `Unhold` joins the two again."""

    channel: str
    other: str


@dataclass(frozen=True, slots=True)
class Unhold:
    channel: str
    other: str


@dataclass(frozen=True, slots=True)
class Redirect:
    """Send a live channel to another place of the dialplan (blind transfer; dialer's join)."""

    channel: str
    context: str
    exten: str
    extra_channel: str | None = None
    extra_context: str | None = None
    extra_exten: str | None = None


@dataclass(frozen=True, slots=True)
class Bridge:
    channel: str
    other: str


@dataclass(frozen=True, slots=True)
class AttendedTransfer:
    """Let `channel` talk to `exten` first, its peer on hold; hanging up completes the transfer."""

    channel: str
    context: str
    exten: str


@dataclass(frozen=True, slots=True)
class CancelAttendedTransfer:
    channel: str


@dataclass(frozen=True, slots=True)
class Park:
    channel: str
    announce_to: str
    timeout_s: float = 45.0


@dataclass(frozen=True, slots=True)
class Spy:
    """Ring `supervisor`; on answer he hears `channel` (listen), talks to it alone (whisper) or to both (barge)."""

    supervisor: Extension
    channel: str
    mode: Literal["listen", "whisper", "barge"]


@dataclass(frozen=True, slots=True)
class Mute:
    channel: str
    on: bool
    direction: Literal["in", "out", "all"] = "in"


@dataclass(frozen=True, slots=True)
class PlayDigits:
    channel: str
    digits: str


@dataclass(frozen=True, slots=True)
class QueueAdd:
    queue: QueueName
    extension: Extension
    penalty: int = 0
    paused: bool = False


@dataclass(frozen=True, slots=True)
class QueueRemove:
    queue: QueueName
    extension: Extension


@dataclass(frozen=True, slots=True)
class QueuePause:
    extension: Extension
    paused: bool
    queue: QueueName | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RecordStart:
    """Record what `channel` hears and says from now on, wherever it is transferred.

    It is asked for by a feature code at `agent`, whom `channel` speaks with.
    """

    channel: str
    agent: str
    filename: str


@dataclass(frozen=True, slots=True)
class RecordStop:
    channel: str


@dataclass(frozen=True, slots=True)
class RecordPause:
    """Silence the recording (card numbers) without ending it."""

    channel: str
    paused: bool


Command = (
    Originate
    | Hangup
    | Hold
    | Unhold
    | Redirect
    | Bridge
    | AttendedTransfer
    | CancelAttendedTransfer
    | Park
    | Spy
    | Mute
    | PlayDigits
    | QueueAdd
    | QueueRemove
    | QueuePause
    | RecordStart
    | RecordStop
    | RecordPause
)


@dataclass(frozen=True, slots=True)
class Done:
    """A command's outcome as Asterisk confirmed it; `uniqueid` is the new channel of an Originate."""

    uniqueid: Uniqueid | None = None
    reason: str = ""

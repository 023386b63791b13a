"""AMI messages into callcore's events: the one place that knows how Asterisk spells its facts.

Does not frame bytes, keep state, log or raise: a message it cannot read comes back as `Unreadable`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from callcore import events
from callcore.ids import Extension, PbxId, Uniqueid
from pbx_bridge import fields

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from callcore.events import Event
    from pbx_bridge.fields import Headers

    Stamp = tuple[PbxId, int, datetime]
    """What every event begins with: PBX, number on the connection, time."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A message of a kind we know that lacks what its event needs."""

    event: str
    reason: str


def translate(
    headers: Headers, pbx: PbxId, seq: int, *, otherwise_at: datetime | None = None
) -> tuple[Event, ...] | Unreadable:
    """The events one AMI message stands for; none for kinds that tell us nothing.

    The time is Asterisk's own, from the `Timestamp` header; items of lists have none and take
    `otherwise_at`.
    """
    name = headers.get("Event", "")
    read = _READERS.get(name)
    if read is None:
        return ()
    try:
        event = read(headers, (pbx, seq, fields.timestamp(headers, otherwise_at)))
    except fields.MissingError as missing:
        return Unreadable(name, str(missing))
    return () if event is None else (event,)


# --- one reader a message ----------------------------------------------------------------------


def _created(h: Headers, by: Stamp) -> Event:
    return events.ChannelCreated(*by, fields.needed_channel(h))


def _changed(h: Headers, by: Stamp) -> Event:
    return events.ChannelChanged(*by, fields.needed_channel(h))


def _renamed(h: Headers, by: Stamp) -> Event:
    uniqueid = Uniqueid(fields.required(h, "Uniqueid"))
    return events.ChannelRenamed(*by, uniqueid, fields.required(h, "Newname"))


def _ended(h: Headers, by: Stamp) -> Event:
    return events.ChannelEnded(
        *by, fields.needed_channel(h), fields.number(h, "Cause"), fields.text(h, "Cause-txt")
    )


def _dial_began(h: Headers, by: Stamp) -> Event:
    return events.DialBegan(*by, fields.channel(h), fields.needed_channel(h, "Dest"))


def _dial_ended(h: Headers, by: Stamp) -> Event:
    status = fields.required(h, "DialStatus")
    return events.DialEnded(*by, fields.channel(h), fields.needed_channel(h, "Dest"), status)


def _bridge_entered(h: Headers, by: Stamp) -> Event:
    holding = h.get("BridgeTechnology") == "holding_bridge"
    return events.BridgeEntered(
        *by, fields.required(h, "BridgeUniqueid"), fields.needed_channel(h), holding
    )


def _bridge_left(h: Headers, by: Stamp) -> Event:
    return events.BridgeLeft(*by, fields.required(h, "BridgeUniqueid"), fields.needed_channel(h))


def _local_bridged(h: Headers, by: Stamp) -> Event:
    return events.LocalBridged(
        *by, fields.needed_channel(h, "LocalOne"), fields.needed_channel(h, "LocalTwo")
    )


def _hold_began(h: Headers, by: Stamp) -> Event:
    return events.HoldBegan(*by, fields.needed_channel(h))


def _hold_ended(h: Headers, by: Stamp) -> Event:
    return events.HoldEnded(*by, fields.needed_channel(h))


def _blind_transferred(h: Headers, by: Stamp) -> Event | None:
    if h.get("Result") != "Success":
        return None
    return events.BlindTransferred(
        *by,
        transferer=fields.needed_channel(h, "Transferer"),
        transferee=fields.channel(h, "Transferee"),
        context=fields.text(h, "Context"),
        exten=fields.text(h, "Extension"),
    )


def _attended_transferred(h: Headers, by: Stamp) -> Event | None:
    if h.get("Result") != "Success":
        return None
    return events.AttendedTransferred(
        *by,
        first=fields.needed_channel(h, "OrigTransferer"),
        second=fields.needed_channel(h, "SecondTransferer"),
        transferee=fields.channel(h, "Transferee"),
        target=fields.channel(h, "TransferTarget"),
    )


def _queue_joined(h: Headers, by: Stamp) -> Event:
    return events.QueueJoined(
        *by, fields.queue(h), fields.needed_channel(h), fields.number(h, "Position")
    )


def _queue_left(h: Headers, by: Stamp) -> Event:
    return events.QueueLeft(*by, fields.queue(h), fields.needed_channel(h))


def _queue_abandoned(h: Headers, by: Stamp) -> Event:
    wait_s = float(fields.number(h, "HoldTime"))
    return events.QueueAbandoned(*by, fields.queue(h), fields.needed_channel(h), wait_s)


def _agent_called(h: Headers, by: Stamp) -> Event:
    dest = fields.channel(h, "Dest")
    return events.QueueAgentCalled(
        *by, fields.queue(h), fields.needed_channel(h), dest, fields.member(h)
    )


def _agent_connected(h: Headers, by: Stamp) -> Event:
    dest, wait_s = fields.channel(h, "Dest"), float(fields.number(h, "HoldTime"))
    return events.QueueAgentConnected(
        *by, fields.queue(h), fields.needed_channel(h), dest, fields.member(h), wait_s
    )


def _agent_missed(h: Headers, by: Stamp) -> Event:
    dest = fields.channel(h, "Dest")
    return events.QueueAgentMissed(
        *by, fields.queue(h), fields.needed_channel(h), dest, fields.member(h)
    )


def _agent_completed(h: Headers, by: Stamp) -> Event | None:
    caller = fields.channel(h)
    if caller is None:  # when both have gone already, app_queue names neither
        return None
    dest = fields.channel(h, "Dest")
    return events.QueueAgentCompleted(*by, fields.queue(h), caller, dest, fields.member(h))


def _member_changed(h: Headers, by: Stamp) -> Event:
    return events.QueueMemberChanged(
        *by,
        fields.queue(h),
        fields.member(h),
        phone=fields.phone_state(h.get("Status", "")),
        paused=h.get("Paused") == "1",
        reason=fields.text(h, "PausedReason"),
        penalty=fields.number(h, "Penalty"),
    )


def _member_removed(h: Headers, by: Stamp) -> Event:
    return events.QueueMemberRemoved(*by, fields.queue(h), fields.member(h))


def _phone_changed(h: Headers, by: Stamp) -> Event | None:
    device = fields.PHONE.fullmatch(h.get("Device", ""))
    if device is None:  # queues, parking lots and the like have device states too
        return None
    return events.PhoneChanged(*by, Extension(device[1]), fields.phone_state(h.get("State", "")))


def _recording_began(h: Headers, by: Stamp) -> Event:
    return events.RecordingBegan(*by, fields.needed_channel(h), fields.text(h, "File"))


def _recording_ended(h: Headers, by: Stamp) -> Event:
    return events.RecordingEnded(*by, fields.needed_channel(h))


def _originate_ended(h: Headers, by: Stamp) -> Event:
    return events.OriginateEnded(
        *by,
        uniqueid=Uniqueid(text) if (text := fields.text(h, "Uniqueid")) else None,
        succeeded=h.get("Response") == "Success",
        reason=fields.number(h, "Reason"),
    )


_OF_EVERY_USER_EVENT: Final = re.compile(
    r"Event|Privilege|Timestamp|SequenceNumber|SystemName|UserEvent|Channel(State(Desc)?)?"
    r"|CallerID(Num|Name)|ConnectedLine(Num|Name)|Language|AccountCode|Context|Exten|Priority"
    r"|Uniqueid|Linkedid"
)


def _dialplan_signalled(h: Headers, by: Stamp) -> Event:
    own = {key: text for key, text in h.items() if not _OF_EVERY_USER_EVENT.fullmatch(key)}
    return events.DialplanSignalled(*by, fields.required(h, "UserEvent"), fields.channel(h), own)


_READERS: Final[Mapping[str, Callable[[Headers, Stamp], Event | None]]] = {
    "Newchannel": _created,
    "Newstate": _changed,
    "NewCallerid": _changed,
    "NewConnectedLine": _changed,
    "NewAccountCode": _changed,
    "Newexten": _changed,
    "Rename": _renamed,
    "Hangup": _ended,
    "DialBegin": _dial_began,
    "DialEnd": _dial_ended,
    "BridgeEnter": _bridge_entered,
    "BridgeLeave": _bridge_left,
    "LocalBridge": _local_bridged,
    "Hold": _hold_began,
    "Unhold": _hold_ended,
    "BlindTransfer": _blind_transferred,
    "AttendedTransfer": _attended_transferred,
    "QueueCallerJoin": _queue_joined,
    "QueueCallerLeave": _queue_left,
    "QueueCallerAbandon": _queue_abandoned,
    "AgentCalled": _agent_called,
    "AgentConnect": _agent_connected,
    "AgentRingNoAnswer": _agent_missed,
    "AgentComplete": _agent_completed,
    "QueueMember": _member_changed,
    "QueueMemberAdded": _member_changed,
    "QueueMemberStatus": _member_changed,
    "QueueMemberPause": _member_changed,
    "QueueMemberPenalty": _member_changed,
    "QueueMemberRemoved": _member_removed,
    "DeviceStateChange": _phone_changed,
    "MixMonitorStart": _recording_began,
    "MixMonitorStop": _recording_ended,
    "OriginateResponse": _originate_ended,
    "UserEvent": _dialplan_signalled,
}

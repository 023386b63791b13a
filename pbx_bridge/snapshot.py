"""What lives on the PBX now: its lists, asked for one after another, as one SnapshotTaken.

Does not compare with what we thought; the floor does.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from callcore.events import LiveChannel, QueueJoined, QueueMemberChanged, SnapshotTaken
from callcore.ids import Uniqueid
from pbx_bridge import fields
from pbx_bridge.errors import NotAmiError
from pbx_bridge.translate import Unreadable, translate

if TYPE_CHECKING:
    from callcore.events import Channel, PhoneState
    from callcore.ids import Extension, PbxId
    from pbx_bridge.connection import Connection
    from pbx_bridge.wire import Message

log = logging.getLogger(__name__)


async def take(connection: Connection, pbx: PbxId, *, deadline_s: float) -> SnapshotTaken:
    """Ask for everything that lives.

    Raises:
        PbxError: an answer did not come, or was refused.
    """
    (pong,) = await connection.ask((("Action", "Ping"),), deadline_s=deadline_s)
    at = _clock(pong)
    (status,) = await connection.ask((("Action", "CoreStatus"),), deadline_s=deadline_s)
    boot = _boot(status, at)
    listed = await _list(connection, "CoreShowChannels", deadline_s)
    channels = tuple(live for item in listed if (live := _live_channel(item, at)) is not None)
    by_id = {live.channel.uniqueid: live.channel for live in channels}
    queues = await _list(connection, "QueueStatus", deadline_s)
    states = await _list(connection, "DeviceStateList", deadline_s)
    return SnapshotTaken(
        pbx,
        0,
        at,
        boot=boot,
        channels=channels,
        waiting=tuple(_waiting(queues, by_id, pbx, at)),
        members=tuple(_members(queues, pbx, at)),
        phones=_phones(states),
    )


async def _list(connection: Connection, action: str, deadline_s: float) -> list[Message]:
    """The items of a list, without its beginning and its end."""
    answer = await connection.ask((("Action", action),), deadline_s=deadline_s)
    return [item for item in answer[1:] if item.get("EventList", "").lower() != "complete"]


def _clock(pong: Message) -> datetime:
    """Asterisk's own time; ours is of no use beside its events."""
    try:
        return datetime.fromtimestamp(float(pong["Timestamp"]), UTC)
    except (KeyError, ValueError) as error:
        raise NotAmiError("Asterisk's Pong tells no time. Is it older than 1.8?") from error


def _boot(status: Message, at: datetime) -> datetime:
    """When Asterisk started, by its own wall clock: enough to tell one boot from another."""
    text = f"{status.get('CoreStartupDate')} {status.get('CoreStartupTime')}"
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        return at


def _live_channel(item: Message, at: datetime) -> LiveChannel | None:
    channel = fields.channel(item)
    if channel is None:
        return None
    return LiveChannel(channel, item.get("BridgeId", ""), at - _age(item.get("Duration", "")))


def _age(duration: str) -> timedelta:
    """CoreShowChannels tells a channel's age as `01:02:03`."""
    try:
        hours, minutes, seconds = (int(part) for part in duration.split(":"))
    except ValueError:
        return timedelta()
    return timedelta(hours=hours, minutes=minutes, seconds=seconds)


def _waiting(
    items: list[Message], channels: dict[Uniqueid, Channel], pbx: PbxId, at: datetime
) -> list[QueueJoined]:
    found = []
    for item in items:
        channel = channels.get(Uniqueid(item.get("Uniqueid", "")))
        if item.get("Event") == "QueueEntry" and channel is not None:
            since = at - timedelta(seconds=fields.number(item, "Wait"))
            joined = QueueJoined(
                pbx, 0, since, fields.queue(item), channel, fields.number(item, "Position")
            )
            found.append(joined)
    return found


def _members(items: list[Message], pbx: PbxId, at: datetime) -> list[QueueMemberChanged]:
    found: list[QueueMemberChanged] = []
    for item in items:
        if item.get("Event") != "QueueMember":
            continue
        match translate(item, pbx, 0, otherwise_at=at):
            case Unreadable(event, reason):
                log.warning("ami_unreadable", extra={"ami": event, "reason": reason})
            case events:
                found += [event for event in events if isinstance(event, QueueMemberChanged)]
    return found


def _phones(items: list[Message]) -> dict[Extension, PhoneState]:
    return {
        extension: fields.phone_state(item.get("State", ""))
        for item in items
        if (extension := _phone(item.get("Device", ""))) is not None
    }


def _phone(device: str) -> Extension | None:
    return fields.extension(device) if fields.PHONE.match(device) else None

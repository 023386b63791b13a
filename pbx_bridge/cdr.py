"""CDR rows as events: the coarse record, one line for each try to connect two channels.

Does not read files (reconcile does). Pure. Knows no transfers, no holds and no second of ringing; it is the
record that is left where CEL is off or lost.

Source: https://docs.asterisk.org/Configuration/Reporting/Call-Detail-Records-CDR/ — CDR Fields.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from callcore import events as ev
from callcore.events import Channel, ChannelState, Party
from callcore.ids import Linkedid, PbxId, QueueName, Uniqueid

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from callcore.events import Event

COLUMNS = (
    *("start", "answer", "end", "src", "dst", "dcontext", "clid", "channel", "dstchannel"),
    *("lastapp", "lastdata", "duration", "billsec", "disposition", "uniqueid", "linkedid"),
    "sequence",
)
"""The order in which asterisk-config's cdr_custom.conf writes them."""

_CAUSES = {"ANSWERED": 16, "BUSY": 17, "NO ANSWER": 19, "CONGESTION": 34, "FAILED": 38}
"""Q.850 causes that mean what the dispositions do."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line: `channel` was connected with `peer` (None: with no other channel)."""

    start: datetime
    answer: datetime | None
    end: datetime
    channel: Channel
    peer: Channel | None
    disposition: str
    queue: QueueName | None


def row(cells: Sequence[str]) -> Row | None:
    """A line's cells as a row; None for one that is cut off or means nothing."""
    if len(cells) != len(COLUMNS):
        return None
    named = dict(zip(COLUMNS, cells, strict=True))
    start, end = _time(named["start"]), _time(named["end"])
    if start is None or end is None or not named["uniqueid"] or not named["linkedid"]:
        return None
    channel = Channel(
        uniqueid=Uniqueid(named["uniqueid"]),
        linkedid=Linkedid(named["linkedid"]),
        name=named["channel"],
        state=ChannelState.RING,
        caller=Party(named["src"], _name(named["clid"])),
        context=named["dcontext"],
        exten=named["dst"],
    )
    in_queue = named["lastapp"] == "Queue"
    return Row(
        start=start,
        answer=_time(named["answer"]),
        end=end,
        channel=channel,
        peer=_peer(channel, named),
        disposition=named["disposition"],
        queue=QueueName(named["lastdata"].split(",")[0]) if in_queue else None,
    )


def _peer(channel: Channel, named: dict[str, str]) -> Channel | None:
    name = named["dstchannel"]
    if not name:
        return None
    # CDR does not tell the peer's uniqueid; one made of both names is the same on every reading.
    uniqueid = Uniqueid(f"{channel.uniqueid}/{name}")
    return Channel(uniqueid, channel.linkedid, name, ChannelState.DOWN, Party(named["dst"]))


def _name(clid: str) -> str:
    """`Zoë` of `"Zoë" <+12125550142>`."""
    return clid.rpartition("<")[0].strip().removeprefix('"').removesuffix('"')


def _time(text: str) -> datetime | None:
    """Seconds since 1970; nothing, or 0 for what never was."""
    try:
        seconds = float(text)
        return datetime.fromtimestamp(seconds, UTC) if seconds > 0 else None
    except (ValueError, OverflowError, OSError):
        return None


def events(rows: Iterable[Row], pbx: PbxId) -> list[Event]:
    """All that the rows tell, in order of time."""
    rows = list(rows)
    last = {row.channel.uniqueid: row for row in sorted(rows, key=lambda row: row.end)}
    told = [event for row in rows for event in _tell(row, pbx)]
    told += [
        ev.ChannelEnded(pbx, 0, row.end, row.channel, _CAUSES.get(row.disposition, 0))
        for row in last.values()
    ]
    return sorted(told, key=lambda event: event.at)  # stable: equal times stay as told


def _tell(row: Row, pbx: PbxId) -> Iterator[Event]:
    yield ev.ChannelCreated(pbx, 0, row.start, row.channel)
    answer = row.answer
    if answer is not None:  # by the telephone, or by the dialplan itself
        up = replace(row.channel, state=ChannelState.UP)
        yield ev.ChannelChanged(pbx, 0, answer, up)
    if row.queue is not None:
        yield ev.QueueJoined(pbx, 0, answer or row.start, row.queue, row.channel, 0)
    if row.peer is not None:
        yield from _tell_peer(row, row.peer, pbx)


def _tell_peer(row: Row, peer: Channel, pbx: PbxId) -> Iterator[Event]:
    start, end = (pbx, 0, row.start), (pbx, 0, row.end)
    yield ev.ChannelCreated(*start, peer)
    yield ev.DialBegan(*start, row.channel, peer)
    yield ev.ChannelChanged(*start, replace(peer, state=ChannelState.RINGING))
    if row.answer is not None and row.disposition == "ANSWERED":
        talk = (pbx, 0, row.answer)
        bridge = f"{peer.uniqueid}/{row.start.timestamp()}"
        if row.queue is not None:
            yield ev.QueueLeft(*talk, row.queue, row.channel)
        for channel in (peer, row.channel):
            up = replace(channel, state=ChannelState.UP)
            yield ev.ChannelChanged(*talk, up)
            yield ev.BridgeEntered(*talk, bridge, up)
    yield ev.ChannelEnded(*end, peer, _CAUSES.get(row.disposition, 0))

"""CEL rows and queue_log lines as events: what Asterisk wrote down, told as if it had been heard.

Does not read files (reconcile does). Pure. Replayed into a floor, a call comes out as it would have
on the live line, but for what CEL does not know: when exactly a phone rang, and holds.

Source: https://docs.asterisk.org/Operation/CEL/ — every event, its meaning and its `eventextra`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from callcore import events as ev
from callcore.events import Channel, ChannelState, Party
from callcore.ids import Extension, Linkedid, PbxId, QueueName, Uniqueid

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from callcore.events import Event

COLUMNS = (
    *("eventtype", "eventtime", "uniqueid", "linkedid", "channame", "cid_num", "cid_name"),
    *("cid_dnid", "exten", "context", "appname", "appdata", "accountcode", "peer", "eventextra"),
)
"""The order in which asterisk-config's cel_custom.conf writes them."""

_ORIGINATED = "AppDial2"
"""What Asterisk calls the application of a channel that an Originate made."""

_NOT_A_PLACE = frozenset({"", "s"})
"""The extension of a channel that we ring; one that rings us names where it wants to go."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the CEL file."""

    kind: str
    at: datetime
    channel: Channel
    app: str
    app_data: str
    extra: str


@dataclass(frozen=True, slots=True)
class QueueLine:
    """One line of queue_log: `time|callid|queue|agent|event|data…`."""

    at: datetime
    uniqueid: Uniqueid
    queue: QueueName
    agent: str
    kind: str
    data: tuple[str, ...]


def row(cells: Sequence[str]) -> Row | None:
    """A line's cells as a row; None for one that is cut off or means nothing."""
    if len(cells) != len(COLUMNS):
        return None
    named = dict(zip(COLUMNS, cells, strict=True))
    at = _time(named["eventtime"])
    if at is None or not named["uniqueid"] or not named["linkedid"]:
        return None
    channel = Channel(
        uniqueid=Uniqueid(named["uniqueid"]),
        linkedid=Linkedid(named["linkedid"]),
        name=named["channame"],
        state=ChannelState.DOWN,
        caller=Party(named["cid_num"], named["cid_name"]),
        context=named["context"],
        exten=named["exten"],
        account=named["accountcode"],
    )
    return Row(
        named["eventtype"], at, channel, named["appname"], named["appdata"], named["eventextra"]
    )


def queue_line(line: str) -> QueueLine | None:
    """A line of queue_log; None for one that is cut off or is about no call."""
    parts = line.rstrip("\n").split("|")
    if len(parts) < 5:  # time, call, queue, agent, event
        return None
    stamp, call, queue, agent, kind, *data = parts
    at = _time(stamp)
    if at is None or call == "NONE":
        return None
    return QueueLine(at, Uniqueid(call), QueueName(queue), agent, kind, tuple(data))


def _time(text: str) -> datetime | None:
    try:
        return datetime.fromtimestamp(float(text), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def events(rows: Iterable[Row], queue_lines: Iterable[QueueLine], pbx: PbxId) -> list[Event]:
    """All that the records tell, in order of time."""
    channels = _Channels(pbx)
    told = [event for each in rows for event in channels.tell(each)]
    told += [event for line in queue_lines for event in channels.queue(line)]
    return sorted(told, key=lambda event: event.at)  # stable: equal times stay as written


class _Channels:
    """The channels as the rows so far describe them; a row alone does not tell a channel's state."""

    def __init__(self, pbx: PbxId) -> None:
        self._pbx = pbx
        self._known: dict[Uniqueid, Channel] = {}
        self._began: dict[Uniqueid, datetime] = {}
        self._answered: dict[Uniqueid, datetime] = {}
        self._queues: dict[Uniqueid, QueueName] = {}

    def tell(self, row: Row) -> Iterator[Event]:
        before = self._known.get(row.channel.uniqueid)
        channel = replace(row.channel, state=_state(row, before))
        by = (self._pbx, 0, row.at)
        if before is not None and row.app == _ORIGINATED and before.exten in _NOT_A_PLACE:
            # The number we asked for stands as its caller id; its extension is not told before it talks.
            before = replace(before, exten=channel.caller.number)
            yield ev.DialBegan(*by, None, before)
        if before is not None and row.app == _ORIGINATED:
            channel = replace(channel, exten=before.exten)
        self._known[channel.uniqueid] = channel
        match row.kind:
            case "CHAN_START":
                self._began[channel.uniqueid] = row.at
                yield from self._begin(channel, row.at)
            case "ANSWER":
                self._answered.setdefault(channel.uniqueid, row.at)
                yield ev.ChannelChanged(*by, channel)
            case "BRIDGE_ENTER":
                yield from self._leave_queue(channel, row.at)
                yield ev.BridgeEntered(*by, _extra(row, "bridge_id"), channel)
            case "BRIDGE_EXIT":
                yield ev.BridgeLeft(*by, _extra(row, "bridge_id"), channel)
            case "HANGUP":
                yield ev.ChannelEnded(*by, channel, _cause(row))
            case "CHAN_END":
                yield ev.ChannelEnded(*by, channel, 0)  # after HANGUP, where that is missing too
            case "LINKEDID_END":
                pass
            case _:
                yield ev.ChannelChanged(*by, channel)
                yield from self._join_queue(row, channel)

    def _join_queue(self, row: Row, channel: Channel) -> Iterator[Event]:
        """Its music betrays a queue, where there is no queue_log."""
        if row.app == "Queue" and row.kind == "STREAM_BEGIN":
            queue = QueueName(row.app_data.split(",")[0])
            self._queues[channel.uniqueid] = queue
            yield ev.QueueJoined(self._pbx, 0, row.at, queue, channel, 0)

    def _leave_queue(self, channel: Channel, at: datetime) -> Iterator[Event]:
        if queue := self._queues.pop(channel.uniqueid, None):
            yield ev.QueueLeft(self._pbx, 0, at, queue, channel)

    def _begin(self, channel: Channel, at: datetime) -> Iterator[Event]:
        by = (self._pbx, 0, at)
        yield ev.ChannelCreated(*by, channel)
        if channel.state is ChannelState.DOWN:  # a phone that we ring does so within milliseconds
            yield ev.ChannelChanged(*by, replace(channel, state=ChannelState.RINGING))

    def queue(self, line: QueueLine) -> Iterator[Event]:
        """queue_log counts whole seconds: nothing is put before what CEL says must come first."""
        channel = self._known.get(line.uniqueid)
        if channel is None:
            return
        began = self._began.get(line.uniqueid, line.at)
        match line.kind:
            case "ENTERQUEUE":
                at = max(line.at, self._answered.get(line.uniqueid, began))
                yield ev.QueueJoined(self._pbx, 0, at, line.queue, channel, 0)
            case "CONNECT":
                phone = Uniqueid(line.data[1]) if len(line.data) > 1 else line.uniqueid
                at = max(line.at, self._answered.get(phone, began))
                yield ev.QueueAgentConnected(
                    *(self._pbx, 0, at, line.queue, channel),
                    self._known.get(phone),
                    Extension(line.agent),
                    0.0,
                )
            case "EXITWITHTIMEOUT" | "EXITWITHKEY" | "EXITEMPTY":
                yield ev.QueueLeft(self._pbx, 0, max(line.at, began), line.queue, channel)
            case _:  # ABANDON comes with the caller's hang-up, which tells it
                pass


def _state(row: Row, before: Channel | None) -> ChannelState:
    if row.kind == "ANSWER":
        return ChannelState.UP
    if before is not None:
        return before.state
    if row.kind == "BRIDGE_ENTER":
        return ChannelState.UP
    incoming = row.channel.exten not in _NOT_A_PLACE and not row.channel.name.endswith(";1")
    return ChannelState.RING if incoming else ChannelState.DOWN


def _extra(row: Row, key: str) -> str:
    try:
        return str(json.loads(row.extra)[key])
    except (ValueError, KeyError, TypeError):
        return ""


def _cause(row: Row) -> int:
    """The Q.850 cause of a HANGUP; Asterisk writes 127 for none in particular."""
    text = _extra(row, "hangupcause")
    return int(text) if text.isdecimal() else 0

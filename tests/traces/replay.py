"""Replaying a recorded AMI stream: bytes to events to the floor, and what it told, as plain text.

A trace is three files: NAME.ami (the bytes Asterisk sent), NAME.expected.json (what must come of them)
and NAME.cel.csv (what Asterisk wrote down itself of the same calls, to check the expectation by).
`tools/record_traces.py` records them.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from callcore.changes import (
    CallChanged,
    CallEnded,
    CallsMerged,
    CallStarted,
    Change,
    FloorFresh,
    FloorStale,
    MembershipChanged,
    PhoneRinging,
    PhoneStateChanged,
    PhoneStoppedRinging,
    QueueChanged,
)
from callcore.floor import Floor
from callcore.ids import PbxId
from callcore.numbering import Numbering
from pbx_bridge.translate import Unreadable, translate
from pbx_bridge.wire import Framer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from callcore.call import Call
    from callcore.events import Event

FOLDER = Path(__file__).parent
NAMES = sorted(path.stem for path in FOLDER.glob("*.ami"))
NUMBERING = Numbering(frozenset({"trunk-a"}))

Json: TypeAlias = "dict[str, object]"


class TraceError(Exception):
    """A recorded message could not be read."""


def events_of(name: str) -> list[Event]:
    """All events of a trace, in the order Asterisk sent them."""
    messages = Framer().feed((FOLDER / f"{name}.ami").read_bytes())
    events: list[Event] = []
    for seq, message in enumerate(messages, start=1):
        pbx = PbxId(message.get("SystemName", "lab"))
        match translate(message, pbx, seq):
            case Unreadable(event, reason):
                raise TraceError(f"{name}: {event}: {reason}")
            case translated:
                events += translated
    return events


def replay(events: Iterable[Event]) -> tuple[Floor, list[Change]]:
    floor = Floor(NUMBERING)
    return floor, [change for event in events for change in floor.apply(event)]


def outcome_of(changes: Iterable[Change]) -> Json:
    """What a trace must come to: what people were told, and the calls as they ended."""
    changes = list(changes)
    return {
        "told": [line for change in changes if (line := _line(change))],
        "calls": [_call(change.call) for change in changes if isinstance(change, CallEnded)],
    }


def _line(change: Change) -> str | None:  # noqa: PLR0911  # an arm each
    match change:
        case CallStarted(call):
            return f"{_name(call)} began, {call.direction.value} to {call.dialled or '?'}"
        case CallsMerged(call, gone):
            return f"{gone[:8]} is now part of {_name(call)}, {call.direction.value}"
        case CallEnded(call):
            return f"{_name(call)} ended, {call.result.value if call.result else '?'}"
        case PhoneRinging(call, extension):
            return f"{extension} rings for {_name(call)}, {call.direction.value}"
        case PhoneStoppedRinging(call, extension, _, reason):
            return f"{extension} stopped ringing for {_name(call)}: {reason.value}"
        case QueueChanged(queue, waiting):
            return f"{waiting} in {queue}"
        case FloorStale() | FloorFresh():
            return type(change).__name__
        case CallChanged() | PhoneStateChanged() | MembershipChanged():
            return None


def _name(call: Call) -> str:
    return call.id[:8]


def _call(call: Call) -> Json:
    return {
        "id": call.id,
        "linkedids": list(call.linkedids),
        "direction": call.direction.value,
        "customer": [call.customer.number, call.customer.name],
        "dialled": call.dialled,
        "queue": call.queue,
        "result": call.result.value if call.result else None,
        "agents": list(call.agents),
        "wait_s": call.wait_s,
        "talk_s": call.talk_s,
        "hold_s": call.hold_s,
        "legs": [
            f"{leg.role.value} {leg.endpoint}"
            f"{' rang' if leg.ringing_at else ''}{' answered' if leg.answered_at else ''}"
            f" cause {leg.cause}, talk {leg.talk_s:.1f} s, hold {leg.hold_s:.1f} s"
            for leg in call.legs
        ],
        "events": len(call.ladder),
    }

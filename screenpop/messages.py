"""What travels between the service and a browser: typed messages and their compact JSON.

Does not number, keep or send them, and knows nothing of cards: those are plain JSON-able mappings.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Any, ClassVar

from callcore.errors import TrunklineError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from callcore.call import Direction, Result
    from callcore.events import PhoneState
    from callcore.ids import CallId, Extension, QueueName

Json = dict[str, Any]


class PopState(Enum):
    """Where an agent stands in his call."""

    RINGING = "ringing"
    DIALLING = "dialling"  # he is up, the far end not yet
    TALKING = "talking"
    ENDED = "ended"  # kept on his screen for the wrap-up until he closes it


class CloseReason(Enum):
    """Why a pop left the screen; the first three are callcore's `StopReason`s of a phone nobody took."""

    ANSWERED_ELSEWHERE = "answered-elsewhere"
    NO_ANSWER = "no-answer"
    CALLER_GONE = "caller-gone"
    MERGED = "merged"  # a transfer joined it with another call of the same agent
    DISMISSED = "dismissed"  # closed by the agent, in any of his tabs
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Pop:
    """A call on one agent's screen.

    `number` and `name` are the far party's as the network gave them: hostile until rendered as text.
    `customers` is None until somebody looked, empty when nobody matched (a quick form), several when
    the agent has to choose. `rang_at_ms` is Asterisk's own time of the ring, in epoch milliseconds.
    """

    call_id: CallId
    extension: Extension
    direction: Direction
    state: PopState
    number: str
    name: str
    dialled: str
    queue: QueueName | None
    started_at: datetime
    rang_at_ms: int
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    result: Result | None = None
    customers: tuple[Json, ...] | None = None
    interactions: tuple[Json, ...] | None = None


@dataclass(frozen=True, slots=True)
class PopOpened:
    """`pop` is on the screen, in the place of the one of call `replaces` if that is set."""

    type: ClassVar[str] = "pop"
    pop: Pop
    replaces: CallId | None = None


@dataclass(frozen=True, slots=True)
class PopChanged:
    """The call went on; the cards stay as they are."""

    type: ClassVar[str] = "pop-changed"
    call_id: CallId
    state: PopState
    name: str
    queue: QueueName | None
    answered_at: datetime | None
    ended_at: datetime | None
    result: Result | None


@dataclass(frozen=True, slots=True)
class PopClosed:
    type: ClassVar[str] = "pop-closed"
    call_id: CallId
    reason: CloseReason


@dataclass(frozen=True, slots=True)
class PhoneChanged:
    """The agent's own telephone."""

    type: ClassVar[str] = "phone"
    extension: Extension
    state: PhoneState
    at: datetime


@dataclass(frozen=True, slots=True)
class QueueChanged:
    type: ClassVar[str] = "queue"
    queue: QueueName
    waiting: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Presence:
    """`user` has a desk open since `at`, or none since then."""

    type: ClassVar[str] = "presence"
    user: str
    online: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Notice:
    """Something everybody should know; `code` is what the page has words for."""

    type: ClassVar[str] = "notice"
    code: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Custom:
    """A message of another package's making: `fields` go as they are."""

    type: str
    fields: Mapping[str, Any]


ServerMessage = (
    PopOpened | PopChanged | PopClosed | PhoneChanged | QueueChanged | Presence | Notice | Custom
)


def state_key(message: ServerMessage) -> str | None:
    """What the message is the newest state of; None for one that may never be skipped."""
    match message:
        case PhoneChanged(extension=extension):
            return f"phone/{extension}"
        case QueueChanged(queue=queue):
            return f"queue/{queue}"
        case Presence(user=user):
            return f"presence/{user}"
        case _:
            return None


def encode(message: ServerMessage) -> bytes:
    """The message without its number and its opening brace: made once for any number of streams."""
    body = (
        dict(message.fields)
        if isinstance(message, Custom)
        else {field.name: getattr(message, field.name) for field in fields(message)}
    )
    return dump({"type": message.type, **body})[1:]


def number(body: bytes, n: int) -> bytes:
    """The complete text of message `n` of a stream."""
    return b'{"n":%d,%b' % (n, body)


def hello(*, n: int, stream: str, user: str, resumed: bool, at: datetime) -> bytes:
    """The first answer: the client stands at `n`; what it missed follows, or a snapshot."""
    return dump(
        {"n": n, "type": "hello", "stream": stream, "user": user, "resumed": resumed, "at": at}
    )


def snapshot(*, n: int, at: datetime, content: Mapping[str, Any]) -> bytes:
    """All there is to see; it stands for every message up to `n`."""
    return dump({"n": n, "type": "snapshot", "at": at, **content})


def beat(*, n: int, at: datetime, echo: float | None = None) -> bytes:
    """A sign of life; `echo` is the time the client named when it asked for one."""
    return dump({"n": n, "type": "beat", "at": at, **({} if echo is None else {"echo": echo})})


def dump(value: Mapping[str, Any]) -> bytes:
    """Compact JSON in ASCII: a caller's name with half a surrogate pair must not stop the line."""
    return json.dumps(
        value, separators=(",", ":"), ensure_ascii=True, allow_nan=False, default=_plain
    ).encode("ascii")


def _plain(value: object) -> object:
    match value:
        case datetime():
            return value.isoformat(timespec="milliseconds")
        case Enum():
            return value.value
        case Pop():
            return {field.name: getattr(value, field.name) for field in fields(value)}
        case _:
            raise TypeError(f"{type(value).__name__} has no place in a message")


@dataclass(frozen=True, slots=True)
class Resume:
    """The client's first word: the stream it knew and the last number it got ('' and 0 when new)."""

    stream: str
    last: int


@dataclass(frozen=True, slots=True)
class Painted:
    """The card of `call_id` stood on the screen `ms` after the phone began to ring."""

    call_id: str
    ms: float


@dataclass(frozen=True, slots=True)
class Dismiss:
    """The agent closed an ended pop."""

    call_id: str


@dataclass(frozen=True, slots=True)
class Ping:
    """The client asks for a beat at once; `at` is its own clock, given back untouched."""

    at: float


ClientMessage = Resume | Painted | Dismiss | Ping


class BadMessageError(TrunklineError):
    """A client said something that is not in this protocol."""

    code = "bad-message"


def decode(text: str | bytes) -> ClientMessage:
    """What a client said.

    Raises:
        BadMessageError: not JSON, not an object, an unknown type, a missing or wrong field.
    """
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadMessageError("The message is not JSON.") from error
    match value:
        case {"type": "resume", "stream": str(stream), "last": int(last)} if _counts(last):
            return Resume(stream, last)
        case {"type": "painted", "call_id": str(call_id), "ms": int() | float() as ms} if (
            0 <= ms < _HOUR_MS
        ):
            return Painted(call_id, float(ms))
        case {"type": "dismiss", "call_id": str(call_id)}:
            return Dismiss(call_id)
        case {"type": "ping", "at": int() | float() as at} if abs(at) < _FAR_MS:
            return Ping(at)
        case _:
            raise BadMessageError("The message has no known type or lacks a field.")


_HOUR_MS = 3_600_000
_FAR_MS = 1e15  # beyond any clock; also refuses the infinities that Python's JSON lets in


def _counts(value: int) -> bool:
    return not isinstance(value, bool) and 0 <= value < 2**53

"""What a telephone does when it is called, as values.

Does not play it: scenario.py turns these into sipp's language.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class Reply(Enum):
    """The SIP answer to an INVITE, after ringing."""

    ANSWER = "200 OK"
    BUSY = "486 Busy Here"
    DECLINE = "603 Decline"
    UNAVAILABLE = "480 Temporarily Unavailable"
    CONGESTION = "503 Service Unavailable"
    UNKNOWN = "404 Not Found"
    NEVER = ""  # rings until the caller gives up


@dataclass(frozen=True, slots=True)
class Behaviour:
    """Ring for `ring_s`, then `reply`; hang up after `talk_s`, or leave that to the other side.

    `says` is raw 8 kHz ulaw (see speech.py), played once from the answer on.
    """

    reply: Reply = Reply.ANSWER
    ring_s: float = 0.5
    talk_s: float | None = None
    says: Path | None = None
    rings: bool = True


def answers(
    after_s: float = 0.5, *, talk_s: float | None = None, says: Path | None = None
) -> Behaviour:
    """Take the call after `after_s`; talk until `talk_s` is over or the other side hangs up."""
    return Behaviour(Reply.ANSWER, after_s, talk_s, says)


def busy() -> Behaviour:
    return Behaviour(Reply.BUSY, 0.0, rings=False)


def declines(after_s: float = 0.5) -> Behaviour:
    """Ring, then be pushed away."""
    return Behaviour(Reply.DECLINE, after_s)


def never() -> Behaviour:
    """Ring until the caller gives up."""
    return Behaviour(Reply.NEVER)


def congested() -> Behaviour:
    return Behaviour(Reply.CONGESTION, 0.0, rings=False)


def unknown_number() -> Behaviour:
    return Behaviour(Reply.UNKNOWN, 0.0, rings=False)

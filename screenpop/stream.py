"""One user's numbered messages, with the last of them kept for those who come back.

Pure: has no connections and no clock, and does not know what the messages say.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from screenpop import messages

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Rest:
    """The client's stream goes on: these are the messages it has not had, in order."""

    texts: Sequence[bytes]


@dataclass(frozen=True, slots=True)
class SnapshotNeeded:
    """The client knows another stream, or was away for longer than the ring reaches back."""


class Stream:
    """Numbers from 1 on without a hole; `last` is the newest.

    Several tabs of a user read the same stream, each at its own place. The ring is bounded in messages
    and in bytes: who falls out of it gets a snapshot instead.
    """

    def __init__(
        self, stream_id: str, *, max_messages: int = 512, max_bytes: int = 128 * 1024
    ) -> None:
        self.id = stream_id
        self.last = 0
        self._ring: deque[bytes] = deque()
        self._ring_bytes = 0
        self._max_messages = max_messages
        self._max_bytes = max_bytes

    def append(self, body: bytes) -> bytes:
        """Give the next number to an encoded message; returns the text to send."""
        self.last += 1
        text = messages.number(body, self.last)
        self._ring.append(text)
        self._ring_bytes += len(text)
        while len(self._ring) > self._max_messages or self._ring_bytes > self._max_bytes:
            self._ring_bytes -= len(self._ring.popleft())
        return text

    def resume(self, stream_id: str, last: int) -> Rest | SnapshotNeeded:
        """What a client needs that had message `last` of `stream_id`."""
        missed = self.last - last
        if stream_id != self.id or not 0 <= missed <= len(self._ring):
            return SnapshotNeeded()
        skip = len(self._ring) - missed
        return Rest([text for place, text in enumerate(self._ring) if place >= skip])

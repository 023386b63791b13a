"""What came from the PBX and was not yet read: in order, bounded by not reading on.

Does not look into messages and drops none: a full inbox pauses the socket, and Asterisk waits.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

from callcore.errors import PbxUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pbx_bridge.wire import Message


class Inbox:
    """`pause` is called when `size` messages wait, `resume` when half of them are read.

    It may hold more than `size`: those that came in the same read.
    """

    def __init__(self, size: int, pause: Callable[[], None], resume: Callable[[], None]) -> None:
        self.size = size
        self.pauses = 0
        self.paused = False
        self._pause = pause
        self._resume = resume
        self._messages: deque[Message] = deque()
        self._news = asyncio.Event()
        self._end: str | None = None

    def __len__(self) -> int:
        return len(self._messages)

    def put(self, message: Message) -> None:
        self._messages.append(message)
        self._news.set()
        if len(self._messages) >= self.size and not self.paused:
            self.paused = True
            self.pauses += 1
            self._pause()

    def end(self, reason: str) -> None:
        """Nothing more will come."""
        self._end = reason
        self._news.set()

    async def get(self) -> Message:
        """The oldest message.

        Raises:
            PbxUnavailableError: the link is down and all it brought was read.
        """
        while not self._messages:
            if self._end is not None:
                raise PbxUnavailableError(self._end)
            self._news.clear()
            await self._news.wait()
        message = self._messages.popleft()
        if self.paused and len(self._messages) <= self.size // 2:
            self.paused = False
            self._resume()
        return message

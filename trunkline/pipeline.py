"""The pipeline: the one task that may change the floor.

Does not look anything up or write anything down: it hands the changes on to outlets that do.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio

    from callcore.changes import Change
    from callcore.events import Event
    from callcore.floor import Floor

Outlet = Callable[[Sequence["Change"]], Awaitable[None]]
"""Takes the changes of one event. It returns at once unless its own bounded queue is full; then it
waits, and the wait reaches Asterisk's socket instead of an event being dropped."""


class Pipeline:
    """Applies events to the floor in the order they came and hands each one's changes to every outlet."""

    def __init__(
        self, floor: Floor, inbox: asyncio.Queue[Event], outlets: Sequence[Outlet]
    ) -> None:
        self._floor = floor
        self._inbox = inbox
        self._outlets = outlets

    async def run(self) -> None:
        """Never returns."""
        while True:
            changes = self._floor.apply(await self._inbox.get())
            if changes:
                for outlet in self._outlets:
                    await outlet(changes)
            self._inbox.task_done()

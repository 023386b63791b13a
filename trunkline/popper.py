"""Puts the caller's card on the screen of the agent whose phone rings.

Does not decide whose screen (screenpop.pops does) nor how it travels (screenpop.hub does): here the
lookup and the sending are put in order.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, NamedTuple

from callcore.errors import TrunklineError
from callcore.ids import CallId
from screenpop.messages import Pop, PopOpened
from screenpop.pops import Delivery

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from callcore.changes import Change
    from callcore.ids import Extension
    from screenpop.hub import Hub
    from screenpop.messages import Dismiss, Painted
    from screenpop.pops import Pops

log = logging.getLogger(__name__)

QUEUE_SIZE = 10_000
LOOKUP_DEADLINE_S = 0.5
SLOW_POP_MS = 1000.0
"""A card that takes longer from the ring to the screen than this is worth a look."""


class Found(NamedTuple):
    """What the store knows of a number: cards, and what was last talked about."""

    customers: Sequence[Mapping[str, Any]]
    interactions: Sequence[Mapping[str, Any]]


class Popper:
    """The outlet that pops.

    `look_up` finds cards by a number as the network gave it; `users` says who sits at which phone.
    Changes are taken in order by one task. When the store is too slow or fails, the pop comes
    without a card: the agent sees the number at least.
    """

    def __init__(
        self,
        hub: Hub,
        pops: Pops,
        look_up: Callable[[str], Awaitable[Found]],
        users: Callable[[], Mapping[Extension, str]],
    ) -> None:
        self._hub = hub
        self._pops = pops
        self._look_up = look_up
        self._users = users
        self._queue: asyncio.Queue[Sequence[Change]] = asyncio.Queue(QUEUE_SIZE)

    async def outlet(self, changes: Sequence[Change]) -> None:
        await self._queue.put(changes)

    async def run(self) -> None:
        """Never returns."""
        while True:
            for change in await self._queue.get():
                for delivery in self._pops.apply(change, self._users()):
                    await self._deliver(delivery)

    def dismiss(self, user_id: str, said: Dismiss) -> None:
        """An agent closed an ended pop in one of his tabs."""
        for delivery in self._pops.dismiss(user_id, CallId(said.call_id)):
            self._send(delivery)

    @staticmethod
    def painted(user_id: str, said: Painted) -> None:
        """A browser reports how long after the ring the card stood on its screen."""
        level = logging.WARNING if said.ms > SLOW_POP_MS else logging.DEBUG
        data = {"user": user_id, "call": said.call_id, "ms": round(said.ms)}
        log.log(level, "pop_painted", extra=data)

    async def _deliver(self, delivery: Delivery) -> None:
        match delivery:
            case Delivery(str(user_id), PopOpened(Pop(customers=None) as pop, replaces)):
                found = await self._found(pop)
                if found is not None:
                    for carded in self._pops.put_cards(
                        user_id, pop.call_id, *found, replaces=replaces
                    ):
                        self._send(carded)
                    return
            case _:
                pass
        self._send(delivery)

    async def _found(self, pop: Pop) -> Found | None:
        try:
            async with asyncio.timeout(LOOKUP_DEADLINE_S):
                return await self._look_up(pop.number)
        except (TrunklineError, TimeoutError) as error:
            log.warning("pop_without_card", extra={"call": pop.call_id, "reason": str(error)})
            return None

    def _send(self, delivery: Delivery) -> None:
        if delivery.user_id is None:
            self._hub.push_all(delivery.message)
        else:
            self._hub.push(delivery.user_id, delivery.message)

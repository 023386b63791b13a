"""Who calls, as the cards a pop shows.

Does not send them (popper does). The ring is the right to see the card: the lookup is the system's
own, and nobody but the agent whose phone rings gets it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm_store.rights import SYSTEM
from trunkline.popper import Found
from web.api.shapes.customers import Card

if TYPE_CHECKING:
    from crm_store.store import Store


class PopLookup:
    """Finds the customers behind a number as the network gave it."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def find(self, number: str) -> Found:
        """One card for a known caller, several where a number is shared, none for a stranger."""
        cards = [
            Card.of(card).model_dump(mode="json")
            for card in await self._store.lookup.by_number(SYSTEM, number)
        ]
        last = cards[0]["interactions"] if len(cards) == 1 else []
        return Found(cards, last)

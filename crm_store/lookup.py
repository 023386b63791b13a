"""From a number to those who have it, quickly enough to be there before the second ring.

Does not guess: a number that is withheld, short or our own has nobody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from crm_store import cards
from crm_store.rights import Kind, Operation, Reach, require
from crm_store.schema import customers
from crm_store.visibility import customers_within

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from crm_store.context import Context
    from crm_store.records import CustomerCard
    from crm_store.rights import Actor


class Lookup:
    def __init__(self, context: Context) -> None:
        self._context = context

    def normalise(self, raw: str, region: str | None = None) -> str | None:
        """The number in E.164 as customers are looked up by it; None when it names nobody."""
        return self._context.e164(raw, region)

    async def by_number(
        self, actor: Actor, raw: str, *, region: str | None = None, interactions: int = 3
    ) -> tuple[CustomerCard, ...]:
        """The cards of the customers who have this number and whom the actor may see."""
        granted = require(actor, Kind.CUSTOMER, Operation.READ)
        e164 = self._context.e164(raw, region)
        if e164 is None:
            return ()

        def ask(conn: Connection) -> tuple[CustomerCard, ...]:
            found = cards.of_number(conn, e164, interactions_each=interactions)
            if granted is Reach.ALL or not found:
                return found
            ids = [card.customer_id for card in found]
            visible = select(customers.c.id).where(
                customers.c.id.in_(ids), customers_within(actor, Operation.READ)
            )
            his = set(conn.scalars(visible))
            return tuple(card for card in found if card.customer_id in his)

        return await self._context.database.look_up(ask)

"""Whose call it was: an interaction's link to a customer, made by a person or by its number.

What a person linked or unlinked stays as he left it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select, update

from callcore.errors import BadValueError
from crm_store import call_rows
from crm_store.audit import add_entry
from crm_store.customer_rows import seen
from crm_store.interaction_rows import require_within
from crm_store.rights import Kind, Operation
from crm_store.schema import contacts, interactions

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from crm_store.context import Context
    from crm_store.ids import ContactId, CustomerId, InteractionId
    from crm_store.rights import Actor


async def link(  # noqa: PLR0917 - context, for whom, then from what to what
    conn: AsyncConnection,
    context: Context,
    actor: Actor,
    interaction_id: InteractionId,
    customer_id: CustomerId | None,
    contact_id: ContactId | None,
) -> InteractionId:
    """In the caller's transaction; `customer_id` None unlinks. Which interaction it was, after merges."""
    found = await require_within(conn, actor, interaction_id, Operation.UPDATE)
    if customer_id is not None:
        await seen(conn, actor, customer_id)
    if contact_id is not None:
        owner = await conn.scalar(select(contacts.c.customer_id).where(contacts.c.id == contact_id))
        if owner != customer_id:
            raise BadValueError(
                "The contact person belongs to another customer.", field="contact_id"
            )
    await conn.execute(
        update(interactions)
        .where(interactions.c.id == found.id)
        .values(customer_id=customer_id, contact_id=contact_id, link_fixed=True)
    )
    action = "unlink" if customer_id is None else "link"
    details = {"customer_id": customer_id or found.customer_id or ""}
    now, kind = context.now(), Kind.INTERACTION.value
    await add_entry(conn, now, actor, action, kind, found.id, details)
    return found.id


async def claim_unlinked(conn: AsyncConnection, e164: str) -> None:
    """Give calls of this number that belong to nobody to the one customer who has it, if it is one."""
    match = (await call_rows.customers_by_number(conn, {e164})).get(e164)
    if match is None:
        return
    customer_id, contact_id = match
    await conn.execute(
        update(interactions)
        .where(
            interactions.c.number_e164 == e164,
            interactions.c.customer_id.is_(None),
            interactions.c.link_fixed.is_(False),
        )
        .values(customer_id=customer_id, contact_id=contact_id)
    )

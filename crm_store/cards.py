"""Cards: what an agent reads while his phone rings, made in as few index look-ups as can be.

Does not choose for whom; crm_store.lookup and crm_store.customers do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, literal, null, select, union_all

from callcore.call import Direction, Result
from crm_store.records import (
    CustomerCard,
    CustomerKind,
    CustomerState,
    InteractionKind,
    ShortInteraction,
)
from crm_store.schema import contacts, customers, interactions, phones, users

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Select
    from sqlalchemy.ext.asyncio import AsyncConnection

    from crm_store.ids import CustomerId
    from crm_store.schema import Row

MAX_CARDS = 20
"""More customers than this with one number are not told apart by looking at cards."""
_NOTES_SHOWN = 200

_columns = (
    customers.c.id, customers.c.kind, customers.c.name, customers.c.state, customers.c.owner_id,
    users.c.name.label("owner_name"), customers.c.email, customers.c.note, customers.c.tags,
)  # fmt: skip

_by_number = (
    select(
        *_columns,
        contacts.c.id.label("contact_id"),
        contacts.c.name.label("contact_name"),
        contacts.c.position.label("contact_position"),
        phones.c.label.label("number_label"),
    )
    .select_from(phones)
    .join(customers, customers.c.id == phones.c.customer_id)
    .outerjoin(contacts, contacts.c.id == phones.c.contact_id)
    .outerjoin(users, users.c.id == customers.c.owner_id)
    .where(customers.c.archived_at.is_(None))
    .order_by(customers.c.sort_name, customers.c.id, phones.c.id)
    .limit(MAX_CARDS)
)

_by_id = (
    select(
        *_columns,
        null().label("contact_id"),
        literal("").label("contact_name"),
        literal("").label("contact_position"),
        literal("").label("number_label"),
    )
    .outerjoin(users, users.c.id == customers.c.owner_id)
    .order_by(customers.c.sort_name, customers.c.id)
)


async def of_number(
    conn: AsyncConnection, e164: str, *, interactions_each: int
) -> tuple[CustomerCard, ...]:
    """The cards of those who have this number; of a customer with it twice, the first."""
    return await _cards(conn, _by_number.where(phones.c.e164 == e164), interactions_each)


async def of_customers(
    conn: AsyncConnection, ids: Sequence[CustomerId], *, interactions_each: int
) -> tuple[CustomerCard, ...]:
    return await _cards(conn, _by_id.where(customers.c.id.in_(ids)), interactions_each)


async def _cards(
    conn: AsyncConnection, query: Select[tuple[object, ...]], interactions_each: int
) -> tuple[CustomerCard, ...]:
    rows: dict[CustomerId, Row] = {}
    for row in await conn.execute(query):
        known = rows.get(row.id)
        if known is None or (known.contact_id is None and row.contact_id is not None):
            rows[row.id] = row
    recent = await _recent(conn, tuple(rows), interactions_each)
    return tuple(_card(row, recent.get(customer_id, ())) for customer_id, row in rows.items())


def _card(row: Row, recent: Sequence[ShortInteraction]) -> CustomerCard:
    return CustomerCard(
        customer_id=row.id,
        kind=CustomerKind(row.kind),
        name=row.name,
        state=CustomerState(row.state),
        owner_id=row.owner_id,
        owner_name=row.owner_name or "",
        email=row.email,
        note=row.note,
        tags=tuple(row.tags),
        contact_id=row.contact_id,
        contact_name=row.contact_name or "",
        contact_position=row.contact_position or "",
        number_label=row.number_label,
        interactions=tuple(recent),
    )


async def _recent(
    conn: AsyncConnection, ids: Sequence[CustomerId], each: int
) -> dict[CustomerId, list[ShortInteraction]]:
    """The last interactions of each that have ended, one index range per customer."""
    if not ids or each <= 0:
        return {}
    table = interactions.c
    ranges = [
        select(
            table.customer_id, table.id, table.kind, table.direction, table.result,
            table.started_at, table.talk_s, table.user_id, table.notes,
        )
        .where(and_(table.customer_id == customer_id, table.ended_at.is_not(None)))
        .order_by(table.started_at.desc())
        .limit(each)
        .subquery()
        for customer_id in ids
    ]  # fmt: skip
    last = union_all(*(select(part) for part in ranges)).subquery()
    query = (
        select(last, users.c.name.label("user_name"))
        .outerjoin(users, users.c.id == last.c.user_id)
        .order_by(last.c.started_at.desc(), last.c.id)
    )
    found: dict[CustomerId, list[ShortInteraction]] = {}
    for row in await conn.execute(query):
        found.setdefault(row.customer_id, []).append(
            ShortInteraction(
                id=row.id,
                kind=InteractionKind(row.kind),
                direction=Direction(row.direction) if row.direction else None,
                result=Result(row.result) if row.result else None,
                started_at=row.started_at,
                talk_s=row.talk_s,
                user_name=row.user_name or "",
                notes=row.notes[:_NOTES_SHOWN],
            )
        )
    return found

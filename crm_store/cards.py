"""Cards: what an agent reads while his phone rings, made in as few index look-ups as can be.

Does not choose for whom; crm_store.lookup and crm_store.customers do. The statements are made once:
making one takes longer than SQLite takes to answer it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Integer, bindparam, literal, null, select

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
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection

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
    .where(phones.c.e164 == bindparam("e164"), customers.c.archived_at.is_(None))
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
    .where(customers.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(customers.c.sort_name, customers.c.id)
)

_recent_of_one = (
    select(
        interactions.c.id,
        interactions.c.kind,
        interactions.c.direction,
        interactions.c.result,
        interactions.c.started_at,
        interactions.c.talk_s,
        interactions.c.notes,
        users.c.name.label("user_name"),
    )
    .outerjoin(users, users.c.id == interactions.c.user_id)
    .where(
        interactions.c.customer_id == bindparam("customer_id"),
        interactions.c.ended_at.is_not(None),
    )
    .order_by(interactions.c.started_at.desc(), interactions.c.id.desc())
    .limit(bindparam("each", type_=Integer))
)


def of_number(conn: Connection, e164: str, *, interactions_each: int) -> tuple[CustomerCard, ...]:
    """The cards of those who have this number; of a customer with it twice, the one with a person."""
    return _cards(conn, conn.execute(_by_number, {"e164": e164}), interactions_each)


def of_customers(
    conn: Connection, ids: Sequence[CustomerId], *, interactions_each: int
) -> tuple[CustomerCard, ...]:
    return _cards(conn, conn.execute(_by_id, {"ids": ids}), interactions_each)


def _cards(
    conn: Connection, found: Iterable[Row], interactions_each: int
) -> tuple[CustomerCard, ...]:
    rows: dict[CustomerId, Row] = {}
    for row in found:
        known = rows.get(row.id)
        if known is None or (known.contact_id is None and row.contact_id is not None):
            rows[row.id] = row
    return tuple(_card(row, _recent(conn, row.id, interactions_each)) for row in rows.values())


def _card(row: Row, recent: tuple[ShortInteraction, ...]) -> CustomerCard:
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
        interactions=recent,
    )


def _recent(conn: Connection, customer_id: CustomerId, each: int) -> tuple[ShortInteraction, ...]:
    """The last of those that have ended; one range of an index."""
    rows = conn.execute(_recent_of_one, {"customer_id": customer_id, "each": each})
    return tuple(
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
        for row in rows
    )

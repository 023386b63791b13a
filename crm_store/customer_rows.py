"""The rows of customers as values, and the ways all rooms reach them: seen, changed, found by words.

Always inside somebody's transaction; what somebody may is decided in crm_store.visibility.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, select, update

from callcore.errors import ForbiddenError, NotFoundError
from crm_store import numbers, schema
from crm_store.records import Contact, Customer, CustomerKind, CustomerState, Phone
from crm_store.rights import Kind, Operation, require
from crm_store.text import fold, search_text
from crm_store.visibility import customers_within

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from crm_store.ids import CustomerId
    from crm_store.rights import Actor
    from crm_store.schema import Row

_SHOWN = tuple(
    column
    for column in schema.customers.c
    if column.name not in {"row", "sort_name", "search_text"}
)


def select_customers() -> Select[Any]:
    """Customers as `customer_of` reads them."""
    return (
        select(
            *_SHOWN,
            schema.users.c.name.label("owner_name"),
            schema.teams.c.name.label("team_name"),
        )
        .outerjoin(schema.users, schema.users.c.id == schema.customers.c.owner_id)
        .outerjoin(schema.teams, schema.teams.c.id == schema.customers.c.team_id)
    )


def customer_of(row: Row) -> Customer:
    return Customer(
        id=row.id,
        kind=CustomerKind(row.kind),
        name=row.name,
        state=CustomerState(row.state),
        owner_id=row.owner_id,
        owner_name=row.owner_name or "",
        team_id=row.team_id,
        team_name=row.team_name or "",
        email=row.email,
        note=row.note,
        tags=tuple(row.tags),
        properties=row.properties,
        created_at=row.created_at,
        updated_at=row.updated_at,
        archived_at=row.archived_at,
        version=row.version,
    )


def contact_of(row: Row) -> Contact:
    return Contact(
        id=row.id,
        customer_id=row.customer_id,
        name=row.name,
        position=row.position,
        email=row.email,
        note=row.note,
        version=row.version,
    )


def phone_of(row: Row) -> Phone:
    return Phone(
        id=row.id,
        customer_id=row.customer_id,
        contact_id=row.contact_id,
        e164=row.e164,
        raw=row.raw,
        label=row.label,
    )


async def seen(conn: AsyncConnection, actor: Actor, customer_id: CustomerId) -> Customer:
    """The customer, if the actor may read him.

    Raises:
        NotFoundError: he isn't there, or not for this actor: which, is not told.
    """
    require(actor, Kind.CUSTOMER, Operation.READ)
    query = select_customers().where(
        schema.customers.c.id == customer_id, customers_within(actor, Operation.READ)
    )
    row = (await conn.execute(query)).one_or_none()
    if row is None:
        raise NotFoundError("There is no such customer for you.", customer_id=customer_id)
    return customer_of(row)


async def require_within(
    conn: AsyncConnection, actor: Actor, customer_id: CustomerId, operation: Operation
) -> Customer:
    """The customer, if the actor may read him and do this with him.

    Raises:
        NotFoundError: not there, or not for this actor.
        ForbiddenError: he may read but not do this.
    """
    customer = await seen(conn, actor, customer_id)
    granted = select(schema.customers.c.id).where(
        schema.customers.c.id == customer_id, customers_within(actor, operation)
    )
    if await conn.scalar(granted) is None:
        raise ForbiddenError(
            f"You may see this customer but not {operation.value} him. His owner or a supervisor may.",
            customer_id=customer_id,
            operation=operation.value,
        )
    return customer


async def refresh_search_text(conn: AsyncConnection, customer_id: CustomerId) -> None:
    """Make a customer be found by his own words, his people's and his numbers."""
    customers = schema.customers
    row = (await conn.execute(select(customers).where(customers.c.id == customer_id))).one()
    people = select(schema.contacts.c.name, schema.contacts.c.email)
    phones = select(schema.phones.c.e164, schema.phones.c.raw)
    texts: list[str] = [row.name, row.email, *row.tags]
    for person in await conn.execute(people.where(schema.contacts.c.customer_id == customer_id)):
        texts += [person.name, person.email]
    for phone in await conn.execute(phones.where(schema.phones.c.customer_id == customer_id)):
        texts += numbers.spellings(phone.e164) if phone.e164 else [phone.raw]
    words = search_text(*texts)
    if words != row.search_text or fold(row.name) != row.sort_name:
        await conn.execute(
            update(customers)
            .where(customers.c.id == customer_id)
            .values(search_text=words, sort_name=fold(row.name))
        )

"""The numbers of customers and of their contact persons.

A number may belong to several customers: then a pop asks which. What a number is, says crm_store.numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select

from callcore.errors import BadValueError, NotFoundError
from crm_store import linking
from crm_store.audit import add_entry
from crm_store.customer_rows import phone_of, refresh_search_text, require_within, seen
from crm_store.ids import PhoneId, new_id
from crm_store.records import NewPhone, Phone
from crm_store.rights import Kind, Operation
from crm_store.schema import contacts, phones
from crm_store.text import digits, line

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from crm_store.context import Context
    from crm_store.ids import ContactId, CustomerId
    from crm_store.rights import Actor


class Phones:
    def __init__(self, context: Context) -> None:
        self._context = context

    async def add(
        self,
        actor: Actor,
        customer_id: CustomerId,
        phone: NewPhone,
        contact_id: ContactId | None = None,
    ) -> Phone:
        """A number more; earlier calls of it that belong to nobody join the customer's timeline."""

        async def work(conn: AsyncConnection) -> Phone:
            await require_within(conn, actor, customer_id, Operation.UPDATE)
            added = await add_phone(conn, self._context, customer_id, phone, contact_id)
            await refresh_search_text(conn, customer_id)
            now, details = self._context.now(), {"number": added.raw}
            await add_entry(
                conn, now, actor, "add-phone", Kind.CUSTOMER.value, customer_id, details
            )
            return added

        return await self._context.database.write(work)

    async def remove(self, actor: Actor, phone_id: PhoneId) -> None:
        """The number no longer leads to the customer; calls that did stay with him."""

        async def work(conn: AsyncConnection) -> None:
            row = (await conn.execute(select(phones).where(phones.c.id == phone_id))).one_or_none()
            if row is None:
                raise NotFoundError("There is no such number for you.", phone_id=phone_id)
            await require_within(conn, actor, row.customer_id, Operation.UPDATE)
            await conn.execute(delete(phones).where(phones.c.id == phone_id))
            await refresh_search_text(conn, row.customer_id)
            now, details = self._context.now(), {"number": row.raw}
            kind = Kind.CUSTOMER.value
            await add_entry(conn, now, actor, "remove-phone", kind, row.customer_id, details)

        await self._context.database.write(work)

    async def list(self, actor: Actor, customer_id: CustomerId) -> tuple[Phone, ...]:
        """In the order they were added."""
        query = select(phones).where(phones.c.customer_id == customer_id).order_by(phones.c.id)
        async with self._context.database.read() as conn:
            await seen(conn, actor, customer_id)
            return tuple(phone_of(row) for row in await conn.execute(query))


async def add_phone(
    conn: AsyncConnection,
    context: Context,
    customer_id: CustomerId,
    phone: NewPhone,
    contact_id: ContactId | None,
) -> Phone:
    """In the caller's transaction; a number that is there already stays one."""
    raw = line(phone.raw, 64)
    if not digits(raw):
        raise BadValueError("A telephone number has digits.", number=raw)
    if contact_id is not None:
        his = select(contacts.c.id).where(
            contacts.c.id == contact_id, contacts.c.customer_id == customer_id
        )
        if await conn.scalar(his) is None:
            raise NotFoundError("This customer has no such contact person.", contact_id=contact_id)
    e164 = context.e164(raw)
    there = select(phones).where(
        phones.c.customer_id == customer_id,
        phones.c.contact_id.is_(None) if contact_id is None else phones.c.contact_id == contact_id,
        phones.c.raw == raw if e164 is None else phones.c.e164 == e164,
    )
    known = (await conn.execute(there.limit(1))).one_or_none()
    if known is not None:
        return phone_of(known)
    added = Phone(
        id=PhoneId(new_id()),
        customer_id=customer_id,
        contact_id=contact_id,
        e164=e164,
        raw=raw,
        label=line(phone.label, 60),
    )
    await conn.execute(
        insert(phones).values(
            id=added.id,
            customer_id=customer_id,
            contact_id=contact_id,
            e164=e164,
            raw=raw,
            label=added.label,
        )
    )
    if e164 is not None:
        await linking.claim_unlinked(conn, e164)
    return added

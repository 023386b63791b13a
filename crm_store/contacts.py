"""Contact persons: the people of a customer who call and are called.

They come and go with their customer's rights.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select, update

from callcore.errors import BadValueError, ConflictError, NotFoundError
from crm_store.audit import add_entry
from crm_store.customer_rows import contact_of, refresh_search_text, require_within, seen
from crm_store.ids import ContactId, new_id
from crm_store.phones import add_phone
from crm_store.rights import Kind, Operation
from crm_store.schema import contacts
from crm_store.text import clean, line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection

    from crm_store.context import Context
    from crm_store.ids import CustomerId
    from crm_store.records import Contact, ContactData, NewPhone
    from crm_store.rights import Actor


class Contacts:
    def __init__(self, context: Context) -> None:
        self._context = context

    async def add(
        self,
        actor: Actor,
        customer_id: CustomerId,
        data: ContactData,
        phones: Sequence[NewPhone] = (),
    ) -> Contact:
        """A person more, with his own numbers."""
        values, contact_id = _values(data), ContactId(new_id())

        async def work(conn: AsyncConnection) -> Contact:
            await require_within(conn, actor, customer_id, Operation.UPDATE)
            await conn.execute(
                insert(contacts).values(id=contact_id, customer_id=customer_id, version=1, **values)
            )
            for phone in phones:
                await add_phone(conn, self._context, customer_id, phone, contact_id)
            await self._note(conn, actor, "add-contact", customer_id, values["name"])
            return await _load(conn, contact_id)

        return await self._context.database.write(work)

    async def update(
        self, actor: Actor, contact_id: ContactId, version: int, data: ContactData
    ) -> Contact:
        """Write `data` over what was read at `version`.

        Raises:
            ConflictError: somebody changed him since.
        """
        values = _values(data)

        async def work(conn: AsyncConnection) -> Contact:
            before = await _load(conn, contact_id)
            await require_within(conn, actor, before.customer_id, Operation.UPDATE)
            if before.version != version:
                raise ConflictError(
                    "Somebody else changed this contact person meanwhile. Load him again.",
                    contact_id=contact_id,
                )
            change = update(contacts).where(contacts.c.id == contact_id)
            await conn.execute(change.values(**values, version=version + 1))
            await self._note(conn, actor, "update-contact", before.customer_id, values["name"])
            return await _load(conn, contact_id)

        return await self._context.database.write(work)

    async def remove(self, actor: Actor, contact_id: ContactId) -> None:
        """He and his numbers go; the calls with him stay with the customer."""

        async def work(conn: AsyncConnection) -> None:
            before = await _load(conn, contact_id)
            await require_within(conn, actor, before.customer_id, Operation.UPDATE)
            await conn.execute(delete(contacts).where(contacts.c.id == contact_id))
            await self._note(conn, actor, "remove-contact", before.customer_id, before.name)

        await self._context.database.write(work)

    async def list(self, actor: Actor, customer_id: CustomerId) -> tuple[Contact, ...]:
        """By name."""
        query = select(contacts).where(contacts.c.customer_id == customer_id)
        async with self._context.database.read() as conn:
            await seen(conn, actor, customer_id)
            rows = await conn.execute(query.order_by(contacts.c.name, contacts.c.id))
            return tuple(contact_of(row) for row in rows)

    async def _note(
        self, conn: AsyncConnection, actor: Actor, action: str, customer_id: CustomerId, name: str
    ) -> None:
        await refresh_search_text(conn, customer_id)
        now, details = self._context.now(), {"name": name}
        await add_entry(conn, now, actor, action, Kind.CUSTOMER.value, customer_id, details)


async def _load(conn: AsyncConnection, contact_id: ContactId) -> Contact:
    row = (await conn.execute(select(contacts).where(contacts.c.id == contact_id))).one_or_none()
    if row is None:
        raise NotFoundError("There is no such contact person for you.", contact_id=contact_id)
    return contact_of(row)


def _values(data: ContactData) -> dict[str, Any]:
    if not (name := line(data.name, 200)):
        raise BadValueError("A contact person needs a name.")
    return {
        "name": name,
        "position": line(data.position, 120),
        "email": line(data.email, 254),
        "note": clean(data.note, 20_000),
    }

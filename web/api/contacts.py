"""Contact persons and telephone numbers of a customer.

Does not normalise numbers; the store does.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from callcore.errors import NotFoundError
from crm_store.ids import ContactId, CustomerId, PhoneId
from crm_store.records import ContactData, NewPhone
from web.api.conflict import or_conflict
from web.api.customers import UPDATE, get_customer
from web.api.endpoint import Api
from web.api.shapes.base import Id
from web.api.shapes.customers import Contact, ContactChange, ContactInput, Phone, PhoneInput
from web.context import Context

api = Api("contacts")


async def _contact(context: Context, customer_id: Id, contact_id: str) -> Contact:
    customer = await get_customer(context, customer_id)
    for contact in customer.contacts:
        if contact.id == contact_id:
            return contact
    raise NotFoundError("There is no such contact person.")


@api.post("/customers/{customer_id}/phones", needs=UPDATE, status=201, once=True)
async def add_phone(context: Context, customer_id: Id, body: PhoneInput) -> Phone:
    """Add a telephone number to a customer; earlier calls of that number join the timeline."""
    phone = await context.store.phones.add(
        context.actor, CustomerId(customer_id), NewPhone(body.number, body.label)
    )
    return Phone.of(phone, context.region)


@api.delete("/customers/{customer_id}/phones/{phone_id}", needs=UPDATE)
async def remove_phone(context: Context, customer_id: Id, phone_id: Id) -> None:
    """Take a telephone number from a customer or one of the contact persons."""
    phones = await context.store.phones.list(context.actor, CustomerId(customer_id))
    if phone_id not in {phone.id for phone in phones}:
        raise NotFoundError("There is no such telephone number.")
    await context.store.phones.remove(context.actor, PhoneId(phone_id))


@api.post("/customers/{customer_id}/contacts", needs=UPDATE, status=201, once=True)
async def add_contact(context: Context, customer_id: Id, body: ContactInput) -> Contact:
    """Add a contact person, with telephone numbers."""
    contact = await context.store.contacts.add(
        context.actor,
        CustomerId(customer_id),
        ContactData(body.name, body.position, body.email, body.note),
        [NewPhone(phone.number, phone.label) for phone in body.phones],
    )
    return await _contact(context, customer_id, contact.id)


@api.patch("/customers/{customer_id}/contacts/{contact_id}", needs=UPDATE)
async def change_contact(
    context: Context, customer_id: Id, contact_id: Id, body: ContactChange
) -> Contact:
    """Change the fields that are sent, unless somebody changed the contact person meanwhile."""
    before = await _contact(context, customer_id, contact_id)
    changes: dict[str, Any] = body.model_dump(exclude_none=True, exclude={"version"})
    data = replace(ContactData(before.name, before.position, before.email, before.note), **changes)
    await or_conflict(
        context.store.contacts.update(context.actor, ContactId(contact_id), body.version, data),
        lambda: _contact(context, customer_id, contact_id),
    )
    return await _contact(context, customer_id, contact_id)


@api.delete("/customers/{customer_id}/contacts/{contact_id}", needs=UPDATE)
async def remove_contact(context: Context, customer_id: Id, contact_id: Id) -> None:
    """Remove a contact person with the numbers that are only theirs."""
    await _contact(context, customer_id, contact_id)
    await context.store.contacts.remove(context.actor, ContactId(contact_id))


@api.post(
    "/customers/{customer_id}/contacts/{contact_id}/phones", needs=UPDATE, status=201, once=True
)
async def add_contact_phone(
    context: Context, customer_id: Id, contact_id: Id, body: PhoneInput
) -> Phone:
    """Add a telephone number to a contact person."""
    await _contact(context, customer_id, contact_id)
    phone = await context.store.phones.add(
        context.actor,
        CustomerId(customer_id),
        NewPhone(body.number, body.label),
        contact_id=ContactId(contact_id),
    )
    return Phone.of(phone, context.region)

"""Customers: search, create, read, change, archive; their timeline and notes; who calls from a number.

Does not judge who sees whom: every query is made for the actor, by the store.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from crm_store.ids import CustomerId, TeamId, UserId
from crm_store.records import CustomerData, InteractionFilter, NewPhone
from crm_store.rights import Kind, Operation
from web.api.conflict import or_conflict
from web.api.endpoint import Api
from web.api.shapes.base import Id, Paging
from web.api.shapes.calls import CallPage, CallRow
from web.api.shapes.customers import (
    Card,
    CardList,
    Customer,
    CustomerChange,
    CustomerInput,
    CustomerPage,
    CustomerQuery,
    CustomerRow,
    LookupQuery,
    MayWithCustomer,
    NoteInput,
)
from web.context import Context
from web.policy import Right

if TYPE_CHECKING:
    from crm_store.records import CustomerDetails

api = Api("customers")

READ = Right(Kind.CUSTOMER, Operation.READ)
CREATE = Right(Kind.CUSTOMER, Operation.CREATE)
UPDATE = Right(Kind.CUSTOMER, Operation.UPDATE)
ARCHIVE = Right(Kind.CUSTOMER, Operation.ARCHIVE)
NOTE = Right(Kind.INTERACTION, Operation.CREATE)
TIMELINE = Right(Kind.INTERACTION, Operation.READ)


async def shown(context: Context, details: CustomerDetails) -> Customer:
    """`details` as the API shows them to the actor."""
    granted = await context.store.customers.permitted(context.actor, details.customer.id)
    may = MayWithCustomer(
        edit=Operation.UPDATE in granted,
        archive=Operation.ARCHIVE in granted,
        assign=Operation.ASSIGN in granted,
    )
    return Customer.of(details, may, context.region)


@api.get("/customers", needs=READ)
async def list_customers(context: Context, query: CustomerQuery) -> CustomerPage:
    """List or search customers, by name.

    `q` takes beginnings of words of a name, an e-mail address, or digits of a number.
    """
    owner = context.user.id if query.owner == "me" else query.owner
    page = await context.store.customers.list(
        context.actor,
        text=query.q,
        state=query.state,
        kind=query.kind,
        owner_id=UserId(owner) if owner else None,
        team_id=TeamId(query.team) if query.team else None,
        archived=query.archived,
        cursor=query.cursor,
        limit=query.limit,
    )
    return CustomerPage(
        items=[CustomerRow.of(customer) for customer in page.items], next=page.next_cursor
    )


@api.post("/customers", needs=CREATE, status=201, once=True)
async def create_customer(context: Context, body: CustomerInput) -> Customer:
    """Create a customer, with telephone numbers."""
    data = CustomerData(
        name=body.name,
        kind=body.kind,
        state=body.state,
        owner_id=UserId(body.owner_id) if body.owner_id else None,
        team_id=TeamId(body.team_id) if body.team_id else None,
        email=body.email,
        note=body.note,
        tags=tuple(body.tags),
        properties=body.properties,
    )
    phones = [NewPhone(phone.number, phone.label) for phone in body.phones]
    details = await context.store.customers.create(context.actor, data, phones)
    return await shown(context, details)


@api.get("/customers/{customer_id}", needs=READ)
async def get_customer(context: Context, customer_id: Id) -> Customer:
    """Read a customer with numbers and contact persons."""
    details = await context.store.customers.get(context.actor, CustomerId(customer_id))
    return await shown(context, details)


@api.patch("/customers/{customer_id}", needs=UPDATE)
async def change_customer(context: Context, customer_id: Id, body: CustomerChange) -> Customer:
    """Change the fields that are sent, unless somebody changed the customer meanwhile."""
    id_ = CustomerId(customer_id)
    before = await context.store.customers.get(context.actor, id_)
    changes: dict[str, Any] = body.model_dump(exclude_unset=True, exclude={"version"})
    nullable = {"owner_id", "team_id"}
    changes = {k: v for k, v in changes.items() if v is not None or k in nullable}
    if "tags" in changes:
        changes["tags"] = tuple(changes["tags"])
    data = replace(before.customer.data, **changes)
    await or_conflict(
        context.store.customers.update(context.actor, id_, body.version, data),
        lambda: get_customer(context, customer_id),
    )
    return await get_customer(context, customer_id)


@api.post("/customers/{customer_id}/archive", needs=ARCHIVE)
async def archive_customer(context: Context, customer_id: Id) -> Customer:
    """Put a customer away: out of lists and lookups, nothing is lost."""
    await context.store.customers.archive(context.actor, CustomerId(customer_id))
    return await get_customer(context, customer_id)


@api.post("/customers/{customer_id}/restore", needs=ARCHIVE)
async def restore_customer(context: Context, customer_id: Id) -> Customer:
    """Bring an archived customer back."""
    await context.store.customers.restore(context.actor, CustomerId(customer_id))
    return await get_customer(context, customer_id)


@api.get("/customers/{customer_id}/timeline", needs=TIMELINE)
async def get_timeline(context: Context, customer_id: Id, query: Paging) -> CallPage:
    """List everything that happened with a customer, newest first."""
    id_ = CustomerId(customer_id)
    await context.store.customers.card(context.actor, id_)  # a stranger's is not found, not empty
    page = await context.store.interactions.list(
        context.actor,
        InteractionFilter(customer_id=id_),
        cursor=query.cursor,
        limit=query.limit,
    )
    region = context.region
    return CallPage(items=[CallRow.of(item, region) for item in page.items], next=page.next_cursor)


@api.post("/customers/{customer_id}/notes", needs=NOTE, status=201, once=True)
async def add_note(context: Context, customer_id: Id, body: NoteInput) -> CallRow:
    """Write a note on a customer's timeline."""
    note = await context.store.interactions.add_note(
        context.actor, CustomerId(customer_id), body.text
    )
    return CallRow.of(note, context.region)


@api.get("/lookup", needs=READ)
async def look_up(context: Context, query: LookupQuery) -> CardList:
    """Find who calls from a number: none, one, or several cards.

    Limited in rate: whoever tries many numbers is not answering calls.
    """
    context.limits.lookup.take(context.user.id)
    cards = await context.store.lookup.by_number(context.actor, query.number)
    return CardList(items=[Card.of(card) for card in cards])

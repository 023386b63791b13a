"""The call log: list and filter, read one, its ladder, its notes, whom it belongs to.

Does not touch the telephone: `control` and `dialling` do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from callcore.errors import ConflictError
from crm_store.ids import ContactId, CustomerId, InteractionId, UserId
from crm_store.records import InteractionFilter
from crm_store.rights import Kind, Operation
from web.api.conflict import or_conflict
from web.api.control import may_control
from web.api.customers import CREATE as CREATE_CUSTOMER
from web.api.customers import shown
from web.api.endpoint import Api
from web.api.ladder import ladder
from web.api.shapes.base import Id
from web.api.shapes.calls import (
    Call,
    CallChange,
    CallCustomer,
    CallFilter,
    CallPage,
    CallQuery,
    CallRow,
    Ladder,
    LeadInput,
    MayWithCall,
)
from web.api.shapes.customers import Customer
from web.context import Context
from web.policy import Right

if TYPE_CHECKING:
    from crm_store.records import Interaction

api = Api("calls")

READ = Right(Kind.INTERACTION, Operation.READ)
UPDATE = Right(Kind.INTERACTION, Operation.UPDATE)
_TRIES = 5


def filter_of(context: Context, query: CallFilter) -> InteractionFilter:
    """The store's filter for what the query asks."""
    user = context.user.id if query.user == "me" else query.user
    return InteractionFilter(
        text=query.q,
        kind=query.kind,
        direction=query.direction,
        result=query.result,
        live=query.live,
        queue=query.queue,
        user_id=UserId(user) if user else None,
        customer_id=CustomerId(query.customer) if query.customer else None,
        linked=query.linked,
        since=query.since,
        until=query.until,
    )


@api.get("/calls", needs=READ)
async def list_calls(context: Context, query: CallQuery) -> CallPage:
    """List the calls one may see, newest first."""
    page = await context.store.interactions.list(
        context.actor, filter_of(context, query), cursor=query.cursor, limit=query.limit
    )
    region = context.region
    return CallPage(items=[CallRow.of(item, region) for item in page.items], next=page.next_cursor)


@api.get("/calls/{call_id}", needs=READ)
async def get_call(context: Context, call_id: Id) -> Call:
    """Read a call with its legs."""
    details = await context.store.interactions.get(context.actor, InteractionId(call_id))
    granted = await context.store.interactions.permitted(context.actor, details.interaction.id)
    rights = MayWithCall(
        edit=Operation.UPDATE in granted,
        control=details.interaction.ended_at is None
        and await may_control(context, details.interaction.id),
    )
    return Call.detailed(details, rights, context.region)


@api.get("/calls/{call_id}/ladder", needs=READ)
async def get_ladder(context: Context, call_id: Id) -> Ladder:
    """Read what happened in a call, event by event; empty while it lives."""
    id_ = InteractionId(call_id)
    details = await context.store.interactions.get(context.actor, id_)
    return ladder(await context.store.interactions.ladder(context.actor, id_), details.legs)


@api.patch("/calls/{call_id}", needs=UPDATE)
async def change_call(context: Context, call_id: Id, body: CallChange) -> Call:
    """Write the notes of a call, as they are typed."""
    if body.notes_version is not None:
        await or_conflict(
            _write_notes(context, call_id, body.notes_version, body.notes),
            lambda: get_call(context, call_id),
        )
    else:
        await _overwrite_notes(context, call_id, body.notes)
    return await get_call(context, call_id)


async def _write_notes(context: Context, call_id: str, version: int, notes: str) -> Interaction:
    return await context.store.interactions.set_notes(
        context.actor, InteractionId(call_id), version, notes
    )


async def _overwrite_notes(context: Context, call_id: str, notes: str) -> None:
    for _ in range(_TRIES):
        now = await context.store.interactions.get(context.actor, InteractionId(call_id))
        try:
            await _write_notes(context, call_id, now.interaction.notes_version, notes)
        except ConflictError:
            continue  # another tab was faster: the last writer wins
        return
    raise ConflictError("Others keep changing these notes. Try again.")


@api.put("/calls/{call_id}/customer", needs=UPDATE)
async def link_customer(context: Context, call_id: Id, body: CallCustomer) -> Call:
    """Say whose call this was."""
    await context.store.interactions.link(
        context.actor,
        InteractionId(call_id),
        CustomerId(body.customer_id),
        ContactId(body.contact_id) if body.contact_id else None,
    )
    return await get_call(context, call_id)


@api.delete("/calls/{call_id}/customer", needs=UPDATE, answers=Call)
async def unlink_customer(context: Context, call_id: Id) -> Call:
    """Say that this call was nobody's that we know."""
    await context.store.interactions.unlink(context.actor, InteractionId(call_id))
    return await get_call(context, call_id)


@api.post("/calls/{call_id}/lead", needs=CREATE_CUSTOMER, status=201, once=True)
async def create_lead(context: Context, call_id: Id, body: LeadInput) -> Customer:
    """Make a new customer of a call: with its number, linked to it."""
    call = (await context.store.interactions.get(context.actor, InteractionId(call_id))).interaction
    details = await context.store.customers.quick_lead(
        context.actor,
        name=body.name,
        number=call.number_e164 or call.number,
        kind=body.kind,
        note=body.note,
        interaction_id=InteractionId(call_id),
    )
    return await shown(context, details)

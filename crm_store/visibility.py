"""A reach as a condition of a query: what somebody may not see is never read.

The matrix itself is in crm_store.rights.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, exists, false, or_, select, true

from crm_store.rights import Kind, Operation, Reach, reach
from crm_store.schema import customers, interactions, participants

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, FromClause

    from crm_store.rights import Actor


def customers_within(
    actor: Actor, operation: Operation, table: FromClause = customers
) -> ColumnElement[bool]:
    """The customers, in `table` or an alias of it, with whom `actor` may do this."""
    granted = reach(actor, Kind.CUSTOMER, operation)
    if granted is Reach.ALL:
        return true()
    if granted is Reach.NONE:
        return false()
    call = interactions.alias("his_call")
    takes_part = exists().where(
        call.c.customer_id == table.c.id,
        participants.c.interaction_id == call.c.id,
        participants.c.user_id == actor.user_id,
        or_(participants.c.spoke, call.c.ended_at.is_(None)),
    )
    his = or_(table.c.owner_id == actor.user_id, takes_part)
    if granted is Reach.OWN:
        return his
    nobodys = and_(table.c.owner_id.is_(None), table.c.team_id.is_(None))
    if actor.team_id is None:
        return or_(his, nobodys)
    return or_(his, nobodys, table.c.team_id == actor.team_id)


def interactions_within(actor: Actor, operation: Operation) -> ColumnElement[bool]:
    """The interactions with which `actor` may do this; whoever may read a customer reads his timeline."""
    granted = reach(actor, Kind.INTERACTION, operation)
    if granted is Reach.ALL:
        return true()
    if granted is Reach.NONE:
        return false()
    takes_part = exists().where(
        participants.c.interaction_id == interactions.c.id,
        participants.c.user_id == actor.user_id,
        or_(participants.c.spoke, interactions.c.ended_at.is_(None)),
    )
    within = [interactions.c.user_id == actor.user_id, takes_part]
    if granted is Reach.TEAM:
        within.append(and_(interactions.c.user_id.is_(None), interactions.c.team_id.is_(None)))
        if actor.team_id is not None:
            within.append(interactions.c.team_id == actor.team_id)
    if operation is Operation.READ and reach(actor, Kind.CUSTOMER, Operation.READ):
        his = customers.alias("readable")
        readable = select(his.c.id).where(customers_within(actor, Operation.READ, his))
        within.append(interactions.c.customer_id.in_(readable))
    return or_(*within)

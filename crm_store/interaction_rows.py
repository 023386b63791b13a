"""The rows of interactions as values, and the ways to reach them: seen, changed, filtered.

Always inside somebody's transaction; what somebody may is decided in crm_store.visibility.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, or_, select

from callcore.call import Direction, Result
from callcore.errors import ForbiddenError, NotFoundError
from crm_store import schema
from crm_store.records import Interaction, InteractionKind
from crm_store.rights import Kind, Operation, require
from crm_store.statements import begins_with, customer_words_match
from crm_store.text import digits, fold
from crm_store.visibility import interactions_within

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement
    from sqlalchemy.ext.asyncio import AsyncConnection

    from crm_store.ids import InteractionId
    from crm_store.records import InteractionFilter
    from crm_store.rights import Actor
    from crm_store.schema import Row

_HIDDEN = {"number_tail", "name_fold", "facts", "linkedids", "team_id", "link_fixed"}
_SHOWN = tuple(column for column in schema.interactions.c if column.name not in _HIDDEN)


def select_interactions() -> Select[Any]:
    """Interactions as `interaction_of` reads them."""
    table, users, customers, contacts = (
        schema.interactions, schema.users, schema.customers, schema.contacts,
    )  # fmt: skip
    return (
        select(
            *_SHOWN,
            users.c.name.label("user_name"),
            customers.c.name.label("customer_name"),
            contacts.c.name.label("contact_name"),
        )
        .outerjoin(users, users.c.id == table.c.user_id)
        .outerjoin(customers, customers.c.id == table.c.customer_id)
        .outerjoin(contacts, contacts.c.id == table.c.contact_id)
    )


def interaction_of(row: Row) -> Interaction:
    return Interaction(
        id=row.id,
        kind=InteractionKind(row.kind),
        direction=Direction(row.direction) if row.direction else None,
        result=Result(row.result) if row.result else None,
        pbx=row.pbx,
        started_at=row.started_at,
        answered_at=row.answered_at,
        ended_at=row.ended_at,
        wait_s=row.wait_s,
        talk_s=row.talk_s,
        hold_s=row.hold_s,
        number=row.number,
        number_e164=row.number_e164,
        name=row.name,
        dialled=row.dialled,
        queue=row.queue,
        agents=tuple(row.agents),
        user_id=row.user_id,
        user_name=row.user_name or "",
        customer_id=row.customer_id,
        customer_name=row.customer_name or "",
        contact_id=row.contact_id,
        contact_name=row.contact_name or "",
        notes=row.notes,
        notes_version=row.notes_version,
        recovered=row.recovered,
    )


async def seen(conn: AsyncConnection, actor: Actor, interaction_id: InteractionId) -> Interaction:
    """The interaction, or the one it was merged into, if the actor may read it.

    Raises:
        NotFoundError: it isn't there, or not for this actor: which, is not told.
    """
    require(actor, Kind.INTERACTION, Operation.READ)
    table, merges = schema.interactions, schema.call_merges
    kept = select(merges.c.kept_id).where(merges.c.gone_id == interaction_id).scalar_subquery()
    query = select_interactions().where(
        or_(table.c.id == interaction_id, table.c.id == kept),
        interactions_within(actor, Operation.READ),
    )
    row = (await conn.execute(query)).one_or_none()
    if row is None:
        raise NotFoundError("There is no such call for you.", interaction_id=interaction_id)
    return interaction_of(row)


async def require_within(
    conn: AsyncConnection, actor: Actor, interaction_id: InteractionId, operation: Operation
) -> Interaction:
    """The interaction, if the actor may read it and do this with it.

    Raises:
        NotFoundError: not there, or not for this actor.
        ForbiddenError: he may read but not do this.
    """
    interaction = await seen(conn, actor, interaction_id)
    granted = select(schema.interactions.c.id).where(
        schema.interactions.c.id == interaction.id, interactions_within(actor, operation)
    )
    if await conn.scalar(granted) is None:
        raise ForbiddenError(
            "You may see this call but not change what is written of it: it was not yours.",
            interaction_id=interaction_id,
            operation=operation.value,
        )
    return interaction


def conditions(conn: AsyncConnection, wanted: InteractionFilter) -> list[ColumnElement[bool]]:
    """The filter as conditions of a query."""
    table = schema.interactions.c
    equals = {
        table.kind: wanted.kind and wanted.kind.value,
        table.direction: wanted.direction and wanted.direction.value,
        table.result: wanted.result and wanted.result.value,
        table.queue: wanted.queue,
        table.user_id: wanted.user_id,
        table.customer_id: wanted.customer_id,
    }
    found = [column == value for column, value in equals.items() if value is not None]
    if wanted.since is not None:
        found.append(table.started_at >= wanted.since)
    if wanted.until is not None:
        found.append(table.started_at < wanted.until)
    if wanted.live is not None:
        found.append(table.ended_at.is_(None) if wanted.live else table.ended_at.is_not(None))
    if wanted.linked is not None:
        linked = table.customer_id.is_not(None)
        found.append(linked if wanted.linked else ~linked)
    if wanted.text.strip():
        found.append(_text_matches(conn, wanted.text))
    return found


def _text_matches(conn: AsyncConnection, text: str) -> ColumnElement[bool]:
    """The caller's number from either end, his name as the network gave it, or his customer's words."""
    table = schema.interactions.c
    customers = schema.customers.alias("named")
    his_customers = select(customers.c.id).where(customer_words_match(conn, text, customers))
    ways: list[ColumnElement[bool]] = [table.customer_id.in_(his_customers)]
    if folded := fold(text):
        ways.append(begins_with(table.name_fold, folded))
    typed = digits(text)
    if typed and not any(c.isalpha() for c in text):
        ways.append(begins_with(table.number_tail, typed[::-1]))
        ways.append(begins_with(table.number_e164, f"+{typed}"))
    return or_(*ways)

"""Interactions: the call log and the notes, as people read and annotate them.

Calls come in by crm_store.call_log alone; here nobody changes what the PBX said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, tuple_, update

from callcore.errors import BadValueError, ConflictError
from crm_store import customer_rows, facts, ladder, linking
from crm_store.audit import add_entry
from crm_store.call_rows import leg_of
from crm_store.ids import InteractionId, new_id
from crm_store.interaction_rows import (
    conditions,
    interaction_of,
    require_within,
    seen,
    select_interactions,
)
from crm_store.records import (
    InteractionDetails,
    InteractionFilter,
    InteractionKind,
    InteractionLeg,
    Page,
)
from crm_store.rights import SYSTEM, Kind, Operation, require
from crm_store.schema import interactions, ladders, legs
from crm_store.statements import checked_limit, make_cursor, position
from crm_store.text import clean
from crm_store.visibility import interactions_within

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from callcore.events import Event
    from crm_store.context import Context
    from crm_store.ids import ContactId, CustomerId
    from crm_store.records import Interaction
    from crm_store.rights import Actor
    from crm_store.schema import Row

_EVERYTHING = InteractionFilter()
_MAX_NOTES = 50_000


class Interactions:
    def __init__(self, context: Context) -> None:
        self._context = context

    async def list(
        self,
        actor: Actor,
        wanted: InteractionFilter = _EVERYTHING,
        *,
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page[Interaction]:
        """Newest first."""
        require(actor, Kind.INTERACTION, Operation.READ)
        table = interactions.c
        query = select_interactions().where(interactions_within(actor, Operation.READ))
        if cursor is not None:
            at_us, after = position(cursor, int, str)
            query = query.where(
                tuple_(table.started_at, table.id) < tuple_(facts.moment(at_us), after)
            )
        query = query.order_by(table.started_at.desc(), table.id.desc())
        query = query.limit(checked_limit(limit) + 1)
        async with self._context.database.read() as conn:
            rows = (await conn.execute(query.where(*conditions(conn, wanted)))).all()
        items = tuple(interaction_of(row) for row in rows[:limit])
        if len(rows) <= limit:
            return Page(items)
        return Page(items, make_cursor(facts.micros(items[-1].started_at) or 0, items[-1].id))

    async def get(self, actor: Actor, interaction_id: InteractionId) -> InteractionDetails:
        """The call with its legs; a call that was merged into another is that one."""
        async with self._context.database.read() as conn:
            interaction = await seen(conn, actor, interaction_id)
            of_it = legs.c.interaction_id == interaction.id
            by_age = legs.c.created_at, legs.c.uniqueid
            rows = await conn.execute(select(legs).where(of_it).order_by(*by_age))
            has_ladder = await conn.scalar(
                select(ladders.c.events).where(ladders.c.interaction_id == interaction.id)
            )
        return InteractionDetails(interaction, tuple(map(_leg_of, rows)), bool(has_ladder))

    async def permitted(self, actor: Actor, interaction_id: InteractionId) -> frozenset[Operation]:
        """What the actor may do with this interaction, for pages that show no dead buttons."""
        asked = (Operation.READ, Operation.UPDATE)
        query = select(*(interactions_within(actor, operation) for operation in asked))
        async with self._context.database.read() as conn:
            of_it = interactions.c.id == interaction_id
            row = (await conn.execute(query.where(of_it))).one_or_none()
        return frozenset(op for op, granted in zip(asked, row or (), strict=False) if granted)

    async def ladder(self, actor: Actor, interaction_id: InteractionId) -> tuple[Event, ...]:
        """The events the call was made of, in order; empty when it was not seen to its end."""
        async with self._context.database.read() as conn:
            interaction = await seen(conn, actor, interaction_id)
            body = await conn.scalar(
                select(ladders.c.body).where(ladders.c.interaction_id == interaction.id)
            )
        return ladder.from_bytes(body) if body else ()

    async def set_notes(
        self, actor: Actor, interaction_id: InteractionId, version: int, notes: str
    ) -> Interaction:
        """Write `notes` over those read as `notes_version`; made to be called as one types.

        Raises:
            ConflictError: somebody else wrote meanwhile; `notes` and `version` tell what stands now.
        """
        if len(notes) > _MAX_NOTES:
            raise BadValueError(f"Notes have at most {_MAX_NOTES} characters.")
        notes = clean(notes, _MAX_NOTES)

        async def work(conn: AsyncConnection) -> Interaction:
            found = await require_within(conn, actor, interaction_id, Operation.UPDATE)
            if found.notes == notes:
                return found  # a repeated request
            done = await conn.execute(
                update(interactions)
                .where(interactions.c.id == found.id, interactions.c.notes_version == version)
                .values(notes=notes, notes_version=version + 1)
            )
            if not done.rowcount:
                raise ConflictError(
                    "Somebody else wrote notes on this call meanwhile. Load them again and add yours.",
                    notes=found.notes,
                    version=found.notes_version,
                )
            return await seen(conn, SYSTEM, found.id)

        return await self._context.database.write(work)

    async def link(
        self,
        actor: Actor,
        interaction_id: InteractionId,
        customer_id: CustomerId,
        contact_id: ContactId | None = None,
    ) -> Interaction:
        """Say whose it is; it stays so whatever its number tells."""
        return await self._link(actor, interaction_id, customer_id, contact_id)

    async def unlink(self, actor: Actor, interaction_id: InteractionId) -> Interaction:
        """Say that it is nobody's we know."""
        return await self._link(actor, interaction_id, None, None)

    async def _link(
        self,
        actor: Actor,
        interaction_id: InteractionId,
        customer_id: CustomerId | None,
        contact_id: ContactId | None,
    ) -> Interaction:
        async def work(conn: AsyncConnection) -> Interaction:
            context = self._context
            which = await linking.link(
                conn, context, actor, interaction_id, customer_id, contact_id
            )
            return await seen(conn, SYSTEM, which)

        return await self._context.database.write(work)

    async def add_note(self, actor: Actor, customer_id: CustomerId, text: str) -> Interaction:
        """A note on a customer's timeline, without a call."""
        require(actor, Kind.INTERACTION, Operation.CREATE)
        text = clean(text.strip(), _MAX_NOTES)
        if not text:
            raise BadValueError("A note without text says nothing.")
        note_id, now = InteractionId(new_id()), self._context.now()

        async def work(conn: AsyncConnection) -> Interaction:
            await customer_rows.seen(conn, actor, customer_id)
            values: dict[str, Any] = {
                "id": note_id,
                "kind": InteractionKind.NOTE.value,
                "pbx": "",
                "started_at": now,
                "ended_at": now,
                "wait_s": 0.0,
                "talk_s": 0.0,
                "hold_s": 0.0,
                "number": "",
                "number_tail": "",
                "name": "",
                "name_fold": "",
                "dialled": "",
                "agents": [],
                "linkedids": [],
                "facts": "{}",
                "recovered": False,
                "user_id": actor.user_id,
                "team_id": actor.team_id,
                "customer_id": customer_id,
                "link_fixed": True,
                "notes": text,
                "notes_version": 1,
            }
            await conn.execute(insert(interactions).values(**values))
            details = {"customer_id": customer_id}
            kind = Kind.INTERACTION.value
            await add_entry(conn, now, actor, "add-note", kind, note_id, details)
            return await seen(conn, SYSTEM, note_id)

        return await self._context.database.write(work)


def _leg_of(row: Row) -> InteractionLeg:
    leg = leg_of(row)
    return InteractionLeg(
        uniqueid=leg.uniqueid,
        channel=leg.channel,
        role=leg.role,
        endpoint=leg.endpoint,
        number=leg.party.number,
        name=leg.party.name,
        created_at=leg.created_at,
        ringing_at=leg.ringing_at,
        answered_at=leg.answered_at,
        ended_at=leg.ended_at,
        cause=leg.cause,
        hold_s=leg.hold_s,
        talk_s=leg.talk_s,
    )

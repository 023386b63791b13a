"""The audit log: who did what to which thing, written in the transaction that does it.

Nothing here changes or removes an entry.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert, select, tuple_

from crm_store import facts
from crm_store.ids import new_id
from crm_store.records import AuditEntry, Page
from crm_store.rights import Kind, Operation, require
from crm_store.schema import audit, users
from crm_store.statements import checked_limit, make_cursor, position

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from crm_store.context import Context
    from crm_store.ids import UserId
    from crm_store.rights import Actor


async def add_entry(  # noqa: PLR0917 - reads as it is said: when, who, did what, to what kind, which
    conn: AsyncConnection,
    at: datetime,
    actor: Actor,
    action: str,
    target: str,
    target_id: str,
    details: Mapping[str, str] | None = None,
) -> None:
    """Remember that `actor` did `action`, in the caller's transaction."""
    await conn.execute(
        insert(audit).values(
            id=new_id(),
            at=at,
            user_id=actor.user_id,
            action=action,
            target=target,
            target_id=target_id,
            details=dict(details or {}),
        )
    )


class Audit:
    def __init__(self, context: Context) -> None:
        self._context = context

    async def note(
        self,
        actor: Actor,
        action: str,
        target: str,
        target_id: str = "",
        details: Mapping[str, str] | None = None,
    ) -> None:
        """Remember something that changes nothing in the store, such as an export."""
        now = self._context.now()
        await self._context.database.write(
            lambda conn: add_entry(conn, now, actor, action, target, target_id, details)
        )

    async def list(
        self,
        actor: Actor,
        *,
        user_id: UserId | None = None,
        target: str | None = None,
        target_id: str | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page[AuditEntry]:
        """What was done, the newest first."""
        require(actor, Kind.AUDIT, Operation.READ)
        query = (
            select(audit, users.c.name.label("user_name"))
            .outerjoin(users, users.c.id == audit.c.user_id)
            .order_by(audit.c.at.desc(), audit.c.id.desc())
            .limit(checked_limit(limit) + 1)
        )
        if user_id is not None:
            query = query.where(audit.c.user_id == user_id)
        if target is not None:
            query = query.where(audit.c.target == target)
        if target_id is not None:
            query = query.where(audit.c.target_id == target_id)
        if cursor is not None:
            at_us, id_ = position(cursor, int, str)
            query = query.where(tuple_(audit.c.at, audit.c.id) < (facts.moment(at_us), id_))
        async with self._context.database.read() as conn:
            rows = (await conn.execute(query)).all()
        items = tuple(
            AuditEntry(
                id=row.id,
                at=row.at,
                user_id=row.user_id,
                user_name=row.user_name or "",
                action=row.action,
                target=row.target,
                target_id=row.target_id,
                details=row.details,
            )
            for row in rows[:limit]
        )
        more = len(rows) > limit
        return Page(
            items, make_cursor(facts.micros(items[-1].at) or 0, items[-1].id) if more else None
        )

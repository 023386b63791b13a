"""For those who run the service: who did what, and how it is.

Does not change anything.
"""

from __future__ import annotations

from typing import Literal

from crm_store.ids import UserId
from crm_store.rights import Kind, Operation
from web.api.endpoint import Api
from web.api.shapes.base import Shape
from web.api.shapes.people import AuditEntry, AuditPage, AuditQuery
from web.context import Context
from web.policy import HEALTH, Right

api = Api("administration")

READ_AUDIT = Right(Kind.AUDIT, Operation.READ)


class Health(Shape):
    """`degraded`: calls go on, but are not seen or not written now; `troubles` say what to do."""

    status: Literal["ok", "degraded"]
    pbx_connected: bool
    floor_fresh: bool
    live_calls: int
    phones: int
    troubles: list[str]


@api.get("/audit", needs=READ_AUDIT)
async def list_audit(context: Context, query: AuditQuery) -> AuditPage:
    """List who did what to which thing, newest first."""
    page = await context.store.audit.list(
        context.actor,
        user_id=UserId(query.user) if query.user else None,
        target=query.target,
        target_id=query.target_id,
        cursor=query.cursor,
        limit=query.limit,
    )
    return AuditPage(items=[AuditEntry.of(entry) for entry in page.items], next=page.next_cursor)


@api.get("/health", needs=HEALTH)
async def get_health(context: Context) -> Health:
    """Read how the service is."""
    floor, pbx = context.deps.floor, context.deps.pbx
    return Health(
        status="ok" if context.deps.well else "degraded",
        pbx_connected=pbx.connected,
        floor_fresh=floor.stale_since is None,
        live_calls=len(floor.calls),
        phones=len(floor.phones),
        troubles=list(context.deps.troubles()),
    )

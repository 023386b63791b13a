"""The call log as a file for a spreadsheet, streamed page by page.

Does not let a cell become a formula: what a caller sent as his name is text to the spreadsheet too.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from aiohttp import web

from web.api.calls import filter_of
from web.api.endpoint import Api
from web.api.shapes.calls import CallFilter, CallRow
from web.context import Context
from web.policy import EXPORT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crm_store.records import Interaction

api = Api("calls")

_PAGE = 200
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_COLUMNS = (
    "id",
    "kind",
    "direction",
    "result",
    "started_at",
    "answered_at",
    "ended_at",
    "wait_s",
    "talk_s",
    "hold_s",
    "number",
    "number_raw",
    "name",
    "dialled",
    "queue",
    "agent",
    "customer",
    "contact",
    "notes",
)


@api.get("/calls.csv", needs=EXPORT, media_type="text/csv")
async def export_calls(context: Context, query: CallFilter) -> web.StreamResponse:
    """Take the call log out as CSV, with the filters of the list; it is written to the audit."""
    context.limits.export.take(context.user.id)
    await context.store.audit.note(context.actor, "export", "interactions", details=_asked(query))
    page = await context.store.interactions.list(
        context.actor, filter_of(context, query), limit=_PAGE
    )
    response = web.StreamResponse(
        headers={
            "Content-Type": "text/csv; charset=utf-8",
            "Content-Disposition": 'attachment; filename="calls.csv"',
        }
    )
    await response.prepare(context.request)
    await response.write("\ufeff".encode() + _lines([_COLUMNS]))  # Excel needs the mark
    while True:
        region = context.region
        await response.write(_lines(_cells(item, region) for item in page.items))
        if page.next_cursor is None:
            break
        page = await context.store.interactions.list(
            context.actor, filter_of(context, query), cursor=page.next_cursor, limit=_PAGE
        )
    await response.write_eof()
    return response


def _asked(query: CallFilter) -> dict[str, str]:
    return {
        name: str(value)
        for name, value in query.model_dump(mode="json", exclude_defaults=True).items()
    }


def _cells(interaction: Interaction, region: str) -> list[str]:
    row = CallRow.of(interaction, region).model_dump(mode="json")
    row["agent"] = row["user"] and row["user"]["name"]
    row["customer"] = row["customer"] and row["customer"]["name"]
    row["contact"] = row["contact"] and row["contact"]["name"]
    return [inert(row[column]) for column in _COLUMNS]


def inert(value: object) -> str:
    """A cell that no spreadsheet takes for a formula (OWASP: CSV injection)."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _lines(rows: Iterable[Iterable[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()

"""The few statements that SQLAlchemy spells per database: upsert, the word search, cursors.

Knows no table's meaning.
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import Integer, Text, cast, column, false, func, literal, literal_column, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import TSQUERY

from callcore.errors import BadValueError
from crm_store import schema, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import ColumnElement, FromClause, Table
    from sqlalchemy.ext.asyncio import AsyncConnection

MAX_LIMIT = 200


async def upsert(
    conn: AsyncConnection,
    table: Table,
    rows: Sequence[Mapping[str, Any]],
    *,
    update: Iterable[str],
) -> None:
    """Insert `rows`; where the key is there already, set the columns `update` to the new values."""
    if not rows:
        return
    insert = sqlite.insert if conn.dialect.name == "sqlite" else postgresql.insert
    statement = insert(table)
    changes = {column: statement.excluded[column] for column in update}
    key = table.primary_key
    if changes:
        await conn.execute(statement.on_conflict_do_update(key, set_=changes), rows)
    else:
        await conn.execute(statement.on_conflict_do_nothing(key), rows)


def customer_words_match(
    conn: AsyncConnection, query: str, table: FromClause = schema.customers
) -> ColumnElement[bool]:
    """Customers, in `table` or an alias of it, that have, for every word of `query`, a word that begins with it."""
    words = text.search_words(query)
    if not words:
        return false()
    if conn.dialect.name == "sqlite":
        match = " ".join(f'"{word}" *' for word in words)
        found = select(column("rowid", Integer)).select_from(schema.customer_words)
        return table.c.row.in_(found.where(literal_column("customer_words").op("MATCH")(match)))
    match = " & ".join(f"'{word}':*" for word in words)
    lexemes = func.array_to_tsvector(
        func.string_to_array(table.c.search_text, literal_column("' '"))
    )
    return lexemes.op("@@")(cast(cast(literal(match), Text), TSQUERY))


def begins_with(column: ColumnElement[Any], prefix: str) -> ColumnElement[bool]:
    """By a range, so that an index in code point order serves it."""
    return (column >= prefix) & (column < text.after_prefix(prefix))


# Cursors --------------------------------------------------------------------------------------


def make_cursor(*position: str | int) -> str:
    """The place in a list after which the next page begins, opaque to the one who carries it."""
    return base64.urlsafe_b64encode(json.dumps(position).encode()).decode().rstrip("=")


def position(cursor: str, *types: type) -> tuple[Any, ...]:
    """The place `cursor` names.

    Raises:
        BadValueError: it is none of ours.
    """
    try:
        parts = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        fits = len(parts) == len(types) and all(map(isinstance, parts, types))
    except (binascii.Error, ValueError, TypeError):
        fits = False
    if not fits:
        raise BadValueError("This cursor is not one that a list gave. Begin without a cursor.")
    return tuple(parts)


def checked_limit(limit: int) -> int:
    if not 1 <= limit <= MAX_LIMIT:
        raise BadValueError(f"A page holds 1 to {MAX_LIMIT} entries, not {limit}.", limit=limit)
    return limit

"""Bring a database to the shape this version needs, or say which shape it has.

The changes themselves are in crm_store/migrations/versions.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from crm_store.failures import as_store_error, require_place

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy import Connection
    from sqlalchemy.ext.asyncio import AsyncConnection

_ONE_AT_A_TIME = 7_270_001  # our number among PostgreSQL's advisory locks


async def upgrade(url: str, revision: str = "head") -> None:
    """Apply what is missing, in one transaction; two at once don't disturb each other."""
    async with _connected(url) as conn:
        if conn.dialect.name == "sqlite":
            await conn.exec_driver_sql("PRAGMA journal_mode=WAL")
            await conn.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            await conn.execute(text(f"SELECT pg_advisory_xact_lock({_ONE_AT_A_TIME})"))
        await conn.run_sync(lambda connection: command.upgrade(config(connection), revision))
        await conn.commit()


async def current(url: str) -> str | None:
    """The revision of the database, None when it is empty."""
    async with _connected(url) as conn:
        return await conn.run_sync(
            lambda connection: MigrationContext.configure(connection).get_current_revision()
        )


def head() -> str:
    """The revision this version needs."""
    revision = ScriptDirectory.from_config(config(None)).get_current_head()
    assert revision is not None  # noqa: S101 - the package holds at least one
    return revision


def compare_options() -> dict[str, Any]:
    """How models and database are compared: the word search is the migrations' own on each of them."""

    def include_name(name: str | None, kind: str, _parents: object) -> bool:
        return kind not in {"table", "index"} or "customer_words" not in (name or "")

    return {"compare_type": True, "include_name": include_name}


def config(connection: Connection | None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


@asynccontextmanager
async def _connected(url: str) -> AsyncIterator[AsyncConnection]:
    require_place(url)
    engine = create_async_engine(url, poolclass=NullPool)
    try:
        async with engine.connect() as conn:
            yield conn
    except (DBAPIError, OSError) as problem:
        raise as_store_error(problem) from problem
    finally:
        await engine.dispose()

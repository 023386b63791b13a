"""The migrations make what the code expects, on each database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect
from sqlalchemy.ext.asyncio import create_async_engine

from callcore.errors import StoreError
from crm_store import migrate
from crm_store.schema import metadata
from crm_store.store import Store, StoreSettings

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

    from tests.fixtures_postgres import PostgresCluster


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path}/empty.db"
    cluster: PostgresCluster = request.getfixturevalue("postgres_cluster")
    return cluster.create(migrated=False)


async def test_models_and_migrations_agree(store_url: str) -> None:
    def differences(connection: Connection) -> object:
        context = MigrationContext.configure(connection, opts=migrate.compare_options())
        return compare_metadata(context, metadata)

    engine = create_async_engine(store_url)
    async with engine.connect() as conn:
        found = await conn.run_sync(differences)
    await engine.dispose()
    assert found == []


async def test_an_upgrade_brings_an_empty_database_to_the_head_and_again_changes_nothing(
    empty_url: str,
) -> None:
    assert await migrate.current(empty_url) is None
    await migrate.upgrade(empty_url)
    await migrate.upgrade(empty_url)
    assert await migrate.current(empty_url) == migrate.head()


async def test_a_store_that_is_not_at_the_head_says_what_to_run(empty_url: str) -> None:
    with pytest.raises(StoreError, match="trunkline db upgrade"):
        await Store.open(StoreSettings(empty_url))


async def test_the_way_back_leaves_nothing(empty_url: str) -> None:
    await migrate.upgrade(empty_url)
    engine = create_async_engine(empty_url)
    async with engine.begin() as conn:
        await conn.run_sync(
            lambda connection: command.downgrade(migrate.config(connection), "base")
        )
    async with engine.connect() as conn:
        left = await conn.run_sync(lambda connection: set(inspect(connection).get_table_names()))
    await engine.dispose()
    assert left == {"alembic_version"}

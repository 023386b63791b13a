"""The one writer: durable for many at once, each for himself when something fails."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, select, text, update

from callcore.errors import BadValueError, ConflictError, StoreUnavailableError
from crm_store import migrate
from crm_store.database import Database
from crm_store.schema import pbx_watermarks, teams
from tests.contract.calls import START

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from sqlalchemy.ext.asyncio import AsyncConnection


@pytest.fixture
async def database(store_url: str) -> AsyncIterator[Database]:
    opened = Database(store_url)
    opened.start()
    yield opened
    await opened.close()


async def add_team(database: Database, name: str) -> None:
    await database.write(lambda conn: conn.execute(insert(teams).values(id=name, name=name)))


async def team_names(database: Database) -> set[str]:
    async with database.read() as conn:
        return set((await conn.scalars(select(teams.c.name))).all())


async def test_what_was_written_is_there_when_write_returns(database: Database) -> None:
    await add_team(database, "one")
    assert await team_names(database) == {"one"}


async def test_increments_of_many_are_all_counted(database: Database) -> None:
    await database.write(
        lambda conn: conn.execute(insert(pbx_watermarks).values(pbx="0", seen_at=START))
    )

    async def increment(conn: AsyncConnection) -> None:
        count = int(str(await conn.scalar(select(pbx_watermarks.c.pbx))))
        await asyncio.sleep(0)  # whoever could come between would
        await conn.execute(update(pbx_watermarks).values(pbx=str(count + 1)))

    await asyncio.gather(*(database.write(increment) for _ in range(300)))
    async with database.read() as conn:
        assert await conn.scalar(select(pbx_watermarks.c.pbx)) == "300"


async def test_ones_failure_is_his_alone(database: Database) -> None:
    async def bad(conn: AsyncConnection) -> None:
        await conn.execute(insert(teams).values(id="bad", name="bad"))
        raise BadValueError("not like this")

    writes = [add_team(database, "before"), database.write(bad), add_team(database, "after")]
    outcomes = await asyncio.gather(*writes, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [type(None), BadValueError, type(None)]
    assert await team_names(database) == {"before", "after"}


async def test_what_the_database_refuses_is_a_conflict(database: Database) -> None:
    await add_team(database, "one")
    with pytest.raises(ConflictError):
        await add_team(database, "one")


async def test_one_who_gave_up_waiting_holds_up_nobody(database: Database) -> None:
    task = asyncio.create_task(add_team(database, "given up"))
    await asyncio.sleep(0)
    task.cancel()
    await add_team(database, "next")
    assert "next" in await team_names(database)
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_reader_cannot_write(database: Database) -> None:
    async with database.read() as conn:
        with pytest.raises(Exception, match=r"read-?only"):
            await conn.execute(text("DELETE FROM teams"))


async def test_a_reader_sees_one_moment(database: Database) -> None:
    await add_team(database, "one")
    async with database.read() as conn:
        before = (await conn.scalars(select(teams.c.name))).all()
        await add_team(database, "two")
        assert (await conn.scalars(select(teams.c.name))).all() == before


async def test_closing_waits_for_what_was_asked(store_url: str) -> None:
    database = Database(store_url)
    database.start()
    asked = [asyncio.create_task(add_team(database, f"team {n}")) for n in range(300)]
    await asyncio.sleep(0)
    await database.close()
    await asyncio.gather(*asked)
    with pytest.raises(StoreUnavailableError):
        await add_team(database, "too late")


async def test_a_database_that_does_not_answer_is_told_so() -> None:
    database = Database("postgresql+asyncpg://trunkline@127.0.0.1:1/nothing")
    database.start()
    with pytest.raises(StoreUnavailableError, match="doesn't answer"):
        await team_names(database)
    with pytest.raises(StoreUnavailableError, match="nothing was written"):
        await add_team(database, "one")
    await database.close()


async def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/missing/store.db"
    with pytest.raises(StoreUnavailableError, match="missing for the database isn't there"):
        Database(url)
    with pytest.raises(StoreUnavailableError, match="missing"):
        await migrate.upgrade(url)

"""Trouble with the database: said clearly, nothing half written, and over when it is over."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import subprocess
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event

from callcore.errors import StoreBusyError, StoreError, StoreFullError, StoreUnavailableError
from crm_store import database as database_module
from crm_store import migrate
from crm_store.records import CustomerData, NewPhone
from crm_store.rights import SYSTEM
from crm_store.store import Store, StoreSettings
from tests.contract.calls import whole

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from tests.fixtures_postgres import PostgresCluster


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_module, "_BUSY_TIMEOUT_S", 0.05)


@pytest.fixture
def path(tmp_path: Path, sqlite_template: Path) -> Path:
    shutil.copy(sqlite_template, tmp_path / "store.db")
    return tmp_path / "store.db"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[Store]:
    async with Store.opened(StoreSettings(f"sqlite+aiosqlite:///{path}")) as opened:
        yield opened


def count(path: Path, table: str) -> int:
    with sqlite3.connect(path) as connection:
        (number,) = connection.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608
    connection.close()
    return int(number)


async def fill(store: Store) -> int:
    """How many customers fit before the store is full."""
    for n in range(10_000):
        try:
            data = CustomerData(f"Customer {n}", note="x" * 5000)
            await store.customers.create(SYSTEM, data, [NewPhone(f"+1212555{n:04}")])
        except StoreFullError:
            return n
    pytest.fail("it never got full")


async def test_a_full_database_takes_all_of_a_thing_or_nothing(store: Store, path: Path) -> None:
    writer = store._database._writer

    @event.listens_for(writer.sync_engine, "connect")
    def limit(connection: Any, _record: object) -> None:
        connection.cursor().execute("PRAGMA max_page_count=150")

    fitted = await fill(store)
    assert fitted > 0
    assert count(path, "customers") == count(path, "phones") == fitted
    with pytest.raises(StoreFullError, match="Free some space"):
        await store.call_log.record([whole(f"lab-{n}.1") for n in range(500)])
    assert count(path, "interactions") == count(path, "legs") == 0
    event.remove(writer.sync_engine, "connect", limit)
    await writer.dispose() if hasattr(
        writer, "adispose"
    ) else await store._database._writer.dispose()
    await store.call_log.record([whole("lab-1.1")])
    assert count(path, "interactions") == 1


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own with little room."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("mounting needs root; the test above limits the file instead")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


async def test_a_full_disk_takes_all_of_a_thing_or_nothing(small_disk: Path) -> None:
    url = f"sqlite+aiosqlite:///{small_disk}/store.db"
    await migrate.upgrade(url)
    async with Store.opened(StoreSettings(url)) as store:
        fitted = await fill(store)
        page = await store.customers.list(SYSTEM, limit=200)
        assert len(page.items) == min(fitted, 200)
        assert len(await store.lookup.by_number(SYSTEM, f"+1212555{fitted - 1:04}")) == 1
        assert await store.lookup.by_number(SYSTEM, f"+1212555{fitted:04}") == ()


async def test_a_database_that_another_holds_is_said_to_be_busy(store: Store, path: Path) -> None:
    with sqlite3.connect(path, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreBusyError, match="try again"):
            await store.teams.create(SYSTEM, "One")
        other.execute("ROLLBACK")
    other.close()
    await store.teams.create(SYSTEM, "One")


async def test_what_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "store.db").write_text("hello" * 1000)
    with pytest.raises(StoreError, match="not a database"):
        await Store.open(StoreSettings(f"sqlite+aiosqlite:///{tmp_path}/store.db"))


@pytest.fixture
def server_url(postgres_cluster: PostgresCluster) -> str:
    return postgres_cluster.create()


async def test_a_server_that_was_restarted_is_found_again(
    server_url: str, postgres_cluster: PostgresCluster
) -> None:
    async with Store.opened(StoreSettings(server_url)) as store:
        await store.teams.create(SYSTEM, "One")
        await store.teams.list(SYSTEM)
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}'"
        await asyncio.to_thread(
            postgres_cluster.execute, others.format(server_url.rpartition("/")[2])
        )
        for _ in range(3):  # whoever asks in the very moment may be told that it is gone
            with suppress(StoreUnavailableError):
                await store.teams.create(SYSTEM, "Two")
                break
        assert [team.name for team in await store.teams.list(SYSTEM)] == ["One", "Two"]

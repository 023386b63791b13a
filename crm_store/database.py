"""The database: connections that read, and the one writer that commits for many at once.

Knows no table. SQLite's defaults lose updates when transactions begin as readers and turn into writers
(https://sqlite.org/lang_transaction.html); here a writer says so from the start.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from crm_store.failures import as_store_error, require_place

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

log = logging.getLogger(__name__)

T = TypeVar("T")
_READERS = 4
_QUICK_READERS = 2
_FAILURES = (DBAPIError, PoolTimeoutError, OSError)
_BATCH = 256
_BUSY_TIMEOUT_S = 5


class Database:
    """`read` gives a connection that cannot write; `write` runs work in a transaction and is durable when it returns."""

    def __init__(self, url: str) -> None:
        require_place(url)
        self._quick: Engine | None = None
        self._threads = ThreadPoolExecutor(_QUICK_READERS, "store-look-up")
        if url.startswith("sqlite"):
            self._reader = _sqlite(url, writes=False)
            self._writer = _sqlite(url, writes=True)
            self._quick = create_engine(make_url(url).set(drivername="sqlite"), max_overflow=0)
            _configure(self._quick, writes=False)
        else:
            self._writer = create_async_engine(url, pool_size=_READERS + 1, pool_pre_ping=True)
            self._reader = self._writer.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
        self._queue: deque[_Work[Any]] = deque()
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._commit_for_ever(), name="store-writer")

    async def close(self) -> None:
        """End after what is queued has been committed."""
        task, self._task = self._task, None
        if task is not None:
            self._queue.append(_Work(None))
            self._wake.set()
            await task
        await self._reader.dispose()
        await self._writer.dispose()
        self._threads.shutdown()
        if self._quick is not None:
            self._quick.dispose()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A consistent view; nothing done on it is kept."""
        try:
            async with self._reader.connect() as conn:
                yield conn
        except _FAILURES as problem:
            raise as_store_error(problem) from problem

    async def look_up(self, ask: Callable[[Connection], T]) -> T:
        """`ask` on a connection that cannot write, for what a ringing phone waits for.

        On SQLite all of it is one trip to a thread, where `read` makes a dozen.
        """
        if self._quick is None:
            async with self.read() as conn:
                return await conn.run_sync(ask)
        return await asyncio.get_running_loop().run_in_executor(
            self._threads, self._ask, self._quick, ask
        )

    @staticmethod
    def _ask(engine: Engine, ask: Callable[[Connection], T]) -> T:
        try:
            with engine.connect() as conn:
                return ask(conn)
        except _FAILURES as problem:
            raise as_store_error(problem) from problem

    async def write(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        """Run `work` in a transaction, together with what others ask meanwhile.

        If it raises, only its own changes are undone. It may run twice when another's failure spoils the
        transaction they share, so it must do nothing but speak to the database.

        Raises:
            StoreError: nothing of it was kept.
        """
        if self._task is None:
            raise as_store_error(RuntimeError("the store is closed"))
        item = _Work(work)
        self._queue.append(item)
        self._wake.set()
        return await item.done

    async def _commit_for_ever(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._queue:
                batch = [self._queue.popleft() for _ in range(min(len(self._queue), _BATCH))]
                closing = any(item.run is None for item in batch)
                wanted = [item for item in batch if item.run and not item.done.cancelled()]
                if len(wanted) == 1 or not await self._commit_together(wanted):
                    for item in wanted:
                        await self._commit_alone(item)
                if closing:
                    return

    async def _commit_together(self, batch: list[_Work[Any]]) -> bool:
        """Whether it went well; when anything fails, all is undone and each has to try for itself."""
        if not batch:
            return True
        try:
            async with self._writer.begin() as conn:
                results = [await item.run(conn) for item in batch if item.run]
        except Exception:  # noqa: BLE001 - whoever failed gets his error when he runs alone
            return False
        for item, result in zip(batch, results, strict=True):
            item.succeed(result)
        return True

    async def _commit_alone(self, item: _Work[T]) -> None:
        assert item.run is not None  # noqa: S101 - the closing mark is never run
        try:
            async with self._writer.begin() as conn:
                result = await item.run(conn)
        except _FAILURES as problem:
            item.fail(as_store_error(problem), problem)
        except Exception as problem:  # noqa: BLE001 - handed to the one who asked
            item.fail(problem)
        else:
            item.succeed(result)


class _Work(Generic[T]):
    """Something to write and the future of who waits for it; without `run` it is the mark of the end."""

    def __init__(self, run: Callable[[AsyncConnection], Awaitable[T]] | None) -> None:
        self.run = run
        self.done: asyncio.Future[T] = asyncio.get_running_loop().create_future()

    def succeed(self, result: T) -> None:
        if not self.done.done():
            self.done.set_result(result)

    def fail(self, problem: Exception, cause: Exception | None = None) -> None:
        if cause is not None:
            problem.__cause__ = cause
        if not self.done.done():
            self.done.set_exception(problem)
        else:
            log.warning("store.write-failed-unseen", extra={"problem": str(problem)})


def _sqlite(url: str, *, writes: bool) -> AsyncEngine:
    engine = create_async_engine(
        url,
        pool_size=1 if writes else _READERS,
        max_overflow=0,
        connect_args={"timeout": _BUSY_TIMEOUT_S},
    )

    _configure(engine.sync_engine, writes=writes)
    return engine


def _configure(engine: Engine, *, writes: bool) -> None:
    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # the driver begins nothing by itself
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        if not writes:
            cursor.execute("PRAGMA query_only=ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

"""A real PostgreSQL for the tests: its own cluster in a temporary folder, on a free port of loopback.

Durability is off, since the folder dies with the tests.
"""

from __future__ import annotations

import asyncio
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from crm_store import migrate
from crm_store.schema import metadata

if TYPE_CHECKING:
    from collections.abc import Iterator

_BIN = max(Path("/usr/lib/postgresql").glob("*/bin"), default=Path("/usr/bin"))
_START_S = 30
TEMPLATE = "migrated"


class PostgresCluster:
    """Where the cluster listens; `create` gives a test a database of its own."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._made = 0
        self._shared: str | None = None

    def url(self, database: str) -> str:
        return f"postgresql+asyncpg://trunkline@127.0.0.1:{self.port}/{database}"

    def create(self, *, migrated: bool = True) -> str:
        """The URL of a new database: empty, or at the newest migration."""
        self._made += 1
        name = f"test_{self._made}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE if migrated else 'template0'}")
        return self.url(name)

    def emptied(self) -> str:
        """The URL of the database that tests share, at the newest migration and without a row."""
        if self._shared is None:
            self._shared = self.create()
        tables = ", ".join(table.name for table in metadata.sorted_tables)
        self.execute(f"TRUNCATE {tables}", database=self._shared.rpartition("/")[2])
        return self._shared

    def execute(self, statement: str, database: str = "postgres") -> None:
        asyncio.run(self._execute(statement, database))

    async def _execute(self, statement: str, database: str) -> None:
        engine = create_async_engine(self.url(database), isolation_level="AUTOCOMMIT")
        async with engine.connect() as conn:
            await conn.execute(text(statement))
        await engine.dispose()


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[PostgresCluster]:
    with running_cluster() as cluster:
        yield cluster


@contextmanager
def running_cluster() -> Iterator[PostgresCluster]:
    """A cluster with the template database in it, stopped and removed at the end."""
    if not (_BIN / "initdb").exists():
        pytest.fail("PostgreSQL is not installed: run `make setup`")
    folder = Path(tempfile.mkdtemp(prefix="trunkline-postgres-"))
    try:
        unprivileged = _give_away(folder)
        _initdb(folder, unprivileged)
        with _server(folder, unprivileged) as port:
            cluster = PostgresCluster(port)
            cluster.execute(f"CREATE DATABASE {TEMPLATE} TEMPLATE template0")
            asyncio.run(migrate.upgrade(cluster.url(TEMPLATE)))
            yield cluster
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _give_away(folder: Path) -> list[str]:
    """PostgreSQL refuses to run as root: the prefix of a command that runs as somebody else."""
    if os.geteuid() != 0:
        return []
    known = {user.pw_name: user for user in pwd.getpwall()}
    user = known.get("postgres") or known["nobody"]
    os.chown(folder, user.pw_uid, user.pw_gid)
    return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]


def _initdb(folder: Path, unprivileged: list[str]) -> None:
    options = ["--username=trunkline", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"]
    subprocess.run(
        [*unprivileged, str(_BIN / "initdb"), "--no-sync", *options, str(folder / "data")],
        check=True,
        capture_output=True,
        cwd="/",
    )


@contextmanager
def _server(folder: Path, unprivileged: list[str]) -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": port,
        "unix_socket_directories": "",
        "fsync": "off",
        "full_page_writes": "off",
        "max_connections": 60,
    }
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [*unprivileged, str(_BIN / "postgres"), "-D", str(folder / "data"), *options],
            stdout=log,
            stderr=log,
            cwd="/",
        )
    try:
        _wait_until_it_listens(server, port, folder / "log")
        yield port
    finally:
        server.send_signal(signal.SIGQUIT)  # at once: what it held dies with the folder
        server.wait(_START_S)


def _wait_until_it_listens(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + _START_S
    while server.poll() is None and time.monotonic() < deadline:
        probe = [str(_BIN / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
        if subprocess.run(probe, check=False).returncode == 0:
            return
        time.sleep(0.05)
    pytest.fail(f"PostgreSQL did not start:\n{log.read_text()}")

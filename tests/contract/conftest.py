"""The store on each database it promises to run on; the same tests, the same answers."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from callcore.ids import Extension
from crm_store import migrate
from crm_store.records import Team, User, UserData
from crm_store.rights import SYSTEM, Actor, Role
from crm_store.store import Store, StoreSettings
from crm_store.users import actor_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from crm_store.ids import TeamId
    from tests.fixtures_postgres import PostgresCluster

PASSWORD = "correct horse battery"
OWN_NUMBER = "+12125550100"


class Clock:
    """Time as the test wants it."""

    def __init__(self) -> None:
        self.time = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def pass_(self, **duration: float) -> None:
        self.time += timedelta(**duration)


@dataclass(frozen=True)
class People:
    """Two teams, and a user of each role in the first; `stranger` is an agent of the second."""

    team: Team
    other_team: Team
    agent: User
    colleague: User
    stranger: User
    supervisor: User
    manager: User
    admin: User

    def actor(self, name: str) -> Actor:
        user = getattr(self, name)
        assert isinstance(user, User)
        return actor_of(user)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "migrated.db"
    asyncio.run(migrate.upgrade(f"sqlite+aiosqlite:///{path}"))
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path, sqlite_template: Path) -> str:
    """A database at the newest migration that holds nothing yet."""
    if request.param == "sqlite":
        shutil.copy(sqlite_template, tmp_path / "store.db")
        return f"sqlite+aiosqlite:///{tmp_path}/store.db"
    cluster: PostgresCluster = request.getfixturevalue("postgres_cluster")
    return cluster.emptied()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def store(store_url: str, clock: Clock) -> AsyncIterator[Store]:
    settings = StoreSettings(store_url, "US", frozenset({OWN_NUMBER}))
    async with Store.opened(settings, now=clock) as opened:
        yield opened


@pytest.fixture
async def people(store: Store) -> People:
    team = await store.teams.create(SYSTEM, "Front office")
    other = await store.teams.create(SYSTEM, "Back office")

    async def user(login: str, role: Role, team_id: TeamId | None, extension: str) -> User:
        data = UserData(login, login.title(), role, team_id, Extension(extension))
        return await store.users.create(SYSTEM, data, PASSWORD)

    return People(
        team,
        other,
        agent=await user("agent", Role.AGENT, team.id, "1001"),
        colleague=await user("colleague", Role.AGENT, team.id, "1002"),
        stranger=await user("stranger", Role.AGENT, other.id, "1003"),
        supervisor=await user("supervisor", Role.SUPERVISOR, team.id, "1010"),
        manager=await user("manager", Role.MANAGER, None, "1020"),
        admin=await user("admin", Role.ADMIN, None, "1030"),
    )

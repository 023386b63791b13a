"""The web on the real store (SQLite in a temporary folder) and the real floor; only the PBX is played."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from aiohttp.test_utils import TestClient, TestServer

from callcore.commands import Done
from callcore.floor import Floor
from callcore.ids import Extension, Uniqueid
from callcore.numbering import Numbering
from crm_store import migrate
from crm_store.records import UserData
from crm_store.rights import SYSTEM, Role
from crm_store.store import Store, StoreSettings
from web.app import create_app
from web.keys import Deps, Hooks, WebSettings
from web.signin import COOKIE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from aiohttp import web

    from callcore.commands import Command
    from callcore.errors import TrunklineError
    from crm_store.ids import TeamId
    from crm_store.records import User

PASSWORD = "correct horse battery"


@dataclass
class PlayedPbx:
    """Carries out nothing and remembers everything; `refusal` is raised instead when set."""

    connected: bool = True
    refusal: TrunklineError | None = None
    commands: list[Command] = field(default_factory=list)

    async def execute(self, command: Command, *, deadline_s: float = 5.0) -> Done:  # noqa: ARG002
        self.commands.append(command)
        if self.refusal is not None:
            raise self.refusal
        return Done(Uniqueid("web-1"))


@dataclass
class People:
    """A team of two with their supervisor, an agent of another team, and those above."""

    alice: User
    bob: User
    susan: User
    mallory: User
    martin: User
    ada: User


@dataclass
class Site:
    """The running web and everything below it."""

    store: Store
    floor: Floor
    pbx: PlayedPbx
    app: web.Application
    server: TestServer
    people: People
    signed_out: list[str]
    clients: list[TestClient[web.Request, web.Application]]

    def anonymous(self) -> TestClient[web.Request, web.Application]:
        client = TestClient(self.server, headers={"Origin": self.origin})
        self.clients.append(client)
        return client

    @property
    def origin(self) -> str:
        return str(self.server.make_url("")).rstrip("/")

    async def client(self, user: User) -> TestClient[web.Request, web.Application]:
        """A browser in which `user` is signed in."""
        new = await self.store.sessions.start(SYSTEM, user.id)
        client = self.anonymous()
        client.session.cookie_jar.update_cookies({COOKIE: new.secret}, self.server.make_url("/"))
        return client


async def make_people(store: Store) -> People:
    blue = (await store.teams.create(SYSTEM, "Blue")).id
    red = (await store.teams.create(SYSTEM, "Red")).id

    async def make(
        login: str, role: Role, team: TeamId | None = None, extension: str | None = None
    ) -> User:
        phone = Extension(extension) if extension else None
        data = UserData(login, login.title(), role, team, phone)
        return await store.users.create(SYSTEM, data, PASSWORD)

    return People(
        alice=await make("alice", Role.AGENT, blue, "1001"),
        bob=await make("bob", Role.AGENT, blue, "1002"),
        susan=await make("susan", Role.SUPERVISOR, blue, "1003"),
        mallory=await make("mallory", Role.AGENT, red, "1004"),
        martin=await make("martin", Role.MANAGER),
        ada=await make("ada", Role.ADMIN),
    )


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, made once: a copy is far quicker than a migration."""
    path = tmp_path_factory.mktemp("store") / "empty.db"
    asyncio.run(migrate.upgrade(f"sqlite+aiosqlite:///{path}"))
    return path


@pytest.fixture
async def store(empty_database: Path, tmp_path: Path) -> AsyncIterator[Store]:
    path = tmp_path / "trunkline.db"
    shutil.copyfile(empty_database, path)
    url = f"sqlite+aiosqlite:///{path}"
    async with Store.opened(StoreSettings(url, default_region="FR")) as opened:
        yield opened


@pytest.fixture
def settings() -> WebSettings:
    return WebSettings(
        ws_url="ws://127.0.0.1:8081",
        default_region="FR",
        dial_regions=frozenset({"FR", "DE"}),
        dials_per_minute=5,
    )


@pytest.fixture
async def site(store: Store, settings: WebSettings) -> AsyncIterator[Site]:
    people = await make_people(store)
    floor, pbx = Floor(Numbering(frozenset({"trunk-a"}))), PlayedPbx()
    signed_out: list[str] = []

    async def on_sign_out(user_id: str) -> None:
        signed_out.append(user_id)

    app = create_app(Deps(store, pbx, floor, settings, Hooks(on_sign_out=on_sign_out)))
    server = TestServer(app)
    async with server:
        made = Site(store, floor, pbx, app, server, people, signed_out, [])
        yield made
        for client in made.clients:
            await client.close()

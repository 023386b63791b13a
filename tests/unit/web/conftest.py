"""The web on the real store (SQLite in a temporary folder); the PBX and the floor are played."""

from __future__ import annotations

import asyncio
import shutil
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from callcore.commands import Done
from callcore.ids import Uniqueid
from crm_store import migrate
from crm_store.rights import SYSTEM
from crm_store.store import Store, StoreSettings
from tests.unit.web.world import World, live_call, make_world
from web.app import create_app
from web.keys import Deps, Hooks, WebSettings
from web.signin import COOKIE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime
    from pathlib import Path

    from callcore.call import Call
    from callcore.commands import Command
    from callcore.errors import TrunklineError
    from callcore.events import PhoneState
    from callcore.ids import CallId, Extension, QueueName
    from callcore.queues import Membership
    from crm_store.records import User

Client = TestClient[web.Request, web.Application]


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
class PlayedFloor:
    """What lives now, as the test says."""

    calls: dict[CallId, Call] = field(default_factory=dict)
    phones: dict[Extension, PhoneState] = field(default_factory=dict)
    waiting: dict[QueueName, int] = field(default_factory=dict)
    members: dict[QueueName, dict[Extension, Membership]] = field(default_factory=dict)
    stale_since: datetime | None = None


@dataclass
class Site:
    """The running web, everything below it, and who is in it."""

    world: World
    store: Store
    floor: PlayedFloor
    pbx: PlayedPbx
    app: web.Application
    server: TestServer
    signed_out: list[str] = field(default_factory=list)
    changed_users: list[str] = field(default_factory=list)
    clients: list[Client] = field(default_factory=list)

    @property
    def origin(self) -> str:
        return str(self.server.make_url("")).rstrip("/")

    def anonymous(self) -> Client:
        """A browser in which nobody is signed in."""
        client = TestClient(self.server, headers={"Origin": self.origin})
        self.clients.append(client)
        return client

    async def client(self, user: User) -> Client:
        """A browser in which `user` is signed in."""
        new = await self.store.sessions.start(SYSTEM, user.id)
        client = self.anonymous()
        client.session.cookie_jar.update_cookies({COOKIE: new.secret}, self.server.make_url("/"))
        return client

    async def program(self, user: User, *scopes: str) -> Client:
        """A program that has a token of `user`."""
        actor = (await self.store.sessions.start(SYSTEM, user.id)).session.actor
        new = await self.store.tokens.create(actor, "test", frozenset(scopes))
        client = TestClient(self.server, headers={"Authorization": f"Bearer {new.secret}"})
        self.clients.append(client)
        return client


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, World]:
    """A database with the world in it, made once: a copy is far quicker than hashing passwords."""
    path = tmp_path_factory.mktemp("store") / "world.db"
    url = f"sqlite+aiosqlite:///{path}"

    async def make() -> World:
        await migrate.upgrade(url)
        async with Store.opened(StoreSettings(url, default_region="FR")) as store:
            return await make_world(store)

    return path, asyncio.run(make())


@pytest.fixture
def settings() -> WebSettings:
    return WebSettings(
        ws_url="ws://127.0.0.1:8081",
        default_region="FR",
        dial_regions=frozenset({"FR", "DE"}),
        dials_per_minute=5,
    )


@dataclass
class SiteMaker:
    """Makes sites, each on a database of its own."""

    template: Path
    world: World
    folder: Path
    settings: WebSettings
    made: int = 0

    @asynccontextmanager
    async def __call__(self, **changes: object) -> AsyncIterator[Site]:
        self.made += 1
        path = self.folder / f"{self.made}.db"
        shutil.copyfile(self.template, path)
        store_settings = StoreSettings(f"sqlite+aiosqlite:///{path}", default_region="FR")
        settings = replace(self.settings, **changes)  # type: ignore[arg-type]
        async with Store.opened(store_settings) as store, self._serving(store, settings) as site:
            yield site

    @asynccontextmanager
    async def _serving(self, store: Store, settings: WebSettings) -> AsyncIterator[Site]:
        signed_out: list[str] = []
        changed: list[str] = []

        async def on_sign_out(user_id: str) -> None:
            signed_out.append(user_id)

        async def on_user_changed(user_id: str) -> None:
            changed.append(user_id)

        floor, pbx = PlayedFloor({self.world.call_id: live_call()}), PlayedPbx()
        hooks = Hooks(on_sign_out, on_user_changed)
        app = create_app(Deps(store, pbx, floor, settings, hooks))
        server = TestServer(app)
        async with server:
            site = Site(self.world, store, floor, pbx, app, server, signed_out, changed)
            yield site
            for client in site.clients:
                await client.close()


@pytest.fixture
def sites(template: tuple[Path, World], tmp_path: Path, settings: WebSettings) -> SiteMaker:
    return SiteMaker(template[0], template[1], tmp_path, settings)


@pytest.fixture
async def site(sites: SiteMaker) -> AsyncIterator[Site]:
    async with sites() as made:
        yield made

"""The store: one object that holds a room for each noun.

Opens and closes the database; what can be done is said by the rooms.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self

from callcore.errors import StoreError
from crm_store import migrate
from crm_store.audit import Audit
from crm_store.call_log import CallLog
from crm_store.contacts import Contacts
from crm_store.context import Context
from crm_store.customers import Customers
from crm_store.database import Database
from crm_store.interactions import Interactions
from crm_store.lookup import Lookup
from crm_store.phones import Phones
from crm_store.sessions import Sessions
from crm_store.teams import Teams
from crm_store.tokens import Tokens
from crm_store.users import Users

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """`default_region` is where numbers without a country code belong (ISO 3166).

    `own_numbers` (E.164) are the house's own lines: as a caller they name no customer.
    """

    url: str
    default_region: str = "US"
    own_numbers: frozenset[str] = frozenset()


def _now() -> datetime:
    return datetime.now(UTC)


class Store:
    """Every method of a room takes first for whom it is done, and does only what he may."""

    def __init__(self, context: Context) -> None:
        self._database = context.database
        self.call_log = CallLog(context)
        self.lookup = Lookup(context)
        self.customers = Customers(context)
        self.contacts = Contacts(context)
        self.phones = Phones(context)
        self.interactions = Interactions(context)
        self.users = Users(context)
        self.teams = Teams(context)
        self.sessions = Sessions(context)
        self.tokens = Tokens(context)
        self.audit = Audit(context)

    @classmethod
    async def open(cls, settings: StoreSettings, *, now: Callable[[], datetime] = _now) -> Self:
        """Connect to a database that is at the newest migration.

        Raises:
            StoreError: it isn't, or it cannot be reached.
        """
        revision = await migrate.current(settings.url)
        if revision != migrate.head():
            raise StoreError(
                f"The database is at revision {revision or 'none'} and this version needs "
                f"{migrate.head()}. Run `trunkline db upgrade`.",
                revision=revision,
            )
        database = Database(settings.url)
        database.start()
        region, own_numbers = settings.default_region, settings.own_numbers
        return cls(Context(database, now, region, own_numbers))

    @classmethod
    @asynccontextmanager
    async def opened(
        cls, settings: StoreSettings, *, now: Callable[[], datetime] = _now
    ) -> AsyncIterator[Self]:
        """The store, for as long as the block runs."""
        store = await cls.open(settings, now=now)
        try:
            yield store
        finally:
            await store.close()

    async def close(self) -> None:
        """End after all that was asked for is durable."""
        await self._database.close()

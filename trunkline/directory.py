"""Who sits at which phone, kept at hand so that a pop need not ask the store.

Does not change users; the web does, and says so.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from callcore.errors import TrunklineError
from crm_store.rights import SYSTEM

if TYPE_CHECKING:
    from collections.abc import Mapping

    from callcore.ids import Extension
    from crm_store.store import Store

log = logging.getLogger(__name__)

REFRESH_S = 5.0


class Directory:
    """Extension → user id. Read again every few seconds, for users added on the command line."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._users: Mapping[Extension, str] = {}

    def users(self) -> Mapping[Extension, str]:
        return self._users

    def extension_of(self, user_id: str) -> Extension | None:
        return next((phone for phone, user in self._users.items() if user == user_id), None)

    async def refresh(self) -> None:
        users = await self._store.users.list(SYSTEM)
        self._users = {user.extension: user.id for user in users if user.extension}

    async def changed(self, user_id: str) -> None:
        """A user was added, or changed his phone."""
        del user_id
        await self.refresh()

    async def run(self) -> None:
        """Never returns."""
        while True:
            await asyncio.sleep(REFRESH_S)
            try:
                await self.refresh()
            except TrunklineError as error:
                log.warning("directory_not_refreshed", extra={"reason": error.message})

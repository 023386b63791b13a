"""`trunkline serve`: the service by itself, until a signal.

Does not know the lab.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from trunkline.service import running

if TYPE_CHECKING:
    from trunkline.settings import Settings


async def serve_until_stopped(settings: Settings) -> None:
    """Run until cancelled."""
    async with running(settings):
        await asyncio.Event().wait()

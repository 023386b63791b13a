"""`trunkline serve`: the service by itself, until a signal.

Does not know the lab.
"""

from __future__ import annotations

import asyncio
import gc
from typing import TYPE_CHECKING

from trunkline.service import running

if TYPE_CHECKING:
    from trunkline.settings import Settings


async def serve_until_stopped(settings: Settings) -> None:
    """Run until cancelled."""
    async with running(settings):
        # What was imported lives as long as we do: more than 100,000 objects that the collector would
        # walk through every few seconds, for a tenth of a second, while a pop waits.
        gc.collect()
        gc.freeze()
        await asyncio.Event().wait()

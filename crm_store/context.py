"""What all services of the store share: the database, the clock, where its numbers are dialled from.

Holds no state of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crm_store import numbers

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from crm_store.database import Database


@dataclass(frozen=True, slots=True)
class Context:
    database: Database
    now: Callable[[], datetime]
    region: str
    own_numbers: frozenset[str]

    def e164(self, raw: str, region: str | None = None) -> str | None:
        """The number that can name a customer: none of our own, none that means another one elsewhere."""
        number = numbers.normalise(raw, region or self.region)
        return None if number in self.own_numbers else number

"""State that changes faster than eyes follow: the newest value of each key, at most so often.

Pure: `at` is any steady clock in seconds. The first change of a quiet key goes out at once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Hashable

Value = TypeVar("Value")


@dataclass(slots=True)
class Coalescer(Generic[Value]):
    """Holds back what came within `interval_s` of the last value sent for its key."""

    interval_s: float = 0.1
    _sent_at: dict[Hashable, float] = field(default_factory=dict)
    _held: dict[Hashable, Value] = field(default_factory=dict)

    def offer(self, key: Hashable, value: Value, at: float) -> Value | None:
        """The value to send now, or None when it is held for later."""
        sent_at = self._sent_at.get(key)
        if sent_at is None or at - sent_at >= self.interval_s:
            self._sent_at[key] = at
            self._held.pop(key, None)
            return value
        self._held[key] = value
        return None

    @property
    def due_at(self) -> float | None:
        """When the first held value may go out; None when nothing is held."""
        return min((self._sent_at[key] + self.interval_s for key in self._held), default=None)

    def take_due(self, at: float) -> list[Value]:
        """The held values whose time has come, the longest held key first; forgets quiet keys."""
        due = [key for key in self._held if self._sent_at[key] + self.interval_s <= at]
        taken = [self._held.pop(key) for key in due]
        self._sent_at = {
            key: sent_at for key, sent_at in self._sent_at.items() if at - sent_at < self.interval_s
        }
        self._sent_at.update(dict.fromkeys(due, at))
        return taken

"""When everything fails at once: a few calls ask whether the trunk is back, instead of burning the list.

Does not know trunks: it sees calls that fail before they ring.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dialer.pacing.state import Fact

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dialer.pacing.state import Happening

_NO_LIMIT = 1_000_000
_IN_A_ROW = 25  # failures with nothing that rang between them: no list is as bad as that


class OutageWatch:
    """Counts failures in a row. While an outage lasts, failures say nothing about the numbers."""

    def __init__(self) -> None:
        self._row = 0

    @property
    def lasts(self) -> bool:
        return self._row >= _IN_A_ROW

    def learn(self, happenings: Iterable[Happening]) -> tuple[Happening, ...]:
        """Take in what happened; give back what the other models may learn from."""
        telling = []
        for what in happenings:
            if what.fact is Fact.RINGING:
                self._row = 0
            elif what.fact is Fact.FAILED:
                self._row += 1
                if self.lasts:
                    continue
            telling.append(what)
        return tuple(telling)

    def limit(self, working: int) -> int:
        """How many calls may be placed at once, with so many agents at work."""
        return max(2, working // 5) if self.lasts else _NO_LIMIT

"""The queues as they stand: who waits in them, which phones serve them.

Does not know how a caller got there or what becomes of him.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from callcore.changes import MembershipChanged, QueueChanged

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from callcore.events import QueueMemberChanged
    from callcore.ids import Extension, QueueName
    from callcore.legs import LiveLeg


@dataclass(frozen=True, slots=True)
class Membership:
    """How a phone serves a queue; the lower the penalty, the sooner it rings."""

    paused: bool
    reason: str = ""
    penalty: int = 0


class Queues:
    """Callers in the order they came, members by extension."""

    def __init__(self) -> None:
        self._waiting: dict[QueueName, dict[LiveLeg, None]] = {}
        self._members: dict[QueueName, dict[Extension, Membership]] = {}

    @property
    def waiting(self) -> Mapping[QueueName, int]:
        return {queue: len(legs) for queue, legs in self._waiting.items() if legs}

    @property
    def members(self) -> Mapping[QueueName, Mapping[Extension, Membership]]:
        return self._members

    def join(self, queue: QueueName, leg: LiveLeg, at: datetime) -> list[QueueChanged]:
        """`leg` stands in `queue`, unless a newer event has told otherwise."""
        if not leg.alive or leg.queue == queue or (leg.queue_told_at and at < leg.queue_told_at):
            return []
        changes = self.leave(leg, at)
        leg.queue, leg.queue_told_at = queue, at
        self._waiting.setdefault(queue, {})[leg] = None
        return [*changes, self._changed(queue, at)]

    def leave(self, leg: LiveLeg, at: datetime) -> list[QueueChanged]:
        if leg.alive and leg.queue_told_at is not None and at < leg.queue_told_at:
            return []
        leg.queue_told_at = at
        if leg.queue is None:
            return []
        queue, leg.queue = leg.queue, None
        self._waiting[queue].pop(leg, None)
        return [self._changed(queue, at)]

    def _changed(self, queue: QueueName, at: datetime) -> QueueChanged:
        return QueueChanged(queue, len(self._waiting[queue]), at)

    def serve(self, event: QueueMemberChanged) -> list[MembershipChanged]:
        members = self._members.setdefault(event.queue, {})
        membership = Membership(event.paused, event.reason, event.penalty)
        if members.get(event.extension) == membership:
            return []
        members[event.extension] = membership
        return [MembershipChanged(event.queue, event.extension, membership, event.at)]

    def dismiss(
        self, queue: QueueName, extension: Extension, at: datetime
    ) -> list[MembershipChanged]:
        if self._members.get(queue, {}).pop(extension, None) is None:
            return []
        return [MembershipChanged(queue, extension, None, at)]

"""What can happen to a leg: it rings, is answered, enters a room, stands in a queue, ends.

Does not know events; the floor and a snapshot both bring things about through it. Each step is
idempotent, and one told of late gives way to a newer one of its kind.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from callcore.call import LegRole
from callcore.changes import StopReason
from callcore.events import ChannelState
from callcore.queues import Queues
from callcore.registry import Registry

if TYPE_CHECKING:
    from datetime import datetime

    from callcore.changes import Change
    from callcore.conversation import Conversation
    from callcore.events import Channel
    from callcore.ids import PbxId, QueueName
    from callcore.legs import LiveLeg
    from callcore.numbering import Numbering

_ANSWERED_ELSEWHERE = 26  # Q.850, as Asterisk extends it


class Switchboard:
    """Legs, rooms and queues, and the legs whose calls have to be looked at again."""

    def __init__(self, numbering: Numbering) -> None:
        self.registry = Registry(numbering)
        self.queues = Queues()
        self._touched: dict[LiveLeg, None] = {}

    def touched_calls(self) -> list[Conversation]:
        """The calls something happened to since the last time."""
        calls = {self.registry.call_of(leg): None for leg in self._touched}
        self._touched.clear()
        return list(calls)

    def call_of(self, leg: LiveLeg) -> Conversation:
        return self.registry.call_of(leg)

    def changed(self, leg: LiveLeg) -> None:
        """Something that its call shows is not as it was."""
        self._touched[leg] = None
        leg.touch()
        self.registry.call_of(leg).dirty = True

    def meet(
        self, pbx: PbxId, channel: Channel, at: datetime, *, new: bool = False
    ) -> LiveLeg | None:
        """The leg of `channel`, with what the channel's state tells of it; None if long dead."""
        leg = self.registry.meet(pbx, channel, at, new=new)
        if leg is None:
            return None
        if self.call_of(leg).dirty:
            self._touched[leg] = None
        if channel.state is ChannelState.UP:
            self.answer(leg, at)
        elif channel.state is ChannelState.RINGING:
            self.ring(leg, at)
        return leg

    def ring(self, leg: LiveLeg, at: datetime) -> None:
        if leg.ringing_at is not None or leg.answered_at is not None or not leg.alive:
            return
        leg.ringing_at = at
        self.changed(leg)
        if leg.role is LegRole.AGENT:
            leg.rings = True
            self.call_of(leg).rings.append((leg, at, None))

    def stop_ringing(self, leg: LiveLeg, at: datetime, reason: StopReason) -> None:
        if leg.rings:
            leg.rings = False
            self.changed(leg)
            self.call_of(leg).rings.append((leg, at, reason))

    def answer(self, leg: LiveLeg, at: datetime) -> None:
        if leg.answered_at is not None or not leg.alive:
            return
        if not leg.calls_us and not leg.adopted_up:
            self.ring(leg, at)  # a phone that answers at once has rung all the same
        self.stop_ringing(leg, at, StopReason.ANSWERED)
        leg.answered_at = leg.created_at if leg.adopted_up else at
        self.changed(leg)

    def dial_ended(self, leg: LiveLeg, at: datetime, status: str) -> None:
        if leg.dial_status:
            return
        leg.dial_status = status
        if status == "ANSWER":
            self.answer(leg, at)
        else:
            self.stop_ringing(leg, at, self._why_silent(leg))

    def end(self, leg: LiveLeg, at: datetime, cause: int) -> list[Change]:
        if not leg.alive:
            return []
        leg.cause = cause
        self.stop_ringing(leg, at, self._why_silent(leg))
        if leg.queue is not None:
            self.call_of(leg).abandoned = True
        self.leave_room(leg)
        leg.ended_at, leg.holds = max(at, leg.created_at), False
        self.changed(leg)
        return [*self.queues.leave(leg, at)]

    def _why_silent(self, leg: LiveLeg) -> StopReason:
        """Why a phone that nobody picked up stopped ringing."""
        call = self.call_of(leg)
        if leg.cause == _ANSWERED_ELSEWHERE or call.was_answered_beside(leg):
            return StopReason.ANSWERED_ELSEWHERE
        if leg.dial_status == "CANCEL" or not call.subject.alive:
            return StopReason.CALLER_GONE
        return StopReason.NO_ANSWER

    def enter_room(self, leg: LiveLeg, at: datetime, bridge: str, *, holding: bool = False) -> None:
        if not leg.alive or (leg.room_told_at is not None and at < leg.room_told_at):
            return
        leg.room_told_at = at
        room = self.registry.room(self.call_of(leg).pbx, bridge)
        room.holding |= holding
        if leg.room is not room:
            self.leave_room(leg)
            room.legs[leg] = None
            leg.room = room
        self._touched |= room.legs

    def leave_bridge(self, leg: LiveLeg, at: datetime, bridge: str) -> None:
        """`leg` is no longer in `bridge`; it may be in another by now."""
        if leg.room_told_at is not None and at < leg.room_told_at:
            return
        leg.room_told_at = at
        if leg.room is not None and leg.room.key[1] == bridge:
            self.leave_room(leg)

    def leave_room(self, leg: LiveLeg) -> None:
        if (room := leg.room) is None:
            return
        self._touched |= room.legs
        del room.legs[leg]
        leg.room = None
        self.registry.clear_away(room)

    def hold(self, leg: LiveLeg, at: datetime, *, holds: bool) -> None:
        if leg.alive and (leg.hold_told_at is None or at >= leg.hold_told_at):
            leg.hold_told_at = at
            leg.holds = holds
            self.changed(leg)

    def join_queue(self, leg: LiveLeg, at: datetime, queue: QueueName) -> list[Change]:
        joined = self.queues.join(queue, leg, at)
        call = self.call_of(leg)
        if joined:
            call.abandoned = False
        call.queue = queue if joined else call.queue or queue
        self.changed(leg)
        return [*joined]

    def leave_queue(
        self, leg: LiveLeg, at: datetime, queue: QueueName, *, abandoned: bool = False
    ) -> list[Change]:
        call = self.call_of(leg)
        call.queue = call.queue or queue
        call.abandoned |= abandoned
        self.changed(leg)
        return [*self.queues.leave(leg, at)]
